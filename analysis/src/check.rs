//! What makes a dataset lie: every kind of finding, looked for in facts that are in memory already.
//!
//! Each family is a pure function from [`Facts`] to findings; what the kinds are is in
//! `meshbench_schemas::finding`. A finding aggregates: one row a cell, system or profile, not one a run.
//! Thresholds are constants beside their check, with their reason.

pub mod attach;
pub mod calibration;
mod facts;
pub mod print;

mod bare;
mod carry_over;
mod conditions;
mod counters;
mod design;
mod drift;
mod duplicates;
mod durations;
mod hosts;
mod impairment;
mod links;
mod matrix;
mod neighbours;
mod offload;
mod order;
mod outcomes;
mod outlying;
mod output;
mod path;
mod plausible;
mod say;
mod surroundings;
mod systems;
mod worst;

pub use facts::Facts;
use facts::Index;
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::stage::RunValue;
use meshbench_schemas::table::Symbol;
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::Workload;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is wrong with a campaign or limits what it can say, worst first, then in the order of the list
/// of codes and of the scope. Does not depend on the order of the facts, and holds no NaN and no infinity.
pub fn findings(facts: &Facts<'_>) -> Vec<Finding> {
    let index = Index::of(facts);
    let families: &[fn(&Index<'_>) -> Vec<Finding>] = &[
        outcomes::findings,
        matrix::findings,
        conditions::findings,
        systems::findings,
        impairment::findings,
        offload::findings,
        bare::findings,
        plausible::findings,
        output::findings,
        durations::findings,
        outlying::findings,
        counters::findings,
        duplicates::findings,
        path::findings,
        surroundings::findings,
        links::findings,
        drift::findings,
        neighbours::findings,
        order::findings,
        carry_over::findings,
        design::findings,
        hosts::findings,
    ];
    let mut all: Vec<Finding> = families.iter().flat_map(|family| family(&index)).collect();
    outlying::unexplained(&mut all);
    all.sort_by(|a, b| {
        let place = |f: &Finding| (std::cmp::Reverse(f.severity), f.code);
        let scope = |f: &Finding| {
            (
                f.workload,
                f.profile.clone(),
                f.tuning.clone(),
                f.system.clone(),
                f.metric.clone(),
                f.source.clone(),
                f.target.clone(),
                f.block,
            )
        };
        place(a).cmp(&place(b)).then_with(|| scope(a).cmp(&scope(b))).then_with(|| a.evidence.cmp(&b.evidence))
    });
    all
}

/// What a run asked of netem, in the words of the columns where they say all of it, else in those of its command line.
pub(crate) fn asked_of_netem(run: &Run) -> Option<String> {
    let asked = impairment::Asked::of(run)?;
    let line = run.netem.as_ref().filter(|_| !asked.said_by_columns());
    Some(line.map_or_else(|| asked.words(), Clone::clone))
}

/// Whether neighbouring blocks are alike, so that nothing over blocks may take them for independent.
pub fn blocks_alike(runs: &[Run], values: &[RunValue]) -> bool {
    // Most datasets have too few blocks to tell, and an index over them would be for nothing.
    if runs.iter().map(|run| run.block).collect::<BTreeSet<_>>().len() < neighbours::LEAST_BLOCKS {
        return false;
    }
    let none = BTreeMap::new();
    let facts = Facts {
        runs,
        values,
        estimates: &[],
        summaries: &[],
        hosts: &[],
        systems: &[],
        calibration: &none,
        outside: &[],
    };
    !neighbours::findings(&Index::of(&facts)).is_empty()
}

/// What a finding touches.
#[derive(Debug, Clone, Copy, Default)]
struct Scope<'a> {
    system: Option<&'a str>,
    tuning: Option<&'a str>,
    profile: Option<&'a str>,
    workload: Option<Workload>,
    metric: Option<&'a str>,
}

/// A finding without numbers of its own.
fn finding(code: Code, scope: Scope<'_>, count: usize, of: usize, evidence: String) -> Finding {
    let word = |word: Option<&str>| word.map(Symbol::from);
    Finding {
        code,
        severity: code.info().severity,
        system: word(scope.system),
        tuning: word(scope.tuning),
        profile: word(scope.profile),
        workload: scope.workload,
        metric: word(scope.metric),
        source: None,
        target: None,
        block: None,
        count: u32::try_from(count).unwrap_or(u32::MAX),
        of: u32::try_from(of).unwrap_or(u32::MAX),
        observed: None,
        expected: None,
        unit: "".into(),
        evidence,
    }
}

/// Adds what was observed and expected; numbers that are not finite stay out.
fn measured(finding: Finding, observed: Option<f64>, expected: Option<f64>, unit: &str) -> Finding {
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    Finding { observed: finite(observed), expected: finite(expected), unit: unit.into(), ..finding }
}
