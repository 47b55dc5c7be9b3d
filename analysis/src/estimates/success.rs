//! The share of started attempts that ended as `ok`.

use super::campaign::Cell;
use super::{Answer, Warning, Warnings, reason};
use crate::stats::{Confidence, wilson};
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::words::{Covers, Estimator};
use std::collections::BTreeSet;

/// k ok attempts of n started ones, of all links and blocks together, with the Wilson interval. `blocks`
/// counts those in which every link was attempted, `runs` the attempts.
pub fn estimate(cell: &Cell<'_>, confidence: Confidence) -> Answer {
    let started: Vec<_> = cell.rows().iter().filter(|run| run.outcome.attempted()).collect();
    let (ok, all) = (cell.count(Outcome::Ok), started.len());
    let interval = wilson::wilson(ok as u64, all as u64, confidence);
    let Some(interval) = interval else {
        return Answer::none(reason::not_attempted(cell.rows()));
    };
    let places: BTreeSet<_> = started.iter().map(|run| (run.block, (&*run.source, &*run.target))).collect();
    let links: BTreeSet<_> = places.iter().map(|(_, link)| *link).collect();
    let whole = |block: &&u32| cell.links().iter().all(|link| places.contains(&(**block, *link)));
    let mut warnings = Warnings::default();
    warnings.add_if(places.len() > 1, Warning::PooledAttempts);
    Answer {
        value: Some(ok as f64 / all as f64),
        interval: Some(interval),
        open_from: None,
        at_least: None,
        mean: None,
        method: Estimator::Wilson,
        covers: Covers::Attempts,
        links: links.len(),
        blocks: cell.blocks().iter().filter(whole).count(),
        runs: all,
        samples: None,
        reason: None,
        warnings,
    }
}
