//! Results for people and for programs: the one place that knows the formats.

use crate::error::AnalysisError;
use crate::frame;
use clap::ValueEnum;
use meshbench_schemas::table::Table;
use meshbench_terminal::Page;
use serde::Serialize;
use std::path::PathBuf;

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

impl Format {
    /// What people read it on, given what lines are printed on; `None` where programs read it.
    pub const fn page(self, lines: Page) -> Option<Page> {
        match self {
            Self::Table => Some(lines),
            Self::Md => Some(Page::Markdown),
            Self::Csv | Self::Json => None,
        }
    }
}

/// A result in a format: for programs all of it as JSON, or its rows as CSV; for people as `text` says on a page.
pub fn print<T: Table + Clone>(
    (format, lines): (Format, Page),
    all: &impl Serialize,
    rows: &[T],
    text: impl FnOnce(Page) -> String,
) -> Result<String, AnalysisError> {
    match format.page(lines) {
        Some(page) => Ok(text(page)),
        None if format == Format::Json => Ok(serde_json::to_string_pretty(all)? + "\n"),
        None => {
            let mut bytes = Vec::new();
            frame::write_csv(rows, &mut bytes)
                .map_err(|source| AnalysisError::Frame { path: PathBuf::from("stdout"), source })?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
    }
}

/// A heading of a table.
pub fn heading(text: &str, page: Page) -> String {
    page.line(if page.is_markdown() { "### " } else { "" }, text) + "\n\n"
}

/// A confidence in percent with at least so many decimals, and as many more as tell it from 100: "95.0", "99.99".
pub fn confidence(share: f64, least: usize) -> String {
    let left = (1.0 - share) * 100.0;
    let tells = |decimals: &usize| left * 10f64.powi(i32::try_from(*decimals).unwrap_or_default()) > 0.95;
    let decimals = (least..=12).find(tells).unwrap_or(12);
    format!("{:.decimals$}", share * 100.0)
}

/// The same without zeros at its end: "95", "96.875".
pub fn short_confidence(share: f64) -> String {
    confidence(share, 3).trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_confidence_is_rounded_to_certainty() {
        for (share, shown, short) in [
            (0.95, "95.0", "95"),
            (0.96875, "96.9", "96.875"),
            (0.9999, "99.99", "99.99"),
            (0.999999, "99.9999", "99.9999"),
        ] {
            assert_eq!((&*confidence(share, 1), &*short_confidence(share)), (shown, short));
        }
    }
}
