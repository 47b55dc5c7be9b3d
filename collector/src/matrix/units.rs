//! Durations and ratios as people write them in a matrix.

use serde::{Deserialize, Deserializer};
use std::time::Duration;

/// A text that is no duration or ratio, and what would be one.
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

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,12}") {
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
