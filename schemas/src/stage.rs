//! The tables that the analysis derives from a dataset, one a stage, also written to disk.

use crate::finding::{Code, Severity};
use crate::outcome::Outcome;
use crate::table::{Symbol, table};
use crate::words::{Basis, Direction, Workload};

table! {
    /// One metric of one attempt. Attempts that are not `ok` keep their values here, with their outcome; they enter no estimate.
    pub struct RunValue = "run_values", key ["run_id", "metric", "direction"] {
        /// The attempt, in `runs`.
        run_id: Symbol [""],
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
        /// Host that runs the client.
        source: Symbol [""],
        /// Host that runs the server.
        target: Symbol [""],
        /// Replicate of the whole matrix, from 0.
        block: u32 [""],
        /// Which try of this run, from 1.
        attempt: u32 [""],
        /// What became of the attempt.
        outcome: Outcome [""],
        /// The value in the metric's base unit.
        value: f64 [""],
        /// Base unit of the value.
        unit: Symbol [""],
        /// What it was computed from.
        basis: Basis [""],
        /// Number of samples behind it; null where a summary hides them.
        samples: Option<u64> ["count"],
        /// Lag-1 autocorrelation of the samples; null below 4 samples and for constant ones.
        lag1_autocorrelation: Option<f64> ["ratio"],
        /// Number of independent samples worth as much, n·(1−r)/(1+r); null as above.
        effective_samples: Option<f64> ["count"],
        /// Warm-up that MSER-5 would cut off; the value keeps it. Null where the samples carry no time.
        warmup_s: Option<f64> ["s"],
    }
}

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
        method: Symbol [""],
        /// What the interval covers: `blocks`, `campaigns`, `links`, `within-run`, `attempts`, `runs`, or `none`.
        covers: Symbol [""],
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
        warnings: String [""],
        /// Codes of findings that touch the cell, separated by spaces; `analyze explain CODE` says what they mean.
        findings: String [""],
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

table! {
    /// One thing that makes a dataset lie, with what it touches: a column of its scope that is null is not narrowed down.
    pub struct Finding = "findings", key [
        "code", "system", "tuning", "profile", "workload", "metric", "source", "target", "block"
    ] {
        /// What kind of finding; `analyze explain` says what it is, why it matters and what to do.
        code: Code [""],
        /// `error`: a number is wrong or means something else. `warning`: a comparison misleads. `note`: it limits what can be said.
        severity: Severity [""],
        /// The system that it touches; null for all.
        system: Option<Symbol> [""],
        /// The tuning; null for all.
        tuning: Option<Symbol> [""],
        /// The profile; null for all.
        profile: Option<Symbol> [""],
        /// The workload; null for all.
        workload: Option<Workload> [""],
        /// The metric; null for all.
        metric: Option<Symbol> [""],
        /// Client's host of the link; null for all.
        source: Option<Symbol> [""],
        /// Server's host of the link; null for all.
        target: Option<Symbol> [""],
        /// The block; null for all.
        block: Option<u32> [""],
        /// How many of those that were looked at are concerned: runs, values, links, cells, as the evidence says.
        count: u32 ["count"],
        /// How many were looked at.
        of: u32 ["count"],
        /// What was found, in `unit`; null where it is no number.
        observed: Option<f64> [""],
        /// What should have been found, in `unit`; null where it is no number.
        expected: Option<f64> [""],
        /// Base unit of both; empty where there is neither.
        unit: Symbol [""],
        /// What was found, in one sentence with its numbers.
        evidence: String [""],
    }
}
