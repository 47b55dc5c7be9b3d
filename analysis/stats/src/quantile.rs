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
    if !(0.0..=1.0).contains(&q) {
        return None;
    }
    let last = values.len().checked_sub(1)?;
    let below = ((last as f64 * q).floor() as usize).min(last);
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let high = above.iter().copied().reduce(f64::min).unwrap_or(low);
    let share = last as f64 * q - below as f64;
    Some(between(low, high, share))
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
}
