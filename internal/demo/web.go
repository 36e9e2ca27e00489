package demo

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// page is a request to a service of the shop.
type page struct {
	service *service
	method  string
	route   string
	path    string // "" is the route
	query   string
	more    attrs
}

// arrives starts a trace with a request from outside.
func (st *story) arrives(at time.Duration, p page, handle func(*span) (status int)) *span {
	return st.trace(at, p.span(st), func(s *span) { p.serve(s, handle) })
}

// span is the server's span of the request.
func (p page) span(st *story) span {
	path := p.path
	if path == "" {
		path = p.route
	}
	s := span{service: p.service, kind: server, name: p.method + " " + p.route, begin: attrs{
		kv("http.request.method", p.method), kv("http.route", p.route), kv("url.path", path), kv("url.scheme", "https"),
		kv("network.protocol.version", "1.1"), kv("client.address", fmt.Sprintf("192.0.2.%d", 1+st.IntN(250))),
		kv("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0")}}
	target := path
	if p.query != "" {
		s.begin = append(s.begin, kv("url.query", p.query))
		target += "?" + p.query
	}
	switch p.service.language {
	case "python":
		s.scope, s.message = fastapi, p.method+" "+target
		s.begin = append(s.begin, kv("server.address", "shop.teahouse.example"), kv("url.full", "https://shop.teahouse.example"+target))
	case "go":
		s.scope = otelhttp
	default:
		s.scope = nodeHTTP
	}
	s.begin = append(s.begin, p.more...)
	return s
}

// serve handles the request inside its span.
func (p page) serve(s *span, handle func(*span) (status int)) {
	s.work(700 * time.Microsecond)
	status := handle(s)
	s.work(400 * time.Microsecond)
	s.set(kv("http.response.status_code", status))
	switch {
	case status >= 500:
		s.failed = true
	case status >= 400 && p.service.logfire:
		s.level = levelWarn
	}
	s.measure(requestDuration, (s.clock - s.start).Seconds(), kv("http.request.method", p.method), kv("http.route", p.route),
		kv("http.response.status_code", status))
}

// exchange is a request of one program to another, with what Logfire's capture_all records of it.
type exchange struct {
	method, url string
	send        any // body; nil has none
	secret      bool
	receive     any // body of the answer
	status      int
	headers     attrs // more of the answer's
}

// calls does a request with httpx. answer is what happens on the other side while it waits.
func (s *span) calls(e exchange, answer func(request *span)) *span {
	host, path, _ := strings.Cut(strings.TrimPrefix(e.url, "https://"), "/")
	begin := attrs{kv("http.request.method", e.method), kv("url.full", e.url), kv("server.address", host), kv("network.protocol.version", "1.1"),
		kv("http.request.header.host", []string{host}), kv("http.request.header.accept", []string{"application/json"}),
		kv("http.request.header.user-agent", []string{"python-httpx/0.28.1"})}
	if e.secret {
		begin = append(begin, kv("http.request.header.authorization", []string{"[Scrubbed due to 'auth']"}),
			kv("logfire.scrubbed", `[{"path":["attributes","http.request.header.authorization"],"matched_substring":"auth"}]`))
	}
	if e.send != nil {
		body := text(e.send)
		begin = append(begin, kv("http.request.header.content-type", []string{"application/json"}),
			kv("http.request.header.content-length", []string{strconv.Itoa(len(body))}), attr{"http.request.body.text", body, `{"type":"object"}`})
	}
	request := s.in(span{scope: httpx, kind: client, name: e.method, message: e.method + " " + host + "/" + path, begin: begin}, func(request *span) {
		request.work(1200 * time.Microsecond)
		answer(request)
		request.work(900 * time.Microsecond)
		if request.failed {
			return // there was no answer
		}
		request.set(kv("http.response.status_code", e.status), kv("http.response.header.content-type", []string{"application/json"}),
			kv("http.response.header.x-request-id", []string{"req_" + s.story.word(16)}))
		request.set(e.headers...)
		if e.status >= 400 {
			request.failed, request.failure = true, http.StatusText(e.status)
		}
	})
	if e.receive != nil && !request.failed {
		request.receives(e.receive, s)
	}
	return request
}

// receives reads the body of an answer: Logfire's SDK records that as a child which lies after the request, as that ends
// when the headers are there.
func (request *span) receives(body any, caller *span) {
	child := request.adopt(&span{scope: logfireHTTP, name: "Reading response body", message: "Reading response body",
		begin: attrs{{"http.response.body.text", text(body), `{"type":"object"}`}}})
	request.story.add(child, caller.clock, func(c *span) { c.work(600 * time.Microsecond) })
	caller.clock = child.end
}

// asks lets another service handle a request of this one.
func (s *span) asks(p page, handle func(*span) int) {
	s.work(1500 * time.Microsecond)
	s.in(p.span(s.story), func(served *span) { p.serve(served, handle) })
	s.work(1500 * time.Microsecond)
}

// sql runs a statement with SQLAlchemy.
func (s *span) sql(statement string, median time.Duration) *span {
	operation, _, _ := strings.Cut(statement, " ")
	return s.do(span{scope: sqlalchemy, kind: client, name: operation + " shop", begin: attrs{
		kv("db.system", "postgresql"), kv("db.name", "shop"), kv("db.user", "storefront"), kv("db.statement", statement),
		kv("net.peer.name", "db-1.teahouse.internal"), kv("net.peer.port", 5432)}}, median)
}

// pgx runs a statement in a Go service, with the newer names.
func (s *span) pgx(statement string, median time.Duration) {
	operation, _, _ := strings.Cut(statement, " ")
	s.in(span{scope: otelpgx, kind: client, name: "query " + operation, begin: attrs{
		kv("db.system.name", "postgresql"), kv("db.namespace", "orders"), kv("db.query.text", statement), kv("db.operation.name", operation),
		kv("server.address", "db-2.teahouse.internal"), kv("server.port", 5432)}}, func(s *span) {
		s.work(median)
		s.measure(queryLength, (s.clock - s.start).Seconds(), kv("db.system.name", "postgresql"), kv("db.operation.name", operation))
	})
}

// cached asks the cache, and does the work if it does not know.
func (s *span) cached(key string, misses func()) {
	command := func(operation, statement string) {
		s.do(span{scope: redis, kind: client, name: operation, message: statement, begin: attrs{kv("db.system", "redis"), kv("db.statement", statement),
			kv("db.redis.database_index", 0), kv("net.peer.name", "cache.teahouse.internal"), kv("net.peer.port", 6379)}}, 450*time.Microsecond)
	}
	command("GET", "GET "+key)
	if !s.story.once(3) {
		return
	}
	s.say(levelDebug, "cache miss for {key}", arg("key", key))
	misses()
	command("SETEX", "SETEX "+key+" 300 ?")
}
