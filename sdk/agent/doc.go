// Package agent builds LLM agents: a model, instructions, tools and a typed output, run until the model gives its final
// answer. It is made in the manner of PydanticAI, and its instrumentation writes the same spans, attributes and log events,
// so that Hearth, Logfire and every other OpenTelemetry backend show its runs as conversations.
//
//	weather := agent.NewTool("weather", "The weather of a city", func(ctx context.Context, in City) (Weather, error) { … })
//	a := agent.New[Report](model, agent.WithInstructions("Be concise."), agent.WithTools(weather))
//	result, err := a.Run(ctx, "What is it like in Paris?")
//
// A conversation is a list of [Message]: an [Input] is what the application says to the model, a [Response] what the model
// says. Both hold typed parts. A [Model] turns a conversation into the next response.
//
// # A run
//
// Each step sends the conversation and handles the response. Calls of tools are carried out, at the same time unless one is
// [Sequential], and their results are the next input, in the order of the calls. A response with the output ends the run:
// a text, or the call of an output tool. Arguments and outputs that do not keep to their schema do not reach the
// application: the model is told what is wrong and tries again, as often as [WithRetries] allows; functions ask for the same
// by [Retry]. [UsageLimits] end runs that go astray. A tool whose call needs somebody's approval, or whose result comes from
// outside, ends the run with a [DeferredError], and a later run goes on with [Resolve].
//
// A run is one goroutine, the caller's, apart from tools that run at the same time; when it returns, nothing that it started
// runs any more. Cancelling its context ends it. Dependencies of tools are variables that their functions close over; what
// they may know of the run, [Info] tells.
//
// # Telemetry
//
// Nothing is recorded until [InstrumentAll], [WithInstrument] or [WithInstrumentation] says so, to OpenTelemetry's providers:
// those that hearth.Configure installs, or others. Until then it costs nothing. Recorded, a run is a tree of spans:
//
//	agent run                 all messages, the result, the usage of the run
//	├── chat gpt-4o           one request: messages, tools, settings, usage, cost, the time to the first piece of a stream
//	├── running tool          one call: arguments, result, what went wrong; what the tool does is below it
//	└── chat gpt-4o
//
// The names and shapes are PydanticAI's, so that whatever reads its telemetry reads this too: [FormatEvents] those of its
// version 1, with messages in one attribute or as log events ([EventMode]), [FormatMessages] the newest, by OpenTelemetry's
// conventions. [ContentMode] leaves out what is said. Every span names the agent, the run and the conversation. Tokens, cost
// and the time to the first piece are metrics besides. A failed request, tool or run has the error status and the exception.
//
// # Where it differs from PydanticAI
//
// The texts that models are told, the names of output tools and the order of things are PydanticAI's, and stored histories are
// read by both ([MarshalMessages]). Where versions 1 and 2 differ, retries are told as in 1, and [EndEarly] is the default
// as there; results stand in the order of the calls, and an empty response is asked for again, as in 2. Open calls end a run with an
// error rather than an output of another type.
//
// # Models
//
// The package imports no provider's SDK: the models are in packages beside it (openaimodel, anthropicmodel, googlemodel),
// and so are fallback, over several models, and the doubles for tests (testmodel, functionmodel, cassette).
package agent
