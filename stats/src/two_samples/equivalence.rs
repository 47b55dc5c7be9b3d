//! Is a difference so small that it does not matter? Two one-sided tests.
//!
//! Each takes a margin, `low` < `high`, in the unit of the values, and tests the hypothesis that the true difference
//! is outside it: p is the larger one of the p values of "it is `low` or less" and "it is `high` or more"
//! (Schuirmann, 1987). p ≤ α says equivalent at level α, and is the same as the interval of confidence
//! 1 − 2α lying within the margin. No answer where the margin is empty or not finite.

use crate::signed_rank::greater;
use crate::student::t_tail;
use crate::summary::moments;
use crate::welch::{DifferenceError, of_means, one_sample_statistic};
use crate::{PValue, Values, ties};

/// Whether there is something between two finite ends.
fn is_margin(low: f64, high: f64) -> bool {
    low.is_finite() && high.is_finite() && low < high
}

/// Equivalence of a mean of paired differences to 0, by Student's t.
///
/// Assumes as [`crate::welch::one_sample_t`] does, and has no answer where that has none.
pub fn paired_t(differences: Values<'_>, low: f64, high: f64) -> Option<PValue> {
    if !is_margin(low, high) {
        return None;
    }
    let degrees = differences.count() as f64 - 1.0;
    let above = t_tail(one_sample_statistic(differences, low)?, degrees)?;
    let below = t_tail(-one_sample_statistic(differences, high)?, degrees)?;
    PValue::of_distribution(above.max(below))
}

/// Equivalence of the means of two samples, by Welch's t; the margin is for x̄ − ȳ.
///
/// Assumes as [`crate::welch::difference`] does. `None` where that has no test.
pub fn welch(x: Values<'_>, y: Values<'_>, low: f64, high: f64) -> Option<PValue> {
    if !is_margin(low, high) {
        return None;
    }
    let DifferenceError { error, degrees } = DifferenceError::of(&moments(x), &moments(y))?;
    let difference = of_means(x, y)?;
    let above = t_tail((difference - low) / error, degrees)?;
    let below = t_tail((high - difference) / error, degrees)?;
    PValue::of_distribution(above.max(below))
}

/// Equivalence of the centre of symmetry of paired differences to 0, by exact one-sided signed-rank tests of the
/// differences less each end of the margin.
///
/// Assumes as [`crate::signed_rank::wilcoxon`] does. A difference on an end of the margin speaks for neither
/// side there. `smallest` is 1/2ⁿ: five differences are the least that can have p ≤ 0.05. `None` where a
/// difference less an end overflows.
pub fn signed_rank(differences: Values<'_>, low: f64, high: f64) -> Option<PValue> {
    if !is_margin(low, high) || !differences.as_slice().iter().all(|d| (d - low).is_finite() && (high - d).is_finite())
    {
        return None;
    }
    // Taking an end away rounds: what is on it stays on it, and what is as far to both sides stays a tie.
    let (least, most) = differences.range();
    let within = |end: f64| ties::VALUES * least.abs().max(most.abs()).max(end.abs());
    let beyond = |of: &dyn Fn(f64) -> f64| differences.as_slice().iter().map(|&d| of(d)).collect::<Vec<f64>>();
    let above = greater(ties::tied(beyond(&|d| d - low), within(low)).into_iter());
    let below = greater(ties::tied(beyond(&|d| high - d), within(high)).into_iter());
    let smallest = above.smallest.zip(below.smallest).map(|(a, b)| a.max(b));
    let larger = if above.value >= below.value { above } else { below };
    Some(PValue { smallest, ..larger })
}
