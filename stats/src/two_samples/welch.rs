//! Student's t for one sample, Welch's for two.

use crate::student::t_tail;
use crate::summary::{Moments, mean, mean_from, moments};
use crate::t_interval::from_standard_error;
use crate::{Confidence, Interval, Located, PValue, Values};

/// A difference of two means, or a ratio of two geometric means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Welch {
    /// x̄ − ȳ in the unit of the values, or the ratio x to y, a number; with its interval.
    pub estimate: Located,
    /// What the test rests on; `None` for a single value on a side, and where neither sample varies.
    pub test: Option<WelchTest>,
}

/// Welch's test of the hypothesis that two means are equal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WelchTest {
    /// The difference in standard errors.
    pub statistic: f64,
    /// Degrees of freedom (Welch and Satterthwaite).
    pub degrees: f64,
    /// Two-sided p.
    pub p: PValue,
}

/// The standard error of a difference of means, and its degrees of freedom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DifferenceError {
    /// In the unit of the values, above 0.
    pub error: f64,
    /// Above 0, not a whole number in general.
    pub degrees: f64,
}

impl DifferenceError {
    /// √(s²/n + r²/m), and (s²/n + r²/m)² / ((s²/n)²/(n − 1) + (r²/m)²/(m − 1)). `None` for a single value on a
    /// side, where neither sample varies, and where it overflows.
    pub fn of(x: &Moments, y: &Moments) -> Option<Self> {
        let (spread_x, spread_y) = (x.standard_deviation?, y.standard_deviation?);
        // In units of the larger one, so that squares neither vanish nor overflow.
        let unit = spread_x.max(spread_y);
        if unit <= 0.0 || !unit.is_finite() {
            return None;
        }
        let (n, m) = (x.count as f64, y.count as f64);
        let part = |spread: f64, count: f64| (spread / unit) * (spread / unit) / count;
        let (part_x, part_y) = (part(spread_x, n), part(spread_y, m));
        let variance = part_x + part_y;
        let degrees = variance * variance / (part_x * part_x / (n - 1.0) + part_y * part_y / (m - 1.0));
        Some(Self { error: unit * variance.sqrt(), degrees })
    }
}

/// Difference of the means of two populations, its interval and the test that it is 0 (Welch, 1938 and 1947).
///
/// Assumes independent samples of normal populations, of spreads that may differ. Without a standard error (see
/// [`DifferenceError::of`]) there is neither an interval nor a test, only the estimate: a difference without
/// spread claims no certainty. `None` where the difference exceeds the largest double.
pub fn difference(x: Values<'_>, y: Values<'_>, confidence: Confidence) -> Option<Welch> {
    let value = of_means(x, y)?;
    let error = DifferenceError::of(&moments(x), &moments(y));
    let interval = error.and_then(|of| from_standard_error(value, of.error, of.degrees, confidence));
    let test = error.and_then(|DifferenceError { error, degrees }| {
        let statistic = value / error;
        let p = PValue::of_distribution(2.0 * t_tail(statistic.abs(), degrees)?)?;
        Some(WelchTest { statistic, degrees, p })
    });
    Some(Welch { estimate: Located { value, interval }, test })
}

/// x̄ − ȳ, also where both are large and the difference is small.
pub(crate) fn of_means(x: Values<'_>, y: Values<'_>) -> Option<f64> {
    let between = f64::midpoint(mean(x), mean(y));
    Some(mean_from(x, between) - mean_from(y, between)).filter(|difference| difference.is_finite())
}

/// Ratio of the geometric means of two populations, x to y: [`difference`] on logarithms, taken back by exp; the
/// statistic is that on logarithms.
///
/// For lognormal populations the ratio of their medians. `None` unless every value is above 0, and where the ratio
/// exceeds the largest double.
pub fn ratio(x: Values<'_>, y: Values<'_>, confidence: Confidence) -> Option<Welch> {
    if x.range().0 <= 0.0 || y.range().0 <= 0.0 {
        return None;
    }
    let logs = |values: Values<'_>| values.as_slice().iter().map(|v| v.ln()).collect::<Vec<f64>>();
    let (x, y) = (logs(x), logs(y));
    let Welch { estimate, test } = difference(Values::new(&x).ok()?, Values::new(&y).ok()?, confidence)?;
    let value = estimate.value.exp();
    let interval = estimate.interval.and_then(|i| Interval::around(value, i.low.exp(), i.high.exp(), i.confidence));
    value.is_finite().then_some(Welch { estimate: Located { value, interval }, test })
}

/// Two-sided p of the hypothesis that the mean is `null` (Student, 1908).
///
/// Assumes independent values of a normal population. `None` for a single value, for values that do not vary, and
/// for a `null` that is not finite.
pub fn one_sample_t(values: Values<'_>, null: f64) -> Option<PValue> {
    PValue::of_distribution(2.0 * t_tail(one_sample_statistic(values, null)?.abs(), values.count() as f64 - 1.0)?)
}

/// (x̄ − null)/(s/√n); `None` as for [`one_sample_t`].
pub fn one_sample_statistic(values: Values<'_>, null: f64) -> Option<f64> {
    let Moments { count, standard_deviation, .. } = moments(values);
    let spread = standard_deviation.filter(|&spread| spread > 0.0 && spread.is_finite())?;
    let statistic = mean_from(values, null) / spread * (count as f64).sqrt();
    (null.is_finite() && statistic.is_finite()).then_some(statistic)
}
