//! Hosts that changed or are not alike, and systems without a version.

use super::facts::{BARE, Index};
use super::say::{count, list};
use super::{Scope, finding};
use meshbench_schemas::finding::{Code, Finding};
use std::collections::{BTreeMap, BTreeSet};

/// Facts that are another number each time they are read.
const VOLATILE: [&str; 3] = ["load", "uptime", "nic.carrier_changes"];
/// Characters of a fact that are shown.
const SHOWN: usize = 40;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let mut out = facts(index);
    out.extend(versions(index));
    out
}

fn shown(value: &str) -> String {
    let value = value.replace('\n', "; ");
    let short: String = value.chars().take(SHOWN).collect();
    if short.len() < value.len() { format!("\"{short}…\"") } else { format!("\"{short}\"") }
}

fn facts(index: &Index<'_>) -> Vec<Finding> {
    let mut of: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for row in index.facts.hosts.iter().filter(|row| !VOLATILE.contains(&row.fact.as_str())) {
        of.entry(&row.fact).or_default().entry(&row.host).or_default().insert(&row.value);
    }
    let mut out = Vec::new();
    for (fact, hosts) in of {
        let changed: Vec<(&&str, &BTreeSet<&str>)> = hosts.iter().filter(|(_, values)| values.len() > 1).collect();
        if let Some((host, values)) = changed.first() {
            let words: Vec<String> = values.iter().map(|value| shown(value)).collect();
            let evidence = format!(
                "{fact} changed at {} of {}; at {host} it was {}",
                changed.len(),
                count(hosts.len(), "host"),
                list(words.iter().map(String::as_str), 3)
            );
            out.push(finding(Code::HostsChanged, Scope::default(), changed.len(), hosts.len(), evidence));
            continue;
        }
        let distinct: BTreeSet<&BTreeSet<&str>> = hosts.values().collect();
        if distinct.len() > 1 {
            let one = |(host, values): (&&str, &BTreeSet<&str>)| {
                format!("{host} {}", values.first().map(|value| shown(value)).unwrap_or_default())
            };
            let words: Vec<String> = hosts.iter().map(one).collect();
            let evidence = format!("{fact} differs: {}", list(words.iter().map(String::as_str), 4));
            out.push(finding(Code::HostsDiffer, Scope::default(), distinct.len(), hosts.len(), evidence));
        }
    }
    out
}

fn versions(index: &Index<'_>) -> Option<Finding> {
    let known: BTreeSet<&str> =
        index.facts.systems.iter().filter(|row| row.version.is_some()).map(|row| &*row.system).collect();
    let systems: Vec<&str> = index.systems().into_iter().filter(|system| *system != BARE).collect();
    let unknown: Vec<&str> = systems.iter().copied().filter(|system| !known.contains(system)).collect();
    (!unknown.is_empty()).then(|| {
        let evidence = format!(
            "of {} of {} nobody recorded the version: {}",
            unknown.len(),
            count(systems.len(), "system"),
            list(unknown.iter().copied(), 12)
        );
        finding(Code::VersionUnknown, Scope::default(), unknown.len(), systems.len(), evidence)
    })
}
