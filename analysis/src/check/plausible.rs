//! Values that cannot be.

use super::facts::{BARE, Cell, Column, Index, Point};
use super::impairment::unimpaired;
use super::say::{count, rate, value};
use super::{finding, measured};
use meshbench_schemas::catalogue::{
    Better, CAPACITY, DOWNLOAD_TIME, OFFERED, RTT_MAX, RTT_MIN, RTT_P50, RTT_P95, RTT_P99, THROUGHPUT, THROUGHPUT_MEAN,
    Unit, VIDEO_RECEIVED,
};
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::stage::RunValue;
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::Workload;
use std::collections::{BTreeMap, BTreeSet};

/// What was received, over the time it took.
const RECEIVED: [&str; 4] = [THROUGHPUT.id, THROUGHPUT_MEAN.id, CAPACITY.id, VIDEO_RECEIVED.id];
/// How far above a limit a rate may be: clocks of tools and of limiters, and what a queue still held.
const CLOCK: f64 = 1.05;

/// How far above the best of the bare network a rate may be: that best is itself a measurement.
const BESIDE_BARE: f64 = 1.5;
/// How much more may be received than the sender counted: both count until their own end.
const RECEIVED_OVER_SENT: f64 = 1.2;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let link = link_speed(index);
    let carried = if link.is_none() { carried(index) } else { None };
    let mut of: BTreeMap<(Cell<'_>, &str), Bad<'_>> = BTreeMap::new();
    for (column, cells) in index.columns() {
        for (cell, points) in cells {
            for point in points {
                let bad = of.entry((*cell, column.metric.id)).or_default();
                bad.of.insert(&point.run.run_id);
                let found = point.value.value;
                let limit = limit(column.metric.id, point.run, link);
                let carried = carried.filter(|_| RECEIVED.contains(&column.metric.id) && cell.system != BARE);
                let share = column.metric.unit == Unit::Ratio && column.metric.better != Better::Neither;
                let why = match limit {
                    _ if found < 0.0 => Some(("below zero".to_owned(), Some(0.0))),
                    // A rounding error above all is no impossible share.
                    _ if share && found > 1.0 + 1e-9 => Some(("more than all".to_owned(), Some(1.0))),
                    Some(limit) if found > limit * CLOCK => {
                        Some((format!("above the {} that fit", rate(limit)), Some(limit)))
                    }
                    None if carried.is_some_and(|most| found > most * BESIDE_BARE) => {
                        let most = carried.unwrap_or_default();
                        Some((format!("where the bare network carried {} at most", rate(most)), Some(most)))
                    }
                    _ if contradicts(index, point, column) => {
                        Some(("beside the other numbers of its run".to_owned(), None))
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

/// Whether a value contradicts another one of its run: more was received than sent, quantiles that are out of order, or a
/// download that took longer than its run.
fn contradicts(index: &Index<'_>, point: &Point<'_>, column: Column) -> bool {
    let other = |id: &str| {
        let same = |value: &&&RunValue| &*value.metric == id && value.direction == column.direction;
        index.values(point.run).iter().find(same).map(|value| value.value)
    };
    let found = point.value.value;
    if column.metric.id == DOWNLOAD_TIME.id {
        // The run as a whole holds all of its downloads.
        return point.run.elapsed_s.is_some_and(|elapsed| elapsed > 0.0 && found > elapsed * CLOCK + 1.0);
    }
    if column.metric.id == THROUGHPUT.id {
        return other(OFFERED.id).is_some_and(|sent| sent > 0.0 && found > sent * RECEIVED_OVER_SENT);
    }
    let order = [RTT_MIN.id, RTT_P50.id, RTT_P95.id, RTT_P99.id, RTT_MAX.id];
    let Some(at) = order.iter().position(|id| *id == column.metric.id) else { return false };
    // Quantiles are interpolated, and tools round to microseconds.
    order.iter().skip(at + 1).filter_map(|id| other(id)).any(|larger| found > larger * CLOCK + 1e-5)
}

/// The most that the bare network carried over TCP where nothing was asked of netem, where no interface says its speed.
fn carried(index: &Index<'_>) -> Option<f64> {
    let tcp = [Workload::Tcp, Workload::TcpParallel];
    let columns = index.columns().filter(|(c, _)| c.metric.id == THROUGHPUT.id && tcp.contains(&c.workload));
    let bare = columns.flat_map(|(_, cells)| cells).filter(|(cell, _)| cell.system == BARE);
    let points = bare.flat_map(|(_, points)| points).filter(|point| unimpaired(point.run));
    points.map(|point| point.value.value).reduce(f64::max)
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
