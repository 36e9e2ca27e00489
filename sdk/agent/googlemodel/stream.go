package googlemodel

import (
	"google.golang.org/genai"

	"github.com/hearth-dev/hearth/sdk/agent"
)

// deltas turns the chunks of a stream into deltas. Each chunk holds parts as a whole response does; texts, and thoughts,
// that follow each other are one part.
type deltas struct {
	model *Model
	yield func(agent.Delta, error) bool

	next    int // index of the next part
	writing writing
}

// writing is what the last part is, as far as more may be added to it.
type writing int

const (
	nothing writing = iota
	text
	thought
)

// chunk passes on what a chunk holds, and returns false when the consumer wants no more.
func (d *deltas) chunk(c *genai.GenerateContentResponse) bool {
	if !d.yield(d.model.about(c), nil) {
		return false
	}
	for _, part := range candidateParts(c) {
		converted, err := d.model.part(part)
		if err != nil {
			d.yield(nil, err)
			return false
		}
		if converted != nil && !d.yield(d.delta(converted), nil) {
			return false
		}
	}
	return true
}

func (d *deltas) delta(part agent.ResponsePart) agent.Delta {
	switch part := part.(type) {
	case agent.Text:
		return agent.TextDelta{Index: d.index(text), Text: part.Text, Signature: part.Signature}
	case agent.Thinking:
		return agent.ThinkingDelta{Index: d.index(thought), Text: part.Text, Signature: part.Signature}
	}
	return agent.PartDelta{Index: d.index(nothing), Part: part}
}

// index returns that of the part to which a piece belongs.
func (d *deltas) index(piece writing) int {
	if piece == nothing || piece != d.writing {
		d.next++
	}
	d.writing = piece
	return d.next - 1
}
