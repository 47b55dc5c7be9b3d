//! Run values: one metric of one attempt.

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
