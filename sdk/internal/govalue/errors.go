package govalue

import (
	"errors"
	"fmt"
	"reflect"
)

// wrappers are the types of errors that only say something about the errors in them.
var wrappers = map[reflect.Type]bool{
	reflect.TypeOf(fmt.Errorf("%w", errors.ErrUnsupported)):                           true,
	reflect.TypeOf(fmt.Errorf("%w %w", errors.ErrUnsupported, errors.ErrUnsupported)): true,
	reflect.TypeOf(errors.Join(errors.ErrUnsupported)):                                true,
}

// TypeOfError returns the type that says most about an error: that of the first in its tree that is more than the
// wrapping of fmt.Errorf and errors.Join. err is not nil.
func TypeOfError(err error) reflect.Type {
	for t := reflect.TypeOf(err); ; t = reflect.TypeOf(err) {
		if !wrappers[t] {
			return t
		}
		inner := Unwrap(err)
		if len(inner) == 0 {
			return t
		}
		err = inner[0]
	}
}

// Unwrap returns the errors that err wraps, none if it has no such method or the method panics.
func Unwrap(err error) (inner []error) {
	defer func() {
		if recover() != nil { // the host's method: what it would have said is lost, nothing else
			inner = nil
		}
	}()
	switch err := any(err).(type) { // this error itself, not one that it wraps
	case interface{ Unwrap() error }:
		inner = []error{err.Unwrap()}
	case interface{ Unwrap() []error }:
		inner = err.Unwrap()
	}
	known := make([]error, 0, len(inner))
	for _, one := range inner {
		if one != nil {
			known = append(known, one)
		}
	}
	return known
}
