package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

type keysCmd struct {
	New    keysNewCmd    `cmd:"" help:"Make an API key and print it, once."`
	List   keysListCmd   `cmd:"" help:"List an organisation's API keys."`
	Rotate keysRotateCmd `cmd:"" help:"Make a key that takes the place of another, and print it, once."`
	Revoke keysRevokeCmd `cmd:"" help:"Close a key for good."`
}

// Help is the long help.
func (keysCmd) Help() string {
	return `An API key opens an organisation, or one project of it, as far as its scopes go: the REST API, the commands of this program that take --api-key, the MCP server; with project:read_otlp queries, with project:write_otlp ingest. Its text is shown when it is made and never again. A server says which scopes there are at /api/v1/api-keys/scopes/.

Examples:

    hearth keys new deploy --scope project:read,project:write_token
    export HEARTH_API_KEY=$(hearth keys new agent --project teahouse --scope project:read,project:read_otlp --expires 90d)
    hearth keys list --json
    hearth keys rotate --keep-old 2d 0b9f3a52-…
    hearth keys revoke 0b9f3a52-…`
}

const keysPath = "/api/v1/api-keys/"

// organizationFlags are for commands about an organisation as a whole.
type organizationFlags struct {
	Org string `help:"The organisation; without it local, or the key's own." placeholder:"NAME"`

	manageFlags
}

// path is a path of the API with the organisation that is meant, and more parameters, which may be nil.
func (f *organizationFlags) path(path string, more url.Values) string {
	parameters := url.Values{}
	for name, values := range more {
		parameters[name] = values
	}
	if f.Org != "" {
		parameters.Set("organization", f.Org)
	}
	if len(parameters) == 0 {
		return path
	}
	return path + "?" + parameters.Encode()
}

// key is an API key as the server tells it.
type key struct {
	Name    string   `json:"name"`
	Scopes  []string `json:"scopes"`
	Project *string  `json:"project_name"`
	token
}

// madeKey is an API key that was made, and its text.
type madeKey struct {
	Key  key    `json:"api_key"`
	Text string `json:"token"`
}

type keysNewCmd struct {
	Name        string   `arg:"" help:"1 to 100 characters, to tell it from others."`
	Scope       []string `help:"What it may do: scopes with commas between them; may be repeated." required:"" placeholder:"SCOPE"`
	Project     string   `help:"The only project that it opens; without it, all of the organisation." short:"p" placeholder:"NAME"`
	Description string   `help:"What the key is for." placeholder:"TEXT"`
	Expires     life     `help:"How long the key is good, such as 90d; without it, for ever." placeholder:"90d"`

	organizationFlags
}

// Run makes the key. Its text alone goes to stdout, so that $(…) gets it.
func (cmd *keysNewCmd) Run(ctx context.Context, c *console) error {
	in := map[string]any{"name": cmd.Name, "scopes": cmd.Scope}
	if cmd.Project != "" {
		name := cmd.Project
		if cmd.Org != "" && !strings.Contains(name, "/") {
			name = cmd.Org + "/" + name
		}
		p, err := cmd.projectNamed(ctx, name)
		if err != nil {
			return err
		}
		in["project_id"] = p.ID
		if cmd.Org == "" {
			cmd.Org = p.Organization
		}
	}
	if cmd.Description != "" {
		in["description"] = cmd.Description
	}
	cmd.Expires.tell(in)
	var made madeKey
	if err := cmd.call(ctx, http.MethodPost, cmd.path(keysPath, nil), in, &made); err != nil {
		return err
	}
	c.note("The API key %s, for %s. It is shown this once:", clean(made.Key.Name), made.Key.opens())
	_, err := fmt.Fprintln(c.out, made.Text)
	return err
}

// opens tells of which projects a key is.
func (k *key) opens() string {
	if k.Project == nil {
		return "all projects"
	}
	return "project " + clean(*k.Project)
}

type keysListCmd struct {
	JSON bool `help:"Print one JSON object a key." name:"json"`

	organizationFlags
}

// Run lists the keys, those that are closed too.
func (cmd *keysListCmd) Run(ctx context.Context, c *console) error {
	list, err := cmd.keys(ctx)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSONLines(c, list)
	}
	t := &table{names: []string{"name", "opens", "state", "created", "expires", "last used", "24 h", "used by", "id", "scopes"}, right: []bool{6: true, 9: false}}
	for _, k := range list {
		t.rows = append(t.rows, []cell{
			{text: clean(k.Name)}, {text: k.opens()}, k.state(), dateCell(&k.CreatedAt), dateCell(k.ExpiresAt), dateCell(k.LastUsedAt),
			k.records(), {text: k.usedBy()}, {text: k.ID}, {text: clean(strings.Join(k.Scopes, " "))},
		})
	}
	return t.print(c)
}

// keys returns the organisation's API keys; revoked ones too.
func (f *organizationFlags) keys(ctx context.Context) (list []key, err error) {
	return list, f.call(ctx, http.MethodGet, f.path(keysPath, url.Values{"revoked": {"true"}}), nil, &list)
}

// keyWith returns the key of an id.
func (f *organizationFlags) keyWith(ctx context.Context, id string) (key, error) {
	list, err := f.keys(ctx)
	if err != nil {
		return key{}, err
	}
	for _, k := range list {
		if k.ID == id {
			return k, nil
		}
	}
	return key{}, fmt.Errorf("there is no API key %q; hearth keys list shows them", id)
}

type keysRotateCmd struct {
	ID string `arg:"" name:"id" help:"The key's id, as keys list shows it."`
	rotation

	organizationFlags
}

// Run rotates the key. The text of the new one alone goes to stdout, so that $(…) gets it.
func (cmd *keysRotateCmd) Run(ctx context.Context, c *console) error {
	old, err := cmd.keyWith(ctx, cmd.ID)
	if err != nil {
		return err
	}
	var made madeKey
	if err := cmd.call(ctx, http.MethodPost, cmd.path(keysPath+url.PathEscape(old.ID)+"/rotate/", nil), cmd.body(), &made); err != nil {
		return err
	}
	c.note("The API key %s, in the place of %s…. It is shown this once:", clean(made.Key.Name), old.Prefix)
	_, err = fmt.Fprintln(c.out, made.Text)
	return err
}

type keysRevokeCmd struct {
	ID string `arg:"" name:"id" help:"The key's id, as keys list shows it."`

	organizationFlags
}

// Run revokes the key.
func (cmd *keysRevokeCmd) Run(ctx context.Context, c *console) error {
	old, err := cmd.keyWith(ctx, cmd.ID)
	if err != nil {
		return err
	}
	if err := cmd.call(ctx, http.MethodDelete, cmd.path(keysPath+url.PathEscape(old.ID)+"/", nil), nil, nil); err != nil {
		return err
	}
	c.note("The API key %s is revoked.", clean(old.Name))
	return nil
}
