//! Intervals for a share of successes.

use crate::{Confidence, Interval};
use statrs::distribution::{Beta, ContinuousCDF, Normal};

/// The probability of success that gave `successes` in `trials`, by the score interval (Wilson, 1927):
/// (p̂ + z²/2n ± z·√(p̂(1−p̂)/n + z²/4n²)) / (1 + z²/n).
///
/// Assumes independent trials with one probability. Its coverage is near the nominal one on average over
/// p, and may be below it for some p; [`clopper_pearson`] never is. The observed share lies always inside.
/// `None` for no trials, or more successes than trials.
pub fn wilson(successes: u64, trials: u64, confidence: Confidence) -> Option<Interval> {
    if trials == 0 || successes > trials {
        return None;
    }
    let n = trials as f64;
    score_interval(successes as f64 / n, n, confidence)
}

/// The same of a share of `n` > 0 trials, of which some may have counted half.
pub(crate) fn score_interval(share: f64, n: f64, confidence: Confidence) -> Option<Interval> {
    let z = Normal::standard().inverse_cdf(confidence.tail()).abs();
    let z2 = z * z;
    let centre = share + z2 / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    let low = if share == 0.0 { 0.0 } else { ((centre - half) / scale).max(0.0) };
    let high = if share == 1.0 { 1.0 } else { ((centre + half) / scale).min(1.0) };
    Interval::around(share, low, high, confidence.share())
}

/// The same by inverting the exact binomial test (Clopper and Pearson, 1934): quantiles of Beta(k, n−k+1)
/// and Beta(k+1, n−k). Covers with at least the nominal confidence whatever p is, and is therefore wider.
/// `None` as for [`wilson`].
pub fn clopper_pearson(successes: u64, trials: u64, confidence: Confidence) -> Option<Interval> {
    if trials == 0 || successes > trials {
        return None;
    }
    let (k, n) = (successes as f64, trials as f64);
    let low = if successes == 0 { 0.0 } else { beta_quantile(k, n - k + 1.0, confidence.tail())? };
    // The upper tail by symmetry, so that both ends keep their digits near 0 and 1.
    let high = if successes == trials { 1.0 } else { 1.0 - beta_quantile(n - k, k + 1.0, confidence.tail())? };
    Interval::around(k / n, low, high, confidence.share())
}

/// The x with Beta(a, b) below it of `probability`: bisection on statrs' distribution function, down to
/// neighbouring doubles, because its own inverse stops early.
fn beta_quantile(a: f64, b: f64, probability: f64) -> Option<f64> {
    let beta = Beta::new(a, b).ok()?;
    let (mut low, mut high) = (0.0f64, 1.0f64);
    // Halving the exponent first finds tiny quantiles in few steps; 1100 covers the whole range of doubles.
    for _ in 0..1100 {
        let middle = if low == 0.0 && high < 1e-3 { high * 1e-3 } else { low + (high - low) / 2.0 };
        if middle <= low || middle >= high {
            break;
        }
        if beta.cdf(middle) < probability { low = middle } else { high = middle }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_everything() {
        assert_eq!(wilson(0, 0, Confidence::P95), None);
        assert_eq!(clopper_pearson(4, 3, Confidence::P95), None);
        for interval in [wilson(0, 3, Confidence::P95), clopper_pearson(0, 3, Confidence::P95)] {
            assert!(interval.is_some_and(|i| i.low == 0.0 && i.high > 0.5 && i.high < 1.0));
        }
        assert_eq!(wilson(3, 3, Confidence::P95).map(|i| i.high), Some(1.0));
    }
}
