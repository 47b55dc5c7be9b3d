//! The value axis: its range, whether it is logarithmic, and its ticks.

use crate::number::pretty;

/// A value axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Whether it is logarithmic.
    pub log: bool,
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Where labels may stand, the most important first within each level.
    pub ticks: Vec<Tick>,
}

/// A labelled place on an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// The value.
    pub at: f64,
    /// Its label.
    pub label: String,
    /// 0 for those to keep when room is short, 1 for those to drop first.
    pub level: u8,
}

/// What an axis must show, in the unit of its labels.
#[derive(Debug, Clone, Default)]
pub struct Extent {
    /// Values, links' values and bounds: always inside.
    pub points: Vec<f64>,
    /// Ends of intervals: inside as long as they do not squeeze the points.
    pub ends: Vec<f64>,
    /// Whether an arrow needs room at the upper end.
    pub arrow: bool,
    /// A value that the quantity cannot pass, such as 100 %.
    pub ceiling: Option<f64>,
}

impl Axis {
    /// An axis for this extent; logarithmic where `may_log` and the points span more than a decade.
    pub fn new(may_log: bool, extent: &Extent) -> Self {
        let finite = |x: &&f64| x.is_finite();
        let low = extent.points.iter().filter(finite).copied().fold(f64::INFINITY, f64::min);
        let high = extent.points.iter().filter(finite).copied().fold(f64::NEG_INFINITY, f64::max);
        let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        let log = may_log && low > 0.0 && high / low > 10.0;
        let (low, high) = if log { log_range(low, high, extent) } else { linear_range(low, high, extent) };
        let ticks = if log { log_ticks(low, high) } else { linear_ticks(low, high, extent.ceiling) };
        Self { log, low, high, ticks }
    }

    /// Where a value lies between the ends, as a share of the axis; clamped to 0 and 1.
    pub fn share(&self, value: f64) -> f64 {
        let f = |x: f64| if self.log { x.max(f64::MIN_POSITIVE).ln() } else { x };
        let (low, high) = (f(self.low), f(self.high));
        if high > low { ((f(value.clamp(-f64::MAX, f64::MAX)) - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 }
    }

    /// The share of the axis that an extent's points take up.
    pub fn filled_by(&self, extent: &Extent) -> f64 {
        let shares = || extent.points.iter().map(|point| self.share(*point));
        (shares().fold(0.0, f64::max) - shares().fold(1.0, f64::min)).max(0.0)
    }

    /// Whether a value lies beyond the ends.
    pub fn beyond(&self, value: f64) -> bool {
        value < self.low || value > self.high
    }
}

/// Extends a range towards the ends of intervals, at most by `allowance` on each side.
fn towards(low: f64, high: f64, ends: impl Iterator<Item = f64> + Clone, allowance: f64) -> (f64, f64) {
    let lowest = ends.clone().fold(low, f64::min).max(low - allowance);
    let highest = ends.fold(high, f64::max).min(high + allowance);
    (lowest, highest)
}

fn log_range(low: f64, high: f64, extent: &Extent) -> (f64, f64) {
    let (low, high) = (low.ln(), high.ln());
    let ends = extent.ends.iter().map(|x| if *x > 0.0 { x.ln() } else { f64::NEG_INFINITY });
    let (low, high) = towards(low, high, ends, (high - low) * 0.35);
    let pad = (high - low) * 0.05;
    let arrow = if extent.arrow { (high - low) * 0.14 } else { pad };
    ((low - pad).exp(), (high + arrow).exp())
}

fn linear_range(low: f64, high: f64, extent: &Extent) -> (f64, f64) {
    let span = if high > low { high - low } else { high.abs().max(1e-9) * 0.2 };
    let (mut low, mut high) = towards(low, high, extent.ends.iter().copied(), span * 0.75);
    // Every quantity of the catalogue is at least 0: where 0 is near, the axis starts there.
    if low < 0.4 * high || low <= 0.0 {
        low = 0.0;
    }
    if let Some(ceiling) = extent.ceiling {
        high = high.min(ceiling);
    }
    let span = if high > low { high - low } else { high.abs().max(1.0) * 0.2 };
    if high <= low {
        high = low + span;
    }
    (low - span * 0.05, high + span * if extent.arrow { 0.16 } else { 0.06 })
}

fn log_ticks(low: f64, high: f64) -> Vec<Tick> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let decades = high.log10() - low.log10();
    let mut ticks = Vec::new();
    for exponent in first..=last {
        for (factor, level) in [(1.0, 0), (2.0, 1), (5.0, 1)] {
            let at = factor * 10f64.powi(exponent);
            let keep = level == 0 || decades < 2.2;
            if at >= low && at <= high && keep {
                ticks.push(Tick { at, label: power_label(factor, exponent), level });
            }
        }
    }
    ticks
}

fn power_label(factor: f64, exponent: i32) -> String {
    if (-3..=4).contains(&exponent) {
        return pretty(&format!("{:.*}", (-exponent).max(0) as usize, factor * 10f64.powi(exponent)));
    }
    let digits: String = exponent
        .to_string()
        .chars()
        .map(|c| match c {
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '0' => '⁰',
            '-' => '⁻',
            c => c.to_digit(10).and_then(|d| char::from_u32(0x2070 + d)).unwrap_or(c),
        })
        .collect();
    if factor == 1.0 { format!("10{digits}") } else { format!("{factor}·10{digits}") }
}

fn linear_ticks(low: f64, high: f64, ceiling: Option<f64>) -> Vec<Tick> {
    let rough = (high - low) / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].iter().map(|f| f * power).find(|step| *step >= rough * 0.9).unwrap_or(power * 10.0);
    let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last.min(first.saturating_add(50)))
        .map(|k| (k, k as f64 * step))
        .filter(|(_, at)| *at >= 0.0 && ceiling.is_none_or(|ceiling| *at <= ceiling * (1.0 + 1e-9)))
        .map(|(k, at)| Tick { at, label: pretty(&format!("{at:.decimals$}")), level: u8::from(k % 2 != 0) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(points: &[f64], ends: &[f64], may_log: bool) -> Axis {
        Axis::new(may_log, &Extent { points: points.to_vec(), ends: ends.to_vec(), ..Extent::default() })
    }

    #[test]
    fn logarithmic_beyond_a_decade_only() {
        assert!(!axis(&[1.0, 9.0], &[], true).log);
        assert!(axis(&[1.0, 11.0], &[], true).log);
        assert!(!axis(&[0.0, 100.0], &[], true).log);
        assert!(!axis(&[1.0, 100.0], &[], false).log);
    }

    #[test]
    fn a_wild_interval_does_not_squeeze_the_points() {
        let axis = axis(&[10.0, 1000.0], &[1e-9, 1e12], true);
        assert!(axis.share(1000.0) - axis.share(10.0) > 0.5, "{axis:?}");
        assert!(axis.beyond(1e12) && axis.share(1e12) == 1.0);
    }

    #[test]
    fn ticks_are_round() {
        let labels = |axis: Axis| axis.ticks.into_iter().map(|tick| tick.label).collect::<Vec<_>>();
        assert_eq!(labels(axis(&[0.0, 98.0], &[], false)), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(labels(axis(&[0.02, 4000.0], &[], true)), ["0.1", "1", "10", "100", "1000"]);
        assert_eq!(power_label(1.0, 7), "10⁷");
        assert_eq!(power_label(2.0, -5), "2·10⁻⁵");
        assert!(!axis(&[], &[], true).ticks.is_empty());
        assert!(!axis(&[5.0], &[], true).ticks.is_empty());
    }
}
