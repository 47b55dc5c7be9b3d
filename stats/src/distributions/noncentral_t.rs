//! Student's noncentral t, which the power of a t test follows.

use statrs::distribution::{ContinuousCDF, Normal};

/// Beyond this weight (of 1 at the top, as a logarithm) the rest is far below the smallest probability of use.
const CUT: f64 = -80.0;

/// Φ is 0 or 1 from here on, to far below rounding.
const CERTAIN: f64 = 40.0;

/// Steps of the integral at most, each way: reached by no degrees and noncentrality that are of use.
const STEPS: i32 = 2_000_000;

/// P(T ≤ t) for T = (Z + δ)/√(V/ν), Z standard normal, V chi-squared with ν = `degrees` of freedom, δ =
/// `noncentrality`. `None` where the degrees are not above 0 or a number is not finite.
///
/// The expectation of Φ(t·s − δ) over s = √(V/ν), by the trapezoidal rule in ln s: for integrands that are analytic
/// and fall off at both ends its error shrinks exponentially with the step (Trefethen and Weideman, 2014), and one
/// rule serves all δ and ν, which series in δ²/2 (Lenth, 1989) do not.
pub fn below(t: f64, degrees: f64, noncentrality: f64) -> Option<f64> {
    expectation(t, degrees, noncentrality, |z| Normal::standard().cdf(z))
}

/// P(T > t), with its digits where it is small; see [`below`].
pub fn above(t: f64, degrees: f64, noncentrality: f64) -> Option<f64> {
    expectation(t, degrees, noncentrality, |z| Normal::standard().sf(z))
}

fn expectation(t: f64, degrees: f64, noncentrality: f64, tail: impl Fn(f64) -> f64) -> Option<f64> {
    if !(degrees > 0.0 && degrees.is_finite() && t.is_finite() && noncentrality.is_finite()) {
        return None;
    }
    // Density of ln s without its constant: ν·(x − (e²ˣ − 1)/2), 0 at its top x = 0.
    let weight = |x: f64| degrees * (x - (2.0 * x).exp_m1() / 2.0);
    // Where Φ is 0 or 1 all over the support, there is nothing to add up.
    let end = |direction: f64| {
        let mut x = direction * (0.5 / degrees).sqrt();
        while weight(x) >= CUT {
            x *= 2.0;
        }
        t * x.exp() - noncentrality
    };
    let (left, right) = (end(-1.0), end(1.0));
    if left.min(right) > CERTAIN || left.max(right) < -CERTAIN {
        return Some(tail(left.clamp(-CERTAIN, CERTAIN)));
    }
    // A third of the width of either factor: of the weight 1/√(2ν), of the tail's step 1/|δ|.
    let step = (0.5 / degrees).sqrt().min(1.0 / (2.0 + noncentrality.abs())).min(0.2) / 3.0;
    let (mut total, mut mass) = (0.0, 0.0);
    for direction in [-1.0, 1.0] {
        for i in i32::from(direction > 0.0).. {
            let x = direction * step * f64::from(i);
            let log = weight(x);
            if log < CUT {
                break;
            }
            if i > STEPS {
                return None;
            }
            let weight = log.exp();
            mass += weight;
            total += weight * tail(t * x.exp() - noncentrality);
        }
    }
    // Dividing by the weights' own sum spares the constant, which loses digits for many degrees.
    Some((total / mass).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::StudentsT;

    #[test]
    fn without_noncentrality_it_is_students() {
        for degrees in [0.7, 1.0, 5.0, 29.0, 400.0] {
            for t in [-3.0, 0.0, 0.4, 12.0] {
                let student = StudentsT::new(0.0, 1.0, degrees).unwrap();
                assert!((below(t, degrees, 0.0).unwrap() / student.cdf(t) - 1.0).abs() < 1e-10, "{t}, {degrees}");
                assert!((above(t, degrees, 0.0).unwrap() / student.sf(t) - 1.0).abs() < 1e-10, "{t}, {degrees}");
            }
        }
    }

    #[test]
    fn no_answer_where_there_is_none() {
        assert_eq!(
            (below(f64::NAN, 3.0, 0.0), below(0.0, 0.0, 0.0), below(0.0, 1.0, f64::INFINITY)),
            (None, None, None)
        );
        assert_eq!((below(4.0, 3.0, 1e12), above(4.0, 3.0, 1e12)), (Some(0.0), Some(1.0)));
        assert_eq!(below(1e12, 3.0, 1e12), None);
    }
}
