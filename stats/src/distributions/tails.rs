//! Upper tails of the distributions that the tests refer to.

use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::{beta, gamma};

/// P(X > x) for a chi-square variable with `degrees` of freedom; `None` for no degrees or NaN.
pub(crate) fn chi_square(x: f64, degrees: usize) -> Option<f64> {
    if degrees == 0 || x.is_nan() {
        return None;
    }
    if x <= 0.0 {
        return Some(1.0);
    }
    if x.is_infinite() {
        return Some(0.0);
    }
    gamma::checked_gamma_ur(degrees as f64 / 2.0, x / 2.0).ok().filter(|p| !p.is_nan())
}

/// P(X > x) for Fisher's F with `above` and `below` degrees of freedom; `None` unless both are above 0.
///
/// The regularised incomplete beta function at d₂/(d₂ + d₁x), which keeps the digits of a small tail; statrs'
/// own survival function takes 1 − d₁x/(d₁x + d₂).
pub(crate) fn f(x: f64, above: f64, below: f64) -> Option<f64> {
    if !(above > 0.0 && below > 0.0 && above.is_finite() && below.is_finite()) || x.is_nan() {
        return None;
    }
    if x <= 0.0 {
        return Some(1.0);
    }
    let share = 1.0 / (1.0 + above / below * x);
    if share <= 0.0 {
        return Some(0.0);
    }
    beta::checked_beta_reg(below / 2.0, above / 2.0, share).ok().filter(|p| !p.is_nan())
}

/// P(|Z| > |z|) for a standard normal variable. By libm: statrs' erfc is off by up to 10⁻¹⁰ of itself.
pub(crate) fn normal_two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// P(|T| > |t|) for Student's t with `degrees` > 0 of freedom; `None` otherwise.
pub(crate) fn student_two_sided(t: f64, degrees: f64) -> Option<f64> {
    if t.is_nan() {
        return None;
    }
    Some(2.0 * StudentsT::new(0.0, 1.0, degrees).ok()?.sf(t.abs())).filter(|p| !p.is_nan())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_and_bad_degrees() {
        assert_eq!(
            (chi_square(-1.0, 2), chi_square(f64::INFINITY, 2), chi_square(1.0, 0)),
            (Some(1.0), Some(0.0), None)
        );
        assert_eq!((f(0.0, 1.0, 1.0), f(f64::INFINITY, 1.0, 1.0), f(1.0, 0.0, 1.0)), (Some(1.0), Some(0.0), None));
        assert_eq!(
            (f(f64::NAN, 1.0, 1.0), student_two_sided(f64::NAN, 1.0), student_two_sided(1.0, 0.0)),
            (None, None, None)
        );
        assert_eq!(normal_two_sided(0.0), 1.0);
    }
}
