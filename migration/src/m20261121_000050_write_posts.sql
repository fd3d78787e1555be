CREATE TABLE posts (
    id uuid NOT NULL CONSTRAINT pk_posts PRIMARY KEY,
    author_id uuid NOT NULL CONSTRAINT fk_posts_author REFERENCES users (id),
    title text NOT NULL,
    slug text NOT NULL CONSTRAINT uq_posts_slug UNIQUE,
    -- Markdown as it was written, and what it is shown as.
    body text NOT NULL,
    body_html text NOT NULL,
    status text NOT NULL CONSTRAINT ck_posts_status CHECK (status IN ('draft', 'published')),
    version bigint NOT NULL CONSTRAINT ck_posts_version CHECK (version >= 1),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX ix_posts_status ON posts (status, id);
CREATE INDEX ix_posts_author ON posts (author_id, status, id);
