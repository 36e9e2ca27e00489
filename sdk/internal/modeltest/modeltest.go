// Package modeltest is what the tests of the models share: a server that answers what it is told, a conversation in which
// everything occurs that a history can hold, golden files, and a collector of streams. Only tests import it.
package modeltest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/sdk/agent"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Answer is what the server says to one request.
type Answer struct {
	Status int // 200 when zero
	Header map[string]string
	Body   string
	// Hold keeps the answer open after its body until the client is gone.
	Hold bool
}

// JSON is an answer in JSON.
func JSON(body string) Answer {
	return Answer{Header: map[string]string{"Content-Type": "application/json"}, Body: body}
}

// Events is an answer as a stream of events.
func Events(body string) Answer {
	return Answer{Header: map[string]string{"Content-Type": "text/event-stream"}, Body: body}
}

// File returns a file of testdata as text.
func File(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// Server plays a provider.
type Server struct {
	URL  string
	Gone chan struct{} // closed when a client left an answer that holds

	mu       sync.Mutex
	answers  []Answer
	requests []Request
}

// Request is what the server was asked.
type Request struct {
	Path   string
	Header http.Header
	Body   []byte
}

// Serve starts a server that gives the answers in order; the test's end stops it.
func Serve(t *testing.T, answers ...Answer) *Server {
	t.Helper()
	s := &Server{Gone: make(chan struct{}), answers: answers}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.answer(t, w, r) }))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

func (s *Server) answer(t *testing.T, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	s.mu.Lock()
	s.requests = append(s.requests, Request{Path: r.URL.Path, Header: r.Header, Body: body})
	if len(s.answers) == 0 {
		s.mu.Unlock()
		t.Errorf("no answer is left for %s %s", r.URL.Path, body)
		http.Error(w, "no answer is left", http.StatusNotImplemented)
		return
	}
	answer := s.answers[0]
	s.answers = s.answers[1:]
	s.mu.Unlock()
	for name, value := range answer.Header {
		w.Header().Set(name, value)
	}
	if answer.Status != 0 {
		w.WriteHeader(answer.Status)
	}
	io.WriteString(w, answer.Body) //nolint:errcheck // a client may leave
	if answer.Hold {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(s.Gone)
	}
}

// Requests returns what was asked so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Golden compares JSON with a file of testdata, or writes it with -update.
func Golden(t *testing.T, name string, got []byte) {
	t.Helper()
	var indented bytes.Buffer
	if err := json.Indent(&indented, got, "", "  "); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	indented.WriteByte('\n')
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, indented.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	if diff := cmp.Diff(string(want), indented.String()); diff != "" {
		t.Errorf("%s: %s", path, diff)
	}
}

// Collect returns the response of a stream, without its time.
func Collect(t *testing.T, stream iter.Seq2[agent.Delta, error], err error) (*agent.Response, error) {
	t.Helper()
	if err != nil {
		return nil, err
	}
	var c agent.Collector
	for delta, err := range stream {
		if err != nil {
			return Timeless(c.Response()), err
		}
		c.Add(delta)
	}
	return Timeless(c.Response()), nil
}

// Timeless returns a response without its time.
func Timeless(r *agent.Response) *agent.Response {
	if r == nil {
		return nil
	}
	timeless := *r
	timeless.At = time.Time{}
	return &timeless
}

// Ask is a request of one question.
func Ask(question string) *agent.Request {
	return &agent.Request{Messages: []agent.Message{
		&agent.Input{Parts: []agent.InputPart{agent.UserPrompt{Content: []agent.Content{agent.Text{Text: question}}}}},
	}}
}

// Tools are a tool whose schema fits strict mode, one whose schema does not, and one without arguments.
var Tools = []agent.ToolDefinition{
	{
		Name: "get_weather", Description: "The weather of a place.",
		Schema: json.RawMessage(`{"type":"object","properties":{"lng":{"type":"number"},"lat":{"type":"number"}},"required":["lng","lat"],"additionalProperties":false}`),
	},
	{
		Name: "search", Description: "Searches.",
		Schema: json.RawMessage(`{"type":"object","properties":{"q":{"type":"string","minLength":1},"day":{"type":"string","format":"date"},"limit":{"type":["null","integer"]}},"required":["q"],"additionalProperties":false}`),
	},
	{Name: "now", Description: "The time."},
}

// Output is an output of two fields, whose order matters.
var Output = json.RawMessage(`{"type":"object","properties":{"reasoning":{"type":"string"},"answer":{"type":"integer"}},"required":["reasoning","answer"],"additionalProperties":false}`)

// Ptr returns a pointer to a value.
func Ptr[T any](value T) *T { return &value }

// Conversation holds everything that a history can: it ends with results of tools. The provider is that of its first
// response, whose first call has a signature.
func Conversation(provider, signature string) []agent.Message {
	return []agent.Message{
		&agent.Input{Parts: []agent.InputPart{
			agent.SystemPrompt{Text: "You are a guide."},
			agent.UserPrompt{Content: []agent.Content{
				agent.Text{Text: "What is in these?"},
				agent.Media{Kind: agent.Image, URL: "https://example.com/tower.jpg"},
				agent.Media{Kind: agent.Image, Data: []byte("png"), Type: "image/png"},
				agent.Media{Kind: agent.Document, Data: []byte("%PDF"), Type: "application/pdf"},
			}},
		}},
		&agent.Response{Provider: provider, Model: "m-1", ID: "resp_1", Parts: []agent.ResponsePart{
			agent.Thinking{Text: "A tower.", ID: "rs_1", Signature: "c2lnMQ=="},
			agent.Text{Text: "Let me look.", ID: "msg_1"},
			agent.ToolCall{ID: "call_1", ItemID: "fc_1", Name: "get_weather", Args: json.RawMessage(`"{\"lng\":2.3,\"lat\":48.9}"`), Signature: signature},
			agent.ToolCall{ID: "call_2", ItemID: "fc_2", Name: "search", Args: json.RawMessage(`{"q":"tower"}`)},
			agent.ToolCall{ID: "call_3", ItemID: "fc_3", Name: "now"},
			agent.ToolCall{ID: "ws_1", Name: "web_search", Args: json.RawMessage(`{}`), Builtin: true},
		}},
		&agent.Input{Parts: []agent.InputPart{
			agent.ToolReturn{ID: "call_1", Name: "get_weather", Content: map[string]any{"celsius": 21}},
			agent.RetryPrompt{ID: "call_2", Name: "search", Text: "Too many results."},
			agent.ToolReturn{ID: "call_3", Name: "now", Content: "noon"},
			agent.UserPrompt{Content: []agent.Content{agent.Text{Text: "And now?"}}},
		}},
		&agent.Response{Provider: "somebody", Parts: []agent.ResponsePart{
			agent.Thinking{Text: "Hm.", ID: "x", Signature: "theirs"},
			agent.Text{Text: "Not sure.", ID: "y"},
			agent.ToolCall{ID: "call_4", Name: "search", Args: json.RawMessage(`"{broken"`)},
		}},
		&agent.Input{Parts: []agent.InputPart{
			agent.ToolReturn{ID: "call_4", Name: "search", Content: []agent.Content{
				agent.Text{Text: "One picture:"}, agent.Media{Kind: agent.Image, Data: []byte("gif"), Type: "image/gif"},
			}},
			agent.RetryPrompt{Text: "Answer with a number."},
		}},
	}
}

// Cut returns a stream's text up to and including the first line that contains a word, as a connection that breaks there
// leaves it.
func Cut(stream, word string) string {
	at := strings.Index(stream, word)
	if at < 0 {
		panic(fmt.Sprintf("%q is not in the stream", word))
	}
	end := strings.Index(stream[at:], "\n\n")
	return stream[:at+end+2]
}
