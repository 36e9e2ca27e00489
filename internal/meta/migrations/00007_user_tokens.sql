-- Tokens of people, who have no project: the table is made anew, because SQLite cannot change a CHECK.

-- +goose Up
CREATE TABLE tokens_with_users (
    id           TEXT   NOT NULL PRIMARY KEY,
    project_id   TEXT   REFERENCES projects (id),
    owner        TEXT   NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('write', 'read', 'user')),
    hash         BYTEA   NOT NULL UNIQUE,
    prefix       TEXT   NOT NULL,
    description  TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT,
    revoked_at   BIGINT,
    CHECK ((kind = 'user') = (project_id IS NULL)),
    CHECK ((kind = 'user') = (owner <> ''))
);

INSERT INTO tokens_with_users (id, project_id, owner, kind, hash, prefix, description, created_at, expires_at, last_used_at, revoked_at)
SELECT id, project_id, '', kind, hash, prefix, description, created_at, expires_at, last_used_at, revoked_at FROM tokens;

DROP TABLE tokens;
ALTER TABLE tokens_with_users RENAME TO tokens;
CREATE INDEX tokens_by_project ON tokens (project_id, kind, created_at);

-- +goose Down
CREATE TABLE tokens_of_projects (
    id           TEXT   NOT NULL PRIMARY KEY,
    project_id   TEXT   NOT NULL REFERENCES projects (id),
    kind         TEXT   NOT NULL CHECK (kind IN ('write', 'read')),
    hash         BYTEA   NOT NULL UNIQUE,
    prefix       TEXT   NOT NULL,
    description  TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT,
    revoked_at   BIGINT
);

INSERT INTO tokens_of_projects (id, project_id, kind, hash, prefix, description, created_at, expires_at, last_used_at, revoked_at)
SELECT id, project_id, kind, hash, prefix, description, created_at, expires_at, last_used_at, revoked_at FROM tokens WHERE kind <> 'user';

DROP TABLE tokens;
ALTER TABLE tokens_of_projects RENAME TO tokens;
CREATE INDEX tokens_by_project ON tokens (project_id, kind, created_at);
