//! What can go wrong in an analysis.

use crate::run_values::RunValuesError;
use meshbench_reports::ReportError;
use meshbench_schemas::dataset::{DatasetError, OutputError};
use meshbench_schemas::table::TableError;
use polars::error::PolarsError;
use std::io;
use std::path::{Path, PathBuf};

/// What went wrong, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// The dataset.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The output cannot be made where it was asked for.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The dataset contradicts itself.
    #[error("{source}; `analyze verify` lists everything that is wrong with the dataset")]
    RunValues {
        /// What contradicts what.
        #[from]
        source: RunValuesError,
    },
    /// A claims file.
    #[error(transparent)]
    Claims(#[from] crate::claims::ClaimsError),
    /// The report.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A table could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Frame {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: PolarsError,
    },
    /// A file or folder.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The output exists.
    #[error("{} already exists; choose another output folder, or replace an earlier report with --force", .0.display())]
    OutputExists(PathBuf),
    /// `--force` on something that is no report.
    #[error("{} is no report of `analyze`, so --force does not replace it; choose another output folder", .0.display())]
    NotAReport(PathBuf),
    /// A word that names nothing.
    #[error(transparent)]
    Unknown(#[from] meshbench_terminal::Unknown),
    /// `compare` with one dataset and nothing that differs.
    #[error(
        "there is nothing to compare: give a second dataset, or --new-system or --new-tuning (with --old-system or --old-tuning) within one"
    )]
    NothingToCompare,
    /// `compare` of one dataset, with the same system and tuning on both sides.
    #[error(
        "both sides are the same, and nothing differs from itself: name another system or tuning with --new-system or --new-tuning, or another dataset"
    )]
    ComparedWithItself,
    /// `compare` with a `--system` that leaves the old side nothing.
    #[error(
        "--system {only} contradicts --old-system {old}: the old side is to have both; leave --system out, the two sides have a name already"
    )]
    SystemContradicted {
        /// What `--system` names.
        only: String,
        /// What `--old-system` names.
        old: String,
    },
    /// A word that names one thing, twice.
    #[error("{0} is named twice: name it once, or two different ones for a contrast")]
    NamedTwice(String),
    /// Campaigns that are not of one kind.
    #[error(
        "these campaigns differ in {differ}:\n{}\nA difference between blocks of the merged dataset could be due to any of it. Where it does not matter to the question, say so: --allow {allow}",
        .factors.join("\n")
    )]
    CampaignsDiffer {
        /// What kinds of things, in words.
        differ: String,
        /// Every one of them, a line each.
        factors: Vec<String>,
        /// What would let it pass.
        allow: String,
    },
    /// One campaign twice.
    #[error("{} and {} hold the same campaign ({what}); a campaign counts once", first.display(), second.display())]
    SameCampaign {
        /// One folder.
        first: PathBuf,
        /// The other folder.
        second: PathBuf,
        /// How that is known.
        what: String,
    },
    /// `compare` of sides without a common cell.
    #[error("there is no such cell, or not on both sides; `analyze summary` lists what a dataset has")]
    NothingInCommon,
    /// Words that name more than one thing.
    #[error("say which {what}: {choices}")]
    SayWhich {
        /// What is missing.
        what: &'static str,
        /// What there is.
        choices: String,
    },
    /// How the result of a query is written.
    #[error(transparent)]
    QueryFormat(#[from] crate::query::FormatError),
    /// A query.
    #[cfg(feature = "query")]
    #[error(transparent)]
    Query(#[from] meshbench_query::QueryError),
    /// A query, by a program that was built without DuckDB.
    #[cfg(not(feature = "query"))]
    #[error(
        "this `analyze` was built without DuckDB; build it with its feature `query`, which it has unless --no-default-features was given: `cargo build -p meshbench-analysis --features query`"
    )]
    NoQuery,
    /// The samples of a calibration could not be read.
    #[error(transparent)]
    Calibration(TableError),
    /// The result could not be printed.
    #[error("cannot print the result: {0}")]
    Print(io::Error),
    /// The result could not be written as JSON.
    #[error("cannot write the result as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl AnalysisError {
    /// Wraps an I/O error with what was tried on which path.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// Exit code: 2 wrong input or command line, 1 a failure on the way.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Dataset(error) => 2 - u8::from(error.is_failure()),
            Self::Output(error) => 2 - u8::from(error.is_failure()),
            Self::Io { .. } | Self::Frame { .. } | Self::Print(_) | Self::Report(_) => 1,
            #[cfg(feature = "query")]
            Self::Query(error) => error.exit_code(),
            _ => 2,
        }
    }
}
