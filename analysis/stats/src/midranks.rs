//! Ranks in which equal values share the mean of theirs.

/// Ranks of some values, in whole numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Midranks {
    /// Twice the rank of each value, from 2, in the order of the values.
    pub doubled: Vec<usize>,
    /// Number of values in each group of equal ones, groups of one included.
    pub groups: Vec<usize>,
}

impl Midranks {
    /// Ranks some values; only values that are the same double (or zeros of both signs) are equal.
    pub fn of(values: &[f64]) -> Self {
        let mut order: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut doubled = vec![0; values.len()];
        let mut groups = Vec::new();
        let mut below = 0;
        for tied in order.chunk_by(|a, b| a.0 == b.0) {
            // Ranks below + 1 to below + count: twice their mean.
            let rank = 2 * below + tied.len() + 1;
            for &(_, at) in tied {
                if let Some(slot) = doubled.get_mut(at) {
                    *slot = rank;
                }
            }
            below += tied.len();
            groups.push(tied.len());
        }
        Self { doubled, groups }
    }

    /// Σ(t³ − t) over the groups of t equal values, which corrects variances for ties.
    pub fn tie_term(&self) -> f64 {
        self.groups.iter().map(|&t| t as f64).map(|t| t * t * t - t).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_ranks() {
        let ranks = Midranks::of(&[3.0, 1.0, 3.0, 0.0, -0.0, 9.0]);
        assert_eq!(ranks.doubled, [9, 6, 9, 3, 3, 12]);
        assert_eq!(ranks.tie_term(), 12.0);
    }
}
