// Http-capture asks a model over plain net/http and records what is sent and what comes back, headers and bodies, also of an
// answer that is streamed. The model is a server in the same program, so it needs no network and no key.
//
//	hearth serve &
//	HEARTH_BASE_URL=http://127.0.0.1:4318 go run ./http-capture
//
// Look at the trace that it names: each request of the client with the server's side below it. Details › HTTP has the headers
// (the key is scrubbed), the question as JSON, and the answer, of which the stream was closed at its last event, as SDKs do.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/hearth-dev/hearth/sdk"
	"github.com/hearth-dev/hearth/sdk/httpclient"
	"github.com/hearth-dev/hearth/sdk/httpserver"
)

func main() {
	ctx := context.Background()
	shutdown, err := hearth.Configure(ctx, hearth.WithServiceName("http-capture"))
	if err != nil {
		log.Fatal(err)
	}
	if err := errors.Join(run(ctx), shutdown(ctx)); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	model := httptest.NewServer(httpserver.Handler(endpoint(), httpserver.CaptureHeaders()))
	defer model.Close()
	client := httpclient.Instrument(&http.Client{}, httpclient.CaptureAll())

	ctx, span := hearth.Span(ctx, "ask about {city}", hearth.Attr("city", "London"))
	defer span.End()
	fmt.Println("trace", trace.SpanContextFromContext(ctx).TraceID())

	answer, err := ask(ctx, client, model.URL, "What is the weather in London?")
	if err != nil {
		return err
	}
	fmt.Println("answer:  ", answer)
	if answer, err = askStreaming(ctx, client, model.URL, "And tomorrow?"); err != nil {
		return err
	}
	fmt.Println("streamed:", answer)
	return nil
}

// chat is the body of a request.
type chat struct {
	Model    string    `json:"model"`
	Stream   bool      `json:"stream,omitempty"`
	Messages []message `json:"messages"`
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// completion is the body of a response, or one event of a stream.
type completion struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Choices []choice `json:"choices"`
}

type choice struct {
	Message *message `json:"message,omitempty"`
	Delta   *message `json:"delta,omitempty"`
}

func ask(ctx context.Context, client *http.Client, baseURL, question string) (answer string, err error) {
	resp, err := post(ctx, client, baseURL, chat{Model: "weather-1", Messages: []message{{"user", question}}})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var c completion
	if err := json.NewDecoder(resp.Body).Decode(&c); err != nil || len(c.Choices) == 0 {
		return "", fmt.Errorf("answer without choices: %w", err)
	}
	return c.Choices[0].Message.Content, nil
}

func askStreaming(ctx context.Context, client *http.Client, baseURL, question string) (answer string, err error) {
	resp, err := post(ctx, client, baseURL, chat{Model: "weather-1", Stream: true, Messages: []message{{"user", question}}})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		if data == "[DONE]" {
			return answer, nil // the rest of the body is not read
		}
		var c completion
		if err := json.Unmarshal([]byte(data), &c); err != nil {
			return "", err
		}
		answer += c.Choices[0].Delta.Content
	}
	return "", fmt.Errorf("the stream ended without its last event: %w", lines.Err())
}

func post(ctx context.Context, client *http.Client, baseURL string, body chat) (*http.Response, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, baseURL+"/v1/chat/completions", strings.NewReader(string(encoded)))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer sk-not-a-real-key")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		detail, err := io.ReadAll(resp.Body)
		return nil, errors.Join(fmt.Errorf("the model answers %s: %s", resp.Status, detail), err)
	}
	return resp, nil
}

// endpoint is the model: it knows one answer.
func endpoint() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) {
		var asked chat
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if asked.Stream {
			stream(w, "Clouds, and then some rain.")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		send(w, completion{ID: "chatcmpl-1", Object: "chat.completion", Choices: []choice{{Message: &message{"assistant", "It is sunny."}}}})
	})
	return mux
}

func stream(w http.ResponseWriter, answer string) {
	w.Header().Set("Content-Type", "text/event-stream")
	for word := range strings.SplitAfterSeq(answer, " ") {
		fmt.Fprint(w, "data: ")
		send(w, completion{ID: "chatcmpl-2", Object: "chat.completion.chunk", Choices: []choice{{Delta: &message{"assistant", word}}}})
		fmt.Fprint(w, "\n")
		if err := http.NewResponseController(w).Flush(); err != nil {
			return // the client has gone
		}
	}
	fmt.Fprint(w, "data: [DONE]\n\n")
}

func send(w io.Writer, c completion) {
	if err := json.NewEncoder(w).Encode(c); err != nil {
		log.Print(err) // the client has gone
	}
}
