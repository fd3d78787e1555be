-- Who did what. Rows follow one another by their hashes and are never changed: triggers refuse it.
-- No foreign keys: what an entry speaks of may be gone.
CREATE TABLE audit_log (
    seq bigint NOT NULL CONSTRAINT pk_audit_log PRIMARY KEY CONSTRAINT ck_audit_log_seq CHECK (seq >= 1),
    occurred_at bigint NOT NULL,
    actor_kind text NOT NULL
        CONSTRAINT ck_audit_log_actor_kind CHECK (actor_kind IN ('user', 'system', 'cli')),
    actor_id uuid,
    actor_role text,
    session_id uuid,
    action text NOT NULL,
    target_kind text NOT NULL,
    target_id uuid NOT NULL,
    -- Pairs name=value, separated by spaces.
    details text NOT NULL,
    network text,
    request_id text,
    previous_hash text NOT NULL CONSTRAINT uq_audit_log_previous_hash UNIQUE,
    hash text NOT NULL CONSTRAINT ck_audit_log_hash CHECK (length(hash) = 64),
    CONSTRAINT ck_audit_log_actor CHECK ((actor_kind = 'user') = (actor_id IS NOT NULL))
);
CREATE INDEX ix_audit_log_actor ON audit_log (actor_id, seq);
CREATE INDEX ix_audit_log_target ON audit_log (target_id, seq);
CREATE INDEX ix_audit_log_action ON audit_log (action, seq);
CREATE INDEX ix_audit_log_occurred_at ON audit_log (occurred_at);

-- One row: the last entry. Whoever appends holds it until the commit.
CREATE TABLE audit_head (
    id bigint NOT NULL CONSTRAINT pk_audit_head PRIMARY KEY CONSTRAINT ck_audit_head_id CHECK (id = 1),
    seq bigint NOT NULL CONSTRAINT ck_audit_head_seq CHECK (seq >= 0),
    hash text NOT NULL CONSTRAINT ck_audit_head_hash CHECK (length(hash) = 64)
);
INSERT INTO audit_head (id, seq, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
