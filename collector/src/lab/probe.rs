//! What this machine's kernel can do: decided by trying, in a throw-away network namespace.

use super::{LabError, Needs};
use crate::spawn;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Sets a congestion control, which comes in as an argument.
const SET_CONGESTION: &str = r#"echo "$1" > /proc/sys/net/ipv4/tcp_congestion_control"#;

/// What is needed and this kernel lacks, as a sentence without its end. Everything is tried; that needs the right to
/// make a network namespace.
pub fn missing(needs: &Needs) -> Result<Option<String>, LabError> {
    let mut missing = Vec::new();
    if needs.netem && !works("tc", &["qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"])? {
        missing.push("netem (a qdisc for impairment)".to_owned());
    }
    for link in &needs.links {
        let words: Vec<&str> = ["link", "add", "dev", "probe0", "type"].into_iter().chain(link.words()).collect();
        if !works("ip", &words)? {
            missing.push(format!("links of type {link}"));
        }
    }
    for name in &needs.congestion {
        // As a namespace's own: some are for the machine's first network only.
        if !works("sh", &["-c", SET_CONGESTION, "sh", name])? {
            missing.push(format!("the congestion control {name}"));
        }
    }
    Ok((!missing.is_empty()).then(|| format!("this machine's kernel was tried and lacks {}", missing.join(" and "))))
}

/// Whether packet filters can be set with nftables.
pub fn filters() -> bool {
    works("nft", &[crate::agent::filter::TRIAL]).unwrap_or(false)
}

/// Whether a command succeeds in a network namespace that goes away with it.
fn works(program: &str, arguments: &[&str]) -> Result<bool, LabError> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = spawn::without_network(&mut command).status();
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
