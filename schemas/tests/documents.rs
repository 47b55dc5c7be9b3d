//! The generated documents are current. `MESHBENCH_UPDATE=1 cargo test -p meshbench-schemas` writes them anew.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

use meshbench_schemas::catalogue::{METRICS, SERIES};
use meshbench_schemas::finding::Code;
use meshbench_schemas::list;
use meshbench_schemas::note::NoteCode;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::possible::RELATIONS;
use meshbench_schemas::schema::{columns, documents, findings, views};
use meshbench_schemas::warning::Warning;
use std::fs;
use std::path::{Path, PathBuf};

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn check(path: &Path, expected: &str) {
    if std::env::var_os("MESHBENCH_UPDATE").is_some() {
        fs::write(path, expected).unwrap();
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == expected,
        "{} is not current; MESHBENCH_UPDATE=1 cargo test -p meshbench-schemas writes it",
        path.display()
    );
}

#[test]
fn json_schemas_are_current() {
    for (name, text) in documents().unwrap() {
        check(&project().join("schemas/json").join(name), &text);
    }
}

fn names(pairs: impl Iterator<Item = (String, String)>) -> String {
    pairs.fold(String::from("| name | meaning |\n|---|---|\n"), |text, (name, doc)| {
        text + &format!("| `{name}` | {doc} |\n")
    })
}

/// The documentation of an enum's values, from its JSON Schema.
fn docs_of<T: schemars::JsonSchema>() -> Vec<(String, String)> {
    let schema = schemars::schema_for!(T);
    let values = schema.get("oneOf").and_then(|values| values.as_array()).cloned().unwrap_or_default();
    values
        .iter()
        .map(|value| {
            (
                value["const"].as_str().unwrap_or_default().to_owned(),
                value["description"].as_str().unwrap_or_default().replace('\n', " "),
            )
        })
        .collect()
}

/// Replaces what stands between the markers of a part.
fn splice(text: &mut String, name: &str, table: &str) {
    let (start, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let from = text.find(&start).unwrap_or_else(|| panic!("there is no `{start}`")) + start.len();
    let to = text[from..].find(&end).unwrap_or_else(|| panic!("there is no `{end}`")) + from;
    text.replace_range(from..to, table);
}

#[test]
fn methods_md_lists_the_warnings_as_they_are() {
    let path = project().join("METHODS.md");
    let mut text = fs::read_to_string(&path).unwrap();
    let rows = Warning::ALL.iter().map(|warning| (warning.as_str().to_owned(), warning.explanation().to_owned()));
    splice(&mut text, "warnings", &names(rows));
    check(&path, &text);
}

#[test]
fn findings_md_lists_the_findings_as_they_are() {
    let path = project().join("docs/findings.md");
    let mut text = fs::read_to_string(&path).unwrap();
    splice(&mut text, "findings", &findings());
    check(&path, &text);
}

#[test]
fn query_md_lists_the_views_as_they_are() {
    let path = project().join("docs/query.md");
    let mut text = fs::read_to_string(&path).unwrap();
    splice(&mut text, "views", &views());
    check(&path, &text);
}

#[test]
fn codes_of_findings_and_warnings_do_not_meet() {
    for code in Code::ALL {
        assert!(code.as_str().parse::<Warning>().is_err(), "{code} is both");
        let info = code.info();
        for text in [info.what, info.why, info.act] {
            assert!(text.ends_with('.') && !text.contains('|'), "{code}: {text}");
        }
    }
}

#[test]
fn format_md_shows_the_tables_as_they_are() {
    let series = SERIES.iter().fold(
        String::from("| series | unit | possible | workloads | meaning |\n|---|---|---|---|---|\n"),
        |text, series| {
            let workloads: Vec<&str> = series.workloads.iter().map(|workload| workload.as_str()).collect();
            text + &format!(
                "| `{}` | {} | {} | {} | {} |\n",
                series.id,
                series.unit.as_str(),
                series.possible,
                workloads.join(", "),
                series.title
            )
        },
    );
    let metrics = METRICS.iter().fold(
        String::from(
            "| metric | unit | possible | from samples | from a summary | workloads |\n|---|---|---|---|---|---|\n",
        ),
        |text, metric| {
            let samples =
                metric.samples.map(|(series, reducer)| format!("{reducer:?} of `{series}`")).unwrap_or_default();
            let summary = metric.summary.map(|statistic| statistic.as_str()).unwrap_or_default();
            let workloads: Vec<&str> = metric.workloads.iter().map(|workload| workload.as_str()).collect();
            let workloads = if workloads.len() > 8 { "all".to_owned() } else { workloads.join(", ") };
            let (id, unit, possible) = (metric.id, metric.unit.as_str(), metric.possible);
            text + &format!("| `{id}` | {unit} | {possible} | {samples} | {summary} | {workloads} |\n")
        },
    );
    let relations =
        RELATIONS.iter().fold(String::from("| number | at most | because |\n|---|---|---|\n"), |text, relation| {
            text + &format!("| `{}` | {relation} | {} |\n", relation.what, relation.because)
        });
    let notes = NoteCode::ALL.iter().zip(docs_of::<NoteCode>()).fold(
        String::from("| code | may change a value | meaning |\n|---|---|---|\n"),
        |text, (code, (name, doc))| {
            assert_eq!(code.as_str(), name);
            let yes = if code.may_change_a_value() { "yes" } else { "" };
            text + &format!("| `{name}` | {yes} | {doc} |\n")
        },
    );
    let tables = list::files().map(|table| (table.name, columns(table)));
    let parts = [
        ("notes", notes),
        ("relations", relations),
        ("outcomes", names(docs_of::<Outcome>().into_iter())),
        ("reasons", names(docs_of::<Reason>().into_iter())),
        ("series", series),
        ("metrics", metrics),
    ];
    let path = project().join("FORMAT.md");
    let mut text = fs::read_to_string(&path).unwrap();
    for (name, table) in tables.chain(parts) {
        splice(&mut text, name, &table);
    }
    check(&path, &text);
    assert_eq!(docs_of::<Outcome>().len(), Outcome::ALL.len());
    assert_eq!(docs_of::<Reason>().len(), Reason::ALL.len());
}
