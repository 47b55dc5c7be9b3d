//! Mann and Whitney's test and the shift that belongs to it.

use crate::midranks::Midranks;
use crate::pairwise::Pairs;
use crate::random::Resampling;
use crate::rank_sums::{cut, largest_sum, of_size};
use crate::signed_rank::normal_depth;
use crate::t_interval::Located;
use crate::{Computed, Confidence, Interval, PValue, Values, monte_carlo, permutation};
use statrs::distribution::{ContinuousCDF, Normal};

/// Up to so many additions the distribution is counted out: about 60 against 60 without ties, 50 with.
pub const EXACT_UP_TO: usize = 40_000_000;

/// From so many on both sides on, the normal distribution stands in for one that would take too long.
pub const NORMAL_FROM: usize = 50;

/// Two-sided p of the hypothesis that both samples come from one distribution; statistic: the distance of the rank
/// sum from its mean (Wilcoxon, 1945; Mann and Whitney, 1947).
///
/// Assumes independent samples. Rejecting says that one tends to be larger, not that the medians differ.
/// Equal values (the same double) share their mean rank, and the distribution counted is that of these very ranks.
/// Beyond [`EXACT_UP_TO`] the normal distribution with corrections for ties and continuity where both samples have
/// [`NORMAL_FROM`] values, drawn otherwise. `smallest`, for a distribution that was counted, is the p of its most
/// extreme rank sums: 2/C(n + m, n) without ties. All values equal: p = 1.
pub fn mann_whitney(x: Values<'_>, y: Values<'_>, resampling: Resampling) -> PValue {
    let ranks = RankSum::of(x.as_slice(), y.as_slice());
    let (all, few) = (ranks.scores.len(), ranks.few);
    let largest = largest_sum(&ranks.scores, few);
    if largest == 0 {
        return PValue { value: 1.0, computed: Computed::Exact, smallest: Some(1.0) };
    }
    let steps = all.saturating_mul(few).saturating_mul(largest);
    if steps <= EXACT_UP_TO {
        return ranks.exact();
    }
    if few >= NORMAL_FROM {
        return ranks.normal();
    }
    // Whole numbers all of them, so that half a step separates what is as extreme from what is not.
    let deviations: Vec<f64> = ranks.scores.iter().map(|&s| s as f64 * all as f64 - ranks.total as f64).collect();
    let extreme = permutation::drawn(&deviations, few, ranks.distance(ranks.sum) as f64 - 0.5, resampling);
    monte_carlo::p_value(extreme, resampling, 0.0)
}

/// The rank sum of the smaller sample.
struct RankSum {
    /// Ranks of all values from 0, doubled where there are ties.
    scores: Vec<usize>,
    /// The sum of all scores.
    total: usize,
    /// Size of the smaller sample.
    few: usize,
    /// The sum of its scores.
    sum: usize,
    /// Σ(t³ − t) over ties.
    ties: f64,
    /// How many times the ranks the scores are.
    unit: usize,
}

impl RankSum {
    fn of(x: &[f64], y: &[f64]) -> Self {
        let (smaller, larger) = if x.len() <= y.len() { (x, y) } else { (y, x) };
        let ranks = Midranks::of(&[smaller, larger].concat());
        let least = ranks.doubled().iter().copied().min().unwrap_or_default();
        let unit = if ranks.doubled().iter().all(|rank| (rank - least) % 2 == 0) { 1 } else { 2 };
        let scores: Vec<usize> = ranks.doubled().iter().map(|rank| (rank - least) * unit / 2).collect();
        let few = smaller.len();
        Self {
            sum: scores.iter().take(few).sum(),
            total: scores.iter().sum(),
            scores,
            few,
            ties: ranks.tie_sum(),
            unit,
        }
    }

    /// n + m times the distance of a rank sum from its mean: a whole number.
    fn distance(&self, sum: usize) -> u128 {
        let product = |a: usize, b: usize| a as u128 * b as u128;
        product(self.scores.len(), sum).abs_diff(product(self.few, self.total))
    }

    fn exact(&self) -> PValue {
        let ways = of_size(&self.scores, self.few);
        let possible = || ways.iter().enumerate().filter(|(_, ways)| **ways > 0.0);
        let all: f64 = possible().map(|(_, ways)| ways).sum();
        let at_least = |distance: u128| -> f64 {
            let within: f64 = possible().filter(|(sum, _)| self.distance(*sum) >= distance).map(|(_, w)| w).sum();
            (within / all).min(1.0)
        };
        let farthest = possible().map(|(sum, _)| self.distance(sum)).max().unwrap_or_default();
        PValue {
            value: at_least(self.distance(self.sum)),
            computed: Computed::Exact,
            smallest: Some(at_least(farthest)),
        }
    }

    fn normal(&self) -> PValue {
        let (n, m) = (self.few as f64, (self.scores.len() - self.few) as f64);
        let all = n + m;
        let away = self.distance(self.sum) as f64 / all / self.unit as f64;
        let variance = n * m / 12.0 * (all + 1.0 - self.ties / (all * (all - 1.0)));
        let z = (away - 0.5) / variance.sqrt();
        let value = (2.0 * Normal::standard().sf(z)).min(1.0);
        PValue { value, computed: Computed::Distribution, smallest: None }
    }
}

/// By how much x lies above y: the median of all differences xᵢ − yⱼ (Hodges and Lehmann, 1963), with the interval
/// that the exact Mann-Whitney test leaves (Moses; Hollander, Wolfe and Chicken, 4.2-4.3).
///
/// Assumes independent samples of continuous distributions that differ by a shift only; with ties the confidence is
/// at least the stated one. The interval carries the confidence that it really has, at least the one asked for;
/// beyond [`EXACT_UP_TO`] that of the normal approximation. It is `None` where it cannot be had: at 95 % for 3
/// against 3. No estimate where the difference exceeds the largest double.
pub fn hodges_lehmann_shift(x: Values<'_>, y: Values<'_>, confidence: Confidence) -> Option<Located> {
    let pairs = Pairs::differences(x.as_slice(), y.as_slice());
    let value = pairs.median().filter(|value| value.is_finite())?;
    let interval = depth(x.count(), y.count(), confidence).and_then(|(rank, outside)| {
        Interval::around(value, pairs.smallest(rank)?, pairs.largest(rank)?, 1.0 - 2.0 * outside)
    });
    Some(Located { value, interval })
}

/// The rank, from 1, of the difference at each end of the interval, and the probability beyond each end.
fn depth(n: usize, m: usize, confidence: Confidence) -> Option<(usize, f64)> {
    let (few, all) = (n.min(m), n + m);
    let scores: Vec<usize> = (0..all).collect();
    if all.saturating_mul(few).saturating_mul(largest_sum(&scores, few)) <= EXACT_UP_TO {
        let ways = of_size(&scores, few);
        // The smallest rank sum is that of the lowest ranks: 0 + 1 + … + (few − 1).
        return cut(ways.get(few * (few - 1) / 2..)?, confidence.tail());
    }
    let (n, m) = (n as f64, m as f64);
    normal_depth(n * m / 2.0, (n * m * (n + m + 1.0) / 12.0).sqrt(), confidence)
}
