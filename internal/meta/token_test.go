package meta

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func makeToken(t *testing.T, db *DB, n NewToken) (Token, string) {
	t.Helper()
	if n.ProjectID == "" {
		n.ProjectID = db.DefaultProject().ID
	}
	token, text, err := db.CreateToken(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return token, text
}

func TestTokenTextHasTheOfficialShape(t *testing.T) {
	t.Parallel()
	shape := regexp.MustCompile(`^pylf_v1_local_[a-zA-Z0-9]{44}$`)
	seen := map[string]bool{}
	letters := map[byte]int{}
	const texts = 2000
	for range texts {
		text, shown := mint(tokenStart)
		if !shape.MatchString(text) || seen[text] || shown != text[:19] {
			t.Fatalf("text %q is repeated or malformed", text)
		}
		seen[text] = true
		for _, c := range []byte(text[len(tokenStart):]) {
			letters[c]++
		}
	}
	// Each letter is expected 1419 times with a standard deviation of 37; the modulo bias would add 25 % to the first eight.
	for i := range len(alphabet) {
		if n := letters[alphabet[i]]; n < 1419-8*37 || n > 1419+8*37 {
			t.Errorf("letter %q occurs %d times, want about 1419", alphabet[i], n)
		}
	}
}

func TestTokenLifeCycle(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	project := db.DefaultProject().ID
	made, text := makeToken(t, db, NewToken{Kind: WriteToken, Description: "laptop", ExpiresAt: start.Add(time.Hour)})
	if made.Prefix != text[:19] || made.ProjectID != project || !made.ExpiresAt.Equal(start.Add(time.Hour)) {
		t.Errorf("made %+v", made)
	}
	for range 2 { // from the file, then from the cache
		got, err := db.LookupToken(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		got.LastUse = Use{} // a shared database may tell it already
		if diff := cmp.Diff(made, got); diff != "" {
			t.Errorf("looked up (-made +got):\n%s", diff)
		}
	}
	for _, other := range []string{"", text[:len(text)-1], text + "x", strings.ToLower(text), strings.Repeat("0", 58)} {
		if _, err := db.LookupToken(t.Context(), other); !errors.Is(err, ErrNotFound) {
			t.Errorf("look up %q = %v, want ErrNotFound", other, err)
		}
	}

	read, readText := makeToken(t, db, NewToken{Kind: ReadToken})
	if list, err := db.Tokens(t.Context(), project, ReadToken); err != nil || len(list) != 1 || list[0].ID != read.ID {
		t.Errorf("read tokens = %+v, %v", list, err)
	}
	if err := db.RevokeToken(t.Context(), project, WriteToken, read.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoke as the wrong kind = %v, want ErrNotFound", err)
	}
	if err := db.RevokeToken(t.Context(), uuid.NewString(), ReadToken, read.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoke in another project = %v, want ErrNotFound", err)
	}
	if _, err := db.LookupToken(t.Context(), readText); err != nil {
		t.Errorf("a token that was not revoked: %v", err)
	}

	c.at = start.Add(time.Minute)
	for range 2 {
		if err := db.RevokeToken(t.Context(), project, WriteToken, made.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := db.LookupToken(t.Context(), text); !errors.Is(err, ErrNotFound) {
			t.Errorf("a revoked token = %v, want ErrNotFound", err)
		}
		c.at = c.at.Add(time.Minute)
	}
	list, err := db.Tokens(t.Context(), project, WriteToken)
	if err != nil || len(list) != 1 {
		t.Fatalf("write tokens = %+v, %v", list, err)
	}
	if !list[0].RevokedAt.Equal(start.Add(time.Minute)) || list[0].Active(c.at) {
		t.Errorf("the first revocation counts: %+v", list[0])
	}
}

func TestTokenExpires(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	_, text := makeToken(t, db, NewToken{Kind: ReadToken, ExpiresAt: start.Add(time.Hour)})
	for _, step := range []struct {
		at     time.Time
		active bool
	}{{start, true}, {start.Add(time.Hour - 1), true}, {start.Add(time.Hour), false}} {
		c.at = step.at
		if _, err := db.LookupToken(t.Context(), text); (err == nil) != step.active {
			t.Errorf("at %v: %v, want active %v", step.at, err, step.active)
		}
	}
	_, _, err := db.CreateToken(t.Context(), NewToken{ProjectID: db.DefaultProject().ID, Kind: ReadToken, ExpiresAt: c.at})
	var invalid *InvalidError
	if !errors.As(err, &invalid) || invalid.Field != "expires_at" {
		t.Errorf("an expiry now = %v, want an InvalidError of expires_at", err)
	}
}

func TestUserTokensBelongToPeople(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	made, text, err := db.CreateToken(t.Context(), NewToken{Kind: UserToken, Owner: "ada", Description: "laptop", ExpiresAt: start.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	makeToken(t, db, NewToken{Kind: WriteToken})
	found, err := db.LookupToken(t.Context(), text)
	if err != nil || found.Owner != "ada" || found.ProjectID != "" || found.Kind != UserToken {
		t.Errorf("looked up %+v, %v", found, err)
	}
	if list, err := db.UserTokens(t.Context()); err != nil || len(list) != 1 || list[0].ID != made.ID || list[0].Description != "laptop" {
		t.Errorf("user tokens %+v, %v", list, err)
	}
	if err := db.RevokeToken(t.Context(), db.DefaultProject().ID, UserToken, made.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoke in a project = %v, want ErrNotFound", err)
	}
	write, _ := makeToken(t, db, NewToken{Kind: WriteToken})
	if err := db.RevokeUserToken(t.Context(), "", write.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoke a write token = %v, want ErrNotFound", err)
	}
	if err := db.RevokeUserToken(t.Context(), "", made.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := db.LookupToken(t.Context(), text); !errors.Is(err, ErrNotFound) {
		t.Errorf("a revoked token = %v, want ErrNotFound", err)
	}
	for _, n := range []NewToken{
		{Kind: UserToken}, {Kind: UserToken, ProjectID: db.DefaultProject().ID},
		{Kind: UserToken, Owner: "ada", ProjectID: db.DefaultProject().ID}, {Kind: ReadToken, Owner: "ada", ProjectID: db.DefaultProject().ID},
	} {
		var invalid *InvalidError
		if _, _, err := db.CreateToken(t.Context(), n); !errors.As(err, &invalid) {
			t.Errorf("%+v = %v, want an InvalidError", n, err)
		}
	}
}

// The table of tokens was made anew for user tokens: those that were there must have survived.
func TestTokensSurviveTheMigrationToUserTokens(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	ctx := t.Context()
	write, text := makeToken(t, db, NewToken{Kind: WriteToken, Description: "old", ExpiresAt: start.Add(time.Hour)})
	_, user, err := db.CreateToken(ctx, NewToken{Kind: UserToken, Owner: "ada"})
	if err != nil {
		t.Fatal(err)
	}
	provider, err := provider(db.write, db.engine)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.DownTo(ctx, 6); err != nil {
		t.Fatal(err)
	}
	if _, err := provider.Up(ctx); err != nil {
		t.Fatal(err)
	}
	found, err := db.LookupToken(ctx, text)
	found.LastUse = Use{} // a shared database may tell it already
	if diff := cmp.Diff(write, found); err != nil || diff != "" {
		t.Errorf("%v (-made +found):\n%s", err, diff)
	}
	if _, err := db.LookupToken(ctx, user); !errors.Is(err, ErrNotFound) {
		t.Errorf("a release without user tokens cannot have kept one: %v", err)
	}
}

func TestCreateTokenChecks(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	project := db.DefaultProject().ID
	if _, _, err := db.CreateToken(t.Context(), NewToken{ProjectID: uuid.NewString(), Kind: ReadToken}); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown project = %v, want ErrNotFound", err)
	}
	for field, n := range map[string]NewToken{
		"kind":        {ProjectID: project, Kind: "admin"},
		"description": {ProjectID: project, Kind: ReadToken, Description: strings.Repeat("x", 501)},
	} {
		_, _, err := db.CreateToken(t.Context(), n)
		var invalid *InvalidError
		if !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%+v = %v, want an InvalidError of %s", n, err, field)
		}
	}
}

func TestTokenTextIsNotInTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := openTest(t, filepath.Join(dir, "meta.db"), &clock{start})
	made, text := makeToken(t, db, NewToken{Kind: WriteToken})
	if _, err := db.LookupToken(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(text[len(made.Prefix):])) {
			t.Errorf("%s holds the secret part of a token", filepath.Base(file))
		}
	}
}

func TestLastUseIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	c := &clock{start}
	path := newPlace(t)
	lastUsed := func(db *DB) Use {
		list, err := db.Tokens(t.Context(), db.DefaultProject().ID, WriteToken)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0].LastUse
	}
	db := openTest(t, path, c)
	_, text := makeToken(t, db, NewToken{Kind: WriteToken})
	use := func(at time.Time, agent string) {
		c.at = at
		ctx := WithClient(t.Context(), Client{Address: "192.0.2.1", Agent: agent})
		if _, err := db.LookupToken(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	use(start.Add(time.Second), "logfire/5.4.0")
	use(start.Add(60*time.Second), "curl/8") // within the minute
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openTest(t, path, c)
	if got, want := lastUsed(db), (Use{start.Add(time.Second), Client{"192.0.2.1", "logfire/5.4.0"}}); got != want {
		t.Errorf("last use %v, want %v", got, want)
	}
	use(start.Add(60*time.Second), "curl/8") // within the minute of the first run's note
	use(start.Add(61*time.Second), "odd\x00\xff\n"+strings.Repeat("é", 300))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = openTest(t, path, c)
	if got, want := lastUsed(db), (Use{start.Add(61 * time.Second), Client{"192.0.2.1", "odd\ufffd" + strings.Repeat("é", 195) + "…"}}); got != want {
		t.Errorf("last use %v, want %v", got, want)
	}
}

// A look-up that read the file before a revocation must not put the token into the cache after it.
func TestRevocationIsNotUndoneByASlowLookup(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	made, text := makeToken(t, db, NewToken{Kind: ReadToken})
	hash := sha256.Sum256([]byte(text))
	_, generation := db.tokens.get(hash)
	stored, err := scanToken(db.read.QueryRowContext(t.Context(), selectToken+"WHERE hash = $1", hash[:]))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.RevokeToken(t.Context(), made.ProjectID, ReadToken, made.ID); err != nil {
		t.Fatal(err)
	}
	db.tokens.put(stored, generation)
	if _, err := db.LookupToken(t.Context(), text); !errors.Is(err, ErrNotFound) {
		t.Errorf("look-up after the revocation = %v, want ErrNotFound", err)
	}
}

func TestTokensUnderConcurrency(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	_, kept := makeToken(t, db, NewToken{Kind: WriteToken})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				made, text, err := db.CreateToken(context.Background(), NewToken{ProjectID: db.DefaultProject().ID, Kind: ReadToken})
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := db.LookupToken(context.Background(), text); err != nil {
					t.Error(err)
				}
				if err := db.RevokeToken(context.Background(), made.ProjectID, ReadToken, made.ID); err != nil {
					t.Error(err)
				}
				if _, err := db.LookupToken(context.Background(), text); !errors.Is(err, ErrNotFound) {
					t.Errorf("revoked: %v", err)
				}
				if _, err := db.LookupToken(context.Background(), kept); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestTokenCacheIsBounded(t *testing.T) {
	t.Parallel()
	var c tokenCache
	for i := range maxCachedTokens + 100 {
		c.put(storedToken{hash: tokenHash{byte(i), byte(i >> 8), byte(i >> 16)}}, 0)
	}
	entries := 0
	c.entries.Range(func(any, any) bool { entries++; return true })
	if entries != maxCachedTokens || c.count != entries {
		t.Errorf("%d entries, counted %d, want %d", entries, c.count, maxCachedTokens)
	}
}

func TestMigrationsGoDownAndUp(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	ctx := t.Context()
	provider, err := provider(db.write, db.engine)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.DownTo(ctx, 0); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"organizations", "projects", "tokens", "alerts"} {
		if _, err := db.write.ExecContext(ctx, "SELECT 1 FROM "+table); err == nil {
			t.Errorf("after going down, table %s is left", table)
		}
	}
	if _, err := provider.Up(ctx); err != nil {
		t.Error(err)
	}
}

// What one server revokes, another that shares the database refuses at once.
func TestServersShareADatabase(t *testing.T) {
	t.Parallel()
	if os.Getenv("HEARTH_TEST_POSTGRES") == "" {
		t.Skip("a file belongs to one server: run by make test-unit, or e2e/with-postgres go test")
	}
	place, c := newPlace(t), &clock{start}
	one, other := openTest(t, place, c), openTest(t, place, c)
	made, text := makeToken(t, one, NewToken{Kind: WriteToken})
	for range 2 {
		if _, err := other.LookupToken(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := one.RevokeToken(t.Context(), made.ProjectID, WriteToken, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := other.LookupToken(t.Context(), text); !errors.Is(err, ErrNotFound) {
		t.Errorf("after the other server revoked it: %v", err)
	}

	var adding sync.WaitGroup
	for i, db := range []*DB{one, other} {
		adding.Go(func() {
			for n := range 20 {
				if _, err := db.AddServices(context.Background(), made.ProjectID, []string{fmt.Sprintf("s%d-%d", i, n), fmt.Sprintf("both-%d", n)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	adding.Wait()
	all, err := one.Services(t.Context(), made.ProjectID)
	if err != nil || len(all) != 60 {
		t.Fatalf("%d services, %v", len(all), err)
	}
	for i, s := range all {
		if s.Hue != i%Hues+1 {
			t.Errorf("service %d has hue %d: two transactions counted the same", i, s.Hue)
		}
	}
}
