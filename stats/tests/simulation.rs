//! What intervals and tests reach, by simulation with fixed seeds: the tables of docs/coverage.md.
//!
//! `MESHBENCH_ROUNDS=20000 cargo test --release -p meshbench-stats --test simulation` is the longer profile, and
//! `MESHBENCH_UPDATE=1` with it writes the tables. Every round has random numbers of its own, so that the result
//! does not depend on the number of threads, and fewer rounds are the first ones of more. Nothing is allowed for but
//! the simulation's own error.

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

#[path = "simulation/chance.rs"]
mod chance;
#[path = "simulation/document.rs"]
mod document;
#[path = "simulation/durations.rs"]
mod durations;
#[path = "simulation/error_rates.rs"]
mod error_rates;
#[path = "simulation/examined.rs"]
mod examined;
#[path = "simulation/intervals.rs"]
mod intervals;
#[path = "simulation/ranks.rs"]
mod ranks;
#[path = "simulation/shares.rs"]
mod shares;
#[path = "simulation/stopping.rs"]
mod stopping;
#[path = "simulation/tally.rs"]
mod tally;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Instant;
use tally::{Cell, Claim, Kind, Row, Section, rounds};

/// All experiments, made once for all tests.
static SECTIONS: LazyLock<Vec<Section>> = LazyLock::new(|| {
    let experiments: [fn(usize) -> Section; 21] = [
        intervals::one_sample,
        intervals::two_samples,
        durations::censored,
        |_| shares::shares(),
        durations::within_run,
        durations::scores,
        ranks::true_ranks,
        stopping::stopping,
        intervals::controls,
        error_rates::paired,
        error_rates::unpaired,
        error_rates::several,
        error_rates::permuted,
        error_rates::families,
        error_rates::equivalent,
        error_rates::either,
        examined::dependent,
        examined::two_dependent,
        examined::together,
        examined::association,
        examined::strata,
    ];
    experiments
        .into_iter()
        .map(|experiment| {
            let start = Instant::now();
            let section = experiment(rounds());
            println!("{}: {:.1} s", section.title, start.elapsed().as_secs_f64());
            section
        })
        .collect()
});

/// Cells of the rows with a claim, with words for a failure.
fn cells(claim: Claim) -> impl Iterator<Item = (&'static Row, Kind, Cell, String)> {
    SECTIONS.iter().flat_map(|section| section.rows.iter().map(move |row| (section, row))).flat_map(
        move |(section, row)| {
            let cells = row.cells.iter().zip(&section.columns).filter_map(|(cell, n)| Some(((*cell)?, n)));
            cells.filter(move |_| row.claim == claim).map(move |(cell, n)| {
                (row, section.kind, cell, format!("{}, {}, n = {n}: {cell:?}\n", row.method, row.data))
            })
        },
    )
}

#[test]
fn what_claims_a_rate_reaches_it() {
    let exact = cells(Claim::Exact).filter(|(_, _, cell, _)| cell.differs());
    let kept = cells(Claim::Kept).filter(|(_, kind, cell, _)| cell.misses(*kind));
    let failed: String = exact.chain(kept).map(|(.., words)| words).collect();
    assert!(failed.is_empty(), "{failed}");
    assert!(cells(Claim::Exact).count() > 100 && cells(Claim::Kept).count() > 100);
}

#[test]
fn what_is_wrong_is_noticed() {
    let wrong: BTreeSet<String> =
        cells(Claim::Wrong).map(|(row, ..)| format!("{}, {}", row.method, row.data)).collect();
    let missing = cells(Claim::Wrong).filter(|(_, kind, cell, _)| cell.misses(*kind));
    let noticed: BTreeSet<String> = missing.map(|(row, ..)| format!("{}, {}", row.method, row.data)).collect();
    assert_eq!(noticed, wrong);
    assert!(wrong.len() >= 5);
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| (durations::scores(20), error_rates::paired(20)))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn the_document_has_these_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/coverage.md");
    let mut text = std::fs::read_to_string(&path).unwrap();
    for (name, kind) in [("coverage", Kind::Interval), ("error-rates", Kind::Test)] {
        let new = document::head(rounds()) + &document::markdown(&SECTIONS, kind);
        if std::env::var_os("MESHBENCH_UPDATE").is_some() {
            text = document::splice(&text, name, &new);
            std::fs::write(&path, &text).unwrap();
        }
        let old = document::between(&text, name);
        let of = document::rounds_of(old).unwrap_or_else(|| panic!("{name}: how many rounds?"));
        if of == rounds() {
            assert!(old == new, "{name} is not current; MESHBENCH_UPDATE=1 writes it\n{new}");
        }
        let found = document::differences(old, &new, (of, rounds()));
        assert!(found.is_empty(), "{name} is not current:\n{}", found.join("\n"));
    }
}

#[test]
fn a_table_that_is_off_is_noticed() {
    let table = |rate: &str| format!("20000 rounds a cell\n\n| a | {rate} ×1.00 | · |\n");
    let off = |a: &str, b: &str| !document::differences(&table(a), &table(b), (20_000, 2000)).is_empty();
    assert!(!off("95.0", "**94.0**") && !off("100.0", "99.9") && !off("0.0", "0.0"));
    assert!(off("95.0", "92.5") && off("**89.0**", "93.0") && off("0.0", "0.5") && off("95.0", "·"));
    assert_eq!(document::rounds_of(&table("95.0")), Some(20_000));
}
