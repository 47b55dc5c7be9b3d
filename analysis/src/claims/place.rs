//! Claims that a system is first, or among the first few.

use super::cell::{self, Cell, Design, Tested};
use super::claim::{Claim, Place, Side};
use super::dimension;
use crate::comparisons::ranking::INTERNAL;
use crate::comparisons::ranks;
use crate::estimates::campaign::{Campaign, Column};
use crate::options::Options;
use crate::sentence;
use crate::stats::Better;
use meshbench_schemas::printed::Verdict;
use meshbench_schemas::stage::{Contrast, Rank, Stages};
use meshbench_schemas::words::{Contrasted, Covers, Direction, EffectKind, EffectMethod, PairTest, Workload};

/// The cells of a claim about a place.
pub fn cells(
    campaign: &Campaign<'_>,
    comparisons: &Stages,
    claim: &Claim,
    test: &Place,
    options: &Options,
) -> Vec<Cell> {
    let row = Verdict { left_side: test.system.to_string(), ..cell::row(claim, options) };
    let claimed = if test.first == 1 {
        format!("{} is first", test.system)
    } else {
        format!("{} is among the first {}", test.system, test.first)
    };
    let whole = |reason: String| {
        let place = sentence::place_of(row.workload, &row.metric, test.target.direction, None, None);
        Cell::without(row.clone(), place, claimed.clone(), reason)
    };
    let columns = dimension::columns(campaign, &test.target);
    if columns.is_empty() {
        return vec![whole(format!("the dataset has no {} of {}", row.metric, row.workload))];
    }
    let side = Side { system: Some(test.system.clone()), ..Side::default() };
    let (pairs, missing) = dimension::pairs(campaign, &test.target, (&side, &side), &claim.scope);
    let mut cells: Vec<Cell> = missing.iter().map(|missing| whole(missing.reason(&row))).collect();
    for column in &columns {
        for pair in &pairs {
            let name = pair.left;
            let row = Verdict {
                system: Some(name.system.clone()),
                tuning: Some(name.tuning.clone()),
                profile: Some(name.profile.clone()),
                direction: column.direction,
                ..row.clone()
            };
            cells.push(one(comparisons, column, test, row, &claimed));
        }
    }
    if cells.is_empty() {
        cells.push(whole("the dataset has no such cell".to_owned()));
    }
    cells
}

fn one(comparisons: &Stages, column: &Column, test: &Place, row: Verdict, claimed: &str) -> Cell {
    let place =
        sentence::place_of(row.workload, &row.metric, row.direction, row.profile.as_deref(), row.tuning.as_deref());
    let without = |row: Verdict, reason: String| Cell::without(row, place.clone(), claimed.to_owned(), reason);
    let (tuning, profile) = (row.tuning.clone(), row.profile.clone());
    let of_column = |workload: Workload, metric: &str, direction: Option<Direction>| {
        (workload, metric, direction) == (column.workload, column.metric.id, column.direction)
    };
    let is = |rank: &&Rank| {
        of_column(rank.workload, &rank.metric, rank.direction)
            && (Some(&rank.tuning), Some(&rank.profile)) == (tuning.as_ref(), profile.as_ref())
            && Some(&rank.system) == row.system.as_ref()
    };
    let Some(rank) = comparisons.ranks.iter().find(is) else {
        return without(row, "nobody else was measured here".to_owned());
    };
    let (Some(place_of), Some(low), Some(high)) = (rank.rank, rank.rank_low, rank.rank_high) else {
        let reason = rank.reason.clone().unwrap_or_else(|| "it has no place".to_owned());
        return without(row, reason);
    };
    let ranked = rank.ranked as usize;
    let row = Verdict {
        effect: EffectKind::Rank,
        value: Some(place_of),
        low: Some(f64::from(low)),
        high: Some(f64::from(high)),
        method: EffectMethod::SignificantDifferences,
        p_test: PairTest::SignFlip,
        count: rank.ranked,
        blocks: rank.blocks,
        covers: Covers::Systems,
        ..row
    };
    if test.first >= ranked {
        return without(
            row,
            format!("only {ranked} have a place, so being among the first {} says nothing", test.first),
        );
    }
    let with_it = |contrast: &&Contrast| {
        contrast.kind == Contrasted::System
            && of_column(contrast.workload, &contrast.metric, contrast.direction)
            && (&contrast.tuning, &contrast.profile) == (&tuning, &profile)
            && (contrast.left_side == rank.system || contrast.right_side == rank.system)
            && &*contrast.left_side != INTERNAL
            && &*contrast.right_side != INTERNAL
    };
    let against: Vec<&Contrast> = comparisons.contrasts.iter().filter(with_it).collect();
    let better = ranks::better(column);
    let (mut won, mut lost) = (Vec::new(), Vec::new());
    for contrast in &against {
        let (Some(p), Some(better)) = (contrast.p_adjusted, left_better(contrast, better)) else {
            continue;
        };
        if better == (contrast.left_side == rank.system) { won.push(p) } else { lost.push(p) }
    }
    // Rank intervals at another level would say so from just that level on.
    let nth = |mut values: Vec<f64>, at: usize| {
        values.sort_by(f64::total_cmp);
        values.get(at.saturating_sub(1)).copied().unwrap_or(1.0)
    };
    let tested = !against.iter().all(|contrast| contrast.p_adjusted.is_none());
    let smallest = against.iter().filter_map(|contrast| contrast.smallest_p_adjusted).reduce(f64::min);
    let unranked = match rank.unranked {
        0 => String::new(),
        some => format!("; {some} more have no place"),
    };
    let first = if test.first == 1 { "first".to_owned() } else { format!("among the first {}", test.first) };
    let size = format!("place {place_of} of {ranked}, and places {low} to {high} are left open{unranked}");
    Cell {
        tested: if tested {
            Tested {
                support: Some(nth(won, ranked - test.first)),
                refute: Some(nth(lost, test.first)),
                smallest,
                least: smallest,
            }
        } else {
            Tested::default()
        },
        row: Verdict { reason: (!tested).then(|| "its differences to others could not be tested".to_owned()), ..row },
        design: Design::Unknown,
        place,
        claimed: claimed.to_owned(),
        contrary: format!("{} is not {first}", test.system),
        size: Some(size),
    }
}

/// Whether the left side is the better one; `None` where neither is.
fn left_better(contrast: &Contrast, better: Option<Better>) -> Option<bool> {
    let nothing = contrast.effect.nothing();
    let (value, better) = (contrast.value?, better?);
    if better.is_better(value, nothing) {
        Some(true)
    } else if better.is_better(nothing, value) {
        Some(false)
    } else {
        None
    }
}
