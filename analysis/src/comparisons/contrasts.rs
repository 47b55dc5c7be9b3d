//! All contrasts of a campaign: which sides are compared, adjusted within which family, and what may be said.

use super::again::{Simultaneous, simultaneous};
use super::cut_off;
use super::effect::{self, Effect};
use super::for_margin;
use super::grid::{Grid, Terms, differences};
use crate::estimates::campaign::{Campaign, CellName, Column};
use crate::options::Options;
use crate::stats::{PValue, design};
use meshbench_schemas::catalogue::{Better, Metric, SUCCESS_RATE};
use meshbench_schemas::finding::Findings;
use meshbench_schemas::stage::Contrast;
use meshbench_schemas::table::Symbol;
use meshbench_schemas::words::{Answer, Contrasted, EffectKind};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The profile without impairment.
pub const BASELINE: &str = "baseline";

/// What a contrast is about, before it has numbers.
struct Draft<'g, 'a> {
    kind: Contrasted,
    system: Option<&'a Symbol>,
    tuning: Option<&'a Symbol>,
    profile: Option<&'a Symbol>,
    left: &'a Symbol,
    right: &'a Symbol,
    reference: Option<&'a Symbol>,
    terms: Vec<(f64, &'g Grid<'a>)>,
}

/// The grids of one metric and direction by the name of their cell.
pub type Grids<'a> = BTreeMap<CellName<'a>, Grid<'a>>;

/// The grids of a column.
pub fn grids<'a>(campaign: &Campaign<'a>, column: &Column) -> Grids<'a> {
    campaign.cells(column.workload).iter().map(|cell| (cell.name(), Grid::new(campaign, cell, column))).collect()
}

/// Whether a metric is compared: it has a good end.
pub fn compared(metric: &Metric) -> bool {
    metric.better != Better::Neither
}

/// Every contrast of one metric and direction, adjusted within families.
pub fn contrasts(column: &Column, grids: &Grids<'_>, options: &Options) -> Vec<Contrast> {
    let mut drafts = systems(grids);
    drafts.extend(tunings(grids));
    if column.metric.id != SUCCESS_RATE.id {
        drafts.extend(responses(grids));
        drafts.extend(interactions(grids));
    }
    let measured: Vec<(Draft<'_, '_>, Effect)> = drafts
        .into_par_iter()
        .map(|draft| {
            let effect = measure(&draft.terms, column.metric, options);
            (draft, effect)
        })
        .collect();
    let mut families: BTreeMap<Family<'_>, Vec<(Draft<'_, '_>, Effect)>> = BTreeMap::new();
    for (draft, effect) in measured {
        families.entry(Family::of(&draft)).or_default().push((draft, effect));
    }
    let rows = families.into_iter().flat_map(|(family, members)| family.rows(members, column, options));
    // What a system does not have by its nature, such as daemons' memory without a daemon, is no gap in the data.
    rows.filter(|row| column.metric.headline || row.answer != Answer::NoData).collect()
}

/// The effect of one contrast.
pub fn measure(terms: Terms<'_, '_>, metric: &Metric, options: &Options) -> Effect {
    measured(terms, metric, options).within(metric, terms.len())
}

fn measured(terms: Terms<'_, '_>, metric: &Metric, options: &Options) -> Effect {
    if let [(_, left), (_, right)] = terms {
        if metric.id == SUCCESS_RATE.id {
            return effect::success(left, right, options);
        }
        if left.cut_off.is_some() || right.cut_off.is_some() {
            return cut_off::cut_off(left, right, options);
        }
    }
    let kind = EffectKind::of(metric.scale);
    if terms.iter().any(|(_, grid)| grid.cut_off.is_some()) {
        let reason = "durations were stopped at a limit, so there is no ratio of ratios".to_owned();
        return Effect::none(kind, options.margin.share(), reason);
    }
    match differences(terms, metric) {
        Ok(differences) => effect::paired(&differences, options),
        Err(reason) => Effect::none(kind, options.margin.share(), reason),
    }
}

/// All pairs of systems with the same tuning and profile.
fn systems<'g, 'a>(grids: &'g Grids<'a>) -> Vec<Draft<'g, 'a>> {
    pairs(grids, |a, b| a.system != b.system && a.tuning == b.tuning && a.profile == b.profile)
        .map(|(a, b)| Draft {
            kind: Contrasted::System,
            system: None,
            tuning: Some(a.name.tuning),
            profile: Some(a.name.profile),
            left: a.name.system,
            right: b.name.system,
            reference: None,
            terms: vec![(1.0, a), (-1.0, b)],
        })
        .collect()
}

/// All pairs of tunings of one system.
fn tunings<'g, 'a>(grids: &'g Grids<'a>) -> Vec<Draft<'g, 'a>> {
    pairs(grids, |a, b| a.system == b.system && a.tuning != b.tuning && a.profile == b.profile)
        .map(|(a, b)| Draft {
            kind: Contrasted::Tuning,
            system: Some(a.name.system),
            tuning: None,
            profile: Some(a.name.profile),
            left: a.name.tuning,
            right: b.name.tuning,
            reference: None,
            terms: vec![(1.0, a), (-1.0, b)],
        })
        .collect()
}

/// Every impaired cell against its own baseline.
fn responses<'g, 'a>(grids: &'g Grids<'a>) -> Vec<Draft<'g, 'a>> {
    let impaired = grids.values().filter(|grid| &**grid.name.profile != BASELINE);
    impaired
        .filter_map(|grid| {
            let base = baseline(grids, grid)?;
            Some(Draft {
                kind: Contrasted::Response,
                system: Some(grid.name.system),
                tuning: Some(grid.name.tuning),
                profile: None,
                left: grid.name.profile,
                right: base.name.profile,
                reference: Some(base.name.profile),
                terms: vec![(1.0, grid), (-1.0, base)],
            })
        })
        .collect()
}

/// What two systems keep of their baselines, against each other.
fn interactions<'g, 'a>(grids: &'g Grids<'a>) -> Vec<Draft<'g, 'a>> {
    let alike = |a: CellName<'_>, b: CellName<'_>| {
        a.system != b.system && a.tuning == b.tuning && a.profile == b.profile && &**a.profile != BASELINE
    };
    pairs(grids, alike)
        .filter_map(|(a, b)| {
            let (base_a, base_b) = (baseline(grids, a)?, baseline(grids, b)?);
            Some(Draft {
                kind: Contrasted::Interaction,
                system: None,
                tuning: Some(a.name.tuning),
                profile: Some(a.name.profile),
                left: a.name.system,
                right: b.name.system,
                reference: Some(base_a.name.profile),
                terms: vec![(1.0, a), (-1.0, base_a), (-1.0, b), (1.0, base_b)],
            })
        })
        .collect()
}

/// The grid of the same system and tuning without impairment.
fn baseline<'g, 'a>(grids: &'g Grids<'a>, grid: &Grid<'a>) -> Option<&'g Grid<'a>> {
    let same = |base: &&Grid<'a>| base.name.system == grid.name.system && base.name.tuning == grid.name.tuning;
    grids.values().filter(|base| &**base.name.profile == BASELINE).find(same)
}

fn pairs<'g, 'a>(
    grids: &'g Grids<'a>,
    alike: impl Fn(CellName<'a>, CellName<'a>) -> bool,
) -> impl Iterator<Item = (&'g Grid<'a>, &'g Grid<'a>)> {
    let all: Vec<&Grid<'a>> = grids.values().collect();
    let mut found = Vec::new();
    for (at, a) in all.iter().enumerate() {
        found.extend(all.iter().skip(at + 1).filter(|b| alike(a.name, b.name)).map(|b| (*a, *b)));
    }
    found.into_iter()
}

/// Which contrasts are adjusted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Family<'a> {
    kind: Contrasted,
    tuning: Option<&'a Symbol>,
    profile: Option<&'a Symbol>,
}

impl<'a> Family<'a> {
    fn of(draft: &Draft<'_, 'a>) -> Self {
        // An impairment's responses are one family each, over systems.
        let profile = if draft.kind == Contrasted::Response { Some(draft.left) } else { draft.profile };
        Self { kind: draft.kind, tuning: draft.tuning, profile }
    }

    /// The family in words.
    fn words(&self, column: &Column) -> String {
        let what = match self.kind {
            Contrasted::System => "pairs of systems",
            Contrasted::Tuning => "pairs of tunings of each system",
            Contrasted::Response => "systems under impairment against their own baseline",
            Contrasted::Interaction => "pairs of systems, each against its own baseline",
        };
        let direction = column.direction.map(|direction| format!(" {direction}")).unwrap_or_default();
        let place =
            |word: &str, value: Option<&Symbol>| value.map(|value| format!(", {word} {value}")).unwrap_or_default();
        format!(
            "{what}: {} {}{direction}{}{}",
            column.workload,
            column.metric.id,
            place("profile", self.profile),
            place("tuning", self.tuning)
        )
    }

    fn rows(&self, members: Vec<(Draft<'_, 'a>, Effect)>, column: &Column, options: &Options) -> Vec<Contrast> {
        let adjusted = |p: fn(&Effect) -> Option<PValue>| {
            let family: Vec<_> = members.iter().map(|(_, effect)| p(effect)).collect();
            options.adjustment.adjusted(&family)
        };
        let p = adjusted(|effect| effect.p);
        let equivalence = adjusted(|effect| effect.p_equivalence);
        let smallest: Vec<_> = members.iter().map(|(_, effect)| effect.p.and(effect.smallest)).collect();
        let smallest = options.adjustment.adjusted_values(&smallest);
        let size = members.iter().filter(|(_, effect)| effect.p.is_some()).count();
        let effects: Vec<&Effect> = members.iter().map(|(_, effect)| effect).collect();
        let together = simultaneous(&effects, &p, options);
        let name = self.words(column);
        members
            .into_iter()
            .zip(p.into_iter().zip(equivalence).zip(smallest).zip(together))
            .map(|((draft, effect), ((adjusted, smallest), together))| {
                row(draft, effect, (adjusted, smallest, together), (&name, size), column, options)
            })
            .collect()
    }
}

fn whole(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn row(
    draft: Draft<'_, '_>,
    effect: Effect,
    (adjusted, smallest, together): ((Option<f64>, Option<f64>), Option<f64>, Simultaneous),
    (family, size): (&str, usize),
    column: &Column,
    options: &Options,
) -> Contrast {
    let alpha = options.alpha();
    let achieved = effect.interval.map(|i| i.confidence).filter(|reached| *reached != options.confidence.share());
    let tests = options.adjustment.multiplier(size.max(1));
    let needed = design::least_blocks(alpha, tests).filter(|_| effect.by_blocks);
    let needed = needed.map(|differences| whole(differences.div_ceil(effect.a_block)));
    Contrast {
        kind: draft.kind,
        system: draft.system.cloned(),
        tuning: draft.tuning.cloned(),
        profile: draft.profile.cloned(),
        workload: column.workload,
        metric: column.metric.id.into(),
        direction: column.direction,
        left_side: draft.left.clone(),
        right_side: draft.right.clone(),
        reference: draft.reference.cloned(),
        effect: effect.kind,
        value: effect.value,
        low: effect.interval.map(|i| i.low),
        high: effect.interval.map(|i| i.high),
        unit: if effect.kind == EffectKind::Ratio { "ratio" } else { column.metric.unit.as_str() }.into(),
        method: effect.method,
        covers: effect.covers,
        confidence: options.confidence.share(),
        achieved_confidence: achieved,
        test: effect.test,
        p: effect.p.map(|p| p.value),
        p_error: effect.p.and_then(|p| p.monte_carlo_error()),
        p_adjusted: adjusted.0,
        smallest_p: effect.smallest,
        smallest_p_adjusted: smallest,
        simultaneous_low: together.ends.low.at(),
        simultaneous_high: together.ends.high.at(),
        simultaneous_low_end: together.kinds().0,
        simultaneous_high_end: together.kinds().1,
        simultaneous: together.kind,
        simultaneous_confidence: together.confidence,
        p_equivalence: adjusted.1,
        margin: effect.margin,
        family: family.to_owned(),
        family_size: whole(size),
        answer: effect.answer(adjusted, smallest, column.metric.better, alpha),
        superiority: effect.superiority.map(|located| located.value),
        superiority_low: effect.superiority.and_then(|located| located.interval).map(|i| i.low),
        superiority_high: effect.superiority.and_then(|located| located.interval).map(|i| i.high),
        pairs: whole(effect.pairs),
        blocks: whole(effect.blocks),
        blocks_expected: whole(effect.blocks_expected),
        links: whole(effect.links.0),
        links_expected: whole(effect.links.1),
        intraclass_correlation: effect.intraclass_correlation,
        blocks_needed: needed,
        blocks_for_margin: effect
            .margin_in_deviations
            .and_then(|margin| for_margin::differences(margin, alpha / tests as f64))
            .map(|n| u32::try_from(n.div_ceil(effect.a_block as u64)).unwrap_or(u32::MAX)),
        warnings: effect.warnings_beside(adjusted.0, together.ends, alpha),
        reason: effect.reason,
        findings: Findings::default(),
    }
}
