package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hearth-dev/hearth/internal/meta"
)

// scopesOf says for each route that API keys open which scopes do: one of them is enough. A route that is missing takes no API
// key. Routes of records take keys of one project, as if they were its read tokens or write tokens.
var scopesOf = map[string][]meta.Scope{
	"POST /v1/traces": {meta.WriteRecords}, "POST /v1/logs": {meta.WriteRecords}, "POST /v1/metrics": {meta.WriteRecords}, "GET /v1/info": {meta.WriteRecords},
	"POST /v2/query": {meta.ReadRecords}, "GET /v1/query": {meta.ReadRecords}, "POST /v1/render": {meta.ReadRecords}, "GET /v1/schemas": {meta.ReadRecords},
	"GET /v1/live": {meta.ReadRecords}, "GET /v1/services": {meta.ReadRecords}, "GET /v1/ingest": {meta.ReadRecords}, "GET /v1/version": {meta.ReadRecords},
	"GET /v1/traces/{trace_id}/conversation": {meta.ReadRecords}, "GET /v1/conversation": {meta.ReadRecords},
	"GET /v1/read-token-info": {meta.ReadRecords}, "GET /api/read-token-info": {meta.ReadRecords},
	"POST /mcp": {meta.ReadProject, meta.ReadRecords},

	"GET /v1/writable-projects":                                    {meta.ReadProject}, // as the MCP server asks
	"POST /v1/organizations/{org}/projects/{project}/write-tokens": {meta.ManageWriteTokens},
	"POST /v1/organizations/{org}/projects/{project}/read-tokens":  {meta.ManageReadTokens},
	"GET /api/v1/projects":                                         {meta.ReadProject}, "GET /api/v1/projects/{id}": {meta.ReadProject}, "POST /api/v1/projects": {meta.CreateProject},
	"PUT /api/v1/projects/{id}": {meta.WriteProject}, "DELETE /api/v1/projects/{id}": {meta.WriteProject},
	"GET /api/v1/projects/{id}/settings": {meta.ReadProject}, "PUT /api/v1/projects/{id}/settings": {meta.WriteProject},
	"GET /api/v1/projects/{id}/retention": {meta.ReadProject}, "PUT /api/v1/projects/{id}/retention": {meta.WriteProject},
	"GET /api/v1/projects/{id}/searches": {meta.ReadProject}, "POST /api/v1/projects/{id}/searches": {meta.ReadProject},
	"PUT /api/v1/projects/{id}/searches/{search_id}": {meta.ReadProject}, "DELETE /api/v1/projects/{id}/searches/{search_id}": {meta.ReadProject},

	"GET /api/v1/projects/{id}/write-tokens": {meta.ManageWriteTokens}, "POST /api/v1/projects/{id}/write-tokens": {meta.ManageWriteTokens},
	"DELETE /api/v1/projects/{id}/write-tokens/{token_id}":       {meta.ManageWriteTokens},
	"POST /api/v1/projects/{id}/write-tokens/{token_id}/rotate":  {meta.ManageWriteTokens},
	"PATCH /api/v1/projects/{id}/write-tokens/{token_id}/expire": {meta.ManageWriteTokens},
	"GET /api/v1/projects/{id}/read-tokens":                      {meta.ManageReadTokens}, "POST /api/v1/projects/{id}/read-tokens": {meta.ManageReadTokens},
	"DELETE /api/v1/projects/{id}/read-tokens/{token_id}":       {meta.ManageReadTokens},
	"POST /api/v1/projects/{id}/read-tokens/{token_id}/rotate":  {meta.ManageReadTokens},
	"PATCH /api/v1/projects/{id}/read-tokens/{token_id}/expire": {meta.ManageReadTokens},

	"GET /api/v1/projects/{id}/dashboards": {meta.ReadDashboard}, "GET /api/v1/projects/{id}/dashboards/{dashboard_id}": {meta.ReadDashboard},
	"POST /api/v1/projects/{id}/dashboards": {meta.WriteDashboard}, "PUT /api/v1/projects/{id}/dashboards/{dashboard_id}": {meta.WriteDashboard},
	"DELETE /api/v1/projects/{id}/dashboards/{dashboard_id}": {meta.WriteDashboard},

	"GET /api/v1/projects/{id}/alerts": {meta.ReadAlert}, "GET /api/v1/projects/{id}/alerts/{alert_id}": {meta.ReadAlert},
	"GET /api/v1/projects/{id}/alerts/{alert_id}/runs": {meta.ReadAlert}, "POST /api/v1/projects/{id}/alerts": {meta.WriteAlert},
	"PUT /api/v1/projects/{id}/alerts/{alert_id}": {meta.WriteAlert}, "DELETE /api/v1/projects/{id}/alerts/{alert_id}": {meta.WriteAlert},
	"PUT /api/v1/projects/{id}/alerts/{alert_id}/snooze": {meta.WriteAlert}, "GET /api/v1/alert-templates": {meta.ReadRecords},

	"GET /api/v1/channels": {meta.ReadChannel}, "GET /api/v1/channels/{channel_id}": {meta.ReadChannel},
	"POST /api/v1/channels": {meta.WriteChannel}, "PUT /api/v1/channels/{channel_id}": {meta.WriteChannel}, "DELETE /api/v1/channels/{channel_id}": {meta.WriteChannel},
	"POST /api/v1/channels/test": {meta.WriteChannel}, "POST /api/v1/channels/{channel_id}/test": {meta.WriteChannel},

	"GET /api/v1/members": {meta.ReadMember}, "PATCH /api/v1/members/{user_id}": {meta.WriteMember}, "DELETE /api/v1/members/{user_id}": {meta.WriteMember},
	"GET /api/v1/invitations": {meta.ReadInvitation}, "POST /api/v1/invitations": {meta.WriteInvitation},
	"DELETE /api/v1/invitations/{invitation_id}": {meta.WriteInvitation},
	"GET /api/v1/audit-logs":                     {meta.ReadAuditLog}, "GET /api/v1/audit-logs/{entry_id}": {meta.ReadAuditLog},

	"GET /api/v1/api-keys": {meta.ReadKey, meta.ReadProjectKey}, "GET /api/v1/api-keys/scopes": {meta.CreateKey, meta.WriteProjectKey},
	"POST /api/v1/api-keys": {meta.CreateKey, meta.WriteProjectKey}, "PATCH /api/v1/api-keys/{key_id}": {meta.WriteKey, meta.WriteProjectKey},
	"DELETE /api/v1/api-keys/{key_id}": {meta.WriteKey, meta.WriteProjectKey}, "POST /api/v1/api-keys/{key_id}/rotate": {meta.WriteKey, meta.WriteProjectKey},
}

// lackOf returns why an API key that has none of some scopes is refused.
func lackOf(scopes []meta.Scope) string {
	names := make([]string, len(scopes))
	for i, one := range scopes {
		names[i] = string(one)
	}
	return "The API key lacks the scope " + strings.Join(names, " or ") + "."
}

// apiKey returns the API key that a request came with; ok is false for every other request. Whoever asks for the token again
// meets the error of a database that does not answer.
func (s *server) apiKey(r *http.Request) (_ meta.Token, ok bool) {
	text, ok := bearer(r.Header.Get("Authorization"))
	if !ok || text == "" || text == LocalToken {
		return meta.Token{}, false
	}
	token, err := s.auth.lookup(r.Context(), text, addressOf(r))
	return token, err == nil && token.Kind == meta.APIKey
}

// holding returns who asks with an API key: somebody who may do everything in its organisation, but only by the routes that its
// scopes open. Of which project it is, if it is of one, each route asks with reaches.
func (s *server) holding(r *http.Request, key *meta.Token) (caller, error) {
	route := r.Method
	if route == http.MethodHead { // served as GET
		route = http.MethodGet
	}
	scopes := scopesOf[route+" "+canonicalPath(routeOf(r))]
	switch {
	case len(scopes) == 0:
		return caller{}, &problem{status: http.StatusForbidden, detail: "API keys do not open this."}
	case !slices.ContainsFunc(scopes, key.Allows):
		return caller{}, &problem{status: http.StatusForbidden, detail: lackOf(scopes)}
	}
	return caller{
		name: key.Name, owner: "key:" + key.ID, key: *key,
		roles: map[string]meta.Role{key.OrganizationID: meta.AdminRole}, first: key.OrganizationID,
	}, nil
}

// reaches tells whether a caller of the project's organisation gets to the project: whoever holds an API key of one project
// gets to no other.
func (c *caller) reaches(projectID string) bool {
	return c.key.ProjectID == "" || c.key.ProjectID == projectID
}

// needIn is need for a project, which who holds an API key of another one does not see.
func (c *caller) needIn(role meta.Role, p meta.Project) error {
	if !c.reaches(p.ID) {
		return notFound("Not Found")
	}
	return c.need(role, p.OrganizationID)
}

// mayGive returns why a caller may not make an API key of an organisation with these scopes, or nil: nobody gives away what they
// may not do.
func (c *caller) mayGive(organizationID string, scopes []meta.Scope) error {
	for _, one := range meta.Scopes() {
		if slices.Contains(scopes, one.Scope) && !c.gives(organizationID, one) {
			return &problem{status: http.StatusForbidden, detail: fmt.Sprintf("You may not give the scope %s to an API key.", one.Scope)}
		}
	}
	return nil
}

func (c *caller) gives(organizationID string, s meta.ScopeInfo) bool {
	if c.key.ID != "" {
		return c.key.Allows(s.Scope)
	}
	return c.may(s.Role, organizationID)
}

// clientOf returns who sends a request, as tokens remember it.
func clientOf(r *http.Request) meta.Client {
	return meta.Client{Address: hostOf(r), Agent: r.UserAgent()}
}

// identify tells the tokens that a request is checked with who sends it.
func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			r = r.WithContext(meta.WithClient(r.Context(), clientOf(r)))
		}
		next.ServeHTTP(w, r)
	})
}
