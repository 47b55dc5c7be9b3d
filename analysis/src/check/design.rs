//! What the design can tell: blocks, intervals, crossed factors, samples.

use super::facts::{Index, Link};
use super::say::{count, list};
use super::{Scope, finding, measured};
use meshbench_schemas::catalogue::{CAPACITY, Metric, Statistic, find_series};
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::words::{Basis, Covers, Workload};
use std::collections::{BTreeMap, BTreeSet};

/// The level at which tests are judged.
const ALPHA: f64 = 0.05;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let mut out = over_links(index);
    out.extend(blocks(index));
    out.extend(tied(index));
    out.extend(samples(index));
    out
}

fn over_links(index: &Index<'_>) -> Vec<Finding> {
    let mut of: BTreeMap<Workload, (usize, usize)> = BTreeMap::new();
    for row in index.facts.estimates.iter().filter(|row| row.low.is_some()) {
        let entry = of.entry(row.workload).or_default();
        entry.1 += usize::from(row.covers != Covers::Attempts);
        entry.0 += usize::from(row.covers == Covers::Links);
    }
    let row = |(workload, (n, of)): (Workload, (usize, usize))| {
        let scope = Scope { workload: Some(workload), ..Scope::default() };
        let evidence = format!("{n} of {} cover the links of one block", count(of, "interval"));
        finding(Code::LinksOnlyInterval, scope, n, of, evidence)
    };
    of.into_iter().filter(|(_, (n, _))| *n > 0).map(row).collect()
}

/// The smallest number of blocks with which the exact paired test can reach a level: 2 / 2ⁿ at best.
pub fn blocks_needed(level: f64) -> usize {
    (1..64).find(|n| 2.0 * 0.5f64.powi(*n) <= level).map_or(64, |n| n as usize)
}

/// One row for all workloads with as many blocks.
fn blocks(index: &Index<'_>) -> Vec<Finding> {
    let mut of: BTreeMap<Workload, BTreeMap<&str, BTreeSet<u32>>> = BTreeMap::new();
    for (cell, runs) in &index.cells {
        let own = of.entry(cell.workload).or_default().entry(cell.system).or_default();
        own.extend(runs.iter().map(|run| run.block));
    }
    let mut groups: BTreeMap<(Code, usize, usize), Vec<Workload>> = BTreeMap::new();
    for (workload, systems) in &of {
        // Systems are compared within the blocks that both have.
        let sets: Vec<&BTreeSet<u32>> = systems.values().collect();
        let later = |at: usize| sets.iter().skip(at + 1);
        let shared: Vec<usize> =
            sets.iter().enumerate().flat_map(|(at, a)| later(at).map(|b| a.intersection(b).count())).collect();
        let (Some(&most), Some(&least)) = (shared.iter().max(), shared.iter().min()) else { continue };
        let (one, all) = (blocks_needed(ALPHA), blocks_needed(ALPHA / shared.len() as f64));
        if most < one {
            groups.entry((Code::TooFewBlocks, most, one)).or_default().push(*workload);
        } else if least < all {
            groups.entry((Code::TooFewBlocksForPairs, least, all)).or_default().push(*workload);
        }
    }
    let mut out = Vec::new();
    for ((code, have, need), workloads) in groups {
        let p = 2.0 * 0.5f64.powi(i32::try_from(have).unwrap_or(i32::MAX));
        let question = if code == Code::TooFewBlocks { "a comparison needs" } else { "all pairs of systems need" };
        let reach = match have {
            0 => "so that no two systems can be compared within one".to_owned(),
            1 => "so that nothing was repeated, and tests take links for it".to_owned(),
            _ => format!("with which no p value over blocks is below {p:.2}"),
        };
        let evidence = format!("{} that systems share, {reach}; {question} {need}", count(have, "block"));
        let whole = workloads.len() == of.len();
        let scopes: Vec<Option<Workload>> = if whole { vec![None] } else { workloads.into_iter().map(Some).collect() };
        for workload in scopes {
            let scope = Scope { workload, ..Scope::default() };
            let row = finding(code, scope, have, need, evidence.clone());
            out.push(measured(row, Some(have as f64), Some(need as f64), "count"));
        }
    }
    out
}

/// Systems that share no tuning, profile or link with the others of a workload.
fn tied(index: &Index<'_>) -> Vec<Finding> {
    #[derive(Default)]
    struct Levels<'a> {
        tunings: BTreeSet<&'a str>,
        profiles: BTreeSet<&'a str>,
        links: BTreeSet<Link<'a>>,
    }
    let mut of: BTreeMap<Workload, BTreeMap<&str, Levels<'_>>> = BTreeMap::new();
    for (cell, runs) in &index.cells {
        let levels = of.entry(cell.workload).or_default().entry(cell.system).or_default();
        levels.tunings.insert(cell.tuning);
        levels.profiles.insert(cell.profile);
        levels.links.extend(runs.iter().map(|run| (&*run.source, &*run.target)));
    }
    let mut found: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for systems in of.values().filter(|systems| systems.len() > 1) {
        for (system, own) in systems {
            let others = || systems.iter().filter(|(other, _)| *other != system).map(|(_, levels)| levels);
            let mut factors = BTreeSet::new();
            if others().all(|other| other.tunings.is_disjoint(&own.tunings)) {
                factors.insert("tuning");
            }
            if others().all(|other| other.profiles.is_disjoint(&own.profiles)) {
                factors.insert("profile");
            }
            if others().all(|other| other.links.is_disjoint(&own.links)) {
                factors.insert("link");
            }
            if !factors.is_empty() {
                let entry = found.entry(system).or_default();
                entry.0 += 1;
                entry.1.extend(factors);
            }
        }
    }
    let row = |(system, (n, factors)): (&str, (usize, BTreeSet<&str>))| {
        let scope = Scope { system: Some(system), ..Scope::default() };
        let evidence = format!(
            "in {n} of {} it shares no {} with any other system",
            count(of.len(), "workload"),
            list(factors, 3)
        );
        finding(Code::FactorsTied, scope, n, of.len(), evidence)
    };
    found.into_iter().map(row).collect()
}

/// Whether a value without samples hides some.
fn hides(metric: &Metric, workload: Workload) -> bool {
    let sampled = metric
        .samples
        .is_some_and(|(series, _)| find_series(series).is_some_and(|series| series.workloads.contains(&workload)));
    // The best step of a ladder has its samples under other names.
    let summed = metric.summary.is_some_and(|statistic| statistic != Statistic::Total) && metric.id != CAPACITY.id;
    metric.headline && (sampled || summed)
}

fn samples(index: &Index<'_>) -> Vec<Finding> {
    let mut of: BTreeMap<Workload, (usize, usize, BTreeSet<&str>)> = BTreeMap::new();
    for (column, cells) in index.columns().filter(|(column, _)| hides(column.metric, column.workload)) {
        let entry = of.entry(column.workload).or_default();
        for point in cells.values().flatten() {
            entry.1 += 1;
            if point.value.basis == Basis::Summary && point.value.samples.is_none() {
                entry.0 += 1;
                entry.2.insert(column.metric.id);
            }
        }
    }
    let row = |(workload, (n, of, metrics)): (Workload, (usize, usize, BTreeSet<&str>))| {
        let scope = Scope { workload: Some(workload), ..Scope::default() };
        let evidence = format!("{n} of {} have a summary and no samples: {}", count(of, "value"), list(metrics, 6));
        finding(Code::NoRawSamples, scope, n, of, evidence)
    };
    of.into_iter().filter(|(_, (n, ..))| *n > 0).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_blocks_that_are_needed_are_those_of_the_contract() {
        // 6 to see p <= 0.05 at all, 12 to survive Holm over 55 pairs.
        assert_eq!((blocks_needed(0.05), blocks_needed(0.05 / 55.0)), (6, 12));
        assert_eq!(blocks_needed(0.0), 64);
    }
}
