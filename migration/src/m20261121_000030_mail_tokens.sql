-- What somebody who is not signed in asked for; gone once the worker has decided.
CREATE TABLE email_requests (
    id uuid NOT NULL CONSTRAINT pk_email_requests PRIMARY KEY,
    kind text NOT NULL CONSTRAINT ck_email_requests_kind CHECK (kind IN ('verify', 'reset')),
    email_key text NOT NULL,
    created_at bigint NOT NULL
);
CREATE INDEX ix_email_requests_created ON email_requests (created_at);

-- The text of a token is made of its id and a key of the server, and stored nowhere.
CREATE TABLE email_tokens (
    id uuid NOT NULL CONSTRAINT pk_email_tokens PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT fk_email_tokens_user REFERENCES users (id),
    purpose text NOT NULL
        CONSTRAINT ck_email_tokens_purpose CHECK (purpose IN ('verify', 'reset', 'change')),
    -- Where it is mailed to, which is what it proves.
    email text NOT NULL,
    -- The address that one took the place of.
    replaced_email text
        CONSTRAINT ck_email_tokens_replaced CHECK (replaced_email IS NULL OR purpose = 'change'),
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL CONSTRAINT ck_email_tokens_life CHECK (expires_at > created_at),
    spent_at bigint
);
CREATE INDEX ix_email_tokens_user ON email_tokens (user_id, created_at);
CREATE INDEX ix_email_tokens_created ON email_tokens (created_at);
