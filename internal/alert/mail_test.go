package alert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/hearth-dev/hearth/internal/meta"
)

// mailbox is a real SMTP server on loopback that keeps what it takes.
type mailbox struct {
	address string

	mu      sync.Mutex // guards what follows
	letters []letter
	users   []string
	refuse  error // of every recipient
}

// letter is a message with its envelope.
type letter struct {
	from string
	to   []string
	data string
}

// session is one connection to a mailbox.
type session struct {
	box *mailbox
	letter
}

func (s *session) Reset()        { s.letter = letter{} }
func (s *session) Logout() error { return nil }
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return s.box.refuse
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.data = string(data)
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.letters = append(s.box.letters, s.letter)
	return err
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "hearth" || password != "p@ss word" {
			return errors.New("wrong password")
		}
		s.box.mu.Lock()
		defer s.box.mu.Unlock()
		s.box.users = append(s.box.users, user)
		return nil
	}), nil
}

func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	box := &mailbox{}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{box: box}, nil }))
	server.AllowInsecureAuth = true
	server.ErrorLog = log.New(io.Discard, "", 0)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box.address = listener.Addr().String()
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
	return box
}

func parseMail(t *testing.T, address string) *Mail {
	t.Helper()
	m, err := ParseMail(address, "Hearth <hearth@example.com>")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// parts returns the bodies of a letter by their media type.
func parts(t *testing.T, data string) (netmail.Header, map[string]string) {
	t.Helper()
	message, err := netmail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	kind, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %s: %v", kind, err)
	}
	bodies := map[string]string{}
	reader := multipart.NewReader(message.Body, parameters["boundary"])
	for {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return message.Header, bodies
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		bodies[kind] = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
}

func TestMailIsWhatThePreviewShows(t *testing.T) {
	t.Parallel()
	box := newMailbox(t)
	s := newSenders(t, parseMail(t, "smtp://hearth:p%40ss%20word@"+box.address))
	c := &meta.Channel{Config: meta.ChannelConfig{Type: meta.EmailChannel, Address: "ana@example.com, bo@example.com"}}
	for name, n := range notices() {
		if err := s.Send(t.Context(), c, "delivery-"+name, n); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := box.letters[len(box.letters)-1]
		if got.from != "hearth@example.com" || strings.Join(got.to, " ") != "ana@example.com bo@example.com" {
			t.Errorf("%s: from %s to %s", name, got.from, got.to)
		}
		header, bodies := parts(t, got.data)
		want := Compose(n, origin)
		subject, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
		if err != nil || subject != want.Subject || bodies["text/plain"] != want.Text || bodies["text/html"] != want.HTML {
			t.Errorf("%s: subject %q, %v, bodies %q", name, subject, err, bodies)
		}
		for key, value := range map[string]string{
			"Message-Id": "<delivery-" + name + "@hearth>", "From": `"Hearth" <hearth@example.com>`, "Auto-Submitted": "auto-generated", "Bcc": "",
		} {
			if header.Get(key) != value {
				t.Errorf("%s: %s is %q", name, key, header.Get(key))
			}
		}
	}
	if len(box.users) != len(notices()) {
		t.Errorf("%d of %d signed in", len(box.users), len(notices()))
	}
}

func TestWhatMailServersRefuse(t *testing.T) {
	t.Parallel()
	box := newMailbox(t)
	c := &meta.Channel{Config: meta.ChannelConfig{Type: meta.EmailChannel, Address: "ana@example.com"}}
	check := func(m *Mail, final bool, text string) {
		t.Helper()
		err := newSenders(t, m).Send(t.Context(), c, "d", notices()["test"])
		refused, ok := errors.AsType[*SendError](err)
		if !ok || refused.Final != final || !strings.Contains(refused.Text, text) || strings.Contains(refused.Text, "p@ss") {
			t.Errorf("%+v, want final %v and %q", err, final, text)
		}
	}
	check(nil, true, "--smtp-url")
	check(parseMail(t, "smtp://hearth:wrong@"+box.address), false, "wrong password") // it may be put right
	box.refuse = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	check(parseMail(t, "smtp://"+box.address), true, "no such user")
	box.refuse = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "come again"}
	check(parseMail(t, "smtp://"+box.address), false, "come again")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := listener.Addr().String()
	_ = listener.Close()
	check(parseMail(t, "smtp://"+gone), false, "refused")
}

// A password is for no server that cannot prove who it is.
func TestATLSServerNobodyKnowsGetsNoPassword(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{box: &mailbox{}}, nil }))
	server.ErrorLog = log.New(io.Discard, "", 0)
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
	c := &meta.Channel{Config: meta.ChannelConfig{Type: meta.EmailChannel, Address: "ana@example.com"}}
	err = newSenders(t, parseMail(t, "smtps://hearth:p%40ss%20word@"+listener.Addr().String())).Send(t.Context(), c, "d", notices()["test"])
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("%v", err)
	}
}

func TestAddressesOfMailServers(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]Mail{
		"smtp://mail.example.com":            {host: "mail.example.com", port: 587},
		"smtp://u:p%3Aq@mail.example.com:25": {host: "mail.example.com", port: 25, user: "u", password: "p:q"},
		"smtps://u@mail.example.com":         {host: "mail.example.com", port: 465, user: "u", implicit: true},
		"smtp://[::1]:2525":                  {host: "::1", port: 2525},
	} {
		want.from = `"Hearth" <hearth@example.com>`
		if got := parseMail(t, address); *got != want {
			t.Errorf("%s = %+v", address, *got)
		}
	}
	for _, c := range []struct{ address, from string }{
		{"mail.example.com:25", "a@b.c"}, {"http://mail.example.com", "a@b.c"}, {"smtp://", "a@b.c"}, {"smtp://mail.example.com/x", "a@b.c"},
		{"smtp://mail.example.com:99999", "a@b.c"}, {"smtp://mail.example.com", ""}, {"smtp://mail.example.com", "nobody"}, {"", "a@b.c"},
	} {
		if m, err := ParseMail(c.address, c.from); err == nil {
			t.Errorf("%q, %q = %+v", c.address, c.from, m)
		}
	}
	if err := func() error { _, err := ParseMail("smtp://u:secret@", "a@b.c"); return err }(); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("the error tells the password: %v", err)
	}
}
