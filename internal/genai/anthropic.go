package genai

// Anthropic's own SDKs: semconv's messages, with the finish reason and the tool results under their own names.

func isAnthropicSDK(v *view) bool { return v.scoped("com.anthropic.sdk.") }

func readAnthropicSDK(v *view, r *Record) {
	readSemconvMessages(v, r)
	if reason := v.text("anthropic.message.stop_reason"); reason != "" {
		r.Finish = []string{finishOf(reason)}
	}
}
