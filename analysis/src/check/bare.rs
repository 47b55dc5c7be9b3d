//! Systems that do better than the bare network under them.

use super::facts::{BARE, Cell, Index, Point};
use super::impairment::unimpaired;
use super::outcomes::apart;
use super::say::{count, value};
use super::worst::Worst;
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
    // Of two directions the one that is further off.
    let mut worst = Worst::new();
    for (column, cells) in index.columns().filter(|(column, _)| METRICS.contains(&column.metric.id)) {
        for (cell, points) in cells.iter().filter(|(cell, _)| cell.system != BARE) {
            let Some(bare) = cells.get(&Cell { system: BARE, ..*cell }) else { continue };
            let sign = if column.metric.better == Better::Lower { -1.0 } else { 1.0 };
            let Pairs { logs, per, levels } = ratios(points, bare, sign);
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
            let (mine, theirs) = levels;
            let evidence = format!(
                "{} of {} is {} better than on the bare network over {} (geometric means of these {} and {})",
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
            worst.add((*cell, column.metric.id), found.mean, row);
        }
    }
    worst.rows()
}

/// A system and the bare network on the same links in the same blocks.
struct Pairs {
    /// Logarithms of the ratio, larger for better: one a block where there are several, else one a link.
    logs: Vec<f64>,
    /// "block" or "link".
    per: &'static str,
    /// The geometric means of both sides over these very pairs, whose ratio is that of the means of `logs`.
    levels: (f64, f64),
}

fn ratios(points: &[Point<'_>], bare: &[Point<'_>], sign: f64) -> Pairs {
    let place = |point: &Point<'_>| (point.run.block, point.run.source.clone(), point.run.target.clone());
    // The last attempt of each, as estimates take it.
    let base: BTreeMap<_, f64> = bare.iter().map(|point| (place(point), point.value.value)).collect();
    let own: BTreeMap<_, f64> = points.iter().map(|point| (place(point), point.value.value)).collect();
    let mut blocks: BTreeMap<u32, Vec<(f64, f64)>> = BTreeMap::new();
    for (place, mine) in own {
        if let Some(theirs) = base.get(&place).filter(|theirs| **theirs > 0.0 && mine > 0.0) {
            blocks.entry(place.0).or_default().push((mine.ln(), theirs.ln()));
        }
    }
    let mean = |values: Vec<f64>| Moments::of(&values).map(|moments| moments.mean);
    let of_block = |links: &Vec<(f64, f64)>| {
        Some((mean(links.iter().map(|pair| pair.0).collect())?, mean(links.iter().map(|pair| pair.1).collect())?))
    };
    let (pairs, per): (Vec<(f64, f64)>, _) = match blocks.len() {
        0 | 1 => (blocks.into_values().flatten().collect(), "link"),
        _ => (blocks.values().filter_map(of_block).collect(), "block"),
    };
    let level = |side: fn(&(f64, f64)) -> f64| mean(pairs.iter().map(side).collect()).map_or(f64::NAN, f64::exp);
    let levels = (level(|pair| pair.0), level(|pair| pair.1));
    Pairs { logs: pairs.iter().map(|(mine, theirs)| sign * (mine - theirs)).collect(), per, levels }
}
