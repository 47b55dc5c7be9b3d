//! Sums that do not depend on the order of the values.

/// A running sum without rounding error until it is read: Shewchuk's non-overlapping partials, rounded
/// once to the nearest double.
///
/// The result is a function of the multiset of values, so it is the same for every order and every split
/// over threads. Exact as long as no partial sum overflows.
///
/// Source: J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic", 1997; rounding as in CPython's
/// `math.fsum`. Many values at once are first condensed to a few with the same exact sum, by the error-free vector
/// transformation of Rump, Ogita and Oishi, "Accurate Floating-Point Summation Part I", 2008: several times faster,
/// and the same bits, since both are exact.
#[derive(Debug, Clone, Default)]
pub struct ExactSum {
    partials: Vec<f64>,
}

impl ExactSum {
    /// Adds one value.
    pub fn add(&mut self, value: f64) {
        let mut carried = value;
        let mut kept = 0;
        for at in 0..self.partials.len() {
            let Some(&partial) = self.partials.get(at) else {
                break;
            };
            let (large, small) = if carried.abs() < partial.abs() { (partial, carried) } else { (carried, partial) };
            let high = large + small;
            let low = small - (high - large);
            if low != 0.0
                && let Some(slot) = self.partials.get_mut(kept)
            {
                *slot = low;
                kept += 1;
            }
            carried = high;
        }
        self.partials.truncate(kept);
        if carried != 0.0 {
            self.partials.push(carried);
        }
    }

    /// Hands the values over in lots of at most [`LOT`], or one by one where they are few.
    fn in_lots(&mut self, values: impl IntoIterator<Item = f64>, mut take: impl FnMut(&mut Self, &mut [f64])) {
        let mut values = values.into_iter();
        // Few values are not to pay for the room of a lot.
        if values.size_hint().0 >= FEW {
            let mut lot = [0.0; LOT];
            while values.size_hint().0 >= FEW {
                let mut filled = 0;
                for (slot, value) in lot.iter_mut().zip(&mut values) {
                    *slot = value;
                    filled += 1;
                }
                take(self, lot.get_mut(..filled).unwrap_or_default());
            }
        }
        for value in values {
            self.add(value);
        }
    }

    /// Adds at most [`LOT`] values, which are used up.
    fn add_lot(&mut self, lot: &mut [f64]) {
        let mut size = magnitude(lot);
        // Not for NaN and what may overflow: those go one by one.
        if size <= LARGEST {
            for _ in 0..FOLDS {
                if size < SMALLEST {
                    break;
                }
                // A power of two above twice the sum of all magnitudes: every sum of heads is below it.
                let above = f64::from_bits((size.to_bits() >> 52 << 52) + (3 << 52));
                let (heads, left) = take_heads(lot, above);
                self.add(heads);
                if !left {
                    return;
                }
                // A remainder is at most 2⁻⁵³ of that power.
                size = above * (f64::EPSILON / 2.0 * LOT as f64);
            }
        }
        for &value in lot.iter().filter(|value| **value != 0.0) {
            self.add(value);
        }
    }

    /// The sum, correctly rounded; not finite where it, or a sum on the way, overflowed.
    pub fn total(&self) -> f64 {
        let mut rest = self.partials.iter().rev().copied();
        let Some(mut high) = rest.next() else {
            return 0.0;
        };
        let mut low = 0.0;
        for partial in rest.by_ref() {
            let before = high;
            high = before + partial;
            low = partial - (high - before);
            if low != 0.0 {
                break;
            }
        }
        // Half-way cases: the next partial says to which side the exact sum lies.
        if let Some(next) = rest.next()
            && ((low < 0.0 && next < 0.0) || (low > 0.0 && next > 0.0))
        {
            let twice = low * 2.0;
            let moved = high + twice;
            if twice == moved - high {
                high = moved;
            }
        }
        high
    }
}

/// Values that are condensed together.
const LOT: usize = 512;
/// Fewer are faster one by one.
const FEW: usize = 24;
/// How often heads are taken before what is left goes one by one. Two suffice unless magnitudes differ by more than
/// ten powers of ten.
const FOLDS: usize = 4;
/// Sums of magnitudes above this could overflow on the way.
const LARGEST: f64 = 1e290;
/// Below this, remainders might fall under the smallest double.
const SMALLEST: f64 = 1e-290;
/// Values that are worked on at the same time.
const LANES: usize = 8;

/// The sum of magnitudes, roughly; NaN where a value is.
fn magnitude(lot: &[f64]) -> f64 {
    side_by_side(lot, f64::abs)
}

/// The sum of what a function makes of each value, rounded in an order that depends on their number only.
fn side_by_side(lot: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let (chunks, rest) = lot.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += of(*value);
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|value| of(*value)).sum::<f64>()
}

/// Takes from each value its digits down to 2⁻⁵³ of `above`, a power of two. Gives the sum of what was taken, which is
/// exact, and whether anything is left.
fn take_heads(lot: &mut [f64], above: f64) -> (f64, bool) {
    let mut sums = [0.0; LANES];
    let mut left = [0; LANES];
    let take = |value: &mut f64, sum: &mut f64, left: &mut u64| {
        let head = (above + *value) - above;
        *value -= head;
        *sum += head;
        *left |= value.abs().to_bits();
    };
    let (chunks, rest) = lot.as_chunks_mut::<LANES>();
    for chunk in chunks {
        for ((value, sum), left) in chunk.iter_mut().zip(&mut sums).zip(&mut left) {
            take(value, sum, left);
        }
    }
    for ((value, sum), left) in rest.iter_mut().zip(&mut sums).zip(&mut left) {
        take(value, sum, left);
    }
    (sums.iter().sum(), left.iter().any(|bits| *bits != 0))
}

impl Extend<f64> for ExactSum {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, values: I) {
        self.in_lots(values, Self::add_lot);
    }
}

/// The sum of some values, correctly rounded. See [`ExactSum`].
pub fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut total = ExactSum::default();
    total.extend(values);
    total.total()
}

/// The sum of a series in its own order, faster: rounded within lots of [`LOT`], exact over the lots, so that the error does
/// not grow with the number of values.
pub(crate) fn sum_of_series(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut total = ExactSum::default();
    total.in_lots(values, |total, lot| total.add(side_by_side(lot, |value| value)));
    total.total()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cancellation_and_order_do_not_matter() {
        let values = [1e100, 1.0, -1e100, 1e-3, 3.0, -1e-3];
        assert_eq!(sum(values), 4.0);
        assert_eq!(sum(values.into_iter().rev()), 4.0);
        assert_eq!(sum([0.1; 10]), 1.0);
        assert_eq!(sum([]), 0.0);
        // Exactly half-way between two doubles, decided by the smallest partial.
        assert_eq!(sum([1.0, f64::EPSILON / 2.0, 1e-300]), 1.0 + f64::EPSILON);
    }

    fn one_by_one(values: &[f64]) -> f64 {
        let mut total = ExactSum::default();
        for &value in values {
            total.add(value);
        }
        total.total()
    }

    #[test]
    fn lots_take_extremes() {
        let ends = [f64::MAX, -f64::MAX, f64::MIN_POSITIVE, -5e-324, 5e-324, 1.0, 1e-300, -1e290, 0.0, -0.0];
        for first in ends {
            let values: Vec<f64> = (0..1100).map(|i| if i % 3 == 0 { first } else { ends[i % ends.len()] }).collect();
            let (lots, single) = (sum(values.iter().copied()), one_by_one(&values));
            assert!(lots.to_bits() == single.to_bits() || !single.is_finite(), "{first:e}: {lots:e}, {single:e}");
        }
        assert!(sum([f64::MAX; 64]).is_nan() || sum([f64::MAX; 64]).is_infinite());
        assert!(sum(vec![f64::NAN; 64]).is_nan());
        assert_eq!(sum([5e-324; 100]), 100.0 * 5e-324);
    }

    proptest! {
        /// Lots give the bits that values one by one give, also where nearly everything cancels.
        #[test]
        fn lots_change_no_bit(
            values in prop::collection::vec((-1.0..1.0f64, -60..60i32), 0..1500),
            narrow in any::<bool>(),
            cancel in any::<bool>(),
        ) {
            let mut values: Vec<f64> =
                values.iter().map(|(x, power)| x * 2f64.powi(if narrow { power / 10 } else { *power })).collect();
            if cancel {
                let total = one_by_one(&values);
                values.extend(values.clone().into_iter().rev().map(|x| -x));
                values.push(total / 1e17);
            }
            prop_assert_eq!(sum(values.iter().copied()).to_bits(), one_by_one(&values).to_bits());
        }
    }
}
