package capture

import (
	"net/http"
	"sync"

	"go.opentelemetry.io/otel/attribute"
)

// Exchange gathers what is captured of one request and its response. It needs its Rules, and is safe for concurrent use.
type Exchange struct {
	Rules *Rules

	mu         sync.Mutex // guards what follows
	attributes attributes
	request    *Body // nil: not captured
	response   *Body // nil: not captured, or not begun
}

// Scrubbed notes that secrets of these names were replaced in the text of the attribute key.
func (x *Exchange) Scrubbed(key string, names ...string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.attributes.note(key, names...)
}

// Headers captures headers, if the rules say so.
func (x *Exchange) Headers(side Side, headers http.Header) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.attributes.headers(x.Rules, side, headers)
}

// Body returns what captures the body of a message with these headers from now on, in the place of one that was captured
// before: a request may be sent again.
func (x *Exchange) Body(side Side, headers http.Header) *Body {
	x.mu.Lock()
	defer x.mu.Unlock()
	body := NewBody(x.Rules, headers)
	*x.body(side) = body
	return body
}

// BodyOnce returns what captures a body: the one that is begun, else a new one.
func (x *Exchange) BodyOnce(side Side, headers http.Header) *Body {
	x.mu.Lock()
	defer x.mu.Unlock()
	body := x.body(side)
	if *body == nil {
		*body = NewBody(x.Rules, headers)
	}
	return *body
}

// Ended notes that all of a body has passed, if it is captured.
func (x *Exchange) Ended(side Side) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if body := *x.body(side); body != nil {
		body.Ended(nil)
	}
}

// body is where the body of a side is kept. The caller holds mu.
func (x *Exchange) body(side Side) **Body {
	if side == Request {
		return &x.request
	}
	return &x.response
}

// Attributes returns what was captured. It is called once, at the end.
func (x *Exchange) Attributes() []attribute.KeyValue {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.attributes.body(x.Rules, Request, x.request)
	x.attributes.body(x.Rules, Response, x.response)
	return x.attributes.all()
}
