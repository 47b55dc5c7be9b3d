//! Order statistics of all pairwise sums or means, without making the list.

/// Sums or means of one number from each of two lists.
#[derive(Debug, Clone)]
pub struct Pairs {
    left: Vec<f64>,
    right: Vec<f64>,
    of: fn(f64, f64) -> f64,
    /// Whether both lists are the same, and each pair of places counts once.
    once: bool,
}

impl Pairs {
    /// The Walsh averages (xᵢ + xⱼ)/2, i ≤ j.
    pub fn walsh(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        Self { right: values.clone(), left: values, of: f64::midpoint, once: true }
    }

    /// The differences xᵢ − yⱼ.
    pub fn differences(x: &[f64], y: &[f64]) -> Self {
        let mut left = x.to_vec();
        let mut right: Vec<f64> = y.iter().map(|y| -y).collect();
        left.sort_unstable_by(f64::total_cmp);
        right.sort_unstable_by(f64::total_cmp);
        Self { left, right, of: |x, y| x + y, once: false }
    }

    /// Number of pairs.
    pub fn count(&self) -> usize {
        let (n, m) = (self.left.len(), self.right.len());
        if self.once { n * (n + 1) / 2 } else { n * m }
    }

    /// How many are at most `bound`. Rows and columns ascend, so that the border is one walk.
    fn at_most(&self, bound: f64) -> usize {
        let mut right = self.right.iter().rev().peekable();
        let mut within = self.right.len();
        let mut total = 0;
        for &x in &self.left {
            while right.next_if(|&&y| (self.of)(x, y) > bound).is_some() {
                within -= 1;
            }
            total += within;
        }
        if self.once {
            let equal_places = self.left.iter().filter(|&&x| (self.of)(x, x) <= bound).count();
            return (total + equal_places) / 2;
        }
        total
    }

    /// The `rank`-th smallest, from 1, to the last bit: bisection over the doubles, at most 64 walks. `None` where
    /// there are fewer pairs.
    pub fn smallest(&self, rank: usize) -> Option<f64> {
        if rank == 0 || rank > self.count() {
            return None;
        }
        let mut low = place((self.of)(*self.left.first()?, *self.right.first()?));
        let mut high = place((self.of)(*self.left.last()?, *self.right.last()?));
        while low < high {
            // Rounded down, and without overflow.
            let middle = (low & high) + ((low ^ high) >> 1);
            if self.at_most(at(middle)) >= rank { high = middle } else { low = middle + 1 }
        }
        // Turns −0 into 0.
        Some(at(high) + 0.0)
    }

    /// The `rank`-th largest, from 1.
    pub fn largest(&self, rank: usize) -> Option<f64> {
        self.smallest((self.count() + 1).checked_sub(rank)?)
    }

    /// The middle one, or the mean of the middle two.
    pub fn median(&self) -> Option<f64> {
        let half = self.count().div_ceil(2);
        Some(f64::midpoint(self.smallest(half)?, self.largest(half)?))
    }
}

/// The place of a double among all doubles in ascending order.
fn place(value: f64) -> i64 {
    let bits = value.to_bits().cast_signed();
    bits ^ (((bits >> 63).cast_unsigned()) >> 1).cast_signed()
}

/// The double at a place; [`place`] is its own inverse.
fn at(place: i64) -> f64 {
    f64::from_bits((place ^ (((place >> 63).cast_unsigned()) >> 1).cast_signed()).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rank_is_that_of_the_sorted_list() {
        let x = [3.5, -1.0, 0.0, 7.25, 7.25, 1e-300, -2e10];
        let mut walsh = Vec::new();
        for (i, a) in x.iter().enumerate() {
            walsh.extend(x.iter().skip(i).map(|b| f64::midpoint(*a, *b)));
        }
        walsh.sort_by(f64::total_cmp);
        let pairs = Pairs::walsh(x.to_vec());
        let found: Vec<f64> = (1..=pairs.count()).map(|rank| pairs.smallest(rank).unwrap()).collect();
        assert_eq!(found, walsh);
        assert_eq!((pairs.smallest(0), pairs.smallest(29)), (None, None));
        assert_eq!(pairs.largest(1), Some(7.25));
        let pairs = Pairs::differences(&[1.0, 2.0], &[0.5, -4.0, 2.0]);
        let found: Vec<f64> = (1..=6).map(|rank| pairs.smallest(rank).unwrap()).collect();
        assert_eq!(found, [-1.0, 0.0, 0.5, 1.5, 5.0, 6.0]);
        assert_eq!(pairs.median(), Some(1.0));
    }
}
