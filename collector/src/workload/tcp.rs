//! `tcp`: a transfer over TCP connections.

use super::iperf3::{Asked, TOOL, Transfer, few_streams, ports, whole_seconds};
use super::{About, Execution, Headline, HostNeeds, Link, Load, Running, limit};
use crate::units::Span;
use meshbench_schemas::catalogue::THROUGHPUT;
use meshbench_schemas::words::{Direction, Workload};
use serde::Deserialize;
use std::num::NonZeroU16;
use std::time::Duration;

/// Parameters of a transfer over TCP.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TcpParameters {
    /// How long data is sent, in whole seconds.
    duration: Span,
    /// The run is stopped, and counts as censored, after this time.
    limit: Option<Span>,
    /// Whether data flows both ways at once; from source to target otherwise.
    #[serde(default)]
    both_ways: bool,
    /// Connections at once, each way.
    #[serde(default = "one")]
    streams: NonZeroU16,
}

const fn one() -> NonZeroU16 {
    NonZeroU16::MIN
}

impl TcpParameters {
    pub(super) const ABOUT: About = About {
        word: Workload::Tcp,
        tool: &TOOL,
        all_links: false,
        control: true,
        template: r#"[workloads.tcp]
duration = "30s"
limit = "120s"
both_ways = true             # both ways at once; from source to target otherwise
streams = 1                  # connections at once, each way
"#,
    };

    /// What iperf3 is asked for on each link.
    pub(super) const fn transfer(&self, limit: Duration) -> Asked {
        let (duration, both_ways, streams) = (self.duration.get(), self.both_ways, self.streams);
        Asked { duration, limit, both_ways, streams, udp: None, datagram_size: None }
    }

    /// Refuses what iperf3 would refuse, in the name of a workload.
    pub(super) fn check_as(&self, workload: Workload) -> Result<(), String> {
        whole_seconds(workload, self.asked())?;
        few_streams(self.streams)
    }
}

impl Load for TcpParameters {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn asked(&self) -> Duration {
        self.duration.get()
    }

    fn limit(&self) -> Duration {
        limit(self.limit, self.asked())
    }

    fn check(&self) -> Result<(), String> {
        self.check_as(Self::ABOUT.word)
    }

    fn needs(&self, links: usize) -> HostNeeds {
        HostNeeds { ports: ports(links), both_ways: self.both_ways }
    }

    fn headline(&self) -> Headline {
        Headline { metric: &THROUGHPUT, direction: Some(Direction::Forward) }
    }

    fn run<'a>(&'a self, link: Link<'a>) -> Running<'a> {
        Box::pin(async move {
            let asked = self.transfer(self.limit());
            Ok(Box::new(Transfer::run(&asked, link).await?) as Box<dyn Execution>)
        })
    }
}
