//! What changed from old to new, cell by cell.

use super::Selection;
use crate::check::attach;
use crate::comparisons::again::simultaneous;
use crate::comparisons::contrasts::{compared, grids, measure};
use crate::comparisons::cut_off;
use crate::comparisons::effect::{self, Effect};
use crate::comparisons::grid::{Grid, unpaired};
use crate::estimates::campaign::{Campaign, Column};
use crate::estimates::{Warning, row_of};
use crate::options::Options;
use crate::stages::Estimated;
use crate::stats::{PValue, design};
use meshbench_schemas::catalogue::{Better, Metric, SUCCESS_RATE};
use meshbench_schemas::comparison::{Answer, Change};
use meshbench_schemas::table::Symbol;
use rayon::prelude::*;

/// Compares every cell that both sides have. With `paired`, both sides are one campaign, and blocks are compared with
/// themselves.
pub fn changes(
    old: &Estimated,
    new: &Estimated,
    selection: &Selection,
    paired: bool,
    options: &Options,
) -> Vec<Change> {
    let before = Campaign::new(&old.runs, &old.reduction.values, &old.reduction.spreads);
    let after = Campaign::new(&new.runs, &new.reduction.values, &new.reduction.spreads);
    let wanted: Vec<&Column> =
        before.columns().iter().filter(|column| compared(column.metric) && selection.metric(column)).collect();
    let rows: Vec<(Change, Effect)> = wanted
        .par_iter()
        .filter_map(|column| {
            let same = |other: &&Column| {
                (other.workload, other.order, other.direction) == (column.workload, column.order, column.direction)
            };
            Some((*column, after.columns().iter().find(same)?))
        })
        .flat_map_iter(|(column, other)| {
            let (olds, news) = (grids(&before, column), grids(&after, other));
            let mut rows = Vec::new();
            for a in olds.values().filter(|grid| selection.old(grid.name)) {
                for b in news.values().filter(|grid| selection.pairs(a.name, grid.name)) {
                    let effect = if paired {
                        measure(&[(1.0, b), (-1.0, a)], column.metric, options)
                    } else {
                        campaigns(b, a, column.metric, options)
                    };
                    rows.push((row(column, (a, b), (old, new), &effect, options), effect));
                }
            }
            rows
        })
        .collect();
    adjusted(rows, options)
}

/// The change between two campaigns: blocks of one are no blocks of the other.
fn campaigns(new: &Grid<'_>, old: &Grid<'_>, metric: &Metric, options: &Options) -> Effect {
    if metric.id == SUCCESS_RATE.id {
        return effect::success(new, old, options);
    }
    if new.cut_off.is_some() || old.cut_off.is_some() {
        return cut_off::cut_off(new, old, options);
    }
    match (new.blocks.len(), old.blocks.len()) {
        // One block each: links are all there is, and they are the same links.
        (1, 1) => {
            let (a, b) = (new.in_block(0), old.in_block(0));
            let mut effect = measure(&[(1.0, &a), (-1.0, &b)], metric, options);
            effect.warnings.add(Warning::LinksOnly);
            effect
        }
        _ => match unpaired(new, old, metric) {
            Ok(sides) => effect::unpaired(&sides, options),
            Err(reason) => Effect::none("ratio", options.margin.share(), reason),
        },
    }
}

/// `old → new`, or the one name of both.
fn arrow(old: &Symbol, new: &Symbol) -> Symbol {
    if old == new { old.clone() } else { format!("{old} → {new}").into() }
}

fn row(
    column: &Column,
    (old, new): (&Grid<'_>, &Grid<'_>),
    (before, after): (&Estimated, &Estimated),
    effect: &Effect,
    options: &Options,
) -> Change {
    let (a, b) = (row_of(&before.estimates, column, old.name), row_of(&after.estimates, column, new.name));
    let (old_count, new_count) = effect.counts.unwrap_or((effect.pairs, effect.pairs));
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Change {
        system: arrow(old.name.system, new.name.system),
        tuning: arrow(old.name.tuning, new.name.tuning),
        profile: new.name.profile.clone(),
        workload: column.workload,
        metric: column.metric.id.into(),
        direction: column.direction,
        old: a.and_then(|row| row.value),
        old_low: a.and_then(|row| row.low),
        old_high: a.and_then(|row| row.high),
        old_count: count(old_count),
        new: b.and_then(|row| row.value),
        new_low: b.and_then(|row| row.low),
        new_high: b.and_then(|row| row.high),
        new_count: count(new_count),
        unit: column.metric.unit.as_str().into(),
        effect: effect.kind.into(),
        change: effect.value,
        low: effect.interval.map(|i| i.low),
        high: effect.interval.map(|i| i.high),
        method: effect.method.into(),
        covers: effect.covers.into(),
        confidence: options.confidence.share(),
        achieved_confidence: effect.interval.map(|i| i.confidence).filter(|c| *c != options.confidence.share()),
        test: effect.test.into(),
        p: effect.p.map(|p| p.value),
        p_welch: effect.others.0,
        p_brunner_munzel: effect.others.1,
        p_adjusted: None,
        smallest_p: effect.smallest,
        smallest_p_adjusted: None,
        simultaneous_low: None,
        simultaneous_high: None,
        simultaneous: "none".into(),
        simultaneous_confidence: None,
        p_equivalence: None,
        margin: effect.margin,
        answer: Answer::NoData,
        count_needed: None,
        reason: effect.reason.clone(),
        warnings: effect.warnings.to_string(),
        findings: attach::change((&before.findings, old.name), (&after.findings, new.name), column),
    }
}

/// Adjusts p over all changes, and says what follows.
fn adjusted(rows: Vec<(Change, Effect)>, options: &Options) -> Vec<Change> {
    let adjusted = |p: fn(&Effect) -> Option<PValue>| {
        let family: Vec<_> = rows.iter().map(|(_, effect)| p(effect)).collect();
        options.adjustment.adjusted(&family)
    };
    let p = adjusted(|effect| effect.p);
    let equivalence = adjusted(|effect| effect.p_equivalence);
    let tests = rows.iter().filter(|(_, effect)| effect.p.is_some()).count().max(1);
    let tests = options.adjustment.multiplier(tests);
    let smallest: Vec<_> = rows.iter().map(|(_, effect)| effect.p.and(effect.smallest)).collect();
    let smallest = options.adjustment.adjusted_values(&smallest);
    let alpha = options.alpha();
    let effects: Vec<&Effect> = rows.iter().map(|(_, effect)| effect).collect();
    let together = simultaneous(&effects, &p, options);
    rows.into_iter()
        .zip(p.into_iter().zip(equivalence).zip(smallest).zip(together))
        .map(|((change, effect), ((adjusted, smallest), together))| {
            let better = meshbench_schemas::catalogue::metric(&change.metric).map_or(Better::Neither, |m| m.better);
            let needed = match &*change.test {
                "mann-whitney" | "fisher" => design::least_runs(alpha, tests),
                "sign-flip" => design::least_blocks(alpha, tests),
                _ => None,
            };
            Change {
                p_adjusted: adjusted.0,
                warnings: effect.warnings_beside(adjusted.0, alpha).to_string(),
                p_equivalence: adjusted.1,
                smallest_p_adjusted: smallest,
                simultaneous_low: together.ends.low,
                simultaneous_high: together.ends.high,
                simultaneous: together.kind.into(),
                simultaneous_confidence: together.confidence,
                answer: effect.answer(adjusted, smallest, better, alpha),
                count_needed: needed.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
                ..change
            }
        })
        .collect()
}
