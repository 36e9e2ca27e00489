-- Links with which people set a password who cannot log in: at most one a person, gone when it was used. Texts are kept as their
-- SHA-256 alone.

-- +goose Up
CREATE TABLE password_resets (
    user_id      TEXT   NOT NULL PRIMARY KEY REFERENCES users (id),
    hash         BYTEA  NOT NULL UNIQUE,
    made_by      TEXT   REFERENCES users (id), -- NULL for who runs the server
    made_by_name TEXT   NOT NULL, -- as people call them
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);

-- +goose Down
DROP TABLE password_resets;
