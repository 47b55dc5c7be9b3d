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
use crate::stages::Stages;
use crate::summary;
use crate::words::{Filter, Words};
use crate::{query, report, ui};
use clap::{Parser, Subcommand};
use meshbench_reports::words::many;
use meshbench_schemas::dataset::Dataset;
use meshbench_schemas::dataset::verify::{Verified, verify};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Analyse a meshbench dataset, offline
///
/// Exit codes: 0 done; 1 a failure on the way, or `verify` found something wrong, or what `--fail-on` names was found;
/// 2 the dataset, the claims or the command line is wrong.
#[derive(Debug, Parser)]
#[command(name = "analyze", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print estimates with their intervals
    Summary {
        /// The dataset
        dataset: PathBuf,
        #[command(flatten)]
        filter: Filter,
        /// How to print
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// Show arithmetic means beside the estimates; CSV and JSON have them anyway
        #[arg(long)]
        means: bool,
        #[command(flatten)]
        options: OptionArgs,
    },
    /// Write tables, figures, numbers and a page
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
    Compare(CompareArgs),
    /// Make one dataset of several campaigns, as blocks of one
    ///
    /// The systems are then compared within each campaign, and an interval says how another campaign would differ.
    Merge(MergeArgs),
    /// Say what more blocks would resolve, and what they cost, from a pilot
    Plan(PlanArgs),
    /// Say what a dataset makes of published claims
    Claims(ClaimsArgs),
    /// Say why a number is what it is, or what a code means
    Explain(ExplainArgs),
    /// Run SQL over the dataset and every stage, read-only
    Query(query::Options),
    /// Look for what makes a dataset lie
    ///
    /// Exit codes: 0 nothing at or above the severity of --fail-on; 1 something; 2 the dataset or the command line is
    /// wrong.
    Check {
        /// The dataset
        dataset: PathBuf,
        #[command(flatten)]
        choice: Choice,
        /// How to print; tables for people show a few findings of each code
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Check hashes, schemas, keys and references of a dataset
    Verify {
        /// The dataset
        dataset: PathBuf,
    },
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok((text, code)) => match ui::result(&text) {
            Ok(()) => code,
            Err(error) => fail(&AnalysisError::Print(error)),
        },
        Err(error) => fail(&error),
    }
}

fn fail(error: &AnalysisError) -> ExitCode {
    ui::say(&format!("error: {error}"));
    ExitCode::from(error.exit_code())
}

fn run(command: Command) -> Result<(String, ExitCode), AnalysisError> {
    match command {
        Command::Summary { dataset, filter, format, means, options } => {
            let dataset = Dataset::open(&dataset)?;
            let stages = Stages::of(&dataset, &options.into())?;
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
            Ok((text, ExitCode::SUCCESS))
        }
        Command::Compare(args) => compare::run(args),
        Command::Merge(args) => Ok((merge::run(&args)?, ExitCode::SUCCESS)),
        Command::Plan(args) => Ok((plan::run(args)?, ExitCode::SUCCESS)),
        Command::Claims(args) => claims::run(args),
        Command::Explain(args) => Ok((explain::run(args)?, ExitCode::SUCCESS)),
        Command::Query(options) => {
            query::run(&options)?;
            Ok((String::new(), ExitCode::SUCCESS))
        }
        Command::Check { dataset, choice, format } => {
            let dataset = Dataset::open(&dataset)?;
            let found = choice.of(Stages::of(&dataset, &Options::default())?.findings)?;
            let code = if choice.fails(&found) { ExitCode::FAILURE } else { ExitCode::SUCCESS };
            Ok((check::print::print(&found, (format, ui::page()), !choice.code.is_empty())?, code))
        }
        Command::Verify { dataset } => {
            let verified = verify(&dataset)?;
            let code = if verified.defects.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
            Ok((verified_text(&verified), code))
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
