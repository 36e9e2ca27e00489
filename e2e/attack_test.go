package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Statements that reach for what a question may not touch. Each must be refused as the user's mistake: 400 or 422.
// {secret} stands for a file that the process can read, {data} for the data folder.
var attacks = []string{
	// Files.
	`select * from read_csv('{secret}')`,
	`select * from read_csv_auto('{secret}')`,
	`select * from read_text('{secret}')`,
	`select * from read_blob('{secret}')`,
	`select * from read_json('{secret}')`,
	`select * from read_json_auto('{secret}')`,
	`select * from read_ndjson('{secret}')`,
	`select * from read_parquet('{secret}')`,
	`select * from parquet_metadata('{secret}')`,
	`select * from read_duckdb('{secret}')`,
	`select * from sniff_csv('{secret}')`,
	`select * from glob('{data}/*')`,
	`select * from glob('{data}/../*')`,
	`select * from '{secret}'`,
	`select * from "{secret}"`,
	`select * from "/etc/passwd"`,
	`select (select content from read_text('{secret}')) from records`,
	`select * from records where exists (select 1 from read_text('{secret}'))`,
	`with x as (select * from read_text('{secret}')) select * from x`,
	`select * from records order by (select content from read_text('{secret}'))`,
	`select * from records limit (select count(*) from read_text('{secret}'))`,
	`select * from records, lateral (select * from read_text('{secret}')) f`,
	`select list_transform([1], x -> (select content from read_text('{secret}')))`,
	`select getenv('HOME')`,

	// Writing.
	`copy records to '{data}/out.csv'`,
	`copy (select 1) to '{data}/out.csv' (use_tmp_file false)`,
	`copy records from '{secret}'`,
	`export database '{data}/out'`,
	`import database '{data}/out'`,
	`create table mine as select 1`,
	`create temp table records as select 1`,
	`create view records as select 1`,
	`create or replace view records as select 1`,
	`create temp view records as select 1`,
	`create macro level_num(x) as 1`,
	`drop view records`,
	`drop table records`,
	`insert into records select * from records`,
	`update records set message = ''`,
	`delete from records`,
	`truncate records`,
	`alter table records drop column message`,
	`with gone as (delete from records returning *) select * from gone`,
	`select * into mine from records`,
	`select * from records for update`,
	`merge into records using records r on true when matched then delete`,

	// The instance.
	`attach ':memory:' as other`,
	`attach '{data}/x.duckdb' as other`,
	`detach store`,
	`detach memory`,
	`use memory`,
	`install httpfs`,
	`load httpfs`,
	`set memory_limit = '100GB'`,
	`set threads = 64`,
	`set search_path = 'main'`,
	`set timezone = 'Asia/Tokyo'`,
	`set variable x = 1`,
	`reset memory_limit`,
	`pragma database_list`,
	`pragma enable_profiling`,
	`begin`,
	`begin transaction read only`,
	`commit`,
	`rollback`,
	`prepare p as select 1`,
	`execute p`,
	`deallocate p`,
	`call pragma_version()`,
	`checkpoint`,
	`vacuum`,
	`analyze`,
	`explain select 1`,
	`explain analyze select * from records`,
	`create secret s (type s3, key_id 'x', secret 'y')`,
	`do $$ begin end $$`,
	`listen x`,

	// Functions that reach around the barrier.
	`select * from query('select 1')`,
	`select * from query_table('records')`,
	`select * from json_execute_serialized_sql(json_serialize_sql('select 1'))`,
	`select json_serialize_sql('select 1')`,
	`select * from force_checkpoint()`,
	`select * from checkpoint()`,
	`select * from enable_logging('FileSystem')`,
	`select * from enable_profiling()`,
	`select * from pragma_version()`,
	`select * from pragma_table_info('records')`,
	`select * from pragma_storage_info('records')`,
	`select current_setting('memory_limit')`,
	`select getvariable('x')`,
	`select write_log('x')`,
	`select nextval('x')`,
	`select pg_read_file('{secret}')`,
	`select pg_sleep(10)`,
	`select lo_import('{secret}')`,

	// The catalogue, and other people's rows.
	`select * from duckdb_databases()`,
	`select * from duckdb_tables()`,
	`select * from duckdb_views()`,
	`select * from duckdb_settings()`,
	`select * from duckdb_functions()`,
	`select * from duckdb_secrets()`,
	`select * from sqlite_master`,
	`select * from pg_catalog.pg_tables`,
	`select * from pg_class`,
	`select * from information_schema.schemata`,
	`select * from store.records`,
	`select * from main.records`,
	`select * from memory.main.records`,
	`select * from system.information_schema.columns`,
	`select * from records_pending`,
	`select * from other_project`,
	`select 'records'::regclass`,

	// More than one statement, or none.
	`select 1; select 2`,
	`select 1; drop table records`,
	`select * from records; --` + "\n" + `delete from records`,
	``,
	`;`,
	`-- nothing`,
	`select * from records where (1 = 1)) or (select 1`,
	`select 1 from records where $1`,
	`select ?`,
}

// Statements that a locked engine still ends too late or too big. Each must be refused, or end within the limits of a query.
var runaways = []string{
	`select count(*) from generate_series(1, 1000000000000) a, generate_series(1, 1000000000000) b`,
	`select len(generate_series(1, 2000000000))`,
	`select length(generate_series(1, 2000000000)::text)`,
	`select * from generate_series(1, 1000000000000)`,
	`select count(*) from range(1000000000000)`,
	`select count(*) from records a, records b, records c, records d, records e`,
	`select a.message from records a, records b, records c, records d order by a.message || b.message || c.message || d.message`,
	`with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t`,
	`with recursive t(s) as (select 'a' union all select s || s from t) select max(length(s)) from t`,
	`select list_reduce(range(100000000), (a, b) -> a + b)`,
	`select levenshtein(repeat('a', 200000), repeat('b', 200000))`,
	`select jaro_winkler_similarity(repeat('a', 20000000), repeat('b', 20000000))`,
	`select repeat('x', 2000000000)`,
	`select length(repeat(repeat('x', 65536), 65536))`,
	`select rpad('x', 2000000000)`,
	`select lpad('x', 2000000000, 'y')`,
	`select regexp_matches(repeat('s', 2000), '((s{1,100}){1,100}){1,100}')`,
	`select regexp_replace(repeat('a', 100000), '(a*)*b', '')`,
	`select list_resize([1], 2000000000, 0)`,
	`select list_cosine_similarity(range(30000000), range(30000000))`,
	`select array_agg(a.message) from records a, records b, records c, records d`,
	`select string_agg(a.message, '') from records a, records b, records c, records d`,
	`select count(distinct a.message || b.message || c.message || d.message) from records a, records b, records c, records d`,
	`select ` + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000),
	`select 1` + strings.Repeat(" + 1", 200000),
	`select 'x' where 'a' in ('b'` + strings.Repeat(", 'c'", 300000) + `)`,
	`select ` + strings.Repeat("not ", 20000) + `true`,
	`select ` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000),
	`select format('{:2000000000d}', 1)`,
	`select printf('%02000000000d', 1)`,
	`select 10 ^ 10 ^ 10, factorial(100000), 2 ** 1000000`,
	`select bit_count(repeat('1', 1000000000)::bit)`,
}

// TestAttacksAreRefused asks what may not be asked, over HTTP.
func TestAttacksAreRefused(t *testing.T) {
	t.Parallel()
	dataDir := t.TempDir()
	secret := filepath.Join(dataDir, "secret.csv")
	if err := os.WriteFile(secret, []byte("the-secret-itself\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := start(t, dataDir)
	h.sendSpans(t, "", spansRequest("victim", 1, requestSize, time.Now()))
	h.waitCount(t, requestSize, "select count(*) from records")
	places := strings.NewReplacer("{secret}", secret, "{data}", dataDir)
	for _, attack := range attacks {
		sql := places.Replace(attack)
		a, err := h.ask(t.Context(), "", sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if a.status != http.StatusBadRequest && a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: HTTP %d: %.200s", sql, a.status, a.body)
		} else if a.detail == "" {
			t.Errorf("%s: no detail: %.200s", sql, a.body)
		}
		if strings.Contains(a.body, "the-secret-itself") {
			t.Errorf("%s: shows the file", sql)
		}
	}
	if !h.alive() {
		t.Fatalf("the process ended: %v\n%s", h.err, tail(h.log.String()))
	}
	// Nothing has changed for the next who asks.
	if got := h.count(t, "select count(*) from records where service_name = 'victim' and level = 'info'"); got != requestSize {
		t.Errorf("%d records after the attacks, want %d", got, requestSize)
	}
	if _, err := os.Stat(filepath.Join(dataDir, "out.csv")); err == nil {
		t.Error("a statement wrote a file")
	}
}

// TestRunawaysEnd asks for more than there is. A statement may be refused or run into a limit, and even succeed if it is
// cheap after all; it may not take the process, its memory or the next question with it.
func TestRunawaysEnd(t *testing.T) {
	t.Parallel()
	const (
		timeout    = 2 * time.Second
		mostMemory = 2 << 30
	)
	h := start(t, t.TempDir(), "--query-timeout", timeout.String(), "--memory-limit", "512MiB")
	for n := range uint64(20) {
		h.sendSpans(t, "", spansRequest("crowd", n, 500, time.Now()))
	}
	h.waitCount(t, 10000, "select count(*) from records")

	watch := watchMemory(t, h.cmd.Process.Pid)
	for _, sql := range runaways {
		// An answer that takes ten times the limit is none: the test gives up, it does not measure.
		ctx, cancel := context.WithTimeout(t.Context(), 10*timeout+10*time.Second)
		a, err := h.ask(ctx, "", sql)
		cancel()
		switch {
		case err != nil:
			t.Errorf("%.100s: %v", sql, err)
		case a.status >= 500:
			t.Errorf("%.100s: HTTP %d: %.200s", sql, a.status, a.body)
		case a.status != http.StatusOK && a.detail == "":
			t.Errorf("%.100s: HTTP %d without a detail: %.200s", sql, a.status, a.body)
		}
		if !h.alive() {
			t.Fatalf("%.100s: ended the process: %v\n%s", sql, h.err, tail(h.log.String()))
		}
		if peak := watch(); peak > mostMemory {
			t.Fatalf("%.100s: resident memory rose to %d MiB", sql, peak>>20)
		}
	}
	if got := h.count(t, "select count(*) from records"); got != 10000 {
		t.Errorf("%d records afterwards, want 10000", got)
	}
}

// TestCatalogueShowsOnlyTheTables: clients may look for tables, and find those that a question is about (records_full is an
// older name of records_all).
func TestCatalogueShowsOnlyTheTables(t *testing.T) {
	t.Parallel()
	h := start(t, t.TempDir())
	want := []any{"metrics", "records", "records_all"}
	for _, sql := range []string{
		"select distinct table_name from information_schema.tables order by table_name",
		"select distinct table_name from information_schema.columns order by table_name",
	} {
		var got []any
		for _, row := range h.rows(t, sql) {
			got = append(got, row["table_name"])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
	}
}

// watchMemory samples the resident memory of a process until the test ends. The function it returns gives the highest
// value so far, in bytes.
func watchMemory(t *testing.T, pid int) func() int64 {
	t.Helper()
	var peak atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			peak.Store(max(peak.Load(), residentBytes(pid)))
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	return peak.Load
}

// residentBytes is the VmRSS of /proc/PID/status; 0 when the process has gone.
func residentBytes(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kib, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}
