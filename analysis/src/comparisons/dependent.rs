//! Differences of blocks that may depend on each other, within a campaign and between two.

use super::again::Again;
use super::effect::{Effect, intraclass, sign};
use super::grid::{Differences, Sides};
use crate::estimates::{Warning, Warnings};
use crate::options::{Options, Replicate};
use crate::stats::dependent::{Dependent, Difference};
use crate::stats::{Confidence, Interval, Located, PValue, Values, superiority};
use meshbench_schemas::catalogue::Scale;
use meshbench_schemas::words::{Covers, EffectKind, EffectMethod, PairTest};

/// What is left of the mean of blocks, or of a difference of two, whose neighbours may be correlated.
trait Left {
    fn interval(&self, confidence: Confidence) -> Located;
    /// Of no difference.
    fn none(&self) -> Option<PValue>;
    /// Of a difference of at least `half`, either way: the larger of two one-sided ones.
    fn outside(&self, half: f64) -> Option<PValue>;
}

impl Left for Dependent {
    fn interval(&self, confidence: Confidence) -> Located {
        self.interval(confidence)
    }

    fn none(&self) -> Option<PValue> {
        self.p(0.0)
    }

    fn outside(&self, half: f64) -> Option<PValue> {
        PValue::of_distribution(self.below(-half).max(self.above(half)))
    }
}

impl Left for Difference<'_> {
    fn interval(&self, confidence: Confidence) -> Located {
        self.interval(confidence)
    }

    fn none(&self) -> Option<PValue> {
        self.p(0.0)
    }

    fn outside(&self, half: f64) -> Option<PValue> {
        let (above, below) = (self.p_towards(-half, 1.0)?, self.p_towards(half, -1.0)?);
        PValue::of_distribution(above.value.max(below.value))
    }
}

/// What the numbers are of.
struct About {
    scale: Scale,
    /// Mean magnitude of the values.
    level: f64,
    not_positive: bool,
    links: (usize, usize),
}

/// Mean, interval, and tests of no difference and of one within the margin, all from the same distribution.
fn said(left: &impl Left, about: &About, options: &Options) -> Effect {
    let log = about.scale == Scale::Log;
    let kind = EffectKind::of(about.scale);
    let margin = if log { options.margin.share() } else { options.margin.share() * about.level };
    let half = if log { margin.ln_1p() } else { margin };
    let back = |value: f64| if log { value.exp() } else { value };
    let Located { value, interval } = left.interval(options.confidence);
    let interval = interval.and_then(|i| Interval::around(back(value), back(i.low), back(i.high), i.confidence));
    let mut warnings = Warnings::default();
    warnings.add(Warning::Normality);
    warnings.add(Warning::DependentBlocks);
    warnings.add_if(about.not_positive, Warning::NotPositive);
    warnings.add_if(about.links.0 < about.links.1, Warning::FewerLinks);
    warnings.add_if(interval.is_none(), Warning::NoInterval);
    Effect {
        value: Some(back(value)),
        interval,
        method: if log { EffectMethod::GeometricMeanAr1 } else { EffectMethod::MeanAr1 },
        covers: Covers::Blocks,
        test: PairTest::Ar1,
        p: left.none(),
        p_equivalence: left.outside(half),
        links: about.links,
        reason: None,
        warnings,
        sign: sign(value),
        ..Effect::none(kind, margin, String::new())
    }
}

/// How often the left side is larger is a count over blocks; its interval would take them for independent.
fn counted(larger: Located) -> Option<Located> {
    Some(Located { value: larger.value, interval: None })
}

/// What the differences of blocks say where neighbouring ones may be correlated. `None` where that was not asked for, where
/// there is one block, where links count by themselves, and where all differences are equal.
pub fn paired(differences: &Differences, options: &Options) -> Option<Effect> {
    if !options.dependent() || options.replicate != Replicate::Block || differences.values.len() < 2 {
        return None;
    }
    let values = differences.by_block();
    let sample = Values::new(&values).ok()?;
    let Differences { scale, level, not_positive, links, .. } = *differences;
    let mut effect = said(&Dependent::new(sample)?, &About { scale, level, not_positive, links }, options);
    effect.warnings.add_if(values.len() < differences.blocks_expected, Warning::IncompleteBlocks);
    Some(Effect {
        superiority: counted(superiority::paired(sample, options.confidence)),
        pairs: values.len(),
        blocks: values.len(),
        blocks_expected: differences.blocks_expected,
        intraclass_correlation: intraclass(differences),
        again: Again::Dependent { values, log: scale == Scale::Log },
        ..effect
    })
}

/// What two campaigns say whose blocks may each depend on the one before: the difference of means with an interval made of both of
/// theirs, and the tests that it turns around into. `None` where that was not asked for, and where a side does not vary.
pub fn unpaired(sides: &Sides, options: &Options) -> Option<Effect> {
    if !options.dependent() {
        return None;
    }
    let (left, right) = (Values::new(&sides.left).ok()?, Values::new(&sides.right).ok()?);
    let (x, y) = (Dependent::new(left)?, Dependent::new(right)?);
    let both = Difference { x: &x, y: &y };
    let Sides { scale, level, not_positive, links, .. } = *sides;
    let effect = said(&both, &About { scale, level, not_positive, links }, options);
    effect.p_equivalence?;
    let (n, m) = (sides.left.len(), sides.right.len());
    Some(Effect {
        superiority: counted(superiority::unpaired(left, right, options.confidence)),
        pairs: n + m,
        blocks: n.min(m),
        blocks_expected: n.min(m),
        counts: Some((m, n)),
        again: Again::TwoDependent { sides: (sides.left.clone(), sides.right.clone()), log: scale == Scale::Log },
        ..effect
    })
}
