package duckdb

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"
	"unsafe"

	engine "github.com/duckdb/duckdb-go-bindings"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// decoder turns the values of one engine type into those of store.Rows.
type decoder struct {
	typ      record.Type
	read     func(d *decoder, v *vector, row int) any // of a value that is not NULL
	children []decoder
	names    []string   // of a struct's fields
	scale    float64    // of a decimal: what to divide by
	words    []string   // of an enum
	size     int        // of an array
	load     childrenOf // how to reach the child vectors
}

// childrenOf says how a vector's children are reached.
type childrenOf uint8

const (
	noChildren childrenOf = iota
	listChild
	arrayChild
	structChildren
)

func (d *decoder) value(v *vector, row int) any {
	if v.isNull(row) {
		return nil
	}
	return d.read(d, v, row)
}

// vector is a flat vector of the engine, valid as long as its chunk.
type vector struct {
	data     unsafe.Pointer
	validity unsafe.Pointer // bits, 1 = valid; nil when all are
	children []vector
}

func (v *vector) load(from engine.Vector, d *decoder) {
	v.data = engine.VectorGetData(from)
	v.validity = engine.VectorGetValidity(from)
	if v.children == nil && len(d.children) > 0 {
		v.children = make([]vector, len(d.children))
	}
	switch d.load {
	case listChild:
		v.children[0].load(engine.ListVectorGetChild(from), &d.children[0])
	case arrayChild:
		v.children[0].load(engine.ArrayVectorGetChild(from), &d.children[0])
	case structChildren:
		for i := range d.children {
			v.children[i].load(engine.StructVectorGetChild(from, engine.IdxT(i)), &d.children[i])
		}
	}
}

func (v *vector) isNull(row int) bool {
	if v.validity == nil {
		return false
	}
	word := *(*uint64)(unsafe.Add(v.validity, row/64*8))
	return word>>(row%64)&1 == 0
}

// at reads the fixed-size value of a row.
func at[T any](v *vector, row int) T {
	var zero T
	return *(*T)(unsafe.Add(v.data, row*int(unsafe.Sizeof(zero))))
}

// stringT is DuckDB's duckdb_string_t: up to 12 bytes stand inline, longer text behind a pointer.
type stringT struct {
	length  uint32
	prefix  [4]byte
	pointer uint64
}

const inlineBytes = 12

// bytesAt returns the bytes of a text or blob; they belong to the vector.
func bytesAt(v *vector, row int) []byte {
	s := (*stringT)(unsafe.Add(v.data, row*int(unsafe.Sizeof(stringT{}))))
	if s.length <= inlineBytes {
		return unsafe.Slice((*byte)(unsafe.Pointer(&s.prefix)), s.length)
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&s.pointer)), s.length)
}

func textAt(v *vector, row int) string { return string(bytesAt(v, row)) }

type hugeint struct {
	lower uint64
	upper int64
}

// newDecoder returns the decoder of an engine type.
func newDecoder(t engine.LogicalType) (decoder, error) {
	id := engine.GetTypeId(t)
	if simple, ok := simpleDecoders[id]; ok {
		if id == engine.TypeVarchar && engine.LogicalTypeGetAlias(t) == "JSON" {
			simple.typ = record.JSONType
		}
		return simple, nil
	}
	switch id {
	case engine.TypeDecimal:
		return decimalDecoder(t)
	case engine.TypeEnum:
		return enumDecoder(t)
	case engine.TypeList:
		child := engine.ListTypeChildType(t)
		defer engine.DestroyLogicalType(&child)
		return listDecoder(child, decoder{read: readList, load: listChild})
	case engine.TypeArray:
		child := engine.ArrayTypeChildType(t)
		defer engine.DestroyLogicalType(&child)
		return listDecoder(child, decoder{read: readArray, load: arrayChild, size: int(engine.ArrayTypeArraySize(t))})
	case engine.TypeStruct:
		return structDecoder(t)
	case engine.TypeMap:
		return mapDecoder(t)
	default:
		return decoder{}, fmt.Errorf("its type has no form in answers; cast it to text")
	}
}

var simpleDecoders = map[engine.Type]decoder{
	engine.TypeSQLNull:     {typ: record.Type{Kind: record.TypeNull}, read: func(*decoder, *vector, int) any { return nil }},
	engine.TypeBoolean:     {typ: record.Bool, read: func(_ *decoder, v *vector, row int) any { return at[bool](v, row) }},
	engine.TypeTinyInt:     {typ: record.Int16, read: readInt[int8]},
	engine.TypeSmallInt:    {typ: record.Int16, read: readInt[int16]},
	engine.TypeInteger:     {typ: record.Int32, read: readInt[int32]},
	engine.TypeBigInt:      {typ: record.Int64, read: readInt[int64]},
	engine.TypeUTinyInt:    {typ: record.Int16, read: readInt[uint8]},
	engine.TypeUSmallInt:   {typ: record.Int32, read: readInt[uint16]},
	engine.TypeUInteger:    {typ: record.Int64, read: readInt[uint32]},
	engine.TypeUBigInt:     {typ: record.Type{Kind: record.TypeUint64}, read: func(_ *decoder, v *vector, row int) any { return at[uint64](v, row) }},
	engine.TypeHugeInt:     {typ: record.Int64, read: readHugeInt},
	engine.TypeUHugeInt:    {typ: record.Type{Kind: record.TypeUint64}, read: readUHugeInt},
	engine.TypeFloat:       {typ: record.Float64, read: func(_ *decoder, v *vector, row int) any { return float64(at[float32](v, row)) }},
	engine.TypeDouble:      {typ: record.Float64, read: func(_ *decoder, v *vector, row int) any { return at[float64](v, row) }},
	engine.TypeVarchar:     {typ: record.TextType, read: func(_ *decoder, v *vector, row int) any { return textAt(v, row) }},
	engine.TypeBlob:        {typ: record.TextType, read: func(_ *decoder, v *vector, row int) any { return `\x` + hex.EncodeToString(bytesAt(v, row)) }},
	engine.TypeUUID:        {typ: record.TextType, read: readUUID},
	engine.TypeBit:         {typ: record.TextType, read: readBits},
	engine.TypeDate:        {typ: record.Date, read: readDate},
	engine.TypeTime:        {typ: record.Type{Kind: record.TypeTime}, read: func(_ *decoder, v *vector, row int) any { return timeOfDay(at[int64](v, row)) }},
	engine.TypeTimestamp:   {typ: record.Timestamp, read: readTimestamp(time.UnixMicro)},
	engine.TypeTimestampTZ: {typ: record.Timestamp, read: readTimestamp(time.UnixMicro)},
	engine.TypeTimestampS:  {typ: record.Timestamp, read: readTimestamp(func(s int64) time.Time { return time.Unix(s, 0) })},
	engine.TypeTimestampMS: {typ: record.Timestamp, read: readTimestamp(time.UnixMilli)},
	engine.TypeTimestampNS: {typ: record.Timestamp, read: readTimestamp(func(ns int64) time.Time { return time.Unix(0, ns) })},
	engine.TypeInterval:    {typ: record.Type{Kind: record.TypeInterval}, read: readInterval},
}

func readInt[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32](_ *decoder, v *vector, row int) any {
	return int64(at[T](v, row))
}

// readHugeInt yields an int64 where the number fits, as sums of integers do, and the nearest float64 where it does not.
func readHugeInt(_ *decoder, v *vector, row int) any {
	h := at[hugeint](v, row)
	if h.upper == int64(h.lower)>>63 {
		return int64(h.lower)
	}
	return hugeFloat(h)
}

func readUHugeInt(_ *decoder, v *vector, row int) any {
	h := at[[2]uint64](v, row)
	if h[1] == 0 {
		return h[0]
	}
	return math.Ldexp(float64(h[1]), 64) + float64(h[0])
}

// hugeFloat rounds once: adding two rounded halves would be off for numbers near zero from below.
func hugeFloat(h hugeint) float64 {
	n := new(big.Int).Lsh(big.NewInt(h.upper), 64)
	f, _ := new(big.Float).SetInt(n.Add(n, new(big.Int).SetUint64(h.lower))).Float64()
	return f
}

// readUUID undoes the flipped sign bit by which DuckDB makes UUIDs sort.
func readUUID(_ *decoder, v *vector, row int) any {
	h := at[hugeint](v, row)
	high := uint64(h.upper) ^ 1<<63
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, h.lower>>48, h.lower&(1<<48-1))
}

// readBits writes a bit string as zeros and ones. Its first byte says how many bits of the second are padding.
func readBits(_ *decoder, v *vector, row int) any {
	raw := bytesAt(v, row)
	if len(raw) == 0 {
		return ""
	}
	var sb strings.Builder
	for _, b := range raw[1:] {
		fmt.Fprintf(&sb, "%08b", b)
	}
	return sb.String()[raw[0]:]
}

// readDate yields nil for the infinite dates, which time.Time cannot hold.
func readDate(_ *decoder, v *vector, row int) any {
	days := at[int32](v, row)
	if days == math.MaxInt32 || days == -math.MaxInt32 {
		return nil
	}
	return time.Unix(int64(days)*86400, 0).UTC()
}

// readTimestamp yields nil for the infinite timestamps, which time.Time cannot hold.
func readTimestamp(from func(int64) time.Time) func(*decoder, *vector, int) any {
	return func(_ *decoder, v *vector, row int) any {
		n := at[int64](v, row)
		if n == math.MaxInt64 || n == -math.MaxInt64 {
			return nil
		}
		return from(n).UTC()
	}
}

// timeOfDay writes microseconds since midnight as 15:04:05.000000.
func timeOfDay(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("15:04:05.000000")
}

func readInterval(_ *decoder, v *vector, row int) any {
	i := at[struct {
		months, days int32
		micros       int64
	}](v, row)
	return store.Interval{Months: i.months, Days: i.days, Micros: i.micros}
}

func decimalDecoder(t engine.LogicalType) (decoder, error) {
	d := decoder{typ: record.Float64, scale: math.Pow10(int(engine.DecimalScale(t)))}
	switch engine.DecimalInternalType(t) {
	case engine.TypeSmallInt:
		d.read = func(d *decoder, v *vector, row int) any { return float64(at[int16](v, row)) / d.scale }
	case engine.TypeInteger:
		d.read = func(d *decoder, v *vector, row int) any { return float64(at[int32](v, row)) / d.scale }
	case engine.TypeBigInt:
		d.read = func(d *decoder, v *vector, row int) any { return float64(at[int64](v, row)) / d.scale }
	default:
		d.read = func(d *decoder, v *vector, row int) any { return hugeFloat(at[hugeint](v, row)) / d.scale }
	}
	return d, nil
}

func enumDecoder(t engine.LogicalType) (decoder, error) {
	d := decoder{typ: record.TextType}
	for i := range engine.EnumDictionarySize(t) {
		d.words = append(d.words, engine.EnumDictionaryValue(t, engine.IdxT(i)))
	}
	switch engine.EnumInternalType(t) {
	case engine.TypeUTinyInt:
		d.read = func(d *decoder, v *vector, row int) any { return d.words[at[uint8](v, row)] }
	case engine.TypeUSmallInt:
		d.read = func(d *decoder, v *vector, row int) any { return d.words[at[uint16](v, row)] }
	default:
		d.read = func(d *decoder, v *vector, row int) any { return d.words[at[uint32](v, row)] }
	}
	return d, nil
}

func listDecoder(child engine.LogicalType, d decoder) (decoder, error) {
	elem, err := newDecoder(child)
	if err != nil {
		return decoder{}, err
	}
	d.children = []decoder{elem}
	d.typ = record.ListOf(elem.typ)
	return d, nil
}

func readList(d *decoder, v *vector, row int) any {
	entry := at[struct{ offset, length uint64 }](v, row)
	return readElements(d, v, int(entry.offset), int(entry.length))
}

func readArray(d *decoder, v *vector, row int) any { return readElements(d, v, row*d.size, d.size) }

func readElements(d *decoder, v *vector, offset, length int) any {
	list := make([]any, length)
	for i := range list {
		list[i] = d.children[0].value(&v.children[0], offset+i)
	}
	return list
}

func structDecoder(t engine.LogicalType) (decoder, error) {
	d := decoder{typ: record.Type{Kind: record.TypeStruct}, read: readStruct, load: structChildren}
	for i := range engine.StructTypeChildCount(t) {
		child := engine.StructTypeChildType(t, i)
		field, err := newDecoder(child)
		engine.DestroyLogicalType(&child)
		if err != nil {
			return decoder{}, err
		}
		name := engine.StructTypeChildName(t, i)
		d.children = append(d.children, field)
		d.names = append(d.names, name)
		d.typ.Fields = append(d.typ.Fields, record.Field{Name: name, Type: field.typ})
	}
	return d, nil
}

func readStruct(d *decoder, v *vector, row int) any {
	fields := make(map[string]any, len(d.names))
	for i, name := range d.names {
		fields[name] = d.children[i].value(&v.children[i], row)
	}
	return fields
}

// mapDecoder reads a map as a struct whose fields differ from row to row. A map is a list of key and value structs.
func mapDecoder(t engine.LogicalType) (decoder, error) {
	key, value := engine.MapTypeKeyType(t), engine.MapTypeValueType(t)
	defer engine.DestroyLogicalType(&key)
	defer engine.DestroyLogicalType(&value)
	pair := decoder{load: structChildren}
	for _, part := range []engine.LogicalType{key, value} {
		d, err := newDecoder(part)
		if err != nil {
			return decoder{}, err
		}
		pair.children = append(pair.children, d)
	}
	return decoder{typ: record.Type{Kind: record.TypeStruct}, read: readMap, load: listChild, children: []decoder{pair}}, nil
}

func readMap(d *decoder, v *vector, row int) any {
	entry := at[struct{ offset, length uint64 }](v, row)
	pair, pairs := &d.children[0], &v.children[0]
	fields := make(map[string]any, entry.length)
	for i := int(entry.offset); i < int(entry.offset+entry.length); i++ {
		key := pair.children[0].value(&pairs.children[0], i)
		fields[fmt.Sprint(key)] = pair.children[1].value(&pairs.children[1], i)
	}
	return fields
}
