//! What the outer process asks the controller for, and what comes back.
//!
//! The request travels in one environment variable, in hexadecimal, because it may also have to pass
//! through a kernel's command line. The controller answers with one line of JSON on its standard output and
//! reads its standard input: the line `stop` asks it to end, and the end of the input means that nobody is
//! there any more.

use super::LabError;
use crate::campaign::{self, CampaignError, Summary};
use crate::ui::LogFormat;
use base16ct::lower;
use meshbench_schemas::dataset::staging;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The environment variable with the request.
pub const VARIABLE: &str = "MESHBENCH_LAB";
/// The line that asks the controller to stop at once.
pub const STOP: &str = "stop";
/// The line that asks it to stop after the run in flight.
pub const FINISH: &str = "finish";
/// The first word of the line that says that the controller has been started.
pub const STARTED: &str = "started";
/// A kernel's command line has 2048 bytes on some versions; this leaves room for the rest.
const LONGEST: usize = 1500;

/// What is to be done in a lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Run the campaign whose unfinished folder belongs to the output.
    Campaign {
        /// The seed of its order.
        seed: u64,
        /// Kinds of problems in spite of which it is measured, by name.
        despite: Vec<String>,
        /// Whether what failed or is lost is made again.
        again: bool,
    },
    /// Leave a person in it.
    Shell,
    /// Try a system file.
    Check {
        /// The file, an absolute path, or a built-in name.
        file: String,
        /// Whether traffic may go through another host.
        allow_relay: bool,
    },
}

/// What is to be done, where it goes, on which hosts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What is to be done.
    pub task: Task,
    /// The dataset, an absolute path; of no meaning where none is made.
    pub output: PathBuf,
    /// Names of the hosts.
    pub hosts: Vec<String>,
    /// What the hosts are made of, for the dataset's manifest.
    pub place: String,
    /// How to write to stderr.
    pub log_format: LogFormat,
}

/// What came of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabResult {
    /// A dataset.
    Campaign(Summary),
    /// A system file was tried.
    Checked(Checked),
    /// Somebody was in it.
    Left {
        /// How their shell ended.
        status: String,
    },
}

/// What came of trying a system file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Everything that was found, a line each.
    pub report: String,
    /// How many of it are problems.
    pub problems: usize,
}

impl std::fmt::Display for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.report)?;
        match self.problems {
            0 => writeln!(f, "ok       nothing was left behind"),
            1 => writeln!(f, "1 problem; data/systems/README.md says how a system file has to be"),
            count => writeln!(f, "{count} problems; data/systems/README.md says how a system file has to be"),
        }
    }
}

impl std::fmt::Display for LabResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Campaign(summary) => summary.fmt(f),
            Self::Checked(checked) => checked.fmt(f),
            Self::Left { status } => write!(f, "the lab has ended ({status})"),
        }
    }
}

/// The controller's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// It is done.
    Done(LabResult),
    /// It was asked to stop, and did.
    Stopped,
    /// Something went wrong.
    Failed {
        /// What.
        message: String,
        /// What to do about it.
        help: Option<String>,
        /// The exit code that fits.
        code: u8,
    },
}

impl Request {
    /// The text of the environment variable.
    pub fn encode(&self) -> Result<String, LabError> {
        let json = serde_json::to_vec(self)
            .map_err(|error| LabError::setup("encode the request")(std::io::Error::other(error)))?;
        let hex = lower::encode_string(&json);
        if hex.len() > LONGEST {
            let message =
                "the path of the output is too long, or there are too many hosts; use shorter names".to_owned();
            return Err(LabError::Tool { what: "pass the request on".to_owned(), message });
        }
        Ok(hex)
    }

    /// Reads the environment variable.
    pub fn from_environment() -> Result<Self, LabError> {
        let hex = std::env::var(VARIABLE).unwrap_or_default();
        Self::decode(&hex).ok_or_else(|| LabError::Tool {
            what: "read the request".to_owned(),
            message: "this command is started by `collect lab` only".to_owned(),
        })
    }

    fn decode(hex: &str) -> Option<Self> {
        serde_json::from_slice(&lower::decode_vec(hex).ok()?).ok()
    }

    /// The folder of the campaign, if it is one and has come to its journal.
    fn begun(&self) -> Option<PathBuf> {
        let folder = matches!(self.task, Task::Campaign { .. }).then(|| staging(&self.output))?;
        folder.join(campaign::journal::FILE_NAME).is_file().then_some(folder)
    }

    /// That the controller ended without an answer, and what is left of its work.
    pub fn no_reply(&self, status: String) -> LabError {
        let kept = |folder: PathBuf| format!("what was measured is in {}; `collect resume` goes on", folder.display());
        LabError::NoReply { status, kept: self.begun().map(kept) }
    }

    /// Makes the outer process's result of a reply.
    pub fn result(&self, reply: Reply) -> Result<LabResult, LabError> {
        match reply {
            Reply::Done(result) => Ok(result),
            Reply::Stopped => Err(match self.begun() {
                Some(folder) => CampaignError::Stopped { folder }.into(),
                None => LabError::Stopped,
            }),
            Reply::Failed { message, help, code } => Err(LabError::Inside { message, help, code }),
        }
    }
}

impl From<&LabError> for Reply {
    fn from(error: &LabError) -> Self {
        let help = miette::Diagnostic::help(error).map(|help| help.to_string());
        Self::Failed { message: error.to_string(), help, code: error.exit_code() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_survives_a_command_line() {
        let request = Request {
            task: Task::Campaign { seed: 1, despite: vec!["no-impairment".into()], again: true },
            output: "/o ü\"".into(),
            hosts: vec!["h1".into()],
            place: "x".into(),
            log_format: LogFormat::Json,
        };
        let text = request.encode().unwrap();
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_eq!(Request::decode(&text), Some(request));
        assert_eq!(Request::decode("zz"), None);
        assert_eq!(Request::decode("7"), None);
    }

    #[test]
    fn a_failure_keeps_its_help_and_code() {
        let reply = Reply::from(&LabError::NotRoot);
        let Reply::Failed { help: Some(help), code: 3, .. } = reply else { panic!("{reply:?}") };
        assert!(help.contains("root"));
    }
}
