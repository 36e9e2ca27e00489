package meta

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCopyTakesEverything(t *testing.T) {
	t.Parallel()
	c := &clock{start}
	from := filepath.Join(t.TempDir(), "meta.db")
	db := openTest(t, from, c)
	ctx, project := t.Context(), db.DefaultProject().ID
	token, text := makeToken(t, db, NewToken{Kind: WriteToken, Description: "laptop"})
	if err := db.AddUsage(ctx, []Usage{{project, DayOf(start), 1000, 10}}, []TokenUsage{{token.ID, HourOf(start), 10}}); err != nil {
		t.Fatal(err)
	}
	channel, err := db.CreateChannel(ctx, db.DefaultProject().OrganizationID, "hook", ChannelConfig{Type: WebhookChannel, Address: "http://127.0.0.1:1/"}, "ana")
	if err != nil {
		t.Fatal(err)
	}
	alert, err := db.CreateAlert(ctx, project, AlertSpec{
		Name: "Errors", Query: "SELECT 1", Window: time.Hour, Frequency: time.Minute, NotifyWhen: HasMatches, Active: true, Channels: []string{channel.ID},
	}, "ana")
	if err != nil {
		t.Fatal(err)
	}
	made, err := db.Alert(ctx, project, alert.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	to := newPlace(t)
	rows, err := Copy(ctx, from, to)
	if err != nil || rows != 11 { // organisation, project, token, usage of both, channel, alert and its channel; that three were made
		t.Fatalf("%d rows, %v", rows, err)
	}
	copied := openTest(t, to, c)
	if got := copied.DefaultProject().ID; got != project {
		t.Errorf("the default project is %s, was %s", got, project)
	}
	if _, err := copied.LookupToken(ctx, text); err != nil {
		t.Error(err)
	}
	if usage, err := copied.UsageOfTokens(ctx, project); err != nil || usage[token.ID] == nil || usage[token.ID].Total() != 10 {
		t.Errorf("usage of the token: %v, %v", usage[token.ID], err)
	}
	got, err := copied.Alert(ctx, project, alert.ID)
	if diff := cmp.Diff(made, got); err != nil || diff != "" {
		t.Errorf("%v (-made +copied):\n%s", err, diff)
	}
	if _, err := Copy(ctx, from, to); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a second copy = %v", err)
	}
}

func TestCopyKnowsAllTables(t *testing.T) {
	t.Parallel()
	db := openTest(t, filepath.Join(t.TempDir(), "meta.db"), &clock{start})
	rows, err := db.read.QueryContext(t.Context(), `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version'`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := collect(rows, "tables", func(row scanner) (name string, err error) { return name, row.Scan(&name) })
	if err != nil {
		t.Fatal(err)
	}
	known := slices.Sorted(slices.Values(tables))
	slices.Sort(all)
	if diff := cmp.Diff(known, all); diff != "" {
		t.Errorf("tables (-copied +there):\n%s", diff)
	}
}
