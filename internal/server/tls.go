package server

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how long a certificate is used before its files are read again: what renews certificates writes the new ones
// weeks before the old ones end.
const lookEvery = 10 * time.Second

// certificate is a certificate and its key in two files, which are read again while they are in use: whoever renews them need
// not restart the server. Files that make no pair, as between the writing of one and of the other, change nothing. Safe for concurrent use.
type certificate struct {
	certFile, keyFile string
	now               func() time.Time
	log               *slog.Logger

	mu     sync.Mutex // guards what follows; held while the files are read, so that a burst of handshakes reads them once
	pair   *tls.Certificate
	seen   [2][]byte // what the files held when they were looked at last
	fault  string    // why that was no pair; told once
	lookAt time.Time // when to look at them again
}

// openCertificate reads a pair. Its errors name the flags.
func openCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, now: time.Now, log: log}
	if err := c.read(); err != nil {
		return nil, err
	}
	c.lookAt = c.now().Add(lookEvery)
	return c, nil
}

// read takes what the files hold if it makes a pair, and is not what they held before.
func (c *certificate) read() error {
	cert, err := os.ReadFile(c.certFile)
	if err != nil {
		return fmt.Errorf("--tls-cert: %w", err)
	}
	key, err := os.ReadFile(c.keyFile)
	if err != nil {
		return fmt.Errorf("--tls-key: %w", err)
	}
	if c.pair != nil && bytes.Equal(cert, c.seen[0]) && bytes.Equal(key, c.seen[1]) {
		return nil
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("--tls-cert %s, --tls-key %s: %w", c.certFile, c.keyFile, err)
	}
	c.pair, c.seen = &pair, [2][]byte{cert, key}
	return nil
}

// get returns the newest pair, for a handshake.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); !now.Before(c.lookAt) {
		c.lookAt = now.Add(lookEvery)
		c.renew()
	}
	return c.pair, nil
}

// renew looks at the files again, and tells what it found when that is news.
func (c *certificate) renew() {
	was := c.pair
	err := c.read()
	switch {
	case err == nil && c.pair != was:
		c.log.Info("certificate renewed", "not_after", c.pair.Leaf.NotAfter, "file", c.certFile)
	case err != nil && err.Error() != c.fault:
		c.log.Error("the certificate's files were changed and make no pair; the one read before stays in use", "error", err, "not_after", c.pair.Leaf.NotAfter)
	}
	c.fault = ""
	if err != nil {
		c.fault = err.Error()
	}
}

// config is how connections are secured: Go's choice of ciphers and curves, and nothing older than TLS 1.2.
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
}
