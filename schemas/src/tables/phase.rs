//! Steps of a producer's own work.

use crate::table::{Symbol, Timestamp, table};

table! {
    /// One step of a producer's own work beside the runs: setting a system up, waiting, running the workloads. A
    /// dataset without any has no such table.
    pub struct Phase = "phases", key ["system", "tuning", "number"] {
        /// The system, as in `runs`.
        system: Symbol [""],
        /// Host settings under test.
        tuning: Symbol [""],
        /// The campaign, where several were merged; null elsewhere.
        campaign: Option<Symbol> [""],
        /// Number of the step of this system and tuning, from 0: by profile, in the order of the report that it comes from.
        number: u32 [""],
        /// Network impairment; null for work that is none of one profile.
        profile: Option<Symbol> [""],
        /// What was worked on, in the producer's word; null for all of it together.
        phase: Option<Symbol> [""],
        /// The step within it, in the producer's word; null for the whole phase.
        operation: Option<Symbol> [""],
        /// Its start, UTC.
        started_at: Option<Timestamp> [""],
        /// How long it took.
        elapsed_s: Option<f64> ["s"],
        /// Whether it succeeded, where the producer says so.
        succeeded: Option<bool> [""],
        /// Where this came from: the path within an imported tree.
        origin: Option<String> [""],
    }
}
