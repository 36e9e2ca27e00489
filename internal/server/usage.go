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
const saveEvery = 5 * time.Second

// usageBook is where usage is written down: *meta.DB.
type usageBook interface {
	AddUsage(ctx context.Context, projects []meta.Usage, tokens []meta.TokenUsage) error
	UsageOn(ctx context.Context, day string) ([]meta.Usage, error)
}

// usage counts what each project is sent by day, and with which token by hour, and holds projects to a quota. What it counts is added
// to a book again and again, so that a restart does not forget it, and servers that share a database share the quota, about. Safe for
// concurrent use.
type usage struct {
	quota int64 // bytes of a project and day; 0 is none
	book  usageBook
	now   func() time.Time
	log   *slog.Logger

	mu      sync.Mutex       // guards what follows
	day     int64            // the day of booked
	booked  map[string]int64 // bytes that stand in the book, by project
	pending tallies          // what does not stand there yet, and is not being written
	writing tallies          // what is being written; nobody changes it
}

// tallies are what was counted.
type tallies struct {
	projects map[projectDay]sent
	tokens   map[tokenHour]int64 // records
}

func newTallies() tallies { return tallies{map[projectDay]sent{}, map[tokenHour]int64{}} }

// projectDay is a project on a day of UTC, counted from 1970.
type projectDay struct {
	project string
	day     int64
}

// tokenHour is a token in an hour, counted as by meta.HourOf.
type tokenHour struct {
	token string
	hour  int64
}

type sent struct{ bytes, records int64 }

// add counts what other tallies hold, too.
func (t tallies) add(other tallies) {
	for key, more := range other.projects {
		one := t.projects[key]
		t.projects[key] = sent{one.bytes + more.bytes, one.records + more.records}
	}
	for key, records := range other.tokens {
		t.tokens[key] += records
	}
}

// lists returns the tallies as the book takes them.
func (t tallies) lists() (projects []meta.Usage, tokens []meta.TokenUsage) {
	for key, one := range t.projects {
		projects = append(projects, meta.Usage{ProjectID: key.project, Day: dayText(key.day), Bytes: one.bytes, Records: one.records})
	}
	for key, records := range t.tokens {
		tokens = append(tokens, meta.TokenUsage{TokenID: key.token, Hour: key.hour, Records: records})
	}
	return projects, tokens
}

// hoursADay is how many of meta's hours a day has.
const hoursADay = 24

func dayOf(t time.Time) int64 { return meta.HourOf(t) / hoursADay }

// dayText returns a day as meta.DayOf writes it.
func dayText(day int64) string {
	return meta.DayOf(time.Unix(0, 0).Add(time.Duration(day) * hoursADay * time.Hour))
}

// openUsage reads what was sent today.
func openUsage(ctx context.Context, quota int64, book usageBook, now func() time.Time, log *slog.Logger) (*usage, error) {
	u := &usage{quota: quota, book: book, now: now, log: log, pending: newTallies()}
	if err := u.read(ctx); err != nil {
		return nil, err
	}
	return u, nil
}

// read takes from the book what stands there of today, what was written with it.
func (u *usage) read(ctx context.Context) error {
	day := dayOf(u.now())
	list, err := u.book.UsageOn(ctx, dayText(day))
	if err != nil {
		return err
	}
	booked := make(map[string]int64, len(list))
	for _, one := range list {
		booked[one.ProjectID] = one.Bytes
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.day, u.booked, u.writing = day, booked, tallies{}
	return nil
}

// add counts a request that was sent to a project with a token.
func (u *usage) add(project, token string, bytes, records int64) {
	hour := meta.HourOf(u.now())
	key := projectDay{project, hour / hoursADay}
	u.mu.Lock()
	defer u.mu.Unlock()
	one := u.pending.projects[key]
	u.pending.projects[key] = sent{one.bytes + bytes, one.records + records}
	if records > 0 {
		u.pending.tokens[tokenHour{token, hour}] += records
	}
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
	key := projectDay{project, dayOf(u.now())}
	u.mu.Lock()
	defer u.mu.Unlock()
	bytes := u.pending.projects[key].bytes + u.writing.projects[key].bytes
	if u.day == key.day {
		bytes += u.booked[project]
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
				u.log.WarnContext(ctx, "what was sent is not written down now; the next try does it", "error", err)
			}
		}
	}
}

// save writes down what was counted, and reads what others have written. It is for one goroutine at a time.
func (u *usage) save(ctx context.Context) error {
	u.mu.Lock()
	u.writing, u.pending = u.pending, newTallies()
	u.mu.Unlock()
	projects, tokens := u.writing.lists()
	if len(projects) > 0 { // whoever sends with a token sends to a project
		if err := u.book.AddUsage(ctx, projects, tokens); err != nil {
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
	u.pending.add(u.writing)
	u.writing = tallies{}
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
