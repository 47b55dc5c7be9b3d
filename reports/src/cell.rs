//! What stands in a cell: a value, a bound, or words.

use crate::number::bound;
use crate::units::Shown as Unit;
use meshbench_schemas::stage::Estimate;

/// What a cell of a table or a place in a figure shows. Numbers are in the base unit and finite.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A value with the ends of its interval; an end is `None` where it is open, both where there is no interval.
    Value {
        /// The estimate.
        value: f64,
        /// Lower end.
        low: Option<f64>,
        /// Upper end.
        high: Option<f64>,
    },
    /// Known only to be larger than this.
    MoreThan(f64),
    /// Why there is no number.
    Words(String),
}

/// What a cell shows; `None` is a cell that has no row among the estimates.
pub fn content(estimate: Option<&Estimate>) -> Content {
    let Some(estimate) = estimate else { return Content::Words("not run".to_owned()) };
    let finite = |x: Option<f64>| x.filter(|x| x.is_finite());
    match (finite(estimate.value), finite(estimate.at_least)) {
        (Some(value), _) => Content::Value { value, low: finite(estimate.low), high: finite(estimate.high) },
        (None, Some(limit)) => Content::MoreThan(limit),
        (None, None) => Content::Words(words(estimate)),
    }
}

/// The bound in words, `> 1800 s`.
pub fn more_than(limit: f64, unit: Unit) -> String {
    format!(">\u{a0}{}", unit.with(&bound(unit, limit)))
}

/// Why a cell has no value, from its counts, in a few words.
fn words(e: &Estimate) -> String {
    if e.attempts == 0 {
        return if e.unsupported > 0 {
            let excuse = e.reason.as_deref().unwrap_or_default().replace('-', " ");
            if excuse.contains("not applicable") { "not applicable" } else { "not supported" }.to_owned()
        } else {
            "not run".to_owned()
        };
    }
    // One attempt a link: the counts of attempts are counts of links.
    let by_link = e.blocks_expected <= 1 && e.attempts == e.links_expected && e.attempts > 1;
    let mut said = Vec::new();
    for (count, outcome) in [
        (e.failed, "failed"),
        (e.stalled, "stalled"),
        (e.censored, "at the limit"),
        (e.invalid, "invalid"),
        (e.partial, "partial"),
    ] {
        if count > 0 {
            said.push((count, outcome));
        }
    }
    match said.as_slice() {
        [(count, "stalled")] if by_link && *count < e.attempts => format!("stalled on {count} of {} links", e.attempts),
        [(count, outcome)] if *count == e.attempts || e.links >= e.links_expected => {
            format!("{count} of {} {outcome}", e.attempts)
        }
        [] if e.links < e.links_expected => format!("{} of {} links", e.links, e.links_expected),
        [] => short(e.reason.as_deref()),
        many => {
            let all: Vec<String> = many.iter().map(|(count, outcome)| format!("{count} {outcome}")).collect();
            let all = all.join(", ");
            if e.ok > 0 && e.links > 0 && e.links < e.links_expected {
                format!("{} of {} links ({all})", e.links, e.links_expected)
            } else {
                format!("{all} of {}", e.attempts)
            }
        }
    }
}

/// A reason where the counts say nothing: the first words of analysis' own.
fn short(reason: Option<&str>) -> String {
    let reason = reason.unwrap_or("no value").trim();
    if reason.is_empty() {
        return "no value".to_owned();
    }
    let mut out = String::new();
    for word in reason.split_whitespace() {
        if out.chars().count() + word.chars().count() > 24 {
            out.push('…');
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::estimate;

    fn said(change: impl FnOnce(&mut Estimate)) -> String {
        let mut e = estimate("wireguard", "baseline", "tcp", "throughput");
        (e.value, e.low, e.high) = (None, None, None);
        e.blocks_expected = 1;
        change(&mut e);
        match content(Some(&e)) {
            Content::Words(words) => words,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn words_for_what_has_no_number() {
        assert_eq!(said(|e| (e.attempts, e.ok, e.failed, e.links) = (3, 0, 3, 0)), "3 of 3 failed");
        assert_eq!(said(|e| (e.attempts, e.ok, e.stalled, e.links) = (3, 2, 1, 2)), "stalled on 1 of 3 links");
        assert_eq!(said(|e| (e.attempts, e.ok, e.failed, e.links) = (3, 2, 1, 2)), "2 of 3 links (1 failed)");
        assert_eq!(said(|e| (e.attempts, e.ok, e.links) = (2, 2, 2)), "2 of 3 links");
        assert_eq!(
            said(|e| (e.attempts, e.ok, e.failed, e.stalled, e.links) = (6, 0, 2, 4, 0)),
            "2 failed, 4 stalled of 6"
        );
        assert_eq!(said(|e| (e.attempts, e.ok, e.skipped, e.links) = (0, 0, 3, 0)), "not run");
        assert_eq!(said(|e| (e.attempts, e.ok, e.unsupported, e.links) = (0, 0, 3, 0)), "not supported");
        assert_eq!(content(None), Content::Words("not run".to_owned()));
    }

    #[test]
    fn what_is_not_finite_is_no_number() {
        let mut e = estimate("wireguard", "baseline", "tcp", "throughput");
        e.value = Some(f64::NAN);
        e.at_least = Some(1800.0);
        assert_eq!(content(Some(&e)), Content::MoreThan(1800.0));
    }
}
