//! Sample quantiles.

use crate::Values;

/// The `q`-quantile of values in ascending order, by linear interpolation between order statistics.
///
/// Definition 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996: with h = (n − 1)·q
/// it is x₍⌊h⌋₎ + (h − ⌊h⌋)·(x₍⌊h⌋₊₁₎ − x₍⌊h⌋₎), counted from 0; NumPy's and R's default. Assumes nothing
/// about the distribution. In the unit of the values.
///
/// `None` for an empty slice and for a `q` outside 0 and 1. The caller sorts; [`quantile`] does it itself.
pub fn of_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    let (rank, below) = rank(sorted.len(), q)?;
    let low = *sorted.get(below)?;
    let high = sorted.get(below + 1).copied().unwrap_or(low);
    Some(between(low, high, rank - below as f64))
}

/// Several quantiles of the same finite values in any order: see [`of_sorted`], whose answers it gives in time that grows
/// with their number only. Each leaves less to look at for those above it, so that ascending ones cost little more than
/// the first. The memory is used again for the next values.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    values: Vec<f64>,
    /// So many leading values are known to be the smallest.
    settled: usize,
}

impl Selection {
    /// Takes other values.
    pub fn fill(&mut self, values: &[f64]) {
        self.values.clear();
        self.values.extend_from_slice(values);
        self.settled = 0;
    }

    /// The `q`-quantile. `None` where there are no values and for a `q` outside 0 and 1.
    pub fn quantile(&mut self, q: f64) -> Option<f64> {
        let (rank, below) = rank(self.values.len(), q)?;
        if below < self.settled {
            self.settled = 0;
        }
        let (low, high) = neighbours(self.values.get_mut(self.settled..)?, below - self.settled)?;
        self.settled = below;
        Some(between(low, high, rank - below as f64))
    }
}

/// Values from which [`two`] looks at a part of them first, and how large a one.
const MANY: usize = 2048;
const PART: usize = 256;

/// Two quantiles of finite values in any order, which stay as they are: see [`of_sorted`].
///
/// Of many values, a part says beyond which ones the tails surely lie, and only those are looked at more closely (the
/// idea of Floyd and Rivest, "Expected Time Bounds for Selection", 1975). Where the part misled, all are.
pub(crate) fn two(values: &[f64], low: f64, high: f64) -> Option<(f64, f64)> {
    let step = if values.len() < MANY { values.len() } else { values.len() / PART };
    let mut part: Vec<f64> = values.iter().copied().step_by(step.max(1)).collect();
    part.sort_unstable_by(f64::total_cmp);
    Some((tail(values, &part, low)?, tail(values, &part, high)?))
}

/// One of [`two`].
fn tail(values: &[f64], sorted_part: &[f64], q: f64) -> Option<f64> {
    let (rank, below) = rank(values.len(), q)?;
    let upper = q > 0.5;
    let (size, share) = (sorted_part.len() as f64, if upper { 1.0 - q } else { q });
    // Four standard errors further in than expected.
    let inside = (size * share + 4.0 * (size * share * (1.0 - share)).sqrt()).ceil() as usize + 1;
    let inside = if upper { sorted_part.len().checked_sub(inside) } else { Some(inside) };
    let mut tail: Vec<f64> = match inside.and_then(|at| sorted_part.get(at)) {
        Some(bound) if upper => values.iter().copied().filter(|x| x >= bound).collect(),
        Some(bound) => values.iter().copied().filter(|x| x <= bound).collect(),
        None => Vec::new(),
    };
    let before = if upper { values.len() - tail.len() } else { 0 };
    // Both values that the quantile lies between have to be in there.
    let (low, high) = match below.checked_sub(before) {
        Some(below) if below + 1 < tail.len() => neighbours(&mut tail, below)?,
        _ => neighbours(&mut values.to_vec(), below)?,
    };
    Some(between(low, high, rank - below as f64))
}

/// The rank of the `q`-quantile of so many values, counted from 0, and the whole number below it.
fn rank(count: usize, q: f64) -> Option<(f64, usize)> {
    let last = count.checked_sub(1)?;
    let rank = last as f64 * q;
    (0.0..=1.0).contains(&q).then_some((rank, (rank.floor() as usize).min(last)))
}

/// The value with so many `below` it, and the next larger one (itself where there is none).
fn neighbours(values: &mut [f64], below: usize) -> Option<(f64, f64)> {
    if below >= values.len() {
        return None;
    }
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    Some((low, above.iter().copied().min_by(f64::total_cmp).unwrap_or(low)))
}

fn between(low: f64, high: f64, share: f64) -> f64 {
    let gap = high - low;
    let value = if gap.is_finite() { low + share * gap } else { low * (1.0 - share) + high * share };
    // NaN passes; values are finite where this is called with a promise of them.
    if low <= high { value.clamp(low, high) } else { value }
}

/// The `q`-quantile of values in any order; see [`of_sorted`]. `None` for a `q` outside 0 and 1.
pub fn quantile(values: Values<'_>, q: f64) -> Option<f64> {
    of_sorted(&values.sorted(), q)
}

/// The median: the middle value, or the mean of the middle two.
pub fn median(values: Values<'_>) -> f64 {
    // Never empty, so the fallback is unreachable; it would still lie within the data.
    of_sorted(&values.sorted(), 0.5).unwrap_or_else(|| values.range().0)
}

/// The median of what may be nothing at all; `None` where it is, and where a value is not finite.
pub fn median_of(values: &[f64]) -> Option<f64> {
    Values::new(values).ok().map(median)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Resampling;
    use proptest::prelude::*;

    #[test]
    fn ends_and_middle() {
        assert_eq!(of_sorted(&[], 0.5), None);
        assert_eq!(of_sorted(&[1.0], 1.5), None);
        assert_eq!(of_sorted(&[3.0], 0.99), Some(3.0));
        assert_eq!(of_sorted(&[1.0, 2.0, 4.0], 0.0), Some(1.0));
        assert_eq!(of_sorted(&[1.0, 2.0, 4.0], 1.0), Some(4.0));
        assert_eq!(of_sorted(&[1.0, 2.0, 4.0, 8.0], 0.5), Some(3.0));
        assert_eq!(of_sorted(&[-f64::MAX, f64::MAX], 0.5), Some(0.0));
    }

    proptest! {
        /// In any order, with ties, and where the part that is looked at first misleads.
        #[test]
        fn two_quantiles_are_those_of_sorted_values(
            seed in any::<u64>(), kinds in 1u64..3000, sorted in any::<bool>(),
            q in prop_oneof![Just(0.0), Just(0.025), Just(0.5), Just(0.975), Just(1.0), 0.0..=1.0f64],
        ) {
            let mut drawn = Resampling { seed, resamples: 0 }.stream(0);
            let mut values: Vec<f64> =
                (0..MANY + 700).map(|_| crate::random::index(&mut drawn, kinds as usize) as f64 - 5.0).collect();
            let mut ascending = values.clone();
            ascending.sort_unstable_by(f64::total_cmp);
            if sorted {
                values.clone_from(&ascending);
            }
            let expected = of_sorted(&ascending, q).zip(of_sorted(&ascending, 1.0 - q));
            prop_assert_eq!(two(&values, q, 1.0 - q), expected);
            // What the part sees lies at the other end of all the rest.
            let step = values.len() / PART;
            values.iter_mut().step_by(step).for_each(|x| *x += if q > 0.5 { -1e4 } else { 1e4 });
            let mut ascending = values.clone();
            ascending.sort_unstable_by(f64::total_cmp);
            let expected = of_sorted(&ascending, q).zip(of_sorted(&ascending, 1.0 - q));
            prop_assert_eq!(two(&values, q, 1.0 - q), expected);
        }

        /// Whatever the order in which quantiles are asked for.
        #[test]
        fn a_selection_gives_what_sorting_gives(
            values in prop::collection::vec(prop_oneof![-5.0..5.0f64, Just(-0.0), Just(0.0), Just(2.0)], 0..60),
            shares in prop::collection::vec(0.0..=1.0f64, 1..6),
        ) {
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let mut selection = Selection::default();
            selection.fill(&values);
            for q in shares {
                prop_assert_eq!(selection.quantile(q).map(f64::to_bits), of_sorted(&sorted, q).map(f64::to_bits));
            }
        }
    }
}
