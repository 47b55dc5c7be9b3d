//! Sealing: fragments become the dataset's tables, and the unfinished folder becomes the dataset.

use super::journal::{self, Event, Journal};
use super::recover::untold_end;
use super::state::{Ended, OpenAttempt, SEALED_EARLY, State};
use super::{CampaignError, Summary, fragment, kept, rows, whole};
use crate::matrix::Matrix;
use crate::plan::{PlannedRun, plan_block};
use crate::record::{Labels, Verdict};
use meshbench_schemas::dataset::{Dataset, DatasetWriter, Description, finish_interrupted};
use meshbench_schemas::manifest::{self, Origin, Producer};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::tables::{self, Sample};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Makes a dataset of everything that an unfinished campaign has. Runs that were planned and not made become rows that
/// say so. A campaign without an ok run is refused unless `despite_no_ok_run`.
///
/// # Errors
/// [`CampaignError::Changed`] and [`CampaignError::Fragment`] where something is not as the journal says: a dataset would
/// say it had been so from the beginning.
pub fn seal(output: &Path, despite_no_ok_run: bool) -> Result<Summary, CampaignError> {
    let folder = super::folder::unfinished(output)?;
    if !folder.join(manifest::FILE_NAME).exists() {
        // Before it is opened, which mends its last line: what is refused stays as it is.
        whole::state(&folder, &journal::read(&folder)?)?;
    }
    // Whoever still collects holds the journal.
    let (mut journal, lines) = Journal::open(&folder)?;
    if let Some(output) = finish_interrupted(output, &[fragment::FOLDER])? {
        let runs = Dataset::open(&output)?.runs()?;
        return Ok(summary_of(&State::of(&lines), output, outcomes(&runs)));
    }
    let mut state = whole::state(&folder, &lines)?;
    fragment::complete(&folder, &state)?;
    let matrix = kept::load(&folder)?;
    let (campaign, seed, place) =
        state.started.clone().ok_or_else(|| CampaignError::Nothing { path: folder.clone() })?;
    settle(&folder, &mut journal, &mut state)?;
    if !despite_no_ok_run && !state.has_ok_run() {
        return Err(state.nothing_ok(&folder));
    }
    let fragments = read_runs(&folder, &state)?;
    if state.files.is_empty() {
        let note = "the journal was begun by an older version, which kept no hashes: that matrix and system files are still as \
                    they were cannot be told";
        state.notes.push(note.to_owned());
    }
    let early = state.ended.is_none().then(|| Event::CampaignEnded { because: SEALED_EARLY.to_owned() });
    if let Some(event) = &early {
        state.take(jiff::Timestamp::now(), event);
        let note = "the campaign was sealed before all of its planned runs were made".to_owned();
        state.notes.push(note);
    }
    clear(&folder)?;
    let writer = DatasetWriter::resume(output)?;
    let (mut runs, mut summaries) = (Vec::new(), Vec::new());
    let mut cells: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    for (id, own) in fragments {
        summaries.extend(fragment::read::<tables::Summary>(&folder, &id)?);
        if let Some(run) = own.first() {
            let cell = (run.workload.to_string(), run.system.to_string(), run.profile.to_string());
            cells.entry(cell).or_default().push(id);
        }
        runs.extend(own);
    }
    for ids in cells.into_values() {
        let mut samples: Vec<Sample> = Vec::new();
        for id in ids {
            samples.extend(fragment::read(&folder, &id)?);
        }
        writer.samples(samples)?;
    }
    runs.extend(never_made(&matrix, seed, &state, &runs));
    // Said when everything was read and most of it is written: a campaign that could not be sealed has not ended.
    if let Some(event) = early {
        journal.write(event)?;
    }
    for file in kept::files(&folder)? {
        writer.register(&file, "toml", "application/toml", None)?;
    }
    writer.register(journal::FILE_NAME, "jsonl", "application/jsonl", None)?;
    let systems = systems(&matrix, &state, &runs);
    // A block that was interrupted has its facts twice: the later ones count.
    let facts = state.facts.iter().map(|(host, phase, fact, value)| ((host, phase, fact), value));
    let facts = facts.collect::<BTreeMap<_, _>>().into_iter().map(|((host, phase, fact), value)| tables::Host {
        host: host.as_str().into(),
        phase: phase.as_str().into(),
        fact: fact.clone(),
        value: value.clone(),
    });
    let description = describe(&matrix, &state, campaign, seed, &place);
    let outcomes = outcomes(&runs);
    let output = writer.finish_without(&[fragment::FOLDER], description, runs, summaries, facts.collect(), systems)?;
    Ok(summary_of(&state, output, outcomes))
}

/// What the manifest says of the whole campaign.
fn describe(matrix: &Matrix, state: &State, campaign: String, seed: u64, place: &str) -> Description {
    let kernel = state.facts.iter().find(|(.., fact, _)| fact == "kernel").map_or("", |(.., value)| value.as_str());
    let origin = match place {
        super::HOSTS => Origin::Hosts,
        _ => Origin::Lab { hosts: format!("{place}, kernel {kernel}") },
    };
    Description {
        name: matrix.name.clone(),
        title: Some(format!("Campaign {campaign}")),
        licence: None,
        producer: Producer { name: "meshbench collect".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        origin,
        seed: Some(seed),
        notes: state.notes.clone(),
    }
}

/// Says in the journal that attempts have ended whose rows are on the disk already.
fn settle(folder: &Path, journal: &mut Journal, state: &mut State) -> Result<(), CampaignError> {
    let open: Vec<(u32, String)> =
        state.runs.iter().filter_map(|(position, run)| Some((*position, run.open.as_ref()?.id.clone()))).collect();
    for (position, id) in open {
        if let Some(event) = untold_end(folder, position, &id)? {
            state.take(jiff::Timestamp::now(), &event);
            journal.write(event)?;
        }
    }
    Ok(())
}

/// The rows of each attempt that has ended, which have to be those that the journal tells of.
fn read_runs(folder: &Path, state: &State) -> Result<Vec<(String, Vec<tables::Run>)>, CampaignError> {
    let read = |(id, ended): (&String, &Ended)| {
        let rows: Vec<tables::Run> = fragment::read(folder, id)?;
        fragment::agrees(folder, id, ended, &rows)?;
        Ok((id.clone(), rows))
    };
    state.attempts.iter().map(read).collect()
}

fn outcomes(runs: &[tables::Run]) -> BTreeMap<String, u32> {
    let mut outcomes = BTreeMap::new();
    for run in runs {
        *outcomes.entry(run.outcome.to_string()).or_default() += 1;
    }
    outcomes
}

fn summary_of(state: &State, output: PathBuf, outcomes: BTreeMap<String, u32>) -> Summary {
    Summary {
        output,
        runs: outcomes.values().sum(),
        outcomes,
        elapsed_s: state.worked_s as u64,
        measured_s: state.measured_s as u64,
    }
}

/// Removes what an interrupted sealing left.
fn clear(folder: &Path) -> Result<(), CampaignError> {
    let samples = folder.join("samples");
    if samples.exists() {
        std::fs::remove_dir_all(&samples).map_err(CampaignError::io("remove", &samples))?;
    }
    for table in ["runs", "summaries", "hosts", "systems"] {
        let path = folder.join(format!("{table}.parquet"));
        if path.exists() {
            std::fs::remove_file(&path).map_err(CampaignError::io("remove", &path))?;
        }
    }
    Ok(())
}

/// Rows of runs that were planned, in the blocks that every campaign of this matrix has or that were begun.
fn never_made(matrix: &Matrix, seed: u64, state: &State, runs: &[tables::Run]) -> Vec<tables::Run> {
    let made: BTreeSet<u32> = runs.iter().filter_map(|run| run.position).collect();
    let begun = runs.iter().map(|run| run.block + 1).max().unwrap_or(0);
    let names = matrix.hosts.names();
    let mut rows = Vec::new();
    for block in 0..begun.max(matrix.blocks.minimum) {
        for run in plan_block(matrix, seed, block).iter().filter(|run| !made.contains(&run.position)) {
            let open = state.runs.get(&run.position).and_then(|run| run.open.as_ref());
            rows.extend(never_ended(run, open, &names, recorded_as(matrix, state, run), matrix));
        }
    }
    rows
}

/// The name under which a system of the matrix was recorded, if it ever came up.
fn recorded_as(matrix: &Matrix, state: &State, run: &PlannedRun) -> String {
    let file = matrix.systems.iter().find(|system| system.name == run.system);
    let seen = file.and_then(|file| file.implementations().find(|name| state.systems.contains_key(name.as_str())));
    seen.unwrap_or(&run.system).to_string()
}

/// Rows of a run without a result: it was never begun, or the collector was stopped during its attempt.
fn never_ended(
    run: &PlannedRun,
    open: Option<&OpenAttempt>,
    names: &[String],
    system: String,
    matrix: &Matrix,
) -> Vec<tables::Run> {
    let (outcome, detail) = match open {
        Some(_) => (Outcome::Failed, "the collector was stopped during this attempt"),
        None => (Outcome::Skipped, "the campaign ended before this run was made"),
    };
    let verdict = Verdict::not_ok(outcome, Reason::Interrupted, detail);
    let link = super::attempt::LinkAttempt::empty(verdict);
    let netem = matrix.profiles.get(&run.profile).cloned().unwrap_or_default();
    let id = super::attempt_id(run.position, open.map_or(0, |open| open.attempt));
    let ring = (run.links.len() > 1).then_some(id.as_str());
    let name = |host: usize| names.get(host).map_or("", String::as_str);
    (0..)
        .zip(&run.links)
        .map(|(place, (source, target))| {
            let labels = Labels {
                run_id: super::run_id(&id, place, run.links.len()).into(),
                system: system.as_str().into(),
                tuning: run.tuning.as_str().into(),
                profile: run.profile.as_str().into(),
                workload: run.workload,
                source: name(*source).into(),
                target: name(*target).into(),
            };
            let about = rows::About {
                run,
                attempt: open.map_or(1, |open| open.attempt),
                netem: &netem,
                ring,
                overhead_s: None,
            };
            rows::run(about, matrix.workloads.get(run.workload), &labels, &link, None)
        })
        .collect()
}

/// A row for each system that occurs in a run.
fn systems(matrix: &Matrix, state: &State, runs: &[tables::Run]) -> Vec<tables::System> {
    let names: BTreeSet<&str> = runs.iter().map(|run| &*run.system).collect();
    let row = |name: &str| match state.systems.get(name) {
        Some(found) => rows::system(found),
        None => {
            let file = matrix.systems.iter().find(|file| file.name.as_str() == name);
            rows::unseen(name, file.map_or(name, |file| &file.label))
        }
    };
    names.into_iter().map(row).collect()
}
