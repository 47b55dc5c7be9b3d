//! Is the mean of paired differences zero? By flipping their signs.

use crate::random::Resampling;
use crate::subset_sums::{pairs_at_least, signed};
use crate::summary::{power_of_two, sum};
use crate::{Computed, PValue, Values, design, monte_carlo, ties};
use rand::RngExt;

/// Up to so many differences other than zero all 2ⁿ signs are counted: two lists of 2¹⁵ sums.
pub const EXACT_UP_TO: usize = 30;

/// Two-sided p of the hypothesis that the differences, one a block, are symmetric about 0; statistic |Σd|.
///
/// Assumes independent differences, each as likely d as −d (Fisher, 1935; Pitman, 1937): what chance
/// assignment within each block makes true, and nothing about the shape. Exact up to [`EXACT_UP_TO`] differences
/// other than zero, drawn beyond (each set of signs from its own random bits).
///
/// Sums closer than [`ties::SUMS`] of Σ|d| count as equal, and a difference that small counts as zero. Zeros stay
/// in and change nothing, as flipping them changes no sum; `smallest` is 2/2ⁿ of the others. One difference,
/// or none but zeros, has p = 1.
pub fn sign_flip(differences: Values<'_>, resampling: Resampling) -> PValue {
    let (low, high) = differences.range();
    // A power of two, so that nothing is rounded and no sum overflows.
    let scale = power_of_two(low.abs().max(high.abs()));
    let observed = sum(differences.as_slice().iter().map(|d| d / scale)).abs();
    let mut magnitudes: Vec<f64> = differences.as_slice().iter().map(|d| (d / scale).abs()).collect();
    magnitudes.sort_unstable_by(f64::total_cmp);
    let slack = ties::SUMS * sum(magnitudes.iter().copied());
    magnitudes.retain(|&a| a > slack);
    let smallest = design::paired(magnitudes.len());
    let threshold = observed - slack;
    if threshold <= 0.0 {
        return PValue { value: 1.0, computed: Computed::Exact, smallest: Some(smallest) };
    }
    if magnitudes.len() > EXACT_UP_TO {
        return monte_carlo::p_value(drawn(&magnitudes, threshold, resampling), resampling, smallest);
    }
    let (left, right) = magnitudes.split_at(magnitudes.len() / 2);
    let one_side = pairs_at_least(&signed(left), &signed(right), threshold);
    let all = 2f64.powi(magnitudes.len() as i32);
    PValue { value: (2.0 * one_side as f64 / all).min(1.0), computed: Computed::Exact, smallest: Some(smallest) }
}

/// How many of the resamples have |Σ ±a| ≥ `threshold`. Signs come four at a time: the sums of 4 magnitudes under
/// all 16 signs stand in a table, and 64 random bits serve 64 differences.
fn drawn(magnitudes: &[f64], threshold: f64, resampling: Resampling) -> u64 {
    let tables: Vec<[f64; 16]> = magnitudes.chunks(4).map(table).collect();
    monte_carlo::count(resampling, |generator, count| {
        let mut extreme = 0;
        for _ in 0..count {
            let mut total = 0.0;
            for sixteen in tables.chunks(16) {
                let mut bits: u64 = generator.random();
                for table in sixteen {
                    total += table.get((bits & 15) as usize).copied().unwrap_or_default();
                    bits >>= 4;
                }
            }
            extreme += u64::from(total.abs() >= threshold);
        }
        extreme
    })
}

/// Σ ±a of up to four magnitudes, a bit that is set meaning minus.
fn table(four: &[f64]) -> [f64; 16] {
    std::array::from_fn(|signs| four.iter().enumerate().map(|(at, a)| if signs >> at & 1 == 1 { -a } else { *a }).sum())
}
