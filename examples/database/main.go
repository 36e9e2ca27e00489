// Database records what a program asks of its database, by wrapping the driver of database/sql with
// github.com/XSAM/otelsql. The database is SQLite in memory, so it needs no server.
//
//	hearth serve &
//	HEARTH_BASE_URL=http://127.0.0.1:4318 go run ./database
//
// Look at the trace that it names: each statement is a record whose message is the statement, with the attributes db.*; the one
// that fails says why.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/XSAM/otelsql"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	_ "modernc.org/sqlite" // the driver named sqlite

	"github.com/hearth-dev/hearth/sdk"
)

func main() {
	ctx := context.Background()
	shutdown, err := hearth.Configure(ctx, hearth.WithServiceName("database"))
	if err != nil {
		log.Fatal(err)
	}
	if err := errors.Join(run(ctx), shutdown(ctx)); err != nil {
		log.Fatal(err)
	}
}

// open opens the database with spans for what it is asked. They are named after the first word of the statement, which is
// what Hearth needs to show the statement as the message.
func open() (*sql.DB, error) {
	return otelsql.Open("sqlite", ":memory:",
		otelsql.WithAttributes(semconv.DBSystemNameSQLite, semconv.DBNamespace("shop")),
		otelsql.WithSpanNameFormatter(func(_ context.Context, method otelsql.Method, query string) string {
			if words := strings.Fields(query); len(words) > 0 {
				return words[0]
			}
			return string(method)
		}),
		// Connections that are taken from the pool, and rows that are read, would each have a span of their own.
		otelsql.WithSpanOptions(otelsql.SpanOptions{OmitConnectorConnect: true, OmitConnResetSession: true, OmitRows: true}),
	)
}

func run(ctx context.Context) (err error) {
	db, err := open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // each connection would have a database in memory of its own

	ctx, span := hearth.Span(ctx, "stock the shop")
	defer span.End()
	fmt.Println("trace", trace.SpanContextFromContext(ctx).TraceID())

	if _, err := db.ExecContext(ctx, "CREATE TABLE items (name TEXT PRIMARY KEY, price INTEGER NOT NULL)"); err != nil {
		return err
	}
	if err := insert(ctx, db, map[string]int{"lamp": 40, "chair": 120}); err != nil {
		return err
	}
	if err := insert(ctx, db, map[string]int{"lamp": 45}); err == nil {
		return errors.New("the lamp was stocked twice")
	}
	return list(ctx, db)
}

// insert adds items in one transaction.
func insert(ctx context.Context, db *sql.DB, items map[string]int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for name, price := range items {
		if _, err := tx.ExecContext(ctx, "INSERT INTO items (name, price) VALUES (?, ?)", name, price); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

func list(ctx context.Context, db *sql.DB) (err error) {
	rows, err := db.QueryContext(ctx, "SELECT name, price FROM items WHERE price < ? ORDER BY price", 1000)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		var price int
		if err := rows.Scan(&name, &price); err != nil {
			return err
		}
		fmt.Printf("%-6s %4d\n", name, price)
	}
	return rows.Err()
}
