//! The metric catalogue as a table, for those who ask a dataset in SQL.

use crate::catalogue::{Better, METRICS, Metric, Reducer, Scale, Statistic, Unit};
use crate::table::{Symbol, table};

table! {
    /// One metric of the catalogue: what its name means, in which unit it is, and how a run's value is made.
    pub struct MetricRow = "metrics", key ["metric"] {
        /// Its name, as in the column `metric` of `summaries` and of every stage.
        metric: Symbol [""],
        /// What it is, in words.
        title: String [""],
        /// Base unit of its values.
        unit: Unit [""],
        /// Which end is good: `higher`, `lower` or `neither`.
        better: Better [""],
        /// Scale of means and intervals: `log` (effects are ratios) or `linear` (effects are differences).
        scale: Scale [""],
        /// Workloads that have it, separated by spaces.
        workloads: String [""],
        /// Series of `samples` that gives it; null where only summaries or what was read at the end do.
        series: Option<Symbol> [""],
        /// How those samples become one value: `rate`, `total`, `mean`, `min`, `max`, `quantile 0.5`, `ratio to SERIES`.
        reducer: Option<String> [""],
        /// Statistic of `summaries` that stands for the run where there is one.
        statistic: Option<Statistic> [""],
        /// Whether reports and tables for people show it first.
        headline: bool [""],
        /// Whether it is the duration of a task, which a time limit may cut off.
        duration: bool [""],
    }
}

/// Every metric of the catalogue, in its order.
pub fn rows() -> Vec<MetricRow> {
    METRICS.iter().map(row).collect()
}

fn row(metric: &Metric) -> MetricRow {
    let workloads: Vec<&str> = metric.workloads.iter().map(|workload| workload.as_str()).collect();
    MetricRow {
        metric: metric.id.into(),
        title: metric.title.to_owned(),
        unit: metric.unit,
        better: metric.better,
        scale: metric.scale,
        workloads: workloads.join(" "),
        series: metric.samples.map(|(series, _)| series.into()),
        reducer: metric.samples.map(|(_, reducer)| words(reducer)),
        statistic: metric.summary,
        headline: metric.headline,
        duration: metric.duration,
    }
}

fn words(reducer: Reducer) -> String {
    match reducer {
        Reducer::Rate => "rate".to_owned(),
        Reducer::Total => "total".to_owned(),
        Reducer::Mean => "mean".to_owned(),
        Reducer::Min => "min".to_owned(),
        Reducer::Max => "max".to_owned(),
        Reducer::Quantile(share) => format!("quantile {share}"),
        Reducer::RatioTo(series) => format!("ratio to {series}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Table;

    #[test]
    fn every_metric_has_its_row() {
        let rows = rows();
        assert_eq!(rows.len(), METRICS.len());
        let throughput = rows.iter().find(|row| &*row.metric == "throughput").unwrap();
        assert_eq!(
            (throughput.unit, throughput.better, throughput.headline),
            (Unit::BitPerSecond, Better::Higher, true)
        );
        assert_eq!((throughput.series.as_deref(), throughput.reducer.as_deref()), (Some("received"), Some("rate")));
        assert_eq!(MetricRow::rows(&MetricRow::batch(&rows).unwrap()).unwrap(), rows);
    }
}
