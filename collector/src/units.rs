//! Durations, ratios and rates as people write them in a matrix.

use serde::{Deserialize, Deserializer};
use std::time::Duration;

/// A text that is no duration, ratio or rate, and what would be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no {wanted}")]
pub struct UnitError {
    found: String,
    wanted: &'static str,
}

/// A length of time, written with a unit: `250us`, `20ms`, `1.5s`, `2min`, `1h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span(Duration);

impl Span {
    /// A span of the given length.
    pub const fn new(duration: Duration) -> Self {
        Self(duration)
    }

    /// The length.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::str::FromStr for Span {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = "duration: write a number and a unit, such as \"600ms\", \"5s\" or \"2min\" (us, ms, s, min, h)";
        let error = || UnitError { found: text.to_owned(), wanted };
        let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(error)?;
        let (number, unit) = text.split_at(split);
        let number: f64 = number.parse().map_err(|_| error())?;
        let seconds = match unit.trim_start() {
            "us" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "min" => 60.0,
            "h" => 3600.0,
            _ => return Err(error()),
        };
        // Through whole nanoseconds, so that "0.1s" and "100ms" are the same span.
        let nanoseconds = (number * seconds * 1e9).round();
        if !(0.0..=1e18).contains(&nanoseconds) {
            return Err(error());
        }
        Ok(Self(Duration::from_nanos(nanoseconds as u64)))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A share between 0 and 1, written as `"2.5%"` or as the number `0.025`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Ratio(f64);

impl Ratio {
    /// Takes a number from 0 to 1.
    pub fn new(value: f64) -> Result<Self, UnitError> {
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(UnitError { found: value.to_string(), wanted: "ratio: use 0 to 1, or \"0%\" to \"100%\"" })
        }
    }

    /// All of it: 1.
    pub const fn all() -> Self {
        Self(1.0)
    }

    /// The share, 0 to 1.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// The share as `tc` takes it, such as `2.5%`.
    pub fn percent(self) -> String {
        // Rounded to a billionth, so that 0.07 does not become 7.000000000000001%.
        format!("{}%", (self.0 * 1e11).round() / 1e9)
    }
}

impl std::str::FromStr for Ratio {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = "ratio: write a percentage such as \"2.5%\", at most \"100%\"";
        let number = text.strip_suffix('%').and_then(|number| number.trim_end().parse::<f64>().ok());
        match number.map(|percent| Self::new(percent / 100.0)) {
            Some(Ok(ratio)) => Ok(ratio),
            _ => Err(UnitError { found: text.to_owned(), wanted }),
        }
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(f64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(number) => Self::new(number),
            Written::Text(text) => text.parse(),
        }
        .map_err(serde::de::Error::custom)
    }
}

/// A data rate, written with a unit: `9600bit/s`, `64kbit/s`, `10Mbit/s`, `1Gbit/s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(std::num::NonZeroU64);

/// The units of a rate, largest first.
const RATES: &[(&str, u64)] = &[("Gbit/s", 1_000_000_000), ("Mbit/s", 1_000_000), ("kbit/s", 1_000), ("bit/s", 1)];

impl Rate {
    /// A rate of so many bit/s; `None` for zero.
    pub fn new(bit_s: u64) -> Option<Self> {
        std::num::NonZeroU64::new(bit_s).map(Self)
    }

    /// The rate in bit/s, above zero.
    pub const fn bit_s(self) -> u64 {
        self.0.get()
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fits = |(_, size): &&(&str, u64)| self.bit_s().is_multiple_of(*size);
        let (unit, size) = RATES.iter().find(fits).unwrap_or(&("bit/s", 1));
        write!(f, "{}{unit}", self.bit_s() / size)
    }
}

impl std::str::FromStr for Rate {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = "rate above zero: write a number and a unit, such as \"10Mbit/s\" (bit/s, kbit/s, Mbit/s, Gbit/s)";
        let error = || UnitError { found: text.to_owned(), wanted };
        let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(error)?;
        let (number, unit) = text.split_at(split);
        let (_, size) = RATES.iter().find(|(name, _)| *name == unit.trim_start()).ok_or_else(error)?;
        let bit_s = (number.parse::<f64>().map_err(|_| error())? * *size as f64).round();
        // A petabit a second is more than any link has.
        if !(1.0..=1e15).contains(&bit_s) {
            return Err(error());
        }
        Self::new(bit_s as u64).ok_or_else(error)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spans_have_units() {
        assert_eq!("1.5s".parse::<Span>(), Ok(Span::new(Duration::from_millis(1500))));
        assert_eq!("0.1s".parse::<Span>(), "100ms".parse::<Span>());
        assert_eq!("250us".parse::<Span>(), Ok(Span::new(Duration::from_micros(250))));
        for bad in ["", "5", "s", "-1s", "1 week", "1e999s", "nan s", "1.2.3s", "99999999999h"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }

    #[test]
    fn ratios_are_shares() {
        assert_eq!("2.5%".parse::<Ratio>().map(Ratio::percent), Ok("2.5%".to_owned()));
        assert_eq!(Ratio::new(0.07).map(Ratio::percent), Ok("7%".to_owned()));
        for bad in ["2.5", "101%", "-1%", "nan%", "%"] {
            assert!(bad.parse::<Ratio>().is_err(), "{bad}");
        }
    }

    #[test]
    fn rates_have_units() {
        assert_eq!("10Mbit/s".parse::<Rate>().map(Rate::bit_s), Ok(10_000_000));
        assert_eq!("2.5 Gbit/s".parse::<Rate>().map(Rate::bit_s), Ok(2_500_000_000));
        for bad in ["", "10", "10Mbit", "10MB/s", "0bit/s", "-1bit/s", "0.1bit/s", "9999999Gbit/s"] {
            assert!(bad.parse::<Rate>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn rates_read_back(bit_s in 1u64..1_000_000_000_000_000) {
            let rate = Rate::new(bit_s).unwrap();
            prop_assert_eq!(rate.to_string().parse(), Ok(rate));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,12}") {
            let _ = text.parse::<Rate>();
            let _ = text.parse::<Span>();
            let _ = text.parse::<Ratio>();
        }

        #[test]
        fn percentages_read_back(value in 0.0f64..=1.0) {
            let ratio = Ratio::new(value).unwrap();
            let again: Ratio = ratio.percent().parse().unwrap();
            prop_assert!((again.get() - value).abs() < 1e-10);
        }
    }
}
