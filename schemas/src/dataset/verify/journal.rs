//! Whether the journal of a measured dataset and its rows tell of the same attempts.

use super::Verified;
use crate::dataset::hash;
use crate::dataset::read::Dataset;
use crate::manifest::Origin;
use crate::outcome::{Outcome, Reason};
use crate::tables::Run;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The journal's name within a dataset.
const FILE: &str = "journal.jsonl";

/// What is looked at of an event. Words stay words: a newer program may have more of them.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event {
    CampaignStarted {
        #[serde(default)]
        files: BTreeMap<String, String>,
    },
    AttemptStarted {
        attempt_id: String,
    },
    AttemptEnded {
        attempt_id: String,
        results: Vec<Ended>,
    },
    RetryAsked {
        #[serde(default)]
        lost: Vec<String>,
    },
    #[serde(other)]
    Other,
}

/// What the journal says of one link of an attempt.
#[derive(Deserialize)]
struct Ended {
    run_id: String,
    outcome: String,
    #[serde(default)]
    reason: Option<String>,
}

/// Everything that a journal says of attempts.
#[derive(Default)]
struct Told {
    files: BTreeMap<String, String>,
    started: BTreeSet<String>,
    ended: BTreeMap<String, Vec<Ended>>,
}

/// Compares the journal, if the dataset has one, with the rows of `runs`.
pub(super) fn check(dataset: &Dataset, runs: &BTreeMap<&str, &Run>, verified: &mut Verified) {
    if !dataset.manifest().resources.iter().any(|resource| resource.path == FILE) {
        if !matches!(dataset.manifest().meshbench.origin, Origin::Imported { .. }) {
            verified.notes.push("there is no journal: the rows cannot be compared with what was done".to_owned());
        }
        return;
    }
    let text = match std::fs::read_to_string(dataset.path().join(FILE)) {
        Ok(text) => text,
        Err(error) => return verified.defect(FILE, format!("cannot be read: {error}")),
    };
    let told = read(&text, verified);
    check_files(dataset, &told, verified);
    let mut known = BTreeSet::new();
    for (attempt, results) in &told.ended {
        verified.attempts += 1;
        for ended in results {
            known.insert(ended.run_id.as_str());
            check_result(attempt, ended, runs.get(ended.run_id.as_str()).copied(), verified);
        }
    }
    for run in runs.values().filter(|run| !known.contains(&*run.run_id)) {
        if !may_be_unknown(run, &told) {
            let what = format!("run {} ({}) belongs to no attempt that the journal tells of", run.run_id, run.outcome);
            verified.defect("runs.parquet", what);
        }
    }
}

fn read(text: &str, verified: &mut Verified) -> Told {
    let mut told = Told::default();
    for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.is_empty()) {
        match serde_json::from_str(line) {
            Ok(Event::CampaignStarted { files }) => told.files = files,
            Ok(Event::AttemptStarted { attempt_id }) => {
                if told.started.contains(&attempt_id) {
                    verified.defect(FILE, format!("line {number}: attempt {attempt_id} is started a second time"));
                }
                told.started.insert(attempt_id);
            }
            Ok(Event::AttemptEnded { attempt_id, results }) => {
                if told.ended.contains_key(&attempt_id) {
                    verified.defect(FILE, format!("line {number}: attempt {attempt_id} ends a second time"));
                }
                told.ended.insert(attempt_id, results);
            }
            // Its rows were lost before the dataset was made, and the journal says so.
            Ok(Event::RetryAsked { lost }) => told.ended.retain(|attempt, _| !lost.contains(attempt)),
            Ok(Event::Other) => {}
            Err(error) => verified.defect(FILE, format!("line {number} is no event: {error}")),
        }
    }
    told
}

/// The matrix and the system files have to be those with which the campaign began.
fn check_files(dataset: &Dataset, told: &Told, verified: &mut Verified) {
    if told.files.is_empty() {
        let note = "the journal has no hashes of matrix and system files (it is older): that they are those of the beginning \
                    cannot be told";
        verified.notes.push(note.to_owned());
    }
    for (path, wanted) in &told.files {
        match hash::file(&dataset.path().join(path)) {
            Ok((found, _)) if found == *wanted => {}
            Ok((found, _)) => {
                verified.defect(path, format!("has hash {found}, and had {wanted} when the campaign began"));
            }
            Err(error) => verified.defect(path, format!("cannot be read, and was there at the beginning: {error}")),
        }
    }
}

fn check_result(attempt: &str, ended: &Ended, row: Option<&Run>, verified: &mut Verified) {
    let say = |outcome: &str, reason: Option<&str>| match reason {
        Some(reason) => format!("{outcome} ({reason})"),
        None => outcome.to_owned(),
    };
    let said = say(&ended.outcome, ended.reason.as_deref());
    let Some(row) = row else {
        let what = format!("attempt {attempt}: run {} ended {said} in the journal and has no row", ended.run_id);
        return verified.defect("runs.parquet", what);
    };
    let found = say(row.outcome.as_str(), row.reason.map(Reason::as_str));
    if found != said {
        let what = format!("attempt {attempt}: run {} is {found}, and ended {said} in the journal", ended.run_id);
        verified.defect("runs.parquet", what);
    }
}

/// Rows that a dataset has of what did not end: runs that the campaign never came to (attempt 0), and attempts during
/// which the collector was stopped.
fn may_be_unknown(run: &Run, told: &Told) -> bool {
    let attempt = run.run_id.split_once('.').map_or(&*run.run_id, |(attempt, _)| attempt);
    if run.reason != Some(Reason::Interrupted) || told.ended.contains_key(attempt) {
        return false;
    }
    match run.outcome {
        Outcome::Skipped => attempt.ends_with("-0"),
        Outcome::Failed => told.started.contains(attempt),
        _ => false,
    }
}
