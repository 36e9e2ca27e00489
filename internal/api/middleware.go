package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/prometheus/client_golang/prometheus"
)

// canonical makes all spellings of a path one: duplicate slashes and a slash at the end do not matter. Nothing is
// redirected, because clients turn a redirected POST into a GET, or give up.
func canonical(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := canonicalPath(r.URL.Path)
		if path == r.URL.Path && r.URL.RawPath == "" {
			next.ServeHTTP(w, r)
			return
		}
		clone := *r
		clone.URL = new(url.URL)
		*clone.URL = *r.URL
		clone.URL.Path, clone.URL.RawPath = path, ""
		next.ServeHTTP(w, &clone)
	})
}

func canonicalPath(path string) string {
	if !strings.Contains(path, "//") {
		if len(path) > 1 {
			path = strings.TrimSuffix(path, "/")
		}
		if path == "" {
			return "/"
		}
		return path
	}
	var sb strings.Builder
	for segment := range strings.SplitSeq(path, "/") {
		if segment != "" {
			sb.WriteByte('/')
			sb.WriteString(segment)
		}
	}
	if sb.Len() == 0 {
		return "/"
	}
	return sb.String()
}

// apiPrefixes are the paths that belong to protocols, where an unknown path is an error in JSON, never a page.
var apiPrefixes = []string{"/v1", "/v2", "/v1development", "/api", "/ui-api", "/auth-api", "/mcp", "/proxy", "/.well-known", "/metrics", "/healthz", "/readyz"}

// isAPI tells whether a canonical path belongs to a protocol rather than to the UI.
func isAPI(path string) bool {
	for _, prefix := range apiPrefixes {
		if rest, ok := strings.CutPrefix(path, prefix); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// otlpPaths are where telemetry is sent.
var otlpPaths = []string{"/v1/traces", "/v1/logs", "/v1/metrics"}

func isOTLP(path string) bool { return slices.Contains(otlpPaths, path) }

func isProbe(path string) bool { return path == "/healthz" || path == "/readyz" }

// behindProxies takes the address of who asks from X-Forwarded-For.
func (s *server) behindProxies(next http.Handler) http.Handler {
	if len(s.Proxies) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if remote := Forwarded(s.Proxies, r.RemoteAddr, r.Header.Values("X-Forwarded-For")); remote != r.RemoteAddr {
			clone := *r
			clone.RemoteAddr = remote
			r = &clone
		}
		next.ServeHTTP(w, r)
	})
}

// Forwarded returns the address of who asks, with or without a port, by the address that a request came from and its X-Forwarded-For
// headers. They count where one of the proxies, which the operator trusts, sent the request. Each proxy adds at the end whom it got
// the request from: the last one that is no proxy of ours is who asks, and what stands before is what they say.
func Forwarded(proxies []netip.Prefix, remote string, headers []string) string {
	hops := strings.Split(strings.Join(headers, ","), ",")
	for i := len(hops) - 1; i >= 0 && isProxy(proxies, remote); i-- {
		hop := strings.TrimSpace(hops[i])
		if _, err := netip.ParseAddr(hostOnly(hop)); err != nil {
			break
		}
		remote = hop
	}
	return remote
}

func isProxy(proxies []netip.Prefix, remote string) bool {
	address, err := netip.ParseAddr(hostOnly(remote))
	return err == nil && slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(address.Unmap()) })
}

// SetSecurityHeaders sets what no answer should be without, whoever gives it: browsers take it for what it says it is, show it in
// no frame, run nothing in it, and let no other site embed it. The app's pages set a policy of their own.
func SetSecurityHeaders(header http.Header) {
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// secure sets the headers of every answer. next may change them.
func (s *server) secure(next http.Handler) http.Handler {
	transport := strictTransport(s.PublicOrigin)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		SetSecurityHeaders(header)
		if transport != "" {
			header.Set("Strict-Transport-Security", transport)
		}
		if isAPI(r.URL.Path) {
			header.Set("Cache-Control", "no-store")
		}
		next.ServeHTTP(w, r)
	})
}

// strictTransport returns the header that keeps browsers from plain http, where the operator named an https origin. A browser
// applies it to all ports of a name, so that it is not sent where other servers may share the name: with a port of our own, and
// on this machine.
func strictTransport(publicOrigin string) string {
	u, err := url.Parse(publicOrigin)
	if err != nil || u.Scheme != "https" || u.Port() != "" && u.Port() != "443" || (&guard{}).knowsHost(u.Host) {
		return ""
	}
	return "max-age=31536000"
}

// limitBody bounds what a handler can read of the request's body.
func limitBody(bytes int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, bytes)
			next.ServeHTTP(w, r)
		})
	}
}

// httpMetrics are what /metrics tells of requests.
type httpMetrics struct {
	duration *prometheus.HistogramVec
}

func newHTTPMetrics(registerer prometheus.Registerer) *httpMetrics {
	m := &httpMetrics{duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "hearth_http_request_duration_seconds",
		Help:    "How long requests took, by route and status. Live tails and programs that wait for a login are not counted.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"method", "route", "status"})}
	if registerer != nil {
		registerer.MustRegister(m.duration)
	}
	return m
}

// headerRequestID names a request in its answer, and in the log.
const headerRequestID = "X-Request-Id"

type requestIDKey struct{}

// requestID returns the id of a request that passed observe.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// newRequestID returns 16 random hex digits: they tell requests of one log apart, and fit on a screen.
func newRequestID() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// observe names the request, answers panics, measures, and writes the access log. Paths are logged without their query, which may hold
// SQL; headers never are.
func (s *server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		id := newRequestID()
		r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
		w.Header().Set(headerRequestID, id)
		wrapped := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() { s.note(r, wrapped, time.Since(started)) }()
		defer func() {
			if v := recover(); v != nil {
				s.recovered(wrapped, r, v)
			}
		}()
		next.ServeHTTP(wrapped, r)
	})
}

// recovered answers a request whose handler panicked. http.ErrAbortHandler is how a handler tells that its answer is
// incomplete; the connection then breaks off, so that the client notices.
func (s *server) recovered(w middleware.WrapResponseWriter, r *http.Request, v any) {
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	s.log.LogAttrs(r.Context(), slog.LevelError, "request panicked", slog.String("request_id", requestID(r.Context())), slog.String("method", r.Method),
		slog.String("path", r.URL.Path), slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
	if w.Status() != 0 {
		panic(http.ErrAbortHandler) // a part of the answer is out
	}
	internalError(r).write(w, r)
}

func (s *server) note(r *http.Request, w middleware.WrapResponseWriter, took time.Duration) {
	status := w.Status()
	if status == 0 {
		status = http.StatusOK
	}
	route, path := routeOf(r), r.URL.Path
	if route == pathWaitLogin {
		path = route // there is a secret in the path
	}
	if route != pathLive && route != pathWaitLogin {
		s.metrics.duration.WithLabelValues(methodLabel(r.Method), route, strconv.Itoa(status)).Observe(took.Seconds())
	}
	level := slog.LevelDebug
	if status == http.StatusServiceUnavailable && !isProbe(r.URL.Path) && !isOTLP(r.URL.Path) {
		level = slog.LevelWarn // senders come again, and say so often; people do not
	}
	s.log.LogAttrs(r.Context(), level, "request", slog.String("request_id", requestID(r.Context())), slog.String("method", r.Method), slog.String("path", path),
		slog.Int("status", status), slog.Int("bytes", w.BytesWritten()), slog.Float64("took_ms", float64(took.Microseconds())/1000))
}

// routeOf returns the pattern of the route that served a request. Clients choose paths and methods freely, so neither
// may become a label as it is.
func routeOf(r *http.Request) string {
	pattern := chi.RouteContext(r.Context()).RoutePattern()
	if pattern == "" || pattern == "/*" {
		return "other"
	}
	return pattern
}

func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
