//! Tests of all systems at once.

use crate::table::{Symbol, table};
use crate::words::{ComputedBy, Covers, Direction, OmnibusTest, Workload};

table! {
    /// One test of whether any of more than two systems differs.
    pub struct Omnibus = "omnibus", key ["tuning", "profile", "workload", "metric", "direction", "test"] {
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
        /// The test: `friedman`, `iman-davenport`, `skillings-mack`, `durbin`, or `none`.
        test: OmnibusTest [""],
        /// Why this test and no other.
        why: String [""],
        /// Its statistic.
        statistic: Option<f64> [""],
        /// Degrees of freedom.
        df: Option<f64> [""],
        /// Degrees of freedom of the denominator, for F.
        df2: Option<f64> [""],
        /// p of no difference between any.
        p: Option<f64> ["ratio"],
        /// `exact`, `monte-carlo` or `distribution`.
        p_basis: ComputedBy [""],
        /// Kendall's W: 1 where all blocks agree on the order.
        agreement: Option<f64> ["ratio"],
        /// Difference of mean ranks above which two systems differ (Nemenyi).
        critical_difference: Option<f64> [""],
        /// Systems that entered.
        systems: u32 ["count"],
        /// Systems of the cell, `internal` left out.
        systems_expected: u32 ["count"],
        /// Systems that did not enter, each with the reason; null where all did.
        left_out: Option<String> [""],
        /// Replicates (blocks, or links where there is one block) that entered: those with values of at least two systems.
        replicates: u32 ["count"],
        /// Replicates of the cell.
        replicates_expected: u32 ["count"],
        /// What the replicates are: `blocks`, `campaigns`, `links`, `attempts` (of a share, which is not tested) or `none`.
        covers: Covers [""],
        /// Why there is no test; null where there is one.
        reason: Option<String> [""],
    }
}
