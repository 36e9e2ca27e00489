package board

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Columns is how many columns the grid has. A row is 40 pixels high.
const Columns = 24

const (
	maxRow      = 10_000 // where a panel may stand, and how high it may be, in rows
	maxPanels   = 500
	maxVariable = 100 // variables of a dashboard or a panel
)

var (
	duration     = regexp.MustCompile(`^(?:(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?|0)$`)
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// dashboard checks the whole and returns how many panels there are.
func (c *checker) dashboard(v value) int {
	if v.absent() {
		v.fault("is empty")
	}
	v.object()
	v.get("kind").required().oneOf("Dashboard")
	metadata := v.get("metadata")
	metadata.object()
	metadata.get("name").text()
	metadata.get("project").text()
	spec := v.get("spec").required()
	spec.object()
	display(spec.get("display"))
	spec.get("datasources").object()
	for _, name := range []string{"duration", "refreshInterval"} {
		d := spec.get(name)
		if text := d.text(); !duration.MatchString(text) {
			d.fault("must be a duration such as 1h30m, not %q", text)
		}
	}
	variables(spec.get("variables"))
	panels := spec.get("panels")
	for _, key := range keys(panels.object()) {
		panel(panels.get(key))
	}
	if len(panels.object()) > maxPanels {
		panels.fault("has more than %d panels", maxPanels)
	}
	for _, layout := range spec.get("layouts").list() {
		grid(layout, panels)
	}
	return len(panels.object())
}

func keys(members map[string]any) []string {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func display(v value) {
	v.object()
	v.get("name").text()
	v.get("description").text()
}

// variables checks the variables of a dashboard or of a panel.
func variables(v value) {
	list := v.list()
	if len(list) > maxVariable {
		v.fault("has more than %d variables", maxVariable)
		return
	}
	seen := map[string]bool{}
	for _, one := range list {
		kind := one.get("kind").required().oneOf("TextVariable", "ListVariable")
		spec := one.get("spec").required()
		spec.object()
		name := spec.get("name").required()
		switch text := name.text(); {
		case text == "":
		case !variableName.MatchString(text):
			name.fault("must be made of letters, digits and _, and not begin with a digit: %q", text)
		case strings.HasPrefix(text, "__"):
			name.fault("begins with __, as only built-in variables do: %q", text)
		case seen[text]:
			name.fault("is the name of another variable: %q", text)
		default:
			seen[text] = true
		}
		shown := spec.get("display")
		display(shown)
		shown.get("hidden").boolean()
		switch kind {
		case "TextVariable":
			spec.get("value").text()
			spec.get("constant").boolean()
		case "ListVariable":
			listVariable(spec)
		}
	}
}

func listVariable(spec value) {
	for _, name := range []string{"allowMultiple", "allowAllValue"} {
		spec.get(name).boolean()
	}
	spec.get("customAllValue").text()
	if chosen := spec.get("defaultValue"); !isText(chosen.v) {
		for _, one := range chosen.list() {
			one.text()
		}
	}
	options := spec.get("plugin").required()
	kind := options.get("kind").required().text()
	from := options.get("spec")
	from.object()
	if kind == "StaticListVariable" {
		for _, option := range from.get("values").list() {
			if !isText(option.v) {
				option.object()
				option.get("value").required().text()
				option.get("label").text()
			}
		}
		return
	}
	from.get("query").text()
}

func isText(v any) bool {
	_, ok := v.(string)
	return ok
}

func panel(v value) {
	v.required().object()
	v.get("kind").required().oneOf("Panel")
	spec := v.get("spec").required()
	spec.object()
	display(spec.get("display"))
	plugin := spec.get("plugin").required()
	plugin.object()
	kind := plugin.get("kind").required().text()
	drawing(kind, plugin.get("spec"))
	for _, one := range spec.get("queries").list() {
		query(one)
	}
	spec.get("links").list()
	variables(spec.get("variables"))
}

// drawing checks how the panels that Hearth draws are to look.
func drawing(kind string, spec value) {
	spec.object()
	switch kind {
	case "Markdown":
		spec.get("text").text()
		return
	case "TimeSeriesChart":
		for _, name := range []string{"min", "max"} {
			spec.get("yAxis").get(name).number()
		}
		spec.get("yAxis").get("format").get("unit").text()
		visual := spec.get("visual")
		visual.get("display").oneOf("line", "bar")
		visual.get("stack").oneOf("none", "all", "percent")
		visual.get("lineWidth").number()
		visual.get("areaOpacity").number()
	case "BarChart":
		spec.get("sort").oneOf("asc", "desc")
	}
	spec.get("format").get("unit").text()
	thresholds := spec.get("thresholds")
	thresholds.object()
	for _, step := range thresholds.get("steps").list() {
		step.object()
		step.get("value").number()
		step.get("color").text()
		step.get("name").text()
	}
}

func query(v value) {
	v.required().object()
	v.get("kind").required().text()
	plugin := v.get("spec").required().get("plugin").required()
	switch plugin.get("kind").required().text() {
	case "LogfireTimeSeriesQuery", "LogfireNonTimeSeriesQuery":
		spec := plugin.get("spec").required()
		spec.object()
		spec.get("query").required().text()
		spec.get("groupBy").text()
		for _, metric := range spec.get("metrics").list() {
			metric.text()
		}
	}
}

// grid checks a group of panels.
func grid(v value, panels value) {
	v.required().object()
	v.get("kind").required().oneOf("Grid")
	spec := v.get("spec").required()
	spec.object()
	title := spec.get("display")
	title.object()
	title.get("title").text()
	title.get("collapse").get("open").boolean()
	for _, item := range spec.get("items").list() {
		item.object()
		x, _ := item.get("x").required().integer(0, Columns-1)
		item.get("y").required().integer(0, maxRow)
		if width, ok := item.get("width").required().integer(1, Columns); ok && x+width > Columns {
			item.fault("reaches to column %d of %d", x+width, Columns)
		}
		item.get("height").required().integer(1, maxRow)
		reference(item.get("content").required().get("$ref").required(), panels)
	}
}

const refPrefix = "#/spec/panels/"

// reference checks that a panel exists.
func reference(ref, panels value) {
	text := ref.text()
	if text == "" {
		return
	}
	key, ok := strings.CutPrefix(text, refPrefix)
	if !ok {
		ref.fault("must begin with %s, not be %q", refPrefix, text)
		return
	}
	key = strings.NewReplacer("~1", "/", "~0", "~").Replace(key) // a JSON pointer's escapes
	if _, exists := panels.object()[key]; !exists {
		ref.fault("names no panel: %s", strconv.Quote(key))
	}
}
