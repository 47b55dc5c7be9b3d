//! Effect, interval and tests of one contrast, before anything is adjusted.

use super::again::Again;
use super::dependent;
use super::grid::{Differences, Grid, Sides};
use crate::estimates::{Warning, Warnings};
use crate::options::{Options, Replicate};
use crate::stats::proportions::{self, Share};
use crate::stats::simultaneous::Ends;
use crate::stats::t_interval::{Located, mean_t};
use crate::stats::{
    Blocks, Confidence, Interval, PValue, Values, brunner_munzel, design, equivalence, mann_whitney, sign_flip,
    signed_rank, summary, superiority, variance_components, welch,
};
use meshbench_schemas::catalogue::{Better, Metric, Scale};
use meshbench_schemas::possible::Range;
use meshbench_schemas::words::{Answer, Covers, EffectKind, EffectMethod, PairTest};

/// What the data say about one contrast.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// What an interval of another confidence is made of.
    pub again: Again,
    pub kind: EffectKind,
    pub value: Option<f64>,
    pub interval: Option<Interval>,
    pub method: EffectMethod,
    pub covers: Covers,
    pub test: PairTest,
    pub p: Option<PValue>,
    /// The smallest p that the design could give.
    pub smallest: Option<f64>,
    pub p_equivalence: Option<PValue>,
    /// In the unit of the value.
    pub margin: f64,
    pub superiority: Option<Located>,
    pub pairs: usize,
    pub blocks: usize,
    pub blocks_expected: usize,
    pub links: (usize, usize),
    /// Whether more blocks would sharpen the test.
    pub by_blocks: bool,
    /// How many differences one block gives.
    pub a_block: usize,
    /// The margin in standard deviations of the differences, where these are blocks that sign flips test.
    pub margin_in_deviations: Option<f64>,
    pub reason: Option<String>,
    pub warnings: Warnings,
    /// Correlation of the differences on two links of one block.
    pub intraclass_correlation: Option<f64>,
    /// p by Welch and by Brunner and Munzel, where sides are unpaired.
    pub others: (Option<f64>, Option<f64>),
    /// Values of the right and the left side, where each has its own.
    pub counts: Option<(usize, usize)>,
    /// What a difference of this metric can be at all; `None` for a ratio, and where it can be anything.
    pub possible: Option<Range>,
    /// −1, 0 or 1: on which side the left one is, where the value does not say.
    pub sign: f64,
}

impl Effect {
    /// Nothing to compare, and why.
    pub fn none(kind: EffectKind, margin: f64, reason: String) -> Self {
        Self {
            again: Again::Nothing,
            kind,
            value: None,
            interval: None,
            method: EffectMethod::None,
            covers: Covers::None,
            test: PairTest::None,
            p: None,
            smallest: None,
            p_equivalence: None,
            margin,
            superiority: None,
            pairs: 0,
            blocks: 0,
            blocks_expected: 0,
            links: (0, 0),
            by_blocks: false,
            a_block: 1,
            margin_in_deviations: None,
            reason: Some(reason),
            warnings: Warnings::default(),
            intraclass_correlation: None,
            others: (None, None),
            counts: None,
            possible: None,
            sign: 0.0,
        }
    }

    /// Beside what the metric can be, of which so many `terms` are added and taken away.
    pub fn within(self, metric: &Metric, terms: usize) -> Self {
        let difference = self.kind == EffectKind::Difference;
        let possible = difference.then(|| metric.possible.of_differences(terms / 2));
        let mut effect = Self { possible, ..self };
        let (low, high) = effect.interval.map(|i| (i.low, i.high)).unzip();
        let beyond = effect.beyond(low, high);
        effect.warnings.add_if(beyond, Warning::BeyondRange);
        effect
    }

    /// Whether ends of an interval are where no difference of this metric can be.
    fn beyond(&self, low: Option<f64>, high: Option<f64>) -> bool {
        let exceeded = |range: Range| range.exceeded_by(low.unwrap_or(range.least), high.unwrap_or(range.least));
        self.possible.is_some_and(exceeded)
    }

    /// The warnings with those that come of adjustment: where interval and test do not say the same, a reader has to know.
    pub fn warnings_beside(&self, adjusted: Option<f64>, together: Ends, alpha: f64) -> Warnings {
        let mut warnings = self.warnings.clone();
        warnings.add_if(self.beyond(together.low.at(), together.high.at()), Warning::BeyondRange);
        let nothing = self.kind.nothing();
        if let (Some(interval), Some(p)) = (self.interval, self.p) {
            let excluded = nothing < interval.low || interval.high < nothing;
            warnings.add_if(excluded != (p.value <= alpha), Warning::IntervalAndTest);
            warnings.add_if(excluded && adjusted.is_some_and(|p| p > alpha), Warning::NotAdjusted);
        }
        warnings
    }

    /// What may be said of the left side, from adjusted p values and the smallest that could have been.
    ///
    /// Equivalence comes first: a difference may be certain, and too small to matter.
    pub fn answer(
        &self,
        (p, equivalence): (Option<f64>, Option<f64>),
        smallest: Option<f64>,
        better: Better,
        alpha: f64,
    ) -> Answer {
        let Some(p) = p else { return Answer::NoData };
        if equivalence.is_some_and(|p| p <= alpha) {
            return Answer::Equivalent;
        }
        if p <= alpha {
            return match (better, self.sign > 0.0) {
                _ if self.sign == 0.0 => Answer::Different,
                (Better::Higher, true) | (Better::Lower, false) => Answer::Better,
                (Better::Higher, false) | (Better::Lower, true) => Answer::Worse,
                (Better::Neither, _) => Answer::Different,
            };
        }
        if smallest.is_some_and(|smallest| smallest > alpha) { Answer::CannotTell } else { Answer::NotResolved }
    }
}

/// Differences that enter a test as they are, with what they are.
struct Sample {
    values: Vec<f64>,
    covers: Covers,
    warning: Option<Warning>,
}

fn sample(differences: &Differences, options: &Options) -> Sample {
    let one_block = differences.values.len() == 1;
    match options.replicate {
        _ if one_block => {
            Sample { values: differences.by_link(), covers: Covers::Links, warning: Some(Warning::LinksOnly) }
        }
        Replicate::Block => Sample { values: differences.by_block(), covers: Covers::Blocks, warning: None },
        Replicate::LinkInBlock => {
            Sample { values: differences.by_link(), covers: Covers::Blocks, warning: Some(Warning::LinkInBlock) }
        }
    }
}

/// Location of paired differences: Hodges-Lehmann with the exact signed-rank interval where there are enough, else the
/// mean with t.
pub fn locate(values: Values<'_>, confidence: Confidence) -> (Located, EffectMethod) {
    let robust = signed_rank::hodges_lehmann(values, confidence);
    if robust.interval.is_some() {
        (robust, EffectMethod::HodgesLehmann)
    } else {
        (mean_t(values, confidence), EffectMethod::MeanT)
    }
}

/// What paired differences say.
pub fn paired(differences: &Differences, options: &Options) -> Effect {
    let log = differences.scale == Scale::Log;
    let kind = EffectKind::of(differences.scale);
    let margin = if log { options.margin.share() } else { options.margin.share() * differences.level };
    let Sample { values, covers, warning } = sample(differences, options);
    let Ok(sample) = Values::new(&values) else {
        return Effect::none(kind, margin, "a difference is not finite".to_owned());
    };
    let blocks = differences.values.len();
    if let Some(effect) = dependent::paired(differences, options) {
        return effect;
    }
    let mut warnings = Warnings::default();
    if let Some(warning) = warning {
        warnings.add(warning);
    }
    warnings.add_if(differences.not_positive, Warning::NotPositive);
    warnings.add_if(differences.links.0 < differences.links.1, Warning::FewerLinks);
    warnings.add_if(blocks < differences.blocks_expected, Warning::IncompleteBlocks);
    let back = |value: f64| if log { value.exp() } else { value };
    let (located, method) = locate(sample, options.confidence);
    let interval =
        located.interval.and_then(|i| Interval::around(back(located.value), back(i.low), back(i.high), i.confidence));
    warnings
        .add_if(method == EffectMethod::MeanT && interval.is_some() && covers == Covers::Blocks, Warning::Normality);
    warnings.add_if(interval.is_some_and(|i| i.low == i.high), Warning::NoVariation);
    warnings.add_if(interval.is_none(), Warning::NoInterval);
    let several = values.len() > 1;
    let half = if log { margin.ln_1p() } else { margin };
    let deviation = summary::moments(sample).standard_deviation.filter(|_| covers == Covers::Blocks && several);
    Effect {
        again: Again::Paired { values: values.clone(), log, by_t: method == EffectMethod::MeanT },
        kind,
        value: Some(back(located.value)),
        interval,
        method: match (method, log) {
            (EffectMethod::MeanT, true) => EffectMethod::GeometricMeanT,
            (method, _) => method,
        },
        covers: covers.only_if(several),
        test: if several { PairTest::SignFlip } else { PairTest::None },
        p: several.then(|| sign_flip::sign_flip(sample, options.resampling)),
        smallest: several.then(|| design::paired(values.len())),
        p_equivalence: if several { equivalence::signed_rank(sample, -half, half) } else { None },
        margin,
        superiority: several.then(|| superiority::paired(sample, options.confidence)),
        pairs: values.len(),
        blocks,
        blocks_expected: differences.blocks_expected,
        links: differences.links,
        by_blocks: true,
        a_block: if covers == Covers::Blocks && options.replicate == Replicate::LinkInBlock {
            differences.links.0.max(1)
        } else {
            1
        },
        margin_in_deviations: deviation
            .map(|deviation| half / deviation)
            .filter(|margin| margin.is_finite() && *margin > 0.0),
        reason: (!several).then(|| "one link in one block: nothing was repeated".to_owned()),
        warnings,
        intraclass_correlation: intraclass(differences),
        others: (None, None),
        counts: None,
        possible: None,
        sign: sign(located.value),
    }
}

/// What the values of two campaigns say, one a block, whose blocks have nothing to do with each other.
pub fn unpaired(sides: &Sides, options: &Options) -> Effect {
    let log = sides.scale == Scale::Log;
    let kind = EffectKind::of(sides.scale);
    let margin = if log { options.margin.share() } else { options.margin.share() * sides.level };
    let (Ok(left), Ok(right)) = (Values::new(&sides.left), Values::new(&sides.right)) else {
        return Effect::none(kind, margin, "a value is not finite".to_owned());
    };
    if let Some(effect) = dependent::unpaired(sides, options) {
        return effect;
    }
    let back = |value: f64| if log { value.exp() } else { value };
    let robust = mann_whitney::hodges_lehmann_shift(left, right, options.confidence);
    let by_means = welch::difference(left, right, options.confidence);
    let (located, method) = match (robust, by_means) {
        (Some(shift), _) if shift.interval.is_some() => (shift, EffectMethod::HodgesLehmannShift),
        (_, Some(means)) if means.estimate.interval.is_some() => (means.estimate, EffectMethod::Welch),
        (Some(shift), _) => (shift, EffectMethod::HodgesLehmannShift),
        (None, _) => return Effect::none(kind, margin, "the difference overflows".to_owned()),
    };
    let interval =
        located.interval.and_then(|i| Interval::around(back(located.value), back(i.low), back(i.high), i.confidence));
    let half = if log { margin.ln_1p() } else { margin };
    let mut warnings = Warnings::default();
    warnings.add_if(sides.not_positive, Warning::NotPositive);
    warnings.add_if(sides.links.0 < sides.links.1, Warning::FewerLinks);
    warnings.add_if(method == EffectMethod::Welch && interval.is_some(), Warning::Normality);
    warnings.add_if(interval.is_none(), Warning::NoInterval);
    warnings.add_if(interval.is_some_and(|i| i.low == i.high), Warning::NoVariation);
    let (n, m) = (sides.left.len(), sides.right.len());
    Effect {
        again: Again::Unpaired {
            sides: (sides.left.clone(), sides.right.clone()),
            log,
            by_t: method == EffectMethod::Welch,
        },
        value: Some(back(located.value)),
        interval,
        method,
        covers: Covers::Blocks.only_if(interval.is_some()),
        test: PairTest::MannWhitney,
        p: Some(mann_whitney::mann_whitney(left, right, options.resampling)),
        smallest: Some(design::unpaired(n, m)),
        p_equivalence: equivalence::welch(left, right, -half, half),
        superiority: Some(superiority::unpaired(left, right, options.confidence)),
        pairs: n + m,
        blocks: n.min(m),
        blocks_expected: n.min(m),
        links: sides.links,
        others: (
            by_means.and_then(|welch| welch.test).map(|test| test.p.value),
            brunner_munzel::brunner_munzel(left, right, options.confidence).map(|found| found.p.value),
        ),
        counts: Some((m, n)),
        reason: None,
        warnings,
        sign: sign(located.value),
        ..Effect::none(kind, margin, String::new())
    }
}

pub(super) fn intraclass(differences: &Differences) -> Option<f64> {
    let rows: Vec<&Vec<f64>> = differences.values.values().collect();
    let rows: Vec<&[f64]> = rows.into_iter().map(Vec::as_slice).collect();
    variance_components::components(&Blocks::new(&rows).ok()?, None)?.intraclass_correlation
}

pub(super) fn sign(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value.signum() }
}

/// Shares of attempts that succeeded: Newcombe's interval and Fisher's exact test.
pub fn success(left: &Grid<'_>, right: &Grid<'_>, options: &Options) -> Effect {
    let margin = options.margin.share();
    let share = |grid: &Grid<'_>| Share::new(grid.attempts.0 as u64, grid.attempts.1 as u64);
    let (Some(a), Some(b)) = (share(left), share(right)) else {
        return Effect::none(EffectKind::Difference, margin, "one side was never attempted".to_owned());
    };
    let difference = proportions::difference(a, b, options.confidence);
    let mut warnings = Warnings::default();
    warnings.add(Warning::PooledAttempts);
    let value = a.value() - b.value();
    Effect {
        again: Again::Shares(a, b),
        value: Some(value),
        interval: difference.map(|difference| difference.interval),
        method: EffectMethod::Newcombe,
        covers: Covers::Attempts,
        test: PairTest::Fisher,
        p: proportions::fisher_exact(a, b),
        smallest: Some(design::fisher(left.attempts.1, right.attempts.1)),
        pairs: left.attempts.1 + right.attempts.1,
        counts: Some((right.attempts.1, left.attempts.1)),
        blocks: left.blocks.intersection(&right.blocks).count(),
        blocks_expected: left.blocks.intersection(&right.blocks).count(),
        links: (left.links.intersection(&right.links).count(), left.links.union(&right.links).count()),
        reason: None,
        warnings,
        sign: sign(value),
        ..Effect::none(EffectKind::Difference, margin, String::new())
    }
}
