//! The Games-Howell comparison of all pairs of means of independent groups, whatever their variances.

use crate::groups::{Groups, Pair, pairs};
use crate::welch_anova::standardised;
use crate::{Confidence, Interval, PValue, studentized_range};
use std::f64::consts::SQRT_2;

/// One pair of groups.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Which two.
    pub pair: Pair,
    /// Mean of the first minus that of the second, in the unit of the values.
    pub difference: f64,
    /// Degrees of freedom after Welch and Satterthwaite.
    pub degrees: f64,
    /// Simultaneous interval of the difference, over all pairs; `None` where an end would overflow.
    pub interval: Option<Interval>,
    /// Already adjusted for all pairs: do not adjust it again.
    pub p: PValue,
}

/// p from the studentized range of k groups at √2·|x̄ᵢ − x̄ⱼ|/√(sᵢ²/nᵢ + sⱼ²/nⱼ) with Welch's degrees of freedom for that
/// pair, and the interval from its quantile (Games and Howell, 1976).
///
/// Assumes independent values and normal groups; slightly liberal for groups of less than about six. In the order of
/// [`pairs`], one for each; `None` for a pair of which one group has a single value or neither has spread, and for
/// more groups than [`studentized_range::sf`] takes.
pub fn games_howell(groups: &Groups<'_>, confidence: Confidence) -> Vec<Option<Comparison>> {
    let count = groups.count();
    let Some((groups, unit)) = standardised(groups) else {
        return Vec::new();
    };
    let compare = |(pair, a, b): (Pair, &crate::summary::Moments, &crate::summary::Moments)| {
        let spread = a.standard_deviation?.max(b.standard_deviation?);
        if spread <= 0.0 {
            return None;
        }
        // Squared standard errors of both means, in units of the larger spread.
        let error = |s: f64, n: usize| (s / spread).powi(2) / n as f64;
        let (va, vb) = (error(a.standard_deviation?, a.count), error(b.standard_deviation?, b.count));
        let share = |v: f64, n: usize| (v / (va + vb)).powi(2) / (n as f64 - 1.0);
        // At least 1 by its formula; rounding is not to take it below.
        let degrees = (1.0 / (share(va, a.count) + share(vb, b.count))).max(1.0);
        let standard_error = (va + vb).sqrt() * spread;
        let moved = a.mean - b.mean;
        let p = PValue::of_distribution(studentized_range::sf(SQRT_2 * moved.abs() / standard_error, count, degrees)?)?;
        let half = studentized_range::quantile(confidence, count, degrees)? / SQRT_2 * standard_error;
        let difference = moved * unit;
        let interval = Interval::around(difference, (moved - half) * unit, (moved + half) * unit, confidence.share());
        difference.is_finite().then_some(Comparison { pair, difference, degrees, interval, p })
    };
    pairs(&groups).map(compare).collect()
}
