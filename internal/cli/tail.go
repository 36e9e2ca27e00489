package cli

import (
	"context"
	"time"

	"github.com/hearth-dev/hearth/sdk/query"
)

type tailCmd struct {
	Filter string `arg:"" optional:"" help:"What to follow: SQL as after WHERE. Without it, everything."`

	JSON bool `help:"Print one JSON object a record." name:"json"`

	readFlags
}

// Help is the long help.
func (tailCmd) Help() string {
	return `Prints records as they arrive, before they can be queried. Children are indented under the parents that were seen; a span that has not ended yet is shown as running. When the server goes away, tail waits and goes on where it was. Ctrl-C ends it.

Examples:

    hearth tail
    hearth tail "level >= 'warn'"
    hearth tail "service_name = 'api' and duration > 1"
    hearth tail --json "attributes->>'gen_ai.request.model' is not null" | jq .message`
}

// Run follows until ctx ends.
func (cmd *tailCmd) Run(ctx context.Context, c *console) error {
	show := newTailPrinter(c, time.Local).print
	if cmd.JSON {
		show = c.printJSONRecords
	}
	connected := false
	options := query.TailOptions{
		OnConnect: func() {
			switch {
			case connected:
				c.note("Connected again.")
			case c.width > 0:
				c.note("Following %s. Ctrl-C ends it.", cmd.BaseURL)
			}
			connected = true
		},
		OnDisconnect: func(err error, wait time.Duration) {
			c.note("Not connected (%v); trying again in %v.", cmd.explainSQL(err, cmd.Filter), wait.Round(time.Millisecond))
		},
	}
	for frame, err := range cmd.client().Tail(ctx, cmd.Filter, options) {
		if err != nil {
			return cmd.explainSQL(err, cmd.Filter)
		}
		if frame.Gap != nil {
			c.noteGap(frame.Gap)
		}
		if err := show(frame.Records); err != nil {
			return err
		}
	}
	return nil
}

// noteGap tells that records are missing from what was printed.
func (c *console) noteGap(gap *query.Gap) {
	reason := ""
	if gap.Reason != "" {
		reason = " (" + clean(gap.Reason) + ")"
	}
	if gap.Records > 0 {
		c.note("%d records were not shown here%s; a query finds them.", gap.Records, reason)
		return
	}
	c.note("Records may be missing here%s; a query finds them.", reason)
}

func (c *console) printJSONRecords(records []query.Record) error {
	for _, r := range records {
		if _, err := c.out.Write(append(r.JSON, '\n')); err != nil {
			return err
		}
	}
	return nil
}
