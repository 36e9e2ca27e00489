package wire

import "bytes"

// splitter cuts a body into events: server-sent events, documents by lines, or the elements of a JSON list. Which it is
// shows by the first byte that is no space.
type splitter struct {
	emit      func(name string, data []byte) // the bytes are valid during the call
	form      form
	line      []byte // the line so far; of a list, the element so far
	name      []byte // of the event so far
	data      []byte // of the event so far; each line of it ends in \n
	skipping  bool   // the event is too large
	truncated bool   // some event was

	afterCR bool // the last byte was \r, which a \n may follow as part of the same line end

	depth    int // of a list: how deep the last byte was
	inString bool
	escaped  bool
}

type form uint8

const (
	unknownForm form = iota
	eventStream      // lines of fields: text/event-stream
	jsonLines        // one document on each line
	jsonList         // one list with all documents
)

func (s *splitter) write(p []byte) {
	if s.form == unknownForm {
		p = bytes.TrimLeft(p, " \t\r\n\ufeff")
		if len(p) == 0 {
			return
		}
		switch p[0] {
		case '{':
			s.form = jsonLines
		case '[':
			s.form = jsonList
		default:
			s.form = eventStream
		}
	}
	if s.form == jsonList {
		s.writeList(p)
		return
	}
	s.writeLines(p)
}

// writeLines ends a line at \n, \r\n and \r.
func (s *splitter) writeLines(p []byte) {
	for len(p) > 0 {
		if s.afterCR && p[0] == '\n' {
			p = p[1:]
		}
		s.afterCR = false
		end := bytes.IndexAny(p, "\r\n")
		if end < 0 {
			s.keep(p)
			return
		}
		s.keep(p[:end])
		s.afterCR = p[end] == '\r'
		p = p[end+1:]
		s.endLine()
	}
}

// keep adds to the line, unless the event has become too large.
func (s *splitter) keep(p []byte) {
	if len(s.line)+len(s.data)+len(p) > MaxStreamEvent {
		s.skipping, s.truncated = true, true
		s.line, s.data = nil, nil
	}
	if !s.skipping {
		s.line = append(s.line, p...)
	}
}

func (s *splitter) endLine() {
	line := s.line
	s.line = s.line[:0]
	switch {
	case s.skipping: // what else the event has is no JSON document
		s.skipping, s.name, s.data = false, s.name[:0], s.data[:0]
		return
	case s.form == jsonLines:
		if line = bytes.TrimSpace(line); len(line) > 0 {
			s.emit("", line)
		}
		return
	case len(line) == 0:
		s.endEvent()
		return
	}
	field, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(field) {
	case "event":
		s.name = append(s.name[:0], value...)
	case "data":
		s.data = append(append(s.data, value...), '\n')
	}
}

func (s *splitter) endEvent() {
	if data := bytes.TrimSpace(s.data); len(data) > 0 {
		s.emit(string(s.name), data)
	}
	s.name, s.data = s.name[:0], s.data[:0]
}

// writeList takes the objects in a list, byte by byte.
func (s *splitter) writeList(p []byte) {
	for _, b := range p {
		if s.depth > 1 || b == '{' {
			s.keepByte(b)
		}
		switch {
		case s.inString && s.escaped:
			s.escaped = false
		case s.inString && b == '\\':
			s.escaped = true
		case b == '"':
			s.inString = !s.inString
		case s.inString:
		case b == '[' || b == '{':
			s.depth++
		case b == ']' || b == '}':
			s.depth--
			s.endElement(b)
		}
	}
}

func (s *splitter) keepByte(b byte) {
	if len(s.line) >= MaxStreamEvent {
		s.skipping, s.truncated, s.line = true, true, nil
	}
	if !s.skipping {
		s.line = append(s.line, b)
	}
}

func (s *splitter) endElement(b byte) {
	if s.depth != 1 || b != '}' {
		return
	}
	if !s.skipping {
		s.emit("", s.line)
	}
	s.line, s.skipping = s.line[:0], false
}

// end takes what the body ended with, without the end of its line.
func (s *splitter) end() {
	if s.form == jsonList || s.form == unknownForm {
		return
	}
	if len(s.line) > 0 {
		s.endLine()
	}
	if s.form == eventStream {
		s.endEvent()
	}
}
