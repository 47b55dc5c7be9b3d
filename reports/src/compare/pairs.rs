//! All pairs of systems at a glance: the answer of the row's system against the column's.

use super::seen::Seen;
use super::{Comparison, Names, said};
use crate::grid::{Cell, Draft, Grid, Kind, sign};
use crate::{order, words};
use meshbench_schemas::stage::Contrast;
use meshbench_schemas::words::{Answer, Contrasted};
use std::collections::{BTreeMap, BTreeSet};

/// Systems up to which a matrix can be read.
const MOST: usize = 12;

/// The answer of a system against another.
type Answers<'a> = BTreeMap<(&'a str, &'a str), Answer>;

/// The matrix of contrasts of one kind; `None` where there are fewer than three systems, or too many.
pub fn grid(comparison: &Comparison<'_>, kind: Contrasted, names: &Names<'_>) -> Option<Grid> {
    let rows: Vec<&Contrast> = comparison.contrasts.iter().copied().filter(|row| row.kind == kind).collect();
    let systems: BTreeSet<&str> = rows.iter().flat_map(|row| [&*row.left_side, &*row.right_side]).collect();
    if !(3..=MOST).contains(&systems.len()) {
        return None;
    }
    let mut systems: Vec<&str> = systems.into_iter().collect();
    systems.sort_by(|a, b| names.order(a).cmp(&names.order(b)));
    let mut groups: BTreeMap<(&str, &str), Answers<'_>> = BTreeMap::new();
    for row in &rows {
        let place = (row.profile.as_deref().unwrap_or_default(), row.tuning.as_deref().unwrap_or_default());
        let group = groups.entry(place).or_default();
        for seen in [Seen::from_left(row), Seen::from_right(row)] {
            group.insert((seen.side(), seen.other()), seen.answer());
        }
    }
    let (suffix, what) = match kind {
        Contrasted::Interaction => ("interaction-pairs", "all pairs, each against its own baseline"),
        _ => ("pairs", "all pairs"),
    };
    let heads: Vec<String> = (1..=systems.len()).map(|number| number.to_string()).collect();
    let columns: Vec<(&str, Kind)> = heads.iter().map(|head| (head.as_str(), Kind::Sign)).collect();
    let title = format!("{}, {what}", comparison.title());
    let mut draft = Draft::new(format!("{}-{suffix}", comparison.name()), title, "System", &columns);
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|a, b| (order::profile(a.0.0), a.0.1).cmp(&(order::profile(b.0.0), b.0.1)));
    for ((profile, tuning), answers) in &groups {
        let heading = comparison.heading(profile, tuning);
        for (row, head) in systems.iter().zip(&heads) {
            let cell =
                |column: &&str| answers.get(&(*row, *column)).map_or(Cell::Nothing, |answer| Cell::Sign(*answer));
            let cells = systems.iter().map(cell).collect();
            draft.row(&heading, format!("{head} {}", names.system(row)), cells, Vec::new());
        }
    }
    draft.note(legend(&rows));
    draft.note(said::families(rows.iter().copied(), names));
    draft.note(said::margins(rows.iter().copied(), super::effects::unit(comparison)));
    draft.note(needed(&rows));
    for sentence in findings(&rows, names) {
        draft.note(sentence);
    }
    draft.finish()
}

/// What the signs mean, those that occur.
fn legend(rows: &[&Contrast]) -> String {
    let mut found: BTreeSet<Answer> = rows.iter().map(|row| row.answer).collect();
    if found.contains(&Answer::Better) || found.contains(&Answer::Worse) {
        found.extend([Answer::Better, Answer::Worse]);
    }
    let said = found.iter().map(|answer| format!("{} {}", sign(*answer), said::meaning(*answer)));
    format!("The row's system against the column's: {}. Empty: not compared", said.collect::<Vec<_>>().join("; "))
}

fn needed(rows: &[&Contrast]) -> String {
    let cannot: Vec<&Contrast> = rows.iter().copied().filter(|row| row.answer == Answer::CannotTell).collect();
    let blocks: Vec<u32> = cannot.iter().filter_map(|row| row.blocks_needed).collect();
    let pairs = words::many(cannot.len() as u64, "pair");
    match (blocks.iter().min(), blocks.iter().max()) {
        (Some(low), Some(high)) if low == high => {
            format!(
                "the design cannot show a difference of {pairs}; {} would be needed",
                words::many((*low).into(), "block")
            )
        }
        (Some(low), Some(high)) => {
            format!("the design cannot show a difference of {pairs}; {low} to {high} blocks would be needed")
        }
        _ if !cannot.is_empty() => format!("the design cannot show a difference of {pairs}"),
        _ => String::new(),
    }
}

/// Findings and warnings with the number of pairs that they touch.
fn findings(rows: &[&Contrast], names: &Names<'_>) -> Vec<String> {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let found = row.findings.iter().map(|code| names.finding(code));
        for sentence in found.chain(row.warnings.iter().map(|warning| warning.explanation().to_owned())) {
            *count.entry(sentence).or_default() += 1;
        }
    }
    count
        .into_iter()
        .map(|(sentence, pairs)| {
            format!("{} ({} of {})", sentence.trim_end_matches('.'), pairs, words::many(rows.len() as u64, "pair"))
        })
        .collect()
}
