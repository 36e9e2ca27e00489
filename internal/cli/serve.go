package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/internal/server"
)

type serveCmd struct {
	Config configFile `help:"Read settings from a JSON file whose keys are the names of these flags." env:"HEARTH_CONFIG" placeholder:"FILE"`

	Listen     string `help:"Address for HTTP: OTLP, queries, the UI." env:"HEARTH_LISTEN" default:"127.0.0.1:4318" placeholder:"HOST:PORT"`
	GRPCListen string `help:"Address for OTLP over gRPC; off opens none." name:"grpc-listen" env:"HEARTH_GRPC_LISTEN" default:"127.0.0.1:4317" placeholder:"HOST:PORT"`
	DataDir    string `help:"Folder for everything that is kept. The default is $XDG_DATA_HOME/hearth or ~/.local/share/hearth." env:"HEARTH_DATA_DIR" placeholder:"FOLDER"`

	MetaDSN string `help:"Where projects, tokens, dashboards and alerts are kept: postgres://USER:PASSWORD@HOST/DATABASE, or else a file in the data folder. Other users of this machine can read the command line: prefer the variable or the file." name:"meta-dsn" env:"HEARTH_META_DSN" placeholder:"URL"`

	Retention age `help:"How long records and metrics are kept, and the longest that a project may set, such as 30d or 12w; 0 is for ever." env:"HEARTH_RETENTION" default:"30d" placeholder:"30d"`
	MaxFuture age `help:"How far ahead of the clock a record may be; 0 does not look." env:"HEARTH_MAX_FUTURE" default:"24h" placeholder:"24h"`

	Prices string `help:"JSON file with your own prices of models, which go before those that Hearth knows." env:"HEARTH_PRICES" placeholder:"FILE"`

	MemoryLimit  byteCount `help:"Memory for the embedded engine, such as 2GiB; 0 is 40 % of the machine's." env:"HEARTH_MEMORY_LIMIT" default:"0" placeholder:"0"`
	QueueLimit   byteCount `help:"Telemetry that may wait to be stored; senders of more are told to come again." env:"HEARTH_QUEUE_LIMIT" default:"128MiB" placeholder:"128MiB"`
	IngestRate   byteCount `help:"Bytes a second that a token may send, decompressed, such as 5MiB; senders of more are told when to come again (429). 0 sets no limit." env:"HEARTH_INGEST_RATE" default:"0" placeholder:"0"`
	DailyQuota   byteCount `help:"Bytes that a project may be sent in a day of UTC, decompressed, such as 20GiB; more is refused (402), and senders drop it. 0 sets no limit." env:"HEARTH_DAILY_QUOTA" default:"0" placeholder:"0"`
	QueryRate    int       `help:"Questions a minute that a token or a person may ask; who asks more is told when to come again (429). 0 sets no limit." env:"HEARTH_QUERY_RATE" default:"0" placeholder:"0"`
	QueryTimeout age       `help:"How long a query may run." env:"HEARTH_QUERY_TIMEOUT" default:"30s" placeholder:"30s"`

	SelfTelemetry age `help:"How often the server writes its own metrics into the project hearth; 0 writes none." env:"HEARTH_SELF_TELEMETRY" default:"15s" placeholder:"15s"`

	SMTPURL           string `help:"Mail server for alerts: smtp://USER:PASSWORD@HOST:PORT, or smtps:// for TLS from the first byte. Other users of this machine can read the command line: prefer the variable or the file." name:"smtp-url" env:"HEARTH_SMTP_URL" placeholder:"URL"`
	SMTPFrom          string `help:"Whom mail comes from, such as hearth@example.com." name:"smtp-from" env:"HEARTH_SMTP_FROM" placeholder:"ADDRESS"`
	AlertMinFrequency age    `help:"How often an alert may run at most." env:"HEARTH_ALERT_MIN_FREQUENCY" default:"1m" placeholder:"1m"`

	Password  string `help:"The operator's key, which opens everything, for scripts and emergencies. With one, every write and read needs a token. Other users of this machine can read the command line: prefer the variable or the file." env:"HEARTH_PASSWORD" placeholder:"TEXT"`
	PublicURL string `help:"Where others reach this server, such as https://hearth.example.com. Another name than localhost ends the open access of local mode." name:"public-url" env:"HEARTH_PUBLIC_URL" placeholder:"URL"`

	OIDCIssuer       string   `help:"Lets people log in at this provider of OpenID Connect, such as https://id.example.com/realms/team. Register the public URL + /auth/oidc/callback there." name:"oidc-issuer" env:"HEARTH_OIDC_ISSUER" placeholder:"URL"`
	OIDCClientID     string   `help:"How this server is registered at the provider." name:"oidc-client-id" env:"HEARTH_OIDC_CLIENT_ID" placeholder:"TEXT"`
	OIDCClientSecret string   `help:"Its secret there, if it has one. Other users of this machine can read the command line: prefer the variable or the file." name:"oidc-client-secret" env:"HEARTH_OIDC_CLIENT_SECRET" placeholder:"TEXT"`
	OIDCName         string   `help:"How people call the provider; the host name of the issuer, when it is left out." name:"oidc-name" env:"HEARTH_OIDC_NAME" placeholder:"TEXT"`
	OIDCJoin         string   `help:"Role, member or read-only, of people who come from the provider without an invitation, if their address of mail is verified and in --oidc-domains. Nobody may, when it is left out." name:"oidc-join" env:"HEARTH_OIDC_JOIN" placeholder:"ROLE"`
	OIDCDomains      []string `help:"Domains of mail, such as example.com, whose people may join." name:"oidc-domains" env:"HEARTH_OIDC_DOMAINS" placeholder:"NAME,…"`

	TLSCert        string   `help:"Certificate in PEM, followed by those that lead to a root. With it both ports speak TLS alone. The file is read again when it changes." name:"tls-cert" env:"HEARTH_TLS_CERT" placeholder:"FILE"`
	TLSKey         string   `help:"Key of the certificate, in PEM." name:"tls-key" env:"HEARTH_TLS_KEY" placeholder:"FILE"`
	TrustedProxies []string `help:"Addresses and networks of proxies in front, such as 127.0.0.1 or 10.0.0.0/8: their X-Forwarded-For tells who asks." name:"trusted-proxies" env:"HEARTH_TRUSTED_PROXIES" placeholder:"ADDRESS,…"`
	AllowedHosts   []string `help:"More host names that local mode answers to." env:"HEARTH_ALLOWED_HOSTS" placeholder:"NAME,…"`
	CORSOrigins    []string `help:"Origins of other web pages that may use this server." name:"cors-origins" env:"HEARTH_CORS_ORIGINS" placeholder:"URL,…"`

	LogLevel  slog.Level `help:"The least that is logged: debug, info, warn or error." env:"HEARTH_LOG_LEVEL" default:"info" placeholder:"info"`
	LogFormat string     `help:"How the log on stderr is written: text, json, or auto (text on a terminal)." env:"HEARTH_LOG_FORMAT" enum:"auto,text,json" default:"auto" placeholder:"auto"`
}

// Help is the long help.
func (serveCmd) Help() string {
	return `Takes OpenTelemetry over HTTP and gRPC, keeps it, and answers queries. On a loopback address nobody needs a token. On any other address every write and every read needs a token, and people log in: the first start prints a link with which somebody makes the first account.

Each setting is a flag, an environment variable, or a key in the file given with --config; the first of these that is set counts.

Examples:

    hearth serve
    hearth serve --data-dir /srv/hearth --retention 90d
    hearth serve --listen 0.0.0.0:4318 --grpc-listen 0.0.0.0:4317
    hearth serve --config hearth.json

SIGTERM or Ctrl-C stops the server: it finishes what it has accepted and exits with status 0.`
}

// Run runs the server until ctx ends.
func (cmd *serveCmd) Run(ctx context.Context, c *console, version build) error {
	config := cmd.config(version, cmd.logger(c))
	if err := config.Validate(); err != nil {
		return usageError{err}
	}
	s, err := server.Open(ctx, config)
	if err != nil {
		return err
	}
	cmd.announce(c.out, s)
	return s.Run(ctx)
}

func (cmd *serveCmd) config(version build, log *slog.Logger) server.Config {
	return server.Config{
		Listen: cmd.Listen, GRPCListen: cmd.GRPCListen, DataDir: cmd.DataDir, MetaDSN: cmd.MetaDSN,
		Retention: offIfZero(cmd.Retention, server.Forever), MaxFuture: offIfZero(cmd.MaxFuture, server.Forever),
		Prices: cmd.Prices, MemoryLimit: int64(cmd.MemoryLimit), QueueLimit: int64(cmd.QueueLimit), QueryTimeout: time.Duration(cmd.QueryTimeout),
		IngestRate: int64(cmd.IngestRate), DailyQuota: int64(cmd.DailyQuota), QueryRate: cmd.QueryRate, TrustedProxies: cmd.TrustedProxies,
		SelfTelemetry: offIfZero(cmd.SelfTelemetry, server.Never),
		SMTPURL:       cmd.SMTPURL, SMTPFrom: cmd.SMTPFrom, AlertMinFrequency: time.Duration(cmd.AlertMinFrequency),
		Password: cmd.Password, PublicURL: cmd.PublicURL,
		SSO: server.SSO{
			Issuer: cmd.OIDCIssuer, ClientID: cmd.OIDCClientID, ClientSecret: cmd.OIDCClientSecret, Name: cmd.OIDCName, Join: cmd.OIDCJoin, Domains: cmd.OIDCDomains,
		},
		TLSCert: cmd.TLSCert, TLSKey: cmd.TLSKey, AllowedHosts: cmd.AllowedHosts, CORSOrigins: cmd.CORSOrigins,
		Version: string(version), Logger: log,
	}
}

// offIfZero turns the 0 of the command line into the configuration's word for it.
func offIfZero(a age, off time.Duration) time.Duration {
	if a == 0 {
		return off
	}
	return time.Duration(a)
}

func (cmd *serveCmd) logger(c *console) *slog.Logger {
	options := &slog.HandlerOptions{Level: cmd.LogLevel}
	if cmd.LogFormat == "text" || cmd.LogFormat == "auto" && c.errTerminal {
		return slog.New(slog.NewTextHandler(c.err, options))
	}
	return slog.New(slog.NewJSONHandler(c.err, options))
}

// announce tells in a few lines where everything is and what to paste.
func (cmd *serveCmd) announce(w io.Writer, s *server.Server) {
	origin := s.Origin()
	otlp := origin + " (HTTP)"
	if grpc := s.GRPCOrigin(); grpc != "" {
		otlp += ", " + grpc + " (gRPC)"
	}
	kept := "kept for ever"
	if cmd.Retention > 0 {
		kept = "kept " + cmd.Retention.String()
	}
	token := server.LocalToken
	if !s.Local() {
		token = "<write token>"
	}
	lines := []string{
		"UI             " + origin,
		"OTLP           " + otlp,
		"Data           " + s.DataDir() + ", " + kept,
		"OpenTelemetry  " + openTelemetrySetting(origin, !s.Local()),
		fmt.Sprintf("Logfire        export LOGFIRE_BASE_URL=%s LOGFIRE_TOKEN=%s", origin, token),
	}
	if link := s.SetUpLink(); link != "" {
		lines = append(lines, "Set-up         "+link+"   (makes the first account; whoever has the link may do everything)")
	}
	_, _ = io.WriteString(w, strings.Join(lines, "\n")+"\n") // nobody may be reading; the server serves all the same
}

// openTelemetrySetting says what an OpenTelemetry SDK has to be told.
func openTelemetrySetting(origin string, wantsToken bool) string {
	switch {
	case wantsToken:
		return "export OTEL_EXPORTER_OTLP_ENDPOINT=" + origin + " OTEL_EXPORTER_OTLP_HEADERS='Authorization=<write token>'   (hearth tokens new --kind write)"
	case origin == "http://"+server.DefaultListen:
		return "nothing to set: SDKs send here by themselves"
	}
	return "export OTEL_EXPORTER_OTLP_ENDPOINT=" + origin
}
