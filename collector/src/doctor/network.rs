//! The data interface of one host.

use super::code::Code;
use super::finding::Finding;
use super::hint::Os;
use super::look::{Said, ask, ask_all};
use super::needs::Needs;
use crate::agent::filter;
use crate::agent::protocol::SshWay;
use crate::host::{Host, HostError};
use crate::parse;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The handle of the agent's own queueing discipline.
const OURS: &str = "6d62:";
/// Prints a name and a value a line. Constant: the interface comes in as an argument.
const VALUES: &str = r#"cd "/sys/class/net/$1" || exit
for name in speed duplex statistics/rx_errors statistics/tx_errors statistics/collisions; do
  echo "$name $(cat "$name" 2>/dev/null)"
done
driver=$(readlink device/driver) && echo "driver ${driver##*/}"
exit 0"#;

/// What was read of a host's network.
#[derive(Debug, Clone)]
pub(super) struct Network {
    /// Of the matrix.
    pub name: String,
    /// Of the matrix.
    pub address: Option<IpAddr>,
    /// All interfaces.
    pub links: Vec<Link>,
    /// Speed, duplex, driver and counters of errors, as the kernel writes them.
    values: BTreeMap<String, String>,
    /// Kind and handle of the root queueing discipline.
    root: Option<(String, String)>,
    /// Offloads by their long names: on, and whether that is fixed.
    offloads: BTreeMap<String, (bool, bool)>,
    /// The other hosts' addresses, and the interface through which each is reached; or what `ip` said.
    routes: Vec<(IpAddr, Result<String, String>)>,
    /// The SSH connection.
    ssh: Option<SshWay>,
    /// Whether packet filters can be set.
    filters: Said,
}

/// An interface, as `ip -j addr show` writes it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Link {
    /// Its name.
    #[serde(rename = "ifname")]
    pub name: String,
    #[serde(default)]
    operstate: String,
    #[serde(default)]
    pub mtu: u32,
    #[serde(default, rename = "addr_info")]
    addresses: Vec<Address>,
}

#[derive(Debug, Clone, Deserialize)]
struct Address {
    local: Option<IpAddr>,
}

#[derive(Deserialize)]
struct Route {
    dev: Option<String>,
}

/// Reads it; `others` are the data addresses of the other hosts.
pub(super) async fn read(host: &Host, others: &[IpAddr]) -> Result<Network, HostError> {
    let name = host.interface.as_str();
    let addresses: Vec<String> = others.iter().map(ToString::to_string).collect();
    let routes: Vec<Vec<&str>> =
        addresses.iter().map(|address| vec!["ip", "-j", "route", "get", address.as_str()]).collect();
    let (links, values, qdiscs, offloads, filters, routes) = tokio::try_join!(
        ask(host, ["ip", "-j", "addr", "show"]),
        ask(host, ["sh", "-c", VALUES, "sh", name]),
        ask(host, ["tc", "-j", "qdisc", "show", "dev", name]),
        ask(host, ["ethtool", "-k", name]),
        ask(host, ["unshare", "--net", "nft", filter::TRIAL]),
        ask_all(host, &routes),
    )?;
    let values = values.out.lines().filter_map(|line| line.split_once(' '));
    let report = parse::tc::parse(qdiscs.out.as_bytes()).unwrap_or_default();
    let root = report.qdiscs.into_iter().find(|qdisc| qdisc.root);
    Ok(Network {
        name: name.to_owned(),
        address: Some(host.address),
        links: serde_json::from_str(&links.out).unwrap_or_default(),
        values: values.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect(),
        root: root.map(|root| (root.kind, root.handle.unwrap_or_default())),
        offloads: features(&offloads),
        routes: others.iter().copied().zip(routes.iter().map(device)).collect(),
        ssh: host.ssh(),
        filters,
    })
}

/// The features that `ethtool -k` lists.
fn features(said: &Said) -> BTreeMap<String, (bool, bool)> {
    let feature = |line: &str| {
        let (name, state) = line.trim().split_once(": ")?;
        Some((name.to_owned(), (state.starts_with("on"), state.contains("[fixed]"))))
    };
    said.out.lines().filter_map(feature).collect()
}

/// The interface in what `ip -j route get` says.
fn device(said: &Said) -> Result<String, String> {
    let routes: Vec<Route> = said.text().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    routes.into_iter().find_map(|route| route.dev).ok_or_else(|| said.why())
}

/// What that means.
pub(super) fn findings(network: &Network, needs: &Needs, os: Os) -> Vec<Finding> {
    let Network { name, .. } = network;
    let about = "interface";
    let address = network.address.map(|address| address.to_string()).unwrap_or_default();
    let owner = network.links.iter().find(|link| link.addresses.iter().any(|own| own.local == network.address));
    let Some(link) = network.links.iter().find(|link| link.name == *name) else {
        let known: Vec<&str> = network.links.iter().map(|link| link.name.as_str()).collect();
        let what = format!("there is no {name}; there is {}", known.join(", "));
        let help = owner.map_or_else(
            || "name the interface of the data network in the matrix".to_owned(),
            |owner| format!("{address} is on {0}: write `interface = \"{0}\"` in the matrix", owner.name),
        );
        return vec![Finding::problem(Code::NoInterface, about, what).help(help)];
    };
    let mut findings = vec![hardware(network, link)];
    if !["UP", "UNKNOWN"].contains(&link.operstate.as_str()) {
        let what = format!("{name} is {}", link.operstate.to_lowercase());
        findings.push(
            Finding::problem(Code::InterfaceDown, about, what)
                .help(format!("`ip link set {name} up`, and look at the cable")),
        );
    }
    match owner {
        Some(owner) if owner.name == *name => {}
        Some(owner) => {
            let what = format!("{address} is on {}, not on {name}", owner.name);
            findings.push(
                Finding::problem(Code::AddressMismatch, about, what)
                    .help("correct `interface` or `address` in the matrix"),
            );
        }
        None => {
            let what = format!("{name} does not have the address {address}");
            findings.push(
                Finding::problem(Code::AddressMismatch, about, what)
                    .help("give it the address, or correct `address` in the matrix"),
            );
        }
    }
    findings.extend(condition(network));
    findings.extend(routes(network));
    findings.extend(ssh(network, needs, os));
    findings.extend(queueing(network, needs));
    findings.extend(offloads(network, needs, os));
    findings
}

/// What kind of interface it is.
fn hardware(network: &Network, link: &Link) -> Finding {
    let value = |name: &str| network.values.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let speed = value("speed").filter(|speed| !speed.starts_with('-'));
    let speed = speed.map_or_else(|| "speed unknown".to_owned(), |speed| format!("{speed} Mbit/s"));
    let driver =
        value("driver").map_or_else(|| "no driver of a device".to_owned(), |driver| format!("driver {driver}"));
    let address = network.address.map(|address| address.to_string()).unwrap_or_default();
    Finding::fact("interface", format!("{} with {address}, MTU {}, {speed}, {driver}", link.name, link.mtu))
}

/// Half duplex and errors.
fn condition(network: &Network) -> Vec<Finding> {
    let mut findings = Vec::new();
    let value = |name: &str| network.values.get(name).map(String::as_str).unwrap_or_default();
    if value("duplex") == "half" {
        let what = format!("{} is half duplex", network.name);
        let help = "let both ends of the cable negotiate, or change the cable";
        findings.push(Finding::warning("interface", what).help(help));
    }
    let counted = ["rx_errors", "tx_errors", "collisions"].map(|name| (name, value(&format!("statistics/{name}"))));
    let counted: Vec<String> = counted
        .into_iter()
        .filter(|(_, count)| count.parse::<u64>().is_ok_and(|count| count > 0))
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    if !counted.is_empty() {
        let what = format!("{} has counted {} since it is there", network.name, counted.join(", "));
        let help = format!("look whether they grow: `ip -s link show {}`", network.name);
        findings.push(Finding::warning("interface", what).help(help));
    }
    findings
}

/// Ways to the other hosts.
fn routes(network: &Network) -> Vec<Finding> {
    let name = &network.name;
    let mut findings = Vec::new();
    for (address, device) in &network.routes {
        let what = match device {
            Ok(device) if device == name => continue,
            Ok(device) => format!("{address} is reached through {device}, not through {name}"),
            Err(why) => format!("there is no way to {address}: {why}"),
        };
        let help =
            format!("`ip route get {address}` has to name {name}: look at its address, prefix length and routes");
        findings.push(Finding::problem(Code::WrongRoute, "route", what).help(help));
    }
    findings
}

/// The way of SSH, and what else its network may carry.
fn ssh(network: &Network, needs: &Needs, os: Os) -> Vec<Finding> {
    let about = "ssh";
    let apart = "give SSH another network (`HostName` in ssh_config), or run collect on a machine that is not measured";
    let Some(way) = network.ssh.filter(|way| !(needs.ssh_only && way.host.is_loopback())) else {
        let what = "it does not come over a network of this host";
        return vec![match needs.ssh_only {
            true => Finding::problem(Code::ManagementShared, about, what).help("leave `management = \"ssh-only\"` out"),
            false => Finding::fact(about, what),
        }];
    };
    let has = |link: &&Link| link.addresses.iter().any(|own| own.local == Some(way.host));
    let over = network.links.iter().find(has).map(|link| link.name.as_str());
    let mut findings = Vec::new();
    if network.routes.iter().any(|(address, _)| *address == way.controller) {
        let what = format!("it comes from {}, a measured host's data address, and is impaired as well", way.controller);
        findings.push(Finding::warning(about, what).help(apart));
    } else if Some(way.controller) == network.address || way.controller.is_loopback() {
        findings.push(Finding::fact(about, "collect runs on this host, which takes some of its CPU time"));
    }
    if over == Some(network.name.as_str()) && needs.ssh_only {
        let what = format!("it comes over {}, the data interface, which cannot carry SSH only", network.name);
        findings.push(Finding::problem(Code::ManagementShared, about, what).help(apart));
    } else if over == Some(network.name.as_str()) && findings.is_empty() {
        let what = format!(
            "it comes over {}, the data interface: it shares what is measured, though only what goes to the other hosts is \
             impaired",
            network.name
        );
        findings.push(Finding::warning(about, what).help(apart));
    } else if let Some(over) = over.filter(|over| *over != network.name && *over != "lo") {
        findings.push(management(network, over, needs, os));
    }
    findings
}

/// Whether the network of SSH carries nothing else, as far as a matrix asks for it.
fn management(network: &Network, over: &str, needs: &Needs, os: Os) -> Finding {
    let about = "ssh";
    if !needs.ssh_only {
        let help = "a daemon may find a way around the data network through it: `management = \"ssh-only\"` below [network] \
                    in the matrix lets it carry nothing else while a campaign runs";
        return Finding::fact(about, format!("it comes over {over}, which carries anything")).help(help);
    }
    if network.filters.ok() {
        return Finding::fact(about, format!("it comes over {over}, which is going to carry SSH only"));
    }
    let why = if network.filters.absent() { "there is no nft".to_owned() } else { network.filters.why() };
    let what = format!("it comes over {over}, which cannot be made to carry SSH only: {why}");
    Finding::problem(Code::NoPacketFilter, about, what).help(os.package("nftables", "nftables"))
}

/// A queueing discipline that somebody has set up.
fn queueing(network: &Network, needs: &Needs) -> Option<Finding> {
    let (kind, handle) = network.root.as_ref()?;
    if handle.is_empty() || handle == "0:" || handle == OURS {
        return None;
    }
    let what = format!("{} has a queueing discipline of its own ({kind}, handle {handle})", network.name);
    let help = format!("remove it: `tc qdisc del dev {} root`, and what set it up", network.name);
    Some(if needs.profiles.is_empty() {
        Finding::warning("qdisc", what).help(help)
    } else {
        Finding::problem(
            Code::ForeignQdisc,
            "qdisc",
            format!("{what}, which is not replaced as it could not be put back exactly"),
        )
        .help(help)
    })
}

/// Offloads that shape what is measured, and those that tunings switch.
fn offloads(network: &Network, needs: &Needs, os: Os) -> Vec<Finding> {
    let mut findings = Vec::new();
    let long = |feature: &'static str| match feature {
        "gso" => "generic-segmentation-offload",
        "gro" => "generic-receive-offload",
        "tso" => "tcp-segmentation-offload",
        "lro" => "large-receive-offload",
        other => other,
    };
    let state = |feature| network.offloads.get(long(feature)).copied();
    if network.offloads.is_empty() {
        // That ethtool is missing is said where tools are.
        let help = os.package("ethtool", "ethtool");
        return vec![Finding::fact("offloads", "unknown without ethtool").help(help)];
    }
    let word = |on| if on { "on" } else { "off" };
    let all =
        ["gso", "gro", "tso", "lro"].map(|feature| state(feature).map(|(on, _)| format!("{feature} {}", word(on))));
    findings.push(Finding::fact("offloads", all.into_iter().flatten().collect::<Vec<_>>().join(", ")));
    let joined = ["gso", "tso"].into_iter().any(|feature| state(feature).is_some_and(|(on, _)| on));
    let switched_off = |feature| needs.offloads.contains(&(feature, false));
    if joined && !needs.profiles.is_empty() && !(switched_off("gso") && switched_off("tso")) {
        let what = "netem judges super-packets of up to 64 kB: it delays, loses and reorders them as one";
        let help = "a tuning with `offloads = { gso = false, tso = false, gro = false }` impairs single packets";
        findings.push(Finding::fact("offloads", what).help(help));
    }
    for &(feature, on) in &needs.offloads {
        let what = match state(feature) {
            Some((now, true)) if now != on => {
                format!("the driver keeps {feature} {}, a tuning wants it {}", word(now), word(on))
            }
            None => format!("{} has no {feature}, which a tuning switches", network.name),
            Some(_) => continue,
        };
        findings.push(Finding::problem(Code::OffloadFixed, "offloads", what).help("leave it out of the tuning"));
    }
    findings
}

/// Whether all hosts have the same MTU: hosts' names and theirs.
pub(super) fn mtus(networks: &[(String, &Network)]) -> Option<Finding> {
    let mtu = |network: &Network| network.links.iter().find(|link| link.name == network.name).map(|link| link.mtu);
    let all: Vec<(&str, u32)> = networks.iter().filter_map(|(host, it)| Some((host.as_str(), mtu(it)?))).collect();
    let first = all.first()?.1;
    if all.iter().all(|(_, mtu)| *mtu == first) {
        return None;
    }
    let all: Vec<String> = all.iter().map(|(host, mtu)| format!("{host} {mtu}")).collect();
    let what = format!("the data interfaces have different MTUs: {}", all.join(", "));
    Some(Finding::warning("interface", what).help("`ip link set INTERFACE mtu …`: large packets get lost between them"))
}

#[cfg(test)]
mod tests;
