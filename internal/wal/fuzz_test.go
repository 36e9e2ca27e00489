package wal

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"testing"
)

// FuzzReadSegment reads foreign bytes as a segment: it must not panic, and what it returns must be what the bytes say,
// which is checked by writing the entries again.
func FuzzReadSegment(f *testing.F) {
	f.Add(segment1("one", "", "three"))
	f.Add(segment1("one")[:headerBytes+entryOverhead+1])
	f.Add(append(segment1("one"), make([]byte, 40)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := newReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		first, again := r.next, bytes.NewBuffer(data[:headerBytes:headerBytes])
		for want := first; ; want++ {
			e, err := r.read()
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, errDamaged) {
					t.Fatal(err)
				}
				break
			}
			if e.seq != want {
				t.Fatalf("entry %d where %d should be", e.seq, want)
			}
			again.Write(encode(e.payload, e.seq, e.durable, r.salt))
		}
		if !bytes.Equal(again.Bytes(), data[:r.offset]) {
			t.Fatal("entries that the segment does not hold")
		}
		laterCommit(data[r.offset:], r.next, r.salt)
	})
}

func encode(payload []byte, seq, durable uint64, salt uint32) []byte {
	h := make([]byte, entryOverhead)
	putEntryHeader(h, len(payload), seq, durable, crc32.Checksum(payload, castagnoli), salt)
	return append(h, payload...)
}

// segment1 returns a segment that begins with entry 1.
func segment1(payloads ...string) []byte {
	data := segmentHeader(1, 7)
	for i, p := range payloads {
		data = append(data, encode([]byte(p), uint64(i)+1, uint64(i), 7)...)
	}
	return data
}
