-- How many days a project keeps what it was sent. 0 is as long as the server keeps it.

-- +goose Up
ALTER TABLE project_settings ADD COLUMN records_days INTEGER NOT NULL DEFAULT 0;
ALTER TABLE project_settings ADD COLUMN metrics_days INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE project_settings DROP COLUMN metrics_days;
ALTER TABLE project_settings DROP COLUMN records_days;
