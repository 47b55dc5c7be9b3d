//! Why a lab could not be run, and what to do about it.

use crate::campaign::CampaignError;
use std::path::PathBuf;

/// How to get a kernel for machines that cannot do it themselves.
pub(super) const HOW_TO_GET_UML: &str = "To have everything without root and without changing this machine: \
     Debian's package `user-mode-linux` (6.13 or newer; forky has 7.2), or a kernel built with \
     `make ARCH=um` with netem and WireGuard; then name it with --uml or MESHBENCH_UML";

/// Why a lab could not be run.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum LabError {
    /// Something about the campaign itself.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Campaign(#[from] CampaignError),
    /// A system file is unusable.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Check {
        /// What is wrong with it.
        #[diagnostic_source]
        error: Box<crate::system::SystemFileError>,
    },
    /// Natively asked for without root.
    #[error("--native needs root: it makes network namespaces and bridges")]
    #[diagnostic(help("run it as root, or without --native: inside User-Mode Linux no root is needed"))]
    NotRoot,
    /// This machine cannot, and there is no User-Mode Linux.
    #[error("{missing}, and there is no User-Mode Linux kernel to run in")]
    #[diagnostic(help("{HOW_TO_GET_UML}"))]
    NowhereToRun {
        /// What this machine lacks.
        missing: String,
    },
    /// The User-Mode Linux kernel that was named is unusable.
    #[error("failed to use {} as a User-Mode Linux kernel: {cause}", path.display())]
    #[diagnostic(help("name the kernel itself, for example --uml /usr/bin/linux.uml. {HOW_TO_GET_UML}"))]
    Kernel {
        /// What was named.
        path: PathBuf,
        /// What is wrong with it.
        cause: std::io::Error,
    },
    /// Somebody stopped what was no campaign.
    #[error("stopped; the lab is gone, and nothing of it stays")]
    Stopped,
    /// The guest ended without a result.
    #[error("the User-Mode Linux guest ended without a result; its console said: {console}")]
    #[diagnostic(help(
        "kernels before 6.13 fail on CPUs with AMX; the memory file needs room in /dev/shm or in TMPDIR"
    ))]
    Guest {
        /// The end of the guest's console.
        console: String,
    },
    /// The controller ended without a result.
    #[error("the lab's controller ended without a result ({status})")]
    NoReply {
        /// How it ended.
        status: String,
        /// Where what was measured is, if a campaign had begun.
        #[help]
        kept: Option<String>,
    },
    /// The controller, elsewhere, failed.
    #[error("{message}")]
    Inside {
        /// What went wrong.
        message: String,
        /// What to do about it.
        #[help]
        help: Option<String>,
        /// The exit code that fits.
        code: u8,
    },
    /// A part of the lab could not be set up.
    #[error("failed to {what}: {cause}")]
    Setup {
        /// What was tried.
        what: String,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// A tool that the lab is made with failed.
    #[error("failed to {what}: {message}")]
    Tool {
        /// What was tried.
        what: String,
        /// What the tool said.
        message: String,
    },
}

impl LabError {
    /// Exit code: 2 wrong input, 3 this machine cannot, 130 interrupted, 1 anything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Check { .. } => 2,
            Self::NotRoot | Self::NowhereToRun { .. } | Self::Kernel { .. } => 3,
            Self::Campaign(error) => error.exit_code(),
            Self::Stopped => 130,
            Self::Inside { code, .. } => *code,
            _ => 1,
        }
    }

    /// Wraps an I/O error with what was tried.
    pub(super) fn setup<E: Into<std::io::Error>>(what: impl Into<String>) -> impl FnOnce(E) -> Self {
        let what = what.into();
        move |cause| Self::Setup { what, cause: cause.into() }
    }
}
