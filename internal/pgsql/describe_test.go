package pgsql

import (
	"strings"
	"testing"
)

func TestFunctionsAreDescribed(t *testing.T) {
	t.Parallel()
	told := map[string]Function{}
	for _, f := range Functions() {
		told[f.Name] = f
		if _, ok := functions[f.Name]; !ok {
			t.Errorf("%s is described but does not exist", f.Name)
		}
		if !strings.HasPrefix(f.Signature, f.Name+"(") || !strings.Contains(f.Signature, " → ") || f.Description == "" {
			t.Errorf("%+v", f)
		}
	}
	for name := range functions {
		if _, ok := told[name]; !ok {
			t.Errorf("%s lacks its line in functions.txt", name)
		}
	}
	if got := told["date_trunc"].Kind + told["count"].Kind + told["lag"].Kind; got != "scalaraggregatewindow" {
		t.Errorf("kinds: %s", got)
	}
}
