package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// console is where a command reads and writes.
type console struct {
	in       io.Reader
	out, err io.Writer
	// width is how many columns a line of out can have; 0 when out is no terminal, which takes lines of any length.
	width int
	// colour allows escape sequences in out.
	colour bool
	// errTerminal tells that a person reads err.
	errTerminal bool
}

func processConsole() *console {
	c := &console{in: os.Stdin, out: os.Stdout, err: os.Stderr, errTerminal: term.IsTerminal(int(os.Stderr.Fd()))}
	if fd := int(os.Stdout.Fd()); term.IsTerminal(fd) {
		c.width = 80
		if columns, _, err := term.GetSize(fd); err == nil && columns > 0 {
			c.width = columns
		}
		// https://no-color.org: any value that is not empty.
		c.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	return c
}

// fail tells an error, one line for each of its own.
func (c *console) fail(err error) {
	lines := strings.Split(strings.TrimRight(err.Error(), "\n"), "\n")
	fmt.Fprintf(c.err, "hearth: %s\n", lines[0])
	for _, line := range lines[1:] {
		fmt.Fprintf(c.err, "        %s\n", line)
	}
}

// hint tells something that is not part of the output.
func (c *console) hint(text string) { fmt.Fprintf(c.err, "        %s\n", text) }

// note tells something that is not part of the output.
func (c *console) note(format string, args ...any) { fmt.Fprintf(c.err, format+"\n", args...) }

// The colours. They are the basic ones, which every terminal's theme makes readable.
const (
	red     = "31"
	yellow  = "33"
	blue    = "34"
	magenta = "35"
	cyan    = "36"
	dim     = "2"
	bold    = "1"
	boldRed = "1;31"
)

// paint colours a text where colours are allowed.
func (c *console) paint(colour, text string) string {
	if !c.colour || colour == "" || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}
