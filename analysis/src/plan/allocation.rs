//! Where time is best spent: on longer runs, more blocks or more links.

use super::costs::Costs;
use crate::comparisons::components::components;
use crate::comparisons::contrasts::Grids;
use crate::estimates::campaign::{Campaign, Column};
use crate::options::Options;
use crate::stats::variance_components::optimal_repetitions;
use meshbench_schemas::catalogue::Scale;
use meshbench_schemas::table::Symbol;
use meshbench_schemas::words::{Direction, Workload};
use serde::Serialize;

/// A pilot is no guide to runs shorter than a quarter or longer than four times its own.
const FARTHEST: f64 = 4.0;

/// What lies behind the error of one metric, averaged over the cells that have it, and what could be done about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Allocation {
    /// The workload.
    pub workload: Workload,
    /// The metric.
    pub metric: Symbol,
    /// Which way.
    pub direction: Option<Direction>,
    /// Cells with components of variance.
    pub cells: usize,
    /// Cells of these whose runs say how well they know their own value.
    pub cells_within: usize,
    /// Share of the variance of a block's mean that is the runs' own noise; `None` where no run says.
    pub runs_share: Option<f64>,
    /// By how much runs should be longer for the least error in a given time (Kalibera and Jones, 2013), between a
    /// quarter and four times; `None` where noise or times are not known.
    pub run_factor: Option<f64>,
    /// Time that the same precision takes then, as a share of what it takes with runs as they are.
    pub time_share: Option<f64>,
    /// Length of a run now.
    pub run_s: Option<f64>,
    /// Half-width with twice the links, over that with those of the pilot; `None` for a single link.
    pub twice_links: Option<f64>,
}

/// Sums over cells.
#[derive(Default)]
struct Sums {
    cells: usize,
    of_blocks: f64,
    of_runs: f64,
}

/// The allocation of one metric and direction; `None` without a cell that was repeated.
pub fn allocation(
    campaign: &Campaign<'_>,
    column: &Column,
    grids: &Grids<'_>,
    costs: &Costs,
    options: &Options,
) -> Option<Allocation> {
    let (mut within, mut all, mut links) = (Sums::default(), Sums::default(), Sums::default());
    for row in components(campaign, column, grids, options) {
        let Some(blocks_sd) = row.blocks_sd else { continue };
        let of_cell = |name: &crate::estimates::campaign::CellName<'_>| {
            (name.system, name.tuning, name.profile) == (&row.system, &row.tuning, &row.profile)
        };
        let Some(grid) = grids.iter().find(|(name, _)| of_cell(name)).map(|(_, grid)| grid) else { continue };
        let mean = grid.values.values().sum::<f64>() / grid.values.len().max(1) as f64;
        let level = if row.scale == Scale::Log { 1.0 } else { mean * mean };
        let count = f64::from(row.links.max(1));
        all.cells += 1;
        if let Some(residual) = row.residual_sd {
            let (shared, own) = (blocks_sd * blocks_sd / level, residual * residual / count / level);
            if shared.is_finite() && own.is_finite() {
                links.cells += 1;
                links.of_blocks += shared;
                links.of_runs += own;
            }
        }
        if let Some(runs) = row.within_run_sd {
            let rest = row.residual_sd.map_or(0.0, |residual| (residual * residual - runs * runs).max(0.0));
            let (of_blocks, of_runs) = ((blocks_sd * blocks_sd + rest / count) / level, runs * runs / count / level);
            if of_blocks.is_finite() && of_runs.is_finite() {
                within.cells += 1;
                within.of_blocks += of_blocks;
                within.of_runs += of_runs;
            }
        }
    }
    let cost = costs.workloads.iter().find(|cost| cost.workload == column.workload);
    let times = cost.and_then(|cost| Some((cost.block_s? - cost.length_s?, cost.length_s?)));
    let total = within.of_blocks + within.of_runs;
    let factor = times.filter(|_| total > 0.0).and_then(|(around, length)| {
        let best = optimal_repetitions(within.of_blocks, within.of_runs, around, length);
        // Without anything between blocks, nothing speaks against runs as long as can be.
        let best = best.or((within.of_blocks == 0.0).then_some(FARTHEST))?;
        Some(best.clamp(1.0 / FARTHEST, FARTHEST))
    });
    let share = factor.zip(times).map(|(factor, (around, length))| {
        let variance = (within.of_blocks + within.of_runs / factor) / total;
        variance * (around + factor * length) / (around + length)
    });
    let both = links.of_blocks + links.of_runs;
    (all.cells > 0).then(|| Allocation {
        workload: column.workload,
        metric: column.metric.id.into(),
        direction: column.direction,
        cells: all.cells,
        cells_within: within.cells,
        runs_share: (total > 0.0).then(|| within.of_runs / total),
        run_factor: factor,
        time_share: share,
        run_s: cost.and_then(|cost| Some(cost.length_s? / cost.runs)),
        twice_links: (both > 0.0).then(|| ((links.of_blocks + links.of_runs / 2.0) / both).sqrt()),
    })
}
