//! The studentized range: how far apart the largest and the smallest of several equal means fall by chance.

use crate::Confidence;
use libm::erfc;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Most groups that the quadrature was checked for.
pub const MOST_GROUPS: usize = 300;

/// Ranges beyond this have a smaller probability than any double.
const NEVER: f64 = 70.0;

/// P(Q > q) for Q = (largest − smallest of `groups` independent standard normal variables)/s, where s² is an
/// independent variance estimate with `degrees` of freedom, any real number from 1 on, or infinity (s = 1).
///
/// Both integrals by the trapezoidal rule, whose error falls exponentially in the number of points for smooth
/// integrands that vanish at both ends (Trefethen and Weideman, 2014). They are set up for the tail itself, so that
/// small ones keep their digits: within 10⁻¹¹ of itself of other quadratures (Gauss-Legendre, mpmath). SciPy agrees to
/// 10⁻⁹ in absolute terms; R's ptukey is off by up to 8·10⁻⁴ at 4 degrees of freedom and many groups.
///
/// `None` for less than 2 or more than [`MOST_GROUPS`] groups, less than one degree of freedom, or NaN.
pub fn sf(q: f64, groups: usize, degrees: f64) -> Option<f64> {
    if !(2..=MOST_GROUPS).contains(&groups) || degrees.is_nan() || degrees < 1.0 || q.is_nan() {
        return None;
    }
    if q <= 0.0 {
        return Some(1.0);
    }
    let tail = if degrees.is_infinite() || q > f64::MAX.sqrt() {
        range_tail(q, groups)
    } else {
        studentized_tail(q, groups, degrees)
    };
    Some(tail.clamp(0.0, 1.0))
}

/// P(range > w) of `groups` standard normal variables: k∫φ(z)·(Φ(z)ᵐ − (Φ(z) − Φ(z−w))ᵐ)dz with m = k − 1 and z the
/// largest of them. The difference of powers is written so that nothing cancels.
fn range_tail(w: f64, groups: usize) -> f64 {
    if w > NEVER {
        return 0.0;
    }
    let others = groups as f64 - 1.0;
    let step = 0.25 * fineness(groups);
    // The integrand peaks near w/2 or near the expected maximum, and is never wider than a normal density.
    let reach = (8.5 / step).ceil() as i32;
    let mut total = 0.0;
    for at in -reach..=reach {
        let z = w / 2.0 + f64::from(at) * step;
        let (below, out_of_reach) = (lower(z), lower(z - w));
        if below > 0.0 {
            let all_near = (others * (-(out_of_reach / below).min(1.0)).ln_1p()).exp_m1();
            total -= (-z * z / 2.0).exp() * below.powf(others) * all_near;
        }
    }
    groups as f64 * step * total / (2.0 * PI).sqrt()
}

/// Share of the usual step at which halving it changes nothing but rounding: high powers of Φ are steep, and the range of
/// many variables hardly varies.
fn fineness(groups: usize) -> f64 {
    (10.0 / groups as f64).powf(0.25).min(1.0)
}

/// Φ(z). By libm: statrs' erfc is off by up to 10⁻¹⁰ of itself.
fn lower(z: f64) -> f64 {
    0.5 * erfc(-z * FRAC_1_SQRT_2)
}

/// P(range > q·s) averaged over s = eᵗ, whose density in t is proportional to exp(ν·(t − e²ᵗ/2)). Everything is
/// log-concave in t, so terms rise to one peak and fall.
fn studentized_tail(q: f64, groups: usize, degrees: f64) -> f64 {
    // At most half a standard deviation of t, whose density is never narrower.
    let step = (0.5 / (2.0 * degrees).sqrt()).min(0.1 * fineness(groups));
    let density = |t: f64| (-0.5 * degrees * excess(2.0 * t)).exp();
    let (mut mass, mut tail) = (0.0, 0.0);
    let mut at = 0;
    while density(f64::from(at) * step) > 1e-40 && at < 10_000 {
        at += 1;
    }
    let mut before = 0.0;
    // Left of all that matters terms fall at least as e^(νt): what is left out is this many times the last one.
    let left_out = 1.0 / -(-degrees * step).exp_m1();
    for at in (-100_000..=at).rev() {
        let t = f64::from(at) * step;
        let weight = density(t);
        let range = q * t.exp();
        let term = if weight > 0.0 { weight * range_tail(range, groups) } else { 0.0 };
        mass += weight;
        tail += term;
        let falling = term < before || (term == 0.0 && range < 1.0);
        if t < 0.0 && falling && term * left_out <= 1e-16 * tail && weight * left_out <= 1e-16 {
            break;
        }
        before = term;
    }
    tail / mass
}

/// eˣ − 1 − x, without cancellation near 0.
fn excess(x: f64) -> f64 {
    if x.abs() > 0.5 {
        return x.exp_m1() - x;
    }
    let mut term = x * x / 2.0;
    let mut sum = term;
    for n in 3..20 {
        term *= x / f64::from(n);
        sum += term;
    }
    sum
}

/// The q that Q exceeds with probability 1 − `confidence`. See [`sf`]; `None` where that has no answer, or where q
/// would exceed 10¹⁰⁰.
pub fn quantile(confidence: Confidence, groups: usize, degrees: f64) -> Option<f64> {
    let wanted = (1.0 - confidence.share()).ln();
    // ln P as a function of ln q is smooth and falls: false position with the Illinois modification (Dowell and
    // Jarratt, 1971).
    let above = |x: f64| Some(sf(x.exp(), groups, degrees)?.ln().max(-1e4) - wanted);
    let (mut low, mut high) = (0.0, 1.0);
    let mut at_low = above(low)?;
    while at_low < 0.0 {
        (high, low) = (low, low - 2.0);
        at_low = above(low)?;
    }
    let mut at_high = above(high)?;
    while at_high > 0.0 {
        (low, at_low) = (high, at_high);
        high += 1.0;
        if high > 230.0 {
            return None;
        }
        at_high = above(high)?;
    }
    let mut moved_low = None;
    for _ in 0..200 {
        if high - low <= 1e-14 * high.abs().max(1.0) || at_low == 0.0 {
            break;
        }
        let share = if at_high > -1e3 { at_low / (at_low - at_high) } else { 0.5 };
        let middle = (low + share * (high - low)).clamp(low, high);
        let value = above(middle)?;
        if value.abs() <= 1e-13 {
            return Some(middle.exp());
        }
        if value > 0.0 {
            (low, at_low) = (middle, value);
            at_high /= if moved_low == Some(true) { 2.0 } else { 1.0 };
        } else {
            (high, at_high) = (middle, value);
            at_low /= if moved_low == Some(false) { 2.0 } else { 1.0 };
        }
        moved_low = Some(value > 0.0);
    }
    Some((low + (high - low) / 2.0).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_groups_are_a_t_test() {
        // |t|·√2 is the studentized range of two.
        for (q, degrees) in [(0.5, 1.0), (3.0, 7.5), (12.0, 3.0), (4.0, 1e3)] {
            let student = crate::tails::student_two_sided(q * FRAC_1_SQRT_2, degrees).unwrap();
            let found = sf(q, 2, degrees).unwrap();
            assert!((found - student).abs() <= 1e-10 * student, "{q}, {degrees}: {found:e}, {student:e}");
        }
        let normal = erfc(20.0 / 2.0);
        assert!((sf(20.0, 2, f64::INFINITY).unwrap() - normal).abs() < 1e-11 * normal);
    }

    #[test]
    fn every_argument_has_an_answer_or_none() {
        assert_eq!(
            (sf(1.0, 1, 5.0), sf(1.0, 3, 0.5), sf(f64::NAN, 3, 5.0), sf(1.0, 301, 5.0)),
            (None, None, None, None)
        );
        assert_eq!((sf(-1.0, 3, 5.0), sf(f64::INFINITY, 3, 5.0)), (Some(1.0), Some(0.0)));
        for q in [1e-300, 1e-5, 1.0, 1e5, 1e20, 1e150, 1e300] {
            for degrees in [1.0, 30.0, 1e9, 1e300, f64::INFINITY] {
                assert!(sf(q, 4, degrees).is_some_and(|p| (0.0..=1.0).contains(&p)), "{q} {degrees}");
            }
        }
    }

    #[test]
    fn a_quantile_leaves_what_it_says() {
        for (share, groups, degrees) in [(0.95, 3, 10.0), (0.5, 20, 1.0), (0.999, 5, 2.5), (0.05, 4, f64::INFINITY)] {
            let q = quantile(Confidence::new(share).unwrap(), groups, degrees).unwrap();
            let left = sf(q, groups, degrees).unwrap();
            assert!((left - (1.0 - share)).abs() < 1e-12, "{share} {groups} {degrees}: {left}");
        }
    }
}
