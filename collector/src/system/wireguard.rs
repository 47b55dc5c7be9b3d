//! WireGuard, inside the kernel or as `wireguard-go`. The two are different systems with different names.
//!
//! Each host has every other one as a peer with its explicit endpoint on the data network, so a tunnel
//! cannot look for another way.

use super::{Later, STATE, System, SystemFacts, SystemKind};
use crate::host::{Command, Host, HostError, InterfaceName, on_all};
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;
use std::time::Duration;

/// The UDP port on the data network.
const PORT: u16 = 51820;
/// 1500 less what WireGuard puts around a packet over IPv6, its own tools' default.
const MTU: u32 = 1420;

/// Which WireGuard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Implementation {
    /// The kernel's own.
    Kernel,
    /// `wireguard-go`, a process with a tun interface.
    Go,
}

/// WireGuard between all hosts.
#[derive(Debug)]
pub struct WireGuard {
    implementation: Implementation,
    /// A configuration for each host, with its private key; only ever in memory and on the host's tmpfs.
    configurations: Vec<String>,
}

impl WireGuard {
    /// A WireGuard without keys yet.
    pub fn new(implementation: Implementation) -> Self {
        Self { implementation, configurations: Vec::new() }
    }

    fn name(&self) -> &'static str {
        match self.implementation {
            Implementation::Kernel => "wg0",
            Implementation::Go => "wggo0",
        }
    }

    fn overlay(index: usize) -> Ipv4Addr {
        Ipv4Addr::new(10, 100, 0, u8::try_from(index + 1).unwrap_or(u8::MAX))
    }

    fn pid_file() -> String {
        format!("{STATE}/wireguard-go.pid")
    }

    async fn start(&self, index: usize, host: &Host) -> Result<(), HostError> {
        let name = self.name();
        match self.implementation {
            Implementation::Kernel => super::ip_batch(host, &format!("link add {name} type wireguard\n")).await?,
            Implementation::Go => {
                // It goes into the background by itself, once its interface and control socket are there.
                let start = Command::new("env").args(["LOG_LEVEL=silent", "wireguard-go", name]);
                host.check(&start).await?;
                let pid = host.text(&Command::new("pgrep").args(["-n", "-x", "wireguard-go"])).await?;
                host.write(&Self::pid_file(), pid.as_bytes()).await?;
            }
        }
        let configuration = self.configurations.get(index).map(String::as_bytes).unwrap_or_default();
        host.check(&Command::new("wg").args(["setconf", name, "/dev/stdin"]).stdin(configuration)).await?;
        let address = Self::overlay(index);
        let lines = format!("addr add {address}/24 dev {name}\nlink set {name} mtu {MTU} up\n");
        super::ip_batch(host, &lines).await
    }
}

impl System for WireGuard {
    fn kind(&self) -> SystemKind {
        match self.implementation {
            Implementation::Kernel => SystemKind::WireGuard,
            Implementation::Go => SystemKind::WireGuardGo,
        }
    }

    fn interface(&self, host: &Host) -> InterfaceName {
        InterfaceName::from_str(self.name()).unwrap_or_else(|_| host.interface.clone())
    }

    fn address(&self, index: usize, _host: &Host) -> IpAddr {
        Self::overlay(index).into()
    }

    fn prepare<'a>(&'a mut self, hosts: &'a [Host]) -> Later<'a, Result<(), HostError>> {
        Box::pin(async move {
            let keys = on_all(hosts, |_, host| async move {
                let private = host.text(&Command::new("wg").arg("genkey")).await?;
                let public = host.text(&Command::new("wg").arg("pubkey").stdin(private.as_bytes())).await?;
                Ok((private, public))
            })
            .await?;
            self.configurations = (0..hosts.len()).map(|own| configuration(own, hosts, &keys)).collect();
            Ok(())
        })
    }

    fn up<'a>(&'a self, hosts: &'a [Host]) -> Later<'a, Result<(), HostError>> {
        Box::pin(async move { on_all(hosts, |index, host| self.start(index, host)).await.map(drop) })
    }

    fn facts<'a>(&'a self, host: &'a Host) -> Later<'a, Result<SystemFacts, HostError>> {
        Box::pin(async move {
            let mut facts =
                SystemFacts { mtu: Some(super::mtu(host, &self.interface(host)).await?), ..SystemFacts::default() };
            match self.implementation {
                Implementation::Kernel => {
                    let kernel = host.text(&Command::new("uname").arg("-r")).await?;
                    let tools = super::version_line(host, Command::new("wg").arg("--version")).await?;
                    facts.note = Some(format!("inside the kernel; configured with {}", tools.unwrap_or_default()));
                    facts.version = Some(format!("Linux {kernel}"));
                }
                Implementation::Go => {
                    facts.version = super::version_line(host, Command::new("wireguard-go").arg("--version")).await?;
                    facts.binary_sha256 = super::binary_sha256(host, "wireguard-go").await?;
                    facts.note = Some("userspace, in Go: not the kernel's WireGuard".to_owned());
                }
            }
            Ok(facts)
        })
    }

    fn down<'a>(&'a self, hosts: &'a [Host]) -> Later<'a, Result<(), HostError>> {
        Box::pin(async move {
            on_all(hosts, |_, host| async move {
                if self.implementation == Implementation::Go {
                    super::end_process(host, &Self::pid_file()).await?;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                super::remove_interface(host, &self.interface(host)).await
            })
            .await
            .map(drop)
        })
    }
}

/// The configuration of host number `own` in the format of `wg setconf`.
fn configuration(own: usize, hosts: &[Host], keys: &[(String, String)]) -> String {
    let private = keys.get(own).map(|(private, _)| private.as_str()).unwrap_or_default();
    let mut text = format!("[Interface]\nPrivateKey = {private}\nListenPort = {PORT}\n");
    for (index, (host, (_, public))) in hosts.iter().zip(keys).enumerate().filter(|(index, _)| *index != own) {
        let (endpoint, overlay) = (std::net::SocketAddr::new(host.address, PORT), WireGuard::overlay(index));
        // Writing to a String cannot fail.
        let _ = write!(text, "[Peer]\nPublicKey = {public}\nEndpoint = {endpoint}\nAllowedIPs = {overlay}/32\n");
    }
    text
}
