package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/hearth-dev/hearth/internal/meta"
)

// bearer is a token and what every service answers to it. An empty message is a request with no records.
type bearer struct {
	what, text string
	code       codes.Code
	status     int // of HTTP
	names      string
}

// bearers are all that a sender may come with.
func bearers(t *testing.T, db *meta.DB) []bearer {
	t.Helper()
	ctx, project := t.Context(), db.DefaultProject()
	token := func(n meta.NewToken) (meta.Token, string) {
		t.Helper()
		made, text, err := db.CreateToken(ctx, n)
		if err != nil {
			t.Fatal(err)
		}
		return made, text
	}
	key := func(scopes ...meta.Scope) (meta.Token, string) {
		t.Helper()
		made, text, err := db.CreateKey(ctx, meta.NewKey{OrganizationID: project.OrganizationID, ProjectID: project.ID, Name: "key", Scopes: scopes})
		if err != nil {
			t.Fatal(err)
		}
		return made, text
	}
	_, write := token(meta.NewToken{ProjectID: project.ID, Kind: meta.WriteToken})
	_, read := token(meta.NewToken{ProjectID: project.ID, Kind: meta.ReadToken})
	_, user := token(meta.NewToken{Kind: meta.UserToken, Owner: "admin"})
	revoked, revokedText := token(meta.NewToken{ProjectID: project.ID, Kind: meta.WriteToken})
	expired, expiredText := token(meta.NewToken{ProjectID: project.ID, Kind: meta.WriteToken, ExpiresAt: time.Now().Add(time.Hour)})
	rotated, rotatedText := token(meta.NewToken{ProjectID: project.ID, Kind: meta.WriteToken})
	_, able := key(meta.WriteRecords)
	_, unable := key(meta.ReadRecords, meta.ManageWriteTokens)
	lost, lostText := key(meta.WriteRecords)
	_, _, rotateErr := db.RotateToken(ctx, project.ID, meta.WriteToken, rotated.ID, meta.Rotation{})
	for _, err := range []error{
		db.RevokeToken(ctx, project.ID, meta.WriteToken, revoked.ID), db.ExpireToken(ctx, project.ID, meta.WriteToken, expired.ID),
		db.RevokeKey(ctx, project.OrganizationID, lost.ID), rotateErr,
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return []bearer{
		{"a write token", write, codes.OK, 200, ""},
		{"an API key", able, codes.OK, 200, ""},
		{"nothing", "", codes.Unauthenticated, 401, ""},
		{"an unknown token", "pylf_v1_local_" + strings.Repeat("A", 44), codes.Unauthenticated, 401, ""},
		{"a read token", read, codes.Unauthenticated, 401, ""},
		{"a user token", user, codes.Unauthenticated, 401, ""},
		{"a revoked token", revokedText, codes.Unauthenticated, 401, ""},
		{"an expired token", expiredText, codes.Unauthenticated, 401, ""},
		{"a rotated token", rotatedText, codes.Unauthenticated, 401, ""},
		{"a revoked API key", lostText, codes.Unauthenticated, 401, ""},
		{"an API key without the scope", unable, codes.PermissionDenied, 403, "project:write_otlp"},
	}
}

// Every service of OTLP, over gRPC and over HTTP, takes what may write and refuses everything else.
func TestOTLPRefusesOtherTokens(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Password = "open sesame" // not in local mode
	s := open(t, c)
	conn, err := grpc.NewClient(strings.TrimPrefix(s.GRPCOrigin(), "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	services := s.grpc.GetServiceInfo()
	if len(services) != 3 {
		t.Errorf("services %v", services)
	}
	for _, b := range bearers(t, s.meta) {
		ctx := t.Context()
		if b.text != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+b.text)
		}
		for name, service := range services {
			for _, method := range service.Methods {
				err := conn.Invoke(ctx, "/"+name+"/"+method.Name, &emptypb.Empty{}, &emptypb.Empty{})
				if status.Code(err) != b.code || !strings.Contains(status.Convert(err).Message(), b.names) {
					t.Errorf("%s with %s: %v, want %s", name, b.what, err, b.code)
				}
			}
		}
		for _, path := range []string{"/v1/traces", "/v1/logs", "/v1/metrics"} {
			code, answer := doAs(t, http.MethodPost, s.Origin()+path, "{}", "Authorization", b.text)
			if code != b.status || !strings.Contains(answer, b.names) {
				t.Errorf("%s with %s: %d %s, want %d", path, b.what, code, answer, b.status)
			}
		}
	}
}

// What comes by gRPC tells whose it is, too, behind proxies that are trusted.
func TestTokensTellWhoUsesThemOverGRPC(t *testing.T) {
	t.Parallel()
	for _, trusted := range []bool{false, true} {
		t.Run(fmt.Sprintf("trusted %v", trusted), func(t *testing.T) {
			t.Parallel()
			c := config(t)
			want := "127.0.0.1"
			if trusted {
				c.TrustedProxies, want = []string{"127.0.0.1", "10.0.0.0/8"}, "192.0.2.1"
			}
			s := open(t, c)
			_, text, err := s.meta.CreateToken(t.Context(), meta.NewToken{ProjectID: s.meta.DefaultProject().ID, Kind: meta.WriteToken})
			if err != nil {
				t.Fatal(err)
			}
			conn, err := grpc.NewClient(strings.TrimPrefix(s.GRPCOrigin(), "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithUserAgent("collector/1"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			call := func(authorization string) error {
				ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", authorization, "x-forwarded-for", "203.0.113.9, 192.0.2.1", "x-forwarded-for", "10.1.2.3")
				return conn.Invoke(ctx, "/opentelemetry.proto.collector.logs.v1.LogsService/Export", &emptypb.Empty{}, &emptypb.Empty{})
			}
			if err := call(text); err != nil {
				t.Fatal(err)
			}
			if err := call("nonsense"); status.Code(err) != codes.Unauthenticated {
				t.Fatalf("an unknown token: %v", err)
			}
			// The journal tells the same of what was refused.
			code, report := do(t, http.MethodGet, s.Origin()+"/v1/ingest", "")
			if code != http.StatusOK || !strings.Contains(report, `"`+want+`"`) {
				t.Errorf("%d %s, want %s in it", code, report, want)
			}
			if err := s.Close(); err != nil { // writes what is pending
				t.Fatal(err)
			}
			again := open(t, c)
			list, err := again.meta.Tokens(t.Context(), again.meta.DefaultProject().ID, meta.WriteToken)
			i := slices.IndexFunc(list, func(token meta.Token) bool { return strings.HasPrefix(text, token.Prefix) })
			if err != nil || i < 0 || list[i].LastUse.Address != want || !strings.HasPrefix(list[i].LastUse.Agent, "collector/1") {
				t.Errorf("%+v, %v", list, err)
			}
		})
	}
}
