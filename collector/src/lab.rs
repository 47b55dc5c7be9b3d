//! `collect lab`: hosts, impairment and VPNs on one Linux machine.
//!
//! # How it is built
//!
//! ```text
//! collect lab ── lab-controller ─┬─ lab-host h1 ── sshd     each host: network, mount, uts, ipc and
//!                 (pid 1 of its  ├─ lab-host h2 ── sshd     pid namespaces of its own
//!                 own namespaces)└─ lab-host h3 ── sshd
//! ```
//!
//! The controller is process 1 of a pid namespace, in a network and a mount namespace of its own. Bridges,
//! interfaces, keys (on a tmpfs) and hosts exist only in there. When it ends, for whatever reason, the
//! kernel removes all of it; when `collect lab` itself is killed, `PR_SET_PDEATHSIG` ends the controller.
//! Nothing has to be cleaned up and two labs cannot meet. See `namespace`.
//!
//! Where the kernel lacks netem or WireGuard, or without root, all of this runs inside User-Mode Linux: the
//! same binary is process 1 of a guest on the machine's own files. See `uml` and `guest`.
//!
//! From controller to hosts there is one way: SSH, as to real hosts.

mod attempt;
mod campaign;
mod controller;
mod error;
mod facts;
mod guest;
mod hosts;
mod journal;
mod member;
mod namespace;
mod probe;
mod request;
mod supervise;
mod uml;

pub use error::LabError;
pub use probe::Capabilities;
pub use request::LabSummary;

use crate::matrix::Matrix;
use crate::ui;
use request::Request;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Environment variable that names the User-Mode Linux kernel to use where one is needed.
pub const UML_VARIABLE: &str = "MESHBENCH_UML";

/// What `collect lab` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct LabArgs {
    /// A built-in matrix (smoke) or the path of a matrix file
    #[arg(default_value = "smoke")]
    pub matrix: String,
    /// Folder for the dataset; it must not exist
    #[arg(short, long, value_name = "FOLDER")]
    pub output: PathBuf,
    /// Seed of the order of runs, instead of the matrix's own
    #[arg(long)]
    pub seed: Option<u64>,
    /// Run inside this User-Mode Linux kernel. Without it: where this machine cannot do what the matrix
    /// asks, the kernel named by MESHBENCH_UML or `linux.uml` in PATH is used
    #[arg(long, value_name = "KERNEL", conflicts_with = "native")]
    pub uml: Option<PathBuf>,
    /// Run on this machine's own kernel, as root, even where it cannot do all that the matrix asks
    #[arg(long)]
    pub native: bool,
}

/// Runs a lab: makes hosts, measures the matrix, writes the dataset, leaves nothing else behind.
pub fn run(args: &LabArgs) -> Result<LabSummary, LabError> {
    // Everything that can be wrong is found before anything is started.
    let (matrix, _) = Matrix::load(&args.matrix)?;
    let output =
        std::path::absolute(&args.output).map_err(|cause| LabError::Output { path: args.output.clone(), cause })?;
    check_output(&output)?;
    let matrix_name = match crate::matrix::EMBEDDED.iter().any(|(name, _)| *name == args.matrix) {
        true => args.matrix.clone(),
        false => {
            std::path::absolute(&args.matrix).map_or_else(|_| args.matrix.clone(), |path| path.display().to_string())
        }
    };
    let mut request = Request { matrix: matrix_name, output, seed: args.seed, place: "namespaces".to_owned() };
    match choose(args, &matrix)? {
        Place::Native => supervise::native(&request),
        Place::Uml(kernel) => {
            "namespaces in User-Mode Linux".clone_into(&mut request.place);
            uml::run(&kernel, &request)
        }
    }
}

/// Where a lab is run.
enum Place {
    Native,
    Uml(PathBuf),
}

/// Decides where to run, and says why wherever that is not this machine's own kernel.
fn choose(args: &LabArgs, matrix: &Matrix) -> Result<Place, LabError> {
    if let Some(kernel) = &args.uml {
        return Ok(Place::Uml(usable_kernel(kernel)?));
    }
    let root = nix::unistd::geteuid().is_root();
    let missing = if root { probe::capabilities()?.missing_for(matrix) } else { Some("root is needed".to_owned()) };
    let Some(missing) = missing else { return Ok(Place::Native) };
    if args.native {
        if !root {
            return Err(LabError::NotRoot);
        }
        ui::warn(&format!("{missing}; runs that need it are recorded as skipped"));
        return Ok(Place::Native);
    }
    let named = std::env::var_os(UML_VARIABLE).map(PathBuf::from);
    let kernel = match named {
        Some(kernel) => Some(usable_kernel(&kernel)?),
        None => probe::in_path("linux.uml"),
    };
    match kernel {
        Some(kernel) => {
            ui::say(&format!("{missing}, so the lab runs inside User-Mode Linux ({})", kernel.display()));
            Ok(Place::Uml(kernel))
        }
        None if root => {
            ui::warn(&format!("{missing}; runs that need it are recorded as skipped. {}", error::HOW_TO_GET_UML));
            Ok(Place::Native)
        }
        None => Err(LabError::NowhereToRun { missing }),
    }
}

fn usable_kernel(kernel: &Path) -> Result<PathBuf, LabError> {
    let fail = |cause| LabError::Kernel { path: kernel.to_owned(), cause };
    let kernel = std::fs::canonicalize(kernel).map_err(fail)?;
    let metadata = kernel.metadata().map_err(fail)?;
    let executable = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    if metadata.is_file() && executable {
        Ok(kernel)
    } else {
        Err(fail(std::io::Error::other("this is no executable file")))
    }
}

/// Refuses an output that exists or cannot be made, before a measurement is made for nothing.
fn check_output(output: &Path) -> Result<(), LabError> {
    let staging = request::staging(output);
    let fail = |cause| LabError::Output { path: output.to_owned(), cause };
    if output.file_name().is_none() {
        return Err(fail(std::io::Error::other("this is not the name of a folder")));
    }
    if output.symlink_metadata().is_ok() {
        return Err(LabError::OutputExists { path: output.to_owned() });
    }
    if staging.symlink_metadata().is_ok() {
        return Err(LabError::StagingExists { path: staging });
    }
    if let Some(parent) = output.parent() {
        std::fs::create_dir_all(parent).map_err(fail)?;
    }
    std::fs::create_dir(&staging).map_err(fail)?;
    std::fs::remove_dir(&staging).map_err(fail)
}

/// Runs one of the lab's own processes if this program was started as one, which is to be asked first thing
/// in `main`. They are `lab-controller`, `lab-host` and `lab-init`, and not for people to call.
pub fn entry() -> Option<ExitCode> {
    match std::env::args_os().nth(1)?.to_str()? {
        "lab-controller" => Some(controller::main()),
        "lab-host" => Some(member::main()),
        "lab-init" => Some(guest::main()),
        _ => None,
    }
}
