package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
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
	// interactive tells that a person can answer on in what err asks.
	interactive bool
}

func processConsole() *console {
	c := &console{in: os.Stdin, out: os.Stdout, err: os.Stderr, errTerminal: term.IsTerminal(int(os.Stderr.Fd()))}
	c.interactive = term.IsTerminal(int(os.Stdin.Fd()))
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

// ask asks a person for a line. An empty answer means otherwise, unless that is empty too.
func (c *console) ask(question, otherwise string) (string, error) {
	for {
		fmt.Fprint(c.err, question)
		line, err := c.line()
		if line = strings.TrimSpace(line); line == "" {
			line = otherwise
		}
		if line != "" && (err == nil || errors.Is(err, io.EOF)) {
			return line, nil
		}
		if err != nil {
			return "", fmt.Errorf("no answer: %w", err)
		}
	}
}

// line reads up to the end of a line and no further: a terminal gives a line at a time, and the next may be for another.
func (c *console) line() (string, error) {
	var sb strings.Builder
	for b := make([]byte, 1); ; {
		n, err := c.in.Read(b)
		if n == 1 && b[0] == '\n' {
			return sb.String(), nil
		}
		sb.Write(b[:n])
		if err != nil {
			return sb.String(), err
		}
	}
}

// choose asks a person for one of several names, by its number or itself.
func (c *console) choose(question string, names []string) (string, error) {
	c.note("%s", question)
	for i, name := range names {
		c.note("%3d  %s", i+1, clean(name))
	}
	for {
		answer, err := c.ask("Number [1]: ", "1")
		if err != nil {
			return "", err
		}
		if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(names) {
			return names[n-1], nil
		}
		if slices.Contains(names, answer) {
			return answer, nil
		}
		c.note("A number from 1 to %d, please.", len(names))
	}
}

// confirm asks a person to type the name of what they are about to lose. Where nobody can answer, it says how to do without.
func (c *console) confirm(name string) error {
	if !c.interactive {
		return usage("nobody is there to ask: give --yes to delete %s", name)
	}
	answer, err := c.ask("Type "+name+" to delete it: ", "")
	if err == nil && answer != name {
		err = errors.New("that is another name; nothing is deleted")
	}
	return err
}

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
