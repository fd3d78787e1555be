-- Jobs that are done by the clock, each by one instance at a time.
CREATE TABLE jobs (
    name text NOT NULL CONSTRAINT pk_jobs PRIMARY KEY,
    due_at bigint NOT NULL,
    -- 0 when no instance has it.
    leased_until bigint NOT NULL,
    -- The number of the last run: whoever lost the lease finishes nothing.
    runs bigint NOT NULL CONSTRAINT ck_jobs_runs CHECK (runs >= 0),
    finished_at bigint,
    done bigint CONSTRAINT ck_jobs_done CHECK (done >= 0),
    fail_reason text,
    CONSTRAINT ck_jobs_outcome CHECK
        ((finished_at IS NULL AND done IS NULL AND fail_reason IS NULL)
         OR (finished_at IS NOT NULL AND (done IS NULL) <> (fail_reason IS NULL)))
);
-- What is thrown away after a while is looked for by its age.
CREATE INDEX ix_inbox_created ON inbox (created_at);
CREATE INDEX ix_provider_events_created ON provider_events (created_at);
