package cli

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/hearth-dev/hearth/internal/demo"
)

type demoCmd struct {
	Duration age     `help:"How long live traffic goes on after the history, such as 3m or 1h." default:"3m" placeholder:"3m"`
	Rate     float64 `help:"How many things happen in the shop in a second." default:"1.5" placeholder:"1.5"`
	Once     bool    `help:"Send the history and end."`
	Seed     uint64  `help:"Make the same ids and texts as another demo with this seed. The server takes what it has seen in the last half hour for a repeat. Without it, every demo is another."`

	serverFlags
	Token   string `help:"Write token. A server in local mode needs none." env:"HEARTH_TOKEN" placeholder:"TOKEN" group:"server"`
	Project string `help:"Project to write to, in local mode: its name, or ORGANISATION/NAME. A token has a project of its own." short:"p" env:"HEARTH_PROJECT" placeholder:"NAME" group:"server"`
}

// Help is the long help.
func (demoCmd) Help() string {
	return `Sends what a web shop for tea would send: pages, orders across five services, background jobs, and agents of several models that talk to customers, in the formats of the newest PydanticAI and of older ones. First comes the past hour, then live traffic. Nothing but the server is contacted. Ctrl-C ends it.

Examples:

    hearth demo
    hearth demo --once
    hearth demo --duration 1h --rate 5 --project teahouse`
}

// maxRate is what the demo can make up on one core with room to spare.
const maxRate = 100

// Run sends until the demo is over.
func (cmd *demoCmd) Run(ctx context.Context, c *console) error {
	if !(cmd.Rate > 0 && cmd.Rate <= maxRate) { // NaN fails it too
		return usage("--rate %v: must be more than 0 and at most %d", cmd.Rate, maxRate)
	}
	seed := cmd.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	progress := demoProgress{console: c}
	sent, err := demo.Run(ctx, demo.Options{BaseURL: cmd.BaseURL, Token: cmd.Token, Project: cmd.Project,
		Duration: time.Duration(cmd.Duration), Rate: cmd.Rate, Once: cmd.Once, Seed: seed, Progress: progress.show})
	progress.end()
	return errors.Join(cmd.explainDemo(err), printSent(c, sent))
}

// explainDemo tells a person what to do.
func (cmd *demoCmd) explainDemo(err error) error {
	e, ok := errors.AsType[*demo.StatusError](err)
	if ok && e.Status == http.StatusUnauthorized && cmd.Project == "" {
		return fmt.Errorf("%s answers: %s (give a write token with --token or HEARTH_TOKEN)", cmd.BaseURL, e.Detail)
	}
	return cmd.explain(err, "")
}

// printSent tells what became of a demo, if anything was sent.
func printSent(c *console, sent demo.Sent) error {
	if sent == (demo.Sent{}) {
		return nil
	}
	_, err := fmt.Fprintf(c.out, "Sent %s.\n", describeSent(sent))
	if sent.Refused > 0 {
		c.note("The server says: %s", clean(sent.Reason))
	}
	return err
}

func describeSent(sent demo.Sent) string {
	return fmt.Sprintf("%d spans (and announced %d), %d logs, %d metric points; %d refused",
		sent.Spans, sent.Pending, sent.Logs, sent.Points, sent.Refused)
}

// demoProgress keeps one line of a terminal up to date. Anywhere else, it tells when the history is over.
type demoProgress struct {
	console *console
	shown   bool
}

func (p *demoProgress) show(sent demo.Sent, left time.Duration) {
	switch {
	case p.console.errTerminal:
		fmt.Fprintf(p.console.err, "\r\x1b[K%d sent, %d refused; %v left. Ctrl-C ends it.",
			sent.Spans+sent.Pending+sent.Logs+sent.Points, sent.Refused, max(left, 0).Round(time.Second))
	case !p.shown && left > 0:
		p.console.note("The past hour is there: %s. Live traffic for %v.", describeSent(sent), left.Round(time.Second))
	}
	p.shown = true
}

// end leaves the line.
func (p *demoProgress) end() {
	if p.shown && p.console.errTerminal {
		fmt.Fprint(p.console.err, "\r\x1b[K")
	}
}
