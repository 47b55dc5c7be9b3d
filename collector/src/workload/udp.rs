//! `udp`: datagrams at a fixed rate, or at those of a [`Ladder`].

mod ladder;
mod offered;

use super::iperf3::{Asked, DATAGRAMS, TOOL, Transfer, ports, whole_seconds};
use super::{About, Execution, Headline, HostNeeds, LARGEST_PAYLOAD, Link, Load, Running, limit};
use crate::agent::protocol::Transport;
use crate::host::{HostError, Status};
use crate::record::iperf3::reason_of;
use crate::units::{Rate, Span};
use ladder::Ladder;
pub use ladder::Seen;
use meshbench_schemas::catalogue::{CAPACITY, THROUGHPUT};
use meshbench_schemas::outcome::Reason;
use meshbench_schemas::words::{Direction, Workload};
use offered::{Offered, Probe};
use serde::Deserialize;
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::time::{Duration, Instant};

/// The port of the probe that tells a lost handshake from a system that does not carry UDP.
const PROBE_PORT: u16 = 5299;
const PROBES: u32 = 20;
const PROBE_INTERVAL: Duration = Duration::from_millis(20);
/// Times a step is started again after the tool's own handshake was lost.
const HANDSHAKES: usize = 3;
/// iperf3 needs so many bytes of a datagram for its own counters.
const SMALLEST_DATAGRAM: u16 = 16;

/// Parameters of the `udp` workload.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UdpParameters {
    /// How long data is sent (at each step of a ladder), in whole seconds.
    duration: Span,
    /// The run, with all steps of a ladder, is stopped, and counts as censored, after this time.
    limit: Option<Span>,
    /// Whether data flows both ways at once; from source to target otherwise.
    #[serde(default)]
    both_ways: bool,
    rate: Option<Rate>,
    ladder: Option<Ladder>,
    /// Bytes of payload in a datagram; what fits the path's MTU where absent.
    datagram_size: Option<NonZeroU16>,
}

impl UdpParameters {
    pub(super) const ABOUT: About = About {
        word: Workload::Udp,
        tool: &TOOL,
        all_links: false,
        control: false,
        template: r#"# A fixed rate, `rate = "10Mbit/s"`, or a ladder: rates multiplied by `step` while no more than `loss` is lost,
# then closer until the best one is known to within `resolution`. `duration` is that of one step.
[workloads.udp]
duration = "5s"
limit = "15min"
both_ways = false
datagram_size = 1200         # bytes of payload; what fits the path where absent
ladder = { from = "1Mbit/s", to = "10Gbit/s", loss = "1%", step = 2.0, resolution = "10%" }
"#,
    };

    /// What iperf3 is asked for at one rate.
    const fn transfer(&self, rate: Rate, limit: Duration) -> Asked {
        let (duration, both_ways, datagram_size) = (self.duration.get(), self.both_ways, self.datagram_size);
        Asked { duration, limit, both_ways, streams: NonZeroU16::MIN, udp: Some(rate), datagram_size }
    }

    /// Sends at the rates of a ladder, each as the ones before it came out, until the search or the limit ends.
    async fn climb(&self, ladder: &Ladder, offered: &mut Offered, link: Link<'_>) -> Result<(), HostError> {
        let (clock, limit) = (Instant::now(), self.limit());
        let (mut good, mut bad) = (None, None);
        while let Some(rate) = ladder.next(good, bad) {
            let left = limit.saturating_sub(clock.elapsed());
            if left < self.duration.get() * 2 {
                offered.complete = false;
                return Ok(());
            }
            // The nearest rate in whole bits a second.
            let Some(whole) = Rate::new(rate.round() as u64) else { return Ok(()) };
            let transfer = send(&self.transfer(whole, left), whole, offered, link).await?;
            let ended = transfer.step.client.status;
            match transfer.report().ok().and_then(Seen::of) {
                Some(seen) if seen.is_good(rate, ladder.target()) => good = Some(rate),
                Some(_) => bad = Some(rate),
                // No result at all: the verdict says what happened.
                None => {
                    offered.complete = ended != Status::DeadlinePassed;
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

impl Load for UdpParameters {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn asked(&self) -> Duration {
        self.duration.get()
    }

    fn limit(&self) -> Duration {
        limit(self.limit, self.longest())
    }

    fn longest(&self) -> Duration {
        self.asked().saturating_mul(self.ladder.map_or(1, |ladder| ladder.most_steps()))
    }

    fn check(&self) -> Result<(), String> {
        whole_seconds(Self::ABOUT.word, self.asked())?;
        match (self.rate, self.ladder) {
            (Some(_), None) => {}
            (None, Some(ladder)) => ladder.check()?,
            _ => return Err("udp needs a `rate` or a `ladder`, and not both".to_owned()),
        }
        let sizes = SMALLEST_DATAGRAM..=LARGEST_PAYLOAD;
        match self.datagram_size.is_none_or(|size| sizes.contains(&size.get())) {
            true => Ok(()),
            false => Err(format!("udp's datagram_size is {SMALLEST_DATAGRAM} to {LARGEST_PAYLOAD} bytes")),
        }
    }

    /// A handshake can be lost at any rate, so the probe has its port whatever is offered.
    fn needs(&self, links: usize) -> HostNeeds {
        let udp = [DATAGRAMS, (Transport::Udp, PROBE_PORT)];
        HostNeeds { ports: ports(links).into_iter().chain(udp).collect(), both_ways: self.both_ways }
    }

    fn headline(&self) -> Headline {
        let metric = if self.ladder.is_some() { &CAPACITY } else { &THROUGHPUT };
        Headline { metric, direction: Some(Direction::Forward) }
    }

    fn run<'a>(&'a self, link: Link<'a>) -> Running<'a> {
        Box::pin(async move {
            let mut offered = Offered::new(self.asked(), self.ladder.map(|ladder| ladder.target()));
            // Of the two there is exactly one in a matrix that was checked.
            if let Some(rate) = self.rate {
                send(&self.transfer(rate, self.limit()), rate, &mut offered, link).await?;
            } else if let Some(ladder) = &self.ladder {
                self.climb(ladder, &mut offered, link).await?;
            }
            Ok(Box::new(offered) as Box<dyn Execution>)
        })
    }
}

/// Sends at one rate, again where the tool's own handshake was lost: under reordering iperf3 takes the first datagram for the
/// handshake's, whatever system carries it. All that was sent is kept, as its raw output is an artifact as well.
async fn send<'o>(
    asked: &Asked,
    rate: Rate,
    offered: &'o mut Offered,
    link: Link<'_>,
) -> Result<&'o Transfer, HostError> {
    let mut tries = 0;
    loop {
        let transfer = Transfer::run(asked, link).await?;
        tries += 1;
        if transfer.error().is_none_or(|error| reason_of(&error) != Reason::HandshakeLost) {
            return Ok(offered.keep(rate, transfer));
        }
        let address = SocketAddr::new(link.address, PROBE_PORT);
        link.target.echo(address).await?;
        let (sent, answered) = link.source.probe(address, PROBES, PROBE_INTERVAL).await?;
        offered.probe = Some(Probe { sent, answered });
        if answered == 0 || tries >= HANDSHAKES {
            return Ok(offered.keep(rate, transfer));
        }
        offered.keep(rate, transfer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(offer: &str) -> UdpParameters {
        toml::from_str(&format!("duration = \"5s\"\n{offer}")).unwrap()
    }

    const LADDER: &str = "ladder = { from = \"1Mbit/s\", to = \"1024Mbit/s\" }";

    #[test]
    fn the_limit_is_that_of_all_steps() {
        let ladder = load(LADDER);
        let seconds = [ladder.asked(), ladder.longest(), ladder.limit()].map(|time| time.as_secs());
        assert_eq!(seconds, [5, 70, 170]);
        let fixed = load("rate = \"1Mbit/s\"");
        assert_eq!([fixed.longest(), fixed.limit()].map(|time| time.as_secs()), [5, 40]);
    }

    #[test]
    fn the_probe_has_its_port_at_a_fixed_rate_as_on_a_ladder() {
        for offer in [LADDER, "rate = \"1Mbit/s\""] {
            let wanted = [(Transport::Tcp, 5201), (Transport::Udp, 5201), (Transport::Udp, 5299)];
            assert_eq!(load(offer).needs(1).ports, wanted, "{offer}");
        }
    }

    #[test]
    fn a_ladder_is_followed_by_what_it_finds() {
        assert_eq!(load(LADDER).headline().metric.id, CAPACITY.id);
        assert_eq!(load("rate = \"1Mbit/s\"").headline().metric.id, THROUGHPUT.id);
    }
}
