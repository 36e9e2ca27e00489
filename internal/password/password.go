// Package password turns passwords of people into hashes that may be kept, and tells whether a password is the one.
//
// The hash is argon2id (RFC 9106), written as the PHC string format has it, with the parameters it was made with:
//
//	$argon2id$v=19$m=65536,t=3,p=4$SALT$HASH
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost is how much work a hash is.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

// Recommended is the second recommendation of RFC 9106, section 4, for who cannot spend 2 GiB. A hash takes a quarter of a second of
// CPU time on a small server (bench/results/2026-11-26-password.txt): five times what the least that OWASP names takes, and little
// beside the days that a session lasts. Whoever sends guesses takes that much, too: callers throttle them.
var Recommended = Cost{MemoryKiB: 64 << 10, Passes: 3, Lanes: 4}

// Bounds of costs that are read from a hash: whoever could write one could otherwise take the server's memory with it.
const (
	maxMemoryKiB = 1 << 20
	maxPasses    = 64
)

const (
	saltBytes = 16
	hashBytes = 32
	// atOnce is how many hashes are computed at a time: each takes the memory of its cost.
	atOnce = 2
)

// Hasher makes and compares hashes, a few at a time; others wait. It is safe for concurrent use.
type Hasher struct {
	cost  Cost
	slots chan struct{}
	decoy parsed // what is compared where there is nothing to compare
}

// New returns a Hasher whose new hashes have a cost.
func New(c Cost) *Hasher {
	return &Hasher{cost: c, slots: make(chan struct{}, atOnce), decoy: parsed{Cost: c, salt: make([]byte, saltBytes), hash: make([]byte, hashBytes)}}
}

// Hash returns what may be kept of a password. The error is that of ctx, which ends the waiting.
func (h *Hasher) Hash(ctx context.Context, text string) (string, error) {
	p := parsed{Cost: h.cost, salt: make([]byte, saltBytes)}
	_, _ = rand.Read(p.salt) // never fails: the runtime stops the program instead
	var err error
	p.hash, err = h.compute(ctx, p.Cost, p.salt, text)
	return p.String(), err
}

// Compare tells whether a password is the one that a hash was made of, and whether the hash is weaker than new ones are.
// Where there is no hash, it is empty, and false takes as much time as elsewhere. The error is that of ctx, which ends the
// waiting, or tells that the hash is none.
func (h *Hasher) Compare(ctx context.Context, hash, text string) (same, weak bool, err error) {
	p := h.decoy
	if hash != "" {
		if p, err = parse(hash); err != nil {
			return false, false, err
		}
	}
	if len(text) > MaxLength {
		text = "" // too long to be one, and to be hashed
	}
	got, err := h.compute(ctx, p.Cost, p.salt, text)
	if err != nil {
		return false, false, err
	}
	same = subtle.ConstantTimeCompare(got, p.hash) == 1 && hash != ""
	return same, same && p.Cost != h.cost, nil
}

func (h *Hasher) compute(ctx context.Context, c Cost, salt []byte, text string) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(text), salt, c.Passes, c.MemoryKiB, c.Lanes, hashBytes), nil
}

// parsed is a hash with what it was made with.
type parsed struct {
	Cost
	salt, hash []byte
}

// layout is the part of the PHC string with numbers in it.
const layout = "$argon2id$v=19$m=%d,t=%d,p=%d$"

// String writes the hash as it is kept.
func (p parsed) String() string {
	return fmt.Sprintf(layout, p.MemoryKiB, p.Passes, p.Lanes) + base64.RawStdEncoding.EncodeToString(p.salt) + "$" + base64.RawStdEncoding.EncodeToString(p.hash)
}

var errHash = errors.New("the hash of the password is not one of argon2id, or not within bounds")

// parse reads what String writes, and nothing else.
func parse(text string) (parsed, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return parsed{}, errHash
	}
	var p parsed
	_, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.MemoryKiB, &p.Passes, &p.Lanes)
	if err != nil || p.MemoryKiB > maxMemoryKiB || p.Passes == 0 || p.Passes > maxPasses || p.Lanes == 0 || p.MemoryKiB < 8*uint32(p.Lanes) {
		return parsed{}, errHash
	}
	var badSalt, badHash error
	p.salt, badSalt = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	p.hash, badHash = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if badSalt != nil || badHash != nil || len(p.salt) < 8 || len(p.hash) != hashBytes || p.String() != text {
		return parsed{}, errHash
	}
	return p, nil
}
