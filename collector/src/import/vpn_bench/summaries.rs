//! The framework's own summaries: five numbers in place of samples that it threw away.

use crate::record::{Labels, Recorded, Verdict};
use meshbench_schemas::catalogue::{self as metrics, Metric, Statistic};
use meshbench_schemas::note::NoteCode;
use meshbench_schemas::outcome::{Outcome, Reason, STALLED_BELOW_BIT_S};
use meshbench_schemas::tables::Summary;
use serde::Deserialize;
use serde_json::Value;

/// Five numbers about hidden values.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
struct Five {
    min: Option<f64>,
    average: Option<f64>,
    max: Option<f64>,
    #[serde(default)]
    percentiles: Quartiles,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
struct Quartiles {
    p25: Option<f64>,
    p50: Option<f64>,
    p75: Option<f64>,
}

impl Five {
    fn numbers(self) -> [(Statistic, Option<f64>); 6] {
        [
            (Statistic::Min, self.min),
            (Statistic::P25, self.percentiles.p25),
            (Statistic::P50, self.percentiles.p50),
            (Statistic::Mean, self.average),
            (Statistic::P75, self.percentiles.p75),
            (Statistic::Max, self.max),
        ]
    }

    /// Whether every number there is lies below a limit; false where there is none.
    fn is_below(self, limit: f64) -> bool {
        let mut known = self.numbers().into_iter().filter_map(|(_, value)| value).peekable();
        known.peek().is_some() && known.all(|value| value < limit)
    }

    /// The framework writes zeros where it had no value at all.
    fn is_zero(self) -> bool {
        self.numbers().iter().all(|(_, value)| value.is_none_or(|value| value == 0.0))
    }
}

/// How a key of a summary becomes a metric.
struct Field {
    key: &'static str,
    metric: &'static Metric,
    scale: f64,
    /// Whether all zeros mean that there was no value.
    zero_is_none: bool,
}

const fn field(key: &'static str, metric: &'static Metric, scale: f64, zero_is_none: bool) -> Field {
    Field { key, metric, scale, zero_is_none }
}

const PING: &[Field] = &[
    field("rtt_min_ms", &metrics::RTT_MIN, 1e-3, true),
    field("rtt_avg_ms", &metrics::RTT_MEAN, 1e-3, true),
    field("rtt_max_ms", &metrics::RTT_MAX, 1e-3, true),
    field("rtt_mdev_ms", &metrics::RTT_DEVIATION, 1e-3, true),
    field("packet_loss_percent", &metrics::LOSS_MEAN, 1e-2, false),
];

const QPERF: &[Field] = &[
    field("total_bandwidth_mbps", &metrics::THROUGHPUT_MEAN, 1e6, false),
    field("cpu_usage_percent", &metrics::CPU_SOURCE_MEAN, 1e-2, false),
    field("ttfb_ms", &metrics::TIME_TO_FIRST_BYTE, 1e-3, true),
    field("conn_time_ms", &metrics::HANDSHAKE_TIME, 1e-3, true),
];

const ENCODING: &[Field] = &[
    field("bitrate_kbps", &metrics::VIDEO_ENCODED, 1e3, true),
    field("fps", &metrics::FRAME_RATE, 1.0, true),
    field("dropped_frames", &metrics::FRAMES_MISSING, 1.0, false),
];

const NETWORK: &[Field] = &[
    field("packets_dropped", &metrics::VIDEO_LOST, 1.0, false),
    field("packets_recovered", &metrics::VIDEO_RECOVERED, 1.0, false),
    field("rtt_ms", &metrics::VIDEO_RTT, 1e-3, true),
    field("quality", &metrics::VIDEO_QUALITY, 1e-2, false),
    field("bitrate_bps", &metrics::VIDEO_RECEIVED, 1.0, false),
];

/// Reads one key; `None` where it is absent or holds no such numbers. The oldest variant has the quartiles
/// alone, under a key of their own.
fn five(data: &Value, key: &str) -> Option<Five> {
    if let Some(value) = data.get(key).filter(|value| value.is_object()) {
        return Five::deserialize(value).ok();
    }
    let percentiles = Quartiles::deserialize(data.get(format!("{key}_percentiles"))?).ok()?;
    Some(Five { min: None, average: None, max: None, percentiles })
}

/// Adds the rows of every field that is there, and returns how many were.
fn add(recorded: &mut Recorded, labels: &Labels, data: &Value, fields: &[Field]) -> usize {
    let mut found = 0;
    for field in fields {
        let Some(five) = five(data, field.key) else { continue };
        found += 1;
        if field.zero_is_none && five.is_zero() {
            continue;
        }
        for (statistic, value) in five.numbers() {
            if let Some(value) = value {
                recorded.summary(labels, field.metric, &labels.source, None, statistic, value * field.scale);
            }
        }
    }
    found
}

fn nothing_found(found: usize, what: &str) -> Option<Verdict> {
    (found == 0).then(|| {
        Verdict::not_ok(Outcome::Failed, Reason::NoData, format!("the result holds none of the numbers of {what}"))
    })
}

/// `ping.json`: three times one hundred packets.
pub fn ping(data: &Value, labels: &Labels) -> Recorded {
    let mut recorded = Recorded::new(Verdict::OK);
    let found = add(&mut recorded, labels, data, PING);
    let loss = five(data, "packet_loss_percent");
    let answered = five(data, "rtt_avg_ms").is_some_and(|rtt| !rtt.is_zero());
    recorded.verdict = if let Some(verdict) = nothing_found(found, "ping") {
        verdict
    } else if !answered {
        Verdict::not_ok(Outcome::Stalled, Reason::NoTraffic, "no packet was answered")
    } else if loss.is_some_and(|loss| loss.max.is_some_and(|max| max >= 100.0)) {
        // The harness counts a repetition that crashed as one that lost every packet.
        Verdict::not_ok(
            Outcome::Partial,
            Reason::RepetitionLost,
            "at least one repetition has 100 % loss: it crashed, or no packet came back; its loss is inside the reported mean, its round-trip times are not",
        )
    } else {
        Verdict::OK
    };
    recorded
}

/// `qperf.json`: a connection a core, summed by the second.
pub fn qperf(data: &Value, labels: &Labels) -> Recorded {
    let mut recorded = Recorded::new(Verdict::OK);
    let found = add(&mut recorded, labels, data, QPERF);
    let bandwidth = five(data, "total_bandwidth_mbps");
    recorded.verdict = if let Some(verdict) = nothing_found(found, "qperf") {
        verdict
    } else if bandwidth.is_none_or(|five| five.is_below(STALLED_BELOW_BIT_S / 1e6)) {
        Verdict::not_ok(Outcome::Stalled, Reason::NoTraffic, "next to nothing arrived in any second")
    } else {
        Verdict::OK
    };
    recorded
}

/// More packets a second than any stream of this workload can have: the counter behind it wrapped at
/// 16 bits.
const WRAPPED_COUNT: f64 = 32_768.0;
/// Frames of the whole stream: 30 seconds at 30 frames.
const STREAM_FRAMES: f64 = 900.0;
/// A stream that lacks more than this share of its frames did not run as asked. Encoders start late: a good
/// stream lacks 15 of its 900 frames.
const MISSING_SHARE: f64 = 0.1;

/// `rist_stream.json`: ffmpeg's reports, and in later versions the receiver's.
pub fn rist(data: &Value, labels: &Labels) -> Recorded {
    let mut recorded = Recorded::new(Verdict::OK);
    let encoding = data.get("encoding").unwrap_or(data);
    let mut found = add(&mut recorded, labels, encoding, ENCODING);
    let network = data.get("network").filter(|network| !network.is_null());
    if let Some(network) = network {
        found += add(&mut recorded, labels, network, NETWORK);
    }
    drop_wrapped(&mut recorded);
    let missing = five(encoding, "dropped_frames").and_then(|five| five.max);
    let silent =
        network.and_then(|network| five(network, "bitrate_bps")).is_some_and(|five| five.is_below(STALLED_BELOW_BIT_S));
    recorded.verdict = if let Some(verdict) = nothing_found(found, "the stream") {
        verdict
    } else if silent {
        Verdict::not_ok(Outcome::Stalled, Reason::NoTraffic, "the receiver saw next to nothing")
    } else if let Some(missing) = missing.filter(|missing| *missing >= MISSING_SHARE * STREAM_FRAMES) {
        let words = format!("{missing} of {STREAM_FRAMES} frames are missing: the stream ended early or hardly ran");
        Verdict::not_ok(Outcome::Invalid, Reason::WrongDuration, words)
    } else {
        Verdict::OK
    };
    recorded
}

/// Leaves out the numbers of lost packets that a wrapped counter is in: the mean, and whatever is too large
/// itself. Everything else about the stream is as good as ever, so the attempt stays what it is.
fn drop_wrapped(recorded: &mut Recorded) {
    let is_lost = |row: &Summary| &*row.metric == metrics::VIDEO_LOST.id;
    let wrapped = |row: &Summary| is_lost(row) && row.value.abs() >= WRAPPED_COUNT;
    if recorded.summaries.iter().any(wrapped) {
        let tainted = |row: &Summary| wrapped(row) || is_lost(row) && &*row.statistic == Statistic::Mean.as_str();
        recorded.summaries.retain(|row| !tainted(row));
        recorded.notes = Some(NoteCode::CounterWrap.as_str().to_owned());
    }
}
