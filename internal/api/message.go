package api

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"time"
)

//go:embed message.html
var messageHTML string

//go:embed message.css
var messageCSS string

var messagePage = template.Must(template.New("message").Parse(messageHTML))

// messagePolicy lets the page show its text and the server's sign, and nothing else.
var messagePolicy = func() string {
	hash := sha256.Sum256([]byte(messageCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// failPage is fail for a browser that shows the answer: single sign-on goes on without scripts. title says what did not happen, and
// back is a path of ours that leads on.
func (s *server) failPage(w http.ResponseWriter, r *http.Request, title, back string, err error) {
	p := s.problemFor(r, s.ssoProblem(r, err))
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", messagePolicy)
	header.Set("Cache-Control", "no-store")
	if p.retryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int((p.retryAfter+time.Second-1)/time.Second)))
	}
	w.WriteHeader(p.status)
	_ = messagePage.Execute(w, map[string]any{"CSS": template.CSS(messageCSS), "Title": title, "Host": r.Host, "Text": p.Error(), "Back": back}) // a client that has gone needs no page
}
