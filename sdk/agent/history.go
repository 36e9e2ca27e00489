package agent

import "slices"

// merged returns a conversation in which inputs and responses alternate as far as possible: inputs that follow each other,
// as they do after open calls were answered, become one, with what answers calls first. The slice is returned as it is when
// there is nothing to merge; messages are never changed.
func merged(messages []Message) []Message {
	for i := 1; i < len(messages); i++ {
		if _, ok := together(messages[i-1], messages[i]); ok {
			return mergeAll(messages)
		}
	}
	return messages
}

func mergeAll(messages []Message) []Message {
	var all []Message
	for _, m := range messages {
		if len(all) > 0 {
			if both, ok := together(all[len(all)-1], m); ok {
				all[len(all)-1] = both
				continue
			}
		}
		all = append(all, m)
	}
	return all
}

// together makes one message of two, if they go together.
func together(a, b Message) (Message, bool) {
	switch a := a.(type) {
	case *Input:
		b, ok := b.(*Input)
		if !ok || a.Instructions != "" && b.Instructions != "" && a.Instructions != b.Instructions {
			return nil, false
		}
		return inputsTogether(a, b), true
	case *Response:
		b, ok := b.(*Response)
		if !ok || a.fromProvider() || b.fromProvider() {
			return nil, false
		}
		both := *a
		both.Parts = slices.Concat(a.Parts, b.Parts)
		return &both, true
	}
	return nil, false
}

func inputsTogether(a, b *Input) *Input {
	both := *a
	both.Parts = slices.Concat(a.Parts, b.Parts)
	slices.SortStableFunc(both.Parts, func(a, b InputPart) int { return rank(a) - rank(b) })
	if both.Instructions == "" {
		both.Instructions = b.Instructions
	}
	if !b.At.IsZero() {
		both.At = b.At
	}
	return &both
}

// rank puts first what answers calls: providers want it right after the calls.
func rank(part InputPart) int {
	switch part.(type) {
	case ToolReturn, RetryPrompt:
		return 0
	default:
		return 1
	}
}

// fromProvider tells whether a response came from a model rather than being made up.
func (r *Response) fromProvider() bool { return r.ID != "" || r.Provider != "" || r.Model != "" }
