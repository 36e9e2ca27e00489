package server

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
)

// saveEvery is how often what was counted is written down. A crash forgets as much.
const saveEvery = 10 * time.Second

// usageBook is where usage is written down: *meta.DB.
type usageBook interface {
	AddUsage(ctx context.Context, more []meta.Usage) error
	UsageOn(ctx context.Context, day string) ([]meta.Usage, error)
}

// usage counts what each project is sent by day, and holds it to a quota. What it counts is added to a book again and again, so
// that a restart does not forget it, and servers that share a database share the quota, about. Safe for concurrent use.
type usage struct {
	quota int64 // bytes of a project and day; 0 is none
	book  usageBook
	now   func() time.Time
	log   *slog.Logger

	mu      sync.Mutex         // guards what follows
	day     string             // the day of booked
	booked  map[string]int64   // bytes that stand in the book, by project
	pending map[usageKey]*sent // what does not stand there yet, and is not being written
	writing map[usageKey]*sent // what is being written
}

type usageKey struct{ project, day string }

type sent struct{ bytes, records int64 }

// openUsage reads what was sent today.
func openUsage(ctx context.Context, quota int64, book usageBook, now func() time.Time, log *slog.Logger) (*usage, error) {
	u := &usage{quota: quota, book: book, now: now, log: log, pending: map[usageKey]*sent{}}
	if err := u.read(ctx); err != nil {
		return nil, err
	}
	return u, nil
}

// read takes from the book what stands there of today, what was written with it.
func (u *usage) read(ctx context.Context) error {
	day := meta.DayOf(u.now())
	list, err := u.book.UsageOn(ctx, day)
	if err != nil {
		return err
	}
	booked := make(map[string]int64, len(list))
	for _, one := range list {
		booked[one.ProjectID] = one.Bytes
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.day, u.booked, u.writing = day, booked, nil
	return nil
}

// add counts a request.
func (u *usage) add(project string, bytes, records int64) {
	key := usageKey{project, meta.DayOf(u.now())}
	u.mu.Lock()
	defer u.mu.Unlock()
	one := u.pending[key]
	if one == nil {
		one = &sent{}
		u.pending[key] = one
	}
	one.bytes += bytes
	one.records += records
}

// exhausted returns why a project takes no more today; nothing when it does.
func (u *usage) exhausted(project string) string {
	if u.quota == 0 || u.today(project) < u.quota {
		return ""
	}
	return fmt.Sprintf("Token has been blocked due usage limit: the project has received the %s that it may in a day (--daily-quota), and takes more from 00:00 UTC on", bytesText(u.quota))
}

// today returns how many bytes a project was sent since 00:00 UTC.
func (u *usage) today(project string) int64 {
	day := meta.DayOf(u.now())
	key := usageKey{project, day}
	u.mu.Lock()
	defer u.mu.Unlock()
	var bytes int64
	if u.day == day {
		bytes = u.booked[project]
	}
	for _, counted := range []map[usageKey]*sent{u.pending, u.writing} {
		if one := counted[key]; one != nil {
			bytes += one.bytes
		}
	}
	return bytes
}

// run writes down what was counted every so often, until ctx ends.
func (u *usage) run(ctx context.Context) {
	ticker := time.NewTicker(saveEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := u.save(ctx); err != nil && ctx.Err() == nil {
				u.log.WarnContext(ctx, "what projects were sent is not written down now; the next try does it", "error", err)
			}
		}
	}
}

// save writes down what was counted, and reads what others have written. It is for one goroutine at a time.
func (u *usage) save(ctx context.Context) error {
	u.mu.Lock()
	u.writing, u.pending = u.pending, map[usageKey]*sent{}
	u.mu.Unlock()
	list := make([]meta.Usage, 0, len(u.writing))
	for key, one := range u.writing { // nobody changes it until it is nil
		list = append(list, meta.Usage{ProjectID: key.project, Day: key.day, Bytes: one.bytes, Records: one.records})
	}
	if len(list) > 0 {
		if err := u.book.AddUsage(ctx, list); err != nil {
			u.takeBack()
			return err
		}
	}
	return u.read(ctx)
}

// takeBack makes what could not be written pending again.
func (u *usage) takeBack() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for key, one := range u.writing {
		if more := u.pending[key]; more != nil {
			one.bytes += more.bytes
			one.records += more.records
		}
		u.pending[key] = one
	}
	u.writing = nil
}

// bytesText writes a number of bytes for people, in the largest unit that divides it.
func bytesText(n int64) string {
	for _, unit := range []struct {
		bytes int64
		name  string
	}{{1 << 40, "TiB"}, {1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n%unit.bytes == 0 {
			return fmt.Sprintf("%d %s", n/unit.bytes, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
