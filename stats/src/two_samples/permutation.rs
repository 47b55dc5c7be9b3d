//! Do two samples have the same mean? By dealing the values out anew.

use crate::random::Resampling;
use crate::subset_sums::{by_size, pairs_at_least};
use crate::summary::{mean, power_of_two, sum};
use crate::{Computed, PValue, Values, combinations, monte_carlo, ties};
use rand::RngExt;

/// Up to so many subset sums of half the values every way to deal is counted. That is 15
/// against 15, or 2 against 500.
pub const EXACT_UP_TO: f64 = 32_768.0;

/// Two-sided p of the hypothesis that both samples come from one distribution; statistic |x̄ − ȳ|.
///
/// Assumes that under the hypothesis the values are exchangeable between the samples (Pitman, 1937), and so
/// samples of one spread: with unequal sizes and spreads it is a test of more than the means ([`crate::welch`]).
/// Exact up to [`EXACT_UP_TO`], drawn beyond. Extreme is what has at least the observed |x̄ − ȳ|, to either
/// side; differences closer than [`ties::SUMS`] of the sum of all deviations count as equal. (With unequal sizes
/// the two sides need not weigh the same; twice the smaller one, as SciPy has it, is another test then.)
/// `smallest` is the p of the most extreme way to deal these values; equal values throughout have p = 1.
pub fn mean_difference(x: Values<'_>, y: Values<'_>, resampling: Resampling) -> PValue {
    let (x, y) = (x.as_slice(), y.as_slice());
    let few = x.len().min(y.len());
    let mut pooled = [x, y].concat();
    // Sorted, so that neither the order nor which sample is which enters.
    pooled.sort_unstable_by(f64::total_cmp);
    let centre = Centre::of(&pooled);
    let group = |values: &[f64]| sum(values.iter().map(|&v| centre.deviation(v)));
    // Deviations add up to nothing, so the sum of the one sample is minus that of the other.
    let observed = (group(x) - group(y)).abs() / 2.0;
    let deviations: Vec<f64> = pooled.iter().map(|&v| centre.deviation(v)).collect();
    let slack = ties::SUMS * sum(deviations.iter().map(|d| d.abs()));
    let smallest = smallest(&deviations, few, slack);
    let threshold = observed - slack;
    if threshold <= 0.0 {
        return PValue { value: 1.0, computed: Computed::Exact, smallest: Some(smallest) };
    }
    let half = pooled.len().div_ceil(2);
    // Rounding is no reason to draw.
    if combinations::choose_up_to(half, few).round() > EXACT_UP_TO {
        return monte_carlo::p_value(drawn(&deviations, few, threshold, resampling), resampling, smallest);
    }
    let value = (counted(&deviations, few, threshold) / combinations::choose(pooled.len(), few)).min(1.0);
    PValue { value, computed: Computed::Exact, smallest: Some(smallest) }
}

/// Turns values into deviations from their mean, scaled so that no sum overflows.
struct Centre {
    scale: f64,
    mean: f64,
    rest: f64,
}

impl Centre {
    fn of(values: &[f64]) -> Self {
        let scale = power_of_two(values.iter().fold(0.0, |most: f64, v| most.max(v.abs())));
        let scaled: Vec<f64> = values.iter().map(|v| v / scale).collect();
        let mean = Values::new(&scaled).map_or(0.0, mean);
        // Twice, because the mean of values far from zero is itself rounded.
        let rest = sum(scaled.iter().map(|v| v - mean)) / values.len() as f64;
        Self { scale, mean, rest }
    }

    fn deviation(&self, value: f64) -> f64 {
        value / self.scale - self.mean - self.rest
    }
}

/// How many subsets of `few` of the deviations have a sum of at least `threshold` > 0 to either side.
fn counted(deviations: &[f64], few: usize, threshold: f64) -> f64 {
    let (left, right) = deviations.split_at(deviations.len() / 2);
    let mirrored = |values: &[f64]| -> Vec<f64> { values.iter().rev().map(|v| -v).collect() };
    let (left, right) = (by_size(left, few), by_size(right, few));
    let pairs = left.iter().zip(right.iter().rev());
    pairs
        .map(|(a, b)| (pairs_at_least(a, b, threshold) + pairs_at_least(&mirrored(a), &mirrored(b), threshold)) as f64)
        .sum()
}

/// The share of subsets of `few` that have the largest sum, or the smallest, or both if they lie as far out.
fn smallest(ascending: &[f64], few: usize, slack: f64) -> f64 {
    let extreme = |values: &[f64]| {
        let total = sum(values.iter().take(few).copied()).abs();
        let border = values.get(few.saturating_sub(1)).copied().unwrap_or_default();
        let ties = values.iter().filter(|&&v| (v - border).abs() <= slack).count();
        let inside = values.iter().take(few).filter(|&&v| (v - border).abs() <= slack).count();
        (total, combinations::share(ties, inside, values.len(), few))
    };
    let descending: Vec<f64> = ascending.iter().rev().copied().collect();
    let ((low, few_low), (high, few_high)) = (extreme(ascending), extreme(&descending));
    if (low - high).abs() > slack {
        return if low > high { few_low } else { few_high };
    }
    // Without any spread the two are the same subsets.
    (few_low + few_high).min(1.0)
}

/// How many of the resamples have a sum of at least `threshold` to either side: partial Fisher-Yates shuffles, each
/// from where the last one ended, which is as random as from the start.
pub(crate) fn drawn(deviations: &[f64], few: usize, threshold: f64, resampling: Resampling) -> u64 {
    monte_carlo::count(resampling, |generator, count| {
        let mut dealt = deviations.to_vec();
        let mut extreme = 0;
        for _ in 0..count {
            let mut total = 0.0;
            for at in 0..few {
                // A widening product of 32 bits: unbiased to count/2³².
                let drawn: u32 = generator.random();
                let step = (u64::from(drawn) * (dealt.len() - at) as u64) >> 32;
                dealt.swap(at, at + step as usize);
                total += dealt.get(at).copied().unwrap_or_default();
            }
            extreme += u64::from(f64::abs(total) >= threshold);
        }
        extreme
    })
}
