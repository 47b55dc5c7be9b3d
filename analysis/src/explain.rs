//! `analyze explain`: why a number is what it is, and what a code means.

pub(crate) mod cell;
pub mod code;
pub(crate) mod contrast;
mod select;

use crate::comparisons::contrasts::grids;
use crate::error::AnalysisError;
use crate::estimates::campaign::{Campaign, CellName, Column};
use crate::estimates::row_of;
use crate::options::{OptionArgs, Options};
use crate::stages::Analysed;
use crate::ui;
use crate::words::Words;
use clap::Args;
use meshbench_schemas::dataset::Dataset;
use meshbench_schemas::finding::Findings;
use meshbench_schemas::stage::Contrast;
use meshbench_schemas::warning::Warnings;
use meshbench_schemas::words::Contrasted;
use meshbench_terminal::Page;
use select::Selected;
use std::path::Path;

/// The command line of `analyze explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A code; or a dataset, and the words that name a cell or a contrast in it: systems, profile, workload, metric,
    /// direction, tuning, in any order. Two systems, profiles or tunings name their contrast; two systems
    /// and two profiles how differently they respond
    #[arg(required = true, value_name = "CODE | DATASET WORD")]
    words: Vec<String>,
    #[command(flatten)]
    options: OptionArgs,
}

/// Explains.
pub fn run(args: ExplainArgs) -> Result<String, AnalysisError> {
    let options: Options = args.options.into();
    match args.words.as_slice() {
        [code] if !Path::new(code).is_dir() => meaning(code),
        [dataset, words @ ..] => in_dataset(Path::new(dataset), words, &options),
        [] => Err(AnalysisError::NothingToCompare),
    }
}

/// What a code means.
fn meaning(asked: &str) -> Result<String, AnalysisError> {
    let known = code::vocabulary().find(asked)?;
    code::code(known, ui::page()).ok_or(AnalysisError::NothingInCommon)
}

fn in_dataset(path: &Path, words: &[String], options: &Options) -> Result<String, AnalysisError> {
    let dataset = Dataset::open(path)?;
    let analysed = Analysed::of(&dataset, options)?;
    let options = &analysed.options;
    let campaign = Campaign::new(&analysed.runs, &analysed.reduction.values, &analysed.reduction.spreads);
    let selected = select::select(&campaign, &Words::of_campaign(&campaign, &analysed.systems), words)?;
    match selected {
        Selected::Cell { column, name } => {
            let found = campaign.cells(column.workload).iter().find(|cell| cell.name() == name);
            let row = row_of(&analysed.stages.estimates, &column, name);
            match (found, row) {
                (Some(found), Some(row)) => Ok(cell::explain(&campaign, found, &column, row, (options, ui::page()))),
                _ => Err(AnalysisError::NothingInCommon),
            }
        }
        Selected::Contrast { column, left, right } => {
            let is = |row: &Contrast, left: CellName<'_>, right: CellName<'_>| match row.kind {
                Contrasted::System => {
                    (&row.left_side, &row.right_side) == (left.system, right.system)
                        && (row.tuning.as_ref(), row.profile.as_ref()) == (Some(left.tuning), Some(left.profile))
                }
                Contrasted::Tuning => {
                    (&row.left_side, &row.right_side) == (left.tuning, right.tuning)
                        && (row.system.as_ref(), row.profile.as_ref()) == (Some(left.system), Some(left.profile))
                }
                Contrasted::Response => {
                    (&row.left_side, &row.right_side) == (left.profile, right.profile)
                        && (row.system.as_ref(), row.tuning.as_ref()) == (Some(left.system), Some(left.tuning))
                }
                Contrasted::Interaction => false,
            };
            explained(&analysed, &campaign, &column, options, |row| is(row, left, right) || is(row, right, left))
        }
        Selected::Interaction { column, left, right } => {
            let is = |row: &Contrast, left: CellName<'_>, right: CellName<'_>| {
                row.kind == Contrasted::Interaction
                    && (&row.left_side, &row.right_side) == (left.system, right.system)
                    && (row.tuning.as_ref(), row.profile.as_ref()) == (Some(left.tuning), Some(left.profile))
            };
            explained(&analysed, &campaign, &column, options, |row| is(row, left, right) || is(row, right, left))
        }
    }
}

/// Explains the contrast of a metric that `is` the one asked for.
fn explained(
    analysed: &Analysed,
    campaign: &Campaign<'_>,
    column: &Column,
    options: &Options,
    is: impl Fn(&Contrast) -> bool,
) -> Result<String, AnalysisError> {
    let of_column = |row: &&Contrast| {
        (row.workload, &*row.metric, row.direction) == (column.workload, column.metric.id, column.direction)
    };
    match analysed.stages.contrasts.iter().filter(of_column).find(|row| is(row)) {
        Some(row) => Ok(contrast::explain(&grids(campaign, column), column, row, (options, ui::page()))),
        None => Err(AnalysisError::NothingInCommon),
    }
}

/// The steps that lead to a number, numbered.
fn numbered(steps: &[String], page: Page) -> String {
    let steps = steps.iter().zip(1..).map(|(step, number)| page.line(&format!("{number}. "), step) + "\n");
    std::iter::once("Steps:\n\n".to_owned()).chain(steps).collect()
}

/// What warnings and findings touch a number, a line each.
fn touching(warnings: &Warnings, findings: &Findings, page: Page) -> String {
    let warnings = warnings.iter().map(|warning| format!("warning {warning}: {}", warning.explanation()));
    let all = warnings.chain(findings.iter().map(|code| format!("finding {code}: see `analyze explain {code}`")));
    all.map(|text| page.line("", &text) + "\n").collect()
}
