package api

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/hearth-dev/hearth/internal/board"
	"github.com/hearth-dev/hearth/internal/meta"
)

const smallBoard = `{"kind":"Dashboard","spec":{"panels":{"a":{"kind":"Panel","spec":{"plugin":{"kind":"Table"},"later":[1]}}},"layouts":[]}}`

func newBoard(slug string) string {
	return `{"name":"Web server","slug":"` + slug + `","definition":` + smallBoard + `}`
}

func (w *world) boards() string {
	return "/api/v1/projects/" + w.meta.DefaultProject().ID + "/dashboards/"
}

func TestLifeOfADashboard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	made := decode[map[string]any](t, w.expect(200, "POST", w.boards(), newBoard("web")))
	if made["dashboard_name"] != "Web server" || made["dashboard_slug"] != "web" || made["version"] != 1.0 || made["panels"] != 1.0 ||
		made["builtin"] != false || made["created_by_name"] != "local" || made["definition"] == nil {
		t.Errorf("made %v", made)
	}
	definition := made["definition"]
	delete(made, "definition")
	list := decode[[]map[string]any](t, w.expect(200, "GET", w.boards(), ""))
	if diff := cmp.Diff(made, list[len(list)-1]); diff != "" || len(list) != 1+len(board.Builtins(meta.DefaultProject)) {
		t.Errorf("the last of %d (-made +listed):\n%s", len(list), diff)
	}
	id := made["id"].(string)
	for _, name := range []string{id, "web"} {
		got := decode[map[string]any](t, w.expect(200, "GET", w.boards()+name+"/", ""))
		if diff := cmp.Diff(definition, got["dashboard"]); diff != "" || got["version"] != 1.0 {
			t.Errorf("%s = %v (-made +read):\n%s", name, got, diff)
		}
	}

	changed := decode[map[string]any](t, w.expect(200, "PUT", w.boards()+id+"/", `{"name":"Web","version":1,"definition":null}`))
	if changed["dashboard_name"] != "Web" || changed["version"] != 2.0 || cmp.Diff(definition, changed["definition"]) != "" {
		t.Errorf("changed %v", changed)
	}
	late := decode[map[string]any](t, w.expect(409, "PUT", w.boards()+id+"/", `{"name":"Mine","version":1}`))
	if late["version"] != 2.0 || late["updated_by_name"] != "local" || late["updated_at"] != changed["updated_at"] || !strings.Contains(late["detail"].(string), "by local") {
		t.Errorf("from an old version: %v", late)
	}
	w.expect(200, "PUT", w.boards()+"web/", `{"slug":"shop","definition":`+smallBoard+`}`)
	w.expect(404, "GET", w.boards()+"web/", "")
	w.expect(204, "DELETE", w.boards()+"shop/", "")
	w.expect(404, "DELETE", w.boards()+id+"/", "")
	w.expect(404, "PUT", w.boards()+id+"/", "{}")
}

func TestBadDashboardsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.expect(200, "POST", w.boards(), newBoard("web"))
	w.expect(200, "POST", w.boards(), newBoard("shop"))
	for _, c := range []struct {
		status             int
		method, path, body string
		want               string
	}{
		{409, "POST", "", newBoard("web"), "The slug web is already taken."},
		{409, "POST", "", newBoard("overview"), "The slug overview is that of a dashboard that comes with Hearth."},
		{409, "PUT", "shop/", `{"slug":"web"}`, "The slug web is already taken."},
		{409, "PUT", "shop/", `{"slug":"overview"}`, "The slug overview is that of a dashboard that comes with Hearth."},
		{422, "POST", "", newBoard("Web Server"), "must be made of lower-case letters"},
		{422, "POST", "", `{"slug":"a","definition":` + smallBoard + `}`, `["body","name"]`},
		{422, "POST", "", `{"name":"a","slug":"a"}`, "is not JSON"},
		{422, "POST", "", strings.Replace(newBoard("a"), `"plugin"`, `"x"`, 1), "spec.panels.a.spec.plugin is missing"},
		{422, "PUT", "web/", `{"definition":{"kind":"Panel"}}`, `kind must be Dashboard, not \"Panel\"`},
		{422, "PUT", "web/", `{"version":"1"}`, `["body","version"]`},
		{413, "POST", "", `{"x":"` + strings.Repeat("x", 1<<20) + `"}`, "larger than"},
		{422, "POST", "", strings.Replace(newBoard("a"), `"later":[1]`, `"later":"`+strings.Repeat("x", meta.MaxDefinition)+`"`, 1), "at most 524288 bytes"},
	} {
		if got := w.expect(c.status, c.method, w.boards()+c.path, c.body); !strings.Contains(got.Body.String(), c.want) {
			t.Errorf("%s %s%.80s = %s, want %s", c.method, c.path, c.body, got.Body, c.want)
		}
	}
	w.expect(404, "GET", "/api/v1/projects/"+uuid.NewString()+"/dashboards/", "")
}

func TestBuiltinDashboardsCannotBeChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	list := decode[[]map[string]any](t, w.expect(200, "GET", w.boards(), ""))
	if len(list) != len(board.Builtins(meta.DefaultProject)) || list[0]["builtin"] != true || list[0]["created_by_name"] != "Hearth" {
		t.Errorf("list %v", list)
	}
	overview, _ := board.BuiltinNamed(meta.DefaultProject, "overview")
	for _, name := range []string{overview.ID, "overview"} {
		got := decode[map[string]any](t, w.expect(200, "GET", w.boards()+name, ""))
		if got["builtin"] != true || got["dashboard"].(map[string]any)["kind"] != "Dashboard" {
			t.Errorf("%s = %v", name, got)
		}
		for _, method := range []string{"PUT", "DELETE"} {
			if got := w.expect(409, method, w.boards()+name, "{}"); !strings.Contains(got.Body.String(), "Duplicate it") {
				t.Errorf("%s %s = %s", method, name, got.Body)
			}
		}
	}
}

// What a token of another project, a revoked one or a wrong one may see of dashboards and searches: nothing.
func TestOnlyReadersOfTheProjectSeeWhatPeopleMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	project, admin := w.meta.DefaultProject().ID, basic(testPassword)
	made := decode[map[string]any](t, w.expect(200, "POST", w.boards(), newBoard("web"), admin...))
	if made["created_by_name"] != "admin" {
		t.Errorf("made %v", made)
	}
	w.expect(200, "GET", w.boards()+"web", "", admin...)
	w.expect(200, "GET", w.boards()+"web", "", "Authorization", w.read)
	w.expect(200, "GET", w.boards()+"web", "", "Authorization", w.read, "X-Hearth-Project", "default")
	revoked, text, err := w.meta.CreateToken(t.Context(), meta.NewToken{ProjectID: project, Kind: meta.ReadToken})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.meta.RevokeToken(t.Context(), project, meta.ReadToken, revoked.ID); err != nil {
		t.Fatal(err)
	}
	searches := strings.Replace(w.boards(), "dashboards", "searches", 1)
	for _, path := range []string{w.boards(), w.boards() + "web", w.boards() + "overview", searches} {
		for token, status := range map[string]int{text: 401, "wrong": 401, "": 401, w.write: 401, LocalToken: 401, w.otherRead: 403} {
			w.expect(status, "GET", path, "", "Authorization", token)
		}
		w.expect(403, "GET", strings.Replace(path, project, uuid.NewString(), 1), "", "Authorization", w.read)
	}
	for _, method := range []string{"PUT", "DELETE"} {
		w.expect(401, method, w.boards()+"web", "{}", "Authorization", w.read)
		w.expect(401, method, w.boards()+"web", "{}", basic("guess")...)
	}
	w.expect(401, "POST", w.boards(), newBoard("more"), "Authorization", w.read)
}
