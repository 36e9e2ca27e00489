-- +goose Up
CREATE TABLE services (
    project_id TEXT    NOT NULL REFERENCES projects (id),
    name       TEXT    NOT NULL,
    number     INTEGER NOT NULL,
    PRIMARY KEY (project_id, name),
    UNIQUE (project_id, number)
);

-- +goose Down
DROP TABLE services;
