//! Results that mean something else than their outcome says.

use super::facts::{Cell, Index, Link, ok};
use super::say::{count, factor, list, rate, seconds, share};
use super::{finding, measured};
use crate::stats::counts::hypergeometric_at_most;
use crate::stats::quantile::median_of;
use meshbench_schemas::catalogue::{Better, Unit};
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::outcome::{Outcome, Reason, STALLED_BELOW_BIT_S};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::Workload;
use std::collections::{BTreeMap, BTreeSet};

/// Below this share of its own cell's median a transfer did not do what the others did. Honest runs of one cell
/// have never been seen further apart than a few tens of times.
const NEAR_NOTHING: f64 = 1e-3;
/// From this many values on their median says what a cell is like although one of them is near nothing.
const ENOUGH_FOR_MEDIAN: usize = 3;
/// Error rate of the survivors' test over all systems of one comparison.
const ALPHA: f64 = 0.05;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for (cell, runs) in &index.cells {
        out.extend(stalled(index, cell, runs));
        out.extend(censored(cell, runs));
        out.extend(hidden(cell, runs));
    }
    out.extend(rings(index));
    out.extend(survivors(index));
    out
}

/// Transfers that moved next to nothing and count as `ok`.
fn stalled(index: &Index<'_>, cell: &Cell<'_>, runs: &[&Run]) -> Option<Finding> {
    let mut concerned: BTreeSet<&str> = BTreeSet::new();
    let mut slowest: Option<(f64, Option<f64>)> = None;
    for (column, cells) in index.columns().filter(|(column, _)| column.workload == cell.workload) {
        if column.metric.unit != Unit::BitPerSecond || column.metric.better != Better::Higher {
            continue;
        }
        let points = cells.get(cell).map(Vec::as_slice).unwrap_or_default();
        let values: Vec<f64> = points.iter().map(|point| point.value.value).collect();
        let middle = median_of(&values).filter(|_| values.len() >= ENOUGH_FOR_MEDIAN);
        // A cell that stalled as a whole is known by the others of its workload and profile.
        let alike = cells.iter().filter(|(other, _)| other.comparison() == cell.comparison());
        let all: Vec<f64> = alike.flat_map(|(_, points)| points.iter().map(|point| point.value.value)).collect();
        let usual = median_of(&all).filter(|_| all.len() >= ENOUGH_FOR_MEDIAN);
        let middle = [middle, usual].into_iter().flatten().reduce(f64::max);
        let least = middle.map_or(STALLED_BELOW_BIT_S, |middle| (middle * NEAR_NOTHING).max(STALLED_BELOW_BIT_S));
        for point in points.iter().filter(|point| (0.0..least).contains(&point.value.value)) {
            concerned.insert(&point.run.run_id);
            if slowest.is_none_or(|(value, _)| point.value.value < value) {
                slowest = Some((point.value.value, middle));
            }
        }
    }
    let (value, middle) = slowest?;
    let of = ok(runs).count();
    let beside = middle.map(|middle| format!("; the median of its like is {}", rate(middle))).unwrap_or_default();
    let evidence = format!(
        "{} of {} with the outcome ok moved next to nothing, the slowest {}{beside}",
        concerned.len(),
        count(of, "run"),
        rate(value)
    );
    Some(measured(
        finding(Code::StalledCounted, cell.scope(), concerned.len(), of, evidence),
        Some(value),
        middle,
        "bit/s",
    ))
}

fn censored(cell: &Cell<'_>, runs: &[&Run]) -> Option<Finding> {
    let stopped: Vec<&Run> = runs.iter().copied().filter(|run| run.outcome == Outcome::Censored).collect();
    let first = stopped.first()?;
    let limit = stopped.iter().filter_map(|run| run.limit_s).reduce(f64::max).or(first.censored_at_s);
    let attempts = runs.iter().filter(|run| run.outcome.attempted()).count();
    let at = limit.map(|limit| format!(" of {}", seconds(limit))).unwrap_or_default();
    let evidence = format!("{} of {} were stopped at a limit{at}", stopped.len(), count(attempts, "attempt"));
    Some(measured(finding(Code::CensoredByLimit, cell.scope(), stopped.len(), attempts, evidence), None, limit, "s"))
}

fn hidden(cell: &Cell<'_>, runs: &[&Run]) -> Option<Finding> {
    let tried = |run: &Run| run.harness_attempts.filter(|made| *made > 1).map_or(0, |made| made as usize - 1);
    let said: usize = ok(runs).map(tried).sum();
    let rows = runs.iter().filter(|run| run.reason == Some(Reason::HiddenByRetry)).count();
    let (telling, of) = (ok(runs).filter(|run| tried(run) > 0).count(), ok(runs).count());
    // Rows without a result that says so stand for one attempt each.
    let results = if telling > 0 { telling } else { rows };
    let lost = said.max(rows);
    (lost > 0).then(|| {
        let evidence = format!(
            "{results} of {} stand for {} before them whose output was replaced",
            count(of, "result"),
            count(lost, "failed attempt")
        );
        finding(Code::HiddenRetry, cell.scope(), results, of.max(results), evidence)
    })
}

/// The links of which at least half of a workload's rings have a row.
fn ring_links<'a>(rings: &[(&Cell<'a>, Vec<&'a Run>)]) -> BTreeMap<Workload, BTreeSet<Link<'a>>> {
    let mut seen: BTreeMap<Workload, BTreeMap<Link<'a>, usize>> = BTreeMap::new();
    let mut totals: BTreeMap<Workload, usize> = BTreeMap::new();
    for (cell, runs) in rings {
        *totals.entry(cell.workload).or_default() += 1;
        let links: BTreeSet<Link<'a>> = runs.iter().map(|run| (&*run.source, &*run.target)).collect();
        for link in links {
            *seen.entry(cell.workload).or_default().entry(link).or_default() += 1;
        }
    }
    let common = |(workload, links): (Workload, BTreeMap<Link<'a>, usize>)| {
        let all = totals.get(&workload).copied().unwrap_or(0);
        (workload, links.into_iter().filter(|(_, having)| having * 2 >= all).map(|(link, _)| link).collect())
    };
    seen.into_iter().map(common).collect()
}

fn rings(index: &Index<'_>) -> Vec<Finding> {
    let mut rings = Vec::new();
    for (cell, runs) in &index.cells {
        let mut own: BTreeMap<(&str, u32, u32), Vec<&Run>> = BTreeMap::new();
        for &run in runs {
            if let Some(ring) = &run.ring {
                own.entry((ring, run.block, run.attempt)).or_default().push(run);
            }
        }
        rings.extend(own.into_values().map(|runs| (cell, runs)));
    }
    let links = ring_links(&rings);
    let mut bad: BTreeMap<&Cell<'_>, (usize, usize)> = BTreeMap::new();
    for (cell, runs) in &rings {
        let good: BTreeSet<Link<'_>> = ok(runs).map(|run| (&*run.source, &*run.target)).collect();
        let whole = links.get(&cell.workload).is_none_or(|links| links.is_subset(&good));
        let entry = bad.entry(cell).or_default();
        entry.1 += good.len();
        if !whole || ok(runs).count() < runs.len() {
            entry.0 += good.len();
        }
    }
    let row = |(cell, (count_, of)): (&Cell<'_>, (usize, usize))| {
        let evidence = format!(
            "{count_} of {} count as ok although another link of their ring failed or is absent",
            count(of, "link run")
        );
        finding(Code::PartialRing, cell.scope(), count_, of, evidence)
    };
    bad.into_iter().filter(|(_, (bad, _))| *bad > 0).map(row).collect()
}

/// How many attempts were good, and how many there were. The links of a ring, which run at the same time, succeed and fail
/// together, so they are one attempt, which is good where all of them are.
fn tries(runs: &[&Run]) -> (u64, u64) {
    let attempted = || runs.iter().filter(|run| run.outcome.attempted());
    let mut rings: BTreeMap<(&str, u32, u32), bool> = BTreeMap::new();
    for (ring, run) in attempted().filter_map(|run| Some((run.ring.as_deref()?, run))) {
        *rings.entry((ring, run.block, run.attempt)).or_insert(true) &= run.outcome == Outcome::Ok;
    }
    let alone = || attempted().filter(|run| run.ring.is_none());
    let good = alone().filter(|run| run.outcome == Outcome::Ok).count() + rings.values().filter(|good| **good).count();
    (good as u64, (alone().count() + rings.len()) as u64)
}

/// Attempts of a system in one comparison.
#[derive(Debug, Clone, Copy)]
struct Tried<'a> {
    system: &'a str,
    good: u64,
    all: u64,
}

/// Cells with values that succeed significantly less often than the other systems do.
fn survivors(index: &Index<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for cells in index.comparisons().into_values() {
        // What has no value at all is no survivor, and no standard for those that have some.
        let of: Vec<(Cell<'_>, Tried<'_>)> = cells
            .iter()
            .filter(|(_, runs)| ok(runs).next().is_some())
            .map(|(cell, runs)| {
                let (good, all) = tries(runs);
                (*cell, Tried { system: cell.system, good, all })
            })
            .collect();
        let mut found: BTreeMap<Cell<'_>, Finding> = BTreeMap::new();
        loop {
            // Those that were found are no standard for the others either.
            let left: Vec<&(Cell<'_>, Tried<'_>)> = of.iter().filter(|(cell, _)| !found.contains_key(cell)).collect();
            let rows: Vec<(Cell<'_>, Finding)> = left
                .iter()
                .filter_map(|(cell, own)| {
                    let others: Vec<Tried<'_>> =
                        left.iter().filter(|(other, _)| other != cell).map(|(_, tried)| *tried).collect();
                    Some((*cell, survivor(cell, *own, &fewer(*own, &others, of.len())?)))
                })
                .collect();
            if rows.is_empty() {
                break;
            }
            found.extend(rows);
        }
        out.extend(found.into_values());
    }
    out
}

/// The others than which a system succeeds significantly less often: all of them together, or one by itself.
fn fewer<'a>(own: Tried<'a>, others: &[Tried<'a>], systems: usize) -> Option<Vec<Tried<'a>>> {
    let (half, systems) = (ALPHA / 2.0, systems as f64);
    let p = |good: u64, all: u64| hypergeometric_at_most(own.good, own.good + good, own.all, own.all + all);
    let (good, all) = others.iter().fold((0, 0), |sum, other| (sum.0 + other.good, sum.1 + other.all));
    if all > 0 && p(good, all) <= half / systems {
        return Some(others.to_vec());
    }
    let pairs = systems * (systems - 1.0).max(1.0);
    let best = others.iter().filter(|other| p(other.good, other.all) <= half / pairs);
    let best = best.min_by(|a, b| p(a.good, a.all).total_cmp(&p(b.good, b.all)))?;
    Some(vec![*best])
}

fn survivor(cell: &Cell<'_>, own: Tried<'_>, better: &[Tried<'_>]) -> Finding {
    let (good, all) = better.iter().fold((0, 0), |sum, other| (sum.0 + other.good, sum.1 + other.all));
    let (mine, theirs) = (own.good as f64 / own.all as f64, good as f64 / all as f64);
    let names: Vec<&str> = better.iter().map(|other| other.system).collect();
    let evidence = format!(
        "{} of {} succeeded ({}), of {} {good} of {} ({}); values are those of the survivors",
        own.good,
        count(own.all as usize, "attempt"),
        share(mine),
        list(names, 3),
        count(all as usize, "attempt"),
        share(theirs)
    );
    let row = finding(Code::SurvivorsOnly, cell.scope(), (own.all - own.good) as usize, own.all as usize, evidence);
    measured(row, Some(mine), Some(theirs), "ratio")
}

/// "1 failed (handshake-lost), 2 skipped", for the evidence of other checks.
pub fn ends(runs: &[&Run]) -> String {
    let mut counts: BTreeMap<(Outcome, Option<Reason>), usize> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.outcome != Outcome::Ok) {
        *counts.entry((run.outcome, run.reason)).or_default() += 1;
    }
    let word = |((outcome, reason), count): ((Outcome, Option<Reason>), usize)| match reason {
        Some(reason) => format!("{count} {outcome} ({reason})"),
        None => format!("{count} {outcome}"),
    };
    let words: Vec<String> = counts.into_iter().map(word).collect();
    list(words.iter().map(String::as_str), 3)
}

/// "a factor of 3" between two positive values, for the evidence of other checks.
pub fn apart(a: f64, b: f64) -> String {
    factor(if a > b { a / b } else { b / a })
}
