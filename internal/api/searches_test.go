package api

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/hearth-dev/hearth/internal/meta"
)

func (w *world) searches() string {
	return "/api/v1/projects/" + w.meta.DefaultProject().ID + "/searches/"
}

func TestLifeOfASearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	made := decode[map[string]any](t, w.expect(201, "POST", w.searches(), `{"name":"Errors","kind":"live","query":"level >= 'error'","shared":true,"address":{"since":"1h", "cols":["a"]}}`))
	if made["name"] != "Errors" || made["kind"] != "live" || made["shared"] != true || made["mine"] != true || made["may_change"] != true ||
		made["created_by_name"] != "local" || made["address"].(map[string]any)["since"] != "1h" {
		t.Errorf("made %v", made)
	}
	id := made["id"].(string)
	changed := decode[map[string]any](t, w.expect(200, "PUT", w.searches()+id+"/", `{"name":"Failures","address":null}`))
	if changed["name"] != "Failures" || changed["query"] != "level >= 'error'" || changed["address"].(map[string]any)["since"] != "1h" {
		t.Errorf("changed %v", changed)
	}
	if list := decode[[]map[string]any](t, w.expect(200, "GET", w.searches(), "")); len(list) != 1 || list[0]["id"] != id {
		t.Errorf("list %v", list)
	}
	w.expect(204, "DELETE", w.searches()+id+"/", "")
	w.expect(404, "DELETE", w.searches()+id+"/", "")
	for body, want := range map[string]string{
		`{"kind":"live"}`:                            `["body","name"]`,
		`{"name":"a"}`:                               `["body","kind"]`,
		`{"name":"a","kind":"trace"}`:                `["body","kind"]`,
		`{"name":"a","kind":"live","address":[1]}`:   `["body","address"]`,
		`{"name":"a","kind":"live","shared":"yes"}`:  `["body","shared"]`,
		`{"name":"a","kind":"live","query":{"a":1}}`: `["body","query"]`,
	} {
		if got := w.expect(422, "POST", w.searches(), body); !strings.Contains(got.Body.String(), want) {
			t.Errorf("%s = %s, want %s", body, got.Body, want)
		}
	}
}

func TestPrivateSearchesAreSeenByTheirOwnerOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	second := w.token(w.meta.DefaultProject().ID, meta.ReadToken)
	callers := map[string][]string{"first": {"Authorization", w.read}, "second": {"Authorization", second}, "admin": basic(testPassword)}
	names := func(caller string) []string {
		t.Helper()
		names := []string{}
		for _, one := range decode[[]map[string]any](t, w.expect(200, "GET", w.searches(), "", callers[caller]...)) {
			names = append(names, one["name"].(string))
		}
		return names
	}
	ids := map[string]string{}
	for _, c := range []struct{ caller, name, shared string }{{"first", "a", "false"}, {"first", "b", "true"}, {"second", "c", "false"}, {"admin", "d", "false"}} {
		made := decode[map[string]any](t, w.expect(201, "POST", w.searches(), `{"name":"`+c.name+`","kind":"explore","query":"SELECT 1","shared":`+c.shared+`}`, callers[c.caller]...))
		ids[c.name] = made["id"].(string)
	}
	for caller, want := range map[string][]string{"first": {"a", "b"}, "second": {"b", "c"}, "admin": {"b", "d"}} {
		if got := names(caller); !slices.Equal(got, want) {
			t.Errorf("%s sees %v, want %v", caller, got, want)
		}
	}
	for _, c := range []struct {
		caller, id string
		status     int
	}{{"second", ids["a"], 404}, {"second", ids["b"], 403}, {"admin", ids["a"], 404}, {"admin", ids["b"], 200}, {"first", uuid.NewString(), 404}, {"first", ids["a"], 200}} {
		w.expect(c.status, "PUT", w.searches()+c.id+"/", `{"query":"SELECT 2"}`, callers[c.caller]...)
		if c.status != 200 {
			w.expect(c.status, "DELETE", w.searches()+c.id+"/", "", callers[c.caller]...)
		}
	}
	w.expect(403, "POST", w.searches(), `{"name":"x","kind":"live"}`, "Authorization", w.otherRead)
	w.expect(401, "POST", w.searches(), `{"name":"x","kind":"live"}`, "Authorization", w.write)
}
