//! The tables as docs/coverage.md has them.

use super::tally::{Cell, Kind, STANDARD_ERRORS, Section};
use std::fmt::Write;

/// All tables, of intervals or of tests.
pub fn markdown(sections: &[Section], kind: Kind) -> String {
    let mut text = String::new();
    for section in sections.iter().filter(|section| section.kind == kind) {
        writeln!(text, "\n**{}**\n", section.title).unwrap();
        let columns: Vec<String> = section.columns.iter().map(ToString::to_string).collect();
        writeln!(text, "| method | {}: {} |", section.counts, columns.join(" | ")).unwrap();
        writeln!(text, "|---|{}", "---|".repeat(columns.len())).unwrap();
        let mut method = "";
        for row in &section.rows {
            if row.method != method {
                method = &row.method;
                writeln!(text, "| {method} |{}", " |".repeat(columns.len())).unwrap();
            }
            let cells: Vec<String> = row.cells.iter().map(|cell| shown(cell.as_ref(), kind)).collect();
            writeln!(text, "| – {} | {} |", row.data, cells.join(" | ")).unwrap();
        }
    }
    text
}

fn shown(cell: Option<&Cell>, kind: Kind) -> String {
    let Some(cell) = cell else { return "·".to_owned() };
    let rate = format!("{:.1}", 100.0 * cell.rate);
    let rate = if cell.misses(kind) { format!("**{rate}**") } else { rate };
    match cell.width {
        None => rate,
        // A mean that a few intervals over next to nothing decide.
        Some(width) if width >= 100.0 => format!("{rate} ×>100"),
        Some(width) => format!("{rate} ×{width:.2}"),
    }
}

/// The number of rounds that a table says it is of.
pub fn rounds_of(text: &str) -> Option<usize> {
    text.lines().find_map(|line| line.split_once(" rounds a cell"))?.0.replace(',', "").parse().ok()
}

/// The first line of a table.
pub fn head(rounds: usize) -> String {
    let error = 100.0 * (0.95 * 0.05 / rounds as f64).sqrt();
    format!("{rounds} rounds a cell; standard error of 95 % and of 5 %: {error:.2} points.\n")
}

/// Where two tables of different numbers of rounds differ by more than chance explains. The fewer rounds are the first
/// ones of the more.
pub fn differences(old: &str, new: &str, rounds: (usize, usize)) -> Vec<String> {
    let lines = |text: &str| -> Vec<String> { text.lines().skip(1).map(str::to_owned).collect() };
    let (old, new) = (lines(old), lines(new));
    let mut found = Vec::new();
    if old.len() != new.len() {
        found.push(format!("{} lines, not {}", new.len(), old.len()));
    }
    let scale = (1.0 / rounds.0 as f64 - 1.0 / rounds.1 as f64).abs();
    for (old, new) in old.iter().zip(&new) {
        let alike = old.split('|').zip(new.split('|')).all(|(old, new)| match (number(old), number(new)) {
            (Some(a), Some(b)) => {
                // Both are rounded to a tenth of a percent, which also bounds how little is known of 0 and 100 %.
                let p = a.clamp(0.0005, 0.9995);
                (a - b).abs() <= STANDARD_ERRORS * (p * (1.0 - p) * scale).sqrt() + 0.001
            }
            // A rate of rounds with an answer may have none in fewer rounds, and the other way round.
            _ => old == new,
        });
        if !alike || old.split('|').count() != new.split('|').count() {
            found.push(format!("{old}\n{new}"));
        }
    }
    found
}

/// The rate in a cell such as ` **89.4** ×1.20 `.
fn number(cell: &str) -> Option<f64> {
    let rate = cell.split_whitespace().next()?.trim_matches('*');
    rate.contains('.').then(|| rate.parse::<f64>().ok())?.map(|percent| percent / 100.0)
}

/// The text between the markers of a part.
pub fn between<'a>(text: &'a str, name: &str) -> &'a str {
    let (start, end) = markers(name);
    let from = text.find(&start).unwrap_or_else(|| panic!("there is no `{start}`")) + start.len();
    let to = text[from..].find(&end).unwrap_or_else(|| panic!("there is no `{end}`")) + from;
    &text[from..to]
}

/// The text with another part.
pub fn splice(text: &str, name: &str, part: &str) -> String {
    let (start, end) = markers(name);
    text.replacen(&format!("{start}{}{end}", between(text, name)), &format!("{start}{part}{end}"), 1)
}

fn markers(name: &str) -> (String, String) {
    (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"))
}
