package hearth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"go.opentelemetry.io/otel"
)

// checkToken asks a server whose project a token is, and returns the project's URL. See logfire-protocol.md, section 2.6.
func checkToken(ctx context.Context, client *http.Client, d destination) (projectURL string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url("/v1/info"), nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("User-Agent", userAgent())
	if d.token != "" {
		request.Header.Set("Authorization", d.token)
	}
	response, err := client.Do(request)
	if err != nil {
		return "", fmt.Errorf("%s cannot be reached; telemetry waits until it can: %w", d.base, err)
	}
	defer response.Body.Close()
	var answer struct {
		ProjectURL string `json:"project_url"`
		Detail     any    `json:"detail"`
	}
	decodeErr := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&answer)
	if response.StatusCode == http.StatusOK && decodeErr == nil && answer.ProjectURL != "" {
		return answer.ProjectURL, nil
	}
	reason := response.Status
	if answer.Detail != nil {
		reason = fmt.Sprint(reason, ": ", answer.Detail)
	}
	return "", fmt.Errorf("%s does not know the token, telemetry may be lost: %s", d.base, reason)
}

// checkTokens tells, in the background, where the projects are and which tokens are not accepted. Nothing depends on it.
func (s *state) checkTokens(ctx context.Context, destinations []destination, notices io.Writer) {
	for i, d := range destinations {
		if d.projectURL != "" {
			notice(notices, "project "+d.projectURL)
		}
		client := s.backends[i].transport.Plain()
		s.background.Go(func() {
			projectURL, err := checkToken(ctx, client, d)
			switch {
			case errors.Is(ctx.Err(), context.Canceled): // the program ends
			case err != nil:
				otel.Handle(fmt.Errorf("hearth: %w", err))
			case d.projectURL == "":
				notice(notices, "project "+projectURL)
			}
		})
	}
}

// notice writes one line to whoever runs the program.
func notice(w io.Writer, line string) {
	if w == nil {
		return
	}
	if _, err := fmt.Fprintf(w, "hearth: %s\n", line); err != nil {
		otel.Handle(fmt.Errorf("hearth: write a notice: %w", err))
	}
}
