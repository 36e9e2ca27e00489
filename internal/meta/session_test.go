package meta

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func session(t *testing.T, db *DB, u User) (Session, string) {
	t.Helper()
	s, text, err := db.CreateSession(t.Context(), NewSession{UserID: u.ID, Client: "Firefox", Address: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	return s, text
}

func TestASessionLetsItsUserIn(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	ada := first(t, db)
	made, text := session(t, db, ada)
	want := Session{ID: made.ID, UserID: ada.ID, Client: "Firefox", Address: "192.0.2.1", CreatedAt: start, UsedAt: start, ExpiresAt: start.Add(SessionLife)}
	if diff := cmp.Diff(want, made); diff != "" || len(text) != 44 {
		t.Errorf("text %q (-want +got):\n%s", text, diff)
	}
	c.at = start.Add(59 * time.Second) // no use is noted within a minute
	if got, u, err := db.LookupSession(t.Context(), text); err != nil || got != made || u != ada {
		t.Errorf("%+v, %+v, %v", got, u, err)
	}
	c.at = start.Add(time.Minute)
	if got, _, err := db.LookupSession(t.Context(), text); err != nil || !got.UsedAt.Equal(c.at) {
		t.Errorf("%+v, %v", got, err)
	}
	if list, err := db.Sessions(t.Context(), ada.ID); err != nil || len(list) != 1 || !list[0].UsedAt.Equal(c.at) {
		t.Errorf("%+v, %v", list, err)
	}
	for _, other := range []string{"", text[1:], text + "x", made.ID} {
		if _, _, err := db.LookupSession(t.Context(), other); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q = %v", other, err)
		}
	}
	if _, _, err := db.CreateSession(t.Context(), NewSession{UserID: uuid.NewString()}); !errors.Is(err, ErrNotFound) {
		t.Errorf("of nobody = %v", err)
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	ada, eve := first(t, db), invited(t, db, "eve@example.com", MemberRole)
	s, text := session(t, db, ada)
	if err := db.EndSession(t.Context(), eve.ID, s.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.LookupSession(t.Context(), text); err != nil {
		t.Errorf("after somebody else ended it: %v", err)
	}
	for range 2 {
		if err := db.EndSession(t.Context(), ada.ID, s.ID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := db.LookupSession(t.Context(), text); !errors.Is(err, ErrNotFound) {
			t.Errorf("an ended session = %v", err)
		}
	}

	idle, idleText := session(t, db, ada)
	for _, step := range []struct {
		after time.Duration
		lives bool
	}{{SessionIdle - time.Microsecond, true}, {SessionIdle - time.Microsecond, true}, {SessionIdle, false}} {
		c.at = c.at.Add(step.after)
		if _, _, err := db.LookupSession(t.Context(), idleText); (err == nil) != step.lives {
			t.Errorf("after %v: %v, want it to live %v", step.after, err, step.lives)
		}
	}
	if list, err := db.Sessions(t.Context(), ada.ID); err != nil || len(list) != 0 {
		t.Errorf("sessions %+v, %v", list, err)
	}

	used, usedText := session(t, db, ada)
	for c.at.Before(used.ExpiresAt.Add(-time.Microsecond)) {
		c.at = c.at.Add(min(SessionIdle/2, used.ExpiresAt.Add(-time.Microsecond).Sub(c.at)))
		if _, _, err := db.LookupSession(t.Context(), usedText); err != nil {
			t.Fatalf("in use at %v: %v", c.at, err)
		}
	}
	c.at = used.ExpiresAt
	if _, _, err := db.LookupSession(t.Context(), usedText); !errors.Is(err, ErrNotFound) {
		t.Errorf("after its life = %v", err)
	}

	session(t, db, eve) // forgets what is over
	var n int
	if err := db.read.QueryRowContext(t.Context(), `SELECT count(*) FROM sessions WHERE id IN ($1, $2)`, idle.ID, used.ID).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d sessions that are over are kept, %v", n, err)
	}
}
