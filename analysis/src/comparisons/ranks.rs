//! Ranks as intervals: what adjusted tests leave open, and how often resampled blocks put a system first.

use super::contrasts::Grids;
use super::ranking::{Ranking, rankings, shared};
use crate::estimates::campaign::Column;
use crate::options::Options;
use crate::stats::blocks::Blocks;
use crate::stats::letters::Letters;
use crate::stats::rank::{self, Better};
use crate::stats::rank_bootstrap::{Centre, RankBootstrap};
use crate::stats::rank_intervals::{self, Separation};
use meshbench_schemas::catalogue;
use meshbench_schemas::finding::Findings;
use meshbench_schemas::stage::{Contrast, Estimate, Rank};
use meshbench_schemas::table::Symbol;
use meshbench_schemas::words::{Contrasted, Covers};
use rayon::prelude::*;
use std::collections::HashMap;

/// The ranks of one metric and direction. `contrasts` and `estimates` are those of the same column.
pub fn ranks(
    column: &Column,
    grids: &Grids<'_>,
    estimates: &[Estimate],
    contrasts: &[Contrast],
    options: &Options,
) -> Vec<Rank> {
    let Some(better) = better(column) else { return Vec::new() };
    let of_rankings = rankings(grids);
    of_rankings
        .par_iter()
        .flat_map_iter(|ranking| rank_one(ranking, column, better, estimates, contrasts, options))
        .collect()
}

/// Which values are good; `None` for a metric that has no good end.
pub fn better(column: &Column) -> Option<Better> {
    match column.metric.better {
        catalogue::Better::Higher => Some(Better::Higher),
        catalogue::Better::Lower => Some(Better::Lower),
        catalogue::Better::Neither => None,
    }
}

/// A competitor with its estimate.
struct Competitor<'e> {
    system: Symbol,
    value: Option<f64>,
    reason: Option<&'e str>,
}

fn rank_one(
    ranking: &Ranking<'_, '_>,
    column: &Column,
    better: Better,
    estimates: &[Estimate],
    contrasts: &[Contrast],
    options: &Options,
) -> Vec<Rank> {
    let of_cell = |system: &Symbol| {
        estimates
            .iter()
            .find(|row| &row.system == system && &row.tuning == ranking.tuning && &row.profile == ranking.profile)
    };
    let competitors: Vec<Competitor<'_>> = ranking
        .grids
        .iter()
        .map(|grid| {
            let estimate = of_cell(grid.name.system);
            Competitor {
                system: grid.name.system.clone(),
                value: estimate.and_then(|row| row.value),
                reason: estimate.and_then(|row| row.reason.as_deref()),
            }
        })
        .collect();
    let placed: Vec<(usize, f64)> =
        competitors.iter().enumerate().filter_map(|(at, competitor)| Some((at, competitor.value?))).collect();
    let place_of: HashMap<&Symbol, usize> = placed
        .iter()
        .enumerate()
        .filter_map(|(place, (at, _))| competitors.get(*at).map(|competitor| (&competitor.system, place)))
        .collect();
    let values: Vec<f64> = placed.iter().map(|(_, value)| *value).collect();
    let points = rank::ranks(&values, better);
    let separations: Vec<Separation> = contrasts
        .iter()
        .filter(|row| row.kind == Contrasted::System)
        .filter(|row| row.tuning.as_ref() == Some(ranking.tuning) && row.profile.as_ref() == Some(ranking.profile))
        .filter_map(|row| {
            let (left, right) = (*place_of.get(&row.left_side)?, *place_of.get(&row.right_side)?);
            separation(row, left, right, better, options.alpha())
        })
        .collect();
    let intervals = rank_intervals::from_separations(placed.len(), &separations);
    // Letters go by place, so that the best has an `a`.
    let mut order: Vec<usize> = (0..placed.len()).collect();
    order.sort_by_key(|at| points.get(*at).map_or((usize::MAX, usize::MAX), |rank| (rank.best, *at)));
    let position: HashMap<usize, usize> = order.iter().enumerate().map(|(position, at)| (*at, position)).collect();
    let pairs: Vec<(usize, usize)> = separations
        .iter()
        .filter_map(|found| Some((*position.get(&found.better)?, *position.get(&found.worse)?)))
        .collect();
    let letters = Letters::new(placed.len(), &pairs).of_items();
    let grids: Vec<_> = placed.iter().filter_map(|(at, _)| ranking.grids.get(*at).copied()).collect();
    let common = shared(&grids, column.metric);
    let resampled = common
        .as_ref()
        .and_then(|common| Blocks::new(&common.rows).ok())
        .and_then(|blocks| RankBootstrap::new(&blocks, Centre::Mean, better, options.resampling));
    let first = resampled.as_ref().map(RankBootstrap::first);
    let places = resampled.as_ref().map(|resampled| resampled.intervals(options.confidence));
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    competitors
        .iter()
        .map(|competitor| {
            let place = place_of.get(&competitor.system).copied();
            let interval = place.and_then(|place| intervals.get(place));
            let places = place.and_then(|place| places.as_ref()?.get(place).copied());
            Rank {
                system: competitor.system.clone(),
                tuning: ranking.tuning.clone(),
                profile: ranking.profile.clone(),
                workload: column.workload,
                metric: column.metric.id.into(),
                direction: column.direction,
                value: competitor.value,
                rank: place.and_then(|place| points.get(place)).map(|rank| (rank.best + rank.worst) as f64 / 2.0),
                rank_low: interval.map(|ranks| count(ranks.best)),
                rank_high: interval.map(|ranks| count(ranks.worst)),
                confidence: options.confidence.share(),
                probability_first: place.and_then(|place| first.as_ref()?.get(place).copied()),
                bootstrap_low: places.map(|ranks| ranks.best as f64),
                bootstrap_high: places.map(|ranks| ranks.worst as f64),
                letters: place.and_then(|place| letters.get(*position.get(&place)?).cloned()).unwrap_or_default(),
                ranked: count(placed.len()),
                unranked: count(competitors.len() - placed.len()),
                blocks: common.as_ref().map_or(0, |common| count(common.blocks)),
                covers: common.as_ref().map_or(Covers::None, |common| common.covers.only_if(resampled.is_some())),
                reason: match (competitor.value, competitor.reason) {
                    (Some(_), _) => None,
                    (None, Some(reason)) => Some(reason.to_owned()),
                    (None, None) => Some("there is no estimate".to_owned()),
                },
                findings: Findings::default(),
            }
        })
        .collect()
}

/// Which side of a contrast is better, where the adjusted test says that they differ.
fn separation(row: &Contrast, left: usize, right: usize, better: Better, alpha: f64) -> Option<Separation> {
    if row.p_adjusted? > alpha {
        return None;
    }
    let nothing = row.effect.nothing();
    let value = row.value?;
    if better.is_better(value, nothing) {
        Some(Separation { better: left, worse: right })
    } else if better.is_better(nothing, value) {
        Some(Separation { better: right, worse: left })
    } else {
        None
    }
}
