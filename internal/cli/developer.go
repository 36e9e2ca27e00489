package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/hearth-dev/hearth/sdk/query"
)

// developerFlags are for commands of who makes projects and tokens for what they develop: with a login, with the password,
// or in local mode with neither.
type developerFlags struct {
	manageFlags
}

// develop does a request as manageFlags.call does, and says what would let it in.
func (f *developerFlags) develop(ctx context.Context, method, path string, in, out any) error {
	return f.explainLogin(f.do(ctx, method, path, in, out))
}

// explainLogin is explain for what takes a login.
func (f *developerFlags) explainLogin(err error) error {
	if statusOf(err) != http.StatusUnauthorized || f.byKey() {
		return f.explain(err, refusedKey)
	}
	command := f.authCommand()
	all, readErr := readLogins()
	if readErr != nil {
		return readErr
	}
	found, _, ok := all.find(f.BaseURL)
	switch {
	case f.Password != "":
		return f.explain(err, "give the server's password with HEARTH_PASSWORD, or log in with: "+command)
	case ok && !found.valid():
		return fmt.Errorf("your login at %s expired on %s; log in again with: %s", f.BaseURL, found.expires().Format("2006-01-02"), command)
	case ok:
		return fmt.Errorf("your login at %s is not taken any more; log in again with: %s", f.BaseURL, command)
	}
	return fmt.Errorf("you are not logged in at %s; log in with: %s", f.BaseURL, command)
}

// authCommand is what logs in at the server.
func (f *serverFlags) authCommand() string {
	if f.BaseURL == defaultBaseURL {
		return "hearth auth"
	}
	return "hearth auth --base-url " + f.BaseURL
}

// statusOf returns the status of an answer that is an error, or 0.
func statusOf(err error) int {
	if e, ok := errors.AsType[*query.Error](err); ok {
		return e.Status
	}
	return 0
}

// account is who the server takes a caller for.
type account struct {
	Name    string `json:"name"`
	Default struct {
		Name string `json:"organization_name"`
	} `json:"default_organization"`
}

func (f *developerFlags) account(ctx context.Context) (account, error) {
	var me account
	err := f.develop(ctx, http.MethodGet, "/v1/account/me", nil, &me)
	return me, err
}

// organization returns the one that a new project shall belong to: the one that is wanted, the only one, or the one that a
// person chooses.
func (f *developerFlags) organization(ctx context.Context, c *console, wanted string) (string, error) {
	if wanted != "" || f.byKey() { // a key has one, and the server knows which
		return wanted, nil
	}
	var list []struct {
		Name string `json:"organization_name"`
	}
	if err := f.develop(ctx, http.MethodGet, "/v1/organizations/available-for-projects/", nil, &list); err != nil {
		return "", err
	}
	switch len(list) {
	case 0:
		return "", errors.New("no organisation may have new projects of yours")
	case 1:
		return list[0].Name, nil
	}
	me, err := f.account(ctx)
	if err != nil {
		return "", err
	}
	names := make([]string, len(list))
	for i, o := range list {
		names[i] = o.Name
	}
	if !c.interactive {
		if me.Default.Name != "" {
			return me.Default.Name, nil
		}
		return "", usage("there are several organisations: choose one of %s with --org", strings.Join(names, ", "))
	}
	return c.choose("In which organisation?", names)
}

// writableProject is a project that may get write tokens.
type writableProject struct {
	Organization string `json:"organization_name"`
	Name         string `json:"project_name"`
}

func (p *writableProject) String() string { return p.Organization + "/" + p.Name }

func (f *developerFlags) writableProjects(ctx context.Context) ([]writableProject, error) {
	var list []writableProject
	err := f.develop(ctx, http.MethodGet, "/v1/writable-projects/", nil, &list)
	return list, err
}

// organizationPath is where the projects of an organisation are made, and the tokens of them.
func organizationPath(organization string, more ...string) string {
	path := "/v1/organizations/" + url.PathEscape(organization) + "/projects"
	for _, segment := range more {
		path += "/" + url.PathEscape(segment)
	}
	return path
}
