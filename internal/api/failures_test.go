package api

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"
)

func TestTheAuditLogTellsFewOfManyFailures(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 27, 0, 0, 0, 0, time.UTC)
	here, there := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	var f failureLog
	var told []string
	note := func(account string, address netip.Addr) {
		if text := f.note(account, address, now); text != "" {
			told = append(told, text)
		}
	}
	expect := func(what string, want ...string) {
		t.Helper()
		if !slices.Equal(told, want) {
			t.Errorf("%s: %q, want %q", what, told, want)
		}
		told = nil
	}
	for range 120 {
		note("ada", here)
	}
	expect("one account from one address", "ada", "ada, 10 times within an hour", "ada, 100 times within an hour")
	note("ada", there)
	note("eve", here)
	expect("another address and another account", "ada", "eve")
	now = now.Add(failureWindowOfLog)
	note("ada", here)
	expect("an hour later", "ada")

	for i := range 2 * maxFailureKeys {
		note(fmt.Sprint("somebody ", i), here)
	}
	want := []string{}
	for i := range maxToldFailures - 1 {
		want = append(want, fmt.Sprint("somebody ", i))
	}
	const many = " failed logins on this server within an hour, not all of them told one by one"
	expect("many accounts", append(want, "1000"+many, "10000"+many)...)
	if len(f.counts) > maxFailureKeys {
		t.Errorf("%d keys are remembered", len(f.counts))
	}
}
