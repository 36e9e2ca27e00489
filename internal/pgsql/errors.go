package pgsql

import "fmt"

// PostgreSQL's codes of the mistakes that are told apart.
const (
	codeSyntax          = "42601"
	codeNotSupported    = "0A000"
	codeTooComplex      = "54001"
	codeLimit           = "54000"
	codeUnknownColumn   = "42703"
	codeUnknownTable    = "42P01"
	codeUnknownFunction = "42883"
	codeAmbiguous       = "42702"
	codeDuplicateAlias  = "42712"
	codeTypes           = "42804"
	codeInvalid         = "22023"
)

// failure carries an *Error up through the analysis, which is deeply recursive, to Compile.
type failure struct{ err *Error }

// fail ends the analysis with an error at a location of the parser.
func (a *analyzer) fail(location int32, code, hint, format string, args ...any) {
	panic(failure{a.errorf(location, code, hint, format, args...)})
}

func (a *analyzer) errorf(location int32, code, hint, format string, args ...any) *Error {
	message := fmt.Sprintf(format, args...)
	if location < 0 {
		return &Error{Message: message, Hint: hint, Code: code}
	}
	return a.st.errorAt(a.st.origin(int(location)), code, message, hint)
}
