//! Checking a dataset against its manifest, its format and its journal: hashes, schemas, keys, references, attempts.

mod journal;

use super::error::DatasetError;
use super::read::Dataset;
use super::write::artifact_path;
use super::{hash, parquet_file};
use crate::catalogue;
use crate::outcome::Outcome;
use crate::table::Table;
use crate::tables::{Host, Phase, Run, Sample, Summary, System};
use crate::words::{Slug, Workload};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

/// What was checked, and what is wrong.
#[derive(Debug, Default)]
pub struct Verified {
    /// Files whose hash was computed.
    pub files: usize,
    /// Rows of `runs`.
    pub runs: usize,
    /// Rows of all sample files.
    pub samples: usize,
    /// Rows of `summaries`.
    pub summaries: usize,
    /// Artifacts unpacked and compared with their names.
    pub artifacts: usize,
    /// Attempts of the journal that were compared with their rows.
    pub attempts: usize,
    /// What could not be checked, and why.
    pub notes: Vec<String>,
    /// Every defect: the file, and what is wrong with it.
    pub defects: Vec<(String, String)>,
}

impl Verified {
    fn defect(&mut self, file: impl Into<String>, what: impl Into<String>) {
        self.defects.push((file.into(), what.into()));
    }
}

/// Checks everything there is to check. `Err` only where the manifest itself cannot be read; every
/// other defect is listed.
pub fn verify(path: &Path) -> Result<Verified, DatasetError> {
    let dataset = Dataset::open(path)?;
    let mut verified = Verified::default();
    check_hashes(&dataset, &mut verified);
    let runs = load::<Run>(&dataset, &mut verified);
    let systems = load::<System>(&dataset, &mut verified);
    let hosts = load::<Host>(&dataset, &mut verified);
    let summaries = load::<Summary>(&dataset, &mut verified);
    verified.runs = runs.len();
    verified.summaries = summaries.len();
    let by_id = check_runs(&runs, &systems, &mut verified);
    check_phases(&dataset, &systems, &mut verified);
    unique(&mut verified, Host::NAME, hosts.iter().map(|row| format!("{} {} {}", row.host, row.phase, row.fact)));
    unique(
        &mut verified,
        Summary::NAME,
        summaries.iter().map(|row| format!("{} {} {:?} {}", row.run_id, row.metric, row.direction, row.statistic)),
    );
    for row in &summaries {
        let known = catalogue::metric(&row.metric).is_some_and(|metric| metric.workloads.contains(&row.workload));
        if !known {
            verified.defect(
                "summaries.parquet",
                format!(
                    "`{}` is no metric of workload {} in the catalogue (run {})",
                    row.metric, row.workload, row.run_id
                ),
            );
        }
        if !row.value.is_finite() {
            verified.defect("summaries.parquet", format!("{} of run {} is not finite", row.metric, row.run_id));
        }
        match by_id.get(row.run_id.as_ref()) {
            None => verified.defect("summaries.parquet", format!("run {} is not in runs.parquet", row.run_id)),
            Some(run) if cell_of(run) != (&*row.system, &*row.tuning, &*row.profile, row.workload) => {
                verified.defect("summaries.parquet", format!("run {} is another cell in runs.parquet", row.run_id));
            }
            Some(_) => {}
        }
    }
    for file in dataset.sample_files() {
        check_samples(&dataset, &file, &by_id, &mut verified);
    }
    check_artifacts(&dataset, &runs, &mut verified);
    journal::check(&dataset, &by_id, &mut verified);
    Ok(verified)
}

fn relative(dataset: &Dataset, file: &Path) -> String {
    file.strip_prefix(dataset.path()).unwrap_or(file).display().to_string()
}

fn check_hashes(dataset: &Dataset, verified: &mut Verified) {
    for resource in &dataset.manifest().resources {
        match hash::file(&dataset.path().join(&resource.path)) {
            Err(error) => verified.defect(&resource.path, format!("cannot be read: {error}")),
            Ok((digest, bytes)) => {
                verified.files += 1;
                if bytes != resource.bytes {
                    verified.defect(&resource.path, format!("has {bytes} bytes, the manifest says {}", resource.bytes));
                } else if format!("sha256:{digest}") != resource.hash {
                    verified.defect(
                        &resource.path,
                        format!("has hash sha256:{digest}, the manifest says {}", resource.hash),
                    );
                }
            }
        }
    }
    for required in [Run::NAME, Summary::NAME, Host::NAME, System::NAME] {
        let path = format!("{required}.parquet");
        if !dataset.manifest().resources.iter().any(|resource| resource.path == path) {
            verified.defect(path, "is not in the manifest");
        }
    }
}

fn load<T: Table>(dataset: &Dataset, verified: &mut Verified) -> Vec<T> {
    let file = format!("{}.parquet", T::NAME);
    parquet_file::read(&dataset.path().join(&file)).unwrap_or_else(|error| {
        verified.defect(file, error.to_string());
        Vec::new()
    })
}

fn unique(verified: &mut Verified, table: &str, keys: impl Iterator<Item = String>) {
    let mut seen = BTreeSet::new();
    for key in keys {
        if seen.contains(&key) {
            verified.defect(format!("{table}.parquet"), format!("two rows have the key {key}"));
        } else {
            seen.insert(key);
        }
    }
}

fn check_runs<'a>(runs: &'a [Run], systems: &[System], verified: &mut Verified) -> BTreeMap<&'a str, &'a Run> {
    unique(verified, Run::NAME, runs.iter().map(|run| run.run_id.to_string()));
    unique(verified, System::NAME, systems.iter().map(|system| system.system.to_string()));
    let known: BTreeSet<&str> = systems.iter().map(|system| system.system.as_ref()).collect();
    for run in runs {
        if !known.contains(run.system.as_ref()) {
            verified.defect(
                "runs.parquet",
                format!("system `{}` of run {} is not in systems.parquet", run.system, run.run_id),
            );
        }
        for (what, name) in [("system", &run.system), ("tuning", &run.tuning), ("profile", &run.profile)] {
            if let Err(bad) = Slug::new(name) {
                verified.defect("runs.parquet", format!("{what} of run {}: {bad}", run.run_id));
            }
        }
        if (run.outcome == Outcome::Ok) != run.reason.is_none() {
            verified.defect(
                "runs.parquet",
                format!("run {} is {} and its reason is {:?}", run.run_id, run.outcome, run.reason.map(|r| r.as_str())),
            );
        }
    }
    runs.iter().map(|run| (run.run_id.as_ref(), run)).collect()
}

fn check_phases(dataset: &Dataset, systems: &[System], verified: &mut Verified) {
    if !dataset.has(Phase::NAME) {
        return;
    }
    let phases = load::<Phase>(dataset, verified);
    unique(verified, Phase::NAME, phases.iter().map(|row| format!("{} {} {}", row.system, row.tuning, row.number)));
    for row in &phases {
        if !systems.iter().any(|system| system.system == row.system) {
            let what = format!("system `{}` of step {} is not in systems.parquet", row.system, row.number);
            verified.defect("phases.parquet", what);
        }
        if row.elapsed_s.is_some_and(|elapsed_s| !elapsed_s.is_finite() || elapsed_s < 0.0) {
            verified.defect("phases.parquet", format!("step {} of {} took no possible time", row.number, row.system));
        }
    }
}

/// What a run measures.
fn cell_of(run: &Run) -> (&str, &str, &str, Workload) {
    (&run.system, &run.tuning, &run.profile, run.workload)
}

fn check_samples(dataset: &Dataset, file: &Path, runs: &BTreeMap<&str, &Run>, verified: &mut Verified) {
    let name = relative(dataset, file);
    let batches = match parquet_file::batches(file) {
        Ok(batches) => batches,
        Err(error) => return verified.defect(name, error.to_string()),
    };
    let mut unknown_runs = BTreeSet::new();
    let mut unknown_metrics = BTreeSet::new();
    for batch in batches {
        let rows = batch.and_then(|batch| {
            Sample::rows(&batch).map_err(|source| DatasetError::Table { path: file.to_owned(), source })
        });
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) => return verified.defect(name, error.to_string()),
        };
        verified.samples += rows.len();
        for row in &rows {
            match runs.get(row.run_id.as_ref()) {
                None => {
                    unknown_runs.insert(format!("run {} is not in runs.parquet", row.run_id));
                }
                Some(run) if cell_of(run) != (&*row.system, &*row.tuning, &*row.profile, row.workload) => {
                    unknown_runs.insert(format!("run {} is another cell in runs.parquet", row.run_id));
                }
                Some(_) => {}
            }
            if !catalogue::find_series(&row.metric).is_some_and(|series| series.workloads.contains(&row.workload)) {
                unknown_metrics
                    .insert(format!("`{}` is no series of workload {} in the catalogue", row.metric, row.workload));
            }
            if !row.value.is_finite() {
                verified.defect(
                    name.clone(),
                    format!("{} number {} of run {} is not finite", row.metric, row.seq, row.run_id),
                );
            }
        }
    }
    for what in unknown_runs {
        verified.defect(name.clone(), what);
    }
    for what in unknown_metrics {
        verified.defect(name.clone(), what);
    }
}

fn check_artifacts(dataset: &Dataset, runs: &[Run], verified: &mut Verified) {
    let names: BTreeSet<&String> = runs.iter().filter_map(|run| run.artifact.as_ref()).collect();
    for name in names {
        let relative = artifact_path(name);
        if name.len() != 64 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            verified.defect("runs.parquet", format!("artifact `{name}` is no SHA-256"));
            continue;
        }
        let unpacked =
            File::open(dataset.path().join(&relative)).and_then(|file| hash::reader(&mut zstd::Decoder::new(file)?));
        match unpacked {
            Err(error) => verified.defect(relative, format!("cannot be read: {error}")),
            Ok((digest, _)) if digest != *name => {
                verified.defect(relative, format!("holds other bytes than its name says (sha256 {digest})"))
            }
            Ok(_) => verified.artifacts += 1,
        }
    }
}
