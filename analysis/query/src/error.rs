//! Why a query has no result.

use crate::gate::TABLE_FUNCTIONS;
use meshbench_schemas::dataset::DatasetError;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What went wrong, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The text is not one SELECT.
    #[error("only one SELECT is run, and nothing else: {0}")]
    NotOneSelect(String),
    /// A table function that is not on the list.
    #[error(
        "the table function `{0}` is not for queries; a query reads the views (`--tables` lists them) and may call {known}",
        known = TABLE_FUNCTIONS.join(", ")
    )]
    TableFunction(String),
    /// What DuckDB says about the query.
    #[error("{0}")]
    Sql(String),
    /// The query took too long.
    #[error("the query was stopped after {:?}; --timeout allows more time", .0)]
    Timeout(Duration),
    /// The query needs more memory than it may have.
    #[error("{0}; --memory allows more")]
    Memory(String),
    /// A table whose columns have no room.
    #[error("the result is too wide for a table; --format csv has room for it, as has --memory with more")]
    TooWide,
    /// A nested value that JSON cannot say.
    #[error("column `{0}` holds a NaN or an infinity inside a nested value, which JSON has no word for")]
    NotJson(String),
    /// Parquet is binary.
    #[error("Parquet goes to a file: name one with -o")]
    ParquetNeedsFile,
    /// The output exists.
    #[error("{} already exists; choose another output file", .0.display())]
    OutputExists(PathBuf),
    /// A path that DuckDB cannot be given.
    #[error("{} is no valid Unicode, which the path of the folder for temporary files has to be", .0.display())]
    Path(PathBuf),
    /// A table of the dataset or of the analysis.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// A file.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The result could not be written.
    #[error("cannot write the result: {0}")]
    Write(#[from] io::Error),
}

impl QueryError {
    /// Wraps an I/O error with what was tried on which path.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// Exit code: 2 the query or the dataset is wrong, 1 a limit or a failure on the way.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Timeout(_) | Self::Memory(_) | Self::TooWide | Self::Io { .. } | Self::Write(_) => 1,
            Self::Dataset(error) if error.is_failure() => 1,
            _ => 2,
        }
    }
}

/// What DuckDB is told to say of a row that is longer than we take.
pub(crate) const TOO_LONG: &str = "a row of the result is longer than a sixteenth of the memory";

/// How DuckDB's message of too little memory begins; what follows its first line is advice about settings that
/// a query cannot change.
const NO_MEMORY: &str = "Out of Memory Error: ";

impl From<duckdb::Error> for QueryError {
    fn from(error: duckdb::Error) -> Self {
        let text = match error {
            duckdb::Error::DuckDBFailure(_, Some(text)) => text,
            other => other.to_string(),
        };
        // What came from data may not steer the terminal.
        let text: String =
            text.chars().map(|c| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c }).collect();
        if text.contains(TOO_LONG) {
            return Self::Memory(TOO_LONG.to_owned());
        }
        match text.strip_prefix(NO_MEMORY) {
            Some(rest) => Self::Memory(rest.lines().next().unwrap_or_default().trim_end_matches('.').to_owned()),
            None => Self::Sql(text.trim_end().to_owned()),
        }
    }
}
