//! What one cell measured of one metric: a value, a bound or nothing on each link in each block.

use super::campaign::{Campaign, Cell, Column, Link};
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::stage::RunValue;
use meshbench_schemas::tables::Run;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of one link in one block.
#[derive(Debug, Clone, Copy)]
pub enum Known<'a> {
    /// The last `ok` attempt that has the metric.
    Value(&'a RunValue, Option<f64>),
    /// No `ok` attempt, and the last one that was stopped at its limit: the duration is at least this.
    AtLeast(f64),
    /// Neither: the last attempt, for the reason.
    Nothing(&'a Run),
}

/// One metric of one cell.
pub struct Measured<'c, 'a> {
    pub cell: &'c Cell<'a>,
    known: BTreeMap<(u32, Link<'a>), Known<'a>>,
}

impl<'c, 'a> Measured<'c, 'a> {
    pub fn new(campaign: &Campaign<'a>, cell: &'c Cell<'a>, column: &Column) -> Self {
        let mut known = BTreeMap::new();
        // In ascending order of attempts, so that a later one replaces an earlier one of its kind.
        for &run in cell.rows() {
            let slot = known.entry((run.block, (&*run.source, &*run.target))).or_insert(Known::Nothing(run));
            let value = if run.outcome == Outcome::Ok { campaign.value(run, column) } else { None };
            let bound =
                if run.outcome == Outcome::Censored && column.metric.duration { run.censored_at_s } else { None };
            *slot = match (&slot, value, bound.filter(|bound| bound.is_finite() && *bound >= 0.0)) {
                (_, Some(value), _) => Known::Value(value, campaign.spread(run, column)),
                (Known::Value(..), None, _) => continue,
                (_, None, Some(bound)) => Known::AtLeast(bound),
                (Known::AtLeast(_), None, None) => continue,
                (Known::Nothing(_), None, None) => Known::Nothing(run),
            };
        }
        Self { cell, known }
    }

    /// What is known of a link in a block; `None` where the dataset has no row of it.
    pub fn at(&self, block: u32, link: Link<'a>) -> Option<Known<'a>> {
        self.known.get(&(block, link)).copied()
    }

    /// Everything that is known, by block and link.
    pub fn all(&self) -> impl Iterator<Item = ((u32, Link<'a>), Known<'a>)> {
        self.known.iter().map(|(place, known)| (*place, *known))
    }

    /// The values and spreads of the blocks in which every link has one, in the order of blocks and links.
    pub fn complete_blocks(&self) -> Vec<Vec<(&'a RunValue, Option<f64>)>> {
        self.blocks_where(|known| match known {
            Known::Value(value, spread) => Some((value, spread)),
            _ => None,
        })
    }

    /// What `pick` takes from the blocks in which it takes something from every link.
    pub fn blocks_where<T>(&self, pick: impl Fn(Known<'a>) -> Option<T>) -> Vec<Vec<T>> {
        let block = |&block: &u32| self.cell.links().iter().map(|&link| self.at(block, link).and_then(&pick)).collect();
        self.cell.blocks().iter().filter_map(block).collect()
    }

    /// Number of links with a value in at least one block.
    pub fn links_with_value(&self) -> usize {
        let links: BTreeSet<Link<'a>> = self
            .known
            .iter()
            .filter(|(_, known)| matches!(known, Known::Value(..)))
            .map(|(&(_, link), _)| link)
            .collect();
        links.len()
    }
}

/// Samples behind some values; `None` where one of them has a count that nobody knows, or there are none.
pub fn samples<'a>(values: impl IntoIterator<Item = &'a RunValue>) -> Option<u64> {
    let mut any = false;
    let mut total = 0u64;
    for value in values {
        total = total.saturating_add(value.samples?);
        any = true;
    }
    any.then_some(total)
}
