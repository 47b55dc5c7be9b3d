//! Macros for what is compared: effects of systems against the bare network, and places.

use super::{Entry, with_unit};
use crate::compare::{Comparison, INTERNAL, Names, Seen, against_internal, answer_words, hold, place};
use crate::escape::latex;
use crate::grid::numeral;
use crate::number::{self, Digits, probability};
use crate::units::Shown as Unit;
use crate::words;
use meshbench_schemas::catalogue::Unit as Base;
use meshbench_schemas::stage::Rank;
use meshbench_schemas::words::{Contrasted, Slug};

/// The end of a key: `baseline/tcp/throughput/forward`.
fn tail(comparison: &Comparison<'_>, profile: &str) -> String {
    let direction = comparison.direction.map(|d| format!("/{d}")).unwrap_or_default();
    format!("{}/{}/{}{direction}", Slug::of(profile), comparison.workload, comparison.metric.id)
}

fn system(id: &str, tuning: &str) -> String {
    let tuning = if tuning == "default" { String::new() } else { format!("+{}", Slug::of(tuning)) };
    format!("{}{tuning}", Slug::of(id))
}

/// Effects against the bare network, in the order of the rows.
pub fn contrasts(comparison: &Comparison<'_>) -> Vec<Entry> {
    let rows = comparison.contrasts.iter().filter(|row| row.kind == Contrasted::System);
    let all: Vec<Seen<'_>> = rows.filter_map(|row| against_internal(row)).collect();
    let differences = all.iter().filter(|seen| !seen.is_ratio()).filter_map(|seen| seen.value());
    let unit = Unit::choose(comparison.metric.unit, differences);
    let mut entries: Vec<Entry> = all.iter().map(|seen| contrast(comparison, *seen, unit)).collect();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    entries
}

fn contrast(comparison: &Comparison<'_>, seen: Seen<'_>, unit: Unit) -> Entry {
    let row = seen.row;
    let unit = if seen.is_ratio() { Unit::choose(Base::Count, []) } else { unit };
    let key = format!(
        "contrast/{}/{INTERNAL}/{}",
        system(seen.side(), row.tuning.as_deref().unwrap_or("default")),
        tail(comparison, row.profile.as_deref().unwrap_or_default())
    );
    let said = |digits: &str| {
        if unit.text == "%" { format!("\\num{{{digits}}} percentage points") } else { with_unit(unit, digits) }
    };
    let n = latex(&format!(
        "{}, {}",
        words::many(row.pairs.into(), "pair"),
        words::of(row.blocks, row.blocks_expected, "block")
    ));
    let answer = answer_words(seen.answer());
    let p = row.p_adjusted.map_or_else(|| "no p".to_owned(), |p| numeral(&probability(p)));
    let confidence = latex(&words::confidence(row.confidence, row.achieved_confidence));
    let covers = latex(row.covers.as_str());
    let none = || "no interval".to_owned();
    let (low, high) = seen.interval();
    let (value, interval, low, high, full) = match seen.value() {
        Some(effect) => {
            let digits = Digits::new(unit, effect, low, high);
            let value = said(&digits.value);
            let ends = (digits.low.as_deref().map(said), digits.high.as_deref().map(said));
            let (interval, between) = match digits.interval_latex() {
                Some(brackets) => (brackets.clone(), format!("{confidence} interval over {covers} {brackets}")),
                None => (none(), none()),
            };
            let adjusted = row.p_adjusted.map_or_else(
                || "no p".to_owned(),
                |p| match probability(p).strip_prefix("< ") {
                    Some(rest) => format!("adjusted p \\textless\\,\\num{{{rest}}}"),
                    None => format!("adjusted p = \\num{{{}}}", probability(p)),
                },
            );
            let full = format!("{value} ({between}, {adjusted}, n = {n}: {answer})");
            (value, interval, ends.0.unwrap_or_else(none), ends.1.unwrap_or_else(none), full)
        }
        None => ("no value".to_owned(), none(), none(), none(), format!("no value ({answer})")),
    };
    let together = seen.value().zip(seen.together()).and_then(|(effect, (low, high))| {
        let brackets = Digits::new(unit, effect, low, high).interval_latex()?;
        let brackets = number::without_ends(&brackets, seen.together_belongs());
        Some(if unit.text == "%" { format!("{brackets} percentage points") } else { brackets })
    });
    let together = together.unwrap_or_else(none);
    let parts = vec![("low", low), ("high", high), ("p", p), ("answer", answer.to_owned()), ("together", together)];
    Entry { key, value, interval, n, covers, full, parts }
}

/// Places, in the order of the rows.
pub fn ranks(comparison: &Comparison<'_>, names: &Names<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = comparison.ranks.iter().map(|rank| one(comparison, rank, names)).collect();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    entries
}

fn one(comparison: &Comparison<'_>, rank: &Rank, names: &Names<'_>) -> Entry {
    let key = format!("rank/{}/{}", system(&rank.system, &rank.tuning), tail(comparison, &rank.profile));
    let n =
        latex(&format!("{}, {}", words::many(rank.ranked.into(), "system"), words::many(rank.blocks.into(), "block")));
    let number = |x: Option<u32>| x.map_or_else(|| "no place".to_owned(), |x| format!("\\num{{{x}}}"));
    let (low, high) = (number(rank.rank_low), number(rank.rank_high));
    let first = rank.probability_first.map_or_else(|| "not known".to_owned(), |p| numeral(&probability(p)));
    let letters = if rank.letters.is_empty() { "no letters".to_owned() } else { latex(&rank.letters) };
    let (value, interval, full) = match rank.rank.filter(|rank| rank.is_finite()) {
        Some(at) => {
            let value = format!("\\num{{{}}}", place(at));
            let interval = match (rank.rank_low, rank.rank_high) {
                (Some(_), Some(_)) => format!("[{low}, {high}]"),
                _ => "no interval".to_owned(),
            };
            let hold = latex(&hold(rank.confidence, names));
            let full =
                format!("{value} (adjusted tests of all pairs leave open {interval}; such places {hold}; n = {n})");
            (value, interval, full)
        }
        None => ("no place".to_owned(), "no interval".to_owned(), "no place".to_owned()),
    };
    let parts = vec![("low", low), ("high", high), ("first", first), ("letters", letters)];
    Entry { key, value, interval, n, covers: latex(rank.covers.as_str()), full, parts }
}
