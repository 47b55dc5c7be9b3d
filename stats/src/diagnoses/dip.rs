//! Whether values have more than one mode.

use crate::bootstrap::replicate;
use crate::{Computed, PValue, Resampling, Values};
use rand::RngExt;

/// Below this number of values nothing looks like two modes: two and two already lie as two pairs may at random.
pub const LEAST_VALUES: usize = 5;

/// More values than this are not tested: a null distribution of their number would take long, and quantiles of
/// them say the same.
pub const MOST_VALUES: usize = 5_000;

/// Hartigan's dip: the largest distance between the values' distribution function and the nearest one with a single
/// mode (Hartigan and Hartigan, 1985). Between 1/(2n) and 1/4; 1/(2n) for equal values.
///
/// Depends on neither location nor scale. `None` for a single value, and where differences of values overflow.
pub fn dip(values: Values<'_>) -> Option<f64> {
    let (low, high) = values.range();
    (values.count() > 1 && (high - low).is_finite()).then(|| of_sorted(&values.sorted()))
}

/// The dip test: probability that uniform values, which are the hardest to tell from two modes among all with one,
/// have a dip as large. A small p says that there is more than one mode, and nothing about how many.
///
/// Conservative: values with one mode that is peaked give a small p much more rarely than it says (normal: 3 %
/// of samples of 5 or 6 are below 0.05, 2 % of 10, 1 % of 20). Assumes independent values without ties: values rounded so coarsely that many are equal
/// look like several modes. `None` below [`LEAST_VALUES`], above [`MOST_VALUES`], for no resamples, and where
/// differences overflow.
pub fn test(values: Values<'_>, resampling: Resampling) -> Option<PValue> {
    let n = values.count();
    if !(LEAST_VALUES..=MOST_VALUES).contains(&n) || resampling.resamples == 0 {
        return None;
    }
    let found = dip(values)?;
    let null = replicate(resampling, Vec::new, |generator, uniform: &mut Vec<f64>| {
        uniform.clear();
        uniform.extend((0..n).map(|_| generator.random::<f64>()));
        uniform.sort_unstable_by(f64::total_cmp);
        of_sorted(uniform)
    });
    let extreme = null.iter().filter(|&&dip| dip >= found - ROUNDING).count();
    let drawn = null.len() as f64;
    let smallest = 1.0 / (1.0 + drawn);
    let computed = Computed::MonteCarlo { resamples: resampling.resamples };
    PValue::new((1.0 + extreme as f64) * smallest, computed, Some(smallest))
}

/// Dips that differ by less are equal.
const ROUNDING: f64 = 1e-12;

/// The dip of values in ascending order.
///
/// A function with one mode is convex up to it and concave after. Within an interval of values that holds the mode,
/// the greatest convex minorant and the least concave majorant of the distribution function are set against each other:
/// where they are furthest apart, the interval is cut, what was cut off gives a lower bound of the dip, and the
/// search goes on inside until the bound is no less than what is left.
fn of_sorted(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else {
        return 0.0;
    };
    let least = 0.5 / n as f64;
    if n < 4 || first == last {
        return least;
    }
    let x = |at: usize| sorted.get(at).copied().unwrap_or_default();
    let (mut low, mut high) = (0, n - 1);
    // In steps of 1/n, and twice the dip.
    let mut bound = 1.0f64;
    loop {
        let minorant = hull(low, high, &x, true);
        let majorant = hull(low, high, &x, false);
        let (mut gap, mut cut) = (0.0, (low, high));
        // The minorant runs below the function's left limits, the majorant above its values: hence the extra step.
        for &at in &minorant {
            let upper = height(&majorant, at, &x);
            let distance = upper - at as f64 + 1.0;
            if distance > gap {
                gap = distance;
                let right = majorant.iter().copied().find(|&m| m >= at).unwrap_or(high);
                cut = (at, right);
            }
        }
        for &at in &majorant {
            let lower = height(&minorant, at, &x);
            let distance = at as f64 - lower + 1.0;
            if distance > gap {
                gap = distance;
                let left = minorant.iter().copied().rev().find(|&m| m <= at).unwrap_or(low);
                cut = (left, at);
            }
        }
        if gap <= bound {
            break;
        }
        let left = minorant.iter().copied().filter(|&m| m <= cut.0).collect::<Vec<_>>();
        let right = majorant.iter().copied().filter(|&m| m >= cut.1).collect::<Vec<_>>();
        bound = bound.max(deviation(&left, &x, true)).max(deviation(&right, &x, false));
        if cut == (low, high) {
            break;
        }
        (low, high) = cut;
    }
    bound * least
}

/// The corners of the greatest convex minorant (or the least concave majorant) of the points (x, rank).
fn hull(low: usize, high: usize, x: &impl Fn(usize) -> f64, convex: bool) -> Vec<usize> {
    let mut corners: Vec<usize> = Vec::new();
    for at in low..=high {
        while let [.., before, last] = corners.as_slice() {
            let rise = (last - before) as f64 * (x(at) - x(*before)) - (at - before) as f64 * (x(*last) - x(*before));
            if (convex && rise >= 0.0) || (!convex && rise <= 0.0) {
                corners.pop()
            } else {
                break;
            };
        }
        corners.push(at);
    }
    corners
}

/// The rank that the line through the corners has at the value of `at`.
fn height(corners: &[usize], at: usize, x: &impl Fn(usize) -> f64) -> f64 {
    let end = corners.partition_point(|&corner| corner < at);
    let right = corners.get(end).copied().unwrap_or(at);
    let left = end.checked_sub(1).and_then(|before| corners.get(before)).copied().unwrap_or(right);
    line(left, right, at, x)
}

fn line(left: usize, right: usize, at: usize, x: &impl Fn(usize) -> f64) -> f64 {
    let width = x(right) - x(left);
    if width > 0.0 { left as f64 + (right - left) as f64 * ((x(at) - x(left)) / width) } else { right as f64 }
}

/// The largest distance between the function and the line through the corners.
fn deviation(corners: &[usize], x: &impl Fn(usize) -> f64, convex: bool) -> f64 {
    let mut largest = 1.0f64;
    for pair in corners.windows(2) {
        let [left, right] = pair else { continue };
        if right - left > 1 && x(*right) != x(*left) {
            for at in *left..=*right {
                let off = at as f64 - line(*left, *right, at, x);
                largest = largest.max(1.0 + if convex { off } else { -off });
            }
        }
    }
    largest
}
