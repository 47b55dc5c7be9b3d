//! A number for a whole run, and how it comes about.

use super::Unit;
use crate::named::named;
use crate::possible::Range;
use crate::words::Workload;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

named! {
    /// Which end of the scale is the good one.
    pub enum Better {
        /// More is better.
        Higher = "higher",
        /// Less is better.
        Lower = "lower",
        /// Says something about the run, and nothing about its quality.
        Neither = "neither",
    }
}

named! {
    /// The scale on which means and intervals over repetitions are computed.
    pub enum Scale {
        /// As it is.
        Linear = "linear",
        /// On logarithms: effects multiply, values are positive.
        Log = "log",
    }
}

/// How the samples of one run become one number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reducer {
    /// Total amount over total time: Σ value·window / Σ window.
    Rate,
    /// Sum over the run.
    Total,
    /// Arithmetic mean.
    Mean,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// A quantile of the samples, by linear interpolation between order statistics (Hyndman and Fan's type 7).
    Quantile(f64),
    /// Sum of this series over the sum of another one: never a mean of ratios.
    RatioTo(&'static str),
}

named! {
    /// What of the hidden values a reported number is.
    pub enum Statistic {
        /// Over the whole run at once.
        Total = "total",
        /// Arithmetic mean of the hidden values.
        Mean = "mean",
        /// Smallest.
        Min = "min",
        /// Lower quartile.
        P25 = "p25",
        /// Median.
        P50 = "p50",
        /// Upper quartile.
        P75 = "p75",
        /// Largest.
        Max = "max",
    }
}

/// A number for a whole run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Metric {
    /// Stable id, the `metric` column of `summaries` and of every stage table.
    pub id: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// Base unit.
    pub unit: Unit,
    /// Which end is good.
    pub better: Better,
    /// Scale for means and intervals.
    pub scale: Scale,
    /// Workloads that have it.
    pub workloads: &'static [Workload],
    /// Series and reducer that give it from raw samples.
    pub samples: Option<(&'static str, Reducer)>,
    /// Statistic of a reported summary that stands for the run.
    pub summary: Option<Statistic>,
    /// Whether reports show it first: tables and figures are made of these.
    pub headline: bool,
    /// Whether it is the duration of a task that a time limit may cut off.
    pub duration: bool,
    /// Values that it can have.
    pub possible: Range,
}

/// What a metric is where it does not say otherwise.
pub(super) const METRIC: Metric = Metric {
    id: "",
    title: "",
    unit: Unit::Count,
    better: Better::Neither,
    scale: Scale::Linear,
    workloads: &[],
    samples: None,
    summary: None,
    headline: false,
    duration: false,
    possible: Range::COUNT,
};
