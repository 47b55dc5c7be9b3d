//! Estimates: one metric of one cell.

use crate::finding::Findings;
use crate::outcome::Outcome;
use crate::table::{Symbol, table};
use crate::warning::Warnings;
use crate::words::{Covers, Direction, Estimator, Workload};

table! {
    /// One metric of one cell (system, tuning, profile, workload): the estimate with its interval, or the reason why there is none.
    pub struct Estimate = "estimates", key ["system", "tuning", "profile", "workload", "metric", "direction"] {
        /// What is measured.
        system: Symbol [""],
        /// Host settings under test.
        tuning: Symbol [""],
        /// Network impairment.
        profile: Symbol [""],
        /// What is run.
        workload: Workload [""],
        /// Metric in the catalogue.
        metric: Symbol [""],
        /// Which way the payload flows; null where that has no meaning.
        direction: Option<Direction> [""],
        /// The estimate in the base unit; null where `reason` says why.
        value: Option<f64> [""],
        /// Lower end of the interval.
        low: Option<f64> [""],
        /// Upper end of the interval.
        high: Option<f64> [""],
        /// Lower bound of a value that is known only to be larger (censored at a limit); null elsewhere.
        at_least: Option<f64> [""],
        /// Arithmetic mean, over blocks (or links where there is one block), for those who compare with means elsewhere; null where there is no value, and for medians of cut-off durations and shares.
        mean: Option<f64> [""],
        /// Lower end of the mean's t interval, which rests on normality.
        mean_low: Option<f64> [""],
        /// Upper end of it.
        mean_high: Option<f64> [""],
        /// Base unit.
        unit: Symbol [""],
        /// Estimator and interval: `median-order-statistic`, `mean-t`, `geometric-mean-t`, `mean-links-t`, `wilson`, `kaplan-meier`, for dependent blocks `mean-ar1`, on request `mean-bca`, …
        method: Estimator [""],
        /// What the interval covers: `blocks`, `campaigns`, `links`, `within-run`, `attempts`, `runs`, or `none`.
        covers: Covers [""],
        /// Confidence asked for.
        confidence: f64 ["ratio"],
        /// Confidence that the interval really has, where that differs from what was asked; for a t interval it rests on normality.
        achieved_confidence: Option<f64> ["ratio"],
        /// Links that gave a value.
        links: u32 ["count"],
        /// Links that belong to the cell.
        links_expected: u32 ["count"],
        /// Blocks with a value from every link.
        blocks: u32 ["count"],
        /// Blocks of the campaign that hold an attempt of this cell.
        blocks_expected: u32 ["count"],
        /// Runs whose value entered.
        runs: u32 ["count"],
        /// Samples behind those values; null where a summary hides them.
        samples: Option<u64> ["count"],
        /// Attempts that were started.
        attempts: u32 ["count"],
        /// Attempts that ended as `ok`.
        ok: u32 ["count"],
        /// Attempts that moved nothing.
        stalled: u32 ["count"],
        /// Attempts of which only a part ran.
        partial: u32 ["count"],
        /// Attempts stopped at their limit.
        censored: u32 ["count"],
        /// Attempts that ended with an error.
        failed: u32 ["count"],
        /// Attempts that a validity gate refused.
        invalid: u32 ["count"],
        /// Runs that the system cannot do.
        unsupported: u32 ["count"],
        /// Runs of the matrix without a result.
        skipped: u32 ["count"],
        /// Why there is no value; null where there is one.
        reason: Option<String> [""],
        /// Codes of what a reader must know about this number, separated by spaces; empty where there is nothing.
        warnings: Warnings [""],
        /// Codes of findings that touch the cell, separated by spaces; `analyze explain CODE` says what they mean.
        findings: Findings [""],
    }
}

impl Estimate {
    /// How many attempts ended how, of the outcomes that there are, `ok` first.
    pub fn outcomes(&self) -> Vec<(Outcome, u32)> {
        let counts = [
            (Outcome::Ok, self.ok),
            (Outcome::Stalled, self.stalled),
            (Outcome::Partial, self.partial),
            (Outcome::Censored, self.censored),
            (Outcome::Failed, self.failed),
            (Outcome::Invalid, self.invalid),
            (Outcome::Unsupported, self.unsupported),
            (Outcome::Skipped, self.skipped),
        ];
        counts.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}
