//! Comparison of two shares of successes.

use crate::{Computed, Confidence, Interval, PValue, wilson::wilson};

/// Successes in a number of trials: at least one trial and at most 2³² − 1, no more successes than trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    successes: u64,
    trials: u64,
}

impl Share {
    /// Takes a count, if it is one.
    pub fn new(successes: u64, trials: u64) -> Option<Self> {
        (trials > 0 && successes <= trials && trials <= u64::from(u32::MAX)).then_some(Self { successes, trials })
    }

    /// The share, in 0 ..= 1.
    pub fn value(self) -> f64 {
        self.successes as f64 / self.trials as f64
    }
}

/// Tables that are by this much more likely than the observed one count as equally likely: their probabilities differ
/// by rounding only.
const SLACK: f64 = 1.0 + 1e-7;

/// Fisher's exact test, two-sided (Fisher, 1935; the two sides after Freeman and Halton, 1951): the probability, with
/// all margins given, of the tables that are at most as likely as the observed one.
///
/// Null hypothesis: both have one probability of success. Trials are independent. Conservative, because few tables
/// can occur: see [`PValue::smallest`]. 1 where nothing or everything succeeded.
pub fn fisher_exact(a: Share, b: Share) -> Option<PValue> {
    let successes = a.successes + b.successes;
    // Weights of the possible numbers of successes of `a`, relative to the likeliest, outwards from it as far as
    // doubles keep their digits: no factorial is needed.
    let low = successes.saturating_sub(b.trials);
    let high = successes.min(a.trials);
    let likeliest = u128::from(a.trials + 1) * u128::from(successes + 1) / u128::from(a.trials + b.trials + 2);
    let likeliest = (likeliest as u64).clamp(low, high);
    // The weight of x + 1 over that of x.
    let ratio = |x: u64| {
        let up = (successes - x) as f64 * (a.trials - x) as f64;
        let down = (x + 1) as f64 * (b.trials + x + 1 - successes) as f64;
        up / down
    };
    let mut weights = vec![(likeliest, 1.0f64)];
    let mut weight = 1.0;
    for x in likeliest..high {
        weight *= ratio(x);
        if weight < f64::MIN_POSITIVE {
            break;
        }
        weights.push((x + 1, weight));
    }
    weight = 1.0;
    for x in (low..likeliest).rev() {
        weight /= ratio(x);
        if weight < f64::MIN_POSITIVE {
            break;
        }
        weights.push((x, weight));
    }
    let weight_of = |wanted: u64| weights.iter().find(|&&(x, _)| x == wanted).map_or(0.0, |&(_, weight)| weight);
    let up_to = |bound: f64| crate::summary::sum(weights.iter().map(|&(_, w)| w).filter(|w| *w <= bound * SLACK));
    let total = up_to(f64::INFINITY);
    let smallest = up_to(weight_of(low).min(weight_of(high))) / total;
    PValue::new(up_to(weight_of(a.successes)) / total, Computed::Exact, Some(smallest))
}

/// Difference of two shares with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Share of the first minus that of the second, in −1 ..= 1.
    pub value: f64,
    /// Its interval.
    pub interval: Interval,
}

/// p̂₁ − p̂₂ with the hybrid score interval (Newcombe, 1998, method 10): from d − √((p̂₁−l₁)² + (u₂−p̂₂)²) to
/// d + √((u₁−p̂₁)² + (p̂₂−l₂)²), with l and u the ends of Wilson's intervals of the two.
///
/// Assumes independent trials with one probability in each; covers near the nominal rate on average.
pub fn difference(a: Share, b: Share, confidence: Confidence) -> Option<Difference> {
    let first = wilson(a.successes, a.trials, confidence)?;
    let second = wilson(b.successes, b.trials, confidence)?;
    let value = a.value() - b.value();
    let low = value - (a.value() - first.low).hypot(second.high - b.value());
    let high = value + (first.high - a.value()).hypot(b.value() - second.low);
    let interval = Interval::around(value, low.max(-1.0), high.min(1.0), confidence.share())?;
    Some(Difference { value, interval })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(successes: u64, trials: u64) -> Share {
        Share::new(successes, trials).unwrap()
    }

    #[test]
    fn three_against_three() {
        let p = fisher_exact(share(3, 3), share(0, 3)).unwrap();
        assert!((p.value - 0.1).abs() < 1e-15 && p.smallest == Some(p.value));
        assert_eq!(fisher_exact(share(3, 3), share(4, 4)).unwrap().value, 1.0);
        assert_eq!((Share::new(0, 0), Share::new(2, 1), Share::new(0, 1 << 32)), (None, None, None));
    }

    #[test]
    fn many_trials_take_no_time_and_keep_their_digits() {
        let most = u64::from(u32::MAX);
        assert_eq!(fisher_exact(share(0, most), share(most, most)).unwrap().value, 0.0);
        assert!((fisher_exact(share(most / 2, most), share(most / 2, most)).unwrap().value - 1.0).abs() < 1e-9);
        let all = difference(share(most, most), share(0, most), Confidence::P95).unwrap();
        assert!(all.value == 1.0 && all.interval.high == 1.0 && all.interval.low > 0.99);
    }
}
