package hearth

// The attributes by which Logfire's SDKs and Hearth tell what OpenTelemetry has no words for. See records.md, section 7.
const (
	keyLevelNum      = "logfire.level_num"
	keySpanType      = "logfire.span_type"
	keyMessage       = "logfire.msg"
	keyTemplate      = "logfire.msg_template"
	keyJSONSchema    = "logfire.json_schema"
	keyTags          = "logfire.tags"
	keyPendingParent = "logfire.pending_parent_id"
	keyScrubbed      = "logfire.scrubbed"
	keySampleRate    = "logfire.sample_rate"
)

// The attributes that say where in the source something was made, as Logfire's SDKs name them.
const (
	keyFile     = "code.filepath"
	keyLine     = "code.lineno"
	keyFunction = "code.function"
)

// The values of keySpanType.
const (
	spanTypeSpan    = "span"
	spanTypeLog     = "log"
	spanTypePending = "pending_span"
)
