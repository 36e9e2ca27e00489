// Package httpclient makes the requests of a net/http client visible: a span for each, with as much of headers and bodies
// as you ask for.
//
//	client := httpclient.Instrument(&http.Client{}, httpclient.CaptureAll())
//
// Every library that takes an *http.Client or an http.RoundTripper can be given such a client, the SDKs of model providers
// among them. Spans, names and metrics are those of OpenTelemetry's semantic conventions, headers and bodies are where
// Logfire's clients put them, and all of it goes to OpenTelemetry's global providers unless others are given. While nobody
// records, requests pass through untouched.
//
// # What a span holds
//
// The span is of kind client, is named after the method, and lasts until the response's body has been read to its end or
// closed. It has http.request.method, url.full, server.address, server.port, http.response.status_code,
// network.protocol.version, error.type, and after a retry of which the client tells, http.request.resend_count. A status
// from 400 on is an error, as are requests without an answer and bodies that break off; those are exceptions too.
//
//   - CaptureHeaders: http.request.header.NAME and http.response.header.NAME, the name in lower case, lists of texts.
//     What net/http adds itself (Host, User-Agent, Accept-Encoding) is not there.
//   - CaptureRequestBody: http.request.body.text, or http.request.body.form for a form: an object with a text for each
//     field, or a list where a field comes more than once.
//   - CaptureResponseBody: http.response.body.text, as far as the caller read. Event streams are text.
//   - http.request.body.size and http.response.body.size, wherever a body was to be captured: its size in bytes as the
//     caller wrote or read it. The text is missing if the body is not text.
//   - logfire.json_schema tells readers that the texts of bodies may hold JSON, logfire.truncated names those that
//     MaxBodyBytes cut, and logfire.scrubbed those in which a secret was replaced.
//
// # Secrets
//
// Values of headers such as Authorization and Cookie are replaced before they become part of a span, and so are values of
// parameters such as key and access_token in the query of the URL and in forms. Redact adds names. Bodies are otherwise
// taken as they are.
package httpclient
