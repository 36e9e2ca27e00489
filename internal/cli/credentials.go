package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// credentials connect a folder with a project: what Logfire's SDKs and Hearth's read when nobody tells them where to send.
// The Python SDK takes these four keys and refuses any other.
type credentials struct {
	Token      string `json:"token"`
	Project    string `json:"project_name"`
	ProjectURL string `json:"project_url"`
	BaseURL    string `json:"logfire_api_url"`
}

// name returns the organisation and the project, which the address of the project ends in.
func (c *credentials) name() string {
	return path.Base(path.Dir(c.ProjectURL)) + "/" + c.Project
}

// What SDKs and CLIs write into the folder of the credentials.
const (
	credentialsFile = "logfire_credentials.json"
	ignoreFile      = ".gitignore"
	readTokenFile   = "read_token.json"
)

// readCredentials reads the credentials in a folder; nil when there are none.
func readCredentials(dir string) (*credentials, error) {
	text, err := os.ReadFile(filepath.Join(dir, credentialsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c := &credentials{}
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, credentialsFile), err)
	}
	return c, nil
}

// write writes the credentials into a folder, which Git then ignores as a whole. In a folder that holds other things, which
// somebody chose, Git's rules stay as they are.
func (c *credentials) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	ours := !slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return !slices.Contains([]string{credentialsFile, ignoreFile, readTokenFile}, e.Name())
	})
	if ours {
		if err := createFile(filepath.Join(dir, ignoreFile), "*"); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, credentialsFile), append(text, '\n'))
}

// createFile writes a file that does not exist; one that does stays as it is.
func createFile(path, text string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// linkFlags say where the credentials are that connect this folder with a project.
type linkFlags struct {
	DataDir string `help:"Folder of the credentials; the default is .logfire." name:"data-dir" default:".logfire" env:"HEARTH_CREDENTIALS_DIR,LOGFIRE_CREDENTIALS_DIR" placeholder:"DIR"`
}

// mayLink asks, where a person can answer, before a folder is taken from another project. project is its organisation and
// name; an empty one is of a project that does not exist yet.
func (f *linkFlags) mayLink(c *console, baseURL, project string) error {
	if !c.interactive {
		return nil
	}
	old, err := readCredentials(f.DataDir)
	if err != nil {
		return f.mayReplace(c, fmt.Sprintf("There are credentials that cannot be read (%v).", err))
	}
	if old == nil || sameServer(old.BaseURL, baseURL) && old.name() == project {
		return nil
	}
	return f.mayReplace(c, fmt.Sprintf("This folder sends to %s at %s.", clean(old.name()), clean(old.BaseURL)))
}

func (f *linkFlags) mayReplace(c *console, fact string) error {
	answer, err := c.ask(fact+" Connect it with the other project instead? [y/N] ", "n")
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"y", "yes"}, strings.ToLower(answer)) {
		return errors.New("nothing was changed")
	}
	return nil
}

// link connects the folder with a project, and says so.
func (f *linkFlags) link(c *console, made credentials) error {
	if err := made.write(f.DataDir); err != nil {
		return fmt.Errorf("write the credentials: %w", err)
	}
	c.note("This folder now sends to %s: SDKs find %s.", made.name(), filepath.Join(f.DataDir, credentialsFile))
	c.note("Watch it at %s", made.ProjectURL)
	return nil
}
