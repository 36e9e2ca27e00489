// Chat is a web page on which one talks to an agent: answers come word by word, and each conversation goes on over many requests.
//
//	hearth serve &
//	HEARTH_BASE_URL=http://127.0.0.1:4318 go run ./chat         # then open the address that it prints
//	OPENAI_API_KEY=… go run ./chat --model openai:gpt-4o
//
// A scripted model stands in for a real one, so that it needs no network and no key; it sells tea. Look at the records of the
// service chat: each message is a trace from the browser's request down to the call of the model, and the conversation is one
// over all of them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/hearth-dev/hearth/examples/internal/model"
	"github.com/hearth-dev/hearth/sdk"
	"github.com/hearth-dev/hearth/sdk/agent"
	"github.com/hearth-dev/hearth/sdk/httpserver"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8017", "where the page is served")
	name := flag.String("model", "", "a real model, such as openai:gpt-4o; empty is a scripted one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	shutdown, err := hearth.Configure(ctx, hearth.WithServiceName("chat"))
	if err != nil {
		log.Fatal(err)
	}
	agent.InstrumentAll()
	if err := errors.Join(serve(ctx, *listen, *name), shutdown(context.WithoutCancel(ctx))); err != nil {
		log.Fatal(err)
	}
}

// serve serves the page until ctx ends.
func serve(ctx context.Context, address, name string) error {
	llm, err := model.Named(name, scriptedModel())
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: httpserver.Handler(newShop(llm)), ReadHeaderTimeout: 10 * time.Second}
	ended := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer ended()
	fmt.Printf("http://%s\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
