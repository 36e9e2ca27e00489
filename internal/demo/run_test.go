package demo

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// receiver is a server that remembers the spans it was sent.
type receiver struct {
	*httptest.Server
	// first answers the first request for traces instead, unless it is nil.
	first http.HandlerFunc

	mu      sync.Mutex
	headers http.Header       // guarded by mu: of the latest request
	pending map[string]uint64 // guarded by mu: the start of what was announced, by the id of the real span
	final   map[string]uint64 // guarded by mu: the end of what has ended
}

func newReceiver(t *testing.T, first http.HandlerFunc) *receiver {
	r := &receiver{first: first, pending: map[string]uint64{}, final: map[string]uint64{}}
	r.Server = httptest.NewServer(r)
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		r.Close()
	})
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.headers = req.Header
	body, _ := io.ReadAll(req.Body)
	if req.URL.Path != "/v1/traces" {
		return
	}
	if first := r.first; first != nil {
		r.first = nil
		first(w, req)
		return
	}
	var request coltracepb.ExportTraceServiceRequest
	if err := proto.Unmarshal(body, &request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, resource := range request.ResourceSpans {
		for _, library := range resource.ScopeSpans {
			for _, s := range library.Spans {
				announced := slices.ContainsFunc(s.Attributes, func(a *commonpb.KeyValue) bool { return a.Key == "logfire.pending_parent_id" })
				if announced {
					r.pending[string(s.ParentSpanId)] = s.StartTimeUnixNano
				} else {
					r.final[string(s.SpanId)] = s.EndTimeUnixNano
				}
			}
		}
	}
}

// open returns how many spans were announced and have not ended.
func (r *receiver) open() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	open := 0
	for id := range r.pending {
		if _, ended := r.final[id]; !ended {
			open++
		}
	}
	return open
}

// crashed is how many spans the story of the crash leaves open.
const crashed = 2

func TestOnceSendsNothingButHistory(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, nil)
	sent, err := Run(t.Context(), Options{BaseURL: r.URL, Token: "t", Project: "teahouse", Once: true, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	if sent.Spans != len(r.final) || sent.Pending != len(r.pending) || sent.Refused != 0 || sent.Logs == 0 || sent.Points == 0 {
		t.Errorf("sent %+v; %d spans and %d announcements have arrived", sent, len(r.final), len(r.pending))
	}
	if latest := slices.Max(slices.Collect(maps.Values(r.final))); latest > uint64(time.Now().UnixNano()) {
		t.Error("it ends in the future")
	}
	if r.open() != crashed {
		t.Errorf("%d spans are open, want those of the crash", r.open())
	}
	if r.headers.Get("Authorization") != "Bearer t" || r.headers.Get("X-Hearth-Project") != "teahouse" {
		t.Errorf("headers %v", r.headers)
	}
}

func TestAStopEndsWhatIsOpen(t *testing.T) { // alone: what is left over must be sent within lastWord, under the race detector too
	r := newReceiver(t, nil)
	ctx, stop := context.WithCancel(t.Context())
	var once sync.Once
	busiest := 0
	sent, err := Run(ctx, Options{BaseURL: r.URL, Duration: time.Hour, Rate: 100, Seed: 3, Progress: func(Sent, time.Duration) {
		busiest = max(busiest, r.open())
		if busiest > crashed+10 {
			once.Do(stop)
		}
	}})
	stop()
	if err != nil {
		t.Fatal(err)
	}
	if r.open() != crashed {
		t.Errorf("%d of up to %d spans are still open", r.open(), busiest)
	}
	if sent.Spans != len(r.final) || sent.Pending != len(r.pending) {
		t.Errorf("sent %+v; %d spans and %d announcements have arrived", sent, len(r.final), len(r.pending))
	}
}

func TestAStopDuringTheHistoryLeavesNothingThatNeverWas(t *testing.T) { // alone: what is left over must be sent within lastWord, under the race detector too
	r := newReceiver(t, nil)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Run(ctx, Options{BaseURL: r.URL, Duration: time.Hour, Rate: 1, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	if r.open() != crashed {
		t.Errorf("%d spans are open", r.open())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, start := range r.pending {
		if end, ok := r.final[id]; ok && end > start+uint64(2*time.Minute) {
			t.Errorf("a span lasts %v", time.Duration(end-start))
		}
	}
}

func TestABusyServerIsAskedAgain(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "full", http.StatusServiceUnavailable) })
	sent, err := Run(t.Context(), Options{BaseURL: r.URL, Once: true, Seed: 3})
	if err != nil || sent.Spans != len(r.final) || r.open() != crashed {
		t.Errorf("%+v, %v; %d spans have arrived", sent, err, len(r.final))
	}
}

func TestAServerThatGoesAwayMayComeBack(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, nil)
	gone := false
	sent, err := Run(t.Context(), Options{BaseURL: r.URL, Duration: time.Second, Rate: 20, Seed: 3, Progress: func(Sent, time.Duration) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if !gone {
			gone, r.first = true, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
		}
	}})
	if err != nil || sent.Spans != len(r.final) || r.first != nil {
		t.Errorf("%+v, %v; %d spans have arrived", sent, err, len(r.final))
	}
}

func TestWhatIsRefusedIsCounted(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		answer, err := proto.Marshal(&coltracepb.ExportTraceServiceResponse{
			PartialSuccess: &coltracepb.ExportTracePartialSuccess{RejectedSpans: 3, ErrorMessage: "too old"}})
		if err != nil {
			panic(err)
		}
		_, _ = w.Write(answer)
	})
	sent, err := Run(t.Context(), Options{BaseURL: r.URL, Once: true, Seed: 3})
	if err != nil || sent.Refused != 3 || sent.Reason != "too old" {
		t.Errorf("%+v, %v", sent, err)
	}
}

func TestAnAnswerThatWillNotChangeEndsIt(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"detail":"no"}`, http.StatusUnauthorized)
	})
	sent, err := Run(t.Context(), Options{BaseURL: r.URL, Once: true, Seed: 3})
	if err == nil || !strings.Contains(err.Error(), "401") || sent != (Sent{}) {
		t.Errorf("%+v, %v", sent, err)
	}
}
