//! Values that cannot be.

use super::facts::{BARE, Cell, Column, Index, Point, ok};
use super::impairment::unimpaired;
use super::say::{count, rate, value};
use super::{finding, measured};
use meshbench_schemas::catalogue::{
    CAPACITY, METRICS, Statistic, THROUGHPUT, THROUGHPUT_MEAN, Unit, VIDEO_RECEIVED, find_series, metric,
};
use meshbench_schemas::fact::CORES;
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::possible::{Against, Impossible, disorder, judge};
use meshbench_schemas::stage::RunValue;
use meshbench_schemas::tables::{Run, Summary};
use meshbench_schemas::words::{Direction, WorkloadKind};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What was received, over the time it took.
const RECEIVED: [&str; 4] = [THROUGHPUT.id, THROUGHPUT_MEAN.id, CAPACITY.id, VIDEO_RECEIVED.id];
/// How far above a limit a rate may be: clocks of tools and of limiters, and what a queue still held.
const CLOCK: f64 = 1.05;

/// How far above the best of the bare network a rate may be: that best is itself a measurement.
const BESIDE_BARE: f64 = 1.5;
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
                let impossible = judged(index, point, column);
                let why = match (impossible, limit) {
                    (Some(impossible), _) => Some((impossible.why(), Some(impossible.limit()))),
                    (None, Some(limit)) if found > limit * CLOCK => {
                        Some((format!("above the {} that fit", rate(limit)), Some(limit)))
                    }
                    (None, None) if carried.is_some_and(|most| found > most * BESIDE_BARE) => {
                        let most = carried.unwrap_or_default();
                        Some((format!("where the bare network carried {} at most", rate(most)), Some(most)))
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
    behind_values(index, &mut of);
    let row = |((cell, metric), bad): ((Cell<'_>, &str), Bad<'_>)| {
        let (found, unit, why, expected) = bad.example?;
        let (n, of) = (bad.runs.len(), bad.of.len());
        let evidence =
            format!("{metric} of {n} of {} cannot be, such as {}: {why}", count(of, "run"), value(found, unit));
        let mut scope = cell.scope();
        scope.metric = Some(metric);
        let code = if find_series(metric).is_some() { Code::ImpossibleSample } else { Code::ImpossibleValue };
        Some(measured(finding(code, scope, n, of, evidence), Some(found), expected, unit.as_str()))
    };
    of.into_iter().filter_map(row).collect()
}

/// Why a value cannot be, by the catalogue and beside the other values of its run.
fn judged(index: &Index<'_>, point: &Point<'_>, column: Column) -> Option<Impossible> {
    let length_s = point.run.elapsed_s.filter(|took| *took > 0.0).or(point.run.asked_s);
    let target = column.metric.id.contains("target");
    let host = if target { &point.run.target } else { &point.run.source };
    judge(column.metric.id, point.value.value, |relation| match relation.at_most {
        Against::Length => length_s,
        Against::Cores => cores(index, host),
        Against::CoreTime => cores(index, host).zip(length_s).map(|(cores, length_s)| cores * length_s),
        Against::Sample(_) => None,
        Against::Metric(id) => {
            let same = |value: &&&RunValue| &*value.metric == id && value.direction == column.direction;
            index.values(point.run).iter().find(same).map(|value| value.value)
        }
    })
}

/// The CPU cores of a host, as far as the dataset says.
fn cores(index: &Index<'_>, host: &str) -> Option<f64> {
    let facts = index.facts.hosts.iter().filter(|row| &*row.host == host && row.fact == CORES);
    facts.filter_map(|row| row.value.trim().parse::<f64>().ok()).filter(|cores| *cores >= 1.0).reduce(f64::max)
}

/// Adds samples that cannot be, and reported numbers that stand for no value: the value of the run may not show them.
fn behind_values<'a>(index: &Index<'a>, of: &mut BTreeMap<(Cell<'a>, &'a str), Bad<'a>>) {
    let runs: HashMap<&str, (Cell<'a>, &'a Run)> =
        index.cells.iter().flat_map(|(cell, runs)| ok(runs).map(move |run| (&*run.run_id, (*cell, run)))).collect();
    let mut add = |run_id: &str, name: &'a str, impossible: Impossible| {
        let Some((cell, run)) = runs.get(run_id) else { return };
        let bad = of.entry((*cell, name)).or_default();
        bad.runs.insert(&run.run_id);
        bad.of.extend(index.cells.get(cell).into_iter().flat_map(|runs| ok(runs)).map(|run| &*run.run_id));
        // Whatever the order of the facts, the furthest of them is shown.
        if bad.example.as_ref().is_none_or(|(shown, ..)| impossible.value.abs() > shown.abs()) {
            let limit = Some(impossible.limit());
            bad.example = Some((impossible.value, impossible.unit, impossible.why(), limit));
        }
    };
    for outside in index.facts.outside {
        let Some(impossible) = judge(outside.series, outside.example, |_| None) else { continue };
        let workload = runs.get(&*outside.run_id).map(|(cell, _)| cell.workload);
        let made_of_it = METRICS.iter().filter(|metric| {
            metric.samples.is_some_and(|(series, _)| series == outside.series)
                && workload.is_some_and(|workload| metric.workloads.contains(&workload))
        });
        let mut made_of_it = made_of_it.peekable();
        if made_of_it.peek().is_none() {
            // Then it is named itself, and touches no estimate.
            add(&outside.run_id, outside.series, impossible);
        }
        made_of_it.for_each(|metric| add(&outside.run_id, metric.id, impossible));
    }
    for row in index.facts.summaries {
        let Some(metric) = metric(&row.metric) else { continue };
        let stands = metric.summary.is_some_and(|statistic| statistic.as_str() == &*row.statistic);
        if let Some(impossible) = judge(metric.id, row.value, |_| None).filter(|_| !stands && row.value.is_finite()) {
            add(&row.run_id, metric.id, impossible);
        }
    }
    let mut reported: BTreeMap<(&str, &str, &str, Option<Direction>), Vec<&Summary>> = BTreeMap::new();
    for row in index.facts.summaries {
        reported.entry((&*row.run_id, &*row.metric, &*row.host, row.direction)).or_default().push(row);
    }
    for ((run_id, id, ..), rows) in reported {
        let of = |statistic: Statistic| {
            rows.iter()
                .find(|row| &*row.statistic == statistic.as_str())
                .map(|row| row.value)
                .filter(|it| it.is_finite())
        };
        if let Some(impossible) = disorder(id, of) {
            add(run_id, impossible.id, impossible);
        }
    }
}

/// The most that the bare network carried over TCP where nothing was asked of netem, where no interface says its speed.
fn carried(index: &Index<'_>) -> Option<f64> {
    let tcp = |column: &Column| column.metric.id == THROUGHPUT.id && column.workload.kind() == WorkloadKind::Stream;
    let columns = index.columns().filter(|(column, _)| tcp(column));
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
