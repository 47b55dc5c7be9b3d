//! Holes in the matrix: links without a value, cells without one, runs without a row.

use super::facts::{Cell, Index, Link, ok};
use super::outcomes::ends;
use super::say::{count, list};
use super::{Scope, finding};
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::Workload;
use std::collections::{BTreeMap, BTreeSet};

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let mut out = empty(index);
    for cells in index.comparisons().into_values() {
        let links = common(&cells, |run| (&*run.source, &*run.target));
        let places = common(&cells, |run| ((&*run.source, &*run.target), run.block));
        for (cell, runs) in &cells {
            if unsupported(runs) {
                continue;
            }
            out.extend(missing_links(cell, runs, &links));
            out.extend(hole(cell, runs, &places));
        }
    }
    out
}

fn unsupported(runs: &[&Run]) -> bool {
    !runs.is_empty() && runs.iter().all(|run| run.outcome == Outcome::Unsupported)
}

/// What at least half of the systems of a comparison have rows of. A stray link or block of one system is not
/// missing from the others.
fn common<'a, K: Ord + Copy>(cells: &[(Cell<'a>, &[&'a Run])], key: impl Fn(&'a Run) -> K) -> BTreeSet<K> {
    let mut having: BTreeMap<K, usize> = BTreeMap::new();
    for (_, runs) in cells {
        let own: BTreeSet<K> = runs.iter().map(|run| key(run)).collect();
        own.into_iter().for_each(|key| *having.entry(key).or_default() += 1);
    }
    having.into_iter().filter(|(_, n)| n * 2 >= cells.len()).map(|(key, _)| key).collect()
}

fn missing_links(cell: &Cell<'_>, runs: &[&Run], links: &BTreeSet<Link<'_>>) -> Option<Finding> {
    let have: BTreeSet<Link<'_>> = ok(runs).map(|run| (&*run.source, &*run.target)).collect();
    let missing: Vec<&Link<'_>> = links.iter().filter(|link| !have.contains(*link)).collect();
    if have.is_empty() || missing.is_empty() {
        return None;
    }
    let names: Vec<String> = missing.iter().map(|(source, target)| format!("{source} → {target}")).collect();
    let of_missing = |run: &&&Run| missing.contains(&&(&*run.source, &*run.target));
    let failed: Vec<&Run> = runs.iter().filter(of_missing).copied().collect();
    let why = if failed.is_empty() { "no row".to_owned() } else { ends(&failed) };
    let evidence = format!(
        "{} of {} gave no value: {} ({why})",
        missing.len(),
        count(links.len(), "link"),
        list(names.iter().map(String::as_str), 3)
    );
    Some(finding(Code::MissingLinks, cell.scope(), missing.len(), links.len(), evidence))
}

fn hole(cell: &Cell<'_>, runs: &[&Run], places: &BTreeSet<(Link<'_>, u32)>) -> Option<Finding> {
    let have: BTreeSet<(Link<'_>, u32)> = runs.iter().map(|run| ((&*run.source, &*run.target), run.block)).collect();
    let missing = places.difference(&have).count();
    (missing > 0).then(|| {
        let evidence = format!(
            "{missing} of {} that other systems have are not in the dataset, not even as failed",
            count(places.len(), "run")
        );
        finding(Code::MatrixHole, cell.scope(), missing, places.len(), evidence)
    })
}

/// Cells without a value, also those without a row that half of the systems of the workload have.
fn empty(index: &Index<'_>) -> Vec<Finding> {
    let systems = index.systems();
    let mut having: BTreeMap<(Workload, &str, &str), usize> = BTreeMap::new();
    index.cells.keys().for_each(|cell| *having.entry(cell.comparison()).or_default() += 1);
    let mut out = Vec::new();
    for ((workload, tuning, profile), n) in having {
        for &system in &systems {
            let cell = Cell { workload, tuning, profile, system };
            let runs = index.cells.get(&cell).map(Vec::as_slice).unwrap_or_default();
            let scope: Scope<'_> = cell.scope();
            if runs.is_empty() {
                if n * 2 >= systems.len() {
                    let evidence = format!("the cell has no row, and {n} of {} systems have it", systems.len());
                    out.push(finding(Code::EmptyCell, scope, 1, 1, evidence));
                }
                continue;
            }
            if ok(runs).next().is_none() && !unsupported(runs) {
                let attempts = runs.iter().filter(|run| run.outcome.attempted()).count();
                let evidence = match attempts {
                    0 => format!("no attempt was made: {}", ends(runs)),
                    n => format!("none of {} ended as ok: {}", count(n, "attempt"), ends(runs)),
                };
                out.push(finding(Code::EmptyCell, scope, runs.len(), runs.len(), evidence));
            }
        }
    }
    out
}
