//! What every method takes and gives: checked values, a checked confidence, an interval.

/// A confidence level strictly between 0 and 1, such as 0.95.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Confidence(f64);

/// A number that is no confidence level.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} is no confidence level; give a share between 0 and 1, such as 0.95")]
pub struct BadConfidence(pub f64);

impl Confidence {
    /// The usual 95 %.
    pub const P95: Self = Self(0.95);

    /// Takes a share strictly between 0 and 1.
    pub fn new(share: f64) -> Result<Self, BadConfidence> {
        if share > 0.0 && share < 1.0 { Ok(Self(share)) } else { Err(BadConfidence(share)) }
    }

    /// The level, a share.
    pub const fn share(self) -> f64 {
        self.0
    }

    /// What is left for one tail of a two-sided interval: (1 − level)/2.
    pub fn tail(self) -> f64 {
        (1.0 - self.0) / 2.0
    }
}

impl Default for Confidence {
    fn default() -> Self {
        Self::P95
    }
}

impl TryFrom<f64> for Confidence {
    type Error = BadConfidence;
    fn try_from(share: f64) -> Result<Self, BadConfidence> {
        Self::new(share)
    }
}

impl std::str::FromStr for Confidence {
    type Err = BadConfidence;
    fn from_str(text: &str) -> Result<Self, BadConfidence> {
        Self::new(text.trim().parse().unwrap_or(f64::NAN))
    }
}

/// A two-sided interval with finite ends, in the unit of the values; `low <= high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Confidence that the interval has by its own reasoning: the nominal one, except for those from order
    /// statistics (of values, Walsh averages or differences), which can reach only some levels.
    pub confidence: f64,
}

impl Interval {
    /// An interval around `value`, or `None` where an end is not finite (overflow). The ends are
    /// pulled apart, never together, so that they always enclose `value`.
    pub fn around(value: f64, low: f64, high: f64, confidence: f64) -> Option<Self> {
        (low.is_finite() && high.is_finite() && value.is_finite()).then(|| Self {
            low: low.min(value),
            high: high.max(value),
            confidence,
        })
    }
}

/// At least one value, all of them finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Values<'a>(&'a [f64]);

/// Why numbers cannot be used as [`Values`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadValues {
    /// There are none.
    #[error("there are no values")]
    Empty,
    /// One is NaN or infinite.
    #[error("value {0} (from 0) is not a finite number")]
    NotFinite(usize),
}

impl<'a> Values<'a> {
    /// Takes the values as they are, or says which one is not finite.
    pub fn new(values: &'a [f64]) -> Result<Self, BadValues> {
        match values.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(BadValues::NotFinite(at)),
            None if values.is_empty() => Err(BadValues::Empty),
            None => Ok(Self(values)),
        }
    }

    /// The values.
    pub const fn as_slice(self) -> &'a [f64] {
        self.0
    }

    /// How many there are, at least 1.
    pub const fn count(self) -> usize {
        self.0.len()
    }

    /// Smallest and largest value.
    pub fn range(self) -> (f64, f64) {
        let lower = |a: f64, b: f64| if b < a { b } else { a };
        let higher = |a: f64, b: f64| if b > a { b } else { a };
        // Side by side: a single minimum would wait for the one before it.
        let (chunks, rest) = self.0.as_chunks::<8>();
        let (mut lows, mut highs) = ([f64::INFINITY; 8], [f64::NEG_INFINITY; 8]);
        for chunk in chunks {
            for ((low, high), &x) in lows.iter_mut().zip(&mut highs).zip(chunk) {
                *low = lower(*low, x);
                *high = higher(*high, x);
            }
        }
        let (lows, highs) = (lows.iter().chain(rest), highs.iter().chain(rest));
        (lows.copied().fold(f64::INFINITY, lower), highs.copied().fold(f64::NEG_INFINITY, higher))
    }

    /// The values in ascending order.
    pub fn sorted(self) -> Vec<f64> {
        let mut sorted = self.0.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_is_named() {
        assert_eq!(Values::new(&[]), Err(BadValues::Empty));
        assert_eq!(Values::new(&[1.0, f64::NAN]), Err(BadValues::NotFinite(1)));
        for bad in [0.0, 1.0, -0.5, f64::NAN, 95.0] {
            assert!(Confidence::new(bad).is_err(), "{bad}");
        }
        assert!("0.9".parse::<Confidence>().is_ok() && "x".parse::<Confidence>().is_err());
    }
}
