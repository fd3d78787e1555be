CREATE TABLE api_keys (
    id uuid NOT NULL CONSTRAINT pk_api_keys PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT fk_api_keys_user REFERENCES users (id),
    name text NOT NULL,
    -- Names of permissions, separated by spaces.
    scopes text NOT NULL,
    secret_hash {bytes} NOT NULL CONSTRAINT uq_api_keys_secret_hash UNIQUE,
    created_at bigint NOT NULL,
    expires_at bigint,
    last_used_at bigint,
    revoked_at bigint
);
CREATE INDEX ix_api_keys_user ON api_keys (user_id, id) WHERE revoked_at IS NULL;
