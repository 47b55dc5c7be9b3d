//! The rows of the merged dataset.

use super::campaign::Campaign;
use crate::error::AnalysisError;
use meshbench_schemas::dataset::{DatasetWriter, parquet_file};
use meshbench_schemas::table::Symbol;
use meshbench_schemas::tables::{Host, Phase, Run, Sample, Summary, System};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The tables at the top.
#[derive(Debug, Default)]
pub struct Merged {
    pub runs: Vec<Run>,
    pub summaries: Vec<Summary>,
    pub hosts: Vec<Host>,
    pub systems: Vec<System>,
}

/// All rows, each with its campaign.
pub fn merged(campaigns: &[Campaign]) -> Merged {
    let mut all = Merged::default();
    let mut systems: BTreeMap<&Symbol, Vec<&System>> = BTreeMap::new();
    for campaign in campaigns {
        all.runs.extend(campaign.runs.iter().map(|run| moved(run, campaign)));
        let summary = |row: &Summary| Summary { run_id: campaign.run_id(&row.run_id), ..row.clone() };
        all.summaries.extend(campaign.summaries.iter().map(summary));
        let host = |row: &Host| Host { phase: phase(&row.phase, campaign), ..row.clone() };
        all.hosts.extend(campaign.hosts.iter().map(host));
        for system in &campaign.systems {
            systems.entry(&system.system).or_default().push(system);
        }
    }
    all.systems = systems.into_values().filter_map(|rows| one(&rows)).collect();
    all
}

fn moved(run: &Run, campaign: &Campaign) -> Run {
    Run {
        run_id: campaign.run_id(&run.run_id),
        block: run.block.saturating_add(campaign.first_block),
        position: run.position.map(|position| position.saturating_add(campaign.first_position)),
        ring: run.ring.as_ref().map(|ring| campaign.run_id(ring)),
        origin: run.origin.as_ref().map(|origin| format!("{}/{origin}", campaign.name)),
        campaign: Some(campaign.merged_name(run.campaign.as_deref())),
        ..run.clone()
    }
}

/// `before 0` of the second campaign is `before 1` where the first has one block; anything else gets the campaign's name.
fn phase(phase: &str, campaign: &Campaign) -> Symbol {
    let block = phase.split_once(' ').and_then(|(word, block)| Some((word, block.parse::<u32>().ok()?)));
    match block {
        Some((word @ ("before" | "after"), block)) => {
            format!("{word} {}", block.saturating_add(campaign.first_block)).into()
        }
        _ => format!("{phase} {}", campaign.name).into(),
    }
}

/// One row for a system of several campaigns: what they say alike stays, and versions that differ stand side by side.
fn one(rows: &[&System]) -> Option<System> {
    let (first, others) = rows.split_first()?;
    fn same<T: PartialEq + Clone>(rows: &[&System], of: impl Fn(&System) -> Option<T>) -> Option<T> {
        let mut known = rows.iter().filter_map(|row| of(row));
        let first = known.next()?;
        known.all(|other| other == first).then_some(first)
    }
    let texts = |of: fn(&System) -> &Option<String>| {
        let known: BTreeSet<&str> = rows.iter().filter_map(|row| of(row).as_deref()).collect();
        (!known.is_empty()).then(|| known.into_iter().collect::<Vec<_>>().join(", "))
    };
    if others.is_empty() {
        return Some((*first).clone());
    }
    Some(System {
        system: first.system.clone(),
        label: first.label.clone(),
        version: texts(|row| &row.version),
        binary_sha256: same(rows, |row| row.binary_sha256.clone()),
        mtu_byte: same(rows, |row| row.mtu_byte),
        address_family: same(rows, |row| row.address_family.clone()),
        note: texts(|row| &row.note),
    })
}

/// The steps of all campaigns' own work, one campaign after the other.
pub fn phases(campaigns: &[Campaign]) -> Result<Vec<Phase>, AnalysisError> {
    let mut all: Vec<Phase> = Vec::new();
    let mut next: BTreeMap<(Symbol, Symbol), u32> = BTreeMap::new();
    for campaign in campaigns {
        for row in campaign.dataset.phases()? {
            let number = next.entry((row.system.clone(), row.tuning.clone())).or_default();
            let origin = row.origin.as_ref().map(|origin| format!("{}/{origin}", campaign.name));
            let name = campaign.merged_name(row.campaign.as_deref());
            all.push(Phase { campaign: Some(name), number: *number, origin, ..row });
            *number += 1;
        }
    }
    Ok(all)
}

/// Writes the samples of all campaigns, those of one workload, system and profile at a time.
pub fn samples(campaigns: &[Campaign], writer: &DatasetWriter) -> Result<(), AnalysisError> {
    // What belongs together has the same path within its dataset.
    let mut files: BTreeMap<PathBuf, Vec<(&Campaign, PathBuf)>> = BTreeMap::new();
    for campaign in campaigns {
        for file in campaign.dataset.sample_files() {
            let relative = file.strip_prefix(campaign.dataset.path()).unwrap_or(&file).to_owned();
            files.entry(relative).or_default().push((campaign, file));
        }
    }
    for of_cell in files.values() {
        let mut rows: Vec<Sample> = Vec::new();
        for (campaign, file) in of_cell {
            let mut ids: BTreeMap<Symbol, Symbol> = BTreeMap::new();
            for mut row in parquet_file::read::<Sample>(file)? {
                let id = ids.entry(row.run_id.clone()).or_insert_with(|| campaign.run_id(&row.run_id));
                row.run_id = id.clone();
                rows.push(row);
            }
        }
        writer.samples(rows)?;
    }
    Ok(())
}
