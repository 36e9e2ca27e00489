package cli

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// A file as logfire 5.4 writes it (auth.py, UserTokenCollection._dump): what Hearth adds must leave the rest alone.
const logfireLogins = `[tokens."https://logfire-us.pydantic.dev"]
token = "pylf_v1_us_abc"
expiration = "2099-12-31T23:59:59"
[tokens."http://localhost:4318/"]
token = "pylf_v1_local_old"
expiration = "2026-01-02T03:04:05.678Z"
`

func TestLoginsAreSharedWithLogfire(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	path := filepath.Join(home, ".logfire", "default.toml")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(logfireLogins), 0o644); err != nil {
		t.Fatal(err)
	}
	read := func() *logins {
		t.Helper()
		all, err := readLogins()
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	all := read()
	if us, _, ok := all.find("https://logfire-us.pydantic.dev"); !ok || !us.valid() || us.Token != "pylf_v1_us_abc" {
		t.Errorf("Logfire's login: %+v, %v", us, ok)
	}
	old, typed, ok := all.find("http://LOCALHOST:4318")
	if want := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC); !ok || typed != "http://localhost:4318/" || old.valid() || !old.expires().Equal(want) {
		t.Errorf("an old login: %+v, %q, %v", old, typed, ok)
	}
	if err := all.set("http://localhost:4318", login{"pylf_v1_local_new", "2099-01-01T00:00:00.000000Z"}); err != nil {
		t.Fatal(err)
	}
	all = read()
	if found, typed, _ := all.find("http://localhost:4318"); len(all.list) != 2 || typed != "http://localhost:4318" || !found.valid() {
		t.Errorf("logins %+v; the new one takes the place of the old one", all.list)
	}
	if err := all.remove("http://localhost:4318"); err != nil {
		t.Fatal(err)
	}
	if all := read(); len(all.list) != 1 || all.list["https://logfire-us.pydantic.dev"].Token != "pylf_v1_us_abc" {
		t.Errorf("what is left: %+v", all.list)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("other files are left: %v, %v", left, err)
	}
}

func TestWhichLoginsAreOver(t *testing.T) {
	t.Parallel()
	for expiration, want := range map[string]bool{
		"2099-12-31T23:59:59": true, "2099-12-31T23:59:59Z": true, "2099-12-31T23:59:59.123456": true, "2000-01-01T00:00:00": false, "": false, "soon": false,
	} {
		if l := (login{Token: "x", Expiration: expiration}); l.valid() != want {
			t.Errorf("%q: valid %v, want %v", expiration, l.valid(), want)
		}
	}
}

func TestWhichBrowserOpens(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		system string
		env    map[string]string
		want   []string
	}{
		{"linux", nil, nil}, // xdg-open would look for a browser in the terminal
		{"linux", map[string]string{"DISPLAY": ":0"}, []string{"xdg-open"}},
		{"linux", map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, []string{"xdg-open"}},
		{"linux", map[string]string{"BROWSER": "firefox:chromium"}, []string{"firefox"}},
		{"darwin", nil, []string{"open"}},
		{"windows", nil, []string{"rundll32", "url.dll,FileProtocolHandler"}},
	} {
		if got := browser(c.system, func(name string) string { return c.env[name] }); !slices.Equal(got, c.want) {
			t.Errorf("%s with %v: %v, want %v", c.system, c.env, got, c.want)
		}
	}
	for _, page := range []string{"file:///etc/passwd", "javascript:alert(1)", "--help", "x:\x00"} {
		if openBrowser(t.Context(), page) {
			t.Errorf("%q is opened", page)
		}
	}
}

// A folder that somebody chose, with things of theirs in it, is not ignored as a whole.
func TestCredentialsLeaveAFoldersRulesAlone(t *testing.T) {
	t.Parallel()
	made := credentials{Token: "t", Project: "tea", ProjectURL: "http://x/local/tea", BaseURL: "http://x"}
	theirs := t.TempDir()
	if err := os.WriteFile(filepath.Join(theirs, "main.go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(outside, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(theirs, credentialsFile)); err != nil {
		t.Fatal(err)
	}
	if err := made.write(theirs); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(theirs, ignoreFile)); !os.IsNotExist(err) {
		t.Errorf("a folder of somebody's own got a %s: %v", ignoreFile, err)
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "precious" {
		t.Errorf("a link was followed: %q, %v", text, err)
	}
	got, err := readCredentials(theirs)
	if err != nil || *got != made || got.name() != "local/tea" {
		t.Errorf("read %+v, %v", got, err)
	}

	ours := filepath.Join(t.TempDir(), "deep", ".logfire")
	for range 2 {
		if err := made.write(ours); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(filepath.Join(ours, ignoreFile)); err != nil || string(text) != "*" {
		t.Errorf("%s: %q, %v", ignoreFile, text, err)
	}
	if none, err := readCredentials(t.TempDir()); none != nil || err != nil {
		t.Errorf("without a file: %+v, %v", none, err)
	}
}
