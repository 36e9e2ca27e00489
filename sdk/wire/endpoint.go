package wire

import (
	"net/http"
	"net/url"
	"strings"
)

// API is a format of requests and responses.
type API string

// The formats.
const (
	OpenAIChat        API = "openai.chat"       // POST …/chat/completions, of OpenAI and of many who speak as it does
	OpenAIResponses   API = "openai.responses"  // POST …/responses
	OpenAIEmbeddings  API = "openai.embeddings" // POST …/embeddings
	AnthropicMessages API = "anthropic.messages"
	GoogleGenerate    API = "google.generate" // POST …:generateContent and …:streamGenerateContent
	OllamaChat        API = "ollama.chat"     // POST …/api/chat
)

// Operation returns what calls of the format do, in the words of OpenTelemetry's gen_ai.operation.name: chat or embeddings.
func (a API) Operation() string {
	if a == OpenAIEmbeddings {
		return "embeddings"
	}
	return "chat"
}

// Endpoint is where model calls are sent.
type Endpoint struct {
	API      API
	Provider string // PydanticAI's name of who answers, such as openai, azure, anthropic, google, groq
	BaseURL  string // without the API's own path, as SDKs are configured with it
	Model    string // where the path names it, as Google's and Azure's do; else empty
	Stream   bool   // the path asks for a stream; elsewhere the request's body does
}

// EndpointOf returns what a request with a method and URL asks for. It is not ok if that is no model call. Hosts need not be
// known: a path that ends in /chat/completions is enough. Some paths (/v1/messages, /api/chat) may be of anything, so that
// only [Endpoint.ReadRequest] can tell.
func EndpointOf(method string, u *url.URL) (e Endpoint, ok bool) {
	if method != http.MethodPost || u == nil {
		return e, false
	}
	path := strings.TrimRight(u.Path, "/")
	for _, f := range formats {
		if !strings.HasSuffix(path, f.suffix) {
			continue
		}
		base := strings.TrimSuffix(path, f.own)
		e = Endpoint{API: f.api, Provider: providerAt(u, f.provider), BaseURL: baseURL(u, base)}
		if _, deployment, azure := strings.Cut(base, deployments); azure {
			e.Provider, e.Model = "azure", deployment
		}
		return e, true
	}
	if base, found := strings.CutSuffix(path, "/responses"); found {
		if provider := providerAt(u, ""); provider != "" { // elsewhere it may be anything
			return Endpoint{API: OpenAIResponses, Provider: provider, BaseURL: baseURL(u, base)}, true
		}
	}
	return modelEndpoint(u, path)
}

// deployments is where Azure's paths name a model.
const deployments = "/openai/deployments/"

// formats are the ends of the paths by which formats are known, and what of them is the API's own.
var formats = []struct {
	suffix, own string
	api         API
	provider    string // of hosts that are not known
}{
	{"/chat/completions", "/chat/completions", OpenAIChat, "openai"},
	{"/v1/responses", "/responses", OpenAIResponses, "openai"},
	{"/v1/embeddings", "/embeddings", OpenAIEmbeddings, "openai"},
	{"/openai/embeddings", "/embeddings", OpenAIEmbeddings, "google"},
	{"/v1/messages", "/v1/messages", AnthropicMessages, "anthropic"},
	{"/api/chat", "/api/chat", OllamaChat, "ollama"},
}

// modelEndpoint reads Google's kind of path: …/models/MODEL:METHOD.
func modelEndpoint(u *url.URL, path string) (e Endpoint, ok bool) {
	if base, found := strings.CutSuffix(path, "/embeddings"); found {
		if _, deployment, azure := strings.Cut(base, deployments); azure {
			return Endpoint{API: OpenAIEmbeddings, Provider: "azure", BaseURL: baseURL(u, base), Model: deployment}, true
		}
	}
	at := strings.LastIndex(path, "/models/")
	if at < 0 {
		return bedrockEndpoint(u, path)
	}
	model, method, ok := strings.Cut(path[at+len("/models/"):], ":")
	if !ok || model == "" {
		return e, false
	}
	provider := "google"
	base, _, onVertex := strings.Cut(path[:at], "/projects/")
	if onVertex {
		provider = "google-cloud"
	}
	e = Endpoint{Provider: provider, BaseURL: baseURL(u, base), Model: model}
	switch method {
	case "generateContent", "streamGenerateContent":
		e.API, e.Stream = GoogleGenerate, method == "streamGenerateContent"
	case "rawPredict", "streamRawPredict": // Anthropic's models on Vertex
		e.API, e.Stream = AnthropicMessages, method == "streamRawPredict"
	default:
		return Endpoint{}, false
	}
	return e, true
}

// bedrockEndpoint reads the path by which Anthropic's models are asked on Bedrock in their own format. Streams of it are not
// server-sent events, and are not read.
func bedrockEndpoint(u *url.URL, path string) (e Endpoint, ok bool) {
	model, ok := strings.CutSuffix(path, "/invoke")
	base, model, found := strings.Cut(model, "/model/")
	if !ok || !found || !strings.Contains(model, "anthropic.") {
		return e, false
	}
	return Endpoint{API: AnthropicMessages, Provider: "bedrock", BaseURL: baseURL(u, base), Model: model}, true
}

func baseURL(u *url.URL, path string) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: path}).String()
}

// providers are who answers at a host, or below a domain.
var providers = map[string]string{
	"api.openai.com": "openai", "openai.azure.com": "azure", "cognitiveservices.azure.com": "azure", "services.ai.azure.com": "azure",
	"api.anthropic.com": "anthropic", "googleapis.com": "google", "amazonaws.com": "bedrock", "api.mistral.ai": "mistral", "api.groq.com": "groq",
	"api.deepseek.com": "deepseek", "api.x.ai": "xai", "openrouter.ai": "openrouter", "api.together.xyz": "together", "api.together.ai": "together",
	"api.fireworks.ai": "fireworks", "api.cerebras.ai": "cerebras", "api.perplexity.ai": "perplexity", "api.moonshot.ai": "moonshotai",
	"api.moonshot.cn": "moonshotai", "models.github.ai": "github", "router.huggingface.co": "huggingface", "api.cohere.ai": "cohere",
	"api.cohere.com": "cohere", "api.z.ai": "zai", "api.sambanova.ai": "sambanova", "ai-gateway.vercel.sh": "vercel",
}

// providerAt returns who answers at a URL, and unknown if that is not known. On Ollama's port it is Ollama.
func providerAt(u *url.URL, unknown string) string {
	host := strings.ToLower(u.Hostname())
	if strings.HasSuffix(host, "aiplatform.googleapis.com") {
		return "google-cloud"
	}
	for host != "" {
		if provider, ok := providers[host]; ok {
			return provider
		}
		_, host, _ = strings.Cut(host, ".")
	}
	if u.Port() == "11434" {
		return "ollama"
	}
	return unknown
}
