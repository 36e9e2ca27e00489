package govalue

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// form says how the values of a type are written.
type form uint8

const (
	asNothing form = iota // functions, channels: their type's name
	asBool
	asInt
	asUint
	asFloat
	asComplex
	asString
	asBytes
	asList
	asMap
	asStruct

	// Types that say themselves how they are written, in the order in which they are asked.
	asTime
	asDuration
	asLogValuer
	asError
	asBigInt
	asURL
	asRaw       // json.RawMessage
	asNumber    // json.Number
	asMarshaler // json.Marshaler
	asText      // encoding.TextMarshaler
	asStringer  // fmt.Stringer over a plain type, or over a struct that shows nothing else
)

// goType is what the walk needs to know about a type.
type goType struct {
	form   form
	byAddr bool   // the method has a pointer receiver
	title  string // the name without packages, "" if it has none
	schema string // of every value of the type; of a struct, without its properties
	fields []field
}

type typeKey struct {
	of          reflect.Type
	addressable bool
}

// goTypes remembers types; a program has a fixed number of them.
var goTypes sync.Map // typeKey -> *goType

// typeOf returns what is known about v's type. Methods with pointer receivers count where v has an address.
func typeOf(v reflect.Value) *goType {
	key := typeKey{v.Type(), v.CanAddr()}
	if known, ok := goTypes.Load(key); ok {
		return known.(*goType)
	}
	made, _ := goTypes.LoadOrStore(key, newType(key))
	return made.(*goType)
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	bigIntType   = reflect.TypeFor[big.Int]()
	bigFloatType = reflect.TypeFor[big.Float]()
	urlType      = reflect.TypeFor[url.URL]()
	rawType      = reflect.TypeFor[json.RawMessage]()
	numberType   = reflect.TypeFor[json.Number]()
	otelType     = reflect.TypeFor[attribute.Value]()
	slogType     = reflect.TypeFor[slog.Value]()
	regexpType   = reflect.TypeFor[regexp.Regexp]()
	addrType     = reflect.TypeFor[netip.Addr]()
	prefixType   = reflect.TypeFor[netip.Prefix]()
	ipType       = reflect.TypeFor[net.IP]()

	errorType     = reflect.TypeFor[error]()
	logValuerType = reflect.TypeFor[slog.LogValuer]()
	marshalerType = reflect.TypeFor[json.Marshaler]()
	textType      = reflect.TypeFor[encoding.TextMarshaler]()
	stringerType  = reflect.TypeFor[fmt.Stringer]()
)

func newType(key typeKey) *goType {
	t := key.of
	made := &goType{form: formOfKind(t), title: titleOf(t)}
	if made.form == asStruct {
		made.fields = fieldsOf(t)
	}
	if own := known[t]; own != asNothing {
		made.form = own
	} else {
		made.ask(key)
	}
	if t == otelType {
		made.title = ""
	}
	made.schema = schemaOfType(t, made)
	return made
}

// known are the types of the standard library that have a form of their own.
var known = map[reflect.Type]form{
	timeType: asTime, durationType: asDuration, slogType: asLogValuer, bigIntType: asBigInt, urlType: asURL, rawType: asRaw, numberType: asNumber,
}

// ask finds the first interface that the type has and that says how it is written.
func (g *goType) ask(key typeKey) {
	scalar := g.form >= asBool && g.form <= asBytes
	for _, way := range []struct {
		through reflect.Type
		form    form
		applies bool
	}{
		{logValuerType, asLogValuer, true},
		{errorType, asError, true},
		{marshalerType, asMarshaler, true},
		{textType, asText, true},
		{stringerType, asStringer, scalar || g.form == asStruct && len(g.fields) == 0},
	} {
		direct := key.of.Implements(way.through)
		if way.applies && (direct || key.addressable && reflect.PointerTo(key.of).Implements(way.through)) {
			g.form, g.byAddr = way.form, !direct
			return
		}
	}
}

func formOfKind(t reflect.Type) form {
	switch t.Kind() {
	case reflect.Bool:
		return asBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return asInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return asUint
	case reflect.Float32, reflect.Float64:
		return asFloat
	case reflect.Complex64, reflect.Complex128:
		return asComplex
	case reflect.String:
		return asString
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return asBytes
		}
		return asList
	case reflect.Map:
		return asMap
	case reflect.Struct:
		return asStruct
	}
	return asNothing
}

// titleOf returns a type's name without the paths of packages: Page[Order] for a shop.Page[example.com/shop.Order].
func titleOf(t reflect.Type) string {
	var title strings.Builder
	rest := pointedTo(t).Name()
	for rest != "" {
		end := strings.IndexAny(rest, "[],")
		if end < 0 {
			end = len(rest)
		}
		name := rest[:end]
		name = name[strings.LastIndexByte(name, '/')+1:]
		title.WriteString(name[strings.LastIndexByte(name, '.')+1:])
		if end < len(rest) {
			title.WriteByte(rest[end])
			end++
		}
		rest = rest[end:]
	}
	return title.String()
}

// field is a field of a struct as encoding/json sees it.
type field struct {
	name      string
	tagged    bool // the name comes from a tag
	index     []int
	omitEmpty bool
	omitZero  bool
}

// fieldsOf returns the fields of a struct that encoding/json writes, in its order: exported ones under the names of
// their tags, those of embedded structs among them; of two with one name the shallower, then the one with a tag.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	place := map[string]int{}
	for _, f := range allFields(t, nil, nil) {
		at, taken := place[f.name]
		switch {
		case !taken:
			place[f.name] = len(fields)
			fields = append(fields, f)
		case f.over(&fields[at]):
			fields[at] = f
		}
	}
	return fields
}

// over tells whether f hides other, which has the same name.
func (f *field) over(other *field) bool {
	if len(f.index) != len(other.index) {
		return len(f.index) < len(other.index)
	}
	return f.tagged && !other.tagged
}

// allFields returns the fields of a struct and of the structs embedded in it, each with its path. A type that embeds
// itself is entered once.
func allFields(t reflect.Type, path []int, above []reflect.Type) []field {
	if slices.Contains(above, t) {
		return nil
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		index := append(slices.Clone(path), i)
		switch {
		case tag == "-":
		case name == "" && flattened(f):
			fields = append(fields, allFields(pointedTo(f.Type), index, append(above, t))...)
		case f.IsExported():
			fields = append(fields, field{
				name: cmp.Or(name, f.Name), tagged: name != "", index: index,
				omitEmpty: has(options, "omitempty"), omitZero: has(options, "omitzero"),
			})
		}
	}
	return fields
}

// flattened tells whether the fields of an embedded struct stand among those of the struct around it.
func flattened(f reflect.StructField) bool {
	return f.Anonymous && pointedTo(f.Type).Kind() == reflect.Struct
}

// pointedTo returns what a pointer points to, anything else as it is.
func pointedTo(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// has tells whether a json tag's options name one.
func has(options, name string) bool {
	for option := range strings.SplitSeq(options, ",") {
		if option == name {
			return true
		}
	}
	return false
}

// get returns the field of a struct, invalid where an embedded pointer on the way is nil.
func (f *field) get(v reflect.Value) reflect.Value {
	for i, at := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}
			}
			v = v.Elem()
		}
		v = v.Field(at)
	}
	return v
}

// left tells whether encoding/json leaves a field out.
func (f *field) left(v reflect.Value) bool {
	if !v.IsValid() {
		return true
	}
	if f.omitZero && v.IsZero() {
		return true
	}
	if !f.omitEmpty {
		return false
	}
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}
