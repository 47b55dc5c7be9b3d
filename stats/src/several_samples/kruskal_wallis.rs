//! The Kruskal-Wallis test: do independent groups differ in location?

use crate::arrangements;
use crate::groups::Groups;
use crate::midranks::Midranks;
use crate::monte_carlo::{self, shuffle};
use crate::{Computed, PValue, Resampling, Values, tails};

/// The statistic with its approximate p.
#[derive(Debug, Clone, PartialEq)]
pub struct KruskalWallis {
    /// H, corrected for ties.
    pub chi_square: f64,
    /// k − 1.
    pub degrees: usize,
    /// P(χ² > H): an approximation that is poor for groups of less than about five; see [`permutation`].
    pub p: PValue,
    /// Mean rank of every group among all values.
    pub average_ranks: Vec<f64>,
}

/// H = (N−1)·Σᵢ nᵢ(R̄ᵢ − (N+1)/2)² / Σ(r − (N+1)/2)² over the midranks r of all N values (Kruskal and Wallis, 1952).
///
/// Null hypothesis: all groups are samples of one distribution. It answers for medians only where the distributions
/// have the same shape. Values are independent. `None` where all values are equal.
pub fn kruskal_wallis(groups: &Groups<'_>) -> Option<KruskalWallis> {
    let pooled = Pooled::new(groups)?;
    let sums = pooled.sums(&pooled.labels);
    let chi_square = (pooled.labels.len() as f64 - 1.0) * (pooled.between(&sums) / pooled.total);
    let degrees = groups.count() - 1;
    let middle = (pooled.labels.len() as f64 + 1.0) / 2.0;
    let average_ranks =
        sums.iter().zip(&pooled.sizes).map(|(&sum, &size)| middle + sum as f64 / (2.0 * size as f64)).collect();
    let p = PValue::of_distribution(tails::chi_square(chi_square, degrees)?)?;
    Some(KruskalWallis { chi_square, degrees, p, average_ranks })
}

/// The same statistic against its permutation distribution, ties kept: exact where there are at most 10⁶ ways to
/// deal the values out, else drawn as `resampling` says. Null hypothesis and `None` as for [`kruskal_wallis`].
pub fn permutation(groups: &Groups<'_>, resampling: Resampling) -> Option<PValue> {
    let pooled = Pooled::new(groups)?;
    // Ways that give the same statistic may differ in its last digits.
    let observed = pooled.between(&pooled.sums(&pooled.labels)) * (1.0 - 1e-12);
    let mut labels = pooled.labels.clone();
    labels.sort_unstable();
    let Some(ways) = arrangements::count(&labels) else {
        return Some(monte_carlo::drawn(
            resampling,
            || labels.clone(),
            |labels, generator| {
                shuffle(labels, generator);
                pooled.between(&pooled.sums(labels)) >= observed
            },
        ));
    };
    let (mut extreme, mut largest, mut at_largest) = (0u64, f64::NEG_INFINITY, 0u64);
    loop {
        let between = pooled.between(&pooled.sums(&labels));
        extreme += u64::from(between >= observed);
        if between > largest * (1.0 + 1e-12) {
            (largest, at_largest) = (between, 0);
        }
        at_largest += u64::from(between >= largest * (1.0 - 1e-12));
        if !arrangements::advance(&mut labels) {
            break;
        }
    }
    PValue::new(extreme as f64 / ways as f64, Computed::Exact, Some(at_largest as f64 / ways as f64))
}

/// All values ranked together, in ascending order of rank.
struct Pooled {
    ranks: Vec<i64>,
    labels: Vec<usize>,
    sizes: Vec<usize>,
    total: f64,
}

impl Pooled {
    fn new(groups: &Groups<'_>) -> Option<Self> {
        let values = groups.pooled();
        let ranks = Midranks::new(Values::new(&values).ok()?).centred();
        let sizes = groups.sizes();
        let labels = sizes.iter().enumerate().flat_map(|(label, &size)| std::iter::repeat_n(label, size));
        let mut both: Vec<(i64, usize)> = ranks.into_iter().zip(labels).collect();
        // In an order that is not the input's.
        both.sort_unstable();
        let total: i128 = both.iter().map(|&(rank, _)| i128::from(rank) * i128::from(rank)).sum();
        let (ranks, labels) = both.into_iter().unzip();
        (total > 0).then_some(Self { ranks, labels, sizes, total: total as f64 })
    }

    /// Sum of the centred doubled ranks of every group.
    fn sums(&self, labels: &[usize]) -> Vec<i64> {
        let mut sums = vec![0; self.sizes.len()];
        for (&label, rank) in labels.iter().zip(&self.ranks) {
            if let Some(sum) = sums.get_mut(label) {
                *sum += rank;
            }
        }
        sums
    }

    /// Sum of squares between groups, which is all of H that dealing out anew changes.
    fn between(&self, sums: &[i64]) -> f64 {
        sums.iter().zip(&self.sizes).map(|(&sum, &size)| (sum as f64).powi(2) / size as f64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_against_two() {
        let groups = [vec![1.0, 2.0], vec![3.0, 4.0]];
        let p = permutation(&Groups::new(&groups).unwrap(), Resampling::default()).unwrap();
        assert_eq!((p.value, p.computed, p.smallest), (1.0 / 3.0, Computed::Exact, Some(1.0 / 3.0)));
        assert_eq!(kruskal_wallis(&Groups::new(&[vec![2.0], vec![2.0, 2.0]]).unwrap()), None);
    }
}
