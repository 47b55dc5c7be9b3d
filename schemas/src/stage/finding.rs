//! Findings as rows.

use crate::finding::{Code, Severity};
use crate::table::{Symbol, table};
use crate::words::Workload;

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
