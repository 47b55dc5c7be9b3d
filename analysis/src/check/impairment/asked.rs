//! What was asked of netem, and what has to come of it.

use crate::check::say::{rate, seconds, share};
use crate::stats::impairment::{Besides, Distribution, Impairment};
use meshbench_schemas::tables::Run;

/// What a run asked of netem, per direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// As far as there is a theory.
    pub what: Impairment,
    rate_bit_s: Option<f64>,
    /// Its command line has words for what no column has.
    more: bool,
}

impl Asked {
    /// `None` where the dataset does not say whether anything was asked.
    pub fn of(run: &Run) -> Option<Self> {
        let columns = [run.netem_delay_s, run.netem_jitter_s, run.netem_loss, run.netem_reorder];
        if columns.iter().all(Option::is_none) && run.netem.is_none() {
            return None;
        }
        let number = |value: Option<f64>| value.filter(|value| value.is_finite() && *value >= 0.0).unwrap_or(0.0);
        let line = run.netem.as_deref().map_or_else(Line::default, Line::read);
        let rate_bit_s = run.netem_rate_bit_s.filter(|rate| rate.is_finite() && *rate > 0.0);
        let queue = line.besides.queue || rate_bit_s.is_some();
        Some(Self {
            what: Impairment {
                delay_s: number(run.netem_delay_s),
                jitter_s: number(run.netem_jitter_s),
                distribution: line.distribution,
                loss: number(run.netem_loss).min(1.0),
                reorder: number(run.netem_reorder).min(1.0),
                reorder_correlation: number(run.netem_reorder_correlation).min(1.0),
                reorder_gap: line.gap,
                besides: Besides { queue, ..line.besides },
            },
            rate_bit_s,
            more: line != Line::default(),
        })
    }

    /// Whether the network is impaired at all.
    pub fn impairs(&self) -> bool {
        let Impairment { delay_s, jitter_s, loss, reorder, .. } = self.what;
        [delay_s, jitter_s, loss, reorder].iter().any(|asked| *asked > 0.0) || self.rate_bit_s.is_some() || self.more
    }

    /// Whether the columns say all that was asked.
    pub const fn said_by_columns(&self) -> bool {
        !self.more
    }

    /// All of it, in words.
    pub fn words(&self) -> String {
        let Impairment { delay_s, jitter_s, loss, reorder, reorder_correlation, .. } = self.what;
        let mut words = Vec::new();
        let mut add = |there: bool, text: String| words.extend(there.then_some(text));
        add(delay_s > 0.0, format!("delay {}", seconds(delay_s)));
        add(jitter_s > 0.0, format!("jitter {}", seconds(jitter_s)));
        add(loss > 0.0, format!("loss {}", share(loss)));
        let correlated =
            if reorder_correlation > 0.0 { format!(" at {}", share(reorder_correlation)) } else { String::new() };
        add(reorder > 0.0, format!("reorder {}{correlated}", share(reorder)));
        add(self.rate_bit_s.is_some(), format!("rate {}", rate(self.rate_bit_s.unwrap_or(0.0))));
        add(self.more, "more than the columns say".to_owned());
        if words.is_empty() { "nothing".to_owned() } else { words.join(" ") }
    }
}

/// What the words of netem's command line ask for that no column holds; the default where there is nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Line {
    distribution: Distribution,
    gap: u32,
    besides: Besides,
}

impl Line {
    fn read(netem: &str) -> Self {
        let mut line = Self::default();
        let (mut of, mut numbers) = ("", 0);
        for word in netem.split_whitespace() {
            if word.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
                numbers += 1;
                line.number(of, numbers, word);
            } else if of == "distribution" {
                line.distribution = if word == "normal" { Distribution::Normal } else { Distribution::HeavyTailed };
                of = "";
            } else if (of, word) != ("loss", "random") {
                line.word(of, word);
                (of, numbers) = (word, 0);
            }
        }
        line
    }

    /// The so many-th number after a word.
    fn number(&mut self, of: &str, place: usize, number: &str) {
        let some = number.trim_end_matches('%').parse::<f64>().is_ok_and(|number| number > 0.0);
        match (of, place) {
            ("delay", 3) => self.besides.correlated_delay |= some,
            ("loss", 2) => self.besides.bursts |= some,
            ("gap", 1) => self.gap = number.parse().unwrap_or(0),
            _ => {}
        }
    }

    fn word(&mut self, of: &str, word: &str) {
        match word {
            "delay" | "loss" | "reorder" | "limit" | "distribution" | "gap" | "packets" | "bytes" => {}
            "rate" | "slot" => self.besides.queue = true,
            "duplicate" => self.besides.duplicate = true,
            "corrupt" => self.besides.corrupt = true,
            "gemodel" | "state" if of == "loss" => self.besides.bursts = true,
            _ => self.besides.unknown = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::impairment::NoTheory;

    /// Why there is no theory of delays, and of losses.
    fn refused(line: &str) -> (Option<NoTheory>, Option<NoTheory>) {
        let Line { distribution, gap, besides } = Line::read(line);
        let what = Impairment { distribution, reorder_gap: gap, besides, ..Impairment::default() };
        (what.added().err(), what.lost().err())
    }

    #[test]
    fn what_has_no_theory_is_not_judged() {
        for (line, added, loss) in [
            ("delay 4000us 7000us loss random 1% reorder 2.5% 50% limit 10000", None, None),
            ("delay 4ms 7ms 25% loss 1%", Some(NoTheory::CorrelatedDelay), None),
            ("delay 4ms 7ms 0% loss random 1% 0%", None, None),
            ("delay 4ms loss random 1% 10%", None, Some(NoTheory::Bursts)),
            ("delay 4ms 1ms distribution pareto", Some(NoTheory::HeavyTails), None),
            ("delay 4ms 1ms distribution normal loss 1%", None, None),
            ("duplicate 1%", Some(NoTheory::FasterCopy), Some(NoTheory::SpareCopy)),
            ("corrupt 1%", Some(NoTheory::WrongTime), Some(NoTheory::Checksums)),
            ("rate 10Mbit", Some(NoTheory::Queue), None),
            ("slot 800us 1ms packets 20 bytes 64000", Some(NoTheory::Queue), None),
            ("delay 4ms loss gemodel 1% 10% 70% 0%", None, Some(NoTheory::Bursts)),
            ("delay 4ms loss state 1%", None, Some(NoTheory::Bursts)),
            ("delay 4ms ecn", Some(NoTheory::Unknown), Some(NoTheory::Unknown)),
        ] {
            assert_eq!(refused(line), (added, loss), "{line}");
        }
    }

    #[test]
    fn the_gap_and_the_distribution_are_read() {
        assert_eq!(Line::read("delay 4ms reorder 25% gap 5 limit 10").gap, 5);
        assert_eq!(Line::read("delay 4ms 1ms distribution normal").distribution, Distribution::Normal);
        assert_eq!(Line::read("delay 4ms 1ms loss random 1% limit 10"), Line::default());
    }
}
