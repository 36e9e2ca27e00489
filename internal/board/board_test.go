package board

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// whole is a definition with something of everything, and with members that nobody knows.
const whole = `{
  "kind": "Dashboard",
  "metadata": {"name": "web", "project": "demo", "version": 0, "createdAt": "2026-01-01T00:00:00Z"},
  "spec": {
    "display": {"name": "Web", "description": null},
    "datasources": {}, "annotations": [], "duration": "1h30m", "refreshInterval": "0s",
    "variables": [
      {"kind": "TextVariable", "spec": {"name": "q", "display": {"name": "Query", "hidden": true}, "value": "%", "constant": false}},
      {"kind": "ListVariable", "spec": {"name": "env", "defaultValue": ["prod"], "allowMultiple": true, "allowAllValue": true, "customAllValue": "all",
        "plugin": {"kind": "StaticListVariable", "spec": {"values": ["prod", {"label": "Test", "value": "test"}]}}}},
      {"kind": "ListVariable", "spec": {"name": "service", "defaultValue": "$__all", "allowMultiple": false, "allowAllValue": false,
        "plugin": {"kind": "LogfireQueryVariable", "spec": {"query": "SELECT DISTINCT service_name FROM records"}}}}
    ],
    "panels": {
      "a/b": {"kind": "Panel", "spec": {"display": {"name": "Requests"},
        "plugin": {"kind": "TimeSeriesChart", "spec": {"legend": {"position": "bottom", "mode": "list"}, "yAxis": {"format": {"unit": "seconds"}, "min": 0, "max": 1.5, "logBase": 10},
          "visual": {"display": "line", "lineWidth": 1.5, "areaOpacity": 0, "connectNulls": true, "stack": "none"},
          "thresholds": {"mode": "absolute", "steps": [{"value": 0.5, "color": "red", "name": "slow"}]}}},
        "queries": [{"kind": "TimeSeriesQuery", "spec": {"plugin": {"kind": "LogfireTimeSeriesQuery", "spec": {"query": "SELECT 1", "groupBy": "", "metrics": []}}}}]}},
      "odd": {"kind": "Panel", "spec": {"plugin": {"kind": "FlameGraph", "spec": {"thresholds": null, "anything": [1e400]}}, "queries": [{"kind": "ProfileQuery", "spec": {"plugin": {"kind": "Pyroscope", "spec": 7}}}]}}
    },
    "layouts": [{"kind": "Grid", "spec": {"display": {"title": "Top", "collapse": {"open": true}},
      "items": [{"x": 0, "y": 0, "width": 12, "height": 6, "content": {"$ref": "#/spec/panels/a~1b"}}, {"x": 12, "y": 0, "width": 12, "height": 6, "content": {"$ref": "#/spec/panels/odd"}}]}}]
  }
}`

func TestWhatIsNotKnownIsKept(t *testing.T) {
	t.Parallel()
	got, err := Check([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, line := range strings.Split(whole, "\n") {
		want.WriteString(strings.TrimSpace(line))
	}
	blanks := strings.NewReplacer(`": `, `":`, `, `, `,`)
	if got.Text != blanks.Replace(want.String()) {
		t.Errorf("text = %s", got.Text)
	}
	if got.Panels != 2 {
		t.Errorf("%d panels, want 2", got.Panels)
	}
	for _, small := range []string{`{"kind":"Dashboard","spec":{"display":null,"panels":null,"layouts":[]}}`, `{"kind":"Dashboard","spec":{}}`} {
		if _, err := Check([]byte(small)); err != nil {
			t.Errorf("%s: %v", small, err)
		}
	}
}

func TestFaultsNameTheirPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, want string }{
		{`"kind": "Dashboard"`, `"kind": "Folder"`, `kind must be Dashboard, not "Folder"`},
		{`"kind": "Dashboard",`, ``, `kind is missing`},
		{`"duration": "1h30m"`, `"duration": "1.5h"`, `spec.duration must be a duration such as 1h30m, not "1.5h"`},
		{`"refreshInterval": "0s"`, `"refreshInterval": 5`, `spec.refreshInterval must be a text`},
		{`{"name": "Web", "description": null}`, `"Web"`, `spec.display must be an object`},
		{`#/spec/panels/odd`, `#/spec/panels/even`, `spec.layouts[0].spec.items[1].content.$ref names no panel: "even"`},
		{`#/spec/panels/odd`, `odd`, `spec.layouts[0].spec.items[1].content.$ref must begin with #/spec/panels/, not be "odd"`},
		{`"x": 12, "y": 0`, `"x": 13, "y": 0`, `spec.layouts[0].spec.items[1] reaches to column 25 of 24`},
		{`"height": 6, "content": {"$ref": "#/spec/panels/odd"}`, `"height": 0, "content": {"$ref": "#/spec/panels/odd"}`, `spec.layouts[0].spec.items[1].height must be a whole number from 1 to 10000`},
		{`"x": 12, "y": 0`, `"x": 12.5, "y": 0`, `spec.layouts[0].spec.items[1].x must be a whole number from 0 to 23`},
		{`"kind": "Grid"`, `"kind": "Stack"`, `spec.layouts[0].kind must be Grid, not "Stack"`},
		{`"open": true`, `"open": "yes"`, `spec.layouts[0].spec.display.collapse.open must be true or false`},
		{`"name": "env"`, `"name": "q"`, `spec.variables[1].spec.name is the name of another variable: "q"`},
		{`"name": "env"`, `"name": "__envs"`, `spec.variables[1].spec.name begins with __, as only built-in variables do: "__envs"`},
		{`"name": "env"`, `"name": "my env"`, `spec.variables[1].spec.name must be made of letters, digits and _, and not begin with a digit: "my env"`},
		{`{"label": "Test", "value": "test"}`, `{"label": "Test"}`, `spec.variables[1].spec.plugin.spec.values[1].value is missing`},
		{`"TextVariable"`, `"NumberVariable"`, `spec.variables[0].kind must be TextVariable or ListVariable, not "NumberVariable"`},
		{`"query": "SELECT 1"`, `"query": null`, `spec.panels.a/b.spec.queries[0].spec.plugin.spec.query is missing`},
		{`"metrics": []`, `"metrics": "y"`, `spec.panels.a/b.spec.queries[0].spec.plugin.spec.metrics must be a list`},
		{`"stack": "none"`, `"stack": "some"`, `spec.panels.a/b.spec.plugin.spec.visual.stack must be none or all or percent, not "some"`},
		{`{"value": 0.5,`, `{"value": "0.5",`, `spec.panels.a/b.spec.plugin.spec.thresholds.steps[0].value must be a number`},
		{`"plugin": {"kind": "FlameGraph"`, `"plugins": {"kind": "FlameGraph"`, `spec.panels.odd.spec.plugin is missing`},
	} {
		text := strings.Replace(whole, c.from, c.to, 1)
		if text == whole {
			t.Fatalf("%s is not in the definition", c.from)
		}
		if _, err := Check([]byte(text)); err == nil || err.Error() != c.want {
			t.Errorf("%s → %s:\n got %v\nwant %s", c.from, c.to, err, c.want)
		}
	}
}

func TestFaultsOfTheWhole(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                     "the definition is not JSON: unexpected end of JSON input",
		`null`:                 "the definition is empty",
		`[]`:                   "the definition must be an object",
		`{"kind":"Dashboard"}`: "spec is missing",
	} {
		if _, err := Check([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	many := `{"kind":"Dashboard","spec":{"layouts":[` + strings.Repeat(`7,`, 100) + `7]}}`
	_, err := Check([]byte(many))
	if e, ok := errors.AsType[*Error](err); !ok || len(e.Faults) != maxFaults {
		t.Errorf("many faults: %v", err)
	}
}

func TestBuiltinsAreWhole(t *testing.T) {
	t.Parallel()
	all := append(Builtins("default"), Builtins("hearth")...)
	if len(all) < 5 || !slices.IsSortedFunc(Builtins("default"), func(a, b Builtin) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("%d built-in dashboards, not by name", len(all))
	}
	for _, b := range all {
		if _, err := uuid.Parse(b.ID); err != nil || b.Name == "" || b.Panels == 0 || !json.Valid([]byte(b.Text)) {
			t.Errorf("%s: %+v", b.Slug, b)
		}
		for _, name := range []string{b.ID, b.Slug} {
			if found, ok := BuiltinNamed(b.Project, name); !ok || found.ID != b.ID {
				t.Errorf("%s is not found", name)
			}
		}
	}
	if overview, ok := BuiltinNamed("default", "overview"); !ok || overview.ID != "a6c82fef-841b-5cd7-9e49-20637d2fa62a" {
		t.Errorf("the id of overview has changed: %s", overview.ID)
	}
	if _, ok := BuiltinNamed("default", "hearth"); ok || len(Builtins("hearth")) != 1 {
		t.Error("the server's own dashboard and its own project are not for each other alone")
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{"kind":"Dashboard","spec":{"panels":{"":null},"layouts":[{}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		once, err := Check(text)
		if err != nil {
			return
		}
		again, err := Check([]byte(once.Text))
		if err != nil || again != once {
			t.Errorf("checked once %+v, twice %+v, %v", once, again, err)
		}
	})
}
