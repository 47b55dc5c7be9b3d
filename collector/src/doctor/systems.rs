//! Which implementation of each system can be had, and what is in its way.

use super::code::Code;
use super::finding::Finding;
use super::hint::Os;
use super::kernel::Kernel;
use super::look::{Said, ask};
use super::needs::{Needs, Sources, SystemNeeds, Way};
use crate::agent::protocol::Transport;
use crate::host::{Host, HostError, HostName};
use crate::system::LinkType;
use std::collections::BTreeSet;
use std::time::Duration;

/// The kernel keeps so many bytes of a program's name.
const COMM: usize = 15;

/// What a host has of what systems and workloads need.
#[derive(Debug, Clone)]
pub(super) struct Stock {
    /// Programs that are there.
    programs: BTreeSet<String>,
    /// Types of links that the kernel does not make, and what it says.
    refused: Vec<(LinkType, String)>,
    /// Names of processes, as the kernel keeps them.
    running: BTreeSet<String>,
    /// Ports of workloads that something listens on.
    taken: Vec<(Transport, u16)>,
}

/// Looks for it.
pub(super) async fn read(host: &Host, needs: &Needs, kernel: &Kernel) -> Result<Stock, HostError> {
    let programs: Vec<&str> = needs.programs().into_iter().collect();
    let which = [&["which"], programs.as_slice()].concat();
    let found = if programs.is_empty() { None } else { Some(ask(host, &which).await?) };
    let running = ask(host, ["sh", "-c", "cat /proc/[0-9]*/comm 2>/dev/null; exit 0"]).await?;
    let mut taken = Vec::new();
    for &(transport, port) in &needs.ports {
        if host.listening(transport, port, Duration::ZERO, None).await? {
            taken.push((transport, port));
        }
    }
    let refused = kernel.links.iter().filter(|(_, said)| !said.ok());
    Ok(Stock {
        programs: found.map(|found| programs_of(&found)).unwrap_or_default(),
        refused: refused.map(|(kind, said)| (kind.clone(), said.why())).collect(),
        running: running.out.lines().map(str::to_owned).collect(),
        taken,
    })
}

/// The programs in what `which` says. It fails when one is missing, and lists the others.
fn programs_of(said: &Said) -> BTreeSet<String> {
    let paths = said.out.lines().map(str::trim).filter(|line| line.starts_with('/'));
    paths.flat_map(|path| [path.rsplit('/').next().unwrap_or(path).to_owned(), path.to_owned()]).collect()
}

/// What a host lacks for a way to have a system: what, and how to get it.
fn lacks(system: &SystemNeeds, way: &Way, stock: &Stock, os: Os) -> Vec<(String, String)> {
    let programs = way.programs().filter(|name| !stock.programs.contains(*name));
    let mut lacks: Vec<(String, String)> = programs
        .map(|name| {
            let sources = system.programs.get(name).cloned().unwrap_or_default();
            (format!("no `{name}`"), source(&sources, os))
        })
        .collect();
    let refused = stock.refused.iter().find(|(kind, _)| Some(kind) == way.link.as_ref());
    lacks.extend(refused.map(|(kind, why)| (format!("no link of type {kind} ({why})"), os.module(kind.module()))));
    lacks
}

/// Where a program is to be had.
fn source(sources: &Sources, os: Os) -> String {
    let Sources { debian, nix, hint } = sources;
    let apt = debian.as_ref().map(|package| format!("apt install {package}"));
    let nix = nix.as_ref().map(|package| format!("environment.systemPackages = [ pkgs.{package} ];"));
    let ways = match os {
        Os::Debian => [apt, hint.clone(), None],
        Os::Nixos if nix.is_some() => [nix, None, None],
        Os::Nixos => [hint.clone(), None, None],
        Os::Other => [apt.map(|it| format!("Debian: {it}")), nix.map(|it| format!("NixOS: {it}")), hint.clone()],
    };
    let ways: Vec<String> = ways.into_iter().flatten().collect();
    if ways.is_empty() { "see its own pages".to_owned() } else { ways.join("; ") }
}

/// What each host has.
pub(super) type OnHost<'a> = (&'a HostName, &'a Stock, Os);

/// Which implementation of each system all these hosts could run, and what is missing where.
pub(super) fn findings(needs: &Needs, hosts: &[OnHost<'_>]) -> Vec<Finding> {
    if hosts.is_empty() {
        return Vec::new();
    }
    needs.systems.iter().flat_map(|system| of_system(system, hosts)).collect()
}

fn of_system(system: &SystemNeeds, hosts: &[OnHost<'_>]) -> Vec<Finding> {
    let label = &system.label;
    let lacking = |way: &Way| -> Vec<String> {
        let lacking = hosts.iter().flat_map(|&(host, stock, os)| {
            lacks(system, way, stock, os).into_iter().map(move |(what, _)| format!("{host} has {what}"))
        });
        lacking.collect()
    };
    let name = |way: &Way| way.name().map_or_else(|| label.clone(), str::to_owned);
    let chosen = system.implementations.iter().position(|way| lacking(way).is_empty());
    let preferred = system.implementations.first();
    match (chosen, preferred) {
        (Some(0), Some(_)) => return vec![Finding::fact("system", format!("{label}: can be measured"))],
        (Some(at), Some(preferred)) => {
            let used = system.implementations.get(at).map(&name).unwrap_or_default();
            let what =
                format!("{label}: measured as `{used}`; for `{}` {}", name(preferred), lacking(preferred).join(", "));
            let help = hosts.iter().flat_map(|&(_, stock, os)| lacks(system, preferred, stock, os)).map(|(_, how)| how);
            return vec![
                Finding::warning("system", what)
                    .help(help.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("; or ")),
            ];
        }
        _ => {}
    }
    let mut findings = Vec::new();
    for &(host, stock, os) in hosts {
        let missing: Vec<_> =
            system.implementations.iter().map(|way| (name(way), lacks(system, way, stock, os))).collect();
        if missing.iter().any(|(_, lacks)| lacks.is_empty()) {
            continue;
        }
        let several = missing.len() > 1;
        let told = |(name, lacks): &(String, Vec<(String, String)>)| {
            let lacks: Vec<&str> = lacks.iter().map(|(what, _)| what.as_str()).collect();
            let lacks = format!("there is {}", lacks.join(", "));
            if several { format!("for `{name}` {lacks}") } else { lacks }
        };
        let what = format!("{label}: {}", missing.iter().map(told).collect::<Vec<_>>().join("; "));
        // The nearest one: with the least missing, the preferred one among equals.
        let nearest = missing.iter().min_by_key(|(_, lacks)| lacks.len());
        let mut help: Vec<&str> = nearest.iter().flat_map(|(_, lacks)| lacks).map(|(_, how)| how.as_str()).collect();
        help.dedup();
        let used = nearest.filter(|_| several).map(|(name, _)| format!("for `{name}`: ")).unwrap_or_default();
        findings.push(
            Finding::problem(Code::SystemMissing, "system", what).help(format!("{used}{}", help.join("; "))).on(host),
        );
    }
    if findings.is_empty() {
        let ways = system.implementations.iter().map(|way| format!("for `{}` {}", name(way), lacking(way).join(", ")));
        let what = format!("{label}: no implementation is on all hosts: {}", ways.collect::<Vec<_>>().join("; "));
        findings.push(Finding::problem(Code::SystemMissing, "system", what).help("install the same one everywhere"));
    }
    findings
}

/// What is in the way on one host; `interfaces` are the names of those that it has.
pub(super) fn obstacles(needs: &Needs, stock: &Stock, interfaces: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (transport, port) in &stock.taken {
        let (word, option) = if *transport == Transport::Tcp { ("TCP", "t") } else { ("UDP", "u") };
        let what = format!("something uses {word} port {port}, on which workloads listen");
        findings.push(
            Finding::problem(Code::PortTaken, "port", what)
                .help(format!("`ss -lnp{option} 'sport = :{port}'` shows it; end it")),
        );
    }
    for system in &needs.systems {
        if let Some(name) = system.interface().filter(|name| interfaces.contains(name)) {
            let what = format!("there is an interface {name} already, which {} makes", system.label);
            let help = format!("`ip link del {name}`, and end what made it; or `collect clean` if it was a campaign");
            findings.push(Finding::problem(Code::OverlayTaken, "interface", what).help(help));
        }
        let daemons: BTreeSet<&str> = system.implementations.iter().filter_map(|way| way.daemon.as_deref()).collect();
        for daemon in daemons {
            let name = daemon.rsplit('/').next().unwrap_or(daemon);
            if stock.running.contains(name.get(..COMM).unwrap_or(name)) {
                let what = format!("`{name}` of {} runs already: it takes CPU time, and may hold ports", system.label);
                findings
                    .push(Finding::warning("daemon", what).help(format!("`systemctl stop` its unit, or end {name}")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests;
