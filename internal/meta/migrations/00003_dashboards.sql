-- +goose Up
CREATE TABLE dashboards (
    id         TEXT    NOT NULL PRIMARY KEY,
    project_id TEXT    NOT NULL REFERENCES projects (id),
    slug       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    definition TEXT    NOT NULL,
    panels     INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL,
    created_by TEXT    NOT NULL,
    updated_by TEXT    NOT NULL,
    UNIQUE (project_id, slug)
);

-- +goose Down
DROP TABLE dashboards;
