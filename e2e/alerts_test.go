package e2e

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
)

// manage asks the management API and decodes the answer into dst.
func (h *hearth) manage(t *testing.T, method, path string, body, dst any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, h.url+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s, %v", method, path, resp.StatusCode, answer, err)
	}
	if err := json.Unmarshal(answer, dst); err != nil {
		t.Fatalf("%s %s: %s: %v", method, path, answer, err)
	}
}

// hook is a request that a webhook got.
type hook struct {
	delivery, signature string
	body                []byte
}

// webhook is a receiver that says 503 as long as it is busy.
func webhook(t *testing.T, busy *atomic.Bool) (url string, got chan hook) {
	got = make(chan hook, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if busy.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		got <- hook{r.Header.Get("Hearth-Delivery"), r.Header.Get("Hearth-Signature"), body}
	}))
	t.Cleanup(server.Close)
	return server.URL, got
}

// letters is a session of a mail server that hands on what it takes.
type letters struct{ got chan []byte }

func (letters) Reset()                               {}
func (letters) Logout() error                        { return nil }
func (letters) Mail(string, *smtp.MailOptions) error { return nil }
func (letters) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (l letters) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	l.got <- data
	return err
}

func mailServer(t *testing.T) (address string, got chan []byte) {
	t.Helper()
	got = make(chan []byte, 100)
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return letters{got}, nil }))
	server.ErrorLog = log.New(io.Discard, "", 0)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String(), got
}

// arrives waits for what a receiver gets next.
func arrives[T any](t *testing.T, h *hearth, what string, got chan T) (one T) {
	t.Helper()
	select {
	case one = <-got:
	case <-time.After(patience):
		t.Fatalf("no %s\n%s", what, tail(h.log.String()))
	}
	return one
}

// plainText returns the text of a letter.
func plainText(t *testing.T, letter []byte) string {
	t.Helper()
	message, err := mail.ReadMessage(bytes.NewReader(letter))
	if err != nil {
		t.Fatal(err)
	}
	_, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	part, err := multipart.NewReader(message.Body, parameters["boundary"]).NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(part))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// alertRun is a run as the history tells it.
type alertRun struct {
	ScheduledAt time.Time `json:"scheduled_at"`
	Status      string
	Rows        int
	Missed      int
	Notified    bool
	Deliveries  []struct {
		Label, Status string
		Attempts      int
	}
}

func (h *hearth) alertRuns(t *testing.T, path string) (runs []alertRun) {
	t.Helper()
	h.manage(t, http.MethodGet, path+"runs/?limit=200", nil, &runs)
	return runs
}

// told returns what became of the messages of the only run that was told of, by channel.
func told(runs []alertRun) map[string]string {
	by := map[string]string{}
	for _, run := range runs {
		for _, d := range run.Deliveries {
			by[d.Label] = d.Status
			if d.Attempts > 1 {
				by[d.Label] += " at last"
			}
		}
	}
	return by
}

// TestAnAlertTellsOfTelemetryAcrossACrash: an alert fires from a log, a webhook and a mail server hear of it. The webhook
// is busy, the process is killed, and the one that is started then delivers the very message; no run is unaccounted for.
func TestAnAlertTellsOfTelemetryAcrossACrash(t *testing.T) {
	t.Parallel()
	var busy atomic.Bool
	busy.Store(true)
	hookURL, hooks := webhook(t, &busy)
	mailAddress, mails := mailServer(t)
	dataDir := t.TempDir()
	settings := []string{
		"--alert-min-frequency", "1s", "--smtp-url", "smtp://" + mailAddress, "--smtp-from", "hearth@example.com", "--public-url", "http://localhost:4318",
	}
	h := start(t, dataDir, settings...)

	var projects []struct{ ID string }
	h.manage(t, http.MethodGet, "/api/v1/projects/", nil, &projects)
	var ops, ana struct {
		ID     string
		Secret string `json:"signing_secret"`
	}
	type config map[string]string
	h.manage(t, http.MethodPost, "/api/v1/channels/", map[string]any{"label": "ops", "config": config{"type": "webhook", "url": hookURL}}, &ops)
	h.manage(t, http.MethodPost, "/api/v1/channels/", map[string]any{"label": "ana", "config": config{"type": "email", "email": "ana@example.com"}}, &ana)
	alerts := "/api/v1/projects/" + projects[0].ID + "/alerts/"
	definition := map[string]any{
		"name": "Cold tea", "description": "Warm it.", "time_window": "PT1H", "frequency": "PT1S", "watermark": "PT0S", "notify_when": "starts_having_matches",
		"query":       "SELECT service_name, count(*) AS cold FROM records WHERE level >= 'error' GROUP BY service_name",
		"channel_ids": []string{ops.ID, ana.ID},
	}
	var made struct{ ID string }
	h.manage(t, http.MethodPost, alerts, definition, &made)
	one := alerts + made.ID + "/"

	h.say(t, logs.SeverityNumber_SEVERITY_NUMBER_ERROR, "the tea is cold")
	refused := arrives(t, h, "request to the webhook", hooks)
	letter := arrives(t, h, "mail", mails)
	var body struct {
		Event, Subject, Text string
		Rows                 int
		Result               struct{ Rows [][]any }
	}
	if err := json.Unmarshal(refused.body, &body); err != nil {
		t.Fatal(err)
	}
	if body.Event != "alert.firing" || body.Rows != 1 || body.Result.Rows[0][0] != "live" || body.Result.Rows[0][1] != 1.0 {
		t.Errorf("the webhook got %s", refused.body)
	}
	if got := plainText(t, letter); got != body.Text || !strings.Contains(got, "http://localhost:4318/local/default/alerts/"+made.ID) {
		t.Errorf("the mail says\n%s\nthe webhook\n%s", got, body.Text)
	}
	var preview struct {
		Message struct{ Subject, Text string }
	}
	h.manage(t, http.MethodPost, alerts+"preview/", definition, &preview)
	if preview.Message.Subject != body.Subject || linesOf(preview.Message.Text, "cold", "live") != linesOf(body.Text, "cold", "live") {
		t.Errorf("the preview shows\n%s\n%s\nand what came is\n%s\n%s", preview.Message.Subject, preview.Message.Text, body.Subject, body.Text)
	}
	if !eventually(t, func() bool { return told(h.alertRuns(t, one))["ana"] == "delivered" }) {
		t.Fatalf("history %+v", h.alertRuns(t, one))
	}

	h.kill()
	busy.Store(false)
	h = start(t, dataDir, settings...)
	again := arrives(t, h, "second request to the webhook", hooks)
	if again.delivery != refused.delivery || !bytes.Equal(again.body, refused.body) {
		t.Errorf("the webhook got %s as %s, and then %s as %s", refused.body, refused.delivery, again.body, again.delivery)
	}
	if err := checkSignature(ops.Secret, again); err != nil {
		t.Errorf("%s: %v", again.signature, err)
	}
	if !eventually(t, func() bool { return told(h.alertRuns(t, one))["ops"] == "delivered at last" }) {
		t.Fatalf("history %+v", h.alertRuns(t, one))
	}
	runs := h.alertRuns(t, one)
	for i, later := range runs[:len(runs)-1] {
		earlier := runs[i+1]
		if next := earlier.ScheduledAt.Add(time.Duration(max(1, earlier.Missed)) * time.Second); !next.Equal(later.ScheduledAt) {
			t.Errorf("between %+v and %+v, runs are unaccounted for", earlier, later)
		}
	}
	if len(hooks) != 0 || len(mails) != 0 {
		t.Errorf("%d requests and %d letters more", len(hooks), len(mails))
	}
	if log := h.log.String(); strings.Contains(log, hookURL) || strings.Contains(log, ops.Secret) {
		t.Error("the log tells the address or the secret of a webhook")
	}
}

// linesOf returns the lines of a text that begin with one of these words, or hold the first.
func linesOf(text string, words ...string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, words[0]) || strings.HasPrefix(line, words[1]) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// checkSignature does what docs/alerts.md tells receivers to do.
func checkSignature(secret string, h hook) error {
	seconds, signature, ok := strings.Cut(strings.TrimPrefix(h.signature, "t="), ",v1=")
	if !ok {
		return errors.New("no signature")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(seconds + "."))
	mac.Write(h.body)
	if want := hex.EncodeToString(mac.Sum(nil)); !hmac.Equal([]byte(want), []byte(signature)) {
		return errors.New("want " + want)
	}
	return nil
}

// TestTemplatesOfAlertsMeetWhatTheDemoDoes tries each template on the demo's past hour, with its threshold lowered to where
// the demo's figures are.
func TestTemplatesOfAlertsMeetWhatTheDemoDoes(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir())
	h.run(t, "demo", "--once")
	var projects []struct{ ID string }
	h.manage(t, http.MethodGet, "/api/v1/projects/", nil, &projects)
	var templates []struct {
		ID, Name, Description, Query string
		NotifyWhen                   string `json:"notify_when"`
	}
	h.manage(t, http.MethodGet, "/api/v1/alert-templates/", nil, &templates)
	lower := strings.NewReplacer("count(*) > 5\n", "count(*) > 0\n", "::double precision) > 10\n", "::double precision) > 0\n", "'my-service'", "'storefront'")
	columns := map[string]string{
		"any-exception": "service_name exception_type exceptions example trace_id", "error-rate": "service_name requests error_percent",
		"slow-endpoint": "service_name http_method http_route requests p95_seconds", "no-data": "service_name last_seen",
		"llm-spend": "model calls dollars", "llm-errors": "service_name model error failures trace_id",
	}
	for _, template := range templates {
		var preview struct {
			Columns []struct{ Name string }
			Rows    [][]any
		}
		meets := func(query string) int {
			t.Helper()
			h.manage(t, http.MethodPost, "/api/v1/projects/"+projects[0].ID+"/alerts/preview/", map[string]any{
				"query": query, "time_window": "PT2H", "frequency": "PT12H", "notify_when": template.NotifyWhen,
			}, &preview)
			return len(preview.Rows)
		}
		meets(template.Query)
		query := lower.Replace(template.Query + "\n")
		if meets(query) == 0 {
			t.Errorf("%s meets nothing:\n%s", template.ID, query)
		}
		var names []string
		for _, c := range preview.Columns {
			names = append(names, c.Name)
		}
		if got := strings.Join(names, " "); got != columns[template.ID] {
			t.Errorf("%s has the columns %s, want %s", template.ID, got, columns[template.ID])
		}
	}
	if len(templates) != len(columns) {
		t.Errorf("%d templates, want %d", len(templates), len(columns))
	}
}
