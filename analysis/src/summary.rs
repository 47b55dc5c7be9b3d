//! `analyze summary`: estimates as readable tables, or as data.

use crate::error::AnalysisError;
use crate::frame;
use crate::notes::Notes;
use clap::{Args, ValueEnum};
use comfy_table::Table as TextTable;
use comfy_table::presets::{ASCII_MARKDOWN, NOTHING};
use meshbench_reports::number::{Digits, bound, pretty};
use meshbench_reports::units::Shown;
use meshbench_schemas::catalogue::{self, Unit};
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::stage::Estimate;
use meshbench_schemas::table::Symbol;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

/// Which rows to show. Each may be given several times; none means all.
#[derive(Debug, Clone, Default, Args)]
pub struct Filter {
    /// Only this system
    #[arg(long)]
    pub system: Vec<String>,
    /// Only this profile
    #[arg(long)]
    pub profile: Vec<String>,
    /// Only this workload
    #[arg(long)]
    pub workload: Vec<String>,
    /// Only this metric; without it, tables for people show the headline metrics
    #[arg(long)]
    pub metric: Vec<String>,
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Aligned columns for a terminal
    #[default]
    Table,
    /// Markdown
    Md,
    /// Comma-separated values in base units
    Csv,
    /// An array of objects in base units
    Json,
}

/// Prints the estimates that pass the filter.
pub fn print(estimates: &[Estimate], filter: &Filter, format: Format) -> Result<String, AnalysisError> {
    let people = matches!(format, Format::Table | Format::Md);
    let rows = select(estimates, filter, people)?;
    match format {
        Format::Json => Ok(serde_json::to_string_pretty(&rows)? + "\n"),
        Format::Csv => {
            let mut bytes = Vec::new();
            frame::write_csv(&rows, &mut bytes)
                .map_err(|source| AnalysisError::Frame { path: PathBuf::from("stdout"), source })?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        Format::Table => Ok(text(&rows, false)),
        Format::Md => Ok(text(&rows, true)),
    }
}

fn select(estimates: &[Estimate], filter: &Filter, headline_only: bool) -> Result<Vec<Estimate>, AnalysisError> {
    known("system", &filter.system, estimates.iter().map(|row| &*row.system))?;
    known("profile", &filter.profile, estimates.iter().map(|row| &*row.profile))?;
    known("workload", &filter.workload, estimates.iter().map(|row| row.workload.as_str()))?;
    known("metric", &filter.metric, estimates.iter().map(|row| &*row.metric))?;
    let passes = |asked: &[String], value: &str| asked.is_empty() || asked.iter().any(|word| word == value);
    let headline = |metric: &Symbol| catalogue::metric(metric).is_some_and(|metric| metric.headline);
    Ok(estimates
        .iter()
        .filter(|row| passes(&filter.system, &row.system) && passes(&filter.profile, &row.profile))
        .filter(|row| passes(&filter.workload, row.workload.as_str()) && passes(&filter.metric, &row.metric))
        .filter(|row| !headline_only || !filter.metric.is_empty() || headline(&row.metric))
        .cloned()
        .collect())
}

pub(crate) fn known<'a>(
    what: &'static str,
    asked: &[String],
    values: impl Iterator<Item = &'a str>,
) -> Result<(), AnalysisError> {
    let values: BTreeSet<&str> = values.collect();
    match asked.iter().find(|word| !values.contains(word.as_str())) {
        None => Ok(()),
        Some(word) => Err(AnalysisError::NoSuch {
            what,
            asked: word.clone(),
            known: values.into_iter().collect::<Vec<_>>().join(", "),
        }),
    }
}

fn text(rows: &[Estimate], markdown: bool) -> String {
    let mut groups: Vec<Vec<&Estimate>> = Vec::new();
    for row in rows {
        let same = |group: &&mut Vec<&Estimate>| {
            group.first().is_some_and(|first| {
                (first.workload, &first.metric, first.direction) == (row.workload, &row.metric, row.direction)
            })
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    let mut text = String::new();
    let mut notes = Notes::default();
    for group in groups {
        let Some(first) = group.first() else { continue };
        let metric = catalogue::metric(&first.metric);
        let unit = Shown::choose(
            metric.map_or(Unit::Count, |metric| metric.unit),
            group.iter().filter_map(|row| row.value.or(row.at_least)),
        );
        let direction = first.direction.map(|direction| format!(", {direction}")).unwrap_or_default();
        let title = metric.map_or(&*first.metric, |metric| metric.title);
        let shown = if unit.text.is_empty() { String::new() } else { format!(" [{}]", unit.text) };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}{}: {title}{direction}{shown}\n", if markdown { "### " } else { "" }, first.workload);
        let mut table = TextTable::new();
        table.load_style(if markdown { ASCII_MARKDOWN } else { NOTHING });
        table.set_header([
            "system",
            "profile",
            "tuning",
            "value",
            "interval",
            "confidence",
            "covers",
            "links",
            "blocks",
            "runs",
            "attempts",
            "notes",
        ]);
        for row in group {
            table.add_row(cells(row, unit, &mut notes));
        }
        let _ = writeln!(text, "{}\n", table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n"));
    }
    text + &notes.lines()
}

fn cells(row: &Estimate, unit: Shown, notes: &mut Notes) -> Vec<String> {
    let (value, interval) = match (row.value, row.at_least) {
        (Some(value), _) => {
            let digits = Digits::new(unit, value, row.low, row.high);
            (pretty(&digits.value), digits.interval().unwrap_or_else(|| "none".to_owned()))
        }
        (None, Some(limit)) => (format!("> {}", bound(unit, limit)), row.reason.clone().unwrap_or_default()),
        (None, None) => ("–".to_owned(), row.reason.clone().unwrap_or_default()),
    };
    let confidence = row.achieved_confidence.unwrap_or(row.confidence);
    let has_interval = row.low.is_some() || row.high.is_some();
    let not_ok = row.outcomes().into_iter().filter(|(outcome, _)| *outcome != Outcome::Ok);
    let not_ok = not_ok.map(|(outcome, count)| format!(", {count} {outcome}")).collect::<String>();
    vec![
        row.system.to_string(),
        row.profile.to_string(),
        row.tuning.to_string(),
        value,
        interval,
        if has_interval { format!("{:.1} %", confidence * 100.0) } else { String::new() },
        row.covers.to_string(),
        format!("{}/{}", row.links, row.links_expected),
        format!("{}/{}", row.blocks, row.blocks_expected),
        row.runs.to_string(),
        format!("{}/{} ok{not_ok}", row.ok, row.attempts),
        notes.of_row(&row.warnings, &row.findings),
    ]
}
