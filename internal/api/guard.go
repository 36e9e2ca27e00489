package api

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// guard keeps web pages of others out. A browser lets any page send requests to any address, 127.0.0.1 too, and
// adds what it knows of the user; in local mode no more than that is needed to read everything.
//
//   - Host: in local mode it must name this machine, or a page could point a name of its own at 127.0.0.1 (DNS rebinding).
//   - Origin: browsers tell which page asks. It must be our own or a listed one.
//   - Sec-Fetch-Site: browsers tell it where they leave Origin out, as for images. Following a link to the UI is fine.
//
// Clients that are no browsers send neither Origin nor Sec-Fetch-Site.
type guard struct {
	local   bool
	hosts   []string // names beside the loopback ones, without port, lower case
	origins []string // listed origins and the public one, normalised
}

func newGuard(o *Options) *guard {
	g := &guard{local: o.Local}
	for _, host := range o.Hosts {
		g.hosts = append(g.hosts, strings.ToLower(host))
	}
	for _, origin := range append(slices.Clone(o.Origins), o.PublicOrigin) {
		if u, err := url.Parse(origin); err == nil && u.Host != "" {
			g.origins = append(g.origins, normalOrigin(u.Scheme, u.Host))
			if origin == o.PublicOrigin {
				g.hosts = append(g.hosts, strings.ToLower(u.Hostname()))
			}
		}
	}
	return g
}

// refusal returns why a request is refused, or nil.
func (g *guard) refusal(r *http.Request) *problem {
	if g.local && !g.knowsHost(r.Host) {
		return &problem{status: http.StatusForbidden, detail: "Hearth runs in local mode and does not answer to the host name " +
			hostOnly(r.Host) + ". Use 127.0.0.1 or localhost, or list the name in --allowed-hosts."}
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		if g.sameOrigin(origin, r) || g.listed(origin) {
			return nil
		}
		return &problem{status: http.StatusForbidden, detail: "Web pages of " + origin + " may not use this server. List the origin in --cors-origins to allow it."}
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return nil
	}
	if r.Header.Get("Sec-Fetch-Mode") == "navigate" && (r.Method == http.MethodGet || r.Method == http.MethodHead) && !isAPI(r.URL.Path) {
		return nil
	}
	return &problem{status: http.StatusForbidden, detail: "Web pages of other sites may not use this server."}
}

func (g *guard) knowsHost(hostport string) bool {
	host := strings.ToLower(hostOnly(hostport))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || slices.Contains(g.hosts, host) {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}

func hostOnly(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return strings.TrimSuffix(strings.Trim(host, "[]"), ".")
}

// listed tells whether an origin is in the configuration.
func (g *guard) listed(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && slices.Contains(g.origins, normalOrigin(u.Scheme, u.Host))
}

// sameOrigin tells whether a page came from here. The scheme is not compared: a proxy in front may speak TLS.
func (g *guard) sameOrigin(origin string, r *http.Request) bool {
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") &&
		normalOrigin(u.Scheme, u.Host) == normalOrigin(u.Scheme, r.Host)
}

// normalOrigin writes an origin in lower case and without the scheme's own port.
func normalOrigin(scheme, host string) string {
	scheme, host = strings.ToLower(scheme), strings.ToLower(host)
	port := map[string]string{"http": ":80", "https": ":443"}[scheme]
	if port != "" {
		host = strings.TrimSuffix(host, port)
	}
	return scheme + "://" + host
}

// wrap refuses what must be refused, answers preflights, and lets listed origins read the answers.
func (g *guard) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isProbe(r.URL.Path) { // probes come under any host name, and learn nothing
			next.ServeHTTP(w, r)
			return
		}
		header := w.Header()
		header.Add("Vary", "Origin")
		if p := g.refusal(r); p != nil {
			p.write(w, r)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" && g.listed(origin) {
			header.Set("Access-Control-Allow-Origin", origin)
			header.Set("Access-Control-Expose-Headers", "X-Logfire-Context,"+headerRequestID)
			if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
				header.Set("Access-Control-Allow-Methods", "*")
				header.Set("Access-Control-Allow-Headers", "Authorization,Content-type,X-Logfire-Context,Content-Encoding,Traceparent,Mcp-Protocol-Version,Mcp-Method,Mcp-Name,"+headerProject)
				header.Set("Access-Control-Max-Age", "1728000")
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
