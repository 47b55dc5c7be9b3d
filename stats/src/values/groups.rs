//! Independent groups of values, and the pairs of things that are compared.

use crate::{BadValues, Values};

/// At least two groups, each of at least one finite value. Groups need not be equally large.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups<'a>(Vec<Values<'a>>);

/// Why numbers cannot be used as [`Groups`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadGroups {
    /// There is at most one.
    #[error("there are {0} groups; give at least two")]
    Few(usize),
    /// The values of one cannot be used.
    #[error("group {group} (from 0): {reason}")]
    Values {
        /// Which group.
        group: usize,
        /// What is wrong with it.
        reason: BadValues,
    },
}

impl<'a> Groups<'a> {
    /// Takes the groups as they are, or says what is wrong.
    pub fn new<G: AsRef<[f64]>>(groups: &'a [G]) -> Result<Self, BadGroups> {
        if groups.len() < 2 {
            return Err(BadGroups::Few(groups.len()));
        }
        let check = |(group, values): (usize, &'a G)| {
            Values::new(values.as_ref()).map_err(|reason| BadGroups::Values { group, reason })
        };
        groups.iter().enumerate().map(check).collect::<Result<_, _>>().map(Self)
    }

    /// The groups.
    pub fn as_slice(&self) -> &[Values<'a>] {
        &self.0
    }

    /// How many groups there are, at least 2.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// How many values every group has.
    pub fn sizes(&self) -> Vec<usize> {
        self.0.iter().map(|values| values.count()).collect()
    }

    /// All values, one group after the other.
    pub fn pooled(&self) -> Vec<f64> {
        self.0.iter().flat_map(|values| values.as_slice()).copied().collect()
    }
}

/// Two things that are compared, by their places from 0; `first < second`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// The one that comes first.
    pub first: usize,
    /// The other.
    pub second: usize,
}

/// All pairs of `items`, with their places: (0, 1), (0, 2), … (n − 2, n − 1).
pub fn pairs<T>(items: &[T]) -> impl Iterator<Item = (Pair, &T, &T)> {
    items.iter().enumerate().flat_map(move |(first, a)| {
        items.iter().enumerate().skip(first + 1).map(move |(second, b)| (Pair { first, second }, a, b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_groups_are_named() {
        assert_eq!(Groups::new(&[vec![1.0]]), Err(BadGroups::Few(1)));
        let empty = BadGroups::Values { group: 1, reason: BadValues::Empty };
        assert_eq!(Groups::new(&[vec![1.0], vec![]]), Err(empty));
        assert_eq!(pairs(&["a", "b", "c"]).map(|(_, a, b)| format!("{a}{b}")).collect::<Vec<_>>(), ["ab", "ac", "bc"]);
    }
}
