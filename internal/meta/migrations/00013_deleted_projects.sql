-- The projects that were deleted: their records go from each server that has some, and never come back from its write-ahead log.

-- +goose Up
CREATE TABLE deleted_projects (
    id         TEXT   NOT NULL PRIMARY KEY,
    deleted_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE deleted_projects;
