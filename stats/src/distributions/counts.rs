//! Lower tails of counts: of successes in trials, and of good ones among those drawn.

use statrs::distribution::{Binomial, DiscreteCDF, Hypergeometric};

/// P(X ≤ k) of successes in `n` trials of probability `p` each; for a `p` outside 0 to 1 as for the nearer end.
pub fn binomial_at_most(k: u64, n: u64, p: f64) -> f64 {
    Binomial::new(p.clamp(0.0, 1.0), n).map_or(1.0, |binomial| binomial.cdf(k).clamp(0.0, 1.0))
}

/// P(X ≤ k) where `draws` are taken without replacement from `all`, of which `good` are good, and X is how many
/// good ones are among them: Fisher's exact test, one-sided (Fisher, 1935). 1 where the numbers contradict.
pub fn hypergeometric_at_most(k: u64, good: u64, draws: u64, all: u64) -> f64 {
    Hypergeometric::new(all, good, draws).map_or(1.0, |drawn| drawn.cdf(k).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_agree_with_r() {
        // R: phyper(1, 31, 5, 3), phyper(0, 30, 3, 3), pbinom(2, 5, 0.1), pbinom(9, 19, 0.5), pbinom(0, 20, 0.5).
        assert!((hypergeometric_at_most(0, 30, 3, 33) - 1.0 / 5456.0).abs() < 1e-12);
        assert!((hypergeometric_at_most(1, 31, 3, 36) - 0.044_817_927_170_868_3).abs() < 1e-9);
        assert!((binomial_at_most(2, 5, 0.1) - 0.99144).abs() < 1e-12);
        assert!((binomial_at_most(9, 19, 0.5) - 0.5).abs() < 1e-12);
        assert!((binomial_at_most(0, 20, 0.5) - 0.5f64.powi(20)).abs() < 1e-15);
    }

    #[test]
    fn ends_and_contradictions() {
        assert_eq!(
            [(5, 5, 0.1), (0, 5, 0.0), (4, 5, 1.0), (5, 5, 1.0)].map(|(k, n, p)| binomial_at_most(k, n, p)),
            [1.0, 1.0, 0.0, 1.0]
        );
        assert_eq!(
            (binomial_at_most(0, 0, 0.5), binomial_at_most(2, 3, -1.0), binomial_at_most(2, 3, 2.0)),
            (1.0, 1.0, 0.0)
        );
        assert_eq!(binomial_at_most(2, 3, f64::NAN), 1.0);
        // Many trials: (1 − p)ⁿ does not vanish before its time.
        assert!((binomial_at_most(0, 1_000_000, 1e-6) - (-1.0f64).exp()).abs() < 1e-6);
        assert_eq!((hypergeometric_at_most(3, 3, 3, 3), hypergeometric_at_most(0, 4, 3, 3)), (1.0, 1.0));
    }
}
