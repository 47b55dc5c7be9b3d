//! Reading campaigns that other frameworks measured into a dataset of format 1.

pub mod source;
pub mod vpn_bench;

use meshbench_schemas::dataset::DatasetError;
use std::io;
use std::path::{Path, PathBuf};

/// Why an import came to nothing. What cannot be read inside a campaign is no such error: it becomes
/// a row with its outcome, or a line in the import's report.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file or folder could not be read.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// There is nothing at the input's path.
    #[error("there is no {}: give the campaign's folder or its archive", .0.display())]
    NoInput(PathBuf),
    /// The input is a single file that is no archive.
    #[error("{} is a file, and neither a .tar nor a .tar.xz: give the campaign's folder or its archive", .0.display())]
    NotAnArchive(PathBuf),
    /// The archive ends early or is damaged.
    #[error("{} is damaged after {files} files ({source}): get it again from where it came from", path.display())]
    BrokenArchive {
        /// The archive.
        path: PathBuf,
        /// Files read before the damage.
        files: usize,
        /// The reason.
        source: io::Error,
    },
    /// An entry of the archive would be written outside.
    #[error("{} holds `{entry}`, {why}: nothing was unpacked from there on, do not trust this archive", path.display())]
    UnsafeArchive {
        /// The archive.
        path: PathBuf,
        /// The entry, with control characters escaped.
        entry: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The archive grows beyond what a campaign can be.
    #[error("{} unpacks to more than {limit}: raise --max-unpacked if that is right", path.display())]
    TooLarge {
        /// The archive.
        path: PathBuf,
        /// The limit that was passed, in words.
        limit: String,
    },
    /// There is no campaign in the input.
    #[error("{} holds no vpn-bench campaign: expected folders <System>/<profile>/<number>_<host>/ with JSON files in them", .0.display())]
    NoCampaign(PathBuf),
    /// There are several campaigns in the input.
    #[error("{} holds several campaigns ({}): import one of these folders at a time", path.display(), found.join(", "))]
    SeveralCampaigns {
        /// The folder.
        path: PathBuf,
        /// The campaigns' folders.
        found: Vec<String>,
    },
    /// The dataset could not be written.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}

impl ImportError {
    /// Wraps an I/O error with what was tried on which path.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
