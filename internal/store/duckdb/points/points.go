// Package points is the aggregates over metric points that DuckDB lacks: metric_increase, metric_rate, metric_quantile and
// metric_merge (docs/metrics.md says what they mean). They are written in C, because DuckDB calls them for each vector of rows
// from its own threads, and a call into Go costs more than the work.
//
// A state is what one group has seen. It holds points as they come; only a finished state looks at their order, so that rows
// may come in any order and states be combined in any. What all states of an instance hold together is bounded.
package points

/*
#cgo CFLAGS: -std=c11 -O2 -Wall -Wextra -Wno-unused-function
#cgo LDFLAGS: -lm
#include "functions.h"
*/
import "C"

import (
	"errors"
	"fmt"

	engine "github.com/duckdb/duckdb-go-bindings"
)

// fields are the fields of a value, in the order of the C enumeration.
var fields = []string{"t", "x", "c", "k", "ts", "st", "n", "s", "mn", "mx", "mm", "bc", "eb", "scale", "zc", "zt", "po", "pc", "no", "nc", "pw"}

// Register adds the aggregates to an instance through one of its connections. value is the type of the column value; memory
// bounds what the states hold together, in bytes.
func Register(c engine.Connection, value engine.LogicalType, memory int64) error {
	if err := check(value); err != nil {
		return err
	}
	number := engine.CreateLogicalType(engine.TypeDouble)
	defer engine.DestroyLogicalType(&number)
	time := engine.CreateLogicalType(engine.TypeTimestampTZ)
	defer engine.DestroyLogicalType(&time)
	types := C.types{
		value:  C.duckdb_logical_type(value.Ptr),
		number: C.duckdb_logical_type(number.Ptr),
		time:   C.duckdb_logical_type(time.Ptr),
	}
	if !C.register_functions(C.duckdb_connection(c.Ptr), types, C.longlong(memory)) {
		return errors.New("register the metric functions")
	}
	return nil
}

// check holds a value's type to what the C code reads.
func check(value engine.LogicalType) error {
	if n := engine.StructTypeChildCount(value); int(n) != len(fields) {
		return fmt.Errorf("a metric value has %d fields, want %d", n, len(fields))
	}
	for i, want := range fields {
		if got := engine.StructTypeChildName(value, engine.IdxT(i)); got != want {
			return fmt.Errorf("field %d of a metric value is %s, want %s", i, got, want)
		}
	}
	return nil
}
