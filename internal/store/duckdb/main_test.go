package duckdb

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashEnv); dir != "" {
		fmt.Println("error", crashChild(dir))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}
