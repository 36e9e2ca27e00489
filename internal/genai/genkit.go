package genai

import "strings"

// Genkit: the action's input and output as JSON.

func isGenkit(v *view) bool { return v.Scope == "genkit-tracer" || v.hasPrefix("genkit:") }

func readGenkit(v *view, r *Record) {
	subtype := firstText(v.text("genkit:metadata:subtype"), v.text("genkit:type"))
	r.Kind = kindNamed(subtype)
	input, output := v.object("genkit:input"), v.object("genkit:output")
	provider, model, split := strings.Cut(v.text("genkit:name"), "/")
	switch r.Kind {
	case KindTool:
		r.Tool = toolExec(v)
	case KindChat:
		if split {
			r.Provider, r.RequestModel = canonicalProvider(provider), model
		}
		r.Usage, _ = rawUsage(objectOf(output["usage"]))
		r.Params = requestParams(objectOf(input["config"]))
		fallthrough
	case KindWorkflow:
		if input["messages"] == nil {
			break
		}
		r.Input = messagesOf(input["messages"], RoleUser)
		r.Output = outputOf(output)
		r.Tools = toolDefsOf(listOf(input["tools"]))
		r.ToolChoice = textOf(input["toolChoice"])
		if reason := textOf(first(output, "finishReason")); reason != "" {
			r.Finish = []string{finishOf(reason)}
		}
	}
	if v.text("genkit:state") == "error" {
		r.ErrorType, r.ErrorMessage = "error", v.text("genkit:error")
	}
}
