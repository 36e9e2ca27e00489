// Package api is Hearth over HTTP: routes, authentication, errors and encodings. It speaks Logfire's protocol, so
// that Logfire's SDKs and query clients work unchanged, and serves OTLP and the UI beside it on one origin.
//
// Every request passes the same gates in the same order: its path is made canonical (no redirects), other people's
// web pages are kept out (guard), then the route checks who asks: a write token, a read token, a user token, a session, or the
// operator's key. What people may depends on their role (ADR 12).
package api

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/gzhttp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/hearth-dev/hearth/internal/alert"
	"github.com/hearth-dev/hearth/internal/device"
	"github.com/hearth-dev/hearth/internal/limit"
	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/password"
	"github.com/hearth-dev/hearth/internal/query"
	"github.com/hearth-dev/hearth/internal/retention"
	"github.com/hearth-dev/hearth/sdk/prices"
)

// Options are what the handler needs. Meta, Engine, Retention and OTLP are required.
type Options struct {
	Meta   *meta.DB
	Engine *query.Engine
	// Retention knows for how long projects keep things, and how much room they take.
	Retention *retention.Keeper
	// Alerts tries alerts and channels, and is told when they change. nil serves none of them.
	Alerts *alert.Service
	// OTLP serves POST /v1/traces, /v1/logs and /v1/metrics, with these very paths. It authorises by itself, with Auth.
	OTLP http.Handler
	// UI serves every path that belongs to no protocol. nil serves a page that tells what this is.
	UI http.Handler
	// Ingest tells what became of a project's telemetry; unauthorized adds the requests that nobody could assign to a project.
	// nil knows nothing.
	Ingest func(project string, unauthorized bool) IngestReport
	// IngestState tells how full things are. nil says that everything is empty.
	IngestState func(project string) (IngestState, error)
	// Deleted is told that a project was deleted, whose records are to go; meta.DB's DeletedProjects names it. nil leaves them.
	Deleted func()
	// Health returns why the server is not ready to serve, one sentence each; nothing when it is. nil is always ready.
	Health func() []string

	Local    bool   // bound to loopback: no token and no password is needed
	Password string // the operator's key, which opens everything when not Local; empty lets nobody in
	// SetupCode lets somebody make the first account, when not Local; empty lets nobody.
	SetupCode string
	// SSO lets people log in elsewhere, when not Local. It needs PublicOrigin. nil lets nobody.
	SSO *SSO

	// PublicOrigin is how users reach this server, such as https://hearth.example.com. Empty takes each request's Host.
	PublicOrigin string
	// Proxies are those in front of this server, whose X-Forwarded-For tells who asks.
	Proxies []netip.Prefix
	// QueryRate is how many questions a minute a token or a person may ask. 0 is as many as they like.
	QueryRate int
	// Exhausted returns why a project is sent nothing more today; nothing when it may be. nil is never.
	Exhausted func(project string) string

	// Hosts are the names beside the loopback ones that local mode answers to, without ports.
	Hosts []string
	// Origins are the origins of other web pages that may use this server, such as http://localhost:5173.
	Origins []string

	// Draining is closed when the server begins to stop: live tails end then, so that it need not wait for them. nil
	// never is.
	Draining <-chan struct{}

	Version string // of the server
	// Prices are those of models: for calls whose cost the store does not know, and to say which are in use. nil knows none.
	Prices *prices.Table

	Gatherer   prometheus.Gatherer   // served at /metrics; nil serves none
	Registerer prometheus.Registerer // takes the handler's own metrics; nil takes none
	Logger     *slog.Logger          // nil discards
	Now        func() time.Time      // nil is time.Now
}

// Limits of request bodies. SQL is text that people or models write; management bodies are smaller still.
const (
	maxQueryBody  = 1 << 20
	maxManageBody = 64 << 10
	maxBoardBody  = meta.MaxDefinition + maxManageBody // as indented as it was exported
)

// maxAskers is how many tokens and people are remembered at least that asked something.
const maxAskers = 10_000

// clientPatience is how long a client may take nothing of its answer before it is given up.
const clientPatience = 30 * time.Second

const pathLive = "/v1/live"

type server struct {
	Options

	auth     *Auth
	asked    *limit.Buckets[string] // questions, by token or person
	engine   engine
	password *passwordGate
	gate     *loginGate
	failures failureLog
	changes  bell // of what people and tokens may
	log      *slog.Logger
	metrics  *httpMetrics
	looks    serviceLooks
	logins   *device.Logins

	patience  time.Duration // clientPatience; tests have less
	loginHold time.Duration // loginHold; tests have less
	recheck   time.Duration // recheckEvery; tests have more
}

// New returns the handler of everything that Hearth serves over HTTP.
func New(o Options) http.Handler { return newServer(o, queryEngine{o.Engine}).handler() }

func newServer(o Options, e engine) *server {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Health == nil {
		o.Health = func() []string { return nil }
	}
	if o.Ingest == nil {
		began := o.Now()
		o.Ingest = func(string, bool) IngestReport { return IngestReport{Since: began} }
	}
	if o.IngestState == nil {
		o.IngestState = func(string) (IngestState, error) { return IngestState{}, nil }
	}
	if o.Deleted == nil {
		o.Deleted = func() {}
	}
	if o.Exhausted == nil {
		o.Exhausted = func(string) string { return "" }
	}
	if o.UI == nil {
		o.UI = homePage(o.PublicOrigin, o.Local)
	}
	o.PublicOrigin = strings.TrimSuffix(o.PublicOrigin, "/")
	return &server{
		Options: o, auth: NewAuth(o.Meta, o.Local), asked: limit.New[string](float64(o.QueryRate)/60, o.QueryRate, maxAskers), engine: e, password: newPasswordGate(o.Password, o.Now),
		gate: newLoginGate(password.New(password.Recommended)),
		log:  o.Logger, metrics: newHTTPMetrics(o.Registerer), patience: clientPatience,
		looks: serviceLooks{projects: map[string]*serviceLook{}}, logins: device.New(o.Now, o.Draining), loginHold: loginHold,
		recheck: recheckEvery,
	}
}

// handler builds the router. Both slash forms of a path are one: see canonical.
func (s *server) handler() http.Handler {
	r := chi.NewRouter()
	r.Use(s.behindProxies, s.observe, canonical, s.secure, newGuard(&s.Options).wrap, identify, selectProject, middleware.GetHead)
	r.NotFound(s.notFound)
	r.MethodNotAllowed(methodNotAllowed)
	for _, path := range otlpPaths {
		r.Method(http.MethodPost, path, s.OTLP)
	}
	r.Get("/healthz", s.healthz)
	r.Get("/readyz", s.readyz)
	r.Get(pathLive, s.live) // never compressed: compressors hold events back
	r.Group(func(r chi.Router) {
		r.Use(compress, limitBody(maxQueryBody))
		s.queryRoutes(r)
	})
	r.With(limitBody(maxQueryBody)).Post("/mcp", s.mcp(r))
	r.Group(func(r chi.Router) {
		r.Use(compress, limitBody(maxBoardBody))
		s.dashboardRoutes(r)
		s.searchRoutes(r)
		s.settingRoutes(r)
		s.retentionRoutes(r)
		if s.Alerts != nil {
			s.alertRoutes(r)
		}
	})
	r.Group(func(r chi.Router) {
		r.Use(limitBody(maxManageBody))
		s.programLoginRoutes(r)
		s.strangerRoutes(r)
	})
	r.Group(func(r chi.Router) {
		r.Use(compress, limitBody(maxManageBody), s.develop)
		s.sdkRoutes(r)
		s.organizationRoutes(r)
		s.projectRoutes(r)
	})
	r.Group(func(r chi.Router) {
		r.Use(compress, limitBody(maxManageBody), s.people)
		s.meRoutes(r)
		s.memberRoutes(r)
		s.tokenRoutes(r)
		s.keyRoutes(r)
		s.loginRoutes(r)
		if s.Alerts != nil {
			s.channelRoutes(r)
		}
		if s.Gatherer != nil {
			metrics := promhttp.HandlerFor(s.Gatherer, promhttp.HandlerOpts{DisableCompression: true})
			r.Get("/metrics", s.ofHome(meta.AdminRole, metrics.ServeHTTP))
		}
	})
	return r
}

// queryRoutes are what a token opens.
func (s *server) queryRoutes(r chi.Router) {
	r.Post("/v2/query", s.queryV2)
	r.Get("/v1/query", s.queryV1)
	r.Post("/v1/render", s.render)
	r.Get("/v1/traces/{trace_id}/conversation", s.conversation)
	r.Get("/v1/conversation", s.dialogue)
	r.Get("/v1/schemas", s.schemas)
	r.Get("/v1/services", s.services)
	r.Get("/v1/ingest", s.ingest)
	r.Get("/v1/version", s.version)
	r.Get("/v1/info", s.writeTokenInfo)
	r.Get("/v1/read-token-info", s.readTokenInfo)
	r.Get("/api/read-token-info", s.readTokenInfo) // SDK 3.23 to 4.3.1
	r.Get("/api/openapi.yaml", serveOpenAPI)
}

// compress answers with zstd or gzip when the client asks for it.
var compress = func() func(http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.ContentTypes([]string{
		typeJSON, typeProblem, typeNDJSON, typeCSV, typeArrow, "application/yaml", "text/plain",
	}))
	if err != nil {
		panic(err) // the options are constants
	}
	return func(next http.Handler) http.Handler { return wrap(next) }
}()

// unchallenged takes the challenge from the refusal of a web page's script: a browser would open a dialog of its own, over
// the page's. Such a script says what it is with X-Requested-With, as is the custom.
func unchallenged(r *http.Request, err error) error {
	p, ok := errors.AsType[*problem](err)
	if !ok || r.Header.Get("X-Requested-With") == "" {
		return err
	}
	plain := *p
	plain.challenge = ""
	return &plain
}

// notFound answers what no route takes: pages go to the UI, everything else is an error in JSON.
func (s *server) notFound(w http.ResponseWriter, r *http.Request) {
	if p := absentProblem(r.URL.Path); p != nil {
		p.write(w, r)
		return
	}
	if isAPI(r.URL.Path) || r.Method != http.MethodGet && r.Method != http.MethodHead {
		notFound("Not Found").write(w, r)
		return
	}
	s.UI.ServeHTTP(w, r)
}

func methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	routes := chi.RouteContext(r.Context()).Routes
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		as := method
		if method == http.MethodHead { // served as GET
			as = http.MethodGet
		}
		if routes.Match(chi.NewRouteContext(), as, r.URL.Path) {
			w.Header().Add("Allow", method)
		}
	}
	(&problem{status: http.StatusMethodNotAllowed, detail: "Method Not Allowed"}).write(w, r)
}

// version serves GET /v1/version: which version runs, for pages that were loaded from an older one, and its prices.
func (s *server) version(w http.ResponseWriter, r *http.Request) {
	if _, _, err := s.viewer(r); err != nil {
		s.fail(w, r, err)
		return
	}
	known := ""
	if s.Prices != nil {
		known = s.Prices.Version()
	}
	writeJSON(w, http.StatusOK, map[string]any{"version": s.Version, "prices": known})
}

// healthz tells that the process answers.
func (s *server) healthz(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"status": "alive"})
}

// readyz tells whether requests will be served, and why not.
func (s *server) readyz(w http.ResponseWriter, _ *http.Request) {
	if reasons := s.Health(); len(reasons) > 0 {
		w.Header().Set("Retry-After", "1")
		writeJSON(w, http.StatusServiceUnavailable, map[string]any{"status": "not ready", "reasons": reasons})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"status": "ready"})
}

// origin returns how the caller reaches this server, without a slash at the end.
func (s *server) origin(r *http.Request) string {
	if s.PublicOrigin != "" {
		return s.PublicOrigin
	}
	return originOf(r)
}

// originOf returns where a request was sent.
func originOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *server) projectURL(r *http.Request, p meta.Project) string {
	return s.origin(r) + "/" + p.Organization + "/" + p.Name
}
