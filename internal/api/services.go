package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
)

// services serves GET /v1/services: the services of a project in the order in which they were first seen, each with the
// hue by which every viewer knows it.
func (s *server) services(w http.ResponseWriter, r *http.Request) {
	who, err := s.reader(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	all, err := s.servicesOf(r.Context(), who.project.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	list := []map[string]any{}
	for _, service := range all {
		list = append(list, map[string]any{"service_name": service.Name, "hue": service.Hue})
	}
	writeJSON(w, http.StatusOK, map[string]any{"services": list})
}

const (
	// lookEvery is how long an answer about services is repeated before records are looked through again.
	lookEvery = time.Second
	// lookBack is how much earlier than the last look the next one begins: records are found only some time after they
	// have arrived, because they wait to be applied.
	lookBack = 10 * time.Minute
)

// serviceLooks remembers when each project was last looked through for services.
type serviceLooks struct {
	mu       sync.Mutex              // guards projects
	projects map[string]*serviceLook // by id; as many as exist
}

// serviceLook is one project's.
type serviceLook struct {
	turn  chan struct{} // holds one while somebody looks or reads the fields below
	at    time.Time     // when the last look began; zero before the first
	known []meta.Service
}

func (l *serviceLooks) of(project string) *serviceLook {
	l.mu.Lock()
	defer l.mu.Unlock()
	look := l.projects[project]
	if look == nil {
		look = &serviceLook{turn: make(chan struct{}, 1)}
		l.projects[project] = look
	}
	return look
}

// servicesOf returns the services of a project, after a look at what has arrived since the last one. Who asks at the same
// time waits for one look.
func (s *server) servicesOf(ctx context.Context, project string) ([]meta.Service, error) {
	look := s.looks.of(project)
	select {
	case look.turn <- struct{}{}:
		defer func() { <-look.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	began := s.Now()
	if !look.at.IsZero() && began.Sub(look.at) < lookEvery {
		return look.known, nil
	}
	names, err := s.serviceNames(ctx, project, look.at)
	if err != nil {
		return nil, err
	}
	known, err := s.remember(ctx, project, look.known, names)
	if err != nil {
		return nil, err
	}
	look.at, look.known = began, known
	return known, nil
}

// remember writes only when there is something new.
func (s *server) remember(ctx context.Context, project string, known []meta.Service, names []string) (_ []meta.Service, err error) {
	if known == nil {
		if known, err = s.Meta.Services(ctx, project); err != nil {
			return nil, err
		}
	}
	fresh := slices.DeleteFunc(names, func(name string) bool {
		return slices.ContainsFunc(known, func(s meta.Service) bool { return s.Name == name })
	})
	if len(fresh) == 0 || len(known) >= meta.MaxServices {
		return known, nil
	}
	return s.Meta.AddServices(ctx, project, fresh)
}

// serviceNames returns the names in the records that arrived since the last look, first seen first.
func (s *server) serviceNames(ctx context.Context, project string, last time.Time) (names []string, err error) {
	condition := ""
	if !last.IsZero() {
		condition = fmt.Sprintf(" WHERE created_at > '%s'", iso(last.Add(-lookBack)))
	}
	a, err := s.engine.run(ctx, question{
		project: project, limit: maxRows, timezone: "UTC",
		sql: fmt.Sprintf("SELECT service_name FROM records_all%s GROUP BY service_name ORDER BY min(created_at), service_name", condition),
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	var row [1]any
	for a.next(row[:]) {
		if name := asText(row[0]); name != "" {
			names = append(names, name)
		}
	}
	return names, a.err()
}
