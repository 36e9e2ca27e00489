package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

type tokensCmd struct {
	New    tokensNewCmd    `cmd:"" aliases:"create" help:"Make a token and print it, once."`
	List   tokensListCmd   `cmd:"" help:"List a project's tokens, or the logins."`
	Rotate tokensRotateCmd `cmd:"" help:"Make a token that takes the place of another, and print it, once."`
	Revoke tokensRevokeCmd `cmd:"" help:"Close a token for good."`
}

// Help is the long help.
func (tokensCmd) Help() string {
	return `A write token sends telemetry into a project, a read token queries it, a user token is what hearth auth leaves. A token's text is shown when it is made and never again: the server keeps only its hash. The list tells how many records were sent with each write token in the last 24 hours. Write and read tokens are also made with an API key, as far as its scopes go.

Examples:

    hearth tokens new --project teahouse --kind write
    export LOGFIRE_TOKEN=$(hearth tokens new --project teahouse --kind write)
    hearth tokens new --project teahouse --kind read --description "nightly report" --expires 90d
    hearth tokens list --project teahouse
    hearth tokens rotate --project teahouse --keep-old 2d 0b9f3a52-…
    hearth tokens revoke --project teahouse 0b9f3a52-…
    hearth tokens list --user`
}

type tokensNewCmd struct {
	Project     string `help:"The project's name, or ORGANISATION/NAME." short:"p" required:"" placeholder:"NAME"`
	Kind        string `help:"write sends telemetry, read queries." required:"" enum:"write,read" placeholder:"write|read"`
	Description string `help:"What the token is for." placeholder:"TEXT"`
	Expires     life   `help:"How long the token is good, such as 90d; without it, for ever." placeholder:"90d"`

	developerFlags
}

// Run makes the token. Its text alone goes to stdout, so that $(…) gets it.
func (cmd *tokensNewCmd) Run(ctx context.Context, c *console) error {
	p, err := cmd.projectNamed(ctx, cmd.Project)
	if err != nil {
		return err
	}
	in := map[string]any{}
	if cmd.Description != "" {
		in["description"] = cmd.Description
	}
	cmd.Expires.tell(in)
	var made struct {
		Text string `json:"token"`
	}
	if err := cmd.develop(ctx, http.MethodPost, organizationPath(p.Organization, p.Name, cmd.Kind+"-tokens"), in, &made); err != nil {
		return err
	}
	c.note("A %s token for %s. It is shown this once:", cmd.Kind, p.Name)
	_, err = fmt.Fprintln(c.out, made.Text)
	return err
}

type tokensListCmd struct {
	tokenOwner
	JSON bool `help:"Print one JSON object a token." name:"json"`

	manageFlags
}

// tokenOwner says whose tokens are meant.
type tokenOwner struct {
	Project string `help:"The project's name, or ORGANISATION/NAME." short:"p" xor:"owner" required:"" placeholder:"NAME"`
	User    bool   `help:"The user tokens of who is logged in, of no project." xor:"owner" required:""`
}

// listedToken is a token and its kind, which the server's lists leave out.
type listedToken struct {
	Kind string `json:"kind"`
	list string // the path of the list that it is in
	token
}

// tokenKinds are the kinds that exist.
var tokenKinds = []string{"write", "read", "user"}

// Run lists the tokens of both kinds.
func (cmd *tokensListCmd) Run(ctx context.Context, c *console) error {
	list, err := cmd.tokensOf(ctx, cmd.tokenOwner)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSONLines(c, list)
	}
	t := &table{names: []string{"kind", "token", "state", "created", "expires", "last used", "24 h", "used by", "id", "description"}, right: []bool{6: true, 9: false}}
	for _, item := range list {
		t.rows = append(t.rows, []cell{
			{text: item.Kind}, {text: item.Prefix + "…"}, item.state(), dateCell(&item.CreatedAt), dateCell(item.ExpiresAt),
			dateCell(item.LastUsedAt), item.records(), {text: item.usedBy()}, {text: item.ID}, {text: clean(textOr(item.Description, ""))},
		})
	}
	return t.print(c)
}

// state tells whether a token works.
func (t *token) state() cell {
	if t.Active {
		return cell{text: "active"}
	}
	return cell{text: "closed"}
}

// records tells how many were sent with a token of late.
func (t *token) records() cell {
	if t.Records == nil {
		return cell{}
	}
	return cell{text: strconv.FormatInt(*t.Records, 10)}
}

// usedBy tells which program used a token last, and from where.
func (t *token) usedBy() string {
	return clean(strings.TrimSpace(textOr(t.LastClient, "") + " " + textOr(t.LastAddress, "")))
}

// tokensOf returns a project's tokens of both kinds, or all user tokens; revoked ones too.
func (f *manageFlags) tokensOf(ctx context.Context, owner tokenOwner) ([]listedToken, error) {
	paths := map[string]string{"user": userTokensPath}
	if !owner.User {
		p, err := f.projectNamed(ctx, owner.Project)
		if err != nil {
			return nil, err
		}
		paths = map[string]string{"write": tokensPath(p.ID, "write"), "read": tokensPath(p.ID, "read")}
	}
	var all []listedToken
	for _, kind := range tokenKinds {
		if paths[kind] == "" {
			continue
		}
		var list []token
		if err := f.call(ctx, http.MethodGet, paths[kind]+"?revoked=true", nil, &list); err != nil {
			return nil, err
		}
		for _, t := range list {
			all = append(all, listedToken{kind, paths[kind], t})
		}
	}
	return all, nil
}

func dateCell(t *time.Time) cell {
	if t == nil {
		return cell{text: "never"}
	}
	return cell{text: t.UTC().Format("2006-01-02 15:04Z")}
}

type tokensRotateCmd struct {
	ID      string `arg:"" name:"id" help:"The token's id, as tokens list shows it."`
	Project string `help:"The project's name, or ORGANISATION/NAME." short:"p" required:"" placeholder:"NAME"`
	rotation

	manageFlags
}

// rotation says how a token takes the place of another.
type rotation struct {
	KeepOld age  `help:"How long the old one goes on working, such as 2d, at most 30d; without it, it ends at once." placeholder:"2d"`
	Expires life `help:"How long the new one is good, such as 90d; without it, as long as the old one was." placeholder:"90d"`
}

// body is what the server is told.
func (r *rotation) body() map[string]any {
	in := map[string]any{"keep_old_hours": int(math.Ceil(time.Duration(r.KeepOld).Hours()))}
	r.Expires.tell(in)
	return in
}

// life is how long something is good from now on; 0 is what the server takes for it.
type life age

// UnmarshalText reads a life as an age is read.
func (l *life) UnmarshalText(text []byte) error { return (*age)(l).UnmarshalText(text) }

// tell puts the time when it ends into a request.
func (l life) tell(in map[string]any) {
	if l > 0 {
		in["expires_at"] = time.Now().Add(time.Duration(l)).UTC().Format(time.RFC3339)
	}
}

// Run rotates the token. The text of the new one alone goes to stdout, so that $(…) gets it.
func (cmd *tokensRotateCmd) Run(ctx context.Context, c *console) error {
	item, err := cmd.tokenWith(ctx, tokenOwner{Project: cmd.Project}, cmd.ID)
	if err != nil {
		return err
	}
	var made struct {
		Text string `json:"token"`
	}
	if err := cmd.call(ctx, http.MethodPost, item.list+url.PathEscape(item.ID)+"/rotate/", cmd.body(), &made); err != nil {
		return err
	}
	c.note("A %s token for %s, in the place of %s…. It is shown this once:", item.Kind, cmd.Project, item.Prefix)
	_, err = fmt.Fprintln(c.out, made.Text)
	return err
}

// tokenWith returns the token of an id.
func (f *manageFlags) tokenWith(ctx context.Context, owner tokenOwner, id string) (listedToken, error) {
	list, err := f.tokensOf(ctx, owner)
	if err != nil {
		return listedToken{}, err
	}
	for _, item := range list {
		if item.ID == id {
			return item, nil
		}
	}
	if owner.User {
		return listedToken{}, fmt.Errorf("there is no user token %q; hearth tokens list --user shows them", id)
	}
	return listedToken{}, fmt.Errorf("project %s has no token %q; hearth tokens list --project %s shows them", owner.Project, id, owner.Project)
}

type tokensRevokeCmd struct {
	ID string `arg:"" name:"id" help:"The token's id, as tokens list shows it."`
	tokenOwner

	manageFlags
}

// Run revokes the token.
func (cmd *tokensRevokeCmd) Run(ctx context.Context, c *console) error {
	item, err := cmd.tokenWith(ctx, cmd.tokenOwner, cmd.ID)
	if err != nil {
		return err
	}
	if err := cmd.call(ctx, http.MethodDelete, item.list+url.PathEscape(item.ID)+"/", nil, nil); err != nil {
		return err
	}
	c.note("The %s token %s… is revoked.", item.Kind, item.Prefix)
	return nil
}

// printJSONLines writes one JSON object an item.
func printJSONLines[T any](c *console, list []T) error {
	encoder := json.NewEncoder(c.out)
	encoder.SetEscapeHTML(false)
	for _, item := range list {
		if err := encoder.Encode(item); err != nil {
			return err
		}
	}
	return nil
}
