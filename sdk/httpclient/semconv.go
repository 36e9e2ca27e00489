package httpclient

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/hearth-dev/hearth/sdk/internal/capture"
)

// startAttributes returns what is known of a request before it is sent.
func (r *recorder) startAttributes(req *http.Request) []attribute.KeyValue {
	address, _ := r.config.capture.URL(req.URL)
	attributes := append(metricAttributes(req), semconv.URLFull(address))
	if capture.Method(req.Method) == capture.OtherMethod {
		attributes = append(attributes, semconv.HTTPRequestMethodOriginal(req.Method))
	}
	return attributes
}

// metricAttributes returns what is known of a request before it is sent, as far as metrics tell it apart.
func metricAttributes(req *http.Request) []attribute.KeyValue {
	method := semconv.HTTPRequestMethodOther
	if name := capture.Method(req.Method); name != capture.OtherMethod {
		method = semconv.HTTPRequestMethodKey.String(name)
	}
	attributes := append(make([]attribute.KeyValue, 0, 6), method, semconv.ServerAddress(req.URL.Hostname()))
	if port := portOf(req); port > 0 {
		attributes = append(attributes, semconv.ServerPort(port))
	}
	return attributes
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
