package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// bodySuffix ends the name of a body in quarantine that was sent as JSON.
const bodySuffix = ".body.json"

// quarantined is what stands in the .json file beside the body of a request in quarantine.
type quarantined struct {
	Seq         uint64    `json:"seq"`
	Project     string    `json:"project"`
	Signal      string    `json:"signal"`
	ContentType string    `json:"content_type"`
	Arrived     time.Time `json:"arrived"`
	Error       string    `json:"error"`
}

// quarantineEntry keeps the request with that sequence number, which the store or the decoder refuses, as two files:
// the body as it was sent, so that it can be sent again, and what belongs to it.
func (p *Pipeline) quarantineEntry(seq uint64, cause error) error {
	payload, err := p.log.Read(seq)
	if err != nil {
		return err
	}
	req, err := parseEntry(payload)
	if err != nil {
		req = &record.Request{Body: payload} // not readable by this version: keep the whole entry
	}
	dir := filepath.Join(p.options.Dir, "quarantine")
	path, err := writeQuarantine(dir, seq, req, cause)
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	p.metrics.quarantined.Inc()
	p.logger.Error("request acknowledged but not storable; it was put into quarantine, see docs/format/wal.md",
		"seq", seq, "project", req.Project, "file", path, "error", cause)
	return nil
}

func writeQuarantine(dir string, seq uint64, req *record.Request, cause error) (path string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	info := quarantined{Seq: seq, Project: req.Project, Arrived: req.Arrived, Error: cause.Error()}
	suffix := ".entry"
	switch req.Encoding {
	case record.Protobuf:
		suffix, info.ContentType = ".pb", "application/x-protobuf"
	case record.JSON:
		suffix, info.ContentType = bodySuffix, "application/json"
	}
	if req.Signal != 0 {
		info.Signal = req.Signal.String()
	}
	text, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return "", err
	}
	base := filepath.Join(dir, fmt.Sprintf("%020d", seq))
	if err := errors.Join(writeSynced(base+suffix, req.Body), writeSynced(base+".json", append(text, '\n'))); err != nil {
		return "", err
	}
	d, err := os.Open(dir)
	if err != nil {
		return "", err
	}
	return base + suffix, errors.Join(d.Sync(), d.Close())
}

// writeSynced writes a file that is on disk when it returns.
func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// Forget deletes the requests of a project that are in quarantine.
func (p *Pipeline) Forget(project string) error {
	dir := filepath.Join(p.options.Dir, "quarantine")
	notes, err := filepath.Glob(filepath.Join(dir, "*.json"))
	for _, note := range notes {
		text, readErr := os.ReadFile(note)
		if readErr != nil {
			err = errors.Join(err, readErr)
			continue
		}
		var info quarantined
		// A body that was sent as JSON is no note, whatever it says.
		if strings.HasSuffix(note, bodySuffix) || json.Unmarshal(text, &info) != nil || info.Project != project {
			continue
		}
		err = errors.Join(err, forgetQuarantined(strings.TrimSuffix(note, ".json")))
	}
	if err != nil {
		return fmt.Errorf("quarantine of project %s: %w", project, err)
	}
	return nil
}

// forgetQuarantined deletes one request, the note last: it says whose the rest is.
func forgetQuarantined(base string) error {
	for _, suffix := range []string{".pb", bodySuffix, ".entry", ".json"} {
		if err := os.Remove(base + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
