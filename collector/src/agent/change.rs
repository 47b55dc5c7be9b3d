//! Changing the host: impairment, kernel parameters, offloads. Each reads first what it will have to put back.

use super::lease::{Lease, Undo};
use super::protocol::{Change, Scope};
use super::{AgentError, filter};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The handle of our queueing disciplines: only what carries it is ever removed.
const HANDLE: &str = "6d62:";
/// Traffic of the first three bands is left alone, the fourth one is impaired.
const PRIOMAP: [&str; 16] = ["1", "2", "2", "2", "1", "2", "0", "0", "1", "1", "1", "1", "1", "1", "1", "1"];

/// Makes a change, after its undo was written down.
pub fn make(lease: &mut Lease, scope: Scope, change: &Change) -> Result<(), AgentError> {
    match change {
        Change::Impair { interface, netem, towards } => {
            check_interface(interface)?;
            refuse_foreign_qdisc(interface)?;
            lease.note(scope, Undo::Impairment { interface: interface.clone() })?;
            unimpair(interface)?;
            impair(interface, netem, towards)
        }
        Change::Sysctl { key, value } => {
            let path = sysctl_path(key)?;
            let before = std::fs::read_to_string(&path).map_err(AgentError::io(format!("read the sysctl {key}")))?;
            lease.note(scope, Undo::Kernel { path: path.clone(), value: before.trim_end().to_owned() })?;
            std::fs::write(&path, value).map_err(AgentError::io(format!("set the sysctl {key} to `{value}`")))?;
            let after = std::fs::read_to_string(&path).unwrap_or_default();
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            if words(&after) == words(value) {
                Ok(())
            } else {
                let what = format!("set the sysctl {key} to `{value}`");
                Err(AgentError::Failed { what, message: format!("the kernel made it `{}`", after.trim()) })
            }
        }
        Change::Offload { interface, feature, on } => {
            check_interface(interface)?;
            let before = offload(interface, feature)?;
            if before == *on {
                return Ok(());
            }
            lease.note(scope, Undo::Offload { interface: interface.clone(), feature: feature.clone(), on: before })?;
            set_offload(interface, feature, *on)?;
            if offload(interface, feature)? == *on {
                Ok(())
            } else {
                let what = format!("switch {feature} of {interface} {}", word(*on));
                Err(AgentError::Failed { what, message: "the driver kept it as it was".to_owned() })
            }
        }
        Change::Interface { name } => {
            check_interface(name)?;
            if Path::new("/sys/class/net").join(name).exists() {
                return Err(AgentError::Failed {
                    what: format!("make the interface {name}"),
                    message: "the host has one of this name; remove it, or name another one in the system file"
                        .to_owned(),
                });
            }
            lease.note(scope, Undo::Parameters { values: parameters() })?;
            lease.note(scope, Undo::Interface { name: name.clone() })
        }
        Change::SshOnly { interface, ports } => {
            check_interface(interface)?;
            lease.note(scope, Undo::PacketFilter { table: filter::LEASE_TABLE.to_owned() })?;
            filter::ssh_only(filter::LEASE_TABLE, interface, ports, filter::SERVICES)
        }
        Change::Undo { command } => lease.note(scope, Undo::Command { command: command.clone() }),
    }
}

/// Impairs what `interface` sends to some addresses.
///
/// A `prio` with a band of its own for the impaired traffic: everything else, SSH above all, goes through the
/// same three bands as in the kernel's default `pfifo_fast`.
fn impair(interface: &str, netem: &[String], towards: &[IpAddr]) -> Result<(), AgentError> {
    let mut prio = vec!["qdisc", "add", "dev", interface, "root", "handle", HANDLE, "prio", "bands", "4", "priomap"];
    prio.extend(PRIOMAP);
    tc(&prio)?;
    let mut child = vec!["qdisc", "add", "dev", interface, "parent", "6d62:4", "handle", "6d63:", "netem"];
    child.extend(netem.iter().map(String::as_str));
    tc(&child)?;
    for address in towards {
        let (family, field, preference, bits) = match address {
            IpAddr::V4(_) => ("ip", "ip", "1", 32),
            IpAddr::V6(_) => ("ipv6", "ip6", "2", 128),
        };
        let destination = format!("{address}/{bits}");
        let filter = ["filter", "add", "dev", interface, "parent", HANDLE, "protocol", family, "prio", preference];
        let matching = ["u32", "match", field, "dst", destination.as_str(), "flowid", "6d62:4"];
        tc(&[filter.as_slice(), matching.as_slice()].concat())?;
    }
    Ok(())
}

/// Takes our impairment off an interface; none there, or no such interface, is fine.
pub fn unimpair(interface: &str) -> Result<(), AgentError> {
    match root_qdisc(interface) {
        Some((_, handle)) if handle == HANDLE => tc(&["qdisc", "del", "dev", interface, "root"]),
        _ => Ok(()),
    }
}

/// Refuses to replace a queueing discipline that somebody else has set up: it could not be put back as it was.
pub fn refuse_foreign_qdisc(interface: &str) -> Result<(), AgentError> {
    match root_qdisc(interface) {
        // What the kernel makes by itself has the handle 0: and comes back by itself.
        None => Ok(()),
        Some((_, handle)) if handle == "0:" || handle == HANDLE => Ok(()),
        Some((kind, handle)) => Err(AgentError::Failed {
            what: format!("impair {interface}"),
            message: format!(
                "it has a queueing discipline of its own ({kind}, handle {handle}), which could not be put back exactly; \
                 remove it with `tc qdisc del dev {interface} root`"
            ),
        }),
    }
}

/// Kind and handle of an interface's root queueing discipline.
fn root_qdisc(interface: &str) -> Option<(String, String)> {
    let output =
        Command::new("tc").args(["-j", "qdisc", "show", "dev", interface]).stdin(Stdio::null()).output().ok()?;
    let report = crate::parse::tc::parse(&output.stdout).ok()?;
    let root = report.qdiscs.into_iter().find(|qdisc| qdisc.root)?;
    Some((root.kind, root.handle.unwrap_or_default()))
}

fn tc(arguments: &[&str]) -> Result<(), AgentError> {
    finish(Command::new("tc").args(arguments), &format!("run `tc {}`", arguments.join(" ")))
}

/// Whether an offload is on. Features have long names in `ethtool -k` and short ones for `-K`.
fn offload(interface: &str, feature: &str) -> Result<bool, AgentError> {
    let long = match feature {
        "gso" => "generic-segmentation-offload",
        "gro" => "generic-receive-offload",
        "tso" => "tcp-segmentation-offload",
        "lro" => "large-receive-offload",
        "rx" => "rx-checksumming",
        "tx" => "tx-checksumming",
        "sg" => "scatter-gather",
        other => other,
    };
    let what = format!("read the offloads of {interface} with ethtool");
    let output = Command::new("ethtool").args(["-k", interface]).stdin(Stdio::null()).output();
    let output = output.map_err(AgentError::io(what.clone()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = text.lines().find_map(|line| line.trim().strip_prefix(long)?.strip_prefix(':').map(str::trim));
    match found {
        Some(state) => Ok(state.starts_with("on")),
        None => Err(AgentError::Failed { what, message: format!("it has no feature `{feature}`") }),
    }
}

/// Switches an offload.
pub fn set_offload(interface: &str, feature: &str, on: bool) -> Result<(), AgentError> {
    if !Path::new("/sys/class/net").join(interface).exists() {
        return Ok(());
    }
    let what = format!("switch {feature} of {interface} {}", word(on));
    finish(Command::new("ethtool").args(["-K", interface, feature, word(on)]), &what)
}

const fn word(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// Deletes an interface; none there is fine.
pub fn delete_interface(name: &str) -> Result<(), AgentError> {
    let path = Path::new("/sys/class/net").join(name);
    for _ in 0..100 {
        if !path.exists() {
            return Ok(());
        }
        let _ = quiet(&["ip", "link", "del", "dev", name].map(str::to_owned));
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    Err(AgentError::Failed { what: format!("delete the interface {name}"), message: "it is still there".to_owned() })
}

/// Runs a program whose result does not matter. Returns whether it succeeded.
pub fn quiet(command: &[String]) -> bool {
    let Some((program, arguments)) = command.split_first() else { return false };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

pub(super) fn finish(command: &mut Command, what: &str) -> Result<(), AgentError> {
    let output = command.stdin(Stdio::null()).output().map_err(AgentError::io(what.to_owned()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(AgentError::Failed { what: what.to_owned(), message: crate::text::excerpt(&output.stderr) })
}

/// Parameters of the host that a tunnel may change for all interfaces: WireGuard's kernel module, for one, switches
/// `send_redirects` of all of them off, for good.
fn parameters() -> BTreeMap<PathBuf, String> {
    let mut values = BTreeMap::new();
    for folder in ["net/ipv4/conf/all", "net/ipv4/conf/default", "net/ipv6/conf/all", "net/ipv6/conf/default"] {
        for entry in std::fs::read_dir(Path::new("/proc/sys").join(folder)).into_iter().flatten().flatten() {
            // What can be read may be more than can be written; only what changed is written back.
            if let Ok(value) = std::fs::read_to_string(entry.path()) {
                values.insert(entry.path(), value.trim_end().to_owned());
            }
        }
    }
    values
}

/// The file of a kernel parameter. Dots separate, as in sysctl; slashes keep dots in names of interfaces.
fn sysctl_path(key: &str) -> Result<PathBuf, AgentError> {
    let good = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
    let relative = if key.contains('/') { key.to_owned() } else { key.replace('.', "/") };
    let traversal = relative.split('/').any(|part| part.is_empty() || part == ".." || part == ".");
    if !key.bytes().all(good) || traversal {
        return Err(AgentError::Failed {
            what: "set a sysctl".to_owned(),
            message: format!("`{key}` is no name of one"),
        });
    }
    Ok(Path::new("/proc/sys").join(relative))
}

fn check_interface(name: &str) -> Result<(), AgentError> {
    name.parse::<crate::names::InterfaceName>()
        .map(drop)
        .map_err(|bad| AgentError::Failed { what: "use an interface".to_owned(), message: bad.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sysctl_stays_below_proc_sys() {
        assert_eq!(sysctl_path("net.ipv4.tcp_recovery").unwrap(), Path::new("/proc/sys/net/ipv4/tcp_recovery"));
        assert_eq!(sysctl_path("net/ipv4/conf/eth0.1/rp_filter").unwrap().file_name().unwrap(), "rp_filter");
        for bad in ["../x", "net..x", "net/../../etc/passwd", "a b", ""] {
            assert!(sysctl_path(bad).is_err(), "{bad}");
        }
    }
}
