//! `collect systems check`: one system file, tried on three hosts of a lab.

use super::LabError;
use super::request::{Checked, LabResult};
use crate::agent;
use crate::campaign::{CampaignError, Roads};
use crate::host::{Command, Host, HostError, Status, on_all};
use crate::parse;
use crate::system::{System, SystemFile};
use crate::ui;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Hosts of the lab.
pub const HOSTS: [&str; 3] = ["h1", "h2", "h3"];
/// Packets of each link's ping.
const PINGS: u32 = 20;

/// Brings a system up twice, looks at every link in between, takes it down, and compares the hosts with before.
pub async fn run(reference: &str, roads: &Roads) -> Result<LabResult, LabError> {
    let file = SystemFile::load(reference, None).map_err(|error| LabError::Check { error: Box::new(error) })?;
    let hosts = roads.connect().await.map_err(CampaignError::from)?;
    let checked = check(file, &hosts).await;
    for host in hosts {
        let released = host.release().await;
        released.map_err(CampaignError::from)?;
    }
    checked.map(LabResult::Checked)
}

async fn check(file: Arc<SystemFile>, hosts: &[Host]) -> Result<Checked, LabError> {
    let mut report = String::new();
    let before = on_all(hosts, |_, host| host.fingerprint()).await.map_err(CampaignError::from)?;
    let mut system = System::new(file, 1);
    ui::say("making keys and configurations");
    system.prepare(hosts).await.map_err(CampaignError::from)?;
    for turn in ["first", "second"] {
        ui::say(&format!("bringing it up ({turn} time)"));
        let up = system.up(hosts).await;
        let up = match up {
            Ok(up) => up,
            Err(error) => {
                let log = system.log(hosts).await;
                let _ = system.down(hosts).await;
                if let Some(log) = log {
                    ui::say(&log);
                }
                return Err(CampaignError::from(error).into());
            }
        };
        // Writing to a String cannot fail.
        let _ = writeln!(report, "up       {turn} time: every host reached every other one after {:.2} s", up.ready_s);
        if turn == "first" {
            let facts = system.facts(hosts).await.map_err(CampaignError::from)?;
            let unknown = || "unknown".to_owned();
            let _ = writeln!(report, "name     {} ({})", facts.name, facts.label);
            let _ = writeln!(report, "version  {}", facts.version.unwrap_or_else(unknown));
            let _ = writeln!(report, "binary   {}", facts.binary_sha256.unwrap_or_else(|| "none".to_owned()));
            let _ = writeln!(
                report,
                "overlay  MTU {}, {}",
                facts.mtu.map_or_else(unknown, |mtu| mtu.to_string()),
                facts.family
            );
            for warning in facts.warnings {
                let _ = writeln!(report, "warning  {warning}");
            }
            for line in links(&system, hosts).await.map_err(CampaignError::from)? {
                let _ = writeln!(report, "{line}");
            }
        }
        if let Some(dead) = system.dead(hosts).await.map_err(CampaignError::from)? {
            let _ = writeln!(report, "PROBLEM  {dead}");
        }
        system.down(hosts).await.map_err(CampaignError::from)?;
        let after = on_all(hosts, |_, host| host.fingerprint()).await.map_err(CampaignError::from)?;
        for ((host, before), after) in hosts.iter().zip(&before).zip(&after) {
            for difference in agent::differences(before, after) {
                let _ = writeln!(report, "PROBLEM  left behind on {}: {difference}", host.name);
            }
        }
    }
    let problems = report.lines().filter(|line| line.starts_with("PROBLEM")).count();
    Ok(Checked { report, problems })
}

/// Round trip and bytes on the data network of each link of the ring.
async fn links(system: &System, hosts: &[Host]) -> Result<Vec<String>, HostError> {
    let mut lines = Vec::new();
    for (index, source) in hosts.iter().enumerate() {
        let next = (index + 1) % hosts.len();
        let (Some(target), Some(address)) = (hosts.get(next), system.address(next)) else { continue };
        let read = || source.read();
        let packets = |reading: &agent::protocol::Reading| {
            reading.interfaces.get(source.interface.as_str()).map_or(0, |interface| interface.tx_packets)
        };
        let before = read().await?;
        let ping = Command::new("ping").args(["-n", "-i", "0.05", "-c"]).arg(PINGS).arg(address);
        let output = source.run(&ping.deadline(Duration::from_secs(20))).await?;
        let after = read().await?;
        let (name, to) = (&source.name, &target.name);
        let crossed = packets(&after).saturating_sub(packets(&before));
        let report = parse::ping::parse(&output.stdout).ok();
        let mut rtts: Vec<f64> =
            report.iter().flat_map(|report| report.replies.iter()).map(|reply| reply.rtt_s).collect();
        rtts.sort_by(f64::total_cmp);
        match rtts.get(rtts.len() / 2) {
            Some(median) if output.status == Status::Exited(0) => lines.push(format!(
                "link     {name}→{to} {address}: {} of {PINGS} answered, median {:.2} ms, {crossed} packets on the data network",
                rtts.len(),
                median * 1e3
            )),
            _ => lines.push(format!("PROBLEM  {name}→{to} {address}: {}", output.excerpt())),
        }
        if crossed < u64::from(PINGS) * 9 / 10 {
            lines.push(format!(
                "PROBLEM  {name}→{to}: the traffic did not cross the data network; bind the daemon to it"
            ));
        }
    }
    Ok(lines)
}

/// What is said to be tried, as it can be named from anywhere.
pub fn absolute(reference: &str) -> String {
    if Path::new(reference).extension().is_some_and(|ending| ending == "toml") {
        std::path::absolute(reference).map_or_else(|_| reference.to_owned(), |path| path.display().to_string())
    } else {
        reference.to_owned()
    }
}
