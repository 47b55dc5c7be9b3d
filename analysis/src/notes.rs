//! What travels with a number in a printed table: codes in its row, each explained once below the table.

use meshbench_reports::warnings;
use meshbench_schemas::finding::Code;
use std::collections::BTreeSet;

/// The codes of warnings and findings that some rows have.
#[derive(Debug, Clone, Default)]
pub struct Notes(BTreeSet<String>);

impl Notes {
    /// What the row of a table says: its codes, those of warnings first.
    pub fn of_row(&mut self, warnings: &str, findings: &str) -> String {
        let codes: Vec<&str> = warnings::codes(warnings).into_iter().chain(warnings::codes(findings)).collect();
        self.0.extend(codes.iter().map(|code| (*code).to_owned()));
        codes.join(" ")
    }

    /// A line for each code.
    pub fn lines(&self) -> String {
        let line = |code: &String| match code.parse::<Code>() {
            Ok(finding) => format!("{code}: {}; see `analyze explain {code}`\n", finding.info().title),
            Err(_) => format!("{code}: {}\n", warnings::sentence(code)),
        };
        self.0.iter().map(line).collect()
    }
}
