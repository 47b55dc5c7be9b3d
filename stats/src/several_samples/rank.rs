//! Ranks, which ties share.

use crate::ties;

/// Which of two values is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Better {
    /// The larger one.
    Higher,
    /// The smaller one.
    Lower,
}

impl Better {
    /// Whether `a` is better than `b`, and not by rounding alone; equal values are not, nor is NaN.
    pub fn is_better(self, a: f64, b: f64) -> bool {
        match self {
            Self::Higher => a > b && !ties::same(a, b),
            Self::Lower => a < b && !ties::same(a, b),
        }
    }
}

/// The ranks, from 1 (best), that a system may have: one, where it is known and shared with nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ranks {
    /// The best of them: 1 + the number of systems that are better.
    pub best: usize,
    /// The worst of them: the number of systems − the number that are worse.
    pub worst: usize,
}

impl Ranks {
    /// Whether all ranks of `other` are among them.
    pub const fn contain(self, other: Self) -> bool {
        self.best <= other.best && other.worst <= self.worst
    }

    /// The least range that has both.
    pub fn hull(self, other: Self) -> Self {
        Self { best: self.best.min(other.best), worst: self.worst.max(other.worst) }
    }
}

/// The ranks of some values: equal ones share all the places that they take, so three values of which two are
/// first have ranks 1-2, 1-2 and 3.
pub fn ranks(values: &[f64], better: Better) -> Vec<Ranks> {
    ranks_within(values, better, 0.0)
}

/// The same where values are only known to `slack`: one that is better by no more than that is equal.
pub(crate) fn ranks_within(values: &[f64], better: Better, slack: f64) -> Vec<Ranks> {
    let beats = |a: f64, b: f64| better.is_better(a, b) && (a - b).abs() > slack;
    let of = |&value: &f64| {
        let (mut ahead, mut behind) = (0, 0);
        for &other in values {
            ahead += usize::from(beats(other, value));
            behind += usize::from(beats(value, other));
        }
        Ranks { best: 1 + ahead, worst: values.len() - behind }
    };
    values.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_places() {
        let found = ranks(&[2.0, 1.0, 2.0, 5.0], Better::Lower);
        let pairs: Vec<_> = found.iter().map(|r| (r.best, r.worst)).collect();
        assert_eq!(pairs, [(2, 3), (1, 1), (2, 3), (4, 4)]);
        assert_eq!(ranks(&[2.0, 1.0], Better::Higher)[0], Ranks { best: 1, worst: 1 });
        assert!(ranks(&[], Better::Higher).is_empty());
    }
}
