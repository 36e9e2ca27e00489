package cli

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"
)

type whoamiCmd struct {
	linkFlags
	developerFlags
}

// Run prints who is logged in, and the project of the folder.
func (cmd *whoamiCmd) Run(ctx context.Context, c *console) error {
	me, err := cmd.account(ctx)
	if err != nil {
		return err
	}
	how, err := cmd.how()
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(c.out, "Server   %s\nUser     %s (%s)\n", cmd.BaseURL, clean(me.Name), how); err != nil {
		return err
	}
	linked, err := readCredentials(cmd.DataDir)
	if err != nil || linked == nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "Project  %s (%s)\n         %s\n", clean(linked.name()), filepath.Join(cmd.DataDir, credentialsFile), clean(linked.ProjectURL))
	if err == nil {
		cmd.checkToken(ctx, c, linked)
	}
	return err
}

// how tells by what the server knows the caller.
func (cmd *whoamiCmd) how() (string, error) {
	if cmd.Password != "" {
		return "by the password", nil
	}
	all, err := readLogins()
	if err != nil {
		return "", err
	}
	if found, _, ok := all.find(cmd.BaseURL); ok && found.valid() {
		return "logged in until " + found.expires().Format("2006-01-02"), nil
	}
	return "everybody on that machine: it takes no login", nil
}

// tokenPatience is how long another server may take to say whether a token works.
const tokenPatience = 10 * time.Second

// checkToken says when the folder's token opens nothing. Its server may be another one.
func (cmd *whoamiCmd) checkToken(ctx context.Context, c *console, linked *credentials) {
	ctx, cancel := context.WithTimeout(ctx, tokenPatience)
	defer cancel()
	other := serverFlags{BaseURL: linked.BaseURL}
	err := other.request(ctx, http.MethodGet, "/v1/info", nil, nil, func(r *http.Request) { r.Header.Set("Authorization", linked.Token) })
	if statusOf(err) == http.StatusUnauthorized {
		c.note("Its token does not work any more. A new one: hearth projects use %s", clean(linked.Project))
	} else if err != nil {
		c.note("Its token could not be tried: %s", strings.TrimSuffix(other.explain(err, "").Error(), "."))
	}
}
