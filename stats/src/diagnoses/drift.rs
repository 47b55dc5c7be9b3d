//! Whether values in the order of time have a trend.

use crate::summary::sum;
use crate::{Computed, Confidence, Interval, Located, PValue, quantile};
use statrs::distribution::{ContinuousCDF, Normal};

/// More values than this are not compared pair by pair; average neighbours before.
pub const MOST_VALUES: usize = 3_000;

/// Up to here, and without ties, the test counts all orders that there are.
pub const EXACT_TO: usize = 50;

/// A trend over time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// The median of the slopes of all pairs, in the unit of the values per unit of time (Theil, 1950; Sen, 1968), and
    /// its interval.
    pub slope: Located,
    /// Kendall's S: pairs that rise with time less those that fall.
    pub s: i64,
    /// Two-sided p of S where values have no order in time (Mann, 1945; Kendall).
    pub p: PValue,
}

/// Theil and Sen's slope and the test of Mann and Kendall, of pairs (time, value) in any order.
///
/// Assumes independent values of one distribution but for the trend, which need not be straight for the test. **Values
/// that are correlated in time, such as seconds within a run, show trends that are none: their p is too small and
/// the interval too short**; average neighbours first, or read it as a diagnosis. The interval is Sen's, from the
/// normal limit of S with ties (as SciPy's `theilslopes`), widened to hold the slope; the p is exact to
/// [`EXACT_TO`] values without ties, and from there on from the normal limit with ties and a continuity
/// correction.
///
/// `None` where a number is not finite, all times are equal, a slope overflows, or there are more than
/// [`MOST_VALUES`].
pub fn drift(points: &[(f64, f64)], confidence: Confidence) -> Option<Drift> {
    if points.len() > MOST_VALUES || points.iter().any(|(time, value)| !time.is_finite() || !value.is_finite()) {
        return None;
    }
    let (mut s, mut slopes) = (0i64, Vec::new());
    for (at, (time, value)) in points.iter().enumerate() {
        for (later, other) in points.iter().skip(at + 1).filter(|(later, _)| later != time) {
            let slope = (other - value) / (later - time);
            if !slope.is_finite() {
                return None;
            }
            slopes.push(slope);
            s += i64::from(slope > 0.0) - i64::from(slope < 0.0);
        }
    }
    slopes.sort_unstable_by(f64::total_cmp);
    let value = quantile::of_sorted(&slopes, 0.5)?;
    let times = ties(points.iter().map(|point| point.0).collect());
    let values = ties(points.iter().map(|point| point.1).collect());
    let untied = times.is_empty() && values.is_empty();
    let exact = untied && points.len() <= EXACT_TO;
    let p = if exact { exact_p(points.len(), s) } else { limit_p(points.len(), s, &times, &values) };
    let interval = sen(&slopes, points.len(), &times, &values, confidence)
        .and_then(|(low, high)| Interval::around(value, low, high, confidence.share()));
    let computed = if exact { Computed::Exact } else { Computed::Distribution };
    let smallest = exact.then(|| exact_p(points.len(), pairs(points.len())));
    Some(Drift { slope: Located { value, interval }, s, p: PValue::new(p, computed, smallest)? })
}

fn pairs(count: usize) -> i64 {
    i64::try_from(count * count.saturating_sub(1) / 2).unwrap_or(i64::MAX)
}

/// Sizes of the groups of equal values, those of one left out.
fn ties(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.chunk_by(|a, b| a == b).map(|group| group.len() as f64).filter(|&size| size > 1.0).collect()
}

/// P(|S| ≥ |s|) over all n! orders: the orders of n with i inversions are those of n − 1 with i, i − 1, …, i − n + 1.
fn exact_p(count: usize, s: i64) -> f64 {
    let mut shares = vec![1.0f64];
    for n in 2..=count {
        let mut next = vec![0.0; shares.len() + n - 1];
        for (at, share) in shares.iter().enumerate() {
            next.iter_mut().skip(at).take(n).for_each(|slot| *slot += share / n as f64);
        }
        shares = next;
    }
    let all = pairs(count);
    let fewest = usize::try_from((all - s.abs()) / 2).unwrap_or_default();
    (2.0 * sum(shares.into_iter().take(fewest + 1))).min(1.0)
}

/// From the normal limit, with the variance of S under ties in both (Kendall, 1970) and a continuity correction.
fn limit_p(count: usize, s: i64, times: &[f64], values: &[f64]) -> f64 {
    let n = count as f64;
    let five = |k: f64| k * (k - 1.0) * (2.0 * k + 5.0);
    let three = |k: f64| k * (k - 1.0) * (k - 2.0);
    let two = |k: f64| k * (k - 1.0);
    let over = |groups: &[f64], f: &dyn Fn(f64) -> f64| sum(groups.iter().map(|&k| f(k)));
    let mut variance = (five(n) - over(times, &five) - over(values, &five)) / 18.0;
    if n > 2.0 {
        variance += over(times, &three) * over(values, &three) / (9.0 * three(n));
        variance += over(times, &two) * over(values, &two) / (2.0 * two(n));
    }
    if variance <= 0.0 {
        return 1.0;
    }
    let z = (s.abs() as f64 - 1.0).max(0.0) / variance.sqrt();
    (2.0 * Normal::standard().sf(z)).min(1.0)
}

/// The slopes between which S would not have been found (Sen, 1968): the ends' ranks in ascending slopes are half of
/// their number ± z·σ/2. `None` where there are too few slopes for it.
fn sen(slopes: &[f64], count: usize, times: &[f64], values: &[f64], confidence: Confidence) -> Option<(f64, f64)> {
    let n = count as f64;
    let five = |k: f64| k * (k - 1.0) * (2.0 * k + 5.0);
    let tied = sum(times.iter().chain(values).map(|&k| five(k)));
    let sigma = ((five(n) - tied) / 18.0).max(0.0).sqrt();
    let z = -Normal::standard().inverse_cdf(confidence.tail());
    let number = slopes.len() as f64;
    let low = ((number - z * sigma) / 2.0).round_ties_even() - 1.0;
    let high = ((number + z * sigma) / 2.0).round_ties_even();
    if low < 0.0 || high > number - 1.0 {
        return None;
    }
    Some((*slopes.get(low as usize)?, *slopes.get(high as usize)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_rise_is_found_exactly() {
        let points: Vec<(f64, f64)> = (0..8).map(|i| (f64::from(i), 3.0 * f64::from(i))).collect();
        let found = drift(&points, Confidence::P95).unwrap();
        assert_eq!((found.slope.value, found.s), (3.0, 28));
        assert!((found.p.value - 2.0 / 40_320.0).abs() < 1e-18);
        assert_eq!(found.p.smallest, Some(found.p.value));
        let reversed: Vec<_> = points.iter().rev().copied().collect();
        assert_eq!(drift(&reversed, Confidence::P95), Some(found));
    }

    #[test]
    fn no_answer_where_there_is_none() {
        for points in [vec![], vec![(1.0, 1.0)], vec![(1.0, 1.0), (1.0, 2.0)], vec![(0.0, f64::NAN), (1.0, 1.0)]] {
            assert_eq!(drift(&points, Confidence::P95), None, "{points:?}");
        }
        assert_eq!(drift(&[(0.0, -1e308), (1e-9, 1e308)], Confidence::P95), None);
        let two = drift(&[(0.0, 1.0), (1.0, 2.0)], Confidence::P95).unwrap();
        assert_eq!((two.slope.value, two.slope.interval, two.p.value), (1.0, None, 1.0));
        let constant: Vec<(f64, f64)> = (0..9).map(|i| (f64::from(i), 2.0)).collect();
        let found = drift(&constant, Confidence::P95).unwrap();
        assert_eq!((found.slope.value, found.p.value), (0.0, 1.0));
    }
}
