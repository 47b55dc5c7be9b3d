//! What a matrix needs of its hosts.

use crate::agent::protocol::Transport;
use crate::matrix::{Management, Matrix};
use crate::system::LinkType;
use crate::tuning::CONGESTION_CONTROL;
use crate::workload::PING;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a matrix needs of its hosts.
#[derive(Debug, Clone, Default)]
pub(super) struct Needs {
    /// Profiles that change the network: name and netem's words.
    pub profiles: Vec<(String, Vec<String>)>,
    /// The programs that workloads and calibrations run.
    pub tools: BTreeSet<&'static str>,
    /// Whether any sends both ways at once.
    pub both_ways: bool,
    /// Whether any tuning switches offloads, of the data interface or of tunnels.
    pub ethtool: bool,
    /// Offloads of the data interface, as they are to be.
    pub offloads: BTreeSet<(&'static str, bool)>,
    /// Kernel parameters that tunings set.
    pub sysctls: BTreeSet<String>,
    /// Congestion controls that tunings name.
    pub congestion: BTreeSet<String>,
    /// Ports that workloads listen on.
    pub ports: Vec<(Transport, u16)>,
    /// Whether the networks of SSH are to carry nothing else.
    pub ssh_only: bool,
    /// The systems, without the bare network.
    pub systems: Vec<SystemNeeds>,
}

/// What a system needs.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct SystemNeeds {
    /// How people write its name.
    pub label: String,
    /// How to get its programs.
    #[serde(default)]
    pub programs: BTreeMap<String, Sources>,
    /// The ways to have it, the preferred one first.
    pub implementations: Vec<Way>,
    overlay: Option<OverlayNeeds>,
}

/// Where a program can be had.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Sources {
    /// Debian's package.
    pub debian: Option<String>,
    /// The package in nixpkgs.
    pub nix: Option<String>,
    /// Any other way.
    pub hint: Option<String>,
}

/// One way to have a system.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Way {
    name: Option<String>,
    /// The program that is the system under test.
    pub daemon: Option<String>,
    #[serde(default)]
    programs: Vec<String>,
    /// A link that the kernel has to be able to make.
    pub link: Option<LinkType>,
}

#[derive(Debug, Clone, Deserialize)]
struct OverlayNeeds {
    interface: String,
}

impl Way {
    /// The name under which it is recorded, where it is not the system's.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// All programs, the daemon among them.
    pub(super) fn programs(&self) -> impl Iterator<Item = &str> {
        let daemon = self.daemon.iter().filter(|daemon| !self.programs.contains(daemon));
        self.programs.iter().chain(daemon).map(String::as_str)
    }
}

impl SystemNeeds {
    /// The tunnel's interface, where it has the same name on all hosts.
    pub(super) fn interface(&self) -> Option<&str> {
        self.overlay.as_ref().map(|overlay| overlay.interface.as_str()).filter(|name| !name.contains('{'))
    }
}

impl Needs {
    /// Of a matrix.
    pub(super) fn of(matrix: &Matrix) -> Self {
        let mut needs = Self::default();
        let impaired = matrix.profiles.iter().filter(|(_, netem)| !netem.is_none());
        needs.profiles = impaired.map(|(name, netem)| (name.to_string(), netem.arguments())).collect();
        for tuning in matrix.tunings.values() {
            needs.offloads.extend(tuning.offloads.switched());
            needs.ethtool |= tuning.offloads.switched().chain(tuning.overlay_offloads.switched()).next().is_some();
            for (name, value) in tuning.settings() {
                if name == CONGESTION_CONTROL {
                    needs.congestion.insert(value.to_owned());
                }
                needs.sysctls.insert(name.to_owned());
            }
        }
        needs.ssh_only = matrix.network.management == Management::SshOnly;
        // Calibrations and systems ping as well.
        needs.tools.insert(PING.name);
        for load in matrix.workloads.present() {
            let links = if load.about().all_links { matrix.links.len() } else { 1 };
            let own = load.needs(links);
            needs.tools.insert(load.about().tool.name);
            needs.both_ways |= own.both_ways;
            needs.ports.extend(own.ports);
        }
        needs.ports.sort_unstable();
        needs.ports.dedup();
        // A file that is in a matrix has been read and checked before, so nothing is left out here.
        let tunnels = matrix.systems.iter().filter(|file| !file.is_internal());
        needs.systems = tunnels.filter_map(|file| meshbench_terminal::file::read(file.text()).ok()).collect();
        needs
    }

    /// All programs of all systems.
    pub(super) fn programs(&self) -> BTreeSet<&str> {
        self.systems.iter().flat_map(|system| &system.implementations).flat_map(Way::programs).collect()
    }

    /// All links that systems ask of the kernel.
    pub(super) fn links(&self) -> BTreeSet<&LinkType> {
        let ways = self.systems.iter().flat_map(|system| &system.implementations);
        ways.filter_map(|way| way.link.as_ref()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_says_what_it_needs() {
        let (thesis, _) = Matrix::load("thesis").unwrap();
        let needs = Needs::of(&thesis);
        assert_eq!(needs.tools, BTreeSet::from(["iperf3", "ping"]));
        assert!(!needs.profiles.is_empty());
        assert_eq!(needs.systems.len(), thesis.systems.iter().filter(|file| !file.is_internal()).count());
        assert!(needs.programs().is_superset(&BTreeSet::from(["wg", "tincd", "zerotier-one"])));
        assert_eq!(needs.links(), BTreeSet::from([&"wireguard".parse().unwrap()]));
        let wireguard = needs.systems.iter().find(|system| system.label == "WireGuard").unwrap();
        assert_eq!(wireguard.interface(), Some("mb-wg"));
        assert_eq!(wireguard.programs["wg"].debian.as_deref(), Some("wireguard-tools"));
    }

    #[test]
    fn every_system_file_can_be_asked() {
        for (name, text) in crate::system::EMBEDDED {
            assert!(toml::from_str::<SystemNeeds>(text).is_ok(), "{name}");
        }
    }

    #[test]
    fn tunings_and_workloads_are_gathered() {
        let (mut matrix, _) = Matrix::load("smoke").unwrap();
        let text = "congestion_control = \"bbr\"\noffloads = { gso = false }\nsysctls = { \"net.ipv4.tcp_sack\" = 0 }";
        matrix.tunings.values_mut().for_each(|tuning| *tuning = toml::from_str(text).unwrap());
        matrix.workloads = toml::from_str(
            "[tcp-parallel]\nduration = \"1s\"\nboth_ways = true\n\
             [udp]\nduration = \"1s\"\nladder = { from = \"1Mbit/s\", to = \"9Mbit/s\" }",
        )
        .unwrap();
        let needs = Needs::of(&matrix);
        assert!(needs.both_ways && needs.ethtool);
        assert_eq!(needs.congestion, BTreeSet::from(["bbr".to_owned()]));
        assert!(needs.sysctls.contains("net.ipv4.tcp_sack") && needs.sysctls.contains(CONGESTION_CONTROL));
        assert_eq!(needs.offloads, BTreeSet::from([("gso", false)]));
        let tcp = (5201..).take(matrix.links.len()).map(|port| (Transport::Tcp, port));
        assert_eq!(needs.ports, tcp.chain([(Transport::Udp, 5201), (Transport::Udp, 5299)]).collect::<Vec<_>>());
    }

    #[test]
    fn udp_at_a_fixed_rate_needs_the_port_of_its_probe() {
        let (mut matrix, _) = Matrix::load("smoke").unwrap();
        matrix.workloads = toml::from_str("[udp]\nduration = \"1s\"\nrate = \"1Mbit/s\"").unwrap();
        assert!(Needs::of(&matrix).ports.contains(&(Transport::Udp, 5299)));
        matrix.workloads = toml::from_str("[ping]\ncount = 1\ninterval = \"1s\"").unwrap();
        assert_eq!(Needs::of(&matrix).ports, [], "nothing listens");
        assert_eq!(Needs::of(&matrix).tools, BTreeSet::from(["ping"]));
    }
}
