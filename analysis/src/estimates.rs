//! From run values to estimates: one row a cell, metric and direction, with an interval or a reason.
//!
//! A cell is a system, tuning, profile and workload. Its links are fixed, because they differ for real
//! reasons: those of its own rows, measured or not, and those that at least half of the systems have. The replicate is the block, and a block counts where
//! every link has a value:
//!
//! | complete blocks | estimate and interval | method | covers |
//! |---|---|---|---|
//! | 6 and more | median of the blocks' values, exact order statistics | `median-order-statistic` | `blocks` |
//! | 2 to 5 | mean of them, t; geometric on the log scale | `mean-t`, `geometric-mean-t` | `blocks` |
//! | 1, several links | mean over links, t; geometric on the log scale | `mean-links-t`, `geometric-mean-links-t` | `links` |
//! | 1, a single link | the run's value; t with effective samples for a rate or mean from samples | `within-run-t`, `no-interval` | `within-run`, `none` |
//! | 0 | none, with the reason | `none` | `none` |
//!
//! Where neighbouring blocks are alike, or on request, several blocks get the mean with an interval that allows for their
//! dependence (`mean-ar1`, `geometric-mean-ar1`).
//!
//! On request ([`CellInterval`](crate::options::CellInterval), [`Incomplete`](crate::options::Incomplete)) several blocks
//! get the mean with a bootstrap instead (`mean-bca`, `geometric-mean-bca`), and blocks that lack a link count with the
//! others of theirs (`stratified-mean-bca`, `stratified-geometric-mean-bca`).
//!
//! A block's value is the mean over its links, the geometric mean where the catalogue says log scale. At
//! another confidence than 95 %, the median needs as many blocks as its interval does, and never fewer
//! than 6. Beside every such value stands the arithmetic mean with t. A duration of which some runs were stopped at their limit becomes a Kaplan-Meier median over
//! runs, or a lower bound of it; the share of attempts that succeeded has a Wilson
//! interval over attempts.
//!
//! Only `ok` attempts give values; of several on one link in one block the last. What became of all others
//! is counted in every row. [`Warning`] lists what travels with a number.

mod arithmetic;
mod blocks;
pub(crate) mod campaign;
pub(crate) mod dependent;
mod duration;
pub(crate) mod measured;
mod reason;
mod resampled;
pub(crate) mod stopped;
mod success;

pub use crate::options::Options;
use crate::run_values::Spread;
use crate::stats::{Confidence, Interval, Located};
use campaign::{Campaign, Cell, CellName, Column};
use meshbench_schemas::catalogue::{Metric, SUCCESS_RATE};
use meshbench_schemas::finding::Findings;
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::stage::{Estimate, RunValue};
use meshbench_schemas::tables::Run;
pub use meshbench_schemas::warning::{Warning, Warnings};
use meshbench_schemas::words::{Covers, Estimator};

/// The row of a metric of a cell.
pub(crate) fn row_of<'e>(rows: &'e [Estimate], column: &Column, name: CellName<'_>) -> Option<&'e Estimate> {
    rows.iter().find(|row| {
        (row.workload, &*row.metric, row.direction) == (column.workload, column.metric.id, column.direction)
            && (&row.system, &row.tuning, &row.profile) == (name.system, name.tuning, name.profile)
    })
}

/// What the rules say about one metric of one cell, before counts and names are put beside it.
#[derive(Debug, Clone, PartialEq)]
struct Answer {
    value: Option<f64>,
    interval: Option<Interval>,
    /// The lower end of an interval that has no upper one.
    open_from: Option<f64>,
    at_least: Option<f64>,
    /// The arithmetic mean beside the value.
    mean: Option<Located>,
    method: Estimator,
    covers: Covers,
    links: usize,
    blocks: usize,
    runs: usize,
    samples: Option<u64>,
    reason: Option<String>,
    warnings: Warnings,
}

impl Answer {
    /// No value, and why.
    fn none(reason: String) -> Self {
        Self {
            value: None,
            interval: None,
            open_from: None,
            at_least: None,
            mean: None,
            method: Estimator::None,
            covers: Covers::None,
            links: 0,
            blocks: 0,
            runs: 0,
            samples: None,
            reason: Some(reason),
            warnings: Warnings::default(),
        }
    }
}

/// Estimates every metric of every cell of a campaign.
///
/// `runs` are all attempts of the campaign, `values` what [`crate::run_values::reduce`] made of them. Every
/// cell of `runs` gets a row for its success rate, and for each metric and direction that some attempt of
/// its workload has a value of anywhere in the campaign (and for the duration of the workload, where one
/// was stopped at its limit). Values that are not finite, of unknown metrics or of unknown runs are not used.
///
/// The result is sorted by workload, metric (as in the catalogue), system, tuning, profile and direction,
/// and does not depend on the order of the input. It holds no NaN and no infinity, and where there is an
/// interval, low ≤ value ≤ high.
pub fn estimate(runs: &[Run], values: &[RunValue], options: &Options) -> Vec<Estimate> {
    estimate_with_spreads(runs, values, &[], options)
}

/// The same, with the spread of the samples inside each run, which an interval inside a run needs; without
/// it, a single run on a single link has none. See [`estimate`].
pub fn estimate_with_spreads(
    runs: &[Run],
    values: &[RunValue],
    spreads: &[Spread],
    options: &Options,
) -> Vec<Estimate> {
    let campaign = Campaign::new(runs, values, spreads);
    let mut rows = Vec::new();
    for column in campaign.columns() {
        for cell in campaign.cells(column.workload) {
            let answer = if column.metric.id == SUCCESS_RATE.id {
                success::estimate(cell, options.confidence)
            } else {
                measure(&campaign, cell, column, options)
            };
            rows.push((
                (column.workload, column.order, cell.name(), column.direction),
                row(cell, column, answer, options.confidence),
            ));
        }
    }
    rows.sort_by_key(|(place, _)| *place);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The value of a metric other than the success rate.
fn measure(campaign: &Campaign<'_>, cell: &Cell<'_>, column: &Column, options: &Options) -> Answer {
    let measured = measured::Measured::new(campaign, cell, column);
    let cut_off = if column.metric.duration { duration::estimate(&measured, options.confidence) } else { None };
    let mut answer = cut_off.unwrap_or_else(|| blocks::estimate(&measured, column.metric, options));
    if column.metric.duration && cell.count(Outcome::Censored) > 0 {
        answer.warnings.add(Warning::Censored);
    }
    answer
}

fn whole(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Whether an interval, of the value or of the arithmetic mean, reaches where the metric has no values. The ends stay as the
/// formula gives them, so that they can be checked; the warning says how to read them.
fn beyond_range(metric: &Metric, answer: &Answer) -> bool {
    let intervals = [answer.interval, answer.mean.and_then(|mean| mean.interval)];
    intervals.into_iter().flatten().any(|interval| metric.possible.exceeded_by(interval.low, interval.high))
}

/// Puts names, counts and the warnings of the whole cell beside an answer.
fn row(cell: &Cell<'_>, column: &Column, answer: Answer, confidence: Confidence) -> Estimate {
    let beyond = beyond_range(column.metric, &answer);
    let mut warnings = answer.warnings;
    warnings
        .add_if(answer.value.is_some() && answer.interval.is_none() && answer.open_from.is_none(), Warning::NoInterval);
    warnings.add_if(answer.interval.is_some_and(|interval| interval.low == interval.high), Warning::NoVariation);
    warnings.add_if(beyond, Warning::BeyondRange);
    let reached = answer.interval.map(|interval| interval.confidence).filter(|reached| *reached != confidence.share());
    warnings.add_if(reached.is_some_and(|reached| reached < confidence.share()), Warning::WideConfidence);
    warnings.add_if(cell.hides_retries(), Warning::HiddenRetries);
    warnings.add_if(cell.count(Outcome::Stalled) > 0, Warning::Stalled);
    warnings.add_if(cell.count(Outcome::Partial) > 0, Warning::Partial);
    let count = |outcome| whole(cell.count(outcome));
    let name = cell.name();
    Estimate {
        system: name.system.clone(),
        tuning: name.tuning.clone(),
        profile: name.profile.clone(),
        workload: column.workload,
        metric: column.metric.id.into(),
        direction: column.direction,
        value: answer.value,
        low: answer.interval.map(|interval| interval.low).or(answer.open_from),
        high: answer.interval.map(|interval| interval.high),
        at_least: answer.at_least,
        mean: answer.mean.map(|mean| mean.value),
        mean_low: answer.mean.and_then(|mean| mean.interval).map(|interval| interval.low),
        mean_high: answer.mean.and_then(|mean| mean.interval).map(|interval| interval.high),
        unit: column.metric.unit.as_str().into(),
        method: answer.method,
        covers: answer.covers,
        confidence: confidence.share(),
        achieved_confidence: reached,
        links: whole(answer.links),
        links_expected: whole(cell.links().len()),
        blocks: whole(answer.blocks),
        blocks_expected: whole(cell.blocks().len()),
        runs: whole(answer.runs),
        samples: answer.samples,
        attempts: whole(cell.attempts()),
        ok: count(Outcome::Ok),
        stalled: count(Outcome::Stalled),
        partial: count(Outcome::Partial),
        censored: count(Outcome::Censored),
        failed: count(Outcome::Failed),
        invalid: count(Outcome::Invalid),
        unsupported: count(Outcome::Unsupported),
        skipped: count(Outcome::Skipped),
        reason: answer.reason,
        warnings,
        findings: Findings::default(),
    }
}
