package otlp

import (
	"fmt"
	"unicode/utf8"
)

// jsonReader reads JSON from front to back.
type jsonReader struct {
	src     []byte
	at      int
	scratch []byte // the last unescaped string
}

// peek returns the next byte after white space, 0 at the end.
func (r *jsonReader) peek() byte {
	for ; r.at < len(r.src); r.at++ {
		switch c := r.src[r.at]; c {
		case ' ', '\n', '\r', '\t':
		default:
			return c
		}
	}
	return 0
}

// expect steps over the next byte, which must be c.
func (r *jsonReader) expect(c byte) error {
	if got := r.peek(); got != c {
		if r.at >= len(r.src) {
			return fmt.Errorf("JSON ends where %q should come: %w", c, errJSON)
		}
		return fmt.Errorf("%q where %q should come: %w", got, c, errJSON)
	}
	r.at++
	return nil
}

// end checks that nothing comes after the value.
func (r *jsonReader) end() error {
	if r.peek() != 0 || r.at != len(r.src) {
		return fmt.Errorf("text after the end of the request: %w", errJSON)
	}
	return nil
}

// object calls property for each property, with the reader before its value. The name is valid until the next read.
func (r *jsonReader) object(property func(name []byte) error) error {
	if err := r.expect('{'); err != nil {
		return err
	}
	if r.peek() == '}' {
		r.at++
		return nil
	}
	for {
		name, err := r.string()
		if err != nil {
			return err
		}
		if err := r.expect(':'); err != nil {
			return err
		}
		if err := property(name); err != nil {
			return err
		}
		if r.peek() != ',' {
			return r.expect('}')
		}
		r.at++
	}
}

// array calls element for each element, with the reader before it.
func (r *jsonReader) array(element func() error) error {
	if err := r.expect('['); err != nil {
		return err
	}
	if r.peek() == ']' {
		r.at++
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		if r.peek() != ',' {
			return r.expect(']')
		}
		r.at++
	}
}

// string reads a string and returns what it says, valid until the next read. Half surrogates become U+FFFD.
func (r *jsonReader) string() ([]byte, error) {
	if err := r.expect('"'); err != nil {
		return nil, err
	}
	start := r.at
	for r.at < len(r.src) {
		r.at += plainPrefix(view(r.src[r.at:]))
		if r.at == len(r.src) {
			break
		}
		switch c := r.src[r.at]; {
		case c == '"':
			r.at++
			return r.src[start : r.at-1], nil
		case c == '\\':
			return r.escaped(start)
		case c < 0x20:
			return nil, fmt.Errorf("control character in a string: %w", errJSON)
		default:
			r.at++
		}
	}
	return nil, fmt.Errorf("JSON ends in a string: %w", errJSON)
}

// escaped reads the rest of a string that has escapes.
func (r *jsonReader) escaped(start int) ([]byte, error) {
	r.scratch = append(r.scratch[:0], r.src[start:r.at]...)
	for r.at < len(r.src) {
		plain := plainPrefix(view(r.src[r.at:]))
		r.scratch = append(r.scratch, r.src[r.at:r.at+plain]...)
		if r.at += plain; r.at == len(r.src) {
			break
		}
		switch c := r.src[r.at]; {
		case c == '"':
			r.at++
			return r.scratch, nil
		case c == '\\':
			if !r.unescape() {
				return nil, fmt.Errorf("invalid escape in a string: %w", errJSON)
			}
		case c < 0x20:
			return nil, fmt.Errorf("control character in a string: %w", errJSON)
		default:
			r.scratch = append(r.scratch, c)
			r.at++
		}
	}
	return nil, fmt.Errorf("JSON ends in a string: %w", errJSON)
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (r *jsonReader) unescape() bool {
	if r.at+1 >= len(r.src) {
		return false
	}
	c := r.src[r.at+1]
	if c != 'u' {
		r.scratch = append(r.scratch, escapes[c])
		r.at += 2
		return escapes[c] != 0
	}
	char, size, ok := unescapeUnicode(view(r.src), r.at)
	if ok {
		r.scratch = utf8.AppendRune(r.scratch, char)
		r.at += size
	}
	return ok
}

// scalar reads a number, true, false, or a string in the place of one, and returns its text.
func (r *jsonReader) scalar() ([]byte, error) {
	if r.peek() == '"' {
		return r.string()
	}
	start := r.at
	for r.at < len(r.src) {
		switch c := r.src[r.at]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '+', c == '.':
			r.at++
		default:
			if r.at == start {
				return nil, fmt.Errorf("%q where a value should come: %w", c, errJSON)
			}
			return r.src[start:r.at], nil
		}
	}
	return nil, fmt.Errorf("JSON ends in a value: %w", errJSON)
}

// skip steps over a value.
func (r *jsonReader) skip(depth int) error {
	if depth > maxJSONNesting {
		return errDepth
	}
	var err error
	switch r.peek() {
	case '{':
		return r.object(func([]byte) error { return r.skip(depth + 1) })
	case '[':
		return r.array(func() error { return r.skip(depth + 1) })
	case '"':
		_, err = r.string()
	default:
		_, err = r.scalar()
	}
	return err
}
