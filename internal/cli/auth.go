package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

type authCmd struct {
	Login  authLoginCmd  `cmd:"" default:"withargs" help:"Log in, by a page in your browser. This is what hearth auth does by itself."`
	Logout authLogoutCmd `cmd:"" help:"End the login at a server."`
}

// Help is the long help.
func (authCmd) Help() string {
	return `Who is logged in makes projects, and connects folders with them, without the server's password: a page shows which machine asks, and whoever may manage the server approves.

The login is kept in ~/.logfire/default.toml, where Logfire's CLI finds it too, and the other way round. On a loopback address without a password nothing takes a login but Logfire's CLI.

Examples:

    hearth auth --base-url https://hearth.example.com
    hearth whoami --base-url https://hearth.example.com
    hearth auth logout --base-url https://hearth.example.com`
}

type authLoginCmd struct {
	NoBrowser bool `help:"Print the page's address and open no browser." name:"no-browser"`

	serverFlags
}

// byLogin returns what asks a server with the login there, whatever password there is.
func (f serverFlags) byLogin(agent string) *developerFlags {
	return &developerFlags{manageFlags{serverFlags: f, agent: agent}}
}

// Run logs in.
func (cmd *authLoginCmd) Run(ctx context.Context, c *console, version build) error {
	all, err := readLogins()
	if err != nil {
		return err
	}
	server := cmd.byLogin("hearth/" + string(version))
	if known, err := server.known(ctx, c, all); known || err != nil {
		return err
	}
	opened, err := server.openLogin(ctx)
	if err != nil {
		return err
	}
	c.note("Approve the login on this page, which must show the code %s:\n\n    %s\n", clean(opened.UserCode), clean(opened.Page))
	if c.interactive && !cmd.NoBrowser && openBrowser(ctx, opened.Page) {
		c.note("It should open in your browser by itself. Waiting …")
	} else {
		c.note("Waiting …")
	}
	made, err := server.awaitLogin(ctx, opened.DeviceCode)
	if err != nil {
		return err
	}
	if err := all.set(strings.TrimRight(cmd.BaseURL, "/"), *made); err != nil {
		return fmt.Errorf("keep the login: %w", err)
	}
	me, err := server.account(ctx)
	if err != nil {
		return err
	}
	c.note("You are logged in at %s as %s until %s. The login is in %s.", cmd.BaseURL, clean(me.Name), made.expires().Format("2006-01-02"), all.path)
	return nil
}

// known tells whether there is a login that the server takes.
func (f *developerFlags) known(ctx context.Context, c *console, all *logins) (bool, error) {
	found, _, ok := all.find(f.BaseURL)
	if !ok || !found.valid() {
		return false, nil
	}
	var me account
	err := f.do(ctx, http.MethodGet, "/v1/account/me", nil, &me)
	switch {
	case statusOf(err) == http.StatusUnauthorized:
		return false, nil // revoked, or of a Hearth that is no more
	case err != nil:
		return false, f.explain(err, "")
	}
	c.note("You are logged in at %s as %s until %s already. hearth auth logout ends that.", f.BaseURL, clean(me.Name), found.expires().Format("2006-01-02"))
	return true, nil
}

// openedLogin is a login that waits for approval.
type openedLogin struct {
	DeviceCode string `json:"device_code"`
	Page       string `json:"frontend_auth_url"`
	UserCode   string `json:"user_code"`
}

func (f *developerFlags) openLogin(ctx context.Context) (openedLogin, error) {
	machine, err := os.Hostname()
	if err != nil {
		machine = "" // the server has a word for it
	}
	var opened openedLogin
	err = f.do(ctx, http.MethodPost, "/v1/device-auth/new/?"+url.Values{"machine_name": {machine}}.Encode(), nil, &opened)
	if err == nil && opened.DeviceCode == "" {
		err = fmt.Errorf("%s gives no code to wait with: is it a Hearth?", f.BaseURL)
	}
	return opened, f.explain(err, "")
}

// A server holds a request for ten seconds and then answers null. It is asked again at once, but not all the time, should it
// answer without waiting; and it may fail a few times in a row.
const (
	waitLimit   = 30 * time.Second
	waitAtLeast = time.Second
	waitFaults  = 4
)

// awaitLogin waits until somebody decides.
func (f *developerFlags) awaitLogin(ctx context.Context, deviceCode string) (*login, error) {
	for faults := 0; ; {
		next := time.After(waitAtLeast)
		made, err := f.askOnce(ctx, deviceCode)
		status := statusOf(err)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err == nil && made != nil:
			return made, nil
		case err == nil:
			faults = 0
		case status == http.StatusNotFound:
			return nil, errors.New("nobody approved the login in time; run hearth auth again")
		case status == http.StatusForbidden:
			return nil, f.explain(err, "")
		default:
			if faults++; faults == waitFaults {
				return nil, f.explain(err, "")
			}
		}
		select {
		case <-next:
		case <-ctx.Done():
		}
	}
}

func (f *developerFlags) askOnce(ctx context.Context, deviceCode string) (*login, error) {
	ctx, cancel := context.WithTimeout(ctx, waitLimit)
	defer cancel()
	var answer *struct{ Token, Expiration string }
	err := f.do(ctx, http.MethodGet, "/v1/device-auth/wait/"+url.PathEscape(deviceCode), nil, &answer)
	if err != nil || answer == nil {
		return nil, err
	}
	return &login{Token: answer.Token, Expiration: answer.Expiration}, nil
}

// openBrowser shows a page to the person at this machine, and tells whether that can be hoped for.
func openBrowser(ctx context.Context, page string) bool {
	if u, err := url.Parse(page); err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false // another program would take it, whatever the server has thought of
	}
	command := browser(runtime.GOOS, os.Getenv)
	if command == nil {
		return false
	}
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], page)...)
	if err := cmd.Start(); err != nil {
		return false
	}
	return cmd.Process.Release() == nil // a browser may stay open longer than this program
}

// browser returns the command that opens a page on a system; nil where it would have no screen, or take the terminal.
func browser(system string, getenv func(string) string) []string {
	if chosen, _, _ := strings.Cut(getenv("BROWSER"), ":"); chosen != "" {
		return []string{chosen}
	}
	switch {
	case system == "darwin":
		return []string{"open"}
	case system == "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}
	case getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != "":
		return []string{"xdg-open"}
	}
	return nil
}

type authLogoutCmd struct {
	serverFlags
}

// Run revokes the login at the server and forgets it here. The server need not be there any more.
func (cmd *authLogoutCmd) Run(ctx context.Context, c *console) error {
	all, err := readLogins()
	if err != nil {
		return err
	}
	if _, _, ok := all.find(cmd.BaseURL); !ok {
		return fmt.Errorf("you are not logged in at %s", cmd.BaseURL)
	}
	err = cmd.byLogin("").do(ctx, http.MethodDelete, "/api/v1/user-tokens/current/", nil, nil)
	if err := all.remove(cmd.BaseURL); err != nil {
		return fmt.Errorf("forget the login: %w", err)
	}
	if status := statusOf(err); err != nil && status != http.StatusUnauthorized && status != http.StatusNotFound {
		c.note("The login is forgotten here, but the server goes on knowing it: %v", cmd.explain(err, ""))
		return nil
	}
	c.note("You are logged out from %s.", cmd.BaseURL)
	return nil
}
