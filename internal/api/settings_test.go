package api

import "testing"

func TestSettingsOfAProject(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	path := "/api/v1/projects/" + w.meta.DefaultProject().ID + "/settings/"
	check := func(want any, got map[string]any) {
		t.Helper()
		if got["repository_url_template"] != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
	check(nil, decode[map[string]any](t, w.expect(200, "GET", path, "")))
	const template = "https://forge.example/{file}#L{line}"
	check(template, decode[map[string]any](t, w.expect(200, "PUT", path, `{"repository_url_template":"`+template+`"}`)))
	check(template, decode[map[string]any](t, w.expect(200, "PUT", path, `{}`)))
	w.expect(422, "PUT", path, `{"repository_url_template":"https://forge.example"}`)
	w.expect(422, "PUT", path, `{"repository_url_template":7}`)
	check(template, decode[map[string]any](t, w.expect(200, "GET", path, "")))
	check(nil, decode[map[string]any](t, w.expect(200, "PUT", path, `{"repository_url_template":""}`)))
	w.expect(404, "GET", "/api/v1/projects/00000000-0000-4000-8000-000000000000/settings/", "")
}
