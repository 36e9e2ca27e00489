package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/otlp"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/vitals"
)

// itself writes what the server tells of itself into a project. It goes the way of everybody's telemetry, but for the
// network. It tells metrics only, as many of them whatever they say, so that it never tells of its own telling.
type itself struct {
	project string // id
	every   time.Duration
	vitals  *vitals.Meter
	decode  func(*record.Request) (*record.Batch, error)
	add     func(context.Context, *record.Request, *record.Batch) error
	log     *slog.Logger
}

// run writes at once and then every so often, until ctx ends. What could not be written is part of the next try.
func (i *itself) run(ctx context.Context) {
	ticker := time.NewTicker(i.every)
	defer ticker.Stop()
	for {
		if err := i.once(ctx, time.Now()); err != nil && ctx.Err() == nil {
			i.log.WarnContext(ctx, "the server's own metrics are not written now; the next try covers this one's time", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (i *itself) once(ctx context.Context, now time.Time) error {
	now = now.UTC().Truncate(time.Microsecond) // as of every request
	body, err := i.vitals.Request(now)
	if err != nil {
		return err
	}
	req := &record.Request{Project: i.project, Arrived: now, Signal: record.Metrics, Encoding: record.Protobuf, Body: body}
	batch, err := i.decode(req)
	if err != nil {
		return err
	}
	if err := i.add(ctx, req, batch); err != nil {
		return err
	}
	i.vitals.Told()
	return nil
}

// openItself finds the project for the server's own metrics, and makes it the first time. A project of that name that
// somebody made is left alone.
func (s *Server) openItself(ctx context.Context) error {
	if s.config.SelfTelemetry == Never {
		return nil
	}
	project, err := s.meta.ServerProject(ctx)
	if errors.Is(err, meta.ErrExists) {
		s.log.Warn("the server's own metrics are not written: somebody's project has the name", "project", meta.ServerProjectName)
		return nil
	}
	if err != nil {
		return fmt.Errorf("the project of the server's own metrics: %w", err)
	}
	s.ownProject = project.ID
	return nil
}

// startItself starts the writing of the server's own metrics.
func (s *Server) startItself(ctx context.Context) {
	if s.ownProject == "" {
		return
	}
	own := &itself{
		project: s.ownProject, every: s.config.SelfTelemetry, log: s.log,
		vitals: vitals.New(vitals.Options{Gatherer: s.registry, Version: s.config.Version, Start: s.began}),
		decode: replayDecoder{otlp.NewDecoder(s.prices)}.Decode, add: s.pipeline.Add,
	}
	s.running.Go(func() { own.run(ctx) })
}
