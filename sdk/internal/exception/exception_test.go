package exception

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// brew panics with a value; thrown is what is made of it by a deferred function.
func brew(value any) (thrown *Exception) {
	defer func() { thrown = OfPanic(recover()) }()
	panic(value)
}

func TestPanicHasTheStackOfWhatPanicked(t *testing.T) {
	t.Parallel()
	e := brew("out of \xff coffee")
	if e.Kind != "panic" || e.Message != "out of \uFFFD coffee" {
		t.Errorf("%s: %q", e.Kind, e.Message)
	}
	want := "panic: out of \uFFFD coffee\n\ngithub.com/hearth-dev/hearth/sdk/internal/exception.brew(...)\n\t"
	if !strings.HasPrefix(e.stack(), want) {
		t.Errorf("stack begins otherwise:\n%s", e.stack())
	}
	if e := brew(io.ErrUnexpectedEOF); e.Kind != "*errors.errorString" || e.Message != "unexpected EOF" {
		t.Errorf("%s: %q", e.Kind, e.Message)
	}
}

func TestErrorHasItsCausesAndTheStackOfTheCall(t *testing.T) {
	t.Parallel()
	e := OfError(fmt.Errorf("brew: %w", errors.Join(io.EOF, errors.New("no filter"))))
	for _, want := range []string{"brew: EOF\nno filter\n", "\twraps *errors.errorString: EOF\n", "\twraps *errors.errorString: no filter\n", "TestErrorHasItsCauses"} {
		if !strings.Contains(e.stack(), want) {
			t.Errorf("%q is not in\n%s", want, e.stack())
		}
	}
}

func TestFingerprintTellsKindsAndWaysApart(t *testing.T) {
	t.Parallel()
	one, two := brew("cup 1"), brew("cup 2")
	if one.fingerprint() != two.fingerprint() {
		t.Error("two messages of one panic have two fingerprints")
	}
	if one.fingerprint() == brew(io.EOF).fingerprint() {
		t.Error("two kinds have one fingerprint")
	}
	func() {
		defer func() { two = OfPanic(recover()) }()
		panic("cup 3")
	}()
	if one.fingerprint() == two.fingerprint() {
		t.Error("two ways have one fingerprint")
	}
}
