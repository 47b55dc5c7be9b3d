//! Fragments: what one attempt left, on the disk whole or not at all, until the campaign is sealed.
//!
//! `fragments/<attempt id>/` holds the attempt's rows of `runs`, `samples` and `summaries`. It is written under
//! another name and renamed, with everything flushed before: after a crash it is there whole or not at all.

use super::CampaignError;
use super::state::{Ended, State};
use meshbench_schemas::dataset::{hash, parquet_file};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::table::Table;
use meshbench_schemas::tables::{Run, Sample, Summary};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The folder of fragments within an unfinished campaign.
pub const FOLDER: &str = "fragments";

/// Rows of one attempt.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fragment {
    /// One row a link.
    pub runs: Vec<Run>,
    /// Raw samples.
    pub samples: Vec<Sample>,
    /// Reported summaries.
    pub summaries: Vec<Summary>,
}

/// Keeps a fragment. One of this id that is there already is left as it is.
pub fn write(campaign: &Path, id: &str, fragment: &Fragment) -> Result<(), CampaignError> {
    let (folder, fresh) = (campaign.join(FOLDER).join(id), campaign.join(FOLDER).join(format!("{id}.new")));
    if folder.exists() {
        return Ok(());
    }
    // What a crash left.
    let _ = fs::remove_dir_all(&fresh);
    fs::create_dir_all(&fresh).map_err(CampaignError::io("make", &fresh))?;
    table(&fresh, &fragment.runs)?;
    table(&fresh, &fragment.samples)?;
    table(&fresh, &fragment.summaries)?;
    flush(&fresh)?;
    fs::rename(&fresh, &folder).map_err(CampaignError::io("keep", &folder))?;
    flush(&campaign.join(FOLDER))
}

fn table<T: Table>(folder: &Path, rows: &[T]) -> Result<(), CampaignError> {
    if rows.is_empty() {
        return Ok(());
    }
    let path = file::<T>(folder);
    parquet_file::write(&path, rows)?;
    flush(&path)
}

fn file<T: Table>(folder: &Path) -> PathBuf {
    folder.join(format!("{}.parquet", T::NAME))
}

fn file_of(campaign: &Path, id: &str, table: &str) -> PathBuf {
    campaign.join(FOLDER).join(id).join(format!("{table}.parquet"))
}

fn flush(path: &Path) -> Result<(), CampaignError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(CampaignError::io("flush", path))
}

/// Reads the rows of one table of a fragment.
pub fn read<T: Table>(campaign: &Path, id: &str) -> Result<Vec<T>, CampaignError> {
    let path = file::<T>(&campaign.join(FOLDER).join(id));
    if path.exists() { Ok(parquet_file::read(&path)?) } else { Ok(Vec::new()) }
}

/// Whether an attempt's fragment is there.
pub fn exists(campaign: &Path, id: &str) -> bool {
    campaign.join(FOLDER).join(id).is_dir()
}

/// Ids of all fragments, in order.
pub fn ids(campaign: &Path) -> Result<Vec<String>, CampaignError> {
    let folder = campaign.join(FOLDER);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut ids = Vec::new();
    for entry in fs::read_dir(&folder).map_err(CampaignError::io("read", &folder))? {
        let entry = entry.map_err(CampaignError::io("read", &folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".new") {
            ids.push(name);
        }
    }
    ids.sort();
    Ok(ids)
}

/// SHA-256 of each file of a fragment, by its table.
pub fn hashes(campaign: &Path, id: &str) -> Result<BTreeMap<String, String>, CampaignError> {
    let mut hashes = BTreeMap::new();
    for (table, path) in [Run::NAME, Sample::NAME, Summary::NAME].map(|name| (name, file_of(campaign, id, name))) {
        if path.exists() {
            let (digest, _) = hash::file(&path).map_err(CampaignError::io("read", &path))?;
            hashes.insert(table.to_owned(), digest);
        }
    }
    Ok(hashes)
}

/// Checks that each attempt that has ended has its fragment, and that no other one is there but those of open attempts.
///
/// # Errors
/// As [`complete_among`].
pub fn complete(campaign: &Path, state: &State) -> Result<(), CampaignError> {
    complete_among(campaign, state, ids(campaign)?)
}

/// As [`complete`], where `there` are the fragments that there were before the journal was read. A campaign that runs may have
/// left another one since.
///
/// # Errors
/// [`CampaignError::Fragment`] names the first attempt whose fragment is missing, [`CampaignError::Surplus`] the first
/// fragment that no attempt left.
pub fn complete_among(campaign: &Path, state: &State, there: Vec<String>) -> Result<(), CampaignError> {
    if let Some(attempt) = state.attempts.keys().find(|attempt| !exists(campaign, attempt)) {
        let (attempt, path) = (attempt.to_owned(), campaign.join(FOLDER).join(attempt));
        let what = "is missing, although the attempt has ended".to_owned();
        return Err(CampaignError::Fragment { attempt, path, what });
    }
    let open = |id: &String| state.runs.values().filter_map(|run| run.open.as_ref()).any(|open| open.id == *id);
    match there.into_iter().find(|id| !state.attempts.contains_key(id) && !open(id)) {
        Some(id) => {
            let what = match state.given_up.contains(&id) {
                true => "holds rows that were lost when `collect retry` gave them up and asked for their run again",
                false => "belongs to no attempt of the journal",
            };
            Err(CampaignError::Surplus { path: campaign.join(FOLDER).join(id), what })
        }
        None => Ok(()),
    }
}

/// Checks the rows of one attempt against what the journal says of it.
///
/// # Errors
/// [`CampaignError::Fragment`] where a row is missing, is one too many, or has another outcome.
pub fn agrees(campaign: &Path, id: &str, ended: &Ended, rows: &[Run]) -> Result<(), CampaignError> {
    if !ended.tables.is_empty() {
        let found = hashes(campaign, id)?;
        let differs = |table: &&String| found.get(*table) != ended.tables.get(*table);
        if let Some(table) = ended.tables.keys().chain(found.keys()).find(differs) {
            let what = "is not the one that the attempt left, or is missing".to_owned();
            return Err(CampaignError::Fragment { attempt: id.to_owned(), path: file_of(campaign, id, table), what });
        }
    }
    let said: BTreeMap<&str, _> =
        ended.results.iter().map(|result| (result.run_id.as_str(), (result.outcome, result.reason))).collect();
    let found: BTreeMap<&str, _> = rows.iter().map(|row| (&*row.run_id, (row.outcome, row.reason))).collect();
    if said == found && rows.len() == found.len() {
        return Ok(());
    }
    let what = format!("holds the rows {}, and the journal says {}", told(&found), told(&said));
    Err(CampaignError::Fragment { attempt: id.to_owned(), path: campaign.join(FOLDER).join(id), what })
}

fn told(rows: &BTreeMap<&str, (Outcome, Option<Reason>)>) -> String {
    let one = |(id, (outcome, reason)): (&&str, &(Outcome, Option<Reason>))| {
        let reason = reason.map_or_else(String::new, |reason| format!(" ({reason})"));
        format!("{id} {outcome}{reason}")
    };
    let rows: Vec<String> = rows.iter().map(one).collect();
    if rows.is_empty() { "none".to_owned() } else { rows.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::super::journal::{Event, Line, LinkResult};
    use super::*;
    use meshbench_schemas::words::Workload;

    fn state(tables: BTreeMap<String, String>) -> State {
        let result = |outcome| LinkResult { run_id: "00000-1".into(), outcome, reason: None, value: None };
        let events = [
            Event::AttemptStarted {
                attempt_id: "00000-1".into(),
                block: 0,
                position: 0,
                attempt: 1,
                system: "tinc".into(),
                tuning: "default".into(),
                profile: "baseline".into(),
                workload: Workload::Tcp,
                links: vec![("h1".into(), "h2".into())],
            },
            Event::AttemptEnded {
                attempt_id: "00000-1".into(),
                position: 0,
                results: vec![result(Outcome::Ok)],
                measured_s: 1.0,
                took_s: 1.0,
                unseen: false,
                tables,
            },
        ];
        let line = |event| Line { time: jiff::Timestamp::UNIX_EPOCH, event };
        State::of(&events.into_iter().map(line).collect::<Vec<_>>())
    }

    #[test]
    fn what_an_attempt_left_has_to_be_there_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let none = state(BTreeMap::new());
        let missing = complete(folder.path(), &none).unwrap_err().to_string();
        assert!(missing.contains("attempt 00000-1") && missing.contains("is missing"), "{missing}");
        let path = folder.path().join(FOLDER).join("00000-1");
        fs::create_dir_all(&path).unwrap();
        assert!(complete(folder.path(), &none).is_ok());
        fs::create_dir_all(folder.path().join(FOLDER).join("00007-1.new")).unwrap();
        assert!(complete(folder.path(), &none).is_ok(), "what a crash left counts for nothing");
        fs::create_dir_all(folder.path().join(FOLDER).join("00007-1")).unwrap();
        let surplus = complete(folder.path(), &none).unwrap_err().to_string();
        assert!(surplus.contains("00007-1") && surplus.contains("no attempt of the journal"), "{surplus}");
        let mut given_up = none.clone();
        given_up.given_up.insert("00007-1".to_owned());
        let error = complete(folder.path(), &given_up).unwrap_err();
        assert!(error.to_string().contains("`collect retry` gave them up"), "{error}");
        // No run is to be made again because of it.
        let help = miette::Diagnostic::help(&error).unwrap().to_string();
        assert!(help.contains("move the folder out") && !help.contains("retry"), "{help}");
        // Of a campaign that runs: what came after the journal was read says nothing.
        assert!(complete_among(folder.path(), &none, vec!["00000-1".to_owned()]).is_ok());
    }

    #[test]
    fn rows_that_were_exchanged_or_removed_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FOLDER).join("00000-1");
        fs::create_dir_all(&path).unwrap();
        let empty = state(BTreeMap::new());
        let told = agrees(folder.path(), "00000-1", &empty.attempts["00000-1"], &[]).unwrap_err().to_string();
        assert!(told.contains("00000-1 ok") && told.contains("none"), "{told}");
        fs::write(path.join("runs.parquet"), "x").unwrap();
        fs::write(path.join("samples.parquet"), "y").unwrap();
        let hashed = state(hashes(folder.path(), "00000-1").unwrap());
        fs::remove_file(path.join("samples.parquet")).unwrap();
        let told = agrees(folder.path(), "00000-1", &hashed.attempts["00000-1"], &[]).unwrap_err().to_string();
        assert!(told.contains("samples.parquet"), "{told}");
    }
}
