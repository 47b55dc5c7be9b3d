//! Wilcoxon's signed-rank test and the estimate that belongs to it.

use crate::midranks::Midranks;
use crate::pairwise::Pairs;
use crate::rank_sums::{cut, of_any_size};
use crate::t_interval::Located;
use crate::{Computed, Confidence, Interval, PValue, Values, design};
use statrs::distribution::{ContinuousCDF, Normal};

/// Up to so many differences other than zero the distribution of the rank sum is counted out.
pub const EXACT_UP_TO: usize = 500;

/// Two-sided p of the hypothesis that the differences, one a block, are symmetric about 0; statistic: the sum of
/// the ranks of |d| of the positive ones (Wilcoxon, 1945).
///
/// Assumes independent differences from symmetric distributions. Zeros are dropped before ranking, as Wilcoxon did;
/// equal |d| (the same double) share their mean rank, and the distribution counted is that of these very ranks.
/// Beyond [`EXACT_UP_TO`] differences: the normal distribution, with corrections for ties and continuity.
/// `smallest` is 2/2ⁿ of the differences other than zero. `None` where all are zero.
pub fn wilcoxon(differences: Values<'_>) -> Option<PValue> {
    let ranks = SignedRanks::of(differences.as_slice().iter().copied());
    let n = ranks.scores.len();
    if n == 0 {
        return None;
    }
    let all: usize = ranks.scores.iter().sum();
    // Twice the distance of a sum from its middle.
    let distance = |sum: usize| (2 * sum).abs_diff(all);
    if n > EXACT_UP_TO {
        let z = ranks.standardised(if distance(ranks.positive) == 0 { 0.0 } else { 0.5 }, true);
        return PValue::of_distribution(2.0 * Normal::standard().sf(z));
    }
    let extreme = |sum: usize| distance(sum) >= distance(ranks.positive);
    let value = ranks.probability(extreme).min(1.0);
    Some(PValue { value, computed: Computed::Exact, smallest: Some(design::paired(n)) })
}

/// One-sided: the probability of at least so large a sum of positive ranks if the values are symmetric about 0 or
/// about less. Otherwise as [`wilcoxon`]; where all are zero, nothing speaks for more, and p is 1.
pub fn greater(values: impl Iterator<Item = f64>) -> PValue {
    let ranks = SignedRanks::of(values);
    let n = ranks.scores.len();
    if n > EXACT_UP_TO {
        let value = Normal::standard().sf(ranks.standardised(0.5, false));
        return PValue { value, computed: Computed::Distribution, smallest: None };
    }
    let value = ranks.probability(|sum| sum >= ranks.positive).min(1.0);
    PValue { value, computed: Computed::Exact, smallest: Some(design::paired_equivalence(n)) }
}

/// Ranks of the magnitudes of what is not zero.
struct SignedRanks {
    /// Ranks, doubled where there are ties.
    scores: Vec<usize>,
    /// The sum of those of positive values.
    positive: usize,
    /// Σ(t³ − t) over ties.
    ties: f64,
    /// How many times the ranks the scores are.
    unit: usize,
}

impl SignedRanks {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.filter(|&v| v != 0.0).collect();
        let magnitudes: Vec<f64> = values.iter().map(|v| v.abs()).collect();
        let ranks = Midranks::of(&magnitudes);
        let unit = if ranks.doubled().iter().all(|rank| rank % 2 == 0) { 1 } else { 2 };
        let scores: Vec<usize> = ranks.doubled().iter().map(|rank| rank * unit / 2).collect();
        let positive = scores.iter().zip(&values).filter(|(_, v)| **v > 0.0).map(|(score, _)| score).sum();
        Self { scores, positive, ties: ranks.tie_sum(), unit }
    }

    /// Probability of the sums for which `counts` holds, all 2ⁿ signs being as likely.
    fn probability(&self, counts: impl Fn(usize) -> bool) -> f64 {
        let ways = of_any_size(&self.scores);
        let within: f64 = ways.iter().enumerate().filter(|(sum, _)| counts(*sum)).map(|(_, ways)| ways).sum();
        within / 2f64.powi(self.scores.len() as i32)
    }

    /// Distance of the rank sum above its middle (either way if `absolute`), less `continuity`, in standard errors.
    fn standardised(&self, continuity: f64, absolute: bool) -> f64 {
        let n = self.scores.len() as f64;
        let above = self.positive as f64 / self.unit as f64 - n * (n + 1.0) / 4.0;
        let variance = (n * (n + 1.0) * (2.0 * n + 1.0) - self.ties / 2.0) / 24.0;
        (if absolute { above.abs() } else { above } - continuity) / variance.sqrt()
    }
}

/// Centre of symmetry of the population: the median of the means of all pairs, xᵢ with itself among them (Hodges
/// and Lehmann, 1963), with the interval that the exact signed-rank test leaves (Tukey; Hollander, Wolfe and
/// Chicken, 3.2-3.3). For a skewed population it is the pseudo-median, near the median.
///
/// Assumes independent values of one symmetric, continuous distribution; with ties the confidence is at least the
/// stated one. The interval carries the confidence that it really has, at least the one asked for; above
/// [`EXACT_UP_TO`] values that of the normal approximation. `None` where it cannot be had: at 95 % below 6 values.
pub fn hodges_lehmann(values: Values<'_>, confidence: Confidence) -> Located {
    let pairs = Pairs::walsh(values.as_slice().to_vec());
    // There is always a pair, so the fallback is unreachable; it would still lie within the data.
    let value = pairs.median().unwrap_or_else(|| values.range().0);
    let interval = depth(values.count(), confidence).and_then(|(rank, outside)| {
        Interval::around(value, pairs.smallest(rank)?, pairs.largest(rank)?, 1.0 - 2.0 * outside)
    });
    Located { value, interval }
}

/// The rank, from 1, of the Walsh average at each end of the interval, and the probability beyond each end.
fn depth(n: usize, confidence: Confidence) -> Option<(usize, f64)> {
    if n <= EXACT_UP_TO {
        return cut(&of_any_size(&(1..=n).collect::<Vec<_>>()), confidence.tail());
    }
    let n = n as f64;
    normal_depth(n * (n + 1.0) / 4.0, (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0).sqrt(), confidence)
}

/// The same from the normal distribution of a statistic on whole numbers, with a correction for continuity:
/// the largest rank c with P(statistic ≤ c − 1) ≤ the tail.
pub(crate) fn normal_depth(mean: f64, deviation: f64, confidence: Confidence) -> Option<(usize, f64)> {
    let normal = Normal::standard();
    let rank = (mean + 0.5 + deviation * normal.inverse_cdf(confidence.tail())).floor();
    (rank >= 1.0).then(|| (rank as usize, normal.cdf((rank - 0.5 - mean) / deviation)))
}
