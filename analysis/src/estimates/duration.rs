//! A duration of which some runs were stopped at their limit.
//!
//! The observations are the runs of the blocks in which every link has a duration or a bound; a run is one
//! link in one block, and its last `ok` attempt counts before one that was stopped. The value is the
//! Kaplan-Meier median over these runs. Where more than half are still running at the end there is none,
//! and the row says a lower bound of it: the ⌈n/2⌉-th smallest of all times, below which the median of
//! these very runs cannot lie, whatever they would have taken without a limit.
//!
//! The interval of the median is Brookmeyer and Crowley's on the log-log scale. Runs of different links and blocks are put
//! together for it as if they were alike and independent, which `pooled-durations` says; where too few runs ended to bound the
//! median from above, it has a lower end alone.

use super::measured::{Known, Measured, samples};
use super::{Answer, Warning, Warnings};
use crate::stats::kaplan_meier::{Curve, Duration, Scale};
use crate::stats::{Confidence, Interval};
use meshbench_schemas::stage::RunValue;
use meshbench_schemas::words::{Basis, Covers, Estimator};

/// Applies these rules. `None` where none of those runs was stopped at its limit, so that the ordinary rules hold.
pub fn estimate(measured: &Measured<'_, '_>, confidence: Confidence) -> Option<Answer> {
    let blocks = measured.blocks_where(|known| match known {
        Known::Value(value, _) => Some((Duration { time: value.value, ended: true }, Some(value))),
        Known::AtLeast(bound) => Some((Duration { time: bound, ended: false }, None)),
        Known::Nothing(_) => None,
    });
    let durations: Vec<Duration> = blocks.iter().flatten().map(|(duration, _)| *duration).collect();
    let curve = Curve::new(&durations)?;
    let (all, cut_off) = curve.counts();
    if cut_off == 0 {
        return None;
    }
    let value = curve.median();
    let ends = curve.median_interval(Scale::LogLog, confidence);
    let interval = value.zip(ends.high).and_then(|(value, high)| {
        // Nothing but 0 bounds it from below where no time is early enough.
        Interval::around(value, ends.low.unwrap_or(0.0), high, confidence.share())
    });
    let open_from = if value.is_some() && ends.high.is_none() { ends.low } else { None };
    let bounded = interval.is_some() || open_from.is_some();
    let bound = value.is_none().then(|| curve.median_at_least());
    let stopped = || format!("{cut_off} of {all} {} stopped at their limit", if all == 1 { "run" } else { "runs" });
    let values = || blocks.iter().flatten().filter_map(|(_, value)| *value);
    let mut warnings = Warnings::default();
    warnings.add(Warning::Censored);
    warnings.add_if(bounded, Warning::PooledDurations);
    warnings.add_if(blocks.len() < measured.cell.blocks().len(), Warning::IncompleteBlocks);
    let hidden = |value: &RunValue| value.basis == Basis::Summary && value.samples.is_none();
    warnings.add_if(values().any(hidden), Warning::SummaryOnly);
    Some(Answer {
        value,
        interval,
        open_from,
        at_least: bound,
        mean: None,
        method: Estimator::KaplanMeier,
        covers: Covers::Runs.only_if(bounded),
        links: measured.cell.links().len(),
        blocks: blocks.len(),
        runs: all,
        samples: samples(values()),
        reason: value.is_none().then(stopped),
        warnings,
    })
}
