-- People, what they may, how they are logged in, and what was done (docs/adr/0012). Texts of sessions and invitations are kept
-- as their SHA-256 alone.

-- +goose Up
CREATE TABLE users (
    id          TEXT   NOT NULL PRIMARY KEY,
    email       TEXT   NOT NULL UNIQUE, -- lower case
    name        TEXT   NOT NULL,
    password    TEXT   NOT NULL, -- its hash as the one who made it wrote it; empty for who has none
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE identities (
    issuer     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    user_id    TEXT   NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);

CREATE INDEX identities_by_user ON identities (user_id);

CREATE TABLE memberships (
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    user_id         TEXT   NOT NULL REFERENCES users (id),
    role            TEXT   NOT NULL CHECK (role IN ('admin', 'member', 'read-only')),
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);

CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE sessions (
    id         TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL REFERENCES users (id),
    hash       BYTEA  NOT NULL UNIQUE,
    client     TEXT   NOT NULL, -- the browser, as it calls itself
    address    TEXT   NOT NULL, -- where it logged in from
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE invitations (
    id              TEXT   NOT NULL PRIMARY KEY,
    organization_id TEXT   NOT NULL REFERENCES organizations (id),
    role            TEXT   NOT NULL CHECK (role IN ('admin', 'member', 'read-only')),
    hash            BYTEA  NOT NULL UNIQUE,
    note            TEXT   NOT NULL, -- for whom it is, in the words of who made it
    created_by      TEXT   NOT NULL, -- as people call them
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    claimed_at      BIGINT,
    claimed_by      TEXT   REFERENCES users (id),
    revoked_at      BIGINT
);

CREATE INDEX invitations_by_organization ON invitations (organization_id);

-- It refers to nothing: entries outlive what they tell of. Rows are only ever added.
CREATE TABLE audit_log (
    id              TEXT   NOT NULL PRIMARY KEY,
    created_at      BIGINT NOT NULL,
    organization_id TEXT   NOT NULL, -- empty for what concerns the whole server
    project_id      TEXT   NOT NULL, -- empty for what concerns no project
    user_id         TEXT   NOT NULL, -- empty when nobody did it who has an account
    user_name       TEXT   NOT NULL,
    address         TEXT   NOT NULL,
    action          TEXT   NOT NULL,
    resource_type   TEXT   NOT NULL,
    resource_id     TEXT   NOT NULL,
    detail          TEXT   NOT NULL -- what else there is to tell, for people
);

CREATE INDEX audit_log_by_time ON audit_log (created_at);

-- +goose Down
DROP TABLE audit_log;
DROP TABLE invitations;
DROP TABLE sessions;
DROP TABLE memberships;
DROP TABLE identities;
DROP TABLE users;
