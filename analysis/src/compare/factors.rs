//! What else differs between two sets of measurements: a change may be due to any of it.

use crate::check::asked_of_netem;
use crate::stages::Estimated;
use meshbench_schemas::fact;
use meshbench_schemas::tables::{Host, Run, System};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Facts of a host that differ from one moment to the next and explain nothing by themselves.
const VOLATILE: [&str; 2] = ["load", "uptime"];

/// One thing that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Factor {
    /// What differs: `version`, `tool version`, `kernel`, …
    pub what: String,
    /// Of which system, workload, profile or host.
    pub of: String,
    /// On the old side; several values are separated by commas.
    pub old: String,
    /// On the new side.
    pub new: String,
}

/// What the factors rest on: that nothing else differs can be said of this alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Looked {
    /// The kinds of things that both sides record of the same system, workload, profile or host.
    pub kinds: Vec<String>,
    /// How many such things there are.
    pub compared: usize,
    /// How many the old side alone records, such as those of a host that the new side lacks.
    pub only_old: usize,
    /// How many the new side alone records.
    pub only_new: usize,
}

/// The facts of one set of measurements.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// Every attempt.
    pub runs: &'a [Run],
    /// Facts of the hosts.
    pub hosts: &'a [Host],
    /// Facts of the systems.
    pub systems: &'a [System],
}

/// Everything that both sides say about something and say differently, and what was looked at. What one side does not
/// know is no difference.
pub fn factors(old: &Estimated, new: &Estimated) -> (Vec<Factor>, Looked) {
    let side = |of: &'_ Estimated| described(Side { runs: &of.runs, hosts: &of.hosts, systems: &of.systems });
    differing(&side(old), &side(new))
}

/// The same of facts that nothing was computed of, the differences alone.
pub fn between(old: Side<'_>, new: Side<'_>) -> Vec<Factor> {
    differing(&described(old), &described(new)).0
}

fn differing(before: &Described, after: &Described) -> (Vec<Factor>, Looked) {
    let both = || before.iter().filter_map(|(key, old)| Some((key, old, after.get(key)?)));
    let joined = |values: &BTreeSet<String>| values.iter().cloned().collect::<Vec<_>>().join(", ");
    let mut found: Vec<Factor> = both()
        .filter(|(_, old, new)| old != new)
        .map(|(key, old, new)| Factor { what: key.0.clone(), of: key.1.clone(), old: joined(old), new: joined(new) })
        .collect();
    found.sort();
    let kinds: BTreeSet<&String> = both().map(|(key, ..)| &key.0).collect();
    let looked = Looked {
        kinds: kinds.into_iter().cloned().collect(),
        compared: both().count(),
        only_old: before.keys().filter(|key| !after.contains_key(*key)).count(),
        only_new: after.keys().filter(|key| !before.contains_key(*key)).count(),
    };
    (found, looked)
}

type Described = BTreeMap<(String, String), BTreeSet<String>>;

/// Everything that may matter, by what it is and whose.
fn described(side: Side<'_>) -> Described {
    let mut all = Described::new();
    let mut add = |what: &str, of: &str, value: Option<String>| {
        if let Some(value) = value {
            all.entry((what.to_owned(), of.to_owned())).or_default().insert(value);
        }
    };
    for system in side.systems {
        add("version", &system.system, system.version.clone());
        add("binary", &system.system, system.binary_sha256.clone());
        add("inner MTU", &system.system, system.mtu_byte.map(|mtu| mtu.to_string()));
        add("address family", &system.system, system.address_family.as_deref().map(str::to_owned));
    }
    let known = |host: &&Host| !VOLATILE.contains(&&*host.fact) && !fact::is_complaint(&host.value);
    for host in side.hosts.iter().filter(known) {
        add(&host.fact, &host.host, Some(host.value.replace('\n', "; ")));
    }
    for run in side.runs.iter().filter(|run| run.control.is_none()) {
        let workload = run.workload.as_str();
        add("tool version", workload, run.tool_version.as_deref().map(str::to_owned));
        add("tool", workload, run.tool.as_deref().map(str::to_owned));
        add("duration asked", workload, run.asked_s.map(|s| format!("{s} s")));
        add("time limit", workload, run.limit_s.map(|s| format!("{s} s")));
        add("congestion control", workload, run.congestion_control.as_deref().map(str::to_owned));
        add("the tool's settings", workload, run.settings.as_deref().map(str::to_owned));
        add("send buffer of the socket", workload, run.send_buffer_byte.map(|bytes| format!("{bytes} byte")));
        add("receive buffer of the socket", workload, run.receive_buffer_byte.map(|bytes| format!("{bytes} byte")));
        add("both directions at once", workload, run.both_directions.map(|both| both.to_string()));
        add("all links at once", workload, Some(run.ring.is_some().to_string()));
        add("restarted before runs", &run.system, restarted(run));
        add("path taken", &run.system, run.path.map(|path| path.as_str().to_owned()));
        add("impairment", &run.profile, asked_of_netem(run));
        add("links", workload, Some(format!("{} to {}", run.source, run.target)));
    }
    all
}

/// Whether the harness restarted the system, where it says anything of it.
fn restarted(run: &Run) -> Option<String> {
    let attempts = run.restart_attempts.map(|attempts| attempts > 0);
    attempts.or(run.restart_s.map(|_| true)).map(|restarted| restarted.to_string())
}
