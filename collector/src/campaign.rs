//! A campaign: every planned run in its order, each result on the disk before the next action, whatever happens
//! to hosts, daemons, the network or this program.
//!
//! ```text
//! block ─► stay (system × tuning: brought up once) ─► profile ─► run ─► attempt
//! ```
//!
//! A [`journal`] says what was done; [`State`] is what it comes to; a [`fragment`] holds an attempt's rows. An
//! unfinished campaign is a folder `<output>.partial`, and [`seal()`] makes the dataset of it.

mod again;
pub(crate) mod attempt;
mod bring;
mod error;
mod estimate;
mod facts;
mod folder;
pub mod fragment;
mod gate;
pub mod journal;
mod keep;
pub mod kept;
mod reach;
mod recover;
mod retry;
mod roads;
pub(crate) mod rows;
mod seal;
mod standing;
mod state;
pub mod status;
mod stay;
mod stop;
mod summary;
mod whole;

pub use again::{Again, again};
pub use error::CampaignError;
pub use folder::{Begun, begun, forget, output_of, prepare, unfinished};
pub use roads::{Roads, Stop};
pub use seal::seal;
pub use state::State;
pub use stop::{StopRequest, asked};
pub use summary::Summary;

use crate::doctor::Code;
use crate::host::Host;
use crate::matrix::Matrix;
use crate::plan::{PlannedRun, plan_block};
use crate::stopping::{self, CellKey, Cells, Decision};
use crate::system::System;
use crate::ui::Progress;
use crate::workload::Headline;
use estimate::Estimate;
use journal::{Event, Journal};
use meshbench_schemas::dataset::{DatasetWriter, staging};
use meshbench_schemas::manifest;
use meshbench_schemas::words::Slug;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The place of a campaign that runs on hosts that exist for themselves.
pub const HOSTS: &str = "hosts";
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
    /// Kinds of problems with the hosts in spite of which it is measured.
    pub despite: BTreeSet<Code>,
    /// Whether runs that failed, and those whose rows are lost, are made again.
    pub again: bool,
}

/// Runs a campaign from where it is to its end, and seals it. Ends early, keeping what there is, when `stop` says so.
///
/// # Errors
/// [`CampaignError::Refused`] where the hosts are not as the matrix needs them; if it was to begin, nothing is left of
/// it then, as where they are not reached. [`CampaignError::NothingOk`] where all is done and nothing is of use: it is not sealed.
pub async fn run(job: Job, stop: watch::Receiver<StopRequest>) -> Result<Summary, CampaignError> {
    let folder = staging(&job.output);
    if folder.join(manifest::FILE_NAME).exists() {
        // Its sealing was interrupted when the dataset was complete: there is nothing to measure.
        return seal(&job.output, true);
    }
    let mut campaign = Campaign::open(job, folder.clone(), stop.clone())?;
    let ended = tokio::select! {
        biased;
        () = stop::asked(stop.clone(), StopRequest::AtOnce) => Err(CampaignError::Stopped { folder: folder.clone() }),
        never = stop::tell_of_flight(stop, campaign.in_flight.clone()) => match never {},
        ended = campaign.work() => ended,
    };
    let ended = ended.and_then(|()| campaign.worth_sealing());
    campaign.progress.finish();
    let released = tokio::time::timeout(reach::RELEASE_WITHIN, campaign.release()).await;
    if let Err(error) = &ended {
        let because = match error {
            // Where it lies on this machine is no reader's business.
            CampaignError::Stopped { .. } => "somebody stopped it".to_owned(),
            other => other.to_string().split_whitespace().collect::<Vec<_>>().join(" "),
        };
        // What stopped it may well be a disk that takes no further line either.
        let _ = campaign.journal.write(Event::Stopped { because });
    }
    let no_hosts = |error: &CampaignError| matches!(error, CampaignError::Refused { .. } | CampaignError::Host(_));
    if campaign.fresh && campaign.state.runs.is_empty() && ended.as_ref().is_err_and(no_hosts) {
        // Nothing is in it but what was copied; the mended matrix would be refused because of it.
        std::fs::remove_dir_all(&folder).map_err(CampaignError::io("remove", &folder))?;
    }
    ended?;
    match released {
        Ok(released) => released?,
        Err(_) => crate::ui::warn("the hosts were not released in time; their agents restore them by themselves"),
    }
    let output = campaign.output.clone();
    // The journal's lock goes with the campaign.
    drop(campaign);
    seal(&output, true)
}

/// A campaign while it runs.
struct Campaign {
    output: PathBuf,
    folder: PathBuf,
    seed: u64,
    place: String,
    roads: Roads,
    despite: BTreeSet<Code>,
    /// Whether it begins by making again what failed or is lost.
    again: bool,
    /// Whether a run is being measured right now.
    in_flight: Arc<AtomicBool>,
    /// Whether this session has begun it.
    fresh: bool,
    /// Whether the hosts were looked at in this session.
    looked: bool,
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
    fn open(job: Job, folder: PathBuf, stop: watch::Receiver<StopRequest>) -> Result<Self, CampaignError> {
        let (mut journal, lines) = Journal::open(&folder)?;
        // A journal without a line is that of a campaign that begins.
        let mut state = match lines.is_empty() {
            true => State::default(),
            false => whole::state(&folder, &lines)?,
        };
        // What there will be to do. It is asked for when the hosts are known to be fit for it.
        let mut wanted = state.clone();
        if job.again {
            wanted.take(jiff::Timestamp::now(), &Again::of(&folder, &state).event());
        }
        fragment::complete(&folder, &wanted)?;
        let matrix = kept::load(&folder)?;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let event = match &state.started {
            None => Event::CampaignStarted {
                campaign: matrix.name.to_string(),
                seed: job.seed,
                place: job.place.clone(),
                version,
                files: kept::hashes(&folder)?,
            },
            Some(_) => Event::CampaignResumed { place: job.place.clone(), version },
        };
        state.take(jiff::Timestamp::now(), &event);
        journal.write(event)?;
        let writer = DatasetWriter::resume(&job.output)?;
        let open: Vec<PlannedRun> = (0..matrix.blocks.minimum)
            .flat_map(|block| plan_block(&matrix, job.seed, block))
            .filter(|run| !is_done(&wanted, &matrix, run))
            .collect();
        let total = u64::from(matrix.blocks.minimum) * u64::from(matrix.runs_per_block());
        let progress = Progress::new(total, matrix.name.as_str());
        progress.inc(total.saturating_sub(open.len() as u64));
        let estimate = Estimate::new(&open, &matrix);
        let mut campaign = Self {
            output: job.output,
            folder,
            seed: job.seed,
            place: job.place,
            roads: job.roads,
            despite: job.despite,
            again: job.again,
            in_flight: Arc::default(),
            fresh: lines.is_empty(),
            looked: false,
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

    /// All that there is to do, from what is to be made again on.
    async fn work(&mut self) -> Result<(), CampaignError> {
        if self.again {
            self.ask_again().await?;
        }
        self.all().await
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
            Decision::Enough if done >= self.matrix.blocks.maximum => {
                Err(format!("all that were planned are measured: {}", crate::ui::count(done, "block")))
            }
            Decision::Enough => {
                Err(format!("every interval is narrow enough after {}", crate::ui::count(done, "block")))
            }
            Decision::BudgetSpent => Err(format!("the time budget is spent after {}", crate::ui::count(done, "block"))),
        }
    }

    /// For each cell the value of each block, if it is complete: the mean over its links, on the metric's scale.
    fn cells(&self, blocks: u32) -> Cells {
        let mut cells = Cells::new();
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
                    let Some(cell) = cell_of(&self.matrix, run) else { continue };
                    let sum = sums.entry(cell).or_insert(Some((0.0, 0)));
                    // A block with a missing link has no value.
                    *sum = sum.zip(value).map(|((sum, count), value)| (sum + value.ln(), count + 1));
                }
            }
            for (cell, sum) in sums {
                let values = cells.entry(cell).or_default();
                values.push(sum.filter(|(_, count)| *count > 0).map(|(sum, count)| (sum / f64::from(count)).exp()));
            }
        }
        cells
    }

    /// Refuses to go on once the person wants it to stop after the run in flight.
    fn go_on(&self) -> Result<(), CampaignError> {
        match *self.stop.borrow() >= StopRequest::AfterRun {
            true => Err(CampaignError::Stopped { folder: self.folder.clone() }),
            false => Ok(()),
        }
    }

    /// Refuses to make a dataset of a campaign in which nothing went well.
    fn worth_sealing(&self) -> Result<(), CampaignError> {
        match self.state.has_ok_run() {
            true => Ok(()),
            false => Err(self.state.nothing_ok(&self.folder)),
        }
    }
}

/// Whether nothing more is to be done about a planned run.
fn is_done(state: &State, matrix: &Matrix, run: &PlannedRun) -> bool {
    state.runs.get(&run.position).is_some_and(|run| run.is_done(matrix.attempts.get()))
}

/// The cell of a run, with the metric that the stopping rule looks at.
fn cell_of(matrix: &Matrix, run: &PlannedRun) -> Option<CellKey> {
    let Headline { metric, direction } = matrix.workloads.get(run.workload)?.headline();
    let (system, tuning, profile) = (run.system.clone(), run.tuning.clone(), run.profile.clone());
    Some(CellKey { system, tuning, profile, workload: run.workload, metric: metric.id, direction })
}
