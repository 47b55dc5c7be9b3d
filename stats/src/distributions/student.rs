//! Student's t: its tail and its quantiles, at any degrees of freedom.

use statrs::distribution::{Continuous, ContinuousCDF, Normal, StudentsT};

/// Fewer degrees of freedom than this do not occur, and statrs panics on the least of all doubles.
pub const LEAST_DEGREES: f64 = 1e-6;

/// The `probability`-quantile of Student's t with `degrees` of freedom, at least [`LEAST_DEGREES`], which need not
/// be a whole number. `None` where an argument is out of range.
///
/// From statrs' distribution function; its own inverse is far off for few degrees and small tails.
pub fn t_quantile(probability: f64, degrees: f64) -> Option<f64> {
    if !(probability > 0.0 && probability < 1.0 && degrees >= LEAST_DEGREES && degrees.is_finite()) {
        return None;
    }
    if probability == 0.5 {
        return Some(0.0);
    }
    if probability < 0.5 {
        // Work in the upper tail, where `sf` keeps its digits.
        return Some(-upper_quantile(probability, degrees)?);
    }
    upper_quantile(1.0 - probability, degrees)
}

/// From here on statrs' incomplete beta function loses digits, and the expansion around the normal
/// quantile is exact to rounding.
const EXPAND_ABOVE: f64 = 10_000.0;

/// Student's quantile from the normal one (Abramowitz and Stegun, 26.7.5).
fn expanded(z: f64, degrees: f64) -> f64 {
    let z2 = z * z;
    let first = z * (z2 + 1.0) / 4.0;
    let second = z * (3.0 + z2 * (16.0 + z2 * 5.0)) / 96.0;
    let third = z * (-15.0 + z2 * (17.0 + z2 * (19.0 + z2 * 3.0))) / 384.0;
    let fourth = z * (-945.0 + z2 * (-1920.0 + z2 * (1482.0 + z2 * (776.0 + z2 * 79.0)))) / 92160.0;
    z + (first + (second + (third + fourth / degrees) / degrees) / degrees) / degrees
}

/// P(T > t) of Student's t with `degrees` of freedom, at least [`LEAST_DEGREES`], which need not be a whole number;
/// keeps its digits in the upper tail. `None` where an argument is out of range.
pub fn t_tail(t: f64, degrees: f64) -> Option<f64> {
    if t.is_nan() || !(degrees >= LEAST_DEGREES && degrees.is_finite()) {
        return None;
    }
    if degrees <= EXPAND_ABOVE {
        return Some(StudentsT::new(0.0, 1.0, degrees).ok()?.sf(t));
    }
    // Too far out for the expansion, and for a double.
    if t.abs() > 40.0 {
        return Some(if t > 0.0 { 0.0 } else { 1.0 });
    }
    // Where the expansion of the normal z is t: it is nearly straight, so a few steps settle it.
    let z = (0..20).fold(t, |z, _| z - (expanded(z, degrees) - t));
    Some(Normal::standard().sf(z))
}

/// The t > 0 with `tail` above it; `tail` < 1/2. Newton steps for ln P(T > t) as a function of ln t, where
/// heavy tails are straight lines, kept inside a bracket.
fn upper_quantile(tail: f64, degrees: f64) -> Option<f64> {
    if degrees > EXPAND_ABOVE {
        return Some(expanded(-Normal::standard().inverse_cdf(tail), degrees));
    }
    let student = StudentsT::new(0.0, 1.0, degrees).ok()?;
    let (mut low, mut high) = (1e-300f64, 1.0f64);
    while student.sf(high) > tail {
        low = high;
        high *= 8.0;
        if high > 1e150 {
            return None;
        }
    }
    let mut t = (low.max(high / 1e6) * high).sqrt();
    for _ in 0..2000 {
        let above = student.sf(t);
        if above > tail {
            low = t
        } else {
            high = t
        }
        let newton = t * ((above / tail).ln() * above / (student.pdf(t) * t)).exp();
        let next = if newton > low && newton < high { newton } else { low.sqrt() * high.sqrt() };
        let step = (next - t).abs();
        t = next;
        if step <= 4.0 * f64::EPSILON * t || low.next_up() >= high {
            break;
        }
    }
    Some(t)
}

/// Whether an effect this many standard errors from zero has a one-sided p value of at most `p` (t with `degrees`). Where the
/// standard error is zero, any effect above zero has.
pub fn t_beyond(effect: f64, standard_error: f64, degrees: f64, p: f64) -> bool {
    if standard_error == 0.0 {
        return effect > 0.0;
    }
    t_quantile(1.0 - p, degrees).is_some_and(|bound| effect / standard_error >= bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_shares_that_fall_with_t() {
        let ts = [f64::NEG_INFINITY, -1e200, -7.0, -1e-300, 0.0, 1e-9, 1.0, 39.0, 41.0, 1e10, 1e200, f64::INFINITY];
        for degrees in [LEAST_DEGREES, 1e-3, 0.5, 1.0, 9999.9, 1e4, 10_000.1, 1e9, 1e300, f64::MAX] {
            let tails = ts.map(|t| t_tail(t, degrees).unwrap());
            assert!(tails.iter().all(|tail| (0.0..=1.0).contains(tail)), "{degrees}: {tails:?}");
            assert!(tails.is_sorted_by(|a, b| a >= b), "{degrees}: {tails:?}");
        }
        assert_eq!((t_tail(f64::NAN, 1.0), t_tail(1.0, 5e-324), t_tail(1.0, f64::INFINITY)), (None, None, None));
        assert_eq!(t_quantile(0.9, 5e-324), None);
    }

    #[test]
    fn an_effect_without_an_error_is_beyond_all() {
        assert!(t_beyond(2.0, 1.0, 5.0, 0.06) && !t_beyond(2.0, 1.0, 5.0, 0.04));
        assert!(t_beyond(1e-9, 0.0, 1.0, 1e-9) && !t_beyond(0.0, 0.0, 1.0, 0.5));
    }
}
