-- +goose Up
CREATE TABLE channels (
    id              TEXT    NOT NULL PRIMARY KEY,
    organization_id TEXT    NOT NULL REFERENCES organizations (id),
    label           TEXT    NOT NULL,
    active          BOOLEAN NOT NULL,
    type            TEXT    NOT NULL CHECK (type IN ('webhook', 'email')),
    format          TEXT    NOT NULL, -- of a webhook
    address         TEXT    NOT NULL, -- a URL, or addresses of mail with commas between them
    secret          TEXT    NOT NULL, -- of a webhook: what its requests are signed with
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL,
    created_by      TEXT    NOT NULL,
    updated_by      TEXT    NOT NULL,
    UNIQUE (organization_id, label)
);

CREATE TABLE alerts (
    id            TEXT    NOT NULL PRIMARY KEY,
    project_id    TEXT    NOT NULL REFERENCES projects (id),
    name          TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    query         TEXT    NOT NULL,
    time_window   BIGINT  NOT NULL, -- microseconds, as are the two below
    frequency     BIGINT  NOT NULL,
    watermark     BIGINT  NOT NULL,
    notify_when   TEXT    NOT NULL,
    environments  TEXT    NOT NULL, -- a JSON array
    active        BOOLEAN NOT NULL,
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL,
    created_by    TEXT    NOT NULL,
    updated_by    TEXT    NOT NULL,
    revision      INTEGER NOT NULL, -- grows when what is asked or when to tell changes
    next_run      BIGINT,           -- NULL while it is not active
    snoozed_at    BIGINT,
    snoozed_until BIGINT,
    memory        TEXT    NOT NULL, -- what package alert remembers from one run to the next, JSON; empty before the first
    UNIQUE (project_id, name)
);

CREATE INDEX alerts_by_next_run ON alerts (next_run);

CREATE TABLE alert_channels (
    alert_id   TEXT    NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    channel_id TEXT    NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    PRIMARY KEY (alert_id, channel_id)
);

CREATE INDEX alert_channels_by_channel ON alert_channels (channel_id);

CREATE TABLE alert_runs (
    id           TEXT    NOT NULL PRIMARY KEY,
    alert_id     TEXT    NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    scheduled_at BIGINT  NOT NULL,
    started_at   BIGINT, -- NULL for runs that were missed
    finished_at  BIGINT,
    status       TEXT    NOT NULL CHECK (status IN ('ok', 'matched', 'error', 'missed')),
    row_count    BIGINT  NOT NULL,
    changed      BOOLEAN NOT NULL,
    notified     BOOLEAN NOT NULL,
    missed       BIGINT  NOT NULL, -- how many runs in a row this one stands for
    error        TEXT    NOT NULL,
    result       TEXT    NOT NULL, -- JSON; empty for none
    UNIQUE (alert_id, scheduled_at)
);

-- channel_id refers to nothing: what was delivered is told after its channel has gone.
CREATE TABLE alert_deliveries (
    id           TEXT    NOT NULL PRIMARY KEY,
    run_id       TEXT    NOT NULL REFERENCES alert_runs (id) ON DELETE CASCADE,
    alert_id     TEXT    NOT NULL,
    channel_id   TEXT    NOT NULL,
    label        TEXT    NOT NULL,
    notice       TEXT    NOT NULL, -- what is told, JSON
    status       TEXT    NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts     INTEGER NOT NULL,
    number       BIGINT  NOT NULL, -- the order in which they are sent
    created_at   BIGINT  NOT NULL,
    attempted_at BIGINT,
    next_attempt BIGINT, -- NULL unless pending
    error        TEXT    NOT NULL
);

CREATE INDEX alert_deliveries_by_run ON alert_deliveries (run_id);
CREATE INDEX alert_deliveries_by_next_attempt ON alert_deliveries (next_attempt);

-- +goose Down
DROP TABLE alert_deliveries;
DROP TABLE alert_runs;
DROP TABLE alert_channels;
DROP TABLE alerts;
DROP TABLE channels;
