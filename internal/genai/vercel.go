package genai

import "strings"

// Vercel's AI SDK up to version 6: attributes below ai. The outer span of a call is a run, its doGenerate or doStream the
// model call.

func isVercelLegacy(v *view) bool {
	return v.has("ai.operationId") || v.Scope == "ai" && v.hasPrefix("ai.")
}

func readVercelLegacy(v *view, r *Record) {
	r.Kind = kindNamed(v.text("ai.operationId"))
	if messages := v.json("ai.prompt.messages"); messages != nil {
		r.Input = messagesOf(messages, RoleUser)
	} else if prompt := v.object("ai.prompt"); prompt != nil {
		r.System = partsOf(prompt["system"])
		r.Input = messagesOf(first(prompt, "messages", "prompt"), RoleUser)
	}
	r.Output = vercelOutput(v)
	r.RequestModel = v.text("gen_ai.request.model", "ai.model.id")
	r.ResponseModel = v.text("gen_ai.response.model", "ai.response.model")
	vercelProviderUsage(v, r)
}

// vercelOutput puts the answer together from its pieces, which before version 4 were named otherwise.
func vercelOutput(v *view) []Message {
	m := Message{Role: RoleAssistant}
	if s := plainText(v.json("ai.response.reasoning")); s != "" {
		m.Parts = append(m.Parts, Part{Type: PartThinking, Text: s})
	}
	if s := v.text("ai.response.text", "ai.result.text"); s != "" {
		m.Parts = append(m.Parts, Part{Type: PartText, Text: s})
	}
	for _, item := range v.jsonList("ai.response.toolCalls", "ai.result.toolCalls") {
		if call := objectOf(item); call != nil {
			m.Parts = append(m.Parts, callPart(call))
		}
	}
	if structured := v.json("ai.response.object", "ai.result.object"); structured != nil && len(m.Parts) == 0 {
		m.Parts = append(m.Parts, Part{Type: PartJSON, Raw: rawJSON(structured)})
	}
	for _, item := range v.jsonList("ai.response.files") {
		if file := objectOf(item); file != nil {
			m.Parts = append(m.Parts, mediaPart(file))
		}
	}
	if m.Parts == nil {
		return nil
	}
	return []Message{m}
}

// vercelProviderUsage reads cached tokens, which up to version 5 only the provider's metadata have. With Anthropic and
// Bedrock these are not part of the input.
func vercelProviderUsage(v *view, r *Record) {
	metadata := v.object("ai.response.providerMetadata")
	if metadata == nil || v.hasPrefix("ai.usage.inputTokenDetails.") {
		return
	}
	for _, provider := range []string{"anthropic", "bedrock"} {
		if usage := objectOf(at(metadata, provider, "usage")); usage != nil {
			raw, _ := rawUsage(usage)
			r.Usage = usageFrom(v.attributes, "gen_ai.usage")
			r.Usage.CacheRead, r.Usage.CacheWrite, r.outside = raw.CacheRead, raw.CacheWrite, true
		}
	}
	if cached := countOf(at(metadata, "openai", "cachedPromptTokens")); cached != nil {
		r.Usage.CacheRead = cached
	}
}

// Version 7 writes semconv, with a few keys of its own.

func isVercelOTel(v *view) bool { return v.Scope == "gen_ai" && v.hasPrefix("ai.") }

func readVercelOTel(v *view, r *Record) {
	if strings.HasPrefix(v.Name, "step ") {
		r.Kind = KindWorkflow
	}
}
