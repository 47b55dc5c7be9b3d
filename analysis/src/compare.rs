//! `analyze compare`: what changed from one set of measurements to another.

mod changes;
pub(crate) mod factors;
mod missing;
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
use factors::{Factor, Looked};
use meshbench_schemas::dataset::Dataset;
use meshbench_schemas::printed::Change;
use meshbench_schemas::tables::System;
use meshbench_schemas::words::Answer;
use meshbench_terminal::{Known, OneOf};
use missing::{Missing, Side};
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

    /// Whether a cell of the old side is among those that are compared.
    fn takes_old(&self, cell: CellName<'_>) -> bool {
        let is = |asked: &Option<String>, value: &str| asked.as_deref().is_none_or(|asked| asked == value);
        passes(&self.filter.system, cell.system)
            && passes(&self.filter.profile, cell.profile)
            && is(&self.old_system, cell.system)
            && is(&self.old_tuning, cell.tuning)
    }

    /// Whether a cell of the new side is among those that are compared.
    fn takes_new(&self, cell: CellName<'_>) -> bool {
        let is = |asked: &Option<String>, value: &str| asked.as_deref().is_none_or(|asked| asked == value);
        passes(&self.filter.profile, cell.profile)
            && (self.new_system.is_some() || passes(&self.filter.system, cell.system))
            && is(self.new_system.as_ref().map_or(&self.old_system, |_| &self.new_system), cell.system)
            && is(self.new_tuning.as_ref().map_or(&self.old_tuning, |_| &self.new_tuning), cell.tuning)
    }

    /// System and tuning that the new side has for a cell of the old one.
    fn counterpart<'a>(&'a self, old: CellName<'a>) -> (&'a str, &'a str) {
        (self.new_system.as_deref().unwrap_or(old.system), self.new_tuning.as_deref().unwrap_or(old.tuning))
    }

    /// Whether the counterpart of a cell is another one than itself.
    fn moves(&self, old: CellName<'_>) -> bool {
        self.counterpart(old) != (old.system, old.tuning)
    }

    /// Whether every cell of the old side would be compared with the cell of the same name.
    fn stays(&self, old: &Estimated) -> bool {
        let cells = old.estimates.iter().map(|row| CellName {
            system: &row.system,
            tuning: &row.tuning,
            profile: &row.profile,
        });
        let mut taken = cells.filter(|cell| self.takes_old(*cell)).peekable();
        taken.peek().is_some() && !taken.any(|cell| self.moves(cell))
    }

    /// Whether a cell of the new side is the counterpart of one of the old side.
    fn pairs(&self, old: CellName<'_>, new: CellName<'_>) -> bool {
        old.profile == new.profile && self.counterpart(old) == (new.system, new.tuning)
    }

    /// The same in the words of the two sides; fails at the first one that is none.
    fn resolved(&self, old: &Estimated, new: &Estimated) -> Result<Self, AnalysisError> {
        let both: Vec<System> = old.systems.iter().chain(&new.systems).cloned().collect();
        let words = Words::of_estimates(old.estimates.iter().chain(&new.estimates), &both);
        let (before, after) = (of_side(old), of_side(new));
        let one = |known: &Known<'_>, asked: &Option<String>| {
            asked.as_deref().map(|word| known.find(word).map(str::to_owned)).transpose()
        };
        let resolved = Self {
            filter: self.filter.resolved(&words)?,
            old_system: one(&before.systems, &self.old_system)?,
            new_system: one(&after.systems, &self.new_system)?,
            old_tuning: one(&before.tunings, &self.old_tuning)?,
            new_tuning: one(&after.tunings, &self.new_tuning)?,
        };
        match &resolved.old_system {
            Some(old) if !passes(&resolved.filter.system, old) => {
                Err(AnalysisError::SystemContradicted { only: resolved.filter.system.join(", "), old: old.clone() })
            }
            _ => Ok(resolved),
        }
    }

    /// Whether the two sides differ within one dataset.
    const fn differs(&self) -> bool {
        self.new_system.is_some() || self.new_tuning.is_some()
    }
}

fn of_side(side: &Estimated) -> Words<'_> {
    Words::of_estimates(side.estimates.iter(), &side.systems)
}

/// What makes the exit code 1. What is gone cannot be judged, so every rule but the first has it, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum FailOn {
    /// Nothing
    Never,
    /// The new side lacks what the old one has: a system, tuning, profile, workload, metric, link or cell, or all values of a
    /// cell
    #[default]
    Missing,
    /// Something is worse than before, or missing
    Worse,
    /// Something changed, for better or worse, or is missing
    Change,
    /// Something is not shown to be as good as before: neither better nor equivalent, or missing
    NotShown,
}

impl FailOn {
    /// Whether what was found makes the exit code 1.
    fn fails(self, found: &Found) -> bool {
        let gone = |change: &Change| change.old.is_some() && change.new.is_none();
        let lost = found.missing.iter().any(|missing| missing.lacks == Side::New) || found.changes.iter().any(gone);
        let some = |bad: fn(Answer) -> bool| found.changes.iter().any(|change| bad(change.answer));
        match self {
            Self::Never => false,
            Self::Missing => lost,
            Self::Worse => lost || some(|answer| answer == Answer::Worse),
            Self::Change => lost || some(|answer| matches!(answer, Answer::Better | Answer::Worse | Answer::Different)),
            Self::NotShown => lost || some(|answer| !matches!(answer, Answer::Better | Answer::Equivalent)),
        }
    }
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
    #[arg(long, value_parser = OneOf::<Format>::of(), value_enum, default_value_t)]
    format: Format,
    /// What makes the exit code 1
    #[arg(long, value_parser = OneOf::<FailOn>::of(), value_enum, default_value_t)]
    fail_on: FailOn,
}

/// Everything that a comparison found.
#[derive(Debug, Serialize)]
struct Found {
    /// Cells that both sides have.
    changes: Vec<Change>,
    /// Cells that one side has, with the estimate of that side.
    one_sided: Vec<Change>,
    missing: Vec<Missing>,
    factors: Vec<Factor>,
    /// What `factors` rests on; `None` within one dataset.
    looked: Option<Looked>,
}

impl Found {
    fn of(old: &Estimated, new: Option<&Estimated>, selection: &Selection, options: &Options) -> Self {
        let after = new.unwrap_or(old);
        let missing = missing::missing(&old.campaign(), &after.campaign(), selection);
        let changes::Changes { both, one_sided } = changes::changes(old, after, selection, new.is_none(), options);
        let (factors, looked) = new.map(|new| factors::factors(old, new)).unzip();
        Self { changes: both, one_sided, missing, factors: factors.unwrap_or_default(), looked }
    }
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
            let right = Estimated::of(&after, &options)?;
            let selection = selection.resolved(&left, &right)?;
            if before.manifest().meshbench.origin == after.manifest().meshbench.origin
                && before.manifest().resources == after.manifest().resources
                && selection.stays(&left)
            {
                ui::say("note: both datasets are the same one");
            }
            let options = options.settled(left.options.dependent() || right.options.dependent());
            Found::of(&left, Some(&right), &selection, &options)
        }
        None if selection.differs() => {
            let selection = selection.resolved(&left, &left)?;
            if selection.stays(&left) {
                return Err(AnalysisError::ComparedWithItself);
            }
            let mut found = Found::of(&left, None, &selection, &left.options);
            campaigns::label(&left.runs, &mut found.changes);
            campaigns::label(&left.runs, &mut found.one_sided);
            found
        }
        None => return Err(AnalysisError::NothingToCompare),
    };
    if found.changes.is_empty() {
        return Err(AnalysisError::NothingInCommon);
    }
    let code = if fail_on.fails(&found) { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    if fail_on == FailOn::Missing && fail_on.fails(&found) {
        ui::say(
            "note: the exit code is 1, because the new side lacks what the old one has; --fail-on never makes it 0",
        );
    }
    Ok((print::print(&found, (format, ui::page()), &options)?, code))
}
