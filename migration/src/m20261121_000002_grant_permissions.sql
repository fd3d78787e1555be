-- Names of permissions, separated by spaces; only those of role 'staff' count.
ALTER TABLE users ADD COLUMN permissions text NOT NULL DEFAULT '';
