//! Computed tables are declared, and filled only where a query reads them: every table that it reads is found, and one that
//! was not filled is never mistaken for an empty one.

#![allow(clippy::panic, clippy::unwrap_used, reason = "helpers of tests may stop, as tests do")]

use meshbench_query::{Database, Format, Limits, QueryError, Views};
use meshbench_schemas::dataset::Dataset;
use meshbench_schemas::finding::Finding;
use meshbench_schemas::stage::{Contrast, Estimate};
use meshbench_terminal::Page;
use std::path::Path;

/// A database in which `estimates`, `contrasts` and `findings` are declared.
fn database() -> Database {
    let dataset = Dataset::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/lab-five")).unwrap();
    let mut views = Views::of(&dataset).unwrap();
    views.declare::<Estimate>().unwrap();
    views.declare::<Contrast>().unwrap();
    views.declare::<Finding>().unwrap();
    Database::lock(views, &Limits::default()).unwrap()
}

fn run(database: &Database, sql: &str) -> Result<String, QueryError> {
    let mut bytes = Vec::new();
    database.query(sql, Format::Csv, (10, Page::PIPE), &mut bytes)?;
    Ok(String::from_utf8(bytes).unwrap())
}

/// Ways to read `estimates`, some of them well hidden.
const READ_ESTIMATES: &[&str] = &[
    "FROM estimates",
    "TABLE estimates",
    "SELECT count(*) FROM estimates",
    "SELECT 1 FROM Estimates LIMIT 1",
    "SELECT * FROM \"ESTIMATES\"",
    "FROM main.estimates",
    "FROM memory.main.estimates AS runs",
    "SUMMARIZE estimates",
    "FROM (SUMMARIZE estimates)",
    "SELECT * FROM runs WHERE EXISTS (FROM estimates)",
    "SELECT (SELECT count(*) FROM estimates) AS n",
    "SELECT count(*) FROM runs ORDER BY (SELECT count(*) FROM estimates)",
    "SELECT count(*) FILTER (attempt > (SELECT min(blocks) FROM estimates)) FROM runs",
    "WITH e AS (FROM estimates) SELECT count(*) FROM e",
    "WITH e AS MATERIALIZED (FROM estimates) SELECT count(*) FROM e",
    "WITH RECURSIVE e AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM e, estimates WHERE a < 2) SELECT count(*) FROM e",
    "SELECT count(*) FROM runs UNION ALL SELECT count(*) FROM estimates",
    "SELECT count(*) FROM runs EXCEPT SELECT count(*) FROM estimates",
    "SELECT count(*) FROM runs JOIN estimates USING (system)",
    "SELECT count(*) FROM runs LEFT JOIN (SELECT system FROM estimates) e USING (system)",
    "SELECT count(*) FROM runs, LATERAL (SELECT * FROM estimates e WHERE e.system = runs.system)",
    "SELECT count(*) FROM runs SEMI JOIN estimates USING (system)",
    "SELECT count(*) FROM runs POSITIONAL JOIN estimates",
    "SELECT [x FOR x IN (SELECT list(system) FROM estimates)]",
    "SELECT count(*) FROM (VALUES ((SELECT min(blocks) FROM estimates))) v(a)",
    "SELECT unnest((SELECT list(system) FROM estimates))",
    "SELECT count(*) FROM range((SELECT count(*) FROM estimates)::BIGINT)",
    "SELECT count(*) FROM runs WHERE system IN (SELECT system FROM estimates)",
    "SELECT count(*) FROM runs QUALIFY row_number() OVER (ORDER BY (SELECT min(blocks) FROM estimates)) = 1",
    "FROM (PIVOT estimates ON workload IN ('tcp', 'udp') USING count(*) GROUP BY system)",
    "SELECT count(*) FROM (UNPIVOT (SELECT blocks, ok FROM estimates) ON blocks, ok)",
    "SELECT /* FROM contrasts */ count(*) FROM estimates -- FROM contrasts",
];

#[test]
fn every_table_that_a_query_reads_is_found_and_one_without_its_rows_is_an_error() {
    let database = database();
    for sql in READ_ESTIMATES {
        let reads = database.reads(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert!(reads.contains("estimates"), "{sql}: {reads:?}");
        assert!(!reads.contains("contrasts") && !reads.contains("findings"), "{sql}: {reads:?}");
        let refused = run(&database, sql).unwrap_err().to_string();
        assert!(refused.contains("the table estimates was not computed for this query"), "{sql}: {refused}");
    }
    database.fill::<Estimate>(&[]).unwrap();
    for sql in READ_ESTIMATES {
        run(&database, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    assert_eq!(run(&database, "SELECT count(*) AS n FROM estimates").unwrap(), "n\n0\n");
}

#[test]
fn what_reads_no_computed_table_asks_for_none() {
    let database = database();
    for sql in [
        "SELECT system, count(*) FROM runs GROUP BY system",
        "SELECT 'FROM estimates' AS estimates",
        "SELECT estimates FROM (SELECT 1 AS estimates)",
        "SELECT max(e.attempt) FROM runs AS e",
        "FROM duckdb_views()",
        "SELECT comment FROM duckdb_columns() WHERE table_name = 'estimates'",
    ] {
        let reads = database.reads(sql).unwrap();
        assert!(reads.iter().all(|table| table == "runs"), "{sql}: {reads:?}");
        run(&database, sql).unwrap();
    }
    // The columns of a table are known without its rows, and so is what is wrong with a query.
    let columns = run(&database, "SELECT column_name FROM (DESCRIBE estimates) WHERE column_name = 'blocks'").unwrap();
    assert_eq!(columns, "column_name\nblocks\n");
    let wrong = database.reads("SELECT nope FROM estimates").unwrap_err().to_string();
    assert!(wrong.contains("nope") && wrong.contains("not found"), "{wrong}");
    for sql in ["FROM nope", "FROM '/etc/passwd'", "FROM '../runs.parquet'"] {
        assert!(matches!(database.reads(sql), Err(QueryError::Sql(_))), "{sql}");
    }
    assert!(matches!(database.reads("FROM read_csv('/etc/passwd')"), Err(QueryError::TableFunction(_))));
    assert!(matches!(database.reads("DROP VIEW runs"), Err(QueryError::NotOneSelect(_))));
    assert!(matches!(database.reads("SELECT ?"), Err(QueryError::NotOneSelect(_))));
}
