package api

import (
	"strconv"

	"github.com/hearth-dev/hearth/internal/record"
)

// column is a column of an answer. A column of text that holds JSON has the type JSON.
type column struct {
	Name    string
	Type    record.Type
	NotNull bool
}

// typeKeys are the words that the versions of the query API spell differently.
type typeKeys struct{ dataType string }

var (
	v1Keys = typeKeys{dataType: "datatype"}
	v2Keys = typeKeys{dataType: "data_type"}
)

// appendField appends a field as {"name":…,"data_type":…,"nullable":…}.
func (k typeKeys) appendField(dst []byte, name string, t record.Type, nullable bool) []byte {
	dst = append(dst, `{"name":`...)
	dst = appendString(dst, name)
	dst = append(dst, `,"`...)
	dst = append(dst, k.dataType...)
	dst = append(dst, `":`...)
	dst = k.appendType(dst, t)
	dst = append(dst, `,"nullable":`...)
	dst = strconv.AppendBool(dst, nullable)
	return append(dst, '}')
}

// appendFields appends the columns as an array of fields.
func (k typeKeys) appendFields(dst []byte, columns []column) []byte {
	dst = append(dst, '[')
	for i, c := range columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = k.appendField(dst, c.Name, c.Type, !c.NotNull)
	}
	return append(dst, ']')
}

// arrowNames are the types as Arrow's Rust implementation serialises them, which is what clients expect.
var arrowNames = map[record.TypeKind]string{
	record.TypeNull:      `"Null"`,
	record.TypeBool:      `"Boolean"`,
	record.TypeInt16:     `"Int16"`,
	record.TypeInt32:     `"Int32"`,
	record.TypeInt64:     `"Int64"`,
	record.TypeUint64:    `"UInt64"`,
	record.TypeFloat64:   `"Float64"`,
	record.TypeText:      `"Utf8"`,
	record.TypeJSON:      `"Utf8"`,
	record.TypeTimestamp: `{"Timestamp":["Microsecond","UTC"]}`,
	record.TypeDate:      `"Date32"`,
	record.TypeTime:      `{"Time64":"Microsecond"}`,
	record.TypeInterval:  `{"Interval":"MonthDayNano"}`,
}

func (k typeKeys) appendType(dst []byte, t record.Type) []byte {
	switch t.Kind {
	case record.TypeList:
		dst = append(dst, `{"List":`...)
		dst = k.appendField(dst, "item", elemOf(t), true)
		return append(dst, '}')
	case record.TypeStruct:
		dst = append(dst, `{"Struct":[`...)
		for i, f := range t.Fields {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = k.appendField(dst, f.Name, f.Type, true)
		}
		return append(dst, "]}"...)
	default:
		return append(dst, arrowNames[t.Kind]...)
	}
}

// elemOf returns the type of a list's elements; of an empty list it may be unknown.
func elemOf(t record.Type) record.Type {
	if t.Elem == nil {
		return record.Type{Kind: record.TypeNull}
	}
	return *t.Elem
}

// postgresNames are the types as GET /v1/schemas spells them.
var postgresNames = map[record.TypeKind]string{
	record.TypeNull:      "TEXT",
	record.TypeBool:      "BOOLEAN",
	record.TypeInt16:     "INTEGER",
	record.TypeInt32:     "INTEGER",
	record.TypeInt64:     "BIGINT",
	record.TypeUint64:    "NUMERIC",
	record.TypeFloat64:   "DOUBLE PRECISION",
	record.TypeText:      "TEXT",
	record.TypeJSON:      "TEXT",
	record.TypeTimestamp: "TIMESTAMP WITH TIME ZONE",
	record.TypeDate:      "DATE",
	record.TypeTime:      "TIME",
	record.TypeInterval:  "INTERVAL",
	record.TypeStruct:    "STRUCT",
}

func postgresName(t record.Type) string {
	if t.Kind == record.TypeList {
		return postgresName(elemOf(t)) + "[]"
	}
	return postgresNames[t.Kind]
}
