//! The few tests that the checks need: tails of discrete distributions, mean and deviation, a t threshold.

use crate::stats::t_interval::t_quantile;

/// ln n! for n up to `most`.
fn ln_factorials(most: u64) -> Vec<f64> {
    let mut sum = 0.0;
    let mut out = vec![0.0];
    for n in 1..=most {
        sum += (n as f64).ln();
        out.push(sum);
    }
    out
}

/// P(X ≤ k) where `draws` are taken without replacement from `all`, of which `good` are good, and X is how many
/// good ones are among them: Fisher's exact test, one-sided (Fisher, 1935). 1 where the numbers contradict.
pub fn hypergeometric_at_most(k: u64, good: u64, draws: u64, all: u64) -> f64 {
    if good > all || draws > all {
        return 1.0;
    }
    let table = ln_factorials(all);
    let ln = |n: u64| table.get(n as usize).copied().unwrap_or(0.0);
    let choose = |n: u64, k: u64| ln(n) - ln(k) - ln(n - k);
    let least = (good + draws).saturating_sub(all);
    let total: f64 = (least..=k.min(good).min(draws))
        .map(|hits| (choose(good, hits) + choose(all - good, draws - hits) - choose(all, draws)).exp())
        .sum();
    total.min(1.0)
}

/// P(X ≤ k) of a binomial variable.
pub fn binomial_at_most(k: u64, n: u64, p: f64) -> f64 {
    if p <= 0.0 || k >= n {
        return 1.0;
    }
    if p >= 1.0 {
        return 0.0;
    }
    // On logarithms, so that (1 − p)ⁿ does not vanish for many trials.
    let mut term = n as f64 * (-p).ln_1p();
    let mut sum = term.exp();
    for index in 0..k {
        term += ((n - index) as f64 / (index + 1) as f64 * p / (1.0 - p)).ln();
        sum += term.exp();
    }
    sum.min(1.0)
}

/// Mean and standard deviation (divisor n − 1; 0 for a single value).
#[derive(Debug, Clone, Copy)]
pub struct Moments {
    pub n: f64,
    pub mean: f64,
    pub deviation: f64,
}

impl Moments {
    /// `None` for no values and where one overflows.
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        if values.is_empty() {
            return None;
        }
        // Sorted, so that the sum does not depend on the order of the input.
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let mean = sorted.iter().sum::<f64>() / n;
        let squares: f64 = sorted.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = if n > 1.0 { (squares / (n - 1.0)).sqrt() } else { 0.0 };
        (mean.is_finite() && deviation.is_finite()).then_some(Self { n, mean, deviation })
    }

    pub fn standard_error(&self) -> f64 {
        self.deviation / self.n.sqrt()
    }
}

/// The median, by the mean of the two middle values; `None` for none.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    if sorted.len() % 2 == 1 { Some(upper) } else { Some((upper + sorted.get(half.checked_sub(1)?)?) / 2.0) }
}

/// Whether an effect this many standard errors from zero has a one-sided p value of at most `p` (t with `degrees`).
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
    fn tails_agree_with_r() {
        // R: phyper(1, 31, 5, 3), phyper(0, 30, 3, 3), pbinom(2, 5, 0.1).
        assert!((hypergeometric_at_most(0, 30, 3, 33) - 1.0 / 5456.0).abs() < 1e-12);
        assert!((hypergeometric_at_most(1, 31, 3, 36) - 0.044_817_927_170_868_3).abs() < 1e-9);
        assert!((binomial_at_most(2, 5, 0.1) - 0.99144).abs() < 1e-12);
        assert_eq!(hypergeometric_at_most(3, 3, 3, 3), 1.0);
        assert_eq!(median(&[3.0, 1.0, 2.0, 10.0]), Some(2.5));
        assert!(t_beyond(2.0, 1.0, 5.0, 0.06) && !t_beyond(2.0, 1.0, 5.0, 0.04));
    }
}
