package prices

import "strings"

// aliases are names that telemetry has for providers and that the data does not recognise, or takes for another.
var aliases = map[string]string{
	"gcp.gen_ai": "google", "gcp.gemini": "google", "gcp.vertex_ai": "google", "googleai": "google",
	"aws.bedrock": "aws", "az.ai.inference": "azure", "az.ai.openai": "azure", "azure.ai.inference": "azure",
	"azure.ai.openai": "azure", "azure-openai": "azure", "azure_openai": "azure", "azureopenai": "azure",
	"x_ai": "x-ai", "grok": "x-ai", "mistral_ai": "mistral", "moonshot_ai": "moonshotai",
	"togetherai": "together", "fireworks-ai": "fireworks", "fireworks_ai": "fireworks",
	"z-ai": "zai", "z_ai": "zai", "zhipu": "zhipuai",
}

// gateways stand where a provider's name should: frameworks, and servers that pass calls on.
var gateways = map[string]bool{
	"litellm": true, "langchain": true, "crewai": true, "strands-agents": true, "gcp.vertex.agent": true,
	"microsoft.agent_framework": true, "openai_agents": true, "gateway": true, "_other": true, "custom": true,
}

func isGateway(name string) bool { return gateways[strings.ToLower(strings.TrimSpace(name))] }

// canonical returns a provider's name in lower case and as the data knows it, and whether it is no provider's name.
func canonical(name string) (canonical string, gateway bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	if gateways[name] {
		return name, true
	}
	if alias, ok := aliases[name]; ok {
		return alias, false
	}
	// Vercel's AI SDK adds which interface is called: openai.chat, azure-openai.responses.
	first, _, ok := strings.Cut(name, ".")
	if ok && aliases[first] != "" {
		return aliases[first], false
	}
	return name, false
}
