//! tinc 1.0: every host connects to every other one, bound to its address on the data network.

use super::{Later, STATE, System, SystemFacts, SystemKind};
use crate::host::{Command, Host, HostError, InterfaceName, on_all};
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;
use std::time::Duration;

const INTERFACE: &str = "tinc0";
const PORT: u16 = 655;
/// Size of the RSA keys, tinc's own default.
const KEY_BITS: &str = "2048";
/// Time for the search of the path's MTU, in which tinc sends larger packets over TCP. Its probes go out
/// a third of a second apart once there is traffic.
const SETTLE: Duration = Duration::from_millis(1500);

/// tinc between all hosts.
#[derive(Debug, Default)]
pub struct Tinc;

impl Tinc {
    fn overlay(index: usize) -> Ipv4Addr {
        Ipv4Addr::new(10, 101, 0, u8::try_from(index + 1).unwrap_or(u8::MAX))
    }

    fn folder() -> String {
        format!("{STATE}/tinc")
    }

    fn pid_file() -> String {
        format!("{STATE}/tinc.pid")
    }

    fn log_file() -> String {
        format!("{STATE}/tinc.log")
    }

    /// tinc's names have letters, digits and underscores only.
    fn node(index: usize) -> String {
        format!("node{}", index + 1)
    }

    async fn start(&self, index: usize, host: &Host) -> Result<(), HostError> {
        let address = Self::overlay(index);
        // An interface made beforehand is there at once, and needs no script for its address.
        let lines = format!(
            "tuntap add dev {INTERFACE} mode tun\naddr add {address}/24 dev {INTERFACE}\nlink set {INTERFACE} up\n"
        );
        super::ip_batch(host, &lines).await?;
        let (folder, pid, log) = (Self::folder(), Self::pid_file(), Self::log_file());
        let start =
            Command::new("tincd").args(["-c", &folder]).arg(format!("--pidfile={pid}")).arg(format!("--logfile={log}"));
        host.check(&start).await.map(drop)
    }
}

impl System for Tinc {
    fn kind(&self) -> SystemKind {
        SystemKind::Tinc
    }

    fn interface(&self, host: &Host) -> InterfaceName {
        InterfaceName::from_str(INTERFACE).unwrap_or_else(|_| host.interface.clone())
    }

    fn address(&self, index: usize, _host: &Host) -> IpAddr {
        Self::overlay(index).into()
    }

    fn prepare<'a>(&'a mut self, hosts: &'a [Host]) -> Later<'a, Result<(), HostError>> {
        Box::pin(async move {
            let folder = Self::folder();
            let public = on_all(hosts, |index, host| {
                let folder = folder.clone();
                async move {
                    host.write(&format!("{folder}/tinc.conf"), configuration(index, hosts).as_bytes()).await?;
                    let own = format!("{folder}/hosts/{}", Self::node(index));
                    host.write(&own, b"").await?;
                    // The private key is made on the host and never leaves it.
                    let generate = Command::new("tincd").args(["-c", &folder, "-K", KEY_BITS]);
                    host.check(&generate.deadline(Duration::from_secs(60))).await?;
                    host.text(&Command::new("cat").arg(own)).await
                }
            })
            .await?;
            on_all(hosts, |_, host| {
                let (folder, public) = (folder.clone(), &public);
                async move {
                    for (index, (peer, key)) in hosts.iter().zip(public).enumerate() {
                        let subnet = Self::overlay(index);
                        let text = format!("Address = {}\nPort = {PORT}\nSubnet = {subnet}/32\n{key}\n", peer.address);
                        host.write(&format!("{folder}/hosts/{}", Self::node(index)), text.as_bytes()).await?;
                    }
                    Ok(())
                }
            })
            .await
            .map(drop)
        })
    }

    fn up<'a>(&'a self, hosts: &'a [Host]) -> Later<'a, Result<(), HostError>> {
        Box::pin(async move {
            on_all(hosts, |index, host| self.start(index, host)).await?;
            // Traffic starts the search for the path's MTU; the pings that decide readiness come after it.
            super::ready(self, hosts).await?;
            tokio::time::sleep(SETTLE).await;
            Ok(())
        })
    }

    fn facts<'a>(&'a self, host: &'a Host) -> Later<'a, Result<SystemFacts, HostError>> {
        Box::pin(async move {
            let version = super::version_line(host, Command::new("tincd").arg("--version")).await?;
            Ok(SystemFacts {
                version: version.map(|line| {
                    line.trim_start_matches("tinc version ").split(' ').next().unwrap_or_default().to_owned()
                }),
                binary_sha256: super::binary_sha256(host, "tincd").await?,
                mtu: Some(super::mtu(host, &self.interface(host)).await?),
                note: Some("tun device, bound to the data network".to_owned()),
            })
        })
    }

    fn down<'a>(&'a self, hosts: &'a [Host]) -> Later<'a, Result<(), HostError>> {
        Box::pin(async move {
            on_all(hosts, |_, host| async move {
                super::end_process(host, &Self::pid_file()).await?;
                super::remove_interface(host, &self.interface(host)).await
            })
            .await
            .map(drop)
        })
    }

    fn log<'a>(&'a self, host: &'a Host) -> Later<'a, Option<String>> {
        Box::pin(async move {
            let log = Self::log_file();
            host.text(&Command::new("tail").args(["-n", "20", &log])).await.ok()
        })
    }
}

/// The configuration of host number `own`.
fn configuration(own: usize, hosts: &[Host]) -> String {
    let bind = hosts.get(own).map(|host| host.address.to_string()).unwrap_or_default();
    let mut text = format!(
        "Name = {}\nDeviceType = tun\nInterface = {INTERFACE}\nAddressFamily = ipv4\nBindToAddress = {bind} {PORT}\nPort = {PORT}\n",
        Tinc::node(own)
    );
    for peer in (0..hosts.len()).filter(|peer| *peer != own) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "ConnectTo = {}", Tinc::node(peer));
    }
    text
}
