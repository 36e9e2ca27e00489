package otlp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"
)

// Errors of the wire format. All mean that the request cannot be decoded.
var (
	errTruncated = errors.New("protobuf ends in the middle of a field")
	errVarint    = errors.New("protobuf has a number longer than 10 bytes")
	errTag       = errors.New("protobuf has a field with an invalid tag")
	errDepth     = fmt.Errorf("attribute values are nested deeper than %d levels", maxDepth)
)

// maxDepth bounds the nesting of attribute values, and with it the recursion over bytes that a stranger sent.
const maxDepth = 64

// fields walks the fields of one protobuf message. After next returned true, num is the field's number and exactly
// one of the accessors for its type may be called; it stops the walk with an error if the field is of another type.
// Fields that nobody asks for are skipped, which is how protobuf treats fields that a reader does not know.
//
// Positions are numbers and not slices: storing a pointer for every field costs a write barrier whenever the garbage
// collector runs, which was a quarter of the time of decoding.
type fields struct {
	buf      []byte
	at       int
	num      int32
	typ      protowire.Type
	from, to int    // of a length-delimited field
	n        uint64 // of any other
	err      error
}

func walk(message []byte) fields { return fields{buf: message} }

// next goes to the next field and reports false at the end or on an error.
func (f *fields) next() bool {
	if f.at >= len(f.buf) || f.err != nil {
		return false
	}
	tag, ok := f.varint()
	if !ok {
		return false
	}
	f.num, f.typ = int32(tag>>3), protowire.Type(tag&7)
	if f.num <= 0 || tag>>3 > math.MaxInt32 {
		f.err = errTag
		return false
	}
	switch f.typ {
	case protowire.BytesType:
		n, ok := f.varint()
		if !ok {
			return false
		}
		if n > uint64(len(f.buf)-f.at) {
			f.err = errTruncated
			return false
		}
		f.from, f.to = f.at, f.at+int(n)
		f.at = f.to
	case protowire.VarintType:
		f.n, ok = f.varint()
		return ok
	case protowire.Fixed64Type:
		if len(f.buf)-f.at < 8 {
			f.err = errTruncated
			return false
		}
		f.n = binary.LittleEndian.Uint64(f.buf[f.at:])
		f.at += 8
	case protowire.Fixed32Type:
		if len(f.buf)-f.at < 4 {
			f.err = errTruncated
			return false
		}
		f.n = uint64(binary.LittleEndian.Uint32(f.buf[f.at:]))
		f.at += 4
	default:
		return f.skipGroup()
	}
	return true
}

// skipGroup steps over what OTLP never uses: groups.
func (f *fields) skipGroup() bool {
	n := protowire.ConsumeFieldValue(protowire.Number(f.num), f.typ, f.buf[f.at:])
	if n < 0 {
		f.err = protowire.ParseError(n)
		return false
	}
	f.at += n
	return true
}

func (f *fields) varint() (uint64, bool) {
	if f.at < len(f.buf) && f.buf[f.at] < 0x80 {
		f.at++
		return uint64(f.buf[f.at-1]), true
	}
	n, size := binary.Uvarint(f.buf[f.at:])
	if size <= 0 {
		f.err = errTruncated
		if size < 0 || len(f.buf)-f.at >= binary.MaxVarintLen64 {
			f.err = errVarint
		}
		return 0, false
	}
	f.at += size
	return n, true
}

func (f *fields) is(t protowire.Type) bool {
	if f.typ == t {
		return true
	}
	f.err = fmt.Errorf("protobuf field %d has wire type %d, want %d", f.num, f.typ, t)
	return false
}

// bytes returns the content of a message, string or bytes field, a view of the body.
func (f *fields) bytes() []byte {
	if !f.is(protowire.BytesType) {
		return nil
	}
	return f.buf[f.from:f.to:f.to]
}

// text returns a string field, a view of the body. It may hold anything: whoever stores it repairs its UTF-8.
func (f *fields) text() string { return view(f.bytes()) }

// uint returns an integer, enum or bool field of the varint types.
func (f *fields) uint() uint64 {
	if !f.is(protowire.VarintType) {
		return 0
	}
	return f.n
}

// sint returns a field of the zigzag types.
func (f *fields) sint() int64 { return protowire.DecodeZigZag(f.uint()) }

func (f *fields) fixed64() uint64 {
	if !f.is(protowire.Fixed64Type) {
		return 0
	}
	return f.n
}

func (f *fields) double() float64 { return math.Float64frombits(f.fixed64()) }

func (f *fields) fixed32() uint32 {
	if !f.is(protowire.Fixed32Type) {
		return 0
	}
	return uint32(f.n)
}

// appendUints appends the numbers of a repeated field, packed or not.
func (f *fields) appendUints(to []uint64, of protowire.Type) []uint64 {
	if f.typ == of && len(to) < maxBuckets {
		return append(to, f.n)
	}
	packed := f.bytes()
	for len(packed) > 0 && f.err == nil {
		if len(to) >= maxBuckets {
			f.err = errTooManyBuckets
			return to
		}
		switch of {
		case protowire.Fixed64Type:
			if len(packed) < 8 {
				f.err = errTruncated
				return to
			}
			to, packed = append(to, binary.LittleEndian.Uint64(packed)), packed[8:]
		default:
			n, size := protowire.ConsumeVarint(packed)
			if size < 0 {
				f.err = protowire.ParseError(size)
				return to
			}
			to, packed = append(to, n), packed[size:]
		}
	}
	return to
}

// message merges another part of a message field into what was seen of it. Protobuf lets a message come in several
// parts, and the concatenation of the parts is the merged message.
func (f *fields) message(seen []byte) []byte {
	part := f.bytes()
	if len(seen) == 0 {
		return part
	}
	merged := make([]byte, 0, len(seen)+len(part))
	return append(append(merged, seen...), part...)
}

// view returns b as a string without copying. It is valid only as long as nobody writes to b.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// value is an attribute value, a view of the body. Its kind is the number of its field in AnyValue.
type value struct {
	kind valueKind
	b    []byte // text, bytes, or the undecoded message of an array or an object
	n    uint64 // bool, int, or the bits of a double
}

type valueKind uint8

// The kinds of values, by the numbers of AnyValue's fields.
const (
	noValue     valueKind = 0
	textValue   valueKind = 1
	boolValue   valueKind = 2
	intValue    valueKind = 3
	doubleValue valueKind = 4
	arrayValue  valueKind = 5
	objectValue valueKind = 6
	bytesValue  valueKind = 7
)

// readValue reads an AnyValue. Of several values the last counts, as protobuf wants it.
func readValue(message []byte) (v value, err error) {
	f := walk(message)
	for f.next() {
		switch kind := valueKind(min(f.num, math.MaxUint8)); kind {
		case textValue, arrayValue, objectValue, bytesValue:
			v = value{kind: kind, b: f.bytes()}
		case boolValue, intValue:
			v = value{kind: kind, n: f.uint()}
		case doubleValue:
			v = value{kind: kind, n: f.fixed64()}
		}
	}
	return v, f.err
}

// readKeyValue reads a KeyValue.
func readKeyValue(message []byte) (key []byte, v value, err error) {
	var raw []byte
	f := walk(message)
	for f.next() {
		switch f.num {
		case 1:
			key = f.bytes()
		case 2:
			raw = f.message(raw)
		}
	}
	if f.err != nil {
		return nil, value{}, f.err
	}
	v, err = readValue(raw)
	return key, v, err
}

func (v value) text() string { return view(v.b) }

func (v value) isText() bool { return v.kind == textValue }

func (v value) double() float64 { return math.Float64frombits(v.n) }

// nonEmptyText returns the value if it is a text, else "".
func (v value) nonEmptyText() string {
	if v.kind != textValue {
		return ""
	}
	return v.text()
}

func appendVarintField(dst []byte, number protowire.Number, n uint64) []byte {
	if n == 0 {
		return dst
	}
	return protowire.AppendVarint(protowire.AppendTag(dst, number, protowire.VarintType), n)
}

func appendBytesField(dst []byte, number protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(dst, number, protowire.BytesType), s)
}
