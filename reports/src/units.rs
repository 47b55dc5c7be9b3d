//! Units for people: one scale for a whole table or axis, chosen from its values.

use meshbench_schemas::catalogue::Unit;

/// A unit that values of a base unit are shown in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    /// How many base units one of this unit is.
    pub factor: f64,
    /// The symbol in plain text; empty for a count.
    pub text: &'static str,
    /// The unit in siunitx's words; empty for a count.
    pub siunitx: &'static str,
}

const fn unit(factor: f64, text: &'static str, siunitx: &'static str) -> Shown {
    Shown { factor, text, siunitx }
}

const SECONDS: &[Shown] =
    &[unit(1e-6, "µs", r"\micro\second"), unit(1e-3, "ms", r"\milli\second"), unit(1.0, "s", r"\second")];
const BIT_RATES: &[Shown] = &[
    unit(1.0, "bit/s", r"\bit\per\second"),
    unit(1e3, "kbit/s", r"\kilo\bit\per\second"),
    unit(1e6, "Mbit/s", r"\mega\bit\per\second"),
    unit(1e9, "Gbit/s", r"\giga\bit\per\second"),
];
const BYTES: &[Shown] = &[
    unit(1.0, "B", r"\byte"),
    unit(1e3, "kB", r"\kilo\byte"),
    unit(1e6, "MB", r"\mega\byte"),
    unit(1e9, "GB", r"\giga\byte"),
];
const RATIOS: &[Shown] = &[unit(1e-2, "%", r"\percent")];
const COUNTS: &[Shown] = &[unit(1.0, "", "")];
const PER_SECOND: &[Shown] = &[unit(1.0, "1/s", r"\per\second")];

impl Shown {
    /// The unit in which the median of the values' sizes is at least 1; the smallest one where none is.
    pub fn choose(base: Unit, values: impl IntoIterator<Item = f64>) -> Self {
        let scales = match base {
            Unit::Second => SECONDS,
            Unit::BitPerSecond => BIT_RATES,
            Unit::Byte => BYTES,
            Unit::Ratio => RATIOS,
            Unit::Count => COUNTS,
            Unit::PerSecond => PER_SECOND,
        };
        let mut sizes: Vec<f64> = values.into_iter().map(f64::abs).filter(|v| v.is_finite() && *v > 0.0).collect();
        sizes.sort_by(f64::total_cmp);
        let middle = sizes.get(sizes.len() / 2).copied();
        let default = || scales.iter().find(|scale| scale.factor == 1.0).or(scales.first());
        let chosen = match middle {
            Some(middle) => scales.iter().rev().find(|scale| middle >= scale.factor).or(scales.first()),
            None => default(),
        };
        chosen.copied().unwrap_or(unit(1.0, "", ""))
    }

    /// A value of the base unit in this unit.
    pub fn scale(self, base: f64) -> f64 {
        // Division by a power of ten below one is a rounding error worse than the multiplication.
        if self.factor < 1.0 { base * (1.0 / self.factor).round() } else { base / self.factor }
    }

    /// `digits` with the unit, in plain text, with a no-break space.
    pub fn with(self, digits: &str) -> String {
        if self.text.is_empty() { digits.to_owned() } else { format!("{digits}\u{a0}{}", self.text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_decides() {
        assert_eq!(Shown::choose(Unit::BitPerSecond, [9.4e8, 4e8, 1e3]).text, "Mbit/s");
        assert_eq!(Shown::choose(Unit::Second, [3e-4, 2e-2, 4e-3]).text, "ms");
        assert_eq!(Shown::choose(Unit::Second, []).text, "s");
        assert_eq!(Shown::choose(Unit::Ratio, [0.0]).text, "%");
        assert_eq!(Shown::choose(Unit::Ratio, []).scale(0.07), 7.000000000000001);
    }
}
