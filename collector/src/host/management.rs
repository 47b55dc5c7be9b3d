//! The networks that SSH comes over, kept free of everything else while hosts are held.

use super::{Command, Host, HostError, InterfaceName, on_all};
use crate::agent::protocol::{Change, RefusalKind, Scope};
use std::collections::BTreeSet;

/// Lets the interface through which each host is reached carry SSH only, until the end of its lease.
///
/// # Errors
/// [`HostError::Refused`] where SSH comes over no network, or over the data network, or the host has no nftables.
pub async fn ssh_only(hosts: &[Host]) -> Result<(), HostError> {
    // Of all of them, since collect may run on one of the hosts and connect to the others from there.
    let ports: BTreeSet<u16> = hosts.iter().filter_map(Host::ssh).map(|way| way.port).collect();
    let ports = &ports;
    let made = on_all(hosts, |_, host| async move {
        let interface = interface(host).await?.to_string();
        host.change(Scope::Lease, Change::SshOnly { interface, ports: ports.iter().copied().collect() }).await
    });
    made.await.map(drop)
}

/// The interface through which a host is reached.
async fn interface(host: &Host) -> Result<InterfaceName, HostError> {
    let refuse = |message: &str| HostError::Refused {
        host: host.name.clone(),
        kind: RefusalKind::Other,
        message: format!("{message}; leave `management = \"ssh-only\"` out of the matrix"),
    };
    let Some(way) = host.ssh() else { return Err(refuse("SSH does not come over a network of this host")) };
    let shown = host.text(&Command::new("ip").args(["-o", "addr", "show", "to"]).arg(way.host)).await?;
    let name = shown.split_whitespace().nth(1).and_then(|name| name.parse::<InterfaceName>().ok());
    match name {
        Some(name) if name == host.interface => {
            Err(refuse("SSH comes over the data network, which cannot carry SSH only: give it a network of its own"))
        }
        // The end of a tunnel; without it the host cannot even talk with itself.
        Some(name) if name.as_str() == "lo" => {
            Err(refuse("SSH comes over no network of its own, but over this host's lo"))
        }
        Some(name) => Ok(name),
        None => Err(refuse(&format!("no interface has the address {} that SSH comes to", way.host))),
    }
}
