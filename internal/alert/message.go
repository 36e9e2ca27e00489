package alert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind is what a message is about.
type Kind string

// What messages are about.
const (
	KindFiring   Kind = "firing"
	KindResolved Kind = "resolved"
	KindChanged  Kind = "changed"
	KindBroken   Kind = "broken" // the query fails
	KindTest     Kind = "test"   // somebody tries a channel
)

// Notice is what there is to tell. It is kept until it is delivered, and everything that is sent is made of it.
type Notice struct {
	Kind         Kind      `json:"kind"`
	AlertID      string    `json:"alert_id"` // empty for one that is not saved
	AlertName    string    `json:"alert_name"`
	Description  string    `json:"description"`
	Organization string    `json:"organization"`
	Project      string    `json:"project"`
	Environments []string  `json:"environments"`
	Sentence     string    `json:"sentence"`
	ScheduledAt  time.Time `json:"scheduled_at"`
	From         time.Time `json:"from"` // of the window
	To           time.Time `json:"to"`
	Rows         int       `json:"rows"`   // all of them
	Result       *Result   `json:"result"` // the first ones; nil for none
}

// shownRows is how many rows a message has; shownCell how many characters of a value.
const (
	shownRows = 10
	shownCell = 80
)

// cut returns a result with no more than a message shows.
func (r *Result) cut() *Result {
	if r == nil || len(r.Rows) == 0 {
		return nil
	}
	short := &Result{Columns: r.Columns, Rows: slices.Clone(r.Rows[:min(len(r.Rows), shownRows)])}
	for i, row := range short.Rows {
		short.Rows[i] = slices.Clone(row)
		for j, value := range row {
			if text := cell(value); len(value) > 4*shownCell { // the size of a notice is bounded, whatever its rows hold
				short.Rows[i][j] = quoted(text)
			}
		}
	}
	return short
}

// quoted is JSON text of a string.
func quoted(text string) json.RawMessage {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err) // text can always be written
	}
	return raw
}

// Message is a Notice for people.
type Message struct {
	Subject string
	Text    string
	HTML    string
}

// Compose makes the message of a notice. It is the only place that does: what a preview shows is what is delivered. origin
// is where people reach the server.
func Compose(n *Notice, origin string) Message {
	page := n.links(origin)
	m := Message{Subject: oneLine(n.heading())}
	var text strings.Builder
	text.WriteString(n.Sentence + "\n")
	if n.Description != "" {
		text.WriteString("\n" + strings.TrimSpace(n.Description) + "\n")
	}
	if n.Result != nil {
		text.WriteString("\n" + n.table())
	}
	for _, link := range page {
		fmt.Fprintf(&text, "\n%-6s %s", link.Label, link.URL)
	}
	m.Text = plain(text.String()) + "\n"
	m.HTML = n.html(page)
	return m
}

// heading is what a list of messages shows.
func (n *Notice) heading() string {
	word := map[Kind]string{KindFiring: "Firing", KindResolved: "Resolved", KindChanged: "Changed", KindBroken: "Broken", KindTest: "Test"}[n.Kind]
	if n.Kind == KindTest {
		return word + ": " + n.AlertName
	}
	return word + ": " + n.AlertName + " (" + n.Organization + "/" + n.Project + ")"
}

// link is an address that a message ends with.
type link struct{ Label, URL string }

func (n *Notice) links(origin string) []link {
	if n.Project == "" {
		return []link{{"Hearth", origin}}
	}
	base := origin + "/" + url.PathEscape(n.Organization) + "/" + url.PathEscape(n.Project)
	alerts := base + "/alerts"
	if n.AlertID != "" {
		alerts += "/" + url.PathEscape(n.AlertID)
	}
	window := url.Values{"since": {n.From.UTC().Format(time.RFC3339)}, "until": {n.To.UTC().Format(time.RFC3339)}}
	if len(n.Environments) == 1 && n.Environments[0] != "" {
		window.Set("env", n.Environments[0])
	}
	return []link{{"Alert", alerts}, {"Live", base + "?" + window.Encode()}}
}

// table draws the rows with their columns under each other.
func (n *Notice) table() string {
	rows := n.cells()
	widths := make([]int, len(n.Result.Columns))
	for _, row := range rows {
		for i, text := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(text))
		}
	}
	var b strings.Builder
	for r, row := range rows {
		line := make([]string, len(row))
		for i, text := range row {
			line[i] = text + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
		}
		b.WriteString(strings.TrimRight(strings.Join(line, " | "), " ") + "\n")
		if r == 0 {
			for i, width := range widths {
				line[i] = strings.Repeat("-", width)
			}
			b.WriteString(strings.Join(line, "-+-") + "\n")
		}
	}
	if more := n.more(); more != "" {
		b.WriteString(more + "\n")
	}
	return b.String()
}

// cells are the names of the columns and the values of the rows as text.
func (n *Notice) cells() [][]string {
	head := make([]string, len(n.Result.Columns))
	for i, c := range n.Result.Columns {
		head[i] = shorten(oneLine(c.Name))
	}
	rows := [][]string{head}
	for _, values := range n.Result.Rows {
		row := make([]string, len(head))
		for i := range row {
			row[i] = cell(values[i])
		}
		rows = append(rows, row)
	}
	return rows
}

func (n *Notice) more() string {
	switch left := n.Rows - len(n.Result.Rows); {
	case left <= 0:
		return ""
	case n.Rows >= MaxCounted:
		return "and more"
	default:
		return "and " + plural(left, "more row")
	}
}

// cell writes a value on one line.
func cell(value json.RawMessage) string {
	text := string(value)
	if len(value) > 0 && value[0] == '"' {
		var unquoted string
		if json.Unmarshal(value, &unquoted) == nil {
			text = unquoted
		}
	} else if text == "null" {
		text = ""
	}
	return shorten(oneLine(text))
}

func shorten(text string) string {
	if utf8.RuneCountInString(text) <= shownCell {
		return text
	}
	return string([]rune(text)[:shownCell-1]) + "…"
}

// oneLine makes blanks of all that could end a line or steer a terminal.
func oneLine(text string) string {
	return strings.Join(strings.Fields(plain(text)), " ")
}

// plain takes away what steers a terminal, or turns the direction of what follows.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x2028, r == 0x2029:
			return ' '
		}
		return r
	}, text)
}

// page is the message as HTML. Programs that show mail know only the oldest of it, and styles only on elements.
var page = template.Must(template.New("message").Parse(`<!DOCTYPE html>
<html><body style="font-family: sans-serif; font-size: 14px; line-height: 1.5">
<h1 style="font-size: 18px">{{.Heading}}</h1>
<p>{{.Sentence}}</p>
{{- range .Paragraphs}}
<p style="white-space: pre-wrap">{{.}}</p>
{{- end}}
{{- if .Rows}}
<table cellpadding="6" style="border-collapse: collapse; font-family: monospace; font-size: 13px">
{{- range $i, $row := .Rows}}
<tr>{{range $row}}{{if eq $i 0}}<th align="left" style="border-bottom: 2px solid #999">{{.Text}}</th>{{else}}<td style="border-bottom: 1px solid #ddd">{{if .URL}}<a href="{{.URL}}">{{.Text}}</a>{{else}}{{.Text}}{{end}}</td>{{end}}{{end}}</tr>
{{- end}}
</table>
{{- if .More}}
<p>{{.More}}</p>
{{- end}}
{{- end}}
<p>{{range $i, $link := .Links}}{{if $i}} · {{end}}<a href="{{$link.URL}}">{{$link.Label}}</a>{{end}}</p>
</body></html>
`))

// htmlCell is a value, and where it leads.
type htmlCell struct{ Text, URL string }

func (n *Notice) html(links []link) string {
	data := struct {
		Heading, Sentence, More string
		Paragraphs              []string
		Rows                    [][]htmlCell
		Links                   []link
	}{Heading: oneLine(n.heading()), Sentence: plain(n.Sentence), Links: links}
	if n.Description != "" {
		data.Paragraphs = strings.Split(plain(strings.TrimSpace(n.Description)), "\n\n")
	}
	if n.Result != nil {
		data.More = n.more()
		data.Rows = n.htmlRows(links)
	}
	var b bytes.Buffer
	if err := page.Execute(&b, data); err != nil {
		panic(err) // a buffer takes everything, and the template is tested
	}
	return b.String()
}

// htmlRows are the cells with ids of traces as links.
func (n *Notice) htmlRows(links []link) [][]htmlCell {
	base, _, _ := strings.Cut(links[len(links)-1].URL, "?")
	rows := [][]htmlCell{}
	for r, texts := range n.cells() {
		row := make([]htmlCell, len(texts))
		for i, text := range texts {
			row[i].Text = text
			if r > 0 && n.Result.Columns[i].Name == "trace_id" && isTraceID(text) {
				row[i].URL = base + "/trace/" + text
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func isTraceID(text string) bool {
	return len(text) == 32 && strings.Trim(text, "0123456789abcdef") == ""
}
