package genai

// MLflow: every attribute is JSON, often encoded twice; inputs and outputs are the provider's own.

func isMLflow(v *view) bool { return v.hasPrefix("mlflow.") }

func readMLflow(v *view, r *Record) {
	r.Kind = kindNamed(textOf(v.json("mlflow.spanType")))
	input, output := v.object("mlflow.spanInputs"), v.json("mlflow.spanOutputs")
	if r.Kind.isModelCall() || r.Kind == KindAgent {
		r.System = partsOf(first(input, "system"))
		r.Input = messagesOf(first(input, "messages", "contents", "input", "prompt"), RoleUser)
		r.Output = outputOf(output)
		r.Params = requestParams(input)
	}
	r.RequestModel = firstText(textOf(v.json("mlflow.llm.model")), textOf(input["model"]))
	r.Provider = canonicalProvider(textOf(v.json("mlflow.llm.provider")))
	r.Tools = toolDefsOf(listOf(input["tools"]))
	r.Usage, _ = rawUsage(v.object("mlflow.chat.tokenUsage"))
	r.SessionID = textOf(v.json("mlflow.trace.session"))
	r.UserID = textOf(v.json("mlflow.trace.user"))
	if r.Kind == KindTool {
		r.Tool = toolExec(v)
		r.Tool.Name = firstText(textOf(v.json("mlflow.spanFunctionName")), v.Name)
	}
}
