package api

import (
	"sync"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// serviceRows answers with names.
func serviceRows(names ...string) *answer {
	rows := make([][]any, len(names))
	for i, name := range names {
		rows[i] = []any{name}
	}
	return (&table{columns: []column{{Name: "service_name", Type: record.TextType, NotNull: true}}, rows: rows}).answer()
}

func TestServicesHaveTheSameHueForEverybody(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 27, 13, 0, 0, 0, time.UTC)
	w := newWorld(t, func(o *Options) { o.Now = func() time.Time { return now } })
	found := []string{"shop", "", "api"}
	w.engine.answers = func(question) (*answer, error) { return serviceRows(found...), nil }
	check := func(want string, headers ...string) {
		t.Helper()
		if got := w.expect(200, "GET", "/v1/services", "", headers...).Body.String(); got != want {
			t.Errorf("services are %s, want %s", got, want)
		}
	}
	check(`{"services":[{"hue":1,"service_name":"shop"},{"hue":2,"service_name":"api"}]}`)
	found = []string{"cron", "api"}
	check(`{"services":[{"hue":1,"service_name":"shop"},{"hue":2,"service_name":"api"}]}`) // within a second nobody looks again
	now = now.Add(lookEvery)
	check(`{"services":[{"hue":1,"service_name":"shop"},{"hue":2,"service_name":"api"},{"hue":3,"service_name":"cron"}]}`)
	check(`{"services":[{"hue":1,"service_name":"cron"},{"hue":2,"service_name":"api"}]}`, "X-Hearth-Project", "other")

	var asked []string
	for _, q := range w.engine.questions {
		asked = append(asked, q.sql)
	}
	const all = "SELECT service_name FROM records_all GROUP BY service_name ORDER BY min(created_at), service_name"
	const later = "SELECT service_name FROM records_all WHERE created_at > '2026-05-27T12:50:00.000000Z' GROUP BY service_name ORDER BY min(created_at), service_name"
	if len(asked) != 3 || asked[0] != all || asked[1] != later || asked[2] != all {
		t.Errorf("asked %q", asked)
	}
}

func TestServicesAskedForAtOnceTakeOneLook(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.engine.answers = func(question) (*answer, error) { return serviceRows("shop"), nil }
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { w.do("GET", "/v1/services", "") })
	}
	all.Wait()
	if len(w.engine.questions) != 1 {
		t.Errorf("%d questions", len(w.engine.questions))
	}
}

func TestServicesNeedAReadToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	w.engine.answers = func(question) (*answer, error) { return serviceRows("shop"), nil }
	w.expect(401, "GET", "/v1/services", "")
	w.expect(401, "GET", "/v1/services", "", "Authorization", w.write)
	w.expect(200, "GET", "/v1/services", "", "Authorization", w.read)
}
