package mcp

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/hearth-dev/hearth/sdk/query"
)

func (t *tools) addProjects(s *sdk.Server) {
	add(s, "project_list", "Projects",
		`The projects that you can ask about. A read token opens one project, an API key those of its scopes; a login and local mode see all.`, t.listProjects)
	add(s, "token_info", "Who asks",
		`What the token of this connection opens: its project and when it expires.`, t.tokenInfo)
	add(s, "project_logfire_link", "Link to a trace",
		`The address at which a person sees a trace in Hearth's web app. Hand it to the user.`, t.traceLink)
	add(s, "project_logfire_ui_link", "Link to the live view",
		`The address of Hearth's live view, with a search and a time. Hand it to the user.`, t.viewLink)
}

// projectArgument names the project of a call.
type projectArgument struct {
	Project *string `json:"project,omitempty" jsonschema:"the project, as name or organization/name, as project_list tells them; the token's own if absent, or the default one where no token is needed"`
}

// project is the project of a call, as GET /v1/read-token-info tells it.
type project struct {
	ID           string `json:"project_id"`
	Name         string `json:"project_name"`
	Organization string `json:"organization_name"`
	URL          string `json:"project_url"`
}

func (p project) String() string { return p.Organization + "/" + p.Name }

// listed is the project as GET /v1/writable-projects tells projects.
func (p project) listed() json.RawMessage {
	text, err := json.Marshal(map[string]string{"id": p.ID, "organization_name": p.Organization, "project_name": p.Name, "project_url": p.URL})
	if err != nil {
		panic(err) // texts can be written
	}
	return text
}

// project returns a client that asks about the project of a call, and the project.
func (t *tools) project(ctx context.Context, of projectArgument) (*query.Client, project, error) {
	client := t.ask(ctx)
	if of.Project != nil && *of.Project != "" {
		client.Project = *of.Project
	}
	var p project
	if err := get(ctx, client, "/v1/read-token-info", &p); err != nil {
		return nil, project{}, err
	}
	return client, p, nil
}

type noArguments struct{}

func (t *tools) listProjects(ctx context.Context, _ noArguments) (string, error) {
	client := t.ask(ctx)
	client.Project = "" // a login has none
	var list []json.RawMessage
	err := get(ctx, client, "/v1/writable-projects", &list)
	if unauthorized(err) { // a read token sees its own project
		_, own, ownErr := t.project(ctx, projectArgument{})
		if ownErr != nil {
			return "", ownErr
		}
		list, err = []json.RawMessage{own.listed()}, nil
	}
	if err != nil {
		return "", err
	}
	return listed(list), nil
}

// listed tells the elements of a list as rows.
func listed(list []json.RawMessage) string {
	var told rows
	for _, one := range list {
		if !told.add(one) {
			break
		}
	}
	return told.String()
}

func (t *tools) tokenInfo(ctx context.Context, _ noArguments) (string, error) {
	client := t.ask(ctx)
	var info json.RawMessage
	err := get(ctx, client, "/v1/read-token-info", &info)
	if unauthorized(err) && get(ctx, client, "/v1/account/me", &info) == nil { // a login
		err = nil
	}
	if err != nil {
		return "", err
	}
	return fenced(string(info)), nil
}

var traceID = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

type traceLinkArguments struct {
	TraceID string `json:"trace_id" jsonschema:"32 hexadecimal digits, as in the column trace_id"`
	projectArgument
}

func (t *tools) traceLink(ctx context.Context, in traceLinkArguments) (string, error) {
	if !traceID.MatchString(in.TraceID) {
		return "", fmt.Errorf("trace_id %q: must be 32 hexadecimal digits, as in the column trace_id", in.TraceID)
	}
	_, p, err := t.project(ctx, in.projectArgument)
	if err != nil {
		return "", err
	}
	return p.URL + "/trace/" + strings.ToLower(in.TraceID), nil
}

type viewLinkArguments struct {
	Query *string `json:"query,omitempty" jsonschema:"what to search for: a condition as it stands after WHERE, such as level >= 'error'"`
	Since *string `json:"since,omitempty" jsonschema:"beginning of the time to show, in ISO 8601"`
	Until *string `json:"until,omitempty" jsonschema:"end of the time to show, in ISO 8601"`
	projectArgument
}

func (t *tools) viewLink(ctx context.Context, in viewLinkArguments) (string, error) {
	parameters := url.Values{}
	if in.Query != nil && *in.Query != "" {
		parameters.Set("q", *in.Query)
	}
	for name, text := range map[string]*string{"since": in.Since, "until": in.Until} {
		at, err := moment(name, text, name, nil)
		if err != nil {
			return "", err
		}
		if !at.IsZero() {
			parameters.Set(name, at.UTC().Format(time.RFC3339Nano))
		}
	}
	_, p, err := t.project(ctx, in.projectArgument)
	if err != nil {
		return "", err
	}
	if len(parameters) == 0 {
		return p.URL, nil
	}
	return p.URL + "?" + parameters.Encode(), nil
}

// get reads what the API answers to a GET. An answer that is no success is a *query.Error.
func get(ctx context.Context, client *query.Client, path string, into any) (err error) {
	base := cmp.Or(client.BaseURL, query.DefaultBaseURL)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(base, "/")+path, nil)
	if err != nil {
		return err
	}
	if client.Project != "" {
		req.Header.Set("X-Hearth-Project", client.Project)
	}
	if client.Token != "" {
		req.Header.Set("Authorization", "Bearer "+client.Token)
	}
	resp, err := cmp.Or(client.HTTPClient, http.DefaultClient).Do(req)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if resp.StatusCode != http.StatusOK {
		return query.ReadError(resp)
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("read the answer of %s: %w", path, err)
	}
	return nil
}

// unauthorized tells that a token opens nothing, or something else, or that an API key lacks a scope.
func unauthorized(err error) bool {
	e, ok := errors.AsType[*query.Error](err)
	return ok && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden)
}

// explain makes of an error one that tells an agent what to do.
func explain(err error) error {
	if e, ok := errors.AsType[*query.Error](err); ok {
		text := e.Detail
		if text == "" {
			text = fmt.Sprintf("The server answers with status %d and no word why.", e.Status)
		}
		if e.RetryAfter > 0 {
			text += fmt.Sprintf(" Try again in %s.", e.RetryAfter)
		}
		return errors.New(text)
	}
	_, offline := errors.AsType[*net.OpError](err)
	if e, ok := errors.AsType[*url.Error](err); ok && offline {
		if at, parseErr := url.Parse(e.URL); parseErr == nil {
			return fmt.Errorf("no Hearth answers at %s://%s: is `hearth serve` running?", at.Scheme, at.Host)
		}
	}
	return err
}
