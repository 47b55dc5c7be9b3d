//! When a campaign has enough blocks.
//!
//! The rule looks at one cell at a time: at the half width of its own interval over blocks, relative to its
//! own value ([`meshbench_stats::stopping`]). It never looks at a comparison, so it cannot stop where a difference happens to look large (or
//! go on until it does), which would make every later test wrong.

use crate::matrix::Blocks;
use crate::ui::count;
use meshbench_schemas::catalogue::{self, Scale};
use meshbench_schemas::words::{Direction, Slug, Workload};
use meshbench_stats::stopping::Rule;
use std::collections::BTreeMap;
use std::time::Duration;

/// A cell of the matrix, and which of its numbers is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellKey {
    /// What is measured.
    pub system: Slug,
    /// The host settings.
    pub tuning: Slug,
    /// The impairment.
    pub profile: Slug,
    /// What is run.
    pub workload: Workload,
    /// The metric's id in the catalogue, which knows its scale.
    pub metric: &'static str,
    /// Which way, where the metric has directions.
    pub direction: Option<Direction>,
}

impl std::fmt::Display for CellKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { system, tuning, profile, workload, metric, direction } = self;
        write!(f, "{system}/{tuning}/{profile}/{workload}/{metric}")?;
        direction.map_or(Ok(()), |direction| write!(f, "/{direction}"))
    }
}

/// Whether another block is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Every cell's interval is narrow enough, or the greatest number of blocks is reached.
    Enough,
    /// Another block is wanted.
    Another {
        /// What it is wanted for.
        because: Because,
    },
    /// Another block is wanted, and would end after the time budget.
    BudgetSpent,
}

/// Why another block is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum Because {
    /// So many blocks are run in any case.
    Minimum(u32),
    /// Nothing else was asked for than to go on until this number, or the end of the budget.
    Maximum(u32),
    /// An interval is too wide: of all that are, the widest.
    Wide {
        /// The cell.
        cell: CellKey,
        /// Its half width relative to its value; `None` where there are too few values for an interval.
        half_width: Option<f64>,
    },
    /// Every interval is narrow enough by now, and so many blocks are to be measured after it is.
    Confirm(u32),
}

impl std::fmt::Display for Because {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Minimum(1) => f.write_str("1 block is measured in any case"),
            Self::Minimum(blocks) => write!(f, "{blocks} blocks are measured in any case"),
            Self::Maximum(blocks) => write!(f, "up to {} may be measured", count(*blocks, "block")),
            Self::Wide { cell, half_width: Some(width) } => {
                write!(f, "the interval of {cell} is still ±{:.1} %", width * 100.0)
            }
            Self::Wide { cell, half_width: None } => write!(f, "{cell} has too few values for an interval"),
            Self::Confirm(blocks) => {
                write!(f, "every interval is narrow enough, and was not yet {} ago, which confirm it", plural(*blocks))
            }
        }
    }
}

fn plural(blocks: u32) -> String {
    if blocks == 1 { "1 block".to_owned() } else { format!("{blocks} blocks") }
}

/// What each cell gave: a value a block, `None` for a block in which a link has none.
pub type Cells = BTreeMap<CellKey, Vec<Option<f64>>>;

/// Says whether another block is wanted after `done` blocks that took `elapsed`, when a block takes
/// `block_time`.
///
/// A cell without any value (a system that fails there) is left out: no block would give it an interval. The minimum
/// is run whatever the budget; a cell with fewer values than there are blocks counts with those it has.
pub fn wanted(cells: &Cells, blocks: &Blocks, done: u32, elapsed: Duration, block_time: Duration) -> Decision {
    if done < blocks.minimum {
        return Decision::Another { because: Because::Minimum(blocks.minimum) };
    }
    if done >= blocks.maximum {
        return Decision::Enough;
    }
    let because = match blocks.precision {
        None => Because::Maximum(blocks.maximum),
        Some(precision) => match because(cells, precision.get(), blocks.confirm) {
            None => return Decision::Enough,
            Some(because) => because,
        },
    };
    let ends = elapsed.saturating_add(block_time);
    if blocks.budget.is_some_and(|budget| ends > budget.get()) {
        return Decision::BudgetSpent;
    }
    Decision::Another { because }
}

/// What is still missing, as the rule sees it.
fn because(cells: &Cells, precision: f64, confirm: u32) -> Option<Because> {
    let rule = |confirm| Rule { precision, confirm };
    widest(cells, &rule(confirm as usize))?;
    // With all blocks looked at, it may be narrow by now.
    let by_now = widest(cells, &rule(0));
    Some(
        by_now.map_or(Because::Confirm(confirm), |(cell, half_width)| Because::Wide { cell: cell.clone(), half_width }),
    )
}

/// Of the cells whose interval is not narrow enough, the widest; one without an interval is the widest.
fn widest<'c>(cells: &'c Cells, rule: &Rule) -> Option<(&'c CellKey, Option<f64>)> {
    let measured = cells.iter().filter(|(_, values)| values.iter().any(Option::is_some));
    let width = |(cell, values): (&'c CellKey, &Vec<Option<f64>>)| {
        let scale = catalogue::metric(cell.metric).map_or(Scale::Linear, |metric| metric.scale);
        (cell, rule.looked_at(values, scale == Scale::Log))
    };
    let key = |width: &Option<f64>| width.unwrap_or(f64::INFINITY);
    let wide = measured.map(width).filter(|(_, width)| !rule.is_narrow(*width));
    wide.max_by(|(_, a), (_, b)| key(a).total_cmp(&key(b)))
}

#[cfg(test)]
mod tests;
