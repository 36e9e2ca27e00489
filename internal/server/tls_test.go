package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	logscollector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// madePair returns a certificate for this machine, which vouches for itself, and its key, in PEM.
func madePair(t *testing.T, name string) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// pairFiles writes a new pair to a folder of the test's.
func pairFiles(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	cert, key := madePair(t, "first")
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	write(t, certFile, cert)
	write(t, keyFile, key)
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(cert)
	return certFile, keyFile, roots
}

func TestACertificateIsRenewedWhileItIsInUse(t *testing.T) {
	t.Parallel()
	certFile, keyFile, _ := pairFiles(t)
	var log bytes.Buffer
	c, err := openCertificate(certFile, keyFile, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	now := c.lookAt
	c.now = func() time.Time { return now }
	check := func(when, want, told string) {
		t.Helper()
		log.Reset()
		for range 2 { // what is told, is told once
			now = now.Add(lookEvery)
			got, err := c.get(nil)
			if err != nil || got.Leaf.Subject.CommonName != want {
				t.Fatalf("%s: %v, %v; want %s", when, got.Leaf.Subject, err, want)
			}
		}
		if strings.Count(log.String(), "level=") != min(len(told), 1) || !strings.Contains(log.String(), told) {
			t.Errorf("%s: the log says %q, want %q", when, log.String(), told)
		}
	}
	check("unchanged", "first", "")
	cert, key := madePair(t, "second")
	write(t, certFile, cert)
	check("with the new certificate and the old key", "first", "make no pair")
	write(t, keyFile, key)
	check("with both", "second", "certificate renewed")
	write(t, certFile, []byte("nonsense"))
	check("broken", "second", "make no pair")
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	check("gone", "second", "no such file")
	write(t, certFile, cert)
	check("back again", "second", "")

	third, thirdKey := madePair(t, "third")
	write(t, certFile, third)
	write(t, keyFile, thirdKey)
	now = now.Add(lookEvery - time.Second)
	if got, _ := c.get(nil); got.Leaf.Subject.CommonName != "second" {
		t.Error("the files are read at every handshake")
	}
	check("after a while", "third", "certificate renewed")
}

func TestBothPortsSpeakTLS(t *testing.T) {
	t.Parallel()
	c := config(t)
	var roots *x509.CertPool
	c.TLSCert, c.TLSKey, roots = pairFiles(t)
	s := open(t, c)
	if !strings.HasPrefix(s.Origin(), "https://") || !strings.HasPrefix(s.GRPCOrigin(), "https://") || !s.Local() {
		t.Errorf("%s and %s, local %v", s.Origin(), s.GRPCOrigin(), s.Local())
	}

	secure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true, DisableKeepAlives: true}}
	resp, err := secure.Post(s.Origin()+"/v1/logs", "application/json", strings.NewReader(logRequest("over HTTPS")))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 || resp.TLS.Version != tls.VersionTLS13 {
		t.Errorf("%s %s: %s", resp.Proto, resp.Status, text)
	}

	conn, err := grpc.NewClient(strings.TrimPrefix(s.GRPCOrigin(), "https://"), grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: roots})))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := logscollector.NewLogsServiceClient(conn).Export(t.Context(), &logscollector.ExportLogsServiceRequest{}); err != nil {
		t.Error(err)
	}

	for name, address := range map[string]net.Addr{"HTTP": s.httpListener.Addr(), "gRPC": s.grpcListener.Addr()} {
		old := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11} //nolint:gosec // what must be refused
		if conn, err := tls.Dial("tcp", address.String(), old); err == nil {
			conn.Close()
			t.Errorf("the %s port speaks TLS 1.1", name)
		}
	}
	plain := strings.Replace(s.Origin(), "https://", "http://", 1)
	if status, answer := do(t, http.MethodGet, plain+"/readyz", ""); status != http.StatusBadRequest || !strings.Contains(answer, "HTTP request to an HTTPS server") {
		t.Errorf("without TLS: %d %s", status, answer)
	}
}

func TestValidateChecksTheCertificate(t *testing.T) {
	t.Parallel()
	cert, key, _ := pairFiles(t)
	_, otherKey, _ := pairFiles(t)
	for _, c := range []struct {
		name string
		Config
		want string // how the error begins; empty for none
	}{
		{"a pair", Config{TLSCert: cert, TLSKey: key, PublicURL: "https://hearth.example.com"}, ""},
		{"no key", Config{TLSCert: cert}, "--tls-cert " + cert + ": needs its key"},
		{"no certificate", Config{TLSKey: key}, "--tls-key " + key + ": needs its certificate"},
		{"an absent certificate", Config{TLSCert: cert + "x", TLSKey: key}, "--tls-cert: open "},
		{"an absent key", Config{TLSCert: cert, TLSKey: key + "x"}, "--tls-key: open "},
		{"another's key", Config{TLSCert: cert, TLSKey: otherKey}, "--tls-cert " + cert + ", --tls-key " + otherKey + ": tls: private key does not match"},
		{"a public name without TLS", Config{TLSCert: cert, TLSKey: key, PublicURL: "http://hearth.example.com"}, `--public-url "http://hearth.example.com": must begin with https://`},
	} {
		c.DataDir = t.TempDir()
		err := c.Validate()
		if err == nil && c.want != "" || err != nil && (c.want == "" || !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
