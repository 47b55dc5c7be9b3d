//! Tests of whether any of several systems differs.

use super::contrasts::Grids;
use super::ranking::{rankings, shared, with_holes};
use crate::estimates::campaign::Column;
use crate::options::Options;
use crate::stats::blocks::{Blocks, Incomplete};
use crate::stats::{Computed, PValue, friedman, nemenyi, skillings_mack};
use meshbench_schemas::comparison::Omnibus;
use rayon::prelude::*;

/// Below this many systems, the contrasts say it all.
const LEAST_SYSTEMS: usize = 3;

/// The tests of one metric and direction: Friedman's where every system has every block, else Skillings and Mack's.
pub fn omnibus(column: &Column, grids: &Grids<'_>, options: &Options) -> Vec<Omnibus> {
    let several = rankings(grids);
    let several = several.par_iter().filter(|ranking| ranking.grids.len() >= LEAST_SYSTEMS);
    several
        .flat_map_iter(|ranking| {
            let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            let blank = Omnibus {
                tuning: ranking.tuning.clone(),
                profile: ranking.profile.clone(),
                workload: column.workload,
                metric: column.metric.id.into(),
                direction: column.direction,
                test: "friedman".into(),
                statistic: None,
                df: None,
                df2: None,
                p: None,
                p_basis: "none".into(),
                agreement: None,
                critical_difference: None,
                systems: count(ranking.grids.len()),
                replicates: 0,
                covers: "none".into(),
                reason: None,
            };
            let (rows, covers) = with_holes(&ranking.grids, column.metric);
            let whole = rows.iter().filter(|row| row.iter().all(Option::is_some)).count();
            let complete = shared(&ranking.grids, column.metric).filter(|found| found.rows.len() == rows.len());
            if let Some(found) = complete
                && let Ok(blocks) = Blocks::new(&found.rows)
            {
                let replicates = count(found.rows.len());
                let blank = Omnibus { replicates, covers: found.covers.into(), ..blank };
                let Some(test) = friedman::friedman(&blocks) else {
                    return vec![Omnibus { reason: Some("all values are equal".to_owned()), ..blank }];
                };
                let p = friedman::permutation(&blocks, options.resampling).unwrap_or(test.p);
                let as_f = test.f.map(|f| Omnibus {
                    test: "iman-davenport".into(),
                    statistic: Some(f.f),
                    df: Some(f.degrees.0),
                    df2: Some(f.degrees.1),
                    p: Some(f.p.value),
                    p_basis: basis(&f.p).into(),
                    ..blank.clone()
                });
                let friedman = Omnibus {
                    statistic: Some(test.chi_square),
                    df: Some(test.degrees as f64),
                    p: Some(p.value),
                    p_basis: basis(&p).into(),
                    agreement: Some(test.concordance),
                    critical_difference: nemenyi::critical_difference(&blocks, options.confidence),
                    ..blank
                };
                return std::iter::once(friedman).chain(as_f).collect();
            }
            let replicates = count(rows.len());
            let blank = Omnibus { test: "skillings-mack".into(), replicates, covers: covers.into(), ..blank };
            let holes = || format!("{whole} of {} {covers} have a value of every system", rows.len());
            let Some((table, test)) = Incomplete::new(rows.clone())
                .ok()
                .and_then(|table| skillings_mack::skillings_mack(&table).map(|test| (table, test)))
            else {
                return vec![Omnibus {
                    reason: Some(format!("{}, and the others do not link them", holes())),
                    ..blank
                }];
            };
            let p = skillings_mack::permutation(&table, options.resampling).unwrap_or(test.p);
            vec![Omnibus {
                statistic: Some(test.chi_square),
                df: Some(test.degrees as f64),
                p: Some(p.value),
                p_basis: basis(&p).into(),
                reason: None,
                ..blank
            }]
        })
        .collect()
}

fn basis(p: &PValue) -> &'static str {
    match p.computed {
        Computed::Exact => "exact",
        Computed::MonteCarlo { .. } => "monte-carlo",
        Computed::Distribution => "distribution",
    }
}
