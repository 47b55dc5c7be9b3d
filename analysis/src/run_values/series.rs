//! One series of one run: its samples, their reducers and their diagnostics.

use super::columns::{Columns, Piece, complete};
use crate::stats::quantile::Selection;
use crate::stats::summary::{ExactSum, Moments, moments, sum};
use crate::stats::{Values, autocorrelation, mser};
use meshbench_schemas::catalogue::Reducer;

/// The samples read so far. The buffers are used again for every series.
#[derive(Debug, Default)]
pub struct Series {
    values: Vec<f64>,
    /// Start times; as many as values while every sample has one, else cut short.
    times: Vec<f64>,
    /// Window lengths, likewise.
    windows: Vec<f64>,
    /// Where each stream begins.
    starts: Vec<usize>,
    /// Whether these are rows without a stream: the run's own.
    whole: bool,
    last: Option<(Option<u32>, u32)>,
    selection: Selection,
    /// Whether the selection has these values.
    selecting: bool,
}

/// What a series says about a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reduced {
    pub value: Option<f64>,
    pub count: u64,
    pub lag1: Option<f64>,
    pub effective: Option<f64>,
    pub warm_up: Option<f64>,
    pub standard_deviation: Option<f64>,
}

/// A row of a stream that cannot come after the one before it.
fn follows(row: (Option<u32>, u32), before: (Option<u32>, u32)) -> String {
    let name = |stream: Option<u32>| stream.map_or(String::new(), |stream| format!(" of stream {stream}"));
    format!("seq {}{} follows seq {}{}", row.1, name(row.0), before.1, name(before.0))
}

/// A rate was asked of samples without the length of their windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoWindow;

impl Series {
    /// Forgets the samples and keeps the memory.
    pub fn clear(&mut self) {
        self.values.clear();
        self.times.clear();
        self.windows.clear();
        self.starts.clear();
        self.selecting = false;
        self.whole = false;
        self.last = None;
    }

    /// Adds the rows of one stream, or of none, which are sorted by sequence number; says what is wrong where they are not.
    pub fn append(&mut self, columns: &Columns, piece: &Piece<'_>) -> Result<(), String> {
        let (rows, stream) = (&piece.rows, piece.stream);
        match stream {
            // The run's own rows are here: those of its streams say the same again.
            Some(_) if self.whole => return Ok(()),
            None if !self.whole => {
                self.clear();
                self.whole = true;
            }
            _ => {}
        }
        let numbers = columns.seq.values().get(rows.clone()).unwrap_or_default();
        let (Some(&first), Some(&last)) = (numbers.first(), numbers.last()) else {
            return Ok(());
        };
        if let Some(before) = self.last.filter(|before| *before >= (stream, first)) {
            return Err(follows((stream, first), before));
        }
        let neighbours = || numbers.iter().zip(numbers.iter().skip(1));
        // All at once, which is faster than to stop at the first.
        if neighbours().fold(false, |wrong, (before, seq)| wrong | (before >= seq))
            && let Some((&before, &seq)) = neighbours().find(|(before, seq)| before >= seq)
        {
            return Err(follows((stream, seq), (stream, before)));
        }
        if self.last.is_none_or(|(last_stream, _)| last_stream != stream) {
            self.starts.push(self.values.len());
        }
        self.last = Some((stream, last));
        let before = self.values.len();
        self.values.extend_from_slice(columns.value.values().get(rows.clone()).unwrap_or_default());
        for (array, kept) in [(&columns.time, &mut self.times), (&columns.window, &mut self.windows)] {
            if kept.len() == before {
                kept.extend_from_slice(complete(array, rows).unwrap_or_default());
            }
        }
        Ok(())
    }

    /// Sum over all rows.
    pub fn total(&self) -> f64 {
        sum(self.values.iter().copied())
    }

    /// One number for the run; `None` where there is none (no samples, no time in which a rate could be).
    pub fn reduce(&mut self, reducer: Reducer, moments: &Moments) -> Result<Option<f64>, NoWindow> {
        let Ok(values) = Values::new(&self.values) else {
            return Ok(None);
        };
        Ok(match reducer {
            Reducer::Rate => self.rate()?,
            Reducer::Total => Some(self.total()),
            Reducer::Mean => Some(moments.mean),
            Reducer::Min => Some(values.range().0),
            Reducer::Max => Some(values.range().1),
            Reducer::Quantile(q) => {
                if !self.selecting {
                    self.selection.fill(&self.values);
                    self.selecting = true;
                }
                self.selection.quantile(q)
            }
            // Put together when both series are known.
            Reducer::RatioTo(_) => None,
        })
    }

    /// Σ value·window / Σ window of each stream, added up over the streams.
    fn rate(&self) -> Result<Option<f64>, NoWindow> {
        if self.windows.len() != self.values.len() || self.windows.iter().any(|window| *window < 0.0) {
            return Err(NoWindow);
        }
        let mut streams = ExactSum::default();
        let ends = self.starts.iter().skip(1).copied().chain([self.values.len()]);
        for (&start, end) in self.starts.iter().zip(ends) {
            let (values, windows) =
                (self.values.get(start..end).unwrap_or_default(), self.windows.get(start..end).unwrap_or_default());
            let time = sum(windows.iter().copied());
            if time <= 0.0 {
                return Ok(None);
            }
            streams.add(sum(values.iter().zip(windows).map(|(value, window)| value * window)) / time);
        }
        Ok(Some(streams.total()))
    }

    /// Mean and spread over all rows; `None` where there are none.
    pub fn moments(&self) -> Option<Moments> {
        Values::new(&self.values).ok().map(moments)
    }

    /// Count, spread, autocorrelation and warm-up; the value is left open.
    pub fn diagnose(&self, moments: &Moments) -> Reduced {
        let Ok(values) = Values::new(&self.values) else {
            return Reduced::default();
        };
        let one_sequence = self.starts.len() == 1;
        let lag1 = if one_sequence { autocorrelation::lag1_about(values, moments) } else { None };
        let timed = one_sequence && self.times.len() == self.values.len();
        let warm_up = if timed { mser::warm_up(&self.values) } else { None };
        Reduced {
            value: None,
            count: self.values.len() as u64,
            lag1,
            effective: lag1.map(|lag1| autocorrelation::effective_count(self.values.len(), lag1)),
            warm_up: warm_up.and_then(|cut| if cut == 0 { Some(0.0) } else { self.times.get(cut).copied() }),
            standard_deviation: moments.standard_deviation.filter(|deviation| deviation.is_finite()),
        }
    }
}
