ALTER TABLE users ADD COLUMN erased_at bigint
    CONSTRAINT ck_users_erased CHECK (erased_at IS NULL OR NOT is_active);
-- What the names of a person are looked for by, in lower case.
ALTER TABLE users ADD COLUMN name_key text NOT NULL DEFAULT '';
UPDATE users SET name_key = lower(trim(COALESCE(first_name, '') || ' ' || COALESCE(last_name, '')));
CREATE INDEX ix_users_staff ON users (role, id) WHERE role <> 'user';
