//! Intervals of a family of comparisons that agree with its adjusted tests.

use crate::{BadConfidence, Confidence};

/// What an interval of a family has on one side.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum End {
    /// Nothing: these values give no end at this confidence.
    #[default]
    Open,
    /// The interval's own end, which belongs to it.
    Own(f64),
    /// No difference, which the interval reaches and the test rejects. It does not belong to the interval.
    Cut(f64),
    /// No difference, which the interval leaves out and the test does not reject. It belongs to the interval.
    Stretched(f64),
}

impl End {
    /// Where it is; `None` for an open end.
    pub fn at(self) -> Option<f64> {
        match self {
            Self::Open => None,
            Self::Own(at) | Self::Cut(at) | Self::Stretched(at) => Some(at),
        }
    }
}

impl From<Option<f64>> for End {
    fn from(at: Option<f64>) -> Self {
        at.map_or(Self::Open, Self::Own)
    }
}

/// Both ends of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Ends {
    /// Lower end.
    pub low: End,
    /// Upper end.
    pub high: End,
}

impl Ends {
    /// The ends as a method gives them.
    pub fn own(low: Option<f64>, high: Option<f64>) -> Self {
        Self { low: low.into(), high: high.into() }
    }
}

/// The confidence that each of `tests` intervals needs for all of them to hold at once with `together` (Bonferroni: the
/// chances of missing add up at most), however they depend on each other.
pub fn bonferroni(together: Confidence, tests: usize) -> Result<Confidence, BadConfidence> {
    Confidence::new(1.0 - (1.0 - together.share()) / tests.max(1) as f64)
}

/// The confidence of each of `tests` intervals of which `found` are of differences that Benjamini and Hochberg's procedure
/// finds: of the intervals of what was found, a share of 1 − `of_found` misses on average (Benjamini and Yekutieli, 2005).
/// Such an interval leaves out no difference exactly where that procedure finds one.
pub fn false_coverage(of_found: Confidence, tests: usize, found: usize) -> Result<Confidence, BadConfidence> {
    let tests = tests.max(1);
    Confidence::new(1.0 - (1.0 - of_found.share()) * found.clamp(1, tests) as f64 / tests as f64)
}

/// An interval made to say the same as a test of `none`, the value that is no difference.
///
/// Where the test rejects, the interval goes no further than to `none` on the side that the `estimate` is not on: what the
/// test excludes needs no interval to exclude it (Strassburger and Bretz, 2008, who show it for one-sided families; Guilbaud,
/// 2008). An end that was nearer stays where it is. Where the test does not reject, the interval is stretched until `none` is
/// inside. So `none` is outside exactly where the test rejects, an end that was [cut](End::Cut) being outside itself.
pub fn agreeing(ends: Ends, estimate: f64, none: f64, rejects: bool) -> Ends {
    let Ends { low, high } = ends;
    if !rejects {
        let stretched = |end: End, beyond: fn(&f64, &f64) -> bool| match end.at() {
            Some(at) if beyond(&at, &none) => End::Stretched(none),
            _ => end,
        };
        return Ends { low: stretched(low, f64::gt), high: stretched(high, f64::lt) };
    }
    // The side of the estimate keeps its end, on that side.
    let kept = |end: End, beyond: fn(&f64, &f64) -> bool| match end.at() {
        Some(at) if beyond(&at, &none) => End::Own(none),
        _ => end,
    };
    let cut = |end: End, outside: fn(&f64, &f64) -> bool| match end.at() {
        Some(at) if outside(&at, &none) => End::Own(at),
        _ => End::Cut(none),
    };
    if estimate > none {
        Ends { low: cut(low, f64::gt), high: kept(high, f64::lt) }
    } else {
        Ends { low: kept(low, f64::gt), high: cut(high, f64::lt) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        assert_eq!(bonferroni(Confidence::P95, 10).map(|c| (c.share() * 1e6).round()), Ok(995_000.0));
        assert_eq!(bonferroni(Confidence::P95, 0), Ok(Confidence::new(1.0 - (1.0 - 0.95)).unwrap()));
        // Of 10 tests 4 were found: each interval at 98 %.
        assert_eq!(false_coverage(Confidence::P95, 10, 4).map(|c| (c.share() * 1e6).round()), Ok(980_000.0));
        assert_eq!(false_coverage(Confidence::P95, 10, 0), bonferroni(Confidence::P95, 10));
    }

    #[test]
    fn an_interval_says_what_its_test_says() {
        let ends = |low, high| Ends::own(Some(low), Some(high));
        let with = |low, high| Ends { low, high };
        assert_eq!(agreeing(ends(-0.1, 2.0), 1.0, 0.0, true), with(End::Cut(0.0), End::Own(2.0)));
        // Far from no difference the interval is what it was, and ends nowhere near it.
        assert_eq!(agreeing(ends(0.3, 2.0), 1.0, 0.0, true), ends(0.3, 2.0));
        assert_eq!(agreeing(ends(0.3, 2.0), 1.0, 0.0, false), with(End::Stretched(0.0), End::Own(2.0)));
        assert_eq!(agreeing(ends(-2.0, -0.3), -1.0, 0.0, false), with(End::Own(-2.0), End::Stretched(0.0)));
        assert_eq!(agreeing(ends(-0.3, 2.0), 1.0, 0.0, false), ends(-0.3, 2.0));
        // An end at no difference belongs to an interval whose test does not reject, and to no other.
        assert_eq!(agreeing(ends(0.0, 2.0), 1.0, 0.0, false), ends(0.0, 2.0));
        assert_eq!(agreeing(ends(0.0, 2.0), 1.0, 0.0, true), with(End::Cut(0.0), End::Own(2.0)));
        assert_eq!(agreeing(ends(0.4, 1.2), 0.7, 1.0, true), with(End::Own(0.4), End::Cut(1.0)));
        assert_eq!(agreeing(Ends::default(), 0.7, 1.0, true), with(End::Open, End::Cut(1.0)));
        assert_eq!(agreeing(Ends::default(), 0.7, 1.0, false), Ends::default());
    }
}
