// Package httpserver makes the requests that a net/http server answers visible: a span for each, with as much of headers
// and bodies as you ask for.
//
//	mux := http.NewServeMux()
//	mux.HandleFunc("GET /items/{id}", item)
//	http.ListenAndServe(":8080", httpserver.Handler(mux))
//
// The span, its attributes and the metrics http.server.* are those of OpenTelemetry's otelhttp. This package adds:
//
//   - http.route from the pattern that a ServeMux has matched; the span is named after it: GET /items/{id}.
//   - url.query, in which values of parameters such as key and access_token are replaced.
//   - Panics: the span fails, and has the panic as an exception with its stack; the panic goes on as it would. That of
//     http.ErrAbortHandler, by which a handler gives up its response, is none.
//   - Headers and bodies if asked for, under the names and the rules of package httpclient: http.request.header.NAME,
//     http.request.body.text or .form as far as the handler reads it, http.response.header.NAME as the handler has set it,
//     http.response.body.text as far as the handler writes it, sizes, secrets replaced.
//
// The handler finds the span in its request's context. Its ResponseWriter can do what the server's can (http.Flusher,
// http.Hijacker, io.ReaderFrom, http.ResponseController); nothing is held back, so event streams flow. Spans go to
// OpenTelemetry's global providers unless others are given.
package httpserver
