package genai

import (
	"slices"
	"strings"
)

// kindKeys are the attributes that say what a record is, strongest first.
var kindKeys = []string{
	"langfuse.observation.type", "openinference.span.kind", "gen_ai.operation.name", "genkit:metadata:subtype", "ai.operationId",
	"traceloop.span.kind", "mlflow.spanType", "langsmith.span.kind", "llm.request.type",
}

// kinds are the kinds by what dialects call them, in lower case.
var kinds = invertKinds(map[Kind][]string{
	KindChat: {
		"chat", "generate_content", "completion", "llm", "model", "generation", "chat_model", "response",
		"ai.generatetext.dogenerate", "ai.streamtext.dostream", "ai.generateobject.dogenerate", "ai.streamobject.dostream",
	},
	KindCompletion: {"text_completion"},
	KindEmbeddings: {"embeddings", "embedding", "embedder", "ai.embed.doembed", "ai.embedmany.doembed"},
	KindRerank:     {"rerank", "reranker"},
	KindRetrieval:  {"retrieval", "retriever"},
	KindTool:       {"execute_tool", "tool", "tool.v2", "function", "mcp_tools", "ai.toolcall", "tools/call"},
	KindAgent: {
		"invoke_agent", "create_agent", "agent", "ai.generatetext", "ai.streamtext", "ai.generateobject", "ai.streamobject",
	},
	KindWorkflow: {
		"invoke_workflow", "workflow", "chain", "flow", "flowstep", "task", "turn", "agent_step", "invocation", "plan", "util", "span",
		"ai.embed", "ai.embedmany", "prompt", "parser", "unknown", "event",
	},
	KindGuardrail: {"guardrail"},
	KindEvaluator: {"evaluator", "experiment"},
	KindHandoff:   {"handoff"},
	KindImage:     {"image_generation"},
	KindMemory:    {"memory"},
	KindSpeech:    {"speech"},
})

// kindNamed returns the kind that a dialect's word stands for.
func kindNamed(word string) Kind {
	word = strings.ToLower(word)
	if kind, ok := kinds[word]; ok {
		return kind
	}
	if strings.HasSuffix(word, "_memory") {
		return KindMemory
	}
	return ""
}

// kindOf infers the kind of a record.
func kindOf(v *view, r *Record) Kind {
	for _, key := range kindKeys {
		if kind := kindNamed(v.text(key)); kind != "" {
			return kind
		}
	}
	switch {
	case v.text("mcp.method.name") == "tools/call", v.has("gen_ai.tool.name", "gen_ai.tool.call.id"):
		return KindTool
	case v.has("agent_name") && v.has("all_messages_events", "pydantic_ai.all_messages", "final_result", "all_messages"),
		v.has("agent_name", "gen_ai.agent.name") && slices.Contains([]string{"agent run", "invoke_agent"}, v.Name):
		return KindAgent
	case slices.ContainsFunc(v.events, func(e event) bool { return e.name == eventChoice || e.name == eventUser }):
		return KindChat
	case r.RequestModel != "" || r.ResponseModel != "" || !r.Usage.none() || len(r.Input) > 0 || len(r.Output) > 0:
		return KindChat
	}
	return KindOther
}

func invertKinds(table map[Kind][]string) map[string]Kind {
	by := map[string]Kind{}
	for kind, words := range table {
		for _, word := range words {
			by[word] = kind
		}
	}
	return by
}
