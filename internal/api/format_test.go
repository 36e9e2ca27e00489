package api

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/internal/record"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// table is an answer made of values.
type table struct {
	columns []column
	rows    [][]any
	err     error // after the rows
	plan    string
	closed  int
}

func (f *table) answer() *answer {
	i := 0
	return &answer{
		columns: f.columns, plan: f.plan,
		next: func(dst []any) bool {
			if i == len(f.rows) {
				return false
			}
			copy(dst, f.rows[i])
			i++
			return true
		},
		err:   func() error { return f.err },
		close: func() error { f.closed++; return nil },
	}
}

// everyType has a column of each type, with a row of values and a row of nulls or of the values that are hard.
func everyType() *table {
	at := time.Date(2026, 5, 27, 13, 16, 36, 517_321_000, time.UTC)
	day := time.Date(1969, 12, 30, 0, 0, 0, 0, time.UTC)
	return &table{
		columns: []column{
			{Name: "kind", Type: record.TextType, NotNull: true},
			{Name: "nothing", Type: record.Type{Kind: record.TypeNull}},
			{Name: "is_exception", Type: record.Bool},
			{Name: "level", Type: record.Int16, NotNull: true},
			{Name: "process_pid", Type: record.Int32},
			{Name: "count(*)", Type: record.Int64, NotNull: true},
			{Name: "unsigned", Type: record.Type{Kind: record.TypeUint64}},
			{Name: "duration", Type: record.Float64},
			{Name: "attributes", Type: record.JSONType},
			{Name: "start_timestamp", Type: record.Timestamp, NotNull: true},
			{Name: "day", Type: record.Date},
			{Name: "time", Type: record.Type{Kind: record.TypeTime}},
			{Name: "age", Type: record.Type{Kind: record.TypeInterval}},
			{Name: "tags", Type: record.ListOf(record.TextType)},
			{Name: "value", Type: structType},
			{Name: "say \"hi\", you", Type: record.TextType},
		},
		rows: [][]any{
			{"log", nil, false, int64(9), int64(4711), int64(1) << 60, uint64(1) << 63, 1.0, `{"http.route":"/a","n":[1]}`, at, at.Truncate(24 * time.Hour),
				at, interval{Months: 1, Days: 2, Micros: 3_000_001}, []any{"tag1", "tag2"}, map[string]any{"b": int64(2), "a": []any{at}}, "two\nlines, \"quoted\""},
			{"span", nil, nil, int64(17), nil, int64(0), nil, math.NaN(), nil, day.Add(time.Microsecond), day, nil, nil, []any{}, nil, ""},
		},
	}
}

func encode(t *testing.T, f func(*bytes.Buffer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := f(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestEncodingsOfEveryType(t *testing.T) {
	t.Parallel()
	explained := everyType()
	explained.plan = "SCAN\n  \"records\""
	empty := &table{columns: everyType().columns}
	golden(t, "v2.json", encode(t, func(w *bytes.Buffer) error { return encodeV2(w, everyType().answer()) }))
	golden(t, "v2-explain.json", encode(t, func(w *bytes.Buffer) error { return encodeV2(w, explained.answer()) }))
	golden(t, "v2-empty.json", encode(t, func(w *bytes.Buffer) error { return encodeV2(w, empty.answer()) }))
	golden(t, "v1-rows.json", encode(t, func(w *bytes.Buffer) error { return encodeV1Rows(w, everyType().answer()) }))
	golden(t, "v1-columns.json", encode(t, func(w *bytes.Buffer) error { return encodeV1Columns(w, everyType().answer()) }))
	golden(t, "v1-columns-empty.json", encode(t, func(w *bytes.Buffer) error { return encodeV1Columns(w, empty.answer()) }))
	golden(t, "rows.ndjson", encode(t, func(w *bytes.Buffer) error { return encodeNDJSON(w, explained.answer()) }))
	golden(t, "rows-empty.ndjson", encode(t, func(w *bytes.Buffer) error { return encodeNDJSON(w, empty.answer()) }))
	golden(t, "rows.csv", encode(t, func(w *bytes.Buffer) error { return encodeCSV(w, everyType().answer()) }))
	golden(t, "rows-empty.csv", encode(t, func(w *bytes.Buffer) error { return encodeCSV(w, empty.answer()) }))
	stream := encode(t, func(w *bytes.Buffer) error { return encodeArrow(w, everyType().answer()) })
	golden(t, "arrow.txt", describeArrow(t, stream))
	golden(t, "arrow-empty.txt", describeArrow(t, encode(t, func(w *bytes.Buffer) error { return encodeArrow(w, empty.answer()) })))
}

func TestGoldenJSONIsValid(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"v2.json", "v2-explain.json", "v2-empty.json", "v1-rows.json", "v1-columns.json", "v1-columns-empty.json", "rows.ndjson"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			if !json.Valid(line) {
				t.Errorf("%s: %s is no JSON", name, line)
			}
		}
	}
}

// describeArrow reads a stream back as text.
func describeArrow(t *testing.T, stream []byte) []byte {
	t.Helper()
	if end := hex.EncodeToString(stream[len(stream)-8:]); end != "ffffffff00000000" {
		t.Errorf("the stream ends in %s, want the end marker", end)
	}
	reader, err := ipc.NewReader(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	var text strings.Builder
	fmt.Fprintln(&text, reader.Schema())
	for reader.Next() {
		batch := reader.RecordBatch()
		for i := range batch.NumCols() {
			fmt.Fprintf(&text, "%s: %v\n", batch.ColumnName(int(i)), batch.Column(int(i)))
		}
	}
	if err := reader.Err(); err != nil {
		t.Fatal(err)
	}
	return []byte(text.String())
}

// manyRows is an answer larger than every buffer on its way.
func manyRows(n int) *table {
	f := &table{columns: []column{{Name: "n", Type: record.Int64}, {Name: "text", Type: record.TextType}}}
	for i := range n {
		f.rows = append(f.rows, []any{int64(i), strings.Repeat("x", 100)})
	}
	return f
}

func TestLargeAnswersAreWhole(t *testing.T) {
	t.Parallel()
	const n = 9_999
	var v2 struct {
		Data []struct{ N int }
	}
	if err := json.Unmarshal(encode(t, func(w *bytes.Buffer) error { return encodeV2(w, manyRows(n).answer()) }), &v2); err != nil {
		t.Fatal(err)
	}
	for i, row := range v2.Data {
		if row.N != i {
			t.Fatalf("row %d is %d", i, row.N)
		}
	}
	if len(v2.Data) != n {
		t.Errorf("JSON has %d rows, want %d", len(v2.Data), n)
	}
	var rows int
	for line := range bytes.Lines(encode(t, func(w *bytes.Buffer) error { return encodeNDJSON(w, manyRows(n).answer()) })) {
		var l struct {
			Type     string
			Rows     []struct{ N int }
			RowCount *int `json:"row_count"`
		}
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatal(err)
		}
		rows += len(l.Rows)
		if l.RowCount != nil && *l.RowCount != n {
			t.Errorf("NDJSON counts %d rows, want %d", *l.RowCount, n)
		}
	}
	if rows != n {
		t.Errorf("NDJSON has %d rows, want %d", rows, n)
	}
	reader, err := ipc.NewReader(bytes.NewReader(encode(t, func(w *bytes.Buffer) error { return encodeArrow(w, manyRows(n).answer()) })))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	var total int64
	for reader.Next() {
		total += reader.RecordBatch().NumRows()
	}
	if total != n {
		t.Errorf("Arrow has %d rows, want %d", total, n)
	}
}

func TestEncodersReturnTheRowsError(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	for name, f := range map[string]func(*bytes.Buffer, *answer) error{
		"v2":         func(w *bytes.Buffer, a *answer) error { return encodeV2(w, a) },
		"v1 rows":    func(w *bytes.Buffer, a *answer) error { return encodeV1Rows(w, a) },
		"v1 columns": func(w *bytes.Buffer, a *answer) error { return encodeV1Columns(w, a) },
		"ndjson":     func(w *bytes.Buffer, a *answer) error { return encodeNDJSON(w, a) },
		"csv":        func(w *bytes.Buffer, a *answer) error { return encodeCSV(w, a) },
		"arrow":      func(w *bytes.Buffer, a *answer) error { return encodeArrow(w, a) },
	} {
		rows := manyRows(3)
		rows.err = broken
		if err := f(&bytes.Buffer{}, rows.answer()); !errors.Is(err, broken) {
			t.Errorf("%s: %v, want the rows' error", name, err)
		}
		wrong := &table{columns: []column{{Name: "n", Type: record.Int64}}, rows: [][]any{{struct{}{}}}}
		if err := f(&bytes.Buffer{}, wrong.answer()); err == nil || !strings.Contains(err.Error(), "column n") {
			t.Errorf("%s: %v, want an error that names the column", name, err)
		}
	}
}

func TestSingleEmptyCellIsNoEmptyLine(t *testing.T) {
	t.Parallel()
	one := &table{columns: []column{{Name: "x", Type: record.TextType}}, rows: [][]any{{nil}, {"a"}}}
	got := encode(t, func(w *bytes.Buffer) error { return encodeCSV(w, one.answer()) })
	if want := "x\n\"\"\na\n"; string(got) != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestNegotiate(t *testing.T) {
	t.Parallel()
	offers := []string{typeJSON, typeNDJSON, typeCSV, typeArrow}
	for accept, want := range map[string]string{
		"":                                     typeJSON,
		"*/*":                                  typeJSON,
		"application/json":                     typeJSON,
		"APPLICATION/JSON; charset=utf-8":      typeJSON,
		"text/csv":                             typeCSV,
		"text/*":                               typeCSV,
		"text/csv;q=0.5, application/json;q=1": typeJSON,
		"text/csv, */*;q=0.1":                  typeCSV,
		"application/json;q=0, */*":            typeNDJSON,
		"application/x-ndjson":                 typeNDJSON,
		"application/vnd.apache.arrow.stream, application/problem+json;q=0.9": typeArrow,
		"text/html,application/xhtml+xml,*/*;q=0.8":                           typeJSON,
		"image/png":       "",
		"text/csv;q=high": "",
	} {
		if got := negotiate(accept, offers...); got != want {
			t.Errorf("%q picks %q, want %q", accept, got, want)
		}
	}
}
