//! Whether one cell has been measured often enough, from nothing but its own values.
//!
//! An interval whose width decided when to stop holds less often than it says: blocks that agree by chance end it. What was
//! measured after the decision is as likely to disagree as ever, and puts that right: with [`Rule::confirm`] = 2 the
//! simulated intervals hold as often as they say.

use crate::of_blocks::{of_blocks, order_statistics};
use crate::{Confidence, Values};

/// The interval of two values is narrow by luck only, more than two others make up for.
pub const CONFIRMED_FROM: usize = 3;

/// When an interval is narrow enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Half the width of the interval, relative to the value, above 0.
    pub precision: f64,
    /// So many of the latest blocks are not looked at; 0 looks at all of them.
    pub confirm: usize,
}

impl Rule {
    /// Blocks that are looked at after so many.
    pub const fn seen(&self, done: usize) -> usize {
        done.saturating_sub(self.confirm)
    }

    /// Whether such a half width is narrow enough; where there is no interval, it is not.
    pub fn is_narrow(&self, half_width: Option<f64>) -> bool {
        half_width.is_some_and(|width| width <= self.precision)
    }

    /// Half the width that is looked at, of a cell with these values: one a block, `None` where a block lacks one. A rule that
    /// has its blocks confirmed does not look at fewer than [`CONFIRMED_FROM`] values.
    pub fn looked_at(&self, blocks: &[Option<f64>], logarithmic: bool) -> Option<f64> {
        let seen: Vec<f64> = blocks.iter().take(self.seen(blocks.len())).copied().flatten().collect();
        if self.confirm > 0 && seen.len() < CONFIRMED_FROM {
            return None;
        }
        half_width(&seen, logarithmic)
    }
}

/// Half the width of the 95 % interval of a cell that [`of_blocks`] gives, relative to its value. `None` below two values,
/// where a value is not finite, and where the value is zero or (for means on logarithms) not positive, unless all values
/// are the same.
pub fn half_width(values: &[f64], logarithmic: bool) -> Option<f64> {
    let checked = Values::new(values).ok().filter(|values| values.count() > 1)?;
    let (low, high) = checked.range();
    if low == high {
        return Some(0.0);
    }
    if logarithmic && low <= 0.0 && order_statistics(values.len(), Confidence::P95).is_none() {
        return None;
    }
    let (located, _) = of_blocks(checked, logarithmic, Confidence::P95);
    let interval = located.interval?;
    let relative = (interval.high - interval.low) / 2.0 / located.value.abs();
    relative.is_finite().then_some(relative)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_half_and_relative() {
        // Six values: the extremes around the median.
        assert_eq!(half_width(&[10.0, 11.0, 9.0, 10.0, 12.0, 8.0], true), Some(0.2));
        // Two values: t with one degree of freedom, 12.706 · 1 / 10.
        let two = half_width(&[9.0, 11.0], false).unwrap();
        assert!((two - 1.270_620_473_617_47).abs() < 1e-9, "{two}");
        // On logarithms: sinh(t·s/√n) by the geometric mean.
        let logs = half_width(&[10.0, 10.1, 10.2], true).unwrap();
        let deviation = [10.0f64.ln(), 10.1f64.ln(), 10.2f64.ln()];
        let mean = deviation.iter().sum::<f64>() / 3.0;
        let s = (deviation.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 2.0).sqrt();
        assert!((logs - (4.302_652_729_749_464 * s / 3f64.sqrt()).sinh()).abs() < 1e-9);
        assert_eq!(half_width(&[1.0], false), None);
        assert_eq!(half_width(&[0.0; 3], true), Some(0.0));
        assert_eq!(half_width(&[0.0, 1.0], true), None);
        assert_eq!(half_width(&[f64::NAN, 1.0, 1.0], false), None);
        assert_eq!(half_width(&[-1.0, 1.0, 0.0], false), None);
    }

    #[test]
    fn the_latest_blocks_confirm_and_do_not_decide() {
        let wide = [Some(1.0), Some(1.0), None, Some(1.0), Some(9.0), Some(90.0)];
        let rule = |confirm| Rule { precision: 0.05, confirm };
        let narrow = |confirm| rule(confirm).is_narrow(rule(confirm).looked_at(&wide, true));
        assert!(!narrow(0) && !narrow(1) && narrow(2));
        // Two values are too few to be confirmed, as are one and none.
        assert!(!narrow(3) && !narrow(5) && !narrow(6) && !narrow(100));
        let two = [Some(1.0), Some(1.0)];
        assert!(rule(0).is_narrow(rule(0).looked_at(&two, false)));
    }
}
