//! `collect doctor`: each host before a campaign; what is there, what is missing, and how to get it.
//!
//! What is read of a host is data, and what it means is a function of that data and of what the matrix needs.
//! Nothing is changed on a host but in network namespaces that end with the command that made them.

mod code;
mod connect;
mod finding;
mod hint;
mod iperf3;
mod kernel;
mod look;
mod machine;
mod needs;
mod network;
mod pairs;
mod systems;
mod tools;

pub use code::{Code, PassedOver};
pub use connect::failed as no_way;
pub use finding::{Finding, Level};

use crate::campaign::{Roads, Stop};
use crate::host::{Host, HostError, HostName};
use crate::matrix::Matrix;
use crate::{plan, ui};
use futures_util::future::join_all;
use meshbench_schemas::words::WorkloadKind;
use needs::Needs;
use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// What was found on all hosts.
#[derive(Debug, Default)]
pub struct Report {
    hosts: Vec<HostName>,
    findings: Vec<Finding>,
}

impl Report {
    /// Whether nothing is missing.
    pub fn is_well(&self) -> bool {
        self.count(Level::Problem) == 0
    }

    /// The problems, which are what keeps a matrix from being measured.
    pub fn problems(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.level == Level::Problem)
    }

    /// Everything that was found.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let width = self.findings.iter().map(|finding| finding.about.chars().count()).max().unwrap_or(0);
        let sections = self.hosts.iter().map(Some).chain([None]);
        for host in sections {
            let mut findings: Vec<&Finding> = self.findings.iter().filter(|it| it.host.as_ref() == host).collect();
            if findings.is_empty() {
                continue;
            }
            // Problems first, else in the order in which they were found.
            findings.sort_by_key(|finding| finding.level);
            match host {
                Some(host) => writeln!(f, "{host}")?,
                None => writeln!(f, "all together")?,
            }
            for Finding { level, code, about, what, help, .. } in findings {
                let level = match level {
                    Level::Problem => "problem",
                    Level::Warning => "warning",
                    Level::Fact => "",
                };
                let code = code.map_or_else(String::new, |code| format!(" [{code}]"));
                writeln!(f, "  {level:<7}  {about:<width$}  {what}{code}")?;
                if let Some(help) = help {
                    writeln!(f, "  {:<7}  {:<width$}  → {help}", "", "")?;
                }
            }
            writeln!(f)?;
        }
        let (problems, warnings) = (self.count(Level::Problem), self.count(Level::Warning));
        let hosts = ui::count(self.hosts.len(), "host");
        write!(f, "{hosts}: {}, {}", ui::count(problems, "problem"), ui::count(warnings, "warning"))
    }
}

/// All that was read of a host.
struct Readings {
    connected: connect::Connected,
    machine: machine::Machine,
    tools: tools::Tools,
    kernel: kernel::Kernel,
    network: network::Network,
    stock: systems::Stock,
    pairs: Vec<pairs::Pair>,
}

/// Looks at all hosts at once, and at the folder that the dataset is to be in. A host that cannot be reached is a
/// finding.
pub async fn examine(matrix: &Matrix, roads: &Roads, folder: &Path) -> Report {
    let needs = Needs::of(matrix);
    ui::say(&format!("looking at {}", ui::count(roads.hosts.len(), "host")));
    let pings = Semaphore::new(pairs::AT_ONCE);
    let looking = roads.hosts.iter().zip(1..).map(|(stop, number)| look_at(stop, number, roads, &needs, &pings));
    let looked = join_all(looking).await;
    report(matrix, &needs, &roads.hosts, looked, folder)
}

/// How much a look at hosts takes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// All that there is.
    Full,
    /// No look at every pair of hosts, which takes its time: for hosts that were just made.
    Quick,
}

/// Looks at hosts that are connected already, as [`examine`] does.
///
/// # Errors
/// The first one by which the way to a host was lost.
pub async fn look(matrix: &Matrix, hosts: &[Host], folder: &Path, depth: Depth) -> Result<Report, HostError> {
    let needs = Needs::of(matrix);
    let stop = |host: &Host| {
        let (name, interface) = (host.name.clone(), host.interface.clone());
        Stop { name, address: host.address, interface }
    };
    let stops: Vec<Stop> = hosts.iter().map(stop).collect();
    let pings = Semaphore::new(pairs::AT_ONCE);
    let looking = hosts.iter().map(|host| {
        let others: Vec<&Stop> = stops.iter().filter(|other| other.name != host.name).collect();
        let (needs, pings) = (&needs, (depth == Depth::Full).then_some(&pings));
        async move { read(host, &others, needs, pings, Duration::ZERO).await }
    });
    let mut looked = Vec::new();
    for (host, read) in hosts.iter().zip(join_all(looking).await) {
        looked.push(match read {
            Ok(readings) => (Some(readings), Vec::new()),
            Err(error) if error.is_lost() => return Err(error),
            Err(error) => (None, vec![connect::failed(&host.name, &error)]),
        });
    }
    Ok(report(matrix, &needs, &stops, looked, folder))
}

/// What was read of a host, if it could be, and what else was found on the way.
type Looked = (Option<Readings>, Vec<Finding>);

/// What everything that was read means.
fn report(matrix: &Matrix, needs: &Needs, stops: &[Stop], looked: Vec<Looked>, folder: &Path) -> Report {
    let mut report = Report { hosts: stops.iter().map(|stop| stop.name.clone()).collect(), findings: Vec::new() };
    let mut seen = Vec::new();
    for (stop, (readings, trouble)) in stops.iter().zip(looked) {
        let own = readings.iter().flat_map(|readings| of_host(readings, needs)).chain(trouble);
        report.findings.extend(own.map(|finding| finding.on(&stop.name)));
        seen.extend(readings.map(|readings| (stop, readings)));
    }
    let stocks: Vec<systems::OnHost<'_>> =
        seen.iter().map(|(stop, readings)| (&stop.name, &readings.stock, readings.machine.os)).collect();
    report.findings.extend(systems::findings(needs, &stocks));
    report.findings.extend(load_tools(matrix, stops, needs, &seen));
    let networks: Vec<_> = seen.iter().map(|(stop, readings)| (stop.name.to_string(), &readings.network)).collect();
    report.findings.extend(network::mtus(&networks));
    let tools: Vec<_> = seen.iter().map(|(stop, readings)| (&stop.name, &readings.tools)).collect();
    report.findings.extend(tools::differences(&tools));
    report.findings.extend(room(matrix, folder));
    report
}

/// What the iperf3 of both ends of each link cannot be trusted with.
fn load_tools(matrix: &Matrix, stops: &[Stop], needs: &Needs, seen: &[(&Stop, Readings)]) -> Vec<Finding> {
    let loads = matrix.workloads.present();
    let own = loads.iter().map(|load| load.about()).filter(|about| about.tool.name == iperf3::NAME);
    let udp = own.into_iter().any(|about| about.word.kind() == WorkloadKind::Datagrams);
    let asked = iperf3::Asked { udp, both_ways: needs.both_ways };
    let version = |host: usize| {
        let name = &stops.get(host)?.name;
        let (stop, readings) = seen.iter().find(|(stop, _)| stop.name == *name)?;
        Some((stop.name.as_str(), tools::iperf3(&readings.tools)?))
    };
    let ends =
        |(source, target): &(usize, usize)| Some(iperf3::Ends { client: version(*source)?, server: version(*target)? });
    let links: Vec<iperf3::Ends<'_>> =
        matrix.links.iter().filter(|_| needs.tools.contains(iperf3::NAME)).filter_map(ends).collect();
    iperf3::findings(asked, &links)
}

/// What the readings of one host mean.
fn of_host(readings: &Readings, needs: &Needs) -> Vec<Finding> {
    let Readings { connected, machine, tools, kernel, network, stock, pairs } = readings;
    let interfaces: Vec<&str> = network.links.iter().map(|link| link.name.as_str()).collect();
    [
        connect::findings(connected),
        machine::findings(machine),
        tools::findings(tools, needs, machine.os),
        kernel::findings(kernel, needs, machine.os),
        network::findings(network, needs, machine.os),
        pairs::findings(pairs),
        systems::obstacles(needs, stock, &interfaces),
    ]
    .concat()
}

/// Whether a dataset fits on the disk of a folder, which may be still to be made.
fn room(matrix: &Matrix, folder: &Path) -> Option<Finding> {
    let folder = std::path::absolute(folder).ok()?;
    let there = folder.ancestors().find(|folder| folder.is_dir())?;
    let disk = nix::sys::statvfs::statvfs(there).ok()?;
    let free = disk.blocks_available().saturating_mul(disk.fragment_size());
    let needed = plan::describe(matrix, matrix.seed).bytes_per_block.saturating_mul(matrix.blocks.maximum.into());
    Some(machine::room(&there.display().to_string(), free, needed))
}

/// Connects to a host, reads everything and lets it go again. What could not be done is a finding.
async fn look_at(stop: &Stop, number: u32, roads: &Roads, needs: &Needs, pings: &Semaphore) -> Looked {
    let started = Instant::now();
    // Unique, so that a lease that still ends is not met.
    let now = jiff::Timestamp::now().as_nanosecond();
    let lease = format!("doctor-{number}-{}-{now:x}", std::process::id());
    let (name, address, interface) = (stop.name.clone(), stop.address, stop.interface.clone());
    let host = match Host::connect(&roads.access, name, address, interface, &lease).await {
        Ok(host) => host,
        Err(error) => return (None, vec![connect::failed(&stop.name, &error)]),
    };
    let others: Vec<&Stop> = roads.hosts.iter().filter(|other| other.name != stop.name).collect();
    let read = read(&host, &others, needs, Some(pings), started.elapsed()).await;
    let mut trouble = Vec::new();
    if let Err(error) = host.release().await {
        let help = "`collect clean` restores what was left";
        trouble.push(Finding::warning("connection", format!("it did not end well: {error}")).help(help));
    }
    match read {
        Ok(readings) => (Some(readings), trouble),
        Err(error) => (None, vec![connect::failed(&stop.name, &error)]),
    }
}

/// Reads everything of a host; without `pings` not how it reaches the others.
async fn read(
    host: &Host,
    others: &[&Stop],
    needs: &Needs,
    pings: Option<&Semaphore>,
    took: Duration,
) -> Result<Readings, HostError> {
    // Before anything else, as all that follows is load.
    let machine = machine::read(host).await?;
    let addresses: Vec<IpAddr> = others.iter().map(|other| other.address).collect();
    let (tools, kernel, network, user) = tokio::try_join!(
        tools::read(host),
        kernel::read(host, needs),
        network::read(host, &addresses),
        look::ask(host, ["id", "-u"]),
    )?;
    let stock = systems::read(host, needs, &kernel).await?;
    // Last and with nothing beside them.
    let pairs = match pings {
        Some(pings) => pairs::read(host, others, pings).await?,
        None => Vec::new(),
    };
    let connected = connect::Connected {
        took,
        round_trip: machine.round_trip(),
        user: user.out,
        cgroups: host.has_cgroups(),
        swept: host.swept().to_vec(),
    };
    Ok(Readings { connected, machine, tools, kernel, network, stock, pairs })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_come_first_and_are_counted() {
        let host: HostName = "h1".parse().unwrap();
        let findings = vec![
            Finding::fact("kernel", "6.12").on(&host),
            Finding::warning("clock", "drifts").on(&host),
            Finding::problem(Code::NoImpairment, "netem", "absent").help("modprobe sch_netem").on(&host),
            Finding::fact("room", "enough"),
        ];
        let mut report = Report { hosts: vec![host], findings };
        let wanted = "h1\n  problem  netem   absent [no-impairment]\n                   → modprobe sch_netem\n  warning  clock   drifts\n           \
                      kernel  6.12\n\nall together\n           room    enough\n\n1 host: 1 problem, 1 warning";
        assert_eq!(report.to_string(), wanted);
        assert!(!report.is_well());
        report.findings.retain(|finding| finding.level != Level::Problem);
        assert!(report.is_well(), "warnings are no reason to stop");
    }
}
