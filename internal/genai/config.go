package genai

import (
	"cmp"
	"encoding/json"
)

// Config is how a model is called: each setting is that of the first record that tells of it.
type Config struct {
	Params        map[string]any  `json:"params,omitempty"`
	ToolChoice    string          `json:"tool_choice,omitempty"`
	OutputType    string          `json:"output_type,omitempty"` // text, json, image or speech
	OutputSchema  json.RawMessage `json:"output_schema,omitempty"`
	Stream        *bool           `json:"stream,omitempty"`
	ServerAddress string          `json:"server_address,omitempty"`
	ServerPort    int64           `json:"server_port,omitempty"`
	WorkflowName  string          `json:"workflow_name,omitempty"`
	PromptName    string          `json:"prompt_name,omitempty"`
	PromptVersion string          `json:"prompt_version,omitempty"`
	Tags          []string        `json:"tags,omitempty"`
	Metadata      map[string]any  `json:"metadata,omitempty"`
}

// learn takes from a record what is not known yet. Where a server listens and how it streams only model calls know.
func (c *Config) learn(r *Record) {
	if r.Kind.isModelCall() {
		if c.Params == nil {
			c.Params = r.Params
		}
		if c.Stream == nil {
			c.Stream = r.Stream
		}
		c.ServerAddress, c.ServerPort = firstText(c.ServerAddress, r.ServerAddress), cmp.Or(c.ServerPort, r.ServerPort)
	}
	c.ToolChoice, c.OutputType = firstText(c.ToolChoice, r.ToolChoice), firstText(c.OutputType, r.OutputType)
	if c.OutputSchema == nil {
		c.OutputSchema = r.OutputSchema
	}
	c.WorkflowName = firstText(c.WorkflowName, r.WorkflowName)
	c.PromptName, c.PromptVersion = firstText(c.PromptName, r.PromptName), firstText(c.PromptVersion, r.PromptVersion)
	if c.Tags == nil {
		c.Tags = r.Tags
	}
	if c.Metadata == nil {
		c.Metadata = r.Metadata
	}
}
