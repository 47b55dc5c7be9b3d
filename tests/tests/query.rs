//! `analyze query`: its result has the format that is meant, and a table has the same rows whether it is asked for alone or
//! with all others.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

use meshbench_tests::program::{Ended, project, run_in};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

const SQL: &str = "SELECT system, count(*) AS runs FROM runs GROUP BY system ORDER BY system";

fn query(folder: &Path, sql: &str, more: &[&str]) -> Ended {
    let dataset = project().join("data/lab-five");
    let mut words: Vec<&dyn AsRef<OsStr>> = vec![&"query", &dataset, &sql];
    words.extend(more.iter().map(|word| word as &dyn AsRef<OsStr>));
    run_in(folder, "analyze", &words)
}

#[test]
fn the_name_of_a_file_says_its_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for (name, begins) in [
        ("q.parquet", "PAR1"),
        ("q.csv", "system,runs\ninternal,364\n"),
        ("q.JSON", "[\n{\"system\":\"internal\",\"runs\":364}"),
        ("q.md", "| system | runs |\n|"),
        ("q.txt", "system     runs\ninternal    364\n"),
    ] {
        let ended = query(path, SQL, &["-o", name]);
        assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{name}: {}", ended.stderr);
        let bytes = fs::read(path.join(name)).unwrap();
        assert!(bytes.starts_with(begins.as_bytes()), "{name}: {}", String::from_utf8_lossy(&bytes));
    }
    let same = query(path, SQL, &["-o", "again.csv", "--format", "CSV"]);
    assert_eq!((same.code, fs::read(path.join("again.csv")).unwrap()), (0, fs::read(path.join("q.csv")).unwrap()));
    for (name, more, words) in [
        ("x.csv", &["--format", "json"][..], ["csv", "json"]),
        ("x.parquet", &["--format", "table"], ["parquet", "table"]),
        ("x", &[], ["does not say how to write", "--format"]),
        ("x.csv.gz", &[], ["does not say how to write", ".parquet"]),
    ] {
        let ended = query(path, SQL, &[&["-o", name], more].concat());
        assert_eq!(ended.code, 2, "{name}");
        assert!(words.iter().all(|word| ended.stderr.contains(word)), "{name}: {}", ended.stderr);
        assert!(!path.join(name).exists());
    }
}

#[test]
fn a_stage_has_the_same_rows_alone_and_with_all_others() {
    let folder = tempfile::tempdir().unwrap();
    let tables = ["run_values", "estimates", "contrasts", "ranks", "omnibus", "components", "scores", "findings"];
    let count = |table: &str| {
        format!("SELECT count(*) AS n, md5(string_agg(t::VARCHAR, chr(10) ORDER BY t::VARCHAR)) AS rows FROM {table} t")
    };
    let all = tables.map(count).join(" UNION ALL BY NAME ");
    let together = query(folder.path(), &all, &["--format", "csv"]);
    assert_eq!(together.code, 0, "{}", together.stderr);
    let mut together: Vec<&str> = together.stdout.lines().skip(1).collect();
    let mut alone = Vec::new();
    for table in tables {
        let ended = query(folder.path(), &count(table), &["--format", "csv"]);
        let row = ended.stdout.lines().nth(1).unwrap_or_else(|| panic!("{table}: {}", ended.stderr)).to_owned();
        assert!(!row.starts_with("0,"), "{table} is empty");
        alone.push(row);
    }
    alone.sort();
    together.sort_unstable();
    assert_eq!(together, alone);
}

#[test]
fn what_is_wrong_with_a_query_is_said_before_anything_is_computed() {
    let folder = tempfile::tempdir().unwrap();
    let ended = query(folder.path(), "SELECT vlaue FROM contrasts", &[]);
    assert!(ended.code == 2 && ended.stderr.contains("vlaue"), "{}", ended.stderr);
    assert!(!ended.stderr.contains('%'), "no bar was shown: {}", ended.stderr);
}
