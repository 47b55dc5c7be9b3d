//! `ping`: ICMP echo requests at a fixed pace, every answer with its time.

use super::{Link, Step};
use crate::host::{Command, HostError};
use crate::matrix::PingParameters;
use std::time::Duration;

/// Pings the target once.
pub(super) async fn run(parameters: &PingParameters, limit: Duration, link: Link<'_>) -> Result<Step, HostError> {
    let interval = format!("{:.3}", parameters.interval.get().as_secs_f64());
    let mut ping = Command::new("ping").args(["-D", "-n", "-i", &interval]).arg("-c").arg(parameters.count);
    if let Some(size) = parameters.size {
        ping = ping.arg("-s").arg(size);
    }
    let client = link.source.run(&ping.arg(link.address).deadline(limit)).await?;
    Ok(Step { rate: None, client, server: None })
}
