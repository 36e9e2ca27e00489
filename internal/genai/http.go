package genai

import (
	"encoding/base64"
	"encoding/json"
	"net/url"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/wire"
)

// HTTP requests to models whose bodies were captured: by Hearth's httpclient, by Logfire's httpx, or by whoever uses the same
// names. Requests and whole answers are read as every other dialect's; streams by package wire.

// The attributes, and the child of a request in which Logfire's httpx has the answer.
const (
	httpRequestBody  = "http.request.body.text"
	httpResponseBody = "http.response.body.text"
	httpReading      = "Reading response body"
)

// httpDialect is the name of the dialect.
const httpDialect = "http_bodies"

// asked is where requests hold what is asked. Without it, it is a request of something else at the same path.
var asked = map[wire.API][]string{
	wire.OpenAIChat: {"messages"}, wire.OpenAIResponses: {"input", "prompt"}, wire.OpenAIEmbeddings: {"input"},
	wire.AnthropicMessages: {"messages"}, wire.GoogleGenerate: {"contents"}, wire.OllamaChat: {"messages"},
}

// modelEndpoint returns the endpoint that a span's request went to.
func modelEndpoint(v *view) (e wire.Endpoint, ok bool) {
	if !v.has(httpRequestBody) {
		return e, false
	}
	u, err := url.Parse(v.text("url.full", "http.url"))
	if err != nil {
		return e, false
	}
	return wire.EndpointOf(v.text("http.request.method", "http.method"), u)
}

func isHTTPCall(v *view) bool {
	endpoint, ok := modelEndpoint(v)
	return ok && first(v.object(httpRequestBody), asked[endpoint.API]...) != nil
}

func readHTTPCall(v *view, r *Record) {
	endpoint, _ := modelEndpoint(v)
	request := v.object(httpRequestBody)
	r.Kind, r.Provider = kindNamed(endpoint.API.Operation()), canonicalProvider(endpoint.Provider)
	r.RequestModel = firstText(textOf(request["model"]), endpoint.Model)
	if r.Kind == KindEmbeddings {
		r.Embeddings = httpEmbeddings(request)
	} else {
		system := first(request, "system", "instructions", "systemInstruction", "system_instruction")
		if content := objectOf(system); content["parts"] != nil {
			system = content["parts"]
		}
		r.System = partsOf(system)
		r.Input = messagesOf(first(request, asked[endpoint.API]...), RoleUser)
	}
	r.Tools = toolDefsOf(listOf(request["tools"]))
	r.Params = requestParams(request)
	if r.Params == nil {
		r.Params = requestParams(objectOf(first(request, "generationConfig", "generation_config", "options")))
	}
	answer := answerOf(v)
	if answer == nil {
		return
	}
	stream := endpoint.Stream
	if wanted, said := boolOf(request["stream"]); said || endpoint.API == wire.OllamaChat {
		stream = wanted || !said
	}
	r.Stream = &stream
	if stream {
		readHTTPStream(endpoint, answer, r)
		return
	}
	if text, isText := answer.(string); isText {
		readHTTPAnswer(endpoint, []byte(text), r)
		return
	}
	readHTTPAnswer(endpoint, rawJSON(answer), r)
}

// answerOf returns the captured answer: text, or what text was decoded to.
func answerOf(v *view) any {
	if answer := v.get(httpResponseBody); answer != nil {
		return answer
	}
	for i := range v.events {
		if e := &v.events[i]; e.name == httpReading {
			return e.attributes[httpResponseBody]
		}
	}
	return nil
}

// isHTTPReading tells whether a span is the part of the request above it that holds the answer.
func isHTTPReading(s *Source) bool {
	return s.Kind == record.KindSpan && s.Name == httpReading && s.Scope == "logfire.httpx" && s.ParentSpanID != ""
}

func httpEmbeddings(request object) *EmbeddingInfo {
	info := EmbeddingInfo{}
	inputs := listOf(request["input"])
	if inputs == nil {
		inputs = []any{request["input"]}
	}
	for _, input := range bounded(inputs) {
		if text, ok := input.(string); ok {
			info.Inputs = append(info.Inputs, text)
		}
	}
	info.Count = int64(len(inputs))
	return &info
}

// readHTTPAnswer reads an answer in one document. One that was cut is read as far as it goes.
func readHTTPAnswer(endpoint wire.Endpoint, text []byte, r *Record) {
	if failure := wire.ReadError(text); failure != nil {
		r.ErrorType, r.ErrorMessage = firstText(failure.Type, failure.Code, "error"), failure.Message
		return
	}
	response, err := endpoint.ReadResponse(text)
	if err != nil {
		decoded, cut, _ := decodeJSON(string(text))
		r.Output, r.Truncated = outputOf(decoded), cut
		return
	}
	answered(response, r)
	if endpoint.API == wire.OpenAIChat { // the answers may be several
		decoded, _ := unmarshal(string(text))
		r.Output = outputOf(decoded)
	}
}

// answered takes what package wire has read of an answer.
func answered(response *agent.Response, r *Record) {
	r.ResponseModel, r.ResponseID = response.Model, response.ID
	r.Usage = usageOf(response.Usage)
	r.tier, _ = response.Details["service_tier"].(string)
	if m := saidBy(response); len(m.Parts) > 0 {
		r.Output = []Message{m}
	}
	if reason := finishOf(string(response.FinishReason)); reason != "" {
		r.Finish = []string{reason}
	}
}

// readHTTPStream puts the events of an answer together.
func readHTTPStream(endpoint wire.Endpoint, answer any, r *Record) {
	text, isText := answer.(string)
	if !isText {
		text = string(rawJSON(answer))
	}
	stream := endpoint.NewStream()
	_, _ = stream.Write([]byte(text)) // it never fails
	_ = stream.Close()
	answered(stream.Response(), r)
	r.Truncated = stream.Truncated()
	if err := stream.Err(); err != nil {
		r.ErrorType, r.ErrorMessage = "error", err.Error()
	}
}

// usageOf returns the counts of an answer, none if nothing was counted.
func usageOf(u agent.Usage) (usage Usage) {
	if u.InputTokens+u.OutputTokens == 0 {
		return usage
	}
	usage.Input, usage.Output = &u.InputTokens, &u.OutputTokens
	for _, part := range []struct {
		n    *int64
		into **int64
	}{
		{&u.CacheReadTokens, &usage.CacheRead}, {&u.CacheWriteTokens, &usage.CacheWrite}, {&u.CacheWrite1hTokens, &usage.CacheWrite1h},
		{&u.ReasoningTokens, &usage.Reasoning}, {&u.InputAudioTokens, &usage.InputAudio}, {&u.OutputAudioTokens, &usage.OutputAudio},
		{&u.CacheAudioReadTokens, &usage.CacheReadAudio},
	} {
		if *part.n > 0 {
			*part.into = part.n
		}
	}
	return usage
}

// saidBy returns an answer as a message.
func saidBy(response *agent.Response) Message {
	m := Message{Role: RoleAssistant, Finish: finishOf(string(response.FinishReason))}
	for _, part := range response.Parts {
		switch p := part.(type) {
		case agent.Text:
			m.Parts = append(m.Parts, partsOf(p.Text)...)
		case agent.Thinking:
			m.Parts = append(m.Parts, Part{Type: PartThinking, Text: p.Text, Signature: p.Signature, Redacted: p.Text == "" && p.Signature != ""})
		case agent.ToolCall:
			call := callPart(object{"id": p.ID, "name": p.Name, "arguments": valueOf(p.Args)})
			call.ServerSide = p.Builtin
			m.Parts = append(m.Parts, call)
		case agent.ToolReturn:
			raw, _ := p.Content.(json.RawMessage)
			content := valueOf(raw)
			if text, ok := p.Content.(string); ok {
				content = text
			}
			m.Parts = append(m.Parts, serverResult(object{"id": p.ID, "name": p.Name, "result": content}))
		case agent.Media:
			m.Parts = append(m.Parts, Part{
				Type: mediaParts[p.Kind], MIME: p.Type, URI: p.URL, FileID: p.FileID, Data: base64.StdEncoding.EncodeToString(p.Data),
			})
		}
	}
	m.Parts = bounded(m.Parts)
	return m
}

// valueOf decodes JSON that package wire has read; nothing is an empty object.
func valueOf(text json.RawMessage) any {
	if len(text) == 0 {
		return object{}
	}
	v, _ := unmarshal(string(text))
	return v
}

var mediaParts = map[agent.MediaKind]PartType{
	agent.Image: PartImage, agent.Audio: PartAudio, agent.Video: PartVideo, agent.Document: PartFile,
}
