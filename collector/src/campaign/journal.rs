//! The journal: what was done, one line of JSON an event, on the disk before anything else happens. It is the
//! only truth about a campaign's progress while it is collected.

use super::CampaignError;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::words::Workload;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The journal's name within a dataset.
pub const FILE_NAME: &str = "journal.jsonl";

/// What can happen to a campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The campaign begins.
    CampaignStarted {
        /// Its name.
        campaign: String,
        /// The seed of its order.
        seed: u64,
        /// What the hosts are made of: `hosts`, or what a lab is made of.
        place: String,
        /// Version of the program.
        version: String,
        /// SHA-256 of the matrix and the system files that are kept, by their path. Journals before format 1.2 have none.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        files: BTreeMap<String, String>,
    },
    /// It goes on after it had stopped.
    CampaignResumed {
        /// What the hosts are made of, which may differ from before.
        place: String,
        /// Version of the program.
        version: String,
    },
    /// The hosts were looked at before anything was measured in a session.
    HostsLookedAt {
        /// What is wrong with them; nothing where all is well.
        problems: Vec<Problem>,
        /// Names of the kinds of problems in spite of which it is measured.
        despite: Vec<String>,
    },
    /// Runs that had failed are to be made again.
    RetryAsked {
        /// Their places in the order.
        positions: Vec<u32>,
        /// Attempts whose rows are lost: they count as never made.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lost: Vec<String>,
    },
    /// Facts about a host.
    HostFacts {
        /// The host.
        host: String,
        /// `before` or `after` a block, with its number.
        phase: String,
        /// Names and values.
        facts: BTreeMap<String, String>,
    },
    /// A block begins.
    BlockStarted {
        /// The block.
        block: u32,
        /// Runs in it.
        runs: usize,
        /// Why it is measured at all.
        because: String,
    },
    /// All runs of a block are done.
    BlockEnded {
        /// The block.
        block: u32,
    },
    /// A system is up on all hosts, or is not.
    SystemUp {
        /// The block.
        block: u32,
        /// The system, as the matrix names it.
        system: String,
        /// Seconds it took.
        took_s: f64,
        /// Why it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// What was found out about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        found: Option<Found>,
    },
    /// An attempt begins.
    AttemptStarted {
        /// Its id.
        attempt_id: String,
        /// The block.
        block: u32,
        /// The place in the order.
        position: u32,
        /// Which try it is, from 1.
        attempt: u32,
        /// The system, under the name of the implementation that was found.
        system: String,
        /// The tuning.
        tuning: String,
        /// The profile.
        profile: String,
        /// The workload.
        workload: Workload,
        /// Sending and answering hosts.
        links: Vec<(String, String)>,
    },
    /// An attempt has ended, and what it left is on the disk.
    AttemptEnded {
        /// Its id.
        attempt_id: String,
        /// The place in the order.
        position: u32,
        /// What became of each link.
        results: Vec<LinkResult>,
        /// Seconds that the tools ran.
        measured_s: f64,
        /// Seconds from the attempt's start to its end.
        took_s: f64,
        /// Whether the collector ended during the attempt, and nobody had asked it to.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unseen: bool,
        /// SHA-256 of what it left, by table. Journals before format 1.2 have none.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        tables: BTreeMap<String, String>,
    },
    /// Something that a reader of the dataset must know.
    Note {
        /// What.
        text: String,
    },
    /// The way to a host was lost.
    HostLost {
        /// What happened.
        message: String,
    },
    /// The campaign stops before its end.
    Stopped {
        /// Why.
        because: String,
    },
    /// All runs are done.
    CampaignEnded {
        /// Why no further block was measured.
        because: String,
    },
}

/// Something that is wrong with a host, or with all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The host; none where it concerns all of them or the controller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The name of its kind.
    pub code: String,
    /// What was found.
    pub what: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { host, code, what, .. } = self;
        match host {
            Some(host) => write!(f, "{host}: {what} [{code}]"),
            None => write!(f, "{what} [{code}]"),
        }
    }
}

/// What was found out about a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The name under which it is recorded.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// The daemon's version.
    pub version: Option<String>,
    /// SHA-256 of the daemon's binary.
    pub binary_sha256: Option<String>,
    /// MTU of the overlay interface.
    pub mtu: Option<u32>,
    /// Family of the overlay addresses.
    pub family: String,
    /// Remarks.
    pub note: Option<String>,
}

/// What became of one link of an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkResult {
    /// The run's id in the dataset.
    pub run_id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it is not ok.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The value that the stopping rule looks at, in its base unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

/// An event with its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// UTC.
    pub time: jiff::Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// An append-only file of events, which one program at a time can have.
#[derive(Debug)]
pub struct Journal {
    file: nix::fcntl::Flock<File>,
    path: PathBuf,
}

impl Journal {
    /// Opens the journal in a folder, making it if need be. Another program that has it is an error. A line that
    /// a crash has torn is cut off: what it said had not happened yet.
    pub fn open(folder: &Path) -> Result<(Self, Vec<Line>), CampaignError> {
        let path = folder.join(FILE_NAME);
        let file = OpenOptions::new().read(true).append(true).create(true).open(&path);
        let file = file.map_err(CampaignError::io("open", &path))?;
        let mut file = nix::fcntl::Flock::lock(file, nix::fcntl::FlockArg::LockExclusiveNonblock).map_err(
            |(_, errno)| match errno {
                nix::errno::Errno::EWOULDBLOCK => CampaignError::Busy { folder: folder.to_owned() },
                // A file system without locks is no other program.
                errno => CampaignError::io("lock", &path)(errno.into()),
            },
        )?;
        let mut text = Vec::new();
        file.seek(SeekFrom::Start(0)).map_err(CampaignError::io("read", &path))?;
        file.read_to_end(&mut text).map_err(CampaignError::io("read", &path))?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole < text.len() {
            file.set_len(whole as u64).map_err(CampaignError::io("repair", &path))?;
        }
        let lines = parse(text.get(..whole).unwrap_or_default(), &path)?;
        Ok((Self { file, path }, lines))
    }

    /// Writes an event, and returns when it is on the disk.
    pub fn write(&mut self, event: Event) -> Result<(), CampaignError> {
        let line = Line { time: jiff::Timestamp::now(), event };
        let text = serde_json::to_string(&line).map_err(std::io::Error::other);
        let written = text.and_then(|text| {
            // One write, so that a line is never torn by another one.
            self.file.write_all(format!("{text}\n").as_bytes())?;
            self.file.sync_data()
        });
        written.map_err(CampaignError::io("write to", &self.path))
    }
}

/// Reads the events of a campaign's folder without taking it.
pub fn read(folder: &Path) -> Result<Vec<Line>, CampaignError> {
    let path = folder.join(FILE_NAME);
    let text = std::fs::read(&path).map_err(CampaignError::io("read", &path))?;
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    parse(text.get(..whole).unwrap_or_default(), &path)
}

fn parse(text: &[u8], path: &Path) -> Result<Vec<Line>, CampaignError> {
    let lines = text.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
    lines
        .map(|(number, line)| {
            serde_json::from_slice(line).map_err(|error| CampaignError::Journal {
                path: path.to_owned(),
                line: number + 1,
                message: error.to_string(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(text: &str) -> Event {
        Event::Note { text: text.to_owned() }
    }

    #[test]
    fn events_read_back_and_are_appended() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, before) = Journal::open(folder.path()).unwrap();
        assert!(before.is_empty());
        journal.write(note("a\nb")).unwrap();
        drop(journal);
        let (mut journal, before) = Journal::open(folder.path()).unwrap();
        assert_eq!(before[0].event, note("a\nb"));
        journal.write(note("c")).unwrap();
        assert_eq!(read(folder.path()).unwrap().len(), 2);
    }

    #[test]
    fn a_torn_line_is_cut_off_and_a_broken_one_is_an_error_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, _) = Journal::open(folder.path()).unwrap();
        journal.write(note("whole")).unwrap();
        drop(journal);
        let path = folder.path().join(FILE_NAME);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [whole.as_slice(), b"{\"time\":\"2026"].concat()).unwrap();
        let (journal, lines) = Journal::open(folder.path()).unwrap();
        assert_eq!(lines.len(), 1);
        drop(journal);
        assert_eq!(std::fs::read(&path).unwrap(), whole);
        std::fs::write(&path, [whole.as_slice(), b"nonsense\n"].concat()).unwrap();
        let message = Journal::open(folder.path()).unwrap_err().to_string();
        assert!(message.contains("line 2"), "{message}");
    }

    #[test]
    fn one_program_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let _held = Journal::open(folder.path()).unwrap();
        assert!(matches!(Journal::open(folder.path()), Err(CampaignError::Busy { .. })));
    }
}
