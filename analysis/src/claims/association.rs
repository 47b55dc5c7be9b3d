//! Claims that two metrics go together, or do not.

use super::cell::{self, Cell, Design, Tested};
use super::claim::{Association, Claim, Link, Side, Target, Unit};
use super::dimension::{self, Pair};
use crate::comparisons::contrasts::grids;
use crate::comparisons::grid::Grid;
use crate::comparisons::ranking::INTERNAL;
use crate::estimates::campaign::{Campaign, CellName, Column};
use crate::estimates::{Warning, row_of};
use crate::options::Options;
use crate::print::short_confidence;
use crate::sentence;
use crate::stats::Values;
use crate::stats::correlation::{Paired, kendall_against, kendall_interval};
use crate::stats::summary::sum;
use meshbench_reports::words::many;
use meshbench_schemas::printed::Verdict;
use meshbench_schemas::stage::Estimate;
use meshbench_schemas::words::{Covers, EffectKind, EffectMethod, PairTest};
use std::collections::{BTreeMap, BTreeSet};

/// The cells of a claim about two metrics.
pub fn cells(
    campaign: &Campaign<'_>,
    estimates: &[Estimate],
    claim: &Claim,
    test: &Association,
    options: &Options,
) -> Vec<Cell> {
    let row = cell::row(claim, options);
    let row = Verdict { left_side: words(&test.x), right_side: words(&test.y), ..row };
    let whole = |reason: String| {
        let claimed = claimed(test, &row.left_side, &row.right_side);
        Cell::without(row.clone(), format!("over {}", test.unit.as_str()), claimed, reason)
    };
    let (xs, ys) = (dimension::columns(campaign, &test.x), dimension::columns(campaign, &test.y));
    for (columns, target) in [(&xs, &test.x), (&ys, &test.y)] {
        if columns.is_empty() {
            return vec![whole(dimension::absent(target))];
        }
    }
    // Two directions go with themselves; one goes with a metric that has none.
    let goes = |x: &Column, y: &Column| {
        x.direction == y.direction
            || x.direction.is_none()
            || y.direction.is_none()
            || (test.x.direction.is_some() && test.y.direction.is_some())
    };
    let both: Vec<(Column, Column)> =
        xs.iter().flat_map(|x| ys.iter().filter(|y| goes(x, y)).map(|y| (*x, *y))).collect();
    let (pairs, missing) = dimension::pairs(campaign, &test.x, (&Side::default(), &Side::default()), &claim.scope);
    let mut cells: Vec<Cell> = missing.iter().map(|missing| whole(missing.reason(&row))).collect();
    for (x, y) in both {
        let found = match test.unit {
            Unit::Systems => over_systems(estimates, (&x, &y), &pairs),
            Unit::Blocks | Unit::Runs => within_systems(campaign, (&x, &y), &pairs, test.unit),
        };
        cells.extend(found.into_iter().map(|values| one(test, (&x, &y), values, &row, options)));
    }
    if cells.is_empty() {
        cells.push(whole("the dataset has no such cell".to_owned()));
    }
    cells
}

/// What an association is computed from.
struct Both<'a> {
    /// The cell; its system only where it is one system's.
    name: CellName<'a>,
    of_system: bool,
    x: Vec<f64>,
    y: Vec<f64>,
    /// Systems, blocks or runs that have one of both only.
    half: usize,
    blocks: usize,
    links: usize,
}

/// The estimates of all competitors, by tuning and profile.
fn over_systems<'a>(estimates: &[Estimate], (x, y): (&Column, &Column), pairs: &[Pair<'a>]) -> Vec<Both<'a>> {
    let value = |column: &Column, name: CellName<'_>| row_of(estimates, column, name)?.value;
    let mut places: BTreeMap<_, Vec<CellName<'a>>> = BTreeMap::new();
    for pair in pairs.iter().filter(|pair| &**pair.left.system != INTERNAL) {
        places.entry((pair.left.tuning, pair.left.profile)).or_default().push(pair.left);
    }
    let of_place = |names: Vec<CellName<'a>>| {
        let name = *names.first()?;
        let mut both = Both { name, of_system: false, x: vec![], y: vec![], half: 0, blocks: 0, links: 0 };
        for name in names {
            match (value(x, name), value(y, name)) {
                (Some(a), Some(b)) => {
                    both.x.push(a);
                    both.y.push(b);
                }
                (None, None) => {}
                _ => both.half += 1,
            }
        }
        Some(both)
    };
    places.into_values().filter_map(of_place).collect()
}

/// The blocks, or links and blocks, of every system by itself.
fn within_systems<'a>(
    campaign: &Campaign<'a>,
    (x, y): (&Column, &Column),
    pairs: &[Pair<'a>],
    unit: Unit,
) -> Vec<Both<'a>> {
    let (xs, ys) = (grids(campaign, x), grids(campaign, y));
    let of_pair = |pair: &Pair<'a>| {
        let (x, y) = (xs.get(&pair.left)?, ys.get(&pair.left)?);
        let (a, b) = (values(x, unit), values(y, unit));
        let shared: Vec<_> = a.keys().filter(|key| b.contains_key(*key)).copied().collect();
        let of = |values: &BTreeMap<(u32, Option<_>), f64>| -> Vec<f64> {
            shared.iter().filter_map(|key| values.get(key).copied()).collect()
        };
        Some(Both {
            name: pair.left,
            of_system: true,
            x: of(&a),
            y: of(&b),
            half: a.len() + b.len() - 2 * shared.len(),
            blocks: shared.iter().map(|(block, _)| block).collect::<BTreeSet<_>>().len(),
            links: x.links.len(),
        })
    };
    pairs.iter().filter_map(of_pair).collect()
}

type Place<'a> = (u32, Option<(&'a str, &'a str)>);

/// The value of every run, or the mean over all links of every block that has them.
fn values<'a>(grid: &Grid<'a>, unit: Unit) -> BTreeMap<Place<'a>, f64> {
    match unit {
        Unit::Runs => grid.values.iter().map(|((block, link), value)| ((*block, Some(*link)), *value)).collect(),
        _ => grid
            .blocks
            .iter()
            .filter_map(|block| {
                let of_links: Option<Vec<f64>> =
                    grid.links.iter().map(|link| grid.values.get(&(*block, *link)).copied()).collect();
                let of_links = of_links.filter(|values| !values.is_empty())?;
                Some(((*block, None), sum(of_links.iter().copied()) / of_links.len() as f64))
            })
            .collect(),
    }
}

/// "tcp throughput".
fn words(target: &Target) -> String {
    let direction = target.direction.map(|direction| format!(" {direction}")).unwrap_or_default();
    format!("{}{direction}", sentence::metric_of(target.workload, target.metric.id))
}

fn claimed(test: &Association, x: &str, y: &str) -> String {
    match test.relation {
        Link::Predicts => format!("{x} predicts {y}"),
        Link::DoesNotPredict => format!("a better {x} does not go with a better {y}"),
        Link::Tracks => format!("{x} and {y} go together"),
        Link::DoesNotTrack => format!("{x} and {y} do not go together"),
    }
}

fn contrary(test: &Association, x: &str, y: &str) -> String {
    claimed(&Association { relation: opposite(test.relation), ..*test }, x, y)
}

const fn opposite(relation: Link) -> Link {
    match relation {
        Link::Predicts => Link::DoesNotPredict,
        Link::DoesNotPredict => Link::Predicts,
        Link::Tracks => Link::DoesNotTrack,
        Link::DoesNotTrack => Link::Tracks,
    }
}

/// What is tested: of whether one predicts the other, good has to go with good; of whether they go together at all,
/// values count as they are.
fn one(test: &Association, (x, y): (&Column, &Column), both: Both<'_>, row: &Verdict, options: &Options) -> Cell {
    let word = |target: &Target, column: &Column| words(&Target { direction: column.direction, ..*target });
    let name = both.name;
    let row = Verdict {
        left_side: word(&test.x, x),
        right_side: word(&test.y, y),
        system: both.of_system.then(|| name.system.clone()),
        tuning: Some(name.tuning.clone()),
        profile: Some(name.profile.clone()),
        direction: x.direction,
        ..row.clone()
    };
    let mut place = format!("at {}", name.profile);
    if &**name.tuning != "default" {
        place = format!("{place}, tuning {}", name.tuning);
    }
    if both.of_system {
        place = format!("{place}, {}", name.system);
    }
    let unit = test.unit.as_str();
    // Units are named in the plural.
    let thing = unit.strip_suffix('s').unwrap_or(unit);
    let claimed = claimed(test, &row.left_side, &row.right_side);
    let design = Design::Kendall(test.relation, test.threshold);
    let count = both.x.len();
    let predicts = matches!(test.relation, Link::Predicts | Link::DoesNotPredict);
    let sign = if predicts { test.x.orientation() * test.y.orientation() } else { 1.0 };
    let turned: Vec<f64> = both.y.iter().map(|value| sign * value).collect();
    let found = Values::new(&both.x).ok().zip(Values::new(&turned).ok()).and_then(|(x, y)| Paired::new(x, y));
    let found = found.and_then(|paired| paired.kendall(options.confidence, options.resampling));
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let left_out = match both.half {
        0 => String::new(),
        1 => format!("; one {thing} left out, which has only one of both"),
        half => format!("; {half} {unit} left out, which have only one of both"),
    };
    let row = Verdict {
        covers: match test.unit {
            Unit::Blocks => Covers::Blocks,
            Unit::Runs => Covers::Runs,
            Unit::Systems => Covers::Systems,
        },
        count: number(count),
        blocks: number(both.blocks),
        links: number(both.links),
        warnings: (test.unit == Unit::Runs).then_some(Warning::LinkInBlock).into_iter().collect(),
        ..row
    };
    let Some(value) = found.map(|found| found.value) else {
        let reason = if count < 2 {
            format!("{} with a value of both{left_out}", many(count as u64, thing))
        } else {
            format!("all {count} {unit} have the same value of one metric{left_out}")
        };
        return Cell { design, ..Cell::without(row, place, claimed, reason) };
    };
    let tested = tested(test, value, count);
    // The one that leaves out what the tests of the claim reject.
    let interval = kendall_interval(value, count, options.confidence);
    let row = Verdict {
        effect: EffectKind::Tau,
        value: Some(value),
        low: interval.map(|interval| interval.low),
        high: interval.map(|interval| interval.high),
        unit: "ratio".into(),
        method: EffectMethod::KendallFisherZ,
        p_test: PairTest::KendallFisherZ,
        reason: tested.support.is_none().then(|| {
            format!("{}: an interval of an association takes 5 at the least{left_out}", many(count as u64, thing))
        }),
        ..row
    };
    let (text, ends) = sentence::ratio(value, row.low, row.high);
    let confidence = short_confidence(options.confidence.share());
    let ends = ends.map(|ends| format!("{confidence} % interval {ends} ")).unwrap_or_default();
    let how = if predicts { "good with good" } else { "more with more" };
    let size = format!("Kendall's τ = {text}, {how} ({ends}over {count} {unit}{left_out}), against {}", test.threshold);
    Cell {
        contrary: contrary(test, &row.left_side, &row.right_side),
        row,
        tested,
        design,
        place,
        claimed,
        size: Some(size),
    }
}

fn tested(test: &Association, value: f64, count: usize) -> Tested {
    let at = |threshold: f64| kendall_against(value, count, threshold);
    let (Some(upper), Some(lower)) = (at(test.threshold), at(-test.threshold)) else { return Tested::default() };
    let two_sided = |p: f64| (2.0 * p).min(1.0);
    let (support, refute) = match test.relation {
        Link::Predicts => (two_sided(upper.above), two_sided(upper.below)),
        Link::DoesNotPredict => (two_sided(upper.below), two_sided(upper.above)),
        // Beyond either end, and within both.
        Link::Tracks => (two_sided(upper.above.min(lower.below)), upper.below.max(lower.above)),
        Link::DoesNotTrack => (upper.below.max(lower.above), two_sided(upper.above.min(lower.below))),
    };
    let smallest = |relation| Design::Kendall(relation, test.threshold).smallest(count);
    let opposite = smallest(opposite(test.relation));
    let smallest = smallest(test.relation);
    Tested {
        support: Some(support),
        refute: Some(refute),
        smallest,
        least: smallest.zip(opposite).map(|(a, b)| a.min(b)),
    }
}
