//! Intervals of a whole family: the same effects once more, at the confidence by which all of them hold at once.

use super::effect::Effect;
use crate::options::{Adjustment, Options};
use crate::stats::dependent::{Dependent, Difference};
use crate::stats::proportions::{self, Share};
use crate::stats::simultaneous::{End, Ends, agreeing, bonferroni, false_coverage};
use crate::stats::t_interval::mean_t;
use crate::stats::{Confidence, Interval, Values, mann_whitney, signed_rank, welch};
use meshbench_schemas::words::{IntervalEnd, Together};

/// What an effect's interval was made of, so that it can be made with another confidence.
#[derive(Debug, Clone, PartialEq)]
pub enum Again {
    /// There is no interval.
    Nothing,
    /// Differences; on logarithms where `log` says so.
    Paired { values: Vec<f64>, log: bool, by_t: bool },
    /// Differences of blocks that may depend on each other.
    Dependent { values: Vec<f64>, log: bool },
    /// The blocks of both sides, which may depend on each other.
    TwoDependent { sides: (Vec<f64>, Vec<f64>), log: bool },
    /// The values of both sides.
    Unpaired { sides: (Vec<f64>, Vec<f64>), log: bool, by_t: bool },
    /// Shares of attempts.
    Shares(Share, Share),
}

impl Again {
    /// The interval of that confidence by the effect's own method. An end is open where these values give none: of few blocks
    /// there is no interval from ranks with a high confidence.
    fn ends(&self, confidence: Confidence) -> Ends {
        let (interval, log) = match self {
            Self::Nothing => (None, false),
            Self::Paired { values, log, by_t } => (paired(values, *by_t, confidence), *log),
            Self::Dependent { values, log } => {
                let found = Values::new(values).ok().and_then(Dependent::new);
                (found.and_then(|found| found.interval(confidence).interval), *log)
            }
            Self::TwoDependent { sides: (left, right), log } => {
                let of = |values: &[f64]| Values::new(values).ok().and_then(Dependent::new);
                let both = of(left).zip(of(right));
                (both.and_then(|(x, y)| Difference { x: &x, y: &y }.interval(confidence).interval), *log)
            }
            Self::Unpaired { sides: (left, right), log, by_t } => (unpaired(left, right, *by_t, confidence), *log),
            Self::Shares(left, right) => {
                (proportions::difference(*left, *right, confidence).map(|found| found.interval), false)
            }
        };
        let back = |value: f64| Some(if log { value.exp() } else { value }).filter(|value| value.is_finite());
        Ends::own(interval.and_then(|i| back(i.low)), interval.and_then(|i| back(i.high)))
    }
}

fn paired(values: &[f64], by_t: bool, confidence: Confidence) -> Option<Interval> {
    let values = Values::new(values).ok()?;
    if by_t { mean_t(values, confidence) } else { signed_rank::hodges_lehmann(values, confidence) }.interval
}

fn unpaired(left: &[f64], right: &[f64], by_t: bool, confidence: Confidence) -> Option<Interval> {
    let (left, right) = (Values::new(left).ok()?, Values::new(right).ok()?);
    if by_t {
        welch::difference(left, right, confidence)?.estimate.interval
    } else {
        mann_whitney::hodges_lehmann_shift(left, right, confidence)?.interval
    }
}

/// An interval that agrees with the adjusted test of its effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Simultaneous {
    pub ends: Ends,
    pub kind: Together,
    /// Of this one interval.
    pub confidence: Option<f64>,
}

impl Simultaneous {
    const NONE: Self = Self { ends: Ends { low: End::Open, high: End::Open }, kind: Together::None, confidence: None };

    /// What the ends are, for the row; `None` where there is no interval.
    pub fn kinds(&self) -> (Option<IntervalEnd>, Option<IntervalEnd>) {
        let of = |end: End| match end {
            _ if self.kind == Self::NONE.kind => None,
            End::Open => Some(IntervalEnd::Open),
            End::Own(_) => Some(IntervalEnd::Own),
            End::Cut(_) => Some(IntervalEnd::Cut),
            End::Stretched(_) => Some(IntervalEnd::Stretched),
        };
        (of(self.ends.low), of(self.ends.high))
    }
}

/// The intervals of a family of effects whose adjusted p are known, in their order.
pub fn simultaneous(effects: &[&Effect], adjusted: &[Option<f64>], options: &Options) -> Vec<Simultaneous> {
    let rejects = |p: &Option<f64>| p.is_some_and(|p| p <= options.alpha());
    let tests = effects.iter().filter(|effect| effect.p.is_some()).count();
    let found = adjusted.iter().filter(|p| rejects(p)).count();
    let (kind, level) = match options.adjustment {
        Adjustment::Holm => (Together::BonferroniHolm, bonferroni(options.confidence, tests)),
        Adjustment::BenjaminiHochberg => {
            (Together::FalseCoverageRate, false_coverage(options.confidence, tests, found))
        }
    };
    let of = |(effect, p): (&&Effect, &Option<f64>)| match (effect.value, level) {
        (Some(value), Ok(level)) if p.is_some() && effect.again != Again::Nothing => {
            let none = effect.kind.nothing();
            // An effect of nothing is on neither side, and cannot be cut to agree.
            if rejects(p) && value == none {
                return Simultaneous::NONE;
            }
            let ends = agreeing(effect.again.ends(level), value, none, rejects(p));
            let kind = if ends == Ends::default() { Together::None } else { kind };
            Simultaneous { ends, kind, confidence: (kind != Together::None).then_some(level.share()) }
        }
        _ => Simultaneous::NONE,
    };
    effects.iter().zip(adjusted).map(of).collect()
}
