package query

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Request is a question.
type Request struct {
	// SQL is one SELECT over records, records_all and metrics.
	SQL string
	// MinTime and MaxTime bound the time of the rows that are read; zero is open.
	MinTime, MaxTime time.Time
	// Limit is the most rows wanted, at most 10 000; 0 is the server's default of 100. An SQL LIMIT can only lower it.
	Limit int
	// Timezone is the session's time zone, an IANA name; empty is UTC.
	Timezone string
	// Environments keeps rows whose deployment_environment is one of these; "" stands for rows without one. nil keeps all.
	Environments []string
	// Explain asks for the plan too.
	Explain bool
}

// Result is the answer to a Request.
type Result struct {
	Columns []Column
	// Rows have a value for every column: nil, bool, int64, uint64, float64, string, time.Time (timestamps, in UTC), []any or
	// map[string]any (lists, JSON columns; numbers in them are json.Number). Dates, decimals and intervals are strings.
	Rows []map[string]any
	// Plan is what the server tells about the statement when Request.Explain is set.
	Plan string
}

// Column is a column of a Result.
type Column struct {
	Name     string
	Type     Type
	Nullable bool
}

// Type is the type of a column: Arrow's name of it, such as Utf8, Int64, Float64, Boolean, Timestamp or List.
type Type struct {
	Name string
	// Parameters is what the server says beyond the name, as JSON: of a Timestamp its unit and zone. nil for most.
	Parameters json.RawMessage
}

// String returns the name.
func (t Type) String() string { return t.Name }

// UnmarshalJSON reads "Utf8" and {"Timestamp": ["Microsecond", "UTC"]}.
func (t *Type) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &t.Name) == nil {
		return nil
	}
	var nested map[string]json.RawMessage
	if err := json.Unmarshal(text, &nested); err != nil || len(nested) != 1 {
		return fmt.Errorf("data type %s: neither a name nor an object with one name", text)
	}
	for name, parameters := range nested {
		t.Name, t.Parameters = name, parameters
	}
	return nil
}

// wireSchema is a schema as the server writes it.
type wireSchema struct {
	Fields []struct {
		Name     string `json:"name"`
		DataType Type   `json:"data_type"`
		Nullable bool   `json:"nullable"`
	} `json:"fields"`
}

func (s *wireSchema) columns() []Column {
	columns := make([]Column, len(s.Fields))
	for i, f := range s.Fields {
		columns[i] = Column{Name: f.Name, Type: f.DataType, Nullable: f.Nullable}
	}
	return columns
}

// Query runs a statement and returns all rows of its answer, which the server keeps to 10 000.
func (c *Client) Query(ctx context.Context, r Request) (_ *Result, err error) {
	body, err := c.Stream(ctx, r, JSON)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	var answer struct {
		Schema   wireSchema        `json:"schema"`
		Data     []json.RawMessage `json:"data"`
		Logical  string            `json:"logical_plan"`
		Physical string            `json:"physical_plan"`
	}
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	result := &Result{Columns: answer.Schema.columns(), Plan: answer.Physical}
	if result.Plan == "" {
		result.Plan = answer.Logical
	}
	for i, raw := range answer.Data {
		row, err := decodeRow(result.Columns, raw)
		if err != nil {
			return nil, fmt.Errorf("read row %d of the answer: %w", i, err)
		}
		result.Rows = append(result.Rows, row)
	}
	return result, nil
}

// Format is how the server writes an answer: a media type.
type Format string

// The formats.
const (
	JSON   Format = "application/json"
	NDJSON Format = "application/x-ndjson" // lines of type schema, data, error and end
	CSV    Format = "text/csv"             // with a header line
	Arrow  Format = "application/vnd.apache.arrow.stream"
)

// Stream runs a statement and returns the bytes of its answer in that format, as they come. The caller closes them.
// An NDJSON answer can end in a line of type error; the other formats break off.
func (c *Client) Stream(ctx context.Context, r Request, f Format) (io.ReadCloser, error) {
	body, err := json.Marshal(r.wire())
	if err != nil {
		return nil, fmt.Errorf("write the request: %w", err)
	}
	header := http.Header{"Content-Type": {"application/json"}, "Accept": {string(f)}}
	resp, err := c.do(ctx, http.MethodPost, "/v2/query", nil, header, body)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

type wireRequest struct {
	SQL          string   `json:"sql"`
	MinTimestamp string   `json:"min_timestamp"`
	MaxTimestamp string   `json:"max_timestamp,omitempty"`
	Limit        int      `json:"limit,omitempty"`
	Timezone     string   `json:"timezone,omitempty"`
	Environments []string `json:"deployment_environment,omitempty"`
	Explain      bool     `json:"explain,omitempty"`
}

func (r *Request) wire() wireRequest {
	w := wireRequest{SQL: r.SQL, Limit: r.Limit, Timezone: r.Timezone, Environments: r.Environments, Explain: r.Explain}
	// The server requires a lower bound. The zero of Unix time is before every record.
	lower := time.Unix(0, 0)
	if !r.MinTime.IsZero() {
		lower = r.MinTime
	}
	w.MinTimestamp = lower.UTC().Format(time.RFC3339Nano)
	if !r.MaxTime.IsZero() {
		w.MaxTimestamp = r.MaxTime.UTC().Format(time.RFC3339Nano)
	}
	return w
}

// Rows runs a statement and yields each row as one JSON object, with its keys in the order of the columns, as it
// arrives. An error is yielded once, at the end. Leaving the loop stops the server.
func (c *Client) Rows(ctx context.Context, r Request) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		body, err := c.Stream(ctx, r, NDJSON)
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = body.Close() }() // everything that matters was read
		if err := readLines(body, func(row json.RawMessage) bool { return yield(row, nil) }); err != nil {
			yield(nil, err)
		}
	}
}

// readLines reads an NDJSON answer up to its line of type end. It returns nil when yield wants no more.
func readLines(body io.Reader, yield func(json.RawMessage) bool) error {
	decoder := json.NewDecoder(bufio.NewReader(body))
	for {
		var line struct {
			Type    string            `json:"type"`
			Rows    []json.RawMessage `json:"rows"`
			Message string            `json:"message"`
		}
		switch err := decoder.Decode(&line); {
		case errors.Is(err, io.EOF):
			return fmt.Errorf("read the answer: %w", io.ErrUnexpectedEOF)
		case err != nil:
			return fmt.Errorf("read the answer: %w", err)
		}
		switch line.Type {
		case "data":
			for _, row := range line.Rows {
				if !yield(row) {
					return nil
				}
			}
		case "error":
			return &Error{Status: http.StatusBadRequest, Detail: line.Message}
		case "end":
			return nil
		}
	}
}

// decodeRow reads a row and gives its values their Go types.
func decodeRow(columns []Column, raw json.RawMessage) (map[string]any, error) {
	row := make(map[string]any, len(columns))
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	if err := decoder.Decode(&row); err != nil {
		return nil, err
	}
	for _, column := range columns {
		value, err := column.Type.value(row[column.Name])
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", column.Name, err)
		}
		row[column.Name] = value
	}
	return row, nil
}

// value gives a JSON value the Go type of a column. What it does not know stays as it came.
func (t Type) value(v any) (any, error) {
	switch v := v.(type) {
	case json.Number:
		return t.number(v)
	case string:
		if t.Name == "Timestamp" {
			return parseTimestamp(v)
		}
	}
	return v, nil
}

func (t Type) number(n json.Number) (any, error) {
	switch {
	case strings.HasPrefix(t.Name, "Int"):
		return n.Int64()
	case strings.HasPrefix(t.Name, "UInt"):
		return strconv.ParseUint(n.String(), 10, 64)
	case strings.HasPrefix(t.Name, "Float"):
		return n.Float64()
	}
	return n.String(), nil
}

func parseTimestamp(text string) (any, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return nil, err
	}
	return t.UTC(), nil
}
