//! The order in which things were measured, and the clock.

use super::facts::{Cell, Index};
use super::say::{count, list, span};
use super::{Scope, finding, measured};
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::tables::Run;
use std::collections::{BTreeMap, BTreeSet};

/// Seconds by which starts may go backwards: they are read at different hosts.
const CLOCK_S: f64 = 1.0;
/// Orders that repeat less often by chance are meant.
const CHANCE: f64 = 0.01;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let mut out = confounded(index);
    out.extend(fixed(index));
    out.extend(backwards(index));
    out.extend(overlapping(index));
    out
}

/// Start of a run, seconds since the epoch.
fn start(run: &Run) -> Option<f64> {
    run.started_at.map(|time| time.0 as f64 / 1e6)
}

/// From the first to the last of some places in time.
type Range = (f64, f64);

/// Each system's range, where all of its runs with a place have one of this kind.
fn ranges<'a>(cells: &[(Cell<'a>, &[&'a Run])], place: impl Fn(&Run) -> Option<f64>) -> Vec<(&'a str, Range)> {
    let range = |runs: &[&Run]| {
        runs.iter().filter_map(|run| place(run)).fold(None, |range: Option<Range>, at| match range {
            Some((first, last)) => Some((first.min(at), last.max(at))),
            None => Some((at, at)),
        })
    };
    let mut out: Vec<(&str, Range)> =
        cells.iter().filter_map(|(cell, runs)| Some((cell.system, range(runs)?))).collect();
    out.sort_by(|a, b| a.1.0.total_cmp(&b.1.0));
    out
}

fn apart(ranges: &[(&str, Range)]) -> bool {
    ranges.len() > 1 && ranges.windows(2).all(|pair| matches!(pair, [(_, a), (_, b)] if a.1 < b.0))
}

/// The system that was measured before or after all others, where they were not all apart.
fn outside<'a>(ranges: &[(&'a str, Range)]) -> Option<&'a str> {
    if ranges.len() < 2 || apart(ranges) {
        return None;
    }
    let alone = |(system, own): &&(&str, Range)| {
        let mut others = ranges.iter().filter(|(other, _)| other != system);
        others.clone().all(|(_, other)| own.1 < other.0) || others.all(|(_, other)| other.1 < own.0)
    };
    ranges.iter().find(alone).map(|(system, _)| *system)
}

/// Comparisons in which every system has a piece of time, or blocks, of its own.
fn confounded(index: &Index<'_>) -> Vec<Finding> {
    // How many workloads, of how many, and the most systems and longest time.
    let mut of: BTreeMap<(&str, &str), (usize, usize, usize, f64)> = BTreeMap::new();
    // Of each system that came before or after all others: in how many workloads, of how many.
    let mut single: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for ((_, tuning, profile), cells) in index.comparisons() {
        let by_position = ranges(&cells, |run| run.position.map(f64::from));
        let by_time = ranges(&cells, start);
        let by_block = ranges(&cells, |run| Some(f64::from(run.block)));
        let known = by_time.len().max(by_position.len());
        let blocks: BTreeSet<u32> = cells.iter().flat_map(|(_, runs)| runs.iter().map(|run| run.block)).collect();
        if known < 2 && (cells.len() < 2 || blocks.len() < 2) {
            continue;
        }
        let entry = of.entry((tuning, profile)).or_default();
        entry.1 += 1;
        if let Some(system) = [&by_position, &by_time, &by_block].into_iter().find_map(|ranges| outside(ranges)) {
            *single.entry((tuning, profile, system)).or_default() += 1;
        }
        if apart(&by_position) || apart(&by_time) || apart(&by_block) {
            entry.0 += 1;
            entry.2 = entry.2.max(cells.len());
            let first = by_time.first().map_or(0.0, |(_, range)| range.0);
            let last = by_time.last().map_or(0.0, |(_, range)| range.1);
            entry.3 = entry.3.max(last - first);
        }
    }
    let row = |((tuning, profile), (n, of, systems, time)): ((&str, &str), (usize, usize, usize, f64))| {
        let over = if time > 0.0 { format!(", over {}", span(time)) } else { String::new() };
        let evidence = format!(
            "in {n} of {} each of up to {systems} systems was measured in a piece of time of its own{over}",
            count(of, "workload")
        );
        let scope = Scope { tuning: Some(tuning), profile: Some(profile), ..Scope::default() };
        finding(Code::OrderConfounded, scope, n, of, evidence)
    };
    let alone = |((tuning, profile, system), n): (&(&str, &str, &str), &usize)| {
        let of = of.get(&(*tuning, *profile)).map_or(*n, |(_, of, ..)| *of);
        let evidence = format!("in {n} of {} it was measured before or after all other systems", count(of, "workload"));
        let scope = Scope { system: Some(*system), tuning: Some(*tuning), profile: Some(*profile), ..Scope::default() };
        finding(Code::OrderConfounded, scope, *n, of, evidence)
    };
    let mut out: Vec<Finding> = single.iter().map(alone).collect();
    out.extend(of.iter().filter(|(_, (n, ..))| *n > 0).map(|(place, numbers)| row((*place, *numbers))));
    out
}

/// Systems in one order in every block.
fn fixed(index: &Index<'_>) -> Vec<Finding> {
    let mut first: BTreeMap<u32, BTreeMap<&str, f64>> = BTreeMap::new();
    for (cell, runs) in &index.cells {
        for run in runs {
            if let Some(at) = run.position.map(f64::from).or_else(|| start(run)) {
                let entry = first.entry(run.block).or_default().entry(cell.system).or_insert(at);
                *entry = entry.min(at);
            }
        }
    }
    let order = |systems: &BTreeMap<&str, f64>| {
        let mut systems: Vec<(String, f64)> = systems.iter().map(|(system, at)| ((*system).to_owned(), *at)).collect();
        systems.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
        systems.into_iter().map(|(system, _)| system).collect::<Vec<_>>()
    };
    let orders: BTreeSet<Vec<String>> = first.values().map(order).collect();
    let (Some(only), 1) = (orders.first(), orders.len()) else { return Vec::new() };
    // (1/k!)^(b − 1), on logarithms.
    let ln_orders: f64 = (2..=only.len()).map(|k| (k as f64).ln()).sum();
    if -(first.len() as f64 - 1.0) * ln_orders >= CHANCE.ln() {
        return Vec::new();
    }
    let names = list(only.iter().map(String::as_str), 6);
    let evidence = format!("in all {} the order is {names}", count(first.len(), "block"));
    vec![finding(Code::FixedOrder, Scope::default(), first.len(), first.len(), evidence)]
}

/// Starts that are earlier than that of a run before.
fn backwards(index: &Index<'_>) -> Vec<Finding> {
    let mut runs: Vec<(u32, f64)> =
        index.facts.runs.iter().filter_map(|run| Some((run.position?, start(run)?))).collect();
    runs.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let (mut latest, mut n, mut worst) = (f64::NEG_INFINITY, 0, 0.0f64);
    for group in runs.chunk_by(|a, b| a.0 == b.0) {
        // Runs of one position were started together, in no order.
        for (_, at) in group {
            if *at < latest - CLOCK_S {
                n += 1;
                worst = worst.max(latest - at);
            }
        }
        latest = group.iter().map(|(_, at)| *at).fold(latest, f64::max);
    }
    if n == 0 {
        return Vec::new();
    }
    let evidence = format!(
        "{n} of {} started before one with a lower position, by up to {}",
        count(runs.len(), "run"),
        span(worst)
    );
    vec![measured(finding(Code::ClockBackwards, Scope::default(), n, runs.len(), evidence), Some(-worst), None, "s")]
}

/// Runs that began on a pair of hosts before the one before them had ended.
fn overlapping(index: &Index<'_>) -> Vec<Finding> {
    struct Timed<'a> {
        run: &'a Run,
        start: f64,
        end: f64,
    }
    let mut pairs: BTreeMap<(&str, &str), Vec<Timed<'_>>> = BTreeMap::new();
    let mut timed: BTreeMap<Cell<'_>, usize> = BTreeMap::new();
    for run in index.facts.runs {
        // The shorter one: the harness's time may hold what came before the start.
        let length = [run.asked_s, run.elapsed_s].into_iter().flatten().filter(|s| *s >= 0.0).reduce(f64::min);
        let (Some(start), Some(length)) = (start(run), length) else { continue };
        let (a, b) = (&*run.source, &*run.target);
        *timed.entry(Cell::of(run)).or_default() += 1;
        pairs.entry(if a <= b { (a, b) } else { (b, a) }).or_default().push(Timed { run, start, end: start + length });
    }
    let mut hit: BTreeMap<Cell<'_>, (usize, f64, &str, &str)> = BTreeMap::new();
    for runs in pairs.values_mut() {
        runs.sort_by(|a, b| a.start.total_cmp(&b.start).then_with(|| a.run.run_id.cmp(&b.run.run_id)));
        // The one before that ends last.
        let mut last: Option<&Timed<'_>> = None;
        for second in runs.iter() {
            let before = last;
            last = before.filter(|first| first.end > second.end).or(Some(second));
            let Some(first) = before else { continue };
            let together = first.run.ring.is_some() && first.run.ring == second.run.ring;
            let shared = first.end.min(second.end) - second.start;
            if together || shared <= CLOCK_S {
                continue;
            }
            let entry = hit.entry(Cell::of(second.run)).or_insert((0, 0.0, &first.run.run_id, &second.run.run_id));
            entry.0 += 1;
            entry.1 = entry.1.max(shared);
        }
    }
    let row = |(cell, (n, shared, first, second)): (Cell<'_>, (usize, f64, &str, &str))| {
        let of = timed.get(&cell).copied().unwrap_or(n);
        let evidence = format!(
            "{n} of {} began on a link on which another was still running, for up to {}, such as {second} during {first}",
            count(of, "run"),
            span(shared)
        );
        finding(Code::OverlappingRuns, cell.scope(), n, of, evidence)
    };
    hit.into_iter().map(row).collect()
}
