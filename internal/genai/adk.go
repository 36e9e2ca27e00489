package genai

import "strings"

// Google's ADK: the request and the response as JSON, in snake or camel case. {} means that they were not captured.

const adkPrefix = "gcp.vertex.agent."

func isADK(v *view) bool {
	return v.scoped("gcp.vertex.agent") || v.text("gen_ai.system") == "gcp.vertex.agent" || v.hasPrefix(adkPrefix)
}

func readADK(v *view, r *Record) {
	if v.Name == "execute_tool (merged)" || v.Name == "(merged tools)" {
		r.Kind = KindOther // it repeats what the tools' own spans say
		return
	}
	if name, ok := strings.CutPrefix(v.Name, "agent_run ["); ok {
		r.Kind, r.Agent.Name = KindAgent, strings.TrimSuffix(name, "]")
		return
	}
	request, response := v.object(adkPrefix+"llm_request"), v.object(adkPrefix+"llm_response")
	if len(request) == 0 && len(response) == 0 {
		return
	}
	r.Kind = KindChat
	config := objectOf(request["config"])
	system := first(config, "system_instruction", "systemInstruction")
	if content := objectOf(system); content["parts"] != nil {
		system = content["parts"]
	}
	r.System = partsOf(system)
	r.Input = messagesOf(request["contents"], RoleUser)
	r.Output = messagesOf(first(response, "content"), RoleAssistant)
	r.RequestModel = textOf(request["model"])
	r.Tools = toolDefsOf(listOf(config["tools"]))
	r.Params = requestParams(config)
	if reason := textOf(first(response, "finish_reason", "finishReason")); reason != "" {
		r.Finish = []string{finishOf(reason)}
	}
	r.Usage, _ = rawUsage(objectOf(first(response, "usage_metadata", "usageMetadata")))
	r.ErrorType = textOf(first(response, "error_code", "errorCode"))
	r.ErrorMessage = textOf(first(response, "error_message", "errorMessage"))
	if provider := providerOfModel(r.RequestModel); provider != "" && !strings.Contains(r.RequestModel, "/") {
		r.Provider = provider
	}
}
