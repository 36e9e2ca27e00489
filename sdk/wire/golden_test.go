package wire

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hearth-dev/hearth/sdk/agent"
)

var update = flag.Bool("update", false, "write what is read of the bodies in testdata as what is wanted")

// exchange is a folder of testdata.
type exchange struct {
	endpoint Endpoint
	request  []byte
	response []byte
	stream   bool
}

func exchanges(t testing.TB) map[string]exchange {
	t.Helper()
	all := map[string]exchange{}
	folders, err := filepath.Glob(filepath.Join("testdata", "*", "url"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no exchanges in testdata: %v", err)
	}
	for _, file := range folders {
		folder := filepath.Dir(file)
		u, err := url.Parse(strings.TrimSpace(string(readFile(t, file))))
		if err != nil {
			t.Fatal(err)
		}
		e, ok := EndpointOf("POST", u)
		if !ok {
			t.Fatalf("%s: %s is no endpoint", folder, u)
		}
		responses, _ := filepath.Glob(filepath.Join(folder, "response.*"))
		if len(responses) != 1 {
			t.Fatalf("%s: want one response, have %d", folder, len(responses))
		}
		all[filepath.Base(folder)] = exchange{
			endpoint: e, request: readFile(t, filepath.Join(folder, "request.json")),
			response: readFile(t, responses[0]), stream: filepath.Ext(responses[0]) != ".json",
		}
	}
	return all
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestExchanges(t *testing.T) {
	t.Parallel()
	for name, x := range exchanges(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := x.told(t, len(x.response))
			file := filepath.Join("testdata", name, "want.txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(readFile(t, file)), got); diff != "" {
				t.Error(diff)
			}
			if !x.stream {
				return
			}
			for _, size := range []int{1, 7} {
				if diff := cmp.Diff(got, x.told(t, size)); diff != "" {
					t.Errorf("in pieces of %d bytes: %s", size, diff)
				}
			}
		})
	}
}

// told returns what is read of an exchange, as text. Streams are written in pieces.
func (x *exchange) told(t testing.TB, piece int) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", fields(x.endpoint))
	request, err := x.endpoint.ReadRequest(x.request)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "\nrequest %s\n", fields(struct {
		Model        string
		Stream       bool
		Inputs       []string
		Instructions string
		Settings     agent.Settings
		Output       agent.OutputDefinition
	}{request.Model, request.Stream, request.Inputs, request.Instructions, request.Settings, request.Output}))
	for _, tool := range request.Tools {
		fmt.Fprintf(&b, "tool %s\n", fields(tool))
	}
	for _, m := range request.Messages {
		writeMessage(&b, m)
	}
	if !x.stream {
		response, err := x.endpoint.ReadResponse(x.response)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("\n")
		writeMessage(&b, response)
		return b.String()
	}
	s := x.endpoint.NewStream()
	for rest := x.response; len(rest) > 0; {
		n := min(piece, len(rest))
		if _, err := s.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b.WriteString("\nstreamed ")
	writeMessage(&b, s.Response())
	if err := s.Err(); err != nil {
		fmt.Fprintf(&b, "error %s\n", err)
	}
	return b.String()
}

func writeMessage(b *strings.Builder, m agent.Message) {
	switch m := m.(type) {
	case *agent.Input:
		b.WriteString("input\n")
		for _, part := range m.Parts {
			fmt.Fprintf(b, "  %s\n", fields(part))
		}
	case *agent.Response:
		about := *m
		about.Parts, about.At = nil, time.Time{}
		fmt.Fprintf(b, "%s\n", fields(about))
		for _, part := range m.Parts {
			fmt.Fprintf(b, "  %s\n", fields(part))
		}
	}
}

// fields writes a value with the fields that are not zero.
func fields(v any) string {
	value := reflect.ValueOf(v)
	if value.Kind() == reflect.Pointer && !value.IsNil() {
		return fields(value.Elem().Interface())
	}
	switch v := v.(type) {
	case []byte:
		return fmt.Sprintf("%x", v)
	case fmt.Stringer:
		return v.String()
	}
	switch value.Kind() {
	case reflect.Struct:
		var set []string
		for i := range value.NumField() {
			if field := value.Field(i); !field.IsZero() {
				set = append(set, value.Type().Field(i).Name+": "+fields(field.Interface()))
			}
		}
		return value.Type().Name() + "{" + strings.Join(set, ", ") + "}"
	case reflect.Slice:
		if value.Type().Elem().Kind() == reflect.Uint8 {
			return string(value.Bytes()) // JSON
		}
		var all []string
		for i := range value.Len() {
			all = append(all, fields(value.Index(i).Interface()))
		}
		return "[" + strings.Join(all, ", ") + "]"
	case reflect.String:
		return fmt.Sprintf("%q", value.String())
	}
	return fmt.Sprint(v)
}
