package openaimodel

import (
	"cmp"
	"errors"
	"net/http"
	"os"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// defaultBaseURL is where the SDK sends requests when nothing says otherwise.
const defaultBaseURL = "https://api.openai.com/v1/"

func init() {
	chat := func(name string) (agent.Model, error) {
		return New(name), checkKey()
	}
	agent.Register("openai", chat)
	agent.Register("openai-chat", chat)
	agent.Register("openai-responses", func(name string) (agent.Model, error) {
		return NewResponses(name), checkKey()
	})
}

// checkKey finds early that requests to OpenAI cannot succeed. Other servers may do without a key.
func checkKey() error {
	if os.Getenv("OPENAI_API_KEY") == "" && os.Getenv("OPENAI_BASE_URL") == "" {
		return errors.New("OPENAI_API_KEY is not set")
	}
	return nil
}

// Option changes where and how requests are made.
type Option func(*config)

type config struct {
	provider string
	baseURL  string
	options  []option.RequestOption
}

// WithBaseURL sends requests to another server, up to and including its version, such as https://openrouter.ai/api/v1. It
// is OPENAI_BASE_URL by default, else OpenAI's.
func WithBaseURL(url string) Option { return func(c *config) { c.baseURL = url } }

// WithProvider names the provider that answers, in spans and in histories: openai by default. Use PydanticAI's names, such
// as azure, ollama, openrouter, deepseek or groq: prices are found by them.
func WithProvider(id string) Option { return func(c *config) { c.provider = id } }

// WithAPIKey gives the key; it is OPENAI_API_KEY by default.
func WithAPIKey(key string) Option { return WithClientOptions(option.WithAPIKey(key)) }

// WithHTTPClient makes requests with a client of one's own, for example one of package httpclient that records them.
func WithHTTPClient(client *http.Client) Option {
	return WithClientOptions(option.WithHTTPClient(client))
}

// WithClientOptions hands options to the SDK's client: headers, retries, Azure's endpoint. An option that changes the base
// URL needs a [WithBaseURL] too, if spans are to show it.
func WithClientOptions(options ...option.RequestOption) Option {
	return func(c *config) { c.options = append(c.options, options...) }
}

// endpoint is what models of both APIs have in common.
type endpoint struct {
	name     string
	provider string
	baseURL  string
	client   openai.Client
}

func newEndpoint(name string, opts []Option) endpoint {
	c := config{provider: "openai"}
	for _, option := range opts {
		option(&c)
	}
	options := c.options
	if c.baseURL != "" {
		options = append([]option.RequestOption{option.WithBaseURL(c.baseURL)}, options...)
	}
	return endpoint{
		name: name, provider: c.provider, client: openai.NewClient(options...),
		baseURL: cmp.Or(c.baseURL, os.Getenv("OPENAI_BASE_URL"), defaultBaseURL),
	}
}

// Name returns the model's name, as requests carry it.
func (e *endpoint) Name() string { return e.name }

// Provider returns the provider's id: openai, or that of [WithProvider].
func (e *endpoint) Provider() string { return e.provider }

// BaseURL returns where requests go.
func (e *endpoint) BaseURL() string { return e.baseURL }

// ours tells whether a response came from this provider: only then are signatures and ids sent back with it.
func (e *endpoint) ours(r *agent.Response) bool { return r.Provider == e.provider }
