package capture

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"unicode/utf8"
)

// Body keeps the beginning of a body that passes, and counts its bytes. It is a tap.Watcher, and safe for concurrent use.
type Body struct {
	max       int // bytes to keep
	mediaType string
	charset   string
	encoding  string

	mu    sync.Mutex // guards what follows
	kept  []byte
	size  int64
	ended bool // all of the body has passed
}

// NewBody returns a Body for a message with these headers. Of one that is not text by its type, it keeps nothing.
func NewBody(r *Rules, headers http.Header) *Body {
	b := &Body{max: max(r.MaxBody, 0), encoding: strings.ToLower(headers.Get("Content-Encoding"))}
	media, parameters, _ := mime.ParseMediaType(headers.Get("Content-Type"))
	b.mediaType, b.charset = media, strings.ToLower(parameters["charset"])
	if binary(media) {
		b.max = 0
	}
	return b
}

// binary tells whether bodies of a type are surely no text.
func binary(media string) bool {
	kind, sub, _ := strings.Cut(media, "/")
	switch kind {
	case "image", "audio", "video", "font":
		return !strings.HasSuffix(sub, "+xml")
	case "application":
		switch sub {
		case "octet-stream", "pdf", "zip", "gzip", "x-gzip", "zstd", "x-tar", "x-7z-compressed", "wasm", "msgpack", "cbor", "avro",
			"protobuf", "x-protobuf", "vnd.google.protobuf", "grpc", "grpc+proto", "vnd.amazon.eventstream",
			"vnd.apache.parquet", "vnd.apache.arrow.stream", "vnd.apache.arrow.file":
			return true
		}
	}
	return false
}

// Saw keeps what there is room for.
func (b *Body) Saw(p []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.size += int64(len(p))
	room := b.max - len(b.kept)
	if room <= 0 {
		return
	}
	p = p[:min(len(p), room)]
	if need := len(b.kept) + len(p); need > cap(b.kept) {
		grown := make([]byte, len(b.kept), min(max(need, 2*cap(b.kept)), b.max))
		copy(grown, b.kept)
		b.kept = grown
	}
	b.kept = append(b.kept, p...)
}

// Discards tells whether only the size of the body is of interest, so that its bytes need not be shown.
func (b *Body) Discards() bool { return b.max == 0 }

// Passed counts bytes that were not shown.
func (b *Body) Passed(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.size += n
}

// Ended notes whether all of the body has passed.
func (b *Body) Ended(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = err == nil
}

// Fill captures a body before it is sent, from a copy of it that open returns. size is the body's size in bytes.
func (b *Body) Fill(open func() (io.ReadCloser, error), size int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.size = size
	if b.max == 0 {
		return nil
	}
	body, err := open()
	if err != nil {
		return err
	}
	b.kept = make([]byte, min(size, int64(b.max)))
	n, err := io.ReadFull(body, b.kept)
	b.kept, b.ended = b.kept[:n], int64(n) == size
	return errors.Join(err, body.Close())
}

// text returns what was kept, if it is text: UTF-8, or Latin-1 if the message says so, after taking off gzip. size is how
// many bytes have passed, and truncated tells whether the text has less than those.
func (b *Body) text() (text string, size int64, truncated, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.max == 0 {
		return "", b.size, false, false
	}
	kept, whole := b.kept, b.ended && b.size == int64(len(b.kept))
	truncated = b.size > int64(len(b.kept))
	switch b.encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		var more bool
		if kept, more = gunzip(kept, b.max); more {
			truncated = true
		}
		whole = whole && !more
	default:
		return "", b.size, false, false
	}
	text, ok = decode(kept, b.charset, whole)
	return text, b.size, truncated, ok
}

// gunzip returns the first bytes, at most limit, of what a beginning of a gzip stream holds, and whether it holds more.
func gunzip(compressed []byte, limit int) (plain []byte, more bool) {
	reader, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, false
	}
	// An error means that the stream goes on where the beginning stops; what came before it is right.
	plain, _ = io.ReadAll(io.LimitReader(reader, int64(limit)+1))
	return plain[:min(len(plain), limit)], len(plain) > limit
}

// decode returns bytes as text. Unless they are whole, the last character may be incomplete and is then left out.
func decode(p []byte, charset string, whole bool) (text string, ok bool) {
	switch charset {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		if !whole {
			p = withoutPartialRune(p)
		}
		text = string(p)
	case "iso-8859-1", "latin1", "latin-1":
		runes := make([]rune, len(p))
		for i, c := range p {
			runes[i] = rune(c)
		}
		text = string(runes)
	default:
		return "", false
	}
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 { // a NUL is valid UTF-8, and no text
		return "", false
	}
	return text, true
}

// withoutPartialRune leaves out the beginning of a character at the end of p.
func withoutPartialRune(p []byte) []byte {
	for back := 1; back <= min(len(p), utf8.UTFMax-1); back++ {
		c := p[len(p)-back]
		if utf8.RuneStart(c) {
			if !utf8.FullRune(p[len(p)-back:]) {
				return p[:len(p)-back]
			}
			break
		}
	}
	return p
}
