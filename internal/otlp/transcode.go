package otlp

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/hearth-dev/hearth/internal/record"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// transcode rewrites an OTLP request from JSON to protobuf, so that there is one mapping to records. It goes by the
// descriptors of the protocol and OTLP's rules for JSON: ids are hex, enums may be numbers or names, 64-bit numbers
// may be texts, fields may be named in camel case or as in the .proto files, unknown fields are skipped. It reads and
// writes in one pass, so that a request needs no more memory than its two forms.
func transcode(signal record.Signal, body []byte) ([]byte, error) {
	t := transcoder{jsonReader: jsonReader{src: body}, dst: make([]byte, 0, len(body)/2)}
	err := t.message(roots[signal], 0)
	if err == nil {
		err = t.end()
	}
	if err != nil {
		return nil, fmt.Errorf("at byte %d: %w", t.at, err)
	}
	return t.dst, nil
}

// roots describe the requests. TracesData and its like have the layout of ExportTraceServiceRequest and its like,
// whose package would bring gRPC's gateway along.
var roots = map[record.Signal]*messageType{
	record.Traces:  describe((&tracepb.TracesData{}).ProtoReflect().Descriptor(), map[protoreflect.FullName]*messageType{}),
	record.Logs:    describe((&logspb.LogsData{}).ProtoReflect().Descriptor(), map[protoreflect.FullName]*messageType{}),
	record.Metrics: describe((&metricspb.MetricsData{}).ProtoReflect().Descriptor(), map[protoreflect.FullName]*messageType{}),
}

// messageType is what transcode needs to know of a message.
type messageType struct {
	name   string
	fields map[string]*fieldType // by both names
}

type fieldType struct {
	number  protowire.Number
	name    string
	kind    protoreflect.Kind
	list    bool
	hex     bool         // an id: hex digits, not base64
	message *messageType // of kind MessageKind
	enum    protoreflect.EnumDescriptor
}

func describe(d protoreflect.MessageDescriptor, known map[protoreflect.FullName]*messageType) *messageType {
	if m, ok := known[d.FullName()]; ok {
		return m
	}
	m := &messageType{name: string(d.Name()), fields: map[string]*fieldType{}}
	known[d.FullName()] = m
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		f := &fieldType{number: fd.Number(), name: fd.JSONName(), kind: fd.Kind(), list: fd.IsList(), enum: fd.Enum()}
		f.hex = f.kind == protoreflect.BytesKind && strings.HasSuffix(string(fd.Name()), "_id")
		if fd.Message() != nil {
			f.message = describe(fd.Message(), known)
		}
		m.fields[fd.JSONName()], m.fields[string(fd.Name())] = f, f
	}
	return m
}

// transcoder writes protobuf while it reads JSON.
type transcoder struct {
	jsonReader
	dst []byte
}

// maxJSONNesting bounds the recursion. A level of attribute values takes up to four levels of JSON.
const maxJSONNesting = 4 * (maxDepth + 8)

// message transcodes an object.
func (t *transcoder) message(m *messageType, depth int) error {
	if depth > maxJSONNesting {
		return errDepth
	}
	return t.object(func(name []byte) error {
		f := m.fields[view(name)]
		if f == nil || t.peek() == 'n' {
			return t.skip(depth)
		}
		if err := t.field(f, depth); err != nil {
			return fmt.Errorf("%s.%s: %w", m.name, f.name, err)
		}
		return nil
	})
}

func (t *transcoder) field(f *fieldType, depth int) error {
	if f.list {
		return t.array(func() error { return t.one(f, depth) })
	}
	return t.one(f, depth)
}

func (t *transcoder) one(f *fieldType, depth int) error {
	switch f.kind {
	case protoreflect.MessageKind:
		return t.nested(f, depth)
	case protoreflect.StringKind:
		s, err := t.string()
		if err != nil {
			return err
		}
		t.dst = protowire.AppendBytes(protowire.AppendTag(t.dst, f.number, protowire.BytesType), s)
	case protoreflect.BytesKind:
		s, err := t.string()
		if err != nil {
			return err
		}
		b, err := f.bytes(s)
		if err != nil {
			return err
		}
		t.dst = protowire.AppendBytes(protowire.AppendTag(t.dst, f.number, protowire.BytesType), b)
	default:
		word, err := t.scalar()
		if err != nil {
			return err
		}
		return t.number(f, view(word))
	}
	return nil
}

// nested writes a message with its length before it. The length is known after the message is written, so there is
// room left for four bytes, which is the most that a request within the limits needs.
func (t *transcoder) nested(f *fieldType, depth int) error {
	t.dst = protowire.AppendTag(t.dst, f.number, protowire.BytesType)
	at := len(t.dst)
	t.dst = append(t.dst, 0, 0, 0, 0)
	if err := t.message(f.message, depth+1); err != nil {
		return err
	}
	length := len(t.dst) - at - 4
	if length >= 1<<28 {
		return fmt.Errorf("%d bytes are too long", length)
	}
	for i := range 3 {
		t.dst[at+i] = byte(length>>(7*i))&0x7f | 0x80
	}
	t.dst[at+3] = byte(length >> 21)
	return nil
}

// number writes a number, a bool or an enum, given as a JSON number or text.
func (t *transcoder) number(f *fieldType, word string) error {
	if f.kind == protoreflect.DoubleKind {
		x, err := strconv.ParseFloat(word, 64) // reads NaN and Infinity too; out of range becomes infinite
		if err != nil && !math.IsInf(x, 0) {
			return fmt.Errorf("%.40q is no number", word)
		}
		t.dst = protowire.AppendFixed64(protowire.AppendTag(t.dst, f.number, protowire.Fixed64Type), math.Float64bits(x))
		return nil
	}
	n, err := f.number64(word)
	if err != nil {
		return err
	}
	switch f.kind {
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		t.dst = protowire.AppendFixed64(protowire.AppendTag(t.dst, f.number, protowire.Fixed64Type), n)
		return nil
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		t.dst = protowire.AppendFixed32(protowire.AppendTag(t.dst, f.number, protowire.Fixed32Type), uint32(n))
		return nil
	case protoreflect.Sint32Kind, protoreflect.Sint64Kind:
		n = protowire.EncodeZigZag(int64(n))
	}
	t.dst = protowire.AppendVarint(protowire.AppendTag(t.dst, f.number, protowire.VarintType), n)
	return nil
}

// number64 returns the bits of a whole number, a bool or an enum.
func (f *fieldType) number64(word string) (uint64, error) {
	if f.kind == protoreflect.BoolKind {
		switch word {
		case "true":
			return 1, nil
		case "false":
			return 0, nil
		}
		return 0, fmt.Errorf("%.40q is no bool", word)
	}
	if f.kind == protoreflect.EnumKind {
		if named := f.enum.Values().ByName(protoreflect.Name(word)); named != nil {
			return uint64(named.Number()), nil
		}
	}
	bits := 64
	switch f.kind {
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind, protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		if f.kind == protoreflect.Uint32Kind || f.kind == protoreflect.Fixed32Kind {
			bits = 32
		}
		if n, err := strconv.ParseUint(word, 10, bits); err == nil {
			return n, nil
		}
		return wholeFloat(word, 0, math.Ldexp(1, bits))
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind, protoreflect.EnumKind:
		bits = 32
	}
	if n, err := strconv.ParseInt(word, 10, bits); err == nil {
		return uint64(n), nil
	}
	return wholeFloat(word, -math.Ldexp(1, bits-1), math.Ldexp(1, bits-1))
}

// wholeFloat reads numbers such as 1e9 or 5.0, which some encoders write for whole numbers.
func wholeFloat(word string, least, beyond float64) (uint64, error) {
	x, err := strconv.ParseFloat(word, 64)
	if err != nil || x != math.Trunc(x) || x < least || x >= beyond {
		return 0, fmt.Errorf("%.40q is no whole number in range", word)
	}
	if x < 0 {
		return uint64(int64(x)), nil
	}
	return uint64(x), nil
}

// bytes decodes a bytes field: ids are hex digits, everything else is base64.
func (f *fieldType) bytes(text []byte) ([]byte, error) {
	if f.hex {
		b := make([]byte, hex.DecodedLen(len(text)))
		_, err := hex.Decode(b, text)
		return b, err
	}
	s := strings.TrimRight(view(text), "=")
	if strings.ContainsAny(s, "-_") {
		return base64.RawURLEncoding.DecodeString(s)
	}
	return base64.RawStdEncoding.DecodeString(s)
}
