//! Systems that do better than the bare network under them.

use super::facts::{BARE, Cell, Index, Point};
use super::impairment::unimpaired;
use super::outcomes::apart;
use super::say::{count, value};
use super::{finding, measured};
use crate::stats::student::t_beyond;
use crate::stats::summary::Moments;
use meshbench_schemas::catalogue::{Better, CAPACITY, DOWNLOAD_TIME, RTT_MEAN, THROUGHPUT, THROUGHPUT_MEAN};
use meshbench_schemas::finding::{Code, Finding};
use std::collections::BTreeMap;

/// What cannot be better than on the bare network.
const METRICS: [&str; 5] = [THROUGHPUT.id, THROUGHPUT_MEAN.id, CAPACITY.id, RTT_MEAN.id, DOWNLOAD_TIME.id];
/// The margin of practical equality that comparisons use.
const MARGIN: f64 = 1.03;
/// One-sided, because only better is strange.
const P: f64 = 0.01;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let mut worst: BTreeMap<(Cell<'_>, &str), (f64, Finding)> = BTreeMap::new();
    for (column, cells) in index.columns().filter(|(column, _)| METRICS.contains(&column.metric.id)) {
        for (cell, points) in cells.iter().filter(|(cell, _)| cell.system != BARE) {
            let Some(bare) = cells.get(&Cell { system: BARE, ..*cell }) else { continue };
            let sign = if column.metric.better == Better::Lower { -1.0 } else { 1.0 };
            let (logs, per) = ratios(points, bare, sign);
            let Some(found) = Moments::of(&logs).filter(|found| found.count >= 2) else { continue };
            if found.mean < MARGIN.ln() || !t_beyond(found.mean, found.standard_error(), found.count as f64 - 1.0, P) {
                continue;
            }
            let quiet = points.iter().all(|point| unimpaired(point.run));
            let code = match (quiet, column.metric.id) {
                (true, _) => Code::AboveBareNetwork,
                // The delay has a theory of its own, and a check that uses it.
                (false, id) if id == RTT_MEAN.id => continue,
                (false, _) => Code::BetterThanBareNetwork,
            };
            let mean = |points: &[Point<'_>]| {
                Moments::of(&points.iter().map(|point| point.value.value).collect::<Vec<_>>()).map(|m| m.mean)
            };
            let (Some(mine), Some(theirs)) = (mean(points), mean(bare)) else { continue };
            let evidence = format!(
                "{} of {} is {} better than on the bare network over {} (means {} and {})",
                column.metric.title,
                cell.system,
                apart(found.mean.exp(), 1.0),
                count(logs.len(), per),
                value(mine, column.metric.unit),
                value(theirs, column.metric.unit)
            );
            let mut scope = cell.scope();
            scope.metric = Some(column.metric.id);
            let row = measured(
                finding(code, scope, logs.len(), logs.len(), evidence),
                Some(mine),
                Some(theirs),
                column.metric.unit.as_str(),
            );
            // Of two directions the one that is further off.
            let key = (*cell, column.metric.id);
            if worst.get(&key).is_none_or(|(mean, _)| *mean < found.mean) {
                worst.insert(key, (found.mean, row));
            }
        }
    }
    worst.into_values().map(|(_, row)| row).collect()
}

/// Logarithms of the ratio to the bare network, larger for better: one a block where there are several, else one
/// a link; on the same links and blocks.
fn ratios(points: &[Point<'_>], bare: &[Point<'_>], sign: f64) -> (Vec<f64>, &'static str) {
    let place = |point: &Point<'_>| (point.run.block, point.run.source.clone(), point.run.target.clone());
    // The last attempt of each, as estimates take it.
    let base: BTreeMap<_, f64> = bare.iter().map(|point| (place(point), point.value.value)).collect();
    let own: BTreeMap<_, f64> = points.iter().map(|point| (place(point), point.value.value)).collect();
    let mut blocks: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (place, mine) in own {
        if let Some(theirs) = base.get(&place).filter(|theirs| **theirs > 0.0 && mine > 0.0) {
            blocks.entry(place.0).or_default().push(sign * (mine / theirs).ln());
        }
    }
    if blocks.len() >= 2 {
        let means = blocks.values().filter_map(|logs| Moments::of(logs)).map(|block| block.mean).collect();
        return (means, "block");
    }
    (blocks.into_values().flatten().collect(), "link")
}
