//! Tests of whether any of several systems differs.
//!
//! One system without a value does not take the test from the others. Which test it is follows from the holes that are left:
//!
//! | what has a value | test |
//! |---|---|
//! | every system in every replicate | Friedman's, and as F by Iman and Davenport |
//! | not all, and every pair of systems in as many replicates | Skillings and Mack's, and Durbin's |
//! | not all | Skillings and Mack's |
//!
//! A single replicate is no test: whatever the order in it, no order would have been more extreme. Shares of attempts are
//! counted over all blocks together, and have no order within one.

use super::contrasts::Grids;
use super::grid::Grid;
use super::ranking::{Ranking, rankings, with_holes};
use crate::estimates::campaign::Column;
use crate::options::Options;
use crate::stats::blocks::{Blocks, Incomplete};
use crate::stats::{Computed, PValue, durbin, friedman, nemenyi, skillings_mack};
use meshbench_schemas::catalogue::{Metric, SUCCESS_RATE};
use meshbench_schemas::stage::Omnibus;
use meshbench_schemas::words::{ComputedBy, Covers, OmnibusTest};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Below this many systems, the contrasts say it all.
const LEAST_SYSTEMS: usize = 3;
/// Of one replicate every order is as extreme as any other.
const LEAST_REPLICATES: usize = 2;

/// The tests of one metric and direction.
pub fn omnibus(column: &Column, grids: &Grids<'_>, options: &Options) -> Vec<Omnibus> {
    let several = rankings(grids);
    let several = several.par_iter().filter(|ranking| ranking.grids.len() >= LEAST_SYSTEMS);
    several.flat_map_iter(|ranking| of_ranking(column, ranking, options)).collect()
}

fn of_ranking(column: &Column, ranking: &Ranking<'_, '_>, options: &Options) -> Vec<Omnibus> {
    if column.metric.id == SUCCESS_RATE.id {
        return vec![of_shares(column, ranking)];
    }
    let entered = Entered::of(&ranking.grids, column.metric);
    let left_out: Vec<String> = entered.left_out.iter().map(|(system, why)| format!("{system} ({why})")).collect();
    let blank = Omnibus {
        systems: count(entered.systems),
        left_out: (!left_out.is_empty()).then(|| left_out.join(", ")),
        replicates: count(entered.rows.len()),
        replicates_expected: count(entered.replicates),
        covers: entered.covers,
        ..blank(column, ranking)
    };
    if let Some(reason) = too_few(&entered) {
        return vec![Omnibus { reason: Some(reason), ..blank }];
    }
    let complete: Option<Vec<Vec<f64>>> = entered.rows.iter().map(|row| row.iter().copied().collect()).collect();
    match complete.and_then(|rows| Blocks::new(&rows).ok()) {
        Some(blocks) => of_complete(&blocks, blank, options),
        None => of_incomplete(entered.rows, blank, options),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A row that knows its place, and no number.
fn blank(column: &Column, ranking: &Ranking<'_, '_>) -> Omnibus {
    Omnibus {
        tuning: ranking.tuning.clone(),
        profile: ranking.profile.clone(),
        workload: column.workload,
        metric: column.metric.id.into(),
        direction: column.direction,
        test: OmnibusTest::None,
        why: String::new(),
        statistic: None,
        df: None,
        df2: None,
        p: None,
        p_basis: ComputedBy::None,
        agreement: None,
        critical_difference: None,
        systems: 0,
        systems_expected: count(ranking.grids.len()),
        left_out: None,
        replicates: 0,
        replicates_expected: 0,
        covers: Covers::None,
        reason: None,
    }
}

/// Shares of attempts have no value in a block, so there is nothing to rank within it.
fn of_shares(column: &Column, ranking: &Ranking<'_, '_>) -> Omnibus {
    let reason = "a share is counted over the attempts of all blocks and links, so that no block has an order of systems; pairs \
                  are tested by Fisher's exact test";
    let attempts = ranking.grids.iter().map(|grid| grid.attempts.1).sum();
    let attempted = ranking.grids.iter().filter(|grid| grid.attempts.1 > 0).count();
    Omnibus {
        systems: count(attempted),
        replicates: count(attempts),
        replicates_expected: count(attempts),
        covers: Covers::Attempts,
        reason: Some(reason.to_owned()),
        ..blank(column, ranking)
    }
}

/// Why what entered is not enough for a test; `None` where it is.
fn too_few(entered: &Entered) -> Option<String> {
    let ((at, one), many) = (place(entered.covers), entered.covers);
    if entered.systems < LEAST_SYSTEMS {
        let found = match entered.systems {
            0 => format!("no two systems have a value {at} the same {one}"),
            systems => format!("{systems} systems have values {at} the same {many}"),
        };
        return Some(format!("{found}, and a test of all of them takes {LEAST_SYSTEMS}"));
    }
    (entered.rows.len() < LEAST_REPLICATES).then(|| {
        format!(
            "one {one} has values of several systems, and of one alone every order is as likely as any other: a test takes \
             {LEAST_REPLICATES} {many}"
        )
    })
}

/// "in" and "block", "on" and "link": where one replicate is.
fn place(covers: Covers) -> (&'static str, &'static str) {
    (if covers == Covers::Links { "on" } else { "in" }, covers.one())
}

/// "each of the 4 systems that entered has a value in each of the 6 blocks".
fn each(blank: &Omnibus) -> String {
    let systems = if blank.systems == blank.systems_expected {
        format!("each of the {} systems", blank.systems)
    } else {
        format!("each of the {} systems that entered", blank.systems)
    };
    let replicates = if blank.replicates == blank.replicates_expected {
        format!("each of the {} {}", blank.replicates, blank.covers)
    } else {
        format!("each of the {} {} that entered", blank.replicates, blank.covers)
    };
    format!("{systems} has a value {} {replicates}", place(blank.covers).0)
}

/// Where no order of systems was seen.
fn tied(blank: &Omnibus) -> Option<String> {
    let (at, one) = place(blank.covers);
    Some(format!("{at} every {one} the values of all systems are equal"))
}

fn of_complete(blocks: &Blocks, blank: Omnibus, options: &Options) -> Vec<Omnibus> {
    let Some(test) = friedman::friedman(blocks) else {
        return vec![Omnibus { reason: tied(&blank), ..blank }];
    };
    let blank = Omnibus { test: OmnibusTest::Friedman, why: each(&blank), ..blank };
    let as_f = test.f.map(|f| Omnibus {
        test: OmnibusTest::ImanDavenport,
        df2: Some(f.degrees.1),
        ..tested(blank.clone(), f.f, f.degrees.0, f.p)
    });
    let p = friedman::permutation(blocks, options.resampling).unwrap_or(test.p);
    let friedman = Omnibus {
        agreement: Some(test.concordance),
        critical_difference: nemenyi::critical_difference(blocks, options.confidence),
        ..tested(blank, test.chi_square, test.degrees as f64, p)
    };
    std::iter::once(friedman).chain(as_f).collect()
}

fn of_incomplete(rows: Vec<Vec<Option<f64>>>, blank: Omnibus, options: &Options) -> Vec<Omnibus> {
    let whole = rows.iter().filter(|row| row.iter().all(Option::is_some)).count();
    let systems = if blank.systems == blank.systems_expected { "every system" } else { "every system that entered" };
    let why = format!(
        "{whole} of {} {} {} a value of {systems}",
        rows.len(),
        blank.covers,
        if whole == 1 { "has" } else { "have" }
    );
    let table = Incomplete::new(rows).ok();
    let found = table.and_then(|table| skillings_mack::skillings_mack(&table).map(|test| (table, test)));
    let Some((table, test)) = found else {
        // What entered is linked, so nothing but ties leaves the test without a statistic.
        return vec![Omnibus { reason: tied(&blank), ..blank }];
    };
    let blank = Omnibus { test: OmnibusTest::SkillingsMack, why, ..blank };
    let as_durbin = durbin::durbin(&table).map(|found| {
        let why = format!("{}, and every pair of systems is in as many of them", blank.why);
        let blank = Omnibus { test: OmnibusTest::Durbin, why, ..blank.clone() };
        match found.f {
            Some(f) => Omnibus { df2: Some(f.degrees.1), ..tested(blank, f.f, f.degrees.0, f.p) },
            None => tested(blank, found.chi_square, found.degrees as f64, found.p),
        }
    });
    let p = skillings_mack::permutation(&table, options.resampling).unwrap_or(test.p);
    std::iter::once(tested(blank, test.chi_square, test.degrees as f64, p)).chain(as_durbin).collect()
}

/// The row with its numbers.
fn tested(blank: Omnibus, statistic: f64, df: f64, p: PValue) -> Omnibus {
    Omnibus { statistic: Some(statistic), df: Some(df), p: Some(p.value), p_basis: computed(&p), ..blank }
}

const fn computed(p: &PValue) -> ComputedBy {
    match p.computed {
        Computed::Exact => ComputedBy::Exact,
        Computed::MonteCarlo { .. } => ComputedBy::MonteCarlo,
        Computed::Distribution => ComputedBy::Distribution,
    }
}

/// What can be tested together: systems that are linked with each other by replicates that hold several of them.
struct Entered {
    /// A row a replicate with values of at least two systems, a column a system that entered.
    rows: Vec<Vec<Option<f64>>>,
    systems: usize,
    covers: Covers,
    /// Replicates of the cell.
    replicates: usize,
    /// Systems that did not enter, and why.
    left_out: Vec<(String, String)>,
}

impl Entered {
    fn of(grids: &[&Grid<'_>], metric: &Metric) -> Self {
        let blocks: BTreeSet<u32> = grids.iter().flat_map(|grid| grid.blocks.iter().copied()).collect();
        let found = Self::in_blocks(grids, metric, &blocks);
        if found.rows.len() == 1 && found.covers == Covers::Blocks {
            // A single block with values of several systems: its links are what was repeated.
            let of_block = |block: &u32| Self::in_blocks(grids, metric, &[*block].into());
            let by_links = blocks.iter().map(of_block).filter(|found| found.systems >= LEAST_SYSTEMS);
            return by_links.max_by_key(|found| (found.systems, found.rows.len())).unwrap_or(found);
        }
        found
    }

    fn in_blocks(grids: &[&Grid<'_>], metric: &Metric, blocks: &BTreeSet<u32>) -> Self {
        let (rows, covers) = with_holes(grids, metric, blocks);
        let replicates = rows.len();
        let mut left_out = Vec::new();
        let mut kept = Vec::new();
        for (at, grid) in grids.iter().enumerate() {
            if rows.iter().any(|row| row.get(at).is_some_and(Option::is_some)) {
                kept.push(*grid);
            } else {
                left_out.push((grid.name.system.to_string(), without(grid, blocks, covers)));
            }
        }
        // Links that only those had are not asked of the others.
        let (rows, covers) = with_holes(&kept, metric, blocks);
        let linked = largest_group(&rows, kept.len());
        let (at, one) = place(covers);
        let why = match (kept.len(), linked.is_empty()) {
            (1, _) => "no other system has a value".to_owned(),
            (_, true) => format!("no {one} {at} which it has a value has one of another system"),
            (_, false) => format!("no {one} {at} which it has a value has one of those that entered"),
        };
        for (_, grid) in kept.iter().enumerate().filter(|(at, _)| !linked.contains(at)) {
            left_out.push((grid.name.system.to_string(), why.clone()));
        }
        let only = |row: &Vec<Option<f64>>| -> Vec<Option<f64>> {
            linked.iter().map(|at| row.get(*at).copied().flatten()).collect()
        };
        let mut rows: Vec<Vec<Option<f64>>> = rows.iter().map(only).collect();
        rows.retain(|row| row.iter().flatten().count() > 1);
        Self { rows, systems: linked.len(), covers, replicates, left_out }
    }
}

/// Why a system has no value in any replicate.
fn without(grid: &Grid<'_>, blocks: &BTreeSet<u32>, covers: Covers) -> String {
    let values = grid.values.keys().filter(|(block, _)| blocks.contains(block));
    let links: BTreeSet<_> = values.map(|(_, link)| *link).collect();
    if links.is_empty() || covers == Covers::Links {
        return "no value".to_owned();
    }
    format!("no block with a value on every link; {} of {} links have one", links.len(), grid.links.len())
}

/// The largest group of columns that are linked by rows with a value of several of them, in ascending order; nothing where
/// no row has two.
fn largest_group(rows: &[Vec<Option<f64>>], columns: usize) -> BTreeSet<usize> {
    let mut groups: Vec<BTreeSet<usize>> = (0..columns).map(|at| [at].into()).collect();
    for row in rows {
        let here: BTreeSet<usize> = row.iter().enumerate().filter_map(|(at, cell)| cell.map(|_| at)).collect();
        let (joined, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| !group.is_disjoint(&here));
        groups = apart;
        groups.push(joined.into_iter().flatten().collect());
    }
    let values = |group: &BTreeSet<usize>| {
        let of_row =
            |row: &Vec<Option<f64>>| group.iter().filter(|at| row.get(**at).is_some_and(Option::is_some)).count();
        rows.iter().map(of_row).sum::<usize>()
    };
    let several = groups.into_iter().filter(|group| group.len() > 1);
    several.max_by_key(|group| (group.len(), values(group), std::cmp::Reverse(group.clone()))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_linked_by_rows() {
        let row = |there: [u8; 5]| there.iter().map(|x| (*x > 0).then_some(1.0)).collect::<Vec<Option<f64>>>();
        let rows = [row([1, 1, 0, 0, 0]), row([0, 0, 1, 1, 0]), row([0, 0, 0, 1, 1]), row([0, 0, 0, 0, 0])];
        assert_eq!(largest_group(&rows, 5), [2, 3, 4].into());
        assert_eq!(largest_group(&rows[..2], 5), [0, 1].into());
        assert!(largest_group(&rows[3..], 5).is_empty() && largest_group(&[], 0).is_empty());
    }
}
