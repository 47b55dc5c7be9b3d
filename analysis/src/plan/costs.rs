//! What a block of the pilot took, and what of it depends on the length of runs.

use crate::stats::quantile;
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::Workload;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How the time of a block was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimedBy {
    /// From its first start to that of the next block, or to its last end: everything that passed, pauses included.
    Clock,
    /// Its runs with what is known around them, added up.
    Sum,
    /// Nothing: no run has a time.
    Nothing,
}

/// Time of a pilot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Costs {
    /// How blocks were timed.
    pub timed_by: TimedBy,
    /// Time of a block: the median over blocks.
    pub block_s: Option<f64>,
    /// The shortest block.
    pub shortest_s: Option<f64>,
    /// The longest block.
    pub longest_s: Option<f64>,
    /// Runs of a block with the time around them, added up; the mean over blocks.
    pub summed_s: f64,
    /// Runs of which only the time asked for is known, which was taken.
    pub assumed: usize,
    /// Blocks that were timed.
    pub timed: usize,
    /// Runs of which no time is known; they count as nothing in the sum.
    pub unknown: usize,
    /// Runs that were started; links that were measured at the same time count as one.
    pub runs: usize,
    /// Shares of the workloads.
    pub workloads: Vec<WorkloadCost>,
}

/// What one workload takes of a block, over all its systems, profiles and tunings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkloadCost {
    /// The workload.
    pub workload: Workload,
    /// Runs a block.
    pub runs: f64,
    /// Links.
    pub links: usize,
    /// Whether all links are measured at the same time.
    pub at_once: bool,
    /// Time of a block that it takes, with its share of what is around runs; `None` where most of its runs have no
    /// time.
    pub block_s: Option<f64>,
    /// Of that, what grows with the length of runs: the time that was asked for. `None` where some run does not say.
    pub length_s: Option<f64>,
}

/// One run, or those of all links at once.
struct Unit {
    block: u32,
    workload: Workload,
    at_once: bool,
    start: Option<f64>,
    elapsed: Option<f64>,
    asked: Option<f64>,
    around: f64,
}

impl Unit {
    fn of(members: &[&Run]) -> Option<Self> {
        let first = members.first()?;
        let longest = |time: fn(&Run) -> Option<f64>| {
            let times = members.iter().filter_map(|run| time(run)).filter(|t| t.is_finite() && *t >= 0.0);
            times.max_by(f64::total_cmp)
        };
        let around: [fn(&Run) -> Option<f64>; 3] =
            [|run| run.overhead_s, |run| run.restart_s, |run| run.connectivity_wait_s];
        let starts = members.iter().filter_map(|run| run.started_at).map(|time| time.0 as f64 / 1e6);
        Some(Self {
            block: first.block,
            workload: first.workload,
            at_once: first.ring.is_some(),
            start: starts.min_by(f64::total_cmp),
            elapsed: longest(|run| run.elapsed_s),
            asked: longest(|run| run.asked_s),
            around: around.into_iter().filter_map(longest).sum(),
        })
    }

    fn time(&self) -> Option<f64> {
        self.elapsed.or(self.asked)
    }
}

impl Costs {
    /// The costs of a campaign, its controls and failed attempts included.
    pub fn of(runs: &[Run]) -> Self {
        let mut grouped: BTreeMap<(u32, Workload, &str, u32), Vec<&Run>> = BTreeMap::new();
        for run in runs.iter().filter(|run| run.outcome.attempted()) {
            let name = run.ring.as_deref().unwrap_or(&run.run_id);
            grouped.entry((run.block, run.workload, name, run.attempt)).or_default().push(run);
        }
        let units: Vec<Unit> = grouped.values().filter_map(|members| Unit::of(members)).collect();
        let blocks: BTreeSet<u32> = units.iter().map(|unit| unit.block).collect();
        let started = units.iter().filter(|unit| unit.start.is_some()).count();
        let summed = |block: u32| -> f64 {
            units.iter().filter(|unit| unit.block == block).map(|unit| unit.time().unwrap_or(0.0) + unit.around).sum()
        };
        let sums: Vec<f64> = blocks.iter().map(|block| summed(*block)).collect();
        let unknown = units.iter().filter(|unit| unit.time().is_none()).count();
        // Where most runs say when they began, the ends of a block are known well enough.
        let spans = if started * 2 > units.len() { spans(&units) } else { Vec::new() };
        let (timed_by, mut times) = match () {
            () if !spans.is_empty() => (TimedBy::Clock, spans),
            () if unknown < units.len() => (TimedBy::Sum, sums.clone()),
            () => (TimedBy::Nothing, Vec::new()),
        };
        times.sort_by(f64::total_cmp);
        let block_s = quantile::of_sorted(&times, 0.5);
        let count = blocks.len().max(1) as f64;
        let summed_s = sums.iter().sum::<f64>() / count;
        // What passed beyond what runs account for is shared equally: nothing says whose it was. Where runs have no
        // time it is first of all theirs, and nothing is shared.
        let rest = block_s.filter(|_| unknown == 0).map_or(0.0, |block| (block - summed_s).max(0.0));
        let each = rest * count / units.len().max(1) as f64;
        Self {
            timed_by,
            block_s,
            shortest_s: times.first().copied(),
            longest_s: times.last().copied(),
            summed_s,
            assumed: units.iter().filter(|unit| unit.elapsed.is_none() && unit.asked.is_some()).count(),
            timed: times.len(),
            unknown,
            runs: units.len(),
            workloads: workloads(&units, runs, count, each),
        }
    }

    /// Time of so many blocks.
    pub fn of_blocks(&self, blocks: u32) -> Option<f64> {
        self.block_s.map(|block| block * f64::from(blocks))
    }
}

/// Time of each block by the clock.
fn spans(units: &[Unit]) -> Vec<f64> {
    let mut ends: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for unit in units {
        if let Some(start) = unit.start {
            let end = start + unit.time().unwrap_or(0.0);
            let span = ends.entry(unit.block).or_insert((start, end));
            *span = (span.0.min(start), span.1.max(end));
        }
    }
    let mut ends: Vec<(f64, f64)> = ends.into_values().collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let next = ends.iter().skip(1).map(|span| Some(span.0)).chain([None]);
    ends.iter().zip(next).map(|((start, end), next)| next.unwrap_or(*end).max(*end) - start).collect()
}

fn workloads(units: &[Unit], runs: &[Run], blocks: f64, each: f64) -> Vec<WorkloadCost> {
    let names: BTreeSet<Workload> = units.iter().map(|unit| unit.workload).collect();
    let cost = |workload: Workload| {
        let own: Vec<&Unit> = units.iter().filter(|unit| unit.workload == workload).collect();
        let of_workload = runs.iter().filter(|run| run.workload == workload);
        let links: BTreeSet<(&str, &str)> = of_workload.map(|run| (&*run.source, &*run.target)).collect();
        let length: Option<f64> = own.iter().map(|unit| unit.asked).sum();
        let time: f64 = own.iter().map(|unit| unit.time().unwrap_or(0.0) + unit.around + each).sum();
        let timed = own.iter().filter(|unit| unit.time().is_some()).count();
        WorkloadCost {
            workload,
            runs: own.len() as f64 / blocks,
            links: links.len(),
            at_once: own.iter().all(|unit| unit.at_once),
            block_s: (timed * 2 > own.len()).then_some(time / blocks),
            length_s: length.map(|length| length / blocks).filter(|length| *length > 0.0 && *length < time / blocks),
        }
    };
    names.into_iter().map(cost).collect()
}
