//! A query can read the views, and nothing else: attempts to do more, each with its clear refusal.

#![allow(clippy::unwrap_used, reason = "helpers of tests may stop, as tests do")]

use meshbench_query::{Database, Format, Limits, QueryError, Views};
use meshbench_schemas::dataset::Dataset;
use meshbench_terminal::Page;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

fn database(limits: &Limits) -> Database {
    let dataset = Dataset::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/lab-five")).unwrap();
    Database::lock(Views::of(&dataset).unwrap(), limits).unwrap()
}

fn run(database: &Database, sql: &str, format: Format) -> Result<String, QueryError> {
    let mut bytes = Vec::new();
    database.query(sql, format, (10, Page::PIPE), &mut bytes)?;
    Ok(String::from_utf8(bytes).unwrap())
}

#[test]
fn only_one_select_is_run() {
    let database = database(&Limits::default());
    for sql in [
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "COPY runs TO '/tmp/x.csv'",
        "EXPORT DATABASE '/tmp/x'",
        "IMPORT DATABASE '/tmp/x'",
        "ATTACH '/tmp/x.db' AS x",
        "ATTACH ':memory:' AS x",
        "DETACH memory",
        "USE memory",
        "INSTALL httpfs",
        "LOAD httpfs",
        "LOAD '/tmp/x.so'",
        "SET threads = 4",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "PRAGMA version",
        "PRAGMA enable_profiling",
        "CALL enable_logging(storage = 'file', storage_path = '/tmp/x')",
        "CREATE TABLE x (a INTEGER)",
        "CREATE TEMP TABLE x AS FROM runs",
        "CREATE OR REPLACE VIEW runs AS SELECT 1",
        "CREATE MACRO x(a) AS a",
        "CREATE SECRET (TYPE s3)",
        "DROP VIEW runs",
        "ALTER VIEW runs RENAME TO x",
        "INSERT INTO runs VALUES (1)",
        "DELETE FROM runs",
        "WITH x AS (DELETE FROM runs RETURNING *) FROM x",
        "COMMENT ON VIEW runs IS 'x'",
        "BEGIN",
        "VACUUM",
        "CHECKPOINT",
        "EXPLAIN ANALYZE SELECT 1",
        "PREPARE x AS SELECT 1",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP VIEW runs",
        "SELECT 1 -- \n; DROP VIEW runs",
        "/* */ SELECT 1; /* */ COPY runs TO '/tmp/x.csv'",
        "SELECT 1 /* ",
        "SELECT 1)) AS x; DROP VIEW runs; --",
        "SELECT ?",
        "SELECT $a",
        "SELEC 1",
        "",
        " ; ",
        "-- nothing",
    ] {
        let refused = run(&database, sql, Format::Csv);
        assert!(matches!(refused, Err(QueryError::NotOneSelect(_))), "{sql}: {refused:?}");
        assert_eq!(refused.unwrap_err().exit_code(), 2, "{sql}");
    }
    assert_eq!(run(&database, "SELECT count(*) AS n FROM runs", Format::Csv).unwrap(), "n\n1527\n");
}

#[test]
fn nothing_but_the_views_is_read_or_written() {
    let database = database(&Limits::default());
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("logs");
    let logging = format!("FROM enable_logging(storage = 'file', storage_path = '{}')", target.display());
    for sql in [
        logging.as_str(),
        "FROM read_csv('/etc/passwd')",
        "FROM READ_CSV('/etc/passwd')",
        "FROM \"read_csv\"('/etc/passwd')",
        "FROM system.main.read_csv('/etc/passwd')",
        "SELECT (SELECT content FROM read_text('/etc/passwd'))",
        "WITH x AS (FROM read_blob('/etc/passwd')) FROM x",
        "SELECT [a FOR a IN (SELECT list(file) FROM glob('/*'))]",
        "DESCRIBE FROM read_json('/etc/passwd')",
        "FROM runs, LATERAL (FROM sniff_csv('/etc/passwd'))",
        "FROM parquet_metadata('/tmp/x.parquet')",
        "FROM read_duckdb('/tmp/x.db')",
        "FROM read_parquet('https://example.com/x.parquet')",
        "FROM query('SELECT 1')",
        "FROM query_table('runs')",
        "FROM json_execute_serialized_sql('{}')",
        "FROM checkpoint()",
        "FROM arrow_scan(1, 2, 3)",
        "FROM duckdb_secrets()",
    ] {
        let refused = run(&database, sql, Format::Csv);
        assert!(matches!(refused, Err(QueryError::TableFunction(_))), "{sql}: {refused:?}");
    }
    // What is no function is refused by DuckDB itself.
    for (sql, why) in [
        ("FROM '/etc/passwd'", "does not exist"),
        ("FROM '/etc/x.csv'", "disabled by configuration"),
        ("FROM '../runs.parquet'", "disabled by configuration"),
        ("FROM 'https://example.com/x.parquet'", "disabled by configuration"),
        ("FROM 's3://bucket/x.parquet'", "disabled by configuration"),
        ("SELECT getenv('HOME')", "does not exist"),
        ("SELECT nope FROM runs", "not found"),
    ] {
        let refused = run(&database, sql, Format::Csv);
        assert!(matches!(&refused, Err(QueryError::Sql(text)) if text.contains(why)), "{sql}: {refused:?}");
        assert_eq!(refused.unwrap_err().exit_code(), 2, "{sql}");
    }
    assert!(!target.exists());
    // The lock is what keeps it so.
    let locked = run(&database, "SELECT current_setting('lock_configuration') AS l", Format::Csv).unwrap();
    assert_eq!(locked, "l\ntrue\n");
}

#[test]
fn time_and_memory_have_limits() {
    let timeout = Duration::from_millis(500);
    let database = database(&Limits { timeout, ..Limits::default() });
    let begin = Instant::now();
    for sql in [
        "SELECT count(*) FROM range(100000000) a, range(100000000) b",
        "WITH RECURSIVE x AS (SELECT 1 AS a UNION ALL SELECT a FROM x) SELECT count(*) FROM x",
        "FROM range(1000000000000)",
    ] {
        let mut sink = std::io::sink();
        let stopped = database.query(sql, Format::Csv, (10, Page::PIPE), &mut sink);
        assert!(matches!(stopped, Err(QueryError::Timeout(_))), "{sql}: {stopped:?}");
        assert_eq!(stopped.unwrap_err().exit_code(), 1);
    }
    assert!(begin.elapsed() < Duration::from_secs(60));
    let database = self::database(&Limits { memory: "100MB".to_owned(), ..Limits::default() });
    for sql in [
        "SELECT count(*) FROM (SELECT DISTINCT hash(range) FROM range(100000000))",
        "SELECT list(range) FROM range(1000000000)",
        "SELECT * FROM range(100000000) ORDER BY hash(range)",
    ] {
        let stopped = run(&database, sql, Format::Csv);
        assert!(matches!(stopped, Err(QueryError::Memory(_))), "{sql}: {stopped:?}");
        assert_eq!(stopped.unwrap_err().exit_code(), 1);
    }
    // What fits into its memory, but is too long to be copied and padded: a sixteenth of 100 MB is 6 MB.
    for (sql, format) in [
        ("SELECT 1 AS a, repeat('x', 7000000) AS b", Format::Csv),
        ("SELECT repeat('x', 3500000) AS a, repeat('y', 3500000) AS b", Format::Json),
    ] {
        let stopped = run(&database, sql, format);
        assert!(matches!(&stopped, Err(QueryError::Memory(text)) if text.contains("sixteenth")), "{sql}: {stopped:?}");
    }
    let wide = "SELECT CASE range WHEN 0 THEN repeat('x', 1000000) END AS a FROM range(100)";
    assert!(matches!(run(&database, wide, Format::Table), Err(QueryError::TooWide)));
    assert_eq!(run(&database, wide, Format::Csv).unwrap().len(), 1_000_000 + 2 + 100);
    // A database that refused something goes on.
    assert_eq!(run(&database, "SELECT 1 AS a", Format::Csv).unwrap(), "a\n1\n");
}

/// One of each kind of value, and texts that would steer a terminal.
const KINDS: &str = "SELECT 1 AS a, 2 AS a, NULL AS n, 'NULL' AS t, '' AS e, chr(27) || '[2J' || chr(155) || chr(8238) || chr(10) AS esc,
    'x\"y,' AS q, 0.1::DOUBLE + 0.2::DOUBLE AS d, 'nan'::DOUBLE AS nan, true AS b, [1, NULL] AS l, {'k': 0.5} AS s,
    170141183460469231731687303715884105727::HUGEINT AS h, 1.50::DECIMAL(9, 2) AS dec, DATE '2026-01-02' AS day,
    TIMESTAMPTZ '2026-01-02 03:04:05+02' AS at;";

#[test]
fn tables_say_what_is_missing_and_steer_no_terminal() {
    let database = database(&Limits::default());
    let text = run(&database, KINDS, Format::Table).unwrap();
    assert!(text.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')), "{text:?}");
    for shown in [" NULL ", " 'NULL' ", " '' ", "\\u{1b}[2J\\u{9b}\\u{202e}\\n", " a_1 ", "0.30000000000000004"] {
        assert!(text.contains(shown), "{shown} is not in {text}");
    }
    let text = run(&database, "FROM range(12)", Format::Table).unwrap();
    assert!(text.lines().count() == 13 && text.ends_with("the first 10 rows; --limit shows more\n"), "{text}");
    assert!(!run(&database, "FROM range(10)", Format::Table).unwrap().contains("--limit"));
}

#[test]
fn csv_and_json_keep_every_value() {
    let database = database(&Limits::default());
    let csv = run(&database, KINDS, Format::Csv).unwrap();
    assert!(csv.starts_with("a,a_1,n,t,e,esc,q,d,nan,b,l,s,h,dec,day,at\n1,2,,NULL,\"\",\""), "{csv:?}");
    assert!(csv.contains("\"x\"\"y,\"") && csv.ends_with(",2026-01-02 01:04:05+00\n"), "{csv:?}");
    let json = run(&database, KINDS, Format::Json).unwrap();
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    let row = &rows[0];
    assert_eq!(row["a_1"], 2);
    assert!(row["n"].is_null() && row["t"] == "NULL" && row["e"] == "" && row["nan"] == "nan");
    assert_eq!(row["d"].as_f64(), Some(0.1 + 0.2));
    assert_eq!(
        (&row["b"], &row["l"], &row["s"]),
        (&true.into(), &serde_json::json!([1, null]), &serde_json::json!({"k": 0.5}))
    );
    assert!(json.contains("\"h\":170141183460469231731687303715884105727,\"dec\":1.50"), "{json}");
    assert_eq!(run(&database, "FROM runs WHERE false", Format::Json).unwrap(), "[]\n");
    let refused = run(&database, "SELECT ['nan'::DOUBLE] AS x", Format::Json);
    assert!(matches!(refused, Err(QueryError::NotJson(_))), "{refused:?}");
}

/// Every float comes back bit by bit, and the order of rows is that of the query, in text and in Parquet.
#[test]
fn order_and_floats_survive() {
    let database = database(&Limits::default());
    let sql = "SELECT value FROM samples ORDER BY value DESC, run_id, seq LIMIT 5000";
    let text = run(&database, sql, Format::Csv).unwrap();
    let mut bytes = Vec::new();
    database.query(sql, Format::Parquet, (0, Page::PIPE), &mut bytes).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    let numbers: Vec<f64> = text.lines().skip(1).map(|line| line.parse().unwrap()).collect();
    assert!(numbers.len() == 5000 && numbers.is_sorted_by(|a, b| a >= b));
    let sum = |sql: &str| run(&database, sql, Format::Csv).unwrap();
    assert_eq!(sum("SELECT count(*) AS n FROM samples WHERE value <> value::VARCHAR::DOUBLE"), "n\n0\n");
    assert_eq!(text, run(&database, sql, Format::Csv).unwrap());
}

/// The dataset is of format 1.0, whose runs have no `settings`.
#[test]
fn what_an_older_format_does_not_have_is_null() {
    let sql = "SELECT count(*) > 0 AS runs, count(settings) AS told FROM runs";
    assert_eq!(run(&database(&Limits::default()), sql, Format::Csv).unwrap(), "runs,told\ntrue,0\n");
}

#[test]
fn views_are_documented() {
    let database = database(&Limits::default());
    let text = database.tables(Page::PIPE).unwrap();
    for words in ["runs: One attempt at one run.", "samples: ", "Start of the tool, UTC.", "TIMESTAMP WITH TIME ZONE"] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    let sql = "SELECT count(*) AS n FROM duckdb_columns() WHERE NOT internal AND comment IS NULL";
    assert_eq!(run(&database, sql, Format::Csv).unwrap(), "n\n0\n");
}

/// A column that is a reserved word has to be quoted in every query, and few know that before they get a syntax error.
#[test]
fn no_column_and_no_view_is_a_reserved_word() {
    let database = database(&Limits::default());
    let reserved = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')";
    let reserved = run(&database, reserved, Format::Csv).unwrap();
    let reserved: BTreeSet<&str> = reserved.lines().skip(1).collect();
    assert!(reserved.contains("left") && reserved.contains("select"), "{reserved:?}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/json/tables.json");
    let tables: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut seen = 0;
    for (table, columns) in tables.as_object().unwrap() {
        let columns = columns["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap());
        for name in columns.chain([table.as_str()]) {
            assert!(!reserved.contains(name), "{table}: {name} is a reserved word of SQL");
            seen += 1;
        }
    }
    assert!(seen > 200, "only {seen} names were looked at");
}
