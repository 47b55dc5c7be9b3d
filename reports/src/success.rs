//! How often a system worked at all: attempts that succeeded, pooled over profiles, a system × workload.

use crate::Input;
use crate::view::{Row, View};
use meshbench_schemas::catalogue::SUCCESS_RATE;
use meshbench_schemas::stage::Estimate;
use meshbench_schemas::words::Workload;
use meshbench_stats::{Confidence, wilson::wilson};
use std::collections::BTreeMap;

/// Counts of one system and workload over all profiles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Attempts that were started.
    pub attempts: u32,
    /// Attempts that ended as `ok`.
    pub ok: u32,
    /// Attempts that moved nothing.
    pub stalled: u32,
    /// Attempts of which only a part ran.
    pub partial: u32,
    /// Attempts stopped at their limit.
    pub censored: u32,
    /// Attempts that ended with an error.
    pub failed: u32,
    /// Attempts that a validity gate refused.
    pub invalid: u32,
    /// Runs that the system cannot do.
    pub unsupported: u32,
    /// Runs without a result.
    pub skipped: u32,
}

impl Counts {
    fn add(&mut self, e: &Estimate) {
        for (sum, count) in [
            (&mut self.attempts, e.attempts),
            (&mut self.ok, e.ok),
            (&mut self.stalled, e.stalled),
            (&mut self.partial, e.partial),
            (&mut self.censored, e.censored),
            (&mut self.failed, e.failed),
            (&mut self.invalid, e.invalid),
            (&mut self.unsupported, e.unsupported),
            (&mut self.skipped, e.skipped),
        ] {
            *sum = sum.saturating_add(count);
        }
    }

    /// The outcomes other than `ok`, in words: `2 failed, 1 stalled`; empty where there are none.
    pub fn others(&self) -> String {
        let all = [
            (self.failed, "failed"),
            (self.stalled, "stalled"),
            (self.censored, "stopped at the limit"),
            (self.partial, "partial"),
            (self.invalid, "invalid"),
            (self.unsupported, "not supported"),
            (self.skipped, "not run"),
        ];
        let said: Vec<String> = all.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        said.join(", ")
    }
}

/// The pooled counts of a campaign.
#[derive(Debug)]
pub struct Success<'a> {
    /// Rows, in the order of tables.
    pub rows: Vec<Row<'a>>,
    /// Workloads, in order.
    pub workloads: Vec<Workload>,
    /// Confidence of the intervals.
    pub confidence: f64,
    cells: BTreeMap<(usize, Workload), Counts>,
}

impl<'a> Success<'a> {
    /// Sums the counts of every cell; each cell once, whatever number of metrics it has.
    pub fn new(input: &Input<'_>, view: &View<'a>) -> Self {
        let mut cells: BTreeMap<(&str, &str, &str, Workload), &Estimate> = BTreeMap::new();
        for e in &input.stages.estimates {
            let known = cells.entry((&e.system, &e.tuning, &e.profile, e.workload)).or_insert(e);
            let rank = |e: &Estimate| (&*e.metric == SUCCESS_RATE.id, e.attempts);
            if rank(e) > rank(known) {
                *known = e;
            }
        }
        let mut sums: BTreeMap<(usize, Workload), Counts> = BTreeMap::new();
        for ((system, tuning, _, workload), e) in &cells {
            if let Some(row) = view.rows.iter().position(|row| row.system == *system && row.tuning == *tuning) {
                sums.entry((row, *workload)).or_default().add(e);
            }
        }
        let workloads = Workload::ALL.iter().copied().filter(|w| cells.keys().any(|key| key.3 == *w)).collect();
        let confidence = cells.values().map(|e| e.confidence).next().unwrap_or(0.95);
        Self { rows: view.rows.clone(), workloads, confidence, cells: sums }
    }

    /// The counts of a row and workload, where there is any cell.
    pub fn counts(&self, row: usize, workload: Workload) -> Option<Counts> {
        self.cells.get(&(row, workload)).copied()
    }

    /// Wilson's interval of the share, as percentages without decimals.
    pub fn interval(&self, counts: Counts) -> Option<(String, String)> {
        let confidence = Confidence::new(self.confidence).ok()?;
        let share = wilson(counts.ok.into(), counts.attempts.into(), confidence)?;
        Some((format!("{:.0}", share.low * 100.0), format!("{:.0}", share.high * 100.0)))
    }

    /// What the numbers mean, for the note under the table.
    pub fn note(&self) -> String {
        format!(
            "Attempts that succeeded / attempts started, over all profiles and links. Brackets: {} Wilson interval of the share in \
             percent; it takes attempts as independent, which attempts on one link under one profile may not be.",
            crate::words::percent(self.confidence)
        )
    }
}
