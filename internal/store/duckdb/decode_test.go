package duckdb

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

// testConn returns a connection to an instance of its own.
func testConn(t *testing.T) *conn {
	t.Helper()
	db, err := openDatabase(dialectSettings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.close)
	c, err := db.connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c
}

func TestEngineValuesBecomeTheValuesOfRows(t *testing.T) {
	t.Parallel()
	c := testConn(t)
	check := func(expression string, wantType record.TypeKind, want any) {
		t.Helper()
		r, err := c.query(t.Context(), "SELECT "+expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			return
		}
		defer r.Close()
		row := make([]any, 1)
		if !r.Next(row) {
			t.Errorf("%s: no row: %v", expression, r.Err())
			return
		}
		if diff := cmp.Diff(want, row[0], cmp.Comparer(sameFloat)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", expression, diff)
		}
		if got := r.Columns()[0].Type.Kind; got != wantType {
			t.Errorf("%s has type kind %d, want %d", expression, got, wantType)
		}
	}
	check("NULL", record.TypeInt32, nil) // DuckDB gives a bare NULL the type INTEGER
	check("true", record.TypeBool, true)
	check("(-5)::TINYINT", record.TypeInt16, int64(-5))
	check("200::UTINYINT", record.TypeInt16, int64(200))
	check("7::SMALLINT", record.TypeInt16, int64(7))
	check("65535::USMALLINT", record.TypeInt32, int64(65535))
	check("7", record.TypeInt32, int64(7))
	check("4294967295::UINTEGER", record.TypeInt64, int64(4294967295))
	check("9223372036854775807", record.TypeInt64, int64(math.MaxInt64))
	check("18446744073709551615::UBIGINT", record.TypeUint64, uint64(math.MaxUint64))
	check("sum(x) FROM (VALUES (1), (2)) v(x)", record.TypeInt64, int64(3))
	check("(-3)::HUGEINT", record.TypeInt64, int64(-3))
	check("(-9223372036854775808)::HUGEINT", record.TypeInt64, int64(math.MinInt64))
	check("9223372036854775808::HUGEINT", record.TypeInt64, float64(1<<63))
	check("170141183460469231731687303715884105727::HUGEINT", record.TypeInt64, math.Ldexp(1, 127))
	check("5::UHUGEINT", record.TypeUint64, uint64(5))
	check("1.5::FLOAT", record.TypeFloat64, 1.5)
	check("'nan'::DOUBLE", record.TypeFloat64, math.NaN())
	check("'-inf'::DOUBLE", record.TypeFloat64, math.Inf(-1))
	check("1.25::DECIMAL(4,2)", record.TypeFloat64, 1.25)
	check("(-0.001)::DECIMAL(9,3)", record.TypeFloat64, -0.001)
	check("123456789.5::DECIMAL(18,1)", record.TypeFloat64, 123456789.5)
	check("(-1.5)::DECIMAL(38,2)", record.TypeFloat64, -1.5)
	check("''", record.TypeText, "")
	check("'twelve bytes'", record.TypeText, "twelve bytes")
	check("'more than twelve bytes, ümläut'", record.TypeText, "more than twelve bytes, ümläut")
	check(`'{"a": 1}'::JSON`, record.TypeJSON, `{"a": 1}`)
	check(`'\xAB\x01'::BLOB`, record.TypeText, `\xab01`)
	check("'0bcdef01-2345-6789-abcd-ef0123456789'::UUID", record.TypeText, "0bcdef01-2345-6789-abcd-ef0123456789")
	check("'ffffffff-ffff-ffff-ffff-ffffffffffff'::UUID", record.TypeText, "ffffffff-ffff-ffff-ffff-ffffffffffff")
	check("'01011'::BIT", record.TypeText, "01011")
	check("'b'::ENUM('a', 'b')", record.TypeText, "b")
	check("DATE '2026-02-28'", record.TypeDate, time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC))
	check("DATE '1969-12-31'", record.TypeDate, time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC))
	check("'infinity'::DATE", record.TypeDate, nil)
	check("TIME '13:14:15.5'", record.TypeTime, "13:14:15.500000")
	check("TIMESTAMPTZ '2026-02-28 01:02:03.000004+01'", record.TypeTimestamp, time.Date(2026, 2, 28, 0, 2, 3, 4000, time.UTC))
	check("TIMESTAMP '2026-02-28 01:02:03'", record.TypeTimestamp, time.Date(2026, 2, 28, 1, 2, 3, 0, time.UTC))
	check("TIMESTAMP_S '2026-02-28 01:02:03'", record.TypeTimestamp, time.Date(2026, 2, 28, 1, 2, 3, 0, time.UTC))
	check("TIMESTAMP_MS '2026-02-28 01:02:03.004'", record.TypeTimestamp, time.Date(2026, 2, 28, 1, 2, 3, 4e6, time.UTC))
	check("TIMESTAMP_NS '2026-02-28 01:02:03.000000004'", record.TypeTimestamp, time.Date(2026, 2, 28, 1, 2, 3, 4, time.UTC))
	check("'infinity'::TIMESTAMPTZ", record.TypeTimestamp, nil)
	check("INTERVAL '14 months 3 days 1.5 seconds'", record.TypeInterval, store.Interval{Months: 14, Days: 3, Micros: 1_500_000})
	check("['a', NULL, 'a longer text than that']", record.TypeList, []any{"a", nil, "a longer text than that"})
	check("[[1], [], NULL]", record.TypeList, []any{[]any{int64(1)}, []any{}, nil})
	check("[1, 2]::INTEGER[2]", record.TypeList, []any{int64(1), int64(2)})
	check("{'a': 1, 'b': [true], 'c': NULL}", record.TypeStruct, map[string]any{"a": int64(1), "b": []any{true}, "c": nil})
	check("MAP {'k': 1.5, 'l': NULL}", record.TypeStruct, map[string]any{"k": 1.5, "l": nil})
	check("MAP {7: 'x'}", record.TypeStruct, map[string]any{"7": "x"})
}

func sameFloat(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func TestAnswersLongerThanAVectorKeepTheirOrderAndNulls(t *testing.T) {
	t.Parallel()
	c := testConn(t)
	next := int64(0)
	err := c.queryAll(t.Context(), "SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE 'row number ' || i END, list_value(i, i + 1) FROM range(10000) r(i)", func(row []any) error {
		want := []any{next, nil, []any{next, next + 1}}
		if next%3 != 0 {
			want[1] = "row number " + itoa(next)
		}
		if diff := cmp.Diff(want, row); diff != "" {
			t.Errorf("row %d (-want +got):\n%s", next, diff)
		}
		next++
		return nil
	})
	if err != nil || next != 10_000 {
		t.Errorf("%d rows, %v; want 10000", next, err)
	}
}

func itoa(n int64) string { return join([]int64{n}) }

func TestTypeWithoutAFormIsTheUsersMistake(t *testing.T) {
	t.Parallel()
	_, err := testConn(t).query(t.Context(), "SELECT 1::BIGNUM AS big")
	if !errors.Is(err, store.ErrInvalid) || !strings.Contains(err.Error(), `"big"`) {
		t.Errorf("error %v; want store.ErrInvalid that names the column", err)
	}
}

func TestEngineErrorsSayNothingOfTheInside(t *testing.T) {
	t.Parallel()
	c := testConn(t)
	for _, statement := range []string{"CREATE SCHEMA day_1_1", "CREATE TABLE day_1_1.records (message VARCHAR)", "INSERT INTO day_1_1.records VALUES ('x')"} {
		if err := c.exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	check := func(sql string, kind error, want string) {
		t.Helper()
		err := c.queryAll(t.Context(), sql, func([]any) error { return nil })
		if !errors.Is(err, kind) {
			t.Errorf("%s: error %v is not %v", sql, err, kind)
			return
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %q does not say %q", sql, err, want)
		}
		for _, inside := range []string{"day_1_1", "LINE", "SELECT", "Candidate"} {
			if strings.Contains(err.Error(), inside) {
				t.Errorf("%s: error %q shows %s", sql, err, inside)
			}
		}
	}
	check("SELECT message::INTEGER FROM day_1_1.records", store.ErrInvalid, "Could not convert string 'x' to INT32")
	check("SELECT mesage FROM day_1_1.records", store.ErrInvalid, `"mesage" not found`)
	check("SELECT * FROM day_1_1.record", store.ErrInvalid, "record does not exist")
	check("SELECT no_such_function(1)", store.ErrInvalid, "no_such_function")
	check("SELECT 9223372036854775807 + 1", store.ErrInvalid, "Overflow")
	check("SELECT error('mine')", store.ErrInvalid, "mine")
}

func TestMemoryLimitIsTooExpensiveNotOurFault(t *testing.T) {
	t.Parallel()
	c := testConn(t)
	if err := c.exec(t.Context(), "SET memory_limit='50MB'; SET temp_directory=''"); err != nil {
		t.Fatal(err)
	}
	err := c.queryAll(t.Context(), "SELECT count(DISTINCT i || 'a text that takes some room') FROM range(5000000) r(i)", func([]any) error { return nil })
	if !errors.Is(err, store.ErrTooExpensive) {
		t.Errorf("error %v; want store.ErrTooExpensive", err)
	}
}

func TestCancellingStopsTheEngine(t *testing.T) {
	t.Parallel()
	c := testConn(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	started := time.Now()
	err := c.queryAll(ctx, "SELECT count(*) FROM range(100000000000) a, range(1000) b", func([]any) error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v; want context.DeadlineExceeded", err)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("the engine went on for %s", took)
	}
	if err := c.queryAll(t.Context(), "SELECT 1", func([]any) error { return nil }); err != nil {
		t.Errorf("the next statement on the connection: %v", err)
	}
}

func TestCancellingBetweenRowsEndsThem(t *testing.T) {
	t.Parallel()
	c := testConn(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := c.query(ctx, "SELECT i FROM range(100000000000) r(i)")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	row := make([]any, 1)
	for range 10 {
		if !r.Next(row) {
			t.Fatal(r.Err())
		}
	}
	cancel()
	for r.Next(row) {
	}
	if !errors.Is(r.Err(), context.Canceled) {
		t.Errorf("error %v; want context.Canceled", r.Err())
	}
}
