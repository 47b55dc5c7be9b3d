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

/// A journal within a dataset: that of a campaign, or of one of several that were merged.
struct Journal {
    /// Its path in the dataset.
    path: String,
    /// What stands before it in paths of the campaign's own files.
    folder: String,
    /// What stands before a run's id in the dataset.
    prefix: String,
}

impl Journal {
    /// `campaigns/NAME/journal.jsonl` tells of the runs whose ids begin with `NAME.`; merged ones can be merged again.
    fn at(path: &str) -> Option<Self> {
        let folder = path.strip_suffix(FILE)?;
        let mut prefix = String::new();
        let mut rest = folder;
        while let Some((name, after)) = rest.strip_prefix("campaigns/").and_then(|rest| rest.split_once('/')) {
            prefix = format!("{prefix}{name}.");
            rest = after;
        }
        rest.is_empty().then(|| Self { path: path.to_owned(), folder: folder.to_owned(), prefix })
    }
}

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

/// Compares the journals that the dataset has with the rows of `runs`.
pub(super) fn check(dataset: &Dataset, runs: &BTreeMap<&str, &Run>, verified: &mut Verified) {
    let resources = &dataset.manifest().resources;
    let journals: Vec<Journal> = resources.iter().filter_map(|resource| Journal::at(&resource.path)).collect();
    if journals.is_empty() && !matches!(dataset.manifest().meshbench.origin, Origin::Imported { .. }) {
        verified.notes.push("there is no journal: the rows cannot be compared with what was done".to_owned());
    }
    for journal in journals {
        let own: BTreeMap<&str, &Run> =
            runs.iter().filter_map(|(id, run)| Some((id.strip_prefix(&journal.prefix)?, *run))).collect();
        check_one(dataset, &journal, &own, verified);
    }
}

/// Compares one journal with its rows, which are given by the ids that they have in it.
fn check_one(dataset: &Dataset, journal: &Journal, runs: &BTreeMap<&str, &Run>, verified: &mut Verified) {
    let text = match std::fs::read_to_string(dataset.path().join(&journal.path)) {
        Ok(text) => text,
        Err(error) => return verified.defect(&journal.path, format!("cannot be read: {error}")),
    };
    let told = read(&text, &journal.path, verified);
    check_files(dataset, journal, &told, verified);
    let mut known = BTreeSet::new();
    for (attempt, results) in &told.ended {
        verified.attempts += 1;
        for ended in results {
            known.insert(ended.run_id.as_str());
            check_result(attempt, ended, runs.get(ended.run_id.as_str()).copied(), verified);
        }
    }
    for (id, run) in runs.iter().filter(|(id, _)| !known.contains(*id)) {
        if !may_be_unknown(id, run, &told) {
            let what =
                format!("run {} ({}) belongs to no attempt that {} tells of", run.run_id, run.outcome, journal.path);
            verified.defect("runs.parquet", what);
        }
    }
}

fn read(text: &str, path: &str, verified: &mut Verified) -> Told {
    let mut told = Told::default();
    for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.is_empty()) {
        match serde_json::from_str(line) {
            Ok(Event::CampaignStarted { files }) => told.files = files,
            Ok(Event::AttemptStarted { attempt_id }) => {
                if told.started.contains(&attempt_id) {
                    verified.defect(path, format!("line {number}: attempt {attempt_id} is started a second time"));
                }
                told.started.insert(attempt_id);
            }
            Ok(Event::AttemptEnded { attempt_id, results }) => {
                if told.ended.contains_key(&attempt_id) {
                    verified.defect(path, format!("line {number}: attempt {attempt_id} ends a second time"));
                }
                told.ended.insert(attempt_id, results);
            }
            // Its rows were lost before the dataset was made, and the journal says so.
            Ok(Event::RetryAsked { lost }) => told.ended.retain(|attempt, _| !lost.contains(attempt)),
            Ok(Event::Other) => {}
            Err(error) => verified.defect(path, format!("line {number} is no event: {error}")),
        }
    }
    told
}

/// The matrix and the system files have to be those with which the campaign began.
fn check_files(dataset: &Dataset, journal: &Journal, told: &Told, verified: &mut Verified) {
    if told.files.is_empty() {
        verified.notes.push(format!(
            "{} has no hashes of matrix and system files (it is older): that they are those of the beginning cannot be told",
            journal.path
        ));
    }
    for (path, wanted) in &told.files {
        let path = format!("{}{path}", journal.folder);
        match hash::file(&dataset.path().join(&path)) {
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
fn may_be_unknown(id: &str, run: &Run, told: &Told) -> bool {
    let attempt = id.split_once('.').map_or(id, |(attempt, _)| attempt);
    if run.reason != Some(Reason::Interrupted) || told.ended.contains_key(attempt) {
        return false;
    }
    match run.outcome {
        Outcome::Skipped => attempt.ends_with("-0"),
        Outcome::Failed => told.started.contains(attempt),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merged_campaign_has_its_name_before_its_files_and_runs() {
        let of = |path: &str| Journal::at(path).map(|journal| (journal.folder, journal.prefix));
        let pair = |folder: &str, prefix: &str| Some((folder.to_owned(), prefix.to_owned()));
        assert_eq!(of("journal.jsonl"), pair("", ""));
        assert_eq!(of("campaigns/a/journal.jsonl"), pair("campaigns/a/", "a."));
        assert_eq!(of("campaigns/a/campaigns/b/journal.jsonl"), pair("campaigns/a/campaigns/b/", "a.b."));
        assert_eq!(of("other/journal.jsonl"), None);
        assert_eq!(of("matrix.toml"), None);
    }
}
