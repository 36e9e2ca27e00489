// Package ui is the web app: its sources, and what the binary holds of the built app.
//
// `make ui` builds the app into dist. A binary that is built before that has everything but the app.
package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// all: takes dist/.keep too, without which an app that is not built would be a compile error.
//
//go:embed all:dist
var embedded embed.FS

// Policy is the Content-Security-Policy of the app's pages: everything from here, nothing inline, nothing from elsewhere.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; " +
	"media-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Files below assets have the hash of their content in their name.
const assets = "assets/"

// Handler returns the app, or nil when this binary was built without it.
func Handler() (http.Handler, error) {
	dist, err := fs.Sub(embedded, "dist")
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(dist, "index.html"); err != nil {
		return nil, nil //nolint:nilerr // a binary without the app is a whole binary
	}
	return newHandler(dist)
}

// handler serves the files of a build. Every path that names no file is a page of the app, which finds its way itself.
type handler struct {
	files map[string]*file // by path, without a slash before it
}

// file is one file in the encodings that the build has made. At least one of them is there.
type file struct {
	contentType string
	etag        string
	encodings   map[string][]byte // by name of the encoding; identity is ""
}

func newHandler(dist fs.FS) (http.Handler, error) {
	h := &handler{files: map[string]*file{}}
	err := fs.WalkDir(dist, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(dist, name)
		if err != nil {
			return err
		}
		return h.add(name, content)
	})
	if err != nil {
		return nil, fmt.Errorf("read the web app: %w", err)
	}
	if h.files["index.html"] == nil {
		return nil, fmt.Errorf("the web app has no index.html")
	}
	return h, nil
}

// add takes one file of the build: name.js, or name.js.br and name.js.gz in its place.
func (h *handler) add(name string, content []byte) error {
	encoding := ""
	switch path.Ext(name) {
	case ".br":
		name, encoding = strings.TrimSuffix(name, ".br"), "br"
	case ".gz":
		name, encoding = strings.TrimSuffix(name, ".gz"), "gzip"
	}
	if path.Base(name)[0] == '.' {
		return nil
	}
	f := h.files[name]
	if f == nil {
		f = &file{contentType: contentType(name), encodings: map[string][]byte{}}
		h.files[name] = f
	}
	f.encodings[encoding] = content
	if encoding == "br" {
		return nil // its content is that of the others
	}
	plain, err := f.plain()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	sum := sha256.Sum256(plain)
	f.etag = hex.EncodeToString(sum[:8])
	return nil
}

func contentType(name string) string {
	if path.Ext(name) == ".js" {
		return "text/javascript; charset=utf-8" // some systems' tables know it otherwise, and nosniff then forbids it to run
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// plain returns the file as it is.
func (f *file) plain() ([]byte, error) {
	if content, ok := f.encodings[""]; ok {
		return content, nil
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(f.encodings["gzip"]))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unpacked)
}

// ServeHTTP serves a file, or the page that is the app.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	f := h.files[name]
	if f == nil {
		if isFile(name) {
			http.NotFound(w, r)
			return
		}
		name, f = "index.html", h.files["index.html"]
	}
	h.serve(w, r, name, f)
}

// isFile tells a missing file from a page: an old page that asks for a script must not get HTML.
func isFile(name string) bool {
	return strings.HasPrefix(name, assets) || !strings.Contains(name, "/") && strings.Contains(name, ".")
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request, name string, f *file) {
	header := w.Header()
	header.Set("Content-Type", f.contentType)
	header.Add("Vary", "Accept-Encoding")
	if strings.HasPrefix(name, assets) {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		header.Set("Cache-Control", "no-cache")
	}
	if name == "index.html" {
		header.Set("Content-Security-Policy", Policy)
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
	body, encoding, err := f.accepted(r.Header.Get("Accept-Encoding"))
	if err != nil {
		http.Error(w, "the web app cannot be read", http.StatusInternalServerError)
		return
	}
	etag := `"` + f.etag + strings.TrimSuffix("-"+encoding, "-") + `"`
	header.Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if encoding != "" {
		header.Set("Content-Encoding", encoding)
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // a client that has gone needs no page
}

// accepted returns the smallest form of the file that a client takes.
func (f *file) accepted(header string) (body []byte, encoding string, err error) {
	for _, encoding := range []string{"br", "gzip"} {
		if body, ok := f.encodings[encoding]; ok && accepts(header, encoding) {
			return body, encoding, nil
		}
	}
	body, err = f.plain()
	return body, "", err
}

// accepts reads an Accept-Encoding header. Browsers send plain lists; q=0 refuses.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			weight = strings.ReplaceAll(weight, " ", "")
			return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || !strings.HasPrefix(weight, "q=")
		}
	}
	return false
}
