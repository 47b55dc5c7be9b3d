//! One of the campaigns that are merged.

use crate::error::AnalysisError;
use meshbench_schemas::dataset::write::artifact_path;
use meshbench_schemas::dataset::{Dataset, DatasetWriter};
use meshbench_schemas::manifest;
use meshbench_schemas::table::{Symbol, Timestamp};
use meshbench_schemas::tables::{Host, Run, Summary, System};
use meshbench_schemas::words::Slug;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Error;
use std::path::Path;

/// A dataset with its tables, and where its blocks and positions go.
#[derive(Debug)]
pub struct Campaign {
    pub dataset: Dataset,
    /// What its runs are said to belong to.
    pub name: String,
    pub runs: Vec<Run>,
    pub summaries: Vec<Summary>,
    pub hosts: Vec<Host>,
    pub systems: Vec<System>,
    /// What is added to the number of each block.
    pub first_block: u32,
    /// What is added to each position.
    pub first_position: u32,
}

/// When a campaign began, its name, and what its files hold: an order that does not depend on where it lies.
pub type Place<'a> = (bool, Option<Timestamp>, &'a str, Vec<&'a str>);

impl Campaign {
    pub fn read(dataset: Dataset) -> Result<Self, AnalysisError> {
        Ok(Self {
            name: dataset.manifest().name.clone(),
            runs: dataset.runs()?,
            summaries: dataset.summaries()?,
            hosts: dataset.hosts()?,
            systems: dataset.systems()?,
            first_block: 0,
            first_position: 0,
            dataset,
        })
    }

    pub fn place(&self) -> Place<'_> {
        let start = self.runs.iter().filter_map(|run| run.started_at).min();
        let manifest = self.dataset.manifest();
        let hashes = manifest.resources.iter().map(|resource| &*resource.hash).collect();
        (start.is_none(), start, &manifest.name, hashes)
    }

    /// How it is known that two are the same campaign; `None` where they are not. The raw output of a run is hardly
    /// ever the same twice unless it was measured once.
    pub fn same_as(&self, other: &Self) -> Option<String> {
        let artifacts = |campaign: &Self| -> BTreeSet<String> {
            // What several runs of one campaign share, such as an empty output, is no sign of anything.
            let mut times: BTreeMap<&String, usize> = BTreeMap::new();
            campaign
                .runs
                .iter()
                .filter_map(|run| run.artifact.as_ref())
                .for_each(|name| *times.entry(name).or_default() += 1);
            times.into_iter().filter(|(_, times)| *times == 1).map(|(name, _)| name.clone()).collect()
        };
        let (own, others) = (artifacts(self), artifacts(other));
        let shared = own.intersection(&others).count();
        if shared * 10 > 9 * own.len().min(others.len()) {
            return Some(format!("{shared} raw outputs are in both"));
        }
        let tables = |campaign: &Self| {
            let resources = &campaign.dataset.manifest().resources;
            resources.iter().find(|resource| resource.path == "runs.parquet").map(|resource| resource.hash.clone())
        };
        (tables(self).is_some() && tables(self) == tables(other)).then(|| "the same runs.parquet".to_owned())
    }

    /// The numbers of its blocks in the merged dataset.
    pub fn blocks(&self) -> BTreeSet<u32> {
        self.runs.iter().map(|run| run.block.saturating_add(self.first_block)).collect()
    }

    /// "december-09 (block 0)".
    pub fn blocks_said(&self) -> String {
        let blocks = self.blocks();
        match (blocks.first(), blocks.last()) {
            (Some(first), Some(last)) if first < last => format!("{} (blocks {first} to {last})", self.name),
            (Some(only), _) => format!("{} (block {only})", self.name),
            _ => format!("{} (no run)", self.name),
        }
    }

    /// The name of the campaign in the merged dataset. One that was merged before keeps its own name within that of its
    /// dataset.
    pub fn merged_name(&self, inner: Option<&str>) -> Symbol {
        match inner {
            Some(inner) => format!("{}.{inner}", self.name).into(),
            None => self.name.as_str().into(),
        }
    }

    /// The run id in the merged dataset.
    pub fn run_id(&self, run_id: &str) -> Symbol {
        format!("{}.{run_id}", self.name).into()
    }

    /// Copies raw outputs, and everything else that tells how it was measured, into the merged dataset.
    pub fn keep(&self, writer: &DatasetWriter) -> Result<(), AnalysisError> {
        // A name that is no hash could lead anywhere; `verify` says it of the merged dataset as of this one.
        let hash = |name: &&String| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let artifacts: BTreeSet<&String> =
            self.runs.iter().filter_map(|run| run.artifact.as_ref()).filter(hash).collect();
        for artifact in artifacts {
            let relative = artifact_path(artifact);
            self.copy(&relative, &writer.path().join(&relative))?;
        }
        let own = format!("campaigns/{}", self.name);
        let manifest = format!("{own}/{}", manifest::FILE_NAME);
        self.copy(manifest::FILE_NAME, &writer.path().join(&manifest))?;
        writer.register(&manifest, "json", "application/json", None)?;
        let resources = &self.dataset.manifest().resources;
        for resource in resources.iter().filter(|resource| resource.format != "parquet") {
            let path = format!("{own}/{}", resource.path);
            self.copy(&resource.path, &writer.path().join(&path))?;
            writer.register(&path, &resource.format, &resource.mediatype, resource.schema.clone())?;
        }
        Ok(())
    }

    /// Copies a file of the dataset unless it is there already, as the same raw output of another campaign is. What a link
    /// leads to outside of the dataset is no part of it.
    fn copy(&self, relative: &str, to: &Path) -> Result<(), AnalysisError> {
        if to.exists() {
            return Ok(());
        }
        let from = self.dataset.path().join(relative);
        let inside = |folder: &Path| Ok(from.canonicalize()?.starts_with(folder.canonicalize()?));
        match inside(self.dataset.path()) {
            Ok(true) => {}
            Ok(false) => return Err(AnalysisError::io("copy", &from)(Error::other("it leads out of the dataset"))),
            Err(error) => return Err(AnalysisError::io("copy", &from)(error)),
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(AnalysisError::io("create", folder))?;
        }
        fs::copy(&from, to).map(drop).map_err(AnalysisError::io("copy", &from))
    }
}

/// Gives each a name of its own, and room for its blocks and positions after those of the ones before it.
pub fn name(campaigns: &mut [Campaign]) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let (mut block, mut position) = (0u32, 0u32);
    for campaign in campaigns {
        let wanted = Slug::of(&campaign.name).to_string();
        let numbered = (2..).map(|number| format!("{wanted}-{number}"));
        let free = std::iter::once(wanted.clone()).chain(numbered).find(|name| !taken.contains(name));
        campaign.name = free.unwrap_or(wanted);
        taken.insert(campaign.name.clone());
        (campaign.first_block, campaign.first_position) = (block, position);
        let after =
            |last: Option<u32>, first: u32| last.map_or(first, |last| first.saturating_add(last).saturating_add(1));
        block = after(campaign.runs.iter().map(|run| run.block).max(), block);
        position = after(campaign.runs.iter().filter_map(|run| run.position).max(), position);
    }
}
