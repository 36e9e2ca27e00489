package meta

import (
	"errors"
	"strings"
	"testing"
)

func TestSettingsOfAProject(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	project := db.DefaultProject().ID
	check := func(want string) {
		t.Helper()
		if got, err := db.ProjectSettings(t.Context(), project); err != nil || got.Repository != want {
			t.Errorf("%+v, %v, want %q", got, err, want)
		}
	}
	set := func(repository string) error {
		_, err := db.ChangeProjectSettings(t.Context(), project, func(s *ProjectSettings) { s.Repository = repository })
		return err
	}
	check("")
	const template = "https://github.com/acme/shop/blob/{revision}/{file}#L{line}"
	if err := set(template); err != nil {
		t.Fatal(err)
	}
	check(template)
	for _, bad := range []string{"https://github.com/acme", "{file}", "javascript:alert('{file}')", "https://x/{file}" + strings.Repeat("a", maxRepository)} {
		var invalid *InvalidError
		if err := set(bad); !errors.As(err, &invalid) || invalid.Field != "repository_url_template" {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
	check(template)
	if err := set(""); err != nil {
		t.Fatal(err)
	}
	check("")
}
