//! The stages of an analysis, computed from a dataset and written to disk.

use crate::check::{self, Facts};
use crate::error::AnalysisError;
use crate::estimates::campaign::Campaign;
use crate::options::Options;
use crate::run_values::Reduction;
use crate::{campaigns, comparisons, estimates, frame, run_values};
use meshbench_schemas::catalogue::UNDERLAY_RTT;
use meshbench_schemas::dataset::{Dataset, parquet_file};
use meshbench_schemas::fact;
use meshbench_schemas::finding::Finding;
use meshbench_schemas::stage::{self, Estimate, RunValue, Stages, Visit};
use meshbench_schemas::table::Table;
use meshbench_schemas::tables::{Host, Run, System};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

/// How far an analysis goes; each step needs the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Depth {
    /// Nothing is computed.
    #[default]
    Data,
    /// A value a run, in one pass over the samples.
    RunValues,
    /// What cells have, and what makes the dataset lie.
    Estimates,
    /// What several cells say together, over all pairs of systems.
    Comparisons,
}

impl Depth {
    /// How far it has to go for a table, by the table's name.
    pub fn of(table: &str) -> Self {
        match table {
            RunValue::NAME => Self::RunValues,
            Estimate::NAME | Finding::NAME => Self::Estimates,
            _ if stage::TABLES.iter().any(|stage| stage.name == table) => Self::Comparisons,
            _ => Self::Data,
        }
    }
}

/// A dataset with its estimates, and what makes them lie.
#[derive(Debug)]
pub struct Estimated {
    /// Every attempt.
    pub runs: Vec<Run>,
    /// Facts of the hosts.
    pub hosts: Vec<Host>,
    /// Facts of the systems.
    pub systems: Vec<System>,
    /// What the samples gave.
    pub reduction: Reduction,
    /// One metric of one cell, with the codes of the findings that touch it.
    pub estimates: Vec<Estimate>,
    /// What makes the dataset lie.
    pub findings: Vec<Finding>,
    /// The options with what was left to the data settled.
    pub options: Options,
}

impl Estimated {
    /// Computes them of the samples, and looks at those of the calibration once more where there are any.
    pub fn of(dataset: &Dataset, options: &Options) -> Result<Self, AnalysisError> {
        let (runs, summaries) = (dataset.runs()?, dataset.summaries()?);
        let (mut hosts, systems) = (dataset.hosts()?, dataset.systems()?);
        hosts.retain(|row| !fact::is_complaint(&row.value));
        let reduction = run_values::reduce_dataset::<AnalysisError>(dataset, &runs, &summaries)?;
        let Reduction { values, spreads, outside } = &reduction;
        let options = options.settled(check::blocks_alike(&runs, values));
        let mut estimates = estimates::estimate_with_spreads(&runs, values, spreads, &options);
        campaigns::label(&runs, &mut estimates);
        let calibrated = values.iter().any(|value| &*value.metric == UNDERLAY_RTT.id);
        let calibration =
            if calibrated { check::calibration::read(dataset.sample_batches())? } else { BTreeMap::new() };
        let findings = check::findings(&Facts {
            runs: &runs,
            values,
            estimates: &estimates,
            summaries: &summaries,
            hosts: &hosts,
            systems: &systems,
            calibration: &calibration,
            outside,
        });
        check::attach::estimates(&findings, &mut estimates);
        estimates::stopped::Ended::of(dataset).warn(&mut estimates);
        Ok(Self { runs, hosts, systems, reduction, estimates, findings, options })
    }

    /// Its cells and values.
    pub fn campaign(&self) -> Campaign<'_> {
        Campaign::new(&self.runs, &self.reduction.values, &self.reduction.spreads)
    }
}

/// A dataset with everything that was computed of it.
#[derive(Debug)]
pub struct Analysed {
    /// Every attempt.
    pub runs: Vec<Run>,
    /// Facts of the systems.
    pub systems: Vec<System>,
    /// What the samples gave.
    pub reduction: Reduction,
    /// Every later stage.
    pub stages: Stages,
    /// The options with what was left to the data settled.
    pub options: Options,
}

impl Analysed {
    /// Computes all stages in one pass over the samples.
    pub fn of(dataset: &Dataset, options: &Options) -> Result<Self, AnalysisError> {
        let Estimated { runs, systems, reduction, estimates, findings, options, .. } = Estimated::of(dataset, options)?;
        let Reduction { values, spreads, .. } = &reduction;
        let mut comparisons = comparisons::compare(&runs, values, spreads, &estimates, &options);
        campaigns::label(&runs, &mut comparisons.contrasts);
        campaigns::label(&runs, &mut comparisons.ranks);
        campaigns::label(&runs, &mut comparisons.omnibus);
        check::attach::comparisons(&findings, &mut comparisons);
        let stages = Stages { run_values: values.clone(), estimates, findings, ..comparisons };
        Ok(Self { stages, runs, systems, reduction, options })
    }
}

/// Every stage of a dataset.
pub fn of(dataset: &Dataset, options: &Options) -> Result<Stages, AnalysisError> {
    Ok(Analysed::of(dataset, options)?.stages)
}

/// The stages up to a depth; the tables beyond it stay empty.
pub fn up_to(dataset: &Dataset, options: &Options, depth: Depth) -> Result<Stages, AnalysisError> {
    match depth {
        Depth::Data => Ok(Stages::default()),
        Depth::RunValues => {
            let (runs, summaries) = (dataset.runs()?, dataset.summaries()?);
            let reduction = run_values::reduce_dataset::<AnalysisError>(dataset, &runs, &summaries)?;
            Ok(Stages { run_values: reduction.values, ..Stages::default() })
        }
        Depth::Estimates => {
            let Estimated { reduction, estimates, findings, .. } = Estimated::of(dataset, options)?;
            Ok(Stages { run_values: reduction.values, estimates, findings, ..Stages::default() })
        }
        Depth::Comparisons => of(dataset, options),
    }
}

/// Writes every stage as Parquet and as CSV into a folder.
pub fn write(stages: &Stages, folder: &Path) -> Result<(), AnalysisError> {
    fs::create_dir_all(folder).map_err(AnalysisError::io("create", folder))?;
    stages.visit(&mut Files(folder))
}

/// Writes tables into a folder.
struct Files<'a>(&'a Path);

impl Visit for Files<'_> {
    type Error = AnalysisError;

    fn table<T: Table>(&mut self, rows: &[T]) -> Result<(), AnalysisError> {
        parquet_file::write(&self.0.join(format!("{}.parquet", T::NAME)), rows)?;
        let path = self.0.join(format!("{}.csv", T::NAME));
        let file = File::create_new(&path).map_err(AnalysisError::io("create", &path))?;
        frame::write_csv(rows, file).map_err(|source| AnalysisError::Frame { path, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_a_depth() {
        assert!(stage::TABLES.iter().all(|stage| Depth::of(stage.name) > Depth::Data));
        assert_eq!(Depth::of(Run::NAME), Depth::Data);
    }
}
