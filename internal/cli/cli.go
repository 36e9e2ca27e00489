package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit statuses.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2 // the command line or the configuration is wrong
)

// grammar is the command line.
type grammar struct {
	Serve      serveCmd      `cmd:"" help:"Run a server."`
	Query      queryCmd      `cmd:"" help:"Ask a question in SQL."`
	Tail       tailCmd       `cmd:"" help:"Follow records as they arrive."`
	Demo       demoCmd       `cmd:"" help:"Fill a server with lifelike traffic."`
	MCP        mcpCmd        `cmd:"" name:"mcp" help:"Let a coding agent read, over stdin and stdout."`
	Auth       authCmd       `cmd:"" help:"Log in at a server that has a password, and out."`
	Whoami     whoamiCmd     `cmd:"" help:"Say whom a server takes you for, and which project this folder sends to."`
	Projects   projectsCmd   `cmd:"" help:"Make, use, rename and delete projects."`
	Orgs       orgsCmd       `cmd:"" help:"Make, rename and delete organisations."`
	People     peopleCmd     `cmd:"" help:"Help who forgot a password."`
	Tokens     tokensCmd     `cmd:"" help:"Make, list, rotate and revoke tokens."`
	Keys       keysCmd       `cmd:"" help:"Make, list, rotate and revoke API keys."`
	Audit      auditCmd      `cmd:"" help:"Print who did what."`
	Meta       metaCmd       `cmd:"" help:"Move what people made to PostgreSQL."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
	Completion completionCmd `cmd:"" help:"Print a shell's completion script."`
	Complete   completeCmd   `cmd:"" hidden:"" name:"__complete" passthrough:"" help:"Print what may stand next, for completion scripts."`
}

const description = `Hearth keeps the telemetry of LLM applications: OpenTelemetry in, one durable store, SQL out.

Start with "hearth serve". The other commands talk to a running server.`

// Main runs the program with the process's arguments and streams and returns its exit status. version names the build.
func Main(version string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// After the first signal the default is back: a second one ends a stop that takes too long.
	context.AfterFunc(ctx, stop)
	return run(ctx, version, os.Args[1:], processConsole())
}

// exit is what kong's --help ends the parsing with.
type exit struct{ status int }

// run runs one command line and returns its exit status.
func run(ctx context.Context, version string, args []string, c *console) (status int) {
	defer func() {
		if v := recover(); v != nil {
			e, ok := v.(exit)
			if !ok {
				panic(v)
			}
			status = e.status
		}
	}()
	var g grammar
	parser, err := newParser(&g, c)
	if err != nil {
		panic(err) // the grammar is a constant; the tests parse it
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		c.fail(err)
		c.hint(usageHint(err))
		return exitUsage
	}
	command.BindTo(ctx, (*context.Context)(nil))
	command.Bind(c, build(version), parser.Model)
	if err := command.Run(); err != nil {
		return c.report(ctx, err)
	}
	return exitOK
}

// build is the version of the program.
type build string

func newParser(g *grammar, c *console) (*kong.Kong, error) {
	return kong.New(g,
		kong.Name("hearth"),
		kong.Description(description),
		kong.Writers(c.out, c.err),
		kong.Exit(func(status int) { panic(exit{status}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
		kong.ExplicitGroups([]kong.Group{
			{Key: "server", Title: "Which server:"},
		}),
	)
}

// usageHint says where to read on after a wrong command line.
func usageHint(err error) string {
	command := "hearth"
	if e, ok := errors.AsType[*kong.ParseError](err); ok && e.Context != nil && e.Context.Command() != "" {
		command = e.Context.Model.Name
		for _, path := range e.Context.Path {
			if path.Command != nil {
				command += " " + path.Command.Name
			}
		}
	}
	return fmt.Sprintf("try: %s --help", command)
}

// usageError is a mistake on the command line that only the command itself could find.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// report tells an error and returns the exit status that stands for it.
func (c *console) report(ctx context.Context, err error) int {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return exitOK // the user pressed Ctrl-C: that is how a tail ends
	}
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
		return exitOK // the reader, such as head, has enough
	}
	c.fail(err)
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitError
}
