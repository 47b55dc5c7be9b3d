//! What blocks would do for each pair of systems, by the test that contrasts use: sign flips over blocks, with Holm.

use super::{Planning, Row, whole};
use crate::comparisons::contrasts::{Grids, contrasts};
use crate::comparisons::effect::locate;
use crate::comparisons::grid::{Grid, differences};
use crate::estimates::campaign::Column;
use crate::stats::planning::{self, MOST_BLOCKS, deviation_factors};
use crate::stats::{Values, design, summary};
use meshbench_schemas::catalogue::Scale;
use meshbench_schemas::printed::Planned;
use meshbench_schemas::stage::Contrast;
use meshbench_schemas::words::{Contrasted, PairTest, Prospect};
use std::collections::BTreeMap;

/// Probability that a pair that is taken for certain is not found after all, over the whole family.
const SLACK: f64 = 0.01;

/// What a pair's differences were.
#[derive(Debug, Clone)]
pub struct Seen {
    scale: Scale,
    blocks: usize,
    /// Whether sign flips test it, or would with more blocks.
    flipped: bool,
    /// Both on logarithms, or relative to the mean of both sides.
    difference: Option<f64>,
    deviation: Option<f64>,
    note: Option<String>,
}

impl Seen {
    fn of(left: &Grid<'_>, right: &Grid<'_>, column: &Column, row: &Contrast, planning: &Planning<'_>) -> Self {
        let none = |note: Option<String>| Self {
            scale: column.metric.scale,
            blocks: 0,
            flipped: false,
            difference: None,
            deviation: None,
            note,
        };
        if !matches!(row.test, PairTest::SignFlip | PairTest::None) {
            return none(Some(format!("tested by {} over {}, which blocks do not enter", row.test, row.covers)));
        }
        if left.cut_off.is_some() || right.cut_off.is_some() {
            return none(row.reason.clone());
        }
        let found = match differences(&[(1.0, left), (-1.0, right)], column.metric) {
            Ok(found) => found,
            Err(reason) => return none(Some(reason)),
        };
        let level = if found.scale == Scale::Log { 1.0 } else { found.level };
        let of_blocks: Vec<f64> = found.by_block().iter().map(|difference| difference / level).collect();
        let Ok(values) = Values::new(&of_blocks) else {
            return Self { flipped: true, ..none(Some("both are 0 throughout".to_owned())) };
        };
        let zeros = of_blocks.iter().filter(|difference| **difference == 0.0).count();
        let deviation = summary::moments(values).standard_deviation;
        Self {
            scale: found.scale,
            blocks: of_blocks.len(),
            flipped: true,
            difference: Some(locate(values, planning.options.confidence).0.value),
            deviation,
            note: match deviation {
                None => Some("one block: nothing was repeated".to_owned()),
                Some(0.0) => Some("the difference is the same in all blocks".to_owned()),
                Some(_) if zeros > 0 => Some(format!(
                    "{zeros} of {} differences {} 0, which no sign flip counts: more blocks may be needed than this \
                     says",
                    of_blocks.len(),
                    if zeros == 1 { "is" } else { "are" }
                )),
                Some(_) => None,
            },
        }
    }

    fn back(&self, difference: f64) -> f64 {
        if self.scale == Scale::Log { difference.exp_m1() } else { difference }
    }

    /// The difference in standard deviations, these being `factor` times as large.
    fn effect(&self, factor: f64) -> Option<f64> {
        let (difference, deviation) = (self.difference?.abs(), self.deviation? * factor);
        Some(if difference == 0.0 { 0.0 } else { difference / deviation })
    }

    /// Power of the equivalence test.
    fn equivalence(&self, blocks: u32, level: f64, factor: f64, margin: f64) -> Option<f64> {
        let half = if self.scale == Scale::Log { margin.ln_1p() } else { margin };
        let (difference, deviation) = (self.difference?, self.deviation? * factor);
        if difference.abs() >= half {
            return Some(0.0);
        }
        let n = usize::try_from(blocks).ok()?;
        planning::equivalence_power(n, (half + difference) / deviation, (half - difference) / deviation, level)
    }
}

/// Smallest effects that are found, by blocks, tests left in the family and power; computed once.
#[derive(Debug, Default)]
pub struct Thresholds(BTreeMap<(u32, usize, u64), Option<f64>>);

impl Thresholds {
    /// In standard deviations, at level alpha over `tests`.
    pub fn get(&mut self, blocks: u32, alpha: f64, tests: usize, power: f64) -> Option<f64> {
        *self.0.entry((blocks, tests, power.to_bits())).or_insert_with(|| {
            planning::sign_flip_detectable(usize::try_from(blocks).ok()?, alpha / tests.max(1) as f64, power)
        })
    }

    /// The effect from which pairs are found with at least `power` in a family of `tests` with these effects.
    ///
    /// Holm: once k tests are rejected, the next one is made at alpha/(m − k). Pairs so clear that all of them together
    /// are missed with a probability of at most 1 % are taken as the first k; what they may be missed by is added to
    /// the power that the others need. So the power of each pair, whatever their dependence, is at least what was
    /// asked for (Bonferroni).
    pub fn step_down(&mut self, blocks: u32, alpha: f64, tests: usize, power: f64, effects: &[f64]) -> Option<f64> {
        let mut certain = 0;
        loop {
            let left = tests.saturating_sub(certain).max(1);
            let limit = self.get(blocks, alpha, left, 1.0 - SLACK / tests.max(1) as f64);
            let more = limit.map_or(0, |limit| effects.iter().filter(|effect| **effect >= limit).count());
            if more <= certain {
                let slack = if certain > 0 { SLACK } else { 0.0 };
                return self.get(blocks, alpha, left, power + slack);
            }
            certain = more;
        }
    }
}

/// Numbers of blocks that are tried in looking for the least.
fn tried() -> Vec<u32> {
    let mut all: Vec<u32> = (2..=60).collect();
    while let Some(&last) = all.last()
        && (last as usize) < MOST_BLOCKS
    {
        all.push((last + last / 20).min(whole(MOST_BLOCKS)));
    }
    all
}

/// The outcomes of a family at one number of blocks, deviations being `factor` times what was seen.
fn outcomes(
    family: &Family<'_>,
    blocks: u32,
    factor: f64,
    planning: &Planning<'_>,
    thresholds: &mut Thresholds,
) -> Vec<Prospect> {
    let alpha = planning.options.alpha();
    let effects: Vec<f64> = family.pairs.iter().filter_map(|(_, seen)| seen.effect(factor)).collect();
    let limit = thresholds.step_down(blocks, alpha, family.tests, planning.power, &effects);
    let possible = family.least.is_some_and(|least| blocks >= least);
    let margin = planning.options.margin.share();
    let level = alpha / family.tests.max(1) as f64;
    // As in contrasts equivalence comes first; its test, one-sided at each end, can tell with a block fewer.
    let equivalent =
        |seen: &Seen| seen.equivalence(blocks, level, factor, margin).is_some_and(|power| power >= planning.power);
    let outcome = |seen: &Seen| match seen.effect(factor) {
        Some(_) if equivalent(seen) => Prospect::Equivalent,
        _ if !possible => Prospect::CannotTell,
        None => Prospect::Unknown,
        Some(effect) if limit.is_some_and(|limit| effect >= limit) => Prospect::Different,
        Some(_) => Prospect::Open,
    };
    family.pairs.iter().map(|(_, seen)| if seen.flipped { outcome(seen) } else { Prospect::Unknown }).collect()
}

/// The least numbers of blocks that resolve each pair.
fn needed(
    family: &Family<'_>,
    factor: impl Fn(&Seen) -> Option<f64>,
    planning: &Planning<'_>,
    thresholds: &mut Thresholds,
) -> Vec<Option<u32>> {
    let mut found: Vec<Option<u32>> = vec![None; family.pairs.len()];
    // Pilots of one family nearly always have the same number of blocks, and so the same factor.
    let Some(factor) = family.pairs.iter().filter_map(|(_, seen)| factor(seen)).max_by(f64::total_cmp) else {
        return found;
    };
    for blocks in tried() {
        let reached = outcomes(family, blocks, factor, planning, thresholds);
        for (slot, outcome) in found.iter_mut().zip(reached) {
            if matches!(outcome, Prospect::Different | Prospect::Equivalent) {
                slot.get_or_insert(blocks);
            }
        }
        let open =
            found.iter().zip(&family.pairs).any(|(slot, (_, seen))| slot.is_none() && seen.effect(factor).is_some());
        if !open {
            break;
        }
    }
    found
}

/// Pairs that are adjusted together.
struct Family<'c> {
    pairs: Vec<(&'c Contrast, Seen)>,
    tests: usize,
    least: Option<u32>,
}

/// A pair's contrast, what was seen of it, and its sides.
type Member<'c, 'a> = (&'c Contrast, Seen, [&'c Grid<'a>; 2]);

/// The rows of one metric and direction.
pub fn pairs(column: &Column, grids: &Grids<'_>, planning: &Planning<'_>, thresholds: &mut Thresholds) -> Vec<Planned> {
    let contrasts = contrasts(column, grids, planning.options);
    let mut families: BTreeMap<&str, Vec<Member<'_, '_>>> = BTreeMap::new();
    for row in contrasts.iter().filter(|row| row.kind == Contrasted::System) {
        let side = |system: &str| {
            let of = |grid: &&Grid<'_>| {
                (&**grid.name.system, Some(grid.name.tuning), Some(grid.name.profile))
                    == (system, row.tuning.as_ref(), row.profile.as_ref())
            };
            grids.values().find(of)
        };
        if let (Some(left), Some(right)) = (side(&row.left_side), side(&row.right_side)) {
            let seen = Seen::of(left, right, column, row, planning);
            families.entry(&row.family).or_default().push((row, seen, [left, right]));
        }
    }
    let mut rows = Vec::new();
    for members in families.into_values() {
        // A single link of a single block has no test yet, and would have one with more blocks.
        let tests = members.iter().filter(|(row, seen, _)| seen.flipped || row.test != PairTest::None).count();
        let least = design::least_blocks(planning.options.alpha(), tests.max(1)).map(whole);
        let names: Vec<_> = members.iter().map(|(_, _, [left, right])| (left.name, right.name.system)).collect();
        let family = Family { pairs: members.into_iter().map(|(row, seen, _)| (row, seen)).collect(), tests, least };
        let factors = |seen: &Seen| deviation_factors(seen.blocks, planning.sureness);
        let as_seen = needed(&family, |seen| seen.deviation.map(|_| 1.0), planning, thresholds);
        let low = needed(&family, |seen| factors(seen).map(|(low, _)| low), planning, thresholds);
        let high = needed(&family, |seen| factors(seen).map(|(_, high)| high), planning, thresholds);
        for &blocks in planning.blocks {
            let reached = outcomes(&family, blocks, 1.0, planning, thresholds);
            let limit = thresholds.get(blocks, planning.options.alpha(), tests, planning.power);
            let ranges = as_seen.iter().zip(low.iter().zip(&high));
            for ((((_, seen), (name, right)), outcome), (needed, (low, high))) in
                family.pairs.iter().zip(&names).zip(reached).zip(ranges)
            {
                let detectable = seen.deviation.zip(limit).map(|(deviation, limit)| seen.back(deviation * limit));
                rows.push(Planned {
                    scale: seen.scale,
                    deviation: seen.deviation,
                    difference: seen.difference.map(|difference| seen.back(difference)),
                    detectable: detectable.filter(|smallest| smallest.is_finite()),
                    outcome,
                    blocks_needed: *needed,
                    blocks_needed_low: *low,
                    blocks_needed_high: *high,
                    blocks_least: family.least.filter(|_| seen.flipped),
                    family_size: Some(whole(tests)),
                    note: seen.note.clone(),
                    ..planning.row(&Row {
                        left: name.system,
                        right: Some(right),
                        name: *name,
                        column,
                        blocks,
                        pilot: seen.blocks,
                    })
                });
            }
        }
    }
    rows
}
