//! Means with bootstrap intervals, for those who ask for them.

use super::measured::{Known, Measured, samples};
use super::{Answer, Warning, Warnings};
use crate::options::Options;
use crate::stats::bootstrap::{BCA_FROM, Bootstrap};
use crate::stats::t_interval::Located;
use crate::stats::{Interval, Values};
use meshbench_schemas::catalogue::{Metric, Scale};
use meshbench_schemas::stage::RunValue;
use meshbench_schemas::words::{Covers, Estimator};

/// What is to be said of an interval from so few values.
pub fn warnings(values: usize) -> &'static [Warning] {
    if values < BCA_FROM { &[Warning::FewToResample] } else { &[] }
}

/// The mean over strata of their means, with the BCa interval; geometric on the log scale, where all values are above
/// zero, and the scale that it was. `None` where there is no such interval: a stratum has a single value, all values are
/// equal, or the resamples lie on one side.
pub fn mean(strata: &[Vec<f64>], scale: Scale, options: &Options) -> Option<(Located, Scale)> {
    let log = scale == Scale::Log && strata.iter().flatten().all(|value| *value > 0.0);
    let on_scale = |value: &f64| if log { value.ln() } else { *value };
    let strata: Vec<Vec<f64>> = strata.iter().map(|values| values.iter().map(on_scale).collect()).collect();
    let values: Result<Vec<Values<'_>>, _> = strata.iter().map(|values| Values::new(values)).collect();
    let found = Bootstrap::of_mean_of_means(&values.ok()?, options.resampling)?;
    let interval = found.bca(options.confidence)?;
    if !log {
        return Some((Located { value: found.value(), interval: Some(interval) }, Scale::Linear));
    }
    let value = found.value().exp();
    let interval = Interval::around(value, interval.low.exp(), interval.high.exp(), interval.confidence)?;
    Some((Located { value, interval: Some(interval) }, Scale::Log))
}

/// The mean over links of each link's mean over its own blocks, which are resampled link by link: all values count,
/// whether or not the other links of their block have one. `None` where a link has fewer than two.
pub fn links(measured: &Measured<'_, '_>, metric: &Metric, options: &Options) -> Option<Answer> {
    let cell = measured.cell;
    let of_link = |link| -> Vec<&RunValue> {
        let value = |block: &u32| match measured.at(*block, link) {
            Some(Known::Value(value, _)) => Some(value),
            _ => None,
        };
        cell.blocks().iter().filter_map(value).collect()
    };
    let values: Vec<Vec<&RunValue>> = cell.links().iter().map(|&link| of_link(link)).collect();
    let strata: Vec<Vec<f64>> = values.iter().map(|values| values.iter().map(|value| value.value).collect()).collect();
    let (at, scale) = mean(&strata, metric.scale, options)?;
    let fewest = strata.iter().map(Vec::len).min().unwrap_or_default();
    let mut all = Warnings::default();
    warnings(fewest).iter().for_each(|warning| all.add(*warning));
    all.add(Warning::LinkInBlock);
    all.add_if(scale != metric.scale, Warning::NotPositive);
    Some(Answer {
        value: Some(at.value),
        interval: at.interval,
        open_from: None,
        at_least: None,
        mean: None,
        method: if scale == Scale::Log { Estimator::StratifiedGeometricMeanBca } else { Estimator::StratifiedMeanBca },
        covers: Covers::Blocks,
        links: cell.links().len(),
        blocks: fewest,
        runs: strata.iter().map(Vec::len).sum(),
        samples: samples(values.iter().flatten().copied()),
        reason: None,
        warnings: all,
    })
}
