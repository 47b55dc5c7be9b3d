//! What the outer process asks the controller for, and what comes back.
//!
//! The request travels in one environment variable, in hexadecimal, because it may also have to pass
//! through a kernel's command line. The controller answers with one line of JSON on its standard output and
//! reads its standard input: the line `stop` asks it to end, and the end of the input means that nobody is
//! there any more.

use super::LabError;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The environment variable with the request.
pub const VARIABLE: &str = "MESHBENCH_LAB";
/// The line that asks the controller to stop.
pub const STOP: &str = "stop";
/// The first word of the line that says that the controller has been started.
pub const STARTED: &str = "started";
/// A kernel's command line has 2048 bytes on some versions; this leaves room for the rest.
const LONGEST: usize = 1500;

/// What is to be measured, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// A built-in name or an absolute path.
    pub matrix: String,
    /// The dataset, an absolute path.
    pub output: PathBuf,
    /// Seed, if not the matrix's own.
    pub seed: Option<u64>,
    /// What the hosts are made of, for the dataset's manifest.
    pub place: String,
}

/// What came of a lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabSummary {
    /// The dataset.
    pub output: PathBuf,
    /// All runs of the plan.
    pub runs: u32,
    /// How many had each outcome, by its name.
    pub outcomes: std::collections::BTreeMap<String, u32>,
    /// Seconds from the first to the last run.
    pub elapsed_s: u64,
}

impl std::fmt::Display for LabSummary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts: Vec<_> = self.outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
        let elapsed = crate::ui::human(std::time::Duration::from_secs(self.elapsed_s));
        write!(f, "{} runs in {elapsed} ({}): {}", self.runs, counts.join(", "), self.output.display())
    }
}

/// The controller's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// The dataset is written.
    Done(LabSummary),
    /// It was asked to stop, and did.
    Interrupted,
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
        let hex: String = json.iter().map(|byte| format!("{byte:02x}")).collect();
        if hex.len() > LONGEST {
            let message = "together, the paths of matrix and output are too long; use shorter ones".to_owned();
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
        let bytes: Option<Vec<u8>> =
            hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
        serde_json::from_slice(&bytes?).ok()
    }

    /// Makes the outer process's result of a reply.
    pub fn result(&self, reply: Reply) -> Result<LabSummary, LabError> {
        match reply {
            Reply::Done(summary) => Ok(summary),
            Reply::Interrupted => Err(LabError::Interrupted { partial: staging(&self.output) }),
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

/// The folder that becomes the dataset when it is complete.
pub fn staging(output: &Path) -> PathBuf {
    let mut name = output.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    output.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_survives_a_command_line() {
        let request = Request { matrix: "a b\".toml".into(), output: "/o ü".into(), seed: Some(1), place: "x".into() };
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
