//! Runs that took less or far more time than they were asked to.

use super::facts::{Cell, Index, ok};
use super::say::{count, seconds};
use super::{finding, measured};
use crate::stats::quantile::median_of;
use meshbench_schemas::catalogue::OFFERED;
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::Workload;
use std::collections::BTreeMap;

/// A run that has less than this share of its time was not whole.
const SHORT: f64 = 0.9;
/// A run of more than this many times its time hung somewhere.
const LONG: f64 = 2.0;
/// And its time beyond what was asked is this many deviations (median absolute ones) above the workload's median.
const DEVIATIONS: f64 = 10.0;
/// And at least so many seconds: a handshake that lost three packets in a row waits 1 + 2 + 4 s (RFC 6298), and
/// nothing hung.
const HANG_S: f64 = 7.0;
/// The least deviation to reckon with, as a share of the time asked: starting and stopping takes some.
const LEAST_DEVIATION: f64 = 0.05;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let usual = usual(index);
    let mut out = Vec::new();
    for (cell, runs) in &index.cells {
        let workload = usual.get(&(cell.workload, cell.profile));
        let mut short: Vec<(f64, f64)> = Vec::new();
        let mut long: Vec<(f64, f64)> = Vec::new();
        for run in ok(runs) {
            let Some(asked) = asked(run) else { continue };
            let took = took(run);
            let sampled = workload.and_then(|usual| usual.samples).and_then(|per_s| {
                // One interval may be missing at the end.
                samples(index, run).map(|n| (n + 1.0) / per_s).filter(|covered| *covered < SHORT * asked)
            });
            if let Some(least) = took.filter(|took| *took < SHORT * asked).or(sampled) {
                short.push((least, asked));
            }
            let bound =
                workload.map_or(f64::INFINITY, |usual| (usual.overhead + DEVIATIONS * usual.deviation).max(HANG_S));
            let single = run.harness_attempts.is_none_or(|made| made <= 1);
            if let Some(took) = took.filter(|took| single && *took > LONG * asked && *took - asked > bound) {
                long.push((took, asked));
            }
        }
        let of = ok(runs).count();
        out.extend(row(Code::RunTooShort, cell, &short, of, f64::min));
        out.extend(row(Code::RunTooLong, cell, &long, of, f64::max));
    }
    out
}

fn row(code: Code, cell: &Cell<'_>, runs: &[(f64, f64)], of: usize, extreme: fn(f64, f64) -> f64) -> Option<Finding> {
    let worst = runs.iter().map(|(took, _)| *took).reduce(extreme)?;
    let asked = runs.iter().find(|(took, _)| *took == worst).map(|(_, asked)| *asked)?;
    let evidence = format!(
        "{} of {} took {} {} where {} were asked",
        runs.len(),
        count(of, "run"),
        if code == Code::RunTooShort { "only" } else { "up to" },
        seconds(worst),
        seconds(asked)
    );
    Some(measured(finding(code, cell.scope(), runs.len(), of, evidence), Some(worst), Some(asked), "s"))
}

fn asked(run: &Run) -> Option<f64> {
    run.asked_s.filter(|asked| asked.is_finite() && *asked > 0.0)
}

fn took(run: &Run) -> Option<f64> {
    run.elapsed_s.filter(|took| took.is_finite())
}

/// Intervals of a run that the sender reported.
fn samples(index: &Index<'_>, run: &Run) -> Option<f64> {
    let offered = index.values(run).iter().filter(|value| &*value.metric == OFFERED.id);
    offered.filter_map(|value| value.samples).max().map(|n| n as f64)
}

/// Intervals a second, seconds beyond those asked, and seconds asked, of each run.
type Seen = (Vec<f64>, Vec<f64>, Vec<f64>);

/// What is usual for a workload under a profile.
struct Usual {
    /// Intervals a second asked.
    samples: Option<f64>,
    /// Seconds beyond those asked.
    overhead: f64,
    /// Their deviation.
    deviation: f64,
}

fn usual<'a>(index: &Index<'a>) -> BTreeMap<(Workload, &'a str), Usual> {
    let mut of: BTreeMap<(Workload, &str), Seen> = BTreeMap::new();
    for (cell, runs) in &index.cells {
        let entry = of.entry((cell.workload, cell.profile)).or_default();
        for run in ok(runs) {
            let Some(asked) = asked(run) else { continue };
            entry.0.extend(samples(index, run).map(|n| n / asked));
            entry.1.extend(took(run).map(|took| took - asked));
            entry.2.push(asked);
        }
    }
    let summed = |(place, (samples, overheads, asked)): ((Workload, &'a str), Seen)| {
        let overhead = median_of(&overheads).unwrap_or(0.0);
        let off: Vec<f64> = overheads.iter().map(|own| (own - overhead).abs()).collect();
        let least = LEAST_DEVIATION * median_of(&asked)?;
        let deviation = median_of(&off).unwrap_or(0.0).max(least);
        Some((place, Usual { samples: median_of(&samples).filter(|per_s| *per_s > 0.0), overhead, deviation }))
    };
    of.into_iter().filter_map(summed).collect()
}
