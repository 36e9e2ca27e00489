package alert

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
)

// The headers of a webhook's requests.
const (
	// HeaderDelivery is the same for each attempt to deliver one message, so that receivers can tell repeats.
	HeaderDelivery = "Hearth-Delivery"
	// HeaderSignature is t=SECONDS,v1=HEX: the HMAC-SHA256 under the channel's secret of "SECONDS." and the body.
	HeaderSignature = "Hearth-Signature"
)

// Sign returns the value of HeaderSignature.
func Sign(secret string, at time.Time, body []byte) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(seconds + "."))
	mac.Write(body)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// formatOf returns the format that auto stands for at an address.
func formatOf(c *meta.ChannelConfig) meta.WebhookFormat {
	if c.Format != meta.FormatAuto {
		return c.Format
	}
	u, err := url.Parse(c.Address)
	if err != nil {
		return meta.FormatRaw
	}
	switch host := strings.ToLower(u.Hostname()); {
	case host == "hooks.slack.com" || host == "hooks.slack-gov.com":
		return meta.FormatSlackBlocks
	case (host == "discord.com" || host == "discordapp.com") && strings.HasSuffix(u.Path, "/slack"):
		return meta.FormatSlackLegacy // what Discord understands of Slack's formats
	}
	return meta.FormatRaw
}

// Payload returns the body of a webhook's request. It is the only place that makes one.
func Payload(format meta.WebhookFormat, n *Notice, origin string) []byte {
	switch format {
	case meta.FormatSlackBlocks:
		return compact(slackBlocks(n, origin))
	case meta.FormatSlackLegacy:
		return compact(map[string]any{"text": slackText(n, origin)})
	}
	return compact(rawData(n, origin))
}

// compact writes JSON without escapes that only HTML needs.
func compact(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err) // plain values
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// rawBody is the body of the format raw-data, as docs/alerts.md describes it.
type rawBody struct {
	Event        string    `json:"event"`
	Subject      string    `json:"subject"`
	Text         string    `json:"text"`
	Organization string    `json:"organization"`
	Project      string    `json:"project"`
	Alert        rawAlert  `json:"alert"`
	ScheduledAt  time.Time `json:"scheduled_at"`
	Window       rawWindow `json:"window"`
	Rows         int       `json:"rows"`
	Result       *Result   `json:"result"`
}

type rawAlert struct {
	ID          *string `json:"id"` // null for an alert that is not saved
	Name        string  `json:"name"`
	Description string  `json:"description"`
	URL         string  `json:"url"`
}

type rawWindow struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	URL  string    `json:"url"`
}

func rawData(n *Notice, origin string) rawBody {
	m, links := Compose(n, origin), n.links(origin)
	body := rawBody{
		Event: "alert." + string(n.Kind), Subject: m.Subject, Text: m.Text, Organization: n.Organization, Project: n.Project,
		Alert:       rawAlert{Name: n.AlertName, Description: n.Description, URL: links[0].URL},
		ScheduledAt: n.ScheduledAt, Window: rawWindow{From: n.From, To: n.To, URL: links[len(links)-1].URL}, Rows: n.Rows, Result: n.Result,
	}
	if n.AlertID != "" {
		body.Alert.ID = &n.AlertID
	}
	return body
}

// Slack refuses texts that are longer; both leave room for what stands around them.
const (
	slackHeading = 150
	slackSection = 2900
)

// slackBlocks is a message in Slack's Block Kit. text is what notifications show.
func slackBlocks(n *Notice, origin string) map[string]any {
	section := func(text string) map[string]any {
		return map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": text}}
	}
	m := Compose(n, origin)
	blocks := []map[string]any{
		{"type": "header", "text": map[string]any{"type": "plain_text", "text": clip(m.Subject, slackHeading)}},
		section(slackPlain(clip(n.Sentence, slackSection))),
	}
	if n.Description != "" {
		blocks = append(blocks, section(slackMarkdown(n.Description)))
	}
	if n.Result != nil {
		blocks = append(blocks, section(n.slackTable()))
	}
	blocks = append(blocks, section(n.slackLinks(origin)))
	return map[string]any{"text": slackPlain(m.Subject + " – " + clip(n.Sentence, slackSection)), "blocks": blocks}
}

// slackText is a message for what understands Slack's older format: one text.
func slackText(n *Notice, origin string) string {
	parts := []string{"*" + slackPlain(Compose(n, origin).Subject) + "*", slackPlain(n.Sentence)}
	if n.Description != "" {
		parts = append(parts, slackMarkdown(n.Description))
	}
	if n.Result != nil {
		parts = append(parts, n.slackTable())
	}
	return strings.Join(append(parts, n.slackLinks(origin)), "\n")
}

func (n *Notice) slackTable() string {
	return fence + "\n" + slackPlain(clip(strings.TrimSuffix(n.table(), "\n"), slackSection-500)) + "\n" + fence
}

func (n *Notice) slackLinks(origin string) string {
	var texts []string
	for _, l := range n.links(origin) {
		texts = append(texts, "<"+l.URL+"|"+l.Label+">")
	}
	return strings.Join(texts, " · ")
}

// fence stands around text that Slack draws with letters of one width.
const fence = "```"

var slackEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// slackPlain keeps text from becoming a link or a mention, such as <!channel>, and from opening or closing a fence.
func slackPlain(text string) string {
	return slackEscapes.Replace(strings.ReplaceAll(plain(text), fence, "'''"))
}

// slackMarkdown is a description: as slackPlain, but with the fences that whoever wrote it has closed.
func slackMarkdown(text string) string {
	text = plain(clip(strings.TrimSpace(text), slackSection))
	if strings.Count(text, fence)%2 != 0 {
		return slackPlain(text)
	}
	return slackEscapes.Replace(text)
}

// clip cuts a text to at most n characters.
func clip(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}

// webhooks sends requests to webhooks.
type webhooks struct {
	client  *http.Client
	version string
	now     func() time.Time
}

// attemptWithin bounds one attempt of any channel.
const attemptWithin = 10 * time.Second

func newWebhooks(version string, now func() time.Time) *webhooks {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 1
	return &webhooks{version: version, now: now, client: &http.Client{
		Transport: transport,
		// A message is for the address that somebody wrote down, and for no other.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (w *webhooks) close() { w.client.CloseIdleConnections() }

// send makes one attempt.
func (w *webhooks) send(ctx context.Context, c *meta.Channel, id string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, attemptWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Config.Address, bytes.NewReader(body))
	if err != nil {
		return &SendError{Text: "the address is no URL", Final: true}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Hearth/"+w.version)
	req.Header.Set(HeaderDelivery, id)
	if c.Secret != "" { // a channel that is tried before it is saved has none
		req.Header.Set(HeaderSignature, Sign(c.Secret, w.now(), body))
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return connectionError(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }() // the status has come; nothing else matters
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	return answerError(resp, said)
}

// connectionError tells why there is no answer, without the address: for many receivers it is the secret.
func connectionError(ctx context.Context, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &SendError{Text: fmt.Sprintf("no answer within %v", attemptWithin)}
	}
	return &SendError{Text: oneLine(err.Error())}
}

// answerError tells what an answer means: anything but 2xx is a failure, and most of 4xx will not change.
func answerError(resp *http.Response, said []byte) error {
	status := resp.StatusCode
	if status >= 200 && status < 300 {
		return nil
	}
	e := &SendError{Text: "the receiver answered " + strings.TrimSpace(strconv.Itoa(status)+" "+http.StatusText(status))}
	switch {
	case status >= 300 && status < 400:
		e.Text += ": redirects are not followed; give the address that it leads to"
		e.Final = true
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500:
		e.After = retryAfter(resp)
	default:
		e.Final = true
	}
	if text := clip(oneLine(string(said)), 200); text != "" && status >= 400 {
		e.Text += ": " + text
	}
	return e
}

// retryAfter reads how long a receiver asks to be left alone, up to an hour.
func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, time.Hour)
}
