// Grpc records the calls of a gRPC client and of its server, with OpenTelemetry's otelgrpc. Both are in the same program, and
// the service is gRPC's own health check, so it needs no network and no generated code.
//
//	hearth serve &
//	HEARTH_BASE_URL=http://127.0.0.1:4318 go run ./grpc
//
// Look at the trace that it names: each call of the client has the server's side below it. The one for a service that nobody
// knows ends with NOT_FOUND, the stream with CANCELLED, since the client leaves it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/hearth-dev/hearth/sdk"
)

func main() {
	ctx := context.Background()
	shutdown, err := hearth.Configure(ctx, hearth.WithServiceName("grpc"))
	if err != nil {
		log.Fatal(err)
	}
	if err := errors.Join(run(ctx), shutdown(ctx)); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) (err error) {
	checks := health.NewServer()
	checks.SetServingStatus("shop", grpc_health_v1.HealthCheckResponse_SERVING)
	server := grpc.NewServer(grpc.StatsHandler(otelgrpc.NewServerHandler()))
	grpc_health_v1.RegisterHealthServer(server, checks)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() {
		server.GracefulStop()
		err = errors.Join(err, <-served)
	}()

	conn, err := grpc.NewClient(listener.Addr().String(),
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithStatsHandler(otelgrpc.NewClientHandler()))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return check(ctx, grpc_health_v1.NewHealthClient(conn), checks)
}

func check(ctx context.Context, client grpc_health_v1.HealthClient, checks *health.Server) error {
	ctx, span := hearth.Span(ctx, "is everything well?")
	defer span.End()
	fmt.Println("trace", trace.SpanContextFromContext(ctx).TraceID())

	for _, service := range []string{"shop", "nobody"} {
		answer, err := client.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: service})
		if err != nil {
			fmt.Println(service, status.Code(err))
			continue
		}
		fmt.Println(service, answer.GetStatus())
	}
	return watch(ctx, client, checks)
}

// watch follows the shop until it is closed.
func watch(ctx context.Context, client grpc_health_v1.HealthClient, checks *health.Server) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := client.Watch(ctx, &grpc_health_v1.HealthCheckRequest{Service: "shop"})
	if err != nil {
		return err
	}
	for {
		answer, err := stream.Recv()
		if err != nil {
			return err
		}
		fmt.Println("shop", answer.GetStatus())
		if answer.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
			return nil
		}
		checks.SetServingStatus("shop", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	}
}
