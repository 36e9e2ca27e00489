package server

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// How long each step of a stop may take. Together they stay below the 30 s after which container runtimes kill.
const (
	drainWithin = 10 * time.Second // requests that are under way
	applyWithin = 15 * time.Second // what is acknowledged but not in the store; the log keeps what is left
)

// Close stops the server: it answers what it has accepted, applies what is acknowledged, makes everything durable and
// closes the files, in this order. What does not end in time is cut off; nothing acknowledged is lost by that. Close
// twice is fine. When it returns, nothing of the server runs.
func (s *Server) Close() error {
	s.closeOnce.Do(func() { s.closeErr = s.close() })
	return s.closeErr
}

func (s *Server) close() error {
	began := time.Now()
	s.health.set(stopping)
	close(s.draining)
	err := errors.Join(s.closeListeners(), s.closeData())
	if s.lock != nil {
		err = errors.Join(err, s.lock.release())
	}
	if err == nil && s.lock != nil {
		s.log.Info("stopped", "took_ms", time.Since(began).Milliseconds())
	}
	return err
}

// closeListeners takes no more connections, waits for the requests that are under way, and cuts off what is left then.
func (s *Server) closeListeners() error {
	if s.background != nil {
		s.background()
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainWithin)
	defer cancel()
	grpcDone := make(chan struct{})
	go func() {
		defer close(grpcDone)
		s.closeGRPC(ctx)
	}()
	var err error
	if s.http != nil {
		if err = s.http.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
			s.log.Warn("requests were cut off: they took too long to end", "waited", drainWithin.String())
			err = s.http.Close()
		}
	}
	<-grpcDone
	s.running.Wait()
	if err != nil {
		return fmt.Errorf("close the HTTP port: %w", err)
	}
	return nil
}

func (s *Server) closeGRPC(ctx context.Context) {
	if s.grpc == nil {
		if s.grpcListener != nil {
			_ = s.grpcListener.Close() // nothing was accepted on it
		}
		return
	}
	stop := context.AfterFunc(ctx, s.grpc.Stop)
	defer stop()
	s.grpc.GracefulStop()
}

// closeData closes what is on disk, the write path before what it writes to.
func (s *Server) closeData() error {
	var errs []error
	if s.queries != nil {
		s.queries.Close()
	}
	if s.pipeline != nil {
		ctx, cancel := context.WithTimeout(context.Background(), applyWithin)
		errs = append(errs, s.pipeline.Close(ctx))
		cancel()
	}
	if s.usage != nil {
		ctx, cancel := context.WithTimeout(context.Background(), applyWithin)
		errs = append(errs, s.usage.save(ctx))
		cancel()
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.meta != nil {
		errs = append(errs, s.meta.Close())
	}
	return errors.Join(errs...)
}
