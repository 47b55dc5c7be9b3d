//! A pass over samples, and what several passes found together.

use super::columns::{Columns, Piece};
use super::series::{Reduced, Series};
use super::{Key, Outside, RunValuesError, metrics_of};
use arrow::array::RecordBatch;
use meshbench_schemas::catalogue::{METRICS, Metric, Reducer, find_series};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::{Direction, Workload};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The attempts, and where each of them stands.
pub struct Attempts<'a> {
    runs: &'a [Run],
    by_id: HashMap<&'a str, usize>,
}

impl<'a> Attempts<'a> {
    /// Fails where two have the same id.
    pub fn new(runs: &'a [Run]) -> Result<Self, RunValuesError> {
        let mut by_id = HashMap::with_capacity(runs.len());
        for (at, run) in runs.iter().enumerate() {
            if by_id.insert(&*run.run_id, at).is_some() {
                return Err(RunValuesError::RepeatedRun(run.run_id.clone()));
            }
        }
        Ok(Self { runs, by_id })
    }
}

/// A series of one run and direction: the run's place in `runs`, and the series' name in the catalogue.
type SeriesKey = (usize, &'static str, Option<Direction>);

/// What was reduced so far.
#[derive(Default)]
pub struct Found {
    seen: HashSet<SeriesKey>,
    reduced: Vec<(Key, Reduced)>,
    /// Sums of the series that a ratio needs, until all of its parts are known.
    sums: HashMap<SeriesKey, f64>,
    /// Samples that cannot be: how many of a run and series, and the first of them.
    outside: BTreeMap<(usize, &'static str), (u64, f64)>,
}

/// The state of a pass over samples.
pub struct Pass<'a> {
    attempts: &'a Attempts<'a>,
    /// Run, name of the series and direction whose rows are being read.
    current: Option<SeriesKey>,
    series: Series,
    found: Found,
}

impl<'a> Pass<'a> {
    /// Before the first row.
    pub fn new(attempts: &'a Attempts<'a>) -> Self {
        Self { attempts, current: None, series: Series::default(), found: Found::default() }
    }

    /// Reads one batch: the pieces of rows with the same run, series, direction and stream, one after the other.
    pub fn take(&mut self, batch: &RecordBatch) -> Result<(), RunValuesError> {
        let columns = Columns::of(batch)?;
        for rows in columns.pieces()? {
            let piece = columns.piece(rows)?;
            let unknown_run = || RunValuesError::UnknownRun { table: "samples", run: piece.run.to_owned() };
            let run = *self.attempts.by_id.get(piece.run).ok_or_else(unknown_run)?;
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
            self.look(run, &columns, &piece);
            let workload = self.attempts.runs.get(run).map(|run| run.workload);
            let Some(series) = workload.and_then(|workload| needed(workload, piece.series)) else {
                continue;
            };
            let key = (run, series, direction);
            if self.current != Some(key) {
                self.close()?;
                if !self.found.seen.insert(key) {
                    return Err(scattered(piece.run, series));
                }
                self.current = Some(key);
            }
            self.series.append(&columns, &piece).map_err(|what| RunValuesError::NotSorted {
                run: piece.run.to_owned(),
                series: series.to_owned(),
                what,
            })?;
        }
        Ok(())
    }

    /// Counts the samples of a piece that their series cannot have.
    fn look(&mut self, run: usize, columns: &Columns, piece: &Piece<'_>) {
        let Some(series) = find_series(piece.series) else { return };
        let values = columns.value.values().get(piece.rows.clone()).unwrap_or_default();
        let cannot_be = |value: &&f64| !series.possible.contains(**value);
        let count = values.iter().filter(cannot_be).count() as u64;
        if let Some(example) = values.iter().find(cannot_be) {
            self.found.outside.entry((run, series.id)).or_insert((0, *example)).0 += count;
        }
    }

    /// Reduces the series that has been read, for every metric that is made of it.
    fn close(&mut self) -> Result<(), RunValuesError> {
        let Some((at, series, direction)) = self.current.take() else {
            return Ok(());
        };
        let Some(run) = self.attempts.runs.get(at) else {
            return Ok(());
        };
        if ratios(run.workload).any(|(over, under)| over == series || under == series) {
            self.found.sums.insert((at, series, direction), self.series.total());
        }
        let Some(moments) = self.series.moments() else {
            return Ok(());
        };
        let diagnosed = self.series.diagnose(&moments);
        for (order, metric) in metrics_of(run.workload) {
            let Some((source, reducer)) = metric.samples else {
                continue;
            };
            if source != series {
                continue;
            }
            let name = |metric: &Metric| (run.run_id.to_string(), metric.id.to_owned());
            let value = self.series.reduce(reducer, &moments).map_err(|_| {
                let (run, metric) = name(metric);
                RunValuesError::NoWindow { run, metric }
            })?;
            if value.is_some_and(|value| !value.is_finite()) {
                let (run, metric) = name(metric);
                return Err(RunValuesError::NotFinite { run, metric });
            }
            self.found.reduced.push(((at, order, direction), Reduced { value, ..diagnosed }));
        }
        self.series.clear();
        Ok(())
    }

    /// After the last row.
    pub fn end(mut self) -> Result<Found, RunValuesError> {
        self.close()?;
        Ok(self.found)
    }
}

impl Found {
    /// Adds what a pass over other rows found. Fails where both have rows of one series.
    pub fn join(&mut self, other: Self, attempts: &Attempts<'_>) -> Result<(), RunValuesError> {
        if let Some((at, series, _)) = other.seen.iter().filter(|key| self.seen.contains(key)).min() {
            return Err(scattered(attempts.runs.get(*at).map_or("", |run| &run.run_id), series));
        }
        self.seen.extend(other.seen);
        self.reduced.extend(other.reduced);
        self.sums.extend(other.sums);
        for (place, (count, example)) in other.outside {
            self.outside.entry(place).or_insert((0, example)).0 += count;
        }
        Ok(())
    }

    /// The samples that cannot be, by run and series.
    pub fn outside(&self, runs: &[Run]) -> Vec<Outside> {
        let row = |(&(at, series), &(count, example)): (&(usize, &'static str), &(u64, f64))| {
            Some(Outside { run_id: runs.get(at)?.run_id.clone(), series, count, example })
        };
        self.outside.iter().filter_map(row).collect()
    }

    /// The reduced series of every run.
    pub fn reduced(self) -> BTreeMap<Key, Reduced> {
        let mut reduced: BTreeMap<Key, Reduced> = self.reduced.into_iter().collect();
        for (&(at, order, direction), reduced) in &mut reduced {
            if let Some((over, Reducer::RatioTo(under))) = METRICS.get(order).and_then(|metric| metric.samples) {
                let part = |series| self.sums.get(&(at, series, direction)).copied();
                reduced.value = match (part(over), part(under)) {
                    (Some(over), Some(under)) if under != 0.0 => Some(over / under),
                    _ => None,
                };
            }
        }
        reduced
    }
}

fn scattered(run: &str, series: &str) -> RunValuesError {
    RunValuesError::NotSorted {
        run: run.to_owned(),
        series: series.to_owned(),
        what: "its rows are not in one piece".to_owned(),
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
