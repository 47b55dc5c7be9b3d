//! Mean with Student's t interval, as it is or on logarithms.

use crate::student::t_quantile;
use crate::summary::{geometric_mean, moments};
use crate::{Confidence, Interval, Values};

/// A location estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Located {
    /// The estimate, in the unit of the values.
    pub value: f64,
    /// Its interval; `None` where the values are too few for one, and where an end would overflow.
    pub interval: Option<Interval>,
}

/// value ± t·`standard_error`, with the quantile of Student's t at `degrees` of freedom. `None` where
/// the degrees are not above 0 or an end overflows.
pub fn from_standard_error(value: f64, standard_error: f64, degrees: f64, confidence: Confidence) -> Option<Interval> {
    let half = if standard_error == 0.0 { 0.0 } else { t_quantile(1.0 - confidence.tail(), degrees)? * standard_error };
    Interval::around(value, value - half, value + half, confidence.share())
}

/// Arithmetic mean of the population and its interval: x̄ ± t₍n₋₁₎·s/√n (Student, 1908).
///
/// Assumes independent values; the stated confidence rests on their being normal, the more so the fewer
/// there are (lognormal with σ = 1, n = 5: about 82-92 % instead of 95 %). One value has no interval;
/// equal values have one of zero width, which is no claim of certainty.
pub fn mean_t(values: Values<'_>, confidence: Confidence) -> Located {
    let moments = moments(values);
    let n = moments.count as f64;
    let interval = moments
        .standard_deviation
        .and_then(|deviation| from_standard_error(moments.mean, deviation / n.sqrt(), n - 1.0, confidence));
    Located { value: moments.mean, interval }
}

/// Geometric mean exp(mean(ln x)) and its interval, the t interval on logarithms taken back by exp.
///
/// The estimand is the geometric mean, which for a lognormal population is its median, not its mean.
/// Assumes independent values whose logarithms are normal. `None` unless every value is above 0.
pub fn geometric_mean_t(values: Values<'_>, confidence: Confidence) -> Option<Located> {
    let value = geometric_mean(values)?;
    let (low, high) = values.range();
    if low == high {
        let interval =
            if values.count() > 1 { Interval::around(value, value, value, confidence.share()) } else { None };
        return Some(Located { value, interval });
    }
    let logs: Vec<f64> = values.as_slice().iter().map(|x| x.ln()).collect();
    let on_logs = mean_t(Values::new(&logs).ok()?, confidence);
    let interval = on_logs
        .interval
        .and_then(|interval| Interval::around(value, interval.low.exp(), interval.high.exp(), confidence.share()));
    Some(Located { value, interval })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_no_interval_and_equal_ones_a_degenerate_one() {
        let one = mean_t(Values::new(&[3.0]).unwrap(), Confidence::P95);
        assert_eq!((one.value, one.interval), (3.0, None));
        let equal = geometric_mean_t(Values::new(&[0.1; 7]).unwrap(), Confidence::P95).unwrap();
        assert_eq!(equal.value, 0.1);
        assert_eq!(equal.interval.map(|i| (i.low, i.high)), Some((0.1, 0.1)));
        assert!(geometric_mean_t(Values::new(&[1.0, 0.0]).unwrap(), Confidence::P95).is_none());
    }

    #[test]
    fn overflow_gives_no_interval() {
        let wild = geometric_mean_t(Values::new(&[1e-300, 1e300]).unwrap(), Confidence::P95).unwrap();
        assert!(wild.value.is_finite() && wild.interval.is_none());
    }
}
