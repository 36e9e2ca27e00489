package agent

import "sync"

// fragments keeps what the messages of a run are in JSON, so that a conversation that grows is not written anew for each
// of its requests. It relies on messages not being changed. It is safe for concurrent use; nil keeps nothing.
type fragments struct {
	mu   sync.Mutex // guards kept
	kept map[Message][]fragment
}

// fragment is a piece of a list of messages. In format 1 it is an event whose object is still open: what depends on the
// message's place is written at its end.
type fragment struct {
	event string
	text  []byte
}

// of returns the fragments of the messages, one list for each, and forgets those of all others.
func (f *fragments) of(s *InstrumentationSettings, messages []Message) [][]fragment {
	all := make([][]fragment, len(messages))
	if f == nil {
		for i, m := range messages {
			all[i] = fragmentsOf(s, m)
		}
		return all
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	kept := make(map[Message][]fragment, len(messages))
	for i, m := range messages {
		known, ok := f.kept[m]
		if !ok {
			known = fragmentsOf(s, m)
		}
		all[i], kept[m] = known, known
	}
	f.kept = kept
	return all
}

func fragmentsOf(s *InstrumentationSettings, m Message) []fragment {
	var all []fragment
	if s.version() == FormatEvents {
		for _, e := range s.events(m) {
			all = append(all, fragment{e.name, openJSON(e.body)})
		}
		return all
	}
	for _, message := range s.chatMessages(m) {
		all = append(all, fragment{text: appendJSON(nil, message)})
	}
	return all
}

// openJSON is an object without its end. The object has at least one field.
func openJSON(o object) []byte {
	text := appendJSON(nil, o)
	return text[:len(text)-1]
}

// piece is an element of a JSON array, in two parts.
type piece struct{ head, tail []byte }

// pieces are the messages as elements of an array: events with their places and the system that they were said to, or
// messages.
func (s *InstrumentationSettings) pieces(kept *fragments, messages []Message, system string) []piece {
	var pieces []piece
	for index, of := range kept.of(s, messages) {
		for _, fragment := range of {
			p := piece{head: fragment.text}
			if fragment.event != "" {
				p.tail = closing(numbered{event{name: fragment.event}, index}, system)
			}
			pieces = append(pieces, p)
		}
	}
	return pieces
}

// closing ends an open object with what stands beside an event's body.
func closing(e numbered, system string) []byte {
	text := appendJSON(nil, e.fields(system))
	text[0] = ','
	return text
}

// list is a JSON array of as many of the last pieces as fit into an attribute. cut says that some do not.
func (s *InstrumentationSettings) list(pieces []piece) (text string, cut bool) {
	dropped, size := 0, 1
	for _, p := range pieces {
		size += len(p.head) + len(p.tail) + 1
	}
	for s.MaxAttributeBytes > 0 && size > s.MaxAttributeBytes && dropped < len(pieces) {
		size -= len(pieces[dropped].head) + len(pieces[dropped].tail) + 1
		dropped++
	}
	b := append(make([]byte, 0, size+1), '[')
	for i, p := range pieces[dropped:] {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, p.head...), p.tail...)
	}
	return string(append(b, ']')), dropped > 0
}
