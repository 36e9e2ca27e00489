package ingest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
)

// entryVersion is the first byte of each entry in the log. The format is described in docs/format/wal.md.
const entryVersion = 1

// requestHeader returns what stands before the body of a request in its log entry.
func requestHeader(req *record.Request) []byte {
	h := make([]byte, 0, 29+len(req.Project))
	h = append(h, entryVersion, byte(req.Signal), byte(req.Encoding))
	h = binary.LittleEndian.AppendUint64(h, uint64(req.Arrived.UnixNano()))
	h = binary.LittleEndian.AppendUint64(h, uint64(req.MaxAge))
	h = binary.LittleEndian.AppendUint64(h, uint64(req.MaxAhead))
	h = binary.AppendUvarint(h, uint64(len(req.Project)))
	return append(h, req.Project...)
}

// parseEntry is the inverse: the body shares the memory of payload.
func parseEntry(payload []byte) (*record.Request, error) {
	if len(payload) < 28 {
		return nil, errors.New("log entry is too short")
	}
	if payload[0] != entryVersion {
		return nil, fmt.Errorf("log entry has format version %d, this program reads %d", payload[0], entryVersion)
	}
	req := &record.Request{
		Signal:   record.Signal(payload[1]),
		Encoding: record.Encoding(payload[2]),
		Arrived:  time.Unix(0, int64(binary.LittleEndian.Uint64(payload[3:]))).UTC(),
		MaxAge:   time.Duration(binary.LittleEndian.Uint64(payload[11:])),
		MaxAhead: time.Duration(binary.LittleEndian.Uint64(payload[19:])),
	}
	if req.Signal < record.Traces || req.Signal > record.Metrics || req.Encoding < record.Protobuf || req.Encoding > record.JSON {
		return nil, fmt.Errorf("log entry has signal %d and encoding %d", req.Signal, req.Encoding)
	}
	size, n := binary.Uvarint(payload[27:])
	rest := payload[27+max(n, 0):]
	if n <= 0 || size > uint64(len(rest)) {
		return nil, errors.New("log entry has a damaged project")
	}
	req.Project, req.Body = string(rest[:size]), rest[size:]
	return req, nil
}
