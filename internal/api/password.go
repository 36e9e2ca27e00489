package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// The throttle of wrong passwords: after maxFailures from one address within failureWindow, every attempt from there
// is refused until the window is over. One attempt in six seconds guesses no password that deserves the name.
const (
	maxFailures   = 10
	failureWindow = time.Minute
	maxAddresses  = 10_000
)

func newAddressThrottle() throttle[netip.Addr] {
	return throttle[netip.Addr]{most: maxFailures, window: failureWindow, room: maxAddresses, counts: map[netip.Addr]*failureCount{}}
}

// passwordGate lets in whoever knows the operator's key, HEARTH_PASSWORD.
type passwordGate struct {
	closed bool // there is no password
	want   [sha256.Size]byte
	now    func() time.Time

	mu       sync.Mutex // guards failures
	failures throttle[netip.Addr]
}

func newPasswordGate(password string, now func() time.Time) *passwordGate {
	return &passwordGate{closed: password == "", want: sha256.Sum256([]byte(password)), now: now, failures: newAddressThrottle()}
}

const basicChallenge = `Basic realm="Hearth", charset="UTF-8"`

var (
	errNobody   = &problem{status: http.StatusUnauthorized, detail: "Nobody is logged in.", challenge: basicChallenge}
	errPassword = &problem{status: http.StatusUnauthorized, detail: "The password is wrong.", challenge: basicChallenge}
)

// check returns nil when the request carries the password as HTTP Basic. The user name does not matter.
func (g *passwordGate) check(r *http.Request) error {
	_, password, ok := r.BasicAuth()
	switch {
	case !ok:
		return errNobody
	case g.closed:
		return errPassword // nothing was guessed
	}
	address := addressOf(r)
	g.mu.Lock()
	defer g.mu.Unlock() // across the comparison, so that many attempts at once count one by one
	if wait := g.failures.wait(address, g.now()); wait > 0 {
		return tooManyGuesses(wait)
	}
	// Hashes have one length, so that the comparison tells nothing about the password's.
	got := sha256.Sum256([]byte(password))
	if subtle.ConstantTimeCompare(got[:], g.want[:]) == 1 {
		g.failures.forget(address)
		return nil
	}
	g.failures.count(address, g.now())
	return errPassword
}

func tooManyGuesses(wait time.Duration) error {
	return &problem{status: http.StatusTooManyRequests, detail: "Too many wrong passwords. Wait before the next attempt.", retryAfter: wait}
}

// addressOf returns the caller's address, as networkOf does.
func addressOf(r *http.Request) netip.Addr { return networkOf(r.RemoteAddr) }

// networkOf returns the address of a caller, with or without a port; of IPv6 the /64, because one caller has at least that many.
// The zero address stands for all whose address is unknown.
func networkOf(remote string) netip.Addr {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	address = address.Unmap().WithZone("")
	if address.Is6() {
		prefix, err := address.Prefix(64)
		if err == nil {
			address = prefix.Addr()
		}
	}
	return address
}
