//! `internal`: no VPN, the yardstick for all others.

use super::{Later, System, SystemFacts, SystemKind};
use crate::host::{Command, Host, HostError, InterfaceName};
use std::net::IpAddr;

/// The data network itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Internal;

impl System for Internal {
    fn kind(&self) -> SystemKind {
        SystemKind::Internal
    }

    fn interface(&self, host: &Host) -> InterfaceName {
        host.interface.clone()
    }

    fn address(&self, _index: usize, host: &Host) -> IpAddr {
        host.address
    }

    fn prepare<'a>(&'a mut self, _hosts: &'a [Host]) -> Later<'a, Result<(), HostError>> {
        Box::pin(async { Ok(()) })
    }

    fn up<'a>(&'a self, _hosts: &'a [Host]) -> Later<'a, Result<(), HostError>> {
        Box::pin(async { Ok(()) })
    }

    fn facts<'a>(&'a self, host: &'a Host) -> Later<'a, Result<SystemFacts, HostError>> {
        Box::pin(async {
            let kernel = host.text(&Command::new("uname").arg("-r")).await?;
            let note = Some("no VPN: the data network itself; the version is the kernel's".to_owned());
            Ok(SystemFacts { version: Some(kernel), note, ..SystemFacts::default() })
        })
    }

    fn down<'a>(&'a self, _hosts: &'a [Host]) -> Later<'a, Result<(), HostError>> {
        Box::pin(async { Ok(()) })
    }
}
