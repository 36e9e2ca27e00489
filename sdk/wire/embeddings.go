package wire

import (
	"encoding/json"

	"github.com/hearth-dev/hearth/sdk/agent"
)

func readEmbeddingsRequest(body []byte, r *Request) bool {
	var sent struct {
		Model string          `json:"model"`
		Input json.RawMessage `json:"input"` // a string, a list of them, tokens or lists of tokens
	}
	if decode(body, &sent) != nil || absent(sent.Input) {
		return false
	}
	if sent.Model != "" {
		r.Model = sent.Model
	}
	r.Inputs = stringsOf(sent.Input)
	return true
}

// readEmbeddings reads all but the vectors.
func readEmbeddings(body []byte) *agent.Response {
	var sent struct {
		Model string          `json:"model"`
		Data  json.RawMessage `json:"data"`
		Usage json.RawMessage `json:"usage"`
	}
	if decode(body, &sent) != nil || sent.Data == nil {
		return nil
	}
	return &agent.Response{Model: sent.Model, Usage: openAIUsage(sent.Usage)}
}
