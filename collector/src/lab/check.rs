//! `collect systems check`: one system file, tried on three hosts of a lab.

use super::LabError;
use super::request::{Checked, LabResult};
use crate::agent;
use crate::agent::protocol::{Change, Scope};
use crate::campaign::attempt::{self, Setting};
use crate::campaign::{CampaignError, Roads, rows};
use crate::host::{Command, Host, HostError, Status, on_all};
use crate::impairment::Netem;
use crate::matrix::Matrix;
use crate::parse;
use crate::record::Labels;
use crate::system::{System, SystemFacts, SystemFile};
use crate::ui;
use crate::workload::Load;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_stats::quantile::median_of;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Hosts of the lab.
pub const HOSTS: [&str; 3] = ["h1", "h2", "h3"];
/// Packets of each link's ping.
const PINGS: u32 = 20;
/// The transfer by which the path is judged, and the network that it meets.
const MATRIX: &str = r#"
name = "check"
seed = 1
blocks = 1
hosts = 3
systems = ["checked"]
profiles = ["medium"]
calibration = false

[workloads.tcp]
duration = "3s"
limit = "30s"
"#;

/// How a system is tried.
#[derive(Debug, Clone)]
struct Trial {
    file: Arc<SystemFile>,
    matrix: Matrix,
}

/// What is found, a line each.
#[derive(Debug, Default)]
struct Findings {
    report: String,
    problems: usize,
}

impl Findings {
    fn say(&mut self, about: &str, what: &str) {
        self.report.push_str(&format!("{about:<8} {what}\n"));
    }

    fn problem(&mut self, what: &str) {
        self.say("PROBLEM", what);
        self.problems += 1;
    }
}

/// Brings a system up twice, looks at every link in between, takes it down, and compares the hosts with before.
pub async fn run(reference: &str, allow_relay: bool, roads: &Roads) -> Result<LabResult, LabError> {
    let file = SystemFile::load(reference, None).map_err(|error| LabError::Check { error: Box::new(error) })?;
    let matrix = Matrix::parse("check", MATRIX, &|_| Ok(Arc::clone(&file))).map_err(CampaignError::from)?;
    let trial = Trial { file, matrix: Matrix { allow_relay, ..matrix } };
    let hosts = roads.connect().await.map_err(CampaignError::from)?;
    let checked = trial.run(&hosts).await;
    for host in hosts {
        let released = host.release().await;
        released.map_err(CampaignError::from)?;
    }
    checked.map(|Findings { report, problems }| LabResult::Checked(Checked { report, problems }))
}

impl Trial {
    async fn run(&self, hosts: &[Host]) -> Result<Findings, LabError> {
        let mut found = Findings::default();
        let before = on_all(hosts, |_, host| host.fingerprint()).await.map_err(CampaignError::from)?;
        let mut system = System::new(Arc::clone(&self.file), self.matrix.seed);
        ui::say("making keys and configurations");
        system.prepare(hosts).await.map_err(CampaignError::from)?;
        for turn in ["first", "second"] {
            ui::say(&format!("bringing it up ({turn} time)"));
            let up = match system.up(hosts).await {
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
            found.say("up", &format!("{turn} time: every host reached every other one after {:.2} s", up.ready_s));
            if turn == "first" {
                let facts = system.facts(hosts).await.map_err(CampaignError::from)?;
                tell(&facts, &mut found);
                pings(&system, hosts, &mut found).await.map_err(CampaignError::from)?;
                self.paths(&system, hosts, &mut found).await.map_err(CampaignError::from)?;
            }
            if let Some(dead) = system.dead(hosts).await.map_err(CampaignError::from)? {
                found.problem(&dead);
            }
            system.down(hosts).await.map_err(CampaignError::from)?;
            let after = on_all(hosts, |_, host| host.fingerprint()).await.map_err(CampaignError::from)?;
            for ((host, before), after) in hosts.iter().zip(&before).zip(&after) {
                for difference in agent::differences(before, after) {
                    found.problem(&format!("left behind on {}: {difference}", host.name));
                }
            }
        }
        Ok(found)
    }

    /// One short transfer on each link of the ring, with the network impaired, judged as a run is.
    async fn paths(&self, system: &System, hosts: &[Host], found: &mut Findings) -> Result<(), HostError> {
        let Some((profile, netem)) = self.matrix.profiles.iter().next() else { return Ok(()) };
        ui::say(&format!("a transfer on each link, with the network impaired ({profile})"));
        let bare = Netem::default();
        let netem = match impair(hosts, netem).await {
            Ok(()) => netem,
            Err(error) if error.is_lost() => return Err(error),
            Err(error) => {
                found.say("warning", &format!("paths are judged without impairment, which is not to be had: {error}"));
                &bare
            }
        };
        let present = self.matrix.workloads.present();
        let links = present.iter().flat_map(|load| self.matrix.links.iter().map(move |link| (*load, *link)));
        for (load, (source, target)) in links {
            let workload = load.about().word;
            let name = |host: usize| hosts.get(host).map(|host| host.name.as_str()).unwrap_or_default();
            let labels = Labels {
                run_id: "check".into(),
                system: self.file.name.as_str().into(),
                tuning: "default".into(),
                profile: profile.as_str().into(),
                workload,
                source: name(source).into(),
                target: name(target).into(),
            };
            let setting = Setting { matrix: &self.matrix, hosts, system, netem, sampling: false, base: &[] };
            let made = attempt::make(workload, &[(source, target)], setting, &[labels], |_| {}).await;
            for link in &made.links {
                judge(&format!("{}→{}", name(source), name(target)), load, link, found);
            }
        }
        on_all(hosts, |_, host| host.restore(Scope::Profile)).await.map(drop)
    }
}

/// What a transfer on a link came to.
fn judge(link: &str, load: &dyn Load, made: &attempt::LinkAttempt, found: &mut Findings) {
    let verdict = &made.recorded.verdict;
    let path = made.path.map_or("path unknown", |path| path.as_str());
    match (verdict.outcome, rows::headline(made, load)) {
        (Outcome::Ok, Some(bit_s)) => {
            found.say("path", &format!("{link}: {path}, TCP {:.2} Mbit/s while impaired", bit_s / 1e6));
        }
        (outcome, _) => {
            let reason = verdict.reason.map_or_else(|| outcome.to_string(), |reason| reason.to_string());
            let detail = verdict.detail.as_deref().unwrap_or("nothing was said about it");
            found.problem(&format!("{link}: {reason}: {detail}"));
            match verdict.reason {
                Some(Reason::Relayed) => found.say(
                    "",
                    "such a run is thrown away. A star is measured with `allow_relay = true` in the matrix, and tried with \
                     --allow-relay; any other system has to find its direct path before it is ready",
                ),
                Some(Reason::WentAround) => {
                    found.say("", "such a run is thrown away: bind the daemon to the data network");
                }
                _ => {}
            }
        }
    }
}

fn tell(facts: &SystemFacts, found: &mut Findings) {
    let unknown = "unknown".to_owned();
    found.say("name", &format!("{} ({})", facts.name, facts.label));
    found.say("version", facts.version.as_ref().unwrap_or(&unknown));
    found.say("binary", facts.binary_sha256.as_deref().unwrap_or("none"));
    let mtu = facts.mtu.map_or(unknown, |mtu| mtu.to_string());
    found.say("overlay", &format!("MTU {mtu}, {}", facts.family));
    for warning in &facts.warnings {
        found.say("warning", warning);
    }
}

/// Impairs what each host sends to the others.
async fn impair(hosts: &[Host], netem: &Netem) -> Result<(), HostError> {
    let words = &netem.arguments();
    let made = on_all(hosts, |index, host| async move {
        let others = hosts.iter().enumerate().filter(|(other, _)| *other != index);
        let (interface, netem) = (host.interface.to_string(), words.clone());
        let towards = others.map(|(_, host)| host.address).collect();
        host.change(Scope::Profile, Change::Impair { interface, netem, towards }).await
    });
    made.await.map(drop)
}

/// Round trip and packets on the data network of each link of the ring.
async fn pings(system: &System, hosts: &[Host], found: &mut Findings) -> Result<(), HostError> {
    for (index, source) in hosts.iter().enumerate() {
        let next = (index + 1) % hosts.len();
        let (Some(target), Some(address)) = (hosts.get(next), system.address(next)) else { continue };
        let packets = |reading: &agent::protocol::Reading| {
            reading.interfaces.get(source.interface.as_str()).map_or(0, |interface| interface.tx_packets)
        };
        let before = source.read().await?;
        let ping = Command::new("ping").args(["-n", "-i", "0.05", "-c"]).arg(PINGS).arg(address);
        let output = source.run(&ping.deadline(Duration::from_secs(20))).await?;
        let after = source.read().await?;
        let (name, to) = (&source.name, &target.name);
        let crossed = packets(&after).saturating_sub(packets(&before));
        let report = parse::ping::parse(&output.stdout).ok();
        let rtts: Vec<f64> = report.iter().flat_map(|report| report.replies.iter()).map(|reply| reply.rtt_s).collect();
        match median_of(&rtts) {
            Some(median) if output.status == Status::Exited(0) => found.say(
                "link",
                &format!(
                    "{name}→{to} {address}: {} of {PINGS} answered, median {:.2} ms, {crossed} packets on the data network",
                    rtts.len(),
                    median * 1e3
                ),
            ),
            _ => found.problem(&format!("{name}→{to} {address}: {}", output.excerpt())),
        }
        if crossed < u64::from(PINGS) * 9 / 10 {
            found.problem(&format!("{name}→{to}: the traffic did not cross the data network; bind the daemon to it"));
        }
    }
    Ok(())
}

/// What is said to be tried, as it can be named from anywhere.
pub fn absolute(reference: &str) -> String {
    if Path::new(reference).extension().is_some_and(|ending| ending == "toml") {
        std::path::absolute(reference).map_or_else(|_| reference.to_owned(), |path| path.display().to_string())
    } else {
        reference.to_owned()
    }
}
