// Package device lets a program log in that has no browser: the device flow, as in RFC 8628.
//
// A program opens a login and gets two codes. With the long one it waits; the short one is in the address of a page, where a
// person sees which machine asks, and approves or refuses. So the page's address, which ends up in histories and chats, opens
// nothing. What was approved is delivered once, to whoever waits with the long code.
//
// Logins are in memory and live for minutes: a restart forgets them, and programs ask again.
package device

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Limits of what anybody may open without being known.
const (
	// Life is how long a login can be approved and collected.
	Life = 10 * time.Minute
	// maxOpen and maxOpenOfSource bound the memory, and how many pages an attacker can have lying about.
	maxOpen         = 1000
	maxOpenOfSource = 20
	// maxWaiting bounds the requests that are held for one login: a program waits with one, and a second while a proxy has
	// not yet noticed that the first is gone.
	maxWaiting = 4
)

// Errors that callers decide by.
var (
	// ErrUnknown means that no such login is open: it never was, is over, or was collected.
	ErrUnknown = errors.New("no such login is open")
	// ErrRefused means that a person refused the login.
	ErrRefused = errors.New("the login was refused")
	// ErrWaiting means that too many requests wait for the same login.
	ErrWaiting = errors.New("too many requests wait for this login")
)

// BusyError means that too many logins are open, and when the oldest of them is over.
type BusyError struct{ After time.Duration }

// Error tells when to come again.
func (e *BusyError) Error() string {
	return fmt.Sprintf("too many logins are open; the next can be opened in %v", e.After.Round(time.Second))
}

// State is what became of a login.
type State string

// The states. One that was collected is gone.
const (
	Pending  State = "pending"
	Approved State = "approved"
	Refused  State = "refused"
)

// Request is who asks to be logged in. Only Source is certain; the rest is what the program says.
type Request struct {
	Machine string
	Client  string // the program
	Address string // where it asked from, for a person to read
	Source  string // what counts as one asker
}

// Login is a request that somebody may decide on.
type Login struct {
	Request
	Code      string // the short code
	State     State
	OpenedAt  time.Time
	ExpiresAt time.Time
}

// Approval is what a program gets whose login was approved.
type Approval struct {
	Owner   string // who approved it, and in whose name the program may act
	Machine string
}

// Logins are the open logins. It is safe for concurrent use.
type Logins struct {
	now  func() time.Time
	done <-chan struct{}

	mu       sync.Mutex // guards the fields below, and of each login what may change
	byDevice map[codeHash]*login
	byCode   map[codeHash]*login
}

// codeHash stands for a code: the codes themselves are kept nowhere.
type codeHash = [sha256.Size]byte

type login struct {
	Login
	device, code codeHash
	owner        string
	decided      chan struct{} // closed when it is approved or refused
	waiting      int
}

// New returns Logins with no login. When done is closed, nobody is kept waiting any longer. A nil now is time.Now; a nil
// done is never closed.
func New(now func() time.Time, done <-chan struct{}) *Logins {
	if now == nil {
		now = time.Now
	}
	return &Logins{now: now, done: done, byDevice: map[codeHash]*login{}, byCode: map[codeHash]*login{}}
}

// Open opens a login and returns the long code, which is told to nobody but the program that asked. The error is a
// *BusyError when too many logins are open, in all or from the same source.
func (l *Logins) Open(r Request) (deviceCode string, opened Login, err error) {
	deviceCode, code := newDeviceCode(), newCode()
	now := l.now()
	entry := &login{
		Login:  Login{Request: r, Code: code, State: Pending, OpenedAt: now, ExpiresAt: now.Add(Life)},
		device: sha256.Sum256([]byte(deviceCode)), code: hashOfCode(code), decided: make(chan struct{}),
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if after := l.busy(now, r.Source); after > 0 {
		return "", Login{}, &BusyError{After: after}
	}
	if l.byCode[entry.code] != nil { // one in a billion; asking again is enough
		return "", Login{}, &BusyError{After: time.Second}
	}
	l.byDevice[entry.device], l.byCode[entry.code] = entry, entry
	return deviceCode, entry.Login, nil
}

// busy forgets what is over and returns how long a source has to wait before it may open another login.
func (l *Logins) busy(now time.Time, source string) time.Duration {
	ofSource := 0
	oldest, oldestOfSource := now.Add(Life), now.Add(Life)
	for _, entry := range l.byDevice {
		if !now.Before(entry.ExpiresAt) {
			l.forget(entry)
			continue
		}
		oldest = earlier(oldest, entry.ExpiresAt)
		if entry.Source == source {
			ofSource++
			oldestOfSource = earlier(oldestOfSource, entry.ExpiresAt)
		}
	}
	switch {
	case ofSource >= maxOpenOfSource:
		return oldestOfSource.Sub(now)
	case len(l.byDevice) >= maxOpen:
		return oldest.Sub(now)
	}
	return 0
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func (l *Logins) forget(entry *login) {
	delete(l.byDevice, entry.device)
	delete(l.byCode, entry.code)
}

// Wait waits until the login of a long code is decided, and collects it when it was approved: nobody gets it a second time.
// ok is false when the time was over first, or the server stops: the login is as it was. So it is when ctx ended, because then
// nobody is there to take it. The error is ErrUnknown, ErrRefused or ErrWaiting.
func (l *Logins) Wait(ctx context.Context, deviceCode string, atMost time.Duration) (approval Approval, ok bool, err error) {
	device := sha256.Sum256([]byte(deviceCode))
	entry, err := l.begin(device)
	if err != nil {
		return Approval{}, false, err
	}
	over := time.NewTimer(atMost)
	defer over.Stop()
	select {
	case <-entry.decided:
	case <-over.C:
	case <-ctx.Done():
	case <-l.done:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	entry.waiting--
	switch {
	case l.byDevice[device] != entry || !l.now().Before(entry.ExpiresAt):
		return Approval{}, false, ErrUnknown // over, or collected by another
	case entry.State == Refused:
		return Approval{}, false, ErrRefused
	case entry.State == Approved && ctx.Err() == nil:
		l.forget(entry)
		return Approval{Owner: entry.owner, Machine: entry.Machine}, true, nil
	}
	return Approval{}, false, nil
}

func (l *Logins) begin(device codeHash) (*login, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry := l.byDevice[device]
	switch {
	case entry == nil || !l.now().Before(entry.ExpiresAt):
		return nil, ErrUnknown
	case entry.waiting >= maxWaiting:
		return nil, ErrWaiting
	}
	entry.waiting++
	return entry, nil
}

// Login returns the login of a short code, or ErrUnknown.
func (l *Logins) Login(code string) (Login, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry, err := l.open(code)
	if err != nil {
		return Login{}, err
	}
	return entry.Login, nil
}

// Approve lets the program that opened the login act in the name of owner, and returns the login. Approving again changes
// nothing. The error is ErrUnknown, or ErrRefused when it was refused before.
func (l *Logins) Approve(code, owner string) (Login, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry, err := l.open(code)
	switch {
	case err != nil:
		return Login{}, err
	case entry.State == Refused:
		return Login{}, ErrRefused
	case entry.State == Pending:
		entry.owner = owner
		entry.decide(Approved)
	}
	return entry.Login, nil
}

// Refuse ends the login, also one that was approved and not yet collected, and returns it. Refusing again changes nothing.
// The error is ErrUnknown.
func (l *Logins) Refuse(code string) (Login, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry, err := l.open(code)
	if err != nil {
		return Login{}, err
	}
	entry.decide(Refused)
	return entry.Login, nil
}

// open returns the login of a short code that is not over.
func (l *Logins) open(code string) (*login, error) {
	entry := l.byCode[hashOfCode(code)]
	if entry == nil || !l.now().Before(entry.ExpiresAt) {
		return nil, ErrUnknown
	}
	return entry, nil
}

func (e *login) decide(s State) {
	if e.State == Pending {
		close(e.decided)
	}
	e.State = s
}

// newDeviceCode returns 256 bits of randomness, fit for a path.
func newDeviceCode() string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails: the runtime stops the program instead
	return base64.RawURLEncoding.EncodeToString(random[:])
}

// letters are those of RFC 8628, section 6.1: no vowels, so that no code is a word, and nothing that looks like a digit.
const letters = "BCDFGHJKLMNPQRSTVWXZ"

// newCode returns a short code that people can compare and type, such as WDJB-MJHT: 34 bits. That is little, but whoever
// may use it for anything has been let in already.
func newCode() string {
	const half, fair = 4, 256 - 256%len(letters) // bytes from fair on would make the first letters more likely
	var sb strings.Builder
	for sb.Len() < 2*half+1 {
		var random [16]byte
		_, _ = rand.Read(random[:])
		for _, b := range random {
			if int(b) >= fair || sb.Len() == 2*half+1 {
				continue
			}
			if sb.Len() == half {
				sb.WriteByte('-')
			}
			sb.WriteByte(letters[int(b)%len(letters)])
		}
	}
	return sb.String()
}

var codeShape = regexp.MustCompile(`^[` + letters + `]{4}-[` + letters + `]{4}$`)

// IsCode tells whether a text is a short code as Open makes them.
func IsCode(text string) bool { return codeShape.MatchString(text) }

// hashOfCode takes a short code as people type it.
func hashOfCode(code string) codeHash {
	code = strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToUpper(code))
	return sha256.Sum256([]byte(code))
}
