package board

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Builtin is a dashboard that comes with Hearth. Nobody can change it; a copy of it is anybody's.
type Builtin struct {
	ID   string // UUID; the same everywhere and in every release
	Slug string // the name of its file
	Name string
	// Project is the name of the only project that has it, from metadata.project; empty for all.
	Project string

	Definition
}

//go:embed builtin/*.json
var builtinFiles embed.FS

// builtinIDs is the space of the ids of built-in dashboards, which are made of their slugs.
var builtinIDs = uuid.MustParse("6f0d1c3e-8d0b-4a27-9d8e-4e8a8c6f2f11")

var builtins = mustRead(builtinFiles)

// Builtins returns the dashboards that a project of a name has without anybody's doing, by name: those that are for it
// alone, if there are any, since what it holds is like nobody's, and else those that are for all.
func Builtins(project string) []Builtin {
	var common, own []Builtin
	for _, b := range builtins {
		switch b.Project {
		case project:
			own = append(own, b)
		case "":
			common = append(common, b)
		}
	}
	if own != nil {
		return own
	}
	return common
}

// BuiltinNamed returns that of a project's built-in dashboards that has an id or a slug.
func BuiltinNamed(project, name string) (Builtin, bool) {
	for _, b := range Builtins(project) {
		if b.ID == name || b.Slug == name {
			return b, true
		}
	}
	return Builtin{}, false
}

// mustRead reads what was embedded. A mistake in it is ours, and every test would find it.
func mustRead(files embed.FS) []Builtin {
	entries, err := files.ReadDir("builtin")
	if err != nil {
		panic(err)
	}
	all := make([]Builtin, len(entries))
	for i, entry := range entries {
		file := path.Join("builtin", entry.Name())
		text, err := files.ReadFile(file)
		if err != nil {
			panic(err)
		}
		if all[i], err = readBuiltin(strings.TrimSuffix(entry.Name(), ".json"), text); err != nil {
			panic(fmt.Errorf("%s: %w", file, err))
		}
	}
	slices.SortFunc(all, func(a, b Builtin) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func readBuiltin(slug string, text []byte) (Builtin, error) {
	definition, err := Check(text)
	if err != nil {
		return Builtin{}, err
	}
	var named struct {
		Metadata struct {
			Project string `json:"project"`
		} `json:"metadata"`
		Spec struct {
			Display struct {
				Name string `json:"name"`
			} `json:"display"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(text, &named); err != nil {
		return Builtin{}, err
	}
	return Builtin{
		ID: uuid.NewSHA1(builtinIDs, []byte(slug)).String(), Slug: slug, Name: named.Spec.Display.Name,
		Project: named.Metadata.Project, Definition: definition,
	}, nil
}
