//! What one side of a comparison has and the other one lacks.

use super::Selection;
use crate::estimates::campaign::{Campaign, CellName, Column};
use crate::sentence::metric_of;
use meshbench_schemas::words::Workload;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The first dataset, or what `--old-system` or `--old-tuning` names.
    Old,
    /// The second one.
    New,
}

impl Side {
    /// Its name in sentences.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

/// What is missing, from the widest to the narrowest: what belongs to a missing system is not named again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    System,
    Tuning,
    Profile,
    Workload,
    Metric,
    Link,
    /// A workload of a system under a tuning and profile, all of which both sides have elsewhere.
    Cell,
}

impl What {
    /// Its name, which an s makes the plural.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Tuning => "tuning",
            Self::Profile => "profile",
            Self::Workload => "workload",
            Self::Metric => "metric",
            Self::Link => "link",
            Self::Cell => "cell",
        }
    }
}

/// Everything of one kind that a side lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The side that lacks it.
    pub lacks: Side,
    /// Of what kind it is.
    pub what: What,
    /// What is missing: names, metrics as "tcp throughput, forward", links as "a → b", cells in words.
    pub names: Vec<String>,
    /// How many of the kind the other side has.
    pub of: usize,
}

/// What a cell is called in one dimension.
type Named = fn(&Key<'_>) -> String;

/// A cell by the names that the new side has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    workload: Workload,
    system: &'a str,
    tuning: &'a str,
    profile: &'a str,
}

/// What is compared of one side, and what it has.
struct Has<'a> {
    cells: BTreeSet<Key<'a>>,
    metrics: BTreeMap<(Workload, usize, Option<&'static str>), String>,
    links: BTreeMap<String, BTreeSet<Workload>>,
}

impl<'a> Has<'a> {
    fn of(
        campaign: &Campaign<'a>,
        selection: &'a Selection,
        own: impl Fn(CellName<'_>) -> bool,
        name: impl Fn(CellName<'a>) -> (&'a str, &'a str),
    ) -> Self {
        let mut has = Self { cells: BTreeSet::new(), metrics: BTreeMap::new(), links: BTreeMap::new() };
        for column in campaign.columns().iter().filter(|column| selection.metric(column)) {
            let direction = column.direction.map(|direction| direction.as_str());
            let of_cells = campaign.cells(column.workload).iter().filter(|cell| own(cell.name()));
            for cell in of_cells {
                let (system, tuning) = name(cell.name());
                let profile = cell.name().profile;
                has.cells.insert(Key { workload: column.workload, system, tuning, profile });
                has.metrics.entry((column.workload, column.order, direction)).or_insert_with(|| titled(column));
                for run in cell.rows() {
                    let link = format!("{} → {}", run.source, run.target);
                    has.links.entry(link).or_default().insert(column.workload);
                }
            }
        }
        has
    }

    fn workloads(&self) -> BTreeSet<&'static str> {
        self.cells.iter().map(|key| key.workload.as_str()).collect()
    }
}

fn titled(column: &Column) -> String {
    let direction = column.direction.map(|direction| format!(", {direction}")).unwrap_or_default();
    format!("{}{direction}", metric_of(column.workload, column.metric.id))
}

/// What either side lacks of what the other one has, within the selection.
pub fn missing(before: &Campaign<'_>, after: &Campaign<'_>, selection: &Selection) -> Vec<Missing> {
    // Names of the new side stand for both, so that `--new-system` makes two systems one.
    let old = Has::of(before, selection, |cell| selection.takes_old(cell), |cell| selection.counterpart(cell));
    let new = Has::of(after, selection, |cell| selection.takes_new(cell), |cell| (cell.system, cell.tuning));
    let mut found = lacking(Side::New, &old, &new);
    found.extend(lacking(Side::Old, &new, &old));
    found
}

fn lacking(lacks: Side, have: &Has<'_>, other: &Has<'_>) -> Vec<Missing> {
    let mut found = Vec::new();
    let mut add = |what: What, names: Vec<String>, of: usize| {
        if !names.is_empty() {
            found.push(Missing { lacks, what, names, of });
        }
    };
    let gone = |mine: &BTreeSet<&str>, theirs: &BTreeSet<&str>| -> Vec<String> {
        mine.iter().filter(|name| !theirs.contains(*name)).map(|name| (*name).to_owned()).collect()
    };
    let dimensions: [(What, Named); 3] = [
        (What::System, |key| key.system.to_owned()),
        (What::Tuning, |key| key.tuning.to_owned()),
        (What::Profile, |key| key.profile.to_owned()),
    ];
    for (what, of) in dimensions {
        let (mine, theirs): (BTreeSet<String>, BTreeSet<String>) =
            (have.cells.iter().map(of).collect(), other.cells.iter().map(of).collect());
        add(what, mine.difference(&theirs).cloned().collect(), mine.len());
    }
    let (mine, theirs) = (have.workloads(), other.workloads());
    add(What::Workload, gone(&mine, &theirs), mine.len());
    let shared = |workload: &Workload| theirs.contains(workload.as_str());
    let metrics = have.metrics.iter().filter(|(key, _)| shared(&key.0) && !other.metrics.contains_key(*key));
    add(What::Metric, metrics.map(|(_, name)| name.clone()).collect(), have.metrics.len());
    let links = have.links.iter().filter_map(|(link, workloads)| {
        let common: BTreeSet<&Workload> = workloads.iter().filter(|workload| shared(workload)).collect();
        let theirs = other.links.get(link);
        let gone: Vec<&str> = common
            .iter()
            .filter(|workload| theirs.is_none_or(|theirs| !theirs.contains(**workload)))
            .map(|workload| workload.as_str())
            .collect();
        match gone.len() {
            0 => None,
            all if all == common.len() => Some(link.clone()),
            _ => Some(format!("{link} ({})", gone.join(", "))),
        }
    });
    add(What::Link, links.collect(), have.links.len());
    let known: Vec<BTreeSet<String>> =
        dimensions.iter().map(|(_, of)| other.cells.iter().map(of).collect::<BTreeSet<String>>()).collect();
    let cells = have.cells.iter().filter(|key| {
        let all = dimensions.iter().zip(&known).all(|((_, of), known)| known.contains(&of(key)));
        all && shared(&key.workload) && !other.cells.contains(*key)
    });
    let words = |key: &Key<'_>| {
        let tuning = if key.tuning == "default" { String::new() } else { format!(", tuning {}", key.tuning) };
        format!("{} of {} at {}{tuning}", key.workload, key.system, key.profile)
    };
    add(What::Cell, cells.map(words).collect(), have.cells.len());
    found
}

#[cfg(test)]
mod tests;
