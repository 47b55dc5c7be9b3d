//! What can be wrong with a system file, and with a system on its hosts.

use crate::host::HostError;
use meshbench_terminal::Unknown;
use miette::{Diagnostic, NamedSource, SourceSpan};
use std::ops::Range;
use std::sync::Arc;

/// A system file that cannot be used, with the place in it that is wrong.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
pub enum SystemFileError {
    /// No embedded file has this name.
    #[error("{0}")]
    #[diagnostic(help("these are built in; of your own system give the path of its file, which ends in .toml"))]
    Unknown(Unknown),
    /// The file cannot be read.
    #[error("failed to read the system file {path}: {cause}")]
    Read {
        /// The path as it was given.
        path: String,
        /// What the operating system said.
        cause: Arc<std::io::Error>,
    },
    /// The text is not a valid system file.
    #[error("{origin}, line {line}, column {column}: {message}")]
    Invalid {
        /// The file or built-in name.
        origin: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        /// What is wrong and what is allowed.
        message: String,
        /// The whole text, for display.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// The place in the text.
        #[label("here")]
        span: SourceSpan,
    },
}

impl SystemFileError {
    /// An error at a place, given in bytes.
    pub(super) fn at(origin: &str, text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self::Invalid {
            origin: origin.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            message: message.into(),
            text: Arc::new(NamedSource::new(origin, text.to_owned()).with_language("TOML")),
            span: (span.start, span.len()).into(),
        }
    }
}

/// Why a system cannot be measured. No message holds a secret.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum SystemError {
    /// No implementation has everything it needs on every host.
    #[error("{system} cannot run here: {}", .missing.join("; "))]
    #[diagnostic(help("`collect doctor` tells what is missing on each host"))]
    Unsupported {
        /// The system.
        system: String,
        /// What is missing where, and how to get it, one sentence for each.
        missing: Vec<String>,
    },
    /// Not every host reached every other one in time.
    #[error("{system} was not ready within {within_s} s: {what}{log}", log = .log.as_ref().map(|log| format!("; logs: {log}")).unwrap_or_default())]
    NotReady {
        /// The system.
        system: String,
        /// The file's limit, in seconds.
        within_s: f64,
        /// Which links did not answer, or what else was not so.
        what: String,
        /// The ends of the daemons' logs.
        log: Option<String>,
    },
    /// A daemon ended although it was to stay.
    #[error("{system}: {what}")]
    Ended {
        /// The system.
        system: String,
        /// Which daemon on which host, and the end of its log.
        what: String,
    },
    /// A step of the file did not do what it has to.
    #[error("{origin}, line {line}: `{program}` on {host}: {message}")]
    Step {
        /// The system file.
        origin: String,
        /// The step's line, counted from 1.
        line: usize,
        /// The program.
        program: String,
        /// The host.
        host: String,
        /// What was wrong.
        message: String,
    },
    /// A template does not give what it has to for one host.
    #[error("for {host}: {error}")]
    #[diagnostic(forward(error))]
    Template {
        /// The host.
        host: String,
        /// The place in the file.
        #[source]
        error: SystemFileError,
    },
    /// A host did not do its part.
    #[error(transparent)]
    Host(#[from] HostError),
}
