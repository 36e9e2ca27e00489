package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/query"
)

const anAlert = `{"name":"Any exception","query":"SELECT 1","time_window":"PT15M","frequency":"300","notify_when":"has_matches"`

func (w *world) alerts() string {
	return "/api/v1/projects/" + w.meta.DefaultProject().ID + "/alerts/"
}

func (w *world) channel(config string) map[string]any {
	w.t.Helper()
	return decode[map[string]any](w.t, w.expect(201, "POST", "/api/v1/channels/", `{"label":"`+uuid.NewString()+`","config":`+config+`}`))
}

func TestLifeOfAnAlert(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	hook := w.channel(`{"type":"webhook","url":"https://hooks.slack.com/services/T0/B0/secret"}`)["id"].(string)
	made := decode[map[string]any](t, w.expect(201, "POST", w.alerts(), anAlert+`,"channel_assignments":[{"channel_id":"`+hook+`"}]}`))
	for key, want := range map[string]any{
		"name": "Any exception", "description": "", "time_window": "PT15M", "frequency": "PT5M", "watermark": "PT10S", "active": true,
		"notify_when": "has_matches", "state": "pending", "state_reason": "It has not run yet.", "last_run": nil, "has_matches": false,
		"has_errors": false, "result": nil, "result_length": 0.0, "snoozed_until": nil, "last_error": nil, "created_by_name": "local",
	} {
		if made[key] != want {
			t.Errorf("%s = %v, want %v", key, made[key], want)
		}
	}
	next, err := time.Parse(time.RFC3339, made["next_run"].(string))
	if err != nil || next.Minute()%5 != 0 || next.Second() != 0 {
		t.Errorf("the next run is at %v: %v", made["next_run"], err)
	}
	one := w.alerts() + made["id"].(string) + "/"
	if channels := made["channels"].([]any); len(channels) != 1 || channels[0].(map[string]any)["id"] != hook {
		t.Errorf("channels %v", channels)
	}
	if got := decode[map[string]any](t, w.expect(200, "GET", one, "")); got["name"] != "Any exception" {
		t.Errorf("read %v", got)
	}
	list := decode[[]map[string]any](t, w.expect(200, "GET", w.alerts(), ""))
	if len(list) != 1 || list[0]["id"] != made["id"] || len(list[0]["recent_runs"].([]any)) != 0 {
		t.Errorf("list %v", list)
	}

	changed := decode[map[string]any](t, w.expect(200, "PUT", one, `{"description":"See *the book*.","channel_ids":[],"environments":["prod",""]}`))
	if changed["description"] != "See *the book*." || len(changed["channels"].([]any)) != 0 || len(changed["environments"].([]any)) != 2 || changed["query"] != "SELECT 1" {
		t.Errorf("changed %v", changed)
	}
	off := decode[map[string]any](t, w.expect(200, "PUT", one, `{"active":false}`))
	if off["next_run"] != nil || off["state_reason"] != "It is switched off." {
		t.Errorf("switched off %v", off)
	}
	w.expect(200, "PUT", one, `{"active":true}`)
	snoozed := decode[map[string]any](t, w.expect(200, "PUT", one+"snooze/", `{"until":"2099-01-01T00:00:00Z"}`))
	if snoozed["state"] != "snoozed" || snoozed["snoozed_until"] != "2099-01-01T00:00:00.000000Z" {
		t.Errorf("snoozed %v", snoozed)
	}
	if awake := decode[map[string]any](t, w.expect(200, "PUT", one+"snooze/", `{}`)); awake["state"] != "pending" || awake["snoozed_until"] != nil {
		t.Errorf("awake %v", awake)
	}
	if runs := decode[[]any](t, w.expect(200, "GET", one+"runs/?limit=5&before=2099-01-01T00:00:00Z", "")); len(runs) != 0 {
		t.Errorf("runs %v", runs)
	}
	w.expect(409, "POST", w.alerts(), anAlert+`}`)
	w.expect(404, "GET", "/api/v1/projects/"+w.other.ID+"/alerts/"+made["id"].(string), "")
	w.expect(204, "DELETE", one, "")
	w.expect(404, "DELETE", one, "")
	w.expect(404, "PUT", one+"snooze/", `{}`)
	w.expect(404, "GET", one+"runs/", "")
}

func TestWhatIsWrongWithAnAlertIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.engine.answers = func(q question) (*answer, error) {
		if q.sql == "SELECT oops" {
			return nil, &pgsql.Error{Message: "column oops does not exist", Position: 8}
		}
		if q.sql == "SELECT busy" {
			return nil, &query.Busy{}
		}
		return everyType().answer(), nil
	}
	for body, field := range map[string]string{
		`{"name":"x","query":"SELECT 1","time_window":"PT1M","frequency":"PT1M"}`: "notify_when",
		strings.Replace(anAlert, `"300"`, `"PT30S"`, 1) + `}`:                     "frequency",
		strings.Replace(anAlert, `"300"`, `"soon"`, 1) + `}`:                      "frequency",
		strings.Replace(anAlert, `"300"`, `"P2D"`, 1) + `}`:                       "frequency",
		strings.Replace(anAlert, `"PT15M"`, `"P31D"`, 1) + `}`:                    "time_window",
		strings.Replace(anAlert, "has_matches", "whenever", 1) + `}`:              "notify_when",
		strings.Replace(anAlert, "SELECT 1", "SELECT oops", 1) + `}`:              "query",
		anAlert + `,"channel_ids":["nobody"]}`:                                    "channel_ids",
		anAlert + `,"watermark":"PT2H"}`:                                          "watermark",
		strings.Replace(anAlert, "Any exception", `two\nlines`, 1) + `}`:          "name",
	} {
		got := w.expect(422, "POST", w.alerts(), body)
		if detail := decode[struct{ Detail []fieldProblem }](t, got).Detail; len(detail) != 1 || detail[0].Loc[1] != field {
			t.Errorf("%s = %s, want a fault of %s", body, got.Body, field)
		}
	}
	w.expect(201, "POST", w.alerts(), strings.Replace(anAlert, "SELECT 1", "SELECT busy", 1)+`}`) // it may work later
}

// Whoever may read a project may read its alerts, but not where messages go.
func TestReadersSeeNoAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	admin := basic(testPassword)
	made := decode[map[string]any](t, w.expect(201, "POST", "/api/v1/channels/", `{"label":"ana","config":{"type":"email","email":"ana@example.com"}}`, admin...))
	w.expect(201, "POST", w.alerts(), anAlert+`,"channel_ids":["`+made["id"].(string)+`"]}`, admin...)
	if got := w.expect(200, "GET", w.alerts(), "", admin...).Body.String(); !strings.Contains(got, "ana@example.com") {
		t.Errorf("the password sees %s", got)
	}
	if got := w.expect(200, "GET", w.alerts(), "", "Authorization", w.read).Body.String(); strings.Contains(got, "ana@example.com") || !strings.Contains(got, `"label":"ana"`) {
		t.Errorf("a read token sees %s", got)
	}
	w.expect(403, "GET", w.alerts(), "", "Authorization", w.otherRead)
}

func TestPreviewOfAnAlert(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	body := `{"query":"SELECT 1","time_window":"PT1H","frequency":"PT6H","notify_when":"has_matches","environments":["prod"]}`
	got := decode[struct {
		Columns   []map[string]string
		Rows      [][]any
		Total     int
		WouldFire []struct {
			At    time.Time
			Rows  int
			Fires bool
		} `json:"would_fire"`
		Message  map[string]string
		Payloads map[string]map[string]any
	}](t, w.expect(200, "POST", w.alerts()+"preview/", body))
	if got.Total != len(got.Rows) || got.Total == 0 || len(got.Columns) != len(got.Rows[0]) {
		t.Errorf("%d rows of %d, columns %v", len(got.Rows), got.Total, got.Columns)
	}
	if len(got.WouldFire) != 4 || !got.WouldFire[0].Fires || got.WouldFire[0].Rows != got.Total || got.WouldFire[1].At.Sub(got.WouldFire[0].At) != 6*time.Hour {
		t.Errorf("runs %v", got.WouldFire)
	}
	if got.Message["subject"] != "Firing: New alert (local/default)" || got.Payloads["raw-data"]["text"] != got.Message["text"] {
		t.Errorf("message %v, payload %v", got.Message, got.Payloads["raw-data"])
	}
	asked := w.engine.questions[0]
	if span := asked.max.Sub(asked.min); span != time.Hour+time.Microsecond || asked.environments[0] != "prod" || asked.explain || asked.at.Sub(asked.max) != 10*time.Second {
		t.Errorf("asked %+v", asked)
	}
	w.engine.answers = func(question) (*answer, error) {
		return nil, &pgsql.Error{Message: "column oops does not exist", Position: 8}
	}
	if wrong := decode[map[string]any](t, w.expect(400, "POST", w.alerts()+"preview/", body)); wrong["position"] != 8.0 {
		t.Errorf("a wrong statement is told as %v", wrong)
	}
	w.expect(422, "POST", w.alerts()+"preview/", `{"query":"SELECT 1"}`)
}

func TestChannelsKeepTheirSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	made := w.channel(`{"type":"webhook","url":"https://hooks.slack.com/services/T0/B0/secret"}`)
	one := "/api/v1/channels/" + made["id"].(string) + "/"
	secret := made["signing_secret"].(string)
	if !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("made %v", made)
	}
	check := func(method, path, body, want string) {
		t.Helper()
		got := w.expect(200, method, path, body).Body.String()
		if strings.Contains(got, "B0/secret") || strings.Contains(got, secret) || !strings.Contains(got, want) {
			t.Errorf("%s %s = %s", method, path, got)
		}
	}
	check("GET", one, "", `"url":"https://hooks.slack.com/•••"`)
	check("GET", "/api/v1/channels/", "", `"format":"auto"`)
	for _, url := range []string{"", "https://hooks.slack.com/•••"} {
		check("PUT", one, `{"label":"team","config":{"type":"webhook","format":"slack-legacy","url":"`+url+`"}}`, `"slack-legacy"`)
		if c, err := w.meta.Channel(t.Context(), made["id"].(string)); err != nil || c.Config.Address != "https://hooks.slack.com/services/T0/B0/secret" || c.Secret != secret {
			t.Errorf("url %q leaves %+v: %v", url, c, err)
		}
	}
	if got := decode[map[string]any](t, w.expect(200, "PUT", one, `{"rotate_secret":true}`)); got["signing_secret"] == nil || got["signing_secret"] == secret {
		t.Errorf("the new secret is %v", got["signing_secret"])
	}
	check("PUT", one, `{"config":{"type":"email","recipients":["Ana <ana@example.com>","bo@example.com"]}}`, `"email":"ana@example.com, bo@example.com"`)
	for _, config := range []string{
		`null`, `{"type":"opsgenie"}`, `{"type":"webhook"}`, `{"type":"webhook","url":"ftp://example.com"}`, `{"type":"webhook","url":"https://u:p@example.com"}`,
		`{"type":"webhook","url":"https://example.com","format":"xml"}`, `{"type":"email","email":"nobody"}`, `{"type":"email","email":"a@b.c\r\nBcc: x@y.z"}`,
	} {
		w.expect(422, "POST", "/api/v1/channels/", `{"label":"bad","config":`+config+`}`)
		w.expect(422, "POST", "/api/v1/channels/test/", `{"config":`+config+`}`)
	}
	w.expect(409, "POST", "/api/v1/channels/", `{"label":"team","config":{"type":"email","email":"ana@example.com"}}`)
	w.expect(204, "DELETE", one, "")
	w.expect(404, "GET", one, "")
}

func TestChannelsAreTried(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	status := http.StatusOK
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(receiver.Close)
	config := `{"type":"webhook","url":"` + receiver.URL + `"}`
	made := w.channel(config)
	test := func(path, body, want, detail string) {
		t.Helper()
		got := decode[map[string]string](t, w.expect(200, "POST", path, body))
		if got["status"] != want || !strings.Contains(got["detail"], detail) {
			t.Errorf("%s: %v", path, got)
		}
	}
	one := "/api/v1/channels/" + made["id"].(string) + "/test/"
	test(one, "", string(meta.Delivered), "taken")
	status = http.StatusGone
	test(one, "", string(meta.DeliveryFailed), "The receiver answered 410 Gone.")
	test("/api/v1/channels/test/", `{"config":`+config+`}`, string(meta.DeliveryFailed), "410")
	test("/api/v1/channels/test/", `{"config":{"type":"email","email":"ana@example.com"}}`, string(meta.DeliveryFailed), "--smtp-url")
	w.expect(404, "POST", "/api/v1/channels/unknown/test/", "")
}

func TestLengthsOfTime(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"PT5M": 5 * time.Minute, "PT1H30M": 90 * time.Minute, "P1D": 24 * time.Hour, "P1DT2S": 24*time.Hour + 2*time.Second, "P2W": 14 * 24 * time.Hour,
		"PT0S": 0, "300": 5 * time.Minute, "12.5": 12500 * time.Millisecond,
	} {
		if got, ok := parseDuration(text); !ok || got != want {
			t.Errorf("%s = %v, %v", text, got, ok)
		}
		if back, ok := parseDuration(isoDuration(want)); !ok || back != want.Truncate(time.Second) {
			t.Errorf("%v is written %s", want, isoDuration(want))
		}
	}
	for _, text := range []string{"", "P", "PT", "P1DT", "5m", "P1M", "PT-5M", "-1", "NaN", "Inf", "1e300", "PT99999999999999999999S", "P999999999D"} {
		if got, ok := parseDuration(text); ok {
			t.Errorf("%s = %v", text, got)
		}
	}
}
