package query

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// DefaultBaseURL is where a Hearth that was started without options listens.
const DefaultBaseURL = "http://127.0.0.1:4318"

// Client asks a Hearth server. The zero value asks the one on this machine. A Client is safe for concurrent use as long
// as its fields do not change.
type Client struct {
	// BaseURL is the server's origin; empty is DefaultBaseURL. Its path, if any, is ignored: Hearth lives at the root.
	BaseURL string
	// Token is a read token. A server in local mode needs none and then answers about the project default.
	Token string
	// Project names the project to ask about, where no token does: in local mode. It is the name of a project of the organisation
	// local, or organisation/name, or an id. Empty is the token's, or default.
	Project string
	// HTTPClient does the requests; nil is http.DefaultClient. A Timeout in it also ends tails: bound ctx instead.
	HTTPClient *http.Client
}

// Error is an answer of the server that is not a success. Other errors mean that there was no answer.
type Error struct {
	Status   int    // HTTP status: 400 a mistake in the SQL, 422 in other parameters, 401 in the token, 503 come again
	Detail   string // what is wrong, in the server's words
	Position int    // 1-based offset in characters into the SQL; 0 when unknown
	Hint     string // what to write instead; may be empty
	Code     string // PostgreSQL's SQLSTATE, such as 42703; may be empty
	// RetryAfter is how long the server asks to wait before the next try; 0 when it does not say.
	RetryAfter time.Duration
}

// Error returns the status and the detail.
func (e *Error) Error() string {
	detail := e.Detail
	if detail == "" {
		detail = http.StatusText(e.Status)
	}
	return fmt.Sprintf("server answers %d: %s", e.Status, detail)
}

// Temporary tells whether the same request may succeed later.
func (e *Error) Temporary() bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	}
	return e.Status >= 500 && e.Status != http.StatusNotImplemented
}

func (c *Client) httpClient() *http.Client {
	if c.HTTPClient != nil {
		return c.HTTPClient
	}
	return http.DefaultClient
}

// endpoint returns the URL of an absolute path of the server.
func (c *Client) endpoint(path string, query url.Values) (string, error) {
	base := c.BaseURL
	if base == "" {
		base = DefaultBaseURL
	}
	u, err := url.Parse(base)
	if err != nil {
		return "", fmt.Errorf("base URL: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return "", fmt.Errorf("base URL %q: must look like %s", base, DefaultBaseURL)
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: path, RawQuery: query.Encode()}).String(), nil
}

// do sends a request and returns its answer, whose body the caller closes. An answer other than 200 is an *Error.
func (c *Client) do(ctx context.Context, method, path string, query url.Values, header http.Header, body []byte) (*http.Response, error) {
	endpoint, err := c.endpoint(path, query)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "hearth-sdk-query")
	for name, values := range header {
		req.Header[name] = values
	}
	if c.Project != "" {
		req.Header.Set("X-Hearth-Project", c.Project)
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	resp, err := c.httpClient().Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, errors.Join(ReadError(resp), resp.Body.Close())
	}
	return resp, nil
}

// maxErrorBytes is how much of an error's body is read. Ours are short; a proxy's page need not be read whole.
const maxErrorBytes = 64 << 10

// ReadError reads an answer that is not a success: an *Error, unless reading fails. It serves calls to endpoints for which
// this package has no method. The body stays open.
func ReadError(resp *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBytes))
	if err != nil {
		return fmt.Errorf("read the server's error: %w", err)
	}
	e := &Error{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header.Get("Retry-After"))}
	if media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err == nil && media == "text/html" {
		return e // some proxy's page tells a reader nothing that the status does not
	}
	e.parse(body)
	return e
}

// parse fills the error from a body such as {"detail": "…", "position": 8} or {"detail": [{"loc": …, "msg": …}]}, and
// takes what is not of that shape as the detail.
func (e *Error) parse(body []byte) {
	var answer struct {
		Detail   json.RawMessage `json:"detail"`
		Position int             `json:"position"`
		Hint     string          `json:"hint"`
		Code     string          `json:"code"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Detail == nil {
		e.Detail = strings.TrimSpace(string(body))
		return
	}
	e.Position, e.Hint, e.Code = answer.Position, answer.Hint, answer.Code
	var problems []struct {
		Loc []any  `json:"loc"`
		Msg string `json:"msg"`
	}
	switch {
	case json.Unmarshal(answer.Detail, &e.Detail) == nil:
	case json.Unmarshal(answer.Detail, &problems) == nil:
		var texts []string
		for _, p := range problems {
			texts = append(texts, problemText(p.Loc, p.Msg))
		}
		e.Detail = strings.Join(texts, "; ")
	default:
		e.Detail = string(answer.Detail)
	}
}

// problemText names the field of a validation error: the last step of its location.
func problemText(loc []any, msg string) string {
	if len(loc) == 0 {
		return msg
	}
	return fmt.Sprintf("%v: %s", loc[len(loc)-1], msg)
}

// retryAfter reads the header's form in seconds, which is the one that Hearth sends.
func retryAfter(header string) time.Duration {
	seconds, err := strconv.Atoi(header)
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
