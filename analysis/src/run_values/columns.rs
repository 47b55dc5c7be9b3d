//! A borrowed view of a batch of samples: no row is ever turned into a struct.

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Float64Array, RecordBatch, UInt32Array};
use arrow::datatypes::{Float64Type, Int32Type, UInt32Type};
use meshbench_schemas::table::{Cell, Symbol, Table, TableError, typed_column};
use meshbench_schemas::tables::Sample;
use std::ops::Range;
use std::sync::Arc;

/// Names of the columns of `samples` that a run value needs.
pub const NEEDED: [&str; 8] = ["run_id", "metric", "direction", "stream", "seq", "t_s", "window_s", "value"];

/// Those columns.
pub struct Columns {
    run: DictionaryArray<Int32Type>,
    series: DictionaryArray<Int32Type>,
    direction: DictionaryArray<Int32Type>,
    pub stream: UInt32Array,
    pub seq: UInt32Array,
    pub time: Float64Array,
    pub window: Float64Array,
    pub value: Float64Array,
}

/// Neighbouring rows of one run, series, direction and stream.
pub struct Piece<'a> {
    pub rows: Range<usize>,
    pub run: &'a str,
    pub series: &'a str,
    pub direction: Option<&'a str>,
    pub stream: Option<u32>,
}

/// A column without gaps where the format allows none.
fn column<C: Cell>(batch: &RecordBatch, name: &'static str) -> Result<ArrayRef, TableError> {
    let array = typed_column::<C>(batch, Sample::NAME, name)?;
    if !C::NULLABLE && array.logical_null_count() > 0 {
        let row = (0..array.len()).find(|&row| array.logical_nulls().is_some_and(|nulls| nulls.is_null(row)));
        return Err(missing(name, row.unwrap_or_default()));
    }
    Ok(array)
}

fn missing(column: &'static str, row: usize) -> TableError {
    TableError::BadValue { table: Sample::NAME, column, row, what: "the value is missing".to_owned() }
}

/// The word of a dictionary column at a row; `None` where it is null.
fn word(array: &DictionaryArray<Int32Type>, row: usize) -> Option<&str> {
    let key = array.key(row)?;
    let words = array.values().as_string::<i32>();
    (key < words.len() && words.is_valid(key)).then(|| words.value(key))
}

impl Columns {
    /// The columns of a batch; an error names the column, and the row of a missing value.
    pub fn of(batch: &RecordBatch) -> Result<Self, TableError> {
        let dictionary = |array: ArrayRef| array.as_dictionary::<Int32Type>().clone();
        Ok(Self {
            run: dictionary(column::<Symbol>(batch, "run_id")?),
            series: dictionary(column::<Symbol>(batch, "metric")?),
            direction: dictionary(column::<Option<Symbol>>(batch, "direction")?),
            stream: column::<Option<u32>>(batch, "stream")?.as_primitive::<UInt32Type>().clone(),
            seq: column::<u32>(batch, "seq")?.as_primitive::<UInt32Type>().clone(),
            time: column::<Option<f64>>(batch, "t_s")?.as_primitive::<Float64Type>().clone(),
            window: column::<Option<f64>>(batch, "window_s")?.as_primitive::<Float64Type>().clone(),
            value: column::<f64>(batch, "value")?.as_primitive::<Float64Type>().clone(),
        })
    }

    /// Where the pieces are, in order. Words are told apart by their dictionary keys, so two neighbours may be of the
    /// same one.
    pub fn pieces(&self) -> Result<Vec<Range<usize>>, TableError> {
        let keys = |words: &DictionaryArray<Int32Type>| Arc::new(words.keys().clone()) as ArrayRef;
        let of = [keys(&self.run), keys(&self.series), keys(&self.direction), Arc::new(self.stream.clone())];
        Ok(arrow::compute::partition(&of)?.ranges())
    }

    /// The piece that has these rows, one of [`Self::pieces`].
    pub fn piece(&self, rows: Range<usize>) -> Result<Piece<'_>, TableError> {
        let at = rows.start;
        Ok(Piece {
            run: word(&self.run, at).ok_or_else(|| missing("run_id", at))?,
            series: word(&self.series, at).ok_or_else(|| missing("metric", at))?,
            direction: word(&self.direction, at),
            stream: (self.stream.is_valid(at)).then(|| self.stream.value(at)),
            rows,
        })
    }

    /// Whether every value, time and window of these rows is a finite number, where there is one.
    pub fn finite(&self, rows: &Range<usize>) -> bool {
        [&self.value, &self.time, &self.window].into_iter().all(|array| {
            let values = array.values().get(rows.clone()).unwrap_or_default();
            // All at once, which is faster; where there is no value, anything may stand.
            values.iter().fold(true, |finite, x| finite & x.is_finite())
                || values.iter().enumerate().all(|(at, x)| x.is_finite() || array.is_null(rows.start + at))
        })
    }
}

/// The numbers of these rows, where none is missing.
pub fn complete<'a>(array: &'a Float64Array, rows: &Range<usize>) -> Option<&'a [f64]> {
    let missing = array.nulls().is_some_and(|nulls| nulls.slice(rows.start, rows.len()).null_count() > 0);
    if missing { None } else { array.values().get(rows.clone()) }
}
