//! From samples to run values: one number a metric, direction and attempt.
//!
//! One pass over the samples, which are sorted by run, metric, direction, host, stream and sequence number, as
//! the format says; memory holds the values of one series of one run, and the results. Each number comes
//! from the reported summary where the catalogue names one and the dataset has it (the receiver's own
//! total), else from the series by the catalogue's reducer. Diagnostics come from the series in both cases.
//!
//! A series whose rows carry no stream is the run's own; where a run has such rows for a metric and
//! direction, the rows of single streams beside them are left out, else all streams enter:
//!
//! | reducer | several streams |
//! |---|---|
//! | rate | each stream's Σ value·window / Σ window, added up |
//! | total, ratio | sums over all rows |
//! | mean, min, max, quantile | over all rows together |
//!
//! Lag-1 autocorrelation and warm-up need one sequence in time; they are null where several streams were
//! put together. Attempts that did not end as `ok` keep their values, with their outcome.

mod columns;
mod error;
mod pass;
mod series;

use arrow::array::RecordBatch;
use columns::NEEDED;
pub use error::RunValuesError;
use meshbench_schemas::catalogue::{METRICS, Metric};
use meshbench_schemas::dataset::{Dataset, DatasetError, parquet_file};
use meshbench_schemas::stage::RunValue;
use meshbench_schemas::table::Symbol;
use meshbench_schemas::tables::{Run, Summary};
use meshbench_schemas::words::{Basis, Direction, Workload};
use pass::{Attempts, Found, Pass};
use rayon::prelude::*;
use series::Reduced;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How the samples behind one run value spread: what an interval inside a run needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// The attempt.
    pub run_id: Symbol,
    /// Metric in the catalogue.
    pub metric: &'static str,
    /// Which way the payload flows.
    pub direction: Option<Direction>,
    /// Sample standard deviation (divisor n − 1) of the samples in the unit of the metric.
    pub standard_deviation: f64,
}

/// Samples of a run that its series cannot have, by the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Outside {
    /// The attempt.
    pub run_id: Symbol,
    /// The series.
    pub series: &'static str,
    /// How many there are.
    pub count: u64,
    /// One of them: the first in the order of the samples.
    pub example: f64,
}

/// What one pass over the samples gives.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reduction {
    /// The run values, in their order (see [`reduce`]).
    pub values: Vec<RunValue>,
    /// The spread of the samples behind those that were reduced from at least two samples.
    pub spreads: Vec<Spread>,
    /// Samples that cannot be, of every series that the catalogue has, by run and series.
    pub outside: Vec<Outside>,
}

/// A series or metric of one run and direction: the run's place in `runs`, and the metric's in the catalogue.
type Key = (usize, usize, Option<Direction>);

/// Reduces samples and summaries to run values.
///
/// `samples` are batches of the table `samples`, of any number of files one after the other; the rows of a
/// run are in one file. Series and metrics that this version does not know, or that the run's workload does
/// not have, are passed over. The result is sorted by workload, metric (as in the catalogue), system,
/// tuning, profile, direction, source, target, block, attempt and run id.
///
/// Fails with the first error of the iterator, and with a [`RunValuesError`] for rows that contradict the format.
pub fn reduce<E: From<RunValuesError>>(
    runs: &[Run],
    samples: impl Iterator<Item = Result<RecordBatch, E>>,
    summaries: &[Summary],
) -> Result<Vec<RunValue>, E> {
    Ok(reduce_with_spreads(runs, samples, summaries)?.values)
}

/// The same, and how the samples spread inside each run, for
/// `estimates::estimate_with_spreads`. See [`reduce`].
pub fn reduce_with_spreads<E: From<RunValuesError>>(
    runs: &[Run],
    samples: impl Iterator<Item = Result<RecordBatch, E>>,
    summaries: &[Summary],
) -> Result<Reduction, E> {
    let attempts = Attempts::new(runs)?;
    let found = found(&attempts, samples)?;
    let outside = found.outside(runs);
    Ok(Reduction { outside, ..combine(runs, &found.reduced(), &reported(runs, summaries)?)? })
}

/// The same for the samples of a dataset: its files on all cores, and of their columns only those that are needed.
/// Memory holds a batch and a series of each core, and the results; nothing depends on the number of cores.
///
/// Of several files that contradict the format, the first in the order of paths is named.
pub fn reduce_dataset<E>(dataset: &Dataset, runs: &[Run], summaries: &[Summary]) -> Result<Reduction, E>
where
    E: From<RunValuesError> + From<DatasetError> + Send,
{
    let attempts = Attempts::new(runs)?;
    let files = dataset.sample_files();
    let of_files: Vec<Result<Found, E>> = files
        .par_iter()
        .with_max_len(1)
        .map(|file| found(&attempts, parquet_file::batches_of(file, &NEEDED)?.map(|batch| batch.map_err(E::from))))
        .collect();
    let mut all = Found::default();
    for of_file in of_files {
        all.join(of_file?, &attempts)?;
    }
    let outside = all.outside(runs);
    Ok(Reduction { outside, ..combine(runs, &all.reduced(), &reported(runs, summaries)?)? })
}

/// What one pass over these batches finds.
fn found<E: From<RunValuesError>>(
    attempts: &Attempts<'_>,
    samples: impl Iterator<Item = Result<RecordBatch, E>>,
) -> Result<Found, E> {
    let mut pass = Pass::new(attempts);
    for batch in samples {
        pass.take(&batch?)?;
    }
    Ok(pass.end()?)
}

/// The metrics of a workload, with their place in the catalogue.
fn metrics_of(workload: Workload) -> impl Iterator<Item = (usize, &'static Metric)> {
    METRICS.iter().enumerate().filter(move |(_, metric)| metric.workloads.contains(&workload))
}

/// The reported summaries that stand for a run.
fn reported(runs: &[Run], summaries: &[Summary]) -> Result<BTreeMap<Key, f64>, RunValuesError> {
    let by_id: HashMap<&str, (usize, Workload)> =
        runs.iter().enumerate().map(|(at, run)| (&*run.run_id, (at, run.workload))).collect();
    let mut reported = BTreeMap::new();
    for row in summaries {
        let name = || (row.run_id.to_string(), row.metric.to_string());
        let unknown_run = || RunValuesError::UnknownRun { table: "summaries", run: row.run_id.to_string() };
        let &(at, workload) = by_id.get(&*row.run_id).ok_or_else(unknown_run)?;
        if !row.value.is_finite() {
            let (run, metric) = name();
            return Err(RunValuesError::NotFinite { run, metric });
        }
        let stands_for_run = |metric: &Metric| {
            metric.id == &*row.metric && metric.summary.is_some_and(|wanted| wanted.as_str() == &*row.statistic)
        };
        let Some((order, _)) = metrics_of(workload).find(|(_, metric)| stands_for_run(metric)) else {
            continue;
        };
        if reported.insert((at, order, row.direction), row.value).is_some() {
            let (run, metric) = name();
            return Err(RunValuesError::RepeatedSummary { run, metric });
        }
    }
    Ok(reported)
}

/// Summary first, samples second, diagnostics from the samples; sorted.
fn combine(
    runs: &[Run],
    reduced: &BTreeMap<Key, Reduced>,
    reported: &BTreeMap<Key, f64>,
) -> Result<Reduction, RunValuesError> {
    let keys: BTreeSet<Key> = reduced.keys().chain(reported.keys()).copied().collect();
    let mut out = Reduction::default();
    let mut rows = Vec::with_capacity(keys.len());
    for key in keys {
        let (at, order, direction) = key;
        let (Some(run), Some(metric)) = (runs.get(at), METRICS.get(order)) else {
            continue;
        };
        let samples = reduced.get(&key);
        let (value, basis) = match (reported.get(&key), samples.and_then(|samples| samples.value)) {
            (Some(&value), _) => (value, Basis::Summary),
            (None, Some(value)) => (value, Basis::Samples),
            (None, None) => continue,
        };
        if !value.is_finite() {
            return Err(RunValuesError::NotFinite { run: run.run_id.to_string(), metric: metric.id.to_owned() });
        }
        if let (Some(deviation), Basis::Samples) = (samples.and_then(|samples| samples.standard_deviation), basis) {
            out.spreads.push(Spread {
                run_id: run.run_id.clone(),
                metric: metric.id,
                direction,
                standard_deviation: deviation,
            });
        }
        rows.push((order, row(run, metric, direction, value, basis, samples)));
    }
    rows.sort_by(|(a_order, a), (b_order, b)| {
        let place = |order: usize, v: &RunValue| (v.workload, order);
        (place(*a_order, a).cmp(&place(*b_order, b)))
            .then_with(|| {
                (&a.system, &a.tuning, &a.profile, a.direction).cmp(&(&b.system, &b.tuning, &b.profile, b.direction))
            })
            .then_with(|| {
                (&a.source, &a.target, a.block, a.attempt, &a.run_id)
                    .cmp(&(&b.source, &b.target, b.block, b.attempt, &b.run_id))
            })
    });
    out.spreads.sort_by(|a, b| (&a.run_id, a.metric, a.direction).cmp(&(&b.run_id, b.metric, b.direction)));
    out.values = rows.into_iter().map(|(_, row)| row).collect();
    Ok(out)
}

fn row(
    run: &Run,
    metric: &Metric,
    direction: Option<Direction>,
    value: f64,
    basis: Basis,
    samples: Option<&Reduced>,
) -> RunValue {
    RunValue {
        run_id: run.run_id.clone(),
        system: run.system.clone(),
        tuning: run.tuning.clone(),
        profile: run.profile.clone(),
        workload: run.workload,
        metric: metric.id.into(),
        direction,
        source: run.source.clone(),
        target: run.target.clone(),
        block: run.block,
        attempt: run.attempt,
        outcome: run.outcome,
        value,
        unit: metric.unit.as_str().into(),
        basis,
        samples: samples.map(|samples| samples.count),
        lag1_autocorrelation: samples.and_then(|samples| samples.lag1),
        effective_samples: samples.and_then(|samples| samples.effective),
        warmup_s: samples.and_then(|samples| samples.warm_up),
    }
}
