//! What the analysis says about several cells at once: contrasts, ranks, tests over all systems, components of
//! variance and scores. Each is a stage table, also written to disk.

use crate::outcome::named;
use crate::table::{Symbol, table};
use crate::words::{Direction, Workload};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

named! {
    /// What two sides of a contrast differ in.
    pub enum Contrasted {
        /// Two systems, everything else equal.
        System = "system",
        /// Two tunings of one system.
        Tuning = "tuning",
        /// One system under an impairment and without: the share of its own baseline that it keeps.
        Response = "response",
        /// What two systems keep of their own baselines, against each other: a ratio of ratios.
        Interaction = "interaction",
    }
}

named! {
    /// What a contrast says, seen from its left side.
    pub enum Answer {
        /// The left side is better, and by more than chance.
        Better = "better",
        /// The left side is worse, and by more than chance.
        Worse = "worse",
        /// There is a difference, of a metric in which neither end is the good one.
        Different = "different",
        /// The difference is smaller than the margin, whichever way it goes.
        Equivalent = "equivalent",
        /// Shown is neither a difference nor that there is none beyond the margin. That is not "equal".
        NotResolved = "not-resolved",
        /// No data from this design could have shown a difference: the smallest p it can reach is above alpha.
        CannotTell = "cannot-tell",
        /// There are no values to compare.
        NoData = "no-data",
    }
}

named! {
    /// What an interval that agrees with an adjusted test has on one side.
    pub enum IntervalEnd {
        /// Its own end, which belongs to it.
        Own = "own",
        /// None: these values give no end at this confidence, and the interval goes on without bound.
        Open = "open",
        /// No difference: the interval reached it and the test rejects it, so it ends there and does not belong to the interval.
        Cut = "cut",
        /// No difference: the interval left it out and the test does not reject it, so the interval goes up to it, and it belongs.
        Stretched = "stretched",
    }
}

impl IntervalEnd {
    /// Whether the number at this end is itself in the interval: what is written with a square bracket.
    pub const fn belongs(self) -> bool {
        matches!(self, Self::Own | Self::Stretched)
    }
}

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
        effect: Symbol [""],
        /// The effect; null where `reason` says why.
        value: Option<f64> [""],
        /// Lower end of its interval.
        low: Option<f64> [""],
        /// Upper end of its interval.
        high: Option<f64> [""],
        /// Unit of effect and interval: `ratio`, or the metric's for a difference.
        unit: Symbol [""],
        /// Estimator and interval: `hodges-lehmann`, `geometric-mean-t`, `mean-t`, `geometric-mean-ar1`, `mean-ar1`, `newcombe`, `kaplan-meier`, `none`.
        method: Symbol [""],
        /// What interval and test cover: `blocks`, `campaigns`, `links`, `attempts`, `runs` or `none`.
        covers: Symbol [""],
        /// Confidence asked for.
        confidence: f64 ["ratio"],
        /// Confidence that the interval really has, where that differs.
        achieved_confidence: Option<f64> ["ratio"],
        /// The test: `sign-flip`, `ar1` (for dependent blocks), `fisher`, `stratified-log-rank` (strata are links), `log-rank`, `none`.
        test: Symbol [""],
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
        simultaneous: Symbol [""],
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
        warnings: String [""],
        /// Codes of findings that touch either side, separated by spaces.
        findings: String [""],
    }
}

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
        covers: Symbol [""],
        /// Why there is no place; null where there is one.
        reason: Option<String> [""],
        /// Codes of findings that touch it, separated by spaces.
        findings: String [""],
    }
}

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
        test: Symbol [""],
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
        p_basis: Symbol [""],
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
        covers: Symbol [""],
        /// Why there is no test; null where there is one.
        reason: Option<String> [""],
    }
}

table! {
    /// How far apart repetitions, links and the seconds of a run are, and where the next repetition should go.
    pub struct Components = "components", key ["system", "tuning", "profile", "workload", "metric", "direction"] {
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
        /// Scale of the standard deviations: `log` (relative) or `linear` (base unit).
        scale: Symbol [""],
        /// Standard deviation between links: how much they differ for good.
        links_sd: Option<f64> [""],
        /// Standard deviation between blocks, common to all links.
        blocks_sd: Option<f64> [""],
        /// Standard deviation of one link in one block beyond both, runs' own noise included.
        residual_sd: Option<f64> [""],
        /// Standard error of one run's value by its own samples; null where they do not say.
        within_run_sd: Option<f64> [""],
        /// Share of the variance of a run that its block brings: links of one block err together.
        intraclass_correlation: Option<f64> ["ratio"],
        /// Blocks.
        blocks: u32 ["count"],
        /// Links.
        links: u32 ["count"],
        /// Level that should get the next repetition: `blocks`, `runs` (longer or more runs in a block) or `none`.
        next: Symbol [""],
        /// Blocks for an interval of half the width asked for; null where it is not known.
        blocks_for_target: Option<u32> ["count"],
        /// Half the width asked for, relative to the value.
        target: f64 ["ratio"],
        /// Why there is none; null where there is.
        reason: Option<String> [""],
    }
}

table! {
    /// One number for a system over many cells: the weighted geometric mean of its factor to the best.
    pub struct Score = "scores", key ["profile", "policy", "system"] {
        /// What is measured.
        system: Symbol [""],
        /// Profile whose cells enter; null for all of them.
        profile: Option<Symbol> [""],
        /// What is done about missing cells: `common-cells`, `per-system` or `worst-observed`.
        policy: Symbol [""],
        /// Geometric mean of the factor to the best, 1 being best in every cell; null where nothing can be said.
        value: Option<f64> ["ratio"],
        /// Lower end of its interval.
        low: Option<f64> ["ratio"],
        /// Upper end.
        high: Option<f64> ["ratio"],
        /// What the interval covers: `resampled` (blocks drawn with replacement; it holds less often than it says, most of all for
        /// systems that are equal) or `none`.
        covers: Symbol [""],
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
        effect: Symbol [""],
        /// The change; null where `reason` says why.
        change: Option<f64> [""],
        /// Lower end of its interval.
        low: Option<f64> [""],
        /// Upper end of its interval.
        high: Option<f64> [""],
        /// Estimator and interval: `hodges-lehmann-shift`, `welch`, `hodges-lehmann`, `geometric-mean-t`, `mean-t`, `geometric-mean-ar1`, `mean-ar1`, `newcombe`, `kaplan-meier` or `none`.
        method: Symbol [""],
        /// What interval and test cover: `blocks`, `links`, `runs`, `attempts` or `none`.
        covers: Symbol [""],
        /// Confidence asked for.
        confidence: f64 ["ratio"],
        /// Confidence that the interval really has, where that differs.
        achieved_confidence: Option<f64> ["ratio"],
        /// The test: `mann-whitney`, `sign-flip`, `ar1`, `fisher`, `stratified-log-rank`, `log-rank` or `none`.
        test: Symbol [""],
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
        simultaneous: Symbol [""],
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
        warnings: String [""],
        /// Codes of findings that touch either side, separated by spaces.
        findings: String [""],
    }
}

table! {
    /// What a number of blocks would do for one interval or one pair of systems, if blocks go on to differ as they did in a pilot.
    pub struct Planned = "plan", key ["kind", "left_side", "right_side", "tuning", "profile", "workload", "metric", "direction", "blocks"] {
        /// `interval` of one system, or `pair` of systems.
        kind: Symbol [""],
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
        scale: Symbol [""],
        /// Standard deviation between blocks, of the system's value or of the pair's difference; null where nothing was repeated.
        deviation: Option<f64> ["ratio"],
        /// The difference that the pilot saw: left over right less 1, or left minus right relative to the mean of both.
        difference: Option<f64> ["ratio"],
        /// Expected half of the interval's width, relative to the value.
        half_width: Option<f64> ["ratio"],
        /// The smallest difference (the larger over the smaller less 1, or relative to the mean of both) that would be found with the power asked for, all other pairs of the family being alike.
        detectable: Option<f64> ["ratio"],
        /// Interval: `reached` or `open`. Pair: `different`, `equivalent`, `open`, or `cannot-tell` where no data could show a difference. `unknown` where the pilot does not say.
        outcome: Symbol [""],
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

named! {
    /// What the data say of a claim.
    pub enum Judgement {
        /// The data show that it is so.
        Supported = "supported",
        /// The data show that the opposite is so.
        Refuted = "refuted",
        /// The design could have shown that it is so, and the data show neither.
        NotResolved = "not-resolved",
        /// There are no values for it, or no data from this design could have shown that it is so.
        NotTestable = "not-testable",
    }
}

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
        effect: Symbol [""],
        /// The estimate; null where there is none, and for the whole claim.
        value: Option<f64> [""],
        /// Lower end of its interval.
        low: Option<f64> [""],
        /// Upper end of its interval.
        high: Option<f64> [""],
        /// Unit of value and interval.
        unit: Symbol [""],
        /// Estimator and interval.
        method: Symbol [""],
        /// What interval and test cover: `blocks`, `links`, `attempts`, `runs`, `systems` or `none`.
        covers: Symbol [""],
        /// Confidence asked for.
        confidence: f64 ["ratio"],
        /// Confidence that the interval really has, where that differs.
        achieved_confidence: Option<f64> ["ratio"],
        /// The test behind p.
        p_test: Symbol [""],
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
        warnings: String [""],
        /// Codes of findings that touch it, separated by spaces.
        findings: String [""],
    }
}
