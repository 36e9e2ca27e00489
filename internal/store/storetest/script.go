package storetest

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store"
)

//go:embed testdata/*.txtar
var testdata embed.FS

// runScripts runs every script of testdata against a store of its own.
//
// Sections, in order:
//
//	records   one record a line, as key=value; see parseRecord. An empty line ends a batch.
//	metrics   one point a line; see parseMetric.
//	options   of the next query: min=, max= (offsets from Base), timezone=, limit=, environments=a,b
//	variables of the next query, as JSON
//	query     one statement
//	want      its answer: a line of column names, then one line for each row, values separated by " | "
//	error     instead of want: a part of the error's text
//
// A want whose first line is "unordered" is compared without regard to order.
func runScripts(t *testing.T, e Engine) {
	paths, err := fs.Glob(testdata, "testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(path, "testdata/"), ".txtar"), func(t *testing.T) {
			t.Parallel()
			text, err := fs.ReadFile(testdata, path)
			if err != nil {
				t.Fatal(err)
			}
			runScript(t, e, txtar.Parse(text))
		})
	}
}

// script is a running script.
type script struct {
	engine  Engine
	store   store.Store
	seq     uint64
	options pgsql.Options
	project string
	sql     string // of the last query section
}

func runScript(t *testing.T, e Engine, archive *txtar.Archive) {
	s := &script{engine: e, store: e.open(t)}
	s.reset()
	for _, section := range archive.Files {
		text := string(section.Data)
		switch section.Name {
		case "records", "metrics":
			s.load(t, section.Name, text)
		case "options":
			s.setOptions(t, text)
		case "variables":
			if err := json.Unmarshal([]byte(text), &s.options.Variables); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		case "query":
			s.sql = strings.TrimSpace(text)
		case "want":
			s.want(t, text)
			s.reset()
		case "error":
			s.wantError(t, strings.TrimSpace(text))
			s.reset()
		default:
			t.Fatalf("section %q is unknown", section.Name)
		}
	}
}

func (s *script) reset() {
	s.options, s.project = pgsql.Options{Dialect: s.engine.Dialect}, "demo"
}

// load applies the lines of a section, each block of them as one batch a project.
func (s *script) load(t *testing.T, kind, text string) {
	t.Helper()
	for block := range strings.SplitSeq(text, "\n\n") {
		batches := map[string]*record.Batch{}
		for line := range strings.Lines(block) {
			fields := parseFields(t, line)
			if len(fields) == 0 {
				continue
			}
			project := cmpOr(fields.take("project"), "demo")
			b := batches[project]
			if b == nil {
				s.seq++
				b = &record.Batch{Project: project, Seq: s.seq, Arrived: Base.Add(time.Duration(s.seq) * time.Minute), Digest: record.Digest{byte(s.seq)}}
				batches[project] = b
			}
			if kind == "records" {
				b.Records = append(b.Records, parseRecord(t, fields, len(b.Records)+int(s.seq)*1000))
			} else {
				b.Metrics = append(b.Metrics, parseMetric(t, fields))
			}
			if len(fields) > 0 {
				t.Fatalf("unknown keys %v in %q", slices.Sorted(maps.Keys(fields)), line)
			}
		}
		ordered := slices.SortedFunc(maps.Values(batches), func(a, b *record.Batch) int { return int(a.Seq) - int(b.Seq) })
		apply(t, s.store, ordered...)
	}
}

func (s *script) setOptions(t *testing.T, text string) {
	t.Helper()
	fields := parseFields(t, text)
	if project := fields.take("project"); project != "" {
		s.project = project
	}
	s.options.MinTime, s.options.MaxTime = fields.time(t, "min"), fields.time(t, "max")
	s.options.Timezone = fields.take("timezone")
	s.options.Limit = int(fields.int(t, "limit"))
	if value, ok := fields["environments"]; ok {
		s.options.Environments = strings.Split(value, ",")
		delete(fields, "environments")
	}
	if len(fields) > 0 {
		t.Fatalf("unknown options %v", slices.Sorted(maps.Keys(fields)))
	}
}

// run asks the last query and writes its answer as want sections are written.
func (s *script) run(t *testing.T) (lines []string, err error) {
	t.Helper()
	q, err := pgsql.Compile(s.sql, s.options)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Query(t.Context(), s.project, q)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range rows.Columns() {
		names = append(names, c.Name)
	}
	lines = append(lines, strings.Join(names, " | "))
	row := make([]any, len(names))
	for rows.Next(row) {
		var values []string
		for _, value := range row {
			values = append(values, formatValue(value))
		}
		lines = append(lines, strings.Join(values, " | "))
	}
	if err := rows.Err(); err != nil {
		_ = rows.Close()
		return nil, err
	}
	return lines, rows.Close()
}

func (s *script) want(t *testing.T, text string) {
	t.Helper()
	text, unordered := strings.CutPrefix(text, "unordered\n")
	want := strings.Split(strings.TrimRight(text, "\n"), "\n")
	got, err := s.run(t)
	if err != nil {
		t.Errorf("%s\n%v", s.sql, err)
		return
	}
	if unordered {
		slices.Sort(want[1:])
		slices.Sort(got[1:])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n(-want +got):\n%s", s.sql, diff)
	}
}

func (s *script) wantError(t *testing.T, part string) {
	t.Helper()
	lines, err := s.run(t)
	if err == nil {
		t.Errorf("%s\nanswers %q, want an error that says %q", s.sql, lines, part)
	} else if !strings.Contains(err.Error(), part) {
		t.Errorf("%s\nerror %q does not say %q", s.sql, err, part)
	}
}

// formatValue writes a value as want sections show it. Text stands as it is, but line breaks.
func formatValue(value any) string {
	switch v := value.(type) {
	case nil:
		return "NULL"
	case string:
		return strings.ReplaceAll(v, "\n", `\n`)
	case time.Time:
		return v.Format("2006-01-02T15:04:05.999999Z07:00")
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case store.Interval:
		return fmt.Sprintf("%d months %d days %d us", v.Months, v.Days, v.Micros)
	case []any:
		values := make([]string, len(v))
		for i := range v {
			values[i] = formatValue(v[i])
		}
		return "[" + strings.Join(values, ", ") + "]"
	case map[string]any:
		var values []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			values = append(values, name+": "+formatValue(v[name]))
		}
		return "{" + strings.Join(values, ", ") + "}"
	default:
		return fmt.Sprint(v)
	}
}

// fields are the key=value pairs of a line. Reading one takes it out, so that what is left is unknown.
type fields map[string]string

// parseFields reads key=value pairs. A value with spaces stands in double quotes, as in Go.
func parseFields(t *testing.T, line string) fields {
	t.Helper()
	found := fields{}
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if strings.HasPrefix(line, "#") {
			break
		}
		key, rest, ok := strings.Cut(line, "=")
		if !ok {
			t.Fatalf("no = in %q", line)
		}
		var value string
		if strings.HasPrefix(rest, `"`) {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				t.Fatalf("quoted value in %q: %v", line, err)
			}
			value, _ = strconv.Unquote(quoted)
			rest = rest[len(quoted):]
		} else {
			value, rest, _ = strings.Cut(rest, " ")
		}
		found[key], line = value, rest
	}
	return found
}

func (f fields) take(key string) string {
	value := f[key]
	delete(f, key)
	return value
}

func (f fields) text(key string) record.Text {
	value, ok := f[key]
	delete(f, key)
	return record.Text{S: value, Valid: ok}
}

// time reads an offset from Base such as 5s or -24h; absent is the zero time.
func (f fields) time(t *testing.T, key string) time.Time {
	t.Helper()
	if _, ok := f[key]; !ok {
		return time.Time{}
	}
	return Base.Add(f.duration(t, key))
}

func (f fields) duration(t *testing.T, key string) time.Duration {
	t.Helper()
	value := f.take(key)
	if value == "" {
		return 0
	}
	d, err := time.ParseDuration(value)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (f fields) int(t *testing.T, key string) int64 {
	t.Helper()
	value := f.take(key)
	if value == "" {
		return 0
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (f fields) floats(t *testing.T, key string) (list []float64) {
	t.Helper()
	for part := range strings.SplitSeq(f.take(key), ",") {
		if part == "" {
			continue
		}
		n, err := strconv.ParseFloat(part, 64)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, n)
	}
	return list
}

func (f fields) float(t *testing.T, key string) record.Float {
	t.Helper()
	if list := f.floats(t, key); len(list) == 1 {
		return record.Float{F: list[0], Valid: true}
	}
	return record.Float{}
}

// attributes takes the keys that begin with @: @key=text, or @key:=JSON.
func (f fields) attributes(t *testing.T) (small, large []byte, hot []record.HotValue) {
	t.Helper()
	values := map[bool]map[string]json.RawMessage{false: {}, true: {}}
	for key, value := range maps.Clone(f) {
		name, ok := strings.CutPrefix(key, "@")
		if !ok {
			continue
		}
		delete(f, key)
		raw := json.RawMessage(value)
		name, isJSON := strings.CutSuffix(name, ":")
		if !isJSON {
			raw, _ = json.Marshal(value)
		}
		if !json.Valid(raw) {
			t.Fatalf("attribute %s is not JSON: %s", name, raw)
		}
		values[record.Bulky(name)][name] = raw
		if index, ok := record.HotIndex(name); ok && string(raw) != "null" {
			hot = append(hot, record.HotValue{Index: index, Value: value})
		}
	}
	slices.SortFunc(hot, func(a, b record.HotValue) int { return int(a.Index) - int(b.Index) })
	return object(values[false]), object(values[true]), hot
}

// object writes a JSON object with sorted keys; an empty one is nil.
func object(values map[string]json.RawMessage) []byte {
	if len(values) == 0 {
		return nil
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(values); err != nil {
		panic(err) // the values were valid
	}
	return bytes.TrimRight(buffer.Bytes(), "\n")
}

func cmpOr(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
