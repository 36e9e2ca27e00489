package genai

import (
	"maps"
	"slices"
)

// toolDefsOf reads definitions of tools in any form: semconv's, OpenAI's with a function, Anthropic's with an input
// schema, Gemini's lists of declarations, PydanticAI's with a JSON schema.
func toolDefsOf(list []any) []ToolDef {
	var defs []ToolDef
	for _, item := range bounded(list) {
		decoded, _ := unwrapped(item)
		o := objectOf(decoded)
		if o == nil {
			continue
		}
		declarations := listOf(first(o, "function_declarations", "functionDeclarations"))
		for _, declaration := range bounded(declarations) {
			if inner := objectOf(declaration); inner != nil {
				defs = append(defs, toolDefOf(inner))
			}
		}
		if declarations == nil {
			defs = append(defs, toolDefOf(o))
		}
	}
	return bounded(defs)
}

func toolDefOf(o object) ToolDef {
	def := ToolDef{Type: textOf(o["type"])}
	if spec := objectOf(o["toolSpec"]); spec != nil { // Bedrock
		o = spec
	}
	if function := objectOf(o["function"]); function != nil {
		o = function
	}
	def.Name, def.Description = textOf(o["name"]), textOf(o["description"])
	schema, _ := unwrapped(first(o, "parameters", "input_schema", "inputSchema", "parameters_json_schema", "json_schema", "parametersJsonSchema"))
	if inner := objectOf(schema); inner["jsonSchema"] != nil && len(inner) == 1 {
		schema = inner["jsonSchema"]
	} else if inner["json"] != nil && len(inner) == 1 {
		schema = inner["json"]
	}
	if objectOf(schema) != nil {
		def.Schema = rawJSON(schema)
	}
	if def.Type == "" || def.Type == "custom" {
		def.Type = "function"
	}
	return def
}

// toolDefs reads the definitions that attributes hold, wherever a dialect keeps them. PydanticAI tells of the provider's
// own tools in the request's parameters alone.
func toolDefs(v *view) []ToolDef {
	parameters := v.object("model_request_parameters")
	defs := ownToolDefs(v)
	if defs == nil {
		defs = toolDefsOf(slices.Concat(listOf(parameters["function_tools"]), listOf(parameters["output_tools"])))
	}
	for _, item := range bounded(listOf(first(parameters, "native_tools", "builtin_tools"))) {
		if o := objectOf(item); typeOf(o) != "" {
			defs = append(defs, ToolDef{Name: firstText(textOf(o["name"]), typeOf(o)), Type: typeOf(o), Description: textOf(o["description"])})
		}
	}
	return defs
}

func ownToolDefs(v *view) []ToolDef {
	for _, key := range []string{"gen_ai.tool.definitions", "ai.prompt.tools", "mlflow.chat.tools"} {
		if defs := toolDefsOf(v.jsonList(key)); len(defs) > 0 {
			return defs
		}
	}
	for _, prefix := range []string{"gen_ai.tool.definitions.", "llm.request.functions."} {
		if defs := toolDefsOf(anyList(v.flat(prefix))); len(defs) > 0 {
			return defs
		}
	}
	var openInference []any
	for _, tool := range v.flat("llm.tools.") {
		openInference = append(openInference, first(tool, "tool.json_schema", "tool.definition"))
	}
	return toolDefsOf(openInference)
}

func anyList(objects []object) []any {
	list := make([]any, len(objects))
	for i, o := range objects {
		list[i] = o
	}
	return list
}

// Attributes that tell of a tool's execution, in order.
var (
	toolNameKeys   = []string{"gen_ai.tool.name", "tool.name", "ai.toolCall.name", "tool_name", "function_name", "traceloop.entity.name", "genkit:name"}
	toolCallIDKeys = []string{"gen_ai.tool.call.id", "tool_call.id", "tool.id", "ai.toolCall.id", "tool_use_id", "call_id"}
	toolArgsKeys   = []string{
		"gen_ai.tool.call.arguments", "tool_arguments", "ai.toolCall.args", "gcp.vertex.agent.tool_call_args", "gen_ai.tool.args", "tool.parameters",
		"input.value", "traceloop.entity.input", "genkit:input", "tool_input", "tool_parameters", "function_args", "arguments", "mlflow.spanInputs",
		"langfuse.observation.input", "flue.tool.arguments", "input",
	}
	toolResultKeys = []string{
		"gen_ai.tool.call.result", "tool_response", "ai.toolCall.result", "gcp.vertex.agent.tool_response", "anthropic.tool_result.content",
		"output.value", "traceloop.entity.output", "genkit:output", "mlflow.spanOutputs", "langfuse.observation.output", "lk.function_tool.output",
		"flue.tool.result", "output",
	}
)

// none are what SDKs write where there is nothing.
var none = map[string]bool{"": true, "<not specified>": true, "N/A": true, "<not serializable>": true}

// toolExec reads a tool's execution.
func toolExec(v *view) *ToolExec {
	exec := &ToolExec{
		Name: v.text(toolNameKeys...), CallID: v.text(toolCallIDKeys...),
		Type: v.text("gen_ai.tool.type"), Description: v.text("gen_ai.tool.description", "tool.description"),
		Stage: v.text("pydantic_ai.tool.failure_stage"), Deferral: v.text("pydantic_ai.tool.deferral.name"),
	}
	if exec.Name == "" && v.hasPrefix("mlflow.", "langfuse.") {
		exec.Name = v.Name
	}
	if args := firstSaid(v, toolArgsKeys); args != nil {
		exec.Args, _ = argsOf(args)
	}
	if result := firstSaid(v, toolResultKeys); result != nil {
		exec.Result = resultOf(result)
	}
	if ok, said := boolOf(v.get("success")); said && !ok {
		exec.IsError = true
	}
	exec.IsError = exec.IsError || v.Failed || exec.Stage != ""
	return exec
}

// firstSaid returns the first of the attributes that says something.
func firstSaid(v *view, keys []string) any {
	for _, key := range keys {
		raw := v.get(key)
		if s, isText := raw.(string); raw != nil && !(isText && none[s]) {
			return raw
		}
	}
	return nil
}

// toolUses lists the tools by name, offered ones first in the order in which they were offered.
func toolUses(c *Conversation, defs []ToolDef) []ToolUse {
	uses, at := []ToolUse{}, map[string]int{}
	for _, def := range defs {
		name := firstText(def.Name, def.Type)
		if _, known := at[name]; !known {
			at[name] = len(uses)
			uses = append(uses, ToolUse{ToolDef: def, Offered: true})
		}
	}
	called := map[string]*ToolUse{}
	count := func(name string, failed bool) {
		use := called[name]
		if i, offered := at[name]; offered {
			use = &uses[i]
		} else if use == nil {
			use = &ToolUse{ToolDef: ToolDef{Name: name, Type: "function"}}
			called[name] = use
		}
		use.Calls++
		if failed {
			use.Errors++
		}
	}
	for part := range eachPart(c, afterHistory) {
		if part.Type != PartToolCall {
			continue
		}
		count(part.Name, part.Execution != nil && part.Execution.IsError)
	}
	for _, run := range c.Ran {
		if run.Kind == KindTool {
			count(run.Name, run.IsError)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(called)) {
		uses = append(uses, *called[name])
	}
	return uses
}
