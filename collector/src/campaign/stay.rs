//! A stay: a system with a tuning, brought up once, and everything that is measured of it in one block.

use super::attempt::{self, LinkAttempt, Setting};
use super::journal::{Event, Found, LinkResult};
use super::rows::{self, About};
use super::{Campaign, CampaignError, attempt_id, fragment, gate, retry, run_id};
use crate::agent::protocol::{Change, Scope};
use crate::host::{Host, HostError, on_all};
use crate::impairment::Netem;
use crate::plan::PlannedRun;
use crate::record::{Labels, Verdict};
use crate::system::{System, SystemError};
use crate::tuning::{Offloads, Tuning};
use fragment::Fragment;
use meshbench_schemas::outcome::{Outcome, Reason};
use std::time::Instant;

/// Times a system is started again when it does not come up.
const STARTS: u32 = 2;

/// Why a stay could not be measured to its end.
enum Trouble {
    /// The way to a host is gone.
    Lost(String),
    /// What is left of the stay cannot be measured.
    Verdict(Verdict),
}

impl From<HostError> for Trouble {
    fn from(error: HostError) -> Self {
        match error.is_lost() {
            true => Self::Lost(error.to_string()),
            false => Self::Verdict(Verdict::not_ok(Outcome::Failed, Reason::HarnessError, error.to_string())),
        }
    }
}

impl From<SystemError> for Trouble {
    fn from(error: SystemError) -> Self {
        match error {
            SystemError::Host(error) => error.into(),
            SystemError::Unsupported { .. } => {
                Self::Verdict(Verdict::not_ok(Outcome::Unsupported, Reason::MissingProgram, error.to_string()))
            }
            _ => Self::Verdict(Verdict::not_ok(Outcome::Failed, Reason::SystemNotReady, error.to_string())),
        }
    }
}

/// How long an attempt took.
#[derive(Debug, Clone, Copy, Default)]
struct Took {
    /// Seconds that the tools ran.
    measured_s: f64,
    /// Seconds from its start to its end.
    took_s: f64,
    /// Whether nobody saw its end.
    unseen: bool,
}

/// How a part of a stay ended, where nothing went wrong with the campaign itself.
type Part = Result<Result<(), Trouble>, CampaignError>;

impl Campaign {
    /// Brings a system up, measures everything of its stay that is not done, and takes it down; again from the start where
    /// the way to a host was lost in between.
    pub(super) async fn stay(&mut self, stay: &[PlannedRun]) -> Result<(), CampaignError> {
        let mut losses = 0;
        loop {
            let left: Vec<PlannedRun> =
                stay.iter().filter(|run| !super::is_done(&self.state, &self.matrix, run)).cloned().collect();
            let Some(first) = left.first() else { return Ok(()) };
            if self.wants_stop() {
                return Err(CampaignError::Stopped { folder: self.folder.clone() });
            }
            self.connected().await?;
            let Some(file) = self.matrix.systems.iter().find(|file| file.name == first.system).cloned() else {
                return Ok(());
            };
            let mut system = self.systems.remove(&first.system).unwrap_or_else(|| System::new(file, self.seed));
            let measured = self.visit(&mut system, &left).await?;
            let down = match &self.hosts {
                Some(hosts) => take_down(&mut system, hosts).await,
                None => Ok(()),
            };
            let verdict = match measured.and(down) {
                Ok(()) => {
                    self.systems.insert(first.system.clone(), system);
                    return Ok(());
                }
                Err(Trouble::Verdict(verdict)) => verdict,
                Err(Trouble::Lost(message)) => {
                    self.disconnected(message.clone()).await?;
                    losses += 1;
                    if losses <= retry::MOST_LOST_STARTS {
                        continue;
                    }
                    // Something in this very stay may be what takes a host down.
                    Verdict::not_ok(Outcome::Failed, Reason::GaveUp, message)
                }
            };
            let name = system.recorded_as().0.to_string();
            for run in &left {
                if !super::is_done(&self.state, &self.matrix, run) {
                    self.skip(run, &name, &verdict)?;
                }
            }
            return Ok(());
        }
    }

    async fn visit(&mut self, system: &mut System, left: &[PlannedRun]) -> Part {
        let Some(first) = left.first() else { return Ok(Ok(())) };
        let tuning = self.matrix.tunings.get(&first.tuning).cloned().unwrap_or_default();
        if let Err(trouble) = self.tune(&tuning).await {
            return Ok(Err(trouble));
        }
        if let Err(trouble) = self.bring_up(system, first, &tuning).await? {
            return Ok(Err(trouble));
        }
        for part in left.chunk_by(|a, b| a.profile == b.profile) {
            let Some(first) = part.first() else { continue };
            let netem = self.matrix.profiles.get(&first.profile).cloned().unwrap_or_default();
            match self.impair(&netem).await {
                Ok(()) => {}
                Err(Trouble::Verdict(verdict)) => {
                    let name = system.recorded_as().0.to_string();
                    for run in part {
                        self.skip(run, &name, &verdict)?;
                    }
                    continue;
                }
                lost => return Ok(lost),
            }
            for run in part {
                if self.wants_stop() {
                    return Err(CampaignError::Stopped { folder: self.folder.clone() });
                }
                if let Err(trouble) = self.run(system, run, &netem, &tuning).await? {
                    return Ok(Err(trouble));
                }
            }
        }
        Ok(Ok(()))
    }

    fn hosts(&self) -> Result<&[Host], Trouble> {
        self.hosts.as_deref().ok_or_else(|| Trouble::Lost("the hosts are not connected".to_owned()))
    }

    /// Makes a tuning's settings on all hosts, and undoes the last one's.
    async fn tune(&self, tuning: &Tuning) -> Result<(), Trouble> {
        let hosts = self.hosts()?;
        let made = on_all(hosts, |_, host| async move {
            host.restore(Scope::Tuning).await?;
            for (key, value) in tuning.settings() {
                let change = Change::Sysctl { key: key.to_owned(), value: value.to_owned() };
                host.change(Scope::Tuning, change).await?;
            }
            switch(host, Scope::Tuning, host.interface.as_str(), &tuning.offloads).await
        });
        made.await.map(drop).map_err(|error| not_in_force(error, Reason::TuningNotInForce, Outcome::Failed))
    }

    /// Brings a system up; a second time where it did not come up.
    async fn bring_up(&mut self, system: &mut System, first: &PlannedRun, tuning: &Tuning) -> Part {
        let mut starts = 0;
        loop {
            starts += 1;
            self.progress.message(&format!("block {}: bringing {} up", first.block + 1, system.recorded_as().1));
            let clock = Instant::now();
            let came = match self.hosts() {
                Ok(hosts) => come_up(system, hosts, tuning).await,
                Err(trouble) => return Ok(Err(trouble)),
            };
            let (took_s, block) = (clock.elapsed().as_secs_f64(), first.block);
            let told = system.recorded_as().0.to_string();
            match came {
                Ok((found, warnings)) => {
                    if found.name != first.system.as_str() {
                        let note = format!(
                            "{} was measured as {}: {}",
                            first.system,
                            found.name,
                            found.note.as_deref().unwrap_or("another implementation of the same protocol")
                        );
                        self.note(note)?;
                    }
                    for warning in warnings {
                        self.note(warning)?;
                    }
                    self.estimate.stay_done(took_s);
                    self.write(Event::SystemUp { block, system: told, took_s, error: None, found: Some(found) })?;
                    return Ok(Ok(()));
                }
                Err(trouble) => {
                    let error = Some(match &trouble {
                        Trouble::Lost(message) => message.clone(),
                        Trouble::Verdict(verdict) => verdict.detail.clone().unwrap_or_default(),
                    });
                    self.write(Event::SystemUp { block, system: told, took_s, error, found: None })?;
                    let again = matches!(&trouble, Trouble::Verdict(verdict) if verdict.outcome == Outcome::Failed);
                    if !again || starts >= STARTS {
                        return Ok(Err(trouble));
                    }
                    let down = match self.hosts() {
                        Ok(hosts) => take_down(system, hosts).await,
                        Err(trouble) => Err(trouble),
                    };
                    if let Err(trouble @ Trouble::Lost(_)) = down {
                        return Ok(Err(trouble));
                    }
                }
            }
        }
    }

    /// Puts a profile's impairment on all hosts, and looks whether it is there.
    async fn impair(&self, netem: &Netem) -> Result<(), Trouble> {
        let hosts = self.hosts()?;
        let words = netem.arguments();
        let words = &words;
        let made = on_all(hosts, |index, host| async move {
            host.restore(Scope::Profile).await?;
            if netem.is_none() {
                return Ok(());
            }
            let others = hosts.iter().enumerate().filter(|(other, _)| *other != index);
            let towards = others.map(|(_, host)| host.address).collect();
            let interface = host.interface.to_string();
            host.change(Scope::Profile, Change::Impair { interface, netem: words.clone(), towards }).await
        });
        made.await.map_err(|error| not_in_force(error, Reason::ImpairmentNotInForce, Outcome::Unsupported))?;
        let read = on_all(hosts, |_, host| host.read()).await?;
        for (host, reading) in hosts.iter().zip(&read) {
            let qdiscs = reading.interfaces.get(host.interface.as_str()).map_or("", |reading| reading.qdiscs.as_str());
            if let Some(difference) = gate::difference(qdiscs, netem) {
                let detail = format!("{}: {difference}", host.name);
                return Err(Trouble::Verdict(Verdict::not_ok(Outcome::Skipped, Reason::ImpairmentNotInForce, detail)));
            }
        }
        Ok(())
    }

    /// Makes attempts at a run until one is a result, or all are used up.
    async fn run(&mut self, system: &mut System, run: &PlannedRun, netem: &Netem, tuning: &Tuning) -> Part {
        let planned_at = Instant::now();
        loop {
            let number = self.state.runs.get(&run.position).map_or(0, |run| run.starts) + 1;
            let name = system.recorded_as().0.to_string();
            let labels = self.labels(run, number, &name);
            self.announce(run, &name, number, &labels);
            self.begin(run, number, &name, &labels)?;
            let clock = Instant::now();
            let overhead_s = self.idle_since.elapsed().as_secs_f64();
            let attempt = match self.hosts() {
                Err(trouble) => return Ok(Err(trouble)),
                Ok(hosts) => {
                    let sampling = self.matrix.sampling.in_block(run.block);
                    let setting = Setting { matrix: &self.matrix, hosts, system, netem, sampling, base: &self.base };
                    let progress = &self.progress;
                    attempt::make(run.workload, &run.links, setting, &labels, |rate| progress.live(rate)).await
                }
            };
            self.progress.quiet();
            if attempt.measured_s > 0.0 {
                self.idle_since = Instant::now();
            }
            let (lost, measured_s) = (attempt.lost.clone(), attempt.measured_s);
            let took = Took { measured_s, took_s: clock.elapsed().as_secs_f64(), unseen: false };
            let about = About {
                run,
                attempt: number,
                netem,
                times: self.matrix.workloads.times(run.workload),
                ring: None,
                overhead_s: Some(overhead_s),
            };
            let results = self.keep(about, &labels, attempt.links, took)?;
            if let Some(message) = lost {
                return Ok(Err(Trouble::Lost(message)));
            }
            if super::is_done(&self.state, &self.matrix, run) {
                self.estimate.run_done(run.workload, planned_at.elapsed());
                self.progress.remaining(self.estimate.left());
                self.progress.inc(1);
                return Ok(Ok(()));
            }
            if self.wants_stop() {
                return Err(CampaignError::Stopped { folder: self.folder.clone() });
            }
            if results.iter().any(|result| retry::needs_restart(result.reason)) {
                let down = match self.hosts() {
                    Ok(hosts) => take_down(system, hosts).await,
                    Err(trouble) => Err(trouble),
                };
                let up = match down {
                    Ok(()) => self.bring_up(system, run, tuning).await?,
                    Err(trouble) => Err(trouble),
                };
                if up.is_err() {
                    return Ok(up);
                }
            }
        }
    }

    fn announce(&self, run: &PlannedRun, name: &str, number: u32, labels: &[Labels]) {
        let links: Vec<String> = labels.iter().map(|labels| format!("{}→{}", labels.source, labels.target)).collect();
        let again = if number > 1 { format!(" (attempt {number})") } else { String::new() };
        let control = if run.control.is_some() { " (control)" } else { "" };
        let tuning = if self.matrix.tunings.len() > 1 { format!(" {}", run.tuning) } else { String::new() };
        self.progress.message(&format!(
            "block {}: {name}{tuning} {} {} {}{control}{again}",
            run.block + 1,
            run.profile,
            run.workload,
            links.join(" ")
        ));
    }

    fn begin(&mut self, run: &PlannedRun, number: u32, name: &str, labels: &[Labels]) -> Result<(), CampaignError> {
        self.write(Event::AttemptStarted {
            attempt_id: attempt_id(run.position, number),
            block: run.block,
            position: run.position,
            attempt: number,
            system: name.to_owned(),
            tuning: run.tuning.to_string(),
            profile: run.profile.to_string(),
            workload: run.workload,
            links: labels.iter().map(|labels| (labels.source.to_string(), labels.target.to_string())).collect(),
        })
    }

    /// Records that a run is not made, with the reason.
    fn skip(&mut self, run: &PlannedRun, name: &str, verdict: &Verdict) -> Result<(), CampaignError> {
        let number = self.state.runs.get(&run.position).map_or(0, |run| run.starts) + 1;
        let labels = self.labels(run, number, name);
        self.begin(run, number, name, &labels)?;
        self.keep_unmade(run, number, name, verdict, false)?;
        self.estimate.skipped(run.workload);
        self.progress.inc(1);
        Ok(())
    }

    /// Keeps the rows of an attempt that was never made, or that nobody saw the end of.
    pub(super) fn keep_unmade(
        &mut self,
        run: &PlannedRun,
        number: u32,
        name: &str,
        verdict: &Verdict,
        unseen: bool,
    ) -> Result<(), CampaignError> {
        let netem = self.matrix.profiles.get(&run.profile).cloned().unwrap_or_default();
        let labels = self.labels(run, number, name);
        let links = run.links.iter().map(|_| LinkAttempt::empty(verdict.clone())).collect();
        let times = self.matrix.workloads.times(run.workload);
        let about = About { run, attempt: number, netem: &netem, times, ring: None, overhead_s: None };
        self.keep(about, &labels, links, Took { unseen, ..Took::default() }).map(drop)
    }

    /// Puts what an attempt left on the disk, then says so in the journal.
    fn keep(
        &mut self,
        about: About<'_>,
        labels: &[Labels],
        links: Vec<LinkAttempt>,
        took: Took,
    ) -> Result<Vec<LinkResult>, CampaignError> {
        let id = attempt_id(about.run.position, about.attempt);
        let about = About { ring: (labels.len() > 1).then_some(id.as_str()), ..about };
        let hosts: Vec<meshbench_schemas::table::Symbol> =
            self.matrix.hosts.names().iter().map(|name| name.as_str().into()).collect();
        let mut kept = Fragment::default();
        let mut results = Vec::new();
        for (mut link, labels) in links.into_iter().zip(labels) {
            let artifact = self.artifacts(&link)?;
            rows::surroundings(&mut link, labels, &hosts);
            results.push(LinkResult {
                run_id: labels.run_id.to_string(),
                outcome: link.recorded.verdict.outcome,
                reason: link.recorded.verdict.reason,
                value: rows::headline(&link, about.run.workload),
            });
            kept.runs.push(rows::run(about, labels, &link, artifact));
            kept.samples.append(&mut link.recorded.samples);
            kept.summaries.append(&mut link.recorded.summaries);
        }
        fragment::write(&self.folder, &id, &kept)?;
        let event = Event::AttemptEnded {
            attempt_id: id.clone(),
            position: about.run.position,
            results: results.clone(),
            measured_s: took.measured_s,
            took_s: took.took_s,
            unseen: took.unseen,
        };
        self.write(event)?;
        Ok(results)
    }

    /// Keeps the raw output of an attempt's tools as one artifact, and returns its hash.
    fn artifacts(&self, link: &LinkAttempt) -> Result<Option<String>, CampaignError> {
        let Some(execution) = &link.execution else { return Ok(None) };
        let mut parts: Vec<(String, &[u8])> = Vec::new();
        for (number, step) in execution.steps.iter().enumerate() {
            let server = step.server.as_ref();
            for (name, bytes) in [
                ("client.stdout", Some(&step.client.stdout)),
                ("client.stderr", Some(&step.client.stderr)),
                ("server.stdout", server.map(|server| &server.stdout)),
                ("server.stderr", server.map(|server| &server.stderr)),
            ] {
                if let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) {
                    let several = execution.steps.len() > 1;
                    let name = if several { format!("{}.{name}", number + 1) } else { name.to_owned() };
                    parts.push((name, bytes));
                }
            }
        }
        match parts.as_slice() {
            [] => Ok(None),
            // What a reader of raw output mostly wants: the tool's own file.
            [(_, bytes)] => Ok(Some(self.writer.artifact_on_disk(bytes)?)),
            several => {
                let mut whole = Vec::new();
                for (name, bytes) in several {
                    whole.extend_from_slice(format!("==> {name} {} <==\n", bytes.len()).as_bytes());
                    whole.extend_from_slice(bytes);
                    whole.push(b'\n');
                }
                Ok(Some(self.writer.artifact_on_disk(&whole)?))
            }
        }
    }

    fn labels(&self, run: &PlannedRun, number: u32, system: &str) -> Vec<Labels> {
        let names = self.matrix.hosts.names();
        let name = |host: usize| names.get(host).map_or("", String::as_str);
        let id = attempt_id(run.position, number);
        let of = |(place, (source, target)): (usize, &(usize, usize))| Labels {
            run_id: run_id(&id, place, run.links.len()).into(),
            system: system.into(),
            tuning: run.tuning.as_str().into(),
            profile: run.profile.as_str().into(),
            workload: run.workload,
            source: name(*source).into(),
            target: name(*target).into(),
        };
        run.links.iter().enumerate().map(of).collect()
    }
}

/// Brings a system up on hosts, and finds out what it is. Returns warnings beside.
async fn come_up(system: &mut System, hosts: &[Host], tuning: &Tuning) -> Result<(Found, Vec<String>), Trouble> {
    system.up(hosts).await?;
    if tuning.overlay_offloads.switched().next().is_some() {
        let switched = on_all(hosts, |index, host| {
            let interface = system.interface(index).map(ToString::to_string);
            async move {
                match interface {
                    // Gone with the interface itself.
                    Some(interface) => switch(host, Scope::System, &interface, &tuning.overlay_offloads).await,
                    None => Ok(()),
                }
            }
        });
        switched.await.map_err(|error| not_in_force(error, Reason::TuningNotInForce, Outcome::Failed))?;
    }
    let facts = system.facts(hosts).await?;
    let found = Found {
        name: facts.name.to_string(),
        label: facts.label,
        version: facts.version,
        binary_sha256: facts.binary_sha256,
        mtu: facts.mtu,
        family: facts.family.to_owned(),
        note: facts.note,
    };
    Ok((found, facts.warnings))
}

/// Takes a system down and the impairment with it. Its own `stop` steps may fail: what it changed is undone anyway.
async fn take_down(system: &mut System, hosts: &[Host]) -> Result<(), Trouble> {
    on_all(hosts, |_, host| host.restore(Scope::Profile)).await?;
    match system.down(hosts).await {
        Err(SystemError::Host(error)) if error.is_lost() => Err(Trouble::Lost(error.to_string())),
        _ => Ok(()),
    }
}

async fn switch(host: &Host, scope: Scope, interface: &str, offloads: &Offloads) -> Result<(), HostError> {
    for (feature, on) in offloads.switched() {
        let change = Change::Offload { interface: interface.to_owned(), feature: feature.to_owned(), on };
        host.change(scope, change).await?;
    }
    Ok(())
}

/// A setting that a host refused; a host that is gone is another matter.
fn not_in_force(error: HostError, reason: Reason, outcome: Outcome) -> Trouble {
    match error.is_lost() {
        true => Trouble::Lost(error.to_string()),
        false => Trouble::Verdict(Verdict::not_ok(outcome, reason, error.to_string())),
    }
}
