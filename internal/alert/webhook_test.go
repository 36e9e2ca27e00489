package alert

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
)

// receiver is a server that takes webhooks.
type receiver struct {
	*httptest.Server

	got    []*http.Request
	bodies []string
	answer func(w http.ResponseWriter, r *http.Request)
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		r.got, r.bodies = append(r.got, req), append(r.bodies, string(body))
		r.answer(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) channel(path string) *meta.Channel {
	return &meta.Channel{Config: meta.ChannelConfig{Type: meta.WebhookChannel, Format: meta.FormatAuto, Address: r.URL + path}, Secret: "whsec_test"}
}

// newSenders are the real ones at noon.
func newSenders(t *testing.T, m *Mail) *senders {
	s := &senders{webhooks: newWebhooks("1.2.3", func() time.Time { return noon }), mail: m, origin: func() string { return origin }}
	t.Cleanup(s.webhooks.close)
	return s
}

func TestAWebhookGetsWhatThePreviewShows(t *testing.T) {
	t.Parallel()
	r, n := newReceiver(t), notices()["firing"]
	if err := newSenders(t, nil).Send(t.Context(), r.channel("/hook?key=1"), "delivery-1", n); err != nil {
		t.Fatal(err)
	}
	req, body := r.got[0], r.bodies[0]
	if body != string(Payload(meta.FormatRaw, n, origin)) {
		t.Errorf("body %s", body)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "Hearth/1.2.3", HeaderDelivery: "delivery-1", HeaderSignature: Sign("whsec_test", noon, []byte(body)),
	} {
		if got := req.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if req.Method != http.MethodPost || req.URL.String() != "/hook?key=1" {
		t.Errorf("%s %s", req.Method, req.URL)
	}
}

// The value is what OpenSSL says: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret
func TestSignature(t *testing.T) {
	t.Parallel()
	const want = "t=1700000000,v1=49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686"
	if got := Sign("secret", time.Unix(1_700_000_000, 0), []byte(`{"a":1}`)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFormatsByHost(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]meta.WebhookFormat{
		"https://hooks.slack.com/services/T/B/x": meta.FormatSlackBlocks, "https://HOOKS.SLACK.COM/x": meta.FormatSlackBlocks,
		"https://discord.com/api/webhooks/1/x/slack": meta.FormatSlackLegacy, "https://discord.com/api/webhooks/1/x": meta.FormatRaw,
		"https://hooks.slack.com.example.com/x": meta.FormatRaw, "http://127.0.0.1:9/": meta.FormatRaw,
	} {
		if got := formatOf(&meta.ChannelConfig{Format: meta.FormatAuto, Address: address}); got != want {
			t.Errorf("%s = %s, want %s", address, got, want)
		}
	}
	if got := formatOf(&meta.ChannelConfig{Format: meta.FormatSlackLegacy, Address: "https://hooks.slack.com/"}); got != meta.FormatSlackLegacy {
		t.Errorf("a chosen format is %s", got)
	}
}

func TestWhatAnswersMean(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	elsewhere := newReceiver(t)
	s := newSenders(t, nil)
	for _, c := range []struct {
		status int
		header string
		body   string
		final  bool
		after  time.Duration
		text   string
	}{
		{status: 200}, {status: 204},
		{status: 500, text: "the receiver answered 500 Internal Server Error"},
		{status: 503, header: "120", after: 2 * time.Minute, text: "503"},
		{status: 429, header: "999999", after: time.Hour, text: "429"},
		{status: 408, text: "408"},
		{status: 404, final: true, body: "no such\nhook\x1b", text: "the receiver answered 404 Not Found: no such hook"},
		{status: 307, final: true, text: "redirects are not followed"},
	} {
		r.answer = func(w http.ResponseWriter, _ *http.Request) {
			if c.header != "" {
				w.Header().Set("Retry-After", c.header)
			}
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}
		err := s.Send(t.Context(), r.channel("/"), "d", notices()["test"])
		if c.text == "" {
			if err != nil {
				t.Errorf("%d: %v", c.status, err)
			}
			continue
		}
		refused, ok := errors.AsType[*SendError](err)
		if !ok || refused.Final != c.final || refused.After != c.after || !strings.Contains(refused.Text, c.text) {
			t.Errorf("%d: %+v", c.status, err)
		}
	}
	if len(elsewhere.got) > 0 {
		t.Error("a redirect was followed")
	}
}

func TestErrorsOfConnectionsTellNoAddress(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	c := r.channel("/services/secret")
	r.Close()
	s := newSenders(t, nil)
	err := s.Send(t.Context(), c, "d", notices()["test"])
	refused, ok := errors.AsType[*SendError](err)
	if !ok || refused.Final || strings.Contains(refused.Text, "secret") || !strings.Contains(refused.Text, "refused") {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if err := s.Send(ctx, c, "d", notices()["test"]); err == nil || !strings.Contains(err.Error(), "no answer within 10s") {
		t.Errorf("a receiver that does not answer: %v", err)
	}
}
