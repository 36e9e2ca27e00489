package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is the long help.
func (completionCmd) Help() string {
	return `Examples:

    source <(hearth completion bash)       # in ~/.bashrc
    source <(hearth completion zsh)        # in ~/.zshrc, after compinit
    hearth completion fish | source        # in ~/.config/fish/config.fish`
}

// The scripts ask the program itself what may stand next, so that they never grow old. Each answer is a line: the word, a
// tab, and what it means. Where there is no answer, the shell offers files.
var completionScripts = map[string]string{
	"bash": `_hearth() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("${line%%$'\t'*}")
    done < <(hearth __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _hearth hearth
`,
	"zsh": `#compdef hearth
_hearth() {
    local line
    local -a candidates
    while IFS= read -r line; do
        candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done < <(hearth __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
    if (( $#candidates )); then
        _describe hearth candidates
    else
        _files
    fi
}
compdef _hearth hearth
`,
	"fish": `complete -c hearth -f -a '(hearth __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
complete -c hearth -l config -r -F
complete -c hearth -l data-dir -r -F
`,
}

// Run prints the script.
func (cmd *completionCmd) Run(c *console) error {
	_, err := fmt.Fprint(c.out, completionScripts[cmd.Shell])
	return err
}

type completeCmd struct {
	Words []string `arg:"" optional:""`
}

// Run prints what may stand in the place of the last word.
func (cmd *completeCmd) Run(c *console, app *kong.Application) error {
	for _, candidate := range complete(app.Node, cmd.Words) {
		if _, err := fmt.Fprintf(c.out, "%s\t%s\n", candidate.word, candidate.help); err != nil {
			return err
		}
	}
	return nil
}

// candidate is a word that may stand next.
type candidate struct{ word, help string }

// complete returns what the last of the words may become, given the ones before it.
func complete(root *kong.Node, words []string) []candidate {
	if len(words) == 0 {
		words = []string{""}
	}
	node, before, last := root, words[:len(words)-1], words[len(words)-1]
	var value *kong.Flag // whose value stands next
	for _, word := range before {
		switch {
		case value != nil:
			value = nil
		case strings.HasPrefix(word, "-"):
			value = valueFlag(node, word)
		default:
			if child := childNamed(node, word); child != nil {
				node = child
			}
		}
	}
	var all []candidate
	switch {
	case value != nil:
		all = enumCandidates(value.Value)
	case strings.HasPrefix(last, "-"):
		all = flagCandidates(node)
	default:
		all = wordCandidates(node)
	}
	return slices.DeleteFunc(all, func(c candidate) bool { return !strings.HasPrefix(c.word, last) })
}

func childNamed(node *kong.Node, name string) *kong.Node {
	for _, child := range node.Children {
		if child.Name == name || slices.Contains(child.Aliases, name) {
			return child
		}
	}
	return nil
}

// valueFlag returns the flag that a word is, when its value is the next word.
func valueFlag(node *kong.Node, word string) *kong.Flag {
	for _, flag := range flagsOf(node) {
		if (word == "--"+flag.Name || flag.Short != 0 && word == "-"+string(flag.Short)) && !flag.IsBool() {
			return flag
		}
	}
	return nil
}

// flagsOf returns the flags of a command and of those above it, the hidden ones left out.
func flagsOf(node *kong.Node) []*kong.Flag {
	var all []*kong.Flag
	for _, group := range node.AllFlags(true) {
		all = append(all, group...)
	}
	return all
}

func flagCandidates(node *kong.Node) []candidate {
	var all []candidate
	for _, flag := range flagsOf(node) {
		all = append(all, candidate{"--" + flag.Name, flag.Help})
	}
	return all
}

func enumCandidates(value *kong.Value) []candidate {
	var all []candidate
	if value.Enum == "" {
		return nil
	}
	for _, word := range value.EnumSlice() {
		all = append(all, candidate{word: word})
	}
	return all
}

// wordCandidates are the commands below a node, and what its arguments may be.
func wordCandidates(node *kong.Node) []candidate {
	var all []candidate
	for _, child := range node.Children {
		if !child.Hidden {
			all = append(all, candidate{child.Name, child.Help})
		}
	}
	for _, argument := range node.Positional {
		all = append(all, enumCandidates(argument)...)
	}
	return all
}
