package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hearth-dev/hearth/sdk/query"
)

type projectsCmd struct {
	New  projectsNewCmd  `cmd:"" help:"Make a project and connect this folder with it."`
	Use  projectsUseCmd  `cmd:"" help:"Connect this folder with a project that exists."`
	List projectsListCmd `cmd:"" help:"List the projects."`

	Rename projectsRenameCmd `cmd:"" help:"Give a project another name."`
	Delete projectsDeleteCmd `cmd:"" help:"Delete a project with its records, for good."`
}

// Help is the long help.
func (projectsCmd) Help() string {
	return `A project holds records and has tokens of its own; queries see one project. The project default exists from the start, and in local mode takes what comes without a token.

A folder is connected with a project by .logfire/logfire_credentials.json, which holds a write token. Hearth's Go SDK and Logfire's SDKs look for it in the folder that a program runs in. Git ignores it.

On a loopback address nobody needs to be known. Elsewhere, log in with hearth auth, or give the password or an API key. To list takes the scope project:read, to make organization:create_project, to connect a folder project:write_token; use takes the first, too.

Examples:

    hearth projects new teahouse
    hearth projects use teahouse
    hearth projects new warehouse --no-credentials
    hearth projects new teahouse --org acme
    hearth projects list
    hearth projects rename warehouse store
    hearth projects delete store`
}

type projectsNewCmd struct {
	Name        string `arg:"" optional:"" help:"2 to 50 characters: lower-case letters, digits, and single hyphens between them. On a terminal you are asked for it."`
	Description string `help:"What the project is for." placeholder:"TEXT"`
	Org         string `help:"The organisation that it shall belong to." placeholder:"NAME"`
	Credentials bool   `help:"Connect this folder with the project: SDKs that run here send to it." default:"true" negatable:""`

	linkFlags
	developerFlags
}

// Run makes the project.
func (cmd *projectsNewCmd) Run(ctx context.Context, c *console) error {
	if cmd.Name == "" && !c.interactive {
		return usage("which name? Try: hearth projects new NAME")
	}
	organization, err := cmd.organization(ctx, c, cmd.Org)
	if err != nil {
		return err
	}
	if cmd.Credentials {
		if err := cmd.mayLink(c, cmd.BaseURL, ""); err != nil {
			return err
		}
	}
	for {
		if cmd.Name == "" {
			if cmd.Name, err = askName(c); err != nil {
				return err
			}
		}
		made, err := cmd.make(ctx, organization)
		switch {
		case err == nil:
			return cmd.made(c, made)
		case !c.interactive || !isBadName(err):
			return cmd.explainLogin(err)
		}
		c.note("%v", cmd.explain(err, ""))
		cmd.Name = ""
	}
}

func askName(c *console) (string, error) {
	folder := defaultName()
	if folder == "" {
		return c.ask("Name of the project: ", "")
	}
	return c.ask("Name of the project ["+folder+"]: ", folder)
}

// isBadName tells whether another name may help.
func isBadName(err error) bool {
	e, ok := errors.AsType[*query.Error](err)
	return ok && (e.Status == http.StatusConflict || e.Status == http.StatusUnprocessableEntity && strings.HasPrefix(e.Detail, "project_name"))
}

// make makes the project, with a write token if the folder shall be connected with it.
func (cmd *projectsNewCmd) make(ctx context.Context, organization string) (made credentials, err error) {
	in := map[string]string{"project_name": cmd.Name}
	if cmd.Description != "" {
		in["description"] = cmd.Description
	}
	if cmd.Credentials && !cmd.byKey() {
		return made, cmd.do(ctx, http.MethodPost, organizationPath(organization), in, &made)
	}
	if organization != "" {
		in["organization_name"] = organization
	}
	var p project
	if err := cmd.do(ctx, http.MethodPost, projectsPath, in, &p); err != nil || !cmd.Credentials {
		return made, err
	}
	// API keys have a scope for each of the two.
	if err := cmd.develop(ctx, http.MethodPost, organizationPath(p.Organization, p.Name, "write-tokens"), nil, &made); err != nil {
		return made, fmt.Errorf("project %s is ready, but there is no token for this folder: %w", &p, err)
	}
	return made, nil
}

func (cmd *projectsNewCmd) made(c *console, made credentials) error {
	if !cmd.Credentials {
		name := cmd.Name
		if cmd.Org != "" {
			name = cmd.Org + "/" + name
		}
		c.note("Project %s is ready. Make a token for it with: hearth tokens new --project %s --kind write", cmd.Name, name)
		return nil
	}
	c.note("Project %s is ready.", made.Project)
	made.BaseURL = strings.TrimRight(cmd.BaseURL, "/")
	return cmd.link(c, made)
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// defaultName is the name of this folder, as far as a project can have it.
func defaultName() string {
	folder, err := os.Getwd()
	if err != nil {
		return ""
	}
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(filepath.Base(folder)), "-"), "-")
	return strings.Trim(name[:min(len(name), 41)], "-")
}

type projectsUseCmd struct {
	Name string `arg:"" optional:"" help:"The project's name. On a terminal you can choose."`
	Org  string `help:"The organisation that it belongs to." placeholder:"NAME"`

	linkFlags
	developerFlags
}

// Run connects the folder with the project, by a new write token.
func (cmd *projectsUseCmd) Run(ctx context.Context, c *console) error {
	chosen, err := cmd.choose(ctx, c)
	if err != nil {
		return err
	}
	if err := cmd.mayLink(c, cmd.BaseURL, chosen.String()); err != nil {
		return err
	}
	var made credentials
	if err := cmd.develop(ctx, http.MethodPost, organizationPath(chosen.Organization, chosen.Name, "write-tokens"), nil, &made); err != nil {
		return err
	}
	made.BaseURL = strings.TrimRight(cmd.BaseURL, "/")
	return cmd.link(c, made)
}

// choose returns the project that is meant: the one of the name, the only one, or the one that a person chooses.
func (cmd *projectsUseCmd) choose(ctx context.Context, c *console) (writableProject, error) {
	all, err := cmd.writableProjects(ctx)
	if err != nil {
		return writableProject{}, err
	}
	list := slices.DeleteFunc(slices.Clone(all), func(p writableProject) bool {
		return cmd.Name != "" && p.Name != cmd.Name || cmd.Org != "" && p.Organization != cmd.Org
	})
	switch {
	case len(list) == 1:
		return list[0], nil
	case len(list) == 0:
		return writableProject{}, errors.New("there is no such project; the projects are " + strings.Join(namesOf(all), ", "))
	case !c.interactive:
		return writableProject{}, usage("several projects are meant: choose one of %s", strings.Join(namesOf(list), ", "))
	}
	name, err := c.choose("Which project shall this folder send to?", namesOf(list))
	if err != nil {
		return writableProject{}, err
	}
	return list[slices.Index(namesOf(list), name)], nil
}

func namesOf(list []writableProject) []string {
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].String()
	}
	return names
}

type projectsListCmd struct {
	JSON bool `help:"Print one JSON object a project." name:"json"`

	developerFlags
}

// Run lists the projects.
func (cmd *projectsListCmd) Run(ctx context.Context, c *console) error {
	var list []project
	if err := cmd.develop(ctx, http.MethodGet, projectsPath, nil, &list); err != nil {
		return err
	}
	if cmd.JSON {
		return printJSONLines(c, list)
	}
	t := &table{names: []string{"project", "id", "created", "description"}, right: make([]bool, 4)}
	names := projectNames(list)
	for i, p := range list {
		t.rows = append(t.rows, []cell{
			{text: clean(names[i])}, {text: p.ID}, {text: p.CreatedAt.UTC().Format("2006-01-02")}, {text: clean(textOr(p.Description, ""))},
		})
	}
	return t.print(c)
}

// projectDeveloped returns the project of a name, alone or as organisation/name, for who is logged in.
func (f *developerFlags) projectDeveloped(ctx context.Context, name string) (project, error) {
	var list []project
	if err := f.develop(ctx, http.MethodGet, projectsPath, nil, &list); err != nil {
		return project{}, err
	}
	return projectOf(list, name)
}

type projectsRenameCmd struct {
	Name string `arg:"" help:"What it is called: its name, or organisation/name."`
	To   string `arg:"" help:"What it shall be called."`

	developerFlags
}

// Run renames the project.
func (cmd *projectsRenameCmd) Run(ctx context.Context, c *console) error {
	p, err := cmd.projectDeveloped(ctx, cmd.Name)
	if err != nil {
		return err
	}
	if err := cmd.develop(ctx, http.MethodPut, projectsPath+p.ID+"/", map[string]string{"project_name": cmd.To}, nil); err != nil {
		return err
	}
	c.note("Project %s is called %s now. It has another address, which links and clients that name it have to learn; its tokens stay.", p.String(), cmd.To)
	return nil
}

type projectsDeleteCmd struct {
	Name string `arg:"" help:"Its name, or organisation/name."`
	Yes  bool   `help:"Do not ask."`

	developerFlags
}

// Run deletes the project, if that is meant.
func (cmd *projectsDeleteCmd) Run(ctx context.Context, c *console) error {
	p, err := cmd.projectDeveloped(ctx, cmd.Name)
	if err != nil {
		return err
	}
	if !cmd.Yes {
		c.note("Project %s goes for good, with all its records, tokens, dashboards and alerts.", p.String())
		if err := c.confirm(p.Name); err != nil {
			return err
		}
	}
	if err := cmd.develop(ctx, http.MethodDelete, projectsPath+p.ID+"/", nil, nil); err != nil {
		return err
	}
	c.note("Project %s is deleted.", p.String())
	return nil
}
