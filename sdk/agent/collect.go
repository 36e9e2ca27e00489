package agent

import (
	"cmp"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"time"
)

// Collector makes a response out of its pieces. The zero value is ready; it is not safe for concurrent use.
type Collector struct {
	response Response
	parts    []collected
}

// collected is a part as far as it has arrived.
type collected struct {
	index int
	part  ResponsePart
	args  []byte // of a tool call
}

// Add takes the next piece.
func (c *Collector) Add(d Delta) {
	switch d := d.(type) {
	case TextDelta:
		p := c.at(d.Index)
		text, _ := p.part.(Text)
		p.part = Text{Text: text.Text + d.Text, ID: cmp.Or(d.ID, text.ID), Signature: cmp.Or(d.Signature, text.Signature)}
	case ThinkingDelta:
		p := c.at(d.Index)
		t, _ := p.part.(Thinking)
		p.part = Thinking{Text: t.Text + d.Text, ID: cmp.Or(d.ID, t.ID), Signature: cmp.Or(d.Signature, t.Signature)}
	case ToolCallDelta:
		p := c.at(d.Index)
		call, _ := p.part.(ToolCall)
		p.part = ToolCall{
			ID: cmp.Or(d.ID, call.ID), Name: cmp.Or(d.Name, call.Name), Builtin: d.Builtin || call.Builtin,
			ItemID: cmp.Or(d.ItemID, call.ItemID), Signature: cmp.Or(d.Signature, call.Signature),
		}
		p.args = append(p.args, d.Args...)
	case PartDelta:
		c.at(d.Index).part = d.Part
	case ResponseDelta:
		c.about(d)
	}
}

func (c *Collector) about(d ResponseDelta) {
	r := &c.response
	r.Model, r.Provider, r.ID = cmp.Or(d.Model, r.Model), cmp.Or(d.Provider, r.Provider), cmp.Or(d.ID, r.ID)
	r.FinishReason = cmp.Or(d.FinishReason, r.FinishReason)
	if d.Usage != nil {
		r.Usage = *d.Usage
	}
	if len(d.Details) > 0 {
		if r.Details == nil {
			r.Details = map[string]any{}
		}
		maps.Copy(r.Details, d.Details)
	}
}

// at returns the part with an index; parts are kept in the order of their indexes.
func (c *Collector) at(index int) *collected {
	i, found := slices.BinarySearchFunc(c.parts, index, func(p collected, index int) int { return p.index - index })
	if !found {
		c.parts = slices.Insert(c.parts, i, collected{index: index})
	}
	return &c.parts[i]
}

// part returns the part with an index as far as it has arrived.
func (c *Collector) part(index int) ResponsePart { return c.at(index).whole() }

func (p *collected) whole() ResponsePart {
	if call, ok := p.part.(ToolCall); ok && p.args != nil {
		call.Args = quoted(p.args)
		return call
	}
	return p.part
}

// Response returns what has arrived so far, as a value of its own.
func (c *Collector) Response() *Response {
	r := c.response
	r.Details = maps.Clone(r.Details)
	r.At = time.Now()
	for _, p := range c.parts {
		r.Parts = append(r.Parts, p.whole())
	}
	return &r
}

// quoted returns text as a JSON string: pieces of arguments are text until somebody parses them, and need not be valid
// JSON when a response was cut off.
func quoted(text []byte) json.RawMessage {
	quoted, err := json.Marshal(string(text))
	if err != nil { // a string always has a JSON form
		return nil
	}
	return quoted
}

// Deltas plays a response: the reverse of a [Collector]. Each part comes in one piece.
func Deltas(r *Response) iter.Seq2[Delta, error] {
	return func(yield func(Delta, error) bool) {
		for i, part := range r.Parts {
			if !yield(wholeDelta(i, part), nil) {
				return
			}
		}
		yield(ResponseDelta{Model: r.Model, Provider: r.Provider, ID: r.ID, FinishReason: r.FinishReason, Usage: &r.Usage, Details: r.Details}, nil)
	}
}

func wholeDelta(i int, part ResponsePart) Delta {
	switch part := part.(type) {
	case Text:
		return TextDelta{Index: i, Text: part.Text, ID: part.ID, Signature: part.Signature}
	case Thinking:
		return ThinkingDelta{Index: i, Text: part.Text, ID: part.ID, Signature: part.Signature}
	default:
		return PartDelta{Index: i, Part: part}
	}
}
