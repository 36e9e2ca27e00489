// The shape of GET /v1/traces/{trace_id}/conversation, as far as it is drawn. The server has read every dialect into it.

export interface Usage {
  input?: number
  output?: number
}

/** In billionths of a dollar. */
export interface Cost {
  total?: number
  source: string
}

export interface Failure {
  type?: string
  message?: string
}

export interface Part {
  type: string
  /** Of a tool's call. */
  id?: string
  text?: string
  name?: string
  args?: unknown
  args_raw?: string
  result?: unknown
  redacted?: boolean
  /** The content was not captured. */
  content_missing?: boolean
  /** base64 */
  data?: string
  execution?: Execution
}

/** How a tool ran for a call. */
export interface Execution {
  span_id?: string
  duration_seconds?: number
  result?: unknown
  is_error?: boolean
  error_type?: string
}

export interface Message {
  role: string
  parts: Part[]
}

/** One call of a model: what was new in its input, and what it answered. */
export interface Turn {
  span_id: string
  duration_seconds?: number
  request_model?: string
  response_model?: string
  input?: Message[]
  output?: Message[]
  usage?: Usage
  cost?: Cost
  /** When it differs from that of the turn before. */
  system?: Part[]
  error?: Failure
}

export interface Conversation {
  span_id?: string
  agent?: { name?: string }
  models?: string[]
  system?: Part[]
  turns: Turn[]
  usage?: Usage
  calls: number
  cost?: Cost
  errors?: Failure[]
  /** The agents that ran below. */
  agents?: Conversation[]
}
