package hearth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// credentials are what "logfire projects use" writes into logfire_credentials.json; see logfire-protocol.md, section 2.1.
type credentials struct {
	Token      string `json:"token"`
	Project    string `json:"project_name"`
	ProjectURL string `json:"project_url"`
	BaseURL    string `json:"logfire_api_url"`
}

// readCredentials reads the credentials file in a folder. Without a file it returns nil. The file has four keys and no
// others, as the Python SDK demands.
func readCredentials(dir string) (*credentials, error) {
	path := filepath.Join(dir, "logfire_credentials.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("credentials file: %w", err)
	}
	var values map[string]string
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("credentials file %s: %w", path, err)
	}
	if legacy, ok := values["dashboard_url"]; ok {
		delete(values, "dashboard_url")
		if _, ok := values["project_url"]; !ok {
			values["project_url"] = legacy
		}
	}
	for _, key := range []string{"token", "project_name", "project_url", "logfire_api_url"} {
		if _, ok := values[key]; !ok {
			return nil, fmt.Errorf("credentials file %s: it has no %q", path, key)
		}
	}
	if len(values) > 4 {
		return nil, fmt.Errorf("credentials file %s: it has other keys than token, project_name, project_url and logfire_api_url", path)
	}
	return &credentials{values["token"], values["project_name"], values["project_url"], values["logfire_api_url"]}, nil
}

var tokenRegion = regexp.MustCompile(`^pylf_v[0-9]+_([a-z]+)_`)

// regionURL returns the Logfire that a token belongs to; see logfire-protocol.md, section 1.5.
func regionURL(token string) (string, error) {
	region := "us" // tokens from before there were regions
	if match := tokenRegion.FindStringSubmatch(token); match != nil {
		region = match[1]
	}
	switch region {
	case "us", "eu":
		return "https://logfire-" + region + ".pydantic.dev", nil
	case "stagingus", "stagingeu":
		return "https://logfire-" + strings.TrimPrefix(region, "staging") + ".pydantic.info", nil
	case "local":
		return "", errors.New("the token belongs to a server of your own, and nothing says which: " +
			"set HEARTH_BASE_URL to its address, such as http://127.0.0.1:4318, or use WithBaseURL")
	}
	return "", fmt.Errorf("the token's region %q is none of us and eu: set HEARTH_BASE_URL to the server's address, or use WithBaseURL", region)
}

// parseBaseURL returns the origin of a server's address.
func parseBaseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("base URL %q is not one like https://hearth.example.com", text)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// isLoopback tells whether a URL leads to this machine.
func isLoopback(u *url.URL) bool {
	if u.Hostname() == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(u.Hostname())
	return err == nil && address.IsLoopback()
}
