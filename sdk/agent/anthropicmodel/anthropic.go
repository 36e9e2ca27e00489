package anthropicmodel

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"
	"os"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/provider"
)

// defaultBaseURL is where the SDK sends requests when nothing says otherwise.
const defaultBaseURL = "https://api.anthropic.com"

func init() {
	agent.Register("anthropic", func(name string) (agent.Model, error) {
		if os.Getenv("ANTHROPIC_API_KEY") == "" && os.Getenv("ANTHROPIC_AUTH_TOKEN") == "" {
			return nil, errors.New("ANTHROPIC_API_KEY is not set")
		}
		return New(name), nil
	})
}

// Option changes where and how requests are made.
type Option func(*config)

type config struct {
	provider string
	baseURL  string
	options  []option.RequestOption
}

// WithBaseURL sends requests to another server. It is ANTHROPIC_BASE_URL by default, else Anthropic's.
func WithBaseURL(url string) Option { return func(c *config) { c.baseURL = url } }

// WithProvider names the provider that answers, in spans and in histories: anthropic by default.
func WithProvider(id string) Option { return func(c *config) { c.provider = id } }

// WithAPIKey gives the key; it is ANTHROPIC_API_KEY by default.
func WithAPIKey(key string) Option { return WithClientOptions(option.WithAPIKey(key)) }

// WithHTTPClient makes requests with a client of one's own, for example one of package httpclient that records them.
func WithHTTPClient(client *http.Client) Option {
	return WithClientOptions(option.WithHTTPClient(client))
}

// WithClientOptions hands options to the SDK's client: headers, retries, Bedrock, Vertex, its own spans. An option that
// changes the base URL needs a [WithBaseURL] too, if spans are to show it.
func WithClientOptions(options ...option.RequestOption) Option {
	return func(c *config) { c.options = append(c.options, options...) }
}

// Model is one of Anthropic's models. It is safe for concurrent use.
type Model struct {
	name     string
	provider string
	baseURL  string
	client   anthropic.Client
}

var _ agent.Model = (*Model)(nil)

// New returns a model.
//
// Anthropic wants a limit for each answer: [agent.Settings].MaxTokens is 4096 by default, and more when the model thinks.
// Thinking is the effort for models that decide themselves how long they think, and a budget for older ones: "low" 2048
// tokens, "medium" 10000, "high" 16384. The API has no seed and no penalties: those settings are left out.
func New(name string, opts ...Option) *Model {
	c := config{provider: "anthropic"}
	for _, option := range opts {
		option(&c)
	}
	options := []option.RequestOption{option.WithoutOpenTelemetry()}
	if c.baseURL != "" {
		options = append(options, option.WithBaseURL(c.baseURL))
	}
	return &Model{
		name: name, provider: c.provider, client: anthropic.NewClient(append(options, c.options...)...),
		baseURL: cmp.Or(c.baseURL, os.Getenv("ANTHROPIC_BASE_URL"), defaultBaseURL),
	}
}

// Name returns the model's name, as requests carry it.
func (m *Model) Name() string { return m.name }

// Provider returns the provider's id: anthropic, or that of [WithProvider].
func (m *Model) Provider() string { return m.provider }

// BaseURL returns where requests go.
func (m *Model) BaseURL() string { return m.baseURL }

// Request asks for a response.
func (m *Model) Request(ctx context.Context, req *agent.Request) (*agent.Response, error) {
	params, err := provider.Allowed(m.params(req))
	if err != nil {
		return nil, err
	}
	message, err := m.client.Messages.New(ctx, params)
	if err != nil {
		return nil, m.refused(err)
	}
	return m.response(message)
}

// Stream asks for a response piece by piece.
func (m *Model) Stream(ctx context.Context, req *agent.Request) (iter.Seq2[agent.Delta, error], error) {
	params, err := provider.Allowed(m.params(req))
	if err != nil {
		return nil, err
	}
	events, err := provider.Events(ctx, m.client.Messages.NewStreaming, params, m.refused)
	if err != nil {
		return nil, err
	}
	return func(yield func(agent.Delta, error) bool) {
		deltas := deltas{model: m, yield: yield}
		provider.Each(events, yield, deltas.event)
	}, nil
}
