package server

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestValidateTakesWhatWorks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Config{
		"the zero value":                   {},
		"another loopback":                 {Listen: "[::1]:80", GRPCListen: "localhost:0"},
		"both on a free port":              {Listen: "127.0.0.1:0", GRPCListen: "127.0.0.1:0"},
		"no gRPC":                          {GRPCListen: "off"},
		"a password":                       {Listen: ":4318", GRPCListen: "0.0.0.0:4317", Password: "correct horse"},
		"for ever":                         {Retention: Forever, MaxFuture: Forever, SelfTelemetry: Never},
		"mail":                             {SMTPURL: "smtp://user:p%40ss@mail.example.com", SMTPFrom: "Hearth <hearth@example.com>", AlertMinFrequency: time.Second},
		"origins with and without a slash": {PublicURL: "https://hearth.example.com/", CORSOrigins: []string{"http://localhost:5173"}},
	} {
		c.DataDir = t.TempDir()
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestValidateTellsAllProblemsWithTheirFlags(t *testing.T) {
	t.Parallel()
	c := Config{
		Listen: "nonsense", GRPCListen: "127.0.0.1:http", Retention: -2, MaxFuture: -time.Hour, MemoryLimit: 1, QueueLimit: 1, SelfTelemetry: -2,
		IngestRate: 1, DailyQuota: -1, QueryRate: -1, TrustedProxies: []string{"proxy.example"},
		Prices: filepath.Join(t.TempDir(), "absent"), AlertMinFrequency: time.Millisecond, SMTPURL: "smtp://user:correct%20horse@",
		QueryTimeout: -1, PublicURL: "https://x.example/path", CORSOrigins: []string{"x.example"}, AllowedHosts: []string{"x:80"},
	}
	err := c.Validate()
	if err == nil {
		t.Fatal("all of it is fine?")
	}
	lines := strings.Split(err.Error(), "\n")
	flags := []string{
		"--listen", "--grpc-listen", "--retention", "--max-future", "--memory-limit", "--queue-limit", "--ingest-rate", "--daily-quota", "--query-rate", "--query-timeout", "--self-telemetry", "--prices",
		"--alert-min-frequency", "--smtp-url", "--public-url", "--cors-origins", "--trusted-proxies", "--allowed-hosts",
	}
	if strings.Contains(err.Error(), "horse") {
		t.Errorf("the password of the mail server is told: %v", err)
	}
	if len(lines) != len(flags) {
		t.Errorf("%d problems, want %d:\n%v", len(lines), len(flags), err)
	}
	for i, flag := range flags[:min(len(flags), len(lines))] {
		if !strings.HasPrefix(lines[i], flag+" ") {
			t.Errorf("problem %d is %q, want one of %s", i, lines[i], flag)
		}
	}
}

func TestWhoReachesAnAddress(t *testing.T) {
	t.Parallel()
	check := func(address string, want bool) {
		for _, c := range []Config{{Listen: address, GRPCListen: DefaultGRPCListen}, {Listen: DefaultListen, GRPCListen: address}} {
			if got := c.loopback(); got != want {
				t.Errorf("%+v: loopback %v", c, got)
			}
		}
	}
	for _, address := range []string{"0.0.0.0:4318", ":4318", "[::]:4318", "192.168.1.2:4318", "example.com:4318", "127.0.0.1.example.com:4318", ""} {
		check(address, false)
	}
	for _, address := range []string{"127.0.0.1:0", "127.9.9.9:4318", "[::1]:4318", "localhost:4318"} {
		check(address, true)
	}
	if c := (Config{Listen: DefaultListen, GRPCListen: off}); !c.loopback() {
		t.Error("without gRPC")
	}
}

func TestOneAddressIsNotTakenTwice(t *testing.T) {
	t.Parallel()
	err := (Config{Listen: "127.0.0.1:4318", GRPCListen: "127.0.0.1:4318"}).Validate()
	if err == nil || !strings.Contains(err.Error(), "a port of its own") {
		t.Error(err)
	}
}

func TestTheLogShowsNoPassword(t *testing.T) {
	t.Parallel()
	c := Config{Password: "correct horse", SMTPURL: "smtp://user:correct horse@mail.example.com", SMTPFrom: "hearth@example.com"}
	for _, value := range c.attributes() {
		if strings.Contains(fmt.Sprint(value), "correct horse") {
			t.Errorf("a password is among the attributes: %v", value)
		}
	}
}

// Not parallel: it sets variables of the process.
func TestDefaultDataDirFollowsXDG(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	for xdg, want := range map[string]string{
		"":         filepath.Join(home, ".local", "share", "hearth"),
		"relative": filepath.Join(home, ".local", "share", "hearth"),
		"/data":    filepath.FromSlash("/data/hearth"),
	} {
		t.Setenv("XDG_DATA_HOME", xdg)
		if got, err := DefaultDataDir(); err != nil || got != want {
			t.Errorf("XDG_DATA_HOME=%q: %q, %v; want %q", xdg, got, err, want)
		}
	}
	t.Setenv("XDG_DATA_HOME", "")
	t.Setenv("HOME", "")
	if err := (Config{}).Validate(); err == nil || !strings.Contains(err.Error(), "--data-dir") {
		t.Errorf("without a home: %v", err)
	}
}
