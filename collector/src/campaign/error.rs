//! Why a campaign could not go on, and what to do about it.

use crate::host::HostError;
use crate::matrix::MatrixError;
use crate::system::SystemError;
use meshbench_schemas::dataset::DatasetError;
use std::path::{Path, PathBuf};

/// Why a campaign could not go on.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum CampaignError {
    /// The matrix is unusable.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Matrix(#[from] MatrixError),
    /// The dataset is there already.
    #[error("{} exists already", path.display())]
    #[diagnostic(help("a dataset is never overwritten: choose another --output, or remove it"))]
    OutputExists {
        /// The folder.
        path: PathBuf,
    },
    /// The output cannot be made.
    #[error("failed to create the output {}: {cause}", path.display())]
    #[diagnostic(help("choose an --output in a folder that you can write to"))]
    Output {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// There is no unfinished campaign.
    #[error("there is no unfinished campaign at {}", path.display())]
    #[diagnostic(help("name the dataset as it was given to --output; its unfinished folder ends in .partial"))]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
    /// Another program works on this campaign.
    #[error("another `collect` works on {}", folder.display())]
    #[diagnostic(help("wait for it, or end it"))]
    Busy {
        /// The folder.
        folder: PathBuf,
    },
    /// An unfinished campaign is another one than is asked for.
    #[error("{} holds an unfinished campaign of another matrix or seed", folder.display())]
    #[diagnostic(help("go on with it by `collect resume`, end it with `collect seal`, or choose another --output"))]
    Differs {
        /// The folder.
        folder: PathBuf,
    },
    /// A line of the journal is no event.
    #[error("{}, line {line}: {message}", path.display())]
    #[diagnostic(help(
        "the file was changed by something else; restore it, or remove that line if it is the last one"
    ))]
    Journal {
        /// The journal.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A file could not be read or written.
    #[error("failed to {action} {}: {cause}", path.display())]
    #[diagnostic(help("everything before is kept; mend the cause, then `collect resume` goes on"))]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// The matrix is for a lab and was to be run on hosts.
    #[error("this matrix names no hosts, only how many a lab has")]
    #[diagnostic(help("give it [[hosts]] with name, interface and address; or run it with `collect lab`"))]
    NoHosts,
    /// The hosts did not come back.
    #[error("gave the hosts up after {waited}: {cause}")]
    #[diagnostic(help("everything measured is kept; when the hosts are there again, `collect resume` goes on"))]
    HostsGone {
        /// How long was waited.
        waited: String,
        /// The last error.
        cause: HostError,
    },
    /// The person stopped it.
    #[error("stopped; everything measured is in {}", folder.display())]
    #[diagnostic(help("`collect resume` goes on, `collect seal` makes a dataset of what is there"))]
    Stopped {
        /// The unfinished campaign.
        folder: PathBuf,
    },
    /// Something on a host.
    #[error(transparent)]
    Host(#[from] HostError),
    /// Something about a system.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The dataset could not be written.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}

impl CampaignError {
    /// Wraps an I/O error with what was tried on which file.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Io { action, path, cause }
    }

    /// Exit code: 2 wrong input, 130 stopped, 1 anything else.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Matrix(_)
            | Self::OutputExists { .. }
            | Self::Output { .. }
            | Self::Nothing { .. }
            | Self::Differs { .. }
            | Self::NoHosts => 2,
            Self::Stopped { .. } => 130,
            _ => 1,
        }
    }
}
