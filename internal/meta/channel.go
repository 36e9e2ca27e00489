package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// ChannelType says how a channel reaches people.
type ChannelType string

// The types of channels.
const (
	WebhookChannel ChannelType = "webhook"
	EmailChannel   ChannelType = "email"
)

// WebhookFormat is the shape of a webhook's body.
type WebhookFormat string

// The formats of webhooks.
const (
	FormatAuto        WebhookFormat = "auto" // by the host: Slack's Block Kit for Slack, else raw-data
	FormatSlackBlocks WebhookFormat = "slack-blockkit"
	FormatSlackLegacy WebhookFormat = "slack-legacy"
	FormatRaw         WebhookFormat = "raw-data"
)

var webhookFormats = []WebhookFormat{FormatAuto, FormatSlackBlocks, FormatSlackLegacy, FormatRaw}

// ChannelConfig says where a channel leads.
type ChannelConfig struct {
	Type   ChannelType
	Format WebhookFormat // of a webhook; empty is FormatAuto
	// Address is the URL of a webhook, which is a secret for many receivers, or the addresses of mail with commas between
	// them.
	Address string
}

// Channel is a way by which an organisation is told of alerts.
type Channel struct {
	ID             string // UUID
	OrganizationID string
	Label          string
	Active         bool
	Config         ChannelConfig
	Secret         string // signs the requests of a webhook; empty for mail
	CreatedAt      time.Time
	UpdatedAt      time.Time
	CreatedBy      string // as people call them
	UpdatedBy      string
}

// ChannelChange changes the fields of a channel that are not nil.
type ChannelChange struct {
	By     string // who changes it
	Label  *string
	Active *bool
	// Config with an empty Address keeps the one that is there, if the type stays.
	Config *ChannelConfig
	// NewSecret makes another signing secret.
	NewSecret bool
}

const (
	maxLabel      = 100
	maxAddress    = 2000
	maxRecipients = 20
)

// Validate checks and completes a configuration. The error is an *InvalidError.
func (c *ChannelConfig) Validate() error {
	c.Address = strings.TrimSpace(c.Address)
	switch c.Type {
	case WebhookChannel:
		if c.Format == "" {
			c.Format = FormatAuto
		}
		return c.validateWebhook()
	case EmailChannel:
		c.Format = ""
		return c.validateEmail()
	}
	return &InvalidError{"config.type", "must be webhook or email"}
}

func (c *ChannelConfig) validateWebhook() error {
	u, err := url.Parse(c.Address)
	switch {
	case !slices.Contains(webhookFormats, c.Format):
		return &InvalidError{"config.format", "must be auto, slack-blockkit, slack-legacy or raw-data"}
	case len(c.Address) > maxAddress:
		return &InvalidError{"config.url", fmt.Sprintf("must have at most %d bytes", maxAddress)}
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Hostname() == "":
		return &InvalidError{"config.url", "must be a URL such as https://example.com/hook"}
	case u.User != nil:
		return &InvalidError{"config.url", "must hold no user and password; use a secret path, or check the signature"}
	}
	return nil
}

// validateEmail keeps the bare addresses: names in front of them may hold anything.
func (c *ChannelConfig) validateEmail() error {
	list, err := mail.ParseAddressList(c.Address)
	switch {
	case c.Address == "" || err != nil:
		return &InvalidError{"config.email", "must be an address such as ana@example.com, or several with commas between them"}
	case len(list) > maxRecipients:
		return &InvalidError{"config.email", fmt.Sprintf("must be at most %d addresses", maxRecipients)}
	case len(c.Address) > maxAddress:
		return &InvalidError{"config.email", fmt.Sprintf("must have at most %d bytes", maxAddress)}
	}
	addresses := make([]string, len(list))
	for i, address := range list {
		if strings.ContainsFunc(address.Address, func(r rune) bool { return r <= ' ' || r == 0x7f || r == ',' }) {
			return &InvalidError{"config.email", "must hold no blanks, commas or control characters in an address"}
		}
		addresses[i] = address.Address
	}
	c.Address = strings.Join(addresses, ", ")
	return nil
}

// Recipients returns the addresses of a channel of mail.
func (c *ChannelConfig) Recipients() []string { return strings.Split(c.Address, ", ") }

func validateLabel(label string) error {
	if label = strings.TrimSpace(label); label == "" || utf8.RuneCountInString(label) > maxLabel || strings.ContainsFunc(label, isControl) {
		return &InvalidError{"label", fmt.Sprintf("must have 1 to %d characters on one line", maxLabel)}
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

const signingStart = "whsec_"

// CreateChannel makes a channel of an organisation. The error is an *InvalidError for bad values, ErrExists for a label that
// is taken in it, and ErrNotFound for an unknown organisation.
func (db *DB) CreateChannel(ctx context.Context, organizationID, label string, config ChannelConfig, by string) (Channel, error) {
	if err := errors.Join(validateLabel(label), config.Validate()); err != nil {
		return Channel{}, err
	}
	now := db.timestamp()
	c := Channel{
		ID: uuid.NewString(), OrganizationID: organizationID, Label: strings.TrimSpace(label), Active: true, Config: config,
		CreatedAt: now, UpdatedAt: now, CreatedBy: by, UpdatedBy: by,
	}
	if config.Type == WebhookChannel {
		c.Secret = signingStart + randomText(secretLength)
	}
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := organizationNamed(ctx, tx, organizationID); err != nil {
			return err
		}
		err := changed(tx.ExecContext(ctx,
			`INSERT INTO channels (id, organization_id, label, active, type, format, address, secret, created_at, updated_at, created_by, updated_by)
			 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (organization_id, label) DO NOTHING`,
			c.ID, c.OrganizationID, c.Label, c.Active, string(c.Config.Type), string(c.Config.Format), c.Config.Address, c.Secret,
			micros(now), micros(now), c.CreatedBy, c.UpdatedBy))(ErrExists)
		if err != nil {
			return err
		}
		return db.audit(ctx, tx, c.OrganizationID, "", Event{Inserted, "channel", c.ID, c.Label})
	})
	if err != nil {
		return Channel{}, fmt.Errorf("create channel %q: %w", label, err)
	}
	return c, nil
}

// changed returns a function that makes an error of a statement which changed no row.
func changed(result sql.Result, err error) func(none error) error {
	return func(none error) error {
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return none
	}
}

const selectChannel = `SELECT c.id, c.organization_id, c.label, c.active, c.type, c.format, c.address, c.secret, c.created_at, c.updated_at, c.created_by, c.updated_by FROM channels c `

func scanChannel(row scanner) (Channel, error) {
	var c Channel
	var created, updated sql.NullInt64
	var kind, format string
	err := row.Scan(&c.ID, &c.OrganizationID, &c.Label, &c.Active, &kind, &format, &c.Config.Address, &c.Secret, &created, &updated, &c.CreatedBy, &c.UpdatedBy)
	c.Config.Type, c.Config.Format = ChannelType(kind), WebhookFormat(format)
	c.CreatedAt, c.UpdatedAt = timeOf(created), timeOf(updated)
	return c, err
}

// Channels returns the channels of an organisation by label.
func (db *DB) Channels(ctx context.Context, organizationID string) ([]Channel, error) {
	rows, err := db.read.QueryContext(ctx, selectChannel+`WHERE c.organization_id = $1 ORDER BY lower(c.label), c.id`, organizationID)
	if err != nil {
		return nil, fmt.Errorf("list channels: %w", err)
	}
	return collect(rows, "channels", scanChannel)
}

// Channel returns the channel of an id, of whichever organisation, or ErrNotFound.
func (db *DB) Channel(ctx context.Context, id string) (Channel, error) {
	return channelWhere(ctx, db.read, "c.id = $1", id)
}

func channelWhere(ctx context.Context, q querier, condition string, args ...any) (Channel, error) {
	c, err := scanChannel(q.QueryRowContext(ctx, selectChannel+`WHERE `+condition, args...))
	if err != nil {
		return Channel{}, fmt.Errorf("channel: %w", absent(err))
	}
	return c, nil
}

// UpdateChannel changes a channel of an organisation. The error is an *InvalidError for bad values, ErrExists for a label
// that is taken, and ErrNotFound when the organisation has no such channel.
func (db *DB) UpdateChannel(ctx context.Context, organizationID, id string, change ChannelChange) (c Channel, err error) {
	err = db.inTx(ctx, func(tx *sql.Tx) error {
		if c, err = channelWhere(ctx, tx, ofOrganization, id, organizationID); err != nil {
			return err
		}
		if err := change.apply(&c); err != nil {
			return err
		}
		var taken bool
		err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM channels WHERE organization_id = $1 AND label = $2 AND id <> $3)`,
			c.OrganizationID, c.Label, c.ID).Scan(&taken)
		if err == nil && taken {
			err = ErrExists
		}
		if err != nil {
			return err
		}
		c.UpdatedAt, c.UpdatedBy = db.timestamp(), change.By
		_, err = tx.ExecContext(ctx, `UPDATE channels SET label = $1, active = $2, type = $3, format = $4, address = $5, secret = $6, updated_at = $7, updated_by = $8 WHERE id = $9`,
			c.Label, c.Active, string(c.Config.Type), string(c.Config.Format), c.Config.Address, c.Secret, micros(c.UpdatedAt), c.UpdatedBy, c.ID)
		if err != nil {
			return err
		}
		return db.audit(ctx, tx, c.OrganizationID, "", Event{Updated, "channel", c.ID, c.Label})
	})
	if err != nil {
		return Channel{}, fmt.Errorf("update channel %s: %w", id, err)
	}
	return c, nil
}

func (change ChannelChange) apply(c *Channel) error {
	if change.Label != nil {
		c.Label = strings.TrimSpace(*change.Label)
	}
	if change.Active != nil {
		c.Active = *change.Active
	}
	if change.Config != nil {
		config := *change.Config
		if config.Address == "" && config.Type == c.Config.Type {
			config.Address = c.Config.Address
		}
		c.Config = config
	}
	if err := errors.Join(validateLabel(c.Label), c.Config.Validate()); err != nil {
		return err
	}
	switch {
	case c.Config.Type != WebhookChannel:
		c.Secret = ""
	case c.Secret == "" || change.NewSecret:
		c.Secret = signingStart + randomText(secretLength)
	}
	return nil
}

// ofOrganization is true of a channel of an organisation.
const ofOrganization = "c.id = $1 AND c.organization_id = $2"

// DeleteChannel removes a channel of an organisation, and with it its place in alerts. ErrNotFound means that the
// organisation has no such channel.
func (db *DB) DeleteChannel(ctx context.Context, organizationID, id string) error {
	err := db.inTx(ctx, func(tx *sql.Tx) error {
		c, err := channelWhere(ctx, tx, ofOrganization, id, organizationID)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM channels WHERE id = $1`, id); err != nil {
			return err
		}
		return db.audit(ctx, tx, c.OrganizationID, "", Event{Deleted, "channel", id, c.Label})
	})
	if err != nil {
		return fmt.Errorf("delete channel %s: %w", id, err)
	}
	return nil
}
