package otlp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hearth-dev/hearth/internal/record"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/gzip" // lets clients compress
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// NewGRPCServer returns a server of OTLP's three services, which the caller serves and stops. Its codec leaves messages
// as bytes, so that the write-ahead log keeps what was sent; no other service can be registered.
func NewGRPCServer(d *Decoder, a Authenticator, s Sink, o Options, extra ...grpc.ServerOption) *grpc.Server {
	server := grpc.NewServer(append([]grpc.ServerOption{
		grpc.ForceServerCodecV2(rawCodec{}),
		// Above our limit, so that we choose the code: OUT_OF_RANGE. What exceeds even this, gRPC refuses with
		// RESOURCE_EXHAUSTED before anybody can choose; clients drop it, which is right.
		grpc.MaxRecvMsgSize(maxRequest + maxRequest/4),
		grpc.MaxConcurrentStreams(256),
	}, extra...)...)
	services := grpcServices{newReceiver(d, a, s, o)}
	for name, signal := range map[string]record.Signal{
		"opentelemetry.proto.collector.trace.v1.TraceService":     record.Traces,
		"opentelemetry.proto.collector.logs.v1.LogsService":       record.Logs,
		"opentelemetry.proto.collector.metrics.v1.MetricsService": record.Metrics,
	} {
		server.RegisterService(services.describe(name, signal), nil)
	}
	return server
}

type grpcServices struct{ *receiver }

// describe makes Export a stream of one message each way, which is the same on the wire as the unary call that
// clients make. A unary handler is called when the message is read already; here the token is checked first, and the
// code of a message that is too large is ours to choose.
func (s grpcServices) describe(name string, signal record.Signal) *grpc.ServiceDesc {
	return &grpc.ServiceDesc{
		ServiceName: name,
		HandlerType: (*any)(nil),
		Streams: []grpc.StreamDesc{{
			StreamName:    "Export",
			ServerStreams: true,
			ClientStreams: true,
			Handler: func(_ any, stream grpc.ServerStream) error {
				a := attemptOf(stream.Context(), signal)
				err := s.export(stream, a)
				answer := s.status(stream.Context(), err)
				s.journal.note(a, httpStatus(status.Code(answer), err), err)
				s.counts.requests.WithLabelValues(signal.String(), a.transport, status.Code(answer).String()).Inc()
				return answer
			},
		}},
	}
}

func attemptOf(ctx context.Context, signal record.Signal) *attempt {
	a := &attempt{signal: signal, transport: "grpc", authorization: firstOf(metadata.ValueFromIncomingContext(ctx, "authorization"))}
	a.remote, a.client = ClientOf(ctx)
	return a
}

// ClientOf returns who makes a call of gRPC, by the context of its stream: the address without the port, and what the client
// calls itself. Either may be empty.
func ClientOf(ctx context.Context) (address, agent string) {
	if p, ok := peer.FromContext(ctx); ok {
		address = hostOf(p.Addr.String())
	}
	return address, firstOf(metadata.ValueFromIncomingContext(ctx, "user-agent"))
}

func firstOf(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func (s grpcServices) export(stream grpc.ServerStream, a *attempt) error {
	ctx := stream.Context()
	if err := s.admit(ctx, a); err != nil {
		return err
	}
	lease, err := s.memory.lease(ctx, firstBuffer)
	if err != nil {
		return err
	}
	defer lease.release()
	var message rawMessage
	if err := stream.RecvMsg(&message); err != nil {
		return interrupted{err}
	}
	if len(message) > maxRequest {
		return errTooLarge
	}
	if err := lease.grow(int64(len(message))); err != nil {
		return err
	}
	if err := s.take(ctx, a, &record.Request{Arrived: arrival(), Encoding: record.Protobuf, Body: message}); err != nil {
		return err
	}
	response := rawMessage(appendPartialSuccess(nil, a.refused))
	if err := stream.SendMsg(&response); err != nil {
		return interrupted{err}
	}
	return nil
}

// httpStatus returns the status by which HTTP says the same as a code that stands for an error.
func httpStatus(code codes.Code, err error) int {
	switch code {
	case codes.OK:
		return http.StatusOK
	case codes.InvalidArgument:
		return http.StatusBadRequest
	case codes.Unauthenticated:
		return http.StatusUnauthorized
	case codes.PermissionDenied:
		if isA[OverQuota](err) {
			return http.StatusPaymentRequired
		}
		return http.StatusForbidden
	case codes.ResourceExhausted:
		if isA[TooFast](err) {
			return http.StatusTooManyRequests
		}
		return http.StatusRequestEntityTooLarge // gRPC's own
	case codes.OutOfRange:
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusServiceUnavailable
}

// status maps errors to gRPC's codes; clients send again what got OUT_OF_RANGE or UNAVAILABLE, and RESOURCE_EXHAUSTED that says
// when.
func (s grpcServices) status(ctx context.Context, err error) error {
	var mistake undecodable
	var all allRefused
	var connection interrupted
	switch {
	case err == nil:
		return nil
	case errors.As(err, &connection):
		return connection.error // gRPC's own, with its code
	case ctx.Err() != nil:
		return status.FromContextError(ctx.Err()).Err()
	case errors.Is(err, ErrUnauthorized):
		return status.Error(codes.Unauthenticated, err.Error())
	case errors.Is(err, ErrForbidden), isA[OverQuota](err):
		return status.Error(codes.PermissionDenied, err.Error())
	case errors.Is(err, errTooLarge):
		return status.Error(codes.OutOfRange, err.Error())
	case errors.As(err, &mistake), errors.As(err, &all):
		return status.Error(codes.InvalidArgument, err.Error())
	}
	after, ok := retryAfter(err)
	if !ok {
		s.log.Error("request not stored; the client will send it again", "error", err)
		return comeAgain(codes.Unavailable, textInternal, retryLater)
	}
	if isA[TooFast](err) {
		return comeAgain(codes.ResourceExhausted, err.Error(), after)
	}
	return comeAgain(codes.Unavailable, err.Error(), after)
}

func comeAgain(code codes.Code, text string, after time.Duration) error {
	st, err := status.New(code, text).WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(after)})
	if err != nil {
		return status.Error(code, text)
	}
	return st.Err()
}

// rawMessage is an encoded protobuf message.
type rawMessage []byte

// rawCodec hands messages over as they are on the wire.
type rawCodec struct{}

var _ encoding.CodecV2 = rawCodec{}

// Name returns the content subtype of protobuf, which is what clients send.
func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	message, ok := v.(*rawMessage)
	if !ok {
		return nil, fmt.Errorf("cannot send a %T", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(*message)}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	message, ok := v.(*rawMessage)
	if !ok {
		return fmt.Errorf("cannot receive a %T", v)
	}
	*message = data.Materialize()
	return nil
}
