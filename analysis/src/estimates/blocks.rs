//! The estimate over complete blocks, over links where there is one block, or inside one run.

use super::measured::{Measured, samples};
use super::{Answer, Warning, arithmetic, dependent, reason, resampled};
use crate::options::{CellInterval, Incomplete, Options};
use crate::stats::of_blocks::{Method, of_blocks};
use crate::stats::t_interval::{Located, from_standard_error, geometric_mean_t, mean_t};
use crate::stats::{Confidence, Values, summary};
use meshbench_schemas::catalogue::{Metric, Reducer, Scale};
use meshbench_schemas::stage::RunValue;
use meshbench_schemas::words::{Basis, Covers, Estimator};

/// A value of one run, and the spread of its samples where that is known.
type Spreading<'a> = (&'a RunValue, Option<f64>);

/// Applies the rules of [`crate::estimates`] to a metric that nothing was cut off of.
pub fn estimate(measured: &Measured<'_, '_>, metric: &Metric, options: &Options) -> Answer {
    let blocks = measured.complete_blocks();
    if options.incomplete == Incomplete::Resample
        && blocks.len() < measured.cell.blocks().len()
        && let Some(answer) = resampled::links(measured, metric, options)
    {
        return answer;
    }
    let entered = || blocks.iter().flatten().map(|(value, _)| *value);
    let not_positive = metric.scale == Scale::Log && entered().any(|value| value.value <= 0.0);
    let scale = if not_positive { Scale::Linear } else { metric.scale };
    let Some(located) = locate(&blocks, metric, scale, options) else {
        let mut none = Answer::none(reason::incomplete(measured));
        none.links = measured.links_with_value();
        none.warnings.add_if(measured.cell.attempts() > 0, Warning::IncompleteLinks);
        return none;
    };
    let mut answer = Answer {
        value: Some(located.at.value),
        interval: located.at.interval,
        open_from: None,
        at_least: None,
        mean: arithmetic::mean(&blocks.iter().map(|block| numbers(block)).collect::<Vec<_>>(), options),
        method: located.method,
        covers: located.covers,
        links: measured.cell.links().len(),
        blocks: blocks.len(),
        runs: entered().count(),
        samples: samples(entered()),
        reason: None,
        warnings: super::Warnings::default(),
    };
    for warning in located.warnings {
        answer.warnings.add(*warning);
    }
    answer.warnings.add_if(not_positive, Warning::NotPositive);
    answer.warnings.add_if(blocks.len() < measured.cell.blocks().len(), Warning::IncompleteBlocks);
    let hidden = |value: &RunValue| value.basis == Basis::Summary && value.samples.is_none();
    answer.warnings.add_if(entered().any(hidden), Warning::SummaryOnly);
    answer
}

/// A value with the names of how it came about.
struct Estimated {
    at: Located,
    method: Estimator,
    covers: Covers,
    warnings: &'static [Warning],
}

/// `None` where no block is complete.
fn locate(blocks: &[Vec<Spreading<'_>>], metric: &Metric, scale: Scale, options: &Options) -> Option<Estimated> {
    let confidence = options.confidence;
    match blocks {
        [] => None,
        [only] => match only.as_slice() {
            [] => None,
            [(value, spread)] => Some(within_run(value, *spread, metric, confidence)),
            links => over_links(links, scale, confidence),
        },
        several => over_blocks(several, scale, options),
    }
}

fn numbers(links: &[Spreading<'_>]) -> Vec<f64> {
    links.iter().map(|(value, _)| value.value).collect()
}

/// Mean with t on the scale; `None` for no values.
fn mean_on(scale: Scale, values: &[f64], confidence: Confidence) -> Option<(Located, Scale)> {
    let values = Values::new(values).ok()?;
    match scale {
        Scale::Log => match geometric_mean_t(values, confidence) {
            Some(located) => Some((located, Scale::Log)),
            None => Some((mean_t(values, confidence), Scale::Linear)),
        },
        Scale::Linear => Some((mean_t(values, confidence), Scale::Linear)),
    }
}

fn over_blocks(blocks: &[Vec<Spreading<'_>>], scale: Scale, options: &Options) -> Option<Estimated> {
    let confidence = options.confidence;
    let mut values = Vec::with_capacity(blocks.len());
    for block in blocks {
        let links = numbers(block);
        let links = Values::new(&links).ok()?;
        values.push(match scale {
            Scale::Log => summary::geometric_mean(links)?,
            Scale::Linear => summary::mean(links),
        });
    }
    if options.dependent()
        && let Some((at, scale)) = dependent::mean(&values, scale, confidence)
    {
        let method = if scale == Scale::Log { Estimator::GeometricMeanAr1 } else { Estimator::MeanAr1 };
        return Some(Estimated {
            at,
            method,
            covers: Covers::Blocks,
            warnings: &[Warning::Normality, Warning::DependentBlocks],
        });
    }
    if options.interval == CellInterval::Bca
        && let Some((at, scale)) = resampled::mean(&[values.clone()], scale, options)
    {
        let method = if scale == Scale::Log { Estimator::GeometricMeanBca } else { Estimator::MeanBca };
        return Some(Estimated { at, method, covers: Covers::Blocks, warnings: resampled::warnings(values.len()) });
    }
    let (at, method) = of_blocks(Values::new(&values).ok()?, scale == Scale::Log, confidence);
    let (method, warnings): (_, &[Warning]) = match method {
        Method::Median => (Estimator::MedianOrderStatistic, &[]),
        Method::GeometricMean => (Estimator::GeometricMeanT, &[Warning::Normality]),
        Method::Mean => (Estimator::MeanT, &[Warning::Normality]),
    };
    Some(Estimated { covers: Covers::Blocks.only_if(at.interval.is_some()), at, method, warnings })
}

fn over_links(links: &[Spreading<'_>], scale: Scale, confidence: Confidence) -> Option<Estimated> {
    let (at, scale) = mean_on(scale, &numbers(links), confidence)?;
    let method = if scale == Scale::Log { Estimator::GeometricMeanLinksT } else { Estimator::MeanLinksT };
    Some(Estimated {
        covers: Covers::Links.only_if(at.interval.is_some()),
        at,
        method,
        warnings: &[Warning::LinksOnly],
    })
}

/// The value of a single run: with value ± t·s/√n′ at n′ − 1 degrees of freedom, n′ being the effective
/// number of samples, where it is a rate or mean of samples; else without an interval.
fn within_run(value: &RunValue, spread: Option<f64>, metric: &Metric, confidence: Confidence) -> Estimated {
    let averaged = value.basis == Basis::Samples && matches!(metric.samples, Some((_, Reducer::Rate | Reducer::Mean)));
    let interval = match (averaged, spread, value.effective_samples) {
        (true, Some(spread), Some(effective)) => {
            from_standard_error(value.value, spread / effective.sqrt(), effective - 1.0, confidence)
        }
        _ => None,
    };
    let at = Located { value: value.value, interval };
    match interval {
        Some(_) => Estimated {
            at,
            method: Estimator::WithinRunT,
            covers: Covers::WithinRun,
            warnings: &[Warning::Autocorrelated, Warning::SingleLink],
        },
        None => Estimated { at, method: Estimator::NoInterval, covers: Covers::None, warnings: &[Warning::SingleLink] },
    }
}
