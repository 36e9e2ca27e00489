package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/sdk/query"
)

// manageFlags are for commands that manage projects and tokens.
type manageFlags struct {
	serverFlags
	Password string `help:"The server's password. A server in local mode needs none." env:"HEARTH_PASSWORD" placeholder:"TEXT" group:"server"`
	APIKey   string `help:"An API key with the scopes that the command needs, instead of the password." name:"api-key" env:"HEARTH_API_KEY" placeholder:"KEY" group:"server"`

	agent string // what the program calls itself; empty leaves it to Go
}

// project is a project as the server tells it.
type project struct {
	ID           string    `json:"id"`
	Name         string    `json:"project_name"`
	Organization string    `json:"organization_name"`
	Description  *string   `json:"description"`
	CreatedAt    time.Time `json:"created_at"`
}

// token is a token as the server tells it.
type token struct {
	ID          string     `json:"id"`
	Description *string    `json:"description"`
	CreatedAt   time.Time  `json:"created_at"`
	ExpiresAt   *time.Time `json:"expires_at"`
	LastUsedAt  *time.Time `json:"last_used_at"`
	LastAddress *string    `json:"last_used_address"`
	LastClient  *string    `json:"last_used_client"`
	Records     *int64     `json:"records_24h,omitempty"` // that were sent with it in the last 24 hours; nil of what cannot send
	Prefix      string     `json:"token_prefix"`
	Active      bool       `json:"active"`
}

const (
	projectsPath   = "/api/v1/projects/"
	userTokensPath = "/api/v1/user-tokens/"
)

// tokensPath is where the tokens of a project and a kind are.
func tokensPath(projectID, kind string) string {
	return projectsPath + url.PathEscape(projectID) + "/" + kind + "-tokens/"
}

// call does a request of the management API: in is sent as JSON unless it is nil, the answer is read into out unless
// that is nil.
func (f *manageFlags) call(ctx context.Context, method, path string, in, out any) error {
	return f.explainKey(f.do(ctx, method, path, in, out))
}

// explainKey is explain for what takes the password or an API key.
func (f *manageFlags) explainKey(err error) error {
	if f.byKey() {
		return f.explain(err, refusedKey)
	}
	return f.explain(err, "give the server's password with HEARTH_PASSWORD, or an API key with HEARTH_API_KEY")
}

// byKey tells whether the API key is what asks.
func (f *manageFlags) byKey() bool { return f.Password == "" && f.APIKey != "" }

// do is call without words for people.
func (f *manageFlags) do(ctx context.Context, method, path string, in, out any) (err error) {
	body, err := f.open(ctx, method, path, in)
	if err != nil {
		return err
	}
	return f.read(body, out)
}

// open does a request whose answer the caller reads and closes. It asks with the password, or else with the API key, or else with the
// login at the server.
func (f *manageFlags) open(ctx context.Context, method, path string, in any) (io.ReadCloser, error) {
	var known login
	if f.Password == "" && !f.byKey() {
		all, err := readLogins()
		if err != nil {
			return nil, err
		}
		known, _, _ = all.find(f.BaseURL)
	}
	return f.send(ctx, method, path, in, func(r *http.Request) {
		if f.agent != "" {
			r.Header.Set("User-Agent", f.agent)
		}
		switch {
		case f.Password != "":
			r.SetBasicAuth("hearth", f.Password)
		case f.byKey():
			r.Header.Set("Authorization", "Bearer "+f.APIKey)
		case known.valid():
			r.Header.Set("Authorization", known.Token)
		}
	})
}

// request does a request, which sign says who asks, and reads its answer. One that is no success is a *query.Error.
func (f *serverFlags) request(ctx context.Context, method, path string, in, out any, sign func(*http.Request)) error {
	body, err := f.send(ctx, method, path, in, sign)
	if err != nil {
		return err
	}
	return f.read(body, out)
}

// send does a request and returns the body of its answer, a success, which the caller reads and closes.
func (f *serverFlags) send(ctx context.Context, method, path string, in any, sign func(*http.Request)) (io.ReadCloser, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(f.BaseURL, "/")+path, body)
	if err != nil {
		return nil, err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	sign(req)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode/100 != 2 {
		return nil, errors.Join(query.ReadError(answer), answer.Body.Close())
	}
	return answer.Body, nil
}

// read reads the body of an answer into out unless that is nil, and closes it.
func (f *serverFlags) read(body io.ReadCloser, out any) (err error) {
	defer func() { err = errors.Join(err, body.Close()) }()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(body).Decode(out); err != nil {
		return fmt.Errorf("read the answer of %s: %w; is it a Hearth?", f.BaseURL, err)
	}
	return nil
}

func (p *project) String() string { return p.Organization + "/" + p.Name }

// projectNamed returns the project of a name, alone or as organisation/name.
func (f *manageFlags) projectNamed(ctx context.Context, name string) (project, error) {
	var list []project
	if err := f.call(ctx, http.MethodGet, projectsPath, nil, &list); err != nil {
		return project{}, err
	}
	return projectOf(list, name)
}

// projectOf returns the project of a name, alone or as organisation/name, among several.
func projectOf(list []project, name string) (project, error) {
	var meant []project
	for _, p := range list {
		if p.Name == name || p.String() == name {
			meant = append(meant, p)
		}
	}
	switch len(meant) {
	case 0:
		return project{}, fmt.Errorf("there is no project %q; the projects are %s", name, strings.Join(projectNames(list), ", "))
	case 1:
		return meant[0], nil
	}
	return project{}, usage("several projects have the name %s: choose one of %s", name, strings.Join(projectNames(meant), ", "))
}

// projectNames returns what to call projects: their names, after that of the organisation where there are several.
func projectNames(list []project) []string {
	several := slices.ContainsFunc(list, func(p project) bool { return p.Organization != list[0].Organization })
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.Name
		if several {
			names[i] = p.String()
		}
	}
	return names
}

func textOr(text *string, other string) string {
	if text == nil {
		return other
	}
	return *text
}
