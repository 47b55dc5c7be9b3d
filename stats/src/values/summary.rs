//! Means and standard deviations that do not depend on the order of the values.

use crate::Values;
pub use crate::exact_sum::{ExactSum, sum};

/// Count, mean and spread of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Number of values, at least 1.
    pub count: usize,
    /// Arithmetic mean, in the unit of the values; always between the smallest and the largest value.
    pub mean: f64,
    /// Sample standard deviation (divisor n − 1), in the unit of the values; 0 for equal values, `None`
    /// for a single one, infinite only where it exceeds the largest double.
    pub standard_deviation: Option<f64>,
}

impl Moments {
    /// Those of what may be nothing at all; `None` where it is, and where a value is not finite.
    pub fn of(values: &[f64]) -> Option<Self> {
        Values::new(values).ok().map(moments)
    }

    /// The standard deviation; 0 for a single value, which shows none.
    pub fn deviation(&self) -> f64 {
        self.standard_deviation.unwrap_or(0.0)
    }

    /// Standard error of the mean, s/√n; 0 for a single value.
    pub fn standard_error(&self) -> f64 {
        self.deviation() / (self.count as f64).sqrt()
    }
}

/// A power of two near `magnitude`, by which dividing is exact.
pub(crate) fn power_of_two(magnitude: f64) -> f64 {
    if magnitude > 0.0 && magnitude.is_finite() {
        2f64.powi(magnitude.log2().floor().clamp(-1000.0, 1000.0) as i32)
    } else {
        1.0
    }
}

/// Mean and standard deviation by the corrected two-pass algorithm (Chan, Golub and LeVeque, 1983), with
/// exact sums and scaled by powers of two, so that neither tiny nor huge magnitudes lose digits.
pub fn moments(values: Values<'_>) -> Moments {
    let (low, high) = values.range();
    let count = values.count();
    if low == high {
        return Moments { count, mean: low, standard_deviation: (count > 1).then_some(0.0) };
    }
    let n = count as f64;
    let scale = power_of_two(low.abs().max(high.abs()));
    let centre = sum(values.as_slice().iter().map(|x| x / scale)) / n;
    let mean = (centre * scale).clamp(low, high);
    let deviation = |x: &f64| x / scale - centre;
    let unit = power_of_two(deviation(&low).abs().max(deviation(&high).abs()));
    let scaled = |x: &f64| deviation(x) / unit;
    let squares = sum(values.as_slice().iter().map(|x| scaled(x) * scaled(x)));
    let left_over = sum(values.as_slice().iter().map(scaled));
    let variance = ((squares - left_over * left_over / n) / (n - 1.0)).max(0.0);
    Moments { count, mean, standard_deviation: Some(variance.sqrt() * unit * scale) }
}

/// Arithmetic mean, correctly rounded up to one division.
pub fn mean(values: Values<'_>) -> f64 {
    let (low, high) = values.range();
    if low == high {
        return low;
    }
    let scale = power_of_two(low.abs().max(high.abs()));
    (sum(values.as_slice().iter().map(|x| x / scale)) / values.count() as f64 * scale).clamp(low, high)
}

/// The mean of x − `origin`, which near the mean has the digits that the mean itself rounds away; the mean less
/// the origin where a single difference overflows.
pub fn mean_from(values: Values<'_>, origin: f64) -> f64 {
    let distances: Vec<f64> = values.as_slice().iter().map(|x| x - origin).collect();
    Values::new(&distances).map_or_else(|_| mean(values) - origin, mean)
}

/// Geometric mean exp(mean(ln x)); `None` unless every value is above 0.
pub fn geometric_mean(values: Values<'_>) -> Option<f64> {
    let (low, high) = values.range();
    if low <= 0.0 {
        return None;
    }
    if low == high {
        return Some(low);
    }
    let logs: Vec<f64> = values.as_slice().iter().map(|x| x.ln()).collect();
    let logs = Values::new(&logs).ok()?;
    Some(mean(logs).exp().clamp(low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_moments_has_none() {
        assert_eq!((Moments::of(&[]), Moments::of(&[1.0, f64::NAN])), (None, None));
        assert_eq!(
            Moments::of(&[3.0]).map(|one| (one.mean, one.deviation(), one.standard_error())),
            Some((3.0, 0.0, 0.0))
        );
        assert_eq!(Moments::of(&[1.0, 3.0]).map(|two| two.standard_error()), Some(1.0));
    }

    #[test]
    fn extremes_stay_finite() {
        let huge = [f64::MAX, f64::MAX / 2.0];
        assert!(moments(Values::new(&huge).unwrap()).standard_deviation.unwrap().is_finite());
        let tiny = [5e-324, 1e-323, 1.5e-323];
        assert_eq!(mean(Values::new(&tiny).unwrap()), 1e-323);
    }
}
