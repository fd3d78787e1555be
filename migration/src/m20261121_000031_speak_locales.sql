-- Language of the mails.
ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT 'en'
    CONSTRAINT ck_users_locale CHECK (locale IN ('en', 'ru'));
