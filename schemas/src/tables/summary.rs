//! Summaries: numbers with which a tool summed up an attempt.

use crate::table::{Symbol, table};
use crate::words::{Direction, Workload};

table! {
    /// One number with which a tool or harness summed up a whole attempt. Kept apart from the samples,
    /// because it cannot be taken apart again.
    pub struct Summary = "summaries", key ["run_id", "metric", "direction", "statistic"] {
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
        /// Host whose tool reported the value.
        host: Symbol [""],
        /// Metric in the catalogue.
        metric: Symbol [""],
        /// Which way the payload flows; null where that has no meaning.
        direction: Option<Direction> [""],
        /// What of the hidden values it is: `total`, `mean`, `min`, `p25`, `p50`, `p75` or `max`.
        statistic: Symbol [""],
        /// The value in the metric's base unit.
        value: f64 [""],
    }
}
