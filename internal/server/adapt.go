package server

import (
	"context"
	"errors"
	"net/netip"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/hearth-dev/hearth/internal/api"
	"github.com/hearth-dev/hearth/internal/ingest"
	"github.com/hearth-dev/hearth/internal/meta"
	"github.com/hearth-dev/hearth/internal/otlp"
	"github.com/hearth-dev/hearth/internal/query"
	"github.com/hearth-dev/hearth/internal/record"
)

// Packages that may not know each other meet here.

// replayDecoder is otlp's decoder as package ingest wants it. What a request had refused was told when it came; a replay
// tells nobody.
type replayDecoder struct{ *otlp.Decoder }

func (d replayDecoder) Decode(req *record.Request) (*record.Batch, error) {
	batch, _, err := d.Decoder.Decode(req)
	return batch, err
}

// writers is api's knowledge of tokens as package otlp wants it.
type writers struct{ auth *api.Auth }

func (w writers) Writer(ctx context.Context, authorization, remote string) (otlp.Writer, error) {
	who, err := w.auth.Writer(ctx, authorization, remote)
	if e, ok := errors.AsType[*api.AuthError](err); ok {
		err = refusal{err, otlp.ErrUnauthorized}
		if e.Forbidden {
			err = refusal{e, otlp.ErrForbidden}
		}
	}
	if throttled, ok := errors.AsType[*api.Throttled](err); ok {
		err = otlp.TooFast{Text: throttled.Text, After: throttled.After}
	}
	return otlp.Writer{Project: who.ProjectID, Token: who.TokenID}, err
}

// refusal is an error whose text is for the client, and what it is to package otlp.
type refusal struct {
	error
	kind error
}

func (r refusal) Is(target error) bool { return target == r.kind }

// named returns what finds out who sends what comes by gRPC, behind proxies that the operator trusts, and lets tokens know, as those
// that come by HTTP do.
func named(proxies []netip.Prefix) grpc.StreamServerInterceptor {
	return func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		ctx := behindProxies(stream.Context(), proxies)
		address, agent := otlp.ClientOf(ctx)
		return next(srv, namedStream{stream, meta.WithClient(ctx, meta.Client{Address: address, Agent: agent})})
	}
}

// behindProxies puts who sends a call in the place of the proxy that sent it on.
func behindProxies(ctx context.Context, proxies []netip.Prefix) context.Context {
	from, ok := peer.FromContext(ctx)
	if !ok || len(proxies) == 0 {
		return ctx
	}
	remote := api.Forwarded(proxies, from.Addr.String(), metadata.ValueFromIncomingContext(ctx, "x-forwarded-for"))
	if remote == from.Addr.String() {
		return ctx
	}
	sender := *from
	sender.Addr = forwardedAddr(remote)
	return peer.NewContext(ctx, &sender)
}

// forwardedAddr is an address that a proxy told of, as a net.Addr.
type forwardedAddr string

func (forwardedAddr) Network() string  { return "tcp" }
func (a forwardedAddr) String() string { return string(a) }

// namedStream is a stream with another context.
type namedStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s namedStream) Context() context.Context { return s.ctx }

// feed is the write path's fresh batches as package query wants them.
type feed struct{ pipeline *ingest.Pipeline }

func (f feed) Watch(project string) query.Watcher { return f.pipeline.Watch(project) }

// ingestReports is otlp's journal as package api wants it.
func ingestReports(j *otlp.Journal) func(project string, unauthorized bool) api.IngestReport {
	return func(project string, unauthorized bool) api.IngestReport {
		projects := []string{project}
		if unauthorized {
			projects = append(projects, otlp.NoProject)
		}
		from := j.Report(projects...)
		to := api.IngestReport{Since: from.Since}
		for _, r := range from.Requests {
			to.Requests = append(to.Requests, api.IngestRequests{IngestOutcome: api.IngestOutcome(r.Outcome), Count: r.Count, LastAt: r.LastAt})
		}
		for _, r := range from.Refused {
			to.Refused = append(to.Refused, api.RefusedRequest{
				IngestOutcome: api.IngestOutcome(r.Outcome), At: r.At, Text: r.Text, TokenSuffix: r.TokenSuffix, Client: r.Client, Remote: r.Remote,
			})
		}
		for _, r := range from.Records {
			to.Records = append(to.Records, api.RefusedRecords(r))
		}
		for _, m := range from.Minutes {
			to.Minutes = append(to.Minutes, api.IngestMinute(m))
		}
		return to
	}
}

// ingestState is how full things are, as package api wants it.
func (s *Server) ingestState(project string) (api.IngestState, error) {
	disk, err := s.store.Disk(project)
	if err != nil {
		return api.IngestState{}, err
	}
	depth := s.pipeline.Depth()
	return api.IngestState{
		Project: disk.Project, Today: s.usage.today(project), Quota: s.config.DailyQuota,
		Queue: depth.Queue, QueueLimit: s.config.QueueLimit, Log: depth.Log, Free: disk.Free,
	}, nil
}
