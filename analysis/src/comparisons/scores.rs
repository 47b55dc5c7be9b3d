//! The composite score: the weighted geometric mean of each system's factor to the best.
//!
//! A cell is a headline metric on a logarithmic scale, in one direction, of one tuning, profile and workload. Every
//! workload of a profile weighs the same, shared by its cells.

use super::contrasts::Grids;
use super::ranking::INTERNAL;
use super::ranks::better;
use crate::estimates::campaign::Column;
use crate::estimates::row_of;
use crate::options::{Missing, Options};
use crate::stats::composite::{self, Cell, Factors, MissingPolicy};
use crate::stats::rank_intervals::{self, Separation};
use crate::stats::summary::{geometric_mean, sum};
use crate::stats::{Interval, Ranks, Values, rank, sign_flip, ties};
use meshbench_schemas::catalogue::{SUCCESS_RATE, Scale};
use meshbench_schemas::stage::{Estimate, Score};
use meshbench_schemas::table::Symbol;
use meshbench_schemas::words::{Covers, Policy, Workload};
use std::collections::{BTreeMap, BTreeSet};

/// One cell over all systems.
struct Place<'a> {
    profile: &'a Symbol,
    workload: Workload,
    better: rank::Better,
    /// The geometric mean of the blocks, by system; where runs were cut off, the estimate.
    values: BTreeMap<&'a Symbol, f64>,
    /// The mean over all links in each block, by system; only blocks with all links.
    blocks: BTreeMap<&'a Symbol, BTreeMap<u32, f64>>,
    /// The largest limit at which a run of a system without a value was stopped.
    bound: Option<f64>,
}

/// Scores of every profile and of all of them together.
pub fn scores(columns: &[(Column, Grids<'_>)], estimates: &[Estimate], options: &Options) -> Vec<Score> {
    let places = places(columns, estimates);
    let systems: BTreeSet<&Symbol> = columns
        .iter()
        .flat_map(|(_, grids)| grids.keys())
        .map(|name| name.system)
        .filter(|system| &***system != INTERNAL)
        .collect();
    if systems.len() < 2 || places.is_empty() {
        return Vec::new();
    }
    let systems: Vec<&Symbol> = systems.into_iter().collect();
    let profiles: BTreeSet<&Symbol> = places.iter().map(|place| place.profile).collect();
    let mut rows = Vec::new();
    if profiles.len() > 1 {
        rows.extend(score(&places.iter().collect::<Vec<_>>(), None, &systems, options));
    }
    for profile in profiles {
        let of_profile: Vec<&Place<'_>> = places.iter().filter(|place| place.profile == profile).collect();
        rows.extend(score(&of_profile, Some(profile), &systems, options));
    }
    rows
}

fn places<'a>(columns: &'a [(Column, Grids<'a>)], estimates: &[Estimate]) -> Vec<Place<'a>> {
    let mut found = Vec::new();
    for (column, grids) in columns {
        let metric = column.metric;
        let Some(better) = better(column).filter(|_| metric.headline && metric.scale == Scale::Log) else { continue };
        if metric.id == SUCCESS_RATE.id {
            continue;
        }
        let mut by_place: BTreeMap<(&Symbol, &Symbol), Place<'a>> = BTreeMap::new();
        for (name, grid) in grids.iter().filter(|(name, _)| &**name.system != INTERNAL) {
            let place = by_place.entry((name.tuning, name.profile)).or_insert_with(|| Place {
                profile: name.profile,
                workload: column.workload,
                better,
                values: BTreeMap::new(),
                blocks: BTreeMap::new(),
                bound: None,
            });
            let mean = |block: &u32| {
                let values: Option<Vec<f64>> =
                    grid.links.iter().map(|link| grid.values.get(&(*block, *link)).copied()).collect();
                Some((*block, geometric_mean(Values::new(&values?).ok()?)?))
            };
            let blocks: BTreeMap<u32, f64> = match grid.cut_off {
                Some(_) => BTreeMap::new(),
                None => grid.blocks.iter().filter_map(mean).collect(),
            };
            let row = row_of(estimates, column, *name);
            let estimate = || row.and_then(|row| row.value).filter(|value| *value > 0.0);
            let of_blocks: Vec<f64> = blocks.values().copied().collect();
            let value = Values::new(&of_blocks).ok().and_then(geometric_mean).or_else(estimate);
            if value.is_none() {
                let durations = grid.cut_off.iter().flat_map(BTreeMap::values);
                let stopped = durations.filter(|duration| !duration.ended).map(|run| run.time);
                let known = stopped.chain(row.and_then(|row| row.at_least)).chain(place.bound);
                place.bound = known.reduce(f64::max);
            }
            place.values.extend(value.map(|value| (name.system, value)));
            place.blocks.insert(name.system, blocks);
        }
        found.extend(by_place.into_values().filter(|place| !place.values.is_empty()));
    }
    found
}

/// Weights by which every workload of a profile counts the same.
fn weights(places: &[&Place<'_>]) -> Vec<f64> {
    let mut cells: BTreeMap<(&Symbol, Workload), usize> = BTreeMap::new();
    for place in places {
        *cells.entry((place.profile, place.workload)).or_default() += 1;
    }
    let share = |place: &&Place<'_>| 1.0 / cells.get(&(place.profile, place.workload)).copied().unwrap_or(1) as f64;
    places.iter().map(share).collect()
}

fn score(places: &[&Place<'_>], profile: Option<&Symbol>, systems: &[&Symbol], options: &Options) -> Vec<Score> {
    let policy = match options.missing {
        Missing::CommonCells => MissingPolicy::CommonCells,
        Missing::PerSystem => MissingPolicy::PerSystem,
        Missing::WorstObserved => MissingPolicy::WorstObserved,
    };
    let cells: Vec<Cell> =
        places.iter().zip(weights(places)).map(|(place, weight)| Cell { better: place.better, weight }).collect();
    // Where nothing is missing every policy says the same.
    let whole = places.iter().all(|place| systems.iter().all(|system| place.values.contains_key(system)));
    let common = (whole || policy == MissingPolicy::CommonCells).then(|| Common::of(places, &cells, systems));
    let value = |place: &Place<'_>, system: &Symbol| {
        let shared = common.as_ref().and_then(|common| common.value(place, system));
        shared.or(place.values.get(system).copied())
    };
    let values: Vec<Vec<Option<f64>>> =
        systems.iter().map(|system| places.iter().map(|place| value(place, system)).collect()).collect();
    let bounds: Vec<Option<f64>> = places.iter().map(|place| place.bound).collect();
    let Ok(factors) = Factors::bounded(&values, &cells, &bounds) else { return Vec::new() };
    let scored = factors.scores(policy);
    let intervals = common.as_ref().and_then(|common| common.intervals(options));
    let points: Vec<Option<f64>> = scored.scores.iter().map(|score| score.value).collect();
    let comparable: Option<Vec<f64>> = points.iter().copied().collect();
    let ranks = comparable.filter(|_| scored.comparable).map(|values| rank::ranks(&values, rank::Better::Higher));
    let open = ranks.as_ref().map(|ranks| left_open(ranks, common.as_ref(), options));
    // With one cell there is nothing to leave out and nothing to weigh.
    let several = scored.scores.iter().any(|score| score.cells > 1);
    let each: Vec<usize> = (0..cells.len()).collect();
    let leaving = composite::leave_one_out(&factors, policy, &each).filter(|_| several);
    let weighting = composite::random_weights(&factors, policy, options.resampling).filter(|_| several);
    let own_blocks = |system: &Symbol| -> usize {
        let blocks = places.iter().filter_map(|place| place.blocks.get(system));
        blocks.flat_map(BTreeMap::keys).collect::<BTreeSet<_>>().len()
    };
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    systems
        .iter()
        .zip(scored.scores.iter().zip(&points))
        .enumerate()
        .map(|(at, (system, (score, point)))| {
            let interval = intervals.as_ref().and_then(|found| found.get(at)?.1);
            let left = leaving.as_ref().and_then(|leaving| leaving.ranks.get(at));
            let missing = values.get(at).map_or(0, |row| row.iter().filter(|value| value.is_none()).count());
            Score {
                system: (*system).clone(),
                profile: profile.cloned(),
                policy: policy_of(options.missing),
                value: *point,
                low: interval.map(|i| i.low),
                high: interval.map(|i| i.high),
                covers: Covers::Resampled.only_if(interval.is_some()),
                confidence: options.confidence.share(),
                rank: ranks.as_ref().and_then(|ranks| ranks.get(at)).map(|r| (r.best + r.worst) as f64 / 2.0),
                rank_low: open.as_ref().and_then(|open| open.get(at)).map(|ranks| count(ranks.best)),
                rank_high: open.as_ref().and_then(|open| open.get(at)).map(|ranks| count(ranks.worst)),
                left_out_low: left.map(|ranks| ranks.best as f64),
                left_out_high: left.map(|ranks| ranks.worst as f64),
                first_share: weighting.as_ref().and_then(|weighting| weighting.first.get(at).copied()),
                blocks: count(common.as_ref().map_or_else(|| own_blocks(system), |common| common.blocks.len())),
                cells: count(score.cells),
                cells_all: count(cells.len()),
                cells_missing: count(missing),
                reason: match (point, interval) {
                    (Some(_), Some(_)) => None,
                    (None, _) => Some(no_score(policy).to_owned()),
                    (Some(_), None) => Some(no_interval(policy, common.as_ref())),
                },
            }
        })
        .collect()
}

/// Why a system has no score.
const fn no_score(policy: MissingPolicy) -> &'static str {
    match policy {
        MissingPolicy::CommonCells => "no cell has a value of every system",
        MissingPolicy::PerSystem => "no cell has a value of this system",
        MissingPolicy::WorstObserved => "no cell has a value of any system",
    }
}

/// Why a score has no interval, and places are not tested.
fn no_interval(policy: MissingPolicy, common: Option<&Common>) -> String {
    let why = match (policy, common.map(|common| common.blocks.len())) {
        (_, Some(0)) => "no block has every cell of every system",
        (_, Some(1)) => "one block alone has every cell of every system, and nothing was repeated",
        (_, Some(_)) => "there are too few resamples for this confidence",
        (MissingPolicy::WorstObserved, None) => {
            "what stands for a missing value was measured in no block, and cannot be resampled"
        }
        (_, None) => "systems are scored on cells of their own, which no resample of blocks has alike",
    };
    format!("no interval: {why}")
}

/// The places that sign flips of the scores' ratios over blocks leave open, adjusted over all pairs: every place where
/// nothing was repeated. Of scores that are not of common cells nothing is tested.
fn left_open(points: &[Ranks], common: Option<&Common>, options: &Options) -> Vec<Ranks> {
    let rows = common.and_then(|common| composite::block_scores(&common.values, &common.cells).ok()?);
    let found = rows.map(|rows| separations(&rows, options)).unwrap_or_default();
    let open = rank_intervals::from_separations(points.len(), &found);
    open.into_iter().zip(points).map(|(open, point)| open.hull(*point)).collect()
}

/// The pairs of systems whose scores differ by more than chance; a row a block, a column a system.
fn separations(rows: &[Vec<f64>], options: &Options) -> Vec<Separation> {
    let systems = rows.first().map_or(0, Vec::len);
    let ratio = |row: &Vec<f64>, a: usize, b: usize| Some(row.get(a)? - row.get(b)?);
    let pairs: Vec<(usize, usize, Vec<f64>)> = (0..systems)
        .flat_map(|a| (a + 1..systems).map(move |b| (a, b)))
        .map(|(a, b)| (a, b, ties::tied(rows.iter().filter_map(|row| ratio(row, a, b)).collect(), ties::VALUES)))
        .collect();
    let test = |ratios: &[f64]| Values::new(ratios).ok().map(|ratios| sign_flip::sign_flip(ratios, options.resampling));
    let family: Vec<_> = pairs.iter().map(|(.., ratios)| test(ratios)).collect();
    let adjusted = options.adjustment.adjusted(&family);
    let apart = pairs.iter().zip(adjusted).filter(|(_, p)| p.is_some_and(|p| p <= options.alpha()));
    apart
        .map(|((a, b, ratios), _)| {
            let (better, worse) = if sum(ratios.iter().copied()) > 0.0 { (*a, *b) } else { (*b, *a) };
            Separation { better, worse }
        })
        .collect()
}

/// The name of a policy in tables.
const fn policy_of(missing: Missing) -> Policy {
    match missing {
        Missing::CommonCells => Policy::CommonCells,
        Missing::PerSystem => Policy::PerSystem,
        Missing::WorstObserved => Policy::WorstObserved,
    }
}

/// The cells that all systems have, in the blocks in which every system has every one of them.
struct Common {
    cells: Vec<Cell>,
    blocks: BTreeSet<u32>,
    /// By block, system and cell.
    values: Vec<Vec<Vec<Option<f64>>>>,
}

impl Common {
    fn of(places: &[&Place<'_>], cells: &[Cell], systems: &[&Symbol]) -> Self {
        let common = |place: &Place<'_>| systems.iter().all(|system| place.values.contains_key(system));
        let kept: Vec<(&Place<'_>, Cell)> =
            places.iter().zip(cells).filter(|(place, _)| common(place)).map(|(place, cell)| (*place, *cell)).collect();
        let all: BTreeSet<u32> = kept
            .iter()
            .flat_map(|(place, _)| place.blocks.values().flat_map(|blocks| blocks.keys().copied()))
            .collect();
        let value = |block: u32, place: &Place<'_>, system: &Symbol| place.blocks.get(system)?.get(&block).copied();
        let row = |block: u32, system: &Symbol| -> Option<Vec<Option<f64>>> {
            kept.iter().map(|(place, _)| value(block, place, system).map(Some)).collect()
        };
        let whole =
            |block: u32| -> Option<Vec<Vec<Option<f64>>>> { systems.iter().map(|system| row(block, system)).collect() };
        let (blocks, values) = all.into_iter().filter_map(|block| Some((block, whole(block)?))).unzip();
        Self { cells: kept.into_iter().map(|(_, cell)| cell).collect(), blocks, values }
    }

    /// What a system has in these blocks; `None` where there are fewer than two, too few to resample.
    fn value(&self, place: &Place<'_>, system: &Symbol) -> Option<f64> {
        let of_system = place.blocks.get(system).filter(|_| self.blocks.len() > 1)?;
        let shared: Option<Vec<f64>> = self.blocks.iter().map(|block| of_system.get(block).copied()).collect();
        geometric_mean(Values::new(&shared?).ok()?)
    }

    /// Intervals of the scores from resampled blocks; `None` below two.
    fn intervals(&self, options: &Options) -> Option<Vec<(f64, Option<Interval>)>> {
        let found =
            composite::from_blocks(&self.values, &self.cells, options.confidence, options.resampling).ok()??;
        Some(found.scores)
    }
}
