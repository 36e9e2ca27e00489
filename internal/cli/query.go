package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hearth-dev/hearth/sdk/query"
)

type queryCmd struct {
	SQL string `arg:"" name:"sql" help:"A SELECT over records, records_all and metrics; - reads it from stdin."`

	Since    age    `help:"How far back to read, such as 1h or 7d; 0 reads everything." default:"24h" placeholder:"24h"`
	Limit    int    `help:"The most rows to print, up to 10000." short:"n" default:"1000" placeholder:"1000"`
	JSON     bool   `help:"Print one JSON object a row." name:"json" xor:"format"`
	CSV      bool   `help:"Print CSV with a header line." name:"csv" xor:"format"`
	Timezone string `help:"Time zone of the query's functions; UTC when not given." placeholder:"NAME"`

	readFlags
}

// Help is the long help.
func (queryCmd) Help() string {
	return `Prints a table. On a terminal it is cut to fit; in a pipe nothing is cut. NULL without quotes is SQL's NULL.

Examples:

    hearth query "select start_timestamp, service_name, message from records where level >= 'error'"
    hearth query --since 7d "select date_trunc('day', start_timestamp) as day, count(*) from records group by day order by day"
    hearth query --json "select trace_id, attributes from records limit 1" | jq
    hearth query --csv --since 0 - < report.sql > report.csv

The tables: records (spans, logs, span events), records_all (pending spans too), metrics. "show columns from records" lists the columns.`
}

// maxLimit is what the server grants.
const maxLimit = 10_000

// Run asks and prints.
func (cmd *queryCmd) Run(ctx context.Context, c *console) error {
	if cmd.Limit < 1 || cmd.Limit > maxLimit {
		return usage("--limit %d: must be between 1 and %d", cmd.Limit, maxLimit)
	}
	sql, err := cmd.statement(c.in)
	if err != nil {
		return err
	}
	request := query.Request{SQL: sql, Limit: cmd.Limit, Timezone: cmd.Timezone}
	if cmd.Since > 0 {
		request.MinTime = time.Now().Add(-time.Duration(cmd.Since))
	}
	print := cmd.printTable
	switch {
	case cmd.JSON:
		print = cmd.printJSON
	case cmd.CSV:
		print = cmd.printCSV
	}
	return cmd.explainSQL(print(ctx, c, request), sql)
}

// statement returns the SQL, from stdin when it is -.
func (cmd *queryCmd) statement(in io.Reader) (string, error) {
	sql := cmd.SQL
	if sql == "-" {
		text, err := io.ReadAll(in)
		if err != nil {
			return "", fmt.Errorf("read the statement: %w", err)
		}
		sql = string(text)
	}
	if strings.TrimSpace(sql) == "" {
		return "", usage("the statement is empty")
	}
	return sql, nil
}

func (cmd *queryCmd) printTable(ctx context.Context, c *console, r query.Request) error {
	result, err := cmd.client().Query(ctx, r)
	if err != nil {
		return err
	}
	if err := newTable(result).print(c); err != nil {
		return err
	}
	rows := fmt.Sprintf("(%d rows)", len(result.Rows))
	if len(result.Rows) == 1 {
		rows = "(1 row)"
	}
	if _, err := fmt.Fprintln(c.out, c.paint(dim, rows)); err != nil {
		return err
	}
	if len(result.Rows) == 0 && cmd.Since > 0 {
		c.note("No rows of the last %s. --since 0 reads everything.", cmd.Since)
	}
	cmd.noteLimit(c, len(result.Rows))
	return nil
}

// noteLimit tells that there may be more rows than were printed.
func (cmd *queryCmd) noteLimit(c *console, rows int) {
	if rows >= cmd.Limit {
		c.note("There may be more rows: %d were asked for with --limit.", cmd.Limit)
	}
}

func (cmd *queryCmd) printJSON(ctx context.Context, c *console, r query.Request) error {
	rows := 0
	for row, err := range cmd.client().Rows(ctx, r) {
		if err != nil {
			return err
		}
		rows++
		if _, err := c.out.Write(append(row, '\n')); err != nil {
			return err
		}
	}
	cmd.noteLimit(c, rows)
	return nil
}

func (cmd *queryCmd) printCSV(ctx context.Context, c *console, r query.Request) (err error) {
	body, err := cmd.client().Stream(ctx, r, query.CSV)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // it was read to its end, or the error tells
	var lines lineCounter
	if _, err := io.Copy(io.MultiWriter(c.out, &lines), body); err != nil {
		return err
	}
	// A row has one line at least, so that fewer lines than the limit are fewer rows. Quoted line ends may count too many.
	if int(lines) > cmd.Limit {
		cmd.noteLimit(c, cmd.Limit)
	}
	return nil
}

// lineCounter counts the lines that are written to it.
type lineCounter int

func (n *lineCounter) Write(p []byte) (int, error) {
	*n += lineCounter(bytes.Count(p, []byte{'\n'}))
	return len(p), nil
}
