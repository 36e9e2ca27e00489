package genai

import "strings"

// LangSmith: inputs and outputs as JSON in gen_ai.prompt and gen_ai.completion, in LangChain's or OpenAI's form.

func isLangSmith(v *view) bool { return v.Scope == "langsmith" || v.hasPrefix("langsmith.") }

func readLangSmith(v *view, r *Record) {
	input, output := v.json("gen_ai.prompt"), v.json("gen_ai.completion")
	kind := kindNamed(v.text("langsmith.span.kind"))
	if kind.isModelCall() || kind == KindAgent || objectOf(input)["messages"] != nil {
		r.Input, r.Output = messagesOf(input, RoleUser), outputOf(output)
	}
	if kind == KindTool {
		r.Tool = toolExec(v)
		r.Tool.Name = firstText(v.text("gen_ai.tool.name"), v.Name)
		r.Tool.Args, _ = argsOf(first(objectOf(input), "input"))
		if r.Tool.Args == nil {
			r.Tool.Args = rawJSON(input)
		}
		r.Tool.Result = resultOf(output)
	}
	details := pythonObject(v.text("gen_ai.usage.input_token_details"))
	r.Usage.CacheRead, r.Usage.CacheWrite = countOf(details["cache_read"]), countOf(details["cache_creation"])
	r.Usage.Reasoning = countOf(pythonObject(v.text("gen_ai.usage.output_token_details"))["reasoning"])
}

// pythonObject reads a dict as Python prints it: JSON but for its quotes and names.
func pythonObject(text string) object {
	if o, _ := decodeObject(text); o != nil {
		return o
	}
	o, _ := decodeObject(strings.NewReplacer(`'`, `"`, "None", "null", "True", "true", "False", "false").Replace(text))
	return o
}
