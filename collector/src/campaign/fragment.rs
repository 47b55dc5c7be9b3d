//! Fragments: what one attempt left, on the disk whole or not at all, until the campaign is sealed.
//!
//! `fragments/<attempt id>/` holds the attempt's rows of `runs`, `samples` and `summaries`. It is written under
//! another name and renamed, with everything flushed before: after a crash it is there whole or not at all.

use super::CampaignError;
use meshbench_schemas::dataset::parquet_file;
use meshbench_schemas::table::Table;
use meshbench_schemas::tables::{Run, Sample, Summary};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The folder of fragments within an unfinished campaign.
pub const FOLDER: &str = "fragments";

/// Rows of one attempt.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fragment {
    /// One row a link.
    pub runs: Vec<Run>,
    /// Raw samples.
    pub samples: Vec<Sample>,
    /// Reported summaries.
    pub summaries: Vec<Summary>,
}

/// Keeps a fragment. One of this id that is there already is left as it is.
pub fn write(campaign: &Path, id: &str, fragment: &Fragment) -> Result<(), CampaignError> {
    let (folder, fresh) = (campaign.join(FOLDER).join(id), campaign.join(FOLDER).join(format!("{id}.new")));
    if folder.exists() {
        return Ok(());
    }
    // What a crash left.
    let _ = fs::remove_dir_all(&fresh);
    fs::create_dir_all(&fresh).map_err(CampaignError::io("make", &fresh))?;
    table(&fresh, &fragment.runs)?;
    table(&fresh, &fragment.samples)?;
    table(&fresh, &fragment.summaries)?;
    flush(&fresh)?;
    fs::rename(&fresh, &folder).map_err(CampaignError::io("keep", &folder))?;
    flush(&campaign.join(FOLDER))
}

fn table<T: Table>(folder: &Path, rows: &[T]) -> Result<(), CampaignError> {
    if rows.is_empty() {
        return Ok(());
    }
    let path = file::<T>(folder);
    parquet_file::write(&path, rows)?;
    flush(&path)
}

fn file<T: Table>(folder: &Path) -> PathBuf {
    folder.join(format!("{}.parquet", T::NAME))
}

fn flush(path: &Path) -> Result<(), CampaignError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(CampaignError::io("flush", path))
}

/// Reads the rows of one table of a fragment.
pub fn read<T: Table>(campaign: &Path, id: &str) -> Result<Vec<T>, CampaignError> {
    let path = file::<T>(&campaign.join(FOLDER).join(id));
    if path.exists() { Ok(parquet_file::read(&path)?) } else { Ok(Vec::new()) }
}

/// Whether an attempt's fragment is there.
pub fn exists(campaign: &Path, id: &str) -> bool {
    campaign.join(FOLDER).join(id).is_dir()
}

/// Ids of all fragments, in order.
pub fn ids(campaign: &Path) -> Result<Vec<String>, CampaignError> {
    let folder = campaign.join(FOLDER);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut ids = Vec::new();
    for entry in fs::read_dir(&folder).map_err(CampaignError::io("read", &folder))? {
        let entry = entry.map_err(CampaignError::io("read", &folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".new") {
            ids.push(name);
        }
    }
    ids.sort();
    Ok(ids)
}

/// Removes all fragments, after their rows have a place in the dataset.
pub fn remove_all(campaign: &Path) -> Result<(), CampaignError> {
    let folder = campaign.join(FOLDER);
    if folder.exists() { fs::remove_dir_all(&folder).map_err(CampaignError::io("remove", &folder)) } else { Ok(()) }
}
