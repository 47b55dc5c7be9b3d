//! The value of a cell from one value a block, with its interval, and the one rule from how many blocks on that is a median.
//!
//! The stopping rule, the plan of a campaign, the estimates and their explanations all read the rule here.

use crate::order_statistic::{median_interval, ranks};
use crate::t_interval::{Located, geometric_mean_t, mean_t};
use crate::{Confidence, Values};

/// From this many blocks on, the median with its exact interval; below, the mean with t. At 95 % six are the least whose
/// extremes enclose the median often enough.
pub const MEDIAN_FROM: usize = 6;

/// The rank of the order statistics between which the median of so many blocks lies, from 1, and the confidence that they
/// have: see [`ranks`]. `None` where the blocks have the mean with t instead: below [`MEDIAN_FROM`], and where their extremes
/// do not enclose the median often enough.
pub fn order_statistics(blocks: usize, confidence: Confidence) -> Option<(usize, f64)> {
    if blocks < MEDIAN_FROM { None } else { ranks(blocks, confidence) }
}

/// No confidence that a double below 1 can ask for needs more blocks: 1 − 2·2⁻ⁿ is then 1.
const ENOUGH: usize = 64;

/// The least number of blocks that have [`order_statistics`].
pub fn median_from(confidence: Confidence) -> usize {
    (MEDIAN_FROM..ENOUGH).find(|&blocks| order_statistics(blocks, confidence).is_some()).unwrap_or(ENOUGH)
}

/// The estimator, and where its interval comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Median, order statistics.
    Median,
    /// Mean, Student's t.
    Mean,
    /// Geometric mean, Student's t on logarithms.
    GeometricMean,
}

/// The median with its exact interval where there are [`order_statistics`]; else the mean with t, on logarithms if asked for
/// and if all values are above zero.
///
/// Assumes independent blocks; t rests on normality (on its scale). In the unit of the values. A single value has no interval.
pub fn of_blocks(values: Values<'_>, logarithmic: bool, confidence: Confidence) -> (Located, Method) {
    if order_statistics(values.count(), confidence).is_some() {
        let median = median_interval(values, confidence);
        if median.interval.is_some() {
            return (median, Method::Median);
        }
    }
    let geometric = if logarithmic { geometric_mean_t(values, confidence) } else { None };
    geometric.map_or_else(|| (mean_t(values, confidence), Method::Mean), |mean| (mean, Method::GeometricMean))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_blocks_have_a_median() {
        let of = |values: &[f64], log| of_blocks(Values::new(values).unwrap(), log, Confidence::P95);
        let (median, method) = of(&[5.0, 1.0, 4.0, 2.0, 3.0, 6.0], true);
        assert_eq!((method, median.value), (Method::Median, 3.5));
        assert_eq!(median.interval.map(|i| (i.low, i.high, i.confidence)), Some((1.0, 6.0, 0.96875)));
        assert_eq!(of(&[1.0, 4.0], true).1, Method::GeometricMean);
        assert_eq!((of(&[1.0, 4.0], false).1, of(&[0.0, 4.0], true).1), (Method::Mean, Method::Mean));
        // At 99 % eight are the least.
        let seven = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        assert_eq!(of_blocks(Values::new(&seven).unwrap(), false, Confidence::new(0.99).unwrap()).1, Method::Mean);
    }

    #[test]
    fn the_rule_is_the_same_for_whoever_asks() {
        for share in [0.5, 0.8, 0.9, 0.95, 0.96875, 0.97, 0.99, 0.999, 1.0 - f64::EPSILON] {
            let confidence = Confidence::new(share).unwrap();
            let least = median_from(confidence);
            for blocks in 1..least + 3 {
                let values: Vec<f64> = (1..=blocks).map(|value| value as f64).collect();
                let (_, method) = of_blocks(Values::new(&values).unwrap(), false, confidence);
                assert_eq!(method == Method::Median, blocks >= least, "{blocks} blocks at {share}");
                assert_eq!(
                    order_statistics(blocks, confidence).is_some(),
                    blocks >= least,
                    "{blocks} blocks at {share}"
                );
            }
        }
        let least = |share| median_from(Confidence::new(share).unwrap());
        assert_eq!([0.5, 0.9, 0.95, 0.97, 0.99].map(least), [6, 6, 6, 7, 8]);
        assert_eq!(least(1.0 - f64::EPSILON / 2.0), 54);
    }
}
