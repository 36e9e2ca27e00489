package hearth

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"

	"github.com/hearth-dev/hearth/sdk/internal/govalue"
)

// keyTemplateProblem is the attribute that says why a message is its template, unfilled.
const keyTemplateProblem = "hearth.template_problem"

// maxFieldRunes is how much of a value a message shows, as in Logfire's SDK: the rest of it is in the attribute.
const maxFieldRunes = 128

// argument is an attribute that the host gave, and what goes out for it.
type argument struct {
	key     string
	value   slog.Value
	encoded govalue.Encoded
}

// render fills the fields of a template. A field is {name}, {name=} which shows the name too, or {name:verb} where verb
// is one of package fmt without its percent sign, as in {price:.2f}; {{ and }} are braces. A template that cannot be
// filled is its own message, and problem says why. clean returns what may be shown of a field's text.
func render(template string, arguments []argument, clean func(name, text string) string) (message, problem string) {
	if !strings.ContainsAny(template, "{}") {
		return template, ""
	}
	var b strings.Builder
	for rest := template; ; {
		at := strings.IndexAny(rest, "{}")
		if at < 0 {
			b.WriteString(rest)
			return b.String(), ""
		}
		b.WriteString(rest[:at])
		brace := rest[at]
		if at+1 < len(rest) && rest[at+1] == brace {
			b.WriteByte(brace)
			rest = rest[at+2:]
			continue
		}
		if brace == '}' {
			return template, "Single '}' encountered in format string"
		}
		field, after, closed := strings.Cut(rest[at+1:], "}")
		if !closed || strings.Contains(field, "{") {
			return template, "expected '}' before end of string"
		}
		text, problem := fill(field, arguments, clean)
		if problem != "" {
			return template, problem
		}
		b.WriteString(text)
		rest = after
	}
}

// fill returns what stands for a field in the message.
func fill(field string, arguments []argument, clean func(name, text string) string) (text, problem string) {
	name, verb, hasVerb := strings.Cut(field, ":")
	label := ""
	if shown, ok := strings.CutSuffix(name, "="); ok {
		name, label = shown, name
	}
	if name == "" {
		return "", "Empty curly brackets `{}` are not allowed. A field name is required."
	}
	arg, ok := argumentNamed(name, arguments)
	if !ok {
		return "", fmt.Sprintf("The field {%s} is not defined.", name)
	}
	text = arg.encoded.Text()
	if hasVerb && verb != "" {
		if text, ok = format(verb, arg); !ok {
			return "", fmt.Sprintf("Error formatting field {%s}: %q is no verb of package fmt for it", name, verb)
		}
	}
	return label + shorten(clean(name, text), maxFieldRunes), "" // the whole text is cleaned: half a secret may not look like one
}

// argumentNamed returns the argument of that name; a.b is an argument of that name, or b in the group a.
func argumentNamed(name string, arguments []argument) (argument, bool) {
	for i := range arguments {
		if arguments[i].key == name {
			return arguments[i], true
		}
	}
	for _, arg := range arguments {
		inner, ok := strings.CutPrefix(name, arg.key+".")
		if ok && arg.value.Kind() == slog.KindGroup {
			return argumentNamed(inner, argumentsOf(arg.value.Group()))
		}
	}
	return argument{}, false
}

func argumentsOf(attrs []slog.Attr) []argument {
	var arguments []argument
	for _, a := range attrs {
		value := a.Value.Resolve()
		arguments = append(arguments, argument{a.Key, value, govalue.Encode(value)})
	}
	return arguments
}

var verbs = regexp.MustCompile(`^[-+# 0]*\d{0,3}(\.\d{0,3})?[a-zA-Z]$`)

// format applies a verb of package fmt. Structures are formatted as the text that they go out as: fmt would follow
// their pointers without end where they are cyclic.
func format(verb string, arg argument) (text string, ok bool) {
	if !verbs.MatchString(verb) {
		return "", false
	}
	switch v := arg.value.Any().(type) {
	case error, fmt.Stringer, bool, string, int64, uint64, float64:
		text = fmt.Sprintf("%"+verb, v)
	default:
		text = fmt.Sprintf("%"+verb, arg.encoded.Text())
	}
	return text, !strings.HasPrefix(text, "%!")
}
