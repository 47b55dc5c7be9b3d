//! Changes between an old and a new set of measurements, as `analyze compare` prints them.

use crate::finding::Findings;
use crate::table::{Symbol, table};
use crate::warning::Warnings;
use crate::words::{Answer, Covers, Direction, EffectKind, EffectMethod, IntervalEnd, PairTest, Together, Workload};

table! {
    /// What changed in one cell between an old and a new set of measurements: two campaigns, two versions of a system, two tunings.
    pub struct Change = "changes", key ["system", "tuning", "profile", "workload", "metric", "direction"] {
        /// The system; `old → new` where they differ.
        system: Symbol [""],
        /// The tuning; `old → new` where they differ.
        tuning: Symbol [""],
        /// Network impairment.
        profile: Symbol [""],
        /// What is run.
        workload: Workload [""],
        /// Metric in the catalogue.
        metric: Symbol [""],
        /// Which way the payload flows; null where that has no meaning.
        direction: Option<Direction> [""],
        /// The old estimate in the base unit.
        old: Option<f64> [""],
        /// Lower end of its interval.
        old_low: Option<f64> [""],
        /// Upper end of its interval.
        old_high: Option<f64> [""],
        /// Values that entered on the old side: blocks, or links where there is one block.
        old_count: u32 ["count"],
        /// The new estimate.
        new: Option<f64> [""],
        /// Lower end of its interval.
        new_low: Option<f64> [""],
        /// Upper end of its interval.
        new_high: Option<f64> [""],
        /// Values that entered on the new side.
        new_count: u32 ["count"],
        /// Base unit of both.
        unit: Symbol [""],
        /// What `change` is: `ratio` (new over old) or `difference` (new minus old).
        effect: EffectKind [""],
        /// The change; null where `reason` says why.
        change: Option<f64> [""],
        /// Lower end of its interval.
        low: Option<f64> [""],
        /// Upper end of its interval.
        high: Option<f64> [""],
        /// Estimator and interval: `hodges-lehmann-shift`, `welch`, `hodges-lehmann`, `geometric-mean-t`, `mean-t`, `geometric-mean-ar1`, `mean-ar1`, `newcombe`, `kaplan-meier` or `none`.
        method: EffectMethod [""],
        /// What interval and test cover: `blocks`, `links`, `runs`, `attempts` or `none`.
        covers: Covers [""],
        /// Confidence asked for.
        confidence: f64 ["ratio"],
        /// Confidence that the interval really has, where that differs.
        achieved_confidence: Option<f64> ["ratio"],
        /// The test: `mann-whitney`, `sign-flip`, `ar1`, `fisher`, `stratified-log-rank`, `log-rank` or `none`.
        test: PairTest [""],
        /// Two-sided p of no change, not adjusted.
        p: Option<f64> ["ratio"],
        /// p of Welch's test of the means (of logarithms for a ratio), a second opinion that rests on normality; not adjusted.
        p_welch: Option<f64> ["ratio"],
        /// p of Brunner and Munzel's test of superiority, a third one; not adjusted, null where the sides do not overlap.
        p_brunner_munzel: Option<f64> ["ratio"],
        /// `p`, adjusted over all changes of this comparison.
        p_adjusted: Option<f64> ["ratio"],
        /// The smallest p that these counts could have given.
        smallest_p: Option<f64> ["ratio"],
        /// The same, times the number of tests.
        smallest_p_adjusted: Option<f64> ["ratio"],
        /// Lower end of the interval that, together with all others of this comparison, agrees with the adjusted tests: where there is one, it leaves out no difference exactly where `p_adjusted` is at most alpha, an end that was `cut` not belonging to it. Null where that end is open, or there is none.
        simultaneous_low: Option<f64> [""],
        /// Upper end of it.
        simultaneous_high: Option<f64> [""],
        /// What the lower end is: `own`, `open`, `cut` or `stretched`; null where there is no such interval.
        simultaneous_low_end: Option<IntervalEnd> [""],
        /// What the upper end is.
        simultaneous_high_end: Option<IntervalEnd> [""],
        /// What it is: `bonferroni-holm`, `false-coverage-rate` (with Benjamini and Hochberg's adjustment) or `none`.
        simultaneous: Together [""],
        /// Confidence of this one interval, by which all  hold at once with `confidence`.
        simultaneous_confidence: Option<f64> ["ratio"],
        /// p of a change of at least the margin either way, adjusted.
        p_equivalence: Option<f64> ["ratio"],
        /// Change that does not matter, in the unit of the change; 0.03 takes ratios from 1/1.03 to 1.03 for nothing.
        margin: f64 [""],
        /// What may be said of the new side.
        answer: Answer [""],
        /// Values a side from which a change could show at all.
        count_needed: Option<u32> ["count"],
        /// Why there is no change or no test; null where there are both.
        reason: Option<String> [""],
        /// Codes of warnings, separated by spaces.
        warnings: Warnings [""],
        /// Codes of findings that touch either side, separated by spaces.
        findings: Findings [""],
    }
}
