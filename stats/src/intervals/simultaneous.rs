//! Intervals of a family of comparisons that agree with its adjusted tests.

use crate::{BadConfidence, Confidence};

/// The ends of an interval; `None` where there is none on that side.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Ends {
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
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
/// Where the test rejects, the interval ends at `none` on the side that the `estimate` is not on: what the test excludes
/// needs no interval to exclude it (Strassburger and Bretz, 2008, who show it for one-sided families; Guilbaud, 2008).
/// Where it does not reject, the interval is stretched until `none` is inside. An end at `none` does not belong to the
/// interval of a test that rejects.
pub fn agreeing(ends: Ends, estimate: f64, none: f64, rejects: bool) -> Ends {
    let Ends { low, high } = ends;
    if !rejects {
        return Ends { low: low.map(|low| low.min(none)), high: high.map(|high| high.max(none)) };
    }
    if estimate > none {
        Ends { low: Some(low.map_or(none, |low| low.max(none))), high: high.map(|high| high.max(none)) }
    } else {
        Ends { low: low.map(|low| low.min(none)), high: Some(high.map_or(none, |high| high.min(none))) }
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
        let ends = |low, high| Ends { low: Some(low), high: Some(high) };
        assert_eq!(agreeing(ends(-0.1, 2.0), 1.0, 0.0, true), ends(0.0, 2.0));
        assert_eq!(agreeing(ends(0.3, 2.0), 1.0, 0.0, true), ends(0.3, 2.0));
        assert_eq!(agreeing(ends(0.3, 2.0), 1.0, 0.0, false), ends(0.0, 2.0));
        assert_eq!(agreeing(ends(0.4, 1.2), 0.7, 1.0, true), ends(0.4, 1.0));
        assert_eq!(agreeing(Ends::default(), 0.7, 1.0, true), Ends { low: None, high: Some(1.0) });
        assert_eq!(agreeing(Ends::default(), 0.7, 1.0, false), Ends::default());
    }
}
