package anthropicmodel

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/packages/param"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/provider"
)

type block = anthropic.ContentBlockParamUnion

// redacted is the id of thoughts that Anthropic shows to nobody; their signature is what they hold.
const redacted = "redacted_thinking"

// messages returns the system prompts, the instructions last, and the conversation.
func (m *Model) messages(req *agent.Request) (system []anthropic.TextBlockParam, messages []anthropic.MessageParam, err error) {
	var prompts []string
	for _, message := range req.Messages {
		switch message := message.(type) {
		case *agent.Input:
			blocks, err := m.input(message, &prompts)
			if err != nil {
				return nil, nil, err
			}
			if len(blocks) > 0 {
				messages = append(messages, anthropic.NewUserMessage(blocks...))
			}
		case *agent.Response:
			if blocks := m.output(message); len(blocks) > 0 {
				messages = append(messages, anthropic.NewAssistantMessage(blocks...))
			}
		}
	}
	if len(prompts) > 0 {
		system = append(system, anthropic.TextBlockParam{Text: strings.Join(prompts, "\n\n")})
	}
	if req.Instructions != "" {
		system = append(system, anthropic.TextBlockParam{Text: req.Instructions})
	}
	return system, messages, nil
}

// input returns the blocks of an input, and adds its system prompts to the others: they have no place in a conversation.
func (m *Model) input(in *agent.Input, prompts *[]string) ([]block, error) {
	var blocks []block
	for _, part := range in.Parts {
		switch part := part.(type) {
		case agent.SystemPrompt:
			*prompts = append(*prompts, part.Text)
		case agent.UserPrompt:
			added, err := contents(part.Content)
			if err != nil {
				return nil, err
			}
			blocks = append(blocks, added...)
		case agent.ToolReturn:
			result, err := toolResult(part)
			if err != nil {
				return nil, err
			}
			blocks = append(blocks, block{OfToolResult: result})
		case agent.RetryPrompt:
			if part.Name == "" {
				blocks = append(blocks, anthropic.NewTextBlock(part.Prompt()))
			} else {
				blocks = append(blocks, anthropic.NewToolResultBlock(part.ID, part.Prompt(), true))
			}
		}
	}
	return blocks, nil
}

// contents returns texts, without empty ones, which the API refuses, and media.
func contents(content []agent.Content) ([]block, error) {
	var blocks []block
	for _, c := range content {
		switch c := c.(type) {
		case agent.Text:
			if c.Text != "" {
				blocks = append(blocks, anthropic.NewTextBlock(c.Text))
			}
		case agent.Media:
			converted, err := media(c)
			if err != nil {
				return nil, err
			}
			blocks = append(blocks, converted)
		}
	}
	return blocks, nil
}

func media(media agent.Media) (block, error) {
	mediaType := provider.MediaType(media)
	data := base64.StdEncoding.EncodeToString(media.Data)
	switch {
	case media.Kind == agent.Image && media.FileID != "":
		return anthropic.NewImageBlock(anthropic.FileImageSourceParam{FileID: media.FileID}), nil
	case media.Kind == agent.Image && media.URL != "":
		return anthropic.NewImageBlock(anthropic.URLImageSourceParam{URL: media.URL}), nil
	case media.Kind == agent.Image:
		return anthropic.NewImageBlockBase64(mediaType, data), nil
	case media.Kind == agent.Document && media.FileID != "":
		return anthropic.NewDocumentBlock(anthropic.FileDocumentSourceParam{FileID: media.FileID}), nil
	case mediaType == "application/pdf" && media.URL != "":
		return anthropic.NewDocumentBlock(anthropic.URLPDFSourceParam{URL: media.URL}), nil
	case mediaType == "application/pdf":
		return anthropic.NewDocumentBlock(anthropic.Base64PDFSourceParam{Data: data}), nil
	case media.Kind == agent.Document && media.Data != nil && provider.IsText(mediaType):
		return anthropic.NewDocumentBlock(anthropic.PlainTextSourceParam{Data: string(media.Data)}), nil
	}
	return block{}, provider.Unsupported("Anthropic", media, "it takes pictures, PDF, and texts by content")
}

func toolResult(r agent.ToolReturn) (*anthropic.ToolResultBlockParam, error) {
	content, err := provider.Result(r)
	if err != nil {
		return nil, err
	}
	blocks, err := contents(content)
	if err != nil {
		return nil, err
	}
	result := &anthropic.ToolResultBlockParam{ToolUseID: r.ID, IsError: param.NewOpt(false)}
	for _, b := range blocks {
		result.Content = append(result.Content, anthropic.ToolResultBlockParamContentUnion{
			OfText: b.OfText, OfImage: b.OfImage, OfDocument: b.OfDocument,
		})
	}
	return result, nil
}

// output returns what the model said. Thoughts of others, and those without a signature, go back as text.
func (m *Model) output(r *agent.Response) []block {
	ours := r.Provider == m.provider
	var blocks []block
	for _, part := range r.Parts {
		switch part := part.(type) {
		case agent.Text:
			if part.Text != "" {
				blocks = append(blocks, anthropic.NewTextBlock(part.Text))
			}
		case agent.Thinking:
			switch {
			case ours && part.ID == redacted:
				blocks = append(blocks, anthropic.NewRedactedThinkingBlock(part.Signature))
			case ours && part.Signature != "":
				blocks = append(blocks, anthropic.NewThinkingBlock(part.Signature, part.Text))
			case part.Text != "":
				blocks = append(blocks, anthropic.NewTextBlock("<thinking>\n"+part.Text+"\n</thinking>"))
			}
		case agent.ToolCall:
			if !part.Builtin {
				blocks = append(blocks, anthropic.NewToolUseBlock(part.ID, provider.ArgumentsObject(part.Args), part.Name))
			} else if ours {
				blocks = append(blocks, again(map[string]any{
					"type": "server_tool_use", "id": part.ID, "name": part.Name, "input": provider.ArgumentsObject(part.Args),
				}))
			}
		case agent.ToolReturn:
			if content, ok := part.Content.(json.RawMessage); ok && ours {
				blocks = append(blocks, again(map[string]any{
					"type": part.Name + resultSuffix, "tool_use_id": part.ID, "content": content,
				}))
			}
		}
	}
	return blocks
}

// resultSuffix ends the types of the blocks that hold results of tools which Anthropic runs itself.
const resultSuffix = "_tool_result"

// again is a block as it came, for the many kinds of results that Anthropic's own tools have.
func again(fields map[string]any) block { return param.Override[block](fields) }
