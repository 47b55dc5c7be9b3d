//! Which systems compete with each other, and their values in the blocks that all of them have.

use super::contrasts::Grids;
use super::grid::{Grid, rounding};
use crate::estimates::campaign::Link;
use crate::stats::summary::sum;
use crate::stats::ties;
use meshbench_schemas::catalogue::{Metric, Scale};
use meshbench_schemas::table::Symbol;
use meshbench_schemas::words::Covers;
use std::collections::{BTreeMap, BTreeSet};

/// The network without a VPN: what systems are set against, and no competitor.
pub const INTERNAL: &str = "internal";

/// The grids of all competitors of one tuning and profile.
#[derive(Debug)]
pub struct Ranking<'g, 'a> {
    /// Host settings under test.
    pub tuning: &'a Symbol,
    /// Network impairment.
    pub profile: &'a Symbol,
    /// One a system, in the order of their names.
    pub grids: Vec<&'g Grid<'a>>,
}

/// The rankings of a column: one a tuning and profile with at least two competitors.
pub fn rankings<'g, 'a>(grids: &'g Grids<'a>) -> Vec<Ranking<'g, 'a>> {
    let mut groups: BTreeMap<(&Symbol, &Symbol), Vec<&Grid<'a>>> = BTreeMap::new();
    for grid in grids.values().filter(|grid| &**grid.name.system != INTERNAL) {
        groups.entry((grid.name.tuning, grid.name.profile)).or_default().push(grid);
    }
    let several = groups.into_iter().filter(|(_, grids)| grids.len() > 1);
    several.map(|((tuning, profile), grids)| Ranking { tuning, profile, grids }).collect()
}

/// Values of several systems in the same replicates.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// A row a replicate, a column a system; logarithms where `log`.
    pub rows: Vec<Vec<f64>>,
    /// Whether the values are logarithms.
    pub log: bool,
    /// `blocks`, or `links` where there is one block.
    pub covers: Covers,
    /// Blocks that entered.
    pub blocks: usize,
}

/// The values of some systems in every block in which each has a value on all links of all of them, each the mean over
/// the links; with one such block, by link. `None` where there is no such block.
pub fn shared(grids: &[&Grid<'_>], metric: &Metric) -> Option<Shared> {
    let links: BTreeSet<Link<'_>> = grids.iter().flat_map(|grid| grid.links.iter().copied()).collect();
    let blocks: BTreeSet<u32> = grids.iter().flat_map(|grid| grid.blocks.iter().copied()).collect();
    let row = |grid: &&Grid<'_>, block: u32| -> Option<Vec<f64>> {
        links.iter().map(|link| grid.values.get(&(block, *link)).copied()).collect()
    };
    let whole: Vec<Vec<Vec<f64>>> =
        blocks.iter().filter_map(|block| grids.iter().map(|grid| row(grid, *block)).collect()).collect();
    let positive = whole.iter().flatten().flatten().all(|value| *value > 0.0);
    let log = metric.scale == Scale::Log && positive;
    let scaled = |value: f64| if log { value.ln() } else { value };
    let rows: Vec<Vec<f64>> = match whole.as_slice() {
        [] => return None,
        [only] => (0..links.len())
            .map(|link| only.iter().filter_map(|of_links| of_links.get(link).copied().map(scaled)).collect())
            .collect(),
        several => {
            let mean = |of_links: &Vec<f64>| sum(of_links.iter().copied().map(scaled)) / of_links.len() as f64;
            several.iter().map(|systems| systems.iter().map(mean).collect()).collect()
        }
    };
    Some(Shared {
        rows,
        log,
        covers: if whole.len() == 1 { Covers::Links } else { Covers::Blocks },
        blocks: whole.len(),
    })
}

/// The values of some systems in every replicate of these blocks, with holes: blocks where there are several, else links.
/// On logarithms as in [`shared`], of all values that there are.
pub fn with_holes(grids: &[&Grid<'_>], metric: &Metric, blocks: &BTreeSet<u32>) -> (Vec<Vec<Option<f64>>>, Covers) {
    let links: BTreeSet<Link<'_>> = grids.iter().flat_map(|grid| grid.links.iter().copied()).collect();
    let log =
        metric.scale == Scale::Log && grids.iter().flat_map(|grid| grid.values.values()).all(|value| *value > 0.0);
    let scaled = |value: &f64| if log { value.ln() } else { *value };
    let at = |grid: &&Grid<'_>, block: u32, link: Link<'_>| grid.values.get(&(block, link)).map(scaled);
    if let (1, Some(only)) = (blocks.len(), blocks.first()) {
        let row = |link: &Link<'_>| grids.iter().map(|grid| at(grid, *only, *link)).collect();
        return (links.iter().map(row).collect(), Covers::Links);
    }
    let mean = |grid: &&Grid<'_>, block: u32| {
        let values: Option<Vec<f64>> = links.iter().map(|link| at(grid, block, *link)).collect();
        values.filter(|values| !values.is_empty()).map(|values| sum(values.iter().copied()) / values.len() as f64)
    };
    let row = |block: &u32| tied(grids.iter().map(|grid| mean(grid, *block)).collect(), log);
    (blocks.iter().map(row).collect(), Covers::Blocks)
}

/// A row in which values that are equal but for rounding are equal.
fn tied(row: Vec<Option<f64>>, log: bool) -> Vec<Option<f64>> {
    let mut values: Vec<f64> = row.iter().copied().flatten().collect();
    let level = values.iter().fold(0.0f64, |level, value| level.max(value.abs()));
    ties::merge(&mut values, rounding(if log { Scale::Log } else { Scale::Linear }, level));
    let mut values = values.into_iter();
    row.into_iter().map(|cell| cell.and_then(|_| values.next())).collect()
}
