// The shape of GET /v1/traces/{trace_id}/conversation. The server has read every dialect into it.

/** Tokens. input holds the cached ones, output the reasoning; what was not reported is missing. */
export interface Usage {
  input?: number
  output?: number
  total?: number
  cache_read?: number
  cache_write?: number
  reasoning?: number
  input_audio?: number
  output_audio?: number
}

/** In billionths of a dollar. */
export interface Cost {
  total?: number
  input?: number
  output?: number
  source: 'reported' | 'computed' | 'override'
}

export interface Failure {
  span_id: string
  kind: string
  name?: string
  type?: string
  message?: string
}

export interface Part {
  type: 'text' | 'thinking' | 'tool_call' | 'tool_result' | 'image' | 'audio' | 'video' | 'file' | 'refusal' | 'json' | 'unknown'
  text?: string
  mime?: string
  uri?: string
  file_id?: string
  /** base64 */
  data?: string
  redacted?: boolean
  transcript?: string
  /** Of a tool's call. */
  id?: string
  name?: string
  args?: unknown
  /** What the model wrote, when it is no JSON. */
  args_raw?: string
  result?: unknown
  is_error?: boolean
  /** The provider runs the tool. */
  server_side?: boolean
  lang?: string
  /** The argument that holds code. */
  code_arg?: string
  /** Of json and unknown parts. */
  raw?: unknown
  /** The content was not captured. */
  content_missing?: boolean
  execution?: Execution
}

/** What came of a tool's call. */
export interface Execution {
  /** Missing when only the messages tell of it. */
  span_id?: string
  start?: string
  duration_seconds?: number
  running?: boolean
  result?: unknown
  is_error?: boolean
  error_type?: string
  error_message?: string
  /** Where it failed, such as validation. */
  stage?: string
  /** Why it was put off: CallDeferred or ApprovalRequired. */
  deferral?: string
  /** The spans of the agents that ran in it. */
  agents?: string[]
}

/** An execution that no message tells of. */
export interface ToolRun extends Execution {
  name?: string
  call_id?: string
  args?: unknown
  /** How many turns come before it. */
  after_turns?: number
}

export interface Message {
  role: string
  name?: string
  parts: Part[]
  finish?: string
}

/** One call of a model: what was new in its input, and what it answered. */
export interface Turn {
  span_id: string
  /** chat, embeddings and so on; agent for what a run tells beyond its calls. */
  kind: string
  start?: string
  duration_seconds?: number
  running?: boolean
  provider?: string
  request_model?: string
  response_model?: string
  /** When it differs from that of the turn before. */
  system?: Part[]
  /** Why it does not go on where the turn before ended. */
  break?: 'new_history' | 'history_changed' | 'asked_again'
  input: Message[]
  /** How many messages input begins with that were said before. */
  earlier?: number
  /** One message per choice. */
  output: Message[]
  finish?: string[]
  usage?: Usage
  cost?: Cost
  ttft_seconds?: number
  error?: Failure
  truncated?: boolean
  content_missing?: boolean
}

/** A tool that was offered, called, or both. */
export interface ToolUse {
  name?: string
  type?: string
  description?: string
  schema?: unknown
  offered: boolean
  calls: number
  errors: number
}

/** What has not ended while everything below it has: what the rest waits for. */
export interface Wait {
  span_id: string
  kind: string
  name?: string
  since?: string
}

export interface Warning {
  code: string
  message: string
  /** The call; missing when it is of the whole. */
  span_id?: string
}

/** How a model is called. */
export interface Config {
  params?: Record<string, unknown>
  tool_choice?: string
  output_type?: string
  output_schema?: unknown
  stream?: boolean
  server_address?: string
  server_port?: number
  workflow_name?: string
  prompt_name?: string
  prompt_version?: string
  tags?: string[]
  metadata?: Record<string, unknown>
}

export interface Conversation extends Config {
  trace_id: string
  span_id?: string
  /** Of an agent below: the call in which it ran, and how many turns come before it. */
  tool_call_id?: string
  after_turns?: number
  kind: string
  agent?: { name?: string; id?: string; description?: string; version?: string }
  start?: string
  duration_seconds?: number
  running?: boolean
  waiting?: Wait[]
  conversation_id?: string
  session_id?: string
  user_id?: string
  run_id?: string
  providers: string[]
  models: string[]
  system?: Part[]
  turns: Turn[]
  ran?: ToolRun[]
  tools: ToolUse[]
  /** The agents that ran below. */
  agents: Conversation[]
  usage?: Usage
  cost?: Cost
  /** Model calls, those of agents below too. */
  calls: number
  /** Of them, those with tokens and without a cost. */
  unpriced_calls: number
  errors: Failure[]
  /** Of this conversation, not of the agents below. */
  warnings?: Warning[]
  dialects: string[] | null
  truncated: boolean
  content_missing: boolean
  /** Of the whole answer only: the trace has more records than were read. */
  records_truncated?: boolean
}

/** The shape of GET /v1/conversation: what was said under one id, in whichever traces. */
export interface Dialogue {
  id: string
  start?: string
  duration_seconds?: number
  running?: boolean
  /** Oldest first; the first turn of each has only what no run of the same agent before it said. */
  runs: Conversation[]
  providers: string[]
  models: string[]
  usage?: Usage
  cost?: Cost
  calls: number
  unpriced_calls: number
  records_truncated: boolean
}
