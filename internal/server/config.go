package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/internal/alert"
	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/sdk/prices"
)

// Defaults of a Config's fields.
const (
	DefaultListen     = "127.0.0.1:4318"
	DefaultGRPCListen = "127.0.0.1:4317"
	DefaultRetention  = 30 * 24 * time.Hour
	DefaultMaxFuture  = 24 * time.Hour

	DefaultQueueLimit   = 128 << 20
	DefaultQueryTimeout = 30 * time.Second

	DefaultSelfTelemetry     = 15 * time.Second
	DefaultAlertMinFrequency = time.Minute
)

// Values of durations that say more than a number does.
const (
	Forever time.Duration = -1 // a Retention or MaxFuture without a bound
	Never   time.Duration = -1 // a SelfTelemetry that is off
)

// Config says how a server runs. The zero value of each field is its default.
type Config struct {
	// Listen is the TCP address for HTTP: OTLP, queries, the UI. Empty is DefaultListen; port 0 takes a free one.
	Listen string
	// GRPCListen is the TCP address for OTLP over gRPC. Empty is DefaultGRPCListen; "off" opens none.
	GRPCListen string
	// DataDir is the folder that holds everything, made when it is absent. Empty is $XDG_DATA_HOME/hearth, or
	// ~/.local/share/hearth. One process uses a folder at a time.
	DataDir string

	// MetaDSN is where what people made is kept: projects, tokens, dashboards, alerts. Empty is a SQLite file in DataDir;
	// postgres://USER:PASSWORD@HOST/DATABASE is a database of PostgreSQL.
	MetaDSN string

	// Retention is how long records are kept after their time, and how old one may be when it arrives. Whole days are
	// deleted, so that some stay for a day longer. 0 is DefaultRetention.
	Retention time.Duration
	// MaxFuture is how far ahead of the clock a record's time may be. 0 is DefaultMaxFuture.
	MaxFuture time.Duration

	// Prices names a file with prices of models that go before the embedded ones; its shape is in docs/sql.md. Empty is
	// none.
	Prices string

	// MemoryLimit is how much memory the embedded engine may use, in bytes. 0 is 40 % of the machine's.
	MemoryLimit int64
	// QueueLimit is how much telemetry may wait to be applied, in bytes; more is refused until there is room.
	// 0 is DefaultQueueLimit.
	QueueLimit int64
	// IngestRate is how many bytes a second a token may send, decompressed; who sent more of late is told when to come again. 0 is
	// as many as it likes.
	IngestRate int64
	// DailyQuota is how many bytes a project may be sent in a day of UTC, decompressed; what comes then is refused, and clients
	// drop it. 0 is as many as there are.
	DailyQuota int64
	// QueryRate is how many questions a minute a token or a person may ask. 0 is as many as they like.
	QueryRate int
	// QueryTimeout is how long a query may run. 0 is DefaultQueryTimeout.
	QueryTimeout time.Duration

	// SelfTelemetry is how often the server writes its own metrics into the project meta.ServerProjectName. 0 is
	// DefaultSelfTelemetry; Never writes none.
	SelfTelemetry time.Duration

	// SMTPURL is the mail server for alerts, such as smtp://user:password@mail.example.com:587 (alert.ParseMail has the rules),
	// SMTPFrom whom mail comes from. Empty sends no mail; one needs the other.
	SMTPURL  string
	SMTPFrom string
	// AlertMinFrequency is how often an alert may run at most. 0 is DefaultAlertMinFrequency.
	AlertMinFrequency time.Duration

	// Password is the operator's key, which opens everything. Without one and without accounts, a server on loopback addresses
	// without another PublicURL is open to everyone on this machine, and any other opens with the set-up link alone.
	Password string
	// PublicURL is the origin by which others reach this server, such as https://hearth.example.com. Empty is the address
	// that is listened on.
	PublicURL string
	// SSO is single sign-on. Without an Issuer there is none. With one the server is never in local mode.
	SSO SSO

	// TLSCert and TLSKey name a certificate, with those that lead to a root, and its key, both in PEM. With them both ports speak TLS
	// alone. The files are read again when they change. Empty is no TLS; one needs the other.
	TLSCert, TLSKey string
	// TrustedProxies are addresses and networks, such as 10.0.0.0/8, of proxies in front, whose X-Forwarded-For tells who asks.
	TrustedProxies []string
	// AllowedHosts are names, beside those of this machine and PublicURL, that a request's Host may hold in local mode.
	AllowedHosts []string
	// CORSOrigins are origins, such as https://app.example.com, whose pages may call this server from a browser.
	CORSOrigins []string

	// Version stands in the log and in the metric hearth_build_info. Empty is "dev".
	Version string
	// Logger gets what an operator wants to know. nil discards it.
	Logger *slog.Logger
}

// withDefaults returns the configuration with every empty field filled.
func (c Config) withDefaults() (Config, error) {
	fill(&c.Listen, DefaultListen)
	fill(&c.GRPCListen, DefaultGRPCListen)
	fill(&c.Retention, DefaultRetention)
	fill(&c.MaxFuture, DefaultMaxFuture)
	fill(&c.QueueLimit, DefaultQueueLimit)
	fill(&c.QueryTimeout, DefaultQueryTimeout)
	fill(&c.SelfTelemetry, DefaultSelfTelemetry)
	fill(&c.AlertMinFrequency, DefaultAlertMinFrequency)
	fill(&c.Version, "dev")
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.DataDir == "" {
		folder, err := DefaultDataDir()
		if err != nil {
			return c, err
		}
		c.DataDir = folder
	}
	return c, nil
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// DefaultDataDir returns the folder that Config.DataDir stands for when it is empty.
func DefaultDataDir() (string, error) {
	// The XDG specification has relative paths ignored.
	if base := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "hearth"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("data folder: %w; name one with --data-dir", err)
	}
	return filepath.Join(home, ".local", "share", "hearth"), nil
}

// Validate reports all that is wrong with the configuration, each problem with the name of its flag.
func (c Config) Validate() error {
	var problems []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	c, err := c.withDefaults()
	if err != nil {
		problems = append(problems, err)
	}
	problems = append(problems, c.checkAddresses()...)
	check(c.Retention == Forever || c.Retention > 0, "--retention %v: must not be negative", c.Retention)
	check(c.MaxFuture == Forever || c.MaxFuture > 0, "--max-future %v: must not be negative", c.MaxFuture)
	check(c.MetaDSN == "" || isPostgres(c.MetaDSN), "--meta-dsn: must begin with postgres:// or postgresql://")
	check(c.MemoryLimit == 0 || c.MemoryLimit >= 64<<20, "--memory-limit %d: must be at least 64 MiB", c.MemoryLimit)
	check(c.QueueLimit >= 1<<20, "--queue-limit %d: must be at least 1 MiB", c.QueueLimit)
	check(c.IngestRate == 0 || c.IngestRate >= 1<<10 && c.IngestRate <= 1<<40, "--ingest-rate %d: must be from 1 KiB to 1 TiB a second", c.IngestRate)
	check(c.DailyQuota >= 0, "--daily-quota %d: must not be negative", c.DailyQuota)
	check(c.QueryRate >= 0 && c.QueryRate <= 1e6, "--query-rate %d: must be from 0 to 1000000", c.QueryRate)
	check(c.QueryTimeout > 0, "--query-timeout %v: must be positive", c.QueryTimeout)
	check(c.SelfTelemetry == Never || c.SelfTelemetry >= time.Millisecond, "--self-telemetry %v: must not be negative", c.SelfTelemetry)
	if c.Prices != "" {
		_, err := prices.Open(prices.Options{File: c.Prices})
		check(err == nil, "--prices %q: %w", c.Prices, err)
	}
	check(c.AlertMinFrequency >= time.Second && c.AlertMinFrequency <= meta.MaxFrequency, "--alert-min-frequency %v: must be from 1s to %v", c.AlertMinFrequency, meta.MaxFrequency)
	_, err = c.mail()
	check(err == nil, "%w", err)
	_, err = c.certificate()
	check(err == nil, "%w", err)
	problems = append(problems, c.SSO.check(c.PublicURL)...)
	if c.PublicURL != "" {
		check(c.TLSCert == "" || !strings.HasPrefix(c.PublicURL, "http://"), "--public-url %q: must begin with https:// when --tls-cert is given", c.PublicURL)
		check(isOrigin(c.PublicURL), "--public-url %q: must be an origin such as https://hearth.example.com, without a path", c.PublicURL)
	}
	for _, origin := range c.CORSOrigins {
		check(isOrigin(origin), "--cors-origins %q: must be an origin such as https://app.example.com", origin)
	}
	for _, proxy := range c.TrustedProxies {
		_, err := prefixOf(proxy)
		check(err == nil, "--trusted-proxies %q: must be an address or a network such as 10.0.0.0/8", proxy)
	}
	for _, host := range c.AllowedHosts {
		check(host != "" && !strings.ContainsAny(host, "/ :"), "--allowed-hosts %q: must be a host name without a port", host)
	}
	return errors.Join(problems...)
}

// mail returns the mail server, or nil when there is none. Errors leave out the URL: it may hold a password.
func (c *Config) mail() (*alert.Mail, error) {
	if c.SMTPURL == "" && c.SMTPFrom == "" {
		return nil, nil
	}
	mail, err := alert.ParseMail(c.SMTPURL, c.SMTPFrom)
	if err != nil {
		return nil, fmt.Errorf("--smtp-url and --smtp-from: %w", err)
	}
	return mail, nil
}

// certificate returns the certificate for both ports, or nil when they speak no TLS.
func (c *Config) certificate() (*certificate, error) {
	switch {
	case c.TLSCert == "" && c.TLSKey == "":
		return nil, nil
	case c.TLSKey == "":
		return nil, fmt.Errorf("--tls-cert %s: needs its key, --tls-key", c.TLSCert)
	case c.TLSCert == "":
		return nil, fmt.Errorf("--tls-key %s: needs its certificate, --tls-cert", c.TLSKey)
	}
	return openCertificate(c.TLSCert, c.TLSKey, c.Logger.With("component", "tls"))
}

// off is the GRPCListen that opens no listener.
const off = "off"

// checkAddresses checks both addresses.
func (c *Config) checkAddresses() (problems []error) {
	addresses := []struct{ flag, address string }{{"--listen", c.Listen}}
	if c.GRPCListen != off {
		addresses = append(addresses, struct{ flag, address string }{"--grpc-listen", c.GRPCListen})
	}
	for _, a := range addresses {
		_, port, err := net.SplitHostPort(a.address)
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("%s %q: must be HOST:PORT, such as %s", a.flag, a.address, DefaultListen))
		case !isPort(port):
			problems = append(problems, fmt.Errorf("%s %q: %q is not a port", a.flag, a.address, port))
		}
	}
	if len(addresses) == 2 && c.Listen == c.GRPCListen && !strings.HasSuffix(c.Listen, ":0") {
		problems = append(problems, fmt.Errorf("--listen and --grpc-listen are both %q: give each a port of its own", c.Listen))
	}
	return problems
}

// isPort tells whether a text is a port's number. Names of services are not taken: they differ between machines.
func isPort(text string) bool {
	if text == "" || len(text) > 5 {
		return false
	}
	n := 0
	for _, digit := range text {
		if digit < '0' || digit > '9' {
			return false
		}
		n = n*10 + int(digit-'0')
	}
	return n <= 65535
}

// isLoopback tells whether an address reaches no further than this machine. An empty host is every address.
func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// loopback tells whether nobody but this machine reaches the server. What has a public name has a proxy in front, whose requests
// look like those of this machine.
func (c *Config) loopback() bool {
	if u, err := url.Parse(c.PublicURL); c.PublicURL != "" && (err != nil || !isLoopback(u.Hostname())) {
		return false
	}
	for _, address := range []string{c.Listen, c.GRPCListen} {
		if host, _, err := net.SplitHostPort(address); address != off && (err != nil || !isLoopback(host)) {
			return false
		}
	}
	return true
}

// prefixOf reads an address or a network.
func prefixOf(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		address = address.Unmap()
		return address.Prefix(address.BitLen())
	}
	return netip.ParsePrefix(text)
}

// proxies returns the TrustedProxies of a configuration that passed Validate.
func (c *Config) proxies() (list []netip.Prefix) {
	for _, text := range c.TrustedProxies {
		if prefix, err := prefixOf(text); err == nil {
			list = append(list, prefix)
		}
	}
	return list
}

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		strings.TrimSuffix(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}

// metaPlace is where meta.Open finds the database.
func (c *Config) metaPlace() string {
	if c.MetaDSN != "" {
		return c.MetaDSN
	}
	return filepath.Join(c.DataDir, "meta.sqlite")
}

// attributes are the effective configuration for the log, without passwords.
func (c *Config) attributes() []any {
	or := func(d time.Duration, word string) string {
		if d < 0 {
			return word
		}
		return d.String()
	}
	return []any{
		"listen", c.Listen, "grpc_listen", c.GRPCListen, "data_dir", c.DataDir, "meta_postgres", c.MetaDSN != "",
		"retention", or(c.Retention, "for ever"), "max_future", or(c.MaxFuture, "for ever"), "prices", c.Prices,
		"memory_limit_bytes", c.MemoryLimit, "queue_limit_bytes", c.QueueLimit, "ingest_rate_bytes", c.IngestRate, "daily_quota_bytes", c.DailyQuota, "query_rate", c.QueryRate, "query_timeout", c.QueryTimeout.String(),
		"self_telemetry", or(c.SelfTelemetry, "never"), "smtp", c.SMTPURL != "", "smtp_from", c.SMTPFrom, "alert_min_frequency", c.AlertMinFrequency.String(),
		"password", c.Password != "", "public_url", c.PublicURL, "trusted_proxies", c.TrustedProxies, "allowed_hosts", c.AllowedHosts, "cors_origins", c.CORSOrigins,
		"oidc_issuer", c.SSO.Issuer, "oidc_client_id", c.SSO.ClientID, "oidc_client_secret", c.SSO.ClientSecret != "", "oidc_name", c.SSO.Name,
		"oidc_join", c.SSO.Join, "oidc_domains", c.SSO.Domains,
		"tls_cert", c.TLSCert, "tls_key", c.TLSKey,
		"version", c.Version,
	}
}
