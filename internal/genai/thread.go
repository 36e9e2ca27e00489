package genai

import (
	"crypto/sha256"
	"slices"
)

// spoken is one part with who said it: what histories are compared by.
type spoken struct {
	head Message // role, name and finish
	part Part
	hash [sha256.Size]byte
}

// flat returns messages as their parts.
func flat(messages []Message) []spoken {
	var all []spoken
	for _, m := range messages {
		for _, part := range m.Parts {
			all = append(all, spoken{Message{Role: m.Role, Name: m.Name, Finish: m.Finish}, part, hashOf(m.Role, part)})
		}
	}
	return all
}

// hashOf returns the canonical hash of a part: over who says it and what, without ids, signatures, and what an SDK may
// leave out when it sends the part again.
func hashOf(role Role, part Part) [sha256.Size]byte {
	part.ID, part.Signature, part.ArgsRaw, part.Execution = "", "", "", nil
	if part.Type == PartToolResult {
		part.Name, part.IsError = "", false
	}
	text, err := marshal(struct {
		Role Role
		Part Part
	}{role, part})
	if err != nil {
		text = []byte(part.Text) // cannot happen: parts hold valid JSON
	}
	return sha256.Sum256(text)
}

// comparable tells whether a part must come back in the next request: thoughts need not.
func (s *spoken) comparable() bool { return s.part.Type != PartThinking }

// Why a turn does not go on where the one before it ended.
const (
	breakNew     = "new_history"     // it has nothing in common with it
	breakChanged = "history_changed" // it does in the beginning: compacted, edited, or another branch
	breakAgain   = "asked_again"     // it asks what was asked before: a retry, or one of several tries
)

// thread is a dialogue of which most calls show the whole so far.
type thread struct {
	said       []spoken
	lastAnswer int // where in said the last answer begins
}

// add returns what a call's input adds, and why when it does not go on where the thread ended.
func (t *thread) add(input, output []Message) (added []Message, why string) {
	in := flat(input)
	mine, theirs := commonPrefix(t.said, in)
	switch {
	case len(in) == 0 || mine == len(t.said):
	case theirs == len(in):
		why = breakAgain
	case mine >= t.lastAnswer && theirs < len(in) && in[theirs].head.Role == RoleAssistant:
		// The last answer came back otherwise than it was given. It is known already.
		for theirs < len(in) && in[theirs].head.Role == RoleAssistant {
			theirs++
		}
	case mine == 0:
		why = breakNew
	default:
		why = breakChanged
	}
	added = assembled(in[theirs:])
	if len(in) > 0 { // else its content was not captured, or stands in records of its own
		t.said = in
	}
	t.lastAnswer = len(t.said)
	if len(output) > 0 {
		t.said = append(t.said, flat(output[:1])...) // the first choice is the one that goes on
	}
	return added, why
}

// commonPrefix returns how far two histories are the same, in parts of each.
func commonPrefix(a, b []spoken) (inA, inB int) {
	i, j := 0, 0
	for {
		for i < len(a) && !a[i].comparable() {
			i++
		}
		for j < len(b) && !b[j].comparable() {
			j++
		}
		if i == len(a) || j == len(b) || a[i].hash != b[j].hash {
			return i, j
		}
		i, j = i+1, j+1
	}
}

// assembled makes messages of parts.
func assembled(parts []spoken) []Message {
	var messages []Message
	for _, s := range parts {
		messages = appendPart(messages, s.head, s.part)
	}
	return messages
}

// saidBefore returns how many of the messages of a first request are history: all before what the user said last, when
// there is an answer among them.
func saidBefore(input []Message) int {
	last := -1
	for i := range input {
		if input[i].Role == RoleUser {
			last = i
		}
	}
	if last < 0 || !slices.ContainsFunc(input[:last], func(m Message) bool { return m.Role == RoleAssistant }) {
		return 0
	}
	return last
}

// handedOver returns how many of the messages of a first request are in the history of a run that was handed that many
// requests and answers. They take turns, and a request may be several messages. Where the count does not fit it is
// guessed as for any other request.
func handedOver(input []Message, requestsAndAnswers int) int {
	groups := 0
	for i := range input {
		if i > 0 && (input[i].Role == RoleAssistant) == (input[i-1].Role == RoleAssistant) {
			continue
		}
		if groups == requestsAndAnswers {
			return i
		}
		groups++
	}
	return saidBefore(input)
}
