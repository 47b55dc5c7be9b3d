//! Looking at a host: ports, counters, and the state that must be as before in the end.

use super::protocol::{InterfaceReading, Reading, SshWay, Transport};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The SSH connection that this process belongs to. `sudo` takes the variable away, so those above are asked as well.
pub fn ssh() -> Option<SshWay> {
    const ABOVE: usize = 16;
    let mut pid = std::process::id();
    for _ in 0..ABOVE {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let found = environment.split(|byte| *byte == 0).find_map(|variable| variable.strip_prefix(b"SSH_CONNECTION="));
        if let Some(ends) = found {
            return ssh_way(&String::from_utf8_lossy(ends));
        }
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // Behind the name, which may hold anything: state and parent.
        pid = stat.rsplit_once(") ")?.1.split_whitespace().nth(1)?.parse().ok().filter(|pid| *pid > 0)?;
    }
    None
}

/// The ends in `client-address client-port server-address server-port`.
fn ssh_way(ends: &str) -> Option<SshWay> {
    let ends: Vec<&str> = ends.split_whitespace().collect();
    let [controller, _, host, port] = ends.as_slice() else { return None };
    // A link-local address has its interface behind it, and an IPv4 one may be written as IPv6.
    let address = |text: &str| {
        let address = text.split('%').next().unwrap_or(text).parse::<std::net::IpAddr>().ok()?;
        Some(address.to_canonical())
    };
    Some(SshWay { controller: address(controller)?, host: address(host)?, port: port.parse().ok()? })
}

/// Whether something listens on a port.
pub fn listening(transport: Transport, port: u16) -> bool {
    // State 0A is a listening TCP socket; 07 an unconnected UDP one.
    let (files, state) = match transport {
        Transport::Tcp => (["/proc/net/tcp", "/proc/net/tcp6"], "0A"),
        Transport::Udp => (["/proc/net/udp", "/proc/net/udp6"], "07"),
    };
    let ending = format!(":{port:04X}");
    files.into_iter().any(|file| {
        fs::read_to_string(file).unwrap_or_default().lines().skip(1).any(|line| {
            let mut words = line.split_whitespace().skip(1);
            words.next().is_some_and(|local| local.ends_with(&ending)) && words.nth(1) == Some(state)
        })
    })
}

/// Counters and queueing disciplines of interfaces.
pub fn read(interfaces: &[String]) -> Reading {
    let mut reading = Reading::default();
    for interface in interfaces {
        let file = |name: &str| -> Option<String> {
            Some(fs::read_to_string(format!("/sys/class/net/{interface}/{name}")).ok()?.trim().to_owned())
        };
        let counter = |name: &str| -> Option<u64> { file(&format!("statistics/{name}"))?.parse().ok() };
        let counters = (counter("tx_bytes"), counter("rx_bytes"), counter("tx_packets"), counter("rx_packets"));
        let (Some(tx_bytes), Some(rx_bytes), Some(tx_packets), Some(rx_packets)) = counters else { continue };
        let (qdiscs, tc_failed) = match ran("tc", &["-s", "-j", "qdisc", "show", "dev", interface]) {
            Ok(qdiscs) => (qdiscs, None),
            Err(why) => (String::new(), Some(why)),
        };
        let carrier_changes = file("carrier_changes").and_then(|changes| changes.parse().ok());
        let operstate = file("operstate").filter(|state| !state.is_empty());
        let values = InterfaceReading {
            tx_bytes,
            rx_bytes,
            tx_packets,
            rx_packets,
            carrier_changes,
            operstate,
            qdiscs,
            tc_failed,
        };
        reading.interfaces.insert(interface.clone(), values);
    }
    reading
}

/// Kernel parameters that a measurement or a VPN may touch.
const PARAMETERS: &[&str] = &["net/ipv4", "net/ipv6/conf", "net/core"];

/// State of the host that has to be the same before and after: interfaces, addresses, routes, rules, queueing
/// disciplines, offloads, kernel parameters, packet filters and processes of leases.
pub fn fingerprint(own: &str) -> BTreeMap<String, String> {
    // An IPv6 address that the kernel still looks for duplicates of gets its route a little later.
    for _ in 0..30 {
        if !printed("ip", &["-o", "-6", "addr", "show", "tentative"]).contains("inet6") {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let mut facts = BTreeMap::new();
    for (name, program, arguments) in [
        ("links", "ip", ["-o", "link", "show"].as_slice()),
        ("addresses", "ip", &["-o", "addr", "show"]),
        ("routes", "ip", &["route", "show", "table", "all"]),
        ("routes6", "ip", &["-6", "route", "show", "table", "all"]),
        ("rules", "ip", &["rule", "show"]),
        ("rules6", "ip", &["-6", "rule", "show"]),
        ("qdiscs", "tc", &["qdisc", "show"]),
        ("nftables", "nft", &["list", "ruleset"]),
    ] {
        facts.insert(name.to_owned(), steady(&printed(program, arguments)));
    }
    for entry in fs::read_dir("/sys/class/net").into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        facts.insert(format!("offloads.{name}"), printed("ethtool", &["-k", &name]));
    }
    for folder in PARAMETERS {
        parameters(&Path::new("/proc/sys").join(folder), &mut facts);
    }
    facts.insert("processes".to_owned(), strangers(own).join(" "));
    facts
}

/// Takes away what changes by itself: indices, lifetimes, peers' indices.
fn steady(text: &str) -> String {
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| {
            let line = line.split(" valid_lft ").next().unwrap_or(line);
            let words = line
                .split_whitespace()
                .filter(|word| word.strip_suffix(':').is_none_or(|index| index.parse::<u32>().is_err()));
            let mut words: Vec<&str> = words.collect();
            // `expires 123sec` of a route.
            if let Some(at) = words.iter().position(|word| *word == "expires") {
                words.drain(at..(at + 2).min(words.len()));
            }
            words.join(" ")
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

fn parameters(folder: &Path, facts: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.strip_prefix("/proc/sys").unwrap_or(&path).display().to_string();
        // Counters and secrets that the kernel renews by itself.
        if ["stable_secret", "tcp_fastopen_key", "flush", "ip_local_reserved"].iter().any(|word| name.ends_with(word)) {
            continue;
        }
        if path.is_dir() {
            parameters(&path, facts);
        } else if let Ok(value) = fs::read_to_string(&path) {
            facts.insert(name, value.trim().to_owned());
        }
    }
}

/// Names of processes that belong to another lease than `own`.
fn strangers(own: &str) -> Vec<String> {
    let prefix = format!("{}=", super::process::VARIABLE);
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        let lease = environment.split(|byte| *byte == 0).find_map(|variable| variable.strip_prefix(prefix.as_bytes()));
        if lease.is_some_and(|lease| lease != own.as_bytes()) {
            found.push(fs::read_to_string(entry.path().join("comm")).unwrap_or_default().trim().to_owned());
        }
    }
    found.sort();
    found
}

fn printed(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).env("LC_ALL", "C").stdin(Stdio::null()).output();
    output.map_or_else(|error| error.to_string(), |output| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What a program wrote; where it could not be started or did not succeed, why.
fn ran(program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(arguments).env("LC_ALL", "C").stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(output) => Err(format!("{program} failed ({}): {}", output.status, crate::text::excerpt(&output.stderr))),
        Err(error) => Err(format!("{program} could not be started: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_seen() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(listening(Transport::Tcp, port));
        drop(listener);
        assert!(!listening(Transport::Tcp, port));
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        assert!(listening(Transport::Udp, socket.local_addr().unwrap().port()));
    }

    #[test]
    fn the_ends_of_an_ssh_connection_are_read() {
        let way = |text: &str| ssh_way(text).map(|way| (way.controller.to_string(), way.host.to_string(), way.port));
        let of = |controller: &str, host: &str, port| Some((controller.to_owned(), host.to_owned(), port));
        assert_eq!(way("192.0.2.9 50000 192.0.2.1 2222"), of("192.0.2.9", "192.0.2.1", 2222));
        assert_eq!(way("fe80::9%eth0 5 fe80::1%eth0 22"), of("fe80::9", "fe80::1", 22));
        assert_eq!(way("::ffff:192.0.2.9 5 ::ffff:192.0.2.1 22"), of("192.0.2.9", "192.0.2.1", 22));
        assert_eq!(way("UNKNOWN 65535 UNKNOWN 65535"), None);
        assert_eq!(way(""), None);
    }

    #[test]
    fn what_changes_by_itself_is_left_out() {
        let text = "2: eth0    inet 10.0.0.1/24 scope global eth0\\       valid_lft 86399sec preferred_lft 86399sec";
        assert_eq!(steady(text), "eth0 inet 10.0.0.1/24 scope global eth0\\");
        assert_eq!(
            steady("default via fe80::1 dev eth0 expires 1791sec hoplimit 64"),
            "default via fe80::1 dev eth0 hoplimit 64"
        );
    }
}
