//! Places among systems: a table, and the rankings that diagrams are drawn from.

use super::{Comparison, Names, said};
use crate::grid::{Cell, Draft, Grid, Kind};
use crate::notes::{about_basis, statement};
use crate::number::{Digits, probability};
use crate::order;
use crate::units::Shown as Unit;
use crate::words;
use meshbench_schemas::catalogue::Better;
use meshbench_schemas::stage::{Omnibus, Rank};
use meshbench_schemas::words::ComputedBy;
use std::collections::BTreeMap;

/// The ranks of each profile and tuning, in the order of profiles; the best system first, and those without a place last.
pub fn by_ranking<'a>(comparison: &Comparison<'a>, names: &Names<'_>) -> Vec<((&'a str, &'a str), Vec<&'a Rank>)> {
    let mut groups: BTreeMap<(&str, &str), Vec<&Rank>> = BTreeMap::new();
    for rank in &comparison.ranks {
        groups.entry((&rank.profile, &rank.tuning)).or_default().push(rank);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|a, b| (order::profile(a.0.0), a.0.1).cmp(&(order::profile(b.0.0), b.0.1)));
    for (_, ranks) in &mut groups {
        let place = |rank: &Rank| rank.rank.filter(|rank| rank.is_finite()).unwrap_or(f64::INFINITY);
        ranks.sort_by(|a, b| {
            place(a).total_cmp(&place(b)).then_with(|| names.order(&a.system).cmp(&names.order(&b.system)))
        });
    }
    groups
}

/// The table of places; `None` where there are none.
pub fn grid(comparison: &Comparison<'_>, names: &Names<'_>) -> Option<Grid> {
    let unit = Unit::choose(comparison.metric.unit, comparison.ranks.iter().filter_map(|rank| rank.value));
    let estimate = if unit.text.is_empty() { "Estimate".to_owned() } else { format!("Estimate in {}", unit.text) };
    let columns = [
        (estimate.as_str(), Kind::Value),
        ("Place", Kind::Value),
        ("First", Kind::Number),
        ("Letters", Kind::Words),
        ("n", Kind::Words),
    ];
    let title = format!("{}, places", comparison.title());
    let mut draft = Draft::new(format!("{}-ranks", comparison.name()), title, "System", &columns);
    let groups = by_ranking(comparison, names);
    for ((profile, tuning), ranks) in &groups {
        for rank in ranks {
            let row = comparison.estimates.get(&(&*rank.system, *tuning, *profile)).copied();
            let mut remarks: Vec<String> = rank.reason.iter().filter(|reason| !reason.is_empty()).cloned().collect();
            let warned = row.into_iter().flat_map(|row| row.warnings.iter()).filter(|warning| !about_basis(*warning));
            remarks.extend(warned.map(|warning| warning.explanation().to_owned()));
            remarks.extend(rank.findings.iter().map(|code| names.finding(code)));
            let value = match rank.value.filter(|value| value.is_finite()) {
                Some(value) => {
                    // The interval is the estimate's, if that is the number by which it is ranked.
                    let interval = row.filter(|row| row.value == Some(value)).map(|row| (row.low, row.high));
                    let (low, high) = interval.unwrap_or_default();
                    Cell::Value(Digits::new(unit, value, low, high))
                }
                None => Cell::Words("no value".to_owned()),
            };
            let cells = vec![
                value,
                place(rank),
                rank.probability_first.map_or(Cell::Nothing, |share| Cell::Number(percent(share))),
                Cell::Words(rank.letters.clone()),
                Cell::Words(words::many(rank.blocks.into(), "block")),
            ];
            let label = names.system(&rank.system).to_owned();
            draft.row(&comparison.heading(profile, tuning), label, cells, remarks);
            if let Some(estimate) = row.filter(|row| row.value.is_some() && row.value == rank.value) {
                draft.basis(format!("estimate: {}", statement(estimate)));
            }
        }
    }
    notes(&mut draft, comparison, names);
    draft.finish()
}

fn place(rank: &Rank) -> Cell {
    match rank.rank.filter(|rank| rank.is_finite()) {
        Some(value) => Cell::Value(Digits {
            value: said::place(value),
            low: rank.rank_low.map(|low| low.to_string()),
            high: rank.rank_high.map(|high| high.to_string()),
        }),
        None => Cell::Words("no place".to_owned()),
    }
}

/// A share of resampled campaigns, in whole percent; what is not all or nothing is not said to be.
pub fn percent(share: f64) -> String {
    let text = match share * 100.0 {
        small if small > 0.0 && small < 0.5 => "< 1".to_owned(),
        large if large < 100.0 && large > 99.5 => "> 99".to_owned(),
        share => format!("{share:.0}"),
    };
    format!("{text}\u{a0}%")
}

fn notes(draft: &mut Draft, comparison: &Comparison<'_>, names: &Names<'_>) {
    let best = match comparison.metric.better {
        Better::Higher => "the highest value has place 1",
        Better::Lower => "the lowest value has place 1",
        Better::Neither => "place 1 is one end of a metric in which neither end is the good one",
    };
    draft.note(format!("place of the estimate among the systems of a cell, the bare network left out; {best}"));
    let mut levels: Vec<f64> = comparison.ranks.iter().map(|rank| rank.confidence).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    for level in levels {
        draft.note(format!(
            "brackets of a place: the places that the tests leave open. Two systems share a letter exactly when {}",
            said::joined_by(level, names)
        ));
    }
    let mut covers: Vec<&str> = comparison
        .ranks
        .iter()
        .filter(|rank| rank.probability_first.is_some())
        .map(|rank| rank.covers.as_str())
        .collect();
    covers.sort_unstable();
    covers.dedup();
    if !covers.is_empty() {
        draft.note(format!(
            "first: share of campaigns, resampled from these {}, in which the system comes first, ties shared; it describes the data",
            covers.join(" or ")
        ));
    }
    draft.note("last column: blocks in which every system with a place has a value");
    let mut open: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for ((profile, tuning), _) in by_ranking(comparison, names) {
        let sentence = said::undecidable(comparison.among(profile, tuning));
        if !sentence.is_empty() {
            open.entry(sentence).or_default().push(comparison.heading(profile, tuning));
        }
    }
    for (sentence, headings) in open {
        draft.note(format!("{}: {sentence}", headings.join("; ")));
    }
    for row in omnibus_in_order(comparison) {
        draft.note(omnibus(row, &comparison.heading(&row.profile, &row.tuning)));
    }
}

/// Tests of all systems at once, by profile.
pub fn omnibus_in_order<'a>(comparison: &Comparison<'a>) -> Vec<&'a Omnibus> {
    let mut rows = comparison.omnibus.clone();
    let key = |row: &'a Omnibus| (order::profile(&row.profile), &*row.tuning, row.test.as_str());
    rows.sort_by(|a, b| key(a).cmp(&key(b)));
    rows
}

/// A test of all systems at once, in a sentence.
pub fn omnibus(row: &Omnibus, heading: &str) -> String {
    let test = row.test.says();
    let of = |found: u32, all: u32| if found == all { String::new() } else { format!(" of {all}") };
    // A replicate in the singular, where there is one.
    let one = row.replicates.max(row.replicates_expected) == 1;
    let what = if one { row.covers.one() } else { row.covers.as_str() };
    let over = format!(
        "{}{} over {}{} {}{}{}",
        words::many(row.systems.into(), "system"),
        of(row.systems, row.systems_expected),
        row.replicates,
        of(row.replicates, row.replicates_expected),
        what,
        if row.why.is_empty() { String::new() } else { format!(", this test because {}", row.why) },
        row.left_out.as_deref().map(|names| format!("; left out: {names}")).unwrap_or_default()
    );
    let Some(p) = row.p.filter(|p| p.is_finite()) else {
        let why = row.reason.as_deref().filter(|reason| !reason.is_empty()).unwrap_or("no reason given");
        return format!("{heading}: no {test} of any difference between the systems ({why}); {over}");
    };
    let statistic = row.statistic.map(|x| format!(" statistic {}", said::place(x))).unwrap_or_default();
    let degrees = match (row.df, row.df2) {
        (Some(df), Some(df2)) => format!(" on {} and {} degrees of freedom", said::place(df), said::place(df2)),
        (Some(df), None) => format!(" on {}", degrees(df)),
        _ => String::new(),
    };
    let basis = match row.p_basis {
        ComputedBy::Exact => " (exact)",
        ComputedBy::MonteCarlo => " (drawn at random)",
        ComputedBy::Distribution => " (from the distribution for many replicates)",
        ComputedBy::None => "",
    };
    let agreement = row.agreement.map(|w| format!("; Kendall's W {w:.2}")).unwrap_or_default();
    format!(
        "{heading}: {test} of any difference between the systems,{statistic}{degrees}, p {}{basis}{agreement}; {over}",
        p_of(p)
    )
}

fn degrees(df: f64) -> String {
    if df == 1.0 { "1 degree of freedom".to_owned() } else { format!("{} degrees of freedom", said::place(df)) }
}

fn p_of(p: f64) -> String {
    let text = probability(p);
    if text.starts_with('<') { text } else { format!("= {text}") }
}
