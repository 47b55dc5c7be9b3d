//! The pings on the bare network around each run, reduced from the samples.

use crate::error::AnalysisError;
use crate::stats::summary::Moments;
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use meshbench_schemas::catalogue::{CALIBRATION_LOST, CALIBRATION_RTT};
use meshbench_schemas::dataset::DatasetError;
use meshbench_schemas::table::{Symbol, Table, TableError};
use meshbench_schemas::tables::Sample;
use std::collections::BTreeMap;

/// What the calibration packets of one or more runs came to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Calibration {
    /// Packets that were sent.
    pub sent: u64,
    /// Packets that were answered.
    pub answered: u64,
    /// Sum of their round trips, seconds.
    pub sum_s: f64,
    /// Sum of the squares of their round trips, s².
    pub squares: f64,
}

impl Calibration {
    /// Adds one round trip, in seconds.
    pub fn add_rtt(&mut self, rtt: f64) {
        if rtt.is_finite() {
            self.answered += 1;
            self.sum_s += rtt;
            self.squares += rtt * rtt;
        }
    }

    /// Adds those of another run.
    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.answered += other.answered;
        self.sum_s += other.sum_s;
        self.squares += other.squares;
    }

    /// Mean and standard deviation (divisor n) of the round trips, seconds; `None` without an answer.
    pub fn moments(&self) -> Option<Moments> {
        let n = self.answered as f64;
        let mean = Some(self.sum_s / n).filter(|mean| mean.is_finite())?;
        let deviation = (self.squares / n - mean * mean).max(0.0).sqrt();
        Some(Moments {
            count: usize::try_from(self.answered).unwrap_or(usize::MAX),
            mean,
            standard_deviation: Some(deviation),
        })
    }
}

/// Reads the calibration packets of every run. Rows of other series are passed over.
pub fn read(
    batches: impl Iterator<Item = Result<RecordBatch, DatasetError>>,
) -> Result<BTreeMap<Symbol, Calibration>, AnalysisError> {
    let mut out: BTreeMap<Symbol, Calibration> = BTreeMap::new();
    for batch in batches {
        let batch = batch?;
        let broken = |error: TableError| AnalysisError::Calibration(error);
        let column = |name: &'static str, to: &DataType| {
            let missing = TableError::MissingColumn { table: Sample::NAME, column: name };
            let column = batch.column_by_name(name).ok_or(missing)?;
            cast(column, to).map_err(TableError::from)
        };
        let metrics = column("metric", &DataType::Utf8).map_err(broken)?;
        let metrics = metrics.as_string::<i32>();
        if !metrics.iter().flatten().any(|metric| metric == CALIBRATION_LOST.id) {
            continue;
        }
        let runs = column("run_id", &DataType::Utf8).map_err(broken)?;
        let values = column("value", &DataType::Float64).map_err(broken)?;
        let values = values.as_primitive::<Float64Type>();
        for ((metric, run), value) in metrics.iter().zip(runs.as_string::<i32>()).zip(values.iter()) {
            let (Some(metric), Some(run), Some(value)) = (metric, run, value) else { continue };
            if metric == CALIBRATION_LOST.id {
                out.entry(run.into()).or_default().sent += 1;
            } else if metric == CALIBRATION_RTT.id {
                out.entry(run.into()).or_default().add_rtt(value);
            }
        }
    }
    Ok(out)
}
