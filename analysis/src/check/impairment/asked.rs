//! What was asked of netem, and what has to come of it.

use crate::check::say::{rate, seconds, share};
use meshbench_schemas::netem::{clipped_uniform, correlated_share};
use meshbench_schemas::tables::Run;

/// What a run asked of netem, per direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    pub delay_s: f64,
    pub jitter_s: f64,
    pub loss: f64,
    pub reorder: f64,
    pub reorder_correlation: f64,
    rate_bit_s: Option<f64>,
    delay_known: bool,
    loss_known: bool,
}

/// What is added to a round trip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Added {
    pub mean_s: f64,
    pub deviation_s: f64,
}

impl Asked {
    /// `None` where the dataset does not say whether anything was asked.
    pub fn of(run: &Run) -> Option<Self> {
        let columns = [run.netem_delay_s, run.netem_jitter_s, run.netem_loss, run.netem_reorder];
        if columns.iter().all(Option::is_none) && run.netem.is_none() {
            return None;
        }
        let number = |value: Option<f64>| value.filter(|value| value.is_finite() && *value >= 0.0).unwrap_or(0.0);
        let (delay_known, loss_known) = run.netem.as_deref().map_or((true, true), simple);
        Some(Self {
            delay_s: number(run.netem_delay_s),
            jitter_s: number(run.netem_jitter_s),
            loss: number(run.netem_loss).min(1.0),
            reorder: number(run.netem_reorder).min(1.0),
            reorder_correlation: number(run.netem_reorder_correlation).min(1.0),
            rate_bit_s: run.netem_rate_bit_s.filter(|rate| rate.is_finite() && *rate > 0.0),
            delay_known,
            loss_known,
        })
    }

    /// Whether the network is impaired at all.
    pub fn impairs(&self) -> bool {
        self.delay_s > 0.0
            || self.jitter_s > 0.0
            || self.loss > 0.0
            || self.reorder > 0.0
            || self.rate_bit_s.is_some()
            || !(self.delay_known && self.loss_known)
    }

    /// What is added to a round trip; `None` where there is no simple theory (rate, slots, correlated or other
    /// distributions, duplicates, corruption).
    pub fn added(&self) -> Option<Added> {
        if self.rate_bit_s.is_some() || !self.delay_known {
            return None;
        }
        let at_once = correlated_share(self.reorder, self.reorder_correlation);
        let (mean, square) = clipped_uniform(self.delay_s, self.jitter_s);
        let (mean, square) = ((1.0 - at_once) * mean, (1.0 - at_once) * square);
        Some(Added { mean_s: 2.0 * mean, deviation_s: (2.0 * (square - mean * mean).max(0.0)).sqrt() })
    }

    /// The share of echoes without an answer: either way can lose.
    pub fn lost(&self) -> Option<f64> {
        self.loss_known.then_some(1.0 - (1.0 - self.loss) * (1.0 - self.loss))
    }

    /// Whether the columns say all that was asked.
    pub const fn said_by_columns(&self) -> bool {
        self.delay_known && self.loss_known
    }

    /// All of it, in words.
    pub fn words(&self) -> String {
        let mut words = Vec::new();
        let mut add = |there: bool, text: String| words.extend(there.then_some(text));
        add(self.delay_s > 0.0, format!("delay {}", seconds(self.delay_s)));
        add(self.jitter_s > 0.0, format!("jitter {}", seconds(self.jitter_s)));
        add(self.loss > 0.0, format!("loss {}", share(self.loss)));
        let correlated = if self.reorder_correlation > 0.0 {
            format!(" at {}", share(self.reorder_correlation))
        } else {
            String::new()
        };
        add(self.reorder > 0.0, format!("reorder {}{correlated}", share(self.reorder)));
        add(self.rate_bit_s.is_some(), format!("rate {}", rate(self.rate_bit_s.unwrap_or(0.0))));
        add(!(self.delay_known && self.loss_known), "more than the columns say".to_owned());
        if words.is_empty() { "nothing".to_owned() } else { words.join(" ") }
    }
}

/// Whether the words of netem's command line are only those for which delay, and loss, have a simple theory:
/// another word, or a correlation of either, spoils it.
fn simple(netem: &str) -> (bool, bool) {
    let (mut delay, mut loss) = (true, true);
    let mut of = "";
    let mut numbers = 0;
    for word in netem.split_whitespace() {
        if word.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            numbers += 1;
            delay &= !(of == "delay" && numbers == 3);
            loss &= !(of == "loss" && numbers == 2);
            continue;
        }
        match word {
            "random" if of == "loss" => continue,
            // Its name: delays without a simple theory, and losses as they were.
            _ if of == "distribution" => continue,
            "delay" | "loss" | "reorder" | "limit" => {}
            "rate" | "slot" | "distribution" | "gap" => delay = false,
            _ => (delay, loss) = (false, false),
        }
        (of, numbers) = (word, 0);
    }
    (delay, loss)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(delay: f64, jitter: f64, loss: f64, reorder: f64, correlation: f64) -> Asked {
        Asked {
            delay_s: delay,
            jitter_s: jitter,
            loss,
            reorder,
            reorder_correlation: correlation,
            rate_bit_s: None,
            delay_known: true,
            loss_known: true,
        }
    }

    #[test]
    fn the_profiles_are_as_in_the_published_table() {
        // METHODS.md, "What an impairment has to come to".
        for (asked, mean, deviation, loss) in [
            (asked(0.0, 0.0, 0.0, 0.0, 0.0), "0.00", "0.00", "0.00"),
            (asked(2e-3, 2e-3, 0.0025, 0.005, 0.25), "4.00", "1.63", "0.50"),
            (asked(4e-3, 7e-3, 0.01, 0.025, 0.5), "8.64", "5.10", "1.99"),
            (asked(6e-3, 15e-3, 0.025, 0.05, 0.5), "14.70", "9.89", "4.94"),
        ] {
            let added = asked.added().unwrap();
            assert_eq!(format!("{:.2}", added.mean_s * 1e3), mean);
            assert_eq!(format!("{:.2}", added.deviation_s * 1e3), deviation);
            assert_eq!(format!("{:.2}", asked.lost().unwrap() * 1e2), loss);
        }
    }

    #[test]
    fn what_has_no_theory_is_not_judged() {
        assert_eq!(simple("delay 4000us 7000us loss random 1% reorder 2.5% 50% limit 10000"), (true, true));
        assert_eq!(simple("delay 4ms 7ms 25% loss 1%"), (false, true));
        assert_eq!(simple("delay 4ms loss random 1% 10%"), (true, false));
        assert_eq!(simple("delay 4ms 1ms distribution pareto"), (false, true));
        assert_eq!(simple("duplicate 1%"), (false, false));
        assert_eq!(simple("rate 10Mbit"), (false, true));
        assert_eq!(simple("loss gemodel 1% 10%"), (false, false));
    }
}
