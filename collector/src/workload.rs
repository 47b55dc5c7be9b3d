//! The workloads: what is run over a link, and its raw result.
//!
//! A workload only runs tools and keeps everything they say. What that means is decided in
//! [`verdict`], from the raw result alone.

pub mod counters;
mod ping;
mod tcp;
pub mod verdict;

use crate::host::{Host, HostError, Output};
use crate::matrix::Workloads;
use counters::Snapshot;
use meshbench_schemas::words::Workload;
use std::net::IpAddr;
use std::time::Duration;

/// The link that a workload runs over.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// The host that sends.
    pub source: &'a Host,
    /// The host that answers.
    pub target: &'a Host,
    /// The target's address within the system.
    pub address: IpAddr,
}

/// Everything that one execution of a workload left.
#[derive(Debug, Clone)]
pub struct Execution {
    /// What was run.
    pub workload: Workload,
    /// How long the tool was asked to run.
    pub asked: Duration,
    /// When it would have been stopped.
    pub limit: Duration,
    /// What the tool on the source did.
    pub client: Output,
    /// What the server on the target did, where the workload has one.
    pub server: Option<Output>,
    /// The source's data interface before and after the tool, if it could be read.
    pub source: Option<[Snapshot; 2]>,
    /// The target's, where the workload has a server.
    pub target: Option<[Snapshot; 2]>,
}

/// The tool that carries out a workload.
pub const fn tool(workload: Workload) -> &'static str {
    match workload {
        Workload::Ping => "ping",
        _ => "iperf3",
    }
}

/// How long a run takes by itself, and its limit; `None` for a workload that the matrix does not have.
pub fn times(workload: Workload, parameters: &Workloads) -> Option<(Duration, Duration)> {
    match workload {
        Workload::Ping => {
            let ping = parameters.ping.as_ref()?;
            Some((ping.interval.get().saturating_mul(ping.count.get()), ping.limit.get()))
        }
        Workload::Tcp => {
            let tcp = parameters.tcp.as_ref()?;
            Some((tcp.duration.get(), tcp.limit.get()))
        }
        _ => None,
    }
}

/// Runs a workload once over a link. `None` for a workload that the matrix does not have.
pub async fn run(workload: Workload, parameters: &Workloads, link: Link<'_>) -> Result<Option<Execution>, HostError> {
    match (workload, &parameters.ping, &parameters.tcp) {
        (Workload::Ping, Some(parameters), _) => ping::run(parameters, link).await.map(Some),
        (Workload::Tcp, _, Some(parameters)) => tcp::run(parameters, link).await.map(Some),
        _ => Ok(None),
    }
}
