//! From estimates to comparisons: contrasts, ranks, tests over all systems, components of variance and scores.
//!
//! | stage | what is compared | on what | how |
//! |---|---|---|---|
//! | contrasts | two systems, two tunings, an impairment with its baseline, two such shares | differences on the same links in the same block | Hodges-Lehmann, sign flips, signed-rank equivalence, Holm |
//! | ranks | all systems of one cell | the same adjusted tests; resampled blocks | what tests leave open; letters; probability of first |
//! | omnibus | the same | ranks inside blocks | Friedman, Skillings and Mack |
//! | components | blocks, links, samples of one cell | run values | mean squares |
//! | scores | all systems over many cells | factors to the best | weighted geometric mean |
//!
//! `internal`, the network without a VPN, is contrasted with all systems and ranked with none.

pub(crate) mod again;
pub(crate) mod components;
pub(crate) mod contrasts;
pub(crate) mod cut_off;
pub(crate) mod dependent;
pub(crate) mod effect;
pub(crate) mod for_margin;
pub(crate) mod grid;
pub(crate) mod omnibus;
pub(crate) mod ranking;
pub(crate) mod ranks;
pub(crate) mod scores;

use crate::estimates::campaign::{Campaign, Column};
use crate::options::Options;
use contrasts::{Grids, compared, grids};
use meshbench_schemas::stage::{Estimate, RunValue, Stages};
use meshbench_schemas::tables::Run;
use rayon::prelude::*;

/// Compares everything that a campaign lets one compare. `values` and `spreads` are its run values, `estimates` what
/// [`crate::estimates`] made of them; other stages are left empty. Rows come in the order of workloads and metrics, and do not depend on the order of
/// the input or the number of threads.
pub fn compare(
    runs: &[Run],
    values: &[RunValue],
    spreads: &[crate::run_values::Spread],
    estimates: &[Estimate],
    options: &Options,
) -> Stages {
    let campaign = Campaign::new(runs, values, spreads);
    let columns: Vec<(Column, Grids<'_>)> =
        campaign.columns().par_iter().map(|column| (*column, grids(&campaign, column))).collect();
    let parts: Vec<Stages> = columns
        .par_iter()
        .map(|(column, grids)| {
            let of_column: Vec<Estimate> = estimates
                .iter()
                .filter(|row| {
                    (row.workload, &*row.metric, row.direction) == (column.workload, column.metric.id, column.direction)
                })
                .cloned()
                .collect();
            let contrasts =
                if compared(column.metric) { contrasts::contrasts(column, grids, options) } else { Vec::new() };
            Stages {
                ranks: ranks::ranks(column, grids, &of_column, &contrasts, options),
                omnibus: if compared(column.metric) { omnibus::omnibus(column, grids, options) } else { Vec::new() },
                components: components::components(&campaign, column, grids, options),
                contrasts,
                ..Stages::default()
            }
        })
        .collect();
    let mut all = Stages { scores: scores::scores(&columns, estimates, options), ..Stages::default() };
    for part in parts {
        all.append(part);
    }
    all
}
