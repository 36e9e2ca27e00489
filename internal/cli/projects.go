package cli

import (
	"context"
	"net/http"
)

type projectsCmd struct {
	New  projectsNewCmd  `cmd:"" help:"Make a project."`
	List projectsListCmd `cmd:"" help:"List the projects."`
}

// Help is the long help.
func (projectsCmd) Help() string {
	return `A project holds records and has tokens of its own; queries see one project. The project default exists from the start, and in local mode takes what comes without a token.

Examples:

    hearth projects new teahouse
    hearth projects list`
}

type projectsNewCmd struct {
	Name        string `arg:"" help:"2 to 50 characters: lower-case letters, digits, and single hyphens between them."`
	Description string `help:"What the project is for." placeholder:"TEXT"`

	manageFlags
}

// Run makes the project.
func (cmd *projectsNewCmd) Run(ctx context.Context, c *console) error {
	in := map[string]string{"project_name": cmd.Name}
	if cmd.Description != "" {
		in["description"] = cmd.Description
	}
	var made project
	if err := cmd.call(ctx, http.MethodPost, projectsPath, in, &made); err != nil {
		return err
	}
	c.note("Project %s is ready. Make a token for it with: hearth tokens create --project %s --kind write", made.Name, made.Name)
	return nil
}

type projectsListCmd struct {
	JSON bool `help:"Print one JSON object a project." name:"json"`

	manageFlags
}

// Run lists the projects.
func (cmd *projectsListCmd) Run(ctx context.Context, c *console) error {
	list, err := cmd.projects(ctx)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSONLines(c, list)
	}
	t := &table{names: []string{"project", "id", "created", "description"}, right: make([]bool, 4)}
	for _, p := range list {
		t.rows = append(t.rows, []cell{
			{text: clean(p.Name)}, {text: p.ID}, {text: p.CreatedAt.UTC().Format("2006-01-02")}, {text: clean(textOr(p.Description, ""))},
		})
	}
	return t.print(c)
}
