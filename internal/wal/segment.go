package wal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

// The format is described in docs/format/wal.md. All integers are little-endian.
const (
	magic         = "hearthWL"
	version       = 1
	headerBytes   = 32 // of a segment
	entryOverhead = 24 // of an entry, before its payload

	segmentSuffix = ".wal"
	tempSuffix    = ".tmp"

	// MaxEntryBytes is the largest payload of one entry.
	MaxEntryBytes = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// segmentName returns the file name of the segment whose first entry is, or will be, first. Names sort by sequence.
func segmentName(first uint64) string {
	return fmt.Sprintf("%020d%s", first, segmentSuffix)
}

// parseSegmentName is the inverse of segmentName.
func parseSegmentName(name string) (first uint64, ok bool) {
	digits, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok || len(digits) != 20 {
		return 0, false
	}
	first, err := strconv.ParseUint(digits, 10, 64)
	return first, err == nil
}

// segmentHeader returns the first bytes of a segment. The salt is a random number that goes into every checksum of the
// segment, so that nobody outside can send a payload that looks like an entry.
func segmentHeader(first uint64, salt uint32) []byte {
	h := make([]byte, headerBytes)
	copy(h, magic)
	binary.LittleEndian.PutUint32(h[8:], version)
	binary.LittleEndian.PutUint64(h[16:], first)
	binary.LittleEndian.PutUint32(h[24:], salt)
	binary.LittleEndian.PutUint32(h[28:], crc32.Checksum(h[:28], castagnoli))
	return h
}

// parseSegmentHeader returns the sequence number of the segment's first entry and its salt, or what is wrong with the
// header.
func parseSegmentHeader(h []byte) (first uint64, salt uint32, err error) {
	switch {
	case len(h) < headerBytes:
		return 0, 0, errors.New("the file is shorter than its header")
	case string(h[:8]) != magic:
		return 0, 0, errors.New("not a write-ahead log segment")
	case crc32.Checksum(h[:28], castagnoli) != binary.LittleEndian.Uint32(h[28:]):
		return 0, 0, errors.New("checksum of the header does not match")
	case binary.LittleEndian.Uint32(h[8:]) != version:
		return 0, 0, fmt.Errorf("written in format version %d, this program reads %d", binary.LittleEndian.Uint32(h[8:]), version)
	}
	return binary.LittleEndian.Uint64(h[16:]), binary.LittleEndian.Uint32(h[24:]), nil
}

// putEntryHeader writes the header of an entry. payloadSum is the CRC-32C of the payload alone: the checksum covers
// the payload first and the header's other fields after it, so that the payload's part needs no sequence number and
// is computed by the caller of Append, off the commit path.
func putEntryHeader(h []byte, size int, seq, durable uint64, payloadSum, salt uint32) {
	binary.LittleEndian.PutUint32(h[4:], uint32(size))
	binary.LittleEndian.PutUint64(h[8:], seq)
	binary.LittleEndian.PutUint64(h[16:], durable)
	binary.LittleEndian.PutUint32(h, entrySum(payloadSum, h, salt))
}

// entrySum completes the checksum of an entry's payload by the fields of its header and the segment's salt.
func entrySum(payloadSum uint32, h []byte, salt uint32) uint32 {
	return crc32.Update(payloadSum, castagnoli, h[4:entryOverhead]) ^ salt
}

// entry is one entry as it was read.
type entry struct {
	seq     uint64
	durable uint64 // the highest seq that was on disk for certain when this entry was written
	payload []byte
	offset  int64 // of its header in the segment
}

// errDamaged says that the bytes at the reader's offset are no valid entry.
var errDamaged = errors.New("damaged")

// reader reads the entries of one segment, front to back. It returns an entry only if its checksum holds and its
// sequence number is the next.
type reader struct {
	src    *bufio.Reader
	size   int64  // of the segment
	offset int64  // of the next entry
	next   uint64 // its sequence number
	salt   uint32
	reuse  bool // whether the payload is overwritten by the next read
	buf    []byte
}

// newReader reads the header of a segment of size bytes. The error says what is wrong with the header.
func newReader(src io.Reader, size int64) (*reader, error) {
	r := &reader{src: bufio.NewReaderSize(src, 256<<10), size: size, offset: headerBytes}
	var h [headerBytes]byte
	n, err := io.ReadFull(r.src, h[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	r.next, r.salt, err = parseSegmentHeader(h[:n])
	return r, err
}

// read returns the next entry, io.EOF exactly at the end of the segment, an error that wraps errDamaged when the bytes
// at r.offset are no entry, or an error of the source.
func (r *reader) read() (entry, error) {
	left := r.size - r.offset
	if left == 0 {
		return entry{}, io.EOF
	}
	if left < entryOverhead {
		return entry{}, fmt.Errorf("%w: %d bytes are too few for an entry", errDamaged, left)
	}
	var h [entryOverhead]byte
	if _, err := io.ReadFull(r.src, h[:]); err != nil {
		return entry{}, shortIsDamage(err)
	}
	size := int64(binary.LittleEndian.Uint32(h[4:]))
	if size > left-entryOverhead || size > MaxEntryBytes {
		return entry{}, fmt.Errorf("%w: an entry of %d bytes does not fit into the %d that follow", errDamaged, size, left-entryOverhead)
	}
	payload, err := r.payload(int(size))
	if err != nil {
		return entry{}, err
	}
	if entrySum(crc32.Checksum(payload, castagnoli), h[:], r.salt) != binary.LittleEndian.Uint32(h[:]) {
		return entry{}, fmt.Errorf("%w: checksum does not match", errDamaged)
	}
	e := entry{seq: binary.LittleEndian.Uint64(h[8:]), durable: binary.LittleEndian.Uint64(h[16:]), payload: payload, offset: r.offset}
	if e.seq != r.next || e.durable >= e.seq {
		return entry{}, fmt.Errorf("%w: entry %d where %d should be", errDamaged, e.seq, r.next)
	}
	r.next++
	r.offset += entryOverhead + size
	return e, nil
}

// payload reads size bytes, which are in the file if its size was told right.
func (r *reader) payload(size int) ([]byte, error) {
	buf := r.buf
	if !r.reuse || cap(buf) < size {
		buf = make([]byte, size)
	}
	if r.reuse {
		r.buf = buf
	}
	buf = buf[:size]
	_, err := io.ReadFull(r.src, buf)
	return buf, shortIsDamage(err)
}

// shortIsDamage turns the end of a file that is shorter than its size said into damage.
func shortIsDamage(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the file ends inside an entry", errDamaged)
	}
	return err
}

// segment is a file of the log. All but the last are never written again.
type segment struct {
	path  string
	first uint64 // sequence number of its first entry, present or to come
	next  uint64 // one above its last entry; first when it is empty
	salt  uint32
	bytes int64
}

func (s *segment) name() string { return filepath.Base(s.path) }
