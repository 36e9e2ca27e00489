package api

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/meta"
)

func TestIngestTellsWhatBecameOfTelemetry(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 27, 13, 16, 36, 0, time.UTC)
	w := newWorld(t, func(o *Options) {
		o.Ingest = func(string, bool) IngestReport {
			refused := IngestOutcome{"logs", "grpc", 401, "unauthorized"}
			return IngestReport{
				Since:    at.Add(-time.Hour),
				Requests: []IngestRequests{{IngestOutcome{"traces", "http", 200, ""}, 12, at}, {refused, 3, at}},
				Refused:  []RefusedRequest{{refused, at, "Unknown token", "a1f", "OTel/1.0", "192.0.2.7"}},
				Records:  []RefusedRecords{{"traces", "too_old", "older than the retention period", 4, at}},
				Minutes:  []IngestMinute{{At: at.Truncate(time.Minute), Signal: "traces", Accepted: 9, Refused: 4, Cut: 1, RefusedRequests: 2}},
			}
		}
		o.Now = func() time.Time { return at }
		o.IngestState = func(string) (IngestState, error) {
			return IngestState{Project: 1, Today: 2, Quota: 3, Queue: 4, QueueLimit: 5, Log: 6, Free: 7}, nil
		}
	})
	project := w.meta.DefaultProject().ID
	if err := w.meta.AddUsage(t.Context(), []meta.Usage{{ProjectID: project, Day: "2026-05-27", Bytes: 100, Records: 10}, {ProjectID: project, Day: "2026-04-27", Bytes: 1, Records: 1}}, nil); err != nil {
		t.Fatal(err)
	}
	const want = `{"days":[{"bytes":100,"day":"2026-05-27","records":10}],` +
		`"minutes":[{"accepted":9,"at":"2026-05-27T13:16:00.000000Z","cut":1,"refused":4,"refused_requests":2,"signal":"traces"}],"records":[{"count":4,"last_at":"2026-05-27T13:16:36.000000Z","reason":"too_old","signal":"traces","text":"older than the retention period"}],` +
		`"refused_requests":[{"at":"2026-05-27T13:16:36.000000Z","client":"OTel/1.0","reason":"unauthorized","remote":"192.0.2.7","signal":"logs","status":401,"text":"Unknown token","token_suffix":"a1f","transport":"grpc"}],` +
		`"requests":[{"count":12,"last_at":"2026-05-27T13:16:36.000000Z","reason":"","signal":"traces","status":200,"transport":"http"},` +
		`{"count":3,"last_at":"2026-05-27T13:16:36.000000Z","reason":"unauthorized","signal":"logs","status":401,"transport":"grpc"}],` +
		`"since":"2026-05-27T12:16:36.000000Z",` +
		`"state":{"daily_quota_bytes":3,"disk_free_bytes":7,"log_bytes":6,"project_disk_bytes":1,"queue_bytes":4,"queue_limit_bytes":5,"today_bytes":2},"unauthorized_shown":true}`
	if diff := cmp.Diff(want, w.expect(200, "GET", "/v1/ingest", "").Body.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What nobody could assign to a project is not for the owners of a project's tokens.
func TestIngestShowsForeignRequestsToManagersOnly(t *testing.T) {
	t.Parallel()
	type view struct {
		Project string
		All     bool
	}
	var seen view
	note := func(project string, all bool) IngestReport {
		seen = view{project, all}
		return IngestReport{}
	}
	public := newWorld(t, func(o *Options) { o.Local, o.Ingest = false, note })
	local := newWorld(t, func(o *Options) { o.Ingest = note })
	check := func(w *world, want view, headers ...string) {
		t.Helper()
		w.expect(200, "GET", "/v1/ingest", "", headers...)
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("%q (-want +got):\n%s", headers, diff)
		}
	}
	check(public, view{public.meta.DefaultProject().ID, false}, "Authorization", public.read)
	check(public, view{public.meta.DefaultProject().ID, true}, basic(testPassword)...)
	check(public, view{public.other.ID, true}, append(basic(testPassword), "X-Hearth-Project", "other")...)
	check(local, view{local.meta.DefaultProject().ID, true})
	check(local, view{local.other.ID, true}, "X-Hearth-Project", "other")
	if got := public.expect(200, "GET", "/v1/ingest", "", "Authorization", public.read).Body.String(); !strings.Contains(got, "project_disk_bytes") || strings.Contains(got, "disk_free_bytes") {
		t.Errorf("a token's holder is told of the server: %s", got)
	}
	public.expect(401, "GET", "/v1/ingest", "")
	public.expect(401, "GET", "/v1/ingest", "", basic("guess")...)
	public.expect(401, "GET", "/v1/ingest", "", "Authorization", public.write)
	public.expect(404, "GET", "/v1/ingest", "", append(basic(testPassword), "X-Hearth-Project", "nosuch")...)
}
