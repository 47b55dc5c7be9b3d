//! What intervals over blocks cover where several campaigns were merged.

use crate::estimates::{Warning, Warnings};
use meshbench_schemas::printed::{Change, Verdict};
use meshbench_schemas::stage::{Contrast, Estimate, Omnibus, Rank};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::Covers;
use std::collections::{BTreeMap, BTreeSet};

/// A row that says what it covers.
pub trait Covering {
    /// The column `covers`, and the column `warnings` where there is one.
    fn covers(&mut self) -> (&mut Covers, Option<&mut Warnings>);
}

macro_rules! covers {
    ($($Row:ty),+) => {$(
        impl Covering for $Row {
            fn covers(&mut self) -> (&mut Covers, Option<&mut Warnings>) {
                (&mut self.covers, Some(&mut self.warnings))
            }
        }
    )+};
}

covers!(Estimate, Contrast, Change, Verdict);

impl Covering for Rank {
    fn covers(&mut self) -> (&mut Covers, Option<&mut Warnings>) {
        (&mut self.covers, None)
    }
}

impl Covering for Omnibus {
    fn covers(&mut self) -> (&mut Covers, Option<&mut Warnings>) {
        (&mut self.covers, None)
    }
}

/// How many blocks each campaign has; empty in a dataset of one.
fn blocks(runs: &[Run]) -> BTreeMap<&str, BTreeSet<u32>> {
    let mut of: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.control.is_none()) {
        if let Some(campaign) = &run.campaign {
            of.entry(campaign).or_default().insert(run.block);
        }
    }
    of
}

/// Says of rows over blocks what these blocks are. Where every campaign has one block, they are `campaigns`: the interval
/// says how another campaign would differ. Where some have several, blocks of one campaign may be more alike than those of
/// two, which `several-campaigns` says.
pub fn label<T: Covering>(runs: &[Run], rows: &mut [T]) {
    let of = blocks(runs);
    if of.len() < 2 {
        return;
    }
    let single = of.values().all(|blocks| blocks.len() == 1);
    for row in rows {
        let (covers, warnings) = row.covers();
        if *covers != Covers::Blocks {
            continue;
        }
        if single {
            *covers = Covers::Campaigns;
        } else if let Some(warnings) = warnings {
            warnings.add(Warning::SeveralCampaigns);
        }
    }
}
