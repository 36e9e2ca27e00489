package otlp

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	exportTraces  = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
	exportLogs    = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
	exportMetrics = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
)

// dial serves s and returns a client.
func dial(t *testing.T, s Sink) *grpc.ClientConn {
	t.Helper()
	return dialWith(t, s, Options{})
}

func dialWith(t *testing.T, s Sink, o Options) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := NewGRPCServer(NewDecoder(nil), door{}, s, o)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	client, err := grpc.NewClient("passthrough:///hearth", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return client
}

// export makes the unary call that exporters make. The response is read as a message without known fields.
func export(t *testing.T, client *grpc.ClientConn, method, authorization string, request proto.Message, options ...grpc.CallOption) ([]byte, error) {
	t.Helper()
	ctx := t.Context()
	if authorization != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", authorization)
	}
	var response emptypb.Empty
	err := client.Invoke(ctx, method, request, &response, options...)
	return response.ProtoReflect().GetUnknown(), err
}

func TestGRPCTakesAllSignals(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	client := dial(t, s)
	for method, request := range map[string]proto.Message{
		exportTraces: tracesOf(freshSpan("x")), exportLogs: fullLogs(), exportMetrics: fullMetrics(fullMetricData()[0]),
	} {
		for _, options := range [][]grpc.CallOption{nil, {grpc.UseCompressor(gzip.Name)}} {
			response, err := export(t, client, method, token, request, options...)
			if err != nil || len(response) != 0 {
				t.Errorf("%s: %q, %v", method, response, err)
			}
			last := len(s.bodies) - 1
			if last < 0 || string(s.bodies[last]) != string(marshal(t, request)) {
				t.Errorf("%s: the sink did not get the bytes that were sent", method)
			}
		}
	}
	if len(s.batches) != 6 {
		t.Errorf("%d batches, want 6", len(s.batches))
	}
}

func TestGRPCCodes(t *testing.T) {
	t.Parallel()
	good := tracesOf(freshSpan("x"))
	check := func(what string, s Sink, authorization string, request proto.Message, wantCode codes.Code, wantText string) error {
		t.Helper()
		_, err := export(t, dial(t, s), exportTraces, authorization, request)
		if status.Code(err) != wantCode || !strings.HasPrefix(status.Convert(err).Message(), wantText) {
			t.Errorf("%s: %v, want %v %q", what, err, wantCode, wantText)
		}
		return err
	}
	nothing := tracesOf(freshSpan("x"))
	nothing.ResourceSpans[0].ScopeSpans[0].Spans[0].TraceId = nil
	check("no token", &shelf{}, "", good, codes.Unauthenticated, "Missing or invalid authorization header")
	check("unknown token", &shelf{}, "x", good, codes.Unauthenticated, "Unknown token")
	check("token store gone", &shelf{}, "broken", good, codes.Unavailable, "cannot take the request now")
	check("damaged", &shelf{}, token, fullLogsAsTraces(t), codes.InvalidArgument, "decode OTLP traces")
	check("all refused", &shelf{}, token, nothing, codes.InvalidArgument, "1 span refused")
	check("sink fails", &shelf{err: errors.New("disk on fire")}, token, good, codes.Unavailable, "cannot take the request now")
	err := check("busy", &shelf{err: busy{"queue is full", 3 * time.Second}}, token, good, codes.Unavailable, "queue is full")
	details := status.Convert(err).Details()
	if len(details) != 1 || details[0].(*errdetails.RetryInfo).GetRetryDelay().AsDuration() != 3*time.Second {
		t.Errorf("details %v, want to retry after 3 s", details)
	}
}

// fullLogsAsTraces returns a message whose fields have other types than those of traces.
func fullLogsAsTraces(t *testing.T) proto.Message {
	t.Helper()
	message := new(emptypb.Empty)
	message.ProtoReflect().SetUnknown(appendVarintField(nil, 1, 7))
	return message
}

func TestGRPCRefusesWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	client := dial(t, &shelf{})
	request := tracesOf(testSpan("x", text("big", strings.Repeat("x", maxRequest))))
	_, err := export(t, client, exportTraces, token, request, grpc.UseCompressor(gzip.Name))
	if status.Code(err) != codes.OutOfRange {
		t.Errorf("%v, want OUT_OF_RANGE", err)
	}
}

func TestGRPCPartialSuccess(t *testing.T) {
	t.Parallel()
	bad := freshSpan("bad")
	bad.TraceId = nil
	response, err := export(t, dial(t, &shelf{}), exportTraces, token, tracesOf(freshSpan("good"), bad))
	if err != nil {
		t.Fatal(err)
	}
	if refused, message := partialSuccess(t, response); refused != 1 || !strings.HasPrefix(message, "1 span refused") {
		t.Errorf("partial success %d %q", refused, message)
	}
}
