//! Sample quantiles.

use super::Values;

/// The `q`-quantile of values in ascending order, by linear interpolation between order statistics.
///
/// Definition 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996: with h = (n − 1)·q
/// it is x₍⌊h⌋₎ + (h − ⌊h⌋)·(x₍⌊h⌋₊₁₎ − x₍⌊h⌋₎), counted from 0; NumPy's and R's default. Assumes nothing
/// about the distribution. In the unit of the values.
///
/// `None` for an empty slice and for a `q` outside 0 and 1. The caller sorts; [`quantile`] does it itself.
pub fn of_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&q) {
        return None;
    }
    let last = sorted.len().checked_sub(1)?;
    let rank = last as f64 * q;
    let below = (rank.floor() as usize).min(last);
    let low = *sorted.get(below)?;
    let high = *sorted.get((below + 1).min(last))?;
    Some(between(low, high, rank - below as f64))
}

/// The `q`-quantile of finite values in any order, which are reordered; see [`of_sorted`], whose answer it gives in
/// time that grows with their number only.
pub fn select(values: &mut [f64], q: f64) -> Option<f64> {
    select_beyond(values, &mut 0, q)
}

/// Several quantiles of the same finite values: see [`select`]. Each leaves less to look at for those above it, so that
/// ascending ones cost little more than the first. The memory is used again for the next values.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    values: Vec<f64>,
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
        select_beyond(&mut self.values, &mut self.settled, q)
    }
}

/// [`select`] of values of which so many leading ones are `settled`: known to be the smallest.
fn select_beyond(values: &mut [f64], settled: &mut usize, q: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&q) {
        return None;
    }
    let last = values.len().checked_sub(1)?;
    let rank = last as f64 * q;
    let below = (rank.floor() as usize).min(last);
    if below < *settled {
        *settled = 0;
    }
    let (_, &mut low, above) = values.get_mut(*settled..)?.select_nth_unstable_by(below - *settled, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    *settled = below;
    Some(between(low, high, rank - below as f64))
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

#[cfg(test)]
mod tests {
    use super::*;
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
