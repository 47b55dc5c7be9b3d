//! Claims about two sides: comparisons, and responses to an impairment.

use super::cell::{self, Cell, Design, Tested};
use super::claim::{Claim, Comparison, Relation};
use super::dimension::{self, Pair};
use crate::comparisons::contrasts::{BASELINE, Grids, grids, measure};
use crate::comparisons::effect::{self, Effect};
use crate::comparisons::grid::{Grid, differences};
use crate::estimates::campaign::{Campaign, CellName, Column};
use crate::options::{Margin, Options};
use crate::sentence;
use meshbench_schemas::printed::Verdict;
use meshbench_schemas::table::Symbol;
use meshbench_schemas::words::{EffectKind, PairTest};

/// The cells of a claim about two sides. With `response`, the shares are compared that they keep of their baselines.
pub fn cells(
    campaign: &Campaign<'_>,
    claim: &Claim,
    test: &Comparison,
    response: bool,
    options: &Options,
) -> Vec<Cell> {
    let own = test.margin.and_then(|margin| Margin::new(margin).ok()).unwrap_or(options.margin);
    let options = Options { margin: own, ..*options };
    let row = cell::row(claim, &options);
    let whole = |reason: String| {
        let place = sentence::place_of(row.workload, &row.metric, test.target.direction, None, None);
        let (left, right) = (described(&test.left), described(&test.right));
        let row = Verdict { left_side: left.clone(), right_side: right.clone(), ..row.clone() };
        let claimed = claimed(test, &row, (&side(&left, response), &side(&right, response)), None);
        Cell::without(row, place, claimed, reason)
    };
    let columns = dimension::columns(campaign, &test.target);
    if columns.is_empty() {
        return vec![whole(dimension::absent(&test.target))];
    }
    let (pairs, missing) = dimension::pairs(campaign, &test.target, (&test.left, &test.right), &claim.scope);
    let mut cells: Vec<Cell> = missing
        .iter()
        .map(|missing| {
            let mut cell = whole(missing.reason(&row));
            if missing.what == "profile" {
                cell.row.profile = Some(missing.name.as_str().into());
            }
            cell
        })
        .collect();
    for column in &columns {
        let grids = grids(campaign, column);
        cells.extend(pairs.iter().map(|pair| one(&grids, column, *pair, test, response, &row, &options)));
    }
    if cells.is_empty() {
        cells.push(whole("the dataset has no such cell".to_owned()));
    }
    cells
}

impl dimension::Missing {
    /// Why there is nothing to test.
    pub fn reason(&self, row: &Verdict) -> String {
        let name = if self.name.contains(' ') { self.name.clone() } else { format!("`{}`", self.name) };
        format!("the dataset has no {} {name} for {}", self.what, row.workload)
    }
}

/// A side as the file gives it.
fn described(side: &super::claim::Side) -> String {
    let named = |word: &str, name: &Option<meshbench_schemas::words::Slug>| {
        name.as_ref().map(|name| if word.is_empty() { name.to_string() } else { format!("{word} {name}") })
    };
    let parts = [named("", &side.system), named("tuning", &side.tuning), named("profile", &side.profile)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" with ")
}

/// What of a cell the other one does not have.
fn label(name: CellName<'_>, other: CellName<'_>) -> String {
    let mut parts = Vec::new();
    let mut add = |word: &str, mine: &Symbol, others: &Symbol| {
        if mine != others {
            parts.push(if word.is_empty() { mine.to_string() } else { format!("{word} {mine}") });
        }
    };
    add("", name.system, other.system);
    add("tuning", name.tuning, other.tuning);
    add("profile", name.profile, other.profile);
    parts.join(" with ")
}

fn side(label: &str, response: bool) -> String {
    if response { format!("what {label} keeps of its own {BASELINE}") } else { label.to_owned() }
}

fn one(
    grids: &Grids<'_>,
    column: &Column,
    pair: Pair<'_>,
    test: &Comparison,
    response: bool,
    row: &Verdict,
    options: &Options,
) -> Cell {
    let Pair { left, right } = pair;
    let same = |a: &Symbol, b: &Symbol| (a == b).then(|| a.clone());
    let row = Verdict {
        left_side: label(left, right),
        right_side: label(right, left),
        system: same(left.system, right.system),
        tuning: same(left.tuning, right.tuning),
        profile: same(left.profile, right.profile),
        direction: column.direction,
        ..row.clone()
    };
    let place =
        sentence::place_of(row.workload, &row.metric, row.direction, row.profile.as_deref(), row.tuning.as_deref());
    let place = row.system.as_ref().map_or(place.clone(), |system| format!("{place}, {system}"));
    let sides = (side(&row.left_side, response), side(&row.right_side, response));
    let sides = (sides.0.as_str(), sides.1.as_str());
    let base = |name: CellName<'_>| {
        grids.values().find(|grid| {
            (grid.name.system, grid.name.tuning) == (name.system, name.tuning) && &**grid.name.profile == BASELINE
        })
    };
    let wanted: Vec<(CellName<'_>, f64, Option<&Grid<'_>>)> = if response {
        vec![
            (left, 1.0, grids.get(&left)),
            (left, -1.0, base(left)),
            (right, -1.0, grids.get(&right)),
            (right, 1.0, base(right)),
        ]
    } else {
        vec![(left, 1.0, grids.get(&left)), (right, -1.0, grids.get(&right))]
    };
    let mut terms: Vec<(f64, &Grid<'_>)> = Vec::new();
    for (at, (name, sign, grid)) in wanted.into_iter().enumerate() {
        let Some(grid) = grid else {
            let profile = if response && at % 2 == 1 { BASELINE } else { name.profile };
            let reason = format!(
                "the dataset has no {} of {} with tuning {} at {profile}",
                row.workload, name.system, name.tuning
            );
            let claimed = claimed(test, &row, sides, None);
            return Cell::without(row, place, claimed, reason);
        };
        terms.push((sign, grid));
    }
    let (effect, Tests { tested, by_equivalence }, design) = tests(&terms, column, test, options);
    let (row, size) = Cell::measured(row, &effect, column.metric.unit.as_str(), options);
    let reason = row.reason.clone().or_else(|| {
        (effect.p.is_some() && tested.support.is_none()).then(|| {
            format!(
                "the test of these values ({}) knows no other hypothesis than that there is no difference",
                effect.test
            )
        })
    });
    let margin = effect.margin;
    let bound = match test.relation {
        Relation::AtLeast(factor) => factor,
        _ => margin,
    };
    let row = Verdict { reason, bound: Some(bound), ..row };
    Cell {
        claimed: claimed(test, &row, sides, Some(margin)),
        contrary: contrary(test, &row, sides, by_equivalence, margin),
        row,
        tested,
        design,
        place,
        size,
    }
}

/// The tests, and whether it is by equivalence that the claim would be refuted.
#[derive(Default)]
struct Tests {
    tested: Tested,
    by_equivalence: bool,
}

/// A two-sided p as one of a direction: 1 where the data lie on the other side.
fn directed(p: Option<f64>, holds: bool) -> Option<f64> {
    p.map(|p| if holds { p } else { 1.0 })
}

fn smaller(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn tests(terms: &[(f64, &Grid<'_>)], column: &Column, test: &Comparison, options: &Options) -> (Effect, Tests, Design) {
    let effect = measure(terms, column.metric, options);
    let good = test.target.orientation();
    let p = effect.p.map(|p| p.value);
    let equivalence = effect.p_equivalence.map(|p| p.value);
    let favour = effect.sign * good;
    let paired = effect.test == PairTest::SignFlip;
    // A p from a distribution has no smallest one; it can be moved as one of sign flips can.
    let movable = paired || effect.test == PairTest::Ar1;
    let design = if paired { Design::Paired } else { Design::Unknown };
    let against = |wrong: bool| {
        let worse = directed(p, wrong);
        (smaller(worse, equivalence), equivalence.is_some_and(|small| worse.is_none_or(|worse| small <= worse)))
    };
    // Of paired differences equivalence reaches the smaller p, at each margin being a one-sided test.
    let small = equivalence
        .filter(|_| effect.test != PairTest::Ar1)
        .and_then(|_| Design::PairedEquivalence.smallest(effect.pairs));
    let with = |support: Option<f64>, (refute, by_equivalence): (Option<f64>, bool), smallest: Option<f64>| Tests {
        tested: Tested { support, refute, smallest, least: smaller(effect.smallest, small) },
        by_equivalence,
    };
    // A hypothesis other than no difference can be tested where there are paired differences to move.
    let moved = |shift: f64| {
        let found = if movable { moved(terms, column, shift, options) } else { None };
        found.map(|(p, sign)| (Some(p), sign))
    };
    let half = if effect.kind == EffectKind::Ratio { effect.margin.ln_1p() } else { effect.margin };
    let (tests, design) = match test.relation {
        Relation::Better => (with(directed(p, favour > 0.0), against(favour < 0.0), effect.smallest), design),
        Relation::Worse => (with(directed(p, favour < 0.0), against(favour > 0.0), effect.smallest), design),
        Relation::Different => (with(p, (equivalence, true), effect.smallest), design),
        Relation::Equivalent => {
            let beyond = moved(effect.sign * half);
            let refute = beyond.and_then(|(p, sign)| directed(p, sign == effect.sign && sign != 0.0));
            let design = if paired { Design::PairedEquivalence } else { Design::Unknown };
            (with(equivalence, (refute, false), small), design)
        }
        Relation::NotWorse | Relation::AtLeast(_) => {
            let shift = match test.relation {
                Relation::AtLeast(factor) if effect.kind == EffectKind::Ratio => Some(good * factor.ln()),
                Relation::AtLeast(_) => None,
                _ => Some(-good * half),
            };
            match shift.and_then(moved) {
                Some((p, sign)) => {
                    let favour = sign * good;
                    let refute = directed(p, favour < 0.0);
                    (with(directed(p, favour > 0.0), (refute, false), effect.smallest), design)
                }
                None => (Tests::default(), design),
            }
        }
    };
    (effect, tests, design)
}

/// Two-sided p of the hypothesis that the difference is `shift` (on the scale of the differences), and on which side of
/// it the estimate lies.
fn moved(terms: &[(f64, &Grid<'_>)], column: &Column, shift: f64, options: &Options) -> Option<(f64, f64)> {
    let mut found = differences(terms, column.metric).ok()?;
    for value in found.values.values_mut().flatten() {
        *value -= shift;
    }
    let effect = effect::paired(&found, options);
    Some((effect.p?.value, effect.sign))
}

/// The claim in one cell: "headscale is better than internal".
fn claimed(test: &Comparison, row: &Verdict, (left, right): (&str, &str), margin: Option<f64>) -> String {
    let within = within(test, row, margin);
    match test.relation {
        Relation::Better => format!("{left} is better than {right}"),
        Relation::Worse => format!("{left} is worse than {right}"),
        Relation::Equivalent => format!("{left} and {right} are equivalent within {within}"),
        Relation::Different => format!("{left} differs from {right}"),
        Relation::NotWorse => {
            format!("{left} is worse than {right} by at most {}", worse(row, margin.or(row.bound).unwrap_or_default()))
        }
        Relation::AtLeast(factor) => format!("{left} is better than {right} by a factor of {factor} or more"),
    }
}

/// The margin in words: relative where there are no values that would give it a unit.
fn within(test: &Comparison, row: &Verdict, margin: Option<f64>) -> String {
    match (margin, test.relation) {
        (Some(margin), _) => sentence::margin(row.effect, &row.metric, margin),
        (None, Relation::AtLeast(_)) => String::new(),
        (None, _) => sentence::margin(EffectKind::Ratio, &row.metric, row.bound.unwrap_or_default()),
    }
}

/// How much worse: of a ratio a factor, because 11 % more one way are 10 % less the other way.
fn worse(row: &Verdict, margin: f64) -> String {
    match row.effect {
        EffectKind::Difference => sentence::margin(row.effect, &row.metric, margin),
        EffectKind::Ratio | EffectKind::Tau | EffectKind::Rank | EffectKind::None => {
            format!("a factor of {}", (1.0 + margin) as f32)
        }
    }
}

/// What is so where the claim is refuted.
fn contrary(test: &Comparison, row: &Verdict, (left, right): (&str, &str), small: bool, margin: f64) -> String {
    let within = within(test, row, Some(margin));
    match (test.relation, small) {
        (Relation::Better | Relation::Worse | Relation::Different, true) => {
            format!("{left} and {right} are equivalent within {within}")
        }
        (Relation::Better, false) => format!("{left} is worse than {right}"),
        (Relation::Worse, false) => format!("{left} is better than {right}"),
        (Relation::Equivalent, _) => format!("{left} and {right} differ by more than {within}"),
        (Relation::Different, false) => format!("{left} does not differ from {right}"),
        (Relation::NotWorse, _) => format!("{left} is worse than {right} by more than {}", worse(row, margin)),
        (Relation::AtLeast(factor), _) => format!("{left} is not better than {right} by a factor of {factor}"),
    }
}
