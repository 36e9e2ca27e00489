-- What was sent with each token in the last hours. The hours stand in a ring of 25 places, so that the table grows with
-- the tokens alone and nothing has to be deleted.

-- +goose Up
CREATE TABLE token_usage (
    token_id TEXT    NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    place    INTEGER NOT NULL, -- hour modulo 25
    hour     BIGINT  NOT NULL, -- counted from 1970, of UTC
    records  BIGINT  NOT NULL, -- records and metric points that were taken, repeats included
    PRIMARY KEY (token_id, place)
);

-- +goose Down
DROP TABLE token_usage;
