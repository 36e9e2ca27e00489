package googlemodel

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/genai"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/internal/provider"
)

// reasons leaves out what says nothing: OTHER and FINISH_REASON_UNSPECIFIED.
var reasons = map[genai.FinishReason]agent.FinishReason{
	genai.FinishReasonStop: agent.FinishStop, genai.FinishReasonMaxTokens: agent.FinishLength,
	genai.FinishReasonSafety: agent.FinishContentFilter, genai.FinishReasonRecitation: agent.FinishContentFilter,
	genai.FinishReasonBlocklist: agent.FinishContentFilter, genai.FinishReasonProhibitedContent: agent.FinishContentFilter,
	genai.FinishReasonSPII: agent.FinishContentFilter, genai.FinishReasonImageSafety: agent.FinishContentFilter,
	genai.FinishReasonImageProhibitedContent: agent.FinishContentFilter, genai.FinishReasonImageRecitation: agent.FinishContentFilter,
	genai.FinishReasonLanguage: agent.FinishError, genai.FinishReasonMalformedFunctionCall: agent.FinishError,
	genai.FinishReasonUnexpectedToolCall: agent.FinishError, genai.FinishReasonTooManyToolCalls: agent.FinishError,
	genai.FinishReasonNoImage: agent.FinishError,
}

func (m *Model) response(r *genai.GenerateContentResponse) (*agent.Response, error) {
	about := m.about(r)
	if len(r.Candidates) == 0 && about.FinishReason == "" {
		return nil, provider.Malformed(m.name, "the answer has no candidates")
	}
	out := &agent.Response{
		Model: about.Model, Provider: about.Provider, ID: about.ID, FinishReason: about.FinishReason, Details: about.Details,
		At: time.Now(),
	}
	if about.Usage != nil {
		out.Usage = *about.Usage
	}
	for _, part := range candidateParts(r) {
		converted, err := m.part(part)
		if err != nil {
			return nil, err
		}
		if converted != nil {
			out.Parts = append(out.Parts, converted)
		}
	}
	return out, nil
}

// about returns what a response, or a chunk of one, says about itself.
func (m *Model) about(r *genai.GenerateContentResponse) agent.ResponseDelta {
	about := agent.ResponseDelta{Model: r.ModelVersion, Provider: m.Provider(), ID: r.ResponseID, Details: map[string]any{}}
	if about.Model == "" {
		about.Model = m.name
	}
	if r.UsageMetadata != nil {
		usage := usageOf(r.UsageMetadata)
		about.Usage = &usage
	}
	switch {
	case len(r.Candidates) > 0:
		if reason := r.Candidates[0].FinishReason; reason != "" {
			about.FinishReason = reasons[reason]
			about.Details["finish_reason"] = string(reason)
		}
	case r.PromptFeedback != nil && r.PromptFeedback.BlockReason != "":
		about.FinishReason = agent.FinishContentFilter
		about.Details["block_reason"] = string(r.PromptFeedback.BlockReason)
		if message := r.PromptFeedback.BlockReasonMessage; message != "" {
			about.Details["block_reason_message"] = message
		}
	}
	return about
}

func candidateParts(r *genai.GenerateContentResponse) []*genai.Part {
	if len(r.Candidates) == 0 || r.Candidates[0].Content == nil {
		return nil
	}
	return r.Candidates[0].Content.Parts
}

// part returns a part as ours, or nil when it says nothing.
func (m *Model) part(p *genai.Part) (agent.ResponsePart, error) {
	signature := base64.StdEncoding.EncodeToString(p.ThoughtSignature)
	switch {
	case p.FunctionCall != nil:
		args, err := json.Marshal(p.FunctionCall.Args)
		if err != nil {
			return nil, provider.Malformed(m.name, "arguments of %s: %v", p.FunctionCall.Name, err)
		}
		if p.FunctionCall.Args == nil {
			args = nil
		}
		return agent.ToolCall{ID: provider.CallID(p.FunctionCall.ID), Name: p.FunctionCall.Name, Args: args, Signature: signature}, nil
	case p.InlineData != nil && p.Thought: // a sketch; the last one is the picture itself
		return nil, nil
	case p.InlineData != nil:
		return agent.Media{Kind: kind(p.InlineData.MIMEType), Data: p.InlineData.Data, Type: p.InlineData.MIMEType, Signature: signature}, nil
	case p.Text == "" && signature == "":
		return nil, nil
	case p.Thought:
		return agent.Thinking{Text: p.Text, Signature: signature}, nil
	}
	return agent.Text{Text: p.Text, Signature: signature}, nil
}

func kind(mediaType string) agent.MediaKind {
	main, _, _ := strings.Cut(mediaType, "/")
	switch main {
	case "image", "audio", "video":
		return agent.MediaKind(main)
	}
	return agent.Document
}

// usageOf returns what was used: thoughts are part of the output, what Google's own tools read is part of the input.
func usageOf(u *genai.GenerateContentResponseUsageMetadata) agent.Usage {
	details := map[string]int64{}
	for name, count := range map[string]int32{
		"cached_content_tokens": u.CachedContentTokenCount, "thoughts_tokens": u.ThoughtsTokenCount,
		"tool_use_prompt_tokens": u.ToolUsePromptTokenCount,
	} {
		if count != 0 {
			details[name] = int64(count)
		}
	}
	for name, counts := range map[string][]*genai.ModalityTokenCount{
		"prompt": u.PromptTokensDetails, "cache": u.CacheTokensDetails, "candidates": u.CandidatesTokensDetails,
		"tool_use_prompt": u.ToolUsePromptTokensDetails,
	} {
		for _, c := range counts {
			if c.Modality != "" && c.TokenCount != 0 {
				details[fmt.Sprintf("%s_%s_tokens", strings.ToLower(string(c.Modality)), name)] = int64(c.TokenCount)
			}
		}
	}
	usage := agent.Usage{
		InputTokens:      int64(u.PromptTokenCount) + int64(u.ToolUsePromptTokenCount),
		CacheReadTokens:  int64(u.CachedContentTokenCount),
		InputAudioTokens: details["audio_prompt_tokens"] + details["audio_tool_use_prompt_tokens"], CacheAudioReadTokens: details["audio_cache_tokens"],
		OutputTokens:    int64(u.CandidatesTokenCount) + int64(u.ThoughtsTokenCount),
		ReasoningTokens: int64(u.ThoughtsTokenCount), OutputAudioTokens: details["audio_candidates_tokens"],
	}
	if len(details) > 0 {
		usage.Details = details
	}
	return usage
}

// refused turns an error of the SDK into ours: a refusal keeps its status and body, everything else is wrapped.
func (m *Model) refused(err error) error {
	refusal, ok := errors.AsType[genai.APIError](err)
	if !ok || refusal.Code < 400 {
		return fmt.Errorf("model %s: %w", m.name, err)
	}
	body, encodeErr := json.Marshal(map[string]any{"error": refusal})
	if encodeErr != nil {
		body = []byte(refusal.Message)
	}
	return provider.Refused(m.name, refusal.Code, string(body))
}
