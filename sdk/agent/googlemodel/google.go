package googlemodel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"os"
	"sync"

	"google.golang.org/genai"

	"github.com/hearth-dev/hearth/sdk/agent"
)

func init() {
	gemini := func(name string) (agent.Model, error) {
		if os.Getenv("GOOGLE_API_KEY") == "" && os.Getenv("GEMINI_API_KEY") == "" {
			return nil, errors.New("neither GOOGLE_API_KEY nor GEMINI_API_KEY is set")
		}
		return New(name), nil
	}
	vertex := func(name string) (agent.Model, error) {
		project := os.Getenv("GOOGLE_CLOUD_PROJECT")
		if project == "" {
			return nil, errors.New("GOOGLE_CLOUD_PROJECT is not set")
		}
		return New(name, WithVertex(project, os.Getenv("GOOGLE_CLOUD_LOCATION"))), nil
	}
	agent.Register("google", gemini)
	agent.Register("google-gla", gemini)
	agent.Register("google-cloud", vertex)
	agent.Register("google-vertex", vertex)
}

// Option changes where and how requests are made.
type Option func(*genai.ClientConfig)

// WithBaseURL sends requests to another server. It is GOOGLE_GEMINI_BASE_URL or GOOGLE_VERTEX_BASE_URL by default, else
// Google's.
func WithBaseURL(url string) Option {
	return func(c *genai.ClientConfig) { c.HTTPOptions.BaseURL = url }
}

// WithAPIKey gives the key; it is GOOGLE_API_KEY by default, else GEMINI_API_KEY.
func WithAPIKey(key string) Option { return func(c *genai.ClientConfig) { c.APIKey = key } }

// WithHTTPClient makes requests with a client of one's own, for example one of package httpclient that records them. With
// Vertex AI it must authenticate the requests by itself.
func WithHTTPClient(client *http.Client) Option {
	return func(c *genai.ClientConfig) { c.HTTPClient = client }
}

// WithVertex asks Vertex AI, with the default credentials of the environment. An empty location is "global".
func WithVertex(project, location string) Option {
	return func(c *genai.ClientConfig) {
		c.Backend, c.Project, c.Location = genai.BackendVertexAI, project, cmp.Or(location, "global")
	}
}

// WithClientConfig changes the SDK's configuration: credentials, headers, retries.
func WithClientConfig(change func(*genai.ClientConfig)) Option { return change }

// Model is one of Google's models. It is safe for concurrent use.
type Model struct {
	name    string
	backend genai.Backend
	baseURL string
	client  func() (*genai.Client, error) // made by the first request, because it looks for credentials
}

var _ agent.Model = (*Model)(nil)

// New returns a model.
//
// [agent.Settings].Thinking is the thinking level of Gemini 3, and a budget for Gemini 2.5: "low" 2048 tokens, "medium"
// 8192, "high" 24576. Thoughts are asked for with it. Whether calls come in parallel cannot be set.
func New(name string, opts ...Option) *Model {
	config := genai.ClientConfig{Backend: genai.BackendGeminiAPI}
	for _, option := range opts {
		option(&config)
	}
	return &Model{
		name: name, backend: config.Backend, baseURL: baseURL(config),
		client: sync.OnceValues(func() (*genai.Client, error) { return genai.NewClient(context.Background(), &config) }),
	}
}

// baseURL is where the SDK sends requests with a configuration.
func baseURL(c genai.ClientConfig) string {
	if c.Backend == genai.BackendGeminiAPI {
		return cmp.Or(c.HTTPOptions.BaseURL, os.Getenv("GOOGLE_GEMINI_BASE_URL"), "https://generativelanguage.googleapis.com/")
	}
	host := c.Location + "-aiplatform.googleapis.com"
	if c.Location == "global" {
		host = "aiplatform.googleapis.com"
	}
	return cmp.Or(c.HTTPOptions.BaseURL, os.Getenv("GOOGLE_VERTEX_BASE_URL"), "https://"+host+"/")
}

// Name returns the model's name, as requests carry it.
func (m *Model) Name() string { return m.name }

// Provider returns google, or google-cloud for Vertex AI.
func (m *Model) Provider() string {
	if m.backend == genai.BackendVertexAI {
		return "google-cloud"
	}
	return "google"
}

// BaseURL returns where requests go.
func (m *Model) BaseURL() string { return m.baseURL }

// ours tells whether a response came from this provider, under its present name or its former one.
func (m *Model) ours(r *agent.Response) bool {
	former := map[string]string{"google": "google-gla", "google-cloud": "google-vertex"}
	return r.Provider == m.Provider() || r.Provider == former[m.Provider()]
}

// Request asks for a response.
func (m *Model) Request(ctx context.Context, req *agent.Request) (*agent.Response, error) {
	client, contents, config, err := m.prepare(req)
	if err != nil {
		return nil, err
	}
	response, err := client.Models.GenerateContent(ctx, m.name, contents, config)
	if err != nil {
		return nil, m.refused(err)
	}
	return m.response(response)
}

// Stream asks for a response piece by piece.
func (m *Model) Stream(ctx context.Context, req *agent.Request) (iter.Seq2[agent.Delta, error], error) {
	client, contents, config, err := m.prepare(req)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	next, stop := iter.Pull2(client.Models.GenerateContentStream(ctx, m.name, contents, config))
	// The SDK makes the request when the first chunk is asked for: a refusal is to come before the stream.
	chunk, err, more := next()
	if err != nil {
		stop()
		cancel()
		return nil, m.refused(err)
	}
	return func(yield func(agent.Delta, error) bool) {
		defer cancel()
		defer stop()
		deltas := deltas{model: m, yield: yield}
		for ; more; chunk, err, more = next() {
			if err != nil {
				yield(nil, m.refused(err))
				return
			}
			if !deltas.chunk(chunk) {
				return
			}
		}
	}, nil
}

// prepare returns what a request needs, if requests are allowed.
func (m *Model) prepare(req *agent.Request) (*genai.Client, []*genai.Content, *genai.GenerateContentConfig, error) {
	contents, config, err := m.params(req)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := agent.AllowModelRequests(); err != nil {
		return nil, nil, nil, err
	}
	client, err := m.client()
	if err != nil {
		return nil, nil, nil, fmt.Errorf("model %s: %w", m.name, err)
	}
	return client, contents, config, nil
}
