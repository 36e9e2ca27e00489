package hearth

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/trace"
)

// consoleSpans is how many running spans the console knows the place of; when there are more it forgets them all and
// begins at the margin again.
const consoleSpans = 10_000

// The colours of Logfire's console.
const (
	colorTime   = "32" // green
	colorWarn   = "33" // yellow
	colorError  = "31" // red
	colorTags   = "36" // cyan
	colorDetail = "34" // blue
	colorDim    = "2"
)

// console prints records as a tree that grows downwards: a span when it starts, a log when it is made. It prints what
// Logfire's console prints. It is safe for concurrent use.
type console struct {
	options ConsoleOptions
	color   bool

	mu      sync.Mutex // guards what follows, and lets one record be printed at a time
	running map[trace.SpanID]printedSpan
	stack   []trace.SpanID // the spans under which the last record was printed, outermost first
}

// printedSpan is a running span that was printed.
type printedSpan struct {
	indent  int
	message string
	parent  trace.SpanID
}

func newConsole(options ConsoleOptions) *console {
	if options.Output == nil {
		options.Output = os.Stderr
	}
	if options.MinLevel == 0 {
		options.MinLevel = LevelInfo
	}
	color := options.Colors == ColorsAlways || (options.Colors == ColorsAuto && os.Getenv("NO_COLOR") == "" && isTerminal(options.Output))
	return &console{options: options, color: color, running: map[trace.SpanID]printedSpan{}}
}

// isTerminal tells whether what is written is read by a person.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// line is a record to be printed.
type line struct {
	at         time.Time
	level      Level
	message    string
	attributes []attribute.KeyValue
	exception  []attribute.KeyValue // of the first exception event
	span       trace.SpanID         // that starts here; invalid for logs
	parent     trace.SpanID         // may be invalid
}

// span takes a span's record.
func (c *console) span(r *record) {
	kind := r.spanType()
	c.mu.Lock()
	defer c.mu.Unlock()
	if kind != spanTypePending && kind != spanTypeLog {
		c.forget(r.context.SpanID())
		return
	}
	l := line{at: r.StartTime(), level: r.level(), message: or(text(r.attributes, keyMessage), r.name), attributes: r.attributes, parent: r.parent.SpanID()}
	if kind == spanTypePending {
		l.span = r.parent.SpanID()
		l.parent, _ = trace.SpanIDFromHex(text(r.attributes, keyPendingParent)) // invalid for a root
	}
	for _, event := range r.events {
		if event.Name == "exception" {
			l.exception = event.Attributes
			break
		}
	}
	c.print(l)
}

// log takes an OpenTelemetry log record.
func (c *console) log(r *sdklog.Record) {
	attributes := attributesOf(r)
	l := line{at: r.Timestamp(), level: Level(r.Severity()), attributes: attributes, parent: r.SpanID(), message: text(attributes, keyMessage)}
	if l.at.IsZero() {
		l.at = r.ObservedTimestamp()
	}
	if l.level == 0 {
		l.level = LevelInfo
	}
	if _, ok := find(attributes, "exception.type"); ok {
		l.exception = attributes
	}
	if l.message == "" {
		l.message = messageOfLog(r, attributes)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.print(l)
}

// messageOfLog makes a line of what a log record without a message says.
func messageOfLog(r *sdklog.Record, attributes []attribute.KeyValue) string {
	var parts []string
	if name := or(r.EventName(), text(attributes, "event.name")); name != "" {
		parts = append(parts, name)
	}
	if body := r.Body(); body.Type() != attribute.EMPTY {
		parts = append(parts, shorten(body.String(), 100))
	} else if rest := without(slices.Clone(attributes), "event.name"); len(rest) > 0 {
		parts = append(parts, shorten(attribute.MapValue(rest...).String(), 100))
	}
	return strings.Join(parts, ": ")
}

// forget takes a span that has ended off the tree.
func (c *console) forget(id trace.SpanID) {
	delete(c.running, id)
	if last := len(c.stack) - 1; last >= 0 && c.stack[last] == id {
		c.stack = c.stack[:last]
	}
}

// print writes a record below its parents, which are repeated when others were printed since.
func (c *console) print(l line) {
	var b strings.Builder
	indent := 0
	if !c.options.Flat {
		c.repeatParents(&b, l.parent)
		indent = len(c.stack)
	}
	if l.span.IsValid() && !c.options.Flat {
		if len(c.running) >= consoleSpans {
			clear(c.running)
			c.stack, indent = nil, 0
		}
		c.running[l.span] = printedSpan{indent, l.message, l.parent}
		c.stack = append(c.stack, l.span)
	}
	disabled, _ := find(l.attributes, "logfire.disable_console_log")
	if l.level < c.options.MinLevel || (disabled.Type() == attribute.BOOL && disabled.AsBool()) {
		return
	}
	c.writeLine(&b, l, indent)
	if _, err := io.WriteString(c.options.Output, b.String()); err != nil {
		otel.Handle(fmt.Errorf("hearth: print a record: %w", err))
	}
}

// repeatParents makes the stack lead to a parent, and writes those parents that were not on it.
func (c *console) repeatParents(b *strings.Builder, parent trace.SpanID) {
	var missing []trace.SpanID // innermost first
	keep := 0
	for parent.IsValid() {
		if at := slices.Index(c.stack, parent); at >= 0 {
			keep = at + 1
			break
		}
		span, known := c.running[parent]
		if !known {
			break
		}
		missing = append(missing, parent)
		parent = span.parent
	}
	c.stack = c.stack[:keep]
	for _, id := range slices.Backward(missing) {
		span := c.running[id]
		b.WriteString(c.margin(span.indent) + c.paint(colorDim, span.message) + "\n")
		c.stack = append(c.stack, id)
	}
}

// margin returns the space before a line of a record at this depth, as wide as a timestamp and the indentation.
func (c *console) margin(indent int) string {
	width := 2 * indent
	if !c.options.HideTimestamps {
		width += len("12:34:56.789 ")
	}
	return strings.Repeat(" ", width)
}

func (c *console) writeLine(b *strings.Builder, l line, indent int) {
	if !c.options.HideTimestamps {
		b.WriteString(c.paint(colorTime, l.at.Local().Format("15:04:05.000")) + " ")
	}
	b.WriteString(strings.Repeat("  ", indent) + c.paint(colorOf(l.level), l.message))
	if tags, ok := find(l.attributes, keyTags); ok && !c.options.HideTags && tags.Type() == attribute.STRINGSLICE {
		b.WriteString(" " + c.paint(colorTags, "["+strings.Join(tags.AsStringSlice(), ",")+"]"))
	}
	b.WriteByte('\n')
	bar := c.margin(indent) + c.paint(colorDetail, "│") + " "
	if c.options.Verbose {
		c.writeDetails(b, l, bar)
	}
	if l.exception != nil {
		c.writeException(b, l.exception, bar)
	}
}

// writeDetails writes the place in the code, the level, and the attributes that are the record's own.
func (c *console) writeDetails(b *strings.Builder, l line, bar string) {
	var place []string
	if file := text(l.attributes, keyFile); file != "" {
		if number, ok := find(l.attributes, keyLine); ok {
			file += ":" + number.String()
		}
		place = append(place, c.paint(colorTags, file))
	}
	if _, ok := find(l.attributes, keyLevelNum); ok {
		place = append(place, l.level.String())
	}
	if len(place) > 0 {
		b.WriteString(bar + strings.Join(place, " ") + "\n")
	}
	for _, kv := range l.attributes {
		if key := string(kv.Key); !strings.HasPrefix(key, "logfire.") && !strings.HasPrefix(key, "code.") {
			value := strings.ReplaceAll(kv.Value.String(), "\n", "\n"+bar+strings.Repeat(" ", len(key)+1))
			b.WriteString(bar + c.paint(colorDetail, key+"=") + value + "\n")
		}
	}
}

// writeException writes an exception's stack, below its type and message unless the stack begins with them itself.
func (c *console) writeException(b *strings.Builder, exception []attribute.KeyValue, bar string) {
	kind, message, stack := text(exception, "exception.type"), text(exception, "exception.message"), text(exception, "exception.stacktrace")
	rest, _ := strings.CutPrefix(stack, kind+": "+message)
	b.WriteString(bar + c.paint("1;"+colorError, kind+":") + " " + strings.ReplaceAll(message, "\n", "\n"+bar) + "\n")
	for line := range strings.Lines(strings.TrimLeft(rest, "\n")) {
		b.WriteString(bar + strings.TrimSuffix(line, "\n") + "\n")
	}
}

func colorOf(level Level) string {
	switch {
	case level >= LevelError:
		return colorError
	case level >= LevelWarn:
		return colorWarn
	}
	return ""
}

// paint colours a text.
func (c *console) paint(color, text string) string {
	if !c.color || color == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}
