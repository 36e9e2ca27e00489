package meta

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// opens tells whether a token's text opens anything.
func opens(t *testing.T, db *DB, text string) bool {
	t.Helper()
	_, err := db.LookupToken(t.Context(), text)
	if err != nil && !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

func TestRotation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		life, keep time.Duration // of the old one; 0 is for ever
		expires    time.Duration // asked for the new one
		wantOld    time.Duration // when the old one ends, all from the rotation on
		wantNew    time.Duration
	}{
		"at once":              {wantOld: 0},
		"both for a while":     {keep: 5 * time.Hour, wantOld: 5 * time.Hour},
		"the same life again":  {life: 10 * time.Hour, keep: time.Hour, wantOld: time.Hour, wantNew: 10 * time.Hour},
		"never longer than it": {life: 10 * time.Hour, keep: 24 * time.Hour, wantOld: 9 * time.Hour, wantNew: 10 * time.Hour},
		"another life":         {life: 10 * time.Hour, expires: time.Hour, wantNew: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, clock := newTest(t)
			ctx, project := WithActor(t.Context(), Actor{UserID: "1", Name: "ada"}), db.DefaultProject().ID
			n := NewToken{ProjectID: project, Kind: WriteToken, Description: "laptop"}
			if c.life > 0 {
				n.ExpiresAt = start.Add(c.life)
			}
			old, oldText := makeToken(t, db, n)
			if !opens(t, db, oldText) { // and fills the cache
				t.Fatal("a new token opens nothing")
			}
			clock.at = start.Add(time.Hour)
			r := Rotation{KeepOld: c.keep}
			if c.expires > 0 {
				r.ExpiresAt = clock.at.Add(c.expires)
			}
			next, text, err := db.RotateToken(ctx, project, WriteToken, old.ID, r)
			if err != nil {
				t.Fatal(err)
			}
			want := Token{ProjectID: project, Kind: WriteToken, Prefix: text[:19], Description: "laptop", CreatedBy: "1", CreatedByName: "ada", CreatedAt: clock.at}
			if c.wantNew > 0 {
				want.ExpiresAt = clock.at.Add(c.wantNew)
			}
			if diff := cmp.Diff(want, next, cmpopts.IgnoreFields(Token{}, "ID")); diff != "" || next.ID == old.ID || text == oldText {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !opens(t, db, text) {
				t.Error("the new one opens nothing")
			}
			clock.at = start.Add(time.Hour + c.wantOld)
			if opens(t, db, oldText) {
				t.Error("the old one is over, and opens its project")
			}
			clock.at = clock.at.Add(-1)
			if c.wantOld > 0 && !opens(t, db, oldText) {
				t.Error("the old one opens nothing a moment before it is over")
			}
		})
	}
}

func TestWhatCannotBeRotated(t *testing.T) {
	t.Parallel()
	db, clock := newTest(t)
	ctx, project := t.Context(), db.DefaultProject().ID
	other, err := db.CreateProject(ctx, NewProject{Organization: "local", Name: "other"})
	if err != nil {
		t.Fatal(err)
	}
	token, text := makeToken(t, db, NewToken{Kind: WriteToken})
	over, _ := makeToken(t, db, NewToken{Kind: WriteToken, ExpiresAt: start.Add(time.Minute)})
	revoked, _ := makeToken(t, db, NewToken{Kind: WriteToken})
	if err := db.RevokeToken(ctx, project, WriteToken, revoked.ID); err != nil {
		t.Fatal(err)
	}
	clock.at = start.Add(time.Minute)
	for what, c := range map[string]struct {
		project string
		kind    Kind
		id      string
	}{
		"of another project": {other.ID, WriteToken, token.ID}, "of another kind": {project, ReadToken, token.ID},
		"expired": {project, WriteToken, over.ID}, "revoked": {project, WriteToken, revoked.ID}, "unknown": {project, WriteToken, "x"},
	} {
		if _, _, err := db.RotateToken(ctx, c.project, c.kind, c.id, Rotation{}); !errors.Is(err, ErrNotFound) {
			t.Errorf("one %s = %v, want ErrNotFound", what, err)
		}
	}
	for _, r := range []Rotation{{KeepOld: -1}, {KeepOld: MaxKeepOld + 1}, {ExpiresAt: clock.at}} {
		if _, _, err := db.RotateToken(ctx, project, WriteToken, token.ID, r); err == nil || errors.Is(err, ErrNotFound) {
			t.Errorf("%+v = %v", r, err)
		}
	}
	if list, err := db.Tokens(ctx, project, WriteToken); err != nil || len(list) != 3 || !opens(t, db, text) {
		t.Errorf("what failed did something: %d tokens, %v", len(list), err)
	}
}

func TestTokensExpireByHand(t *testing.T) {
	t.Parallel()
	db, clock := newTest(t)
	ctx, project := t.Context(), db.DefaultProject().ID
	token, text := makeToken(t, db, NewToken{Kind: ReadToken})
	if !opens(t, db, text) {
		t.Fatal("a new token opens nothing")
	}
	if err := db.ExpireToken(ctx, project, WriteToken, token.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("as another kind = %v", err)
	}
	for range 2 {
		if err := db.ExpireToken(ctx, project, ReadToken, token.ID); err != nil || opens(t, db, text) {
			t.Errorf("it opens its project, %v", err)
		}
		clock.at = clock.at.Add(time.Minute)
	}
	list, err := db.Tokens(ctx, project, ReadToken)
	if err != nil || len(list) != 1 || !list[0].ExpiresAt.Equal(start) || !list[0].RevokedAt.IsZero() {
		t.Errorf("%+v, %v", list, err)
	}
}
