package agent

import (
	"context"
	"errors"
	"fmt"
)

// EndStrategy says what becomes of the other calls of a response in which the model gives its output by an output tool.
type EndStrategy int

// The strategies.
const (
	EndEarly      EndStrategy = iota // none is carried out
	EndGraceful                      // calls of functions are carried out, further outputs are not used
	EndExhaustive                    // all are carried out; the first valid output counts
)

// Option configures an agent.
type Option func(*config)

// config is what an agent is, apart from the type of its output.
type config struct {
	model         Model
	name          string
	description   string
	systemPrompts []string
	instructions  []func(context.Context) (string, error)
	tools         []Tool
	toolsets      []Toolset
	settings      Settings
	outputMode    *OutputMode
	outputName    string
	outputText    string // description of the output
	variants      []Variant
	endStrategy   EndStrategy
	retries       int
	outputRetries *int // nil: retries
	limits        UsageLimits
	processors    []func(context.Context, []Message) ([]Message, error)
	metadata      map[string]any
	err           error

	instrumentation instrumentation
}

func (c *config) fail(format string, args ...any) {
	c.err = errors.Join(c.err, fmt.Errorf(format, args...))
}

// WithName names the agent, in telemetry and errors. The default is "agent".
func WithName(name string) Option { return func(c *config) { c.name = name } }

// WithDescription says what the agent is for, in telemetry.
func WithDescription(text string) Option { return func(c *config) { c.description = text } }

// WithSystemPrompt begins new conversations with a system message, which stays in the history: a run with [History] does
// not repeat it. Several are several messages.
func WithSystemPrompt(text string) Option {
	return func(c *config) { c.systemPrompts = append(c.systemPrompts, text) }
}

// WithInstructions tells the model what to do, in every request; the history does not keep it, so that another agent that
// continues the conversation has its own. Several are joined by blank lines.
func WithInstructions(text string) Option {
	return WithInstructionsFunc(func(context.Context) (string, error) { return text, nil })
}

// WithInstructionsFunc is [WithInstructions] with a text that is made before each request. [Info] tells the function about
// the run. An empty text adds nothing.
func WithInstructionsFunc(text func(context.Context) (string, error)) Option {
	return func(c *config) { c.instructions = append(c.instructions, text) }
}

// WithTools gives the model functions that it may call. Names are unique in an agent.
func WithTools(tools ...Tool) Option { return func(c *config) { c.tools = append(c.tools, tools...) } }

// WithToolsets gives the model the tools of other sources.
func WithToolsets(sets ...Toolset) Option {
	return func(c *config) { c.toolsets = append(c.toolsets, sets...) }
}

// WithSettings sets the parameters of requests. Those that a later [WithSettings] or [RunSettings] sets too are replaced.
func WithSettings(s Settings) Option {
	return func(c *config) { c.settings = c.settings.With(s) }
}

// WithOutputMode says how the model is made to give the output. The default is [OutputText] for strings and [OutputTool] for
// everything else; by default the model's text is taken for the output too, when it is the JSON that the tool would be given.
func WithOutputMode(mode OutputMode) Option { return func(c *config) { c.outputMode = &mode } }

// WithOutputName names and describes the output to the model: the output tool, whose default name is final_result, or the
// schema in the modes native and prompted. An empty string keeps the default.
func WithOutputName(name, description string) Option {
	return func(c *config) { c.outputName, c.outputText = name, description }
}

// WithVariants says that the output is one of several types, each of which must be assignable to the agent's type of output;
// see [VariantOf].
func WithVariants(variants ...Variant) Option {
	return func(c *config) { c.variants = append(c.variants, variants...) }
}

// WithEndStrategy sets the [EndStrategy]. The default is [EndEarly].
func WithEndStrategy(s EndStrategy) Option { return func(c *config) { c.endStrategy = s } }

// WithRetries sets how often in a row a tool may ask the model to try again, and how often in a run the output may. The
// default is 1.
func WithRetries(n int) Option { return func(c *config) { c.retries = n } }

// WithOutputRetries sets how often in a run the output may be asked for again, where it is not [WithRetries].
func WithOutputRetries(n int) Option { return func(c *config) { c.outputRetries = &n } }

// WithUsageLimits bounds each run.
func WithUsageLimits(l UsageLimits) Option { return func(c *config) { c.limits = l } }

// WithHistoryProcessor changes the conversation before each request: it shortens it, for example. What it returns replaces
// the conversation, must end with an *[Input], and must not share changed messages with what it was given. Several are
// applied in order.
func WithHistoryProcessor(process func(context.Context, []Message) ([]Message, error)) Option {
	return func(c *config) { c.processors = append(c.processors, process) }
}

// WithMetadata attaches data to the telemetry of each run. Values must be such that encoding/json can write them.
func WithMetadata(data map[string]any) Option { return func(c *config) { c.metadata = data } }

// WithInstrument turns the recording of this agent on, with the zero [InstrumentationSettings], or off, whatever
// [InstrumentAll] says.
func WithInstrument(on bool) Option {
	if !on {
		return WithInstrumentation(nil)
	}
	return WithInstrumentation(&InstrumentationSettings{})
}

// WithInstrumentation records this agent with these settings, whatever [InstrumentAll] says; nil turns the recording off.
func WithInstrumentation(settings *InstrumentationSettings) Option {
	return func(c *config) { c.instrumentation = instrumentation{chosen: true, settings: settings} }
}

// RunOption configures one run.
type RunOption func(*runConfig)

// runConfig is what one run has of its own.
type runConfig struct {
	history      []Message
	conversation string
	model        Model
	settings     Settings
	share        bool
	limits       *UsageLimits
	metadata     map[string]any
	answers      map[string]Resolution
}

// History continues a conversation. The messages are not changed. A run without a prompt resumes where the history ends:
// it sends a last *[Input] again, or handles a last *[Response].
func History(messages []Message) RunOption {
	return func(c *runConfig) { c.history = messages }
}

// ConversationID names the conversation. The default is that of the history, or else a new one.
func ConversationID(id string) RunOption { return func(c *runConfig) { c.conversation = id } }

// UseModel runs with another model.
func UseModel(m Model) RunOption { return func(c *runConfig) { c.model = m } }

// RunSettings sets parameters of the requests of this run; the others are the agent's.
func RunSettings(s Settings) RunOption { return func(c *runConfig) { c.settings = s } }

// ShareUsage counts the usage of a run that a tool makes into the run that called the tool, whose limits hold for both.
// Outside of a tool it does nothing.
func ShareUsage() RunOption { return func(c *runConfig) { c.share = true } }

// Limits bounds this run, in place of the agent's limits.
func Limits(l UsageLimits) RunOption { return func(c *runConfig) { c.limits = &l } }

// RunMetadata adds to the metadata of the agent for this run.
func RunMetadata(data map[string]any) RunOption {
	return func(c *runConfig) { c.metadata = data }
}
