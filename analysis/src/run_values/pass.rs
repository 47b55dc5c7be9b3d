//! The one pass over the samples.

use super::columns::Columns;
use super::series::{Reduced, Series};
use super::{Key, RunValuesError, metrics_of};
use arrow::array::RecordBatch;
use meshbench_schemas::catalogue::{METRICS, Metric, Reducer};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::{Direction, Workload};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The state of the pass over the samples.
pub struct Pass<'a> {
    runs: &'a [Run],
    by_id: HashMap<&'a str, usize>,
    /// Run, name of the series and direction whose rows are being read.
    current: Option<(usize, &'static str, Option<Direction>)>,
    series: Series,
    seen: BTreeSet<(usize, &'static str, Option<Direction>)>,
    reduced: BTreeMap<Key, Reduced>,
    /// Sums of the series that a ratio needs, until all of its parts are known.
    sums: BTreeMap<(usize, &'static str, Option<Direction>), f64>,
}

impl<'a> Pass<'a> {
    /// Before the first row.
    pub fn new(runs: &'a [Run]) -> Result<Self, RunValuesError> {
        let mut by_id = HashMap::with_capacity(runs.len());
        for (at, run) in runs.iter().enumerate() {
            if by_id.insert(&*run.run_id, at).is_some() {
                return Err(RunValuesError::RepeatedRun(run.run_id.clone()));
            }
        }
        Ok(Self {
            runs,
            by_id,
            current: None,
            series: Series::default(),
            seen: BTreeSet::new(),
            reduced: BTreeMap::new(),
            sums: BTreeMap::new(),
        })
    }

    /// Reads one batch: the pieces of rows with the same run, series and direction, one after the other.
    pub fn take(&mut self, batch: &RecordBatch) -> Result<(), RunValuesError> {
        let columns = Columns::of(batch)?;
        let mut from = 0;
        while let Some(piece) = columns.piece(from)? {
            from = piece.rows.end;
            let unknown_run = || RunValuesError::UnknownRun { table: "samples", run: piece.run.to_owned() };
            let run = *self.by_id.get(piece.run).ok_or_else(unknown_run)?;
            if !columns.finite(&piece.rows) {
                return Err(RunValuesError::NotFinite { run: piece.run.to_owned(), metric: piece.series.to_owned() });
            }
            let direction = match piece.direction {
                None => None,
                Some(word) => Some(word.parse::<Direction>().map_err(|_| RunValuesError::UnknownDirection {
                    run: piece.run.to_owned(),
                    series: piece.series.to_owned(),
                    direction: word.to_owned(),
                })?),
            };
            let workload = self.runs.get(run).map(|run| run.workload);
            let Some(series) = workload.and_then(|workload| needed(workload, piece.series)) else {
                continue;
            };
            let key = (run, series, direction);
            if self.current != Some(key) {
                self.close()?;
                if !self.seen.insert(key) {
                    return Err(RunValuesError::NotSorted {
                        run: piece.run.to_owned(),
                        series: series.to_owned(),
                        what: "its rows are not in one piece".to_owned(),
                    });
                }
                self.current = Some(key);
            }
            self.series.append(&columns, &piece.rows).map_err(|what| RunValuesError::NotSorted {
                run: piece.run.to_owned(),
                series: series.to_owned(),
                what,
            })?;
        }
        Ok(())
    }

    /// Reduces the series that has been read, for every metric that is made of it.
    fn close(&mut self) -> Result<(), RunValuesError> {
        let Some((at, series, direction)) = self.current.take() else {
            return Ok(());
        };
        let Some(run) = self.runs.get(at) else {
            return Ok(());
        };
        if ratios(run.workload).any(|(over, under)| over == series || under == series) {
            self.sums.insert((at, series, direction), self.series.total());
        }
        let diagnosed = self.series.diagnose();
        for (order, metric) in metrics_of(run.workload) {
            let Some((source, reducer)) = metric.samples else {
                continue;
            };
            if source != series {
                continue;
            }
            let name = |metric: &Metric| (run.run_id.to_string(), metric.id.to_owned());
            let value = self.series.reduce(reducer).map_err(|_| {
                let (run, metric) = name(metric);
                RunValuesError::NoWindow { run, metric }
            })?;
            if value.is_some_and(|value| !value.is_finite()) {
                let (run, metric) = name(metric);
                return Err(RunValuesError::NotFinite { run, metric });
            }
            self.reduced.insert((at, order, direction), Reduced { value, ..diagnosed });
        }
        self.series.clear();
        Ok(())
    }

    /// After the last row: the reduced series of every run.
    pub fn finish(mut self) -> Result<BTreeMap<Key, Reduced>, RunValuesError> {
        self.close()?;
        for (&(at, order, direction), reduced) in &mut self.reduced {
            if let Some((over, Reducer::RatioTo(under))) = METRICS.get(order).and_then(|metric| metric.samples) {
                let part = |series| self.sums.get(&(at, series, direction)).copied();
                reduced.value = match (part(over), part(under)) {
                    (Some(over), Some(under)) if under != 0.0 => Some(over / under),
                    _ => None,
                };
            }
        }
        Ok(self.reduced)
    }
}

/// The pairs of series whose sums a workload's metrics divide.
fn ratios(workload: Workload) -> impl Iterator<Item = (&'static str, &'static str)> {
    metrics_of(workload).filter_map(|(_, metric)| match metric.samples {
        Some((over, Reducer::RatioTo(under))) => Some((over, under)),
        _ => None,
    })
}

/// The catalogue's own name of a series, where a metric of this workload is made of it.
fn needed(workload: Workload, series: &str) -> Option<&'static str> {
    metrics_of(workload).find_map(|(_, metric)| match metric.samples {
        Some((source, _)) if source == series => Some(source),
        Some((_, Reducer::RatioTo(under))) if under == series => Some(under),
        _ => None,
    })
}
