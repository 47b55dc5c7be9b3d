//! The programs that measuring itself needs.

use super::code::Code;
use super::finding::Finding;
use super::hint::Os;
use super::iperf3;
use super::look::{Said, ask_all};
use super::needs::Needs;
use crate::host::{Host, HostError, HostName};
use crate::workload::{self, PING, Tool};

/// What the tools say of themselves.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    /// Those of workloads.
    loads: Vec<(&'static Tool, Said)>,
    tc: Said,
    ip: Said,
    ethtool: Said,
    which: Said,
}

/// Asks them.
pub(super) async fn read(host: &Host) -> Result<Tools, HostError> {
    let loads = workload::tools();
    let mut commands: Vec<Vec<&str>> = loads.iter().map(|tool| vec![tool.name, tool.version]).collect();
    commands.extend([vec!["tc", "-V"], vec!["ip", "-V"], vec!["ethtool", "--version"], vec!["which", "sh"]]);
    let mut said = ask_all(host, &commands).await?.into_iter();
    let mut next = || said.next().unwrap_or(Said { code: Some(127), out: String::new(), err: String::new() });
    let loads = loads.into_iter().map(|tool| (tool, next())).collect();
    Ok(Tools { loads, tc: next(), ip: next(), ethtool: next(), which: next() })
}

impl Tools {
    /// What a tool of a workload says, if it works.
    fn of(&self, name: &str) -> Option<&str> {
        let (_, said) = self.loads.iter().find(|(tool, _)| tool.name == name)?;
        said.text()
    }
}

/// What that means.
pub(super) fn findings(tools: &Tools, needs: &Needs, os: Os) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut tool = |about: &'static str, said: &Said, needed: bool, packages: (&str, &str)| {
        let first = said.out.lines().next().filter(|_| said.ok());
        findings.push(match first {
            Some(version) => Finding::fact(about, version),
            None if !needed => Finding::fact(about, "not there, and not needed"),
            None if said.absent() => {
                Finding::problem(Code::ToolMissing, about, "not there").help(os.package(packages.0, packages.1))
            }
            None => Finding::problem(Code::ToolUnfit, about, format!("does not work: {}", said.why())),
        });
    };
    for (load, said) in &tools.loads {
        tool(load.name, said, needs.tools.contains(load.name), (load.debian, load.nix));
    }
    tool("tc", &tools.tc, true, ("iproute2", "iproute2"));
    tool("ip", &tools.ip, true, ("iproute2", "iproute2"));
    tool("ethtool", &tools.ethtool, needs.ethtool, ("ethtool", "ethtool"));
    // Programs of systems are looked for with it.
    if !needs.systems.is_empty() && !tools.which.ok() {
        findings
            .push(Finding::problem(Code::ToolMissing, "which", "not there").help(os.package("debianutils", "which")));
    }
    if tools.of(PING.name).is_some_and(|said| !said.contains("iputils")) {
        let what = "not the one of iputils, whose output is read";
        findings.push(Finding::problem(Code::ToolUnfit, PING.name, what).help(os.package(PING.debian, PING.nix)));
    }
    if let Some(said) = tools.of(iperf3::NAME).filter(|_| needs.tools.contains(iperf3::NAME)) {
        findings.extend(age(iperf3_version(said), needs.both_ways, os));
    }
    findings
}

/// The version of iperf3, where it can be told.
pub(super) fn iperf3(tools: &Tools) -> Option<(u32, u32)> {
    iperf3_version(tools.of(iperf3::NAME)?)
}

/// Tools whose versions differ between hosts: what two versions of one print need not mean the same.
pub(super) fn differences(hosts: &[(&HostName, &Tools)]) -> Vec<Finding> {
    let names = workload::tools().into_iter().map(|tool| tool.name).chain(["tc", "ethtool"]);
    let differing = names.filter_map(|about| {
        let said = |tools: &'_ Tools| match about {
            "tc" => tools.tc.text().map(str::to_owned),
            "ethtool" => tools.ethtool.text().map(str::to_owned),
            load => tools.of(load).map(str::to_owned),
        };
        let versions: Vec<(&HostName, String)> = hosts
            .iter()
            .filter_map(|(host, tools)| Some((*host, said(tools)?.lines().next()?.trim().to_owned())))
            .collect();
        let (_, first) = versions.first()?;
        if versions.iter().all(|(_, version)| version == first) {
            return None;
        }
        let told: Vec<String> = versions.iter().map(|(host, version)| format!("{host} has {version}")).collect();
        let what = format!("hosts have different versions: {}", told.join(", "));
        Some(Finding::warning(about, what).help("install the same one everywhere, so that links can be compared"))
    });
    differing.collect()
}

/// What an iperf3 of this version cannot do.
fn age(version: Option<(u32, u32)>, both_ways: bool, os: Os) -> Option<Finding> {
    let newer =
        || format!("get a newer one: {}", os.package("iperf3, from backports where the release is old", "iperf3"));
    match version {
        None => Some(Finding::warning("iperf3", "its version cannot be told")),
        Some(version) if version < (3, 7) && both_ways => Some(
            Finding::problem(Code::ToolUnfit, "iperf3", "sending both ways at once needs 3.7 or newer").help(newer()),
        ),
        Some(version) if version <= (3, 12) => {
            let what = "3.12 and older are of 2022 or before, and use one CPU core for all streams of a transfer";
            Some(Finding::warning("iperf3", what).help(newer()))
        }
        Some(_) => None,
    }
}

/// Major and minor number in `iperf 3.12 (cJSON 1.7.15)`.
fn iperf3_version(said: &str) -> Option<(u32, u32)> {
    let version = said.split_whitespace().nth(1)?;
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map_while(|number| number.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::super::look::made::{bad, good};
    use super::*;

    /// Tools with these words of one of a workload.
    fn with(name: &str, said: Said) -> Tools {
        let own = |tool: &'static Tool| match tool.name {
            own if own == name => (tool, said.clone()),
            "ping" => (tool, good("ping from iputils 20240905")),
            "iperf3" => (tool, good("iperf 3.18 (cJSON 1.7.15)\nLinux x")),
            other => (tool, good(other)),
        };
        Tools {
            loads: workload::tools().into_iter().map(own).collect(),
            tc: good("tc utility, iproute2-6.15.0"),
            ip: good("ip utility, iproute2-6.15.0"),
            ethtool: bad(127, "no such file"),
            which: good("/bin/sh"),
        }
    }

    fn tools() -> Tools {
        with("", good(""))
    }

    fn worst(tools: &Tools, needs: &Needs) -> Vec<(Level, &'static str)> {
        let found = findings(tools, needs, Os::Debian);
        found.iter().filter(|it| it.level != Level::Fact).map(|it| (it.level, it.about)).collect()
    }

    #[test]
    fn what_is_not_needed_may_be_absent() {
        let needs = Needs { tools: ["ping", "iperf3"].into(), both_ways: true, ..Needs::default() };
        assert_eq!(worst(&tools(), &needs), []);
        assert_eq!(worst(&tools(), &Needs { ethtool: true, ..needs.clone() }), [(Level::Problem, "ethtool")]);
        let without = with("iperf3", bad(127, ""));
        assert_eq!(worst(&without, &needs), [(Level::Problem, "iperf3")]);
        assert_eq!(worst(&without, &Needs::default()), []);
        let help = findings(&without, &needs, Os::Nixos).into_iter().find_map(|it| it.help).unwrap();
        assert_eq!(help, "environment.systemPackages = [ pkgs.iperf3 ];");
    }

    #[test]
    fn versions_that_differ_between_hosts_are_told() {
        let names: [HostName; 2] = ["h1", "h2"].map(|name| name.parse().unwrap());
        let (same, other) = (tools(), with("iperf3", good("iperf 3.12 (cJSON 1.7.15)\nLinux y")));
        // The second line is about the machine.
        let alike = with("iperf3", good("iperf 3.18 (cJSON 1.7.15)\nLinux y"));
        assert_eq!(differences(&[(&names[0], &same), (&names[1], &alike)]), []);
        let found = differences(&[(&names[0], &same), (&names[1], &other)]);
        assert_eq!((found.len(), found[0].level, found[0].about), (1, Level::Warning, "iperf3"));
        assert!(found[0].what.contains("h1 has iperf 3.18") && found[0].what.contains("h2 has iperf 3.12"));
        assert_eq!(differences(&[]), []);
    }

    #[test]
    fn old_ones_and_others_are_told() {
        let needs = Needs { tools: ["ping", "iperf3"].into(), both_ways: true, ..Needs::default() };
        let with_iperf3 = |version: &str| with("iperf3", good(version));
        assert_eq!(worst(&with_iperf3("iperf 3.6 (cJSON 1.5.2)"), &needs), [(Level::Problem, "iperf3")]);
        assert_eq!(
            worst(&with_iperf3("iperf 3.6"), &Needs { both_ways: false, ..needs.clone() }),
            [(Level::Warning, "iperf3")]
        );
        assert_eq!(worst(&with_iperf3("iperf 3.12 (cJSON 1.7.15)"), &needs), [(Level::Warning, "iperf3")]);
        assert_eq!(worst(&with_iperf3("iperf 3.1b3"), &needs), [(Level::Problem, "iperf3")]);
        assert_eq!(worst(&with_iperf3("iperf 3.17.1+"), &needs), []);
        assert_eq!(worst(&with_iperf3("strange"), &needs), [(Level::Warning, "iperf3")]);
        let busybox = with("ping", good("BusyBox v1.36"));
        assert_eq!(worst(&busybox, &needs), [(Level::Problem, "ping")]);
    }
}
