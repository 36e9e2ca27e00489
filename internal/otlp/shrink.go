package otlp

import (
	"slices"

	"github.com/hearth-dev/hearth/internal/record"
)

// truncatedKey is the attribute that names what was cut, here or by the SDK. The UI shows it.
const truncatedKey = "logfire.truncated"

// shrink writes a record that exceeds maxRecord again, with large values cut and, where that is not enough, the
// largest attributes left out. What was cut or left out is named in the attribute logfire.truncated.
func (d *decoding) shrink(r *record.Record, a *attributes, w writing) error {
	d.cut++
	names, err := d.shrinkLists(r)
	if err != nil {
		return err
	}
	if len(r.LogBody.S) > maxRecord {
		r.LogBody.S = d.arena.text(cutMiddle(r.LogBody.S, maxRecord))
		names = append(names, "log_body")
	}
	if told := a.get(logfireTruncated); told.kind == arrayValue {
		texts, _ := textElements(told.b) // of anything else, ours takes the place
		names = append(names, texts...)
	}
	a.consume(logfireTruncated)
	w.cuts = &cutter{}
	sizes, cut, err := d.writeAttributes(a, w)
	if err != nil {
		return err
	}
	budget := maxRecord - len(r.Events) - len(r.Links)
	if total := len(d.small) + len(d.large); total > budget {
		w.dropped = largest(sizes, total-budget)
		if _, cut, err = d.writeAttributes(a, w); err != nil {
			return err
		}
	}
	for _, k := range cut {
		names = append(names, k.name)
	}
	for k := range w.dropped {
		names = append(names, k.name)
	}
	slices.Sort(names)
	d.small = append(d.small, `,"`+truncatedKey+`":[`...)
	for i, name := range slices.Compact(names) {
		if i > 0 {
			d.small = append(d.small, ',')
		}
		d.small = appendString(d.small, cutMiddle(name, maxName))
	}
	d.small = append(d.small, ']')
	return nil
}

// shrinkLists writes events and links again, cut, and returns the names of those that lost something. They may take a
// quarter of the record each; a list that exceeds it even so is left out.
func (d *decoding) shrinkLists(r *record.Record) (names []string, err error) {
	const share = maxRecord / 4
	if len(r.Events) > share {
		cuts := &cutter{}
		d.events = append(d.events[:0], '[')
		for i, message := range d.eventMessages {
			if cuts.beyond(i+1, keptElements) {
				break
			}
			e, err := readEvent(message)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				d.events = append(d.events, ',')
			}
			if d.events, err = d.appendEvent(d.events, e, cuts); err != nil {
				return nil, err
			}
		}
		d.events = append(d.events, ']')
		if r.Events = nil; len(d.events) <= share {
			r.Events = d.arena.clone(d.events)
		}
		names = append(names, "otel_events")
	}
	if len(r.Links) > share {
		if d.links, err = d.appendLinks(d.links[:0], &cutter{}); err != nil {
			return nil, err
		}
		if r.Links = nil; len(d.links) <= share {
			r.Links = d.arena.clone(d.links)
		}
		names = append(names, "otel_links")
	}
	return names, nil
}

// largest returns the fewest keys, largest first, that together take at least excess bytes.
func largest(sizes map[*key]int, excess int) map[*key]bool {
	keys := make([]*key, 0, len(sizes))
	for k := range sizes {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b *key) int {
		if sizes[a] != sizes[b] {
			return sizes[b] - sizes[a]
		}
		if a.name < b.name {
			return -1
		}
		return 1
	})
	dropped := map[*key]bool{}
	for _, k := range keys {
		if excess <= 0 {
			break
		}
		dropped[k] = true
		excess -= sizes[k]
	}
	return dropped
}
