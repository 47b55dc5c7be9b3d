//! Which cells of a dataset a claim is about.

use super::claim::Target;
use super::claim::{Scope, Set, Side};
use crate::comparisons::contrasts::BASELINE;
use crate::estimates::campaign::{Campaign, CellName, Column};
use meshbench_schemas::table::Symbol;
use meshbench_schemas::words::Slug;
use std::collections::BTreeSet;

/// Names of one dimension on both sides.
type Names<'a> = (&'a Symbol, &'a Symbol);

/// Two cells that a claim sets against each other, whether they exist or not.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    pub left: CellName<'a>,
    pub right: CellName<'a>,
}

/// A name that a claim has and the dataset has not.
#[derive(Debug, Clone)]
pub struct Missing {
    /// `system`, `tuning` or `profile`.
    pub what: &'static str,
    pub name: String,
}

/// The columns that a target names: one for each direction.
pub fn columns(campaign: &Campaign<'_>, target: &Target) -> Vec<Column> {
    let asked = |column: &&Column| {
        (column.workload, column.metric.id) == (target.workload, target.metric.id)
            && (target.direction.is_none() || column.direction == target.direction)
    };
    campaign.columns().iter().filter(asked).copied().collect()
}

/// The pairs of cells that a claim is about, and what is missing for others.
pub fn pairs<'a>(
    campaign: &Campaign<'a>,
    target: &Target,
    (left, right): (&Side, &Side),
    scope: &Scope,
) -> (Vec<Pair<'a>>, Vec<Missing>) {
    let names: BTreeSet<CellName<'a>> = campaign.cells(target.workload).iter().map(|cell| cell.name()).collect();
    let mut missing = Vec::new();
    let mut dimension =
        |what, sides: (&Option<Slug>, &Option<Slug>), set: &Set, of: fn(&CellName<'a>) -> &'a Symbol| {
            let has: BTreeSet<&'a Symbol> = names.iter().map(of).collect();
            let (found, absent) = along(sides, set, &has);
            missing.extend(absent.into_iter().map(|name| Missing { what, name }));
            found
        };
    let systems = dimension("system", (&left.system, &right.system), &scope.systems, |name| name.system);
    let tunings = dimension("tuning", (&left.tuning, &right.tuning), &scope.tunings, |name| name.tuning);
    let profiles = dimension("profile", (&left.profile, &right.profile), &scope.profiles, |name| name.profile);
    let mut pairs = Vec::new();
    for system in &systems {
        for tuning in &tunings {
            for profile in &profiles {
                let left = CellName { system: system.0, tuning: tuning.0, profile: profile.0 };
                let right = CellName { system: system.1, tuning: tuning.1, profile: profile.1 };
                // A combination that nobody measured is no cell of the dataset.
                if names.contains(&left) || names.contains(&right) {
                    pairs.push(Pair { left, right });
                }
            }
        }
    }
    (pairs, missing)
}

/// The names along one dimension, and those that are asked for and not there.
fn along<'a>(
    (left, right): (&Option<Slug>, &Option<Slug>),
    set: &Set,
    has: &BTreeSet<&'a Symbol>,
) -> (Vec<Names<'a>>, Vec<String>) {
    let find = |name: &Slug| has.iter().find(|known| &****known == name.as_str()).copied();
    if let (Some(a), Some(b)) = (left.as_ref().or(right.as_ref()), right.as_ref().or(left.as_ref())) {
        let absent: BTreeSet<String> =
            [a, b].into_iter().filter(|name| find(name).is_none()).map(Slug::to_string).collect();
        return (find(a).zip(find(b)).into_iter().collect(), absent.into_iter().collect());
    }
    match set {
        Set::All => (has.iter().map(|name| (*name, *name)).collect(), Vec::new()),
        Set::Impaired => {
            let found: Vec<Names<'a>> =
                has.iter().filter(|name| &****name != BASELINE).map(|name| (*name, *name)).collect();
            let absent = if found.is_empty() { vec!["other than baseline".to_owned()] } else { Vec::new() };
            (found, absent)
        }
        Set::These(asked) => (
            asked.iter().filter_map(|name| find(name).map(|name| (name, name))).collect(),
            asked.iter().filter(|name| find(name).is_none()).map(Slug::to_string).collect(),
        ),
    }
}

/// Why there are no columns of a target.
pub fn absent(target: &Target) -> String {
    let way = target.direction.map(|direction| format!(" in direction {direction}")).unwrap_or_default();
    format!("the dataset has no {} of {}{way}", target.metric.id, target.workload)
}
