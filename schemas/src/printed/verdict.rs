//! What a dataset says of published claims, as `analyze claims` prints it.

use crate::finding::Findings;
use crate::table::{Symbol, table};
use crate::warning::Warnings;
use crate::words::{Covers, Direction, EffectKind, EffectMethod, Judgement, PairTest, Workload};

table! {
    /// What a dataset says of one claim: a row for the whole claim, and one for each cell over which it is asserted.
    pub struct Verdict = "verdicts", key ["claim", "cell"] {
        /// Id of the claim in its file.
        claim: Symbol [""],
        /// 0 for the whole claim, from 1 for its cells.
        cell: u32 [""],
        /// The sentence as published.
        says: String [""],
        /// Where it was published.
        source: String [""],
        /// Kind of claim: `comparison`, `response`, `association` or `rank`.
        test: Symbol [""],
        /// What is claimed of the left side: `better`, `worse`, `equivalent`, `different`, `not-worse`, `at-least`, `predicts`, `does-not-predict`, `tracks`, `does-not-track` or `first`.
        relation: Symbol [""],
        /// Margin, factor, threshold or number of places that belongs to the relation, in the unit of `value` or as a share.
        bound: Option<f64> [""],
        /// Whether it is asserted of `all` cells or of `any`.
        quantifier: Symbol [""],
        /// The left side: a system, a tuning, a profile, or the first metric of an association.
        left_side: String [""],
        /// The right side; empty for a claim about a place.
        right_side: String [""],
        /// The system, where both sides have the same.
        system: Option<Symbol> [""],
        /// The tuning, where both sides have the same.
        tuning: Option<Symbol> [""],
        /// The profile, where both sides have the same.
        profile: Option<Symbol> [""],
        /// What is run; of an association the first metric's.
        workload: Workload [""],
        /// Metric in the catalogue; of an association the first.
        metric: Symbol [""],
        /// Which way the payload flows; null where that has no meaning, and for the whole claim.
        direction: Option<Direction> [""],
        /// What may be said.
        verdict: Judgement [""],
        /// What `value` is: `ratio` or `difference` of left to right, `tau` (Kendall's), `rank`, or `none`.
        effect: EffectKind [""],
        /// The estimate; null where there is none, and for the whole claim.
        value: Option<f64> [""],
        /// Lower end of its interval.
        low: Option<f64> [""],
        /// Upper end of its interval.
        high: Option<f64> [""],
        /// Unit of value and interval.
        unit: Symbol [""],
        /// Estimator and interval.
        method: EffectMethod [""],
        /// What interval and test cover: `blocks`, `links`, `attempts`, `runs`, `systems` or `none`.
        covers: Covers [""],
        /// Confidence asked for.
        confidence: f64 ["ratio"],
        /// Confidence that the interval really has, where that differs.
        achieved_confidence: Option<f64> ["ratio"],
        /// The test behind p.
        p_test: PairTest [""],
        /// p of the hypothesis that the claim is not so: small where the data speak for it.
        p_support: Option<f64> ["ratio"],
        /// The same, adjusted over all tests of the claims file.
        p_support_adjusted: Option<f64> ["ratio"],
        /// p of the hypothesis that the claim is so: small where the data speak against it.
        p_refute: Option<f64> ["ratio"],
        /// The same, adjusted over all tests of the claims file.
        p_refute_adjusted: Option<f64> ["ratio"],
        /// The smallest `p_support` that this design could have given; null where there is no such bound.
        smallest_p: Option<f64> ["ratio"],
        /// The same, adjusted beside the other tests of the file as they came out.
        smallest_p_adjusted: Option<f64> ["ratio"],
        /// Cells of the file that were tested, over which p is adjusted.
        family_size: u32 ["count"],
        /// What entered the test: blocks, links, attempts, runs or systems, as `covers` says.
        count: u32 ["count"],
        /// Blocks that entered.
        blocks: u32 ["count"],
        /// Links that entered.
        links: u32 ["count"],
        /// As many of `count` could show that the claim is so, at the least; null where there are as many.
        count_needed: Option<u32> ["count"],
        /// Why the verdict is not `supported` or `refuted`; null where it is.
        reason: Option<String> [""],
        /// What may be written, in one sentence.
        sentence: String [""],
        /// Codes of warnings, separated by spaces.
        warnings: Warnings [""],
        /// Codes of findings that touch it, separated by spaces.
        findings: Findings [""],
    }
}
