package capture

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func compressed(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.Bytes()
}

// Whatever passes, what is kept is bounded, and what becomes an attribute is text.
func FuzzBody(f *testing.F) {
	f.Add([]byte(`{"a":"ä"}`), "application/json", "", 5, 2)
	f.Add([]byte("caf\xe9"), "text/plain; charset=latin1", "", 100, 100)
	f.Add([]byte("a=1&b=%zz&&=&password=x"), "application/x-www-form-urlencoded", "", 20, 3)
	f.Add(compressed(strings.Repeat("ä", 1000)), "text/plain", "gzip", 40, 7)
	f.Add([]byte("\x1f\x8b\x08"), "", "gzip", 1, 1)
	f.Add([]byte("\xf0\x9f\x94\xa5"), "text/event-stream", "identity", 3, 4)
	f.Fuzz(func(t *testing.T, data []byte, contentType, encoding string, limit, chunk int) {
		limit, chunk = max(limit, 0)%(1<<12), max(chunk, 1)
		rules := NewRules()
		rules.MaxBody = limit
		b := NewBody(&rules, http.Header{"Content-Type": {contentType}, "Content-Encoding": {encoding}})
		for rest := data; len(rest) > 0; rest = rest[min(chunk, len(rest)):] {
			b.Saw(rest[:min(chunk, len(rest))])
		}
		b.Ended(nil)
		if cap(b.kept) > limit {
			t.Fatalf("%d bytes are kept, the limit is %d", cap(b.kept), limit)
		}
		text, size, truncated, ok := b.text()
		if size != int64(len(data)) {
			t.Fatalf("size is %d, want %d", size, len(data))
		}
		if !utf8.ValidString(text) || utf8.RuneCountInString(text) > limit {
			t.Fatalf("text is %q, the limit is %d", text, limit)
		}
		if ok && !truncated && encoding == "" && b.charset == "" && text != string(data) {
			t.Fatalf("text is %q of %q, and not said to be cut", text, data)
		}
		var a attributes
		a.body(&rules, Request, b)
		for _, kv := range a.all() {
			if !utf8.ValidString(kv.Value.String()) {
				t.Fatalf("attribute %s is not text: %q", kv.Key, kv.Value.String())
			}
		}
	})
}

// Whatever the address, what is not secret stays as it is, and no value of a secret parameter is left.
func FuzzQuery(f *testing.F) {
	f.Add("a=1&key=secretvalue&b=2", "key")
	f.Add("%6bey=secretvalue&KEY=secretvalue;x", "token")
	f.Add("key&key=&=key&&%zz=1", "")
	f.Fuzz(func(t *testing.T, query, extra string) {
		rules := NewRules()
		rules.Redact(extra)
		text, secrets := rules.Query(query)
		if len(secrets) == 0 && text != valid(query) {
			t.Fatalf("%q became %q", query, text)
		}
		for pair := range strings.SplitSeq(text, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if plain, err := url.QueryUnescape(name); err == nil && utf8.ValidString(query) && rules.secretParameters[strings.ToLower(plain)] && value != "" && value != redacted {
				t.Fatalf("%q became %q", query, text)
			}
		}
		if again, _ := rules.Query(text); again != text {
			t.Fatalf("%q becomes %q", text, again)
		}
	})
}

func TestAddressesLoseOnlySecrets(t *testing.T) {
	t.Parallel()
	rules := NewRules()
	for address, want := range map[string]string{
		"https://h/p":                           "https://h/p",
		"https://h/p?q=a+b&x=%20":               "https://h/p?q=a+b&x=%20",
		"https://h/p?key=1&q=key":               "https://h/p?key=REDACTED&q=key",
		"https://h/p?%6bey=1":                   "https://h/p?%6bey=REDACTED",
		"https://h/p?key=&sig":                  "https://h/p?key=&sig",
		"https://h/p#part":                      "https://h/p",
		"https://u:p@h/p":                       "https://REDACTED:REDACTED@h/p",
		"https://h/p?X-Amz-Signature=1&a=1":     "https://h/p?X-Amz-Signature=REDACTED&a=1",
		"https://h/p?q=\xff&access_token=a=b=c": "https://h/p?q=\uFFFD&access_token=REDACTED",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		before := u.String()
		if got, _ := rules.URL(u); got != want {
			t.Errorf("%s is told as %s, want %s", address, got, want)
		}
		if u.String() != before {
			t.Errorf("%s was changed", address)
		}
	}
}

func TestHeadersAreValidText(t *testing.T) {
	t.Parallel()
	rules := NewRules()
	rules.Headers = true
	headers := http.Header{"X-Name": {"caf\xe9", "b"}, "Cookie": {"a=1", "b=2"}}
	var a attributes
	a.headers(&rules, Request, headers)
	got := map[string]any{}
	for _, kv := range a.all() {
		got[string(kv.Key)] = kv.Value.AsInterface()
	}
	want := map[string]any{
		"http.request.header.x-name": []string{"caf\uFFFD", "b"},
		"http.request.header.cookie": []string{"[Scrubbed due to 'cookie']"},
		"logfire.scrubbed":           `[{"path":["attributes","http.request.header.cookie"],"matched_substring":"cookie"}]`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if headers["X-Name"][0] != "caf\xe9" {
		t.Error("the caller's headers were changed")
	}
}

func TestRedactLeavesOtherRulesAsTheyAre(t *testing.T) {
	t.Parallel()
	one, two := NewRules(), NewRules()
	one.Redact("X-Mine")
	if !one.secretHeaders["x-mine"] || two.secretHeaders["x-mine"] || !one.secretHeaders["authorization"] {
		t.Error("rules share their names")
	}
}

// What says to be a form and cannot be read as one is text, without its secrets.
func TestSecretsOfBrokenFormsAreReplaced(t *testing.T) {
	t.Parallel()
	rules := NewRules()
	rules.MaxBody = 24
	for body, want := range map[string]string{
		"password=hush&a=%zz":                   "password=REDACTED&a=%zz",
		"password=" + strings.Repeat("hush", 9): "password=REDACTED",
	} {
		b := NewBody(&rules, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
		b.Saw([]byte(body))
		b.Ended(nil)
		var a attributes
		a.body(&rules, Request, b)
		for _, kv := range a.all() {
			if text := kv.Value.String(); strings.Contains(text, "hush") || (kv.Key == "http.request.body.text" && text != want) {
				t.Errorf("%s of %s is %s", kv.Key, body, text)
			}
		}
	}
}

func TestSecretsOfFormsAreReplacedByField(t *testing.T) {
	t.Parallel()
	rules := NewRules()
	b := NewBody(&rules, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	b.Saw([]byte("Client_Secret=hush&scope=a&scope=b&password=p"))
	b.Ended(nil)
	var a attributes
	a.body(&rules, Request, b)
	got := map[string]string{}
	for _, kv := range a.all() {
		got[string(kv.Key)] = kv.Value.String()
	}
	want := map[string]string{
		"http.request.body.form": `{"Client_Secret":"[Scrubbed due to 'client_secret']","password":"[Scrubbed due to 'password']","scope":["a","b"]}`,
		"http.request.body.size": "45",
		"logfire.json_schema":    `{"type":"object","properties":{"http.request.body.form":{"type":"object"}}}`,
		"logfire.scrubbed": `[{"path":["attributes","http.request.body.form","Client_Secret"],"matched_substring":"client_secret"},` +
			`{"path":["attributes","http.request.body.form","password"],"matched_substring":"password"}]`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
