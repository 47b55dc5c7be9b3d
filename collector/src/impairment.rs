//! Network impairment on a host's data interface, with netem through `tc`.
//!
//! Applied on the way out only. With every host impaired, a round trip meets the impairment twice.

use crate::host::{Command, Host, HostError};
use crate::matrix::{Ratio, Span};
use serde::Deserialize;
use std::time::Duration;

/// What netem is asked to do. Everything absent means: leave the network alone.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Netem {
    /// Mean delay of a packet.
    pub delay: Option<Span>,
    /// Standard deviation-like spread of the delay, as in `tc netem delay TIME JITTER`.
    pub jitter: Option<Span>,
    /// Share of packets dropped.
    pub loss: Option<Ratio>,
    /// Share of packets sent at once, before those that wait.
    pub reorder: Option<Ratio>,
    /// Correlation of one reordering with the next.
    pub reorder_correlation: Option<Ratio>,
    /// Packets that may wait; netem drops what comes on top. Its own default of 1000 drops under load.
    pub queue_limit: Option<std::num::NonZeroU32>,
}

/// Packets that may wait in netem where the matrix says nothing.
pub const QUEUE_LIMIT: u32 = 10_000;

impl Netem {
    /// Whether this asks for no impairment at all.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Refuses parameters that `tc` would refuse or silently misread.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.jitter.is_some() && self.delay.is_none() {
            return Err("jitter needs a delay");
        }
        if self.reorder.is_some() && self.delay.is_none() {
            return Err("reorder needs a delay: it lets packets overtake those that wait");
        }
        if self.reorder_correlation.is_some() && self.reorder.is_none() {
            return Err("reorder_correlation needs reorder");
        }
        if self.queue_limit.is_some() && self.delay.is_none() && self.loss.is_none() {
            return Err("queue_limit needs a delay or a loss");
        }
        Ok(())
    }

    /// The words after `netem` on tc's command line; none where nothing is impaired.
    pub fn arguments(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.is_none() {
            return words;
        }
        if let Some(delay) = self.delay {
            words.push("delay".to_owned());
            words.push(microseconds(delay));
            words.extend(self.jitter.map(microseconds));
        }
        if let Some(loss) = self.loss {
            words.extend(["loss".to_owned(), loss.percent()]);
        }
        if let Some(reorder) = self.reorder {
            words.extend(["reorder".to_owned(), reorder.percent()]);
            words.extend(self.reorder_correlation.map(Ratio::percent));
        }
        let limit = self.queue_limit.map_or(QUEUE_LIMIT, std::num::NonZeroU32::get);
        words.extend(["limit".to_owned(), limit.to_string()]);
        words
    }

    /// Puts the impairment on the host's data interface, or takes one away where this asks for none.
    pub async fn apply(&self, host: &Host) -> Result<(), HostError> {
        if self.is_none() {
            return remove(host).await;
        }
        let replace = tc("replace", host).args(["root", "netem"]).args(self.arguments());
        host.check(&replace).await.map(drop)
    }

    /// Says how the queueing disciplines of an interface differ from what was asked; `None` if they are as
    /// asked. `listing` is what `tc -s -j qdisc show` wrote.
    pub fn difference(&self, listing: &[u8]) -> Option<String> {
        let report = match crate::parse::tc::parse(listing) {
            Ok(report) => report,
            Err(error) => return Some(error.to_string()),
        };
        let netem = report.qdiscs.iter().find(|qdisc| qdisc.kind == "netem");
        let (found, asked) = match (netem, self.is_none()) {
            (None, true) => return None,
            (None, false) => return Some("there is no netem queueing discipline".to_owned()),
            (Some(_), true) => return Some("netem is there although no impairment was asked".to_owned()),
            (Some(found), false) => (found.netem.clone().unwrap_or_default(), self),
        };
        // tc reports seconds as it keeps them, in whole ticks of its own; a hundredth is far more than that.
        let differs = |found: Option<f64>, asked: f64| (found.unwrap_or(0.0) - asked).abs() > asked * 0.01 + 1e-6;
        let seconds = |span: Option<Span>| span.map_or(0.0, |span| span.get().as_secs_f64());
        let share = |ratio: Option<Ratio>| ratio.map_or(0.0, Ratio::get);
        [
            ("delay", found.delay.map(|delay| delay.delay_s), seconds(asked.delay)),
            ("jitter", found.delay.and_then(|delay| delay.jitter_s), seconds(asked.jitter)),
            ("loss", found.loss.map(|loss| loss.probability), share(asked.loss)),
            ("reorder", found.reorder.map(|reorder| reorder.probability), share(asked.reorder)),
        ]
        .into_iter()
        .find(|(_, found, asked)| differs(*found, *asked))
        .map(|(what, found, asked)| format!("netem's {what} is {}, asked was {asked}", found.unwrap_or(0.0)))
    }
}

/// Takes an impairment off the host's data interface; none there is fine.
pub async fn remove(host: &Host) -> Result<(), HostError> {
    // `tc` says so with an exit code when there is nothing to delete, hence no check.
    host.run(&tc("del", host).arg("root")).await.map(drop)
}

fn tc(verb: &str, host: &Host) -> Command {
    Command::new("tc").args(["qdisc", verb, "dev", host.interface.as_str()])
}

fn microseconds(span: Span) -> String {
    let micros = Duration::as_micros(&span.get());
    format!("{micros}us")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_asked_is_nothing_said() {
        assert!(Netem::default().arguments().is_empty());
        assert!(Netem::default().is_none());
    }

    #[test]
    fn a_limit_is_always_given() {
        let netem = Netem { loss: "1%".parse().ok(), ..Netem::default() };
        assert_eq!(netem.arguments().join(" "), "loss 1% limit 10000");
    }

    #[test]
    fn what_tc_would_misread_is_refused() {
        let reorder = Netem { reorder: "1%".parse().ok(), ..Netem::default() };
        assert!(reorder.check().is_err());
    }
}
