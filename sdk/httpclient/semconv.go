package httpclient

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// methods are those that the conventions know; any other is counted as one.
var methods = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions,
	http.MethodConnect, http.MethodTrace, "QUERY",
}

// describe returns the name of the span and what is known of the request before it is sent, for samplers and for those who
// look while it runs.
func (x *exchange) describe(req *http.Request) (name string, attributes []attribute.KeyValue) {
	attributes = make([]attribute.KeyValue, 0, 6)
	name = req.Method
	switch {
	case name == "":
		name = http.MethodGet
		attributes = append(attributes, semconv.HTTPRequestMethodKey.String(name))
	case slices.Contains(methods, name):
		attributes = append(attributes, semconv.HTTPRequestMethodKey.String(name))
	default:
		attributes = append(attributes, semconv.HTTPRequestMethodOther, semconv.HTTPRequestMethodOriginal(name))
		name = "HTTP"
	}
	attributes = append(attributes, semconv.ServerAddress(req.URL.Hostname()))
	if port := portOf(req); port > 0 {
		attributes = append(attributes, semconv.ServerPort(port))
	}
	x.metric = slices.Clone(attributes)
	address, secrets := x.config.capture.URL(req.URL)
	x.captured.Scrubbed(string(semconv.URLFullKey), secrets...)
	return name, append(attributes, semconv.URLFull(address))
}

// portOf returns the port to which a request goes, 0 if that is unknown.
func portOf(req *http.Request) int {
	if port, err := strconv.Atoi(req.URL.Port()); err == nil {
		return port
	}
	switch req.URL.Scheme {
	case "http":
		return 80
	case "https":
		return 443
	}
	return 0
}

// resends returns the attribute for a request that is sent again, of which the SDKs made by Stainless tell (those of OpenAI
// and Anthropic among them).
func resends(req *http.Request) []attribute.KeyValue {
	if n, err := strconv.Atoi(req.Header.Get("X-Stainless-Retry-Count")); err == nil && n > 0 {
		return []attribute.KeyValue{semconv.HTTPRequestResendCount(n)}
	}
	return nil
}

// answered notes status and protocol of the response.
func (x *exchange) answered(resp *http.Response) {
	attributes := append(make([]attribute.KeyValue, 0, 3), semconv.HTTPResponseStatusCode(resp.StatusCode))
	if resp.ProtoMajor > 0 {
		attributes = append(attributes, semconv.NetworkProtocolVersion(protocolVersion(resp)))
	}
	if resp.StatusCode >= 400 {
		attributes = append(attributes, semconv.ErrorTypeKey.String(strconv.Itoa(resp.StatusCode)))
		x.span.SetStatus(codes.Error, "")
	}
	x.metric = append(x.metric, attributes...)
	x.span.SetAttributes(attributes...)
}

func protocolVersion(resp *http.Response) string {
	if resp.ProtoMajor >= 2 {
		return strconv.Itoa(resp.ProtoMajor)
	}
	return strconv.Itoa(resp.ProtoMajor) + "." + strconv.Itoa(resp.ProtoMinor)
}

// errorType returns error.type: a word for what happens often, else the type of the error.
func errorType(err error) attribute.KeyValue {
	var timeout net.Error
	var name *net.DNSError
	switch {
	case errors.Is(err, context.Canceled):
		return semconv.ErrorTypeKey.String("canceled")
	case errors.As(err, &name):
		return semconv.ErrorTypeKey.String("name_resolution")
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return semconv.ErrorTypeKey.String("timeout")
	}
	kind := semconv.ErrorType(err)
	return attribute.String(string(kind.Key), strings.ToValidUTF8(kind.Value.AsString(), "\uFFFD"))
}
