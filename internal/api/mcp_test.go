package api

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/hearth-dev/hearth/internal/meta"
)

// agent is a coding agent's session with the handler of a world.
type agent struct {
	t       *testing.T
	session *sdk.ClientSession
}

type sign struct{ authorization string }

func (s sign) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.authorization != "" {
		r.Header.Set("Authorization", s.authorization)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// connect connects an agent over HTTP. The query of the address may name a project.
func (w *world) connect(authorization, parameters string) (*agent, error) {
	server := httptest.NewServer(w.handler)
	w.t.Cleanup(server.Close)
	session, err := sdk.NewClient(&sdk.Implementation{Name: "agent", Version: "1"}, nil).Connect(w.t.Context(), &sdk.StreamableClientTransport{
		Endpoint: server.URL + "/mcp" + parameters, HTTPClient: &http.Client{Transport: sign{authorization}}, MaxRetries: -1,
	}, nil)
	if err != nil {
		return nil, err
	}
	w.t.Cleanup(func() {
		session.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return &agent{w.t, session}, nil
}

func (w *world) agent(authorization, parameters string) *agent {
	w.t.Helper()
	a, err := w.connect(authorization, parameters)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// told calls a tool and returns its text, after "error: " when it is one.
func (a *agent) told(tool string, arguments map[string]any) string {
	a.t.Helper()
	result, err := a.session.CallTool(a.t.Context(), &sdk.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		a.t.Fatalf("%s: %v", tool, err)
	}
	text := result.Content[0].(*sdk.TextContent).Text
	if result.IsError {
		return "error: " + text
	}
	return text
}

func (a *agent) expect(want, tool string, arguments map[string]any) {
	a.t.Helper()
	if got := a.told(tool, arguments); !strings.Contains(got, want) {
		a.t.Errorf("%s %v tells\n%s\nwant %s", tool, arguments, got, want)
	}
}

func TestAgentsAskOverMCP(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 27, 12, 0, 0, 0, time.UTC)
	w := newWorld(t, nil)
	a := w.agent("", "")
	a.expect(`"kind":"span"`, "query_run", map[string]any{"query": "SELECT kind FROM records", "project": "other", "max_timestamp": now.Format(time.RFC3339)})
	q := w.engine.questions[0]
	if q.project != w.other.ID || q.limit != 501 || !q.min.Equal(now.Add(-30*time.Minute)) || !q.max.Equal(now) {
		t.Errorf("asked %+v", q)
	}
	a.expect("CREATE TABLE records (", "query_schema_reference", nil)
	a.expect(`"project_name":"other"`, "project_list", nil)
	a.expect(`"project_name":"default"`, "token_info", nil)
	a.expect(`"dashboard_slug":"overview"`, "dashboard_list", nil)
	a.expect(`"dashboard":{`, "dashboard_get", map[string]any{"dashboard": "overview"})
	a.expect("error: There is no project nowhere.", "query_run", map[string]any{"query": "SELECT 1", "project": "nowhere"})
	a.expect("Project local/other", "query_run", map[string]any{"query": "SELECT 1", "project": "local/other"})
	a.expect("error: There is no project acme/other.", "query_run", map[string]any{"query": "SELECT 1", "project": "acme/other"})
	w.agent("", "?project=other").expect("Project local/other", "query_run", map[string]any{"query": "SELECT 1"})
}

func TestAgentsReadAlerts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	made := decode[map[string]any](t, w.expect(201, "POST", w.alerts(), anAlert+"}"))
	a := w.agent("", "")
	id := map[string]any{"alert_id": made["id"]}
	a.expect(made["name"].(string), "alert_list", nil)
	a.expect(made["query"].(string), "alert_get", id)
	a.expect("No rows.", "alert_history", id)
	a.expect("error: limit: Input should be", "alert_history", map[string]any{"alert_id": made["id"], "limit": 0})
	a.expect("error: the project local/other has no such thing", "alert_get", map[string]any{"alert_id": made["id"], "project": "other"})
}

// What a token opens elsewhere it opens here, and nothing else.
func TestTokensOfAgents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, remote)
	for name, authorization := range map[string]string{
		"no token": "", "an unknown one": "Bearer nonsense", "a write token": "Bearer " + w.write, "the local one": LocalToken, "another scheme": "Digest x",
	} {
		if _, err := w.connect(authorization, ""); err == nil {
			t.Errorf("%s connects", name)
		}
		if got := w.expect(401, "POST", "/mcp", `{}`, "Authorization", authorization); got.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s is not asked for another", name)
		}
	}
	w.expect(403, "POST", "/mcp?project=other", `{}`, "Authorization", w.read)

	reader := w.agent("Bearer "+w.read, "")
	reader.expect("Project local/default", "query_run", map[string]any{"query": "SELECT 1"})
	reader.expect("error: The token belongs to the project default, not to other.", "query_run", map[string]any{"query": "SELECT 1", "project": "other"})
	if got := reader.told("project_list", nil); !strings.HasPrefix(got, "1 row.") || !strings.Contains(got, `"project_name":"default"`) {
		t.Errorf("a read token sees the projects %s", got)
	}

	login := w.agent(w.user("admin"), "")
	if got := login.told("project_list", nil); !strings.HasPrefix(got, "2 rows.") {
		t.Errorf("a login sees the projects %s", got)
	}
	login.expect(`"name":"admin"`, "token_info", nil)
	login.expect("error: "+ErrUserToken.Error(), "query_run", map[string]any{"query": "SELECT 1"})

	token, text, err := w.meta.CreateToken(t.Context(), meta.NewToken{ProjectID: w.other.ID, Kind: meta.ReadToken})
	if err != nil {
		t.Fatal(err)
	}
	short := w.agent(text, "")
	short.expect("Project local/other", "query_run", map[string]any{"query": "SELECT 1"})
	if err := w.meta.RevokeToken(t.Context(), w.other.ID, meta.ReadToken, token.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := short.session.CallTool(t.Context(), &sdk.CallToolParams{Name: "query_schema_reference"}); err == nil {
		t.Error("a revoked token opens something")
	}
}

func TestOtherPagesDoNotReachTheTools(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Origins = []string{"https://inspector.example"} })
	allowed := w.expect(204, "OPTIONS", "/mcp", "", "Origin", "https://inspector.example", "Access-Control-Request-Method", "POST").Header().Get("Access-Control-Allow-Headers")
	if !strings.Contains(allowed, "Mcp-Protocol-Version") {
		t.Errorf("a client in a listed page may send %s", allowed)
	}
	w.expect(403, "POST", "/mcp", `{}`, "Host", "evil.example")
	w.expect(403, "POST", "/mcp", `{}`, "Origin", "https://evil.example")
	w.expect(413, "POST", "/mcp", strings.Repeat(" ", maxQueryBody+1), "Content-Type", typeJSON, "Accept", "application/json, text/event-stream")
	for _, method := range []string{"GET", "DELETE"} { // there are no sessions to listen to or to end
		if got := w.expect(405, method, "/mcp", ""); got.Header().Get("Allow") != "POST" {
			t.Errorf("%s may be %s", method, got.Header().Get("Allow"))
		}
	}
}

// stuckEngine answers when its question is given up.
type stuckEngine struct {
	*fakeEngine
	asked chan struct{}
	ended chan error
}

func (e *stuckEngine) run(ctx context.Context, _ question) (*answer, error) {
	close(e.asked)
	select {
	case <-ctx.Done():
	case <-time.After(within):
	}
	e.ended <- ctx.Err()
	return nil, ctx.Err()
}

// A client that hangs up ends its query, whichever version of the protocol it speaks.
func TestGivingUpEndsTheQuery(t *testing.T) {
	t.Parallel()
	for version, meta := range map[string]string{
		"2025-06-18": "",
		"2026-07-28": `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`,
	} {
		w := newWorld(t, nil)
		stuck := &stuckEngine{w.engine, make(chan struct{}), make(chan error, 1)}
		w.server.engine = stuck
		server := httptest.NewServer(w.handler)
		defer server.Close()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"query_run","arguments":{"query":"SELECT 1"}` + meta + `}}`
		r, err := http.NewRequestWithContext(ctx, "POST", server.URL+"/mcp", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{
			"Content-Type": typeJSON, "Accept": "application/json, text/event-stream", "Mcp-Protocol-Version": version, "Mcp-Method": "tools/call", "Mcp-Name": "query_run",
		} {
			r.Header.Set(name, value)
		}
		answered := make(chan error, 1)
		go func() {
			resp, err := http.DefaultClient.Do(r)
			if err == nil {
				err = errors.New(resp.Status)
				resp.Body.Close()
			}
			answered <- err
		}()
		select {
		case <-stuck.asked:
		case err := <-answered:
			t.Fatalf("%s: answered at once: %v", version, err)
		}
		cancel()
		if err := <-stuck.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: the query went on: %v", version, err)
		}
		<-answered
	}
}
