package genai

import (
	"reflect"
	"slices"
	"strings"

	"github.com/hearth-dev/hearth/internal/record"
)

// extractor reads one dialect.
type extractor struct {
	name    string
	matches func(*view) bool
	read    func(*view, *Record) // fills an empty Record with what the dialect says
}

// extractors are the dialects by precedence. Several may match; semconv_base, the last, fills what is still empty.
var extractors = []extractor{
	{"langfuse", isLangfuse, readLangfuse},
	{"claude_code", isClaudeCode, readClaudeCode},
	{"codex", isCodex, readCodex},
	{"gemini_cli", isGeminiCLI, readGeminiCLI},
	{"anthropic_sdk", isAnthropicSDK, readAnthropicSDK},
	{"genkit", isGenkit, readGenkit},
	{"vercel_legacy", isVercelLegacy, readVercelLegacy},
	{"vercel_otel", isVercelOTel, readVercelOTel},
	{"adk", isADK, readADK},
	{"pydantic_messages", isPydanticMessages, readPydanticMessages},
	{"pydantic_events", isPydanticEvents, readPydanticEvents},
	{"logfire_sdk", isLogfireSDK, readLogfireSDK},
	{"mlflow", isMLflow, readMLflow},
	{"langsmith", isLangSmith, readLangSmith},
	{"strands", isStrands, readStrands},
	{"semconv_messages", isSemconvMessages, readSemconvMessages},
	{"openinference", isOpenInference, readOpenInference},
	{"traceloop", isTraceloop, readTraceloop},
	{"semconv_events", isSemconvEvents, readSemconvEvents},
	{"openlit", isOpenLIT, readOpenLIT},
	{"semconv_content_events", isContentEvents, readContentEvents},
	{"livekit", isLiveKit, readLiveKit},
	{"litellm", isLiteLLM, readLiteLLM},
	{"flue", isFlue, readFlue},
	{httpDialect, isHTTPCall, readHTTPCall},
	{"semconv_base", isSemconvBase, readBase},
}

// familiar are how the keys begin that make a record worth a look.
var familiar = []string{
	"gen_ai.", "llm.", "ai.", "openinference.", "traceloop.", "langfuse.", "langsmith.", "genkit:", "mlflow.", "pydantic_ai.", "gcp.vertex.agent.",
	"claude_code.", "codex.", "lk.", "flue.", "litellm.", "anthropic.", "retrieval.documents.", "reranker.", "embedding.embeddings.", "mcp.",
}

var familiarKeys = []string{"all_messages_events", "agent_name", "tool_arguments", "tool_response"}

func isSemconvBase(v *view) bool { return v.hasPrefix(familiar...) || v.has(familiarKeys...) }

// Read reads one record. logs are the logs that belong to it: they may hold its messages. ok is false when the record
// tells nothing of language models.
func Read(s *Source, logs ...*Source) (_ *Record, ok bool) {
	v := newView(s, logs)
	r := &Record{}
	for _, e := range extractors {
		if !e.matches(v) {
			continue
		}
		found := &Record{}
		e.read(v, found)
		merge(r, found)
		r.Dialects = append(r.Dialects, e.name)
	}
	if len(r.Dialects) == 0 {
		return nil, false
	}
	if last := len(r.Dialects) - 1; r.Dialects[last] != "semconv_base" {
		found := &Record{}
		readBase(v, found)
		merge(r, found)
	}
	finish(v, r)
	return r, true
}

// merge takes what r does not know from found. Messages are taken whole.
func merge(r, found *Record) {
	if r.Usage.none() {
		r.outside = found.outside
	}
	r.tier = firstText(r.tier, found.tier)
	r.pairKey, r.history = firstText(r.pairKey, found.pairKey), max(r.history, found.history)
	r.Usage.fill(found.Usage)
	r.Truncated, r.ContentMissing = r.Truncated || found.Truncated, r.ContentMissing || found.ContentMissing
	mine, theirs := reflect.ValueOf(r).Elem(), reflect.ValueOf(found).Elem()
	for i := range mine.NumField() {
		if field := mine.Field(i); field.CanSet() && field.IsZero() {
			field.Set(theirs.Field(i))
		}
	}
}

// finish normalises what the extractors found, and infers what follows from it.
func finish(v *view, r *Record) {
	provider, raw := providerOf(v, firstText(r.ResponseModel, r.RequestModel))
	r.Provider, r.ProviderRaw = firstText(r.Provider, provider), firstText(r.ProviderRaw, raw)
	if r.Kind == "" {
		r.Kind = kindOf(v, r)
	}
	if r.Kind == KindTool {
		if r.Tool == nil {
			r.Tool = toolExec(v)
		}
		r.Input, r.Output = nil, nil
	}
	r.Input, r.Output = settle(r.Input), settleOutput(r.Output)
	liftSystem(r)
	for i := range r.Output {
		if r.Output[i].Finish == "" && i < len(r.Finish) {
			r.Output[i].Finish = r.Finish[i]
		}
	}
	if len(r.Finish) == 0 {
		for _, m := range r.Output {
			if m.Finish != "" {
				r.Finish = append(r.Finish, m.Finish)
			}
		}
	}
	if r.UsageScope != "" || !r.Usage.none() {
		r.Usage.settle(r.outside, r.Provider)
	}
	scopeUsage(r)
	readFailure(v, r)
	r.Truncated = r.Truncated || v.cut
	r.ContentMissing = r.ContentMissing || missing(r.Input) || missing(r.Output) ||
		r.Kind == KindChat && len(r.Input) == 0 && len(r.Output) == 0 && r.ErrorType == "" && v.Kind == record.KindSpan
}

// settleOutput settles each choice by itself: choices are alternatives, not a dialogue.
func settleOutput(choices []Message) []Message {
	var settled []Message
	for _, choice := range choices {
		settled = append(settled, settle([]Message{choice})...)
	}
	return settled
}

// liftSystem moves the instructions that the messages begin with to the others. The same text twice is one: SDKs send
// it in both places.
func liftSystem(r *Record) {
	for len(r.Input) > 0 && (r.Input[0].Role == RoleSystem || r.Input[0].Role == RoleDeveloper) {
		r.System = append(r.System, r.Input[0].Parts...)
		r.Input = r.Input[1:]
	}
	var parts []Part
	for _, part := range r.System {
		if !slices.ContainsFunc(parts, func(p Part) bool { return p.Type == part.Type && p.Text == part.Text && part.Type == PartText }) {
			parts = append(parts, part)
		}
	}
	r.System = parts
}

// scopeUsage says what the usage counts. That of an agent or a workflow is a sum, whatever its keys are named.
func scopeUsage(r *Record) {
	switch {
	case r.Usage.none():
		r.UsageScope = ScopeNone
	case r.UsageScope != "":
	case r.Kind.isModelCall():
		r.UsageScope = ScopeLeaf
	default:
		r.UsageScope = ScopeAggregate
	}
}

func readFailure(v *view, r *Record) {
	r.ErrorType = firstText(r.ErrorType, v.ExceptionType)
	r.ErrorMessage = firstText(r.ErrorMessage, v.ExceptionMessage)
	if v.Failed {
		r.ErrorMessage = firstText(r.ErrorMessage, v.StatusMessage)
		r.ErrorType = firstText(r.ErrorType, "error")
	}
}

func firstText(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// scoped tells whether the record comes from an instrumentation scope that begins so.
func (v *view) scoped(prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(v.Scope, prefix) })
}
