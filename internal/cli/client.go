package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/hearth-dev/hearth/sdk/query"
)

// defaultBaseURL is where a server is that nobody told otherwise.
const defaultBaseURL = "http://127.0.0.1:4318"

// serverFlags say which server a command talks to.
type serverFlags struct {
	BaseURL string `help:"The server's address." name:"base-url" env:"HEARTH_BASE_URL" default:"http://127.0.0.1:4318" placeholder:"URL" group:"server"`
}

// readFlags are for commands that read records.
type readFlags struct {
	serverFlags
	Token   string `help:"Read token. A server in local mode needs none." env:"HEARTH_READ_TOKEN" placeholder:"TOKEN" group:"server"`
	APIKey  string `help:"An API key of one project with the scope project:read_otlp, where there is no read token." name:"api-key" env:"HEARTH_API_KEY" placeholder:"KEY" group:"server"`
	Project string `help:"Project to read, in local mode: its name, or ORGANISATION/NAME. A token has a project of its own." short:"p" env:"HEARTH_PROJECT" placeholder:"NAME" group:"server"`
}

func (f *readFlags) client() *query.Client {
	return &query.Client{BaseURL: f.BaseURL, Token: cmp.Or(f.Token, f.APIKey), Project: f.Project}
}

// refusedKey is what to tell whose API key the server does not take.
const refusedKey = "the API key is unknown, expired or revoked"

// explain turns an error of a request into one that tells a person what to do. key says what would let the command in.
func (f *serverFlags) explain(err error, key string) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if e, ok := errors.AsType[*query.Error](err); ok {
		if e.Status == http.StatusUnauthorized && key != "" {
			return fmt.Errorf("%s answers: %s (%s)", f.BaseURL, strings.TrimSuffix(e.Detail, "."), key)
		}
		if e.Detail == "" {
			return fmt.Errorf("%s answers with status %d and no word why: is it a Hearth?", f.BaseURL, e.Status)
		}
		return errors.New(e.Detail)
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return fmt.Errorf("no Hearth answers at %s: is `hearth serve` running?", f.BaseURL)
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("%s: %w", f.BaseURL, e.Err)
	}
	return err
}

// explainSQL is explain for a request that carries a statement: a mistake in it is shown in its place.
func (f *readFlags) explainSQL(err error, sql string) error {
	key := "give a read token with --token or HEARTH_READ_TOKEN, or an API key with HEARTH_API_KEY"
	if f.Token == "" && f.APIKey != "" {
		key = refusedKey
	}
	explained := f.explain(err, key)
	if e, ok := errors.AsType[*query.Error](err); ok && e.Position > 0 {
		return fmt.Errorf("%w\n%s", explained, pointAt(sql, e.Position))
	}
	return explained
}

// pointAt returns the line of a text that holds the character at the 1-based position, and a caret below it.
func pointAt(text string, position int) string {
	characters := []rune(text)
	at := min(max(position-1, 0), len(characters))
	start, end := at, at
	for start > 0 && characters[start-1] != '\n' {
		start--
	}
	for end < len(characters) && characters[end] != '\n' {
		end++
	}
	var margin strings.Builder
	for _, r := range characters[start:at] {
		if r == '\t' {
			margin.WriteRune(r) // as wide as the one above it
			continue
		}
		margin.WriteString(strings.Repeat(" ", runeWidth(r)))
	}
	line := strings.TrimRightFunc(string(characters[start:end]), unicode.IsSpace)
	return line + "\n" + margin.String() + "^"
}
