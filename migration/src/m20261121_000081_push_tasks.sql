-- Messages sent through outbox, bus and worker to see that they work.
CREATE TABLE tasks (
    id uuid NOT NULL CONSTRAINT pk_tasks PRIMARY KEY,
    content text NOT NULL,
    sender text,
    pushed_at bigint NOT NULL,
    handled_at bigint
);
