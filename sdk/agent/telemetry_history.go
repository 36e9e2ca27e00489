package agent

import (
	"strconv"
	"sync"
)

// fragments keeps what the messages of a run are in JSON, so that a conversation that grows is not written anew for each
// of its requests. It relies on messages not being changed. It is safe for concurrent use; nil keeps nothing.
type fragments struct {
	mu   sync.Mutex // guards kept
	kept map[Message][]fragment
}

// fragment is an element of a list of messages. In format 1 it is an event whose object is still open: what depends on the
// message's place is written at its end.
type fragment struct {
	event string
	text  []byte
}

// each calls f with the fragments of each message, and forgets those of all others.
func (f *fragments) each(s *InstrumentationSettings, messages []Message, visit func(index int, of []fragment)) {
	if f == nil {
		for i, m := range messages {
			visit(i, fragmentsOf(s, m))
		}
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept == nil {
		f.kept = map[Message][]fragment{}
	}
	for i, m := range messages {
		known, ok := f.kept[m]
		if !ok {
			known = fragmentsOf(s, m)
			f.kept[m] = known
		}
		visit(i, known)
	}
	if len(f.kept) > len(messages) {
		f.forgetOthers(messages)
	}
}

func (f *fragments) forgetOthers(messages []Message) {
	kept := make(map[Message][]fragment, len(messages))
	for _, m := range messages {
		kept[m] = f.kept[m]
	}
	f.kept = kept
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

// list is a JSON array of messages on its way into an attribute.
type list struct {
	text   []byte
	starts []int // of the elements
}

// add adds a fragment. Of an event, system is who it was said to, empty on run spans, and index its message's place, or -1
// when it has none.
func (l *list) add(f fragment, system string, index int) {
	if len(l.starts) == 0 {
		l.text = append(l.text, '[')
	} else {
		l.text = append(l.text, ',')
	}
	l.starts = append(l.starts, len(l.text))
	l.text = append(l.text, f.text...)
	if f.event == "" {
		return
	}
	if system != "" {
		l.text = appendText(append(l.text, `,"gen_ai.system":`...), system)
	}
	if index >= 0 {
		l.text = strconv.AppendInt(append(l.text, `,"gen_ai.message.index":`...), int64(index), 10)
	}
	l.text = append(appendText(append(l.text, `,"event.name":`...), f.event), '}')
}

// addEvent adds an event that belongs to no message.
func (l *list) addEvent(e event, system string) {
	l.add(fragment{e.name, openJSON(e.body)}, system, -1)
}

// addMessages adds messages.
func (l *list) addMessages(s *InstrumentationSettings, kept *fragments, messages []Message, system string) {
	kept.each(s, messages, func(index int, of []fragment) {
		for _, f := range of {
			l.add(f, system, index)
		}
	})
}

// end returns the array with as many of its last elements as fit into limit bytes; 0 is no limit. cut says that some do not.
func (l *list) end(limit int) (text string, cut bool) {
	if len(l.starts) == 0 {
		return "[]", false
	}
	l.text = append(l.text, ']')
	if limit == 0 || len(l.text) <= limit {
		return string(l.text), false
	}
	for _, start := range l.starts {
		if 1+len(l.text)-start <= limit {
			return "[" + string(l.text[start:]), true
		}
	}
	return "[]", true
}
