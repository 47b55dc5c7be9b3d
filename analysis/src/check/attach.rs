//! Findings beside the numbers that they touch.

use crate::claims::{Claim, Test};
use crate::comparisons::contrasts::BASELINE;
use crate::estimates::campaign::{CellName, Column};
use meshbench_schemas::finding::{Finding, Findings, Subject, touching, touching_pair};
use meshbench_schemas::printed::Verdict;
use meshbench_schemas::stage::{Contrast, Estimate, Stages};
use meshbench_schemas::table::Symbol;
use meshbench_schemas::words::{Contrasted, Workload};
use std::collections::{BTreeMap, BTreeSet};

/// A number of a cell: its system, tuning and profile.
fn subject<'a>(cell: (&'a str, &'a str, &'a str), workload: Workload, metric: &'a str) -> Subject<'a> {
    let (system, tuning, profile) = cell;
    Subject { system, tuning, profile, workload, metric, link: None, block: None }
}

/// The codes of what touches either side of a change: each side with the findings of its campaign.
pub(crate) fn change<'a>(
    old: (&[Finding], CellName<'a>),
    new: (&[Finding], CellName<'a>),
    column: &'a Column,
) -> Findings {
    let of = |name: CellName<'a>| subject((name.system, name.tuning, name.profile), column.workload, column.metric.id);
    let (before, after) = (of(old.1), of(new.1));
    if std::ptr::eq(old.0, new.0) {
        return touching_pair(old.0, &before, &after);
    }
    let mut codes = touching(old.0, &before);
    codes.extend(touching(new.0, &after).iter());
    codes
}

/// Writes into every estimate the codes of what touches its cell.
pub fn estimates(findings: &[Finding], rows: &mut [Estimate]) {
    for row in rows {
        let cell = (&*row.system, &*row.tuning, &*row.profile);
        row.findings = touching(findings, &subject(cell, row.workload, &row.metric));
    }
}

/// Writes into every contrast and rank the codes of what touches its sides.
pub fn comparisons(findings: &[Finding], comparisons: &mut Stages) {
    for row in &mut comparisons.contrasts {
        row.findings = of_contrast(findings, row);
    }
    for row in &mut comparisons.ranks {
        let cell = (&*row.system, &*row.tuning, &*row.profile);
        row.findings = touching(findings, &subject(cell, row.workload, &row.metric));
    }
}

/// Writes into every verdict the codes of what touches any cell that it is about; into that of a whole claim the codes of
/// all its cells. A verdict that names no system is about all of them; its sides may be systems, profiles or tunings, a
/// response has the baseline behind it, and an association two metrics.
pub fn verdicts(findings: &[Finding], claims: &[Claim], rows: &mut [Verdict], estimates: &[Estimate]) {
    let known = |of: fn(&Estimate) -> &str| estimates.iter().map(of).collect::<BTreeSet<&str>>();
    let (all_systems, all_profiles, all_tunings) =
        (known(|row| &row.system), known(|row| &row.profile), known(|row| &row.tuning));
    let mut of_claim: BTreeMap<Symbol, Findings> = BTreeMap::new();
    for row in rows.iter_mut().filter(|row| row.cell > 0) {
        let sides = [row.left_side.as_str(), row.right_side.as_str()];
        let systems = named(sides, &all_systems, row.system.as_deref(), None);
        let mut profiles = named(sides, &all_profiles, row.profile.as_deref(), Some(BASELINE));
        let tunings = named(sides, &all_tunings, row.tuning.as_deref(), Some("default"));
        let mut metrics: Vec<(Workload, &str)> = vec![(row.workload, &row.metric)];
        match claims.iter().find(|claim| claim.id.as_str() == &*row.claim).map(|claim| &claim.test) {
            Some(Test::Response(_)) => {
                profiles.insert(BASELINE);
            }
            Some(Test::Association(test)) => metrics.push((test.y.workload, test.y.metric.id)),
            _ => {}
        }
        let mut codes = Findings::default();
        for system in &systems {
            for (profile, tuning) in
                profiles.iter().flat_map(|profile| tunings.iter().map(move |tuning| (profile, tuning)))
            {
                for &(workload, metric) in &metrics {
                    codes.extend(touching(findings, &subject((system, tuning, profile), workload, metric)).iter());
                }
            }
        }
        of_claim.entry(row.claim.clone()).or_default().extend(codes.iter());
        row.findings = codes;
    }
    for row in rows.iter_mut().filter(|row| row.cell == 0) {
        row.findings = of_claim.get(&row.claim).cloned().unwrap_or_default();
    }
}

/// Those of a kind that are among the `sides` or the row's `own`; else the `usual` one, else all that are `known`.
fn named<'a>(
    sides: [&'a str; 2],
    known: &BTreeSet<&'a str>,
    own: Option<&'a str>,
    usual: Option<&'a str>,
) -> BTreeSet<&'a str> {
    let found: BTreeSet<&str> = sides.into_iter().filter(|side| known.contains(side)).chain(own).collect();
    match usual {
        _ if !found.is_empty() => found,
        Some(usual) => [usual].into(),
        None => known.clone(),
    }
}

/// The codes of what touches either side of a contrast, its reference included.
pub fn of_contrast(findings: &[Finding], row: &Contrast) -> Findings {
    let side = |system: &'_ str, tuning: &'_ str, profile: &'_ str, other: (&'_ str, &'_ str, &'_ str)| {
        let of = |cell| subject(cell, row.workload, &row.metric);
        touching_pair(findings, &of((system, tuning, profile)), &of(other))
    };
    let system = row.system.as_deref().unwrap_or_default();
    let tuning = row.tuning.as_deref().unwrap_or_default();
    let profile = row.profile.as_deref().unwrap_or_default();
    match row.kind {
        Contrasted::System => side(&row.left_side, tuning, profile, (&row.right_side, tuning, profile)),
        Contrasted::Tuning => side(system, &row.left_side, profile, (system, &row.right_side, profile)),
        Contrasted::Response => side(system, tuning, &row.left_side, (system, tuning, &row.right_side)),
        Contrasted::Interaction => {
            let base = row.reference.as_deref().unwrap_or_default();
            let mut codes = side(&row.left_side, tuning, profile, (&row.right_side, tuning, profile));
            codes.extend(side(&row.left_side, tuning, base, (&row.right_side, tuning, base)).iter());
            codes
        }
    }
}
