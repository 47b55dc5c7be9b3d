//! The command line of `analyze`.

use crate::check::{self, print::Choice};
use crate::claims::{self, ClaimsArgs};
use crate::compare::{self, CompareArgs};
use crate::error::AnalysisError;
use crate::explain::{self, ExplainArgs};
use crate::merge::{self, MergeArgs};
use crate::options::{OptionArgs, Options};
use crate::plan::{self, PlanArgs};
use crate::print::Format;
use crate::stages;
use crate::summary;
use crate::words::{Filter, Words};
use crate::{query, report, ui};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use meshbench_reports::words::many;
use meshbench_schemas::dataset::verify::{Verified, verify};
use meshbench_schemas::dataset::{Dataset, OutputError, output};
use meshbench_schemas::manifest::FORMAT;
use meshbench_terminal::OneOf;
use meshbench_terminal::guide::{self, CompletionsArgs, ManArgs};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Behind the help of the program.
const EXAMPLES: &str = "Examples:
  analyze summary ds --workload tcp
  analyze check ds --fail-on never
  analyze report ds -o report

`analyze COMMAND --help` has examples of each command.";

/// Analyse a meshbench dataset, offline
///
/// Exit codes: 0 done; 1 a failure on the way, or `verify` found something wrong, or what `--fail-on` names was found;
/// 2 the dataset, the claims or the command line is wrong.
#[derive(Debug, Parser)]
#[command(name = "analyze", version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print estimates with their intervals
    #[command(after_help = "Examples:
  analyze summary ds --system WireGuard --workload tcp
  analyze summary ds --metric rtt_p95 --format csv")]
    Summary {
        /// The dataset
        dataset: PathBuf,
        #[command(flatten)]
        filter: Filter,
        /// How to print
        #[arg(long, value_parser = OneOf::<Format>::of(), value_enum, default_value_t)]
        format: Format,
        /// Show arithmetic means beside the estimates; CSV and JSON have them anyway
        #[arg(long)]
        means: bool,
        #[command(flatten)]
        options: OptionArgs,
    },
    /// Write tables, figures, numbers and a page
    #[command(after_help = "Examples:
  analyze report ds -o report
  analyze report ds -o report --force --confidence 0.9")]
    Report {
        /// The dataset
        dataset: PathBuf,
        /// Folder for the report; it must not exist
        #[arg(short, long, value_name = "FOLDER")]
        output: PathBuf,
        /// Replace an earlier report
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        options: OptionArgs,
    },
    /// Say what changed from one campaign, system or tuning to another
    #[command(after_help = "Examples:
  analyze compare old new --fail-on worse
  analyze compare ds --old-system tinc --new-system wireguard --workload tcp")]
    Compare(CompareArgs),
    /// Make one dataset of several campaigns, as blocks of one
    ///
    /// The systems are then compared within each campaign, and an interval says how another campaign would differ.
    #[command(
        override_usage = "analyze merge [OPTIONS] -o <FOLDER> <DATASET>...",
        after_help = "Examples:
  analyze merge december january -o winter
  analyze merge december january -o winter --allow version"
    )]
    Merge(MergeArgs),
    /// Say what more blocks would resolve, and what they cost, from a pilot
    #[command(after_help = "Examples:
  analyze plan ds --workload tcp --metric throughput
  analyze plan ds --blocks 9,12,24 --target 0.1")]
    Plan(PlanArgs),
    /// Say what a dataset makes of published claims
    #[command(after_help = "Examples:
  analyze claims ds published
  analyze claims ds published --format md")]
    Claims(ClaimsArgs),
    /// Say why a number is what it is, or what a code means
    #[command(after_help = "Examples:
  analyze explain offload-under-netem
  analyze explain ds tinc medium tcp
  analyze explain ds tinc WireGuard medium tcp throughput")]
    Explain(ExplainArgs),
    /// Run SQL over the dataset and every stage, read-only
    #[command(after_help = "Examples:
  analyze query ds
  analyze query ds 'SELECT system, count(*) AS runs FROM runs GROUP BY system'
  analyze query ds 'FROM estimates' -o estimates.parquet")]
    Query(query::Options),
    /// Look for what makes a dataset lie
    ///
    /// Exit codes: 0 nothing at or above the severity of --fail-on; 1 something; 2 the dataset or the command line is
    /// wrong.
    #[command(after_help = "Examples:
  analyze check ds --fail-on never
  analyze check ds --code offload-under-netem --fail-on never")]
    Check {
        /// The dataset
        dataset: PathBuf,
        #[command(flatten)]
        choice: Choice,
        /// How to print; tables for people show a few findings of each code
        #[arg(long, value_parser = OneOf::<Format>::of(), value_enum, default_value_t)]
        format: Format,
    },
    /// Check hashes, schemas, keys and references of a dataset
    #[command(after_help = "Examples:
  analyze verify ds")]
    Verify {
        /// The dataset
        dataset: PathBuf,
    },
    /// Print completions for a shell
    #[command(after_help = "Examples:
  analyze completions bash
  analyze completions fish")]
    Completions(CompletionsArgs),
    /// Write man pages into a folder
    #[command(after_help = "Examples:
  analyze man -o man1")]
    Man(ManArgs),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Err(error) if error.kind() == ErrorKind::DisplayVersion => {
            return finish(Ok((version(), ExitCode::SUCCESS)));
        }
        Err(error) if !error.use_stderr() => return finish(Ok((guide::help(&error), ExitCode::SUCCESS))),
        parsed => parsed.unwrap_or_else(|error| error.exit()),
    };
    finish(run(cli.command))
}

fn finish(done: Result<(String, ExitCode), AnalysisError>) -> ExitCode {
    match done {
        Ok((text, code)) => match ui::result(&text) {
            Ok(()) => code,
            Err(error) => fail(&AnalysisError::Print(error)),
        },
        Err(error) => fail(&error),
    }
}

/// What `--version` says.
fn version() -> String {
    let first = concat!("analyze ", env!("CARGO_PKG_VERSION"));
    let commit = env!("MESHBENCH_COMMIT").to_owned();
    guide::version(first, &[("commit", commit), ("dataset format", FORMAT.to_string()), ("DuckDB", query::version())])
}

fn fail(error: &AnalysisError) -> ExitCode {
    ui::say(&format!("error: {error}"));
    ExitCode::from(error.exit_code())
}

fn run(command: Command) -> Result<(String, ExitCode), AnalysisError> {
    match command {
        Command::Summary { dataset, filter, format, means, options } => {
            let dataset = Dataset::open(&dataset)?;
            let stages = stages::of(&dataset, &options.into())?;
            let systems = dataset.systems()?;
            let filter = filter.resolved(&Words::of_estimates(stages.estimates.iter(), &systems))?;
            let mut text = summary::print(&stages.estimates, &filter, format, means, ui::page())?;
            if format == Format::Table {
                for note in &dataset.manifest().meshbench.notes {
                    // Writing to a string cannot fail.
                    let _ = writeln!(text, "{}", ui::page().line("note: ", note));
                }
            }
            Ok((text, ExitCode::SUCCESS))
        }
        Command::Report { dataset, output, force, options } => {
            let dataset = Dataset::open(&dataset)?;
            let written = report::write(&dataset, &output, &options.into(), force)?;
            let text = format!(
                "{}, {}, {}\nopen {}\n",
                many(written.tables.len() as u64, "table"),
                many((written.figures.len() / 3) as u64, "figure"),
                many(written.numbers as u64, "number"),
                output.join("index.html").display()
            );
            Ok((ui::page().fit(&text), ExitCode::SUCCESS))
        }
        Command::Compare(args) => compare::run(args),
        Command::Merge(args) => Ok((ui::page().fit(&merge::run(&args)?), ExitCode::SUCCESS)),
        Command::Plan(args) => Ok((plan::run(args)?, ExitCode::SUCCESS)),
        Command::Claims(args) => claims::run(args),
        Command::Explain(args) => Ok((explain::run(args)?, ExitCode::SUCCESS)),
        Command::Query(options) => {
            query::run(&options)?;
            Ok((String::new(), ExitCode::SUCCESS))
        }
        Command::Check { dataset, choice, format } => {
            let dataset = Dataset::open(&dataset)?;
            let chosen = choice.of(stages::of(&dataset, &Options::default())?.findings)?;
            let code = if choice.fails(&chosen.findings) { ExitCode::FAILURE } else { ExitCode::SUCCESS };
            if let Some(left_out) = chosen.left_out() {
                ui::say(&format!("note: {left_out}"));
            }
            Ok((check::print::print(&chosen.findings, (format, ui::page()), !choice.code.is_empty())?, code))
        }
        Command::Verify { dataset } => {
            let verified = verify(&dataset)?;
            let code = if verified.defects.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
            Ok((ui::page().fit(&verified_text(&verified)), code))
        }
        Command::Completions(args) => Ok((args.script(Cli::command()), ExitCode::SUCCESS)),
        Command::Man(ManArgs { output }) => {
            output::folder_of(&output)?;
            guide::write_man_pages(Cli::command(), &output).map_err(OutputError::refused(&output))?;
            Ok((String::new(), ExitCode::SUCCESS))
        }
    }
}

fn verified_text(verified: &Verified) -> String {
    let Verified { files, runs, samples, summaries, artifacts, attempts, notes, defects } = verified;
    let summarised = if *summaries == 1 { "1 summary".to_owned() } else { format!("{summaries} summaries") };
    let mut text = format!(
        "{}, {}, {}, {summarised}, {}, {} of the journal checked\n",
        many(*files as u64, "file"),
        many(*runs as u64, "run"),
        many(*samples as u64, "sample"),
        many(*artifacts as u64, "artifact"),
        many(*attempts as u64, "attempt")
    );
    for note in notes {
        let _ = writeln!(text, "note: {}", note.escape_debug());
    }
    for (file, what) in defects {
        let _ = writeln!(text, "{}: {}", file.escape_debug(), what.escape_debug());
    }
    let _ = writeln!(
        text,
        "{}",
        if defects.is_empty() { "nothing wrong".to_owned() } else { many(defects.len() as u64, "defect") }
    );
    text
}
