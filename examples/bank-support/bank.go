package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/XSAM/otelsql"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	_ "modernc.org/sqlite" // the driver named sqlite
)

// bank knows the accounts.
type bank struct{ *sql.DB }

// openBank opens a bank with one customer. It is in memory.
func openBank(ctx context.Context) (*bank, error) {
	db, err := otelsql.Open("sqlite", ":memory:", otelsql.WithAttributes(semconv.DBSystemNameSQLite, semconv.DBNamespace("bank")),
		otelsql.WithSpanNameFormatter(func(context.Context, otelsql.Method, string) string { return "SELECT" }),
		otelsql.WithSpanOptions(otelsql.SpanOptions{
			OmitConnectorConnect: true, OmitConnResetSession: true, OmitRows: true,
			SpanFilter: func(_ context.Context, method otelsql.Method, _ string, _ []driver.NamedValue) bool {
				return method == otelsql.MethodConnQuery
			},
		}))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // each connection would have a database in memory of its own
	_, err = db.ExecContext(ctx, `CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, balance INTEGER, pending INTEGER);
		INSERT INTO customers VALUES (123, 'John', 12000, 345)`)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &bank{db}, nil
}

func (b *bank) name(ctx context.Context, id int) (name string, err error) {
	err = b.QueryRowContext(ctx, `SELECT name FROM customers WHERE id = ?`, id).Scan(&name)
	if err != nil {
		return "", fmt.Errorf("name of customer %d: %w", id, err)
	}
	return name, nil
}

// balance is what a customer has, in cents.
func (b *bank) balance(ctx context.Context, id int, pending bool) (cents int, err error) {
	err = b.QueryRowContext(ctx, `SELECT balance + CASE WHEN ? THEN pending ELSE 0 END FROM customers WHERE id = ?`, pending, id).Scan(&cents)
	if err != nil {
		return 0, fmt.Errorf("balance of customer %d: %w", id, err)
	}
	return cents, nil
}
