package openaimodel

import (
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/provider"
)

type inputItem = responses.ResponseInputItemUnionParam

// input returns the conversation as the API wants it.
func (m *Responses) input(req *agent.Request) ([]inputItem, error) {
	items := []inputItem{}
	for _, message := range req.Messages {
		switch message := message.(type) {
		case *agent.Input:
			added, err := m.inputs(message)
			if err != nil {
				return nil, err
			}
			items = append(items, added...)
		case *agent.Response:
			items = append(items, m.outputs(message)...)
		}
	}
	return items, nil
}

func said(role responses.EasyInputMessageRole, text string) inputItem {
	return responses.ResponseInputItemParamOfMessage(text, role)
}

// callOutput returns what a call gave, as a text or as a list.
func callOutput[T string | responses.ResponseFunctionCallOutputItemListParam](callID string, output T) inputItem {
	item := responses.ResponseInputItemParamOfFunctionCallOutput(output)
	item.OfFunctionCallOutput.CallID = param.NewOpt(callID)
	return item
}

func (m *Responses) inputs(in *agent.Input) ([]inputItem, error) {
	var items []inputItem
	for _, part := range in.Parts {
		switch part := part.(type) {
		case agent.SystemPrompt:
			items = append(items, said(responses.EasyInputMessageRoleSystem, part.Text))
		case agent.UserPrompt:
			item, err := m.user(part.Content)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		case agent.ToolReturn:
			item, err := m.toolReturn(part)
			if err != nil {
				return nil, err
			}
			items = append(items, item)
		case agent.RetryPrompt:
			if part.Name == "" {
				items = append(items, said(responses.EasyInputMessageRoleUser, part.Prompt()))
			} else {
				items = append(items, callOutput(part.ID, part.Prompt()))
			}
		}
	}
	return items, nil
}

func (m *Responses) user(contents []agent.Content) (inputItem, error) {
	if len(contents) == 1 {
		if text, ok := contents[0].(agent.Text); ok {
			return said(responses.EasyInputMessageRoleUser, text.Text), nil
		}
	}
	list := responses.ResponseInputMessageContentListParam{}
	for _, content := range contents {
		switch c := content.(type) {
		case agent.Text:
			list = append(list, responses.ResponseInputContentParamOfInputText(c.Text))
		case agent.Media:
			part, err := m.media(c)
			if err != nil {
				return inputItem{}, err
			}
			list = append(list, part)
		}
	}
	return responses.ResponseInputItemParamOfMessage(list, responses.EasyInputMessageRoleUser), nil
}

func (m *Responses) media(media agent.Media) (responses.ResponseInputContentUnionParam, error) {
	mediaType := provider.MediaType(media)
	switch {
	case media.Kind == agent.Image:
		image := responses.ResponseInputImageParam{
			Detail: responses.ResponseInputImageDetailAuto, FileID: nonEmpty(media.FileID), ImageURL: nonEmpty(media.URL),
		}
		if media.Data != nil {
			image.ImageURL = param.NewOpt(dataURI(mediaType, media.Data))
		}
		return responses.ResponseInputContentUnionParam{OfInputImage: &image}, nil
	case media.Kind == agent.Document, media.Kind == agent.Audio && media.Data == nil:
		file := responses.ResponseInputFileParam{FileID: nonEmpty(media.FileID), FileURL: nonEmpty(media.URL)}
		if media.Data != nil {
			file.FileData = param.NewOpt(dataURI(mediaType, media.Data))
			file.Filename = param.NewOpt("filename." + provider.Format(mediaType))
		}
		return responses.ResponseInputContentUnionParam{OfInputFile: &file}, nil
	}
	return responses.ResponseInputContentUnionParam{}, provider.Unsupported("OpenAI's Responses API", media, "use chat completions for sounds")
}

// toolReturn returns a result: a string, or a list when there are media in it.
func (m *Responses) toolReturn(r agent.ToolReturn) (inputItem, error) {
	contents, err := provider.Result(r)
	if err != nil {
		return inputItem{}, err
	}
	if len(contents) == 0 {
		return callOutput(r.ID, ""), nil
	}
	if text, ok := contents[0].(agent.Text); ok && len(contents) == 1 {
		return callOutput(r.ID, text.Text), nil
	}
	var list responses.ResponseFunctionCallOutputItemListParam
	for _, content := range contents {
		part, err := m.resultPart(content)
		if err != nil {
			return inputItem{}, err
		}
		list = append(list, part)
	}
	return callOutput(r.ID, list), nil
}

func (m *Responses) resultPart(content agent.Content) (part responses.ResponseFunctionCallOutputItemUnionParam, err error) {
	media, ok := content.(agent.Media)
	if !ok {
		text, _ := content.(agent.Text)
		part.OfInputText = &responses.ResponseInputTextContentParam{Text: text.Text}
		return part, nil
	}
	same, err := m.media(media)
	if err != nil {
		return part, err
	}
	if image := same.OfInputImage; image != nil {
		part.OfInputImage = &responses.ResponseInputImageContentParam{
			FileID: image.FileID, ImageURL: image.ImageURL, Detail: responses.ResponseInputImageContentDetailAuto,
		}
	}
	if file := same.OfInputFile; file != nil {
		part.OfInputFile = &responses.ResponseInputFileContentParam{
			FileID: file.FileID, FileURL: file.FileURL, FileData: file.FileData, Filename: file.Filename,
		}
	}
	return part, nil
}

// outputs returns what the model said. With reasoning models the items keep their ids: reasoning belongs to the calls and
// texts that follow it, and the provider refuses one without the other.
func (m *Responses) outputs(r *agent.Response) []inputItem {
	o := outputItems{ids: m.ours(r) && m.reasons()}
	for _, part := range r.Parts {
		switch part := part.(type) {
		case agent.Text:
			o.text(part)
		case agent.Thinking:
			o.thinking(part)
		case agent.ToolCall:
			if !part.Builtin {
				o.call(part)
			}
		}
	}
	return o.items
}

// outputItems collects the items of a response. Parts that came from one item become one item again.
type outputItems struct {
	ids   bool // send ids and reasoning
	items []inputItem
}

// last returns the item that was added last, or an empty one.
func (o *outputItems) last() inputItem {
	if len(o.items) == 0 {
		return inputItem{}
	}
	return o.items[len(o.items)-1]
}

func (o *outputItems) text(t agent.Text) {
	if t.ID == "" || !o.ids {
		o.items = append(o.items, said(responses.EasyInputMessageRoleAssistant, t.Text))
		return
	}
	content := responses.ResponseOutputMessageContentUnionParam{OfOutputText: &responses.ResponseOutputTextParam{
		Text: t.Text, Annotations: []responses.ResponseOutputTextAnnotationUnionParam{},
	}}
	if message := o.last().OfOutputMessage; message != nil && message.ID == t.ID {
		message.Content = append(message.Content, content)
		return
	}
	o.items = append(o.items, inputItem{OfOutputMessage: &responses.ResponseOutputMessageParam{
		ID: t.ID, Status: responses.ResponseOutputMessageStatusCompleted,
		Content: []responses.ResponseOutputMessageContentUnionParam{content},
	}})
}

func (o *outputItems) thinking(t agent.Thinking) {
	switch {
	case !o.ids || t.ID == "":
		if t.Text != "" {
			o.items = append(o.items, said(responses.EasyInputMessageRoleAssistant, provider.Think(t.Text)))
		}
		return
	case o.last().OfReasoning == nil || o.last().OfReasoning.ID != t.ID:
		o.items = append(o.items, inputItem{OfReasoning: &responses.ResponseReasoningItemParam{
			ID: t.ID, Summary: []responses.ResponseReasoningItemSummaryParam{},
		}})
	}
	reasoning := o.last().OfReasoning
	if t.Signature != "" {
		reasoning.EncryptedContent = param.NewOpt(t.Signature)
	}
	if t.Text != "" {
		reasoning.Summary = append(reasoning.Summary, responses.ResponseReasoningItemSummaryParam{Text: t.Text})
	}
}

func (o *outputItems) call(call agent.ToolCall) {
	item := responses.ResponseFunctionToolCallParam{
		CallID: call.ID, Name: call.Name, Arguments: provider.ArgumentsText(call.Args),
	}
	if o.ids {
		item.ID = nonEmpty(call.ItemID)
	}
	o.items = append(o.items, inputItem{OfFunctionCall: &item})
}
