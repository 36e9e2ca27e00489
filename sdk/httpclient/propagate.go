package httpclient

import (
	"net/http"
	"reflect"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
)

// headers writes context into the headers of a request, which is copied when the first one is set.
type headers struct {
	request *http.Request
	copied  bool
}

// Get implements propagation.TextMapCarrier.
func (h *headers) Get(key string) string { return h.request.Header.Get(key) }

// Set implements propagation.TextMapCarrier.
func (h *headers) Set(key, value string) {
	if !h.copied {
		h.request = h.request.WithContext(h.request.Context())
		if h.request.Header = h.request.Header.Clone(); h.request.Header == nil {
			h.request.Header = http.Header{}
		}
		h.copied = true
	}
	h.request.Header.Set(key, value)
}

// Keys implements propagation.TextMapCarrier.
func (h *headers) Keys() []string {
	keys := make([]string, 0, len(h.request.Header))
	for key := range h.request.Header {
		keys = append(keys, key)
	}
	return keys
}

// silentProvider remembers a provider that makes no spans: one that does gives every span an id, also those that it does
// not record. OpenTelemetry's global provider is such a one until a program sets another.
type silentProvider struct {
	pointer atomic.Pointer[trace.TracerProvider]
}

func (s *silentProvider) is(p trace.TracerProvider) bool {
	silent := s.pointer.Load()
	return silent != nil && *silent == p
}

func (s *silentProvider) remember(p trace.TracerProvider) {
	if reflect.TypeOf(p).Kind() == reflect.Pointer { // others need not be comparable
		s.pointer.Store(&p)
	}
}

func (s *silentProvider) forget() { s.pointer.Store(nil) }
