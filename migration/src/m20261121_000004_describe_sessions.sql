-- When the owner last gave the password; long ago for what was never told.
ALTER TABLE sessions ADD COLUMN authenticated_at bigint NOT NULL DEFAULT 0;
UPDATE sessions SET authenticated_at = created_at;
-- What it was opened from: program and system, and the network of the address.
ALTER TABLE sessions ADD COLUMN device text;
ALTER TABLE sessions ADD COLUMN network text;
-- Finds what has been over for long.
CREATE INDEX ix_sessions_over ON sessions ((COALESCE(revoked_at, expires_at)));
