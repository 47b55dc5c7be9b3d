//! Findings for people and for programs.

use crate::error::AnalysisError;
use crate::explain::code;
use crate::print::{self, Format};
use clap::{Args, ValueEnum};
use meshbench_reports::words::many;
use meshbench_schemas::finding::{Code, Finding, Severity};
use meshbench_terminal::{OneOf, Page};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Findings that people see of one code, unless they ask for the code.
const SHOWN: usize = 5;

/// Which findings to show, and which of them are a failure.
#[derive(Debug, Clone, Args)]
pub struct Choice {
    /// Only this code; may be given several times
    #[arg(long)]
    pub code: Vec<String>,
    /// Only findings that are at least so bad
    #[arg(long, default_value = "note", value_parser = severities())]
    pub severity: Severity,
    /// Exit with 1 if a shown finding is at least so bad
    #[arg(long, value_parser = OneOf::<FailOn>::of(), value_enum, default_value_t)]
    pub fail_on: FailOn,
}

fn severities() -> OneOf<Severity> {
    OneOf::new(Severity::ALL.iter().map(|severity| (severity.as_str(), *severity)))
}

/// From which severity on a finding is a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum FailOn {
    /// A number is wrong, or means something else
    #[default]
    Error,
    /// Also where a comparison misleads
    Warning,
    /// Anything
    Note,
    /// Nothing
    Never,
}

impl FailOn {
    /// Whether a finding of this severity is a failure.
    pub fn fails(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity >= Severity::Error,
            Self::Warning => severity >= Severity::Warning,
            Self::Note => true,
            Self::Never => false,
        }
    }
}

/// What is left of the findings after a [`Choice`].
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// Those that are asked for.
    pub findings: Vec<Finding>,
    /// How many others are of the codes that are asked for, and not bad enough.
    pub below: usize,
    /// How bad a finding had to be.
    pub severity: Severity,
}

impl Chosen {
    /// How many were left out for their severity; nothing where none was.
    pub fn left_out(&self) -> Option<String> {
        let (verb, way) = if self.below == 1 { ("is", "shows it") } else { ("are", "shows them") };
        (self.below > 0).then(|| {
            format!(
                "{} below --severity {} {verb} left out; --severity {} {way}",
                many(self.below as u64, "finding"),
                self.severity,
                Severity::Note
            )
        })
    }
}

impl Choice {
    /// The findings that are asked for. Fails for a code that does not exist.
    pub fn of(&self, findings: Vec<Finding>) -> Result<Chosen, AnalysisError> {
        let known = code::findings();
        let codes: Vec<&str> = self.code.iter().map(|word| known.find(word)).collect::<Result<_, _>>()?;
        let asked = |finding: &Finding| codes.is_empty() || codes.contains(&finding.code.as_str());
        let (findings, below): (Vec<Finding>, Vec<Finding>) =
            findings.into_iter().filter(asked).partition(|finding| finding.severity >= self.severity);
        Ok(Chosen { findings, below: below.len(), severity: self.severity })
    }

    /// Whether one of them is a failure.
    pub fn fails(&self, findings: &[Finding]) -> bool {
        findings.iter().any(|finding| self.fail_on.fails(finding.severity))
    }
}

/// Prints findings: for people grouped by code, with a few of each code unless `all`; for programs every row.
pub fn print(findings: &[Finding], (format, lines): (Format, Page), all: bool) -> Result<String, AnalysisError> {
    print::print((format, lines), &findings, findings, |page| match page {
        Page::Markdown => markdown(findings, all),
        page => text(findings, all, page),
    })
}

/// Findings by code, in their order: worst first.
fn groups(findings: &[Finding]) -> Vec<(Code, Vec<&Finding>)> {
    let mut groups: BTreeMap<(std::cmp::Reverse<Severity>, Code), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        groups.entry((std::cmp::Reverse(finding.severity), finding.code)).or_default().push(finding);
    }
    groups.into_iter().map(|((_, code), rows)| (code, rows)).collect()
}

/// Words from data, without what would move a cursor or break a line.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Where a finding is, in words: "tinc, high, udp, throughput".
pub fn place(finding: &Finding) -> String {
    let mut words: Vec<&str> = Vec::new();
    words.extend(finding.system.as_deref());
    words.extend(finding.tuning.as_deref().filter(|tuning| *tuning != "default"));
    words.extend(finding.profile.as_deref());
    words.extend(finding.workload.map(|workload| workload.as_str()));
    words.extend(finding.metric.as_deref());
    if words.is_empty() { "the whole campaign".to_owned() } else { clean(&words.join(", ")) }
}

fn totals(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "nothing found".to_owned();
    }
    let words = Severity::ALL.iter().rev().filter_map(|severity| {
        let n = findings.iter().filter(|finding| finding.severity == *severity).count();
        (n > 0).then(|| format!("{n} {severity}{}", if n == 1 { "" } else { "s" }))
    });
    let codes = groups(findings).len();
    format!(
        "{} of {codes} {}; `analyze explain CODE` says what it is, why it matters and what to do",
        words.collect::<Vec<_>>().join(", "),
        if codes == 1 { "kind" } else { "kinds" }
    )
}

fn text(findings: &[Finding], all: bool, page: Page) -> String {
    let mut out = String::new();
    for (code, rows) in groups(findings) {
        let info = code.info();
        // Writing to a string cannot fail.
        let lead = format!("{}  ", info.severity);
        let _ = writeln!(out, "{}", page.line(&lead, &format!("{code}  {} ({})", info.title, rows.len())));
        let shown = if all { rows.len() } else { SHOWN };
        for finding in rows.iter().take(shown) {
            let evidence = format!("{}: {}", place(finding), clean(&finding.evidence));
            let _ = writeln!(out, "{}", page.line("    ", &evidence));
        }
        if rows.len() > shown {
            let _ = writeln!(out, "    and {} more: --code {code}", rows.len() - shown);
        }
        out.push('\n');
    }
    let _ = writeln!(out, "{}", page.line("", &totals(findings)));
    out
}

fn markdown(findings: &[Finding], all: bool) -> String {
    let cell =
        |text: &str| clean(text).replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace('`', "'");
    let mut out = String::from("| severity | code | where | concerned | evidence |\n|---|---|---|---|---|\n");
    for (code, rows) in groups(findings) {
        let shown = if all { rows.len() } else { SHOWN };
        for finding in rows.iter().take(shown) {
            let _ = writeln!(
                out,
                "| {} | `{code}` | {} | {}/{} | {} |",
                finding.severity,
                cell(&place(finding)),
                finding.count,
                finding.of,
                cell(&finding.evidence)
            );
        }
        if rows.len() > shown {
            let _ = writeln!(out, "| | `{code}` | and {} more | | |", rows.len() - shown);
        }
    }
    let _ = writeln!(out, "\n{}", totals(findings));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Scope, finding};

    fn rows(n: usize) -> Vec<Finding> {
        let row = |system: usize| {
            let name = format!("s{system}");
            let scope = Scope { system: Some(&name), ..Scope::default() };
            finding(Code::RunTooLong, scope, 1, 3, "a | b\nc".to_owned())
        };
        (0..n).map(row).collect()
    }

    #[test]
    fn people_see_a_few_and_how_many_more() {
        let text = print(&rows(7), (Format::Table, Page::PIPE), false).unwrap();
        assert!(text.contains("(7)") && text.contains("and 2 more: --code run-too-long"), "{text}");
        assert!(text.contains("7 warnings of 1 kind") && !text.contains("b\nc"), "{text}");
        assert!(!print(&rows(7), (Format::Table, Page::PIPE), true).unwrap().contains("more:"));
        let md = print(&rows(1), (Format::Md, Page::PIPE), false).unwrap();
        assert!(md.contains(r"a \| b") && md.contains("| 1/3 |"), "{md}");
        assert!(print(&[], (Format::Table, Page::PIPE), false).unwrap().contains("nothing found"));
    }

    #[test]
    fn programs_see_all_of_it() {
        let csv = print(&rows(7), (Format::Csv, Page::PIPE), false).unwrap();
        assert_eq!(csv.lines().filter(|line| line.starts_with("run-too-long,warning,")).count(), 7, "{csv}");
        let json: Vec<Finding> =
            serde_json::from_str(&print(&rows(7), (Format::Json, Page::PIPE), false).unwrap()).unwrap();
        assert_eq!(json, rows(7));
    }

    #[test]
    fn the_choice_filters_and_decides() {
        let choice = |code: &[&str], severity, fail_on| Choice {
            code: code.iter().map(|code| (*code).to_owned()).collect(),
            severity,
            fail_on,
        };
        let all = choice(&[], Severity::Note, FailOn::Error);
        let shown = all.of(rows(2)).unwrap().findings;
        assert_eq!((shown.len(), all.fails(&shown)), (2, false), "a warning is no error");
        assert!(choice(&[], Severity::Note, FailOn::Warning).fails(&shown));
        assert!(!choice(&[], Severity::Note, FailOn::Never).fails(&shown));
        assert_eq!(choice(&["drift"], Severity::Note, FailOn::Note).of(rows(2)).unwrap().findings, []);
        assert_eq!(all.of(rows(2)).unwrap().left_out(), None);
        // What is left out for its severity is counted.
        let none = choice(&[], Severity::Error, FailOn::Note).of(rows(2)).unwrap();
        assert_eq!((none.findings.len(), none.below), (0, 2));
        assert!(none.left_out().is_some_and(|text| text.starts_with("2 findings below --severity error are left out")));
        assert_eq!(choice(&["drift"], Severity::Error, FailOn::Note).of(rows(2)).unwrap().below, 0);
        let error = choice(&["drft"], Severity::Note, FailOn::Note).of(rows(2)).unwrap_err();
        assert!(error.to_string().contains("drift") && error.exit_code() == 2, "{error}");
    }
}
