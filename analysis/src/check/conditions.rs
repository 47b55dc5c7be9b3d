//! Conditions that are not the same in all cells that are compared.
//!
//! What most cells have is taken as the rule, and each cell that deviates is a finding, so that it touches what
//! deviates and nothing else.

use super::facts::{Cell, Index};
use super::impairment::Asked;
use super::say::{count, seconds};
use super::{finding, measured};
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::tables::Run;
use std::collections::BTreeMap;

/// One condition of a run: in words, and as a number where it is one.
type Reading = (String, Option<f64>);

struct Condition {
    code: Code,
    /// What is read, in the evidence: "the asked duration".
    name: &'static str,
    unit: &'static str,
    /// Whether cells of all workloads are compared, profile by profile; else cells of a workload and tuning.
    by_profile: bool,
    read: fn(&Run) -> Option<Reading>,
}

/// Only an attempt that was made has conditions; what failed may have defaults in place of what it did not say.
fn ran(run: &Run) -> bool {
    matches!(run.outcome, Outcome::Ok | Outcome::Censored | Outcome::Stalled | Outcome::Partial)
}

fn time(value: Option<f64>) -> Option<Reading> {
    value.filter(|value| value.is_finite()).map(|value| (seconds(value), Some(value)))
}

const CONDITIONS: &[Condition] = &[
    Condition {
        code: Code::UnequalDuration,
        name: "the duration asked",
        unit: "s",
        by_profile: false,
        read: |run| time(run.asked_s),
    },
    Condition {
        code: Code::UnequalLimit,
        name: "the time limit",
        unit: "s",
        by_profile: false,
        read: |run| time(run.limit_s),
    },
    Condition {
        code: Code::UnequalTool,
        name: "the tool",
        unit: "",
        by_profile: false,
        read: |run| run.tool.as_ref().map(|tool| (tool.to_string(), None)),
    },
    Condition {
        code: Code::UnequalTool,
        name: "the tool's version",
        unit: "",
        by_profile: false,
        read: |run| run.tool_version.as_ref().map(|version| (version.to_string(), None)),
    },
    Condition {
        code: Code::UnequalSettings,
        name: "what the tool was told",
        unit: "",
        by_profile: false,
        read: |run| run.settings.as_ref().map(|settings| (settings.to_string(), None)),
    },
    Condition {
        code: Code::UnequalCongestionControl,
        name: "congestion control",
        unit: "",
        by_profile: false,
        read: |run| run.congestion_control.as_ref().map(|name| (name.to_string(), None)),
    },
    Condition {
        code: Code::MixedDirections,
        name: "payload",
        unit: "",
        by_profile: false,
        read: |run| {
            let word = |both| if both { "both ways at once" } else { "one way" };
            run.both_directions.map(|both| (word(both).to_owned(), Some(f64::from(u8::from(both)))))
        },
    },
    Condition {
        code: Code::UnequalImpairment,
        name: "what netem was asked",
        unit: "",
        by_profile: true,
        read: |run| Asked::of(run).map(|asked| (asked.words(), None)),
    },
];

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    CONDITIONS.iter().flat_map(|condition| unequal(index, condition)).collect()
}

fn unequal(index: &Index<'_>, condition: &Condition) -> Vec<Finding> {
    let mut groups: BTreeMap<(String, &str), Vec<Words<'_>>> = BTreeMap::new();
    for (cell, runs) in &index.cells {
        let mut words: BTreeMap<String, Held> = BTreeMap::new();
        for (word, number) in runs.iter().filter(|run| ran(run)).filter_map(|run| (condition.read)(run)) {
            let held = words.entry(word).or_default();
            held.runs += 1;
            held.number = number;
        }
        if !words.is_empty() {
            let group = if condition.by_profile {
                (cell.profile.to_owned(), "")
            } else {
                (cell.workload.to_string(), cell.tuning)
            };
            groups.entry(group).or_default().push((*cell, words));
        }
    }
    groups.into_values().flat_map(|cells| deviating(condition, &cells)).collect()
}

/// A cell with its readings.
type Words<'a> = (Cell<'a>, BTreeMap<String, Held>);

/// How many runs of a cell have a reading.
#[derive(Debug, Default)]
struct Held {
    runs: usize,
    number: Option<f64>,
}

fn deviating(condition: &Condition, cells: &[Words<'_>]) -> Vec<Finding> {
    let mut cells_with: BTreeMap<&str, (usize, Option<f64>)> = BTreeMap::new();
    for (_, words) in cells {
        if let Some((word, held)) = words.iter().max_by_key(|(_, held)| held.runs) {
            let entry = cells_with.entry(word).or_default();
            entry.0 += 1;
            entry.1 = held.number;
        }
    }
    let rule = cells_with.iter().max_by(|a, b| {
        let place = |entry: &(usize, Option<f64>)| (entry.0, entry.1.unwrap_or(0.0));
        place(a.1).partial_cmp(&place(b.1)).unwrap_or(std::cmp::Ordering::Equal)
    });
    let Some((&rule, &(_, expected))) = rule else { return Vec::new() };
    let only_rule = cells.iter().filter(|(_, words)| words.len() == 1 && words.contains_key(rule)).count();
    let row = |(cell, words): &Words<'_>| {
        let others: Vec<(&String, &Held)> = words.iter().filter(|(word, _)| word.as_str() != rule).collect();
        let (word, held) = others.iter().max_by_key(|(_, held)| held.runs)?;
        let (off, of): (usize, usize) =
            (others.iter().map(|(_, held)| held.runs).sum(), words.values().map(|held| held.runs).sum());
        let evidence = format!(
            "in {off} of {} {} is {word}, and {rule} in {only_rule} of {} throughout",
            count(of, "run"),
            condition.name,
            count(cells.len(), "cell")
        );
        Some(measured(finding(condition.code, cell.scope(), off, of, evidence), held.number, expected, condition.unit))
    };
    cells.iter().filter_map(row).collect()
}
