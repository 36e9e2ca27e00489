package meta

import (
	"fmt"
	"slices"
	"strings"
)

// Scope is something that an API key may do. The names are those of Logfire's public API.
type Scope string

// The scopes that open something here. Those of an organisation are for keys of the whole organisation.
const (
	CreateProject   Scope = "organization:create_project"
	ReadMember      Scope = "organization:read_member"
	WriteMember     Scope = "organization:write_member"
	ReadInvitation  Scope = "organization:read_invitation"
	WriteInvitation Scope = "organization:write_invitation"
	ReadChannel     Scope = "organization:read_channel"
	WriteChannel    Scope = "organization:write_channel"
	CreateKey       Scope = "organization:create_api_key"
	ReadKey         Scope = "organization:read_api_key"
	WriteKey        Scope = "organization:write_api_key"
	ReadAuditLog    Scope = "organization:auditlog"

	ReadProject       Scope = "project:read"
	WriteProject      Scope = "project:write"
	ManageWriteTokens Scope = "project:write_token"
	ManageReadTokens  Scope = "project:read_token"
	ReadDashboard     Scope = "project:read_dashboard"
	WriteDashboard    Scope = "project:write_dashboard"
	ReadAlert         Scope = "project:read_alert"
	WriteAlert        Scope = "project:write_alert"
	ReadRecords       Scope = "project:read_otlp"
	WriteRecords      Scope = "project:write_otlp"
	ReadProjectKey    Scope = "project:read_api_key"
	WriteProjectKey   Scope = "project:write_api_key"
)

// ScopeInfo tells what a scope is.
type ScopeInfo struct {
	Scope Scope
	About string // what a key may do with it, for people
	Role  Role   // who may give it to a key: this role and those that include it
	Bound bool   // a key with it must be of one project
}

// scopes are all of them, in the order in which people read them.
var scopes = []ScopeInfo{
	{ReadProject, "List projects, read what is set for them, keep searches; use the MCP server", MemberRole, false},
	{WriteProject, "Rename and delete projects, change what is set for them, and for how long they keep things", AdminRole, false},
	{ManageWriteTokens, "List, make, rotate and revoke write tokens", MemberRole, false},
	{ManageReadTokens, "List, make, rotate and revoke read tokens", MemberRole, false},
	{ReadDashboard, "Read dashboards", MemberRole, false},
	{WriteDashboard, "Make, change and delete dashboards", MemberRole, false},
	{ReadAlert, "Read alerts and what they did", MemberRole, false},
	{WriteAlert, "Make, change and delete alerts", MemberRole, false},
	{ReadRecords, "Query records, as a read token does", MemberRole, true},
	{WriteRecords, "Send telemetry, as a write token does", MemberRole, true},
	{ReadProjectKey, "List the API keys of projects", MemberRole, false},
	{WriteProjectKey, "Make, change and revoke the API keys of projects", MemberRole, false},
	{CreateProject, "Make projects", MemberRole, false},
	{ReadChannel, "Read channels", MemberRole, false},
	{WriteChannel, "Make, change, test and delete channels", AdminRole, false},
	{ReadMember, "List members", MemberRole, false},
	{WriteMember, "Change roles of members and remove them", AdminRole, false},
	{ReadInvitation, "List invitations", AdminRole, false},
	{WriteInvitation, "Make and revoke invitations", AdminRole, false},
	{ReadKey, "List all API keys", MemberRole, false},
	{CreateKey, "Make API keys, with scopes that the key itself has", MemberRole, false},
	{WriteKey, "Change and revoke API keys", MemberRole, false},
	{ReadAuditLog, "Read the audit log", AdminRole, false},
}

// Scopes returns all scopes, in the order in which people read them. The caller may change the list.
func Scopes() []ScopeInfo { return slices.Clone(scopes) }

// OfOrganization tells whether the scope is about an organisation rather than about projects.
func (s Scope) OfOrganization() bool { return strings.HasPrefix(string(s), "organization:") }

// info returns what a scope is; ok is false for one that opens nothing here.
func (s Scope) info() (_ ScopeInfo, ok bool) {
	i := slices.IndexFunc(scopes, func(one ScopeInfo) bool { return one.Scope == s })
	if i < 0 {
		return ScopeInfo{}, false
	}
	return scopes[i], true
}

// validateScopes tells what is wrong with the scopes of a key of a project, or without one of an organisation.
func validateScopes(list []Scope, projectID string) error {
	if len(list) == 0 {
		return &InvalidError{"scopes", "must name at least one scope"}
	}
	for _, one := range list {
		info, ok := one.info()
		switch {
		case !ok:
			return &InvalidError{"scopes", fmt.Sprintf("%.60q is no scope that opens anything here", string(one))}
		case info.Bound && projectID == "":
			return &InvalidError{"project_id", fmt.Sprintf("is needed: a key with %s is of one project", one)}
		case one.OfOrganization() && projectID != "":
			return &InvalidError{"scopes", fmt.Sprintf("must not hold %s in a key of one project", one)}
		}
	}
	return nil
}

// joinScopes writes scopes as they are stored: sorted, each once.
func joinScopes(list []Scope) string {
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	texts := []string{}
	for _, one := range slices.Compact(sorted) {
		texts = append(texts, string(one))
	}
	return strings.Join(texts, " ")
}

func splitScopes(text string) []Scope {
	var list []Scope
	for one := range strings.FieldsSeq(text) {
		list = append(list, Scope(one))
	}
	return list
}
