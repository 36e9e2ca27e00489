-- API keys, which open an organisation or one project of it for what their scopes say; who made a token, and where it was
-- last used from. The table is made anew, because SQLite cannot change a CHECK.

-- +goose Up
CREATE TABLE tokens_with_keys (
    id              TEXT   NOT NULL PRIMARY KEY,
    project_id      TEXT   REFERENCES projects (id),
    organization_id TEXT   REFERENCES organizations (id), -- of an API key
    owner           TEXT   NOT NULL,
    kind            TEXT   NOT NULL CHECK (kind IN ('write', 'read', 'user', 'key')),
    scopes          TEXT   NOT NULL, -- of an API key, with blanks between them
    hash            BYTEA  NOT NULL UNIQUE,
    prefix          TEXT   NOT NULL,
    name            TEXT   NOT NULL, -- of an API key
    description     TEXT   NOT NULL,
    created_by      TEXT   NOT NULL, -- the id of a user, who may be gone; empty when nobody with an account made it
    created_by_name TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_by_name TEXT   NOT NULL,
    updated_at      BIGINT,
    expires_at      BIGINT,
    last_used_at    BIGINT,
    used_address    TEXT   NOT NULL,
    used_client     TEXT   NOT NULL,
    revoked_at      BIGINT,
    CHECK ((kind = 'user') = (owner <> '')),
    CHECK ((kind = 'key') = (organization_id IS NOT NULL)),
    CHECK ((kind = 'key') = (scopes <> '')),
    CHECK (kind = 'key' OR (kind = 'user') = (project_id IS NULL))
);

INSERT INTO tokens_with_keys (id, project_id, owner, kind, scopes, hash, prefix, name, description, created_by, created_by_name, created_at, updated_by_name, expires_at, last_used_at, used_address, used_client, revoked_at)
SELECT id, project_id, owner, kind, '', hash, prefix, '', description, '', '', created_at, '', expires_at, last_used_at, '', '', revoked_at FROM tokens;

DROP TABLE tokens;
ALTER TABLE tokens_with_keys RENAME TO tokens;
CREATE INDEX tokens_by_project ON tokens (project_id, kind, created_at);
CREATE INDEX tokens_by_organization ON tokens (organization_id, created_at);

-- +goose Down
CREATE TABLE tokens_without_keys (
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

INSERT INTO tokens_without_keys (id, project_id, owner, kind, hash, prefix, description, created_at, expires_at, last_used_at, revoked_at)
SELECT id, project_id, owner, kind, hash, prefix, description, created_at, expires_at, last_used_at, revoked_at FROM tokens WHERE kind <> 'key';

DROP TABLE tokens;
ALTER TABLE tokens_without_keys RENAME TO tokens;
CREATE INDEX tokens_by_project ON tokens (project_id, kind, created_at);
