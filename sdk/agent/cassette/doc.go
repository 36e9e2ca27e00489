// Package cassette records the HTTP traffic of a test once and replays it from then on: tests of agents run against real
// answers of real models, without a network, without a key, and with the same result each time.
//
//	func TestWeather(t *testing.T) {
//		client := cassette.Use(t, "testdata/weather.json").Client()
//		model := openaimodel.New("gpt-4o", openaimodel.WithHTTPClient(client))
//		…
//	}
//
// With HEARTH_CASSETTE=record in the environment requests go out and the file is written anew; otherwise nothing leaves
// the process, and a request that was not recorded is an error that says where it differs. A cassette is a JSON file that
// is meant to be read and reviewed: bodies of JSON are JSON in it, streams are lists of lines. Keys and tokens do not get
// into it: of the headers only a few harmless ones are kept, and the secrets of the others are replaced wherever they occur.
// Ids that an agent makes for calls of tools, when the provider gives none, match each other.
package cassette
