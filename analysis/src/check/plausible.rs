//! Values that cannot be.

use super::facts::{Cell, Index};
use super::say::{count, rate, value};
use super::{finding, measured};
use meshbench_schemas::catalogue::{Better, CAPACITY, THROUGHPUT, THROUGHPUT_MEAN, Unit, VIDEO_RECEIVED};
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::tables::Run;
use std::collections::{BTreeMap, BTreeSet};

/// What was received, over the time it took.
const RECEIVED: [&str; 4] = [THROUGHPUT.id, THROUGHPUT_MEAN.id, CAPACITY.id, VIDEO_RECEIVED.id];
/// How far above a limit a rate may be: clocks of tools and of limiters, and what a queue still held.
const CLOCK: f64 = 1.05;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let link = link_speed(index);
    let mut of: BTreeMap<(Cell<'_>, &str), Bad<'_>> = BTreeMap::new();
    for (column, cells) in index.columns() {
        for (cell, points) in cells {
            for point in points {
                let bad = of.entry((*cell, column.metric.id)).or_default();
                bad.of.insert(&point.run.run_id);
                let found = point.value.value;
                let limit = limit(column.metric.id, point.run, link);
                let share = column.metric.unit == Unit::Ratio && column.metric.better != Better::Neither;
                let why = match limit {
                    _ if found < 0.0 => Some(("below zero".to_owned(), Some(0.0))),
                    // A rounding error above all is no impossible share.
                    _ if share && found > 1.0 + 1e-9 => Some(("more than all".to_owned(), Some(1.0))),
                    Some(limit) if found > limit * CLOCK => {
                        Some((format!("above the {} that fit", rate(limit)), Some(limit)))
                    }
                    _ => None,
                };
                if let Some((why, expected)) = why {
                    bad.runs.insert(&point.run.run_id);
                    bad.example.get_or_insert((found, column.metric.unit, why, expected));
                }
            }
        }
    }
    let row = |((cell, metric), bad): ((Cell<'_>, &str), Bad<'_>)| {
        let (found, unit, why, expected) = bad.example?;
        let (n, of) = (bad.runs.len(), bad.of.len());
        let evidence =
            format!("{metric} of {n} of {} cannot be, such as {}, {why}", count(of, "run"), value(found, unit));
        let mut scope = cell.scope();
        scope.metric = Some(metric);
        Some(measured(finding(Code::ImpossibleValue, scope, n, of, evidence), Some(found), expected, unit.as_str()))
    };
    of.into_iter().filter_map(row).collect()
}

#[derive(Default)]
struct Bad<'a> {
    runs: BTreeSet<&'a str>,
    of: BTreeSet<&'a str>,
    example: Option<(f64, Unit, String, Option<f64>)>,
}

/// The rate that a run's payload cannot exceed.
fn limit(metric: &str, run: &Run, link: Option<f64>) -> Option<f64> {
    if !RECEIVED.contains(&metric) {
        return None;
    }
    let asked = run.netem_rate_bit_s.filter(|rate| *rate > 0.0);
    [asked, link].into_iter().flatten().reduce(f64::min)
}

/// The fastest interface of any host, bit/s; `None` where that is unknown.
pub fn link_speed(index: &Index<'_>) -> Option<f64> {
    let facts = index.facts.hosts.iter().filter(|row| row.fact.starts_with("nic.") && row.fact.ends_with("speed"));
    // The kernel says −1 where an interface has no speed.
    facts
        .filter_map(|row| row.value.trim().parse::<f64>().ok())
        .filter(|speed| *speed > 0.0)
        .map(|s| s * 1e6)
        .reduce(f64::max)
}
