//! Settings of systems that are not alike: sizes, address family, treatment.
//!
//! The bare network is the yardstick, and where it has none, what most systems have.

use super::facts::{BARE, Cell, Index};
use super::say::{count, list, seconds, value};
use super::{Scope, finding, measured};
use crate::stats::quantile::median_of;
use meshbench_schemas::catalogue::{DATAGRAM_SIZE, SEGMENT_SIZE, Unit};
use meshbench_schemas::finding::{Code, Finding};
use std::collections::BTreeMap;

/// Sizes of one system that differ by less are of one setting: paths are probed in small steps.
const UNEVEN: f64 = 0.01;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let datagrams = by_metric(index, DATAGRAM_SIZE.id);
    let mut out = sizes(index, Code::DatagramSizeDiffers, &datagrams, "UDP payload");
    out.extend(uneven(index, Code::DatagramSizeDiffers, (DATAGRAM_SIZE.id, &datagrams), "UDP payload"));
    let mut segments = by_metric(index, SEGMENT_SIZE.id);
    out.extend(uneven(index, Code::InnerMtuDiffers, (SEGMENT_SIZE.id, &segments), "TCP segment"));
    let mut name = "TCP segment";
    if segments.is_empty() {
        // Without a report of TCP, the interface's own MTU.
        let known = |system: &'_ meshbench_schemas::tables::System| system.mtu_byte.map(f64::from);
        segments = index.facts.systems.iter().filter_map(|s| known(s).map(|mtu| (&*s.system, mtu))).collect();
        name = "overlay MTU";
    }
    out.extend(sizes(index, Code::InnerMtuDiffers, &segments, name));
    out.extend(families(index));
    out.extend(treatment(index));
    out
}

/// The median of a size over all cells of each system.
fn by_metric<'a>(index: &Index<'a>, metric: &str) -> BTreeMap<&'a str, f64> {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (cell, _) in index.cells.iter() {
        let points = index.all_points(cell, metric);
        values.entry(cell.system).or_default().extend(points.iter().map(|point| point.value.value));
    }
    values.into_iter().filter_map(|(system, values)| Some((system, median_of(&values)?))).collect()
}

/// Cells with runs whose size is not the `usual` one of their system.
fn uneven(index: &Index<'_>, code: Code, (metric, usual): (&str, &BTreeMap<&str, f64>), what: &str) -> Vec<Finding> {
    let row = |cell: &Cell<'_>| {
        let usual = *usual.get(cell.system)?;
        let sizes: Vec<f64> = index.all_points(cell, metric).iter().map(|point| point.value.value).collect();
        let others: Vec<f64> = sizes.iter().copied().filter(|size| (size / usual - 1.0).abs() > UNEVEN).collect();
        let furthest = others.iter().copied().max_by(|a, b| (a - usual).abs().total_cmp(&(b - usual).abs()))?;
        let evidence = format!(
            "in {} of {} its {what} is another than elsewhere, such as {} and not {}",
            others.len(),
            count(sizes.len(), "run"),
            value(furthest, Unit::Byte),
            value(usual, Unit::Byte)
        );
        let row = finding(code, cell.scope(), others.len(), sizes.len(), evidence);
        Some(measured(row, Some(furthest), Some(usual), "byte"))
    };
    index.cells.keys().filter_map(row).collect()
}

/// What the bare network has, or what most have; the larger one of several that as many have.
fn yardstick<T: PartialOrd + Clone>(of: &BTreeMap<&str, T>) -> Option<(T, bool)> {
    if let Some(bare) = of.get(BARE) {
        return Some((bare.clone(), true));
    }
    let having = |value: &T| of.values().filter(|other| *other == value).count();
    let more = |a: &&T, b: &&T| having(a).cmp(&having(b)).then(a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    of.values().max_by(more).map(|value| (value.clone(), false))
}

fn sizes(index: &Index<'_>, code: Code, of: &BTreeMap<&str, f64>, what: &str) -> Vec<Finding> {
    let Some((usual, bare)) = yardstick(of) else { return Vec::new() };
    let whose = if bare { "of the bare network" } else { "of most systems" };
    // The workload that datagrams are of, where there is one alone.
    let workload = match (code, DATAGRAM_SIZE.workloads) {
        (Code::DatagramSizeDiffers, [only]) => Some(*only),
        _ => None,
    };
    let row = |(system, size): (&&str, &f64)| {
        let scope = Scope { system: Some(system), workload, ..Scope::default() };
        let runs = |cell: &&Cell<'_>| cell.system == *system && workload.is_none_or(|w| w == cell.workload);
        let cells = index.cells.keys().filter(runs).count();
        let evidence = format!(
            "its {what} is {}, that {whose} {}; {}",
            value(*size, Unit::Byte),
            value(usual, Unit::Byte),
            count(cells, "cell")
        );
        measured(finding(code, scope, cells, cells, evidence), Some(*size), Some(usual), "byte")
    };
    of.iter().filter(|(_, size)| **size != usual).map(row).collect()
}

fn families(index: &Index<'_>) -> Vec<Finding> {
    let known = index.facts.systems.iter().filter_map(|s| Some((&*s.system, s.address_family.as_deref()?)));
    let of: BTreeMap<&str, &str> = known.collect();
    let Some((usual, bare)) = yardstick(&of) else { return Vec::new() };
    let whose = if bare { "the bare network" } else { "most systems" };
    let row = |(system, family): (&&str, &&str)| {
        let scope = Scope { system: Some(system), ..Scope::default() };
        let evidence = format!("its overlay addresses are {family}, and {usual} for {whose}");
        // A number, so that two systems of one family can be told to be alike.
        let number = family.trim_start_matches("ipv").parse::<f64>().ok();
        let expected = usual.trim_start_matches("ipv").parse::<f64>().ok();
        measured(finding(Code::AddressFamilyDiffers, scope, 1, 1, evidence), number, expected, "")
    };
    of.iter().filter(|(_, family)| **family != usual).map(row).collect()
}

/// Systems that are restarted between runs beside systems that are not.
fn treatment(index: &Index<'_>) -> Vec<Finding> {
    // Restarts, runs of which something is known, and how long each took.
    let mut of: BTreeMap<&str, (usize, usize, Vec<f64>)> = BTreeMap::new();
    for (cell, runs) in &index.cells {
        let entry = of.entry(cell.system).or_default();
        for run in runs {
            let times = [run.restart_s, run.connectivity_wait_s];
            let took: f64 = times.into_iter().flatten().filter(|time| time.is_finite()).sum();
            let known = times.iter().any(Option::is_some) || run.restart_attempts.is_some();
            entry.1 += usize::from(known);
            if took > 0.0 || run.restart_attempts.is_some_and(|made| made > 0) {
                entry.0 += 1;
                entry.2.push(took);
            }
        }
    }
    let class = |restarts: usize| restarts > 0;
    let restarted = of.values().filter(|(restarts, ..)| class(*restarts)).count();
    if restarted == 0 || restarted == of.len() {
        return Vec::new();
    }
    let usual = restarted * 2 >= of.len();
    let alike: Vec<&str> = of.iter().filter(|(_, s)| class(s.0) == usual).map(|(system, _)| *system).collect();
    let row = |(system, (restarts, known, times)): (&&str, &(usize, usize, Vec<f64>))| {
        let scope = Scope { system: Some(system), ..Scope::default() };
        let evidence = if usual {
            format!("it was never restarted ({} looked at), unlike {}", count(*known, "run"), list(alike.clone(), 4))
        } else {
            let took = median_of(times).unwrap_or(0.0);
            format!(
                "it was restarted before {} of {} (median {}), unlike {}",
                restarts,
                count((*known).max(*restarts), "run"),
                seconds(took),
                list(alike.clone(), 4)
            )
        };
        let (count, of) = if usual { (*known, *known) } else { (*restarts, (*known).max(*restarts)) };
        let observed = Some(f64::from(u8::from(!usual)));
        measured(finding(Code::UnequalTreatment, scope, count, of, evidence), observed, None, "")
    };
    of.iter().filter(|(_, s)| class(s.0) != usual).map(row).collect()
}
