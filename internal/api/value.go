package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/hearth-dev/hearth/internal/record"
)

const (
	timestampLayout = "2006-01-02T15:04:05.000000Z"
	dateLayout      = "2006-01-02"
	timeLayout      = "15:04:05.000000"
)

// appendJSON appends a value as JSON: timestamps with six decimals in UTC, JSON text nested, NaN and infinities as
// null. The error means that the engine broke its promise about the values of a type.
func appendJSON(dst []byte, t record.Type, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case uint64:
		return strconv.AppendUint(dst, v, 10), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(dst, "null"...), nil
		}
		return appendFloat(dst, v), nil
	case string:
		if t.Kind == record.TypeJSON {
			return appendNested(dst, v), nil
		}
		return appendString(dst, v), nil
	case time.Time:
		dst = append(dst, '"')
		dst = appendTime(dst, t, v)
		return append(dst, '"'), nil
	case interval:
		dst = append(dst, '"')
		dst = appendInterval(dst, v)
		return append(dst, '"'), nil
	case []any:
		return appendList(dst, t, v)
	case map[string]any:
		return appendStruct(dst, t, v)
	}
	return nil, fmt.Errorf("value of Go type %T in an answer", v)
}

func appendList(dst []byte, t record.Type, list []any) ([]byte, error) {
	elem := elemOf(t)
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendJSON(dst, elem, v); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func appendStruct(dst []byte, t record.Type, fields map[string]any) ([]byte, error) {
	dst = append(dst, '{')
	for i, f := range t.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, f.Name)
		dst = append(dst, ':')
		var err error
		if dst, err = appendJSON(dst, f.Type, fields[f.Name]); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// appendNested appends JSON text as the value that it holds. Text that is no JSON, which a cast may have made,
// becomes a string.
func appendNested(dst []byte, text string) []byte {
	raw := []byte(text)
	if !json.Valid(raw) || !utf8.Valid(raw) {
		return appendString(dst, text)
	}
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\r') < 0 {
		return append(dst, raw...)
	}
	// Line breaks between tokens would break NDJSON.
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return appendString(dst, text)
	}
	return append(dst, compact.Bytes()...)
}

// appendFloat appends a finite number so that it stays a floating-point number for the reader: 1 is 1.0.
func appendFloat(dst []byte, f float64) []byte {
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, format, -1, 64)
	if bytes.IndexByte(dst[start:], '.') < 0 && format == 'f' {
		dst = append(dst, ".0"...)
	}
	return dst
}

func appendTime(dst []byte, t record.Type, at time.Time) []byte {
	switch t.Kind {
	case record.TypeDate:
		return at.UTC().AppendFormat(dst, dateLayout)
	case record.TypeTime:
		return at.UTC().AppendFormat(dst, timeLayout)
	default:
		return at.UTC().AppendFormat(dst, timestampLayout)
	}
}

// appendInterval appends an interval as PostgreSQL does with intervalstyle iso_8601, such as P1Y2M3DT4H5M6.5S.
func appendInterval(dst []byte, v interval) []byte {
	if v == (interval{}) {
		return append(dst, "PT0S"...)
	}
	part := func(n int64, unit byte) {
		if n != 0 {
			dst = strconv.AppendInt(dst, n, 10)
			dst = append(dst, unit)
		}
	}
	dst = append(dst, 'P')
	part(int64(v.Months/12), 'Y')
	part(int64(v.Months%12), 'M')
	part(int64(v.Days), 'D')
	if v.Micros == 0 {
		return dst
	}
	dst = append(dst, 'T')
	part(v.Micros/3_600_000_000, 'H')
	part(v.Micros/60_000_000%60, 'M')
	if rest := v.Micros % 60_000_000; rest != 0 {
		if rest < 0 {
			dst = append(dst, '-')
			rest = -rest
		}
		dst = strconv.AppendInt(dst, rest/1_000_000, 10)
		if fraction := rest % 1_000_000; fraction != 0 {
			digits := fmt.Appendf(nil, ".%06d", fraction)
			dst = append(dst, bytes.TrimRight(digits, "0")...)
		}
		dst = append(dst, 'S')
	}
	return dst
}

const hexDigits = "0123456789abcdef"

// appendString appends a JSON string. Invalid UTF-8 becomes U+FFFD. Unlike encoding/json, <, > and & stay as they are.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c >= 0x20 && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = appendEscaped(dst, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, `\ufffd`...)
			start = i + size
		}
		i += size
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
}
