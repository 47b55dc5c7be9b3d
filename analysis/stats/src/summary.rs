//! Sums, means and standard deviations that do not depend on the order of the values.

use super::Values;

/// A running sum without rounding error until it is read: Shewchuk's non-overlapping partials, rounded
/// once to the nearest double.
///
/// The result is a function of the multiset of values, so it is the same for every order and every split
/// over threads. Exact as long as no partial sum overflows.
///
/// Source: J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic", 1997; rounding as in CPython's
/// `math.fsum`.
#[derive(Debug, Clone, Default)]
pub struct ExactSum {
    partials: Vec<f64>,
}

impl ExactSum {
    /// Adds one value.
    pub fn add(&mut self, value: f64) {
        let mut carried = value;
        let mut kept = 0;
        for at in 0..self.partials.len() {
            let Some(&partial) = self.partials.get(at) else {
                break;
            };
            let (large, small) = if carried.abs() < partial.abs() { (partial, carried) } else { (carried, partial) };
            let high = large + small;
            let low = small - (high - large);
            if low != 0.0
                && let Some(slot) = self.partials.get_mut(kept)
            {
                *slot = low;
                kept += 1;
            }
            carried = high;
        }
        self.partials.truncate(kept);
        if carried != 0.0 {
            self.partials.push(carried);
        }
    }

    /// The sum, correctly rounded; not finite where it, or a sum on the way, overflowed.
    pub fn total(&self) -> f64 {
        let mut rest = self.partials.iter().rev().copied();
        let Some(mut high) = rest.next() else {
            return 0.0;
        };
        let mut low = 0.0;
        for partial in rest.by_ref() {
            let before = high;
            high = before + partial;
            low = partial - (high - before);
            if low != 0.0 {
                break;
            }
        }
        // Half-way cases: the next partial says to which side the exact sum lies.
        if let Some(next) = rest.next()
            && ((low < 0.0 && next < 0.0) || (low > 0.0 && next > 0.0))
        {
            let twice = low * 2.0;
            let moved = high + twice;
            if twice == moved - high {
                high = moved;
            }
        }
        high
    }
}

impl Extend<f64> for ExactSum {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, values: I) {
        for value in values {
            self.add(value);
        }
    }
}

/// The sum of some values, correctly rounded. See [`ExactSum`].
pub fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut total = ExactSum::default();
    total.extend(values);
    total.total()
}

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
    fn cancellation_and_order_do_not_matter() {
        let values = [1e100, 1.0, -1e100, 1e-3, 3.0, -1e-3];
        assert_eq!(sum(values), 4.0);
        assert_eq!(sum(values.into_iter().rev()), 4.0);
        assert_eq!(sum([0.1; 10]), 1.0);
        assert_eq!(sum([]), 0.0);
        // Exactly half-way between two doubles, decided by the smallest partial.
        assert_eq!(sum([1.0, f64::EPSILON / 2.0, 1e-300]), 1.0 + f64::EPSILON);
    }

    #[test]
    fn extremes_stay_finite() {
        let huge = [f64::MAX, f64::MAX / 2.0];
        assert!(moments(Values::new(&huge).unwrap()).standard_deviation.unwrap().is_finite());
        let tiny = [5e-324, 1e-323, 1.5e-323];
        assert_eq!(mean(Values::new(&tiny).unwrap()), 1e-323);
    }
}
