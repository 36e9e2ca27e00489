package cassette_test

import (
	"fmt"
	"io"
	"net/http"

	"github.com/hearth-dev/hearth/sdk/agent/cassette"
)

// A test would say cassette.Use(t, "testdata/models.json"), which fails the test where this prints.
func Example() {
	c, err := cassette.Open("testdata/models.json", cassette.Replay)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := c.Client().Get("https://api.openai.com/v1/models/gpt-4o")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	fmt.Println(answer.StatusCode == http.StatusOK, string(content), err)
	fmt.Println(c.Close())
	// Output:
	// true {"id":"gpt-4o","object":"model","owned_by":"system"} <nil>
	// <nil>
}
