//! What intervals over blocks cover where several campaigns were merged.

use crate::estimates::Warning;
use meshbench_schemas::comparison::{Change, Contrast, Omnibus, Rank, Verdict};
use meshbench_schemas::stage::Estimate;
use meshbench_schemas::table::Symbol;
use meshbench_schemas::tables::Run;
use std::collections::{BTreeMap, BTreeSet};

/// A row that says what it covers.
pub trait Covers {
    /// The column `covers`, and the column `warnings` where there is one.
    fn covers(&mut self) -> (&mut Symbol, Option<&mut String>);
}

macro_rules! covers {
    ($($Row:ty),+) => {$(
        impl Covers for $Row {
            fn covers(&mut self) -> (&mut Symbol, Option<&mut String>) {
                (&mut self.covers, Some(&mut self.warnings))
            }
        }
    )+};
}

covers!(Estimate, Contrast, Change, Verdict);

impl Covers for Rank {
    fn covers(&mut self) -> (&mut Symbol, Option<&mut String>) {
        (&mut self.covers, None)
    }
}

impl Covers for Omnibus {
    fn covers(&mut self) -> (&mut Symbol, Option<&mut String>) {
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
pub fn label<T: Covers>(runs: &[Run], rows: &mut [T]) {
    let of = blocks(runs);
    if of.len() < 2 {
        return;
    }
    let single = of.values().all(|blocks| blocks.len() == 1);
    for row in rows {
        let (covers, warnings) = row.covers();
        if &**covers != "blocks" {
            continue;
        }
        if single {
            *covers = "campaigns".into();
        } else if let Some(warnings) = warnings {
            let codes: BTreeSet<&str> =
                warnings.split_whitespace().chain([Warning::SeveralCampaigns.as_str()]).collect();
            *warnings = in_order(&codes);
        }
    }
}

/// Codes in the order in which rows have them.
fn in_order(codes: &BTreeSet<&str>) -> String {
    let known = Warning::ALL.iter().map(|warning| warning.as_str()).filter(|code| codes.contains(code));
    known.collect::<Vec<_>>().join(" ")
}
