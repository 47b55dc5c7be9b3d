//! Places among systems.

use crate::finding::Findings;
use crate::table::{Symbol, table};
use crate::words::{Covers, Direction, Workload};

table! {
    /// The place of one system among those measured in the same cell: an interval, not a number. `internal` is no competitor.
    pub struct Rank = "ranks", key ["tuning", "profile", "workload", "metric", "direction", "system"] {
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
        /// The estimate by which it is ranked, in the base unit; null where `reason` says why.
        value: Option<f64> [""],
        /// Place of the estimate, 1 being best, ties in the middle.
        rank: Option<f64> [""],
        /// Best place that the tests leave open: 1 + systems that are significantly better.
        rank_low: Option<u32> [""],
        /// Worst place that they leave open: all ranked less those that are significantly worse.
        rank_high: Option<u32> [""],
        /// Confidence with which all rank intervals of this ranking hold at once.
        confidence: f64 ["ratio"],
        /// Share of resampled campaigns (blocks drawn with replacement) in which it comes first, ties shared.
        probability_first: Option<f64> ["ratio"],
        /// Central interval of its places in those; describes the data, and is too narrow as an interval for few blocks.
        bootstrap_low: Option<f64> [""],
        /// Upper end of the same.
        bootstrap_high: Option<f64> [""],
        /// Two systems share a letter exactly when they are not separated.
        letters: String [""],
        /// Systems in this ranking.
        ranked: u32 ["count"],
        /// Systems of this cell that have no place.
        unranked: u32 ["count"],
        /// Blocks in which every ranked system has a value.
        blocks: u32 ["count"],
        /// What is resampled: `blocks`, `links`, or `none`.
        covers: Covers [""],
        /// Why there is no place; null where there is one.
        reason: Option<String> [""],
        /// Codes of findings that touch it, separated by spaces.
        findings: Findings [""],
    }
}
