//! `analyze compare`: what changed from one set of measurements to another.

mod changes;
pub(crate) mod factors;
mod print;

use crate::campaigns;
use crate::error::AnalysisError;
use crate::estimates::campaign::{CellName, Column};
use crate::options::{OptionArgs, Options};
use crate::print::Format;
use crate::stages::Estimated;
use crate::ui;
use crate::words::{Filter, Words};
use clap::{Args, ValueEnum};
use factors::Factor;
use meshbench_schemas::comparison::{Answer, Change};
use meshbench_schemas::dataset::Dataset;
use meshbench_schemas::tables::System;
use meshbench_terminal::Known;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;

/// What of two datasets is compared.
#[derive(Debug, Clone, Default, Args)]
pub struct Selection {
    #[command(flatten)]
    filter: Filter,
    /// The system of the old side, where the new side has another one
    #[arg(long, value_name = "SYSTEM")]
    old_system: Option<String>,
    /// The system of the new side
    #[arg(long, value_name = "SYSTEM")]
    new_system: Option<String>,
    /// The tuning of the old side, where the new side has another one
    #[arg(long, value_name = "TUNING")]
    old_tuning: Option<String>,
    /// The tuning of the new side
    #[arg(long, value_name = "TUNING")]
    new_tuning: Option<String>,
}

fn passes(asked: &[String], value: &str) -> bool {
    asked.is_empty() || asked.iter().any(|word| word == value)
}

impl Selection {
    fn metric(&self, column: &Column) -> bool {
        let metric = column.metric;
        let wanted =
            if self.filter.metric.is_empty() { metric.headline } else { passes(&self.filter.metric, metric.id) };
        wanted && passes(&self.filter.workload, column.workload.as_str())
    }

    fn old(&self, cell: CellName<'_>) -> bool {
        let is = |asked: &Option<String>, value: &str| asked.as_deref().is_none_or(|asked| asked == value);
        passes(&self.filter.system, cell.system)
            && passes(&self.filter.profile, cell.profile)
            && is(&self.old_system, cell.system)
            && is(&self.old_tuning, cell.tuning)
    }

    /// Whether a cell of the new side is the counterpart of one of the old side.
    fn pairs(&self, old: CellName<'_>, new: CellName<'_>) -> bool {
        let counterpart = |asked: &Option<String>, old: &str, new: &str| match asked {
            Some(asked) => asked == new,
            None => old == new,
        };
        old.profile == new.profile
            && counterpart(&self.new_system, old.system, new.system)
            && counterpart(&self.new_tuning, old.tuning, new.tuning)
    }

    /// The same in the words of the two sides; fails at the first one that is none.
    fn resolved(&self, old: &Estimated, new: &Estimated) -> Result<Self, AnalysisError> {
        let both: Vec<System> = old.systems.iter().chain(&new.systems).cloned().collect();
        let words = Words::of_estimates(old.estimates.iter().chain(&new.estimates), &both);
        let (before, after) = (of_side(old), of_side(new));
        let one = |known: &Known<'_>, asked: &Option<String>| {
            asked.as_deref().map(|word| known.find(word).map(str::to_owned)).transpose()
        };
        Ok(Self {
            filter: self.filter.resolved(&words)?,
            old_system: one(&before.systems, &self.old_system)?,
            new_system: one(&after.systems, &self.new_system)?,
            old_tuning: one(&before.tunings, &self.old_tuning)?,
            new_tuning: one(&after.tunings, &self.new_tuning)?,
        })
    }

    /// Whether the two sides differ within one dataset.
    const fn differs(&self) -> bool {
        self.new_system.is_some() || self.new_tuning.is_some()
    }
}

fn of_side(side: &Estimated) -> Words<'_> {
    Words::of_estimates(side.estimates.iter(), &side.systems)
}

/// What makes the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum FailOn {
    /// Nothing
    #[default]
    Never,
    /// Something is worse than before
    Worse,
    /// Something changed, for better or worse
    Change,
    /// Something is not shown to be as good as before: neither better nor equivalent
    NotShown,
}

/// The command line of `analyze compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The old dataset
    old: PathBuf,
    /// The new dataset; without it two systems or tunings of one dataset are compared
    new: Option<PathBuf>,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    options: OptionArgs,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// What makes the exit code 1
    #[arg(long, value_enum, default_value_t)]
    fail_on: FailOn,
}

/// Everything that a comparison found.
#[derive(Debug, Serialize)]
struct Found {
    changes: Vec<Change>,
    factors: Vec<Factor>,
}

/// Compares, and says with which code to exit.
pub fn run(args: CompareArgs) -> Result<(String, ExitCode), AnalysisError> {
    let CompareArgs { old, new, selection, options, format, fail_on } = args;
    let options: Options = options.into();
    let before = Dataset::open(&old)?;
    let left = Estimated::of(&before, &options)?;
    let found = match &new {
        Some(new) => {
            let after = Dataset::open(new)?;
            if before.manifest().meshbench.origin == after.manifest().meshbench.origin
                && before.manifest().resources == after.manifest().resources
                && !selection.differs()
            {
                ui::say("note: both datasets are the same one");
            }
            let right = Estimated::of(&after, &options)?;
            let selection = selection.resolved(&left, &right)?;
            let options = options.settled(left.options.dependent() || right.options.dependent());
            let changes = changes::changes(&left, &right, &selection, false, &options);
            Found { changes, factors: factors::factors(&left, &right) }
        }
        None if selection.differs() => {
            let selection = selection.resolved(&left, &left)?;
            let mut changes = changes::changes(&left, &left, &selection, true, &left.options);
            campaigns::label(&left.runs, &mut changes);
            Found { changes, factors: Vec::new() }
        }
        None => return Err(AnalysisError::NothingToCompare),
    };
    if found.changes.is_empty() {
        return Err(AnalysisError::NothingInCommon);
    }
    let bad = |change: &Change| match fail_on {
        FailOn::Never => false,
        FailOn::Worse => change.answer == Answer::Worse,
        FailOn::Change => matches!(change.answer, Answer::Better | Answer::Worse | Answer::Different),
        FailOn::NotShown => !matches!(change.answer, Answer::Better | Answer::Equivalent),
    };
    let code = if found.changes.iter().any(bad) { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    Ok((print::print(&found, (format, ui::page()), &options)?, code))
}
