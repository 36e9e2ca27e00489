package meta

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// prefixes are the starts of the texts of tokens.
var prefixes = regexp.MustCompile(`pylf_(?:v1_local|v2_local_[-0-9a-f]{36})_\w{5}`)

// Whatever is done is told, by whom, and once.
func TestWhatIsDoneIsInTheAuditLog(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	ctx := WithActor(t.Context(), Actor{UserID: "1", Name: "ada", Address: "192.0.2.1"})
	org, project := db.organization.ID, db.DefaultProject().ID
	var channel Channel
	var made Organization
	var alert Alert
	var ada, eve User
	var token, login, key Token
	var invitation Invitation
	var s Session
	var text string
	slug, label := "renamed", "hook 2"
	for _, step := range []struct {
		do   func(ctx context.Context) error
		want []string
	}{
		{func(ctx context.Context) (err error) {
			ada, err = db.CreateFirstUser(ctx, NewUser{Email: "ada@example.com", Name: "Ada", PasswordHash: "secret"}, FirstPlace{})
			return err
		}, []string{"Ada INSERT user ada@example.com", "Ada INSERT member ada@example.com as admin"}},
		{func(ctx context.Context) (err error) {
			_, err = db.CreateProject(ctx, NewProject{Organization: "local", Name: "demo"})
			return err
		}, []string{"ada INSERT project demo"}},
		{func(ctx context.Context) (err error) {
			token, text, err = db.CreateToken(ctx, NewToken{ProjectID: project, Kind: WriteToken, Description: "laptop"})
			return err
		}, []string{"ada INSERT write token PREFIX laptop"}},
		{func(ctx context.Context) error { return db.RevokeToken(ctx, project, WriteToken, token.ID) }, []string{"ada DELETE write token PREFIX laptop"}},
		{func(ctx context.Context) (err error) {
			token, text, err = db.CreateToken(ctx, NewToken{ProjectID: project, Kind: ReadToken, Description: "report"})
			return err
		}, []string{"ada INSERT read token PREFIX report"}},
		{func(ctx context.Context) (err error) {
			token, text, err = db.RotateToken(ctx, project, ReadToken, token.ID, Rotation{KeepOld: time.Hour})
			return err
		}, []string{"ada INSERT read token PREFIX report", "ada UPDATE read token PREFIX report, replaced by PREFIX, works until 2026-05-27T14:22:36Z"}},
		{func(ctx context.Context) error { return db.ExpireToken(ctx, project, ReadToken, token.ID) }, []string{"ada UPDATE read token PREFIX report, expired"}},
		{func(ctx context.Context) error { return db.ExpireToken(ctx, project, ReadToken, token.ID) }, nil},
		{func(ctx context.Context) (err error) {
			key, text, err = db.CreateKey(ctx, NewKey{OrganizationID: org, Name: "deploy", Scopes: []Scope{ReadProject}})
			return err
		}, []string{"ada INSERT API key PREFIX deploy"}},
		{func(ctx context.Context) (err error) {
			_, err = db.ChangeKey(ctx, org, key.ID, KeyChange{Name: &label})
			return err
		}, []string{"ada UPDATE API key PREFIX hook 2"}},
		{func(ctx context.Context) error { return db.RevokeKey(ctx, org, key.ID) }, []string{"ada DELETE API key PREFIX hook 2"}},
		{func(ctx context.Context) (err error) {
			login, _, err = db.CreateToken(ctx, NewToken{Owner: ada.Owner(), Kind: UserToken})
			return err
		}, []string{"ada INSERT user token PREFIX"}},
		{func(ctx context.Context) error { return db.RevokeUserToken(ctx, ada.Owner(), login.ID) }, []string{"ada DELETE user token PREFIX"}},
		{func(ctx context.Context) (err error) {
			_, err = db.CreateDashboard(ctx, NewDashboard{ProjectID: project, Slug: "costs", Name: "Costs", Definition: "{}"})
			return err
		}, []string{"ada INSERT dashboard costs"}},
		{func(ctx context.Context) (err error) {
			_, err = db.ChangeDashboard(ctx, project, "costs", DashboardChange{Slug: &slug})
			return err
		}, []string{"ada UPDATE dashboard renamed, version 2"}},
		{func(ctx context.Context) error { return db.DeleteDashboard(ctx, project, slug) }, []string{"ada DELETE dashboard renamed"}},
		{func(ctx context.Context) (err error) {
			channel, err = db.CreateChannel(ctx, db.DefaultProject().OrganizationID, "hook", ChannelConfig{Type: WebhookChannel, Address: "http://127.0.0.1:1/secret"}, "ada")
			return err
		}, []string{"ada INSERT channel hook"}},
		{func(ctx context.Context) (err error) {
			_, err = db.UpdateChannel(ctx, db.DefaultProject().OrganizationID, channel.ID, ChannelChange{Label: &label})
			return err
		}, []string{"ada UPDATE channel hook 2"}},
		{func(ctx context.Context) (err error) {
			alert, err = db.CreateAlert(ctx, project, AlertSpec{Name: "Errors", Query: "SELECT 1", Window: time.Hour, Frequency: time.Minute, NotifyWhen: HasMatches}, "ada")
			return err
		}, []string{"ada INSERT alert Errors"}},
		{func(ctx context.Context) (err error) {
			_, err = db.UpdateAlert(ctx, project, alert.ID, "ada", func(a *AlertSpec) { a.Name = "Faults" })
			return err
		}, []string{"ada UPDATE alert Faults"}},
		{func(ctx context.Context) (err error) {
			_, err = db.SnoozeAlert(ctx, project, alert.ID, start.Add(48*time.Hour))
			return err
		}, []string{"ada UPDATE alert Faults, quiet until 2026-05-29T13:16:36Z"}},
		{func(ctx context.Context) (err error) {
			_, err = db.SnoozeAlert(ctx, project, alert.ID, time.Time{})
			return err
		}, []string{"ada UPDATE alert Faults, awake"}},
		{func(ctx context.Context) error { return db.DeleteAlert(ctx, project, alert.ID) }, []string{"ada DELETE alert Faults"}},
		{func(ctx context.Context) error {
			return db.DeleteChannel(ctx, db.DefaultProject().OrganizationID, channel.ID)
		}, []string{"ada DELETE channel hook 2"}},
		{func(ctx context.Context) (err error) {
			_, err = db.ChangeProjectSettings(ctx, project, func(s *ProjectSettings) {})
			return err
		}, []string{"ada UPDATE project settings"}},
		{func(ctx context.Context) error {
			return db.SetRetention(ctx, project, Retention{RecordsDays: 14, MetricsDays: 1})
		}, []string{"ada UPDATE retention spans and logs 14 days, metrics 1 day"}},
		{func(ctx context.Context) error {
			return db.SetRetention(ctx, project, Retention{RecordsDays: 14, MetricsDays: 1})
		}, nil},
		{func(ctx context.Context) error { return db.SetRetention(ctx, project, Retention{}) },
			[]string{"ada UPDATE retention spans and logs as long as the server keeps them, metrics as long as the server keeps them"}},
		{func(ctx context.Context) (err error) {
			invitation, text, err = db.CreateInvitation(ctx, NewInvitation{OrganizationID: org, Role: MemberRole, Note: "for Eve", ExpiresAt: db.now().Add(time.Hour)})
			return err
		}, []string{"ada INSERT invitation member: for Eve"}},
		{func(ctx context.Context) (err error) {
			eve, err = db.AcceptInvitation(WithActor(ctx, Actor{Address: "192.0.2.2"}), text, NewUser{Email: "eve@example.com", Name: "eve"})
			return err
		}, []string{"eve INSERT user eve@example.com", "eve INSERT member eve@example.com as member", "eve CLAIM_INVITATION invitation eve@example.com"}},
		{func(ctx context.Context) (err error) {
			invitation, _, err = db.CreateInvitation(ctx, NewInvitation{OrganizationID: org, Role: MemberRole, Note: "for Bob", ExpiresAt: db.now().Add(time.Hour)})
			return err
		}, []string{"ada INSERT invitation member: for Bob"}},
		{func(ctx context.Context) error { return db.RevokeInvitation(ctx, org, invitation.ID) }, []string{"ada REVOKE_INVITATION invitation for Bob"}},
		{func(ctx context.Context) error { return db.RevokeInvitation(ctx, org, invitation.ID) }, nil},
		{func(ctx context.Context) error { return db.SetRole(ctx, org, eve.ID, ReadOnlyRole) }, []string{"ada UPDATE member now read-only"}},
		{func(ctx context.Context) error {
			return db.LinkIdentity(ctx, eve.ID, IdentityKey{"https://id.example.com", "7"})
		}, []string{"ada INSERT identity https://id.example.com"}},
		{func(ctx context.Context) error {
			return db.LinkIdentity(ctx, eve.ID, IdentityKey{"https://id.example.com", "7"})
		}, nil},
		{func(ctx context.Context) error {
			return db.LinkIdentity(ctx, eve.ID, IdentityKey{"https://id.example.com", "8"})
		}, []string{"ada INSERT identity https://id.example.com"}},
		{func(ctx context.Context) error {
			return db.UnlinkIdentity(ctx, eve.ID, IdentityKey{"https://id.example.com", "8"}.ID())
		}, []string{"ada DELETE identity https://id.example.com"}},
		{func(ctx context.Context) error {
			return db.UnlinkIdentity(ctx, eve.ID, IdentityKey{"https://id.example.com", "8"}.ID())
		}, nil},
		{func(ctx context.Context) error {
			_, err := db.CreateMember(ctx, org, ReadOnlyRole, NewUser{Email: "joe@example.com", Name: "Joe", Identity: IdentityKey{"https://id.example.com", "9"}})
			return err
		}, []string{"Joe INSERT user joe@example.com", "Joe INSERT identity https://id.example.com", "Joe INSERT member joe@example.com as read-only"}},
		{func(ctx context.Context) (err error) {
			s, _, err = db.CreateSession(WithActor(ctx, Actor{}), NewSession{UserID: eve.ID, Client: "Firefox", Address: "192.0.2.2"})
			return err
		}, []string{"eve LOGIN session Firefox"}},
		{func(ctx context.Context) error { return db.EndSession(ctx, eve.ID, s.ID) }, []string{"ada LOGOUT session"}},
		{func(ctx context.Context) error { return db.EndSession(ctx, eve.ID, s.ID) }, nil},
		{func(ctx context.Context) error { return db.SetPassword(ctx, eve.ID, "secret", "") }, []string{"ada UPDATE password"}},
		{func(ctx context.Context) (err error) {
			_, text, err = db.CreatePasswordReset(ctx, NewPasswordReset{UserID: eve.ID, OrganizationID: org})
			return err
		}, []string{"ada INSERT password reset eve@example.com"}},
		{func(ctx context.Context) error {
			_, err := db.UsePasswordReset(ctx, text, "secret")
			return err
		}, []string{"eve UPDATE password with a link of ada"}},
		{func(ctx context.Context) error { return db.SetUserDisabled(ctx, eve.ID, true) }, []string{"ada UPDATE user disabled"}},
		{func(ctx context.Context) error { return db.SetUserDisabled(ctx, eve.ID, false) }, []string{"ada UPDATE user enabled"}},
		{func(ctx context.Context) error { return db.RemoveMember(ctx, org, eve.ID) }, []string{"ada DELETE member"}},
		{func(ctx context.Context) (err error) {
			made, err = db.CreateOrganization(ctx, "acme", ada.ID)
			return err
		}, nil}, // it is in its own log
		{func(ctx context.Context) error {
			_, err := db.RenameOrganization(ctx, made.ID, "ajax")
			list := entries(t, db, AuditFilter{OrganizationID: made.ID, From: c.at.Add(-time.Minute), To: c.at.Add(time.Microsecond)})
			if len(list) != 3 || list[0].Detail != "acme, now ajax" || list[1].ResourceType != "member" || list[2].Detail != "acme" {
				t.Errorf("of the organisation: %+v", list)
			}
			return err
		}, nil},
		{func(ctx context.Context) error {
			return db.RecordEvent(ctx, "", Event{Action: LoginFailed, ResourceType: "session", Detail: "mallory@example.com"})
		}, []string{"ada FAILED_LOGIN session mallory@example.com"}},
	} {
		c.at = c.at.Add(time.Minute)
		began := c.at
		if err := step.do(ctx); err != nil {
			t.Fatal(err)
		}
		list, err := db.AuditLog(ctx, AuditFilter{OrganizationID: org, From: began, To: began.Add(time.Microsecond)})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range slices.Backward(list) {
			line := strings.TrimSpace(strings.TrimSpace(e.Name+" "+string(e.Action)+" "+e.ResourceType) + " " + e.Detail)
			line = strings.TrimSpace(prefixes.ReplaceAllString(line, "PREFIX"))
			got = append(got, line)
			if strings.Contains(line, "secret") || text != "" && strings.Contains(line, text) {
				t.Errorf("a secret in %q", line)
			}
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestWhatFailsIsNotInTheAuditLog(t *testing.T) {
	t.Parallel()
	db, _ := newTest(t)
	ada, org := first(t, db), db.organization.ID
	before := entries(t, db, AuditFilter{OrganizationID: org, From: start, To: start.Add(time.Microsecond)})
	if err := db.SetRole(t.Context(), org, ada.ID, MemberRole); !errors.Is(err, ErrLastAdmin) {
		t.Fatal(err)
	}
	if _, err := db.CreateProject(t.Context(), NewProject{Organization: "local", Name: "default"}); !errors.Is(err, ErrExists) {
		t.Fatal(err)
	}
	if after := entries(t, db, AuditFilter{OrganizationID: org, From: start, To: start.Add(time.Microsecond)}); len(after) != len(before) {
		t.Errorf("%d entries, had been %d", len(after), len(before))
	}
}

func entries(t *testing.T, db *DB, f AuditFilter) []AuditEntry {
	t.Helper()
	list, err := db.AuditLog(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestTheAuditLogIsFiltered(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	actor := Actor{UserID: "1", Name: "Ada", Address: "192.0.2.1"}
	ctx := WithActor(t.Context(), actor)
	home := db.organization.ID
	for i, organization := range []string{"", home, "two"} {
		c.at = start.Add(time.Duration(i) * time.Hour)
		e := Event{Action: []Action{LoginFailed, Inserted, Inserted}[i], ResourceType: "thing", ResourceID: organization, Detail: strings.Repeat("ä", 300)}
		if err := db.RecordEvent(ctx, organization, e); err != nil {
			t.Fatal(err)
		}
	}
	all := AuditFilter{OrganizationID: home, From: start, To: start.Add(3 * time.Hour)}
	list := entries(t, db, all)
	want := []AuditEntry{
		{CreatedAt: start.Add(time.Hour), OrganizationID: home, Actor: actor, Event: Event{Inserted, "thing", home, strings.Repeat("ä", 199) + "…"}},
		{CreatedAt: start, Actor: actor, Event: Event{LoginFailed, "thing", "", strings.Repeat("ä", 199) + "…"}},
	}
	if diff := cmp.Diff(want, list, cmpopts.IgnoreFields(AuditEntry{}, "ID")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for what, change := range map[string]func(*AuditFilter){
		"an action":    func(f *AuditFilter) { f.Action = Inserted },
		"a beginning":  func(f *AuditFilter) { f.From = start.Add(time.Microsecond) },
		"an end":       func(f *AuditFilter) { f.To = start.Add(time.Hour) },
		"organisation": func(f *AuditFilter) { f.OrganizationID = "two" },
	} {
		f := all
		change(&f)
		if list := entries(t, db, f); len(list) != 1 {
			t.Errorf("with %s: %+v", what, list)
		}
	}
	for who, want := range map[string]int{"1": 2, "Ada": 2, "ada": 0, "2": 0} {
		f := all
		f.Actor = who
		if list := entries(t, db, f); len(list) != want {
			t.Errorf("of %s: %+v", who, list)
		}
	}
}

func TestTheAuditLogIsReadInPages(t *testing.T) {
	t.Parallel()
	db, c := newTest(t)
	f := AuditFilter{OrganizationID: "one", From: start, To: start.Add(time.Hour)}
	for i := range 7 {
		if i == 5 { // those before share a time
			c.at = c.at.Add(time.Minute)
		}
		if err := db.RecordEvent(t.Context(), "one", Event{Action: Inserted, ResourceType: "thing"}); err != nil {
			t.Fatal(err)
		}
	}
	whole := entries(t, db, f)
	var pages []AuditEntry
	f.Limit = 2
	for _, want := range []int{2, 2, 2, 1, 0} {
		page := entries(t, db, f)
		if len(page) != want {
			t.Fatalf("a page of %d after %d", len(page), len(pages))
		}
		pages = append(pages, page...)
		f.Before = pages[len(pages)-1].Place()
	}
	if diff := cmp.Diff(whole, pages); diff != "" || len(whole) != 7 {
		t.Errorf("%d (-whole +pages):\n%s", len(whole), diff)
	}
}
