//! Nemenyi's comparison of all pairs of treatments by their average ranks, after Friedman's test.

use crate::blocks::Blocks;
use crate::friedman::average_ranks;
use crate::groups::{Pair, pairs};
use crate::{Confidence, PValue, studentized_range};
use std::f64::consts::SQRT_2;

/// One pair of treatments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Which two.
    pub pair: Pair,
    /// Average rank of the first minus that of the second.
    pub difference: f64,
    /// Already adjusted for all pairs: do not adjust it again.
    pub p: PValue,
}

/// √(k(k+1)/(6n)): standard error of a difference of two average ranks without ties.
fn standard_error(blocks: &Blocks) -> f64 {
    let (n, k) = (blocks.count() as f64, blocks.columns() as f64);
    (k * (k + 1.0) / (6.0 * n)).sqrt()
}

/// p of every pair: the upper tail of the studentized range of k at √2·|R̄ᵢ − R̄ⱼ|/√(k(k+1)/(6n)) (Nemenyi, 1963;
/// Demšar, 2006).
///
/// Assumptions as for Friedman's test, and enough blocks for average ranks to be normal. Holds the error rate of the
/// family only where no treatment differs; the p of a pair depends on which other treatments are in the table.
/// Ties are not corrected for, which makes it conservative. `None` for more treatments than
/// [`studentized_range::sf`] takes.
pub fn nemenyi(blocks: &Blocks) -> Option<Vec<Comparison>> {
    let error = standard_error(blocks);
    pairs(&average_ranks(blocks))
        .map(|(pair, a, b)| {
            let difference = a - b;
            let range = SQRT_2 * difference.abs() / error;
            let tail = studentized_range::sf(range, blocks.columns(), f64::INFINITY)?;
            Some(Comparison { pair, difference, p: PValue::of_distribution(tail)? })
        })
        .collect()
}

/// The critical difference: average ranks further apart than this differ at `confidence`,
/// q₍k, ∞₎/√2·√(k(k+1)/(6n)). `None` as for [`nemenyi`].
pub fn critical_difference(blocks: &Blocks, confidence: Confidence) -> Option<f64> {
    let quantile = studentized_range::quantile(confidence, blocks.columns(), f64::INFINITY)?;
    Some(quantile / SQRT_2 * standard_error(blocks))
}
