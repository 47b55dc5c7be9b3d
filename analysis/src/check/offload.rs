//! Segmentation offload under netem: one decision a super-packet.

use super::facts::{Index, ok};
use super::impairment::{Asked, profiles};
use super::say::{list, share};
use super::{Scope, finding};
use crate::stats::impairment::STANDARD_ERRORS;
use crate::stats::summary::Moments;
use meshbench_schemas::catalogue::NETEM_DROP_SHARE;
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::words::WorkloadKind;
use std::collections::{BTreeMap, BTreeSet};

/// What netem drops is at least this share of what it was asked to drop where packets come one by one.
const DROPPED: f64 = 0.8;
/// The tuning under which facts about hosts are read.
const DEFAULT: &str = "default";
/// Features that make super-packets of what a host sends.
const FEATURES: [&str; 2] = ["tcp-segmentation-offload: ", "generic-segmentation-offload: "];

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let hosts = hosts_with_offload(index);
    let mut out = Vec::new();
    for (profile, asked) in profiles(index).into_iter().filter(|(_, asked)| asked.impairs()) {
        let cells = index.cells.keys().filter(|cell| cell.profile == profile);
        let tunings: BTreeSet<&str> = cells.map(|cell| cell.tuning).collect();
        for tuning in tunings {
            out.extend(of_profile(index, &hosts, profile, tuning, &asked));
        }
    }
    out
}

/// Whether a feature is on at each host of which that is known.
fn hosts_with_offload<'a>(index: &Index<'a>) -> BTreeMap<&'a str, bool> {
    let mut out = BTreeMap::new();
    for row in index.facts.hosts.iter().filter(|row| row.fact.ends_with(".offloads")) {
        let states = FEATURES.iter().filter_map(|feature| row.value.split_once(feature)).map(|(_, after)| after);
        let states: Vec<bool> = states.map(|state| state.starts_with("on")).collect();
        if !states.is_empty() {
            *out.entry(&*row.host).or_insert(false) |= states.contains(&true);
        }
    }
    out
}

/// Share of the packets of TCP transfers that netem dropped, by system. Where it is far below what was asked,
/// packets came as super-packets: netem counts their segments, and one drop for all of them.
fn dropped<'a>(index: &Index<'a>, profile: &str, tuning: &str) -> BTreeMap<&'a str, Moments> {
    let mut of: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (cell, runs) in &index.cells {
        let tcp = cell.workload.kind() == WorkloadKind::Stream;
        if tcp && (cell.profile, cell.tuning) == (profile, tuning) {
            let values = ok(runs).flat_map(|run| index.values(run).iter());
            let shares = values.filter(|value| &*value.metric == NETEM_DROP_SHARE.id).map(|value| value.value);
            of.entry(cell.system).or_default().extend(shares);
        }
    }
    of.into_iter().filter_map(|(system, shares)| Some((system, Moments::of(&shares)?))).collect()
}

fn of_profile(
    index: &Index<'_>,
    hosts: &BTreeMap<&str, bool>,
    profile: &str,
    tuning: &str,
    asked: &Asked,
) -> Option<Finding> {
    let scope = Scope { profile: Some(profile), tuning: Some(tuning), ..Scope::default() };
    let dropped = dropped(index, profile, tuning);
    let gentle = |found: &Moments| found.mean + STANDARD_ERRORS * found.standard_error() < DROPPED * asked.what.loss;
    let shown: Vec<String> = dropped.iter().map(|(system, found)| format!("{system} {}", share(found.mean))).collect();
    let seen = if asked.what.loss > 0.0 && !shown.is_empty() {
        let words = list(shown.iter().map(String::as_str), 6);
        format!("; of the packets of TCP transfers netem dropped {words} where {} was asked", share(asked.what.loss))
    } else {
        String::new()
    };
    let spared = dropped.values().filter(|found| asked.what.loss > 0.0 && gentle(found)).count();
    let on: Vec<&str> = hosts.iter().filter(|(_, on)| **on).map(|(host, _)| *host).collect();
    if tuning == DEFAULT && !on.is_empty() {
        let evidence = format!("TSO or GSO is on at {}{seen}", list(on.iter().copied(), 4));
        return Some(finding(Code::OffloadUnderNetem, scope, on.len(), hosts.len(), evidence));
    }
    if tuning != DEFAULT && spared > 0 {
        let evidence = format!("netem dropped too little of {spared} of {} systems{seen}", dropped.len());
        return Some(finding(Code::OffloadUnderNetem, scope, spared, dropped.len(), evidence));
    }
    let known = if tuning == DEFAULT { !hosts.is_empty() } else { asked.what.loss > 0.0 && !dropped.is_empty() };
    (!known).then(|| {
        let evidence = if tuning == DEFAULT {
            "no fact about the hosts says whether TSO and GSO were on".to_owned()
        } else {
            "facts about the hosts do not hold under this tuning, and netem's drops were not counted".to_owned()
        };
        finding(Code::OffloadUnknown, scope, 1, 1, evidence)
    })
}
