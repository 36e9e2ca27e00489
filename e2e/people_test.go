package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// TestTheLastAdminComesBack resets the password of who has nobody to ask, beside a server that runs with PostgreSQL.
func TestTheLastAdminComesBack(t *testing.T) {
	t.Parallel()
	dsn := postgresDatabase(t, "comes_back")
	h := start(t, t.TempDir(), "--meta-dsn", dsn, "--password", "correct-horse")
	key := &http.Request{Header: http.Header{}}
	key.SetBasicAuth("operator", "correct-horse")
	ada, again := &browser{h: h, origin: h.url}, &browser{h: h, origin: h.url}
	get[object](t, ada, 201, "POST", "/api/v1/setup/", `{"email":"ada@example.com","name":"Ada","password":"a long engine of analysis"}`, "Authorization", key.Header.Get("Authorization"))

	said, err := hearthCommand(t, "people", "reset", "ada@example.com", "--meta-dsn", dsn, "--public-url", h.url)
	link, _, _ := strings.Cut(said, "\n")
	page, code, _ := strings.Cut(link, "#")
	if err != nil || page != h.url+"/auth/reset" {
		t.Fatalf("people reset: %v\n%s", err, said)
	}
	shown := get[object](t, again, 200, "POST", "/api/v1/password-reset/", `{"code":"`+code+`"}`)
	if shown["name"] != "Ada" || shown["created_by_name"] != "command line" {
		t.Errorf("the page shows %v", shown)
	}
	get[object](t, again, 200, "POST", "/api/v1/password-reset/use/", `{"code":"`+code+`","password":"another long engine"}`)
	if me := get[object](t, again, 200, "GET", "/api/v1/me/", ""); me["email"] != "ada@example.com" {
		t.Errorf("came in as %v", me)
	}
	if status, answer := ada.do(t, "GET", "/api/v1/me/", ""); status != 401 {
		t.Errorf("the session of before: %d %s", status, answer)
	}
	if strings.Contains(h.log.String(), code) {
		t.Error("the log holds the secret of the link")
	}
}
