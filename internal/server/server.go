package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/hearth-dev/hearth/internal/alert"
	"github.com/hearth-dev/hearth/internal/api"
	"github.com/hearth-dev/hearth/internal/ingest"
	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/otlp"
	"github.com/hearth-dev/hearth/internal/query"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/retention"
	"github.com/hearth-dev/hearth/internal/store/duckdb"
	"github.com/hearth-dev/hearth/sdk/prices"
	"github.com/hearth-dev/hearth/ui"
)

// LocalToken is what a server in local mode takes from SDKs that insist on having a token.
const LocalToken = api.LocalToken

// Server is a running Hearth.
type Server struct {
	config   Config
	log      *slog.Logger
	registry *prometheus.Registry
	health   health
	door     door
	began    time.Time
	draining chan struct{} // closed when the server begins to stop
	failed   chan error    // what ended a listener too early; one place for each

	lock      *folderLock
	prices    *prices.Table
	meta      *meta.DB
	store     *duckdb.Store
	pipeline  *ingest.Pipeline
	queries   *query.Engine
	alerts    *alert.Service
	usage     *usage
	retention *retention.Keeper
	deletion  *deletion

	ownProject string // id of the project that gets the server's own metrics; empty when nothing writes them

	httpListener net.Listener
	http         *http.Server
	certificate  *certificate // nil when the ports speak no TLS
	grpcListener net.Listener // nil when off
	grpc         *grpc.Server // nil when off

	local      bool               // see openAccess
	setupCode  string             // makes the first account; empty where it is not needed
	background context.CancelFunc // ends the loops
	running    sync.WaitGroup     // listeners and loops

	closeOnce sync.Once
	closeErr  error
}

// Open opens the data folder, takes the ports and applies what the write-ahead log holds. The server serves from then
// on; while Open works, its HTTP port answers probes and asks everyone else to come again. The caller ends it with
// Close, or with Run. ctx bounds the opening only. An error of Validate names each mistake on a line of its own.
func Open(ctx context.Context, c Config) (_ *Server, err error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c, err = c.withDefaults(); err != nil {
		return nil, err
	}
	if c.DataDir, err = filepath.Abs(c.DataDir); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	s := &Server{
		config: c, log: c.Logger.With("component", "server"), registry: prometheus.NewRegistry(),
		began: time.Now(), draining: make(chan struct{}), failed: make(chan error, 2),
	}
	s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo(c.Version))
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	s.log.Info("configuration", c.attributes()...)
	if err := s.openFolder(); err != nil {
		return nil, err
	}
	if err := s.listen(ctx); err != nil {
		return nil, err
	}
	if err := s.openData(ctx); err != nil {
		return nil, err
	}
	if err := s.openRoutes(); err != nil {
		return nil, err
	}
	s.startLoops()
	s.health.set(ready)
	s.log.Info("ready", "http", s.httpListener.Addr().String(), "grpc", s.grpcAddress(), "data_dir", c.DataDir)
	return s, nil
}

// buildInfo is a metric that is always 1 and says which version runs, as Prometheus' users join it to others.
func buildInfo(version string) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "hearth_build_info", Help: "The version that runs; the value is always 1.", ConstLabels: prometheus.Labels{"version": version},
	}, func() float64 { return 1 })
}

// openFolder makes and locks the data folder.
func (s *Server) openFolder() error {
	if err := os.MkdirAll(s.config.DataDir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	lock, err := lockFolder(s.config.DataDir)
	s.lock = lock
	return err
}

// listen takes both ports and begins to answer on the HTTP one. gRPC clients connect, and wait for an answer.
func (s *Server) listen(ctx context.Context) error {
	var err error
	if s.certificate, err = s.config.certificate(); err != nil {
		return err
	}
	if s.config.GRPCListen != off {
		if s.grpcListener, err = listen(ctx, "--grpc-listen", s.config.GRPCListen); err != nil {
			return err
		}
	}
	if s.httpListener, err = listen(ctx, "--listen", s.config.Listen); err != nil {
		return err
	}
	s.http = newHTTPServer(&s.door, s.config.Logger)
	if s.certificate == nil {
		s.serve("HTTP", s.httpListener, s.http.Serve)
		return nil
	}
	s.http.TLSConfig = s.certificate.config()
	s.serve("HTTPS", s.httpListener, func(l net.Listener) error { return s.http.ServeTLS(l, "", "") })
	return nil
}

// newHTTPServer returns a server for clients whom nobody knows. The time for a request's body is bounded by the door. Live
// tails set a deadline of their own for each write.
func newHTTPServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 5 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 256 << 10,
		ErrorLog: slog.NewLogLogger(log.With("component", "http").Handler(), slog.LevelDebug),
	}
}

// serve accepts connections in the background. A listener that ends by itself ends Run.
func (s *Server) serve(name string, l net.Listener, serve func(net.Listener) error) {
	s.running.Go(func() {
		if err := serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, grpc.ErrServerStopped) {
			s.failed <- fmt.Errorf("%s listener %s: %w", name, l.Addr(), err)
		}
	})
}

// openData opens what is on disk and replays the write-ahead log.
func (s *Server) openData(ctx context.Context) (err error) {
	folder, log := s.config.DataDir, s.config.Logger
	if s.prices, err = prices.Open(prices.Options{File: s.config.Prices}); err != nil {
		return err
	}
	log.Info("prices of models", "version", s.prices.Version(), "file", s.config.Prices)
	s.meta, err = meta.Open(ctx, s.config.metaPlace(), meta.Options{
		Logger: log.With("component", "meta"), MinFrequency: s.config.AlertMinFrequency,
	})
	if err != nil {
		return err
	}
	if err := s.openAccess(ctx); err != nil {
		return err
	}
	if err := s.openItself(ctx); err != nil {
		return err
	}
	if s.usage, err = openUsage(ctx, s.config.DailyQuota, s.meta, time.Now, s.log); err != nil {
		return err
	}
	s.store, err = duckdb.Open(ctx, duckdb.Options{Dir: folder, MemoryLimit: s.config.MemoryLimit, Logger: log, Registerer: s.registry})
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	if err := s.dropDeleted(ctx); err != nil {
		return err
	}
	s.pipeline, err = ingest.Open(ctx, ingest.Options{
		Dir: folder, Store: s.store, Decoder: replayDecoder{otlp.NewDecoder(s.prices)},
		QueueBytes: s.config.QueueLimit, Uncounted: s.ownProject, Logger: log.With("component", "ingest"), Registerer: s.registry,
	})
	if err != nil {
		return err
	}
	s.deletion = newDeletion(s.meta.DeletedProjects, s.drop, s.log)
	s.health.broken = s.pipeline.Err
	if err := s.openRetention(ctx); err != nil {
		return err
	}
	s.queries, err = query.New(s.store, feed{s.pipeline}, query.Options{Timeout: s.config.QueryTimeout, Registerer: s.registry})
	if err != nil {
		return err
	}
	return s.openAlerts()
}

// openAccess decides how people get in (ADR 12). Local mode, open to everyone on this machine, is where only this machine reaches
// the server, and nobody has made an account, set a password or named a provider of single sign-on: whoever does has a proxy in
// front, or does not trust the others here.
func (s *Server) openAccess(ctx context.Context) error {
	people, err := s.meta.HasUsers(ctx)
	if err != nil || people || s.config.Password != "" {
		return err
	}
	if s.local = s.config.loopback() && s.config.SSO.Issuer == ""; !s.local {
		s.setupCode = rand.Text()
	}
	return nil
}

// Local tells whether the server is in local mode, where nobody needs a token.
func (s *Server) Local() bool { return s.local }

// SetUpLink returns the address of the page where somebody makes the first account. It works once, and until the server stops.
// Whoever has it may do everything. It is empty where there is another way in.
func (s *Server) SetUpLink() string {
	if s.setupCode == "" {
		return ""
	}
	return s.Origin() + api.PageSetUp + "#" + s.setupCode
}

func (s *Server) openRetention(ctx context.Context) (err error) {
	s.retention, err = retention.New(ctx, retention.Options{
		Book: s.meta, Store: s.store, Free: s.store.Free, Longest: max(0, s.config.Retention), // Forever becomes 0
		Logger: s.config.Logger.With("component", "retention"),
	})
	return err
}

func (s *Server) openAlerts() error {
	mail, err := s.config.mail()
	if err != nil {
		return err
	}
	s.alerts = alert.New(alert.Options{
		Meta: s.meta, Ask: api.NewAsker(s.queries), Origin: s.Origin, Mail: mail, Version: s.config.Version,
		Logger: s.config.Logger.With("component", "alert"), Registerer: s.registry,
	})
	return nil
}

func (s *Server) otlpOptions() otlp.Options {
	return otlp.Options{
		Journal: otlp.NewJournal(time.Now), Limits: newLimits(s.config.IngestRate, s.usage, time.Now, s.registry),
		MaxAge: s.maxAge, MaxAhead: max(0, s.config.MaxFuture), // Forever becomes otlp's 0
		Logger: s.config.Logger, Registerer: s.registry,
	}
}

// maxAge returns how old what a project is sent may be: what is older would be deleted within the hour.
func (s *Server) maxAge(project string, signal record.Signal) time.Duration {
	keep := s.retention.Keep(project)
	if signal == record.Metrics {
		return keep.Metrics
	}
	return keep.Records
}

// openRoutes lets requests in.
func (s *Server) openRoutes() error {
	o := s.otlpOptions()
	decoder := otlp.NewDecoder(s.prices)
	auth := writers{api.NewAuth(s.meta, s.local)}
	app, err := ui.Handler()
	if err != nil {
		return err
	}
	s.door.open(api.New(api.Options{
		Meta: s.meta, Engine: s.queries, Alerts: s.alerts, Retention: s.retention, OTLP: otlp.NewHandler(decoder, auth, s.pipeline, o), UI: app, Health: s.health.reasons, Ingest: ingestReports(o.Journal), IngestState: s.ingestState,
		Local: s.local, Password: s.config.Password, SetupCode: s.setupCode, SSO: s.sso(), PublicOrigin: s.config.PublicURL,
		Proxies: s.config.proxies(), QueryRate: s.config.QueryRate, Exhausted: s.usage.exhausted, Deleted: s.deletion.poke,
		Hosts: s.config.AllowedHosts, Origins: s.config.CORSOrigins, Draining: s.draining, Version: s.config.Version, Prices: s.prices,
		Gatherer: s.registry, Registerer: s.registry, Logger: s.config.Logger.With("component", "api"),
	}))
	if s.grpcListener != nil {
		s.grpc = otlp.NewGRPCServer(decoder, auth, s.pipeline, o, s.grpcOptions()...)
		s.serve("gRPC", s.grpcListener, s.grpc.Serve)
	}
	return nil
}

func (s *Server) grpcOptions() []grpc.ServerOption {
	options := []grpc.ServerOption{grpc.StreamInterceptor(named(s.config.proxies()))}
	if s.certificate != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(s.certificate.config())))
	}
	return options
}

// startLoops starts what the server does by itself, until background is called.
func (s *Server) startLoops() {
	ctx, cancel := context.WithCancel(context.Background())
	s.background = cancel
	s.running.Go(func() { s.alerts.Run(ctx) })
	s.running.Go(func() { s.usage.run(ctx) })
	s.running.Go(func() { s.deletion.run(ctx) })
	s.running.Go(func() { s.retention.Run(ctx) })
	s.startItself(ctx)
}

// Run serves until ctx ends or a listener fails, then closes the server.
func (s *Server) Run(ctx context.Context) error {
	var err error
	select {
	case <-ctx.Done():
		s.log.Info("stopping: what is under way ends first")
	case err = <-s.failed:
	}
	return errors.Join(err, s.Close())
}

// DataDir returns the absolute path of the data folder.
func (s *Server) DataDir() string { return s.config.DataDir }

// Origin returns where clients reach the HTTP port, such as http://127.0.0.1:4318.
func (s *Server) Origin() string {
	if s.config.PublicURL != "" {
		return strings.TrimSuffix(s.config.PublicURL, "/")
	}
	return s.scheme() + reachable(s.httpListener.Addr())
}

// GRPCOrigin returns where clients on this machine reach the gRPC port; empty when there is none.
func (s *Server) GRPCOrigin() string {
	if s.grpcListener == nil {
		return ""
	}
	return s.scheme() + reachable(s.grpcListener.Addr())
}

// scheme is how an address that this server listens on begins.
func (s *Server) scheme() string {
	if s.certificate != nil {
		return "https://"
	}
	return "http://"
}

func (s *Server) grpcAddress() string {
	if s.grpcListener == nil {
		return off
	}
	return s.grpcListener.Addr().String()
}

// reachable writes an address as a client on this machine uses it: one that stands for all of the machine's addresses
// is no address to send to.
func reachable(address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return address.String()
	}
	return fmt.Sprintf("localhost:%d", tcp.Port)
}
