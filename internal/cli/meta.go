package cli

import (
	"context"

	"github.com/hearth-dev/hearth/internal/server"
)

type metaCmd struct {
	Copy metaCopyCmd `cmd:"" help:"Copy projects, tokens, dashboards and alerts from a data folder to PostgreSQL."`
}

type metaCopyCmd struct {
	MetaDSN string `help:"The database, which must be empty: postgres://USER:PASSWORD@HOST/DATABASE. Other users of this machine can read the command line: prefer the variable." name:"meta-dsn" env:"HEARTH_META_DSN" placeholder:"URL" required:""`
	DataDir string `help:"The folder of the server, which must not run." env:"HEARTH_DATA_DIR" placeholder:"FOLDER"`
}

// Help is the long help.
func (metaCopyCmd) Help() string {
	return `Stop the server, copy, and start it again with --meta-dsn. Records stay in the data folder. The file is not changed: a server that is started without --meta-dsn finds everything as it was.`
}

// Run copies.
func (cmd *metaCopyCmd) Run(ctx context.Context, c *console) error {
	rows, err := server.CopyMeta(ctx, cmd.DataDir, cmd.MetaDSN)
	if err != nil {
		return err
	}
	c.note("Copied %d rows. Start the server with HEARTH_META_DSN from now on.", rows)
	return nil
}
