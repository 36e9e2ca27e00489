package password

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// cheap is a cost for tests that are not about costs.
var cheap = Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}

func TestAPasswordIsTheOneOfItsHash(t *testing.T) {
	t.Parallel()
	h := New(cheap)
	const secret = "correct horse"
	hash, err := h.Hash(t.Context(), secret)
	if err != nil || !regexp.MustCompile(`^\$argon2id\$v=19\$m=64,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`).MatchString(hash) {
		t.Fatalf("%s, %v", hash, err)
	}
	if again, err := h.Hash(t.Context(), secret); err != nil || again == hash {
		t.Errorf("the same hash twice: %v", err)
	}
	for _, c := range []struct {
		hash, text string
		same       bool
	}{
		{hash, secret, true}, {hash, secret + "x", false}, {hash, "Correct horse", false}, {hash, "", false},
		{hash, strings.Repeat("x", MaxLength+1), false}, {"", "", false}, {"", secret, false},
	} {
		if same, weak, err := h.Compare(t.Context(), c.hash, c.text); same != c.same || weak || err != nil {
			t.Errorf("%q of %q: same %v, weak %v, %v", c.text, c.hash, same, weak, err)
		}
	}
}

// From the reference implementation: printf password | argon2 somesalt -id -t 2 -m 16 -p 1.
func TestHashesOfOthersAreRead(t *testing.T) {
	t.Parallel()
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	same, weak, err := New(cheap).Compare(t.Context(), hash, "password")
	if !same || !weak || err != nil {
		t.Errorf("same %v, weak %v, %v", same, weak, err)
	}
}

func TestAWeakHashIsToldOnlyWithItsPassword(t *testing.T) {
	t.Parallel()
	hash, err := New(cheap).Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	dearer := New(Cost{MemoryKiB: 128, Passes: 1, Lanes: 1})
	if same, weak, err := dearer.Compare(t.Context(), hash, "correct horse"); !same || !weak || err != nil {
		t.Errorf("same %v, weak %v, %v", same, weak, err)
	}
	if same, weak, err := dearer.Compare(t.Context(), hash, "guess"); same || weak || err != nil {
		t.Errorf("of a guess: same %v, weak %v, %v", same, weak, err)
	}
}

func TestHashesAreComputedAFewAtATime(t *testing.T) {
	t.Parallel()
	h := New(cheap)
	for range atOnce {
		h.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, "correct horse"); !errors.Is(err, context.Canceled) {
		t.Errorf("hash = %v", err)
	}
	if _, _, err := h.Compare(ctx, "", "correct horse"); !errors.Is(err, context.Canceled) {
		t.Errorf("compare = %v", err)
	}
	<-h.slots
	if _, err := h.Hash(t.Context(), "correct horse"); err != nil {
		t.Error(err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "at least 10", "123456789": "at least 10", "äöüäöüäöü": "at least 10", "äöüßéäöüßé": "", strings.Repeat("horse ", MaxLength/6): "",
		strings.Repeat("x", MaxLength+1): "at most 1024",
	} {
		if err := Check(text); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d bytes: %v, want %q", len(text), err, want)
		}
	}
}

func TestCheckOfWhatIsGuessedFirst(t *testing.T) {
	t.Parallel()
	about := []string{"Ada Lovelace", "ada.lovelace@example.com"}
	for text, good := range map[string]bool{
		"correct horse": true, "another password": true, "8462917350": true, "Tr0ub4dor&3": true, "ungewöhnlich": true, "love is all": true,
		"aaaaaaaaaa": false, "aaaaaaaaab": false, "1212121212": false, "hahahahaha": false, "Password123!": false, "passwordpassword": false, "PASSW0RD2026": false,
		"1234567890": false, "0987654321": false, "qwertyuiop": false, "qwertzuiop": false, "asdfghjkl1": false, "1q2w3e4r5t": false, "abcdefghij": false,
		"iloveyou12": false, "hearth-admin": false, "welcome1234": false, "lovelace1815": false, "AdaLovelace": false, "ada.lovelace@example.com": false, "example.com!": false,
	} {
		if err := Check(text, about...); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := Check("lovelace1815"); err != nil {
		t.Errorf("of somebody else: %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("correct horse", "Ada")
	f.Add("\xff\xffqwert\u00e4\u00e4", "q")
	f.Fuzz(func(t *testing.T, text, about string) {
		if left := unguessed(text, []string{about}); len(left) > len(strings.ToLower(text)) {
			t.Errorf("%q is left of %q", left, text)
		}
	})
}

const goodHash = "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func TestWhatIsNoHashIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := parse(goodHash); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"argon2id", "argon2i"}, {"v=19", "v=16"}, {"m=64", "m=7"}, {"m=64", "m=1048577"}, {"m=64", "m=-1"}, {"m=64", "m=064"}, {"t=1", "t=0"}, {"t=1", "t=65"},
		{"p=1", "p=0"}, {"p=1", "p=256"}, {"p=1", "p=9"}, {"$AAAAAAAAAAAAAAAAAAAAAA$", "$AAAA$"}, {"$AAAAAAAAAAAAAAAAAAAAAA$", "$AAAAAAAAAAAAAAAAAAAAAB$"},
		{"AAA$AAA", "AAA"}, {goodHash, ""}, {goodHash, goodHash + "AAAA"}, {goodHash, goodHash + "$"}, {"t=1", "t=1 "},
	} {
		text := strings.Replace(goodHash, change[0], change[1], 1)
		if _, err := parse(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	if _, _, err := New(cheap).Compare(t.Context(), "plain", "plain"); err == nil {
		t.Error("a comparison with no hash")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(goodHash)
	f.Add("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parse(text)
		if err != nil {
			return
		}
		if p.String() != text || p.MemoryKiB > maxMemoryKiB || p.Passes > maxPasses {
			t.Errorf("%q became %q", text, p)
		}
	})
}

// BenchmarkHash measures what a login costs; bench/results/2026-11-26-password.txt has the numbers from which Recommended was chosen.
func BenchmarkHash(b *testing.B) {
	for _, c := range []Cost{{19 << 10, 2, 1}, {46 << 10, 1, 1}, Recommended, {128 << 10, 3, 4}} {
		b.Run(fmt.Sprintf("m=%d,t=%d,p=%d", c.MemoryKiB, c.Passes, c.Lanes), func(b *testing.B) {
			h := New(c)
			for b.Loop() {
				if _, err := h.Hash(b.Context(), "correct horse battery"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
