//! What can be wrong with samples and summaries.

use meshbench_schemas::table::{Symbol, TableError};

/// Why samples and summaries give no run values. Each names the run and the metric or series.
#[derive(Debug, thiserror::Error)]
pub enum RunValuesError {
    /// A batch of samples is not the table it should be.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Two rows of `runs` have the same id.
    #[error("run `{0}` occurs twice in `runs`")]
    RepeatedRun(Symbol),
    /// Samples or summaries of a run that is not in `runs`.
    #[error("`{table}` has rows of run `{run}`, which is not in `runs`")]
    UnknownRun {
        /// The table with these rows.
        table: &'static str,
        /// The run they name.
        run: String,
    },
    /// A direction that is no word of the format.
    #[error("samples of `{series}` of run `{run}` have the unknown direction `{direction}`")]
    UnknownDirection {
        /// The run.
        run: String,
        /// The series.
        series: String,
        /// What stands there.
        direction: String,
    },
    /// NaN or infinite values, or finite ones that overflow when put together.
    #[error("`{metric}` of run `{run}` is not a finite number")]
    NotFinite {
        /// The run.
        run: String,
        /// The metric or series.
        metric: String,
    },
    /// The rows of one series are not in one piece, or not in order.
    #[error(
        "samples of `{series}` of run `{run}` are not sorted by run, metric, direction, host, stream and seq, or repeat a row: {what}"
    )]
    NotSorted {
        /// The run.
        run: String,
        /// The series.
        series: String,
        /// What stands where.
        what: String,
    },
    /// A rate cannot be taken without the length of each interval.
    #[error("`{metric}` of run `{run}` is a rate, and a sample has no window or a negative one")]
    NoWindow {
        /// The run.
        run: String,
        /// The metric.
        metric: String,
    },
    /// Two rows of `summaries` have the same key.
    #[error("`{metric}` of run `{run}` occurs twice in `summaries` with the same direction and statistic")]
    RepeatedSummary {
        /// The run.
        run: String,
        /// The metric.
        metric: String,
    },
}
