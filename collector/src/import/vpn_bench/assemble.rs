//! All runs of one system under one profile, as rows.

use super::connect::Timings;
use super::facts::{self, CONNECT_FILES, LINK_FILES, PARALLEL_FILE, ResultFile};
use super::impairment::{self, Netem};
use super::link::Hosts;
use super::result::{self, Attempt};
use super::tree::{LinkTree, ProfileTree, Tree};
use super::wrapper::{self, Meta};
use super::{Part, Plan};
use crate::import::ImportError;
use crate::parse::{Notes, json};
use crate::record::{Labels, Recorded, Verdict, joined, note_codes};
use meshbench_schemas::dataset::DatasetWriter;
use meshbench_schemas::note::NoteCode;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::possible::LONGEST_S;
use meshbench_schemas::table::{Symbol, Timestamp};
use meshbench_schemas::tables::{Run, Sample, Summary};
use meshbench_schemas::words::Workload;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What one part gave.
#[derive(Debug, Default)]
pub struct Assembled {
    /// Rows of `runs`.
    pub runs: Vec<Run>,
    /// Rows of `summaries`.
    pub summaries: Vec<Summary>,
    /// Kernels that tools reported, by host.
    pub kernels: Vec<(Symbol, String)>,
    /// Files of this part.
    pub files: usize,
    /// Files that became rows or settings.
    pub used: usize,
    /// Files that did not, and why.
    pub unused: Vec<(String, String)>,
    /// Samples written.
    pub samples: usize,
    /// Credentials blotted out.
    pub redacted: usize,
    /// What else a reader must know of its files.
    pub notes: Vec<String>,
}

/// Reads every file of the part and writes its samples and artifacts.
pub fn assemble(tree: &Tree, plan: &Plan, part: &Part<'_>, writer: &DatasetWriter) -> Result<Assembled, ImportError> {
    let nothing = ProfileTree::default();
    let profile = part.folder.unwrap_or(&nothing);
    let mut assembler = Assembler {
        tree,
        plan,
        writer,
        system: plan.systems.get(part.system).map(|system| system.id.as_str()).unwrap_or_default().into(),
        profile: part.profile.as_str().into(),
        part: part.number,
        next: 0,
        hosts: plan.hosts(part.system),
        netem: Netem::default(),
        netem_note: None,
        out: Assembled::default(),
        samples: BTreeMap::new(),
    };
    assembler.read_impairment(profile);
    assembler.leave_strangers(profile);
    for file in LINK_FILES.iter().filter(|file| plan.files.contains(file.name)) {
        assembler.link_runs(file, profile)?;
    }
    if plan.files.contains(PARALLEL_FILE.name) {
        assembler.parallel_runs(profile)?;
    }
    for file in CONNECT_FILES.iter().filter(|file| plan.connects.contains(&(file.name, part.profile.clone()))) {
        assembler.connect_runs(file, profile)?;
    }
    assembler.finish()
}

/// What the files of one part become, one after another.
pub struct Assembler<'a> {
    tree: &'a Tree,
    pub(super) plan: &'a Plan,
    writer: &'a DatasetWriter,
    system: Symbol,
    profile: Symbol,
    pub(super) part: usize,
    next: usize,
    pub(super) hosts: Hosts<'a>,
    netem: Netem,
    /// What every run is to be noted for, where it is not known what netem was asked.
    netem_note: Option<NoteCode>,
    pub(super) out: Assembled,
    samples: BTreeMap<Workload, Vec<Sample>>,
}

/// A raw file: its bytes without credentials, and the artifact that keeps them.
pub struct Raw {
    pub(super) text: Vec<u8>,
    artifact: String,
    pub(super) origin: String,
}

impl Assembler<'_> {
    fn read_impairment(&mut self, profile: &ProfileTree) {
        let Some(path) = &profile.impairment else {
            // A tree without profiles is of a framework that had no impairment, and a baseline is what its name says.
            if profile.folder.as_deref().is_some_and(|folder| !facts::is_baseline(folder)) {
                self.netem_note = Some(NoteCode::ImpairmentUnknown);
                let words = format!(
                    "{}/{}: it has no `tc_settings.json`, so the impairment is unknown.",
                    self.system,
                    profile.folder.as_deref().unwrap_or_default().escape_debug()
                );
                self.out.notes.push(words);
            }
            return;
        };
        self.out.files += 1;
        match impairment::read(path) {
            Ok(netem) => {
                self.netem = netem;
                self.out.used += 1;
            }
            Err(why) => {
                self.netem_note = Some(NoteCode::ImpairmentUnknown);
                self.out.notes.push(format!("{}: {why}.", self.tree.relative(path)));
                self.out.unused.push((self.tree.relative(path), why));
            }
        }
    }

    /// Reads a file and keeps it as an artifact. A file that cannot be read is an error of the import:
    /// the measurement may be fine, only this machine cannot see it.
    pub(super) fn raw(&mut self, path: &Path) -> Result<Raw, ImportError> {
        let bytes = fs::read(path).map_err(ImportError::io("read", path))?;
        let (clean, redacted) = crate::secrets::scrub(&bytes);
        self.out.redacted += redacted;
        let artifact = self.writer.artifact(&clean)?;
        self.out.files += 1;
        self.out.used += 1;
        let text = match clean {
            std::borrow::Cow::Owned(clean) => clean,
            std::borrow::Cow::Borrowed(_) => bytes,
        };
        Ok(Raw { text, artifact, origin: self.tree.relative(path) })
    }

    /// Links by number and source: those of the ring, and whatever other folders there are of hosts that are known.
    fn links(&self, profile: &ProfileTree) -> BTreeSet<(u32, String)> {
        let ring = (0_u32..).zip(self.plan.ring.iter().cloned());
        let known = profile.links.keys().filter(|(_, host)| self.hosts.knows(host));
        let mut links: BTreeSet<(u32, String)> = known.cloned().collect();
        for (number, host) in ring {
            if !links.iter().any(|(_, known)| *known == host) {
                links.insert((number, host));
            }
        }
        links
    }

    /// Names the files of folders whose host is none of the layout.
    fn leave_strangers(&mut self, profile: &ProfileTree) {
        for ((_, host), link) in profile.links.iter().filter(|((_, host), _)| !self.hosts.knows(host)) {
            let why = format!("stands in the folder of `{}`, which is no host of the layout", host.escape_debug());
            self.out.files += link.files.len();
            self.out.unused.extend(link.files.values().map(|path| (self.tree.relative(path), why.clone())));
        }
    }

    pub(super) fn labels(&self, workload: Workload, run_id: &str, source: &str, target: &str) -> Labels {
        Labels {
            run_id: run_id.into(),
            system: self.system.clone(),
            tuning: self.plan.tuning.as_str().into(),
            profile: self.profile.clone(),
            workload,
            source: source.into(),
            target: target.into(),
        }
    }

    /// The stem of the ids of the next run's attempts.
    pub(super) fn next_id(&mut self) -> String {
        self.next += 1;
        format!("r{:03}-{:03}", self.part, self.next)
    }

    fn link_runs(&mut self, file: &ResultFile, profile: &ProfileTree) -> Result<(), ImportError> {
        let no_files = LinkTree::default();
        for link in self.links(profile) {
            let stem = self.next_id();
            let source = link.1.clone();
            let expected = self.hosts.next(&source).filter(|next| *next != source).map(str::to_owned);
            let path = profile.links.get(&link).unwrap_or(&no_files).files.get(file.name);
            let Some(path) = path else {
                if let Some(expected) = expected {
                    self.skipped(file, &stem, &source, &expected, Outcome::Skipped, Reason::MissingFile, None);
                }
                continue;
            };
            let raw = self.raw(path)?;
            let mut told = Ok(None);
            let mut labels = None;
            let mut attempt = result::read(file, &raw.text, |meta, number| {
                told = self.hosts.target_of(&source, meta);
                let number = if told.is_ok() { number } else { 1 };
                let target = told.clone().ok().flatten().or_else(|| expected.clone()).unwrap_or_default();
                labels.insert(self.labels(file.workload, &format!("{stem}.{number}"), &source, &target)).clone()
            });
            let labels = labels.unwrap_or_else(|| {
                self.labels(file.workload, &format!("{stem}.1"), &source, expected.as_deref().unwrap_or_default())
            });
            if labels.target.is_empty() {
                self.out.used -= 1;
                let why = "does not say to which host its link goes, and no layout does".to_owned();
                self.out.unused.push((raw.origin, told.err().unwrap_or(why)));
                continue;
            }
            if let Err(why) = &told {
                attempt = Attempt::unusable(Reason::UnreadableFile, why, attempt.meta);
            }
            self.note_kernel(file, &raw.text, &labels.source);
            let (target, expected) = (labels.target.clone(), expected.filter(|expected| **expected != *labels.target));
            self.push(file, &stem, labels, attempt, &raw, None);
            if let Some(expected) = expected.filter(|_| !self.hosts.has_link(&source, &target)) {
                let (stem, words) = (self.next_id(), format!("the file in this folder is of the link to {target}"));
                let (outcome, reason) = (Outcome::Skipped, Reason::NoData);
                self.skipped(file, &stem, &source, &expected, outcome, reason, Some(&words));
            }
        }
        Ok(())
    }

    fn connect_runs(&mut self, file: &ResultFile, profile: &ProfileTree) -> Result<(), ImportError> {
        let no_files = LinkTree::default();
        for link in self.links(profile) {
            let source = link.1.clone();
            let others: BTreeSet<String> = self.plan.ring.iter().filter(|host| **host != source).cloned().collect();
            let Some(path) = profile.links.get(&link).unwrap_or(&no_files).files.get(file.name) else {
                let (outcome, reason) = match &*self.system {
                    "internal" => (Outcome::Unsupported, Reason::NotApplicable),
                    _ => (Outcome::Skipped, Reason::MissingFile),
                };
                for target in others {
                    let stem = self.next_id();
                    self.skipped(file, &stem, &source, &target, outcome, reason, None);
                }
                continue;
            };
            let raw = self.raw(path)?;
            let clean = wrapper::without_nan(&raw.text);
            let mut odd = Notes::default();
            let timings: Result<Timings, _> = json::read_noted(&clean, &mut odd);
            let odd = note_codes(&odd.into_vec());
            let timings = timings.map_err(|error| error.to_string()).and_then(|timings| {
                if timings.peers().is_empty() {
                    Err("it names no peer that was polled through the tunnel".to_owned())
                } else {
                    Ok(timings)
                }
            });
            let polled = timings.as_ref().map(Timings::peers).unwrap_or_default();
            let (peers, strangers): (BTreeSet<String>, BTreeSet<String>) =
                polled.into_iter().partition(|peer| *peer != source && self.hosts.knows(peer));
            for peer in strangers {
                let words = if peer == source { "the host itself" } else { "no host of the layout" };
                let origin = &raw.origin;
                self.out
                    .notes
                    .push(format!("{origin}: the peer `{}` is {words}, and was left out.", peer.escape_debug()));
            }
            for target in others.union(&peers) {
                let stem = self.next_id();
                let labels = self.labels(file.workload, &format!("{stem}.1"), &source, target);
                let (mut recorded, bound) = match &timings {
                    Ok(timings) => timings.record(&labels, file.limit_s),
                    Err(why) => (Recorded::new(Verdict::not_ok(Outcome::Failed, Reason::UnreadableFile, why)), None),
                };
                recorded.note(odd.as_deref());
                let attempt = Attempt { recorded, meta: Meta::default(), limit_s: bound, recovered: false, number: 1 };
                self.push(file, &stem, labels, attempt, &raw, None);
            }
        }
        Ok(())
    }

    fn note_kernel(&mut self, file: &ResultFile, text: &[u8], host: &Symbol) {
        const KEY: &[u8] = b"\"system_info\"";
        if file.tool != "iperf3" {
            return;
        }
        let head = text.get(..text.len().min(8192)).unwrap_or_default();
        let Some(at) = head.windows(KEY.len()).position(|window| window == KEY) else { return };
        let rest = String::from_utf8_lossy(head.get(at + KEY.len()..).unwrap_or_default()).into_owned();
        if let Some(info) = rest.split('"').nth(1) {
            // "Linux <host> <release> <build> <machine>": the host's name is known, the rest is the fact.
            let words: Vec<&str> = info
                .trim_end_matches('\\')
                .split_whitespace()
                .enumerate()
                .filter(|(place, _)| *place != 1)
                .map(|(_, word)| word)
                .collect();
            self.out.kernels.push((host.clone(), words.join(" ")));
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a run without a file has nothing else to carry these")]
    pub(super) fn skipped(
        &mut self,
        file: &ResultFile,
        stem: &str,
        source: &str,
        target: &str,
        outcome: Outcome,
        reason: Reason,
        detail: Option<&str>,
    ) {
        let labels = self.labels(file.workload, &format!("{stem}.1"), source, target);
        let row =
            self.row(file, &labels, 1, Verdict { outcome, reason: Some(reason), detail: detail.map(str::to_owned) });
        self.out.runs.push(row);
    }

    /// A row with what is known without a result.
    fn row(&self, file: &ResultFile, labels: &Labels, attempt: u32, verdict: Verdict) -> Run {
        Run {
            run_id: labels.run_id.clone(),
            block: 0,
            position: None,
            attempt,
            system: labels.system.clone(),
            tuning: labels.tuning.clone(),
            profile: labels.profile.clone(),
            workload: labels.workload,
            source: labels.source.clone(),
            target: labels.target.clone(),
            ring: None,
            control: None,
            outcome: verdict.outcome,
            reason: verdict.reason,
            detail: verdict.detail,
            started_at: None,
            elapsed_s: None,
            asked_s: file.asked_s,
            limit_s: file.limit_s,
            censored_at_s: None,
            harness_attempts: None,
            restart_attempts: None,
            restart_s: None,
            connectivity_wait_s: None,
            tool: Some(file.tool.into()),
            tool_version: None,
            congestion_control: None,
            both_directions: None,
            settings: None,
            send_buffer_byte: None,
            receive_buffer_byte: None,
            notes: self.netem_note.map(|code| code.as_str().to_owned()),
            recovered: false,
            netem_delay_s: self.netem.delay_s,
            netem_jitter_s: self.netem.jitter_s,
            netem_loss: self.netem.loss,
            netem_reorder: self.netem.reorder,
            netem_reorder_correlation: self.netem.reorder_correlation,
            netem_rate_bit_s: self.netem.rate_bit_s,
            netem: None,
            path: None,
            carrier_changes: None,
            link_state: None,
            foreign_qdisc: None,
            other_cpu: None,
            overhead_s: None,
            artifact: None,
            origin: None,
            campaign: None,
        }
    }

    /// Adds the rows of an attempt, and those of earlier ones that its retry hid.
    pub(super) fn push(
        &mut self,
        file: &ResultFile,
        stem: &str,
        labels: Labels,
        mut attempt: Attempt,
        raw: &Raw,
        ring: Option<&str>,
    ) {
        attempt.refuse_impossible(file, &self.plan.cores);
        let left_out = attempt.meta.leave_out_impossible(LONGEST_S);
        if !left_out.is_empty() && attempt.recorded.verdict.detail.is_none() {
            attempt.recorded.verdict.detail = Some(format!("left out: {}", left_out.join(", ")));
        }
        let meta = &attempt.meta;
        let number = attempt.number;
        for hidden in 1..number {
            let mut earlier = labels.clone();
            earlier.run_id = format!("{stem}.{hidden}").into();
            let verdict = Verdict::not_ok(
                Outcome::Failed,
                Reason::HiddenByRetry,
                "the harness tried again and kept only the last result",
            );
            let row = self.row(file, &earlier, hidden, verdict);
            self.out.runs.push(row);
        }
        let censored_at_s = attempt.censored_at_s(file.workload);
        let recorded = attempt.recorded;
        let count = |value: Option<f64>| value.filter(|value| (0.0..1e9).contains(value)).map(|value| value as u32);
        let mut row = self.row(file, &labels, number, recorded.verdict);
        row.ring = ring.map(Into::into);
        row.started_at = recorded.started_unix_s.and_then(Timestamp::from_unix_seconds);
        row.elapsed_s = meta.duration_seconds;
        row.asked_s = recorded.asked_s.or(row.asked_s);
        row.limit_s = attempt.limit_s.or(row.limit_s);
        row.censored_at_s = censored_at_s;
        row.harness_attempts = count(meta.test_attempts);
        row.restart_attempts = count(meta.vpn_restart_attempts);
        row.restart_s = meta.vpn_restart_duration_seconds;
        row.connectivity_wait_s = meta.connectivity_wait_duration_seconds;
        row.tool_version = recorded.tool_version.map(Into::into);
        row.congestion_control = recorded.congestion_control.map(Into::into);
        row.both_directions = recorded.both_directions;
        row.settings = recorded.settings.map(Into::into);
        row.send_buffer_byte = recorded.send_buffer_byte;
        row.receive_buffer_byte = recorded.receive_buffer_byte;
        let odd = (!left_out.is_empty()).then_some(NoteCode::ImpossibleField.as_str());
        let notes = [row.notes.as_deref(), recorded.notes.as_deref(), odd];
        row.notes = joined(&notes.into_iter().flatten().flat_map(str::split_whitespace).collect::<Vec<_>>());
        row.recovered = attempt.recovered;
        row.artifact = Some(raw.artifact.clone());
        row.origin = Some(raw.origin.clone());
        self.out.runs.push(row);
        self.out.samples += recorded.samples.len();
        self.samples.entry(file.workload).or_default().extend(recorded.samples);
        self.out.summaries.extend(recorded.summaries);
    }

    fn finish(mut self) -> Result<Assembled, ImportError> {
        for samples in std::mem::take(&mut self.samples).into_values() {
            self.writer.samples(samples)?;
        }
        Ok(self.out)
    }
}
