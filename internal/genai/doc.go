// Package genai reads what applications tell of their language models, in whichever dialect, and says it in one shape.
//
// Read turns one record of a trace (a Source: attributes, span events, the logs below it) into a Record: a model call, a
// tool's execution, an agent's run. A table (extractors) lists the dialects by precedence; each contributes what it
// knows, field by field, and the first that knows a field wins. The normalisers that all dialects share (roles, parts,
// finish reasons, providers, usage, identities) are tables too.
//
// Build joins the records of a trace into a Conversation: calls in order, each with only the messages that it added,
// tool calls with what came of them, sub-agents nested, and usage summed without counting a call twice.
//
// Everything that comes in was written by strangers. It is bounded in depth and size, never interpreted beyond its
// structure, and what is not understood is kept as it is. No function panics, whatever it is given.
package genai
