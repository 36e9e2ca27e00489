package server

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"github.com/hearth-dev/hearth/internal/api"
	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/oidc"
)

// SSO says at which provider of OpenID Connect people log in.
type SSO struct {
	// Issuer is the provider's URL, exactly as it names itself. Plain http is for this machine alone. Empty is no single sign-on.
	Issuer string
	// ClientID and ClientSecret are how this server is registered there, with PublicURL + /auth/oidc/callback as the address to come
	// back to. A client may have no secret.
	ClientID, ClientSecret string
	// Name is how people call the provider. Empty is the host name of Issuer.
	Name string
	// Join is the role, member or read-only, in the organisation local of people who come without an account and without an
	// invitation, when the provider says that their address of mail is theirs and it is in one of Domains. Empty lets nobody join.
	Join    string
	Domains []string
}

// check returns what is wrong with the settings.
func (c *SSO) check(publicURL string) (problems []error) {
	wrong := func(is bool, format string, args ...any) {
		if is {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	if c.Issuer == "" {
		wrong(c.ClientID != "" || c.ClientSecret != "" || c.Name != "" || c.Join != "" || len(c.Domains) > 0, "--oidc-issuer: is missing, where other settings of single sign-on are given")
		return problems
	}
	u, err := url.Parse(c.Issuer)
	wrong(err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) || u.RawQuery != "" || u.Fragment != "" || u.User != nil,
		"--oidc-issuer %q: must be a URL such as https://id.example.com/realms/team", c.Issuer)
	wrong(c.ClientID == "", "--oidc-client-id: is missing: how this server is registered at %s", c.Issuer)
	wrong(publicURL == "", "--public-url: is missing: %s sends people back to it", c.Issuer)
	wrong(c.Join != "" && c.Join != string(meta.MemberRole) && c.Join != string(meta.ReadOnlyRole), "--oidc-join %q: must be member or read-only", c.Join)
	wrong(c.Join != "" && len(c.Domains) == 0, "--oidc-domains: is missing: whose addresses of mail --oidc-join lets in")
	wrong(c.Join == "" && len(c.Domains) > 0, "--oidc-join: is missing: the role of those whom --oidc-domains lets in")
	for _, domain := range c.Domains {
		wrong(!strings.Contains(domain, ".") || strings.ContainsAny(domain, "@*/ :"), "--oidc-domains %q: must be a domain such as example.com", domain)
	}
	return problems
}

// sso returns single sign-on as the handler takes it, or nil when there is none.
func (s *Server) sso() *api.SSO {
	c := &s.config.SSO
	if c.Issuer == "" {
		return nil
	}
	name := c.Name
	if u, err := url.Parse(c.Issuer); err == nil {
		name = cmp.Or(name, u.Hostname())
	}
	domains := make([]string, len(c.Domains))
	for i, domain := range c.Domains {
		domains[i] = strings.ToLower(domain)
	}
	return &api.SSO{
		Provider: oidc.New(oidc.Options{
			Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: c.ClientSecret, RedirectURL: s.Origin() + api.PathSSOCallback,
		}),
		Name: name, Join: meta.Role(c.Join), Domains: domains,
	}
}
