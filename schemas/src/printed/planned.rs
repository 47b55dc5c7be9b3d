//! Plans, as `analyze plan` prints them.

use crate::catalogue::Scale;
use crate::table::{Symbol, table};
use crate::words::{Direction, PlannedKind, Prospect, Workload};

table! {
    /// What a number of blocks would do for one interval or one pair of systems, if blocks go on to differ as they did in a pilot.
    pub struct Planned = "plan", key ["kind", "left_side", "right_side", "tuning", "profile", "workload", "metric", "direction", "blocks"] {
        /// `interval` of one system, or `pair` of systems.
        kind: PlannedKind [""],
        /// The system, or the left one.
        left_side: Symbol [""],
        /// The right system of a pair.
        right_side: Option<Symbol> [""],
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
        /// Blocks that are planned.
        blocks: u32 ["count"],
        /// Time that they take; null where the pilot's runs do not say.
        cost_s: Option<f64> ["s"],
        /// Blocks of the pilot that entered.
        pilot_blocks: u32 ["count"],
        /// Scale of the deviation: `log` (relative) or `linear` (relative to the mean).
        scale: Scale [""],
        /// Standard deviation between blocks, of the system's value or of the pair's difference; null where nothing was repeated.
        deviation: Option<f64> ["ratio"],
        /// The difference that the pilot saw: left over right less 1, or left minus right relative to the mean of both.
        difference: Option<f64> ["ratio"],
        /// Expected half of the interval's width, relative to the value.
        half_width: Option<f64> ["ratio"],
        /// The smallest difference (the larger over the smaller less 1, or relative to the mean of both) that would be found with the power asked for, all other pairs of the family being alike.
        detectable: Option<f64> ["ratio"],
        /// Interval: `reached` or `open`. Pair: `different`, `equivalent`, `open`, or `cannot-tell` where no data could show a difference. `unknown` where the pilot does not say.
        outcome: Prospect [""],
        /// Least number of blocks for the target, or for the pair to be resolved; null where the deviation is, and where 1000 are too few.
        blocks_needed: Option<u32> ["count"],
        /// The same, if the pilot's deviation is too large by chance.
        blocks_needed_low: Option<u32> ["count"],
        /// The same, if it is too small by chance.
        blocks_needed_high: Option<u32> ["count"],
        /// Least number of blocks that have an interval without assuming normality, or any p small enough.
        blocks_least: Option<u32> ["count"],
        /// Tests in the pair's family.
        family_size: Option<u32> ["count"],
        /// Why something is missing, or what to think of; null where there is nothing.
        note: Option<String> [""],
    }
}
