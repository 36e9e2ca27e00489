package modeltest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/wire"
)

// SameOnTheWire checks that package wire, which looks on from outside, reads in an answer what the model read: the usage, the
// names and the end. It may put parts together otherwise.
func SameOnTheWire(t *testing.T, api wire.API, body string, read *agent.Response) {
	t.Helper()
	seen, err := wire.Endpoint{API: api, Provider: read.Provider}.ReadResponse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(read, seen, cmpopts.IgnoreFields(agent.Response{}, "Parts", "At")); diff != "" {
		t.Errorf("the model and the wire disagree: %s", diff)
	}
}
