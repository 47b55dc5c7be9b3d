//! The workloads of a matrix with their parameters.
//!
//! Where a limit is absent it is twice the time that the run takes by itself, and 30 s: slow tunnels finish,
//! hanging ones are stopped.

use super::units::{Rate, Ratio, Span};
use meshbench_schemas::words::Workload;
use serde::Deserialize;
use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

/// Added to twice a run's own time where the matrix gives no limit.
const LIMIT_ON_TOP: Duration = Duration::from_secs(30);
/// The largest payload of an IPv4 datagram that carries UDP or ICMP.
const LARGEST_PAYLOAD: u16 = 65_507;
/// What iperf3 takes at most.
const MOST_STREAMS: u16 = 128;

/// The workloads of a matrix with their parameters; one that is absent is not run.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Workloads {
    /// Round trips of ICMP echo packets.
    pub ping: Option<PingParameters>,
    /// A TCP transfer.
    pub tcp: Option<TcpParameters>,
    /// TCP transfers on all links at once.
    pub tcp_parallel: Option<TcpParameters>,
    /// A UDP transfer, or a ladder of them.
    pub udp: Option<UdpParameters>,
}

/// Parameters of the `ping` workload.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PingParameters {
    /// Echo requests sent.
    pub count: NonZeroU32,
    /// Time between two requests.
    pub interval: Span,
    /// The run is stopped, and counts as censored, after this time.
    limit: Option<Span>,
    /// Bytes of payload; ping's own default where absent. Below 16 it prints no round-trip time.
    pub size: Option<u16>,
}

/// Parameters of the `tcp` and `tcp-parallel` workloads.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TcpParameters {
    /// How long data is sent, in whole seconds.
    pub duration: Span,
    /// The run is stopped, and counts as censored, after this time.
    limit: Option<Span>,
    /// Whether data flows both ways at once; from source to target otherwise.
    #[serde(default)]
    pub both_ways: bool,
    /// Connections at once, each way.
    #[serde(default = "one")]
    pub streams: NonZeroU16,
}

const fn one() -> NonZeroU16 {
    NonZeroU16::MIN
}

/// Parameters of the `udp` workload.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UdpParameters {
    /// How long data is sent (at each step of a ladder), in whole seconds.
    pub duration: Span,
    /// The run, with all steps of a ladder, is stopped, and counts as censored, after this time.
    limit: Option<Span>,
    /// Whether data flows both ways at once; from source to target otherwise.
    #[serde(default)]
    pub both_ways: bool,
    rate: Option<Rate>,
    ladder: Option<Ladder>,
    /// Bytes of payload in a datagram; what fits the path's MTU where absent.
    pub datagram_size: Option<NonZeroU16>,
}

/// How much a UDP run offers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Offer {
    /// A fixed rate.
    Rate(Rate),
    /// Rising rates, to find the highest that gets through.
    Ladder(Ladder),
}

/// Rising rates: from the lowest, multiplied by `step` while the loss stays within `loss`; then the highest
/// good and the lowest bad rate are brought together until they are within `resolution`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// The first rate.
    pub from: Rate,
    /// No rate is above this.
    pub to: Rate,
    /// The largest share of datagrams that may be lost.
    #[serde(default = "one_percent")]
    pub loss: Ratio,
    /// What a rate is multiplied by, above 1.
    #[serde(default = "two")]
    pub step: f64,
    /// How near the highest good and the lowest bad rate have to be, relative.
    #[serde(default = "ten_percent")]
    pub resolution: Ratio,
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
    /// The most steps it can take: up to the highest rate, and bisecting the last pair on a log scale.
    pub fn most_steps(&self) -> u32 {
        let wide = (self.to.bit_s() as f64 / self.from.bit_s() as f64).ln();
        let up = (wide / self.step.ln() - 1e-9).ceil().max(0.0) + 1.0;
        // A pair is not wider than one step of the ladder, nor than the whole of it.
        let pair = self.step.ln().min(wide);
        let halvings = (pair / self.resolution.get().ln_1p()).log2().ceil().max(0.0);
        (up + halvings) as u32
    }

    fn check(&self) -> Result<(), &'static str> {
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
}

impl PingParameters {
    /// The run is stopped, and counts as censored, after this time.
    pub fn limit(&self) -> Duration {
        limit(self.limit, self.asked())
    }

    /// The time that the run takes by itself.
    pub fn asked(&self) -> Duration {
        self.interval.get().saturating_mul(self.count.get())
    }
}

impl TcpParameters {
    /// The run is stopped, and counts as censored, after this time.
    pub fn limit(&self) -> Duration {
        limit(self.limit, self.duration.get())
    }
}

impl UdpParameters {
    /// The run, with all steps of a ladder, is stopped, and counts as censored, after this time.
    pub fn limit(&self) -> Duration {
        limit(self.limit, self.longest())
    }

    /// How much is offered. Of `rate` and `ladder` exactly one is there in a matrix that was parsed.
    pub fn offer(&self) -> Option<Offer> {
        self.rate.map(Offer::Rate).or(self.ladder.map(Offer::Ladder))
    }

    /// The time that the run takes by itself, at most.
    pub fn longest(&self) -> Duration {
        self.duration.get().saturating_mul(self.ladder.map_or(1, |ladder| ladder.most_steps()))
    }
}

fn limit(given: Option<Span>, own: Duration) -> Duration {
    given.map_or_else(|| own.saturating_mul(2).saturating_add(LIMIT_ON_TOP), Span::get)
}

/// What is wrong with the parameters of a workload.
#[derive(Debug)]
pub(super) struct Wrong {
    /// Which one; `None` where it is all of them.
    pub(super) workload: Option<Workload>,
    pub(super) message: String,
}

fn wrong(workload: Workload, message: impl Into<String>) -> Result<(), Wrong> {
    Err(Wrong { workload: Some(workload), message: message.into() })
}

impl Workloads {
    /// The workloads that are run, in the order of the vocabulary.
    pub fn present(&self) -> Vec<Workload> {
        Workload::ALL.iter().copied().filter(|workload| self.times(*workload).is_some()).collect()
    }

    /// How long a workload is asked to run, and its limit; for a ladder the time of one step, and the limit
    /// of all. `None` where the matrix does not have the workload.
    pub fn times(&self, workload: Workload) -> Option<(Duration, Duration)> {
        match workload {
            Workload::Ping => self.ping.as_ref().map(|ping| (ping.asked(), ping.limit())),
            Workload::Tcp => self.tcp.as_ref().map(|tcp| (tcp.duration.get(), tcp.limit())),
            Workload::TcpParallel => self.tcp_parallel.as_ref().map(|tcp| (tcp.duration.get(), tcp.limit())),
            Workload::Udp => self.udp.as_ref().map(|udp| (udp.duration.get(), udp.limit())),
            Workload::Quic | Workload::Video | Workload::Download | Workload::Connect | Workload::ConnectReboot => None,
        }
    }

    /// How long a workload takes by itself, at most: of a ladder all steps. `None` as with [`Self::times`].
    pub fn longest(&self, workload: Workload) -> Option<Duration> {
        let ladder = self.udp.as_ref().filter(|_| workload == Workload::Udp).map(UdpParameters::longest);
        ladder.or_else(|| self.times(workload).map(|(asked, _)| asked))
    }

    /// Refuses what the tools would refuse, and a limit below the time a run takes by itself: it would censor
    /// every run.
    pub(super) fn check(&self) -> Result<(), Wrong> {
        if self.present().is_empty() {
            return Err(Wrong {
                workload: None,
                message: "name at least one: ping, tcp, tcp-parallel, udp".to_owned(),
            });
        }
        for workload in self.present() {
            let Some(((asked, limit), longest)) = self.times(workload).zip(self.longest(workload)) else { continue };
            if workload != Workload::Ping && (asked.subsec_nanos() != 0 || asked.is_zero()) {
                let message =
                    format!("{workload}'s duration has to be whole seconds (iperf3 takes no others), not {asked:?}");
                return wrong(workload, message);
            }
            if limit <= longest {
                let message = "takes by itself, so its limit has to be longer than";
                return wrong(workload, format!("{longest:?} is what {workload} {message} {limit:?}"));
            }
        }
        if self.ping.as_ref().is_some_and(|ping| ping.interval.get() < Duration::from_millis(2)) {
            return wrong(Workload::Ping, "ping's interval has to be 2ms or more: ping waits no shorter");
        }
        if self.ping.as_ref().and_then(|ping| ping.size).is_some_and(|size| size > LARGEST_PAYLOAD) {
            return wrong(Workload::Ping, format!("ping's size is {LARGEST_PAYLOAD} bytes at most"));
        }
        let streams = |tcp: &Option<TcpParameters>| tcp.as_ref().is_some_and(|tcp| tcp.streams.get() > MOST_STREAMS);
        for (workload, tcp) in [(Workload::Tcp, &self.tcp), (Workload::TcpParallel, &self.tcp_parallel)] {
            if streams(tcp) {
                return wrong(workload, format!("iperf3 takes {MOST_STREAMS} streams at most"));
            }
        }
        let Some(udp) = &self.udp else { return Ok(()) };
        match (udp.rate, udp.ladder) {
            (Some(_), None) => {}
            (None, Some(ladder)) => ladder.check().or_else(|message| wrong(Workload::Udp, message))?,
            _ => return wrong(Workload::Udp, "udp needs a `rate` or a `ladder`, and not both"),
        }
        // iperf3 itself needs 16 bytes for its counters.
        let fits = |size: NonZeroU16| (16..=LARGEST_PAYLOAD).contains(&size.get());
        if !udp.datagram_size.is_none_or(fits) {
            return wrong(Workload::Udp, format!("udp's datagram_size is 16 to {LARGEST_PAYLOAD} bytes"));
        }
        Ok(())
    }
}
