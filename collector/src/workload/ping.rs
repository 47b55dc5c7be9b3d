//! `ping`: ICMP echo requests at a fixed pace, every answer with its time.

use super::{Execution, Link, counters};
use crate::host::HostError;
use crate::matrix::PingParameters;
use meshbench_schemas::words::Workload;

/// Pings the target once.
pub async fn run(parameters: &PingParameters, link: Link<'_>) -> Result<Execution, HostError> {
    let (count, address) = (parameters.count.to_string(), link.address.to_string());
    let interval = format!("{:.3}", parameters.interval.get().as_secs_f64());
    let ping = ["ping", "-D", "-n", "-c", &count, "-i", &interval, &address].map(str::to_owned);
    let limit = parameters.limit.get();
    let (client, source) = counters::run(link.source, limit, &ping).await?;
    let asked = parameters.interval.get().saturating_mul(parameters.count.get());
    Ok(Execution { workload: Workload::Ping, asked, limit, client, server: None, source, target: None })
}
