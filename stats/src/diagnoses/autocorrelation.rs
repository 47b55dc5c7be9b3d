//! How much neighbouring samples say the same.

use crate::Values;
use crate::exact_sum::sum_of_series;
use crate::summary::{Moments, moments};

/// Fewer samples than this have no autocorrelation worth the name.
pub const LEAST_SAMPLES: usize = 4;

/// Autocorrelation at lag 1 of samples in the order of time:
/// r = Σ(xᵢ − x̄)(xᵢ₊₁ − x̄) / Σ(xᵢ − x̄)², the usual biased estimator (Box, Jenkins and Reinsel, 2.1.5).
///
/// Assumes a stationary series at a steady pace; a drift over the run looks like correlation, and is meant
/// to count as such. In a ratio, always inside −1 and 1. `None` below [`LEAST_SAMPLES`] and for constant
/// samples.
pub fn lag1(values: Values<'_>) -> Option<f64> {
    lag1_about(values, &moments(values))
}

/// The same with the moments of these very values, where the caller has them already.
pub fn lag1_about(values: Values<'_>, moments: &Moments) -> Option<f64> {
    let spread = moments.standard_deviation?;
    if values.count() < LEAST_SAMPLES || spread == 0.0 || !spread.is_finite() {
        return None;
    }
    let all = values.as_slice();
    // In units of the spread, so that products neither vanish nor overflow, and the sum of squares is n − 1;
    // twice centred, because the mean of values far from zero is itself rounded.
    let rough = |x: &f64| (x - moments.mean) / spread;
    let rest = sum_of_series(all.iter().map(rough)) / values.count() as f64;
    let deviation = |x: &f64| rough(x) - rest;
    let products = sum_of_series(all.iter().zip(all.iter().skip(1)).map(|(x, next)| deviation(x) * deviation(next)));
    let r = products / (values.count() as f64 - 1.0);
    r.is_finite().then(|| r.clamp(-1.0, 1.0))
}

/// The number of independent samples whose mean is as uncertain as that of `count` correlated ones:
/// n·(1 − r)/(1 + r), kept within 1 and n.
///
/// Exact in the long run for a first-order autoregressive series with coefficient r (Zwiers and von
/// Storch, 1995). Negative correlation would give more than n; that is not claimed.
pub fn effective_count(count: usize, lag1: f64) -> f64 {
    let n = count as f64;
    let worth = n * (1.0 - lag1) / (1.0 + lag1);
    if worth.is_nan() { n } else { worth.clamp(1.0, n.max(1.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_where_there_is_none() {
        assert_eq!(lag1(Values::new(&[1.0, 2.0, 3.0]).unwrap()), None);
        assert_eq!(lag1(Values::new(&[0.1; 9]).unwrap()), None);
        assert!(lag1(Values::new(&[1e300, -1e300, 1e300, -1e300]).unwrap()).unwrap() < 0.0);
    }

    #[test]
    fn effective_counts_stay_within_bounds() {
        assert_eq!(effective_count(30, 0.5), 10.0);
        assert_eq!(effective_count(30, -0.5), 30.0);
        assert_eq!(effective_count(30, -1.0), 30.0);
        assert_eq!(effective_count(30, 1.0), 1.0);
        assert_eq!(effective_count(3, 0.9), 1.0);
    }
}
