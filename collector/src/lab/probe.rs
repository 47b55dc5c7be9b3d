//! What this machine's kernel can do: decided by trying, in a throw-away network namespace.

use super::{LabError, namespace};
use crate::matrix::Matrix;
use crate::system::SystemKind;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What a lab may need of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// A netem queueing discipline can be added.
    pub netem: bool,
    /// A WireGuard link can be added.
    pub wireguard: bool,
}

impl Capabilities {
    /// What the matrix needs and this kernel lacks, as a sentence without its end.
    pub fn missing_for(self, matrix: &Matrix) -> Option<String> {
        let netem = (matrix.impairs() && !self.netem).then_some("netem (a qdisc for impairment)");
        let wireguard =
            (matrix.systems.contains(&SystemKind::WireGuard) && !self.wireguard).then_some("WireGuard links");
        let missing: Vec<_> = netem.into_iter().chain(wireguard).collect();
        (!missing.is_empty()).then(|| format!("this machine's kernel was tried and lacks {}", missing.join(" and ")))
    }
}

/// Tries everything. Needs the right to make a network namespace.
pub fn capabilities() -> Result<Capabilities, LabError> {
    Ok(Capabilities {
        netem: works("tc", &["qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"])?,
        wireguard: works("ip", &["link", "add", "dev", "wg0", "type", "wireguard"])?,
    })
}

/// Whether a command succeeds in a network namespace that goes away with it.
fn works(program: &str, arguments: &[&str]) -> Result<bool, LabError> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = namespace::without_network(&mut command).status();
    let what = format!("try `{program} {}` in a network namespace (is iproute2 installed?)", arguments.join(" "));
    Ok(status.map_err(LabError::setup(what))?.success())
}

/// The full path of a program in `PATH`, or in the folders for administrators, which users often lack there.
pub fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|candidate| {
            candidate.is_absolute() && nix::unistd::access(candidate, nix::unistd::AccessFlags::X_OK).is_ok()
        })
}
