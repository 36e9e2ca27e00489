package openaimodel

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/provider"
)

type chatMessage = openai.ChatCompletionMessageParamUnion

// messages returns the conversation as the API wants it. Instructions stand behind the system prompts that begin it.
func (m *Chat) messages(req *agent.Request) ([]chatMessage, error) {
	var all []chatMessage
	for _, message := range req.Messages {
		switch message := message.(type) {
		case *agent.Input:
			inputs, err := m.inputs(message)
			if err != nil {
				return nil, err
			}
			all = append(all, inputs...)
		case *agent.Response:
			if assistant, ok := m.assistant(message); ok {
				all = append(all, assistant)
			}
		}
	}
	if req.Instructions == "" {
		return all, nil
	}
	systems := 0
	for systems < len(all) && all[systems].OfSystem != nil {
		systems++
	}
	head := append(all[:systems:systems], openai.SystemMessage(req.Instructions))
	return append(head, all[systems:]...), nil
}

// inputs returns a message for each part of an input. Media that tools returned follow in a message of the user, because
// results of tools are text here.
func (m *Chat) inputs(in *agent.Input) ([]chatMessage, error) {
	var all []chatMessage
	var files []agent.Content
	for _, part := range in.Parts {
		switch part := part.(type) {
		case agent.SystemPrompt:
			all = append(all, openai.SystemMessage(part.Text))
		case agent.UserPrompt:
			message, err := m.user(part.Content)
			if err != nil {
				return nil, err
			}
			all = append(all, message)
		case agent.ToolReturn:
			text, media, err := provider.ResultText(part)
			if err != nil {
				return nil, err
			}
			files = append(files, media...)
			all = append(all, openai.ToolMessage(text, part.ID))
		case agent.RetryPrompt:
			if part.Name == "" {
				all = append(all, openai.UserMessage(part.Prompt()))
			} else {
				all = append(all, openai.ToolMessage(part.Prompt(), part.ID))
			}
		}
	}
	if len(files) > 0 {
		message, err := m.user(files)
		if err != nil {
			return nil, err
		}
		all = append(all, message)
	}
	return all, nil
}

// user returns what a user says: a string when it is nothing but one text.
func (m *Chat) user(contents []agent.Content) (chatMessage, error) {
	if len(contents) == 1 {
		if text, ok := contents[0].(agent.Text); ok {
			return openai.UserMessage(text.Text), nil
		}
	}
	parts := []openai.ChatCompletionContentPartUnionParam{}
	for _, content := range contents {
		switch c := content.(type) {
		case agent.Text:
			parts = append(parts, openai.TextContentPart(c.Text))
		case agent.Media:
			part, err := m.media(c)
			if err != nil {
				return chatMessage{}, err
			}
			parts = append(parts, part)
		}
	}
	return openai.UserMessage(parts), nil
}

func (m *Chat) media(media agent.Media) (openai.ChatCompletionContentPartUnionParam, error) {
	mediaType := provider.MediaType(media)
	none := openai.ChatCompletionContentPartUnionParam{}
	switch {
	case media.Kind == agent.Image && media.FileID == "":
		url := media.URL
		if media.Data != nil {
			url = dataURI(mediaType, media.Data)
		}
		return openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: url}), nil
	case media.Kind == agent.Audio && media.Data != nil:
		return openai.InputAudioContentPart(openai.ChatCompletionContentPartInputAudioInputAudioParam{
			Data: base64.StdEncoding.EncodeToString(media.Data), Format: provider.Format(mediaType),
		}), nil
	case media.Kind == agent.Document && media.FileID != "":
		return openai.FileContentPart(openai.ChatCompletionContentPartFileFileParam{FileID: param.NewOpt(media.FileID)}), nil
	case media.Kind == agent.Document && media.Data != nil && provider.IsText(mediaType):
		return openai.TextContentPart(inlined(mediaType, media)), nil
	case media.Kind == agent.Document && media.Data != nil:
		return openai.FileContentPart(openai.ChatCompletionContentPartFileFileParam{
			FileData: param.NewOpt(dataURI(mediaType, media.Data)), Filename: param.NewOpt("filename." + provider.Format(mediaType)),
		}), nil
	}
	return none, provider.Unsupported("OpenAI's chat completions API", media, "give its content, or use the Responses API")
}

func dataURI(mediaType string, data []byte) string {
	return "data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString(data)
}

// inlined is a text file as part of a prompt.
func inlined(mediaType string, media agent.Media) string {
	return strings.Join([]string{
		`-----BEGIN FILE id="` + provider.Name(media) + `" type="` + mediaType + `"-----`, string(media.Data),
		`-----END FILE id="` + provider.Name(media) + `"-----`,
	}, "\n")
}

// assistant returns what the model said, and false when there is nothing of it to say again. Thoughts go back in the field
// in which this provider gave them, else as text between tags.
func (m *Chat) assistant(r *agent.Response) (chatMessage, bool) {
	var texts []string
	var message openai.ChatCompletionAssistantMessageParam
	thoughts := map[string]any{}
	for _, part := range r.Parts {
		switch part := part.(type) {
		case agent.Text:
			texts = append(texts, part.Text)
		case agent.Thinking:
			if field := part.ID; m.ours(r) && (field == "reasoning" || field == "reasoning_content") {
				before, _ := thoughts[field].(string)
				thoughts[field] = join(before, part.Text)
			} else if part.Text != "" {
				texts = append(texts, provider.Think(part.Text))
			}
		case agent.ToolCall:
			if !part.Builtin {
				message.ToolCalls = append(message.ToolCalls, m.call(r, part))
			}
		}
	}
	if len(texts) == 0 && len(message.ToolCalls) == 0 {
		return chatMessage{}, false
	}
	if len(thoughts) > 0 {
		message.SetExtraFields(thoughts)
	}
	if len(texts) > 0 {
		message.Content.OfString = param.NewOpt(strings.Join(texts, "\n\n"))
	}
	return chatMessage{OfAssistant: &message}, true
}

func join(before, text string) string {
	if before == "" {
		return text
	}
	return before + "\n\n" + text
}

func (m *Chat) call(r *agent.Response, call agent.ToolCall) openai.ChatCompletionMessageToolCallUnionParam {
	function := openai.ChatCompletionMessageFunctionToolCallParam{
		ID: call.ID,
		Function: openai.ChatCompletionMessageFunctionToolCallFunctionParam{
			Name: call.Name, Arguments: provider.ArgumentsText(call.Args),
		},
	}
	if m.ours(r) && json.Valid([]byte(call.Signature)) {
		function.SetExtraFields(map[string]any{extraContent: json.RawMessage(call.Signature)})
	}
	return openai.ChatCompletionMessageToolCallUnionParam{OfFunction: &function}
}

// extraContent is the field in which Gemini behind this API signs its calls, and which it wants back; see
// https://ai.google.dev/gemini-api/docs/thought-signatures#openai.
const extraContent = "extra_content"
