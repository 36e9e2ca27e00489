package duckdb

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	engine "github.com/duckdb/duckdb-go-bindings"

	"github.com/hearth-dev/hearth/internal/store"
)

// engineError turns DuckDB's message into an error that callers can decide by. DuckDB's C interface gives statements
// that fail to prepare only as text; its first words are the kind of error.
func engineError(message string) error {
	kind, text, found := strings.Cut(message, ": ")
	if !found {
		return errors.New("engine: " + message)
	}
	text = clean(text)
	switch kind {
	case "Out of Memory Error":
		return fmt.Errorf("%w: out of memory: %s", store.ErrTooExpensive, firstSentence(text))
	case "Conversion Error", "Binder Error", "Out of Range Error", "Invalid Input Error", "Parser Error", "Catalog Error",
		"Mismatch Type Error", "Invalid type Error", "Expression Error", "Not implemented Error", "Divide by Zero Error", "Decimal Error", "Syntax Error":
		if strings.Contains(text, "max_expression_depth") || strings.Contains(text, "Max expression depth") {
			return fmt.Errorf("%w: %s", store.ErrTooExpensive, text)
		}
		return fmt.Errorf("%w: %s", store.ErrInvalid, text)
	case "IO Error":
		return fmt.Errorf("%w: %s", store.ErrUnavailable, text)
	case "FATAL Error":
		return fmt.Errorf("%w: %s", store.ErrUnavailable, text)
	default:
		return fmt.Errorf("engine: %s: %s", kind, text)
	}
}

// appenderError returns why an appender failed. It is the only call whose text does not begin with the kind of error.
func appenderError(appender engine.Appender) error {
	data := engine.AppenderErrorData(appender)
	defer engine.DestroyErrorData(&data)
	message := clean(engine.ErrorDataMessage(data))
	switch engine.ErrorDataErrorType(data) {
	case engine.ErrorTypeConversion, engine.ErrorTypeInvalidInput, engine.ErrorTypeOutOfRange, engine.ErrorTypeConstraint, engine.ErrorTypeInvalidType:
		return fmt.Errorf("%w: %s", store.ErrInvalid, message)
	default:
		return fmt.Errorf("%w: %s", store.ErrUnavailable, message)
	}
}

// unavailable makes of the engine's troubles what they are to a writer: it may try again. Only what is wrong with the
// rows themselves stays as it is.
func unavailable(ctx context.Context, err error) error {
	if ctx.Err() != nil || errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrInvalid) {
		return err
	}
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}

// orCancelled prefers the reason of the context's end: an interrupted engine reports many things.
func orCancelled(ctx context.Context, err error) error {
	if cancelled := ctx.Err(); cancelled != nil {
		if errors.Is(context.Cause(ctx), errClosed) {
			return errClosed
		}
		return cancelled
	}
	return err
}

var (
	// excerpt is the part of a message that shows the rendered statement, or names it could have meant.
	excerpt = regexp.MustCompile(`(?s)\n+(LINE \d+:|Candidate |Did you mean|\s*\^|Stack Trace|Possible solutions).*$`)
	// qualifier is the name of an attached day file in front of a table.
	qualifier = regexp.MustCompile(`"?\bday_\d+_\d+"?\.("?main"?\.)?`)
)

// clean takes what belongs to us, not to the user, out of a message.
func clean(text string) string {
	text = excerpt.ReplaceAllString(text, "")
	return strings.TrimSpace(qualifier.ReplaceAllString(text, ""))
}

func firstSentence(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	return text
}
