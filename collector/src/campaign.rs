//! A campaign: every planned run in its order, each result on the disk before the next action, whatever happens
//! to hosts, daemons, the network or this program.
//!
//! ```text
//! block ─► stay (system × tuning: brought up once) ─► profile ─► run ─► attempt
//! ```
//!
//! A [`journal`] says what was done; [`State`] is what it comes to; a [`fragment`] holds an attempt's rows. An
//! unfinished campaign is a folder `<output>.partial`, and [`seal()`] makes the dataset of it.

mod attempt;
mod error;
mod estimate;
mod facts;
pub mod fragment;
mod gate;
pub mod journal;
pub mod kept;
mod retry;
mod roads;
mod rows;
mod seal;
mod state;
pub mod status;
mod stay;

pub use error::CampaignError;
pub use roads::{Roads, Stop};
pub use seal::seal;
pub use state::State;

use crate::host::{Host, on_all};
use crate::matrix::Matrix;
use crate::plan::{PlannedRun, plan_block};
use crate::record::Verdict;
use crate::stopping::{self, CellKey, Decision};
use crate::system::System;
use crate::ui::Progress;
use estimate::Estimate;
use journal::{Event, Journal, LinkResult};
use meshbench_schemas::catalogue as metrics;
use meshbench_schemas::dataset::{DatasetWriter, staging};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::words::{Direction, Slug, Workload};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The place of a campaign that runs on hosts that exist for themselves.
pub const HOSTS: &str = "hosts";
/// Time for hosts to restore themselves when a campaign is stopped at once.
const RELEASE_WITHIN: Duration = Duration::from_secs(20);

/// How a person wants a campaign to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopRequest {
    /// Not at all.
    None,
    /// After the run in flight.
    AfterRun,
    /// At once, with everything restored.
    AtOnce,
}

/// What came of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The dataset.
    pub output: PathBuf,
    /// Rows of runs.
    pub runs: u32,
    /// How many have each outcome, by its name.
    pub outcomes: BTreeMap<String, u32>,
    /// Seconds that the collector worked, over all its sessions.
    pub elapsed_s: u64,
    /// Seconds of them that load tools ran.
    pub measured_s: u64,
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts: Vec<_> = self.outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        let elapsed = crate::ui::human(Duration::from_secs(self.elapsed_s));
        let share = 100.0 * self.measured_s as f64 / self.elapsed_s.max(1) as f64;
        write!(
            f,
            "{} runs in {elapsed} ({}), {share:.0} % of it measuring: {}",
            self.runs,
            counts.join(", "),
            self.output.display()
        )
    }
}

/// Prepares the folder of a campaign: makes it, or finds it unfinished with the same matrix and seed.
///
/// Returns whether it goes on with what was there.
pub fn prepare(output: &Path, matrix: &str, base: Option<&Path>, seed: u64) -> Result<bool, CampaignError> {
    let folder = staging(output);
    let fail = |cause| CampaignError::Output { path: output.to_owned(), cause };
    if output.file_name().is_none() {
        return Err(fail(std::io::Error::other("this is not the name of a folder")));
    }
    if output.symlink_metadata().is_ok() {
        return Err(CampaignError::OutputExists { path: output.to_owned() });
    }
    if folder.join(journal::FILE_NAME).is_file() {
        let state = State::of(&journal::read(&folder)?);
        let begun = state.started.as_ref().map(|(_, seed, _)| *seed);
        if kept::matrix(&folder)? == matrix && begun.is_none_or(|begun| begun == seed) {
            return Ok(true);
        }
        return Err(CampaignError::Differs { folder });
    }
    // What is left of a start that did not come to a journal is of no use.
    if let Some(parent) = output.parent() {
        std::fs::create_dir_all(parent).map_err(fail)?;
    }
    match std::fs::create_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        made => made.map_err(fail)?,
    }
    kept::keep(&folder, matrix, base)?;
    Ok(false)
}

/// What a campaign is, where it goes and how it gets to its hosts.
#[derive(Debug)]
pub struct Job {
    /// The dataset that it will be; [`prepare`] has made its unfinished folder.
    pub output: PathBuf,
    /// The seed of the order.
    pub seed: u64,
    /// What the hosts are made of.
    pub place: String,
    /// The way to them.
    pub roads: Roads,
}

/// Runs a campaign from where it is to its end, and seals it. Ends early, keeping what there is, when `stop` says so.
pub async fn run(job: Job, mut stop: watch::Receiver<StopRequest>) -> Result<Summary, CampaignError> {
    let folder = staging(&job.output);
    let matrix = kept::load(&folder)?;
    let mut campaign = Campaign::open(job, matrix, folder.clone(), stop.clone())?;
    let at_once = async {
        // A sender that is gone asks for nothing any more.
        if stop.wait_for(|stop| *stop == StopRequest::AtOnce).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let ended = tokio::select! {
        biased;
        () = at_once => Err(CampaignError::Stopped { folder: folder.clone() }),
        ended = campaign.all() => ended,
    };
    campaign.progress.finish();
    let released = tokio::time::timeout(RELEASE_WITHIN, campaign.release()).await;
    if let Err(error) = &ended {
        // What stopped it may well be a disk that takes no further line either.
        let _ = campaign.journal.write(Event::Stopped { because: error.to_string() });
    }
    ended?;
    match released {
        Ok(released) => released?,
        Err(_) => crate::ui::warn("the hosts were not released in time; their agents restore them by themselves"),
    }
    let output = campaign.output.clone();
    // The journal's lock goes with the campaign.
    drop(campaign);
    seal(&output)
}

/// A campaign while it runs.
struct Campaign {
    output: PathBuf,
    folder: PathBuf,
    seed: u64,
    roads: Roads,
    matrix: Matrix,
    writer: DatasetWriter,
    journal: Journal,
    state: State,
    stop: watch::Receiver<StopRequest>,
    progress: Progress,
    estimate: Estimate,
    /// None while the way to the hosts is not made.
    hosts: Option<Vec<Host>>,
    /// Systems whose keys are on the hosts; empty after a new connection.
    systems: BTreeMap<Slug, System>,
    /// Round trips of each link without impairment.
    base: Vec<Vec<f64>>,
    /// When the last tool ended.
    idle_since: Instant,
}

/// Names an attempt.
fn attempt_id(position: u32, attempt: u32) -> String {
    format!("{position:05}-{attempt}")
}

/// Names the run of one link of an attempt.
fn run_id(attempt_id: &str, place: usize, links: usize) -> String {
    if links == 1 { attempt_id.to_owned() } else { format!("{attempt_id}.{place}") }
}

impl Campaign {
    fn open(
        job: Job,
        matrix: Matrix,
        folder: PathBuf,
        stop: watch::Receiver<StopRequest>,
    ) -> Result<Self, CampaignError> {
        let (mut journal, lines) = Journal::open(&folder)?;
        let mut state = State::of(&lines);
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let event = match &state.started {
            None => Event::CampaignStarted {
                campaign: matrix.name.to_string(),
                seed: job.seed,
                place: job.place.clone(),
                version,
            },
            Some(_) => Event::CampaignResumed { place: job.place.clone(), version },
        };
        state.take(jiff::Timestamp::now(), &event);
        journal.write(event)?;
        let writer = DatasetWriter::resume(&job.output)?;
        let open: Vec<PlannedRun> = (0..matrix.blocks.minimum)
            .flat_map(|block| plan_block(&matrix, job.seed, block))
            .filter(|run| !is_done(&state, &matrix, run))
            .collect();
        let total = u64::from(matrix.blocks.minimum) * u64::from(crate::plan::runs_per_block(&matrix));
        let progress = Progress::new(total, matrix.name.as_str());
        progress.inc(total.saturating_sub(open.len() as u64));
        let estimate = Estimate::new(&open, &matrix);
        let mut campaign = Self {
            output: job.output,
            folder,
            seed: job.seed,
            roads: job.roads,
            matrix,
            writer,
            journal,
            state,
            stop,
            progress,
            estimate,
            hosts: None,
            systems: BTreeMap::new(),
            base: Vec::new(),
            idle_since: Instant::now(),
        };
        campaign.recover()?;
        Ok(campaign)
    }

    /// Closes attempts whose end this program did not live to write.
    fn recover(&mut self) -> Result<(), CampaignError> {
        let open: Vec<(u32, state::OpenAttempt)> =
            self.state.runs.iter().filter_map(|(position, run)| Some((*position, run.open.clone()?))).collect();
        if open.is_empty() {
            return Ok(());
        }
        let per_block = crate::plan::runs_per_block(&self.matrix).max(1);
        for (position, attempt) in open {
            if fragment::exists(&self.folder, &attempt.id) {
                // Its result was on the disk already; only the journal did not know.
                let runs: Vec<meshbench_schemas::tables::Run> = fragment::read(&self.folder, &attempt.id)?;
                let measured_s = runs.iter().filter_map(|run| run.elapsed_s).fold(0.0, f64::max);
                let results = runs.iter().map(|run| LinkResult {
                    run_id: run.run_id.to_string(),
                    outcome: run.outcome,
                    reason: run.reason,
                    value: None,
                });
                let (results, attempt_id) = (results.collect(), attempt.id);
                let (took_s, unseen) = (measured_s, false);
                self.write(Event::AttemptEnded { attempt_id, position, results, measured_s, took_s, unseen })?;
                continue;
            }
            let planned = plan_block(&self.matrix, self.seed, position / per_block);
            let Some(run) = planned.into_iter().find(|run| run.position == position) else { continue };
            let lost = self.state.runs.get(&position).map_or(0, |run| run.lost);
            let (reason, detail) = match attempt.stopped {
                true => (Reason::Interrupted, "the collector was stopped during this attempt"),
                false if lost + 1 >= retry::MOST_LOST_STARTS => {
                    (Reason::GaveUp, "the collector ended during this attempt, as during others of the same run before")
                }
                false => (Reason::Interrupted, "the collector ended during this attempt"),
            };
            let verdict = Verdict::not_ok(Outcome::Failed, reason, detail);
            let name = attempt.system.clone();
            self.keep_unmade(&run, attempt.attempt, &name, &verdict, !attempt.stopped)?;
        }
        Ok(())
    }

    /// Writes an event to the journal and takes it in.
    fn write(&mut self, event: Event) -> Result<(), CampaignError> {
        self.state.take(jiff::Timestamp::now(), &event);
        self.journal.write(event)
    }

    /// Says something that a reader of the dataset must know, once.
    fn note(&mut self, text: String) -> Result<(), CampaignError> {
        if self.state.notes.contains(&text) {
            return Ok(());
        }
        self.progress.note(&text);
        self.write(Event::Note { text })
    }

    /// All blocks, until the stopping rule has enough.
    async fn all(&mut self) -> Result<(), CampaignError> {
        let mut block = 0;
        while self.state.ended.is_none() {
            let because = match self.another(block) {
                Ok(because) => because,
                Err(because) => {
                    self.write(Event::CampaignEnded { because })?;
                    break;
                }
            };
            let planned = plan_block(&self.matrix, self.seed, block);
            let open: Vec<PlannedRun> =
                planned.iter().filter(|run| !is_done(&self.state, &self.matrix, run)).cloned().collect();
            if !open.is_empty() {
                if block >= self.matrix.blocks.minimum {
                    self.progress.lengthen(open.len() as u64);
                    self.estimate.add(&open, &self.matrix);
                }
                self.write(Event::BlockStarted { block, runs: open.len(), because })?;
                self.connected().await?;
                self.facts(&format!("before {block}")).await?;
                for stay in open.chunk_by(PlannedRun::same_stay) {
                    self.stay(stay).await?;
                }
                self.facts(&format!("after {block}")).await?;
            }
            if !self.state.blocks.contains(&block) {
                self.write(Event::BlockEnded { block })?;
            }
            block += 1;
        }
        Ok(())
    }

    /// Why another block after `done` is measured, or why none is.
    fn another(&self, done: u32) -> Result<String, String> {
        let elapsed = Duration::try_from_secs_f64(self.state.worked_s).unwrap_or_default() + self.progress.elapsed();
        let cells = self.cells(done);
        match stopping::wanted(&cells, &self.matrix.blocks, done, elapsed, elapsed / done.max(1)) {
            Decision::Another { because } => Ok(because.to_string()),
            Decision::Enough if done >= self.matrix.blocks.maximum => Err(format!("all {done} blocks are measured")),
            Decision::Enough => Err(format!("every interval is narrow enough after {done} blocks")),
            Decision::BudgetSpent => Err(format!("the time budget is spent after {done} blocks")),
        }
    }

    /// For each cell the values of its complete blocks: the mean over its links, on the metric's scale.
    fn cells(&self, blocks: u32) -> BTreeMap<CellKey, Vec<f64>> {
        let mut cells: BTreeMap<CellKey, Vec<f64>> = BTreeMap::new();
        for block in 0..blocks {
            let mut sums: BTreeMap<CellKey, Option<(f64, u32)>> = BTreeMap::new();
            for run in plan_block(&self.matrix, self.seed, block).iter().filter(|run| run.control.is_none()) {
                let values: Vec<Option<f64>> = match self.state.runs.get(&run.position) {
                    Some(state) if !state.results.is_empty() => {
                        state.results.iter().map(|result| result.value).collect()
                    }
                    _ => vec![None],
                };
                for value in values {
                    let sum = sums.entry(cell_of(&self.matrix, run)).or_insert(Some((0.0, 0)));
                    // A block with a missing link has no value.
                    *sum = sum.zip(value).map(|((sum, count), value)| (sum + value.ln(), count + 1));
                }
            }
            for (cell, sum) in sums {
                let values = cells.entry(cell).or_default();
                values.extend(sum.filter(|(_, count)| *count > 0).map(|(sum, count)| (sum / f64::from(count)).exp()));
            }
        }
        cells
    }

    /// Makes the way to the hosts, if it is not there.
    async fn connected(&mut self) -> Result<(), CampaignError> {
        if self.hosts.is_some() {
            return Ok(());
        }
        self.progress.message("connecting to the hosts");
        let mut hosts = match self.state.runs.is_empty() {
            // At the very beginning an error is more likely a mistake than an accident.
            true => self.roads.connect().await?,
            false => self.roads.reconnect().await?,
        };
        let mut losses = 0;
        loop {
            for host in &hosts {
                for swept in host.swept() {
                    self.progress.note(&format!("{}: {swept}", host.name));
                }
            }
            match attempt::base(&self.matrix, &hosts).await {
                Ok(base) => self.base = base,
                Err(error) if error.is_lost() && losses < retry::MOST_LOST_STARTS => {
                    losses += 1;
                    self.hosts = Some(hosts);
                    self.disconnected(error.to_string()).await?;
                    hosts = self.roads.reconnect().await?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
            self.systems.clear();
            self.hosts = Some(hosts);
            return Ok(());
        }
    }

    /// The way to some host is gone: the others are released, and all are connected to anew when they are needed.
    async fn disconnected(&mut self, message: String) -> Result<(), CampaignError> {
        self.progress.note(&message);
        self.write(Event::HostLost { message })?;
        self.systems.clear();
        if let Some(hosts) = self.hosts.take() {
            let released = futures_util::future::join_all(hosts.into_iter().map(Host::release));
            let _ = tokio::time::timeout(RELEASE_WITHIN, released).await;
        }
        Ok(())
    }

    /// Gives all hosts back as they were.
    async fn release(&mut self) -> Result<(), CampaignError> {
        self.systems.clear();
        let Some(hosts) = self.hosts.take() else { return Ok(()) };
        let released = futures_util::future::join_all(hosts.into_iter().map(Host::release)).await;
        Ok(released.into_iter().collect::<Result<(), _>>()?)
    }

    /// Reads facts of all hosts.
    async fn facts(&mut self, phase: &str) -> Result<(), CampaignError> {
        let Some(hosts) = &self.hosts else { return Ok(()) };
        let facts = on_all(hosts, |_, host| async move { Ok((host.name.to_string(), facts::read(host).await?)) }).await;
        match facts {
            Ok(facts) => {
                for (host, facts) in facts {
                    self.write(Event::HostFacts { host, phase: phase.to_owned(), facts })?;
                }
                Ok(())
            }
            Err(error) if error.is_lost() => self.disconnected(error.to_string()).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the person wants it to stop after the run in flight.
    fn wants_stop(&self) -> bool {
        *self.stop.borrow() >= StopRequest::AfterRun
    }
}

/// Whether nothing more is to be done about a planned run.
fn is_done(state: &State, matrix: &Matrix, run: &PlannedRun) -> bool {
    state.runs.get(&run.position).is_some_and(|run| run.is_done(matrix.attempts.get()))
}

/// The cell of a run, with the metric that the stopping rule looks at.
fn cell_of(matrix: &Matrix, run: &PlannedRun) -> CellKey {
    let ladder =
        matrix.workloads.udp.as_ref().is_some_and(|udp| matches!(udp.offer(), Some(crate::matrix::Offer::Ladder(_))));
    let (metric, direction) = match run.workload {
        Workload::Ping => (metrics::RTT_P50.id, None),
        Workload::Udp if ladder => (metrics::CAPACITY.id, Some(Direction::Forward)),
        _ => (metrics::THROUGHPUT.id, Some(Direction::Forward)),
    };
    let (system, tuning, profile) = (run.system.clone(), run.tuning.clone(), run.profile.clone());
    CellKey { system, tuning, profile, workload: run.workload, metric, direction }
}
