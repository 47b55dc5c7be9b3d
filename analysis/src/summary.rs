//! `analyze summary`: estimates as readable tables, or as data.

use crate::error::AnalysisError;
use crate::notes::Notes;
use crate::print::{self, Format};
use crate::words::Filter;
use meshbench_reports::number::{Digits, bound, pretty};
use meshbench_reports::units::Shown;
use meshbench_schemas::catalogue::{self, Unit};
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::stage::Estimate;
use meshbench_schemas::table::Symbol;
use meshbench_terminal::{Cell, Column, Page, Table};

/// Prints the estimates that pass the filter, which is in the dataset's own words; with `means` tables for people show arithmetic
/// means as well.
pub fn print(
    estimates: &[Estimate],
    filter: &Filter,
    format: Format,
    means: bool,
    lines: Page,
) -> Result<String, AnalysisError> {
    let rows = select(estimates, filter, format.page(lines).is_some());
    print::print((format, lines), &rows, &rows, |page| text(&rows, means, page))
}

fn select(estimates: &[Estimate], filter: &Filter, headline_only: bool) -> Vec<Estimate> {
    let passes = |asked: &[String], value: &str| asked.is_empty() || asked.iter().any(|word| word == value);
    let headline = |metric: &Symbol| catalogue::metric(metric).is_some_and(|metric| metric.headline);
    estimates
        .iter()
        .filter(|row| passes(&filter.system, &row.system) && passes(&filter.profile, &row.profile))
        .filter(|row| passes(&filter.workload, row.workload.as_str()) && passes(&filter.metric, &row.metric))
        .filter(|row| !headline_only || !filter.metric.is_empty() || headline(&row.metric))
        .cloned()
        .collect()
}

fn text(rows: &[Estimate], means: bool, page: Page) -> String {
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
    if groups.is_empty() {
        return "Nothing to show: no cell of this dataset has all that was asked for.\n".to_owned();
    }
    let mut text = String::new();
    let mut notes = Notes::new(page);
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
        text += &print::heading(&format!("{}: {title}{direction}{shown}", first.workload), page);
        let mut columns = vec![
            Column::name("system").shared(),
            Column::name("profile").shared(),
            Column::name("tuning").shared(),
            Column::number("value"),
            Column::words("interval").shared(),
        ];
        if means {
            columns.extend([Column::number("arithmetic mean"), Column::words("its interval (t)").shared()]);
        }
        columns.extend([
            Column::name("confidence").shared(),
            Column::name("covers").shared(),
            Column::name("links").shared(),
            Column::name("blocks").shared(),
            Column::number("runs").shared(),
            Column::words("attempts").shared(),
            Column::words("notes").shared_words(),
        ]);
        let mut table = Table::new(columns);
        for row in group {
            table.row(cells(row, unit, means, &mut notes));
        }
        text += &(table.print(page) + "\n");
    }
    text + &notes.lines()
}

fn cells(row: &Estimate, unit: Shown, means: bool, notes: &mut Notes) -> Vec<Cell> {
    let (value, interval): (String, Cell) = match (row.value, row.at_least) {
        (Some(value), _) => {
            let digits = Digits::new(unit, value, row.low, row.high);
            (pretty(&digits.value), digits.interval().map_or_else(|| "none".into(), Cell::whole))
        }
        (None, Some(limit)) => (format!("> {}", bound(unit, limit)), row.reason.clone().unwrap_or_default().into()),
        (None, None) => ("–".to_owned(), row.reason.clone().unwrap_or_default().into()),
    };
    let confidence = row.achieved_confidence.unwrap_or(row.confidence);
    let has_interval = row.low.is_some() || row.high.is_some();
    let not_ok = row.outcomes().into_iter().filter(|(outcome, _)| *outcome != Outcome::Ok);
    let not_ok = not_ok.map(|(outcome, count)| format!(", {count} {outcome}")).collect::<String>();
    let mut cells: Vec<Cell> = vec![
        row.system.to_string().into(),
        row.profile.to_string().into(),
        row.tuning.to_string().into(),
        value.into(),
        interval,
    ];
    if means {
        let mean = row.mean.map(|mean| Digits::new(unit, mean, row.mean_low, row.mean_high));
        cells.push(mean.as_ref().map_or_else(|| "–".to_owned(), |mean| pretty(&mean.value)).into());
        cells.push(mean.and_then(|mean| mean.interval()).map_or_else(|| "none".into(), Cell::whole));
    }
    cells.extend([
        if has_interval { format!("{} %", print::confidence(confidence, 1)) } else { String::new() }.into(),
        row.covers.to_string().into(),
        format!("{}/{}", row.links, row.links_expected).into(),
        format!("{}/{}", row.blocks, row.blocks_expected).into(),
        row.runs.to_string().into(),
        format!("{}/{} ok{not_ok}", row.ok, row.attempts).into(),
        notes.of_row(&row.warnings, &row.findings).into(),
    ]);
    cells
}
