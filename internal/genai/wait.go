package genai

import (
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// Wait is a record that has not ended while everything below it has: what the rest waits for.
type Wait struct {
	SpanID string     `json:"span_id"`
	Kind   Kind       `json:"kind"`
	Name   string     `json:"name,omitempty"` // of the tool, the agent or the model
	Since  *time.Time `json:"since,omitempty"`
}

// waitsOf returns what is waited for in and below nodes. Records that tell nothing of models are passed over: a model
// is waited for, and not the HTTP request in it.
func waitsOf(nodes ...*node) []Wait {
	var waits []Wait
	for _, n := range nodes {
		below := waitsOf(n.children...)
		if len(below) == 0 && n.record != nil && n.kind() != KindOther && n.source.Kind == record.KindPendingSpan {
			below = []Wait{waitOf(n)}
		}
		waits = bounded(append(waits, below...))
	}
	return waits
}

func waitOf(n *node) Wait {
	r := n.record
	wait := Wait{SpanID: n.source.SpanID, Kind: r.Kind, Name: firstText(r.ResponseModel, r.RequestModel)}
	switch {
	case r.Tool != nil && r.Tool.Name != "":
		wait.Name = r.Tool.Name
	case r.Kind == KindAgent && r.Agent.Name != "":
		wait.Name = r.Agent.Name
	}
	wait.Name = firstText(wait.Name, n.source.Name)
	wait.Since, _, _ = times(n.source)
	return wait
}
