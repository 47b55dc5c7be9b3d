//! Contrasts: two sides against each other.

use crate::finding::Findings;
use crate::table::{Symbol, table};
use crate::warning::Warnings;
use crate::words::{Answer, Contrasted, Covers, Direction, EffectKind, EffectMethod, IntervalEnd, PairTest, Together, Workload};

table! {
    /// One comparison of two sides in one metric: effect, interval, test, and what may be said.
    pub struct Contrast = "contrasts", key ["kind", "system", "tuning", "profile", "workload", "metric", "direction", "left_side", "right_side"] {
        /// What the two sides differ in.
        kind: Contrasted [""],
        /// The system, where both sides have the same.
        system: Option<Symbol> [""],
        /// The tuning, where both sides have the same.
        tuning: Option<Symbol> [""],
        /// The profile, where both sides have the same. For an interaction the impaired one.
        profile: Option<Symbol> [""],
        /// What is run.
        workload: Workload [""],
        /// Metric in the catalogue.
        metric: Symbol [""],
        /// Which way the payload flows; null where that has no meaning.
        direction: Option<Direction> [""],
        /// The left side: a system, a tuning or a profile, by `kind`.
        left_side: Symbol [""],
        /// The right side.
        right_side: Symbol [""],
        /// Profile of which shares are kept, for `response` and `interaction`; null elsewhere.
        reference: Option<Symbol> [""],
        /// What `value` is: `ratio` (left over right; 1 is no difference) or `difference` (left minus right; 0 is none).
        effect: EffectKind [""],
        /// The effect; null where `reason` says why.
        value: Option<f64> [""],
        /// Lower end of its interval.
        low: Option<f64> [""],
        /// Upper end of its interval.
        high: Option<f64> [""],
        /// Unit of effect and interval: `ratio`, or the metric's for a difference.
        unit: Symbol [""],
        /// Estimator and interval: `hodges-lehmann`, `geometric-mean-t`, `mean-t`, `geometric-mean-ar1`, `mean-ar1`, `newcombe`, `kaplan-meier`, `none`.
        method: EffectMethod [""],
        /// What interval and test cover: `blocks`, `campaigns`, `links`, `attempts`, `runs` or `none`.
        covers: Covers [""],
        /// Confidence asked for.
        confidence: f64 ["ratio"],
        /// Confidence that the interval really has, where that differs.
        achieved_confidence: Option<f64> ["ratio"],
        /// The test: `sign-flip`, `ar1` (for dependent blocks), `fisher`, `stratified-log-rank` (strata are links), `log-rank`, `none`.
        test: PairTest [""],
        /// Two-sided p of no difference, not adjusted.
        p: Option<f64> ["ratio"],
        /// Standard error of a p that was drawn at random; null for an exact one.
        p_error: Option<f64> ["ratio"],
        /// The same, adjusted within the family.
        p_adjusted: Option<f64> ["ratio"],
        /// The smallest p that this design could have given; null where there is no such bound.
        smallest_p: Option<f64> ["ratio"],
        /// The smallest adjusted p that it could have given to the smallest p of its family.
        smallest_p_adjusted: Option<f64> ["ratio"],
        /// Lower end of the interval that, together with all others of its family, agrees with the adjusted tests: where there is one, it leaves out no difference exactly where `p_adjusted` is at most alpha, an end that was `cut` not belonging to it. Null where that end is open, or there is none.
        simultaneous_low: Option<f64> [""],
        /// Upper end of it.
        simultaneous_high: Option<f64> [""],
        /// What the lower end is: `own`, `open`, `cut` or `stretched`; null where there is no such interval.
        simultaneous_low_end: Option<IntervalEnd> [""],
        /// What the upper end is.
        simultaneous_high_end: Option<IntervalEnd> [""],
        /// What it is: `bonferroni-holm`, `false-coverage-rate` (with Benjamini and Hochberg's adjustment) or `none`.
        simultaneous: Together [""],
        /// Confidence of this one interval, by which all of the family hold at once with `confidence`.
        simultaneous_confidence: Option<f64> ["ratio"],
        /// p of the two one-sided tests of a difference of at least the margin, adjusted within the family.
        p_equivalence: Option<f64> ["ratio"],
        /// Effect that does not matter: 0.03 for ratios from 1/1.03 to 1.03, or in the unit of a difference.
        margin: f64 [""],
        /// Name of the family of comparisons within which p was adjusted.
        family: String [""],
        /// Tests in that family.
        family_size: u32 ["count"],
        /// What may be said, from the left side.
        answer: Answer [""],
        /// Probability that the left side has the larger value in a block, ties counting one half.
        superiority: Option<f64> ["ratio"],
        /// Lower end of its interval.
        superiority_low: Option<f64> ["ratio"],
        /// Upper end of its interval.
        superiority_high: Option<f64> ["ratio"],
        /// Differences that entered: blocks, links where there is one block, runs or attempts.
        pairs: u32 ["count"],
        /// Blocks that entered.
        blocks: u32 ["count"],
        /// Blocks that hold attempts of both sides.
        blocks_expected: u32 ["count"],
        /// Links that entered.
        links: u32 ["count"],
        /// Links that belong to either side.
        links_expected: u32 ["count"],
        /// Correlation of the differences on two links of one block: how far links are no repetitions of each other. Null for one
        /// link or one block.
        intraclass_correlation: Option<f64> ["ratio"],
        /// Blocks from which a difference could show at all after adjustment.
        blocks_needed: Option<u32> ["count"],
        /// Blocks that would show a difference of the margin with a power of about 80 %, by sign flips at the level of the
        /// first step of the adjustment within the family, if blocks go on to differ as they did. Never below `blocks_needed`.
        blocks_for_margin: Option<u32> ["count"],
        /// Why there is no value or no test; null where there are both.
        reason: Option<String> [""],
        /// Codes of warnings, separated by spaces.
        warnings: Warnings [""],
        /// Codes of findings that touch either side, separated by spaces.
        findings: Findings [""],
    }
}
