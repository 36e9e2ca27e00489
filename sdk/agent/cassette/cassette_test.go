package cassette

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// server answers every request with its method, path and body, and repeats the key that it was sent.
func server(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Set-Cookie", "session=secret-cookie")
		switch r.URL.Path {
		case "/stream":
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprint(w, "event: a\ndata: {\"n\": 1}\n\ndata: [DONE]\n\n")
		case "/picture":
			w.Header().Set("Content-Type", "image/png")
			w.Write([]byte{0x89, 'P', 'N', 'G', 0xff})
		case "/busy":
			w.Header().Set("Retry-After-Ms", "5")
			http.Error(w, "too many <requests>", http.StatusTooManyRequests)
		default:
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"got": %s, "key": %q}`, content, r.Header.Get("X-Api-Key"))
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func ask(t *testing.T, client *http.Client, url, content, key string) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Api-Key", key)
	r.Header.Set("Authorization", "Bearer "+key)
	answer, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	return fmt.Sprint(answer.StatusCode, " ", answer.Header.Get("Content-Type"), " ", string(got)), err
}

func TestWhatIsRecordedIsReplayed(t *testing.T) {
	t.Parallel()
	base := server(t)
	name := filepath.Join(t.TempDir(), "new", "c.json")
	requests := []struct{ path, content string }{
		{"/a?key=secret-key-1&b=2", `{"n": 1}`}, {"/a?key=secret-key-1&b=2", `{"n": 2}`}, {"/stream", `{}`}, {"/picture", `{}`}, {"/busy", `{}`},
	}
	want := make([]string, len(requests))
	recording, err := Open(name, Record)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range requests {
		if want[i], err = ask(t, recording.Client(), base+r.path, r.content, "secret-key-1"); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(recording.Close(), recording.Close()); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"secret-key-1", "secret-cookie", "Bearer"} {
		if bytes.Contains(written, []byte(secret)) {
			t.Errorf("%s is in the cassette:\n%s", secret, written)
		}
	}
	replaying := Use(t, name)
	for i := len(requests) - 1; i >= 0; i-- { // in another order, with another key and other spaces
		r := requests[i]
		url := base + strings.ReplaceAll(r.path, "key-1", "key-2")
		got, err := ask(t, replaying.Client(), url, strings.ReplaceAll(r.content, ": ", ":"), "secret-key-2")
		if err != nil {
			t.Fatal(err)
		}
		// JSON comes back compact, and without the secret.
		expected := strings.ReplaceAll(strings.ReplaceAll(want[i], "secret-key-1", "SCRUBBED"), `": `, `":`)
		if r.path != "/stream" {
			expected = strings.ReplaceAll(expected, ", ", ",")
		} else {
			expected = want[i]
		}
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Errorf("%s: %s", r.path, diff)
		}
	}
}

func TestARequestThatWasNotRecordedSaysWhereItDiffers(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "c.json")
	content := `{"interactions": [{
		"request": {"method": "POST", "url": "http://model.test/chat", "json": {"model": "m", "messages": [{"content": "Hello"}]}},
		"response": {"status": 200, "json": {}}}]}`
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Open(name, Replay)
	if err != nil {
		t.Fatal(err)
	}
	for content, want := range map[string]string{
		`{"model": "m", "messages": [{"content": "Bye"}]}`:              `the body differs at .messages[0].content: recorded "Hello", got "Bye"`,
		`{"model": "m", "messages": [{"content": "Hello"}, {}]}`:        `the body differs at .messages: recorded 1 items, got 2`,
		`{"messages": [{"content": "Hello"}]}`:                          `the body differs at .model: recorded "m", got nothing`,
		`{"model": "m", "messages": [{"content": "Hello"}], "seed": 3}`: `the body differs at .seed: recorded nothing, got 3`,
	} {
		_, err := ask(t, c.Client(), "http://model.test/chat", content, "k")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", content, err)
		}
	}
	if _, err := ask(t, c.Client(), "http://model.test/other", `{}`, "k"); err == nil || !strings.Contains(err.Error(), "URL http://model.test/chat was recorded") {
		t.Error(err)
	}
	if err := c.Close(); err == nil || !strings.Contains(err.Error(), "nobody asked for answer 1") {
		t.Error(err)
	}
}

func TestAnAnswerIsGivenOnce(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "c.json")
	content := `{"interactions": [
		{"request": {"method": "POST", "url": "http://model.test/chat", "json": {"seed": 1}}, "response": {"status": 200, "text": "one"}},
		{"request": {"method": "POST", "url": "http://model.test/chat", "json": {"seed": 2}}, "response": {"status": 200, "text": "two"}}]}`
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Use(t, name, IgnoringBodies())
	for _, want := range []string{"200  one", "200  two"} {
		got, err := ask(t, c.Client(), "http://model.test/chat", `{"seed": 9}`, "k")
		if err != nil || got != want {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if _, err := ask(t, c.Client(), "http://model.test/chat", `{"seed": 9}`, "k"); err == nil || !strings.Contains(err.Error(), "everything recorded was asked for already") {
		t.Error(err)
	}
}

func TestIdsThatAnAgentMakesMatchEachOther(t *testing.T) {
	t.Parallel()
	for other, same := range map[string]bool{"call_00000000000000000000000000000002": true, "call_2": false} {
		recorded, got := `{"id": "call_0123456789abcdef0123456789abcdef"}`, `{"id": "`+other+`"}`
		if difference := differenceJSON([]byte(recorded), []byte(got)); (difference == "") != same {
			t.Error(other, difference)
		}
	}
}

func TestWithScrub(t *testing.T) {
	t.Parallel()
	base := server(t)
	name := filepath.Join(t.TempDir(), "c.json")
	hide := WithScrub(func(text string) string { return strings.ReplaceAll(text, "Ada", "NAME") })
	recording, err := Open(name, Record, hide)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ask(t, recording.Client(), base+"/a", `{"user": "Ada"}`, "k"); err != nil {
		t.Fatal(err)
	}
	if err := recording.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := ask(t, Use(t, name, hide).Client(), base+"/a", `{"user": "Ada"}`, "k")
	if err != nil || !strings.Contains(got, "NAME") || strings.Contains(got, "Ada") {
		t.Error(got, err)
	}
}

func TestAMissingCassetteSaysHowToRecordIt(t *testing.T) {
	t.Parallel()
	if _, err := Open(filepath.Join(t.TempDir(), "none.json"), Replay); err == nil || !strings.Contains(err.Error(), "HEARTH_CASSETTE=record") {
		t.Error(err)
	}
}

func TestACancelledRequestIsNotAnswered(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := &Cassette{}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://model.test/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.RoundTrip(r); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
