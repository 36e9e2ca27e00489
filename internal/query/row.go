package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// row is a record as lists show it. Values are written as the query API writes them; NULL is null, never left out.
type row struct {
	CreatedAt      timestamp    `json:"created_at"`
	StartTimestamp timestamp    `json:"start_timestamp"`
	EndTimestamp   timestamp    `json:"end_timestamp"`
	Duration       *float64     `json:"duration"`
	TraceID        string       `json:"trace_id"`
	SpanID         string       `json:"span_id"`
	ParentSpanID   text         `json:"parent_span_id"`
	Kind           string       `json:"kind"`
	Level          record.Level `json:"level"`
	SpanName       string       `json:"span_name"`
	Message        string       `json:"message"`
	ServiceName    string       `json:"service_name"`
	Tags           []string     `json:"tags"`
	IsException    bool         `json:"is_exception"`
	ExceptionType  text         `json:"exception_type"`
	ScopeName      text         `json:"otel_scope_name"`
	StatusCode     text         `json:"otel_status_code"`
	HTTPStatus     *int16       `json:"http_response_status_code"`
	Environment    text         `json:"deployment_environment"`
	InstanceID     text         `json:"service_instance_id"`
	ProcessPID     *int32       `json:"process_pid"`
	Operation      text         `json:"gen_ai_operation_name"`
	RequestModel   text         `json:"gen_ai_request_model"`
	ResponseModel  text         `json:"gen_ai_response_model"`
	System         text         `json:"gen_ai_system"`
	InputTokens    number       `json:"gen_ai_usage_input_tokens"`
	OutputTokens   number       `json:"gen_ai_usage_output_tokens"`
	Cost           number       `json:"operation_cost"`
}

// timestamp is microseconds since 1970, written with six decimals in UTC.
type timestamp int64

// MarshalJSON implements json.Marshaler.
func (t timestamp) MarshalJSON() ([]byte, error) {
	return time.UnixMicro(int64(t)).UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000000Z"`), nil
}

// text is a string that may be NULL.
type text record.Text

// MarshalJSON implements json.Marshaler.
func (t text) MarshalJSON() ([]byte, error) {
	if !t.Valid {
		return []byte("null"), nil
	}
	return marshal(t.S)
}

// number is the text of a JSON number, or anything else for NULL: what clients send as a number of tokens may be no
// number.
type number string

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	if n == "" || n[0] != '-' && (n[0] < '0' || n[0] > '9') || !json.Valid([]byte(n)) {
		return []byte("null"), nil
	}
	return []byte(n), nil
}

// indexes of the hot attributes that rows show.
var hotOperation, hotRequestModel, hotResponseModel, hotSystem, hotInput, hotOutput, hotCost = hot("gen_ai.operation.name"),
	hot("gen_ai.request.model"), hot("gen_ai.response.model"), hot("gen_ai.system"),
	hot("gen_ai.usage.input_tokens"), hot("gen_ai.usage.output_tokens"), hot("operation.cost")

func hot(key string) uint16 {
	i, ok := record.HotIndex(key)
	if !ok {
		panic(fmt.Sprintf("%s is no hot attribute", key))
	}
	return i
}

// encodeRow returns the record as one JSON object.
func encodeRow(r *record.Record, arrived time.Time) ([]byte, error) {
	view := row{
		CreatedAt:      timestamp(arrived.UnixMicro()),
		StartTimestamp: timestamp(micros(r.StartNano)),
		EndTimestamp:   timestamp(micros(r.EndNano)),
		TraceID:        r.TraceID,
		SpanID:         r.SpanID,
		ParentSpanID:   text(r.ParentSpanID),
		Kind:           r.Kind.String(),
		Level:          r.Level,
		SpanName:       r.SpanName,
		Message:        r.Message,
		ServiceName:    r.Origin.ServiceName,
		Tags:           r.Tags,
		IsException:    r.IsException,
		ExceptionType:  text(r.ExceptionType),
		ScopeName:      text(r.Origin.ScopeName),
		StatusCode:     text(r.StatusCode),
		Environment:    text(r.Origin.Environment),
		InstanceID:     text(r.Origin.ServiceInstanceID),
	}
	if view.Tags == nil {
		view.Tags = []string{}
	}
	if seconds, ok := r.Duration(); ok {
		view.Duration = &seconds
	}
	if r.Origin.ProcessPID != 0 {
		view.ProcessPID = &r.Origin.ProcessPID
	}
	if r.HTTPStatusCode != 0 {
		view.HTTPStatus = &r.HTTPStatusCode
	}
	view.setHot(r.Hot)
	return marshal(view)
}

// micros rounds towards the past, as columns do.
func micros(nano int64) int64 { return time.Unix(0, nano).UnixMicro() }

func (v *row) setHot(values []record.HotValue) {
	for _, h := range values {
		switch h.Index {
		case hotOperation:
			v.Operation = text(record.Some(h.Value))
		case hotRequestModel:
			v.RequestModel = text(record.Some(h.Value))
		case hotResponseModel:
			v.ResponseModel = text(record.Some(h.Value))
		case hotSystem:
			v.System = text(record.Some(h.Value))
		case hotInput:
			v.InputTokens = number(h.Value)
		case hotOutput:
			v.OutputTokens = number(h.Value)
		case hotCost:
			v.Cost = number(h.Value)
		}
	}
}

// marshal is json.Marshal that leaves <, > and & as they are, as the query API does.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
