//! Components of variance of every cell, and what further blocks would do.

use super::contrasts::Grids;
use crate::estimates::campaign::{Campaign, Column};
use crate::estimates::measured::{Known, Measured};
use crate::options::Options;
use crate::stats::blocks::Blocks;
use crate::stats::variance_components::{self, Level};
use meshbench_schemas::catalogue::{Reducer, Scale};
use meshbench_schemas::stage::{Components, RunValue};
use meshbench_schemas::words::{Basis, NextLevel};

/// The components of one metric and direction, a row a cell.
pub fn components(campaign: &Campaign<'_>, column: &Column, grids: &Grids<'_>, options: &Options) -> Vec<Components> {
    let cells = campaign.cells(column.workload).iter();
    cells
        .filter(|cell| grids.contains_key(&cell.name()))
        .map(|cell| {
            let measured = Measured::new(campaign, cell, column);
            let whole = measured.blocks_where(|known| match known {
                Known::Value(value, spread) => Some((value, spread)),
                _ => None,
            });
            let positive = whole.iter().flatten().all(|(value, _)| value.value > 0.0);
            let log = column.metric.scale == Scale::Log && positive;
            let scaled = |value: f64| if log { value.ln() } else { value };
            let runs: Vec<Vec<f64>> =
                whole.iter().map(|links| links.iter().map(|(value, _)| scaled(value.value)).collect()).collect();
            let averaged = matches!(column.metric.samples, Some((_, Reducer::Rate | Reducer::Mean)));
            let within: Option<Vec<Vec<f64>>> = whole
                .iter()
                .map(|links| links.iter().map(|(value, spread)| variance(value, *spread, averaged, log)).collect())
                .collect();
            let name = cell.name();
            let found = Blocks::new(&runs).ok().and_then(|runs| {
                let within = within.and_then(|within| Blocks::new(&within).ok());
                variance_components::components(&runs, within.as_ref())
            });
            let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            let sd = |variance: f64| Some(variance.sqrt());
            let target = found.as_ref().and_then(|found| match log {
                true => found.blocks_for(options.target.ln_1p(), options.confidence),
                false => found.blocks_for_relative(options.target, options.confidence),
            });
            Components {
                system: name.system.clone(),
                tuning: name.tuning.clone(),
                profile: name.profile.clone(),
                workload: column.workload,
                metric: column.metric.id.into(),
                direction: column.direction,
                scale: if log { Scale::Log } else { Scale::Linear },
                links_sd: found.as_ref().and_then(|found| found.between_links).and_then(|part| sd(part.variance)),
                blocks_sd: found.as_ref().and_then(|found| sd(found.between_blocks.variance)),
                residual_sd: found.as_ref().and_then(|found| found.mean_squares.residual).and_then(sd),
                within_run_sd: found.as_ref().and_then(|found| found.within_run).and_then(sd),
                intraclass_correlation: found.as_ref().and_then(|found| found.intraclass_correlation),
                blocks: count(whole.len()),
                links: count(cell.links().len()),
                next: match found.as_ref().map(variance_components::Components::next) {
                    Some(Level::Blocks) => NextLevel::Blocks,
                    Some(Level::WithinRun) => NextLevel::Runs,
                    None => NextLevel::None,
                },
                blocks_for_target: target.map(|blocks| u32::try_from(blocks).unwrap_or(u32::MAX)),
                target: options.target,
                reason: found.is_none().then(|| match whole.len() {
                    0 => "no block with a value from every link".to_owned(),
                    1 => "one block: nothing was repeated".to_owned(),
                    _ => "squares overflow".to_owned(),
                }),
            }
        })
        .collect()
}

/// Variance of a run's value by its own samples, s²/n′ with n′ effective samples; on logarithms relative to the value.
fn variance(value: &RunValue, spread: Option<f64>, averaged: bool, log: bool) -> Option<f64> {
    let (true, Basis::Samples, Some(spread), Some(effective)) =
        (averaged, value.basis, spread, value.effective_samples)
    else {
        return None;
    };
    let error = spread / effective.sqrt() / if log { value.value } else { 1.0 };
    Some(error * error).filter(|variance| variance.is_finite())
}
