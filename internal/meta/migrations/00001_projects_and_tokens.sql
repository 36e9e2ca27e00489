-- Times are Unix microseconds (UTC). Ids are UUIDs as text. The statements are plain SQL on purpose: both
-- SQLite and PostgreSQL take them. BYTEA is a name that SQLite keeps blobs under too.

-- +goose Up
CREATE TABLE organizations (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE projects (
    id              TEXT   NOT NULL PRIMARY KEY,
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    name            TEXT   NOT NULL,
    description     TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    UNIQUE (organization_id, name)
);

CREATE TABLE tokens (
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

CREATE INDEX tokens_by_project ON tokens (project_id, kind, created_at);

-- +goose Down
DROP TABLE tokens;
DROP TABLE projects;
DROP TABLE organizations;
