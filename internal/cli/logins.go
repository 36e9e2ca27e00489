package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// login is a user token, as ~/.logfire/default.toml holds it: the file of Logfire's CLI, so that either CLI's login serves
// both.
type login struct {
	Token      string `toml:"token"`
	Expiration string `toml:"expiration"` // UTC, whatever stands behind it
}

// expires returns when the login is over; the zero time, which is past, for what cannot be read.
func (l *login) expires() time.Time {
	at, err := time.Parse("2006-01-02T15:04:05", strings.TrimSuffix(l.Expiration, "Z"))
	if err != nil {
		return time.Time{}
	}
	return at
}

func (l *login) valid() bool { return l.Token != "" && time.Now().Before(l.expires()) }

// logins are the logins of the person who runs the program, by the address of the server as they typed it.
type logins struct {
	path string
	list map[string]login
}

// readLogins reads the file. None means that there are no logins, and so does a person without a home.
func readLogins() (*logins, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return &logins{}, nil //nolint:nilerr // saving one says so
	}
	l := &logins{path: filepath.Join(home, ".logfire", "default.toml")}
	var file loginsFile
	if _, err := toml.DecodeFile(l.path, &file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the file of logins %s cannot be read: %w", l.path, err)
	}
	l.list = file.Tokens
	return l, nil
}

// loginsFile is what the file holds.
type loginsFile struct {
	Tokens map[string]login `toml:"tokens"`
}

// find returns the login at a server, and how its address was typed.
func (l *logins) find(baseURL string) (_ login, typed string, ok bool) {
	for typed, found := range l.list {
		if sameServer(typed, baseURL) {
			return found, typed, true
		}
	}
	return login{}, "", false
}

func sameServer(a, b string) bool {
	return strings.EqualFold(strings.TrimRight(a, "/"), strings.TrimRight(b, "/"))
}

// set keeps a login in the place of that at the same server.
func (l *logins) set(baseURL string, made login) error {
	if l.list == nil {
		l.list = map[string]login{}
	}
	if _, typed, ok := l.find(baseURL); ok {
		delete(l.list, typed)
	}
	l.list[baseURL] = made
	return l.save()
}

func (l *logins) remove(baseURL string) error {
	if _, typed, ok := l.find(baseURL); ok {
		delete(l.list, typed)
	}
	return l.save()
}

// save writes the file.
func (l *logins) save() error {
	if l.path == "" {
		return errors.New("there is no home folder to keep the login in: set HOME")
	}
	var text bytes.Buffer
	encoder := toml.NewEncoder(&text)
	encoder.Indent = ""
	if err := encoder.Encode(loginsFile{l.list}); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return err
	}
	return replaceFile(l.path, text.Bytes())
}

// replaceFile writes a file that its owner alone can read, whole or not at all. A link in its place is replaced, not
// followed.
func replaceFile(path string, text []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
