//! What a design can tell at all: the smallest p that its sizes allow.

use crate::combinations::choose;

/// Smallest two-sided p of a paired design of so many blocks, by sign flips or signed ranks: 2/2ⁿ, at most 1.
/// Blocks whose difference is zero do not count.
pub fn paired(blocks: usize) -> f64 {
    i32::try_from(blocks).map_or(0.0, |n| 2f64.powi(1 - n).min(1.0))
}

/// Smallest p of a signed-rank equivalence test, which is one-sided at each margin: 1/2ⁿ.
pub fn paired_equivalence(blocks: usize) -> f64 {
    paired(blocks.saturating_add(1))
}

/// Smallest two-sided p of `n` runs against `m` by ranks or permutation, without ties: 2/C(n + m, n), at most 1.
pub fn unpaired(n: usize, m: usize) -> f64 {
    (2.0 / choose(n.saturating_add(m), n.min(m))).min(1.0)
}

/// Smallest p of Fisher's exact test of `n` attempts against `m`: all successes on one side and none on the other is one
/// of C(n + m, n) ways, and where both have as many attempts, so is the reverse; at most 1.
pub fn fisher(n: usize, m: usize) -> f64 {
    if n == m { unpaired(n, m) } else { (1.0 / choose(n.saturating_add(m), n.min(m))).min(1.0) }
}

/// The least number of blocks with which one of `family` paired comparisons can have a p, adjusted by Holm, of at
/// most `alpha`: [`paired`] · family ≤ alpha. `None` for an alpha outside 0 and 1 and for an empty family.
///
/// The first step of Holm (1979) multiplies by the whole family: a comparison that is alone in being different
/// needs that many.
pub fn least_blocks(alpha: f64, family: usize) -> Option<usize> {
    least(alpha, family, paired)
}

/// The least number of runs on each side with which one of `family` unpaired comparisons can have a p, adjusted by
/// Holm, of at most `alpha`. `None` as for [`least_blocks`].
pub fn least_runs(alpha: f64, family: usize) -> Option<usize> {
    least(alpha, family, |runs| unpaired(runs, runs))
}

fn least(alpha: f64, family: usize, smallest: impl Fn(usize) -> f64) -> Option<usize> {
    if !(alpha > 0.0 && alpha < 1.0) || family == 0 {
        return None;
    }
    // 2/2ⁿ is 0 in doubles before n = 1100, and so is 2/C(2n, n).
    (1..1100).find(|&size| smallest(size) * family as f64 <= alpha)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smallest_values() {
        assert_eq!([0, 1, 2, 6].map(paired), [1.0, 1.0, 0.5, 0.03125]);
        assert_eq!([0, 1, 5].map(paired_equivalence), [1.0, 0.5, 0.03125]);
        assert_eq!([(1, 1), (3, 3), (4, 4)].map(|(n, m)| unpaired(n, m)), [1.0, 0.1, 2.0 / 70.0]);
        assert_eq!([(0, 3), (3, 3), (3, 18)].map(|(n, m)| fisher(n, m)), [1.0, 0.1, 1.0 / 1330.0]);
        assert_eq!((unpaired(0, 3), unpaired(5000, 5000), paired(usize::MAX)), (1.0, 0.0, 0.0));
    }

    #[test]
    fn what_the_families_of_eleven_systems_need() {
        // One comparison, all 55 pairs of 11 systems, and those in 28 cells.
        assert_eq!([1, 55, 28 * 55].map(|family| least_blocks(0.05, family)), [Some(6), Some(12), Some(16)]);
        assert_eq!([1, 55, 28 * 55].map(|family| least_runs(0.05, family)), [Some(4), Some(7), Some(10)]);
        for bad in [0.0, 1.0, f64::NAN] {
            assert_eq!(least_blocks(bad, 1), None);
        }
        assert_eq!((least_runs(0.05, 0), least_blocks(1e-300, 1)), (None, Some(998)));
    }
}
