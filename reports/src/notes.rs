//! What must stand under a table: methods, n, what intervals cover, warnings. What holds for every cell
//! is said once; what holds for some is a lettered mark at those cells.

use crate::cell::Content;
use crate::view::Series;
use crate::words;
use meshbench_schemas::stage::Estimate;
use meshbench_schemas::warning::Warning;
use meshbench_schemas::words::Covers;
use std::collections::BTreeMap;

/// Notes of one table, in plain text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// Sentences for the whole table.
    pub general: Vec<String>,
    /// Marked sentences, with their marks, in the order of the marks.
    pub marked: Vec<(String, String)>,
    marks: BTreeMap<(usize, usize), Vec<String>>,
}

impl Notes {
    /// The marks of a cell, `a,c`; empty where it has none.
    pub fn marks(&self, row: usize, profile: usize) -> String {
        self.marks.get(&(row, profile)).map(|marks| marks.join(",")).unwrap_or_default()
    }

    /// The notes of a series.
    pub fn of(series: &Series<'_>) -> Self {
        let places =
            (0..series.rows.len()).flat_map(|row| (0..series.profiles.len()).map(move |profile| (row, profile)));
        let mut basis: Vec<(String, Vec<(usize, usize)>)> = Vec::new();
        let mut warned: Vec<(String, Vec<(usize, usize)>)> = Vec::new();
        let mut with_number = 0;
        let mut with_estimate = 0;
        for place in places {
            let Some(estimate) = series.estimate(place.0, place.1) else { continue };
            with_estimate += 1;
            if !matches!(series.content(place.0, place.1), Content::Words(_)) {
                with_number += 1;
                note(&mut basis, statement(estimate), place);
            }
            for warning in estimate.warnings.iter().filter(|warning| !about_basis(*warning)) {
                note(&mut warned, words::sentence(warning.explanation()), place);
            }
            for code in estimate.findings.iter() {
                note(
                    &mut warned,
                    series.findings.get(code.as_str()).cloned().unwrap_or_else(|| code.to_string()),
                    place,
                );
            }
        }
        // The most common basis is the table's; the sort is stable, so ties go to the first row.
        basis.sort_by_key(|(_, places)| std::cmp::Reverse(places.len()));
        let mut notes = Self::default();
        let mut basis = basis.into_iter();
        if let Some((statement, _)) = basis.next() {
            let unless = if basis.len() > 0 { "Unless marked: " } else { "" };
            notes.general.push(words::sentence(&format!("{unless}{statement}")));
        }
        for (statement, places) in basis {
            notes.mark(words::sentence(&statement), &places);
        }
        for (sentence, places) in warned {
            if places.len() == with_estimate
                || (places.len() == with_number && with_number > 0 && only_numbers(series, &places))
            {
                notes.general.push(sentence);
            } else {
                notes.mark(sentence, &places);
            }
        }
        notes
    }

    fn mark(&mut self, sentence: String, places: &[(usize, usize)]) {
        let mark = letter(self.marked.len());
        for place in places {
            self.marks.entry(*place).or_default().push(mark.clone());
        }
        self.marked.push((mark, sentence));
    }
}

fn only_numbers(series: &Series<'_>, places: &[(usize, usize)]) -> bool {
    places.iter().all(|(row, profile)| !matches!(series.content(*row, *profile), Content::Words(_)))
}

fn note(list: &mut Vec<(String, Vec<(usize, usize)>)>, text: String, place: (usize, usize)) {
    match list.iter_mut().find(|(known, _)| *known == text) {
        Some((_, places)) => places.push(place),
        None => list.push((text, vec![place])),
    }
}

/// `a` to `z`, then `aa` to `az`, and so on.
pub fn letter(mut at: usize) -> String {
    let mut out = Vec::new();
    loop {
        out.push(char::from(b'a' + (at % 26) as u8));
        if at < 26 {
            break;
        }
        at = at / 26 - 1;
    }
    out.iter().rev().collect()
}

/// Whether a warning is about how a number was made, and so a part of its statement, rather than about
/// something that happened.
pub const fn about_basis(warning: Warning) -> bool {
    matches!(
        warning,
        Warning::LinksOnly
            | Warning::Normality
            | Warning::SingleLink
            | Warning::SummaryOnly
            | Warning::Autocorrelated
            | Warning::NoInterval
            | Warning::WideConfidence
    )
}

/// What a number is: its method, its n, what its interval covers, and the warnings about these.
pub fn statement(e: &Estimate) -> String {
    let no_interval = e.low.is_none() && e.high.is_none();
    let said = |warning: Warning| {
        (warning == Warning::LinksOnly && e.covers == Covers::Links)
            || (warning == Warning::NoInterval && no_interval)
            || (warning == Warning::WideConfidence && e.achieved_confidence.is_some())
    };
    let mut out = basis(e);
    for warning in e.warnings.iter().filter(|warning| about_basis(*warning) && !said(*warning)) {
        out.push_str(". ");
        out.push_str(warning.explanation().trim_end_matches('.'));
    }
    out
}

fn basis(e: &Estimate) -> String {
    let n = sample_size(e);
    if e.value.is_none_or(|value| !value.is_finite()) {
        return format!("a bound: the true value is larger; n = {n}");
    }
    let value = format!("{}; n = {n}", e.method.says());
    if (e.low.is_none() && e.high.is_none()) || e.covers == Covers::None {
        return format!("{value}; no interval");
    }
    format!("{value}; brackets: {} interval, which covers {}", confidence(e), words::covers(e.covers))
}

/// The confidence of an interval, achieved beside nominal where they differ.
pub fn confidence(e: &Estimate) -> String {
    words::confidence(e.confidence, e.achieved_confidence)
}

/// What was counted, to follow "n = ".
pub fn sample_size(e: &Estimate) -> String {
    match e.covers {
        Covers::Attempts => words::many(e.attempts.into(), "attempt"),
        Covers::WithinRun => match e.samples {
            Some(samples) => format!("{}, {}", words::many(samples, "sample"), words::many(e.runs.into(), "run")),
            None => words::many(e.runs.into(), "run"),
        },
        Covers::Blocks
        | Covers::Campaigns
        | Covers::Links
        | Covers::Runs
        | Covers::Systems
        | Covers::Resampled
        | Covers::None => {
            let links = words::of(e.links, e.links_expected, "link");
            format!("{links}, {}", words::of(e.blocks, e.blocks_expected, "block"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::estimate;

    #[test]
    fn marks_are_letters() {
        assert_eq!([0, 25, 26, 52].map(letter), ["a", "z", "aa", "ba"]);
    }

    #[test]
    fn a_statement_says_n_and_coverage() {
        let e = estimate("wireguard", "baseline", "tcp", "throughput");
        assert_eq!(
            statement(&e),
            "geometric mean over links, with a t interval on logarithms; n = 3 links, 1 block; brackets: 95\u{a0}% interval, \
             which covers how the links differ, not how a repetition would. The confidence of the interval rests on the blocks' \
             values being normal (on their scale)"
        );
    }
}
