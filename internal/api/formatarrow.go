package api

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/hearth-dev/hearth/internal/record"
)

// arrowBatchRows is how many rows a record batch holds at most; arrowBatchBytes of text ends it sooner.
const (
	arrowBatchRows  = 2048
	arrowBatchBytes = 4 << 20
)

// encodeArrow writes an Arrow IPC stream: the schema, record batches without compression, the end marker.
func encodeArrow(w io.Writer, a *answer) (err error) {
	fields := make([]arrow.Field, len(a.columns))
	for i, c := range a.columns {
		fields[i] = arrow.Field{Name: c.Name, Type: arrowType(c.Type), Nullable: !c.NotNull}
	}
	schema := arrow.NewSchema(fields, nil)
	out := ipc.NewWriter(w, ipc.WithSchema(schema))
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer builder.Release()

	row := make([]any, len(a.columns))
	rows, bytes := 0, 0
	flush := func() error {
		batch := builder.NewRecordBatch()
		defer batch.Release()
		rows, bytes = 0, 0
		return out.Write(batch)
	}
	for a.next(row) {
		for i, c := range a.columns {
			if err := appendArrow(builder.Field(i), row[i]); err != nil {
				return fmt.Errorf("column %s: %w", c.Name, err)
			}
			if text, ok := row[i].(string); ok {
				bytes += len(text)
			}
		}
		if rows++; rows == arrowBatchRows || bytes >= arrowBatchBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := a.err(); err != nil {
		return err // without the end marker, so that a reader sees that rows are missing
	}
	if rows > 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	return out.Close()
}

var arrowTypes = map[record.TypeKind]arrow.DataType{
	record.TypeNull:      arrow.Null,
	record.TypeBool:      arrow.FixedWidthTypes.Boolean,
	record.TypeInt16:     arrow.PrimitiveTypes.Int16,
	record.TypeInt32:     arrow.PrimitiveTypes.Int32,
	record.TypeInt64:     arrow.PrimitiveTypes.Int64,
	record.TypeUint64:    arrow.PrimitiveTypes.Uint64,
	record.TypeFloat64:   arrow.PrimitiveTypes.Float64,
	record.TypeText:      arrow.BinaryTypes.String,
	record.TypeJSON:      arrow.BinaryTypes.String,
	record.TypeTimestamp: arrow.FixedWidthTypes.Timestamp_us, // in UTC
	record.TypeDate:      arrow.FixedWidthTypes.Date32,
	record.TypeTime:      arrow.FixedWidthTypes.Time64us,
	record.TypeInterval:  arrow.FixedWidthTypes.MonthDayNanoInterval,
}

func arrowType(t record.Type) arrow.DataType {
	switch t.Kind {
	case record.TypeList:
		return arrow.ListOfField(arrow.Field{Name: "item", Type: arrowType(elemOf(t)), Nullable: true})
	case record.TypeStruct:
		fields := make([]arrow.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = arrow.Field{Name: f.Name, Type: arrowType(f.Type), Nullable: true}
		}
		return arrow.StructOf(fields...)
	default:
		return arrowTypes[t.Kind]
	}
}

var errArrowValue = errors.New("value does not fit its column's type")

// appendArrow appends a value to the builder of its column.
func appendArrow(b array.Builder, v any) error {
	if v == nil {
		b.AppendNull()
		return nil
	}
	ok := false
	switch b := b.(type) {
	case *array.BooleanBuilder:
		ok = appendAs(v, b.Append)
	case *array.Int16Builder:
		ok = appendAs(v, func(n int64) { b.Append(int16(n)) })
	case *array.Int32Builder:
		ok = appendAs(v, func(n int64) { b.Append(int32(n)) })
	case *array.Int64Builder:
		ok = appendAs(v, b.Append)
	case *array.Uint64Builder:
		ok = appendAs(v, b.Append)
	case *array.Float64Builder:
		ok = appendAs(v, b.Append)
	case *array.StringBuilder:
		ok = appendAs(v, b.Append)
	case *array.TimestampBuilder:
		ok = appendAs(v, func(at time.Time) { b.Append(arrow.Timestamp(at.UnixMicro())) })
	case *array.Date32Builder:
		ok = appendAs(v, func(at time.Time) { b.Append(arrow.Date32FromTime(at)) })
	case *array.Time64Builder:
		ok = appendAs(v, func(at time.Time) { b.Append(arrow.Time64(microsOfDay(at))) })
	case *array.MonthDayNanoIntervalBuilder:
		ok = appendAs(v, func(i interval) {
			b.Append(arrow.MonthDayNanoInterval{Months: i.Months, Days: i.Days, Nanoseconds: i.Micros * 1000})
		})
	case *array.ListBuilder:
		return appendArrowList(b, v)
	case *array.StructBuilder:
		return appendArrowStruct(b, v)
	}
	if !ok {
		return fmt.Errorf("%T: %w", v, errArrowValue)
	}
	return nil
}

// appendAs appends a value of type T and reports whether it is one.
func appendAs[T any](v any, add func(T)) bool {
	value, ok := v.(T)
	if ok {
		add(value)
	}
	return ok
}

func microsOfDay(at time.Time) int64 {
	at = at.UTC()
	return at.Sub(time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)).Microseconds()
}

func appendArrowList(b *array.ListBuilder, v any) error {
	list, ok := v.([]any)
	if !ok {
		return fmt.Errorf("%T: %w", v, errArrowValue)
	}
	b.Append(true)
	for _, item := range list {
		if err := appendArrow(b.ValueBuilder(), item); err != nil {
			return err
		}
	}
	return nil
}

func appendArrowStruct(b *array.StructBuilder, v any) error {
	fields, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("%T: %w", v, errArrowValue)
	}
	b.Append(true)
	t := b.Type().(*arrow.StructType)
	for i := range t.NumFields() {
		if err := appendArrow(b.FieldBuilder(i), fields[t.Field(i).Name]); err != nil {
			return err
		}
	}
	return nil
}
