//! Scores: one number over many cells.

use crate::table::{Symbol, table};
use crate::words::{Covers, Policy};

table! {
    /// One number for a system over many cells: the weighted geometric mean of its factor to the best.
    pub struct Score = "scores", key ["profile", "policy", "system"] {
        /// What is measured.
        system: Symbol [""],
        /// Profile whose cells enter; null for all of them.
        profile: Option<Symbol> [""],
        /// What is done about missing cells: `common-cells`, `per-system` or `worst-observed`.
        policy: Policy [""],
        /// Geometric mean of the factor to the best, 1 being best in every cell; null where nothing can be said.
        value: Option<f64> ["ratio"],
        /// Lower end of its interval.
        low: Option<f64> ["ratio"],
        /// Upper end.
        high: Option<f64> ["ratio"],
        /// What the interval covers: `resampled` (blocks drawn with replacement; it holds less often than it says, most of all for
        /// systems that are equal) or `none`.
        covers: Covers [""],
        /// Confidence of the interval.
        confidence: f64 ["ratio"],
        /// Place by score, ties in the middle.
        rank: Option<f64> [""],
        /// Best place that tests of the scores over blocks leave open: 1 + systems whose score is significantly better.
        rank_low: Option<u32> [""],
        /// Worst place that they leave open: all systems less those whose score is significantly worse. With one block every place
        /// is open.
        rank_high: Option<u32> [""],
        /// Best place when any one cell is left out; null where there is one cell.
        left_out_low: Option<f64> [""],
        /// Worst place when any one cell is left out.
        left_out_high: Option<f64> [""],
        /// Share of random weights of the cells under which it comes first; null where there is one cell.
        first_share: Option<f64> ["ratio"],
        /// Blocks in which every system has every cell that enters: what interval and places rest on. Where systems are scored on
        /// cells that others lack, the blocks in which this system has a value of some cell.
        blocks: u32 ["count"],
        /// Cells that entered.
        cells: u32 ["count"],
        /// Cells that some ranked system has.
        cells_all: u32 ["count"],
        /// Cells of this system that have no value.
        cells_missing: u32 ["count"],
        /// Why there is no score, or no interval of it; null where there are both.
        reason: Option<String> [""],
    }
}
