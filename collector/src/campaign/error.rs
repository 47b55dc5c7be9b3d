//! Why a campaign could not go on, and what to do about it.

use super::journal::Problem;
use crate::doctor::Code;
use crate::host::HostError;
use crate::matrix::MatrixError;
use crate::system::SystemError;
use meshbench_schemas::dataset::{DatasetError, OutputError};
use std::collections::BTreeSet;
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
    #[error(transparent)]
    Output(#[from] OutputError),
    /// There is no unfinished campaign.
    #[error("there is no unfinished campaign at {}", path.display())]
    #[diagnostic(help("name the dataset as it was given to --output; its unfinished folder ends in .partial"))]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
    /// The journal does not tell how the campaign began, so that nothing can be said of it.
    #[error("{} {what}, so nothing is known of this campaign", path.display())]
    #[diagnostic(help(
        "put the journal back from a copy; without one there is nothing to go on with: move the folder away, and begin the \
         campaign again with `collect run` or `collect lab`"
    ))]
    NoBeginning {
        /// The journal.
        path: PathBuf,
        /// How it begins instead.
        what: String,
    },
    /// A dataset that no campaign of this program became.
    #[error("{} is a dataset without a journal: it was imported or merged, and is no campaign of `collect`", path.display())]
    #[diagnostic(help("`analyze summary` says what it holds"))]
    NoJournal {
        /// The dataset.
        path: PathBuf,
    },
    /// A file that the command line names is not there.
    #[error("failed to read {} ({option}): {cause}", path.display())]
    #[diagnostic(help("name a file that is there and that you can read"))]
    NoFile {
        /// The option.
        option: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// The campaign is a dataset already.
    #[error("{} is finished: it is a dataset, and nothing more can be added to it", path.display())]
    #[diagnostic(help(
        "`collect status` says what it has; to measure more, begin another campaign with another --output"
    ))]
    Finished {
        /// The dataset.
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
    #[error("{} holds an unfinished campaign of another matrix or seed ({what} differs)", folder.display())]
    #[diagnostic(help("go on with it by `collect resume`, end it with `collect seal`, or choose another --output"))]
    Differs {
        /// The folder.
        folder: PathBuf,
        /// The first thing that differs.
        what: String,
    },
    /// What was kept at the beginning is something else now.
    #[error("{} {what} when the campaign began", path.display())]
    #[diagnostic(help(
        "what is measured cannot change on the way: put the file back as it was, or begin another campaign with another \
         --output"
    ))]
    Changed {
        /// The file.
        path: PathBuf,
        /// How it differs; completed by "when the campaign began".
        what: String,
    },
    /// What an attempt left is not what the journal says.
    #[error("attempt {attempt}: {} {what}", path.display())]
    #[diagnostic(help(
        "put the folder back from a copy; where there is none, remove it, and `collect retry` makes the run again and says \
         so in the dataset"
    ))]
    Fragment {
        /// The attempt's id.
        attempt: String,
        /// Where its rows should be.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Rows that no attempt of the journal left.
    #[error("{} {what}", path.display())]
    #[diagnostic(help(
        "move the folder out of this campaign's `fragments`: nothing of it can become part of the dataset; then do the same \
         again"
    ))]
    Surplus {
        /// The folder with the rows.
        path: PathBuf,
        /// What the journal says of it.
        what: &'static str,
    },
    /// The hosts are not as the matrix needs them.
    #[error("the hosts cannot be measured on:{}", listed(problems))]
    #[diagnostic(help(
        "mend it{}",
        Passing(despite, ", or measure all the same with `--despite ", "`; the dataset then says so")
    ))]
    Refused {
        /// What is wrong.
        problems: Vec<Problem>,
        /// The kinds with which all of it would be passed over; none where something cannot be.
        despite: BTreeSet<Code>,
    },
    /// A host cannot do its part any more, whatever is measured.
    #[error("a host cannot go on:{}", listed(problems))]
    #[diagnostic(help(
        "everything measured is kept and no run was used up: mend it, and `collect resume` goes on{}",
        Passing(despite, " (with `--despite ", "`: as if nothing were wrong)")
    ))]
    Unfit {
        /// What is wrong.
        problems: Vec<Problem>,
        /// The kinds with which all of it would be passed over; none where something cannot be.
        despite: BTreeSet<Code>,
    },
    /// A host could not be put back.
    #[error("a host is not as it was before: {cause}")]
    #[diagnostic(help(
        "everything measured is kept: mend it on the host (`collect clean` tries again), and `collect resume` goes on"
    ))]
    NotRestored {
        /// What its agent said.
        cause: HostError,
    },
    /// Everything was made, and nothing is of use.
    #[error("no run is ok ({reasons}), so the campaign is not sealed: {}", folder.display())]
    #[diagnostic(help(
        "{}; `collect seal --despite no-ok-run` makes a dataset of it as it is",
        match made {
            true => "mend the cause, and `collect retry` makes the failed runs again",
            false => "`collect resume` makes its runs",
        }
    ))]
    NothingOk {
        /// The unfinished campaign.
        folder: PathBuf,
        /// How many runs have each reason.
        reasons: String,
        /// Whether any run was made.
        made: bool,
    },
    /// There is nothing to make again.
    #[error("no run of {} has failed", folder.display())]
    #[diagnostic(help("`collect resume` goes on with it, `collect seal` ends it"))]
    NothingFailed {
        /// The unfinished campaign.
        folder: PathBuf,
    },
    /// A line of the journal is no event.
    #[error("{}, line {line}: {message}", path.display())]
    #[diagnostic(help("the file was changed by something else: put it back from a copy"))]
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

/// Problems with what to do about each, a line each.
fn listed(problems: &[Problem]) -> String {
    let one = |problem: &Problem| {
        let help = problem.help.as_ref().map_or_else(String::new, |help| format!("\n    → {help}"));
        format!("\n  {problem}{help}")
    };
    problems.iter().map(one).collect()
}

/// Kinds of problems as `--despite` takes them, between two texts; nothing where there is none.
struct Passing<'a>(&'a BTreeSet<Code>, &'static str, &'static str);

impl std::fmt::Display for Passing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(codes, before, after) = self;
        if codes.is_empty() {
            return Ok(());
        }
        let mut codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
        codes.sort();
        write!(f, "{before}{}{after}", codes.join(","))
    }
}

impl CampaignError {
    /// Wraps an I/O error with what was tried on which file.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Io { action, path, cause }
    }

    /// Exit code: 2 wrong input, 3 the hosts are not as they have to be, 130 stopped, 1 anything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Output(error) => 2 - u8::from(error.is_failure()),
            Self::Dataset(error) => 2 - u8::from(error.is_failure()),
            Self::Matrix(_)
            | Self::OutputExists { .. }
            | Self::Nothing { .. }
            | Self::NoBeginning { .. }
            | Self::NoJournal { .. }
            | Self::NoFile { .. }
            | Self::Journal { .. }
            | Self::Fragment { .. }
            | Self::Surplus { .. }
            | Self::Finished { .. }
            | Self::Differs { .. }
            | Self::Changed { .. }
            | Self::NothingFailed { .. }
            | Self::NoHosts => 2,
            Self::Refused { .. } => 3,
            Self::Stopped { .. } => 130,
            _ => 1,
        }
    }
}
