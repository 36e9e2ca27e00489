package alert

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"strconv"

	"github.com/wneessen/go-mail"

	"github.com/hearth-dev/hearth/internal/meta"
)

// Mail is a server that takes mail.
type Mail struct {
	host     string
	port     int
	implicit bool // TLS from the first byte
	user     string
	password string
	from     string
}

// Ports of mail servers where a URL names none.
const (
	submissionPort  = 587
	submissionsPort = 465
)

// ParseMail reads the address of a mail server: smtp://USER:PASSWORD@HOST:PORT takes TLS when the server offers it, and
// insists on it when there is a password; on this machine it takes none. smtps:// begins with TLS. from is whom mail comes
// from.
func ParseMail(address, from string) (*Mail, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return nil, errors.New("must be smtp://USER:PASSWORD@HOST:PORT or smtps://…")
	}
	sender, err := netmail.ParseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("the sender %q must be an address such as hearth@example.com", from)
	}
	m := &Mail{host: u.Hostname(), port: submissionPort, implicit: u.Scheme == "smtps", user: u.User.Username(), from: sender.String()}
	m.password, _ = u.User.Password()
	if m.implicit {
		m.port = submissionsPort
	}
	if text := u.Port(); text != "" {
		if m.port, err = strconv.Atoi(text); err != nil || m.port > 65535 {
			return nil, fmt.Errorf("%q is not a port", text)
		}
	}
	return m, nil
}

// errNoMail is told where mail is to be sent and the server has been given no way to.
var errNoMail = &SendError{Text: "no mail server is configured: start Hearth with --smtp-url and --smtp-from", Final: true}

// send makes one attempt.
func (m *Mail) send(ctx context.Context, c *meta.Channel, id string, message Message) error {
	if m == nil {
		return errNoMail
	}
	ctx, cancel := context.WithTimeout(ctx, attemptWithin)
	defer cancel()
	letter, err := m.letter(c, id, message)
	if err != nil {
		return &SendError{Text: oneLine(err.Error()), Final: true}
	}
	client, err := mail.NewClient(m.host, m.options()...)
	if err != nil {
		return &SendError{Text: oneLine(err.Error()), Final: true}
	}
	if err := client.DialAndSendWithContext(ctx, letter); err != nil {
		return m.refusal(ctx, err)
	}
	return nil
}

// options say how to connect. On this machine nobody listens on the way, and certificates of local servers are seldom in
// order: neither is asked for.
func (m *Mail) options() []mail.Option {
	o := []mail.Option{mail.WithPort(m.port), mail.WithTimeout(attemptWithin)}
	authentication := mail.SMTPAuthAutoDiscover
	switch {
	case m.implicit:
		o = append(o, mail.WithSSL())
	case isThisMachine(m.host):
		o = append(o, mail.WithTLSPolicy(mail.NoTLS))
		authentication = mail.SMTPAuthPlainNoEnc
	case m.password != "":
		o = append(o, mail.WithTLSPolicy(mail.TLSMandatory))
	default:
		o = append(o, mail.WithTLSPolicy(mail.TLSOpportunistic))
	}
	if m.user != "" {
		o = append(o, mail.WithSMTPAuth(authentication), mail.WithUsername(m.user), mail.WithPassword(m.password))
	}
	return o
}

func isThisMachine(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// letter is the message with text and HTML. The library encodes headers, so that nothing in them ends a line.
func (m *Mail) letter(c *meta.Channel, id string, message Message) (*mail.Msg, error) {
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(letter.From(m.from), letter.To(c.Config.Recipients()...)); err != nil {
		return nil, err
	}
	letter.Subject(message.Subject)
	letter.SetDate()
	letter.SetMessageIDWithValue(id + "@hearth") // the same for each attempt, so that programs show repeats once
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetBodyString(mail.TypeTextPlain, message.Text)
	letter.AddAlternativeString(mail.TypeTextHTML, message.HTML)
	return letter, nil
}

// refusal tells what the mail server said.
func (m *Mail) refusal(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &SendError{Text: fmt.Sprintf("the mail server did not take it within %v", attemptWithin)}
	}
	e := &SendError{Text: clip(oneLine(err.Error()), 300)}
	if refused, ok := errors.AsType[*mail.SendError](err); ok {
		e.Final = refused.ErrorCode() >= 500
	}
	return e
}
