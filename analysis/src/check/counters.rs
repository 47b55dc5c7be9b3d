//! Counters that wrapped, and UDP that was offered far above the line.

use super::facts::{BARE, Cell, Index, ok};
use super::plausible::link_speed;
use super::say::{count, rate, share};
use super::{finding, measured};
use meshbench_schemas::catalogue::{OFFERED, THROUGHPUT, Unit, VIDEO_ENCODED, VIDEO_LOST, metric};
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::words::{Direction, WorkloadKind};
use std::collections::BTreeMap;

/// Where counters end.
const ENDS: [f64; 2] = [65_536.0, 4_294_967_296.0];
/// A value beyond this share of 2^32 is one of a counter that went below zero.
const LAST: f64 = 0.999_999;
/// What an importer says of a run whose counter wrapped.
const WRAP_NOTE: &str = "counter-wrap";
/// How close to its end a maximum is that wrapped by a small step backwards.
const CLOSE: f64 = 0.9;
/// How far below the maximum the median is, where the maximum is no ordinary value.
const FAR_BELOW: f64 = 0.01;
/// Payload of a packet of a video stream (seven packets of MPEG-TS), bits.
const PACKET_BITS: f64 = 7.0 * 188.0 * 8.0;
/// More losses than this many times the packets that the encoder can have made are no losses.
const TIMES_SENT: f64 = 10.0;
/// Offered above this many times the line is more than a clock or a header explains.
const ABOVE_LINE: f64 = 1.2;
/// And of it at least this share did not arrive.
const LOST: f64 = 0.2;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let mut out = wrapped(index);
    out.extend(overrun(index));
    out
}

fn wrapped(index: &Index<'_>) -> Vec<Finding> {
    // Maximum and median of what tools summed up, by run and metric.
    type Ends = (Option<f64>, Option<f64>);
    let mut of: BTreeMap<(&str, &str, Option<Direction>), Ends> = BTreeMap::new();
    for row in index.facts.summaries.iter().filter(|row| row.value.is_finite()) {
        let counted = metric(&row.metric).is_some_and(|m| matches!(m.unit, Unit::Count | Unit::Byte));
        let entry = of.entry((&row.run_id, &row.metric, row.direction)).or_default();
        match &*row.statistic {
            "max" if counted => entry.0 = Some(row.value),
            "p50" if counted => entry.1 = Some(row.value),
            _ => {}
        }
    }
    let mut runs: BTreeMap<&str, (&str, f64)> = BTreeMap::new();
    for ((run, metric, _), numbers) in of {
        if let (Some(most), Some(middle)) = numbers
            && ENDS.iter().any(|end| (CLOSE * end..*end).contains(&most))
            && middle <= FAR_BELOW * most
        {
            runs.insert(run, (metric, most));
        }
    }
    let mut out = Vec::new();
    for (cell, own) in &index.cells {
        let mut hit: BTreeMap<&str, (usize, f64)> = BTreeMap::new();
        let mut noted = 0;
        for run in ok(own) {
            let value = |id: &str| index.values(run).iter().find(|value| &*value.metric == id).map(|value| value.value);
            // A count that is the largest of its 32 bits but for a few is one below zero.
            let last = index.values(run).iter().find(|value| {
                let counts = metric(&value.metric).is_some_and(|m| matches!(m.unit, Unit::Count | Unit::Byte));
                counts && value.value < ENDS[1] && value.value > LAST * ENDS[1]
            });
            let last = last.map(|value| (&*value.metric, value.value));
            let sent = value(VIDEO_ENCODED.id).map(|bits| bits / PACKET_BITS);
            let too_many = match (value(VIDEO_LOST.id), sent) {
                (Some(lost), Some(sent)) if lost > TIMES_SENT * sent.max(1.0) => Some((VIDEO_LOST.id, lost)),
                _ => None,
            };
            if run.notes.as_deref().is_some_and(|notes| notes.split_whitespace().any(|note| note == WRAP_NOTE)) {
                noted += 1;
            }
            if let Some((metric, most)) = runs.get(&*run.run_id).copied().or(too_many).or(last) {
                let entry = hit.entry(metric).or_insert((0, most));
                entry.0 += 1;
            }
        }
        if noted > 0 && hit.is_empty() {
            let of = ok(own).count();
            let evidence =
                format!("in {noted} of {} a counter wrapped, and its maximum and mean were left out", count(of, "run"));
            out.push(finding(Code::CounterWrap, cell.scope(), noted, of, evidence));
        }
        for (metric, (n, most)) in hit {
            let of = ok(own).count();
            let evidence =
                format!("{metric} of {n} of {} reaches {most:.0}, where its counter wraps", count(of, "run"));
            let mut scope = cell.scope();
            scope.metric = Some(metric);
            out.push(measured(finding(Code::CounterWrap, scope, n, of, evidence), Some(most), None, "count"));
        }
    }
    out
}

/// The most that the line carries: its speed, else the best that the bare network did, else the best of all.
fn line(index: &Index<'_>) -> Option<f64> {
    let best = |bare: bool| {
        let columns = index.columns().filter(|(column, _)| column.metric.id == THROUGHPUT.id);
        let cells = columns.flat_map(|(_, cells)| cells).filter(|(cell, _)| !bare || cell.system == BARE);
        cells.flat_map(|(_, points)| points).map(|point| point.value.value).reduce(f64::max)
    };
    link_speed(index).or_else(|| best(true)).or_else(|| best(false)).filter(|line| *line > 0.0)
}

fn overrun(index: &Index<'_>) -> Vec<Finding> {
    let Some(line) = line(index) else { return Vec::new() };
    let row = |(cell, runs): (&Cell<'_>, &Vec<&meshbench_schemas::tables::Run>)| {
        let mut hit: Vec<(f64, f64)> = Vec::new();
        let mut of = 0;
        for run in runs.iter().filter(|run| run.outcome == Outcome::Ok) {
            let values = index.values(run);
            let find = |id: &str, direction| {
                values.iter().find(|value| &*value.metric == id && value.direction == direction).map(|v| v.value)
            };
            let ways = [None, Some(Direction::Forward), Some(Direction::Reverse)];
            let pairs = ways.iter().filter_map(|way| Some((find(OFFERED.id, *way)?, find(THROUGHPUT.id, *way)?)));
            of += 1;
            let over =
                |(offered, received): &(f64, f64)| *offered > ABOVE_LINE * line && *received < (1.0 - LOST) * offered;
            hit.extend(pairs.filter(over).reduce(|a, b| if a.0 >= b.0 { a } else { b }));
        }
        let (offered, received) = hit.iter().copied().reduce(|a, b| if a.0 >= b.0 { a } else { b })?;
        let evidence = format!(
            "in {} of {} up to {} were offered where the line carries {}; {} of it did not arrive",
            hit.len(),
            count(of, "run"),
            rate(offered),
            rate(line),
            share(1.0 - received / offered)
        );
        let row = finding(Code::ReceiverOverrun, cell.scope(), hit.len(), of, evidence);
        Some(measured(row, Some(offered), Some(line), "bit/s"))
    };
    index.cells.iter().filter(|(cell, _)| cell.workload.kind() == WorkloadKind::Datagrams).filter_map(row).collect()
}
