//! Durations of which some are known only to be longer than a limit.

use crate::{Confidence, Interval, Located};
use statrs::distribution::{ContinuousCDF, Normal};

/// One duration in seconds (or any unit that all share).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Duration {
    /// When it ended, or when watching it ended.
    pub time: f64,
    /// Whether it ended by itself; false where it was cut off, so that the true one is at least `time`.
    pub ended: bool,
}

/// One step of the curve: just after `time`, a share of `survival` is still running.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// A time at which at least one duration ended.
    pub time: f64,
    /// How many were still watched just before.
    pub at_risk: usize,
    /// How many ended then.
    pub ended: usize,
    /// Product-limit estimate of the share that runs longer.
    pub survival: f64,
}

/// Rounding of the product, where one half is meant.
const SLACK: f64 = 1e-12;

/// The product-limit estimate of the share S(t) of durations longer than t.
///
/// S(t) = Π₍tᵢ≤t₎ (1 − dᵢ/nᵢ) (Kaplan and Meier, 1958). Assumes independent durations, and that being cut
/// off says nothing about how much longer one would have taken: true for a fixed limit. At a tie what
/// ended counts before what was cut off.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    steps: Vec<Step>,
    times: Vec<f64>,
    cut_off: usize,
}

impl Curve {
    /// The curve of some durations; `None` where there are none, or a time is negative or not finite.
    pub fn new(durations: &[Duration]) -> Option<Self> {
        if durations.is_empty() || durations.iter().any(|d| !d.time.is_finite() || d.time < 0.0) {
            return None;
        }
        let mut sorted = durations.to_vec();
        sorted.sort_by(|a, b| a.time.total_cmp(&b.time).then(b.ended.cmp(&a.ended)));
        let mut steps = Vec::new();
        let mut survival = 1.0;
        let mut at_risk = sorted.len();
        for tied in sorted.chunk_by(|a, b| a.time == b.time) {
            let ended = tied.iter().filter(|d| d.ended).count();
            if let (Some(first), true) = (tied.first(), ended > 0) {
                survival *= 1.0 - ended as f64 / at_risk as f64;
                steps.push(Step { time: first.time, at_risk, ended, survival });
            }
            at_risk -= tied.len();
        }
        let cut_off = sorted.iter().filter(|d| !d.ended).count();
        Some(Self { steps, times: sorted.iter().map(|d| d.time).collect(), cut_off })
    }

    /// The steps in the order of time.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// How many durations there are, and how many of them were cut off.
    pub const fn counts(&self) -> (usize, usize) {
        (self.times.len(), self.cut_off)
    }

    /// Median: the earliest time at which S(t) ≤ ½ (Kalbfleisch and Prentice, 2002, 1.4). Without cut-offs
    /// that is the ⌈n/2⌉-th smallest, so the lower one of the two middle values of an even number. `None`
    /// where more than half are still running at the last time watched: see [`Curve::median_at_least`].
    pub fn median(&self) -> Option<f64> {
        self.steps.iter().find(|step| step.survival <= 0.5 + SLACK).map(|step| step.time)
    }

    /// A lower bound of the median that these very durations would have had without a limit: the
    /// ⌈n/2⌉-th smallest of all times, cut off or not. Every true duration is at least its time, so every
    /// order statistic of the true ones is at least that of the times. Needs no assumption.
    pub fn median_at_least(&self) -> f64 {
        let middle = self.times.len().div_ceil(2).saturating_sub(1);
        self.times.get(middle).copied().unwrap_or_default()
    }

    /// Mean of min(duration, `limit`): the area under the curve up to `limit`. `None` where the limit is
    /// not above 0, or the curve is not known up to it (the longest time is a cut-off before it).
    pub fn restricted_mean(&self, limit: f64) -> Option<f64> {
        let last = self.times.last().copied()?;
        let down_to = self.steps.last().map_or(1.0, |step| step.survival);
        if !(limit > 0.0 && limit.is_finite()) || (limit > last && down_to > SLACK) {
            return None;
        }
        let mut area = crate::summary::ExactSum::default();
        let (mut from, mut height) = (0.0, 1.0);
        for step in self.steps.iter().take_while(|step| step.time < limit) {
            area.add(height * (step.time - from));
            (from, height) = (step.time, step.survival);
        }
        area.add(height * (limit - from));
        Some(area.total())
    }
}

/// How the survival's interval is made, which is turned around for that of the median.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scale {
    /// S ± z·σ: symmetric, and poor near 0 and 1.
    Plain,
    /// ln(−ln S) ± z·σ/|S·ln S|: stays inside 0 and 1, and covers better with few durations (Kalbfleisch and
    /// Prentice, 2002, 1.4).
    LogLog,
}

/// An interval whose ends may be unknown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MedianInterval {
    /// Lower end; `None` where no time is early enough, so that nothing but 0 bounds it.
    pub low: Option<f64>,
    /// Upper end; `None` where too few durations ended to bound it.
    pub high: Option<f64>,
}

/// A standard normal quantile above 1/2, so that an interval has both ends.
fn two_sided(confidence: Confidence) -> f64 {
    -Normal::standard().inverse_cdf(confidence.tail())
}

impl Curve {
    /// Greenwood's sum Σ dᵢ/(nᵢ(nᵢ − dᵢ)) up to and with each step: the squared standard error of S, relative to S.
    /// Infinite at a step after which nobody is left.
    fn greenwood(&self) -> Vec<f64> {
        let mut total = 0.0;
        let add = |step: &Step| {
            let (n, d) = (step.at_risk as f64, step.ended as f64);
            total += d / (n * (n - d));
            total
        };
        self.steps.iter().map(add).collect()
    }

    /// The times at which an interval of the survival holds ½: the median's interval (Brookmeyer and Crowley, 1982),
    /// with Greenwood's error, as in R's `survfit`.
    ///
    /// The lower end is the first time at which the survival's lower limit is at or below ½, the upper end that at
    /// which its upper limit is. Rests on a normal limit, so on many durations that ended; for few it covers less
    /// than it says. Where a limit stays exactly ½ over a step, the end is the middle of the step, as R has it.
    pub fn median_interval(&self, scale: Scale, confidence: Confidence) -> MedianInterval {
        let z = two_sided(confidence);
        let limits: Vec<(f64, Option<(f64, f64)>)> = self
            .steps
            .iter()
            .zip(self.greenwood())
            .map(|(step, sum)| (step.time, limits(step.survival, sum.sqrt(), scale, z)))
            .collect();
        let crossing = |side: fn((f64, f64)) -> f64| {
            let known = limits.iter().filter_map(|(time, limits)| Some((*time, side((*limits)?))));
            let at = known.clone().position(|(_, limit)| limit <= 0.5 + SLACK)?;
            let (time, limit) = known.clone().nth(at)?;
            if (limit - 0.5).abs() > SLACK {
                return Some(time);
            }
            let until = known.clone().skip(at + 1).find(|(_, limit)| *limit < 0.5 - SLACK);
            Some(until.map_or(time, |(next, _)| time + (next - time) / 2.0))
        };
        MedianInterval { low: crossing(|(low, _)| low), high: crossing(|(_, high)| high) }
    }

    /// Standard error of [`Curve::restricted_mean`]: √Σ (area under the curve from tᵢ to the limit)²·dᵢ/(nᵢ(nᵢ − dᵢ))
    /// over the steps before the limit (Klein and Moeschberger, 2003, 4.5), as R's `survfit` prints it. In the unit
    /// of the times. `None` as there.
    pub fn restricted_mean_error(&self, limit: f64) -> Option<f64> {
        let mean = self.restricted_mean(limit)?;
        let mut terms = Vec::new();
        let (mut from, mut height, mut before) = (0.0, 1.0, crate::summary::ExactSum::default());
        for step in self.steps.iter().take_while(|step| step.time < limit) {
            before.add(height * (step.time - from));
            (from, height) = (step.time, step.survival);
            let (n, d) = (step.at_risk as f64, step.ended as f64);
            // Where all that were left ended, no area follows.
            if n > d {
                let after = (mean - before.total()).max(0.0);
                terms.push(after * (d / (n * (n - d))).sqrt());
            }
        }
        let largest = terms.iter().fold(0.0f64, |largest, term| largest.max(*term));
        if largest == 0.0 {
            return Some(0.0);
        }
        let error = crate::summary::sum(terms.iter().map(|term| (term / largest).powi(2))).sqrt() * largest;
        error.is_finite().then_some(error)
    }

    /// The restricted mean with its interval, ± z standard errors, cut at 0 and at the limit. Rests on a normal limit;
    /// for few durations it covers less than it says. The interval is `None` where no duration ended before the
    /// limit or all ended at one time: what does not vary has no error to speak of. `None` as for
    /// [`Curve::restricted_mean`].
    pub fn restricted_mean_interval(&self, limit: f64, confidence: Confidence) -> Option<Located> {
        let value = self.restricted_mean(limit)?;
        let error = self.restricted_mean_error(limit).filter(|&error| error > 0.0);
        let interval = error.and_then(|error| {
            let half = two_sided(confidence) * error;
            Interval::around(value, (value - half).max(0.0), (value + half).min(limit), confidence.share())
        });
        Some(Located { value, interval })
    }
}

/// The interval of a survival with the relative error `error`. `None` where there is none: nobody left, and, on the
/// log-log scale, nobody gone.
fn limits(survival: f64, error: f64, scale: Scale, z: f64) -> Option<(f64, f64)> {
    if !error.is_finite() || survival <= SLACK {
        return None;
    }
    match scale {
        Scale::Plain => Some(((survival - z * survival * error).max(0.0), (survival + z * survival * error).min(1.0))),
        Scale::LogLog if survival < 1.0 => {
            let (centre, half) = ((-survival.ln()).ln(), z * error / survival.ln().abs());
            Some(((-(centre + half).exp()).exp(), (-(centre - half).exp()).exp()))
        }
        Scale::LogLog => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(times: &[(f64, bool)]) -> Curve {
        Curve::new(&times.iter().map(|&(time, ended)| Duration { time, ended }).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn medians_and_bounds() {
        assert_eq!(curve(&[(9.0, true), (8.0, true), (233.0, false)]).median(), Some(9.0));
        let mostly = curve(&[(10.0, true), (100.0, false), (233.0, false)]);
        assert_eq!((mostly.median(), mostly.median_at_least()), (None, 100.0));
        // Exactly one half in floating point: ¾·⅔.
        assert_eq!(curve(&[(8.0, true), (9.0, true), (20.0, false), (20.0, false)]).median(), Some(9.0));
        assert_eq!(curve(&[(5.0, false)]).median_at_least(), 5.0);
        assert!(Curve::new(&[]).is_none());
        assert!(Curve::new(&[Duration { time: f64::NAN, ended: true }]).is_none());
    }

    #[test]
    fn restricted_means() {
        assert_eq!(curve(&[(1.0, true), (3.0, true)]).restricted_mean(3.0), Some(2.0));
        assert_eq!(curve(&[(1.0, true), (3.0, true)]).restricted_mean(10.0), Some(2.0));
        assert_eq!(curve(&[(1.0, true), (3.0, false)]).restricted_mean(10.0), None);
        assert_eq!(curve(&[(1.0, true), (3.0, false)]).restricted_mean(3.0), Some(2.0));
    }
}
