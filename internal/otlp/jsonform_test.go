package otlp

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// otlpJSON returns a protobuf request as OTLP's JSON: protobuf's own JSON with ids in hex.
func otlpJSON(t testing.TB, body []byte, m proto.Message) []byte {
	t.Helper()
	if err := proto.Unmarshal(body, m); err != nil {
		t.Fatal(err)
	}
	raw, err := protojson.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	hexIDs(t, tree)
	raw, err = json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func hexIDs(t testing.TB, tree any) {
	switch node := tree.(type) {
	case []any:
		for _, element := range node {
			hexIDs(t, element)
		}
	case map[string]any:
		for key, element := range node {
			id, isText := element.(string)
			if !isText || (key != "traceId" && !strings.HasSuffix(strings.ToLower(key), "spanid")) {
				hexIDs(t, element)
				continue
			}
			raw, err := base64.StdEncoding.DecodeString(id)
			if err != nil {
				t.Fatal(err)
			}
			node[key] = hex.EncodeToString(raw)
		}
	}
}
