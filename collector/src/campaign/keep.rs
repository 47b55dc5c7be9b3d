//! What an attempt leaves: on the disk first, then in the journal.

use super::attempt::LinkAttempt;
use super::fragment::{self, Fragment};
use super::journal::{Event, LinkResult};
use super::rows::{self, About};
use super::{Campaign, CampaignError, attempt_id, run_id};
use crate::plan::PlannedRun;
use crate::record::{Labels, Verdict};

/// How long an attempt took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Took {
    /// Seconds that the tools ran.
    pub measured_s: f64,
    /// Seconds from its start to its end.
    pub took_s: f64,
    /// Whether nobody saw its end.
    pub unseen: bool,
}

impl Campaign {
    pub(super) fn begin(
        &mut self,
        run: &PlannedRun,
        number: u32,
        name: &str,
        labels: &[Labels],
    ) -> Result<(), CampaignError> {
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
    pub(super) fn skip(&mut self, run: &PlannedRun, name: &str, verdict: &Verdict) -> Result<(), CampaignError> {
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
        let about = About { run, attempt: number, netem: &netem, ring: None, overhead_s: None };
        self.keep(about, &labels, links, Took { unseen, ..Took::default() }).map(drop)
    }

    /// Puts what an attempt left on the disk, then says so in the journal.
    pub(super) fn keep(
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
        let load = self.matrix.workloads.get(about.run.workload);
        let mut kept = Fragment::default();
        let mut results = Vec::new();
        for (mut link, labels) in links.into_iter().zip(labels) {
            let artifact = self.artifacts(&link)?;
            rows::surroundings(&mut link, labels, &hosts);
            results.push(LinkResult {
                run_id: labels.run_id.to_string(),
                outcome: link.recorded.verdict.outcome,
                reason: link.recorded.verdict.reason,
                value: load.and_then(|load| rows::headline(&link, load)),
            });
            kept.runs.push(rows::run(about, load, labels, &link, artifact));
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
            tables: fragment::hashes(&self.folder, &id)?,
        };
        self.write(event)?;
        Ok(results)
    }

    /// Keeps the raw output of an attempt's tools as one artifact, and returns its hash.
    fn artifacts(&self, link: &LinkAttempt) -> Result<Option<String>, CampaignError> {
        let Some(execution) = &link.execution else { return Ok(None) };
        let mut parts: Vec<(String, &[u8])> = Vec::new();
        let steps = execution.steps();
        for (number, step) in steps.iter().enumerate() {
            let server = step.server.as_ref();
            for (name, bytes) in [
                ("client.stdout", Some(&step.client.stdout)),
                ("client.stderr", Some(&step.client.stderr)),
                ("server.stdout", server.map(|server| &server.stdout)),
                ("server.stderr", server.map(|server| &server.stderr)),
            ] {
                if let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) {
                    let several = steps.len() > 1;
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

    pub(super) fn labels(&self, run: &PlannedRun, number: u32, system: &str) -> Vec<Labels> {
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
