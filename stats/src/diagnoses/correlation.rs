//! Rank correlation: do two things measured together rise and fall together?

use crate::arrangements;
use crate::midranks::Midranks;
use crate::monte_carlo::{self, shuffle};
use crate::{Computed, Confidence, Interval, PValue, Resampling, Values, tails};
use statrs::distribution::{ContinuousCDF, Normal};

/// A rank correlation coefficient with its test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correlation {
    /// The coefficient, in −1 ..= 1: above 0 where both rise together.
    pub value: f64,
    /// Its interval by Fisher's z; `None` for too few pairs, and where the coefficient is 1 or −1.
    pub interval: Option<Interval>,
    /// Two-sided p of no association.
    pub p: PValue,
}

/// From this many pairs on p comes from the limiting distribution, below it from permutations.
pub const LIMIT_FROM: usize = 100;

/// Two values each of at least two things, in the same order.
#[derive(Debug, Clone, PartialEq)]
pub struct Paired {
    x: Midranks,
    y: Midranks,
}

impl Paired {
    /// Ranks both; `None` where they are not equally many, at least 2, or one has no spread: nothing then says
    /// whether it goes with the other.
    pub fn new(x: Values<'_>, y: Values<'_>) -> Option<Self> {
        let (x_ranks, y_ranks) = (Midranks::new(x), Midranks::new(y));
        (x.count() == y.count() && x_ranks.ties().len() > 1 && y_ranks.ties().len() > 1)
            .then_some(Self { x: x_ranks, y: y_ranks })
    }

    /// Spearman's ρ: Pearson's correlation of the midranks (Spearman, 1904).
    ///
    /// Pairs are independent. p: exact over all orders of y where there are at most 10⁶ of them, drawn as `resampling`
    /// says up to [`LIMIT_FROM`] pairs, from there Student's t with n − 2 degrees of freedom. Interval: Fisher's z with
    /// variance (1 + ρ²/2)/(n − 3) (Bonett and Wright, 2000).
    pub fn spearman(&self, confidence: Confidence, resampling: Resampling) -> Option<Correlation> {
        let (x, y) = self.in_order();
        let product =
            |x: &[i64], y: &[i64]| x.iter().zip(y).map(|(&a, &b)| i128::from(a) * i128::from(b)).sum::<i128>();
        let (xy, xx, yy) = (product(&x, &y), product(&x, &x), product(&y, &y));
        let value = coefficient(xy, xx, yy)?;
        let n = x.len() as f64;
        let p = match permutation(&x, &y, resampling, product)? {
            Some(p) => p,
            None => {
                // 1 − ρ² without cancellation.
                let left = 1.0 - value.abs();
                let t = value * ((n - 2.0) / (left * (1.0 + value.abs()))).sqrt();
                PValue::of_distribution(tails::student_two_sided(t, n - 2.0)?)?
            }
        };
        let interval = by_fisher_z(value, (1.0 + value * value / 2.0) / (n - 3.0), confidence);
        Some(Correlation { value, interval, p })
    }

    /// Kendall's τ-b: (concordant − discordant pairs)/√((pairs untied in x)·(pairs untied in y)) (Kendall, 1945).
    ///
    /// Pairs are independent. p: as for [`Paired::spearman`], from [`LIMIT_FROM`] pairs on the normal distribution with the
    /// variance corrected for ties (Kendall, 1970, 4). Interval: Fisher's z with variance 0.437/(n − 4) (Fieller,
    /// Hartley and Pearson, 1957; Bonett and Wright, 2000), meant for |τ| below about 0.8.
    pub fn kendall(&self, confidence: Confidence, resampling: Resampling) -> Option<Correlation> {
        let (x, y) = self.in_order();
        let balance = concordant_less_discordant(&x, &y);
        let value = coefficient(balance, untied_pairs(&self.x), untied_pairs(&self.y))?;
        let n = x.len() as f64;
        let p = match permutation(&x, &y, resampling, concordant_less_discordant)? {
            Some(p) => p,
            None => {
                let z = balance as f64 / self.kendall_variance().sqrt();
                PValue::of_distribution(tails::normal_two_sided(z))?
            }
        };
        let interval = by_fisher_z(value, 0.437 / (n - 4.0), confidence);
        Some(Correlation { value, interval, p })
    }

    /// Variance of concordant less discordant pairs under the null hypothesis, with ties.
    fn kendall_variance(&self) -> f64 {
        let n = self.x.doubled().len() as f64;
        let sum = |ties: &[usize], term: fn(f64) -> f64| ties.iter().map(|&t| term(t as f64)).sum::<f64>();
        let (tx, ty) = (self.x.ties(), self.y.ties());
        let two = |t: f64| t * (t - 1.0);
        let three = |t: f64| t * (t - 1.0) * (t - 2.0);
        let full = |t: f64| t * (t - 1.0) * (2.0 * t + 5.0);
        (full(n) - sum(tx, full) - sum(ty, full)) / 18.0
            + sum(tx, two) * sum(ty, two) / (2.0 * two(n))
            + sum(tx, three) * sum(ty, three) / (9.0 * three(n))
    }

    /// Centred ranks of both, sorted by x and then y, so that the input's order does not matter.
    fn in_order(&self) -> (Vec<i64>, Vec<i64>) {
        let mut both: Vec<(i64, i64)> = self.x.centred().into_iter().zip(self.y.centred()).collect();
        both.sort_unstable();
        both.into_iter().unzip()
    }
}

/// Pairs of different values.
fn untied_pairs(ranks: &Midranks) -> i128 {
    let pairs = |n: usize| n as i128 * (n as i128 - 1) / 2;
    pairs(ranks.doubled().len()) - ranks.ties().iter().map(|&t| pairs(t)).sum::<i128>()
}

/// Pairs that rise together, less those of which one rises and the other falls.
fn concordant_less_discordant(x: &[i64], y: &[i64]) -> i128 {
    let both: Vec<(&i64, &i64)> = x.iter().zip(y).collect();
    crate::groups::pairs(&both).map(|(_, a, b)| i128::from((a.0 - b.0).signum() * (a.1 - b.1).signum())).sum()
}

/// a/√(b·c), exactly 1 or −1 where it is.
fn coefficient(a: i128, b: i128, c: i128) -> Option<f64> {
    if b <= 0 || c <= 0 {
        return None;
    }
    let value = if b == c { a as f64 / b as f64 } else { a as f64 / ((b as f64).sqrt() * (c as f64).sqrt()) };
    Some(value.clamp(-1.0, 1.0))
}

/// tanh(atanh r ± z·√variance).
fn by_fisher_z(r: f64, variance: f64, confidence: Confidence) -> Option<Interval> {
    if !(variance > 0.0 && variance.is_finite()) || r.abs() >= 1.0 {
        return None;
    }
    let half = Normal::standard().inverse_cdf(confidence.tail()).abs() * variance.sqrt();
    Interval::around(r, (r.atanh() - half).tanh(), (r.atanh() + half).tanh(), confidence.share())
}

/// Share of the orders of y whose statistic is at least as far from 0, exact or drawn; `Some(None)` from
/// [`LIMIT_FROM`] pairs on.
fn permutation(
    x: &[i64],
    y: &[i64],
    resampling: Resampling,
    statistic: impl Fn(&[i64], &[i64]) -> i128 + Sync,
) -> Option<Option<PValue>> {
    let observed = statistic(x, y).abs();
    let mut order = y.to_vec();
    order.sort_unstable();
    let Some(orders) = arrangements::count(&order) else {
        if x.len() >= LIMIT_FROM {
            return Some(None);
        }
        let as_extreme = |order: &mut Vec<i64>, generator: &mut _| {
            shuffle(order, generator);
            statistic(x, order).abs() >= observed
        };
        return Some(Some(monte_carlo::drawn(resampling, || order.clone(), as_extreme)));
    };
    let (mut extreme, mut largest, mut at_largest) = (0u64, -1, 0u64);
    loop {
        let found = statistic(x, &order).abs();
        extreme += u64::from(found >= observed);
        if found > largest {
            (largest, at_largest) = (found, 0);
        }
        at_largest += u64::from(found == largest);
        if !arrangements::advance(&mut order) {
            break;
        }
    }
    let share = |count: u64| count as f64 / orders as f64;
    Some(PValue::new(share(extreme), Computed::Exact, Some(share(at_largest))))
}

/// One-sided p values of a Kendall's τ against a true one other than 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Against {
    /// Of the hypothesis that the true τ is at most that: small where the data lie above.
    pub above: f64,
    /// Of the hypothesis that it is at least that: small where the data lie below.
    pub below: f64,
}

/// Is the τ of so many pairs above or below `at`? z = (atanh τ − atanh at)/√(0.437/(n − 4)) is taken as standard normal
/// (Fieller, Hartley and Pearson, 1957), as for the interval of [`Paired::kendall`].
///
/// Pairs are independent. τ first moves towards the hypothesis by one of its steps, 4/(n(n − 1)): without that the test
/// of "above" rejects up to twice as often as it should below 20 pairs. By simulation of normal pairs with a true τ of
/// 0.3, 0.5 and 0.7 at n = 6 … 30 it then rejects in at most 3.3 % of cases at a nominal 2.5 %, and mostly in fewer. A τ of
/// 1 or −1, which has no z, comes to lie a step inside. `None` below 5 pairs, and unless −1 < at < 1.
pub fn kendall_against(value: f64, pairs: usize, at: f64) -> Option<Against> {
    let n = pairs as f64;
    if pairs < 5 || !(at > -1.0 && at < 1.0) || !(-1.0..=1.0).contains(&value) {
        return None;
    }
    let step = 4.0 / (n * (n - 1.0));
    let z = |value: f64| (value.clamp(step - 1.0, 1.0 - step).atanh() - at.atanh()) / (0.437 / (n - 4.0)).sqrt();
    let beyond = |z: f64| 0.5 * libm::erfc(z / std::f64::consts::SQRT_2);
    Some(Against { above: beyond(z(value - step)), below: beyond(-z(value + step)) })
}

/// The interval of a Kendall's τ of so many pairs that leaves out exactly what [`kendall_against`] rejects to either side:
/// tanh(atanh(τ ∓ a step) ∓ z·√(0.437/(n − 4))).
///
/// It is wider than that of [`Paired::kendall`], which has no correction for τ going in steps, and exists for a τ of 1 and −1
/// as well, where its end is that value. `None` below 5 pairs.
pub fn kendall_interval(value: f64, pairs: usize, confidence: Confidence) -> Option<Interval> {
    if pairs < 5 || !(-1.0..=1.0).contains(&value) {
        return None;
    }
    let n = pairs as f64;
    let step = 4.0 / (n * (n - 1.0));
    let half = Normal::standard().inverse_cdf(confidence.tail()).abs() * (0.437 / (n - 4.0)).sqrt();
    let z = |value: f64| value.clamp(step - 1.0, 1.0 - step).atanh();
    Interval::around(value, (z(value - step) - half).tanh(), (z(value + step) + half).tanh(), confidence.share())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paired(x: &[f64], y: &[f64]) -> Option<Paired> {
        Paired::new(Values::new(x).unwrap(), Values::new(y).unwrap())
    }

    #[test]
    fn rising_and_falling() {
        let x = [1.0, 2.0, 3.0, 4.0, 5.0];
        for (y, sign) in [([2.0, 4.0, 5.0, 7.0, 9.0], 1.0), ([9.0, 7.0, 5.0, 4.0, 2.0], -1.0)] {
            let both = paired(&x, &y).unwrap();
            for found in [
                both.spearman(Confidence::P95, Resampling::default()).unwrap(),
                both.kendall(Confidence::P95, Resampling::default()).unwrap(),
            ] {
                assert_eq!((found.value, found.interval), (sign, None));
                assert_eq!((found.p.value, found.p.smallest), (2.0 / 120.0, Some(2.0 / 120.0)));
            }
        }
        assert!(
            paired(&x, &[1.0; 5]).is_none() && paired(&[1.0], &[1.0]).is_none() && paired(&x, &[1.0, 2.0]).is_none()
        );
    }

    #[test]
    fn against_another_coefficient() {
        // SciPy 1.17.1: norm.sf((arctanh(0.2 - 4/90) - arctanh(0.5)) / sqrt(0.437 / 6)), and norm.cdf with 0.2 + 4/90.
        let found = kendall_against(0.2, 10, 0.5).unwrap();
        assert!(
            (found.above - 0.9270663449312591).abs() < 1e-12 && (found.below - 0.1333019167168425).abs() < 1e-12,
            "{found:?}"
        );
        // Turned around, above is below.
        let turned = kendall_against(-0.2, 10, -0.5).unwrap();
        assert!((turned.below - found.above).abs() < 1e-15 && (turned.above - found.below).abs() < 1e-15);
        let whole = kendall_against(1.0, 10, 0.5).unwrap();
        assert!(whole.above > 0.0 && whole.above < 0.001 && whole.below > 0.999, "{whole:?}");
        for (value, pairs, at) in [(0.2, 4, 0.5), (0.2, 10, 1.0), (f64::NAN, 10, 0.5), (0.2, 10, f64::NAN)] {
            assert!(kendall_against(value, pairs, at).is_none());
        }
    }

    #[test]
    fn the_interval_leaves_out_what_the_test_rejects() {
        for (value, pairs) in [(0.2, 10), (-0.6, 6), (0.9, 30), (0.0, 5)] {
            let found = kendall_interval(value, pairs, Confidence::P95).unwrap();
            assert!((kendall_against(value, pairs, found.low).unwrap().above - 0.025).abs() < 1e-12);
            assert!((kendall_against(value, pairs, found.high).unwrap().below - 0.025).abs() < 1e-12);
        }
        // SciPy 1.17.1: tanh(arctanh(1 - 4/90) - norm.ppf(0.975)*sqrt(0.437/6)).
        let whole = kendall_interval(1.0, 10, Confidence::P95).unwrap();
        assert!(whole.high == 1.0 && (whole.low - KENDALL_OF_ONE).abs() < 1e-12, "{whole:?}");
        let turned = kendall_interval(-1.0, 10, Confidence::P95).unwrap();
        assert!(turned.low == -1.0 && (turned.high + whole.low).abs() < 1e-12);
        assert!(kendall_interval(1.0, 4, Confidence::P95).is_none());
    }

    const KENDALL_OF_ONE: f64 = 0.8771208577927946;
}
