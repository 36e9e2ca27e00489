package password

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// What a password must have.
const (
	MinLength = 10   // characters
	MaxLength = 1024 // bytes, so that nobody makes the server hash a book
	// minUnguessed is how many different characters have to be left when everything is taken away that guessers try first.
	minUnguessed = 5
	// minWord is how long a word about a person is that counts as guessable, in bytes: shorter ones stand in too many others.
	minWord = 4
)

var errGuessable = errors.New("is one of the first that somebody would guess: it has little beside common words, rows of keys, repetitions, and your name or address")

// Check tells what is wrong with a password that somebody chose; the text may be shown to them. about is what others know of them: their
// name, their address of mail. Length is asked for, and that it is not easily guessed, but no mixture of kinds of characters (NIST
// SP 800-63B, section 5.1.1.2). There is no list of leaked passwords here: most are shorter than MinLength, and those that are not
// are words, rows of keys and repetitions, which are looked for.
func Check(text string, about ...string) error {
	switch {
	case utf8.RuneCountInString(text) < MinLength:
		return fmt.Errorf("must have at least %d characters", MinLength)
	case len(text) > MaxLength:
		return fmt.Errorf("must have at most %d bytes", MaxLength)
	case kinds(unguessed(text, about)) < minUnguessed:
		return errGuessable
	}
	return nil
}

// commonWords are what most of the longer passwords of published lists are made of, and what this server is called.
var commonWords = []string{
	"password", "passwort", "passw0rd", "p@ssw0rd", "p@ssword", "welcome", "iloveyou", "letmein", "administrator", "admin", "superman", "princess",
	"sunshine", "football", "baseball", "dragon", "monkey", "master", "michael", "charlie", "secret", "changeme", "default", "hearth",
}

// rows are what fingers type without thinking, forwards and backwards.
var rows = []string{
	"0123456789", "9876543210", "1234567890", "0987654321", "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba",
	"qwertyuiop", "poiuytrewq", "qwertzuiop", "poiuztrewq", "azertyuiop", "asdfghjkl", "lkjhgfdsa", "zxcvbnm", "mnbvcxz", "yxcvbnm", "1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb",
}

// between is what separates the words of a name or an address.
var between = regexp.MustCompile(`[^\pL\pN]+`)

// guessable returns the words that are taken away, the longest first.
func guessable(about []string) []string {
	words := slices.Clone(commonWords)
	for _, text := range about {
		text = strings.ToLower(text)
		words = append(append(append(words, text), strings.Split(text, "@")...), between.Split(text, -1)...)
	}
	words = slices.DeleteFunc(words, func(word string) bool { return len(word) < minWord })
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
	return words
}

// unguessed returns what is left of a password without what guessers try first.
func unguessed(text string, about []string) string {
	left := strings.ToLower(text)
	for _, word := range guessable(about) {
		left = strings.ReplaceAll(left, word, "")
	}
	return withoutRows(left)
}

// withoutRows takes away every part of a row that is long enough to be no chance.
func withoutRows(text string) string {
	var left strings.Builder
	for text != "" {
		longest := 0
		for _, row := range rows {
			n := minWord
			for n <= len(text) && strings.Contains(row, text[:n]) {
				longest = max(longest, n)
				n++
			}
		}
		if longest == 0 {
			_, longest = utf8.DecodeRuneInString(text)
			left.WriteString(text[:longest])
		}
		text = text[longest:]
	}
	return left.String()
}

// kinds returns how many different characters a text has: what only repeats itself has few.
func kinds(text string) int {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}
