//! The journal: what was done, one line of JSON an event, on the disk before anything else happens.

use super::LabError;
use crate::plan::PlannedRun;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The journal's name within a dataset.
pub const FILE_NAME: &str = "journal.jsonl";

/// What can happen to a campaign.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event<'a> {
    /// The campaign begins.
    CampaignStarted {
        /// Its name.
        campaign: &'a str,
        /// The seed of its order.
        seed: u64,
        /// The number of planned runs.
        runs: usize,
        /// What the hosts are made of.
        place: &'a str,
    },
    /// A system is up on all hosts, or is not.
    SystemUp {
        /// The block.
        block: u32,
        /// The system.
        system: &'a str,
        /// Seconds it took.
        took_s: f64,
        /// Why it is not.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a str>,
    },
    /// An attempt begins.
    AttemptStarted {
        /// Its id.
        run_id: &'a str,
        /// The block.
        block: u32,
        /// The place in the order.
        position: u32,
        /// The system.
        system: &'a str,
        /// The profile.
        profile: &'a str,
        /// The workload.
        workload: &'a str,
        /// The sending host.
        source: &'a str,
        /// The answering host.
        target: &'a str,
    },
    /// An attempt has ended.
    AttemptEnded {
        /// Its id.
        run_id: &'a str,
        /// What became of it.
        outcome: &'a str,
        /// Why it is not ok.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        /// The tool's words.
        #[serde(skip_serializing_if = "Option::is_none")]
        detail: Option<&'a str>,
        /// Seconds from its start to its end.
        elapsed_s: f64,
        /// Hashes of everything that was written, by its role.
        artifacts: &'a BTreeMap<&'static str, String>,
        /// Counters of the data interface over the run, by host and counter.
        counters: &'a BTreeMap<String, u64>,
    },
    /// The person stopped it.
    Interrupted,
    /// All runs are done.
    CampaignEnded,
}

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    #[serde(flatten)]
    event: &'a Event<'a>,
}

/// An append-only file of events.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Starts the journal of a dataset.
    pub fn create(dataset: &Path) -> Result<Self, LabError> {
        let path = dataset.join(FILE_NAME);
        let file = OpenOptions::new().append(true).create_new(true).open(&path);
        let file = file.map_err(LabError::setup(format!("make {}", path.display())))?;
        Ok(Self { file, path })
    }

    /// Writes an event, and returns when it is on the disk.
    pub fn write(&mut self, event: &Event<'_>) -> Result<(), LabError> {
        let line = Line { time: jiff::Timestamp::now().to_string(), event };
        let text = serde_json::to_string(&line).map_err(std::io::Error::other);
        let written = text.and_then(|text| {
            // One write, so that a line is never torn by another one.
            self.file.write_all(format!("{text}\n").as_bytes())?;
            self.file.sync_data()
        });
        written.map_err(LabError::setup(format!("write to {}", self.path.display())))
    }

    /// Writes that an attempt begins.
    pub fn attempt_started(
        &mut self,
        run_id: &str,
        run: &PlannedRun,
        system: &str,
        source: &str,
        target: &str,
    ) -> Result<(), LabError> {
        self.write(&Event::AttemptStarted {
            run_id,
            block: run.block,
            position: run.position,
            system,
            profile: run.profile.as_str(),
            workload: run.workload.as_str(),
            source,
            target,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_with_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(folder.path()).unwrap();
        journal.write(&Event::Interrupted).unwrap();
        journal.write(&Event::SystemUp { block: 0, system: "tinc", took_s: 1.5, error: Some("a\nb") }).unwrap();
        let text = std::fs::read_to_string(folder.path().join(FILE_NAME)).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["event"], "interrupted");
        assert_eq!(lines[1]["error"], "a\nb");
        assert!(lines[1]["time"].as_str().unwrap().ends_with('Z'));
        assert!(Journal::create(folder.path()).is_err(), "never overwritten");
    }
}
