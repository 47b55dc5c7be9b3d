//! Differences of blocks that may depend on each other, within a campaign and between two.

use super::again::Again;
use super::effect::{Effect, intraclass, sign};
use super::grid::{Differences, Sides};
use crate::estimates::{Warning, Warnings};
use crate::options::{Options, Replicate};
use crate::stats::dependent::{Dependent, Difference};
use crate::stats::{Interval, Located, PValue, Values, superiority};
use meshbench_schemas::catalogue::Scale;

/// What the differences of blocks say where neighbouring ones may be correlated: mean, interval, and tests of no difference and
/// of one within the margin, all from the same distribution. `None` where that was not asked for, where there is one block, where
/// links count by themselves, and where all differences are equal.
pub fn paired(differences: &Differences, options: &Options) -> Option<Effect> {
    if !options.dependent() || options.replicate != Replicate::Block || differences.values.len() < 2 {
        return None;
    }
    let log = differences.scale == Scale::Log;
    let kind = if log { "ratio" } else { "difference" };
    let margin = if log { options.margin.share() } else { options.margin.share() * differences.level };
    let half = if log { margin.ln_1p() } else { margin };
    let values = differences.by_block();
    let sample = Values::new(&values).ok()?;
    let found = Dependent::new(sample)?;
    let Located { value, interval } = found.interval(options.confidence);
    let back = |value: f64| if log { value.exp() } else { value };
    let interval = interval.and_then(|i| Interval::around(back(value), back(i.low), back(i.high), i.confidence));
    let mut warnings = Warnings::default();
    warnings.add(Warning::Normality);
    warnings.add(Warning::DependentBlocks);
    warnings.add_if(differences.not_positive, Warning::NotPositive);
    warnings.add_if(differences.links.0 < differences.links.1, Warning::FewerLinks);
    warnings.add_if(values.len() < differences.blocks_expected, Warning::IncompleteBlocks);
    warnings.add_if(interval.is_none(), Warning::NoInterval);
    // How often the left side is larger is a count over blocks; its interval would take them for independent.
    let larger = superiority::paired(sample, options.confidence);
    Some(Effect {
        value: Some(back(value)),
        interval,
        method: if log { "geometric-mean-ar1" } else { "mean-ar1" },
        covers: "blocks",
        test: "ar1",
        p: found.p(0.0),
        p_equivalence: PValue::of_distribution(found.below(-half).max(found.above(half))),
        superiority: Some(Located { value: larger.value, interval: None }),
        pairs: values.len(),
        blocks: values.len(),
        blocks_expected: differences.blocks_expected,
        links: differences.links,
        reason: None,
        warnings,
        intraclass_correlation: intraclass(differences),
        sign: sign(value),
        again: Again::Dependent { values, log },
        ..Effect::none(kind, margin, String::new())
    })
}

/// What two campaigns say whose blocks may each depend on the one before: the difference of means with an interval made of both of
/// theirs, and the tests that it turns around into. `None` where that was not asked for, and where a side does not vary.
pub fn unpaired(sides: &Sides, options: &Options) -> Option<Effect> {
    if !options.dependent() {
        return None;
    }
    let log = sides.scale == Scale::Log;
    let kind = if log { "ratio" } else { "difference" };
    let margin = if log { options.margin.share() } else { options.margin.share() * sides.level };
    let half = if log { margin.ln_1p() } else { margin };
    let (left, right) = (Values::new(&sides.left).ok()?, Values::new(&sides.right).ok()?);
    let (x, y) = (Dependent::new(left)?, Dependent::new(right)?);
    let both = Difference { x: &x, y: &y };
    let Located { value, interval } = both.interval(options.confidence);
    let back = |value: f64| if log { value.exp() } else { value };
    let interval = interval.and_then(|i| Interval::around(back(value), back(i.low), back(i.high), i.confidence));
    let mut warnings = Warnings::default();
    warnings.add(Warning::Normality);
    warnings.add(Warning::DependentBlocks);
    warnings.add_if(sides.not_positive, Warning::NotPositive);
    warnings.add_if(sides.links.0 < sides.links.1, Warning::FewerLinks);
    warnings.add_if(interval.is_none(), Warning::NoInterval);
    let (n, m) = (sides.left.len(), sides.right.len());
    let (above, below) = (both.p_towards(-half, 1.0)?, both.p_towards(half, -1.0)?);
    let larger = superiority::unpaired(left, right, options.confidence);
    Some(Effect {
        value: Some(back(value)),
        interval,
        method: if log { "geometric-mean-ar1" } else { "mean-ar1" },
        covers: "blocks",
        test: "ar1",
        p: both.p(0.0),
        p_equivalence: PValue::of_distribution(above.value.max(below.value)),
        superiority: Some(Located { value: larger.value, interval: None }),
        pairs: n + m,
        blocks: n.min(m),
        blocks_expected: n.min(m),
        links: sides.links,
        counts: Some((m, n)),
        reason: None,
        warnings,
        sign: sign(value),
        again: Again::TwoDependent { sides: (sides.left.clone(), sides.right.clone()), log },
        ..Effect::none(kind, margin, String::new())
    })
}
