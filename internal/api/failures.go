package api

import (
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
)

// The audit log tells of failed logins so that somebody notices, and strangers must not fill it. Of the failures of one account from
// one address within failureWindowOfLog it tells the first, the tenth, the hundredth and so on, with their number; after maxToldFailures
// entries within that time only those of the whole server, in the same way.
const (
	failureWindowOfLog = time.Hour
	maxToldFailures    = 100
	maxFailureKeys     = 10_000 // more than are told: where an address changes its accounts
)

// failureLog decides which failed logins the audit log tells of. The zero value has seen none.
type failureLog struct {
	mu     sync.Mutex // guards the rest
	began  time.Time  // of the window
	counts map[failureKey]int
	told   int
	total  int
}

type failureKey struct {
	account string
	address netip.Addr
}

// note counts a failure, and returns what the audit log tells of it; empty when it tells nothing.
func (f *failureLog) note(account string, address netip.Addr, now time.Time) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Sub(f.began) >= failureWindowOfLog {
		f.began, f.counts, f.told, f.total = now, map[failureKey]int{}, 0, 0
	}
	key := failureKey{account, address}
	f.total++
	if f.counts[key] > 0 || len(f.counts) < maxFailureKeys {
		f.counts[key]++
	}
	n := f.counts[key]
	switch {
	case f.told >= maxToldFailures && powerOfTen(f.total):
		return fmt.Sprintf("%d failed logins on this server within an hour, not all of them told one by one", f.total)
	case f.told >= maxToldFailures || !powerOfTen(n):
		return ""
	}
	f.told++
	if n == 1 {
		return account
	}
	return fmt.Sprintf("%s, %d times within an hour", account, n)
}

func powerOfTen(n int) bool {
	for n > 0 && n%10 == 0 {
		n /= 10
	}
	return n == 1
}

// tellFailure writes a failed login into the audit log, unless enough of its kind are there.
func (s *server) tellFailure(r *http.Request, account string) error {
	detail := s.failures.note(said(account, "no address"), addressOf(r), s.Now())
	if detail == "" {
		return nil
	}
	ctx := meta.WithActor(r.Context(), meta.Actor{Address: hostOf(r)})
	return s.Meta.RecordEvent(ctx, "", meta.Event{Action: meta.LoginFailed, ResourceType: "session", Detail: detail})
}
