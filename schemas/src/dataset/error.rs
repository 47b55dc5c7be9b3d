//! What can go wrong with a dataset on disk.

use crate::manifest::{FORMAT, FormatVersion};
use crate::table::TableError;
use std::io;
use std::path::{Path, PathBuf};

/// What went wrong, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The folder to write exists.
    #[error("{} already exists; choose another output folder or remove it", .0.display())]
    Exists(PathBuf),
    /// The dataset cannot be made where it was asked for.
    #[error(transparent)]
    Output(#[from] super::OutputError),
    /// What is to be read is no dataset.
    #[error("{} {instead}", path.display())]
    NotADataset {
        /// What was given.
        path: PathBuf,
        /// What it is, and what to do with that.
        instead: String,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The manifest is no manifest.
    #[error("{} is no manifest of a dataset: {source}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Line, column and reason.
        source: serde_json::Error,
    },
    /// The dataset follows a newer major version of the format.
    #[error("{} has format {found}, this program reads format {}.x; use a newer meshbench", path.display(), FORMAT.major)]
    NewerFormat {
        /// The dataset.
        path: PathBuf,
        /// Its version.
        found: FormatVersion,
    },
    /// A Parquet file cannot be read.
    #[error("{} is no readable Parquet file: {source}; restore it from where the dataset came from", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Parquet's reason.
        source: parquet::errors::ParquetError,
    },
    /// A Parquet file holds another table than its name says.
    #[error("{}: {source}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What differs.
        source: TableError,
    },
    /// A path of the manifest leaves the dataset.
    #[error("{}: the path `{path}` of a resource leaves the dataset; the dataset cannot be trusted", manifest.display())]
    PathEscapes {
        /// The manifest.
        manifest: PathBuf,
        /// The path.
        path: String,
    },
}

impl DatasetError {
    /// Wraps an I/O error with what was tried on which path.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// Whether something failed on the way; else what was given, or where it was to go, is wrong.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Io { .. } => true,
            Self::Output(error) => error.is_failure(),
            _ => false,
        }
    }
}
