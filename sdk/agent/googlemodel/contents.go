package googlemodel

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"google.golang.org/genai"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/provider"
)

// contents returns the conversation, and gives the configuration the system prompts and the instructions, which have no
// place in it.
func (m *Model) contents(req *agent.Request, config *genai.GenerateContentConfig) ([]*genai.Content, error) {
	var all []*genai.Content
	var system []*genai.Part
	for _, message := range req.Messages {
		switch message := message.(type) {
		case *agent.Input:
			parts, err := m.input(message, &system)
			if err != nil {
				return nil, err
			}
			all = append(all, userContents(parts)...)
		case *agent.Response:
			if parts := m.output(message); len(parts) > 0 {
				all = append(all, &genai.Content{Role: genai.RoleModel, Parts: parts})
			}
		}
	}
	if len(all) == 0 || all[0].Role == genai.RoleModel { // a user must speak first
		all = append([]*genai.Content{{Role: genai.RoleUser, Parts: []*genai.Part{{Text: " "}}}}, all...)
	}
	if req.Instructions != "" {
		system = append(system, &genai.Part{Text: req.Instructions})
	}
	if len(system) > 0 {
		config.SystemInstruction = &genai.Content{Role: genai.RoleUser, Parts: system}
	}
	return all, nil
}

// userContents puts results of tools and what follows them into contents of their own: Gemini takes contents that begin
// with a result for the model's, see https://github.com/pydantic/pydantic-ai/issues/4210.
func userContents(parts []*genai.Part) []*genai.Content {
	var all []*genai.Content
	for i, part := range parts {
		if i == 0 || parts[i-1].FunctionResponse != nil && part.FunctionResponse == nil {
			all = append(all, &genai.Content{Role: genai.RoleUser})
		}
		last := all[len(all)-1]
		last.Parts = append(last.Parts, part)
	}
	return all
}

func (m *Model) input(in *agent.Input, system *[]*genai.Part) ([]*genai.Part, error) {
	var parts []*genai.Part
	for _, part := range in.Parts {
		switch part := part.(type) {
		case agent.SystemPrompt:
			*system = append(*system, &genai.Part{Text: part.Text})
		case agent.UserPrompt:
			parts = append(parts, said(part.Content)...)
		case agent.ToolReturn:
			returned, err := m.toolReturn(part)
			if err != nil {
				return nil, err
			}
			parts = append(parts, returned...)
		case agent.RetryPrompt:
			if part.Name == "" {
				parts = append(parts, &genai.Part{Text: part.Prompt()})
			} else {
				parts = append(parts, &genai.Part{FunctionResponse: &genai.FunctionResponse{
					ID: part.ID, Name: part.Name, Response: map[string]any{"error": part.Prompt()},
				}})
			}
		}
	}
	return parts, nil
}

func said(contents []agent.Content) []*genai.Part {
	var parts []*genai.Part
	for _, content := range contents {
		switch c := content.(type) {
		case agent.Text:
			parts = append(parts, &genai.Part{Text: c.Text})
		case agent.Media:
			parts = append(parts, media(c))
		}
	}
	return parts
}

// media is given by content or by reference: a URL, or the URI of a file that Google holds.
func media(m agent.Media) *genai.Part {
	if m.Data != nil {
		return &genai.Part{InlineData: &genai.Blob{Data: m.Data, MIMEType: provider.MediaType(m)}}
	}
	return &genai.Part{FileData: &genai.FileData{FileURI: m.URL + m.FileID, MIMEType: provider.MediaType(m)}}
}

// toolReturn returns a result, which must be an object, and behind it the media that the tool returned. Gemini 3 takes
// pictures, PDF and plain text inside of the result.
func (m *Model) toolReturn(r agent.ToolReturn) ([]*genai.Part, error) {
	object, files, err := result(r)
	if err != nil {
		return nil, err
	}
	response := &genai.FunctionResponse{ID: r.ID, Name: r.Name, Response: object}
	parts := []*genai.Part{{FunctionResponse: response}}
	for i := 0; i+1 < len(files); i += 2 { // a text that names it, and the file
		file, _ := files[i+1].(agent.Media)
		if !m.gemini3() || file.Data == nil || !inResults[provider.MediaType(file)] {
			parts = append(parts, said(files[i:i+2])...)
			continue
		}
		response.Parts = append(response.Parts, &genai.FunctionResponsePart{InlineData: &genai.FunctionResponseBlob{
			Data: file.Data, MIMEType: provider.MediaType(file),
		}})
	}
	return parts, nil
}

// inResults are the media types that Gemini 3 takes inside of results, see
// https://ai.google.dev/gemini-api/docs/function-calling#multimodal-function-responses.
var inResults = map[string]bool{
	"image/png": true, "image/jpeg": true, "image/webp": true, "application/pdf": true, "text/plain": true,
}

// result returns what a tool returned as an object: itself, or under the key return_value.
func result(r agent.ToolReturn) (map[string]any, []agent.Content, error) {
	switch r.Content.(type) {
	case nil: // an empty object would be left out
		return map[string]any{"return_value": nil}, nil, nil
	case string, agent.Text, agent.Media, []agent.Content:
		text, files, err := provider.ResultText(r)
		return map[string]any{"return_value": text}, files, err
	}
	encoded, err := json.Marshal(r.Content)
	if err != nil {
		return nil, nil, fmt.Errorf("result of tool %s (call %s): %w", r.Name, r.ID, err)
	}
	var object map[string]any
	if json.Unmarshal(encoded, &object) == nil && object != nil {
		return object, nil, nil
	}
	var value any
	err = json.Unmarshal(encoded, &value)
	return map[string]any{"return_value": value}, nil, err
}

// unsigned is the signature that Gemini takes for the first call of a turn that it did not make itself, see
// https://ai.google.dev/gemini-api/docs/thought-signatures#faqs.
const unsigned = "skip_thought_signature_validator"

// output returns what the model said, each part with its signature.
func (m *Model) output(r *agent.Response) []*genai.Part {
	ours := m.ours(r)
	var parts []*genai.Part
	firstCall := true
	for _, part := range r.Parts {
		switch part := part.(type) {
		case agent.Text:
			if part.Text != "" || part.Signature != "" {
				parts = append(parts, signed(&genai.Part{Text: part.Text}, part.Signature, ours))
			}
		case agent.Thinking:
			if part.Text != "" {
				parts = append(parts, signed(&genai.Part{Text: part.Text, Thought: true}, part.Signature, ours))
			}
		case agent.Media:
			if part.Data != nil {
				parts = append(parts, signed(media(part), part.Signature, ours))
			}
		case agent.ToolCall:
			if part.Builtin {
				continue
			}
			call := signed(&genai.Part{FunctionCall: &genai.FunctionCall{
				ID: part.ID, Name: part.Name, Args: arguments(part.Args),
			}}, part.Signature, ours)
			if firstCall && call.ThoughtSignature == nil {
				call.ThoughtSignature = []byte(unsigned)
			}
			firstCall = false
			parts = append(parts, call)
		}
	}
	return parts
}

// signed gives a part the signature with which it came, if it came from Google.
func signed(part *genai.Part, signature string, ours bool) *genai.Part {
	if ours {
		if decoded, err := base64.StdEncoding.DecodeString(signature); err == nil && len(decoded) > 0 {
			part.ThoughtSignature = decoded
		}
	}
	return part
}

func arguments(args json.RawMessage) map[string]any {
	var object map[string]any
	if json.Unmarshal(provider.ArgumentsObject(args), &object) != nil {
		return map[string]any{}
	}
	return object
}
