//! The campaign: every planned run in order, each result on the disk before the next run starts.

use super::attempt::{self, Attempt};
use super::journal::{self, Event, Journal};
use super::request::{self, LabSummary, Request};
use super::{Capabilities, LabError, facts, probe};
use crate::host::{Host, on_all};
use crate::impairment::{self, Netem};
use crate::matrix::Matrix;
use crate::plan::{PlannedRun, plan};
use crate::record::{Labels, Verdict};
use crate::system::{self, System, SystemKind};
use crate::ui::Progress;
use crate::workload::{self, Link, counters};
use estimate::Estimate;
use meshbench_schemas::dataset::{DatasetWriter, Description};
use meshbench_schemas::manifest::{Origin, Producer};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::tables;
use std::collections::BTreeMap;
use std::time::Instant;
use tokio::sync::oneshot;

mod estimate;
mod rows;

/// What a campaign has gathered, and where it goes.
struct Campaign<'a> {
    matrix: &'a Matrix,
    hosts: &'a [Host],
    capabilities: Capabilities,
    writer: DatasetWriter,
    journal: Journal,
    progress: Progress,
    estimate: Estimate,
    runs: Vec<tables::Run>,
    samples: Vec<tables::Sample>,
    summaries: Vec<tables::Summary>,
    systems: BTreeMap<SystemKind, tables::System>,
    facts: Vec<tables::Host>,
    notes: Vec<String>,
}

/// Runs the whole matrix and writes the dataset. Ends early, keeping what there is, when `stop` fires.
pub async fn run(
    request: &Request,
    matrix: &Matrix,
    text: &str,
    hosts: &[Host],
    capabilities: Capabilities,
    stop: oneshot::Receiver<()>,
) -> Result<LabSummary, LabError> {
    let seed = request.seed.unwrap_or(matrix.seed);
    let planned = plan(matrix, seed);
    let mut writer = DatasetWriter::create(&request.output)?;
    writer.text_file("matrix.toml", "toml", "application/toml", text.as_bytes())?;
    let mut journal = Journal::create(writer.path())?;
    // From here on there may be something worth keeping.
    writer.keep_on_failure();
    let (campaign, place) = (matrix.name.as_str(), request.place.as_str());
    journal.write(&Event::CampaignStarted { campaign, seed, runs: planned.len(), place })?;
    let mut campaign = Campaign {
        matrix,
        hosts,
        capabilities,
        writer,
        journal,
        progress: Progress::new(planned.len() as u64, &format!("lab {campaign}")),
        estimate: Estimate::new(&planned, &matrix.workloads),
        runs: Vec::new(),
        samples: Vec::new(),
        summaries: Vec::new(),
        systems: BTreeMap::new(),
        facts: Vec::new(),
        notes: Vec::new(),
    };
    let clock = Instant::now();
    let ended = tokio::select! {
        biased;
        _ = stop => None,
        ended = campaign.all(&planned) => Some(ended),
    };
    match ended {
        Some(ended) => ended?,
        None => {
            campaign.progress.finish();
            campaign.journal.write(&Event::Interrupted)?;
            return Err(LabError::Interrupted { partial: request::staging(&request.output) });
        }
    }
    campaign.progress.finish();
    campaign.seal(request, seed, clock.elapsed().as_secs())
}

impl Campaign<'_> {
    async fn all(&mut self, planned: &[PlannedRun]) -> Result<(), LabError> {
        self.progress.message("reading facts of the hosts");
        self.facts.extend(on_all(self.hosts, |_, host| facts::read(host, "before")).await?.into_iter().flatten());
        let mut systems: BTreeMap<SystemKind, Box<dyn System>> = BTreeMap::new();
        for stay in planned.chunk_by(PlannedRun::same_stay) {
            let Some(first) = stay.first() else { continue };
            match self.available(first.system) {
                Err(why) => {
                    self.skip(stay, first.system, &Verdict::not_ok(Outcome::Skipped, Reason::SystemNotReady, why))?
                }
                Ok(kind) => {
                    let system = match systems.entry(kind) {
                        std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                        std::collections::btree_map::Entry::Vacant(entry) => {
                            self.progress.message(&format!("{kind}: making keys"));
                            let system = entry.insert(kind.create());
                            system.prepare(self.hosts).await?;
                            system
                        }
                    };
                    self.stay(system.as_ref(), stay).await?;
                }
            }
        }
        self.facts.extend(on_all(self.hosts, |_, host| facts::read(host, "after")).await?.into_iter().flatten());
        self.journal.write(&Event::CampaignEnded)
    }

    /// The system that is really run for one of the matrix, or why there is none.
    fn available(&mut self, wanted: SystemKind) -> Result<SystemKind, String> {
        let program = |name: &str| probe::in_path(name).is_some();
        match wanted {
            SystemKind::Internal => Ok(wanted),
            SystemKind::Tinc if program("tincd") => Ok(wanted),
            SystemKind::Tinc => Err("tincd is not installed".to_owned()),
            SystemKind::WireGuard | SystemKind::WireGuardGo if !program("wg") => {
                Err("wg (wireguard-tools) is not installed".to_owned())
            }
            SystemKind::WireGuard if self.capabilities.wireguard => Ok(wanted),
            SystemKind::WireGuardGo if program("wireguard-go") => Ok(wanted),
            SystemKind::WireGuardGo => Err("wireguard-go is not installed".to_owned()),
            SystemKind::WireGuard
                if program("wireguard-go") && !self.matrix.systems.contains(&SystemKind::WireGuardGo) =>
            {
                let note = "the kernel has no WireGuard: wireguard-go, another implementation, was measured under its own name";
                if !self.notes.iter().any(|known| known == note) {
                    self.notes.push(note.to_owned());
                    self.progress.note(note);
                }
                Ok(SystemKind::WireGuardGo)
            }
            SystemKind::WireGuard => Err("the kernel has no WireGuard, and wireguard-go is not installed".to_owned()),
        }
    }

    /// Brings a system up, measures everything of its stay, and takes it down.
    async fn stay(&mut self, system: &dyn System, stay: &[PlannedRun]) -> Result<(), LabError> {
        let Some(first) = stay.first() else { return Ok(()) };
        let (name, block) = (system.kind().as_str(), first.block);
        self.progress.message(&format!("block {}/{}: bringing {name} up", block + 1, self.matrix.blocks));
        let clock = Instant::now();
        let came_up = self.bring_up(system).await;
        let took_s = clock.elapsed().as_secs_f64();
        let error = came_up.as_ref().err().map(|verdict| verdict.detail.clone().unwrap_or_default());
        self.journal.write(&Event::SystemUp { block, system: name, took_s, error: error.as_deref() })?;
        let measured = match came_up {
            Err(verdict) => self.skip(stay, system.kind(), &verdict),
            Ok(()) => self.measure(system, stay).await,
        };
        let down = system.down(self.hosts).await;
        measured?;
        self.estimate.stay_done(took_s);
        Ok(down?)
    }

    async fn bring_up(&mut self, system: &dyn System) -> Result<(), Verdict> {
        let failed =
            |error: crate::host::HostError| Verdict::not_ok(Outcome::Failed, Reason::SystemNotReady, error.to_string());
        system.up(self.hosts).await.map_err(failed)?;
        if !system::ready(system, self.hosts).await.map_err(failed)? {
            let mut detail = format!("{} did not connect all hosts in time", system.kind());
            if let Some(host) = self.hosts.first()
                && let Some(log) = system.log(host).await
            {
                detail = format!("{detail}; its log on {}: {log}", host.name);
            }
            return Err(Verdict::not_ok(Outcome::Failed, Reason::SystemNotReady, detail));
        }
        if !self.systems.contains_key(&system.kind())
            && let Some(host) = self.hosts.first()
        {
            let facts = system.facts(host).await.map_err(failed)?;
            let address = system.address(0, host);
            self.systems.insert(system.kind(), rows::system(system.kind(), facts, address));
        }
        Ok(())
    }

    async fn measure(&mut self, system: &dyn System, stay: &[PlannedRun]) -> Result<(), LabError> {
        for part in stay.chunk_by(|a, b| a.profile == b.profile) {
            let Some(first) = part.first() else { continue };
            let netem = self.matrix.profiles.get(&first.profile).cloned().unwrap_or_default();
            if !netem.is_none() && !self.capabilities.netem {
                let verdict =
                    Verdict::not_ok(Outcome::Skipped, Reason::ImpairmentNotInForce, "the kernel has no netem");
                self.skip(part, system.kind(), &verdict)?;
                continue;
            }
            on_all(self.hosts, |_, host| netem.apply(host)).await?;
            // Each run looks at its own hosts; here all are, because a ping's answers are impaired as well.
            let not_impaired = self.not_impaired(&netem).await?;
            if let Some(detail) = not_impaired {
                let verdict = Verdict::not_ok(Outcome::Skipped, Reason::ImpairmentNotInForce, detail);
                self.skip(part, system.kind(), &verdict)?;
                continue;
            }
            for run in part {
                self.run(system, run, &netem).await?;
            }
            on_all(self.hosts, |_, host| impairment::remove(host)).await?;
        }
        Ok(())
    }

    /// How the network of some host differs from what was asked.
    async fn not_impaired(&self, netem: &Netem) -> Result<Option<String>, LabError> {
        let differences = on_all(self.hosts, |_, host| async move {
            let snapshot = counters::read(host).await?;
            Ok(netem.difference(&snapshot.qdiscs).map(|difference| format!("{}: {difference}", host.name)))
        });
        Ok(differences.await?.into_iter().flatten().next())
    }

    async fn run(&mut self, system: &dyn System, run: &PlannedRun, netem: &Netem) -> Result<(), LabError> {
        let (Some(source), Some(target)) = (self.hosts.get(run.source), self.hosts.get(run.target)) else {
            return Ok(());
        };
        self.progress.message(&format!(
            "block {}/{}: {} {} {} {}→{}",
            run.block + 1,
            self.matrix.blocks,
            system.kind(),
            run.profile,
            run.workload,
            source.name,
            target.name
        ));
        let labels = self.labels(run, system.kind());
        self.journal.attempt_started(&labels.run_id, run, &labels.system, &labels.source, &labels.target)?;
        let clock = Instant::now();
        let link = Link { source, target, address: system.address(run.target, target) };
        let attempt = attempt::make(run, link, netem, &self.matrix.workloads, &labels).await;
        self.keep(run, &labels, netem, attempt)?;
        self.estimate.run_done(run.workload, clock.elapsed());
        self.progress.remaining(self.estimate.left());
        self.progress.inc(1);
        Ok(())
    }

    /// Records runs that are not made, each with the reason.
    fn skip(&mut self, runs: &[PlannedRun], system: SystemKind, verdict: &Verdict) -> Result<(), LabError> {
        for run in runs {
            let labels = self.labels(run, system);
            let netem = self.matrix.profiles.get(&run.profile).cloned().unwrap_or_default();
            self.journal.attempt_started(&labels.run_id, run, &labels.system, &labels.source, &labels.target)?;
            self.keep(run, &labels, &netem, attempt::empty(verdict.clone()))?;
            self.estimate.skipped(run.workload);
            self.progress.inc(1);
        }
        Ok(())
    }

    /// Puts what an attempt left on the disk.
    fn keep(&mut self, run: &PlannedRun, labels: &Labels, netem: &Netem, attempt: Attempt) -> Result<(), LabError> {
        let mut artifacts = BTreeMap::new();
        if let Some(execution) = &attempt.execution {
            let server = execution.server.as_ref();
            for (role, bytes) in [
                ("stdout", Some(&execution.client.stdout)),
                ("stderr", Some(&execution.client.stderr)),
                ("server-stdout", server.map(|server| &server.stdout)),
                ("server-stderr", server.map(|server| &server.stderr)),
            ] {
                if let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) {
                    artifacts.insert(role, self.writer.artifact(bytes)?);
                }
            }
        }
        let verdict = &attempt.recorded.verdict;
        self.journal.write(&Event::AttemptEnded {
            run_id: &labels.run_id,
            outcome: verdict.outcome.as_str(),
            reason: verdict.reason.map(Reason::as_str),
            detail: verdict.detail.as_deref(),
            elapsed_s: attempt.elapsed_s,
            artifacts: &artifacts,
            counters: &attempt.counters,
        })?;
        let times = workload::times(run.workload, &self.matrix.workloads);
        self.runs.push(rows::run(run, labels, netem, &attempt, times, artifacts.get("stdout").cloned()));
        self.summaries.extend(rows::wire_bytes(labels, &attempt));
        self.samples.extend(attempt.recorded.samples);
        self.summaries.extend(attempt.recorded.summaries);
        Ok(())
    }

    fn labels(&self, run: &PlannedRun, system: SystemKind) -> Labels {
        let host = |index: usize| self.hosts.get(index).map_or("", |host| host.name.as_str());
        Labels {
            run_id: format!("{:05}-1", run.position).into(),
            system: system.as_str().into(),
            tuning: "default".into(),
            profile: run.profile.as_str().into(),
            workload: run.workload,
            source: host(run.source).into(),
            target: host(run.target).into(),
        }
    }

    /// Writes the tables and makes the staging folder the dataset.
    fn seal(mut self, request: &Request, seed: u64, elapsed_s: u64) -> Result<LabSummary, LabError> {
        let mut fragments: BTreeMap<_, Vec<tables::Sample>> = BTreeMap::new();
        for sample in std::mem::take(&mut self.samples) {
            let cell = (sample.workload.as_str(), sample.system.clone(), sample.profile.clone());
            fragments.entry(cell).or_default().push(sample);
        }
        for rows in fragments.into_values() {
            self.writer.samples(rows)?;
        }
        self.writer.register(journal::FILE_NAME, "jsonl", "application/jsonl", None)?;
        let mut outcomes = BTreeMap::new();
        for run in &self.runs {
            *outcomes.entry(run.outcome.to_string()).or_default() += 1;
        }
        for run in &self.runs {
            self.systems.entry(rows::kind_of(run)).or_insert_with(|| rows::unseen(run));
        }
        let kernel = self.facts.iter().find(|fact| fact.fact == "kernel").map_or("", |fact| fact.value.as_str());
        let place = format!("{}, kernel {kernel}", request.place);
        let description = Description {
            name: self.matrix.name.clone(),
            title: Some(format!("Lab campaign {}", self.matrix.name)),
            licence: None,
            producer: Producer { name: "meshbench collect".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
            origin: Origin::Lab { hosts: place },
            seed: Some(seed),
            notes: self.notes,
        };
        let runs = u32::try_from(self.runs.len()).unwrap_or(u32::MAX);
        let systems = self.systems.into_values().collect();
        let output = self.writer.finish(description, self.runs, self.summaries, self.facts, systems)?;
        Ok(LabSummary { output, runs, outcomes, elapsed_s })
    }
}
