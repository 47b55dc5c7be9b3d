//! Ranks in which equal values share the mean of their places.

use crate::Values;

/// The midranks of some values, 1 for the smallest (Kendall, 1945).
///
/// Kept as twice the rank, which is a whole number, so that rank sums and everything decided from them are exact.
/// Values are equal where they compare equal; 0 and −0 do. Computed ones are to be made equal before, by whoever knows what
/// they were computed from ([`ties`](crate::ties)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Midranks {
    doubled: Vec<usize>,
    ties: Vec<usize>,
}

impl Midranks {
    /// Ranks some values.
    pub fn new(values: Values<'_>) -> Self {
        Self::of(values.as_slice())
    }

    /// Ranks what may be nothing at all.
    pub fn of(values: &[f64]) -> Self {
        let mut order: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
        order.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
        let mut doubled = vec![0; order.len()];
        let mut sizes = Vec::new();
        let mut before = 0;
        for equal in order.chunk_by(|a, b| a.1 == b.1) {
            // Places before + 1 to before + t: their mean, doubled, is the first plus the last.
            let rank = 2 * before + equal.len() + 1;
            for &(at, _) in equal {
                if let Some(slot) = doubled.get_mut(at) {
                    *slot = rank;
                }
            }
            sizes.push(equal.len());
            before += equal.len();
        }
        Self { doubled, ties: sizes }
    }

    /// Twice the rank of every value, in the order of the values.
    pub fn doubled(&self) -> &[usize] {
        &self.doubled
    }

    /// The rank of every value, in the order of the values.
    pub fn ranks(&self) -> Vec<f64> {
        self.doubled.iter().map(|&rank| rank as f64 / 2.0).collect()
    }

    /// Twice the distance of every rank from the mean rank (n + 1)/2: sums to zero.
    pub fn centred(&self) -> Vec<i64> {
        let middle = self.doubled.len() as i64 + 1;
        self.doubled.iter().map(|&rank| rank as i64 - middle).collect()
    }

    /// Number of equal values at every distinct value, from the smallest value to the largest; ones without ties.
    pub fn ties(&self) -> &[usize] {
        &self.ties
    }

    /// Σ(t³ − t) over the groups of equal values, which the corrections for ties are made of.
    pub fn tie_sum(&self) -> f64 {
        let term = |&t: &usize| (t as u128).pow(3) - t as u128;
        self.ties.iter().map(term).sum::<u128>() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_their_places() {
        let ranks = Midranks::new(Values::new(&[3.0, -0.0, 0.0, 7.0, 3.0, 3.0]).unwrap());
        assert_eq!(ranks.ranks(), [4.0, 1.5, 1.5, 6.0, 4.0, 4.0]);
        assert_eq!(ranks.doubled(), [8, 3, 3, 12, 8, 8]);
        assert_eq!(ranks.centred().iter().sum::<i64>(), 0);
        assert_eq!((ranks.ties(), ranks.tie_sum()), ([2, 3, 1].as_slice(), 30.0));
    }

    #[test]
    fn the_unit_changes_no_rank() {
        let values = [0.3, 0.3, 0.8, 0.8, 0.5];
        for unit in [1.0, 1e-9, 1e-3, 3.0, 8.0, 1e6, 1e9] {
            let ranks = Midranks::of(&values.map(|x| x * unit));
            assert_eq!(ranks.ranks(), [1.5, 1.5, 4.5, 4.5, 3.0], "{unit}");
        }
    }
}
