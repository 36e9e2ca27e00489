// Package anthropicmodel asks Anthropic's Claude models by the Messages API. It is a thin layer over the official SDK, whose
// retries and options stay as they are; the SDK's own spans are off, because an agent's spans tell the same.
//
//	model := anthropicmodel.New("claude-sonnet-4-5") // ANTHROPIC_API_KEY
//
// Importing it makes [agent.ModelByName] know "anthropic:".
package anthropicmodel
