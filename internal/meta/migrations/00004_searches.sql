-- owner is who made it: local, admin, or token: and the id of a read token. address holds JSON.

-- +goose Up
CREATE TABLE searches (
    id         TEXT    NOT NULL PRIMARY KEY,
    project_id TEXT    NOT NULL REFERENCES projects (id),
    owner      TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    kind       TEXT    NOT NULL CHECK (kind IN ('live', 'explore')),
    query      TEXT    NOT NULL,
    shared     BOOLEAN NOT NULL,
    address    TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL,
    created_by TEXT    NOT NULL
);

CREATE INDEX searches_by_project ON searches (project_id, owner);

-- +goose Down
DROP TABLE searches;
