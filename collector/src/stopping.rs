//! When a campaign has enough blocks.
//!
//! The rule looks at one cell at a time: at the half width of its own interval over blocks, relative to its
//! own value. It never looks at a comparison, so it cannot stop where a difference happens to look large (or
//! go on until it does), which would make every later test wrong.

use crate::matrix::Blocks;
use meshbench_schemas::catalogue::{self, Scale};
use meshbench_schemas::words::{Direction, Slug, Workload};
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
}

impl std::fmt::Display for Because {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Minimum(blocks) => write!(f, "{blocks} blocks are measured in any case"),
            Self::Maximum(blocks) => write!(f, "up to {blocks} blocks are measured"),
            Self::Wide { cell, half_width: Some(width) } => {
                write!(f, "the interval of {cell} is still ±{:.1} %", width * 100.0)
            }
            Self::Wide { cell, half_width: None } => write!(f, "{cell} has too few values for an interval"),
        }
    }
}

/// From so many values on the interval is made of order statistics.
const ORDER_STATISTICS_FROM: usize = 6;
/// 97.5 % quantiles of Student's t with 1 to 4 degrees of freedom.
const T_QUANTILES: &[f64] = &[12.706_204_736_174_7, 4.302_652_729_749_464, 3.182_446_305_283_71, 2.776_445_105_197_794];

/// Half the width of the 95 % interval of a cell, relative to its value, from one value a block: from 6 blocks
/// the median with its exact order-statistic interval, below that the mean with t, on logarithms where `scale`
/// says so. `None` below two values, where a value is not finite, and where the value is zero or (on logarithms)
/// not positive, unless all values are the same.
pub fn half_width(values: &[f64], scale: Scale) -> Option<f64> {
    if values.len() < 2 || !values.iter().all(|value| value.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    if sorted.first() == sorted.last() {
        return Some(0.0);
    }
    let (low, value, high) = if sorted.len() >= ORDER_STATISTICS_FROM {
        median(&sorted)?
    } else if scale == Scale::Log {
        if sorted.iter().any(|value| *value <= 0.0) {
            return None;
        }
        let logs: Vec<f64> = sorted.iter().map(|value| value.ln()).collect();
        let (low, value, high) = mean(&logs)?;
        (low.exp(), value.exp(), high.exp())
    } else {
        mean(&sorted)?
    };
    let relative = (high - low) / 2.0 / value.abs();
    relative.is_finite().then_some(relative)
}

/// Low end, median and high end of sorted values.
fn median(sorted: &[f64]) -> Option<(f64, f64, f64)> {
    let n = sorted.len();
    let middle = (sorted.get((n - 1) / 2)? + sorted.get(n / 2)?) / 2.0;
    let rank = rank(n)?;
    Some((*sorted.get(rank - 1)?, middle, *sorted.get(n - rank)?))
}

/// The largest rank r, from 1, such that the r-th value from either end cover the median with 95 %:
/// 2·P(Binomial(n, ½) ≤ r − 1) ≤ 5 %. `None` where even the extremes do not.
fn rank(n: usize) -> Option<usize> {
    // On logarithms, because 2⁻ⁿ is zero for many values.
    let mut term = -(n as f64) * std::f64::consts::LN_2;
    let mut tail = 0.0;
    let mut rank = 0;
    while rank < n {
        tail += term.exp();
        if 2.0 * tail > 0.05 {
            break;
        }
        term += ((n - rank) as f64 / (rank + 1) as f64).ln();
        rank += 1;
    }
    (rank > 0).then_some(rank)
}

/// Low end, mean and high end of 2 to 5 values.
fn mean(values: &[f64]) -> Option<(f64, f64, f64)> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let half = T_QUANTILES.get(values.len().checked_sub(2)?)? * (variance / n).sqrt();
    Some((mean - half, mean, mean + half))
}

/// Says whether another block is wanted after `done` blocks that took `elapsed`, when a block takes
/// `block_time`. `cells` has a value a complete block for each cell.
///
/// A cell without any value (a system that fails there) is left out: no block would give it an interval. The minimum
/// is run whatever the budget; a cell with fewer values than there are blocks counts with those it has.
pub fn wanted(
    cells: &BTreeMap<CellKey, Vec<f64>>,
    blocks: &Blocks,
    done: u32,
    elapsed: Duration,
    block_time: Duration,
) -> Decision {
    if done < blocks.minimum {
        return Decision::Another { because: Because::Minimum(blocks.minimum) };
    }
    if done >= blocks.maximum {
        return Decision::Enough;
    }
    let because = match blocks.precision {
        None => Because::Maximum(blocks.maximum),
        Some(precision) => match widest(cells, precision.get()) {
            None => return Decision::Enough,
            Some((cell, half_width)) => Because::Wide { cell: cell.clone(), half_width },
        },
    };
    let ends = elapsed.saturating_add(block_time);
    if blocks.budget.is_some_and(|budget| ends > budget.get()) {
        return Decision::BudgetSpent;
    }
    Decision::Another { because }
}

/// Of the cells whose interval is not within `precision`, the widest; one without an interval is the widest.
fn widest(cells: &BTreeMap<CellKey, Vec<f64>>, precision: f64) -> Option<(&CellKey, Option<f64>)> {
    let width = |(cell, values): (_, &Vec<f64>)| (cell, cell_width(cell, values));
    let wide = cells.iter().filter(|(_, values)| !values.is_empty()).map(width);
    let wide = wide.filter(|(_, width)| !width.is_some_and(|width| width <= precision));
    let key = |width: &Option<f64>| width.unwrap_or(f64::INFINITY);
    wide.max_by(|(_, a), (_, b)| key(a).total_cmp(&key(b)))
}

fn cell_width(cell: &CellKey, values: &[f64]) -> Option<f64> {
    half_width(values, catalogue::metric(cell.metric).map_or(Scale::Linear, |metric| metric.scale))
}

#[cfg(test)]
mod tests;
