//! One number a system: the composite score, with its policy and its missing cells spelled out.

use super::ranks::percent;
use super::{Names, said};
use crate::grid::{Cell, Draft, Grid, Kind};
use crate::number::Digits;
use crate::{order, words};
use meshbench_schemas::stage::Score;
use meshbench_schemas::words::Policy;

const COLUMNS: [(&str, Kind); 5] = [
    ("Score", Kind::Value),
    ("Place", Kind::Value),
    ("First", Kind::Number),
    ("Cells", Kind::Words),
    ("Without a value", Kind::Number),
];

/// What a policy does about missing cells.
const fn says(policy: Policy) -> &'static str {
    match policy {
        Policy::CommonCells => "only cells in which every system has a value count",
        Policy::PerSystem => "each system's own cells count: scores of different cells, which cannot be compared",
        Policy::WorstObserved => {
            "a missing value counts as the worst factor that any system has in its cell, or as the limit at which \
             its runs were stopped, whichever is worse"
        }
    }
}

/// The table of scores; `None` where there are none.
pub fn grid(scores: &[&Score], names: &Names<'_>) -> Option<Grid> {
    let mut rows = scores.to_vec();
    rows.sort_by(|a, b| {
        let profile = |row: &Score| row.profile.is_some();
        let worth = |row: &Score| -row.value.filter(|value| value.is_finite()).unwrap_or(f64::NEG_INFINITY);
        let name = |row: &Score| order::profile(row.profile.as_deref().unwrap_or_default()).0;
        (profile(a), name(a), &a.profile, a.policy)
            .cmp(&(profile(b), name(b), &b.profile, b.policy))
            .then_with(|| worth(a).total_cmp(&worth(b)))
            .then_with(|| names.order(&a.system).cmp(&names.order(&b.system)))
    });
    let title = "composite scores".to_owned();
    let mut draft = Draft::new("scores".to_owned(), title, "System", &COLUMNS);
    for row in &rows {
        let where_ = row.profile.as_deref().unwrap_or("all profiles");
        let score = match row.value.filter(|value| value.is_finite()) {
            Some(value) => Cell::Value(Digits::new(said::no_unit(), value, row.low, row.high)),
            None => Cell::Words("no score".to_owned()),
        };
        let place = match row.rank.filter(|rank| rank.is_finite()) {
            Some(rank) => Cell::Value(Digits {
                value: said::place(rank),
                low: row.rank_low.map(|low| low.to_string()),
                high: row.rank_high.map(|high| high.to_string()),
            }),
            None => Cell::Words("no place".to_owned()),
        };
        let cells = vec![
            score,
            place,
            row.first_share.map_or(Cell::Nothing, |share| Cell::Number(percent(share))),
            Cell::Words(format!("{} of {}", row.cells, row.cells_all)),
            Cell::Number(row.cells_missing.to_string()),
        ];
        let mut remarks: Vec<String> = row.reason.iter().filter(|reason| !reason.is_empty()).cloned().collect();
        if row.low.is_some() || row.high.is_some() {
            let percent = words::percent(row.confidence);
            remarks
                .push(format!("brackets of the score: {percent} interval, which covers {}", words::covers(row.covers)));
        } else if row.value.is_some() && remarks.is_empty() {
            remarks.push("there is no interval for the score".to_owned());
        }
        if row.rank.is_some() && row.low.is_none() && row.high.is_none() {
            remarks.push("nothing is tested, so that every place is open".to_owned());
        }
        match (row.left_out_low, row.left_out_high) {
            (Some(low), Some(high)) if low == high => {
                remarks.push(format!("whichever cell is left out, place {}", said::place(low)));
            }
            (Some(low), Some(high)) => {
                remarks.push(format!(
                    "place {} to {} when any one cell is left out",
                    said::place(low),
                    said::place(high)
                ));
            }
            _ if row.rank.is_some() => remarks.push("one cell: none can be left out or weighed".to_owned()),
            _ => {}
        }
        draft.row(&format!("{where_}: {}", says(row.policy)), names.system(&row.system).to_owned(), cells, remarks);
    }
    draft.note(
        "Weighted geometric mean of each system's factor to the best of its cell; 1 is best in every cell. Place by score; brackets: \
         the places that sign flips of the scores over blocks leave open, adjusted over all pairs. First: share of random weights of the cells under which the system comes \
         first. Cells: those that entered, of those that any system has; without a value: cells of this system that are missing",
    );
    draft.finish()
}
