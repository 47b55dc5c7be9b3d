//! What the rest of the program asks about a workload.

use super::verdict::Judged;
use crate::agent::protocol::Transport;
use crate::host::{Host, HostError, Output};
use crate::record::{Labels, Recorded};
use futures_util::future::BoxFuture;
use meshbench_schemas::catalogue::Metric;
use meshbench_schemas::words::{Direction, Workload};
use std::net::IpAddr;
use std::time::Duration;

/// Added to twice a run's own time where the matrix gives no limit: slow tunnels finish, hanging ones are stopped.
const LIMIT_ON_TOP: Duration = Duration::from_secs(30);
/// The largest payload of an IPv4 datagram that carries UDP or ICMP.
pub(super) const LARGEST_PAYLOAD: u16 = 65_507;

/// What is true of a workload whatever its parameters.
#[derive(Debug)]
pub struct About {
    /// Its word, in datasets as in a matrix.
    pub word: Workload,
    /// The program that carries it out.
    pub tool: &'static Tool,
    /// Whether a run of it is on all links at once; otherwise each link has a run of its own.
    pub all_links: bool,
    /// Whether controls run it.
    pub control: bool,
    /// Its table in the template of a matrix, with every key and its meaning.
    pub template: &'static str,
}

/// A program that workloads run on hosts.
#[derive(Debug, PartialEq, Eq)]
pub struct Tool {
    /// Its name in a host's `PATH`, and in the column `tool`.
    pub name: &'static str,
    /// The argument after which it says its version, on its first line.
    pub version: &'static str,
    /// The package of Debian that has it.
    pub debian: &'static str,
    /// The package of nixpkgs that has it.
    pub nix: &'static str,
}

/// A workload with the parameters that a matrix gives it.
pub trait Load: std::fmt::Debug + Send + Sync {
    /// What is true of it whatever its parameters.
    fn about(&self) -> &'static About;

    /// How long the tool is asked to run, each time that it is started.
    fn asked(&self) -> Duration;

    /// A run is stopped, and counts as censored, after this time.
    fn limit(&self) -> Duration;

    /// How long a run takes by itself, at most.
    fn longest(&self) -> Duration {
        self.asked()
    }

    /// Refuses what the tool would refuse.
    ///
    /// # Errors
    /// A sentence without its full stop for whoever wrote the matrix.
    fn check(&self) -> Result<(), String>;

    /// What it needs of hosts that have so many links at once.
    fn needs(&self, links: usize) -> HostNeeds;

    /// What the stopping rule looks at.
    fn headline(&self) -> Headline;

    /// The value of the [`Self::headline`] in what an `ok` run left.
    fn headline_value(&self, recorded: &Recorded) -> Option<f64> {
        let metric = self.headline().metric.id;
        let forward = |way: Option<Direction>| way.is_none_or(|way| way == Direction::Forward);
        let found = recorded.summaries.iter().find(|row| &*row.metric == metric && forward(row.direction));
        found.map(|summary| summary.value)
    }

    /// How many packets it sends, where its payload is counted in packets; `None` where it is counted in bytes.
    fn packets(&self) -> Option<u32> {
        None
    }

    /// Runs it once over a link.
    fn run<'a>(&'a self, link: Link<'a>) -> Running<'a>;
}

/// A workload while it runs. An error means that it is unknown what came of it.
pub type Running<'a> = BoxFuture<'a, Result<Box<dyn Execution>, HostError>>;

/// What a workload needs of the hosts beside its tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostNeeds {
    /// Ports that it listens on.
    pub ports: Vec<(Transport, u16)>,
    /// Whether both ends send at the same time.
    pub both_ways: bool,
}

/// The number by which a workload is followed while a campaign runs.
#[derive(Debug, Clone, Copy)]
pub struct Headline {
    /// The metric.
    pub metric: &'static Metric,
    /// Which way its payload flows, where it does.
    pub direction: Option<Direction>,
}

/// The link that a workload runs over.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// The host that sends.
    pub source: &'a Host,
    /// The host that answers.
    pub target: &'a Host,
    /// The target's address within the system.
    pub address: IpAddr,
    /// Tells links that run at the same time apart.
    pub number: u16,
}

/// What the tools left, started once.
#[derive(Debug, Clone)]
pub struct Step {
    /// What the tool on the source did.
    pub client: Output,
    /// What the server on the target did, where the workload has one.
    pub server: Option<Output>,
}

/// What a workload left on one link. It keeps what the tools wrote, and, from the first time that somebody asks, the reports
/// that their bytes come to.
pub trait Execution: std::fmt::Debug + Send + Sync {
    /// What the tools did, in order.
    fn steps(&self) -> Vec<&Step>;

    /// Whether it came to its end before its limit, as far as the tools' own deadlines do not say it.
    fn complete(&self) -> bool {
        true
    }

    /// Rows, verdict and payload, from what the tools wrote alone. See [`super::verdict::judge`].
    fn judge(&self, labels: &Labels) -> Judged;
}

/// The limit of a run that takes `own` by itself.
pub(super) fn limit(given: Option<crate::units::Span>, own: Duration) -> Duration {
    given.map_or_else(|| own.saturating_mul(2).saturating_add(LIMIT_ON_TOP), crate::units::Span::get)
}
