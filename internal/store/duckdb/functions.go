package duckdb

import (
	"fmt"

	engine "github.com/duckdb/duckdb-go-bindings"

	"github.com/hearth-dev/hearth/internal/pgsql"
	"github.com/hearth-dev/hearth/internal/record"
	"github.com/hearth-dev/hearth/internal/store/duckdb/points"
)

// openInstance starts an instance with what compiled statements count on. p is whose it is.
func (s *Store) openInstance(p *project) (*database, error) {
	d, err := openDatabase(s.settings(p))
	if err != nil {
		return nil, err
	}
	if err := d.addFunctions(s.options.MemoryLimit / pointsShare); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// pointsShare is which part of all memory the metric functions of one instance may take on top of the instance's own: DuckDB
// does not count their states.
const pointsShare = 4

// addFunctions registers the metric functions.
func (d *database) addFunctions(memory int64) error {
	c, err := d.connect()
	if err != nil {
		return err
	}
	defer c.close()
	value := pgsql.Source{Table: record.MetricsTable, Columns: []string{record.ColValue}}
	var statement engine.PreparedStatement
	defer engine.DestroyPrepare(&statement)
	if engine.Prepare(c.c, "FROM "+emptySource(value), &statement) == engine.StateError {
		return fmt.Errorf("find the type of metrics.value: %w", engineError(engine.PrepareError(statement)))
	}
	t := engine.PreparedStatementColumnLogicalType(statement, 0)
	defer engine.DestroyLogicalType(&t)
	return points.Register(c.c, t, memory)
}
