//! Does one sample tend to be larger, whatever the shapes and spreads?

use crate::midranks::Midranks;
use crate::student::t_tail;
use crate::t_interval::from_standard_error;
use crate::{Confidence, Interval, Located, PValue, Values};

/// The result of the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BrunnerMunzel {
    /// P(X > Y) + ½P(X = Y) and its interval, inside 0 and 1.
    pub superiority: Located,
    /// Distance of that from ½ in standard errors; positive where x tends to be larger. (SciPy and R give it with
    /// the sign turned round.)
    pub statistic: f64,
    /// Degrees of freedom of Student's t.
    pub degrees: f64,
    /// Two-sided p of the hypothesis that neither tends to be larger.
    pub p: PValue,
}

/// Test of P(X > Y) + ½P(X = Y) = ½, and that probability with its interval (Brunner and Munzel, 2000).
///
/// Assumes independent samples; ties, and unequal shapes and spreads, are allowed for. Statistic and degrees of
/// freedom are those of Welch's t on the placements (each value's rank among all less its rank in its own sample);
/// below about 10 a side it rejects somewhat too often. `None` for a single value on a side, and where the placements
/// do not vary, as in samples that do not overlap: there the standard error would be 0, and the permutation tests
/// answer.
pub fn brunner_munzel(x: Values<'_>, y: Values<'_>, confidence: Confidence) -> Option<BrunnerMunzel> {
    let pooled = Midranks::of(&[x.as_slice(), y.as_slice()].concat());
    let (of_x, of_y) = pooled.doubled().split_at_checked(x.count())?;
    let (n, m) = (x.count() as f64, y.count() as f64);
    let (above, of_x) = placements(of_x, x)?;
    let (_, of_y) = placements(of_y, y)?;
    // Placements of x are m times the share of y below, so their variance is m² times that of the share.
    let (part_x, part_y) = (of_x / (n * m * m), of_y / (m * n * n));
    let variance = part_x + part_y;
    if variance <= 0.0 {
        return None;
    }
    let error = variance.sqrt();
    let degrees = variance * variance / (part_x * part_x / (n - 1.0) + part_y * part_y / (m - 1.0));
    let value = above / m;
    let statistic = (value - 0.5) / error;
    let interval = from_standard_error(value, error, degrees, confidence).map(|all| Interval {
        low: all.low.max(0.0),
        high: all.high.min(1.0),
        ..all
    });
    let p = PValue::of_distribution(2.0 * t_tail(statistic.abs(), degrees)?)?;
    Some(BrunnerMunzel { superiority: Located { value, interval }, statistic, degrees, p })
}

/// Mean and variance (divisor n − 1) of a sample's placements; `None` for a single one.
fn placements(pooled: &[usize], own: Values<'_>) -> Option<(f64, f64)> {
    let n = own.count();
    // Doubled ranks: whole numbers, and halves at the end.
    let places: Vec<i64> =
        pooled.iter().zip(Midranks::of(own.as_slice()).doubled()).map(|(all, own)| *all as i64 - *own as i64).collect();
    let total: i64 = places.iter().sum();
    // n times the deviation of each, whole as well.
    let squares: f64 = places.iter().map(|place| (place * n as i64 - total) as f64).map(|d| d * d).sum();
    let n = n as f64;
    (n > 1.0).then(|| (total as f64 / n / 2.0, squares / (4.0 * n * n * (n - 1.0))))
}
