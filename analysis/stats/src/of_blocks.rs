//! The value of a cell from one value a block, with its interval.

use super::order_statistic::median_interval;
use super::t_interval::{Located, geometric_mean_t, mean_t};
use super::{Confidence, Values};

/// From this many blocks on, the median with its exact interval; below, the mean with t. At 95 % six are the least whose
/// extremes enclose the median often enough.
pub const MEDIAN_FROM: usize = 6;

/// The estimator, and where its interval comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Median, order statistics.
    Median,
    /// Mean, Student's t.
    Mean,
    /// Geometric mean, Student's t on logarithms.
    GeometricMean,
}

/// The median with the exact interval of order statistics from [`MEDIAN_FROM`] values on, where there is one; else the mean
/// with t, on logarithms if asked for and if all values are above zero.
///
/// Assumes independent blocks; t rests on normality (on its scale). In the unit of the values. A single value has no interval.
pub fn of_blocks(values: Values<'_>, logarithmic: bool, confidence: Confidence) -> (Located, Method) {
    if values.count() >= MEDIAN_FROM {
        let median = median_interval(values, confidence);
        if median.interval.is_some() {
            return (median, Method::Median);
        }
    }
    let geometric = if logarithmic { geometric_mean_t(values, confidence) } else { None };
    geometric.map_or_else(|| (mean_t(values, confidence), Method::Mean), |mean| (mean, Method::GeometricMean))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_blocks_have_a_median() {
        let of = |values: &[f64], log| of_blocks(Values::new(values).unwrap(), log, Confidence::P95);
        let (median, method) = of(&[5.0, 1.0, 4.0, 2.0, 3.0, 6.0], true);
        assert_eq!((method, median.value), (Method::Median, 3.5));
        assert_eq!(median.interval.map(|i| (i.low, i.high, i.confidence)), Some((1.0, 6.0, 0.96875)));
        assert_eq!(of(&[1.0, 4.0], true).1, Method::GeometricMean);
        assert_eq!((of(&[1.0, 4.0], false).1, of(&[0.0, 4.0], true).1), (Method::Mean, Method::Mean));
        // At 99 % eight are the least.
        let seven = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        assert_eq!(of_blocks(Values::new(&seven).unwrap(), false, Confidence::new(0.99).unwrap()).1, Method::Mean);
    }
}
