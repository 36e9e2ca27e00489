package api

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"path"
	"strings"

	"github.com/hearth-dev/hearth/internal/device"
)

//go:embed home.html
var homeHTML string

//go:embed home.css
var homeCSS string

// homePage returns the page that stands where the UI is missing: what this is, where telemetry goes, where to read on.
// Pages of projects show it too, because SDKs print their addresses.
func homePage(publicOrigin string, local bool) http.Handler {
	page := template.Must(template.New("home").Parse(homeHTML))
	hash := sha256.Sum256([]byte(homeCSS))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	token := "<a write token>"
	if local {
		token = LocalToken
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(path.Base(r.URL.Path), ".") { // a file, such as /favicon.ico
			http.NotFound(w, r)
			return
		}
		origin := publicOrigin
		if origin == "" {
			origin = originOf(r)
		}
		login := ""
		if code := r.URL.Query().Get("code"); r.URL.Path == pageLogin && device.IsCode(code) {
			login = code
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		_ = page.Execute(w, map[string]any{ // a client that has gone needs no page
			"Origin": strings.TrimSuffix(origin, "/"), "CSS": template.CSS(homeCSS), "Token": token, "Local": local, "Login": login,
		})
	})
}
