//! Samples: values of a moment, an interval or a packet.

use crate::table::{Symbol, table};
use crate::words::{Direction, Workload};

table! {
    /// One value that a tool reported for one moment, interval, packet or request: never a summary.
    /// Rows are sorted by run, metric, direction, host, stream and time.
    pub struct Sample = "samples", key [] {
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
        /// Series in the metric catalogue.
        metric: Symbol [""],
        /// Which way the payload flows; null where that has no meaning.
        direction: Option<Direction> [""],
        /// One of several streams, from 0; null for the sum over all of them.
        stream: Option<u32> [""],
        /// Number of the interval, packet or request, from 0.
        seq: u32 [""],
        /// Start of the interval, or time of the packet, since the run's start.
        t_s: Option<f64> ["s"],
        /// Length of the interval that the value covers; null for a moment.
        window_s: Option<f64> ["s"],
        /// The value in the metric's base unit.
        value: f64 [""],
    }
}
