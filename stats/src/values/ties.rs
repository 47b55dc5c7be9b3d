//! When two numbers are one and the same but for rounding.
//!
//! Numbers that are equal in decimals, or in the reals, are rarely the same double once something was computed with them,
//! or once they were written in another unit. A rank or a count that takes them for different changes with the unit.

/// Two values are equal where they differ by no more than this share of the larger magnitude: some thousand roundings. No
/// tool reports so many digits.
pub const VALUES: f64 = 1e-12;

/// Two sums (or means) are equal where they differ by no more than this share of the sum of all magnitudes.
///
/// Wider than [`VALUES`], because the terms are often differences, which have lost digits: logarithms of 10⁹ that differ by
/// 10⁻⁵ are known to 10⁻¹⁰ of their difference. Of sums that differ truly, next to none lie that close together.
pub const SUMS: f64 = 1e-9;

/// Whether two values are equal but for rounding.
pub fn same(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= VALUES * a.abs().max(b.abs())
}

/// Gives values that are no further apart than `within` the same value, the least of them.
pub fn merge(values: &mut [f64], within: f64) {
    merge_by(values, within, |value| value, |shared, _| shared);
}

/// Gives magnitudes that are no further apart than `within` the same magnitude, the least of them; signs stay. So equal
/// differences, and opposite ones, stay equal in whatever is done with them.
pub fn merge_magnitudes(values: &mut [f64], within: f64) {
    merge_by(values, within, f64::abs, f64::copysign);
}

fn merge_by(values: &mut [f64], within: f64, of: impl Fn(f64) -> f64, back: impl Fn(f64, f64) -> f64) {
    let mut ascending: Vec<&mut f64> = values.iter_mut().collect();
    ascending.sort_unstable_by(|a, b| of(**a).total_cmp(&of(**b)));
    let mut last: Option<(f64, f64)> = None;
    for value in ascending {
        let own = of(*value);
        let shared = last.filter(|(before, _)| own - before <= within).map_or(own, |(_, shared)| shared);
        last = Some((own, shared));
        *value = back(shared, *value);
    }
}

/// Differences with ties as ties: what is at most `within` is 0, and magnitudes no further apart are one. Without it, a unit
/// or an order of adding would break ties.
pub fn tied(mut differences: Vec<f64>, within: f64) -> Vec<f64> {
    differences.iter_mut().filter(|difference| difference.abs() <= within).for_each(|zero| *zero = 0.0);
    merge_magnitudes(&mut differences, within);
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_makes_no_difference_and_digits_do() {
        assert!(same(0.1 + 0.2, 0.3) && same(0.0, -0.0) && same(f64::INFINITY, f64::INFINITY));
        assert!(!same(0.0, 5e-324) && !same(1.0, 1.0 + 1e-11) && !same(f64::MAX, -f64::MAX) && !same(f64::NAN, 1.0));
        let mut values = [0.3, -(0.1 + 0.2), 0.2, 0.0, 1e-17, 5.0];
        merge_magnitudes(&mut values, 1e-13);
        assert_eq!(values, [0.3, -0.3, 0.2, 0.0, 0.0, 5.0]);
        merge_magnitudes(&mut [], 1.0);
        let mut values = [0.1 + 0.2, -0.3, 0.3];
        merge(&mut values, 1e-13);
        assert_eq!(values, [0.3, -0.3, 0.3]);
        assert_eq!(tied(vec![-1e-14, 0.3, -(0.1 + 0.2)], 1e-13), [0.0, 0.3, -0.3]);
    }
}
