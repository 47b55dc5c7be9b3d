//! `udp`: a fixed rate, or a ladder of rates that looks for the highest one within a loss target.
//!
//! The search is after RFC 2544, section 26.1: rates go up by a factor until the loss exceeds the target, then
//! the gap between the last good and the first bad one is halved (on the log scale) until it is as small as
//! asked. A rate that the sender did not reach is bad as well: nothing is known about the path at it.

use super::iperf3::{self, Asked};
use super::{Execution, Link, Step};
use crate::host::{HostError, Status};
use crate::matrix::{Ladder, Offer, Rate, UdpParameters};
use crate::parse;
use crate::record::iperf3::reason_of;
use meshbench_schemas::catalogue::LOSS;
use meshbench_schemas::outcome::Reason;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Share of an asked rate that the sender has to reach for a step to count.
const REACHED: f64 = 0.9;
/// Times a step is started again after the tool's own handshake was lost.
const HANDSHAKES: usize = 3;
/// The port of the probe that tells a lost handshake from a system that does not carry UDP.
const PROBE_PORT: u16 = 5299;
const PROBES: u32 = 20;
const PROBE_INTERVAL: Duration = Duration::from_millis(20);

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
}

/// Which rate comes next, in bit/s; `None` at the end of the search. `good` and `bad` are the highest and lowest rates
/// so far that were within the target and beyond it.
pub fn next(ladder: &Ladder, good: Option<f64>, bad: Option<f64>) -> Option<f64> {
    let (from, to) = (ladder.from.bit_s() as f64, ladder.to.bit_s() as f64);
    match (good, bad) {
        (None, None) => Some(from),
        // Even the lowest rate was too much.
        (None, Some(_)) => None,
        (Some(good), None) if good >= to => None,
        (Some(good), None) => Some((good * ladder.step).min(to)),
        (Some(good), Some(bad)) if bad / good <= 1.0 + ladder.resolution.get() => None,
        (Some(good), Some(bad)) => Some((good * bad).sqrt()),
    }
}

/// What a report of iperf3 over UDP showed, if it holds that. None as well where nobody knows how much was lost, or what is
/// said of it cannot be: a rate at which that is unknown is neither good nor bad.
pub fn seen(stdout: &[u8]) -> Option<Seen> {
    let report = parse::iperf3::parse(stdout).ok()?;
    if report.error.is_some() {
        return None;
    }
    let forward = |sender: bool| {
        report.totals.iter().find(|total| {
            total.stream.is_none() && total.sender == sender && total.direction == parse::iperf3::Direction::Forward
        })
    };
    let (sent, received) = (forward(true)?, forward(false)?);
    let rate = |total: &parse::iperf3::Total| (total.seconds > 0.0).then(|| total.bytes * 8.0 / total.seconds);
    let packets = received.packets.filter(|packets| *packets > 0.0)?;
    let loss = Some(received.lost? / packets).filter(|loss| LOSS.possible.contains(*loss))?;
    Some(Seen { received_bit_s: rate(received)?, loss, sent_bit_s: rate(sent)? })
}

/// Runs UDP once: one step at a fixed rate, or a ladder.
pub(super) async fn run(udp: &UdpParameters, execution: &mut Execution, link: Link<'_>) -> Result<(), HostError> {
    let clock = Instant::now();
    let limit = execution.limit;
    let asked = |rate: Rate, limit: Duration| Asked {
        both_ways: udp.both_ways,
        udp: Some(rate),
        datagram_size: udp.datagram_size,
        ..Asked::tcp(udp.duration.get(), limit)
    };
    let ladder = match udp.offer() {
        Some(Offer::Rate(rate)) => {
            let step = step(&asked(rate, limit), execution, link).await?;
            execution.steps.push(step);
            return Ok(());
        }
        Some(Offer::Ladder(ladder)) => ladder,
        None => return Ok(()),
    };
    let target = ladder.loss.get();
    execution.loss_target = Some(target);
    let (mut good, mut bad) = (None, None);
    while let Some(rate) = next(&ladder, good, bad) {
        let left = limit.saturating_sub(clock.elapsed());
        if left < udp.duration.get() * 2 {
            execution.complete = false;
            return Ok(());
        }
        let Some(offered) = whole(rate) else { return Ok(()) };
        let step = step(&asked(offered, left), execution, link).await?;
        let seen = seen(&step.client.stdout);
        let ended = step.client.status;
        execution.steps.push(step);
        match seen {
            Some(seen) if seen.is_good(rate, target) => good = Some(rate),
            Some(_) => bad = Some(rate),
            // No result at all: the verdict says what happened.
            None => {
                execution.complete = ended != Status::DeadlinePassed;
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The nearest rate in whole bits a second.
fn whole(rate: f64) -> Option<Rate> {
    Rate::new(rate.round() as u64)
}

/// One step, started again where the tool's own handshake was lost: under reordering iperf3 takes the first
/// datagram for the handshake's, whatever system carries it.
async fn step(asked: &Asked, execution: &mut Execution, link: Link<'_>) -> Result<Step, HostError> {
    let mut tries = 0;
    loop {
        let step = iperf3::run(asked, link).await?;
        tries += 1;
        // iperf3 may end with exit code 0 although its report holds an error.
        if error_of(&step).is_none_or(|error| reason_of(&error) != Reason::HandshakeLost) {
            return Ok(step);
        }
        let address = SocketAddr::new(link.address, PROBE_PORT);
        link.target.echo(address).await?;
        let (sent, answered) = link.source.probe(address, PROBES, PROBE_INTERVAL).await?;
        execution.probe = Some((sent, answered));
        if answered == 0 || tries >= HANDSHAKES {
            return Ok(step);
        }
        // Kept among the steps: its raw output is an artifact as well.
        execution.steps.push(step);
    }
}

/// The error in a report, or what the tool wrote instead of one; `None` where there is none.
fn error_of(step: &Step) -> Option<String> {
    match parse::iperf3::parse(&step.client.stdout) {
        Ok(report) => report.error,
        Err(_) => Some(step.client.excerpt()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ladder() -> Ladder {
        Ladder {
            from: whole(1e6).unwrap(),
            to: whole(1e9).unwrap(),
            loss: "1%".parse().unwrap(),
            step: 2.0,
            resolution: "10%".parse().unwrap(),
        }
    }

    /// Climbs a path that loses nothing up to `capacity`. Returns the best good rate and the number of steps.
    fn climb(capacity: f64) -> (Option<f64>, usize) {
        let (mut good, mut bad, mut steps) = (None, None, 0);
        while let Some(rate) = next(&ladder(), good, bad) {
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
    fn an_error_is_one_whatever_the_exit_code_says() {
        let step = |stdout: &str| Step {
            rate: None,
            client: crate::host::Output {
                started: jiff::Timestamp::UNIX_EPOCH,
                elapsed: Duration::ZERO,
                status: Status::Exited(0),
                stdout: stdout.into(),
                stderr: Vec::new(),
                truncated: false,
            },
            server: None,
        };
        let lost = r#"{"start":{},"intervals":[],"end":{},"error":"unable to read from stream socket: x"}"#;
        assert_eq!(reason_of(&error_of(&step(lost)).unwrap()), Reason::HandshakeLost);
        assert_eq!(error_of(&step(r#"{"start":{},"intervals":[],"end":{}}"#)), None);
        assert!(error_of(&step("no json")).is_some());
    }

    #[test]
    fn a_rate_that_the_sender_did_not_reach_is_not_good() {
        let seen = Seen { received_bit_s: 5e6, loss: 0.0, sent_bit_s: 5e6 };
        assert!(seen.is_good(5e6, 0.01));
        assert!(!seen.is_good(1e7, 0.01));
        assert!(!Seen { loss: 0.02, ..seen }.is_good(5e6, 0.01));
    }
}
