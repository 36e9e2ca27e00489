package demo

import (
	"encoding/hex"
	"hash/fnv"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// resources tells of the processes of one run of the shop: each service has one.
type resources struct {
	seed uint64
	made map[*service]*resourcepb.Resource
}

func newResources(seed uint64) *resources {
	return &resources{seed, map[*service]*resourcepb.Resource{}}
}

func (r *resources) of(s *service) *resourcepb.Resource {
	if made := r.made[s]; made != nil {
		return made
	}
	name := fnv.New64a()
	name.Write([]byte(s.name))
	c := newChance(r.seed, name.Sum64())
	list := attrs{
		kv("service.name", s.name), kv("service.version", s.version), kv("service.namespace", "teahouse"),
		kv("service.instance.id", c.uuid(4)), kv("deployment.environment.name", "production"),
		kv("telemetry.sdk.name", "opentelemetry"), kv("telemetry.sdk.language", s.language), kv("telemetry.sdk.version", s.sdkVersion),
		kv("host.name", s.name+"-"+c.word(5)), kv("process.pid", 7+c.IntN(400)),
	}
	r.made[s] = &resourcepb.Resource{Attributes: list.encode()}
	return r.made[s]
}

func (s scope) encode() *commonpb.InstrumentationScope {
	return &commonpb.InstrumentationScope{Name: s.name, Version: s.version}
}

// final returns the span as it is sent when it ends; zero is when the story starts.
func (s *span) final(zero time.Time) *tracepb.Span {
	out := s.base(zero, append(append(attrs{}, s.begin...), s.later...))
	out.SpanId = s.id[:]
	if s.parent != nil {
		out.ParentSpanId = s.parent.id[:]
	}
	out.EndTimeUnixNano = at(zero, s.end)
	for _, e := range s.events {
		out.Events = append(out.Events, &tracepb.Span_Event{TimeUnixNano: at(zero, e.at), Name: e.name, Attributes: e.attrs.encode()})
	}
	for _, to := range s.links {
		out.Links = append(out.Links, &tracepb.Span_Link{TraceId: to.traceID[:], SpanId: to.id[:]})
	}
	if s.failed {
		out.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: s.failure}
	}
	if s.log {
		out.Attributes = append(out.Attributes, kvString("logfire.span_type", "log"))
	}
	return out
}

// pending returns the span that announces this one, as Logfire's SDKs send it when a span starts: a child with an id of
// its own, and the real parent in an attribute.
func (s *span) pending(zero time.Time) *tracepb.Span {
	out := s.base(zero, s.begin)
	id := s.id
	id[0] ^= 0xff
	out.SpanId, out.ParentSpanId = id[:], s.id[:]
	out.EndTimeUnixNano = out.StartTimeUnixNano
	var parent [8]byte
	if s.parent != nil {
		parent = s.parent.id
	}
	out.Attributes = append(out.Attributes, kvString("logfire.span_type", "pending_span"),
		kvString("logfire.pending_parent_id", hex.EncodeToString(parent[:])))
	return out
}

// cut returns the span as a process sends it that is stopped before it ends.
func (s *span) cut(zero, now time.Time) *tracepb.Span {
	out := s.base(zero, s.begin)
	out.SpanId = s.id[:]
	if s.parent != nil {
		out.ParentSpanId = s.parent.id[:]
	}
	out.EndTimeUnixNano = uint64(now.UnixNano())
	return out
}

// base is what every form of a span has.
func (s *span) base(zero time.Time, list attrs) *tracepb.Span {
	out := &tracepb.Span{TraceId: s.traceID[:], Name: s.name, Kind: s.kind, StartTimeUnixNano: at(zero, s.start), Attributes: list.encode()}
	if s.message != "" {
		out.Attributes = append(out.Attributes, kvString("logfire.msg", s.message))
		if s.scope == logfireSDK {
			out.Attributes = append(out.Attributes, kvString("logfire.msg_template", s.name))
		}
	}
	if s.level != 0 {
		out.Attributes = append(out.Attributes, &commonpb.KeyValue{Key: "logfire.level_num", Value: anyValue(s.level)})
	}
	if len(s.tags) > 0 {
		out.Attributes = append(out.Attributes, &commonpb.KeyValue{Key: "logfire.tags", Value: anyValue(s.tags)})
	}
	if schema := list.schema(); schema != "" {
		out.Attributes = append(out.Attributes, kvString("logfire.json_schema", schema))
	}
	return out
}

// record returns a log record of the span.
func (s *span) record(l line, zero time.Time) *logspb.LogRecord {
	return &logspb.LogRecord{TraceId: s.traceID[:], SpanId: s.id[:], TimeUnixNano: at(zero, l.at), ObservedTimeUnixNano: at(zero, l.at),
		SeverityNumber: logspb.SeverityNumber(l.level), Body: anyValue(l.body), Attributes: l.attrs.encode()}
}

func at(zero time.Time, offset time.Duration) uint64 { return uint64(zero.Add(offset).UnixNano()) }

func kvString(key, value string) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: anyValue(value)}
}
