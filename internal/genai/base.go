package genai

import "strings"

// readBase reads what most dialects say with the same keys or with keys that nobody else uses: models, usage, cost,
// ids, parameters, tools. It runs last and fills what is still empty.
func readBase(v *view, r *Record) {
	r.Operation = v.text("gen_ai.operation.name")
	r.RequestModel = v.text("gen_ai.request.model", "llm.request.model_name", "llm.model_name", "ai.model.id", "embedding.model_name", "reranker.model_name",
		"langsmith.metadata.ls_model_name", "mlflow.llm.model")
	if r.RequestModel == "" && v.has("agent_name") {
		r.RequestModel = v.text("model_name") // PydanticAI's runs; alone, anything may be called so
	}
	r.ResponseModel = v.text("gen_ai.response.model", "llm.response.model_name", "ai.response.model")
	r.ResponseID = v.text("gen_ai.response.id", "ai.response.id")
	r.ServerAddress = v.text("server.address")
	if port := countOf(v.get("server.port")); port != nil {
		r.ServerPort = *port
	}
	r.Finish = finishList(v)
	readBaseUsage(v, r)
	r.Cost = costOf(v)
	r.Tools = toolDefs(v)
	readIdentity(v, r)
	readParams(v, r)
	readOutputShape(v, r)
	readLatency(v, r)
	readEvals(v, r)
	readDocuments(v, r)
	readEmbeddings(v, r)
	r.Metadata = metadataOf(v)
	r.ErrorType = v.text("error.type", "gcp.vertex.agent.error_code")
	if system := v.json("gen_ai.system_instructions"); system != nil {
		r.System = partsOf(system)
	}
}

func readBaseUsage(v *view, r *Record) {
	for _, prefix := range []struct {
		name  string
		scope UsageScope
	}{{"gen_ai.aggregated_usage", ScopeAggregate}, {"gen_ai.usage", ""}, {"gen_ai.usage.partial", ScopePartial}} {
		if u := usageFrom(v.attributes, prefix.name); !u.none() && (prefix.scope == "" || v.hasPrefix(prefix.name+".")) {
			u.Other = otherDetails(v.below(prefix.name + ".details."))
			r.Usage, r.UsageScope = u, prefix.scope
			return
		}
	}
	if raw := v.object("gen_ai.usage.raw", "mlflow.chat.tokenUsage", "langsmith.usage_metadata"); raw != nil {
		r.Usage, r.outside = rawUsage(raw)
	}
}

// finishList reads finish reasons in any of their places.
func finishList(v *view) []string {
	reasons := v.texts("gen_ai.response.finish_reasons", "gen_ai.response.finish_reason", "llm.finish_reason", "llm.response.finish_reason",
		"anthropic.message.stop_reason", "stop_reason", "ai.response.finishReason", "ai.finishReason", "finish_reasons")
	for i, reason := range reasons {
		reasons[i] = finishOf(reason)
	}
	return reasons
}

// Attributes that say who and in which conversation.
var (
	conversationKeys = []string{
		"gen_ai.conversation.id", "conversation.id", "langsmith.metadata.thread_id", "langsmith.metadata.conversation_id",
		"gcp.vertex.agent.session_id", "genkit:sessionId", "ai.telemetry.metadata.conversationId", "ai.telemetry.metadata.threadId",
		"ai.telemetry.metadata.chatId", "traceloop.association.properties.conversation_id", "traceloop.association.properties.thread_id",
		"traceloop.association.properties.chat_id",
	}
	sessionKeys = []string{
		"langfuse.session.id", "session.id", "langsmith.metadata.session_id", "mlflow.trace.session", "ai.telemetry.metadata.sessionId",
		"traceloop.association.properties.session_id",
	}
	userKeys = []string{
		"langfuse.user.id", "user.id", "enduser.id", "gen_ai.user", "mlflow.trace.user", "ai.telemetry.metadata.userId",
		"traceloop.association.properties.user_id", "user.account_uuid", "user.email", "metadata.user_api_key_user_id",
	}
	runKeys = []string{"gen_ai.agent.call.id", "gcp.vertex.agent.invocation_id", "prompt.id", "prompt_id", "langsmith.trace.id"}
)

func readIdentity(v *view, r *Record) {
	r.ConversationID, r.SessionID = v.text(conversationKeys...), v.text(sessionKeys...)
	if thread := v.text("genkit:threadName"); thread != "" && r.ConversationID == v.text("genkit:sessionId") {
		r.ConversationID += "/" + thread
	}
	if r.SessionID == "" {
		r.SessionID = textOf(v.object("metadata")["session_id"])
	}
	r.UserID, r.RunID = v.text(userKeys...), v.text(runKeys...)
	r.Agent = AgentRef{
		Name: v.text("gen_ai.agent.name", "agent_name", "agent.name"), ID: v.text("gen_ai.agent.id"),
		Description: v.text("gen_ai.agent.description"), Version: v.text("gen_ai.agent.version"),
	}
	if r.Agent.Name == "" && v.text("traceloop.span.kind") == "agent" {
		r.Agent.Name = v.text("traceloop.entity.name")
	}
	if r.Agent.Name == "" && strings.Count(v.text("ai.operationId"), ".") == 1 {
		r.Agent.Name = v.text("ai.telemetry.functionId")
	}
	if r.Agent.Name == "" {
		r.Agent.Name = r.Agent.ID
	}
	r.WorkflowName = v.text("gen_ai.workflow.name", "traceloop.workflow.name", "langfuse.trace.name")
	r.PromptName = v.text("gen_ai.prompt.name", "langfuse.observation.prompt.name", "traceloop.prompt.key")
	r.PromptVersion = v.text("langfuse.observation.prompt.version", "traceloop.prompt.version", "llm.prompt_template.version")
	r.Tags = v.texts("langfuse.trace.tags", "langsmith.span.tags", "tag.tags")
}

// params are the settings of a request, by their canonical name.
var params = map[string][]string{
	"temperature":       {"gen_ai.request.temperature", "ai.settings.temperature"},
	"top_p":             {"gen_ai.request.top_p", "ai.settings.topP"},
	"top_k":             {"gen_ai.request.top_k", "ai.settings.topK", "llm.top_k"},
	"max_tokens":        {"gen_ai.request.max_tokens", "ai.settings.maxOutputTokens", "ai.settings.maxTokens"},
	"seed":              {"gen_ai.request.seed", "ai.settings.seed"},
	"stop":              {"gen_ai.request.stop_sequences", "llm.chat.stop_sequences", "ai.settings.stopSequences"},
	"frequency_penalty": {"gen_ai.request.frequency_penalty", "llm.frequency_penalty", "ai.settings.frequencyPenalty"},
	"presence_penalty":  {"gen_ai.request.presence_penalty", "llm.presence_penalty", "ai.settings.presencePenalty"},
	"choices":           {"gen_ai.request.choice.count"},
	"encoding_formats":  {"gen_ai.request.encoding_formats"},
	"reasoning_level":   {"gen_ai.request.reasoning.level", "gen_ai.request.reasoning_effort"},
	"service_tier":      {"openai.request.service_tier", "gen_ai.openai.request.service_tier"},
}

// bulkOfParameters are what invocation parameters repeat of the messages.
var bulkOfParameters = []string{"messages", "tools", "input", "system", "contents", "prompt"}

func readParams(v *view, r *Record) {
	set := map[string]any{}
	for name, keys := range params {
		if value := v.json(keys...); value != nil {
			set[name] = value
		}
	}
	for _, key := range []string{"llm.invocation_parameters", "langfuse.observation.model.parameters"} {
		for name, value := range v.object(key) {
			if _, known := set[name]; !known && len(set) < maxElements {
				set[name] = value
			}
		}
	}
	for _, name := range bulkOfParameters {
		delete(set, name)
	}
	if len(set) > 0 {
		r.Params = set
	}
	if stream, ok := boolOf(v.get("gen_ai.request.stream", "gen_ai.request.is_stream", "llm.is_streaming", "gen_ai.is_streaming")); ok {
		r.Stream = &stream
	}
	if choice := v.json("ai.prompt.toolChoice", "gen_ai.request.tool_choice"); choice != nil {
		if r.ToolChoice = textOf(choice); r.ToolChoice == "" {
			r.ToolChoice = textOf(first(objectOf(choice), "toolName", "name", "type"))
		}
	}
}

func readOutputShape(v *view, r *Record) {
	r.OutputType = v.text("gen_ai.output.type", "ai.settings.output")
	schema := v.object("ai.schema")
	if schema == nil {
		schema = objectOf(at(v.object("model_request_parameters"), "output_object", "json_schema"))
	}
	if schema != nil {
		r.OutputSchema = rawJSON(schema)
	}
}

func readLatency(v *view, r *Record) {
	seconds, ok := numberOf(v.get("gen_ai.client.operation.time_to_first_chunk", "gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token"))
	if !ok {
		if seconds, ok = numberOf(v.get("ai.response.msToFirstChunk", "ttft_ms")); ok {
			seconds /= 1000
		}
	}
	if ok && seconds >= 0 {
		r.TTFTSeconds = &seconds
	}
}

// metadataKeys are attributes that are shown as they are.
var metadataKeys = []string{
	"openai.api.type", "openai.response.service_tier", "openai.response.system_fingerprint", "azure.resource_provider.namespace", "gen_ai.data_source.id",
	"mcp.method.name", "mcp.session.id", "mcp.protocol.version", "mcp.resource.uri", "jsonrpc.request.id", "gen_ai.openai.system_fingerprint",
	"anthropic.request.id", "request_id", "graph.node.id", "graph.node.name", "graph.node.parent_id", "pydantic_ai.new_message_index",
	"langfuse.observation.level", "langfuse.environment", "langfuse.release", "langfuse.version", "app.version", "terminal.type", "query_source",
	"decision", "source", "mcp_server", "prompt.vendor", "prompt.id", "prompt.url", "ai.response.avgOutputTokensPerSecond", "ai.response.msToFinish",
}

// metadataPrefixes are what whole families of metadata begin with; they are shown without it.
var metadataPrefixes = []string{
	"ai.telemetry.metadata.", "traceloop.association.properties.", "langsmith.metadata.", "langfuse.trace.metadata.", "langfuse.observation.metadata.",
	"trace.metadata.", "metadata.user_api_key_", "aws.bedrock.",
}

func metadataOf(v *view) map[string]any {
	metadata := map[string]any{}
	for _, key := range metadataKeys {
		if value := v.get(key); value != nil {
			metadata[key] = value
		}
	}
	for _, prefix := range metadataPrefixes {
		for name, value := range v.below(prefix) {
			metadata[name] = value
		}
	}
	for name, value := range v.object("metadata") {
		metadata[name] = value
	}
	if len(metadata) == 0 {
		return nil
	}
	return metadata
}

// readEvals reads judgements: semconv's event, and OpenInference's annotations.
func readEvals(v *view, r *Record) {
	var found []object
	for i := range v.events {
		if v.events[i].name == eventEvaluation {
			found = append(found, v.events[i].fields())
		}
	}
	if found == nil && v.has("gen_ai.evaluation.name") {
		found = append(found, v.attributes)
	}
	for _, o := range found {
		eval := Eval{
			Name: textOf(o["gen_ai.evaluation.name"]), Label: textOf(o["gen_ai.evaluation.score.label"]),
			Explanation: textOf(o["gen_ai.evaluation.explanation"]), Source: textOf(o["gen_ai.evaluation.evaluator.source"]),
		}
		if score, ok := numberOf(o["gen_ai.evaluation.score.value"]); ok {
			eval.Score = &score
		}
		r.Evals = append(r.Evals, eval)
	}
	for _, family := range []struct{ prefix, one string }{{"annotations.", "annotation."}, {"evaluations.", "evaluation."}} {
		for _, scope := range []string{"", "trace.", "session."} {
			for _, o := range v.flat(scope + family.prefix) {
				eval := Eval{
					Name: textOf(o[family.one+"name"]), Label: textOf(o[family.one+"label"]), Explanation: textOf(o[family.one+"explanation"]),
					Source: textOf(o[family.one+"identifier"]), Kind: textOf(o[family.one+"annotator_kind"]),
				}
				if score, ok := numberOf(o[family.one+"score"]); ok {
					eval.Score = &score
				}
				r.Evals = append(r.Evals, eval)
			}
		}
	}
}

func readDocuments(v *view, r *Record) {
	r.Query = v.text("gen_ai.retrieval.query.text", "reranker.query")
	if kindNamed(v.text("openinference.span.kind")) == KindRetrieval {
		r.Query = firstText(r.Query, v.text("input.value"))
	}
	for _, item := range v.jsonList("gen_ai.retrieval.documents") {
		if o := objectOf(item); o != nil {
			r.Docs = append(r.Docs, documentOf(o, ""))
		}
	}
	for _, family := range []struct {
		prefix string
		input  bool
	}{{"retrieval.documents.", false}, {"reranker.input_documents.", true}, {"reranker.output_documents.", false}} {
		for _, o := range v.flat(family.prefix) {
			doc := documentOf(o, "document.")
			doc.Input = family.input
			r.Docs = append(r.Docs, doc)
		}
	}
}

func documentOf(o object, prefix string) Document {
	doc := Document{ID: textOf(o[prefix+"id"]), Content: plainText(first(o, prefix+"content", prefix+"text"))}
	if score, ok := numberOf(o[prefix+"score"]); ok {
		doc.Score = &score
	}
	if metadata, _ := unwrapped(o[prefix+"metadata"]); metadata != nil {
		doc.Metadata = rawJSON(metadata)
	}
	return doc
}

// readEmbeddings reads what was embedded, never the vectors.
func readEmbeddings(v *view, r *Record) {
	info := EmbeddingInfo{}
	for _, o := range v.flat("embedding.embeddings.") {
		if s := textOf(o["embedding.text"]); s != "" {
			info.Inputs = append(info.Inputs, s)
		}
	}
	if v.has("ai.value", "ai.values", "inputs_count", "gen_ai.embeddings.dimension.count") {
		for _, key := range []string{"ai.value", "ai.values", "inputs"} {
			switch value := v.json(key).(type) {
			case string:
				info.Inputs = append(info.Inputs, value)
			case []any:
				for _, item := range bounded(value) {
					decoded, _ := unwrapped(item)
					info.Inputs = append(info.Inputs, textOf(decoded))
				}
			}
		}
	}
	info.Count = max(count(countOf(v.get("inputs_count"))), int64(len(info.Inputs)))
	info.Dimensions = count(countOf(v.get("gen_ai.embeddings.dimension.count")))
	if info.Count > 0 || info.Dimensions > 0 {
		r.Embeddings = &info
	}
}
