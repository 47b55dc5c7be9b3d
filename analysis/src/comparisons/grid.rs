//! One metric of one cell as a grid of blocks and links, and differences between grids.

use crate::estimates::campaign::{Campaign, Cell, CellName, Column, Link};
use crate::estimates::measured::{Known, Measured};
use crate::stats::kaplan_meier::Duration;
use crate::stats::summary::sum;
use crate::stats::ties;
use meshbench_schemas::catalogue::{Metric, Scale};
use meshbench_schemas::outcome::Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// One metric of one cell: what was measured on which link in which block.
#[derive(Debug)]
pub struct Grid<'a> {
    /// The cell.
    pub name: CellName<'a>,
    /// Values of the last `ok` attempts.
    pub values: BTreeMap<(u32, Link<'a>), f64>,
    /// Links that belong to the cell.
    pub links: BTreeSet<Link<'a>>,
    /// Blocks that hold a row of the cell.
    pub blocks: BTreeSet<u32>,
    /// Durations with those that were cut off, by block and link, where the metric is a duration and some were.
    pub cut_off: Option<BTreeMap<(u32, Link<'a>), Duration>>,
    /// Attempts that ended as `ok`, and those that were started.
    pub attempts: (usize, usize),
}

impl<'a> Grid<'a> {
    /// The grid of a cell.
    pub fn new(campaign: &Campaign<'a>, cell: &Cell<'a>, column: &Column) -> Self {
        let measured = Measured::new(campaign, cell, column);
        let mut values = BTreeMap::new();
        let mut durations = BTreeMap::new();
        for (place, known) in measured.all() {
            match known {
                Known::Value(value, _) => {
                    values.insert(place, value.value);
                    durations.insert(place, Duration { time: value.value, ended: true });
                }
                Known::AtLeast(bound) => {
                    durations.insert(place, Duration { time: bound, ended: false });
                }
                Known::Nothing(_) => {}
            }
        }
        let cut_off = column.metric.duration && durations.values().any(|duration| !duration.ended);
        Self {
            name: cell.name(),
            values,
            links: cell.links().iter().copied().collect(),
            blocks: cell.blocks().clone(),
            cut_off: cut_off.then_some(durations),
            attempts: (cell.count(Outcome::Ok), cell.attempts()),
        }
    }
}

impl Grid<'_> {
    /// The same with its only block called `block`, so that the links of two campaigns of one block each can be compared.
    pub fn in_block(&self, block: u32) -> Self {
        Self {
            name: self.name,
            values: self.values.iter().map(|((_, link), value)| ((block, *link), *value)).collect(),
            links: self.links.clone(),
            blocks: [block].into(),
            cut_off: self
                .cut_off
                .as_ref()
                .map(|durations| durations.iter().map(|((_, link), duration)| ((block, *link), *duration)).collect()),
            attempts: self.attempts,
        }
    }

    /// The links with a value in some block.
    fn measured(&self) -> BTreeSet<Link<'_>> {
        self.values.keys().map(|(_, link)| *link).collect()
    }
}

/// The values of two sides that share no blocks, one a block: the mean over the same links.
#[derive(Debug, Clone, PartialEq)]
pub struct Sides {
    /// Of the left side; logarithms where `scale` says so.
    pub left: Vec<f64>,
    /// Of the right side.
    pub right: Vec<f64>,
    /// The scale they are on.
    pub scale: Scale,
    /// Whether the metric's own scale is logarithmic and some value was not above zero.
    pub not_positive: bool,
    /// Links that entered, and those that belong to some side.
    pub links: (usize, usize),
    /// Mean magnitude of the values that entered.
    pub level: f64,
}

/// The values of both sides on the links that both have measured, in the blocks in which all of these have a value.
pub fn unpaired(left: &Grid<'_>, right: &Grid<'_>, metric: &Metric) -> Result<Sides, String> {
    let all: BTreeSet<Link<'_>> = left.links.union(&right.links).copied().collect();
    let (of_left, of_right) = (left.measured(), right.measured());
    let links: Vec<Link<'_>> = of_left.intersection(&of_right).copied().collect();
    let blocks = |grid: &Grid<'_>| -> Vec<Vec<f64>> {
        let of_block = |block: &u32| links.iter().map(|link| grid.values.get(&(*block, *link)).copied()).collect();
        grid.blocks.iter().filter_map(of_block).filter(|values: &Vec<f64>| !values.is_empty()).collect()
    };
    let (a, b) = (blocks(left), blocks(right));
    if links.is_empty() && !of_left.is_empty() && !of_right.is_empty() {
        return Err("the two sides share no link".to_owned());
    }
    if a.is_empty() || b.is_empty() {
        return Err(format!(
            "no block with a value on every link of both sides; links with a value: {} and {} of {}",
            of_left.len(),
            of_right.len(),
            all.len()
        ));
    }
    let each = || a.iter().chain(&b).flatten().copied();
    let not_positive = metric.scale == Scale::Log && each().any(|value| value <= 0.0);
    let scale = if not_positive { Scale::Linear } else { metric.scale };
    let mean = |values: &Vec<f64>| {
        let scaled = values.iter().map(|value| if scale == Scale::Log { value.ln() } else { *value });
        sum(scaled) / values.len() as f64
    };
    let level = sum(each().map(f64::abs)) / each().count().max(1) as f64;
    // Equal means stay equal, whatever rounding does.
    let mut both: Vec<f64> = a.iter().chain(&b).map(mean).collect();
    ties::merge(&mut both, rounding(scale, level));
    let right = both.split_off(a.len());
    Ok(Sides { left: both, right, scale, not_positive, links: (links.len(), all.len()), level })
}

/// What is added and what taken away: +1 and −1 for two sides, four terms for a ratio of ratios.
pub type Terms<'g, 'a> = &'g [(f64, &'g Grid<'a>)];

/// Differences of one or more grids, on one scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Differences {
    /// The differences by block and link, sorted by both; on logarithms where `scale` says so.
    pub values: BTreeMap<u32, Vec<f64>>,
    /// The scale they were taken on.
    pub scale: Scale,
    /// Whether the metric's own scale is logarithmic and some value was not above zero.
    pub not_positive: bool,
    /// The links that entered, source and target, in the order of the values.
    pub names: Vec<(String, String)>,
    /// Links that entered, and those that belong to some side.
    pub links: (usize, usize),
    /// Blocks that hold rows of all sides.
    pub blocks_expected: usize,
    /// Mean magnitude of the values that entered.
    pub level: f64,
}

impl Differences {
    /// One difference a block: the mean over its links.
    pub fn by_block(&self) -> Vec<f64> {
        let mean = |links: &Vec<f64>| sum(links.iter().copied()) / links.len() as f64;
        self.tied(self.values.values().map(mean).collect())
    }

    /// Every link in every block.
    pub fn by_link(&self) -> Vec<f64> {
        self.tied(self.values.values().flatten().copied().collect())
    }

    fn tied(&self, differences: Vec<f64>) -> Vec<f64> {
        ties::tied(differences, rounding(self.scale, self.level))
    }
}

/// Differences of values that are equal but for rounding are at most this; `level` is their mean magnitude.
pub fn rounding(scale: Scale, level: f64) -> f64 {
    ties::VALUES * if scale == Scale::Log { 1.0 } else { level }
}

/// Differences on the links and in the blocks where every term has a value.
///
/// A block counts with all links that belong to some term. Where fewer than two blocks are whole, and more than one were
/// measured, those links are taken that make the most of the data (links × blocks with all of them). An error says
/// why there is none.
pub fn differences(terms: Terms<'_, '_>, metric: &Metric) -> Result<Differences, String> {
    let all: BTreeSet<Link<'_>> = terms.iter().flat_map(|(_, grid)| grid.links.iter().copied()).collect();
    let shared: BTreeSet<u32> = terms
        .iter()
        .map(|(_, grid)| grid.blocks.clone())
        .reduce(|a, b| a.intersection(&b).copied().collect())
        .unwrap_or_default();
    let places = shared.iter().flat_map(|block| all.iter().map(|link| (*block, *link)));
    let mut found: BTreeMap<u32, BTreeMap<Link<'_>, Vec<f64>>> = BTreeMap::new();
    for place in places {
        let values: Option<Vec<f64>> = terms.iter().map(|(_, grid)| grid.values.get(&place).copied()).collect();
        if let Some(values) = values {
            found.entry(place.0).or_default().insert(place.1, values);
        }
    }
    let chosen = links(&found, &all, shared.len()).ok_or_else(|| nothing(terms, &shared, &all))?;
    found.retain(|_, links| chosen.iter().all(|link| links.contains_key(link)));
    for links in found.values_mut() {
        links.retain(|link, _| chosen.contains(link));
    }
    let each = || found.values().flat_map(BTreeMap::values).flatten().copied();
    let not_positive = metric.scale == Scale::Log && each().any(|value| value <= 0.0);
    let scale = if not_positive { Scale::Linear } else { metric.scale };
    let level = sum(each().map(f64::abs)) / each().count().max(1) as f64;
    let difference = |values: &Vec<f64>| {
        let terms = values.iter().zip(terms).map(|(value, (sign, _))| {
            sign * match scale {
                Scale::Log => value.ln(),
                Scale::Linear => *value,
            }
        });
        let difference = sum(terms);
        if difference.abs() <= rounding(scale, level) { 0.0 } else { difference }
    };
    let values =
        found.iter().map(|(block, links)| (*block, links.values().map(difference).collect::<Vec<f64>>())).collect();
    let links = (chosen.len(), all.len());
    let names = chosen.iter().map(|(source, target)| ((*source).to_owned(), (*target).to_owned())).collect();
    Ok(Differences { values, scale, not_positive, names, links, blocks_expected: shared.len(), level })
}

/// The links to compare on; `None` where no link has everything.
fn links<'a>(
    found: &BTreeMap<u32, BTreeMap<Link<'a>, Vec<f64>>>,
    all: &BTreeSet<Link<'a>>,
    blocks: usize,
) -> Option<BTreeSet<Link<'a>>> {
    let whole = |chosen: &BTreeSet<Link<'a>>| {
        found.values().filter(|links| chosen.iter().all(|link| links.contains_key(link))).count()
    };
    if !all.is_empty() && whole(all) >= blocks.min(2) && blocks > 0 {
        return Some(all.clone());
    }
    let mut sets: BTreeSet<BTreeSet<Link<'a>>> =
        found.values().map(|links| links.keys().copied().collect::<BTreeSet<_>>()).collect();
    // What all blocks have in common may be in none of them alone.
    let common = found.values().map(|links| links.keys().copied().collect::<BTreeSet<_>>());
    sets.extend(common.reduce(|a, b| a.intersection(&b).copied().collect()));
    sets.retain(|set| !set.is_empty());
    sets.into_iter().max_by_key(|set| (whole(set) * set.len(), set.len()))
}

fn nothing(terms: Terms<'_, '_>, shared: &BTreeSet<u32>, all: &BTreeSet<Link<'_>>) -> String {
    if shared.is_empty() {
        return "no block holds both".to_owned();
    }
    let side = |grid: &Grid<'_>| {
        let links: BTreeSet<_> = grid.values.keys().map(|(_, link)| *link).collect();
        format!("{} {} {} of {}", grid.name.system, grid.name.profile, links.len(), all.len())
    };
    let sides: Vec<String> = terms.iter().map(|(_, grid)| side(grid)).collect();
    format!("no link has a value on every side in one block; links with a value: {}", sides.join(", "))
}
