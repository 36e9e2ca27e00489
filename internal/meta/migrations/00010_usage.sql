-- What each project was sent on each day of UTC, counted when it came.

-- +goose Up
CREATE TABLE project_usage (
    project_id TEXT   NOT NULL REFERENCES projects (id),
    day        TEXT   NOT NULL, -- such as 2026-05-27
    bytes      BIGINT NOT NULL, -- of bodies of requests, decompressed
    records    BIGINT NOT NULL, -- records and metric points that were taken, repeats included
    PRIMARY KEY (project_id, day)
);

-- +goose Down
DROP TABLE project_usage;
