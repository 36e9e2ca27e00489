package pgsql

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// attacks are statements that reach for files, settings, other schemas, other statements or endless work. Each must be
// refused before any engine sees it.
var attacks = []string{
	// Files and the network.
	`SELECT * FROM read_csv('/etc/passwd')`,
	`SELECT * FROM read_csv_auto('/etc/passwd')`,
	`SELECT * FROM read_text('/etc/passwd')`,
	`SELECT * FROM read_blob('/etc/passwd')`,
	`SELECT * FROM read_json('/etc/passwd')`,
	`SELECT * FROM read_json_auto('/etc/passwd')`,
	`SELECT * FROM read_parquet('x.parquet')`,
	`SELECT * FROM parquet_scan('x.parquet')`,
	`SELECT * FROM parquet_metadata('x.parquet')`,
	`SELECT * FROM read_duckdb('x.db')`,
	`SELECT * FROM sniff_csv('/etc/passwd')`,
	`SELECT * FROM glob('/*')`,
	`SELECT * FROM '/etc/passwd'`,
	`SELECT * FROM "/etc/passwd"`,
	`SELECT * FROM "data.csv"`,
	`SELECT * FROM 'https://example.com/x.parquet'`,
	`SELECT read_text('/etc/passwd')`,
	`SELECT pg_read_file('/etc/passwd')`,
	`SELECT * FROM sqlite_scan('x', 'y')`,
	`COPY records TO '/tmp/x'`,
	`COPY (SELECT 1) TO '/tmp/x'`,
	`COPY records FROM '/etc/passwd'`,
	`EXPORT DATABASE '/tmp/x'`,
	`IMPORT DATABASE '/tmp/x'`,
	`ATTACH 'x.db'`,
	`ATTACH ':memory:' AS m`,
	`DETACH store`,
	`INSTALL httpfs`,
	`LOAD httpfs`,
	`CREATE SECRET (TYPE s3)`,

	// Settings, sessions, statements that are no question.
	`SET threads = 1`,
	`SET VARIABLE x = 1`,
	`SET search_path = 'store'`,
	`RESET threads`,
	`PRAGMA database_list`,
	`PRAGMA enable_profiling`,
	`CALL enable_logging()`,
	`CALL pragma_version()`,
	`USE store`,
	`BEGIN`,
	`BEGIN TRANSACTION READ ONLY`,
	`COMMIT`,
	`ROLLBACK`,
	`PREPARE p AS SELECT 1`,
	`EXECUTE p`,
	`DEALLOCATE p`,
	`CHECKPOINT`,
	`FORCE CHECKPOINT`,
	`VACUUM`,
	`ANALYZE`,
	`EXPLAIN SELECT 1`,
	`EXPLAIN ANALYZE SELECT 1`,
	`SUMMARIZE records`,
	`SHOW ALL`,
	`SHOW search_path`,
	`SHOW DATABASES`,
	`DESCRIBE SELECT 1`,
	`DO $$ BEGIN END $$`,
	`LISTEN x`,
	`LOCK TABLE records`,

	// Changes.
	`CREATE TABLE t (a int)`,
	`CREATE VIEW records AS SELECT 1`,
	`CREATE OR REPLACE VIEW records AS SELECT 1`,
	`CREATE TEMP VIEW records AS SELECT 1`,
	`CREATE TABLE t AS SELECT 1`,
	`CREATE MACRO f(x) AS x`,
	`DROP TABLE records`,
	`ALTER TABLE records ADD COLUMN x int`,
	`INSERT INTO records VALUES (1)`,
	`UPDATE records SET message = ''`,
	`DELETE FROM records`,
	`TRUNCATE records`,
	`MERGE INTO records USING metrics ON true WHEN MATCHED THEN DELETE`,
	`SELECT 1 INTO t`,
	`SELECT * INTO t FROM records`,
	`WITH x AS (DELETE FROM records RETURNING *) SELECT * FROM x`,
	`WITH x AS (INSERT INTO records VALUES (1) RETURNING *) SELECT * FROM x`,
	`WITH x AS (UPDATE records SET message = '' RETURNING *) SELECT * FROM x`,
	`WITH x AS (SELECT 1) DELETE FROM records`,
	`SELECT * FROM records FOR UPDATE`,
	`SELECT * FROM records FOR SHARE`,
	`SELECT * FROM (SELECT * FROM records FOR UPDATE) x`,

	// More than one statement.
	`SELECT 1; SELECT 2`,
	`SELECT 1; DROP TABLE records`,
	`SELECT 1;; SELECT 2`,
	`SELECT 1; COPY records TO 'x'`,

	// Other tables, schemas and catalogs.
	`SELECT * FROM store.records`,
	`SELECT * FROM main.records`,
	`SELECT * FROM memory.main.records`,
	`SELECT * FROM temp.records`,
	`SELECT * FROM pg_catalog.pg_class`,
	`SELECT * FROM pg_class`,
	`SELECT * FROM information_schema.schemata`,
	`SELECT * FROM information_schema.character_sets`,
	`SELECT * FROM sqlite_master`,
	`SELECT * FROM duckdb_tables`,
	`SELECT * FROM lf_keys`,
	`SELECT (SELECT count(*) FROM store.records)`,
	`SELECT 1 WHERE EXISTS (SELECT 1 FROM store.records)`,
	`SELECT 1 ORDER BY (SELECT 1 FROM store.records)`,
	`SELECT 1 LIMIT (SELECT 1 FROM store.records)`,
	`SELECT * FROM records, LATERAL (SELECT * FROM store.records) x`,
	`SELECT count(*) FILTER (WHERE (SELECT true FROM store.records)) FROM records`,
	`WITH x AS (SELECT * FROM y), y AS (SELECT 1) SELECT * FROM x`,
	`SELECT lf_attributes_large FROM records`,
	`SELECT lf_extra, "lf_otel_kind" FROM records`,
	`SELECT lf_cost_source FROM records`,
	`SELECT "_lf_cost_source" FROM metrics`,
	`SELECT "_lf_extra" FROM records`,
	`SELECT lf_file, lf_row FROM records`,
	`SELECT rowid FROM records`,
	`SELECT value.x FROM metrics`,
	`SELECT (value).x FROM metrics`,

	// Functions beside the allow-list.
	`SELECT * FROM duckdb_settings()`,
	`SELECT * FROM duckdb_databases()`,
	`SELECT * FROM duckdb_views()`,
	`SELECT * FROM duckdb_functions()`,
	`SELECT * FROM pragma_table_info('records')`,
	`SELECT * FROM pragma_database_size()`,
	`SELECT * FROM force_checkpoint()`,
	`SELECT * FROM enable_logging('x')`,
	`SELECT * FROM enable_profiling()`,
	`SELECT * FROM query('SELECT 1')`,
	`SELECT * FROM query_table('store.records')`,
	`SELECT * FROM json_execute_serialized_sql('x')`,
	`SELECT json_serialize_sql('SELECT 1')`,
	`SELECT * FROM repeat('x', 10)`,
	`SELECT json_each('[1]')`,
	`SELECT * FROM checkpoint()`,
	`SELECT * FROM upper('x')`,
	`SELECT getenv('PATH')`,
	`SELECT current_setting('threads')`,
	`SELECT set_config('threads', '1', false)`,
	`SELECT getvariable('x')`,
	`SELECT nextval('s')`,
	`SELECT pg_sleep(10)`,
	`SELECT version()`,
	`SELECT current_user`,
	`SELECT main.upper('x')`,
	`SELECT pg_catalog.upper('x')`,
	`SELECT system.main.upper('x')`,
	`SELECT upper(VARIADIC ARRAY['x'])`,
	`SELECT list_transform([1], x -> x)`,
	`SELECT list_reduce([1], 1)`,
	`SELECT lf_merge('a', 'b')`,
	`SELECT lf_weighted_quantile(0.5, [1])`,
	`SELECT format('{:1000000000}', 1)`,
	`SELECT printf('%1000000000d', 1)`,
	`SELECT list_resize([1], 1000000000)`,
	`SELECT list_cosine_similarity([1], [1])`,
	`SELECT damerau_levenshtein('a', 'b')`,
	`SELECT xmlelement(name x)`,
	`SELECT 'x' COLLATE "C"`,
	`SELECT 1::regclass`,
	`SELECT 1::store.t`,
	`SELECT 'x' OPERATOR(pg_catalog.=) 'x'`,
	`SELECT $1`,
	`SELECT * FROM records TABLESAMPLE SYSTEM (1)`,
	`SELECT * FROM XMLTABLE('x' PASSING 'y' COLUMNS a int)`,
	`SELECT * FROM JSON_TABLE('[]', '$' COLUMNS (a int PATH '$'))`,
	`SELECT * FROM ROWS FROM (generate_series(1, 2))`,

	// Endless work in one expression.
	`SELECT length(generate_series(1, 2000000000))`,
	`SELECT len(generate_series(1, 2000000000))`,
	`SELECT len(range(1000000000))`,
	`SELECT unnest(generate_series(1, 2000000000))`,
	`SELECT generate_series(0, 10, 0)`,
	`SELECT repeat('a', 2000000000)`,
	`SELECT rpad('x', 2000000000, 'y')`,
	`SELECT lpad('x', 2000000000, 'y')`,
	`SELECT array_repeat(1, 2000000000)`,
	`SELECT replace('aaaa', 'a', '` + strings.Repeat("b", 2000) + `')`,
	`SELECT message ~ '((a{1000}){1000}){1000}' FROM records`,
	`SELECT message ~ '(x{500}y{500}){5}' FROM records`,
	`SELECT message ~ message FROM records`,
	`SELECT regexp_replace(message, message, '', 'g') FROM records`,
	`SELECT ` + strings.Repeat("(", 500) + "1" + strings.Repeat(")", 500),
	`SELECT ` + strings.Repeat("- ", 5000) + "1",
	`SELECT ` + strings.Repeat("NOT ", 5000) + "true",
	`SELECT ` + strings.Repeat("CASE WHEN ", 2000) + "true" + strings.Repeat(" THEN true END", 2000),
	`SELECT 1` + strings.Repeat("+1", 20000),
	`SELECT 'a'` + strings.Repeat("||'a'||message", 2000) + ` FROM records`,
	`SELECT 1` + strings.Repeat(" UNION SELECT 1", 2000),
	`SELECT 1` + strings.Repeat("::int", 5000),
	`SELECT ` + strings.Repeat("(SELECT ", 2000) + "1" + strings.Repeat(")", 2000),
	`SELECT ` + strings.Repeat("sqrt(", 80) + "2" + strings.Repeat(")", 80),
	`SELECT ` + strings.Repeat("level_num(level_name(", 40) + "1" + strings.Repeat("))", 40),
	`SELECT * FROM ` + strings.Repeat("(", 5000) + "records" + strings.Repeat(")", 5000),
	`SELECT * FROM records` + strings.Repeat(" CROSS JOIN records", 2000),
	`SELECT '` + strings.Repeat("x", 70000) + `'`,
	"SELECT 1\x00; DROP TABLE records",
	"SELECT '\xff'",
}

func TestAttacksAreRefused(t *testing.T) {
	t.Parallel()
	for _, attack := range attacks {
		_, err := Compile(attack, Options{})
		var e *Error
		switch {
		case err == nil:
			t.Errorf("not refused: %.200s", attack)
		case !errors.As(err, &e):
			t.Errorf("%.200s: error is %T, want *Error", attack, err)
		case e.Message == "":
			t.Errorf("%.200s: error without a message", attack)
		}
	}
}

// Rewriting repeats operands, and nested repeats multiply: whatever comes of such statements must come soon.
func TestCompilingIsNeverExponential(t *testing.T) {
	t.Parallel()
	nested := func(n int, before, inside, after string) string {
		return strings.Repeat(before, n) + inside + strings.Repeat(after, n)
	}
	for _, sql := range []string{
		"SELECT " + nested(45, "((", "true", " BETWEEN false AND true) IS TRUE)") + " FROM records",
		"SELECT ARRAY[1]" + strings.Repeat("[1]", 5000),
		"SELECT (tags)" + strings.Repeat("[1:2]", 99) + " FROM records",
		"SELECT " + nested(80, "attributes->>(", "'k'", ")") + " FROM records",
		"SELECT " + nested(40, "len(generate_series(", "level", ", level, level))") + " FROM records",
		"SELECT unnest(" + nested(40, "generate_series(len(", "tags", "), 5)") + ") FROM records GROUP BY 1",
		"SELECT " + nested(90, "nvl2(", "1", ", 1, 2)") + " FROM records GROUP BY 1",
		"SELECT " + nested(90, "ln(", "duration", ")") + ", count(*) FROM records GROUP BY 1",
		"SELECT " + nested(90, "sqrt(", "duration", ")") + ", count(*) FROM records GROUP BY 1",
		"SELECT " + nested(90, "json_length(", "attributes", ")::text") + " FROM records",
		"SELECT 1 AS a HAVING " + nested(60, "(SELECT a + a AS a HAVING ", "true", ")"),
		"SELECT " + strings.Repeat("*, ", 20000) + "1 FROM records",
		"SELECT " + strings.Repeat("count(*), ", 6000) + "1 FROM records",
		"SELECT 1 FROM records" + strings.Repeat(", (SELECT 1)", 5000),
		"SELECT a.x" + strings.Repeat(", (SELECT 1 FROM records r WHERE r.nope = 1)", 500) + " FROM (SELECT 1 AS x) a",
		"WITH a AS (SELECT * FROM records)" + strings.Repeat(", a AS (SELECT * FROM a)", 1000) + " SELECT * FROM a",
		"SELECT 1 WHERE message IN ('" + strings.Repeat("x','", 15000) + "')",
	} {
		start := time.Now()
		_, err := Compile(sql, Options{Limit: 10})
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%.80s… took %v (%v)", sql, took, err)
		}
	}
}

// What people may write as a filter must stay one condition.
func TestAttacksThroughFiltersAreRefused(t *testing.T) {
	t.Parallel()
	for _, filter := range []string{
		`true) UNION SELECT 1 FROM records WHERE (true`,
		`true) OR (true`,
		`true; DROP TABLE records`,
		`true) --`,
		`)`,
		`(`,
		`true ORDER BY 1`,
		`true LIMIT 1`,
		`true /* `,
		`true, true`,
		`EXISTS (SELECT 1 FROM store.records)`,
		`message = read_text('/etc/passwd')`,
		`DELETE FROM records`,
		`SELECT span_id FROM store.records`,
		`SELECT 1; SELECT 2`,
		`SELECT trace_id, message FROM records`,
		`WITH x AS (DELETE FROM records) SELECT 1`,
	} {
		_, err := CompileFilter(filter, []string{"span_id"}, Options{})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("not refused with *Error: %s: %v", filter, err)
		}
	}
}
