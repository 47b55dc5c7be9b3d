//! The gate that no number passes which cannot be, whichever tool, workload or importer it comes from.

use super::{Recorded, Span, Verdict};
use meshbench_schemas::catalogue::{Statistic, metric};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::possible::{Against, Impossible, RELATIONS, TRANSFER_TIME, disorder, judge};
use meshbench_schemas::tables::{Sample, Summary};
use meshbench_schemas::words::Direction;
use std::collections::{BTreeMap, HashMap};

/// What is known about a run beside its own numbers.
#[derive(Debug, Default, Clone, Copy)]
pub struct Beside<'a> {
    /// How long it took, or was asked to take where nobody measured that, in seconds.
    pub length_s: Option<f64>,
    /// How long it took by another clock than the tool's own, in seconds; none where nobody measured it.
    pub wall_s: Option<f64>,
    /// CPU cores by host.
    pub cores: Option<&'a BTreeMap<String, f64>>,
}

impl Beside<'_> {
    fn cores(&self, host: &str) -> Option<f64> {
        self.cores?.get(host).copied()
    }
}

/// Leaves out every number that cannot be, and makes the run `invalid` where there was one, naming the metric, the value and
/// the bound. What failed, was stopped or never ran keeps its own verdict. `length_s` is how long the run took, or was asked
/// to take where nobody measured that. Doing it twice changes nothing more.
pub fn refuse(recorded: &mut Recorded, length_s: Option<f64>) {
    refuse_beside(recorded, Beside { length_s, wall_s: length_s, cores: None });
}

/// [`refuse`], with all that is known about the run.
pub fn refuse_beside(recorded: &mut Recorded, beside: Beside<'_>) {
    // Totals first: they say more than one interval of many.
    let mut found = sift_spans(recorded, beside.wall_s);
    found.extend(sift_orders(&mut recorded.summaries));
    found.extend(sift_summaries(&mut recorded.summaries, beside));
    found.extend(sift_samples(&mut recorded.samples, beside.length_s));
    let Some(first) = found.first() else { return };
    if matches!(recorded.verdict.outcome, Outcome::Ok | Outcome::Stalled | Outcome::Partial) {
        let more = match found.len() - 1 {
            0 => String::new(),
            more => format!("; {more} more such values"),
        };
        recorded.verdict = Verdict::not_ok(Outcome::Invalid, Reason::ImpossibleValue, format!("{first}{more}"));
    }
}

/// Rates over a time that the transfer cannot have taken are as wrong as that time.
fn sift_spans(recorded: &mut Recorded, wall_s: Option<f64>) -> Vec<Impossible> {
    let judged = |span: &Span| {
        judge(TRANSFER_TIME, span.seconds, |relation| match relation.at_most {
            Against::Length => wall_s,
            Against::Sample(_) | Against::Metric(_) | Against::Cores | Against::CoreTime => None,
        })
    };
    let mut found = Vec::new();
    for span in std::mem::take(&mut recorded.spans) {
        let Some(impossible) = judged(&span) else {
            recorded.spans.push(span);
            continue;
        };
        let of_it =
            |row: &Summary| (&*row.metric, &row.host, row.direction) == (span.metric, &span.host, span.direction);
        recorded.summaries.retain(|row| !of_it(row));
        found.push(impossible);
    }
    found
}

/// Statistics of the same hidden values that contradict each other: none of them is left, since nobody knows which is right.
fn sift_orders(rows: &mut Vec<Summary>) -> Vec<Impossible> {
    let same = |a: &Summary, b: &Summary| (&a.metric, &a.host, a.direction) == (&b.metric, &b.host, b.direction);
    let mut found: Vec<(Summary, Impossible)> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        // Once for all statistics of the same values, which stand beside each other.
        let before = at.checked_sub(1).and_then(|before| rows.get(before));
        if &*row.statistic == Statistic::Total.as_str() || before.is_some_and(|before| same(before, row)) {
            continue;
        }
        let of = |statistic: Statistic| {
            let one = rows.iter().find(|other| same(other, row) && &*other.statistic == statistic.as_str());
            one.map(|other| other.value)
        };
        found.extend(disorder(&row.metric, of).map(|impossible| (row.clone(), impossible)));
    }
    found.dedup_by(|a, b| same(&a.0, &b.0));
    rows.retain(|row| !found.iter().any(|(bad, _)| same(bad, row)));
    found.into_iter().map(|(_, impossible)| impossible).collect()
}

fn sift_summaries(rows: &mut Vec<Summary>, beside: Beside<'_>) -> Vec<Impossible> {
    let stands =
        |row: &Summary| metric(&row.metric).and_then(|it| it.summary).is_some_and(|it| it.as_str() == &*row.statistic);
    let before = rows.clone();
    let mut found = Vec::new();
    rows.retain(|row| {
        // One statistic of hidden values is set against the same one of others, and the one that stands for the run against
        // those that do. Quartiles of few values are extrapolated, so they are not, and what excludes another number is said
        // of the whole run alone.
        let whole = stands(row);
        let fits = |other: &&Summary| if whole { stands(other) } else { other.statistic == row.statistic };
        let impossible = judge(&row.metric, row.value, |relation| match relation.at_most {
            Against::Length => beside.length_s,
            Against::Cores => beside.cores(&row.host),
            Against::CoreTime => beside.cores(&row.host).zip(beside.length_s).map(|(cores, length_s)| cores * length_s),
            Against::Sample(_) => None,
            Against::Metric(_) if !whole && (relation.excludes() || is_quartile(row)) => None,
            Against::Metric(id) => {
                let mut others = before.iter().filter(|other| &*other.metric == id && other.direction == row.direction);
                others.find(fits).map(|other| other.value)
            }
        });
        found.extend(impossible);
        impossible.is_none()
    });
    found
}

fn is_quartile(row: &Summary) -> bool {
    [Statistic::P25, Statistic::P50, Statistic::P75].iter().any(|quartile| quartile.as_str() == &*row.statistic)
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
        judge(&row.metric, row.value, |relation| match relation.at_most {
            Against::Length => length_s,
            Against::Sample(id) => references.get(&place(row, id)).copied(),
            Against::Metric(_) | Against::Cores | Against::CoreTime => None,
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

    /// What a run's own length, its hosts and its other numbers rule out.
    #[test]
    fn what_contradicts_the_run_is_named() {
        let detail = |values: &[(&metrics::Metric, f64)]| recorded(values, &[]).verdict.detail.unwrap_or_default();
        for metric in [&metrics::VIDEO_RTT, &metrics::TIME_TO_FIRST_BYTE, &metrics::HANDSHAKE_TIME, &metrics::JITTER] {
            assert!(detail(&[(metric, 40.0)]).contains("the length of the run at most 3.1 s"), "{}", metric.id);
        }
        assert!(detail(&[(&metrics::RETRANSMITS, 1e9)]).contains("no host sends so many segments"));
        assert!(detail(&[(&metrics::BYTES_SENT, 1e14)]).contains("no host moves so much"));
        assert!(detail(&[(&metrics::LOSS_MEAN, 1.0), (&metrics::RTT_MEAN, 0.02)]).contains("less than 1 is possible"));
        assert!(detail(&[(&metrics::LOSS, 1.0), (&metrics::THROUGHPUT, 1e6)]).contains("something arrived"));
        assert!(detail(&[(&metrics::CPU_SOURCE, 0.5), (&metrics::CPU_SOURCE_USER, 0.9)]).contains("a part of it"));
        assert!(detail(&[(&metrics::DOWNLOAD_CPU_TIME, 1e5)]).contains("no host has so many cores"));
        assert_eq!(detail(&[(&metrics::LOSS, 1.0), (&metrics::THROUGHPUT, 0.0), (&metrics::CPU_SOURCE, 9.0)]), "");
        let mut run = recorded(&[(&metrics::CPU_SOURCE, 9.0)], &[]);
        let cores = BTreeMap::from([("a".to_owned(), 4.0)]);
        refuse_beside(&mut run, Beside { length_s: None, wall_s: None, cores: Some(&cores) });
        assert!(run.verdict.detail.unwrap().contains("the cores of its host at most 8.1 is possible"));
    }

    #[test]
    fn statistics_out_of_order_are_all_left_out() {
        let mut bad = recorded(&[(&metrics::RTT_MEAN, 0.02)], &[]);
        let mut least = bad.summaries.clone();
        least.iter_mut().for_each(|row| (row.statistic, row.value) = (Statistic::Min.as_str().into(), 0.5));
        bad.summaries.extend(least);
        refuse(&mut bad, Some(2.0));
        let detail = bad.verdict.detail.unwrap();
        assert_eq!(detail, "rtt_mean of 0.5 s cannot be: it is the min of values whose mean is 0.02 s");
        assert!(bad.summaries.is_empty());
    }

    /// Ten times the time is a tenth of the rate, and nothing else about the run says so.
    #[test]
    fn a_transfer_longer_than_its_run_has_no_rate() {
        for (seconds, left) in [(32.0, 2), (35.4, 2), (300.0, 1), (-3.0, 1)] {
            let mut run = recorded(&[(&metrics::THROUGHPUT, 1e6), (&metrics::BYTES_RECEIVED, 4e6)], &[]);
            let (host, direction) = (run.summaries[0].host.clone(), run.summaries[0].direction);
            run.spans.push(Span { metric: metrics::THROUGHPUT.id, host, direction, seconds });
            let unknown = Beside { length_s: Some(30.0), wall_s: None, cores: None };
            let mut bare = run.clone();
            refuse_beside(&mut bare, unknown);
            assert_eq!(bare.verdict == Verdict::OK, seconds > 0.0, "{seconds}");
            refuse_beside(&mut run, Beside { wall_s: Some(32.9), ..unknown });
            assert_eq!((run.summaries.len(), run.verdict == Verdict::OK), (left, left == 2), "{seconds}");
            if seconds > 100.0 {
                let detail = run.verdict.detail.unwrap();
                assert!(
                    detail.starts_with("transfer_time of 300 s cannot be: beside the length of the run"),
                    "{detail}"
                );
            }
        }
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
