package otlp

import "strconv"

// object builds a JSON object. Zero values are left out by the methods that say so.
type object struct {
	dst   []byte
	start int // where the object starts in dst
}

func newObject(dst []byte) object { return object{dst: dst, start: len(dst)} }

// key begins a property. Names are ours and need no escaping.
func (o *object) key(name string) {
	if len(o.dst) == o.start {
		o.dst = append(o.dst, '{')
	} else {
		o.dst = append(o.dst, ',')
	}
	o.dst = append(append(append(o.dst, '"'), name...), '"', ':')
}

// text adds a property unless s is empty.
func (o *object) text(name, s string) {
	if s != "" {
		o.key(name)
		o.dst = appendString(o.dst, s)
	}
}

// uint adds a property unless n is 0.
func (o *object) uint(name string, n uint64) {
	if n != 0 {
		o.key(name)
		o.dst = strconv.AppendUint(o.dst, n, 10)
	}
}

// hex adds an id unless it is empty.
func (o *object) hex(name string, id []byte) {
	if len(id) != 0 {
		o.key(name)
		o.dst = appendHex(o.dst, id)
	}
}

// json adds a property that is JSON already, unless it is empty.
func (o *object) json(name string, raw []byte) {
	if len(raw) != 0 {
		o.key(name)
		o.dst = append(o.dst, raw...)
	}
}

// empty tells whether nothing was added.
func (o *object) empty() bool { return len(o.dst) == o.start }

// end finishes the object and returns the whole buffer. An empty object is written as {}.
func (o *object) end() []byte {
	if o.empty() {
		return append(o.dst, "{}"...)
	}
	return append(o.dst, '}')
}

func appendHex(dst, id []byte) []byte {
	dst = append(dst, '"')
	for _, b := range id {
		dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
	}
	return append(dst, '"')
}
