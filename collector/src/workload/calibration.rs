//! Calibration: what the bare data network does right before and after a run.

use super::Link;
use crate::host::{Command, HostError};
use crate::parse;
use crate::parse::ping::Report;
use crate::units::Span;
use serde::Deserialize;
use std::num::NonZeroU32;
use std::time::Duration;

/// Time on top of the packets' own until a calibration is stopped.
const MARGIN: Duration = Duration::from_secs(5);

/// The pings over the bare underlay before and after each run.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Calibration {
    /// Echoes, each time.
    pub count: NonZeroU32,
    /// Time between two of them.
    pub interval: Span,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { count: NonZeroU32::MIN.saturating_add(19), interval: Span::new(Duration::from_millis(10)) }
    }
}

/// What the packets of one calibration showed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calibrated {
    /// Round-trip times in seconds by the number of the packet; `None` for one without an answer.
    pub packets: Vec<Option<f64>>,
    /// Answers that came after one to a later packet.
    pub reordered: usize,
}

impl Calibrated {
    /// Round-trip times of the answered packets, in seconds.
    pub fn rtts(&self) -> Vec<f64> {
        self.packets.iter().flatten().copied().collect()
    }

    /// Packets without an answer.
    pub fn lost(&self) -> usize {
        self.packets.iter().filter(|packet| packet.is_none()).count()
    }

    /// Two calibrations as one.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        self.packets.extend_from_slice(&other.packets);
        self.reordered += other.reordered;
        self
    }
}

/// Pings the target's underlay address.
pub async fn run(calibration: &Calibration, link: Link<'_>) -> Result<Calibrated, HostError> {
    let interval = format!("{:.3}", calibration.interval.get().as_secs_f64());
    let deadline = calibration.interval.get().saturating_mul(calibration.count.get()) + MARGIN;
    let ping = Command::new("ping").args(["-n", "-W", "1", "-i", &interval]).arg("-c").arg(calibration.count);
    let output = link.source.run(&ping.arg(link.target.address).deadline(deadline)).await?;
    Ok(parse::ping::parse(&output.stdout).map(|report| calibrated(&report)).unwrap_or_default())
}

fn calibrated(report: &Report) -> Calibrated {
    // An answer without a time, of a clock that was set meanwhile, is neither lost nor a round trip.
    let known = report.outcomes().into_iter().filter(|packet| packet.rtt_s.is_some() || !packet.answered);
    let packets = known.map(|packet| packet.rtt_s).collect();
    let mut highest = None;
    let mut reordered = 0;
    for reply in report.replies.iter().filter(|reply| !reply.duplicate) {
        if highest.is_some_and(|highest| reply.seq < highest) {
            reordered += 1;
        }
        highest = highest.max(Some(reply.seq));
    }
    Calibrated { packets, reordered }
}

#[cfg(test)]
mod tests {
    #[test]
    fn answers_out_of_order_and_missing_ones_are_counted() {
        let text = "PING 10.90.0.2 (10.90.0.2) 56(84) bytes of data.\n\
            64 bytes from 10.90.0.2: icmp_seq=1 ttl=64 time=8.00 ms\n\
            64 bytes from 10.90.0.2: icmp_seq=4 ttl=64 time=2.00 ms\n\
            64 bytes from 10.90.0.2: icmp_seq=2 ttl=64 time=9.00 ms\n\n\
            --- 10.90.0.2 ping statistics ---\n\
            4 packets transmitted, 3 received, 25% packet loss, time 30ms\n";
        let calibrated = super::calibrated(&crate::parse::ping::parse(text.as_bytes()).unwrap());
        assert_eq!(calibrated.packets, [Some(0.008), Some(0.009), None, Some(0.002)]);
        assert_eq!((calibrated.reordered, calibrated.lost()), (1, 1));
    }
}
