-- What people set for a project. A project without a row has what comes by itself.

-- +goose Up
CREATE TABLE project_settings (
    project_id TEXT NOT NULL PRIMARY KEY REFERENCES projects (id),
    repository TEXT NOT NULL
);

-- +goose Down
DROP TABLE project_settings;
