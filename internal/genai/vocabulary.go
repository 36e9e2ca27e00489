package genai

import (
	"slices"
	"strings"
)

var roles = map[string]Role{
	"system": RoleSystem, "developer": RoleDeveloper,
	"user": RoleUser, "human": RoleUser,
	"assistant": RoleAssistant, "ai": RoleAssistant, "model": RoleAssistant, "chatbot": RoleAssistant,
	"aimessagechunk": RoleAssistant, roleThinking: RoleAssistant,
	"tool": RoleTool, "function": RoleTool, "ipython": RoleTool,
}

// roleThinking is a role that old versions of OpenLLMetry gave to a model's thoughts.
const roleThinking = "thinking"

// roleOf returns the canonical role; what nobody knows is otherwise.
func roleOf(raw string, otherwise Role) Role {
	if role, ok := roles[strings.ToLower(raw)]; ok {
		return role
	}
	return otherwise
}

// finishReasons are the canonical finish reasons with what providers and SDKs call them, in lower case.
var finishReasons = invert(map[string][]string{
	"stop":   {"stop", "end_turn", "stop_sequence", "completed", "end", "eos", "finish_reason_stop", "complete"},
	"length": {"length", "max_tokens", "max_output_tokens", "model_context_window_exceeded", "incomplete"},
	"tool_call": {
		"tool_calls", "tool-calls", "tool_call", "tool_use", "function_call",
	},
	"content_filter": {
		"content_filter", "content-filter", "safety", "recitation", "blocklist", "prohibited_content", "spii", "refusal",
		"guardrail_intervened", "blocked",
	},
	"error": {"error", "failed", "malformed_function_call", "other"}, // Gemini says OTHER when it does not know why
	"pause": {"pause_turn", "interrupted"},
})

// finishOf returns the canonical finish reason; the raw text where there is none; and nothing for nothing.
func finishOf(raw string) string {
	if canonical, ok := finishReasons[strings.ToLower(raw)]; ok {
		return canonical
	}
	return raw
}

// providers are the canonical providers with their other names, in lower case.
var providers = invert(map[string][]string{
	"openai":        {"openai", "openai.chat", "openai.responses", "openai-chat", "openai-responses", "openai.completion", "openai.embedding"},
	"azure":         {"azure", "azure.ai.openai", "az.ai.openai", "azure.ai.inference", "az.ai.inference", "azure-openai"},
	"anthropic":     {"anthropic", "anthropic.messages"},
	"aws-bedrock":   {"aws.bedrock", "bedrock", "aws", "amazon-bedrock", "aws-bedrock", "aws_bedrock"},
	"google":        {"gcp.gemini", "gcp.gen_ai", "gemini", "google", "google-gla", "google.generative-ai", "googleai"},
	"google-vertex": {"gcp.vertex_ai", "vertex_ai", "google-vertex", "vertexai", "google.vertex", "vertex", "google-cloud"},
	"mistral":       {"mistral", "mistral_ai", "mistralai"},
	"x-ai":          {"x_ai", "xai", "grok", "x-ai"},
	"moonshotai":    {"moonshotai", "moonshot", "moonshot_ai"},
	"watsonx":       {"ibm.watsonx.ai", "watsonx"},
	"cohere":        {"cohere"}, "groq": {"groq"}, "deepseek": {"deepseek"}, "perplexity": {"perplexity"},
	"huggingface": {"huggingface", "hugging_face"}, "ollama": {"ollama"}, "fireworks": {"fireworks", "fireworks_ai"},
	"together": {"together", "together_ai", "togetherai"}, "openrouter": {"openrouter"}, "cerebras": {"cerebras"},
})

// frameworks stand where a provider should, and say nothing of it.
var frameworks = []string{
	"strands-agents", "gcp.vertex.agent", "langchain", "microsoft.agent_framework", "crewai", "litellm", "openai_agents", "_other",
}

// modelProviders are how the names of models begin that are one provider's only.
var modelProviders = []struct{ prefix, provider string }{
	{"gpt-", "openai"}, {"o1", "openai"}, {"o3", "openai"}, {"o4", "openai"}, {"text-embedding-", "openai"}, {"claude-", "anthropic"},
	{"gemini-", "google"}, {"mistral-", "mistral"}, {"grok-", "x-ai"}, {"command-", "cohere"}, {"deepseek-", "deepseek"},
	{"anthropic.", "aws-bedrock"}, {"amazon.", "aws-bedrock"},
}

// hostProviders are the providers by the end of their host names.
var hostProviders = []struct{ suffix, provider string }{
	{"api.openai.com", "openai"}, {".openai.azure.com", "azure"}, {"api.anthropic.com", "anthropic"}, {".amazonaws.com", "aws-bedrock"},
	{"aiplatform.googleapis.com", "google-vertex"}, {"generativelanguage.googleapis.com", "google"}, {"api.mistral.ai", "mistral"},
	{"api.x.ai", "x-ai"}, {"api.cohere.com", "cohere"}, {"api.groq.com", "groq"}, {"api.deepseek.com", "deepseek"},
	{"openrouter.ai", "openrouter"},
}

// canonicalProvider returns the canonical name of a provider, or nothing for a framework.
func canonicalProvider(raw string) string {
	name := strings.ToLower(strings.TrimSpace(raw))
	if name == "" || slices.Contains(frameworks, name) {
		return ""
	}
	if canonical, ok := providers[name]; ok {
		return canonical
	}
	if strings.HasPrefix(name, "google.vertex") {
		return "google-vertex"
	}
	if head, _, ok := strings.Cut(name, "."); ok {
		if canonical, ok := providers[head]; ok {
			return canonical
		}
	}
	return name
}

// providerOf finds the provider: as it is said, else by the host, else by the model.
func providerOf(v *view, model string) (canonical, raw string) {
	for _, key := range []string{
		"gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider",
		"langsmith.metadata.ls_provider", "mlflow.llm.provider",
	} {
		said := v.text(key)
		if raw == "" {
			raw = said
		}
		if canonical = canonicalProvider(said); canonical != "" {
			return canonical, raw
		}
	}
	host := strings.ToLower(v.text("server.address"))
	for _, known := range hostProviders {
		if strings.HasSuffix(host, known.suffix) {
			return known.provider, raw
		}
	}
	return providerOfModel(model), raw
}

// providerOfModel guesses by the model's name.
func providerOfModel(model string) string {
	model = strings.ToLower(model)
	for _, known := range modelProviders {
		if strings.HasPrefix(model, known.prefix) {
			return known.provider
		}
	}
	return ""
}

func invert(table map[string][]string) map[string]string {
	by := map[string]string{}
	for canonical, names := range table {
		for _, name := range names {
			by[name] = canonical
		}
	}
	return by
}
