package duckdb

import (
	"testing"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/store"
	"github.com/hearth-dev/hearth/internal/store/storetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	storetest.Run(t, storetest.Engine{
		Dialect: pgsql.DuckDB,
		Open: func(t testing.TB, dir string) store.Store {
			t.Helper()
			s, err := Open(t.Context(), Options{Dir: dir, MemoryLimit: 512 << 20, TempLimit: 256 << 20, Threads: 2})
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	})
}
