//! What makes a dataset lie: the kinds of findings as data, and a finding as a row that says what it touches.
//!
//! `analyze check` looks for them, `analyze explain CODE` explains one. To add one, add it to the list in
//! `codes.rs`; documentation, explanations and columns read that list.

mod codes;

use crate::named::named;
use crate::set::Set;
pub use crate::stage::Finding;
use crate::table::Symbol;
use crate::words::Workload;
pub use codes::{Code, Info};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The codes of the findings that touch one number.
pub type Findings = Set<Code>;

named! {
    /// How bad a finding is, from the least to the worst.
    pub enum Severity {
        /// It limits what can be said.
        Note = "note",
        /// A comparison misleads.
        Warning = "warning",
        /// A number is wrong, or means something else than its name.
        Error = "error",
    }
}

/// A number that a finding may touch: one metric of one cell, or of one of its runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject<'a> {
    /// What is measured.
    pub system: &'a str,
    /// Host settings under test.
    pub tuning: &'a str,
    /// Network impairment.
    pub profile: &'a str,
    /// What is run.
    pub workload: Workload,
    /// Metric in the catalogue.
    pub metric: &'a str,
    /// Source and target; `None` for a number over all links.
    pub link: Option<(&'a str, &'a str)>,
    /// The block; `None` for a number over all blocks.
    pub block: Option<u32>,
}

impl Finding {
    /// Whether the finding touches this number. What concerns one link or one block of a cell touches every
    /// number over all of them.
    pub fn touches(&self, subject: &Subject<'_>) -> bool {
        let word = |scope: &Option<Symbol>, value: &str| scope.as_ref().is_none_or(|scope| &**scope == value);
        let end = |scope: &Option<Symbol>, value: Option<&str>| value.is_none_or(|value| word(scope, value));
        word(&self.system, subject.system)
            && word(&self.tuning, subject.tuning)
            && word(&self.profile, subject.profile)
            && word(&self.metric, subject.metric)
            && self.workload.is_none_or(|workload| workload == subject.workload)
            && end(&self.source, subject.link.map(|link| link.0))
            && end(&self.target, subject.link.map(|link| link.1))
            && self.block.is_none_or(|block| subject.block.is_none_or(|other| other == block))
    }
}

/// The codes of all findings that touch a number, each once, in the order of the list of codes.
pub fn touching(findings: &[Finding], subject: &Subject<'_>) -> Findings {
    findings.iter().filter(|finding| finding.touches(subject)).map(|finding| finding.code).collect()
}

/// The codes of all findings that touch a comparison of two numbers: those that touch either one. A finding
/// about a difference to the others, such as another duration, does not touch a pair of which both differ from
/// the others in the same way.
pub fn touching_pair(findings: &[Finding], left: &Subject<'_>, right: &Subject<'_>) -> Findings {
    let both = |side: &Subject<'_>, code: Code| -> Option<f64> {
        findings.iter().find(|finding| finding.code == code && finding.touches(side)).and_then(|found| found.observed)
    };
    let alike = |code: Code| match (both(left, code), both(right, code)) {
        (Some(left), Some(right)) => code.is_difference() && left == right,
        _ => false,
    };
    let (of_left, of_right) = (touching(findings, left), touching(findings, right));
    of_left.iter().chain(of_right.iter()).filter(|code| !alike(*code)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(code: Code, system: Option<&str>, observed: Option<f64>) -> Finding {
        Finding {
            code,
            severity: code.info().severity,
            system: system.map(Into::into),
            tuning: None,
            profile: Some("high".into()),
            workload: Some(Workload::Tcp),
            metric: None,
            source: None,
            target: None,
            block: None,
            count: 1,
            of: 3,
            observed,
            expected: None,
            unit: "".into(),
            evidence: "…".to_owned(),
        }
    }

    fn subject<'a>(system: &'a str, profile: &'a str) -> Subject<'a> {
        Subject {
            system,
            tuning: "default",
            profile,
            workload: Workload::Tcp,
            metric: "throughput",
            link: None,
            block: None,
        }
    }

    #[test]
    fn a_scope_narrows_and_null_does_not() {
        let of_tinc = finding(Code::RunTooLong, Some("tinc"), None);
        assert!(of_tinc.touches(&subject("tinc", "high")));
        assert!(!of_tinc.touches(&subject("tinc", "low")) && !of_tinc.touches(&subject("nebula", "high")));
        assert!(finding(Code::RunTooLong, None, None).touches(&subject("nebula", "high")));
        let other = Subject { workload: Workload::Udp, ..subject("tinc", "high") };
        assert!(!of_tinc.touches(&other));
        let loss = Finding { metric: Some("loss".into()), ..of_tinc };
        assert!(!loss.touches(&subject("tinc", "high")));
    }

    #[test]
    fn a_part_of_a_cell_touches_the_whole_and_itself() {
        let link = Finding {
            source: Some("a".into()),
            target: Some("b".into()),
            block: Some(2),
            ..finding(Code::RunTooLong, Some("tinc"), None)
        };
        let cell = subject("tinc", "high");
        assert!(link.touches(&cell));
        assert!(link.touches(&Subject { link: Some(("a", "b")), block: Some(2), ..cell }));
        assert!(!link.touches(&Subject { link: Some(("a", "b")), block: Some(1), ..cell }));
        assert!(!link.touches(&Subject { link: Some(("b", "a")), ..cell }));
    }

    #[test]
    fn a_pair_that_differs_from_the_others_alike_is_not_touched_by_that() {
        let (a, b, c) = (subject("a", "high"), subject("b", "high"), subject("c", "high"));
        let code = Code::UnequalDuration;
        let findings = [
            finding(code, Some("a"), Some(30.0)),
            finding(code, Some("b"), Some(30.0)),
            finding(Code::RunTooLong, Some("a"), Some(30.0)),
            finding(Code::RunTooLong, Some("b"), Some(30.0)),
        ];
        let pair = |left, right| touching_pair(&findings, left, right).iter().collect::<Vec<_>>();
        assert_eq!(pair(&a, &b), [Code::RunTooLong], "both ran 30 s; what is wrong with each stays");
        assert!(pair(&a, &c).contains(&code) && pair(&c, &b).contains(&code));
        assert!(pair(&c, &c).is_empty());
    }
}
