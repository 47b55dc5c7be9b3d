//! What changed from old to new, cell by cell.

use super::Selection;
use super::missing::Side;
use crate::check::attach;
use crate::comparisons::again::simultaneous;
use crate::comparisons::contrasts::{compared, grids, measure};
use crate::comparisons::cut_off;
use crate::comparisons::effect::{self, Effect};
use crate::comparisons::grid::{Grid, unpaired};
use crate::estimates::campaign::{Campaign, CellName, Column};
use crate::estimates::{Warning, row_of};
use crate::options::Options;
use crate::stages::Estimated;
use crate::stats::{PValue, design};
use meshbench_schemas::catalogue::{Better, Metric, SUCCESS_RATE};
use meshbench_schemas::finding::{Finding, Findings};
use meshbench_schemas::printed::Change;
use meshbench_schemas::stage::Estimate;
use meshbench_schemas::table::Symbol;
use meshbench_schemas::words::{Answer, EffectKind, PairTest, Together};
use rayon::prelude::*;

/// Rows of cells, in the order of the catalogue.
pub struct Changes {
    /// Of those that both sides have.
    pub both: Vec<Change>,
    /// Of those that one side has, with its estimate and without a change.
    pub one_sided: Vec<Change>,
}

/// Compares every cell that both sides have. With `paired`, both sides are one campaign, and blocks are compared with
/// themselves.
pub fn changes(old: &Estimated, new: &Estimated, selection: &Selection, paired: bool, options: &Options) -> Changes {
    let (before, after) = (old.campaign(), new.campaign());
    let wanted: Vec<&Column> =
        before.columns().iter().filter(|column| compared(column.metric) && selection.metric(column)).collect();
    let rows: Vec<(Change, Effect)> = wanted
        .par_iter()
        .filter_map(|column| {
            let same = |other: &&Column| other.key() == column.key();
            Some((*column, after.columns().iter().find(same)?))
        })
        .flat_map_iter(|(column, other)| {
            let (olds, news) = (grids(&before, column), grids(&after, other));
            let mut rows = Vec::new();
            for a in olds.values().filter(|grid| selection.takes_old(grid.name)) {
                // Of one campaign, a cell says nothing about itself.
                if paired && !selection.moves(a.name) {
                    continue;
                }
                for b in news.values().filter(|grid| selection.pairs(a.name, grid.name)) {
                    let mut effect = if paired {
                        measure(&[(1.0, b), (-1.0, a)], column.metric, options)
                    } else {
                        campaigns(b, a, column.metric, options)
                    };
                    let sides = [row_of(&old.estimates, column, a.name), row_of(&new.estimates, column, b.name)];
                    let beyond = sides.iter().flatten().any(|side| beyond(column.metric, side));
                    effect.warnings.add_if(beyond, Warning::BeyondRange);
                    rows.push((row(column, (a, b), (old, new), &effect, options), effect));
                }
            }
            rows
        })
        .collect();
    let one_sided = one_sided((&before, old), (&after, new), selection, options);
    Changes { both: adjusted(rows, options), one_sided }
}

/// The cells of either side that have no counterpart, or lack a metric that the other side has.
fn one_sided(
    (before, old): (&Campaign<'_>, &Estimated),
    (after, new): (&Campaign<'_>, &Estimated),
    selection: &Selection,
    options: &Options,
) -> Vec<Change> {
    let wanted = |campaign: &Campaign<'_>| -> Vec<Column> {
        let all = campaign.columns().iter().copied();
        all.filter(|column| compared(column.metric) && selection.metric(column)).collect()
    };
    let names = |campaign: &Campaign<'_>, column: &Column| -> Vec<[Symbol; 3]> {
        let cells = campaign.cells(column.workload).iter().map(|cell| cell.name());
        cells.map(|name| [name.system.clone(), name.tuning.clone(), name.profile.clone()]).collect()
    };
    let (of_old, of_new) = (wanted(before), wanted(after));
    let has = |columns: &[Column], column: &Column| columns.iter().any(|other| other.key() == column.key());
    let mut rows = Vec::new();
    for (lacks, mine, theirs) in [(Side::New, &of_old, &of_new), (Side::Old, &of_new, &of_old)] {
        let (own, campaign, other) = match lacks {
            Side::New => (old, before, after),
            Side::Old => (new, after, before),
        };
        for column in mine {
            let others = names(other, column);
            for cell in names(campaign, column) {
                let name = named(&cell);
                let matched = |other: &[Symbol; 3]| match lacks {
                    Side::New => selection.pairs(name, named(other)),
                    Side::Old => selection.takes_old(named(other)) && selection.pairs(named(other), name),
                };
                let selected = if lacks == Side::New { selection.takes_old(name) } else { selection.takes_new(name) };
                let what = match (others.iter().any(matched), has(theirs, column)) {
                    _ if !selected => continue,
                    (true, true) => continue,
                    (true, false) => "metric",
                    (false, _) => "cell",
                };
                rows.push(without(column, name, own, (lacks, what), options));
            }
        }
    }
    rows
}

fn named(cell: &[Symbol; 3]) -> CellName<'_> {
    let [system, tuning, profile] = cell;
    CellName { system, tuning, profile }
}

/// The row of a cell of one side.
fn without(
    column: &Column,
    name: CellName<'_>,
    own: &Estimated,
    (lacks, what): (Side, &str),
    options: &Options,
) -> Change {
    let estimate = row_of(&own.estimates, column, name);
    let ends = |side: Side| estimate.filter(|_| lacks != side).map(|row| (row.value, row.low, row.high));
    let (old, old_low, old_high) = ends(Side::Old).unwrap_or_default();
    let (new, new_low, new_high) = ends(Side::New).unwrap_or_default();
    let blocks = estimate.map_or(0, |row| row.blocks);
    let reason = format!("the {} side has no such {what}", lacks.as_str());
    let effect = Effect::none(EffectKind::Ratio, options.margin.share(), reason);
    let findings: &[Finding] = &own.findings;
    let (no_findings, nobody) = (&[][..], (findings, name));
    let sides = if lacks == Side::New { (nobody, (no_findings, name)) } else { ((no_findings, name), nobody) };
    Change {
        system: name.system.clone(),
        tuning: name.tuning.clone(),
        profile: name.profile.clone(),
        old,
        old_low,
        old_high,
        old_count: if lacks == Side::Old { 0 } else { blocks },
        new,
        new_low,
        new_high,
        new_count: if lacks == Side::New { 0 } else { blocks },
        findings: attach::change(sides.0, sides.1, column),
        ..blank(column, &effect, options)
    }
}

/// The change between two campaigns: blocks of one are no blocks of the other.
fn campaigns(new: &Grid<'_>, old: &Grid<'_>, metric: &Metric, options: &Options) -> Effect {
    apart(new, old, metric, options).within(metric, 2)
}

fn apart(new: &Grid<'_>, old: &Grid<'_>, metric: &Metric, options: &Options) -> Effect {
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
            Err(reason) => Effect::none(EffectKind::Ratio, options.margin.share(), reason),
        },
    }
}

/// Whether the interval of a side reaches where the metric has no values.
fn beyond(metric: &Metric, side: &Estimate) -> bool {
    side.low.zip(side.high).is_some_and(|(low, high)| metric.possible.exceeded_by(low, high))
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
        old: a.and_then(|row| row.value),
        old_low: a.and_then(|row| row.low),
        old_high: a.and_then(|row| row.high),
        old_count: count(old_count),
        new: b.and_then(|row| row.value),
        new_low: b.and_then(|row| row.low),
        new_high: b.and_then(|row| row.high),
        new_count: count(new_count),
        findings: attach::change((&before.findings, old.name), (&after.findings, new.name), column),
        ..blank(column, effect, options)
    }
}

/// What an effect says, of no cell yet and before anything is adjusted.
fn blank(column: &Column, effect: &Effect, options: &Options) -> Change {
    Change {
        system: "".into(),
        tuning: "".into(),
        profile: "".into(),
        workload: column.workload,
        metric: column.metric.id.into(),
        direction: column.direction,
        old: None,
        old_low: None,
        old_high: None,
        old_count: 0,
        new: None,
        new_low: None,
        new_high: None,
        new_count: 0,
        unit: column.metric.unit.as_str().into(),
        effect: effect.kind,
        change: effect.value,
        low: effect.interval.map(|i| i.low),
        high: effect.interval.map(|i| i.high),
        method: effect.method,
        covers: effect.covers,
        confidence: options.confidence.share(),
        achieved_confidence: effect.interval.map(|i| i.confidence).filter(|c| *c != options.confidence.share()),
        test: effect.test,
        p: effect.p.map(|p| p.value),
        p_welch: effect.others.0,
        p_brunner_munzel: effect.others.1,
        p_adjusted: None,
        smallest_p: effect.smallest,
        smallest_p_adjusted: None,
        simultaneous_low: None,
        simultaneous_high: None,
        simultaneous_low_end: None,
        simultaneous_high_end: None,
        simultaneous: Together::None,
        simultaneous_confidence: None,
        p_equivalence: None,
        margin: effect.margin,
        answer: Answer::NoData,
        count_needed: None,
        reason: effect.reason.clone(),
        warnings: effect.warnings.clone(),
        findings: Findings::default(),
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
            let needed = match change.test {
                PairTest::MannWhitney | PairTest::Fisher => design::least_runs(alpha, tests),
                PairTest::SignFlip => design::least_blocks(alpha, tests),
                PairTest::Ar1
                | PairTest::StratifiedLogRank
                | PairTest::LogRank
                | PairTest::KendallFisherZ
                | PairTest::None => None,
            };
            Change {
                p_adjusted: adjusted.0,
                warnings: effect.warnings_beside(adjusted.0, together.ends, alpha),
                p_equivalence: adjusted.1,
                smallest_p_adjusted: smallest,
                simultaneous_low: together.ends.low.at(),
                simultaneous_high: together.ends.high.at(),
                simultaneous_low_end: together.kinds().0,
                simultaneous_high_end: together.kinds().1,
                simultaneous: together.kind,
                simultaneous_confidence: together.confidence,
                answer: effect.answer(adjusted, smallest, better, alpha),
                count_needed: needed.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
                ..change
            }
        })
        .collect()
}
