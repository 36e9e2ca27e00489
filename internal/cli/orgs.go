package cli

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

type orgsCmd struct {
	New    orgsNewCmd    `cmd:"" help:"Make an organisation."`
	Rename orgsRenameCmd `cmd:"" help:"Give an organisation another name."`
	List   orgsListCmd   `cmd:"" help:"List the organisations that you are in."`
	Delete orgsDeleteCmd `cmd:"" help:"Delete an organisation that has no projects."`
}

// Help is the long help.
func (orgsCmd) Help() string {
	return `An organisation has projects, members and channels. Who is not in it does not see that it is there. The organisation local exists from the start and keeps its name; its admins make others.

Examples:

    hearth orgs new acme
    hearth projects new teahouse --org acme
    hearth orgs rename acme ajax
    hearth orgs list
    hearth orgs delete ajax`
}

// organization is an organisation as the server tells it.
type organization struct {
	ID        string    `json:"id"`
	Name      string    `json:"organization_name"`
	Role      string    `json:"role"`
	CreatedAt time.Time `json:"created_at"`
}

const organizationsPath = "/api/v1/organizations/"

// organizationName says what an organisation shall be called.
type organizationName struct {
	Name string `json:"organization_name"`
}

type orgsNewCmd struct {
	Name string `arg:"" help:"2 to 50 characters: lower-case letters, digits, and single hyphens between them."`

	developerFlags
}

// Run makes the organisation.
func (cmd *orgsNewCmd) Run(ctx context.Context, c *console) error {
	if err := cmd.develop(ctx, http.MethodPost, organizationsPath, organizationName{cmd.Name}, nil); err != nil {
		return err
	}
	c.note("Organisation %s is ready. Make a project in it with: hearth projects new NAME --org %s", cmd.Name, cmd.Name)
	return nil
}

type orgsRenameCmd struct {
	Name string `arg:"" help:"What it is called."`
	To   string `arg:"" help:"What it shall be called."`

	developerFlags
}

// Run renames the organisation.
func (cmd *orgsRenameCmd) Run(ctx context.Context, c *console) error {
	if err := cmd.develop(ctx, http.MethodPut, organizationsPath+url.PathEscape(cmd.Name)+"/", organizationName{cmd.To}, nil); err != nil {
		return err
	}
	c.note("Organisation %s is called %s now. Its projects have other addresses; their tokens stay.", cmd.Name, cmd.To)
	return nil
}

type orgsDeleteCmd struct {
	Name string `arg:"" help:"What it is called. It has no projects any more."`
	Yes  bool   `help:"Do not ask."`

	developerFlags
}

// Run deletes the organisation, if that is meant.
func (cmd *orgsDeleteCmd) Run(ctx context.Context, c *console) error {
	if !cmd.Yes {
		c.note("Organisation %s goes for good, with its members, channels, invitations and API keys.", cmd.Name)
		if err := c.confirm(cmd.Name); err != nil {
			return err
		}
	}
	if err := cmd.develop(ctx, http.MethodDelete, organizationsPath+url.PathEscape(cmd.Name)+"/", nil, nil); err != nil {
		return err
	}
	c.note("Organisation %s is deleted.", cmd.Name)
	return nil
}

type orgsListCmd struct {
	JSON bool `help:"Print one JSON object an organisation." name:"json"`

	developerFlags
}

// Run lists the organisations.
func (cmd *orgsListCmd) Run(ctx context.Context, c *console) error {
	var list []organization
	if err := cmd.develop(ctx, http.MethodGet, organizationsPath, nil, &list); err != nil {
		return err
	}
	if cmd.JSON {
		return printJSONLines(c, list)
	}
	t := &table{names: []string{"organisation", "role", "id", "created"}, right: make([]bool, 4)}
	for _, o := range list {
		t.rows = append(t.rows, []cell{{text: clean(o.Name)}, {text: o.Role}, {text: o.ID}, {text: o.CreatedAt.UTC().Format("2006-01-02")}})
	}
	return t.print(c)
}
