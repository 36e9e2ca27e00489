// Package wire reads what applications and providers of language models say to each other: the bodies of requests and of
// responses, whole or as a stream, in the formats of OpenAI (chat completions, responses, embeddings), Anthropic
// (messages), Google (generateContent) and Ollama (chat). What it reads becomes a [Request], whose messages are those of
// package agent, and an [agent.Response]. It is made for those who look on: HTTP clients and middleware that tell of model
// calls, and servers that are told of HTTP bodies.
//
// [EndpointOf] knows by method and URL which format a request has, and whose it is.
//
// The package forgives: it takes what it understands of a body, of whatever version, and leaves the rest. It never changes
// what it is given, and keeps no reference to it.
package wire
