//! The workloads: what is run over links, and its raw result.
//!
//! A workload only runs tools and keeps everything they say. What that means is decided in
//! [`verdict`], from the raw result alone.

pub mod calibration;
mod iperf3;
pub mod ladder;
mod ping;
pub mod verdict;

use crate::host::{Host, HostError, Output};
use crate::matrix::{Rate, Workloads};
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
    /// Tells links that run at the same time apart.
    pub number: u16,
}

/// Everything that one execution of a workload left.
#[derive(Debug, Clone)]
pub struct Execution {
    /// What was run.
    pub workload: Workload,
    /// How long the tool was asked to run; for a ladder, each of its steps.
    pub asked: Duration,
    /// When it would have been stopped.
    pub limit: Duration,
    /// What the tools did, in order: one step, or those of a ladder.
    pub steps: Vec<Step>,
    /// The ladder's target, where it was one.
    pub loss_target: Option<f64>,
    /// Whether a ladder came to its end before its limit.
    pub complete: bool,
    /// Datagrams that were sent and answered over the system when the load tool's own handshake had failed.
    pub probe: Option<(u32, u32)>,
}

/// One execution of the tools.
#[derive(Debug, Clone)]
pub struct Step {
    /// The rate that was asked, where one was.
    pub rate: Option<Rate>,
    /// What the tool on the source did.
    pub client: Output,
    /// What the server on the target did, where the workload has one.
    pub server: Option<Output>,
}

/// The tool that carries out a workload.
pub const fn tool(workload: Workload) -> &'static str {
    match workload {
        Workload::Ping => "ping",
        _ => "iperf3",
    }
}

/// Runs a workload once over a link. `None` for a workload that the matrix does not have.
pub async fn run(workload: Workload, parameters: &Workloads, link: Link<'_>) -> Result<Option<Execution>, HostError> {
    let Some((asked, limit)) = parameters.times(workload) else { return Ok(None) };
    let mut execution =
        Execution { workload, asked, limit, steps: Vec::new(), loss_target: None, complete: true, probe: None };
    match workload {
        Workload::Ping => {
            let Some(ping) = &parameters.ping else { return Ok(None) };
            execution.steps.push(ping::run(ping, limit, link).await?);
        }
        Workload::Tcp => {
            let Some(tcp) = &parameters.tcp else { return Ok(None) };
            let asked =
                iperf3::Asked { both_ways: tcp.both_ways, streams: tcp.streams, ..iperf3::Asked::tcp(asked, limit) };
            execution.steps.push(iperf3::run(&asked, link).await?);
        }
        Workload::TcpParallel => {
            let Some(tcp) = &parameters.tcp_parallel else { return Ok(None) };
            let asked = iperf3::Asked { both_ways: tcp.both_ways, ..iperf3::Asked::tcp(asked, limit) };
            execution.steps.push(iperf3::run(&asked, link).await?);
        }
        Workload::Udp => {
            let Some(udp) = &parameters.udp else { return Ok(None) };
            ladder::run(udp, &mut execution, link).await?;
        }
        _ => return Ok(None),
    }
    Ok(Some(execution))
}
