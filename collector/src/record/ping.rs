//! ping reports as samples and a verdict.

use super::{At, Labels, Recorded, Verdict, note_codes};
use crate::parse::ping::Report;
use meshbench_schemas::catalogue as metrics;
use meshbench_schemas::outcome::{Outcome, Reason};

/// Rows of one ping report: a round-trip time for every answered packet, and for every packet whether
/// it was lost. `interval_s` places packets in time where the report has no timestamps.
pub fn record(report: &Report, labels: &Labels, interval_s: f64) -> Recorded {
    let outcomes = report.outcomes();
    let mut recorded = Recorded::new(Verdict::OK);
    recorded.notes = note_codes(&report.notes);
    let interval_s = seen_interval(report).unwrap_or(interval_s);
    let start = report.replies.iter().find_map(|reply| reply.unix_s.map(|unix| (reply.seq, unix)));
    let first = outcomes.first().map_or(0, |packet| packet.seq);
    recorded.started_unix_s = start.map(|(seq, unix)| unix - seq.saturating_sub(first) as f64 * interval_s);
    for packet in &outcomes {
        let number = packet.seq.saturating_sub(first);
        let at = At {
            seq: u32::try_from(number).unwrap_or(u32::MAX),
            t_s: packet
                .unix_s
                .zip(recorded.started_unix_s)
                .map(|(unix, started)| unix - started)
                .or(Some(number as f64 * interval_s)),
            ..At::default()
        };
        if let Some(rtt) = packet.rtt_s {
            recorded.sample(labels, &metrics::ECHO_RTT, &labels.source, at, rtt);
        }
        recorded.sample(
            labels,
            &metrics::ECHO_LOST,
            &labels.source,
            at,
            if packet.rtt_s.is_some() { 0.0 } else { 1.0 },
        );
    }
    recorded.verdict = if outcomes.is_empty() {
        Verdict::not_ok(Outcome::Failed, Reason::NoData, "ping reports no packet")
    } else if outcomes.iter().all(|packet| packet.rtt_s.is_none()) {
        let words = report
            .errors
            .first()
            .map_or_else(|| format!("none of {} packets was answered", outcomes.len()), |error| error.text.clone());
        let reason = if report.errors.is_empty() { Reason::NoTraffic } else { Reason::Unreachable };
        Verdict::not_ok(Outcome::Stalled, reason, words)
    } else {
        Verdict::OK
    };
    recorded
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
