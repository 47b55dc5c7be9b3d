//! The metric catalogue: every number that a dataset or an analysis may hold, as data.
//!
//! A [`Series`] is what samples are made of. A [`Metric`] is a number for a whole run: it says from which series and how it
//! is reduced, or which statistic of a reported summary stands for it. To add one, add its entry to `catalogue/series.rs`
//! or `catalogue/metrics.rs`, at its place: an entry is a constant and a place in [`SERIES`] or [`METRICS`], which everything
//! else reads.

mod metric;
mod metrics;
mod series;
mod unit;

pub use metric::{Better, Metric, Reducer, Scale, Statistic};
pub use metrics::*;
pub use series::*;
pub use unit::Unit;

use crate::words::Workload;
use crate::workload::having;

const STREAMS: &[Workload] = having!(Stream);
const TRANSFERS: &[Workload] = having!(Stream, Datagrams, Quic);
const IPERF: &[Workload] = having!(Stream, Datagrams);

/// Declares constants and the list of all of them.
macro_rules! listed {
    ($(#[$about:meta])* $LIST:ident: $Type:ty; $($(#[$meta:meta])* $NAME:ident = $value:expr;)+) => {
        $($(#[$meta])* pub const $NAME: $Type = $value;)+

        $(#[$about])*
        pub const $LIST: &[$Type] = &[$($NAME,)+];
    };
}
use listed;

/// The metric with this id.
pub fn metric(id: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.id == id)
}

/// The series with this id.
pub fn find_series(id: &str) -> Option<&'static Series> {
    SERIES.iter().find(|series| series.id == id)
}

/// The duration metric of a workload, where it has one: what a time limit censors.
pub fn duration_of(workload: Workload) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.duration && metric.workloads.contains(&workload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_sources_exist() {
        let ids: BTreeSet<_> = METRICS.iter().map(|metric| metric.id).collect();
        assert_eq!(ids.len(), METRICS.len());
        for metric in METRICS {
            assert!(!metric.workloads.is_empty() && !metric.title.is_empty(), "{}", metric.id);
            if let Some((series, reducer)) = metric.samples {
                assert!(find_series(series).is_some(), "{} reduces unknown series {series}", metric.id);
                if let Reducer::RatioTo(other) = reducer {
                    assert!(find_series(other).is_some(), "{} divides by unknown series {other}", metric.id);
                }
            }
            assert!(
                metric.samples.is_some() || metric.summary.is_some() || metric.id == SUCCESS_RATE.id,
                "{} has no source",
                metric.id
            );
        }
    }

    #[test]
    fn no_id_is_both_series_and_metric() {
        for series in SERIES {
            assert!(metric(series.id).is_none(), "{}", series.id);
        }
    }
}
