//! Conditions that are not the same in all cells that are compared.
//!
//! What most cells have is taken as the rule, and each cell that deviates is a finding, so that it touches what
//! deviates and nothing else.

use super::facts::{Cell, Index, ok};
use super::impairment::Asked;
use super::say::{count, seconds};
use super::{finding, measured};
use meshbench_schemas::catalogue::duration_of;
use meshbench_schemas::finding::{Code, Finding};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::table::Symbol;
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::Workload;
use std::collections::{BTreeMap, BTreeSet};

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

fn bytes(value: Option<u32>) -> Option<Reading> {
    value.map(|bytes| (format!("{bytes} byte"), Some(f64::from(bytes))))
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
        code: Code::UnequalSettings,
        name: "the send buffer of the tool's socket",
        unit: "byte",
        by_profile: false,
        read: |run| bytes(run.send_buffer_byte),
    },
    Condition {
        code: Code::UnequalSettings,
        name: "the receive buffer of the tool's socket",
        unit: "byte",
        by_profile: false,
        read: |run| bytes(run.receive_buffer_byte),
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

/// So many times a limit a run lasts that was not held to it, by its time on the clock: starting and stopping takes some.
const BEYOND_BY_CLOCK: f64 = 1.5;
/// The same by the workload's own duration, which has nothing else in it.
const BEYOND_BY_TASK: f64 = 1.25;

pub fn findings(index: &Index<'_>) -> Vec<Finding> {
    let mut out: Vec<Finding> = CONDITIONS.iter().flat_map(|condition| unequal(index, condition)).collect();
    let told: BTreeSet<_> = out.iter().filter(|row| row.code == Code::UnequalLimit).map(place).collect();
    out.extend(outlasting(index).into_iter().filter(|row| !told.contains(&place(row))));
    out
}

/// What a finding of a cell is about.
fn place(row: &Finding) -> (Option<Workload>, Option<Symbol>, Option<Symbol>, Option<Symbol>) {
    (row.workload, row.system.clone(), row.tuning.clone(), row.profile.clone())
}

/// How long a run was seen to last, or not allowed to: by the clock, and by its workload's own duration.
#[derive(Debug, Clone, Copy, Default)]
struct Lasted {
    clock: Option<f64>,
    task: Option<f64>,
}

impl Lasted {
    /// Of an `ok` run. The clock of a result that took several tries has all of them in it.
    fn of(index: &Index<'_>, run: &Run) -> Self {
        let single = run.harness_attempts.is_none_or(|made| made <= 1);
        let task = duration_of(run.workload).and_then(|metric| {
            index.values(run).iter().find(|value| &*value.metric == metric.id).map(|value| value.value)
        });
        Self { clock: run.elapsed_s.filter(|_| single), task }
    }

    /// The limit that a run was held to: what it says, or at most the time after which it was stopped, which may be that of
    /// several tries.
    fn allowed(run: &Run) -> Self {
        let stopped = run.outcome == Outcome::Censored || run.reason == Some(Reason::TimeLimit);
        Self { clock: run.limit_s.or(run.elapsed_s.filter(|_| stopped)), task: run.censored_at_s.filter(|_| stopped) }
    }
}

/// A time that is more than so many times a limit, with that limit and whose it is.
fn past(seen: Option<f64>, limit: Option<(f64, &str)>, times: f64) -> Option<(f64, (f64, &str))> {
    seen.zip(limit).filter(|(seen, (limit, _))| seen.is_finite() && *seen > times * limit)
}

/// Cells with `ok` runs that lasted far longer than others of their workload and tuning were allowed to.
fn outlasting(index: &Index<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for (cell, runs) in &index.cells {
        let alike = |other: &Cell<'_>| (other.workload, other.tuning) == (cell.workload, cell.tuning);
        // The shortest limit of another cell, and whose it is.
        let mut limits: [Option<(f64, &str)>; 2] = [None, None];
        for (other, others) in index.cells.iter().filter(|(other, _)| alike(other) && *other != cell) {
            for run in others {
                let Lasted { clock, task } = Lasted::allowed(run);
                for (limit, seen) in limits.iter_mut().zip([clock, task]) {
                    let positive = seen.filter(|seen| seen.is_finite() && *seen > 0.0);
                    if let Some(seen) = positive.filter(|seen| limit.is_none_or(|(least, _)| *seen < least)) {
                        *limit = Some((seen, other.system));
                    }
                }
            }
        }
        let [clock, task] = limits;
        let beyond = |run: &Run| {
            let lasted = Lasted::of(index, run);
            // A task takes no longer than its run.
            past(lasted.task, task, BEYOND_BY_TASK)
                .or_else(|| past(lasted.clock, clock, BEYOND_BY_CLOCK))
                .or_else(|| past(lasted.task, clock, BEYOND_BY_CLOCK))
        };
        let long: Vec<(f64, (f64, &str))> = ok(runs).filter_map(beyond).collect();
        let Some(&(longest, (limit, whose))) = long.iter().max_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
        let of = ok(runs).count();
        let evidence = format!(
            "{} of {} lasted up to {} and ended as ok, where {} has a limit of {}",
            long.len(),
            count(of, "run"),
            seconds(longest),
            whose,
            seconds(limit)
        );
        let row = finding(Code::UnequalLimit, cell.scope(), long.len(), of, evidence);
        out.push(measured(row, Some(longest), Some(limit), "s"));
    }
    out
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
