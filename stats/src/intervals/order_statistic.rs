//! Median with an exact interval made of two order statistics.

use crate::quantile::of_sorted;
use crate::t_interval::Located;
use crate::{Confidence, Interval, Values};
use statrs::distribution::{Binomial, DiscreteCDF};

/// Up to here 2⁻ⁿ is a normal double, and the coverage is added up term by term without rounding of note.
const TERM_BY_TERM: u64 = 1000;

/// P(Binomial(n, ½) ≤ k).
fn lower_tail(n: u64, k: u64) -> Option<f64> {
    if n > TERM_BY_TERM {
        return Some(Binomial::new(0.5, n).ok()?.cdf(k));
    }
    let mut term = 0.5f64.powi(i32::try_from(n).ok()?);
    let mut total = term;
    for i in 0..k.min(n) {
        term *= (n - i) as f64 / (i + 1) as f64;
        total += term;
    }
    Some(total.min(1.0))
}

/// The rank r, from 1, such that [x₍r₎, x₍n+1−r₎] is the narrowest symmetric pair of order statistics that
/// covers the median with at least the confidence asked for, and the confidence that it has:
/// 1 − 2·P(Binomial(n, ½) ≤ r − 1). `None` where even the extremes do not reach it: at 95 % below n = 6.
pub fn ranks(count: usize, confidence: Confidence) -> Option<(usize, f64)> {
    let n = u64::try_from(count).ok()?;
    let coverage = |rank: u64| Some(1.0 - 2.0 * lower_tail(n, rank.checked_sub(1)?)?);
    let enough = |rank: u64| coverage(rank).is_some_and(|reached| reached >= confidence.share());
    if n < 2 || !enough(1) {
        return None;
    }
    // Coverage falls with the rank, so the largest rank that is enough can be bisected.
    let (mut good, mut bad) = (1, n / 2 + 1);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if enough(middle) { good = middle } else { bad = middle }
    }
    Some((usize::try_from(good).ok()?, coverage(good)?))
}

/// Median of the population, and its exact interval from order statistics.
///
/// Assumes independent values of one continuous distribution, and nothing about its shape; with ties the
/// confidence is at least the stated one. Source: Conover, "Practical Nonparametric Statistics", 3rd ed.,
/// 3.2 (the sign test turned around); the estimate is the sample median (mean of the middle two). The
/// interval carries the confidence that it really has. It is `None` below 6 values at 95 %.
pub fn median_interval(values: Values<'_>, confidence: Confidence) -> Located {
    let sorted = values.sorted();
    let value = of_sorted(&sorted, 0.5).unwrap_or_else(|| values.range().0);
    let interval = ranks(sorted.len(), confidence).and_then(|(rank, reached)| {
        let low = *sorted.get(rank.checked_sub(1)?)?;
        let high = *sorted.get(sorted.len().checked_sub(rank)?)?;
        Interval::around(value, low, high, reached)
    });
    Located { value, interval }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_is_the_least_at_95_percent() {
        assert_eq!(ranks(5, Confidence::P95), None);
        assert_eq!(ranks(6, Confidence::P95), Some((1, 0.96875)));
        assert_eq!(ranks(8, Confidence::P95), Some((1, 1.0 - 2.0 / 256.0)));
        assert_eq!(ranks(9, Confidence::P95).map(|(rank, _)| rank), Some(2));
        assert_eq!(ranks(1, Confidence::new(0.01).unwrap()), None);
    }

    #[test]
    fn the_two_ways_to_add_up_agree() {
        for k in [400, 470, 500] {
            let exact = lower_tail(1000, k).unwrap();
            let library = Binomial::new(0.5, 1000).unwrap().cdf(k);
            assert!((exact / library - 1.0).abs() < 1e-10, "{k}: {exact} {library}");
        }
    }
}
