//! The stages of an analysis, computed from a dataset and written to disk.

use crate::comparisons::{self, Comparisons};
use crate::error::AnalysisError;
use crate::options::Options;
use crate::run_values::Reduction;
use crate::{estimates, frame, run_values};
use meshbench_schemas::dataset::{Dataset, parquet_file};
use meshbench_schemas::stage::{Estimate, RunValue};
use meshbench_schemas::table::Table;
use meshbench_schemas::tables::Run;
use std::fs::{self, File};
use std::path::Path;

/// Every stage of one dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Stages {
    /// One metric of one attempt.
    pub run_values: Vec<RunValue>,
    /// One metric of one cell.
    pub estimates: Vec<Estimate>,
    /// What several cells say together.
    pub comparisons: Comparisons,
}

/// A dataset with everything that was computed of it.
#[derive(Debug)]
pub struct Analysed {
    /// Every attempt.
    pub runs: Vec<Run>,
    /// What the samples gave.
    pub reduction: Reduction,
    /// Every later stage.
    pub stages: Stages,
}

impl Analysed {
    /// Computes all stages in one pass over the samples.
    pub fn of(dataset: &Dataset, options: &Options) -> Result<Self, AnalysisError> {
        let runs = dataset.runs()?;
        let summaries = dataset.summaries()?;
        let reduction = run_values::reduce_dataset::<AnalysisError>(dataset, &runs, &summaries)?;
        let Reduction { values, spreads } = &reduction;
        let estimates = estimates::estimate_with_spreads(&runs, values, spreads, options);
        let comparisons = comparisons::compare(&runs, values, spreads, &estimates, options);
        Ok(Self { stages: Stages { run_values: values.clone(), estimates, comparisons }, runs, reduction })
    }
}

impl Stages {
    /// Computes all stages of a dataset.
    pub fn of(dataset: &Dataset, options: &Options) -> Result<Self, AnalysisError> {
        Ok(Analysed::of(dataset, options)?.stages)
    }

    /// Writes every stage as Parquet and as CSV into a folder that exists.
    pub fn write(&self, folder: &Path) -> Result<(), AnalysisError> {
        fs::create_dir_all(folder).map_err(AnalysisError::io("create", folder))?;
        write_table(folder, &self.run_values)?;
        write_table(folder, &self.estimates)?;
        let Comparisons { contrasts, ranks, omnibus, components, scores } = &self.comparisons;
        write_table(folder, contrasts)?;
        write_table(folder, ranks)?;
        write_table(folder, omnibus)?;
        write_table(folder, components)?;
        write_table(folder, scores)
    }
}

fn write_table<T: Table>(folder: &Path, rows: &[T]) -> Result<(), AnalysisError> {
    parquet_file::write(&folder.join(format!("{}.parquet", T::NAME)), rows)?;
    let path = folder.join(format!("{}.csv", T::NAME));
    let file = File::create_new(&path).map_err(AnalysisError::io("create", &path))?;
    frame::write_csv(rows, file).map_err(|source| AnalysisError::Frame { path, source })
}
