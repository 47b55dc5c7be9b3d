//! ping reports as samples and a verdict.

use super::{At, Labels, Recorded, Verdict, note_codes, possible};
use crate::parse::Note;
use crate::parse::ping::{ErrorKind, ErrorReply, Report, RttSummary};
use meshbench_schemas::catalogue::{self as metrics, Statistic};
use meshbench_schemas::outcome::{Outcome, Reason};

/// Rows of one ping report: a round-trip time for every answered packet that has one, and for every packet whether
/// it was lost. `interval_s` places packets in time where the report has no timestamps.
///
/// Where the lines do not show what became of every packet (`-q`, a head that was cut off), the loss and the
/// round-trip times of ping's own summary are recorded, as summaries.
pub fn record(report: &Report, labels: &Labels, interval_s: f64) -> Recorded {
    let outcomes = report.outcomes();
    let lists_all = report.lists_all();
    let mut recorded = Recorded::new(Verdict::OK);
    // Of a clock that was set meanwhile the time stamps are not to be had.
    let stamped = !report.notes.iter().any(|note| matches!(note, Note::ClockSet(_)));
    let seen_s = seen_interval(report).filter(|_| stamped);
    recorded.notes = note_codes(&[report.notes.as_slice(), off_pace(interval_s, seen_s).as_slice()].concat());
    let interval_s = seen_s.unwrap_or(interval_s);
    let start = outcomes.iter().find_map(|packet| packet.unix_s.map(|unix| (packet.seq, unix)));
    let first = outcomes.first().map_or(0, |packet| packet.seq);
    recorded.started_unix_s = start.map(|(seq, unix)| unix - seq.saturating_sub(first) as f64 * interval_s);
    for packet in &outcomes {
        let number = packet.seq.saturating_sub(first);
        let at = At {
            seq: u32::try_from(number).unwrap_or(u32::MAX),
            t_s: packet
                .unix_s
                .filter(|_| stamped)
                .zip(recorded.started_unix_s)
                .map(|(unix, started)| unix - started)
                .or(Some(number as f64 * interval_s)),
            ..At::default()
        };
        if let Some(rtt) = packet.rtt_s {
            recorded.sample(labels, &metrics::ECHO_RTT, &labels.source, at, rtt);
        }
        if lists_all {
            let lost = if packet.answered { 0.0 } else { 1.0 };
            recorded.sample(labels, &metrics::ECHO_LOST, &labels.source, at, lost);
        }
    }
    if !lists_all {
        summarise(&mut recorded, report, labels);
    }
    recorded.verdict = verdict(report);
    // How long it took is not known here; whoever knows asks again.
    possible::refuse(&mut recorded, None);
    recorded
}

/// What the summary says of all packets.
fn summarise(recorded: &mut Recorded, report: &Report, labels: &Labels) {
    let mut add = |metric, statistic, value: Option<f64>| {
        if let Some(value) = value {
            recorded.summary(labels, metric, &labels.source, None, statistic, value);
        }
    };
    add(&metrics::LOSS, Statistic::Total, report.loss);
    let Some(RttSummary { min_s, avg_s, max_s, mdev_s }) = report.rtt else { return };
    // Zero is what a version that prints whole milliseconds says of less than one.
    let known = |value: f64| (value > 0.0).then_some(value);
    add(&metrics::RTT_MIN, Statistic::Min, known(min_s));
    add(&metrics::RTT_MEAN, Statistic::Mean, known(avg_s));
    add(&metrics::RTT_MAX, Statistic::Max, known(max_s));
    add(&metrics::RTT_DEVIATION, Statistic::Mean, mdev_s.filter(|_| min_s > 0.0));
}

fn verdict(report: &Report) -> Verdict {
    let outcomes = report.outcomes();
    let sent = report.sent.unwrap_or(0).max(outcomes.len() as u64);
    let error = report.errors.iter().find(|error| is_failure(error));
    let words = |otherwise: String| error.map_or(otherwise, |error| error.text.clone());
    if sent == 0 {
        return Verdict::not_ok(Outcome::Failed, Reason::NoData, words("ping reports no packet".to_owned()));
    }
    if report.received.unwrap_or(0) > 0 || outcomes.iter().any(|packet| packet.answered) {
        return Verdict::OK;
    }
    let reason = if error.is_some() { Reason::Unreachable } else { Reason::NoTraffic };
    Verdict::not_ok(Outcome::Stalled, reason, words(format!("none of {sent} packets was answered")))
}

/// Advice of a router costs no packet.
fn is_failure(error: &ErrorReply) -> bool {
    error.kind != ErrorKind::Advice
}

/// How much longer or shorter than asked the time between two probes may be. On a kernel whose clock ticks each 10 ms, ping
/// leaves each 20 ms where 10 were asked.
const PACE: f64 = 0.25;

/// What is to be noted where probes left at another pace than was asked: the load on the path was another one.
fn off_pace(asked_s: f64, seen_s: Option<f64>) -> Option<Note> {
    let seen_s = seen_s.filter(|seen_s| asked_s > 0.0 && (seen_s / asked_s - 1.0).abs() > PACE)?;
    Some(Note::OtherPace(format!("each {:.1} ms, asked was each {:.1} ms", seen_s * 1e3, asked_s * 1e3)))
}

/// Time between two probes, from the first and the last answer that carry a time.
fn seen_interval(report: &Report) -> Option<f64> {
    let mut timed = report.replies.iter().filter(|reply| !reply.duplicate).filter_map(|reply| {
        // Answers are stamped when they arrive; probes left one round trip before.
        Some((reply.seq, reply.unix_s? - reply.rtt_s))
    });
    let first = timed.next()?;
    let last = timed.next_back()?;
    let interval = (last.1 - first.1) / last.0.checked_sub(first.0).filter(|gap| *gap > 0)? as f64;
    (interval.is_finite() && interval >= 0.0).then_some(interval)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::ping::parse;
    use meshbench_schemas::words::Workload;

    fn recorded(text: &str) -> Recorded {
        let word = |text: &str| text.into();
        let labels = Labels {
            run_id: word("r"),
            system: word("internal"),
            tuning: word("default"),
            profile: word("baseline"),
            workload: Workload::Ping,
            source: word("h1"),
            target: word("h2"),
        };
        record(&parse(text.as_bytes()).unwrap(), &labels, 0.1)
    }

    fn samples(recorded: &Recorded, series: &str) -> Vec<f64> {
        recorded.samples.iter().filter(|row| &*row.metric == series).map(|row| row.value).collect()
    }

    fn summary(recorded: &Recorded, metric: &str) -> Option<f64> {
        recorded.summaries.iter().find(|row| &*row.metric == metric).map(|row| row.value)
    }

    #[test]
    fn probes_that_left_at_another_pace_are_noted() {
        // Asked was each 100 ms.
        let apart = |apart_s: f64| {
            let mut text = "PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.\n".to_owned();
            for seq in 1..=20 {
                let at = 1_700_000_000.0 + f64::from(seq) * apart_s;
                text += &format!("[{at:.6}] 64 bytes from 192.0.2.1: icmp_seq={seq} ttl=64 time=1.00 ms\n");
            }
            recorded(&text)
        };
        let noted = |apart_s| apart(apart_s).notes.unwrap_or_default().contains("other-pace");
        assert!(noted(0.2), "half as fast");
        assert!(noted(0.05), "twice as fast");
        assert!(!noted(0.1) && !noted(0.105));
        let last = apart(0.2).samples.iter().filter_map(|sample| sample.t_s).fold(0.0, f64::max);
        assert!((last - 3.8).abs() < 1e-3, "times are those that were seen: {last}");
    }

    #[test]
    fn an_answer_without_a_time_is_an_answer() {
        let small = recorded(include_str!("../../tests/fixtures/ping/small.txt"));
        assert_eq!(small.verdict, Verdict::OK);
        assert_eq!(samples(&small, "echo_lost"), [0.0; 3]);
        assert!(samples(&small, "echo_rtt").is_empty());
        assert_eq!(small.notes.as_deref(), Some("missing-field"));
    }

    #[test]
    fn without_lines_the_summary_is_what_there_is() {
        let quiet = recorded(include_str!("../../tests/fixtures/ping/quiet.txt"));
        assert_eq!(quiet.verdict, Verdict::OK);
        assert!(quiet.samples.is_empty());
        assert_eq!(summary(&quiet, "loss"), Some(0.005));
        assert_eq!(summary(&quiet, "rtt_max"), Some(0.038 / 1e3));
    }

    #[test]
    fn a_head_that_was_cut_off_is_no_loss() {
        let tail = "64 bytes from a: icmp_seq=99 ttl=64 time=2.0 ms\n64 bytes from a: icmp_seq=100 ttl=64 time=2.0 ms\n\n\
            --- a ping statistics ---\n100 packets transmitted, 100 received, 0% packet loss, time 9900ms\n\
            rtt min/avg/max/mdev = 1.000/2.000/3.000/0.500 ms\n";
        let tail = recorded(tail);
        assert_eq!((summary(&tail, "loss"), summary(&tail, "rtt_mean")), (Some(0.0), Some(0.002)));
        assert!(samples(&tail, "echo_lost").is_empty());
        assert_eq!(samples(&tail, "echo_rtt"), [0.002; 2]);
        assert_eq!(tail.notes.as_deref(), Some("contradiction"));
    }

    #[test]
    fn a_clock_that_was_set_gives_no_times() {
        let set = recorded(include_str!("../../tests/fixtures/ping/clock-set.txt"));
        assert_eq!(samples(&set, "echo_rtt"), [0.01, 0.01]);
        assert_eq!(samples(&set, "echo_lost"), [0.0; 5]);
        let times: Vec<_> = set.samples.iter().filter_map(|row| row.t_s).collect();
        assert!(times.iter().all(|t_s| (0.0..1.0).contains(t_s)), "{times:?}");
        assert_eq!(set.notes.as_deref(), Some("clock-set"));
    }

    #[test]
    fn a_redirect_is_no_error_of_a_packet_that_is_lost() {
        let text = "PING a (10.0.0.2) 56(84) bytes of data.\nFrom 10.0.0.1: icmp_seq=1 Redirect Host(New nexthop: 10.0.0.9)\n\n\
            --- a ping statistics ---\n1 packets transmitted, 0 received, 100% packet loss, time 0ms\n";
        let verdict = recorded(text).verdict;
        assert_eq!((verdict.outcome, verdict.reason), (Outcome::Stalled, Some(Reason::NoTraffic)));
    }
}
