package server

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/hearth-dev/hearth/internal/meta"
)

func TestWhatSingleSignOnNeeds(t *testing.T) {
	t.Parallel()
	whole := func() Config {
		return Config{DataDir: "/data", PublicURL: "https://hearth.example.com", SSO: SSO{Issuer: "https://id.example.com/realms/team", ClientID: "hearth"}}
	}
	for _, c := range []struct {
		change func(*Config)
		want   string // part of the error; empty when it is none
	}{
		{func(*Config) {}, ""},
		{func(c *Config) { c.SSO.Join, c.SSO.Domains = "member", []string{"example.com"} }, ""},
		{func(c *Config) { c.SSO.Issuer, c.PublicURL = "http://127.0.0.1:5556/dex", "http://127.0.0.1:4318" }, ""},
		{func(c *Config) { c.SSO.Issuer = "" }, "--oidc-issuer: is missing"},
		{func(c *Config) { c.SSO.Issuer = "http://id.example.com" }, `--oidc-issuer "http://id.example.com": must be`},
		{func(c *Config) { c.SSO.Issuer = "id.example.com" }, "--oidc-issuer"},
		{func(c *Config) { c.SSO.ClientID = "" }, "--oidc-client-id: is missing"},
		{func(c *Config) { c.PublicURL = "" }, "--public-url: is missing"},
		{func(c *Config) { c.SSO.Join, c.SSO.Domains = "admin", []string{"example.com"} }, `--oidc-join "admin"`},
		{func(c *Config) { c.SSO.Join = "member" }, "--oidc-domains: is missing"},
		{func(c *Config) { c.SSO.Domains = []string{"example.com"} }, "--oidc-join: is missing"},
		{func(c *Config) { c.SSO.Join, c.SSO.Domains = "member", []string{"*.example.com"} }, `--oidc-domains "*.example.com"`},
	} {
		config := whole()
		c.change(&config)
		err := config.Validate()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v, want %q", config.SSO, err, c.want)
		}
	}
}

// A provider that is down, as one that nobody runs, keeps nothing from starting.
func TestSingleSignOnEndsLocalMode(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := Open(t.Context(), Config{
		DataDir: t.TempDir(), Listen: "127.0.0.1:0", GRPCListen: off, PublicURL: "http://127.0.0.1:4318",
		SSO:           SSO{Issuer: "http://127.0.0.1:1/", ClientID: "hearth", ClientSecret: "the client's secret", Join: "member", Domains: []string{"Example.com"}},
		SelfTelemetry: Never, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	sso := s.sso()
	if s.Local() || s.SetUpLink() == "" || sso.Name != "127.0.0.1" || sso.Join != meta.MemberRole || sso.Domains[0] != "example.com" {
		t.Errorf("local %v, set-up link %q, %+v", s.Local(), s.SetUpLink(), sso)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "oidc_client_secret=true") || strings.Contains(log.String(), "the client's secret") {
		t.Errorf("log:\n%s", &log)
	}
}
