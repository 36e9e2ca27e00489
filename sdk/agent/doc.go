// Package agent builds LLM agents: a model, instructions, tools and a typed output, run until the model gives its final
// answer. It is made in the manner of PydanticAI, and its instrumentation writes the same spans, attributes and log events,
// so that Hearth, Logfire and every other OpenTelemetry backend show its runs as conversations.
//
// A conversation is a list of [Message]: an [Input] is what the application says to the model, a [Response] what the model
// says. Both hold typed parts. A [Model] turns a conversation into the next response.
//
// The package imports no provider's SDK: the models are in packages beside it (openaimodel, anthropicmodel, googlemodel),
// and so are the doubles for tests (testmodel, functionmodel, cassette).
package agent
