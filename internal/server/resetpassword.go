package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/internal/api"
	"github.com/hearth-dev/hearth/internal/meta"
)

// PasswordReset is a link with which somebody sets a password.
type PasswordReset struct {
	Link        string // it works once; whoever has it can be the person
	Name, Email string // of the person
	ExpiresAt   time.Time
}

// commandLine is who the audit log says did what a command does without a server.
const commandLine = "command line"

// ResetPassword makes a link with which the person of an address of mail sets a password: for who cannot ask an admin. An earlier link of
// theirs ends. Of the configuration it takes DataDir, MetaDSN and PublicURL. A server may run with the same folder meanwhile, and takes the
// link at once. Errors tell people what was wrong.
func ResetPassword(ctx context.Context, c Config, email string) (_ PasswordReset, err error) {
	c, err = c.withDefaults()
	if err != nil {
		return PasswordReset{}, err
	}
	if err := c.checkMeta(); err != nil {
		return PasswordReset{}, err
	}
	if c.PublicURL != "" && !isOrigin(c.PublicURL) {
		return PasswordReset{}, fmt.Errorf("--public-url %q: must be an origin such as https://hearth.example.com, without a path", c.PublicURL)
	}
	db, err := meta.Open(ctx, c.metaPlace(), meta.Options{Beside: true})
	if err != nil {
		return PasswordReset{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	made, text, err := resetOf(meta.WithActor(ctx, meta.Actor{Name: commandLine}), db, email)
	if err != nil {
		return PasswordReset{}, err
	}
	origin := strings.TrimSuffix(cmp.Or(c.PublicURL, "http://"+DefaultListen), "/")
	return PasswordReset{Link: origin + api.PageReset + "#" + text, Name: made.User.Name, Email: made.User.Email, ExpiresAt: made.ExpiresAt}, nil
}

// checkMeta makes sure that what people made is where the configuration says: opening it would make it.
func (c *Config) checkMeta() error {
	if c.MetaDSN == "" {
		if _, err := os.Stat(c.metaPlace()); err != nil {
			return fmt.Errorf("data folder: %w", err)
		}
		return nil
	}
	if !isPostgres(c.MetaDSN) {
		return errors.New("--meta-dsn: must begin with postgres:// or postgresql://")
	}
	return nil
}

func resetOf(ctx context.Context, db *meta.DB, email string) (meta.PasswordReset, string, error) {
	user, _, err := db.UserWithEmail(ctx, email)
	if errors.Is(err, meta.ErrNotFound) {
		return meta.PasswordReset{}, "", fmt.Errorf("nobody has an account with the address %s", email)
	}
	if err != nil {
		return meta.PasswordReset{}, "", err
	}
	made, text, err := db.CreatePasswordReset(ctx, meta.NewPasswordReset{UserID: user.ID})
	if errors.Is(err, meta.ErrDisabled) {
		err = fmt.Errorf("%s may not log in: an admin of local lets them in again, in Settings › Members", user.Email)
	}
	return made, text, err
}
