package genai

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/record"
)

// Every form of a part that genai-dialects.md 4.2 lists.
func TestParts(t *testing.T) {
	t.Parallel()
	check := func(in string, want ...Part) {
		t.Helper()
		v, _, ok := decodeJSON(in)
		if !ok {
			t.Fatalf("bad test: %s", in)
		}
		if diff := cmp.Diff(want, partsOf(v)); diff != "" {
			t.Errorf("%s:\n%s", in, diff)
		}
	}
	text := Part{Type: PartText, Text: "hi"}
	for _, in := range []string{
		`"hi"`, `{"type":"text","content":"hi"}`, `{"type":"text","text":"hi"}`, `{"kind":"text","text":"hi"}`, `{"text":"hi"}`,
		`{"type":"input_text","text":"hi"}`, `{"type":"output_text","text":"hi"}`,
	} {
		check(in, text)
	}
	check(`{"type":"text"}`, Part{Type: PartText, Missing: true})
	check(`{"type":"text","text":""}`)

	thinking := Part{Type: PartThinking, Text: "hm"}
	for _, in := range []string{
		`{"type":"thinking","content":"hm"}`, `{"type":"thinking","thinking":"hm"}`, `{"type":"reasoning","text":"hm"}`, `{"kind":"thinking","text":"hm"}`,
		`{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]}`, `{"text":"hm","thought":true}`, `{"reasoning":"hm"}`,
	} {
		check(in, thinking)
	}
	check(`{"reasoningContent":{"reasoningText":{"text":"hm","signature":"s"}}}`, Part{Type: PartThinking, Text: "hm", Signature: "s"})
	check(`{"type":"redacted_thinking","data":"x"}`, Part{Type: PartThinking, Redacted: true, Signature: "x"})

	call := Part{Type: PartToolCall, ID: "1", Name: "f", Args: json.RawMessage(`{"a":1}`)}
	for _, in := range []string{
		`{"type":"tool_call","id":"1","name":"f","arguments":"{\"a\": 1}"}`, `{"type":"tool_call","id":"1","name":"f","arguments":{"a":1}}`,
		`{"type":"tool_use","id":"1","name":"f","input":{"a":1}}`, `{"type":"function_call","id":"fc_9","call_id":"1","name":"f","arguments":"{\"a\":1}"}`,
		`{"type":"tool-call","toolCallId":"1","toolName":"f","args":{"a":1}}`, `{"type":"tool-call","toolCallId":"1","toolName":"f","input":"{\"a\":1}"}`,
		`{"functionCall":{"id":"1","name":"f","args":{"a":1}}}`, `{"toolRequest":{"ref":"1","name":"f","input":{"a":1}}}`,
		`{"toolUse":{"toolUseId":"1","name":"f","input":{"a":1}}}`, `{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}`,
	} {
		check(in, call)
	}
	check(`{"type":"tool_call","name":"f","arguments":""}`, Part{Type: PartToolCall, Name: "f", Args: json.RawMessage(`{}`)})
	check(`{"type":"tool_call","name":"f","arguments":"{bad"}`, Part{Type: PartToolCall, Name: "f", Args: json.RawMessage(`"{bad"`), ArgsRaw: "{bad"})
	check(`{"type":"tool_call","name":"f"}`, Part{Type: PartToolCall, Name: "f", Missing: true})
	check(`{"type":"server_tool_use","id":"1","name":"f","input":{"a":1}}`,
		Part{Type: PartToolCall, ID: "1", Name: "f", Args: json.RawMessage(`{"a":1}`), ServerSide: true})

	result := Part{Type: PartToolResult, ID: "1", Result: json.RawMessage(`{"b":2}`)}
	for _, in := range []string{
		`{"type":"tool_call_response","id":"1","response":{"b":2}}`, `{"type":"tool_call_response","id":"1","result":"{\"b\":2}"}`,
		`{"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"{\"b\":2}"}]}`, `{"type":"function_call_output","call_id":"1","output":"{\"b\":2}"}`,
		`{"type":"tool-result","toolCallId":"1","output":{"type":"json","value":{"b":2}}}`, `{"type":"tool-result","toolCallId":"1","result":{"b":2}}`,
		`{"functionResponse":{"id":"1","response":{"b":2}}}`, `{"toolResponse":{"ref":"1","output":{"b":2}}}`,
		`{"toolResult":{"toolUseId":"1","content":[{"json":{"b":2}}]}}`,
	} {
		check(in, result)
	}
	check(`{"type":"tool-result","toolCallId":"1","output":{"type":"error-text","value":"no"}}`,
		Part{Type: PartToolResult, ID: "1", Result: json.RawMessage(`"no"`), IsError: true})
	check(`{"toolResult":{"toolUseId":"1","status":"error","content":[{"text":"no"}]}}`,
		Part{Type: PartToolResult, ID: "1", Result: json.RawMessage(`"no"`), IsError: true})
	check(`{"type":"web_search_tool_result","tool_use_id":"1","content":"no"}`,
		Part{Type: PartToolResult, ID: "1", Result: json.RawMessage(`"no"`), ServerSide: true})

	png := Part{Type: PartImage, MIME: "image/png", Data: "aGV5aGV5"}
	for _, in := range []string{
		`{"type":"blob","modality":"image","mime_type":"image/png","content":"aGV5aGV5"}`, `{"type":"binary","media_type":"image/png","content":"aGV5aGV5"}`,
		`{"kind":"binary","media_type":"image/png","binary_content":"aGV5aGV5"}`, `{"inline_data":{"mime_type":"image/png","data":"aGV5aGV5"}}`,
		`{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGV5aGV5"}}`, `{"type":"image_url","image_url":{"url":"data:image/png;base64,aGV5aGV5"}}`,
		`{"type":"file","mediaType":"image/png","data":"aGV5aGV5"}`, `{"media":{"url":"data:image/png;base64,aGV5aGV5"}}`,
		`{"image":{"format":"png","source":{"bytes":"aGV5aGV5"}}}`,
	} {
		check(in, png)
	}
	link := Part{Type: PartImage, URI: "https://x.example/a.png"}
	for _, in := range []string{
		`{"type":"uri","modality":"image","uri":"https://x.example/a.png"}`, `{"type":"image-url","url":"https://x.example/a.png"}`,
		`{"kind":"image-url","url":"https://x.example/a.png"}`, `{"type":"image_url","image_url":{"url":"https://x.example/a.png"}}`,
		`{"type":"input_image","image_url":"https://x.example/a.png"}`, `{"type":"image","source":{"type":"url","url":"https://x.example/a.png"}}`,
	} {
		check(in, link)
	}
	check(`{"type":"image-url"}`, Part{Type: PartImage, Missing: true})
	check(`{"type":"binary","media_type":"application/pdf"}`, Part{Type: PartFile, MIME: "application/pdf", Missing: true})
	check(`{"type":"input_file","file_id":"f1"}`, Part{Type: PartFile, FileID: "f1"})
	check(`{"type":"document","source":{"type":"file","file_id":"f1"}}`, Part{Type: PartFile, FileID: "f1"})
	check(`{"type":"anthropic_image"}`, Part{Type: PartImage, Redacted: true})
	check(`{"type":"refusal","refusal":"no"}`, Part{Type: PartRefusal, Text: "no"})
	check(`{"type":"compaction","x":1}`, Part{Type: PartUnknown, Raw: json.RawMessage(`{"type":"compaction","x":1}`)})
	check(`{"x":1}`, Part{Type: PartJSON, Raw: json.RawMessage(`{"x":1}`)})
	check(`7`, Part{Type: PartJSON, Raw: json.RawMessage(`7`)})
}

func TestMessages(t *testing.T) {
	t.Parallel()
	check := func(in string, want ...Message) {
		t.Helper()
		v, _, ok := decodeJSON(in)
		if !ok {
			t.Fatalf("bad test: %s", in)
		}
		if diff := cmp.Diff(want, settle(messagesOf(v, RoleUser))); diff != "" {
			t.Errorf("%s:\n%s", in, diff)
		}
	}
	say := func(role Role, s string) Message {
		return Message{Role: role, Parts: []Part{{Type: PartText, Text: s}}}
	}
	check(`"hi"`, say(RoleUser, "hi"))
	check(`[{"role":"human","content":"a"},{"role":"ai","content":[{"type":"text","text":"b"}]}]`, say(RoleUser, "a"), say(RoleAssistant, "b"))
	check(`{"messages":[{"role":"user","content":"a"}],"system":"s"}`, say(RoleSystem, "s"), say(RoleUser, "a"))
	check(`{"contents":[{"role":"model","parts":[{"text":"b"}]}]}`, say(RoleAssistant, "b"))
	check(`[[{"lc":1,"type":"constructor","id":["langchain","schema","messages","HumanMessage"],"kwargs":{"content":"a","type":"human"}}]]`, say(RoleUser, "a"))
	check(`[{"type":"ai","data":{"content":"b"}}]`, say(RoleAssistant, "b"))
	check(`[{"type":"message","role":"user","content":[{"type":"input_text","text":"a"}]},{"type":"function_call","call_id":"1","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"1","output":"3"}]`,
		say(RoleUser, "a"),
		Message{Role: RoleAssistant, Parts: []Part{{Type: PartToolCall, ID: "1", Name: "f", Args: json.RawMessage(`{}`)}}},
		Message{Role: RoleTool, Parts: []Part{{Type: PartToolResult, ID: "1", Result: json.RawMessage(`3`)}}})
	check(`[{"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":"x"},{"type":"text","text":"go on"}]}]`,
		Message{Role: RoleTool, Parts: []Part{{Type: PartToolResult, ID: "1", Result: json.RawMessage(`"x"`)}}}, say(RoleUser, "go on"))
	check(`[{"role":"thinking","content":"hm"},{"role":"assistant","content":"b"}]`,
		Message{Role: RoleAssistant, Parts: []Part{{Type: PartThinking, Text: "hm"}, {Type: PartText, Text: "b"}}})
	check(`[{"role":"assistant","reasoning_content":"hm","content":null,"refusal":"no"}]`,
		Message{Role: RoleAssistant, Parts: []Part{{Type: PartThinking, Text: "hm"}, {Type: PartRefusal, Text: "no"}}})
}

// The part that everyone gets wrong: genai-dialects.md 4.5.
func TestUsageArithmetic(t *testing.T) {
	t.Parallel()
	check := func(name, attributes string, input, output, total int64) {
		t.Helper()
		r, ok := Read(&Source{Kind: record.KindSpan, Attributes: attributes})
		if !ok {
			t.Fatalf("%s: not read", name)
		}
		if got := [3]int64{count(r.Usage.Input), count(r.Usage.Output), count(r.Usage.Total)}; got != [3]int64{input, output, total} {
			t.Errorf("%s: got %v, want %d %d %d", name, got, input, output, total)
		}
	}
	check("cache inside", `{"gen_ai.operation.name":"chat","gen_ai.usage.input_tokens":100,"gen_ai.usage.output_tokens":10,"gen_ai.usage.cache_read.input_tokens":80}`, 100, 10, 110)
	check("cache larger than input", `{"gen_ai.operation.name":"chat","gen_ai.usage.input_tokens":5,"gen_ai.usage.output_tokens":1,"gen_ai.usage.cache_read_input_tokens":80}`, 85, 1, 86)
	check("total tells", `{"gen_ai.operation.name":"chat","gen_ai.system":"Anthropic","gen_ai.usage.input_tokens":100,"gen_ai.usage.output_tokens":1,"gen_ai.usage.total_tokens":181,"gen_ai.usage.cache_read_input_tokens":80}`, 180, 1, 181)
	check("raw Anthropic", `{"request_data":{"model":"claude-3"},"response_data":{"message":{"role":"assistant","content":"x"},"usage":{"input_tokens":100,"output_tokens":1,"cache_read_input_tokens":20,"cache_creation_input_tokens":3}}}`, 123, 1, 124)
	check("raw Gemini", `{"gen_ai.usage.raw":{"prompt_token_count":10,"candidates_token_count":4,"thoughts_token_count":6}}`, 10, 10, 20)
	check("text", `{"gen_ai.operation.name":"chat","gen_ai.usage.input_tokens":"7","gen_ai.usage.output_tokens":-3}`, 7, 0, 7)

	r, _ := Read(&Source{Kind: record.KindSpan, Attributes: `{"agent_name":"a","final_result":"x","gen_ai.usage.input_tokens":9}`})
	if r.Kind != KindAgent || r.UsageScope != ScopeAggregate {
		t.Errorf("a run's usage is a sum: kind %s, scope %s", r.Kind, r.UsageScope)
	}
	r, _ = Read(&Source{Kind: record.KindSpan, Attributes: `{"gen_ai.operation.name":"invoke_agent","gen_ai.aggregated_usage.input_tokens":9}`})
	if count(r.Usage.Input) != 9 || r.UsageScope != ScopeAggregate {
		t.Errorf("aggregated usage is not read: %+v %s", r.Usage, r.UsageScope)
	}
}

// What a provider counts beyond the usual is kept by its name.
func TestUsageKeepsOtherDetails(t *testing.T) {
	t.Parallel()
	r, _ := Read(&Source{Attributes: `{"gen_ai.operation.name":"chat","gen_ai.usage.input_tokens":9,"gen_ai.usage.details.input_tokens":9,
		"gen_ai.usage.details.reasoning_tokens":3,"gen_ai.usage.details.text_prompt_tokens":7,"gen_ai.usage.details.strange":"x"}`})
	if diff := cmp.Diff(map[string]int64{"text_prompt_tokens": 7}, r.Usage.Other); diff != "" || count(r.Usage.Reasoning) != 3 {
		t.Errorf("reasoning %d, other:\n%s", count(r.Usage.Reasoning), diff)
	}
}

// The provider's own tools are known by their kind.
func TestBuiltInTools(t *testing.T) {
	t.Parallel()
	check := func(more string, want ...ToolDef) {
		t.Helper()
		r, _ := Read(&Source{Attributes: `{"gen_ai.operation.name":"chat","model_request_parameters":"{\"function_tools\":[{\"name\":\"look\"}],\"output_tools\":[],\"builtin_tools\":[{\"kind\":\"web_search\"}]}"` + more + `}`})
		if diff := cmp.Diff(want, r.Tools); diff != "" {
			t.Error(diff)
		}
	}
	search := ToolDef{Name: "web_search", Type: "web_search"}
	check("", ToolDef{Name: "look", Type: "function"}, search)
	check(`,"gen_ai.tool.definitions":[{"type":"function","name":"see"}]`, ToolDef{Name: "see", Type: "function"}, search)
}

func TestProvidersFinishAndCost(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"OpenAI": "openai", "openai.chat": "openai", "az.ai.inference": "azure", "AWS": "aws-bedrock", "google-gla": "google", "google.vertex.chat": "google-vertex",
		"MistralAI": "mistral", "moonshot_ai": "moonshotai", "Langchain": "", "gcp.vertex.agent": "", "homemade": "homemade", "google.generative-ai": "google",
	} {
		if got := canonicalProvider(raw); got != want {
			t.Errorf("provider %q: got %q, want %q", raw, got, want)
		}
	}
	for raw, want := range map[string]string{
		"end_turn": "stop", "STOP": "stop", "MAX_TOKENS": "length", "tool-calls": "tool_call", "SAFETY": "content_filter", "pause_turn": "pause",
		"MALFORMED_FUNCTION_CALL": "error", "OTHER": "error", "strange": "strange", "": "",
	} {
		if got := finishOf(raw); got != want {
			t.Errorf("finish %q: got %q, want %q", raw, got, want)
		}
	}
	r, _ := Read(&Source{Attributes: `{"gen_ai.system":"langchain","gen_ai.request.model":"claude-sonnet-4-5","operation.cost":0.0031}`})
	if r.Provider != "anthropic" || r.Cost == nil || *r.Cost.Total != 3_100_000 || r.Cost.Source != "reported" {
		t.Errorf("provider %q, cost %+v", r.Provider, r.Cost)
	}
	r, _ = Read(&Source{Attributes: `{"gen_ai.system":"openai","operation.cost":0}`})
	if r.Cost != nil {
		t.Errorf("a cost of 0 is unknown, got %+v", r.Cost)
	}
	for _, c := range []struct {
		attributes, source string
		want               Money
	}{{`{"gen_ai.system":"openai"}`, "computed", 2e9}, {`{"operation.cost":1}`, "computed", 1e9}, {`{"operation.cost":1}`, "override", 2e9}} {
		r, _ := Read(&Source{Attributes: `{"gen_ai.operation.name":"chat",` + c.attributes[1:], Cost: "2", CostSource: c.source})
		if r.Cost == nil || *r.Cost.Total != c.want {
			t.Errorf("%s with a cost that is %s: got %+v", c.attributes, c.source, r.Cost)
		}
	}
}

// Names that any application may give to its attributes make no model call of a record.
func TestOrdinaryRecordsTellNothing(t *testing.T) {
	t.Parallel()
	for _, attributes := range []string{
		`{}`, `not JSON`, `{"events":[{"role":"admin","content":"logged in"}]}`, `{"request_data":{"input":"a","prompt":"b"},"response_data":{"text":"c"}}`,
		`{"model_name":"resnet"}`, `{"http.request.method":"GET","message":"hi","messages":["a"]}`, `{"input":"a","output":"b","tool_name":"hammer"}`,
	} {
		if r, ok := Read(&Source{Kind: record.KindSpan, Name: "GET /", Attributes: attributes}); ok {
			t.Errorf("%s is read as %s", attributes, r.Kind)
		}
	}
	c, ok := Build([]Source{{Kind: record.KindSpan, SpanID: "1", Name: "GET /"}}, "", nil)
	if !ok || len(c.Turns) != 0 || c.Kind != KindOther {
		t.Errorf("%t %+v", ok, c)
	}
}
