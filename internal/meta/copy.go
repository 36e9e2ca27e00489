package meta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// tables are all tables, each after those that it refers to.
var tables = []string{
	"organizations", "users", "identities", "memberships", "sessions", "invitations", "password_resets", "audit_log",
	"projects", "deleted_projects", "project_settings", "project_usage", "tokens", "token_usage", "services", "dashboards", "searches",
	"channels", "alerts", "alert_channels", "alert_runs", "alert_deliveries",
}

// Copy copies everything from one database to another, which must be empty; both are places as Open takes them. Nobody
// else may use either. It returns the number of rows, and leaves the target as it was when it fails.
func Copy(ctx context.Context, from, to string) (rows int, err error) {
	source, err := Open(ctx, from, Options{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target := &DB{}
	name, err := target.open(to)
	if err != nil {
		return 0, fmt.Errorf("meta database %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, target.closePools()) }()
	if err := migrate(ctx, target.write, target.engine, false); err != nil {
		return 0, fmt.Errorf("meta database %s: %w", name, err)
	}
	err = target.inTx(ctx, func(tx *sql.Tx) error {
		rows = 0
		for _, table := range tables {
			n, err := copyTable(ctx, source.read, tx, table)
			if err != nil {
				return fmt.Errorf("copy %s to meta database %s: %w", table, name, err)
			}
			rows += n
		}
		return nil
	})
	return rows, err
}

func copyTable(ctx context.Context, from *sql.DB, to *sql.Tx, table string) (n int, err error) {
	var filled bool
	if err := to.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+table+")").Scan(&filled); err != nil {
		return 0, err
	}
	if filled {
		return 0, errors.New("it is not empty")
	}
	rows, err := from.QueryContext(ctx, "SELECT * FROM "+table)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.ColumnTypes()
	if err != nil {
		return 0, err
	}
	insert := insertInto(table, columns)
	row := make([]any, len(columns))
	places := make([]any, len(columns))
	for i := range row {
		places[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return 0, err
		}
		for i, c := range columns {
			if n, ok := row[i].(int64); ok && c.DatabaseTypeName() == "BOOLEAN" { // SQLite has no type of its own for them
				row[i] = n != 0
			}
		}
		if _, err := to.ExecContext(ctx, insert, row...); err != nil {
			return 0, err
		}
		n++
	}
	return n, rows.Err()
}

// insertInto returns the statement that takes a row with these columns.
func insertInto(table string, columns []*sql.ColumnType) string {
	names, places := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i], places[i] = c.Name(), fmt.Sprintf("$%d", i+1)
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(names, ", "), strings.Join(places, ", "))
}
