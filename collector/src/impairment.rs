//! Network impairment: what netem is asked to do, what tc says that it does, and what has to come of it.
//!
//! netem acts on the way out only. With both ends of a link impaired, a round trip meets it twice.

mod calibration;
mod difference;
mod theory;

pub use calibration::disagreement;
use meshbench_terminal::Known;

use crate::units::{Rate, Ratio, Span};
use serde::Deserialize;
use std::num::NonZeroU32;
use std::time::Duration;

/// Packets that may wait in netem where the matrix says nothing. Its own default of 1000 drops under load.
pub const QUEUE_LIMIT: u32 = 10_000;
/// The kernel keeps jitter in 31 bits of nanoseconds and silently cuts off what is above.
pub(crate) const MOST_JITTER: Duration = Duration::from_nanos(i32::MAX as u64);
/// Above it tc overflows, and no path has such a delay.
pub(crate) const MOST_DELAY: Duration = Duration::from_secs(60);

/// What netem is asked to do. Everything absent means: leave the network alone.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Netem {
    /// Mean delay of a packet, before what would be negative is cut off.
    pub delay: Option<Span>,
    /// Half the width of a uniform delay, or the standard deviation of another [`Distribution`].
    pub jitter: Option<Span>,
    /// Correlation of a packet's delay with the one before.
    pub delay_correlation: Option<Ratio>,
    /// How delays are distributed; uniform where absent.
    pub distribution: Option<Distribution>,
    /// Share of packets dropped.
    pub loss: Option<Ratio>,
    /// Correlation of a loss with the one before. netem then drops far less than asked: see
    /// [`correlated_share`](meshbench_stats::impairment::correlated_share).
    pub loss_correlation: Option<Ratio>,
    /// Losses in bursts; instead of `loss`.
    pub gilbert_elliott: Option<GilbertElliott>,
    /// Share of packets sent at once, before those that wait.
    pub reorder: Option<Ratio>,
    /// Correlation of one reordering with the next; the same trap as with `loss_correlation`.
    pub reorder_correlation: Option<Ratio>,
    /// Only every so many-th packet can be sent at once; 1 where absent.
    pub reorder_gap: Option<NonZeroU32>,
    /// Share of packets sent twice.
    pub duplicate: Option<Ratio>,
    /// Share of packets in which one bit is flipped.
    pub corrupt: Option<Ratio>,
    /// Rate at which packets leave.
    pub rate: Option<Rate>,
    /// Packets leave in slots, as on a radio link.
    pub slot: Option<Slot>,
    /// Packets that may wait; netem drops what comes on top. [`QUEUE_LIMIT`] where absent.
    pub queue_limit: Option<NonZeroU32>,
}

/// How delays are distributed. tc does not report it back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Distribution {
    /// Evenly between delay − jitter and delay + jitter: what netem does by itself.
    #[default]
    Uniform,
    /// The normal one; jitter is its standard deviation.
    Normal,
    /// Heavy-tailed.
    Pareto,
    /// A quarter normal, three quarters Pareto.
    ParetoNormal,
}

/// The Gilbert-Elliott model: a good and a bad state, with a loss each. Keys are named as in tc's manual.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GilbertElliott {
    /// Probability to go from good to bad, a packet.
    pub p: Ratio,
    /// Probability to go from bad to good, a packet.
    pub r: Ratio,
    /// Loss in the bad state; all where absent.
    #[serde(rename = "1-h", default = "Ratio::all")]
    pub bad_loss: Ratio,
    /// Loss in the good state; none where absent.
    #[serde(rename = "1-k", default)]
    pub good_loss: Ratio,
}

/// Times at which packets leave.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Shortest time between two slots.
    pub min_delay: Span,
    /// Longest; the same as the shortest where absent.
    pub max_delay: Option<Span>,
    /// Packets that fit in a slot; any number where absent.
    pub packets: Option<NonZeroU32>,
    /// Bytes that fit in a slot; any number where absent.
    pub bytes: Option<NonZeroU32>,
}

/// The profiles that a matrix can name without giving values: name, delay and jitter in milliseconds; loss,
/// reordering and its correlation in percent.
const PRESETS: &[(&str, [u64; 2], [f64; 3])] =
    &[("low", [2, 2], [0.25, 0.5, 25.0]), ("medium", [4, 7], [1.0, 2.5, 50.0]), ("high", [6, 15], [2.5, 5.0, 50.0])];

impl Netem {
    /// The profile of this name among `baseline`, `low`, `medium` and `high`.
    ///
    /// # Errors
    /// The known names, as a sentence.
    pub fn preset(name: &str) -> Result<Self, String> {
        let known = std::iter::once("baseline").chain(PRESETS.iter().map(|(known, ..)| *known));
        let meant = Known::new("profile with values of its own", known).find(name).map_err(|bad| bad.to_string())?;
        let found = PRESETS.iter().find(|(known, ..)| *known == meant);
        let Some((_, [delay, jitter], [loss, reorder, correlation])) = found else { return Ok(Self::default()) };
        let span = |ms: u64| Some(Span::new(Duration::from_millis(ms)));
        let share = |percent: f64| Ratio::new(percent / 100.0).ok();
        Ok(Self {
            delay: span(*delay),
            jitter: span(*jitter),
            loss: share(*loss),
            reorder: share(*reorder),
            reorder_correlation: share(*correlation),
            ..Self::default()
        })
    }

    /// Whether this asks for no impairment at all.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Refuses parameters that `tc` would refuse, ignore or change without a word (tried with iproute2 6.1).
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn check(&self) -> Result<(), String> {
        let delayed = self.delay.is_some_and(|delay| !delay.get().is_zero());
        for (there, name, other, has) in [
            (self.jitter.is_some(), "jitter", "a delay above zero", delayed),
            (self.delay_correlation.is_some(), "delay_correlation", "jitter", self.jitter.is_some()),
            (self.distribution.is_some(), "distribution", "jitter", self.jitter.is_some()),
            (self.loss_correlation.is_some(), "loss_correlation", "loss", self.loss.is_some()),
            (self.reorder.is_some(), "reorder", "a delay, for packets overtake those that wait", delayed),
            (self.reorder_correlation.is_some(), "reorder_correlation", "reorder", self.reorder.is_some()),
            (self.reorder_gap.is_some(), "reorder_gap", "reorder", self.reorder.is_some()),
        ] {
            if there && !has {
                return Err(format!("{name} needs {other}"));
            }
        }
        if self.loss.is_some() && self.gilbert_elliott.is_some() {
            return Err("loss and gilbert_elliott exclude each other".to_owned());
        }
        if self.gilbert_elliott.is_some_and(|model| model.p.get() + model.r.get() == 0.0) {
            return Err("gilbert_elliott needs a p or an r above zero: it would never change its state".to_owned());
        }
        if self.queue_limit.is_some() && (Self { queue_limit: None, ..self.clone() }).is_none() {
            return Err("queue_limit needs something that lets packets wait".to_owned());
        }
        let slot = self.slot.map(|slot| (slot.min_delay, slot.longest()));
        if slot.is_some_and(|(min, max)| max < min) {
            return Err("slot: max_delay is below min_delay".to_owned());
        }
        let times = [self.delay, self.jitter, slot.map(|(min, _)| min), slot.map(|(_, max)| max)];
        for time in times.into_iter().flatten().map(Span::get) {
            if time.subsec_nanos() % 1000 != 0 || time.is_zero() {
                return Err(format!("{time:?}: times have to be whole microseconds above zero"));
            }
            if time > MOST_DELAY {
                return Err(format!("{time:?}: no more than {MOST_DELAY:?} can be asked for"));
            }
        }
        if self.jitter.is_some_and(|jitter| jitter.get() > MOST_JITTER) {
            return Err(format!("jitter above {MOST_JITTER:?} is cut off by the kernel"));
        }
        if self.rate.is_some_and(|rate| rate.bit_s() < 8) {
            return Err("rate has to be 8 bit/s or more: tc counts whole bytes".to_owned());
        }
        Ok(())
    }

    /// The words after `netem` on tc's command line; none where nothing is impaired.
    pub fn arguments(&self) -> Vec<String> {
        if self.is_none() {
            return Vec::new();
        }
        let mut words = Words::default();
        if let Some(delay) = self.delay {
            words.put(
                "delay",
                [Some(microseconds(delay)), self.jitter.map(microseconds), percent(self.delay_correlation)],
            );
        }
        match self.distribution {
            // tc knows the name, and looks for a table of it that is not there.
            None | Some(Distribution::Uniform) => {}
            Some(Distribution::Normal) => words.put("distribution", [Some("normal".to_owned())]),
            Some(Distribution::Pareto) => words.put("distribution", [Some("pareto".to_owned())]),
            Some(Distribution::ParetoNormal) => words.put("distribution", [Some("paretonormal".to_owned())]),
        }
        if self.loss.is_some() {
            words.put("loss", [Some("random".to_owned()), percent(self.loss), percent(self.loss_correlation)]);
        }
        if let Some(GilbertElliott { p, r, bad_loss, good_loss }) = self.gilbert_elliott {
            let chances = [p, r, bad_loss, good_loss].map(Ratio::percent);
            words.put("loss", std::iter::once("gemodel".to_owned()).chain(chances).map(Some));
        }
        if self.duplicate.is_some() {
            words.put("duplicate", [percent(self.duplicate)]);
        }
        if self.corrupt.is_some() {
            words.put("corrupt", [percent(self.corrupt)]);
        }
        if self.reorder.is_some() {
            words.put("reorder", [percent(self.reorder), percent(self.reorder_correlation)]);
        }
        if let Some(gap) = self.reorder_gap {
            words.put("gap", [Some(gap.to_string())]);
        }
        if let Some(rate) = self.rate {
            words.put("rate", [Some(format!("{}bit", rate.bit_s()))]);
        }
        if let Some(slot) = self.slot {
            words.put("slot", [slot.min_delay, slot.longest()].map(|span| Some(microseconds(span))));
            if let Some(packets) = slot.packets {
                words.put("packets", [Some(packets.to_string())]);
            }
            if let Some(bytes) = slot.bytes {
                words.put("bytes", [Some(bytes.to_string())]);
            }
        }
        words.put("limit", [Some(self.limit().to_string())]);
        words.0
    }

    /// Packets that may wait.
    pub fn limit(&self) -> u32 {
        self.queue_limit.map_or(QUEUE_LIMIT, NonZeroU32::get)
    }
}

impl Slot {
    fn longest(self) -> Span {
        self.max_delay.unwrap_or(self.min_delay)
    }
}

#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    fn put(&mut self, keyword: &str, values: impl IntoIterator<Item = Option<String>>) {
        self.0.push(keyword.to_owned());
        self.0.extend(values.into_iter().flatten());
    }
}

fn percent(ratio: Option<Ratio>) -> Option<String> {
    ratio.map(Ratio::percent)
}

fn microseconds(span: Span) -> String {
    format!("{}us", span.get().as_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn netem(text: &str) -> Netem {
        toml::from_str(text).unwrap()
    }

    fn words(text: &str) -> String {
        let netem = netem(text);
        netem.check().unwrap();
        netem.arguments().join(" ")
    }

    #[test]
    fn nothing_asked_is_nothing_said() {
        assert!(Netem::default().arguments().is_empty());
        assert!(Netem::default().is_none());
        assert_eq!(Netem::preset("baseline"), Ok(Netem::default()));
    }

    #[test]
    fn a_limit_is_always_given() {
        assert_eq!(words("loss = \"1%\""), "loss random 1% limit 10000");
        assert_eq!(words("loss = \"1%\"\nqueue_limit = 50"), "loss random 1% limit 50");
    }

    #[test]
    fn presets_are_what_the_campaigns_before_used() {
        let wanted = [
            ("low", "delay 2000us 2000us loss random 0.25% reorder 0.5% 25% limit 10000"),
            ("medium", "delay 4000us 7000us loss random 1% reorder 2.5% 50% limit 10000"),
            ("high", "delay 6000us 15000us loss random 2.5% reorder 5% 50% limit 10000"),
        ];
        for (name, words) in wanted {
            let preset = Netem::preset(name).unwrap();
            preset.check().unwrap();
            assert_eq!(preset.arguments().join(" "), words);
        }
        assert!(Netem::preset("hihg").unwrap_err().contains("medium"));
    }

    #[test]
    fn everything_has_its_words() {
        let all = r#"
            delay = "4ms"
            jitter = "7ms"
            delay_correlation = "25%"
            distribution = "paretonormal"
            loss = "1%"
            loss_correlation = "10%"
            duplicate = "2%"
            corrupt = "0.1%"
            reorder = "2.5%"
            reorder_gap = 5
            rate = "10Mbit/s"
            slot = { min_delay = "800us", packets = 20, bytes = 64000 }
        "#;
        let wanted = "delay 4000us 7000us 25% distribution paretonormal loss random 1% 10% duplicate 2% corrupt 0.1% \
                      reorder 2.5% gap 5 rate 10000000bit slot 800us 800us packets 20 bytes 64000 limit 10000";
        assert_eq!(words(all), wanted);
        let bursts = "gilbert_elliott = { p = \"1%\", r = \"10%\", \"1-k\" = \"0.1%\" }";
        assert_eq!(words(bursts), "loss gemodel 1% 10% 100% 0.1% limit 10000");
        assert_eq!(
            words("delay = \"1ms\"\njitter = \"1ms\"\ndistribution = \"uniform\""),
            "delay 1000us 1000us limit 10000"
        );
    }

    #[test]
    fn what_tc_would_misread_is_refused() {
        for bad in [
            "reorder = \"1%\"",
            "jitter = \"1ms\"",
            "delay = \"0s\"",
            "delay = \"1.5us\"",
            "delay = \"1h\"",
            "delay = \"5s\"\njitter = \"3s\"",
            "delay = \"1ms\"\ndistribution = \"normal\"",
            "delay = \"1ms\"\nreorder_gap = 5",
            "loss_correlation = \"1%\"",
            "loss = \"1%\"\ngilbert_elliott = { p = \"1%\", r = \"10%\" }",
            "gilbert_elliott = { p = \"0%\", r = \"0%\" }",
            "rate = \"7bit/s\"",
            "slot = { min_delay = \"2ms\", max_delay = \"1ms\" }",
            "queue_limit = 5",
        ] {
            assert!(netem(bad).check().is_err(), "{bad}");
        }
    }
}
