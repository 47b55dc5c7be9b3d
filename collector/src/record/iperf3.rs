//! iperf3 reports as samples, summaries and a verdict.

use super::{At, Labels, Recorded, Span, Verdict, note_codes, possible, too_short};
use crate::parse::iperf3::{self, Interval, Report, Total};
use meshbench_schemas::catalogue::{self as metrics, Statistic};
use meshbench_schemas::outcome::{Outcome, Reason, STALLED_BELOW_BIT_S};
use meshbench_schemas::table::Symbol;
use meshbench_schemas::words::{Direction, WorkloadKind};

/// Rows of one iperf3 report. `labels.workload` decides whether TCP or UDP metrics are meant.
pub fn record(report: &Report, labels: &Labels) -> Recorded {
    let mut recorded = Recorded::new(Verdict::OK);
    recorded.tool_version = report.version.clone();
    recorded.started_unix_s = report.started_unix_s;
    recorded.asked_s = report.duration_s;
    recorded.congestion_control = report.sender_congestion.clone();
    recorded.both_directions = Some(report.bidir);
    recorded.settings = settings(report);
    recorded.send_buffer_byte = report.send_buffer_bytes.and_then(size);
    recorded.receive_buffer_byte = report.receive_buffer_bytes.and_then(size);
    recorded.notes = note_codes(&report.notes);
    if let Some((found, expected)) = other_protocol(report, labels) {
        let words = format!("a report of {found} stands where one of {expected} belongs");
        recorded.verdict = Verdict::not_ok(Outcome::Failed, Reason::UnreadableFile, words);
        return recorded;
    }
    for interval in &report.intervals {
        add_interval(&mut recorded, labels, interval, &labels.source, report.streams);
    }
    if let Some(server) = &report.server {
        // The server sees the far end of every stream, which the client cannot.
        for interval in &server.intervals {
            let mut interval = interval.clone();
            interval.direction = match (interval.sender, report.reverse) {
                _ if report.bidir => interval.direction,
                (true, _) | (false, true) => iperf3::Direction::Reverse,
                (false, false) => iperf3::Direction::Forward,
            };
            add_interval(&mut recorded, labels, &interval, &labels.target, report.streams);
        }
    }
    let failed = report.error.is_some();
    if !failed {
        for total in report.totals.iter().filter(|total| total.stream.is_none() && !is_blank(total)) {
            add_total(&mut recorded, labels, total);
        }
    }
    if !failed {
        add_amounts(&mut recorded, labels, report);
    }
    let cpu = report.cpu.as_ref().filter(|_| !failed);
    let cpu = [
        (&metrics::CPU_SOURCE, &labels.source, cpu.and_then(|cpu| cpu.host_total)),
        (&metrics::CPU_SOURCE_USER, &labels.source, cpu.and_then(|cpu| cpu.host_user)),
        (&metrics::CPU_SOURCE_SYSTEM, &labels.source, cpu.and_then(|cpu| cpu.host_system)),
        (&metrics::CPU_TARGET, &labels.target, cpu.and_then(|cpu| cpu.remote_total)),
        (&metrics::CPU_TARGET_USER, &labels.target, cpu.and_then(|cpu| cpu.remote_user)),
        (&metrics::CPU_TARGET_SYSTEM, &labels.target, cpu.and_then(|cpu| cpu.remote_system)),
    ];
    for (metric, host, value) in cpu {
        if let Some(value) = value {
            recorded.summary(labels, metric, host, None, Statistic::Total, value);
        }
    }
    let size = match over_udp(labels) {
        true => report.block_bytes.map(|bytes| (&metrics::DATAGRAM_SIZE, bytes as f64)),
        false => report.mss_bytes.map(|bytes| (&metrics::SEGMENT_SIZE, bytes)),
    };
    if let Some((metric, bytes)) = size.filter(|(_, bytes)| *bytes > 0.0) {
        recorded.summary(labels, metric, &labels.source, None, Statistic::Total, bytes);
    }
    recorded.verdict = verdict(report);
    possible::refuse(&mut recorded, length_s(report));
    recorded
}

/// The protocol of a report that is of another one than the workload's, and that of the workload.
fn other_protocol(report: &Report, labels: &Labels) -> Option<(&'static str, &'static str)> {
    const NAMES: [(iperf3::Protocol, &str); 3] =
        [(iperf3::Protocol::Tcp, "TCP"), (iperf3::Protocol::Udp, "UDP"), (iperf3::Protocol::Sctp, "SCTP")];
    // Where a report does not say it, datagrams do.
    let datagrams = report.totals.iter().any(|total| total.packets.is_some());
    let found = report.protocol.or(datagrams.then_some(iperf3::Protocol::Udp))?;
    let expected = if over_udp(labels) { iperf3::Protocol::Udp } else { iperf3::Protocol::Tcp };
    let name = |of| NAMES.iter().find(|(protocol, _)| *protocol == of).map(|(_, name)| *name);
    (found != expected).then(|| name(found).zip(name(expected))).flatten()
}

/// Whether what is counted are datagrams.
fn over_udp(labels: &Labels) -> bool {
    labels.workload.kind() == WorkloadKind::Datagrams
}

/// How long the test took by its own clock.
fn length_s(report: &Report) -> Option<f64> {
    report.totals.iter().map(|total| total.seconds).chain(report.duration_s).reduce(f64::max)
}

/// What iperf3 was told beside duration, direction and address. The length of a datagram is a metric of its own.
fn settings(report: &Report) -> Option<String> {
    // Where a report broke off before it says so much, it says too little.
    report.streams?;
    let length = report.block_bytes.filter(|_| report.protocol != Some(iperf3::Protocol::Udp));
    let told = [
        ("--parallel", report.streams.map(|streams| streams as f64)),
        ("--omit", report.omit_s),
        ("--length", length.map(|bytes| bytes as f64)),
        ("--window", report.buffer_bytes),
        ("--bitrate", report.target_bit_s),
        ("--tos", report.tos),
    ];
    let words: Vec<String> =
        told.iter().filter_map(|(option, value)| Some(format!("{option} {}", (*value)?))).collect();
    let reverse = (report.reverse && !report.bidir).then(|| "--reverse".to_owned());
    Some(words.into_iter().chain(reverse).collect::<Vec<_>>().join(" "))
}

const fn direction(direction: iperf3::Direction) -> Direction {
    match direction {
        iperf3::Direction::Forward => Direction::Forward,
        iperf3::Direction::Reverse => Direction::Reverse,
    }
}

fn add_interval(
    recorded: &mut Recorded,
    labels: &Labels,
    interval: &Interval,
    host: &meshbench_schemas::table::Symbol,
    streams: Option<u64>,
) {
    // Intervals that the tool was told to leave out of its own totals belong to no run value.
    if interval.omitted {
        return;
    }
    let at = At {
        direction: Some(direction(interval.direction)),
        stream: interval.stream.and_then(|stream| u32::try_from(stream).ok()),
        seq: u32::try_from(interval.seq).unwrap_or(u32::MAX),
        t_s: Some(interval.start_s),
        window_s: Some(interval.seconds),
    };
    let many = streams.is_none_or(|streams| streams > 1);
    // With one stream its amounts are the sum's: kept once.
    if at.stream.is_none() || many {
        let amount = if interval.sender { &metrics::SENT } else { &metrics::RECEIVED };
        if interval.seconds > 0.0 {
            recorded.sample(labels, amount, host, at, interval.bytes * 8.0 / interval.seconds);
        }
        if over_udp(labels) {
            let lost = interval.lost.filter(|_| !interval.sender);
            for (series, value) in [
                (&metrics::DATAGRAMS, interval.packets),
                (&metrics::DATAGRAMS_LOST, lost),
                (&metrics::DATAGRAMS_REORDERED, interval.out_of_order),
                (&metrics::INTERARRIVAL_JITTER, interval.jitter_s.filter(|_| !interval.sender)),
            ] {
                if let Some(value) = value {
                    recorded.sample(labels, series, host, at, value);
                }
            }
        } else if let Some(value) = told(interval.retransmits, 1.0) {
            recorded.sample(labels, &metrics::RETRANSMITTED, host, at, value);
        }
    }
    // What only a single connection has.
    if at.stream.is_some() && !over_udp(labels) && interval.sender {
        for (series, value) in [
            (&metrics::CONGESTION_WINDOW, told(interval.cwnd_bytes, 1.0)),
            (&metrics::SEND_WINDOW, told(interval.send_window_bytes, 1.0)),
            (&metrics::SMOOTHED_RTT, told(interval.rtt_s, MICROSECOND)),
            (&metrics::SMOOTHED_RTT_VARIATION, told(interval.rttvar_s, MICROSECOND)),
            (&metrics::PATH_MTU, told(interval.pmtu_bytes, 1.0)),
            (&metrics::REORDERING_DEGREE, told(interval.reorder, 1.0)),
        ] {
            if let Some(value) = value {
                recorded.sample(labels, series, host, at, value);
            }
        }
    }
}

const MICROSECOND: f64 = 1e-6;

/// What the kernel told of a connection. Where a system cannot tell it, iperf3 prints −1 in the `unit` of the value.
fn told(value: Option<f64>, unit: f64) -> Option<f64> {
    value.filter(|value| *value != -unit)
}

/// A size in whole bytes above zero: iperf3 prints 0 where the kernel told it none.
fn size(bytes: f64) -> Option<u32> {
    let whole = bytes > 0.0 && bytes <= f64::from(u32::MAX) && bytes.fract() == 0.0;
    whole.then_some(bytes as u32)
}

/// The payload of the whole run in each direction, and the share of its segments that were sent again.
fn add_amounts(recorded: &mut Recorded, labels: &Labels, report: &Report) {
    for total in report.totals.iter().filter(|total| total.stream.is_none() && !is_blank(total)) {
        let way = Some(direction(total.direction));
        let host = host_of(labels, total);
        let metric = if total.sender { &metrics::BYTES_SENT } else { &metrics::BYTES_RECEIVED };
        recorded.summary(labels, metric, host, way, Statistic::Total, total.bytes);
        let segments = report.mss_bytes.map(|size| total.bytes / size).filter(|segments| *segments > 0.0);
        // A count that cannot be gives no share either.
        let again = told(total.retransmits, 1.0).filter(|again| metrics::RETRANSMITS.possible.contains(*again));
        let again = again.filter(|_| total.sender && !over_udp(labels));
        if let Some((again, segments)) = again.zip(segments) {
            recorded.summary(
                labels,
                &metrics::RETRANSMIT_SHARE,
                host,
                way,
                Statistic::Total,
                again / (segments + again),
            );
        }
    }
}

/// Whether a total of the receiving end of UDP says that datagrams came and has no bytes of them: nobody knows what came.
fn is_blank(total: &Total) -> bool {
    let expected = total.packets.unwrap_or_default();
    !total.sender && total.bytes <= 0.0 && expected > 0.0 && total.lost != Some(expected)
}

/// The end whose count a total is.
fn host_of<'a>(labels: &'a Labels, total: &Total) -> &'a Symbol {
    match (total.direction, total.sender) {
        (iperf3::Direction::Forward, true) | (iperf3::Direction::Reverse, false) => &labels.source,
        _ => &labels.target,
    }
}

fn add_total(recorded: &mut Recorded, labels: &Labels, total: &Total) {
    let way = Some(direction(total.direction));
    let host = host_of(labels, total);
    if let Some(rate) = rate(total) {
        let metric = if total.sender { &metrics::OFFERED } else { &metrics::THROUGHPUT };
        recorded.summary(labels, metric, host, way, Statistic::Total, rate);
        recorded.spans.push(Span { metric: metric.id, host: host.clone(), direction: way, seconds: total.seconds });
    }
    if over_udp(labels) {
        if !total.sender {
            let share = |part: Option<f64>, whole: Option<f64>| {
                part.zip(whole.filter(|whole| *whole > 0.0)).map(|(part, whole)| part / whole)
            };
            let received = total.packets.zip(total.lost).map(|(packets, lost)| packets - lost);
            for (metric, value) in [
                (&metrics::LOSS, share(total.lost, total.packets)),
                // RFC 4737: of what was received. What was lost has no order.
                (&metrics::REORDERING, share(total.out_of_order, received)),
                (&metrics::JITTER, total.jitter_s),
            ] {
                if let Some(value) = value {
                    recorded.summary(labels, metric, host, way, Statistic::Total, value);
                }
            }
        }
    } else if let Some(value) = told(total.retransmits, 1.0).filter(|_| total.sender) {
        recorded.summary(labels, &metrics::RETRANSMITS, host, way, Statistic::Total, value);
    }
}

/// Amount over time; the printed rate where the report has no time.
fn rate(total: &Total) -> Option<f64> {
    if total.seconds > 0.0 { Some(total.bytes * 8.0 / total.seconds) } else { total.bits_per_second }
}

fn verdict(report: &Report) -> Verdict {
    if let Some(error) = &report.error {
        return Verdict::not_ok(Outcome::Failed, reason_of(error), error);
    }
    let received: Vec<&Total> = report.totals.iter().filter(|total| total.stream.is_none() && !total.sender).collect();
    if received.is_empty() {
        return Verdict::not_ok(Outcome::Failed, Reason::NoData, "the report ends without the receiver's totals");
    }
    if report.bidir && received.len() < 2 {
        return Verdict::not_ok(
            Outcome::Partial,
            Reason::NoData,
            "the report has the receiver's totals of one direction only",
        );
    }
    for total in received {
        let way = direction(total.direction);
        if is_blank(total) {
            let words = format!(
                "{way}: 0 bytes received of {} datagrams, of which not all are said to be lost: one of both cannot be",
                total.packets.unwrap_or_default()
            );
            return Verdict::not_ok(Outcome::Invalid, Reason::ImpossibleValue, words);
        }
        match rate(total) {
            Some(rate) if rate.is_finite() && rate >= STALLED_BELOW_BIT_S => {}
            Some(rate) if rate.is_finite() && rate >= 0.0 => {
                return Verdict::not_ok(
                    Outcome::Stalled,
                    Reason::NoTraffic,
                    format!("{way}: {rate:.0} bit/s over {:.1} s", total.seconds),
                );
            }
            Some(rate) => {
                return Verdict::not_ok(Outcome::Invalid, Reason::ImpossibleValue, format!("{way}: {rate} bit/s"));
            }
            None => {
                return Verdict::not_ok(
                    Outcome::Failed,
                    Reason::NoData,
                    format!("{way}: the receiver's total has neither time nor rate"),
                );
            }
        }
    }
    let sums = report.totals.iter().filter(|total| total.stream.is_none());
    let sent_for = sums.filter(|total| total.sender).map(|total| total.seconds).reduce(f64::min);
    // A test of so many bytes has a duration of 0.
    let short = sent_for.zip(report.duration_s).and_then(|(took, asked)| too_short(took, asked));
    short.unwrap_or(Verdict::OK)
}

/// What iperf3's error messages mean, from its `iperf_error.c`: the first that occurs in the text.
const ERRORS: &[(&str, Reason)] = &[
    ("server is busy", Reason::ServerBusy),
    ("connection refused", Reason::Refused),
    ("unable to connect", Reason::Unreachable),
    ("no route to host", Reason::Unreachable),
    ("network is unreachable", Reason::Unreachable),
    ("unable to read from stream socket", Reason::HandshakeLost),
    ("unable to create a new stream", Reason::HandshakeLost),
    ("unable to initialize stream", Reason::HandshakeLost),
    ("control message", Reason::ControlLost),
    ("control socket", Reason::ControlLost),
    ("control connection", Reason::ControlLost),
    ("unable to receive results", Reason::ControlLost),
    ("unable to send results", Reason::ControlLost),
    ("unable to receive parameters", Reason::ControlLost),
    ("unable to send parameters", Reason::ControlLost),
    ("unable to receive cookie", Reason::ControlLost),
    ("server has terminated", Reason::ControlLost),
    ("broken pipe", Reason::ControlLost),
    ("connection reset", Reason::ControlLost),
    ("interrupt", Reason::Interrupted),
    ("name or service not known", Reason::Unreachable),
];

/// The reason code of an iperf3 error message.
pub fn reason_of(message: &str) -> Reason {
    let message = message.to_lowercase();
    ERRORS.iter().find(|(text, _)| message.contains(text)).map_or(Reason::ToolError, |(_, reason)| *reason)
}
