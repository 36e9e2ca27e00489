package duckdb

// Until package pgsql renders for DuckDB.
func preludeStatements() []string { return nil }

func metricValue() string { return "NULL" }
