//! Two runs with one result: a file that was copied.

use super::facts::{Cell, Index, Link, ok};
use super::finding;
use super::say::count;
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::Workload;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A metric whose values are at least to this share distinct never repeats by chance.
const DISTINCT: f64 = 0.9;
/// From this many values on that share says something.
const ENOUGH: usize = 4;
/// Metrics in which two runs have to agree: one can be a coincidence.
const METRICS: usize = 2;
/// Or runs of the same two places that have to agree in one metric.
const RUNS: usize = 3;
/// Values that repeat elsewhere, of all, from which on such a metric repeats by chance.
const ELSEWHERE: f64 = 0.01;
/// More runs than this with one value have no measurement.
const MOST: usize = 50;
/// What was rounded to fewer digits than this repeats by chance.
const DIGITS: usize = 6;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let runs: BTreeMap<&str, (Cell<'_>, &Run)> =
        index.cells.iter().flat_map(|(cell, own)| ok(own).map(|run| (&*run.run_id, (*cell, run)))).collect();
    let mut copies: BTreeMap<Cell<'_>, BTreeMap<&str, &str>> = BTreeMap::new();
    let pairs = equal_values(index).into_iter().chain(equal_places(index)).chain(equal_artifacts(index));
    for (first, second) in pairs {
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
            "{} of {} have the result of another run, or a part of it, such as {copy} that of {from}",
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

/// Two places of a campaign that may have one result: a block or a link of a cell, with that of another or the same cell.
type Places<'a> = (Place<'a>, Place<'a>);

/// A block of a cell, on each of whose links a value may have been copied; or a link of a cell, in each of whose blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place<'a> {
    Block(Cell<'a>, u32),
    Link(Cell<'a>, Link<'a>),
}

/// Whether a value has so many digits that it does not come twice by rounding.
fn full(value: f64) -> bool {
    let text = format!("{value:e}");
    let digits = text.split('e').next().unwrap_or_default();
    digits.chars().filter(char::is_ascii_digit).count() >= DIGITS
}

/// What two runs of equal value share: the link, the block, both (of two cells) or nothing.
fn places<'a>(one: &Run, other: &Run, cells: (Cell<'a>, Cell<'a>), links: (Link<'a>, Link<'a>)) -> Vec<Places<'a>> {
    let mut out = Vec::new();
    if links.0 == links.1 {
        out.push((Place::Block(cells.0, one.block), Place::Block(cells.1, other.block)));
    }
    if one.block == other.block {
        out.push((Place::Link(cells.0, links.0), Place::Link(cells.1, links.1)));
    }
    out
}

/// Pairs of runs with the same value of one metric, where runs of the same two places agree in it and no others do: a part of a
/// result was copied.
fn equal_places<'a>(index: &Index<'a>) -> Vec<(&'a str, &'a str)> {
    let mut out = Vec::new();
    for (_, cells) in index.columns() {
        let mut same: BTreeMap<u64, Vec<(Cell<'a>, &'a Run)>> = BTreeMap::new();
        let mut all = 0usize;
        for (cell, points) in cells {
            for point in points.iter().filter(|point| point.value.value != 0.0) {
                all += 1;
                same.entry(point.value.value.to_bits()).or_default().push((*cell, point.run));
            }
        }
        same.retain(|_, runs| runs.len() > 1);
        let pairs: Vec<_> = same.iter().flat_map(|(bits, runs)| pairs_of(*bits, runs)).collect();
        let mut sharing: BTreeMap<Places<'a>, usize> = BTreeMap::new();
        pairs.iter().flat_map(|pair| &pair.places).for_each(|places| *sharing.entry(*places).or_default() += 1);
        let copied = |pair: &&Equal<'a>| {
            pair.full && pair.places.iter().any(|places| sharing.get(places).is_some_and(|runs| *runs >= RUNS))
        };
        let of_copies: BTreeSet<u64> = pairs.iter().filter(copied).map(|pair| pair.bits).collect();
        let elsewhere: usize =
            same.iter().filter(|(bits, _)| !of_copies.contains(bits)).map(|(_, runs)| runs.len()).sum();
        if (elsewhere as f64) <= ELSEWHERE * all as f64 {
            out.extend(pairs.iter().filter(copied).map(|pair| pair.runs));
        }
    }
    out
}

/// Two runs with one value.
struct Equal<'a> {
    bits: u64,
    full: bool,
    runs: (&'a str, &'a str),
    places: Vec<Places<'a>>,
}

/// All pairs of the runs with one value; none of so many that the value is no measurement.
fn pairs_of<'a>(bits: u64, runs: &[(Cell<'a>, &'a Run)]) -> Vec<Equal<'a>> {
    let full = full(f64::from_bits(bits));
    let mut out = Vec::new();
    if runs.len() > MOST {
        return out;
    }
    for (at, (cell, one)) in runs.iter().enumerate() {
        for (with, other) in runs.iter().skip(at + 1) {
            let links = ((&*one.source, &*one.target), (&*other.source, &*other.target));
            let places = places(one, other, (*cell, *with), links);
            out.push(Equal { bits, full, runs: (&one.run_id, &other.run_id), places });
        }
    }
    out
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
