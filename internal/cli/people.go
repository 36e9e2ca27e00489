package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/hearth-dev/hearth/internal/server"
)

type peopleCmd struct {
	Reset peopleResetCmd `cmd:"" help:"Make a link with which somebody sets a password."`
}

type peopleResetCmd struct {
	Email string `arg:"" help:"The address of mail of the account."`

	DataDir   string `help:"The folder of the server, which may run." env:"HEARTH_DATA_DIR" placeholder:"FOLDER"`
	MetaDSN   string `help:"The database of the server, where it is PostgreSQL: postgres://USER:PASSWORD@HOST/DATABASE. Other users of this machine can read the command line: prefer the variable." name:"meta-dsn" env:"HEARTH_META_DSN" placeholder:"URL"`
	PublicURL string `help:"Where the server is reached, with which the link begins. The default is http://127.0.0.1:4318." name:"public-url" env:"HEARTH_PUBLIC_URL" placeholder:"URL"`
}

// Help is the long help.
func (peopleResetCmd) Help() string {
	return `For the admin who forgot the password and has nobody to ask: other people get such a link from an admin, in Settings › Members. The command needs no server and no password, but the data folder: run it on the server, as the user that runs it. The link works once, for 24 hours, and ends an earlier one; whoever opens it sets the password, and the person is logged out everywhere else.

Examples:

    hearth people reset ada@example.com
    hearth people reset ada@example.com --data-dir /srv/hearth --public-url https://hearth.example.com`
}

// Run makes the link.
func (cmd *peopleResetCmd) Run(ctx context.Context, c *console) error {
	made, err := server.ResetPassword(ctx, server.Config{DataDir: cmd.DataDir, MetaDSN: cmd.MetaDSN, PublicURL: cmd.PublicURL}, cmd.Email)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(c.out, made.Link); err != nil {
		return err
	}
	c.note("Whoever opens the link sets the password of %s (%s). It works once, until %s.", clean(made.Name), made.Email, made.ExpiresAt.Local().Format(time.RFC1123))
	return nil
}
