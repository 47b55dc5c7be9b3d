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
//! Nothing has to be cleaned up and two labs cannot meet. See `controller` and `hosts`.
//!
//! Where the kernel lacks netem or WireGuard, or without root, all of this runs inside User-Mode Linux: the
//! same binary is process 1 of a guest on the machine's own files. See `uml` and `guest`.
//!
//! From controller to hosts there is one way: SSH, as to real hosts.

mod check;
mod controller;
mod error;
mod guest;
mod hosts;
mod member;
mod probe;
mod request;
mod shell;
mod supervise;
mod uml;

pub use error::LabError;
pub use probe::in_path;
pub use request::{Checked, LabResult};

use crate::campaign::{self, CampaignError};
use crate::cli::DespiteArgs;
use crate::doctor::Code;
use crate::matrix::Matrix;
use crate::system::{LinkType, SystemFile};
use crate::tuning::CONGESTION_CONTROL;
use crate::ui;
use meshbench_schemas::dataset::OutputError;
use request::{Request, Task};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Environment variable that names the User-Mode Linux kernel to use where one is needed.
pub const UML_VARIABLE: &str = "MESHBENCH_UML";

/// What `collect lab` takes.
#[derive(Debug, Clone, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct LabArgs {
    /// Something else than a campaign.
    #[command(subcommand)]
    pub action: Option<LabAction>,
    /// The matrix.
    #[arg(default_value = "smoke", help = crate::matrix::help())]
    pub matrix: String,
    /// Folder for the dataset, in a folder that is there; an unfinished campaign there is gone on with
    #[arg(short, long, value_name = "FOLDER", required = true)]
    pub output: Option<PathBuf>,
    /// Seed of the order of runs, instead of the matrix's own
    #[arg(long)]
    pub seed: Option<u64>,
    /// Where it runs.
    #[command(flatten)]
    pub where_to: WhereArgs,
    /// In spite of what it is measured.
    #[command(flatten)]
    pub despite: DespiteArgs,
}

/// Other things to do in a lab.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum LabAction {
    /// A shell in a lab, with SSH to its hosts, for trying a VPN by hand
    #[command(after_help = "Examples:
  collect lab shell
  collect lab shell --hosts 5")]
    Shell {
        /// How many hosts it has
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=16))]
        hosts: u8,
        /// Where it runs.
        #[command(flatten)]
        where_to: WhereArgs,
    },
}

/// Where a lab runs.
#[derive(Debug, Clone, clap::Args)]
pub struct WhereArgs {
    /// Run inside this User-Mode Linux kernel. Without it: where this machine cannot do what is needed, the
    /// kernel named by MESHBENCH_UML or `linux.uml` in PATH is used
    #[arg(long, value_name = "KERNEL", conflicts_with = "native")]
    pub uml: Option<PathBuf>,
    /// Run on this machine's own kernel, as root, even where it cannot do all that is needed
    #[arg(long)]
    pub native: bool,
}

/// What a lab needs of the kernel.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// netem.
    pub netem: bool,
    /// Links, such as `wireguard`.
    pub links: Vec<LinkType>,
    /// Congestion controls of TCP.
    pub congestion: Vec<String>,
}

/// Runs a lab: makes hosts, measures the matrix, writes the dataset, leaves nothing else behind.
pub fn run(args: &LabArgs) -> Result<LabResult, LabError> {
    if let Some(LabAction::Shell { hosts, where_to }) = &args.action {
        let hosts = (1..=*hosts).map(|number| format!("h{number}")).collect();
        let needs = Needs { netem: true, ..Needs::default() };
        return start(Task::Shell, PathBuf::from("/"), hosts, &choose(where_to, &needs)?);
    }
    // Everything that can be wrong is found before anything is started.
    let (matrix, text) = Matrix::load(&args.matrix).map_err(CampaignError::from)?;
    let output = args.output.clone().unwrap_or_default();
    let output = std::path::absolute(&output).map_err(OutputError::refused(&output)).map_err(CampaignError::from)?;
    let place = choose(&args.where_to, &needs(&matrix))?;
    let seed = args.seed.unwrap_or(matrix.seed);
    let base = Path::new(&args.matrix).parent();
    campaign::prepare(&output, &text, base, seed)?;
    let despite = despite(&args.despite, &args.where_to);
    let task = Task::Campaign { seed, despite, again: false };
    start(task, output.clone(), matrix.hosts.names(), &place).inspect_err(|_| campaign::forget(&output))
}

/// Kinds of problems in spite of which it is measured, by name. With `--native` somebody has said that the kernel may
/// lack what impairs.
fn despite(named: &DespiteArgs, where_to: &WhereArgs) -> Vec<String> {
    let mut kinds = named.kinds();
    if where_to.native {
        kinds.insert(Code::NoImpairment);
    }
    kinds.iter().map(ToString::to_string).collect()
}

/// Goes on with an unfinished campaign that was begun in a lab.
///
/// With `again` it begins by making again what failed or is lost.
pub fn resume(output: &Path, where_to: &WhereArgs, named: &DespiteArgs, again: bool) -> Result<LabResult, LabError> {
    let campaign::Begun { matrix, seed, .. } = campaign::begun(output)?;
    let place = choose(where_to, &needs(&matrix))?;
    let task = Task::Campaign { seed, despite: despite(named, where_to), again };
    start(task, output.to_owned(), matrix.hosts.names(), &place)
}

/// Tries a system file in a lab.
pub fn check(reference: &str, allow_relay: bool, where_to: &WhereArgs) -> Result<Checked, LabError> {
    let reference = check::absolute(reference);
    let file = SystemFile::load(&reference, None).map_err(|error| LabError::Check { error: Box::new(error) })?;
    let needs = Needs { netem: true, links: file.kernel_links().cloned().collect(), ..Needs::default() };
    let hosts = check::HOSTS.map(str::to_owned).to_vec();
    match start(Task::Check { file: reference, allow_relay }, PathBuf::from("/"), hosts, &choose(where_to, &needs)?)? {
        LabResult::Checked(checked) => Ok(checked),
        other => Err(LabError::NoReply { status: format!("it answered something else: {other}"), kept: None }),
    }
}

fn needs(matrix: &Matrix) -> Needs {
    let links = matrix.systems.iter().flat_map(|system| system.kernel_links()).cloned().collect();
    let settings = matrix.tunings.values().flat_map(|tuning| tuning.settings());
    let congestion = settings.filter(|(name, _)| *name == CONGESTION_CONTROL).map(|(_, value)| value.to_owned());
    Needs { netem: matrix.impairs(), links, congestion: congestion.collect() }
}

fn start(task: Task, output: PathBuf, hosts: Vec<String>, place: &Place) -> Result<LabResult, LabError> {
    let mut request = Request { task, output, hosts, place: "namespaces".to_owned(), log_format: ui::format() };
    match place {
        Place::Native => supervise::native(&request),
        Place::Uml(kernel) => {
            "namespaces in User-Mode Linux".clone_into(&mut request.place);
            uml::run(kernel, &request)
        }
    }
}

/// Where a lab is run.
enum Place {
    Native,
    Uml(PathBuf),
}

/// Decides where to run, and says why wherever that is not this machine's own kernel.
fn choose(args: &WhereArgs, needs: &Needs) -> Result<Place, LabError> {
    if let Some(kernel) = &args.uml {
        return Ok(Place::Uml(usable_kernel(kernel)?));
    }
    let root = nix::unistd::geteuid().is_root();
    let missing = if root { probe::missing(needs)? } else { Some("root is needed".to_owned()) };
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
            ui::warn(&format!("{missing}; what needs it cannot be measured. {}", error::HOW_TO_GET_UML));
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
