//! The gate that no number passes which cannot be, whichever tool, workload or importer it comes from.

use super::{Recorded, Verdict};
use meshbench_schemas::catalogue::metric;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::possible::{Against, Impossible, RELATIONS, judge};
use meshbench_schemas::table::Symbol;
use meshbench_schemas::tables::{Sample, Summary};
use meshbench_schemas::words::Direction;
use std::collections::HashMap;

/// Leaves out every number that cannot be, and makes the run `invalid` where there was one, naming the metric, the value and
/// the bound. What failed, was stopped or never ran keeps its own verdict. `length_s` is how long the run took, or was asked
/// to take where nobody measured that. Doing it twice changes nothing more.
pub fn refuse(recorded: &mut Recorded, length_s: Option<f64>) {
    // Totals first: they say more than one interval of many.
    let mut found = sift_summaries(&mut recorded.summaries, length_s);
    found.extend(sift_samples(&mut recorded.samples, length_s));
    let Some(first) = found.first() else { return };
    if matches!(recorded.verdict.outcome, Outcome::Ok | Outcome::Stalled | Outcome::Partial) {
        let more = match found.len() - 1 {
            0 => String::new(),
            more => format!("; {more} more such values"),
        };
        recorded.verdict = Verdict::not_ok(Outcome::Invalid, Reason::ImpossibleValue, format!("{first}{more}"));
    }
}

fn sift_summaries(rows: &mut Vec<Summary>, length_s: Option<f64>) -> Vec<Impossible> {
    let stands =
        |row: &Summary| metric(&row.metric).and_then(|it| it.summary).is_some_and(|it| it.as_str() == &*row.statistic);
    let values: Vec<(Symbol, Option<Direction>, f64)> =
        rows.iter().filter(|row| stands(row)).map(|row| (row.metric.clone(), row.direction, row.value)).collect();
    let mut found = Vec::new();
    rows.retain(|row| {
        // Other statistics of the same hidden values are no numbers of the whole run.
        let whole = stands(row);
        let impossible = judge(&row.metric, row.value, |against| match against {
            _ if !whole => None,
            Against::Length => length_s,
            Against::Sample(_) => None,
            Against::Metric(id) => {
                values.iter().find(|(name, way, _)| &**name == id && *way == row.direction).map(|(.., value)| *value)
            }
        });
        found.extend(impossible);
        impossible.is_none()
    });
    found
}

/// Where a sample stands: metric, host, direction, stream, number.
type Place<'a> = (&'a str, &'a str, Option<Direction>, Option<u32>, u32);

fn place<'a>(sample: &'a Sample, metric: &'a str) -> Place<'a> {
    (metric, &sample.host, sample.direction, sample.stream, sample.seq)
}

fn sift_samples(rows: &mut Vec<Sample>, length_s: Option<f64>) -> Vec<Impossible> {
    let is_reference =
        |id: &str| RELATIONS.iter().any(|relation| matches!(relation.at_most, Against::Sample(it) if it == id));
    let references: HashMap<Place<'_>, f64> =
        rows.iter().filter(|row| is_reference(&row.metric)).map(|row| (place(row, &row.metric), row.value)).collect();
    let judged = |row: &Sample| {
        judge(&row.metric, row.value, |against| match against {
            Against::Length => length_s,
            Against::Sample(id) => references.get(&place(row, id)).copied(),
            Against::Metric(_) => None,
        })
    };
    let verdicts: Vec<Option<Impossible>> = rows.iter().map(judged).collect();
    let found: Vec<Impossible> = verdicts.iter().flatten().copied().collect();
    if !found.is_empty() {
        let mut verdicts = verdicts.into_iter();
        rows.retain(|_| verdicts.next().is_none_or(|impossible| impossible.is_none()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::{At, Labels};
    use super::*;
    use meshbench_schemas::catalogue::{self as metrics, Statistic};
    use meshbench_schemas::words::Workload;

    fn recorded(values: &[(&metrics::Metric, f64)], samples: &[(&metrics::Series, f64)]) -> Recorded {
        let word = |text: &str| text.into();
        let labels = Labels {
            run_id: word("r"),
            system: word("tinc"),
            tuning: word("default"),
            profile: word("baseline"),
            workload: Workload::Udp,
            source: word("a"),
            target: word("b"),
        };
        let mut recorded = Recorded::new(Verdict::OK);
        for (metric, value) in values {
            let statistic = metric.summary.unwrap_or(Statistic::Total);
            recorded.summary(&labels, metric, &labels.source, None, statistic, *value);
        }
        for (series, value) in samples {
            recorded.sample(&labels, series, &labels.source, At::default(), *value);
        }
        refuse(&mut recorded, Some(2.0));
        recorded
    }

    /// A round trip before it began.
    fn bad_sample() -> Vec<Sample> {
        let mut samples = recorded(&[], &[(&metrics::ECHO_RTT, 1.0)]).samples;
        samples.iter_mut().for_each(|sample| sample.value = -1.0);
        samples
    }

    #[test]
    fn what_can_be_passes() {
        let good = recorded(
            &[(&metrics::LOSS, 1.0), (&metrics::JITTER, 0.0), (&metrics::THROUGHPUT, 0.0)],
            &[(&metrics::DATAGRAMS, 3.0), (&metrics::DATAGRAMS_LOST, 3.0)],
        );
        assert_eq!((good.verdict, good.summaries.len(), good.samples.len()), (Verdict::OK, 3, 2));
    }

    #[test]
    fn what_cannot_be_is_left_out_and_named() {
        let bad = recorded(&[(&metrics::LOSS, 1.796), (&metrics::THROUGHPUT, 5.0)], &[]);
        assert_eq!((bad.verdict.outcome, bad.verdict.reason), (Outcome::Invalid, Some(Reason::ImpossibleValue)));
        assert_eq!(bad.verdict.detail.as_deref(), Some("loss of 1.796 cannot be: possible is 0 to 1"));
        assert_eq!(bad.summaries.len(), 1);
        let bad = recorded(&[(&metrics::JITTER, 611_273.0)], &[(&metrics::ECHO_RTT, -1.0), (&metrics::ECHO_RTT, 0.0)]);
        let detail = bad.verdict.detail.unwrap();
        assert!(detail.contains("jitter of 611273 s") && detail.ends_with("; 2 more such values"), "{detail}");
        assert!(bad.summaries.is_empty() && bad.samples.is_empty());
        let bad = recorded(&[], &[(&metrics::DATAGRAMS, 3.0), (&metrics::DATAGRAMS_LOST, 4.0)]);
        assert_eq!((bad.verdict.outcome, bad.samples.len()), (Outcome::Invalid, 1));
        let bad = recorded(&[(&metrics::OFFERED, 1e6), (&metrics::THROUGHPUT, 2e6)], &[]);
        assert_eq!((bad.verdict.outcome, bad.summaries.len()), (Outcome::Invalid, 1));
    }

    #[test]
    fn what_failed_keeps_its_reason() {
        let mut failed = recorded(&[], &[]);
        failed.samples = bad_sample();
        failed.verdict = Verdict::not_ok(Outcome::Failed, Reason::ControlLost, "gone");
        let before = failed.verdict.clone();
        refuse(&mut failed, None);
        assert_eq!((failed.verdict, failed.samples.len()), (before, 0));
    }
}
