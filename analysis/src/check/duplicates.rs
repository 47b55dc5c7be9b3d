//! Two runs with one result: a file that was copied.

use super::facts::{Cell, Index, ok};
use super::finding;
use super::say::count;
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::Workload;
use std::collections::{BTreeMap, HashMap};

/// A metric whose values are at least to this share distinct never repeats by chance.
const DISTINCT: f64 = 0.9;
/// From this many values on that share says something.
const ENOUGH: usize = 4;
/// Metrics in which two runs have to agree: one can be a coincidence.
const METRICS: usize = 2;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let runs: BTreeMap<&str, (Cell<'_>, &Run)> =
        index.cells.iter().flat_map(|(cell, own)| ok(own).map(|run| (&*run.run_id, (*cell, run)))).collect();
    let mut copies: BTreeMap<Cell<'_>, BTreeMap<&str, &str>> = BTreeMap::new();
    for (first, second) in equal_values(index).into_iter().chain(equal_artifacts(index)) {
        // Nobody knows which of them is the copy.
        for (one, other) in [(first, second), (second, first)] {
            if let Some((cell, _)) = runs.get(one) {
                copies.entry(*cell).or_default().insert(one, other);
            }
        }
    }
    let row = |(cell, pairs): (Cell<'_>, BTreeMap<&str, &str>)| {
        let (copy, from) = pairs.first_key_value()?;
        let of = index.cells.get(&cell).map_or(0, |own| ok(own).count());
        let evidence = format!(
            "{} of {} have the result of another run, such as {copy} that of {from}",
            pairs.len(),
            count(of, "run")
        );
        Some(finding(Code::DuplicatedResult, cell.scope(), pairs.len(), of, evidence))
    };
    copies.into_iter().filter_map(row).collect()
}

/// Pairs of runs of one workload with the same values, to the last digit.
fn equal_values<'a>(index: &Index<'a>) -> Vec<(&'a str, &'a str)> {
    // Of each workload: in how many metrics two runs agree, and how many metrics that never repeat each run has.
    let mut agree: BTreeMap<(&'a str, &'a str), usize> = BTreeMap::new();
    let mut having: HashMap<&'a str, usize> = HashMap::new();
    for (_, cells) in index.columns() {
        let points = || cells.values().flatten().filter(|point| point.value.value != 0.0);
        let mut same: HashMap<u64, Vec<&'a str>> = HashMap::new();
        points().for_each(|point| same.entry(point.value.value.to_bits()).or_default().push(&point.run.run_id));
        let all = points().count();
        if all < ENOUGH || (same.len() as f64) < DISTINCT * all as f64 {
            continue;
        }
        points().for_each(|point| *having.entry(&point.run.run_id).or_default() += 1);
        for mut runs in same.into_values().filter(|runs| runs.len() > 1) {
            runs.sort_unstable();
            runs.dedup();
            for (at, first) in runs.iter().enumerate() {
                for second in runs.iter().skip(at + 1) {
                    *agree.entry((first, second)).or_default() += 1;
                }
            }
        }
    }
    let whole = |((first, second), n): &((&str, &str), usize)| {
        // All that both have: a run that shares a part of its values was not copied.
        let least = [first, second].iter().filter_map(|run| having.get(**run)).min().copied().unwrap_or(0);
        *n >= METRICS && *n >= least
    };
    agree.into_iter().filter(whole).map(|(pair, _)| pair).collect()
}

/// Pairs of runs with the same raw output that were not measured together.
fn equal_artifacts<'a>(index: &Index<'a>) -> Vec<(&'a str, &'a str)> {
    type Place<'a> = (Cell<'a>, u32);
    let mut of: BTreeMap<(Workload, &'a str), BTreeMap<Place<'a>, &'a str>> = BTreeMap::new();
    for (cell, own) in &index.cells {
        for run in ok(own) {
            if let Some(artifact) = &run.artifact {
                // One file may hold all links of a cell in a block: they are one place.
                let places = of.entry((cell.workload, artifact.as_str())).or_default();
                places.entry((*cell, run.block)).or_insert(&run.run_id);
            }
        }
    }
    let pairs = |places: BTreeMap<Place<'a>, &'a str>| {
        let mut runs = places.into_values();
        let first = runs.next();
        runs.filter_map(move |run| Some((first?, run))).collect::<Vec<_>>()
    };
    of.into_values().flat_map(pairs).collect()
}
