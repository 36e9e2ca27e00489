package api

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/hearth-dev/hearth/internal/record"
)

// encodeCSV writes a header line and the rows, lines ended by \n. NULL is empty; lists, structs and JSON are JSON text.
func encodeCSV(w io.Writer, a *answer) error {
	var buf []byte
	for i, c := range a.columns {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = appendCell(buf, c.Name, len(a.columns) == 1)
	}
	buf = append(buf, '\n')
	row := make([]any, len(a.columns))
	for a.next(row) {
		for i, c := range a.columns {
			if i > 0 {
				buf = append(buf, ',')
			}
			text, err := cellText(c.Type, row[i])
			if err != nil {
				return fmt.Errorf("column %s: %w", c.Name, err)
			}
			buf = appendCell(buf, text, len(a.columns) == 1)
		}
		buf = append(buf, '\n')
		if len(buf) >= flushBytes {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	if err := a.err(); err != nil {
		return err
	}
	_, err := w.Write(buf)
	return err
}

// cellText returns a value as text outside of JSON.
func cellText(t record.Type, v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case float64:
		switch {
		case math.IsNaN(v):
			return "NaN", nil
		case math.IsInf(v, 1):
			return "Infinity", nil
		case math.IsInf(v, -1):
			return "-Infinity", nil
		}
	}
	text, err := appendJSON(nil, t, v)
	if err != nil {
		return "", err
	}
	if len(text) > 0 && text[0] == '"' { // times and intervals: their JSON needs no escapes
		text = text[1 : len(text)-1]
	}
	return string(text), nil
}

// appendCell quotes a cell where it must. An empty cell that is alone on its line is quoted too, because readers
// skip empty lines.
func appendCell(dst []byte, s string, alone bool) []byte {
	if !strings.ContainsAny(s, ",\"\r\n") && (s != "" || !alone) {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	dst = append(dst, strings.ReplaceAll(s, `"`, `""`)...)
	return append(dst, '"')
}
