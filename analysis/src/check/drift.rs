//! Drift, seen in the control runs: the bare network once more at both ends of each block.

use super::facts::{Index, Link};
use super::say::{count, share};
use super::worst::Worst;
use super::{Scope, finding, measured};
use crate::stats::student::t_beyond;
use crate::stats::summary::Moments;
use meshbench_schemas::catalogue::{Unit, metric};
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::{Control, Direction, Workload};
use std::collections::BTreeMap;

/// Error rate over all series of control runs, both questions together.
const ALPHA: f64 = 0.01;
/// The margin of practical equality that comparisons use.
const MARGIN: f64 = 0.03;
/// Fewer degrees of freedom say nothing.
const LEAST_DEGREES: f64 = 2.0;

type Key<'a> = (Workload, &'a str, &'a str, Option<Direction>);

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    if index.cells.is_empty() {
        return Vec::new();
    }
    if index.controls.is_empty() {
        let runs = index.cells.values().map(Vec::len).sum();
        let evidence = format!("none of {} is a control run", count(runs, "run"));
        return vec![finding(Code::NoControlRuns, Scope::default(), 0, runs, evidence)];
    }
    let mut series: BTreeMap<Key<'_>, Vec<(&Run, f64)>> = BTreeMap::new();
    for run in index.controls.iter().filter(|run| run.outcome == Outcome::Ok) {
        for value in index.values(run).iter().filter(|value| value.value > 0.0) {
            let known = metric(&value.metric)
                .filter(|metric| metric.headline && matches!(metric.unit, Unit::Second | Unit::BitPerSecond));
            if let Some(known) = known {
                let key = (run.workload, known.id, &*run.profile, value.direction);
                series.entry(key).or_default().push((run, value.value.ln()));
            }
        }
    }
    // Two questions, each two-sided.
    let p = ALPHA / (4 * series.len().max(1)) as f64;
    let mut worst = Worst::new();
    for ((workload, id, ..), points) in &series {
        let effects = [trend(points), ends(points)];
        let names = ["from the first to the last control run", "from the start to the end of blocks"];
        for (effect, name) in effects.into_iter().zip(names) {
            let Some(Effect { change, error, degrees, n }) = effect else { continue };
            if change.exp_m1().abs() < MARGIN || !t_beyond(change.abs(), error, degrees, p) {
                continue;
            }
            let title = metric(id).map_or(*id, |metric| metric.title);
            let evidence = format!(
                "{title} of the bare network changed by {}{} {name}, over {}",
                if change > 0.0 { "+" } else { "−" },
                share(change.exp_m1().abs()),
                count(n, "control run")
            );
            let scope = Scope { workload: Some(*workload), ..Scope::default() };
            let row = measured(finding(Code::Drift, scope, n, n, evidence), Some(change.exp_m1()), Some(0.0), "ratio");
            worst.add(*workload, change.abs(), row);
        }
    }
    worst.rows()
}

/// A change on logarithms with its standard error.
struct Effect {
    change: f64,
    error: f64,
    degrees: f64,
    n: usize,
}

/// The regression on the position, each link around its own mean, over the whole range of positions.
fn trend(points: &[(&Run, f64)]) -> Option<Effect> {
    // Where the order is unknown, the block and its end say as much of it as is needed.
    let place = |run: &Run| match run.position {
        Some(position) => f64::from(position),
        None => f64::from(run.block) + if run.control == Some(Control::End) { 0.5 } else { 0.0 },
    };
    let mut links: BTreeMap<Link<'_>, Vec<(f64, f64)>> = BTreeMap::new();
    for (run, log) in points {
        links.entry((&*run.source, &*run.target)).or_default().push((place(run), *log));
    }
    let mut centred: Vec<(f64, f64)> = Vec::new();
    for own in links.values() {
        let mean = |of: fn(&(f64, f64)) -> f64| Moments::of(&own.iter().map(of).collect::<Vec<_>>()).map(|m| m.mean);
        let (x, y) = (mean(|p| p.0)?, mean(|p| p.1)?);
        centred.extend(own.iter().map(|p| (p.0 - x, p.1 - y)));
    }
    let squares: f64 = centred.iter().map(|p| p.0 * p.0).sum();
    let slope = centred.iter().map(|p| p.0 * p.1).sum::<f64>() / squares;
    let degrees = centred.len() as f64 - links.len() as f64 - 1.0;
    let residual: f64 = centred.iter().map(|p| (p.1 - slope * p.0).powi(2)).sum();
    let places = points.iter().map(|(run, _)| place(run));
    let range = places.clone().reduce(f64::max)? - places.reduce(f64::min)?;
    let effect = Effect {
        change: slope * range,
        error: (residual / degrees / squares).sqrt() * range,
        degrees,
        n: points.len(),
    };
    (degrees >= LEAST_DEGREES && effect.change.is_finite() && effect.error.is_finite()).then_some(effect)
}

/// The mean change from the start of a block to its end, one difference a block.
fn ends(points: &[(&Run, f64)]) -> Option<Effect> {
    let mut of: BTreeMap<u32, BTreeMap<Link<'_>, [Option<f64>; 2]>> = BTreeMap::new();
    for (run, log) in points {
        let entry = of.entry(run.block).or_default().entry((&*run.source, &*run.target)).or_default();
        let [start, end] = entry;
        *(if run.control == Some(Control::End) { end } else { start }) = Some(*log);
    }
    let of_link = |both: &[Option<f64>; 2]| match both {
        [Some(start), Some(end)] => Some(end - start),
        _ => None,
    };
    let of_block = |links: &BTreeMap<Link<'_>, [Option<f64>; 2]>| {
        Moments::of(&links.values().filter_map(of_link).collect::<Vec<_>>()).map(|block| block.mean)
    };
    let changes: Vec<f64> = of.values().filter_map(of_block).collect();
    let found = Moments::of(&changes)?;
    (found.count as f64 > LEAST_DEGREES).then(|| Effect {
        change: found.mean,
        error: found.standard_error(),
        degrees: found.count as f64 - 1.0,
        n: points.len(),
    })
}
