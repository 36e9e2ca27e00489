package hearth

import (
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// Nothing that Configure starts outlives its shutdown; and what is set where the tests run must not lead them anywhere.
func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "HEARTH_") || strings.HasPrefix(name, "LOGFIRE_") || strings.HasPrefix(name, "OTEL_") {
			if err := os.Unsetenv(name); err != nil {
				panic(err)
			}
		}
	}
	goleak.VerifyTestMain(m)
}
