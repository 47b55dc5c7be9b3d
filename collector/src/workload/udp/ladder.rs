//! Rising rates, to find the highest one within a loss target.
//!
//! The search is after RFC 2544, section 26.1: rates go up by a factor until the loss exceeds the target, then
//! the gap between the last good and the first bad one is halved (on the log scale) until it is as small as
//! asked. A rate that the sender did not reach is bad as well: nothing is known about the path at it.

use crate::parse::iperf3::{Direction, Report, Total};
use crate::units::{Rate, Ratio};
use meshbench_schemas::catalogue::LOSS;
use serde::Deserialize;

/// Share of an asked rate that the sender has to reach for a step to count.
const REACHED: f64 = 0.9;

/// Rising rates: from the lowest, multiplied by `step` while the loss stays within `loss`; then the highest
/// good and the lowest bad rate are brought together until they are within `resolution`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// The first rate.
    from: Rate,
    /// No rate is above this.
    to: Rate,
    /// The largest share of datagrams that may be lost.
    #[serde(default = "one_percent")]
    loss: Ratio,
    /// What a rate is multiplied by, above 1.
    #[serde(default = "two")]
    step: f64,
    /// How near the highest good and the lowest bad rate have to be, relative.
    #[serde(default = "ten_percent")]
    resolution: Ratio,
}

fn one_percent() -> Ratio {
    Ratio::new(0.01).unwrap_or_default()
}

fn ten_percent() -> Ratio {
    Ratio::new(0.1).unwrap_or_default()
}

const fn two() -> f64 {
    2.0
}

impl Ladder {
    /// The largest share of datagrams that may be lost.
    pub(super) const fn target(&self) -> f64 {
        self.loss.get()
    }

    /// The most steps it can take: up to the highest rate, and bisecting the last pair on a log scale.
    pub(super) fn most_steps(&self) -> u32 {
        let wide = (self.to.bit_s() as f64 / self.from.bit_s() as f64).ln();
        let up = (wide / self.step.ln() - 1e-9).ceil().max(0.0) + 1.0;
        // A pair is not wider than one step of the ladder, nor than the whole of it.
        let pair = self.step.ln().min(wide);
        let halvings = (pair / self.resolution.get().ln_1p()).log2().ceil().max(0.0);
        (up + halvings) as u32
    }

    /// Refuses a search that cannot be made.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.to < self.from {
            return Err("udp: a ladder goes up, so `to` has to be at least `from`");
        }
        if !(self.step >= 1.05 && self.step <= 100.0) {
            return Err("udp: a ladder's `step` has to be from 1.05 to 100");
        }
        if !(0.001..=1.0).contains(&self.resolution.get()) {
            return Err("udp: a ladder's `resolution` has to be from 0.1% to 100%");
        }
        if self.loss.get() >= 1.0 {
            return Err("udp: a ladder's `loss` has to be below 100%");
        }
        Ok(())
    }

    /// Which rate comes next, in bit/s; `None` at the end of the search. `good` and `bad` are the highest and lowest rates
    /// so far that were within the target and beyond it.
    pub(super) fn next(&self, good: Option<f64>, bad: Option<f64>) -> Option<f64> {
        let (from, to) = (self.from.bit_s() as f64, self.to.bit_s() as f64);
        match (good, bad) {
            (None, None) => Some(from),
            // Even the lowest rate was too much.
            (None, Some(_)) => None,
            (Some(good), None) if good >= to => None,
            (Some(good), None) => Some((good * self.step).min(to)),
            (Some(good), Some(bad)) if bad / good <= 1.0 + self.resolution.get() => None,
            (Some(good), Some(bad)) => Some((good * bad).sqrt()),
        }
    }
}

/// What a step showed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// What the receiver got.
    pub received_bit_s: f64,
    /// Share of datagrams that it missed.
    pub loss: f64,
    /// What the sender sent.
    pub sent_bit_s: f64,
}

impl Seen {
    /// Whether a step at `rate` is within the loss target.
    pub fn is_good(&self, rate: f64, target: f64) -> bool {
        self.loss <= target && self.sent_bit_s >= REACHED * rate
    }

    /// What a report of iperf3 over UDP showed, if it holds that. `None` as well where nobody knows how much was lost, or
    /// what is said of it cannot be: a rate at which that is unknown is neither good nor bad.
    pub fn of(report: &Report) -> Option<Self> {
        if report.error.is_some() {
            return None;
        }
        let forward = |sender: bool| {
            report
                .totals
                .iter()
                .find(|total| total.stream.is_none() && total.sender == sender && total.direction == Direction::Forward)
        };
        let (sent, received) = (forward(true)?, forward(false)?);
        let rate = |total: &Total| (total.seconds > 0.0).then(|| total.bytes * 8.0 / total.seconds);
        let packets = received.packets.filter(|packets| *packets > 0.0)?;
        let loss = Some(received.lost? / packets).filter(|loss| LOSS.possible.contains(*loss))?;
        Some(Self { received_bit_s: rate(received)?, loss, sent_bit_s: rate(sent)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ladder() -> Ladder {
        toml::from_str("from = \"1Mbit/s\"\nto = \"1Gbit/s\"").unwrap()
    }

    /// Climbs a path that loses nothing up to `capacity`. Returns the best good rate and the number of steps.
    fn climb(capacity: f64) -> (Option<f64>, usize) {
        let (mut good, mut bad, mut steps) = (None, None, 0);
        while let Some(rate) = ladder().next(good, bad) {
            steps += 1;
            if rate <= capacity { good = Some(rate) } else { bad = Some(rate) }
        }
        (good, steps)
    }

    proptest! {
        #[test]
        fn the_search_ends_within_its_resolution(capacity in 1e6f64..9e8) {
            let (good, steps) = climb(capacity);
            let good = good.unwrap();
            prop_assert!(good <= capacity && capacity < good * 1.1 + 1.0, "{good} {capacity}");
            prop_assert!(steps < 20, "{steps}");
        }
    }

    #[test]
    fn both_ends_of_the_ladder_end_the_search() {
        assert_eq!(climb(0.5e6), (None, 1));
        assert_eq!(climb(5e9).0, Some(1e9));
    }

    #[test]
    fn a_ladder_has_a_known_length() {
        let ladder: Ladder = toml::from_str("from = \"1Mbit/s\"\nto = \"1024Mbit/s\"").unwrap();
        // Eleven rates up, and three halvings of the factor 2 down to 1.1.
        assert_eq!(ladder.most_steps(), 14);
    }

    #[test]
    fn a_rate_that_the_sender_did_not_reach_is_not_good() {
        let seen = Seen { received_bit_s: 5e6, loss: 0.0, sent_bit_s: 5e6 };
        assert!(seen.is_good(5e6, 0.01));
        assert!(!seen.is_good(1e7, 0.01));
        assert!(!Seen { loss: 0.02, ..seen }.is_good(5e6, 0.01));
    }
}
