package otlp

import (
	"encoding/hex"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"
	"unsafe"

	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/sdk/prices"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/valyala/fastjson"
	"github.com/zeebo/xxh3"
)

// Options configure the package. The zero value works.
type Options struct {
	// MaxAge returns how old what a project is sent may be when it arrives; 0 means any age. nil is any age.
	MaxAge func(project string, signal record.Signal) time.Duration
	// MaxAhead is how far ahead of the server's clock a record may be; 0 means any distance.
	MaxAhead time.Duration

	Limits     Limits                // nil limits nothing
	Journal    *Journal              // nil has one that nobody reads
	Logger     *slog.Logger          // nil discards
	Registerer prometheus.Registerer // nil means no metrics
}

// Decoder turns OTLP requests into batches. It is safe for concurrent use.
type Decoder struct {
	states sync.Pool // of *decoding
}

// NewDecoder returns a Decoder that works out what model calls cost with a table of prices, if it is not nil.
func NewDecoder(table *prices.Table) *Decoder {
	d := &Decoder{}
	d.states.New = func() any { return &decoding{keys: keys{}, schemas: map[string]*schema{}, prices: table} }
	return d
}

// Decode maps a request. It is a pure function: the same request and the same prices give the same batch, ids included. The
// batch shares no memory with the request. Refused is nil when everything was taken; what it counts is also in the
// batch, as a record that tells people about it. An error means that the body is no OTLP of its signal and encoding.
func (d *Decoder) Decode(req *record.Request) (*record.Batch, *Refused, error) {
	batch, refused, _, err := d.decode(req)
	return batch, refused, err
}

// decode is Decode, and tells of how many records something was cut off.
func (d *Decoder) decode(req *record.Request) (_ *record.Batch, _ *Refused, cut int, err error) {
	state := d.states.Get().(*decoding)
	defer d.release(state)
	state.start(req)

	body := req.Body
	if req.Encoding == record.JSON {
		if body, err = transcode(req.Signal, body); err != nil {
			return nil, nil, 0, fmt.Errorf("decode OTLP %s in JSON %w", req.Signal, err)
		}
	}
	state.arena.reset(len(body) + len(body)/4)
	switch req.Signal {
	case record.Traces:
		err = state.traces(body)
	case record.Logs:
		err = state.logs(body)
	case record.Metrics:
		err = state.metrics(body)
	default:
		err = fmt.Errorf("signal %d is unknown", req.Signal)
	}
	if err != nil {
		return nil, nil, 0, fmt.Errorf("decode OTLP %s: %w", req.Signal, err)
	}
	refused := state.finish()
	return state.batch, refused, state.cut, nil
}

// maxKeptScratch is how much scratch memory a state may hold between requests.
const maxKeptScratch = 1 << 20

func (d *Decoder) release(s *decoding) {
	if cap(s.small)+cap(s.large)+cap(s.scratch)+cap(s.events)+cap(s.links) > maxKeptScratch {
		return
	}
	// Whatever the state still refers to in the body or the batch would stay in memory with it.
	s.batch, s.req, s.arena, s.origin, s.refusals = nil, nil, arena{}, nil, nil
	s.lastTraceID, s.resourceExtra, s.scopeExtra = "", nil, nil
	clear(s.schemas)
	clear(s.hot[:cap(s.hot)])
	s.attributes.release()
	s.eventAttributes.release()
	s.eventMessages, s.linkMessages = forget(s.eventMessages), forget(s.linkMessages)
	if s.parsedBytes > maxKeptScratch {
		s.jsonParser = fastjson.Parser{}
	}
	s.parsedBytes = 0
	d.states.Put(s)
}

// maxKeptList is how many elements a list may have between requests: all of them are cleared each time.
const maxKeptList = 1024

// forget returns list empty and without references, for use again.
func forget[T any](list []T) []T {
	if cap(list) > maxKeptList {
		return nil
	}
	clear(list[:cap(list)])
	return list[:0]
}

// decoding is the state of one Decode. It is pooled for its scratch memory.
type decoding struct {
	req   *record.Request
	batch *record.Batch
	arena arena

	earliest, latest int64 // bounds on times, Unix nanoseconds
	refusals         []refusal
	rejected         int
	parts            int // see maxParts
	cut              int // records of which something was cut off

	prices *prices.Table // nil: costs are not worked out
	calls  int           // model calls of this request that have a cost

	keys    keys
	sets    uint64 // attribute sets read so far, see key.seen
	schemas map[string]*schema

	origin                    *record.Origin // of the current scope
	resourceExtra, scopeExtra []byte         // parts of Record.Extra

	lastTraceID string // hex, often the same for many spans on end
	minted      uint64

	attributes      attributes // of the current span, log or point
	eventAttributes attributes // of the current span event
	eventMessages   [][]byte   // of the current span
	linkMessages    [][]byte   // of the current span

	jsonParser  fastjson.Parser
	parsedBytes int // of schemas of this request, see maxSchemas

	// Scratch buffers. What is kept is copied to the arena.
	small, large, events, links, extra, scratch []byte
	hot                                         []record.HotValue
}

func (d *decoding) start(req *record.Request) {
	d.req = req
	d.batch = &record.Batch{Project: req.Project, Arrived: req.Arrived, Digest: digestOf(req)}
	d.rejected, d.minted, d.parts, d.calls, d.cut = 0, 0, 0, 0, 0
	d.earliest, d.latest = 0, math.MaxInt64
	now := req.Arrived.UnixNano()
	if req.MaxAge > 0 {
		d.earliest = now - int64(req.MaxAge)
	}
	if req.MaxAhead > 0 {
		d.latest = now + int64(req.MaxAhead)
	}
}

func digestOf(req *record.Request) record.Digest {
	return record.Digest(xxh3.Hash128(req.Body).Bytes())
}

const (
	recordSize   = int(unsafe.Sizeof(record.Record{}))
	metricSize   = int(unsafe.Sizeof(record.Metric{}))
	hotValueSize = int(unsafe.Sizeof(record.HotValue{}))
)

// finish adds what is told about refusals and estimates the memory.
func (d *decoding) finish() *Refused {
	refused := d.refusedSummary()
	if d.calls > 1 {
		d.countOnce()
	}
	b := d.batch
	b.Bytes = d.arena.bytes + cap(b.Records)*recordSize + cap(b.Metrics)*metricSize
	for i := range b.Records {
		b.Bytes += cap(b.Records[i].Tags) * int(unsafe.Sizeof(""))
	}
	for i := range b.Metrics {
		m := &b.Metrics[i]
		b.Bytes += 4*(cap(m.BucketCounts)+cap(m.PositiveCounts)+cap(m.NegativeCounts)) + 8*cap(m.ExplicitBounds)
	}
	return refused
}

// mint returns n hex digits that nobody sent, the same ones whenever this request is decoded.
func (d *decoding) mint(n int) string {
	d.minted++
	var seed [24]byte
	copy(seed[:], d.batch.Digest[:])
	for i := range 8 {
		seed[16+i] = byte(d.minted >> (8 * i))
	}
	return d.hexID(seed[:], n)
}

// hexID returns the first n hex digits, at most 32, of a hash of seed; never all zero, which means "no id" in OTLP.
func (d *decoding) hexID(seed []byte, n int) string {
	id := xxh3.Hash128(seed).Bytes()
	id[0] |= 1
	return d.arena.hex(id[:n/2])
}

// traceID returns the hex form of an id.
func (d *decoding) traceID(id []byte) string {
	if len(d.lastTraceID) == 2*len(id) && len(id) == traceIDLength {
		var digits [2 * traceIDLength]byte
		hex.Encode(digits[:], id)
		if view(digits[:]) == d.lastTraceID {
			return d.lastTraceID
		}
	}
	d.lastTraceID = d.arena.hex(id)
	return d.lastTraceID
}

const (
	traceIDLength = 16
	spanIDLength  = 8
)

// validID tells whether id has that length and is not all zero.
func validID(id []byte, length int) bool {
	if len(id) != length {
		return false
	}
	for _, b := range id {
		if b != 0 {
			return true
		}
	}
	return false
}

// spanID returns the hex form of a span's id, absent when it is empty or zero.
func (d *decoding) spanID(id []byte) record.Text {
	if !validID(id, spanIDLength) {
		return record.Text{}
	}
	return record.Some(d.arena.hex(id))
}

// optional returns a copy of s, absent when it is empty.
func (d *decoding) optional(s string) record.Text {
	return record.Optional(d.arena.text(s))
}

// scopeMessage is one ResourceX.ScopeX message: the records of one origin.
type scopeMessage struct {
	scope, schemaURL []byte
	records          [][]byte
}

// scopes walks a request, which is built alike for all signals (resource: 1, scopes: 2, schema_url: 3; below them
// scope: 1, records: 2, schema_url: 3), and calls fn for the records of each scope with d.origin set.
func (d *decoding) scopes(body []byte, fn func(records [][]byte) error) error {
	f := walk(body)
	for f.next() {
		if f.num != 1 {
			continue
		}
		if err := d.part(); err != nil {
			return err
		}
		if err := d.resource(f.bytes(), fn); err != nil {
			return err
		}
	}
	return f.err
}

func (d *decoding) resource(message []byte, fn func(records [][]byte) error) error {
	var resource, schemaURL []byte
	var scopes [][]byte
	f := walk(message)
	for f.next() {
		switch f.num {
		case 1:
			resource = f.message(resource)
		case 2:
			scopes = d.collect(scopes, &f)
		case 3:
			schemaURL = f.bytes()
		}
	}
	if f.err != nil {
		return f.err
	}
	fromResource, err := d.readResource(resource, schemaURL)
	if err != nil {
		return err
	}
	for _, message := range scopes {
		s, err := d.readScope(message)
		if err != nil {
			return err
		}
		origin := *fromResource
		if err := d.addScope(&origin, s.scope, s.schemaURL); err != nil {
			return err
		}
		d.origin = &origin
		if err := fn(s.records); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoding) readScope(message []byte) (s scopeMessage, err error) {
	f := walk(message)
	for f.next() {
		switch f.num {
		case 1:
			s.scope = f.message(s.scope)
		case 2:
			s.records = d.collect(s.records, &f)
		case 3:
			s.schemaURL = f.bytes()
		}
	}
	return s, f.err
}
