//! p values of a family of tests, adjusted for there being several.
//!
//! What could not be tested is `None`, stays `None`, and does not count: the family are the tests that were made. That
//! is only right where a test is missing for reasons that do not depend on its outcome. Adjusted values come in the
//! order of the input, never below their own p, never above 1, and in the same order as the p values.

use crate::PValue;

/// Holm's (1979) step-down: adjusted p₍ᵢ₎ = max over j ≤ i of (m − j + 1)·p₍ⱼ₎. Rejecting where that is at most α keeps
/// the probability of any false rejection in the family at most α, however the tests depend on each other.
pub fn holm(family: &[Option<PValue>]) -> Vec<Option<f64>> {
    let sorted = ascending(family);
    let tests = sorted.len();
    let mut reached = 0.0f64;
    let steps = sorted.into_iter().enumerate().map(|(before, (at, p))| {
        reached = reached.max((tests - before) as f64 * p);
        (at, reached)
    });
    back(family.len(), steps)
}

/// Benjamini and Hochberg's (1995) step-up: adjusted p₍ᵢ₎ = min over j ≥ i of m·p₍ⱼ₎/j. Rejecting where that is at most α
/// keeps the expected share of false ones among the rejections at most α, for tests that are independent or
/// positively dependent.
pub fn benjamini_hochberg(family: &[Option<PValue>]) -> Vec<Option<f64>> {
    let sorted = ascending(family);
    let tests = sorted.len() as f64;
    let mut reached = 1.0f64;
    let steps = sorted.into_iter().enumerate().rev().map(|(before, (at, p))| {
        // The factor is at least 1; dividing first keeps rounding from taking the result below p.
        reached = reached.min(tests / (before as f64 + 1.0) * p);
        (at, reached)
    });
    back(family.len(), steps)
}

/// The p values that there are with their places, smallest first.
fn ascending(family: &[Option<PValue>]) -> Vec<(usize, f64)> {
    let tested = family.iter().enumerate().filter_map(|(at, p)| p.map(|p| (at, p.value)));
    let mut tested: Vec<(usize, f64)> = tested.filter(|(_, p)| (0.0..=1.0).contains(p)).collect();
    tested.sort_by(|a, b| a.1.total_cmp(&b.1));
    tested
}

/// Values put back to their places.
fn back(count: usize, values: impl Iterator<Item = (usize, f64)>) -> Vec<Option<f64>> {
    let mut adjusted = vec![None; count];
    for (at, value) in values {
        if let Some(slot) = adjusted.get_mut(at) {
            *slot = Some(value.min(1.0));
        }
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_tested_does_not_count() {
        let family = [Some(0.25), None, Some(0.0625)].map(|p| p.and_then(PValue::of_distribution));
        assert_eq!(holm(&family), [Some(0.25), None, Some(0.125)]);
        assert_eq!(benjamini_hochberg(&family), [Some(0.25), None, Some(0.125)]);
        assert_eq!((holm(&[]), holm(&[None])), (vec![], vec![None]));
    }
}
