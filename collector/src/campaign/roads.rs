//! The way to all hosts of a campaign, made again when it is lost.

use super::CampaignError;
use crate::host::{self, Access, Host, HostError, HostName, InterfaceName};
use crate::matrix::RealHost;
use crate::ui;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// How long hosts may be away. A host that boots takes a minute or two.
const AWAY: Duration = Duration::from_secs(15 * 60);
/// An agent that lost its controller restores its host within its deadline; until then the host is taken.
const PAUSES: [Duration; 4] = [Duration::ZERO, Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(15)];

/// A host, as it has to be known before it is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// What SSH calls it.
    pub name: HostName,
    /// Its address on the data network.
    pub address: IpAddr,
    /// Its interface there.
    pub interface: InterfaceName,
}

impl From<&RealHost> for Stop {
    fn from(host: &RealHost) -> Self {
        Self { name: host.name.clone(), address: host.address, interface: host.interface.clone() }
    }
}

/// How to get to all hosts.
#[derive(Debug, Clone)]
pub struct Roads {
    /// SSH.
    pub access: Access,
    /// The hosts, in the matrix's order.
    pub hosts: Vec<Stop>,
}

impl Roads {
    /// Connects to all hosts at once, each with a new lease. The first error wins.
    pub async fn connect(&self) -> Result<Vec<Host>, HostError> {
        // Unique, so that a lease that still ends is not met: process and nanoseconds.
        let now = jiff::Timestamp::now().as_nanosecond();
        let lease = format!("{}-{now:x}", std::process::id());
        let connecting = self.hosts.iter().map(|host| {
            let lease = format!("{}-{lease}", host.name.as_str().replace(['.', '_'], "-"));
            let lease: String = lease.chars().rev().take(60).collect::<String>().chars().rev().collect();
            let lease = lease.trim_start_matches('-').to_owned();
            async move {
                let (name, address, interface) = (host.name.clone(), host.address, host.interface.clone());
                Host::connect(&self.access, name, address, interface, &lease).await
            }
        });
        let connected = futures_util::future::join_all(connecting).await;
        let hosts = connected.into_iter().collect::<Result<Vec<Host>, HostError>>()?;
        if self.access.ssh_only {
            host::ssh_only(&hosts).await?;
        }
        Ok(hosts)
    }

    /// Connects, and tries again for as long as hosts may be away.
    pub async fn reconnect(&self) -> Result<Vec<Host>, CampaignError> {
        let started = Instant::now();
        let mut pauses = PAUSES.into_iter();
        loop {
            tokio::time::sleep(pauses.next().unwrap_or(Duration::from_secs(30))).await;
            match self.connect().await {
                Ok(hosts) => return Ok(hosts),
                Err(error) if error.stays() => return Err(error.into()),
                Err(cause) if started.elapsed() > AWAY => {
                    return Err(CampaignError::HostsGone { waited: ui::human(AWAY), cause });
                }
                Err(error) => ui::say(&format!("{error}; trying again")),
            }
        }
    }
}
