package agent

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// tools are the functions that a model may call in one step.
type tools struct {
	byName      map[string]Tool
	definitions []ToolDefinition // in the order in which they were given
	output      *output
}

// newTools puts tools together, and tells what is wrong with them.
func newTools(list []Tool, o *output) (*tools, error) {
	t := &tools{byName: make(map[string]Tool, len(list)), definitions: make([]ToolDefinition, 0, len(list)), output: o}
	for _, tool := range list {
		d := tool.Definition()
		if _, err := configurationOf(tool); err != nil {
			return nil, fmt.Errorf("tool %q: %w", d.Name, err)
		}
		if t.byName[d.Name] != nil {
			return nil, fmt.Errorf("tool %q: there are two of this name", d.Name)
		}
		if o.byTool[d.Name] != nil {
			return nil, fmt.Errorf("tool %q: the output tool has this name (agent.WithOutputName)", d.Name)
		}
		t.byName[d.Name] = tool
		t.definitions = append(t.definitions, d)
	}
	return t, nil
}

// prepareTools finds out what tools there are in this step.
func (r *run) prepareTools(ctx context.Context) (err error) {
	if len(r.config.toolsets) == 0 && r.tools != nil {
		return nil
	}
	all := r.config.tools
	for _, set := range r.config.toolsets {
		more, err := caught(r.scoped(ctx), set.Tools)
		if err != nil {
			return fmt.Errorf("toolset: %w", err)
		}
		all = slices.Concat(all, more)
	}
	r.tools, err = newTools(all, r.output)
	return err
}

// unknown tells the model that there is no such tool, and what there is.
func (t *tools) unknown(name string) error {
	names := slices.Concat(slices.Collect(maps.Keys(t.byName)), slices.Collect(maps.Keys(t.output.byTool)))
	if len(names) == 0 {
		return Retry("Unknown tool name: '%s'. No tools available.", name)
	}
	slices.Sort(names)
	return Retry("Unknown tool name: '%s'. Available tools: '%s'", name, strings.Join(names, "', '"))
}
