//! Durations of which some are known only to be longer than a limit.

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
        let mut area = super::summary::ExactSum::default();
        let (mut from, mut height) = (0.0, 1.0);
        for step in self.steps.iter().take_while(|step| step.time < limit) {
            area.add(height * (step.time - from));
            (from, height) = (step.time, step.survival);
        }
        area.add(height * (limit - from));
        Some(area.total())
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
