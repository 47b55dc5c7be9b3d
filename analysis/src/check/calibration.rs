//! The pings on the bare network around each run, reduced from the samples.

use crate::error::AnalysisError;
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

    /// Mean round trip, seconds; `None` without an answer.
    pub fn mean(&self) -> Option<f64> {
        let mean = self.sum_s / self.answered as f64;
        mean.is_finite().then_some(mean)
    }

    /// Standard deviation of the round trips (divisor n), seconds; 0 without an answer.
    pub fn deviation(&self) -> f64 {
        let mean = self.mean().unwrap_or(0.0);
        (self.squares / self.answered.max(1) as f64 - mean * mean).max(0.0).sqrt()
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
