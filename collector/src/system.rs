//! The systems under test: what they need, how they come up and go down, where their tunnel is.
//!
//! A [`System`] is driven through [`Host`]s only, so the same code serves a lab and real machines. Keys are
//! made on the hosts or in memory and live on the hosts' tmpfs; none ever reaches the dataset.

mod internal;
mod tinc;
mod wireguard;

pub use internal::Internal;
pub use tinc::Tinc;
pub use wireguard::{Implementation, WireGuard};

use crate::host::{Command, Host, HostError, InterfaceName, on_all};
use std::net::IpAddr;
use std::pin::Pin;
use std::time::{Duration, Instant};

/// The folder on a host for configuration, keys and logs of systems; a tmpfs in the lab.
pub const STATE: &str = "/run/meshbench";
/// How long a system may take until every link answers.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A future that borrows what it works on.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// The systems that a matrix can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SystemKind {
    /// No VPN: the data network itself.
    Internal,
    /// tinc 1.0.
    Tinc,
    /// WireGuard inside the kernel.
    WireGuard,
    /// WireGuard as a process of its own, written in Go.
    WireGuardGo,
}

/// A name that is no system of this version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no known system; known are {known}", known = SystemKind::names())]
pub struct UnknownSystem(String);

impl SystemKind {
    /// Every system.
    pub const ALL: [Self; 4] = [Self::Internal, Self::Tinc, Self::WireGuard, Self::WireGuardGo];

    /// The name in matrices and datasets.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Tinc => "tinc",
            Self::WireGuard => "wireguard",
            Self::WireGuardGo => "wireguard-go",
        }
    }

    /// How people write the name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Internal => "Internal",
            Self::Tinc => "tinc",
            Self::WireGuard => "WireGuard",
            Self::WireGuardGo => "wireguard-go",
        }
    }

    fn names() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }

    /// Makes the system itself.
    pub fn create(self) -> Box<dyn System> {
        match self {
            Self::Internal => Box::new(Internal),
            Self::Tinc => Box::new(Tinc),
            Self::WireGuard => Box::new(WireGuard::new(Implementation::Kernel)),
            Self::WireGuardGo => Box::new(WireGuard::new(Implementation::Go)),
        }
    }
}

impl std::fmt::Display for SystemKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for SystemKind {
    type Err = UnknownSystem;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| UnknownSystem(text.to_owned()))
    }
}

/// What was found out about a system on the hosts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SystemFacts {
    /// The daemon's own version.
    pub version: Option<String>,
    /// SHA-256 of the daemon's binary.
    pub binary_sha256: Option<String>,
    /// MTU of the overlay interface.
    pub mtu: Option<u32>,
    /// Which implementation this is.
    pub note: Option<String>,
}

/// One system under test.
///
/// The order of calls is `prepare` once, then any number of `up`, [`ready`], `facts`, measuring, `down`.
pub trait System {
    /// Which system it is.
    fn kind(&self) -> SystemKind;

    /// The interface whose MTU the payload meets.
    fn interface(&self, host: &Host) -> InterfaceName;

    /// The address of host number `index` (from 0) that workloads talk to.
    fn address(&self, index: usize, host: &Host) -> IpAddr;

    /// Makes keys and whatever else is needed once.
    fn prepare<'a>(&'a mut self, hosts: &'a [Host]) -> Later<'a, Result<(), HostError>>;

    /// Starts the system on all hosts.
    fn up<'a>(&'a self, hosts: &'a [Host]) -> Later<'a, Result<(), HostError>>;

    /// Says version, binary and implementation; called while the system is up.
    fn facts<'a>(&'a self, host: &'a Host) -> Later<'a, Result<SystemFacts, HostError>>;

    /// Stops the system on all hosts and removes what `up` made. Fine to call when it is not up.
    fn down<'a>(&'a self, hosts: &'a [Host]) -> Later<'a, Result<(), HostError>>;

    /// The end of the daemon's own log, where it writes one.
    fn log<'a>(&'a self, _host: &'a Host) -> Later<'a, Option<String>> {
        Box::pin(async { None })
    }
}

/// Waits until every host reaches the next one of the ring through the system. `false` when that did not
/// happen within 30 s.
pub async fn ready(system: &dyn System, hosts: &[Host]) -> Result<bool, HostError> {
    let started = Instant::now();
    let links = on_all(hosts, |index, host| async move {
        let next = (index + 1) % hosts.len();
        let Some(target) = hosts.get(next) else { return Ok(false) };
        let address = system.address(next, target);
        let ping = Command::new("ping").args(["-n", "-q", "-c", "1", "-W", "1"]).arg(address);
        while started.elapsed() < READY_WITHIN {
            if host.run(&ping).await?.status == crate::host::Status::Exited(0) {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(false)
    });
    Ok(links.await?.into_iter().all(|ready| ready))
}

/// The MTU of an interface.
pub async fn mtu(host: &Host, interface: &InterfaceName) -> Result<u32, HostError> {
    let read = Command::new("cat").arg(format!("/sys/class/net/{interface}/mtu"));
    let text = host.text(&read).await?;
    text.parse().map_err(|_| HostError::Answer {
        host: host.name.clone(),
        program: "cat".to_owned(),
        message: format!("`{}` is no MTU", text.escape_debug()),
    })
}

/// SHA-256 of a program's file on the host, found in the host's own `PATH`; `None` where there is none.
async fn binary_sha256(host: &Host, program: &str) -> Result<Option<String>, HostError> {
    let which = host.run(&Command::new("which").arg(program)).await?;
    let path = String::from_utf8_lossy(&which.stdout).trim().to_owned();
    if which.status != crate::host::Status::Exited(0) || !path.starts_with('/') {
        return Ok(None);
    }
    let sum = host.text(&Command::new("sha256sum").args(["--", &path])).await?;
    let hash = sum.split_whitespace().next().unwrap_or_default().trim_start_matches('\\');
    Ok((hash.len() == 64).then(|| hash.to_owned()))
}

/// The first line that a program writes when asked for its version.
async fn version_line(host: &Host, command: Command) -> Result<Option<String>, HostError> {
    let output = host.run(&command).await?;
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    let text = String::from_utf8_lossy(&text);
    Ok(text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned))
}

/// Runs `ip` with several lines of commands at once.
async fn ip_batch(host: &Host, lines: &str) -> Result<(), HostError> {
    host.check(&Command::new("ip").args(["-batch", "-"]).stdin(lines.as_bytes())).await.map(drop)
}

/// Removes an interface; none there is fine.
async fn remove_interface(host: &Host, interface: &InterfaceName) -> Result<(), HostError> {
    host.run(&Command::new("ip").args(["link", "del", "dev", interface.as_str()])).await.map(drop)
}

/// Ends the process whose number is in a file, and waits until it is gone; no such file or process is fine.
async fn end_process(host: &Host, pid_file: &str) -> Result<(), HostError> {
    let output = host.run(&Command::new("cat").arg(pid_file)).await?;
    let text = String::from_utf8_lossy(&output.stdout);
    // The number is parsed, so that nothing else reaches the command line; 1 would be the host itself.
    let Some(pid) = text.split_whitespace().next().and_then(|word| word.parse::<u32>().ok()).filter(|pid| *pid > 1)
    else {
        return Ok(());
    };
    for signal in ["-TERM", "-KILL"] {
        if host.run(&Command::new("kill").args([signal, "--"]).arg(pid)).await?.status != crate::host::Status::Exited(0)
        {
            return Ok(());
        }
        let wait = Command::new("tail").args(["-s", "0.05", "-f", "/dev/null", "--pid"]).arg(pid);
        let gone = host.run(&wait.deadline(Duration::from_secs(3))).await?;
        if gone.status == crate::host::Status::Exited(0) {
            break;
        }
    }
    host.run(&Command::new("rm").args(["-f", "--", pid_file])).await.map(drop)
}
