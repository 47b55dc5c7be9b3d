//! HTML tables. maud escapes every text.

use crate::cell::{Content, more_than};
use crate::notes::{Notes, confidence, sample_size};
use crate::number::{Digits, pretty};
use crate::success::Success;
use crate::view::Series;
use maud::{Markup, html};

/// The table of one series, its notes, and the reasons of cells without a number.
pub fn series(series: &Series<'_>) -> Markup {
    let notes = Notes::of(series);
    let mut reasons = Vec::new();
    for (row, label) in series.rows.iter().enumerate() {
        for (profile, name) in series.profiles.iter().enumerate() {
            let reason =
                series.estimate(row, profile).and_then(|e| e.reason.as_deref()).filter(|reason| !reason.is_empty());
            if let (Some(reason), false) = (reason, matches!(series.content(row, profile), Content::Value { .. })) {
                reasons.push((label.label.as_str(), *name, reason));
            }
        }
    }
    html! {
        div.scroll role="region" tabindex="0" aria-label=(series.title()) {
            table {
                caption { (series.title()) ", " (unit(series)) }
                thead {
                    tr {
                        th scope="col" { "System" }
                        @for profile in &series.profiles { th scope="col" { (profile) } }
                    }
                }
                tbody {
                    @for (row, label) in series.rows.iter().enumerate() {
                        tr {
                            th scope="row" { (label.label) }
                            @for profile in 0..series.profiles.len() { (cell(series, row, profile, &notes.marks(row, profile))) }
                        }
                    }
                }
            }
        }
        div.notes {
            @for note in &notes.general { p { (note) } }
            @for (mark, note) in &notes.marked { p { sup { (mark) } " " (note) } }
            @if !reasons.is_empty() {
                details {
                    summary { "Why " (crate::words::many(reasons.len() as u64, "cell")) " without a value" }
                    ul {
                        @for (system, profile, reason) in reasons { li { (system) ", " (profile) ": " (reason) } }
                    }
                }
            }
        }
    }
}

fn unit(series: &Series<'_>) -> String {
    if series.unit.text.is_empty() { "a count".to_owned() } else { format!("in {}", series.unit.text) }
}

fn cell(series: &Series<'_>, row: usize, profile: usize, marks: &str) -> Markup {
    let marks = html! { @if !marks.is_empty() { sup { (marks) } } };
    match series.content(row, profile) {
        Content::Value { value, low, high } => {
            let digits = Digits::new(series.unit, value, low, high);
            let said =
                series.estimate(row, profile).map(|e| format!("n = {}; {} interval", sample_size(e), confidence(e)));
            html! {
                td title=[said] {
                    b { (pretty(&digits.value)) } " "
                    small { (digits.interval().unwrap_or_else(|| "(no interval)".to_owned())) } (marks)
                }
            }
        }
        Content::MoreThan(limit) => html! { td.words { (more_than(limit, series.unit)) (marks) } },
        Content::Words(words) => html! { td.words { (words) (marks) } },
    }
}

/// Outcome counts, a system × workload.
pub fn success(success: &Success<'_>) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label="Attempts and outcomes" {
            table {
                caption { "Attempts that succeeded, and what became of the others." }
                thead {
                    tr {
                        th scope="col" { "System" }
                        @for workload in &success.workloads { th scope="col" { (workload.as_str()) } }
                    }
                }
                tbody {
                    @for (row, label) in success.rows.iter().enumerate() {
                        tr {
                            th scope="row" { (label.label) }
                            @for workload in &success.workloads {
                                @match success.counts(row, *workload) {
                                    Some(counts) if counts.attempts > 0 => {
                                        td {
                                            b { (counts.ok) "/" (counts.attempts) } " "
                                            @if let Some((low, high)) = success.interval(counts) {
                                                small { "[" (low) ", " (high) "]\u{a0}%" }
                                            }
                                            @if !counts.others().is_empty() { br; small.words { (counts.others()) } }
                                        }
                                    }
                                    Some(counts) => td.words { (counts.others()) },
                                    None => td.words { "not run" },
                                }
                            }
                        }
                    }
                }
            }
        }
        div.notes { p { (success.note()) } }
    }
}
