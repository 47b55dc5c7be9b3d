//! The command line of `collect`.

mod campaign;
mod import;
mod signals;

use crate::agent::{self, AgentArgs};
use crate::lab::{self, LabArgs, LabError, LabResult, WhereArgs};
use crate::ui::{self, LogFormat};
pub use campaign::DespiteArgs;
use campaign::{CleanArgs, DoctorArgs, InitArgs, PlanArgs, ResumeArgs, RetryArgs, RunArgs, SealArgs, StatusArgs};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use meshbench_schemas::dataset::{OutputError, output};
use meshbench_schemas::manifest::FORMAT;
use meshbench_terminal::OneOf;
use meshbench_terminal::guide::{self, CompletionsArgs, ManArgs};
use std::path::Path;
use std::process::ExitCode;

/// Behind the help of the program.
const EXAMPLES: &str = "Examples:
  collect lab smoke -o ds
  collect init
  collect import vpn-bench campaign -o ds

`collect COMMAND --help` has examples of each command.";

/// Measure peer-to-peer overlay VPNs, or import what others measured
///
/// Exit codes: 0 done; 1 a failure on the way; 2 the input, what is there of a campaign, or the command line is wrong; 3 this
/// machine or a host cannot do what was asked; 130 stopped.
#[derive(Debug, Parser)]
#[command(name = "collect", version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    /// How lines on stderr are written
    #[arg(long, global = true, value_parser = OneOf::<LogFormat>::of(), value_enum, default_value_t)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented matrix file to start from
    #[command(after_help = "Examples:
  collect init
  collect init other.toml")]
    Init(InitArgs),
    /// Say what a matrix comes to: its runs in order, time, disk, and what the design will be able to tell
    #[command(after_help = "Examples:
  collect plan smoke
  collect plan matrix.toml --list")]
    Plan(PlanArgs),
    /// Look at each host: what is there, what is missing, and how to get it
    #[command(after_help = "Examples:
  collect doctor matrix.toml
  collect doctor matrix.toml --ssh-config lab/ssh_config")]
    Doctor(DoctorArgs),
    /// Measure a matrix on its hosts, over SSH; goes on where an unfinished campaign stopped
    #[command(after_help = "Examples:
  collect run matrix.toml -o ds
  collect run matrix.toml -o ds --seed 7")]
    Run(RunArgs),
    /// Go on with an unfinished campaign
    #[command(after_help = "Examples:
  collect resume ds")]
    Resume(ResumeArgs),
    /// Make the failed runs of an unfinished campaign again, and go on with it
    #[command(after_help = "Examples:
  collect retry ds")]
    Retry(RetryArgs),
    /// Say how far a campaign is
    #[command(after_help = "Examples:
  collect status ds
  collect status ds --json")]
    Status(StatusArgs),
    /// Make a dataset of what an unfinished campaign has
    #[command(after_help = "Examples:
  collect seal ds")]
    Seal(SealArgs),
    /// Restore what was left on hosts by a collector and an agent that were both killed
    #[command(after_help = "Examples:
  collect clean matrix.toml")]
    Clean(CleanArgs),
    /// Measure a matrix in a lab on this machine: hosts are namespaces, daemons are real
    #[command(after_help = "Examples:
  collect lab smoke -o ds
  collect lab matrix.toml -o ds --uml linux.uml
  collect lab shell")]
    Lab(LabArgs),
    /// List or try systems under test
    #[command(
        subcommand,
        after_help = "Examples:
  collect systems list
  collect systems check my-vpn.toml"
    )]
    Systems(Systems),
    /// Turn a campaign that another framework measured into a dataset
    #[command(
        subcommand,
        after_help = "Examples:
  collect import vpn-bench campaign -o ds
  collect import vpn-bench campaign.tar.xz -o ds"
    )]
    Import(import::Import),
    /// Print completions for a shell
    #[command(after_help = "Examples:
  collect completions bash
  collect completions fish")]
    Completions(CompletionsArgs),
    /// Write man pages into a folder
    #[command(after_help = "Examples:
  collect man -o man1")]
    Man(ManArgs),
    /// The part that runs on hosts, started there by `collect` itself
    #[command(hide = true)]
    Agent(AgentArgs),
}

#[derive(Debug, Subcommand)]
enum Systems {
    /// List the systems that are built in
    #[command(after_help = "Examples:
  collect systems list")]
    List,
    /// Try a system file on three hosts of a lab: keys, start, every link, its path, stop, and what is left behind
    #[command(after_help = "Examples:
  collect systems check WireGuard
  collect systems check my-vpn.toml")]
    Check {
        /// A system file, or the name of a built-in one
        file: String,
        /// Traffic between two hosts may go through the third one, as in a star
        #[arg(long)]
        allow_relay: bool,
        /// Where it runs.
        #[command(flatten)]
        where_to: WhereArgs,
    },
}

/// What a command says in the end, or why it could not, with the exit code.
type Done = Result<String, (String, u8)>;
/// What a command that looks at something found, with the exit code that says how good it is; or why it could not look.
type Looked = Result<(String, u8), (String, u8)>;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    if let Some(code) = lab::entry().or_else(agent::entry) {
        return code;
    }
    // Names are to be copied, so no line ends inside of one. Nobody else has set it.
    let _ = miette::set_hook(Box::new(|_| {
        let options = miette::MietteHandlerOpts::new().word_splitter(textwrap::WordSplitter::NoHyphenation);
        Box::new(options.build())
    }));
    let cli = match Cli::try_parse() {
        Err(error) if error.kind() == ErrorKind::DisplayVersion => {
            return end(Ok((version(), 0)));
        }
        Err(error) if !error.use_stderr() => return end(Ok((guide::help(&error), 0))),
        parsed => parsed.unwrap_or_else(|error| error.exit()),
    };
    ui::set_format(cli.log_format);
    let done = match cli.command {
        Command::Agent(args) => return agent::main(&args),
        Command::Import(import) => import.run(),
        Command::Lab(args) => of_lab(lab::run(&args)),
        Command::Systems(Systems::List) => Ok(campaign::systems()),
        Command::Systems(Systems::Check { file, allow_relay, where_to }) => {
            return end(of_check(lab::check(&file, allow_relay, &where_to)));
        }
        Command::Init(args) => args.run(),
        Command::Plan(args) => args.run(),
        Command::Doctor(args) => return end(args.run()),
        Command::Run(args) => args.run(),
        Command::Resume(args) => args.run(),
        Command::Retry(args) => args.run(),
        Command::Status(args) => args.run(),
        Command::Seal(args) => args.run(),
        Command::Clean(args) => return end(args.run()),
        Command::Completions(args) => Ok(args.script(Cli::command())),
        Command::Man(ManArgs { output }) => man(&output),
    };
    end(done.map(|text| (text, 0)))
}

/// What `--version` says.
fn version() -> String {
    let first = concat!("collect ", env!("CARGO_PKG_VERSION"));
    guide::version(first, &[("commit", env!("MESHBENCH_COMMIT").to_owned()), ("dataset format", FORMAT.to_string())])
}

fn man(output: &Path) -> Done {
    let write = || {
        output::folder_of(output)?;
        guide::write_man_pages(Cli::command(), output).map_err(OutputError::refused(output))
    };
    let told = |error: OutputError| (format!("error: {error}"), 2 - u8::from(error.is_failure()));
    write().map_err(told).map(|()| String::new())
}

/// Writes what a command found to stdout, good or bad, and why it could not look to stderr.
fn end(looked: Looked) -> ExitCode {
    match looked {
        Ok((text, code)) => match ui::result(text.as_bytes()) {
            Ok(()) => ExitCode::from(code),
            // Whoever reads the result has read enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(code),
            Err(error) => {
                ui::fail(&format!("error: failed to print the result: {error}"));
                ExitCode::FAILURE
            }
        },
        Err((message, code)) => {
            ui::fail(&message);
            ExitCode::from(code)
        }
    }
}

fn of_check(checked: Result<lab::Checked, LabError>) -> Looked {
    match checked {
        Ok(checked) => Ok((ui::page().fit(&checked.to_string()), u8::from(checked.problems > 0))),
        Err(error) => {
            let code = error.exit_code();
            Err((explain(error), code))
        }
    }
}

fn of_lab(result: Result<LabResult, LabError>) -> Done {
    match result {
        Ok(result) => Ok(ui::page().fit(&format!("{}\n", result.to_string().trim_end()))),
        Err(error) => {
            let code = error.exit_code();
            Err((explain(error), code))
        }
    }
}

/// An error with its help, and for a file with the line it concerns.
fn explain(error: impl miette::Diagnostic + Send + Sync + 'static) -> String {
    if ui::format() == LogFormat::Json {
        let help = error.help().map_or_else(String::new, |help| format!("; {help}"));
        return format!("{error}{help}");
    }
    format!("{:?}", miette::Report::new(error))
}
