package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

type auditCmd struct {
	Since age  `help:"How far back to read, such as 24h or 7d, at most 90d." default:"24h" placeholder:"24h"`
	JSON  bool `help:"Print one JSON object an entry." name:"json"`

	organizationFlags
}

// Help is the long help.
func (auditCmd) Help() string {
	return `Prints the audit log of an organisation, the newest entry first: what was made, changed and deleted, who did it and from where. What concerns the whole server, such as logins, is in that of local. It takes the server's password, or an API key with organization:auditlog.

Examples:

    hearth audit
    hearth audit --since 7d --org acme
    hearth audit --since 30d --json | jq 'select(.resource_type == "API key")'`
}

const auditPath = "/api/v1/audit-logs/"

// Run prints the entries as they come.
func (cmd *auditCmd) Run(ctx context.Context, c *console) (err error) {
	if cmd.Since <= 0 {
		return usage("--since %s: must be positive", cmd.Since)
	}
	from := time.Now().Add(-time.Duration(cmd.Since)).UTC().Format(time.RFC3339)
	body, err := cmd.open(ctx, http.MethodGet, cmd.path(auditPath, url.Values{"start_time": {from}, "format": {"ndjson"}}), nil)
	if err != nil {
		return cmd.explainKey(err)
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	if cmd.JSON {
		_, err := io.Copy(c.out, body)
		return err
	}
	list, err := readAudit(body)
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w; is it a Hearth?", cmd.BaseURL, err)
	}
	if err := auditTable(list).print(c); err != nil {
		return err
	}
	if len(list) == 0 {
		c.note("Nothing was done in the last %s.", cmd.Since)
	}
	return nil
}

// auditEntry is an entry of the audit log as the server tells it.
type auditEntry struct {
	At      time.Time `json:"created_at"`
	Who     *string   `json:"user_name"`
	Action  string    `json:"action"`
	Type    *string   `json:"resource_type"`
	Detail  *string   `json:"detail"`
	Project *string   `json:"project_name"`
	Address *string   `json:"ip_address"`
}

func readAudit(body io.Reader) (list []auditEntry, _ error) {
	for decoder := json.NewDecoder(body); ; {
		var e auditEntry
		err := decoder.Decode(&e)
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
}

func auditTable(list []auditEntry) *table {
	t := &table{names: []string{"time", "who", "from", "did", "what", "project", "detail"}, right: make([]bool, 7)}
	for _, e := range list {
		t.rows = append(t.rows, []cell{
			{text: e.At.UTC().Format("2006-01-02 15:04:05Z")}, {text: clean(textOr(e.Who, ""))}, {text: clean(textOr(e.Address, ""))}, {text: strings.ToLower(e.Action)},
			{text: clean(textOr(e.Type, ""))}, {text: clean(textOr(e.Project, ""))}, {text: clean(textOr(e.Detail, ""))},
		})
	}
	return t
}
