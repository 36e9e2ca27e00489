package genai

import "strings"

// The command-line agents tell of themselves in logs: one log is one thing that happened.

// eventName returns the name of a log's event without the agent's prefix.
func eventName(v *view, prefix string) string {
	return strings.TrimPrefix(firstText(v.text("event.name"), v.Name), prefix)
}

func isClaudeCode(v *view) bool {
	return v.Service == "claude-code" || v.scoped("com.anthropic.claude_code") || strings.HasPrefix(v.Name, "claude_code.") ||
		strings.HasPrefix(v.text("event.name"), "claude_code.")
}

// readClaudeCode reads Claude Code's logs and spans. Its input does not hold the cached tokens.
func readClaudeCode(v *view, r *Record) {
	r.Provider = "anthropic"
	switch eventName(v, "claude_code.") {
	case "user_prompt", "interaction":
		r.Kind = KindWorkflow
		r.Input = messagesOf(v.get("prompt", "user_prompt"), RoleUser)
		r.ContentMissing = r.Input == nil
	case "api_request", "llm_request":
		r.Kind, r.RequestModel, r.ResponseModel = KindChat, v.text("model"), v.text("model")
		r.ResponseID = v.text("request_id")
		r.Usage, _ = rawUsage(v.attributes)
		r.outside, r.UsageScope = true, ScopeLeaf
	case "api_error":
		r.Kind, r.RequestModel = KindChat, v.text("model")
		r.ErrorType, r.ErrorMessage = firstText(v.text("status_code"), "error"), v.text("error")
	case "tool_result", "tool":
		r.Kind = KindTool
		r.Tool = toolExec(v)
		if r.Tool.IsError {
			r.ErrorType, r.ErrorMessage = "error", v.text("error")
		}
	case "api_request_body":
		body := v.object("body")
		r.Kind, r.RequestModel = KindWorkflow, textOf(body["model"])
		r.System, r.Input = partsOf(body["system"]), messagesOf(body["messages"], RoleUser)
		r.Tools = toolDefsOf(listOf(body["tools"]))
		r.Truncated, _ = boolOf(v.get("body_truncated"))
	case "api_response_body":
		r.Kind = KindWorkflow
		r.Output = outputOf(v.json("body"))
		r.Truncated, _ = boolOf(v.get("body_truncated"))
	default:
		r.Kind = KindOther
	}
}

func isCodex(v *view) bool {
	return v.scoped("codex") || strings.HasPrefix(v.Service, "codex") || strings.HasPrefix(v.text("event.name"), "codex.")
}

// readCodex reads Codex' logs. Numbers and booleans are text there.
func readCodex(v *view, r *Record) {
	r.Provider = "openai"
	r.RequestModel = v.text("model", "slug")
	switch name := eventName(v, "codex."); {
	case name == "user_prompt":
		r.Kind, r.Input = KindWorkflow, messagesOf(v.get("prompt"), RoleUser)
		r.ContentMissing = r.Input == nil
	case name == "sse_event" && v.text("event.kind") == "response.completed":
		r.Kind = KindChat
		r.Usage, _ = rawUsage(v.attributes)
	case name == "api_request" && v.text("error.message") != "":
		r.Kind, r.ErrorType, r.ErrorMessage = KindChat, firstText(v.text("http.response.status_code"), "error"), v.text("error.message")
	case name == "tool_result":
		r.Kind, r.Tool = KindTool, toolExec(v)
	default:
		r.Kind = KindOther
	}
}

func isGeminiCLI(v *view) bool {
	return strings.HasPrefix(v.text("event.name"), "gemini_cli.") || strings.HasPrefix(v.Name, "gemini_cli.")
}

// readGeminiCLI reads Gemini CLI's logs.
func readGeminiCLI(v *view, r *Record) {
	r.Provider = "google"
	r.RequestModel = v.text("model")
	switch eventName(v, "gemini_cli.") {
	case "user_prompt":
		r.Kind, r.Input = KindWorkflow, messagesOf(v.get("prompt"), RoleUser)
		r.ContentMissing = r.Input == nil
	case "api_response":
		r.Kind, r.ResponseModel = KindChat, r.RequestModel
		r.Output = outputOf(v.json("response_text"))
		r.Usage, _ = rawUsage(v.attributes)
		r.Usage.Output = plus(r.Usage.Output, r.Usage.Reasoning)
	case "api_error":
		r.Kind, r.ErrorType, r.ErrorMessage = KindChat, v.text("error_type", "status_code"), v.text("error", "error.message")
	case "tool_call":
		r.Kind, r.Tool = KindTool, toolExec(v)
	default:
		r.Kind = KindOther
	}
}
