//! The framework's own summaries: five numbers in place of samples that it threw away.

use crate::parse::json;
use crate::record::{Labels, Recorded, Verdict, excerpt, joined};
use meshbench_schemas::catalogue::{self as metrics, Metric, Statistic};
use meshbench_schemas::note::NoteCode;
use meshbench_schemas::outcome::{Outcome, Reason, STALLED_BELOW_BIT_S};
use meshbench_schemas::tables::Summary;
use serde_json::Value;

/// Five numbers about hidden values.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Five {
    min: Option<f64>,
    p25: Option<f64>,
    p50: Option<f64>,
    average: Option<f64>,
    p75: Option<f64>,
    max: Option<f64>,
}

impl Five {
    fn numbers(self) -> [(Statistic, Option<f64>); 6] {
        [
            (Statistic::Min, self.min),
            (Statistic::P25, self.p25),
            (Statistic::P50, self.p50),
            (Statistic::Mean, self.average),
            (Statistic::P75, self.p75),
            (Statistic::Max, self.max),
        ]
    }

    fn known(self) -> impl Iterator<Item = f64> {
        self.numbers().into_iter().filter_map(|(_, value)| value)
    }

    /// Whether the hidden values lie below a limit, as far as one can tell: the smaller ones of them say nothing of the rest.
    fn is_below(self, limit: f64) -> bool {
        self.max.or(self.average).is_some_and(|value| value < limit)
    }

    /// The framework writes zeros where it had no value at all.
    fn is_zero(self) -> bool {
        self.known().all(|value| value == 0.0)
    }

    fn is_above_zero(self) -> bool {
        self.known().any(|value| value > 0.0)
    }

    /// Without quartiles that were extrapolated from two values to below zero, where no value is.
    fn without_extrapolated(self) -> Self {
        let not_negative = self.min.is_some_and(|min| min >= 0.0);
        Self { p25: self.p25.filter(|p25| !not_negative || *p25 >= 0.0), ..self }
    }

    /// Without the zeros, and without the mean that they are in.
    fn without_zeros(self) -> Self {
        let above = |value: Option<f64>| value.filter(|value| *value != 0.0);
        let Self { min, p25, p50, average: _, p75, max } = self;
        let [min, p25, p50, p75, max] = [min, p25, p50, p75, max].map(above);
        Self { min, p25, p50, average: None, p75, max }
    }
}

/// What a zero in a summary stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Zero {
    /// A value of nothing.
    Value,
    /// No value, where all numbers are zero.
    Nothing,
    /// No value, each time: one of several connections had none, and a zero went into the numbers for it.
    Placeholder,
}

/// How a key of a summary becomes a metric.
struct Field {
    key: &'static str,
    metric: &'static Metric,
    scale: f64,
    zero: Zero,
}

const fn field(key: &'static str, metric: &'static Metric, scale: f64, zero: Zero) -> Field {
    Field { key, metric, scale, zero }
}

const PING: &[Field] = &[
    field("rtt_min_ms", &metrics::RTT_MIN, 1e-3, Zero::Nothing),
    field("rtt_avg_ms", &metrics::RTT_MEAN, 1e-3, Zero::Nothing),
    field("rtt_max_ms", &metrics::RTT_MAX, 1e-3, Zero::Nothing),
    field("rtt_mdev_ms", &metrics::RTT_DEVIATION, 1e-3, Zero::Nothing),
    field("packet_loss_percent", &metrics::LOSS_MEAN, 1e-2, Zero::Value),
];

const QPERF: &[Field] = &[
    field("total_bandwidth_mbps", &metrics::THROUGHPUT_MEAN, 1e6, Zero::Value),
    field("cpu_usage_percent", &metrics::CPU_SOURCE_MEAN, 1e-2, Zero::Value),
    field("ttfb_ms", &metrics::TIME_TO_FIRST_BYTE, 1e-3, Zero::Placeholder),
    field("conn_time_ms", &metrics::HANDSHAKE_TIME, 1e-3, Zero::Placeholder),
];

const ENCODING: &[Field] = &[
    field("bitrate_kbps", &metrics::VIDEO_ENCODED, 1e3, Zero::Nothing),
    field("fps", &metrics::FRAME_RATE, 1.0, Zero::Nothing),
    field("dropped_frames", &metrics::FRAMES_MISSING, 1.0, Zero::Value),
];

const NETWORK: &[Field] = &[
    field("packets_dropped", &metrics::VIDEO_LOST, 1.0, Zero::Value),
    field("packets_recovered", &metrics::VIDEO_RECOVERED, 1.0, Zero::Value),
    field("rtt_ms", &metrics::VIDEO_RTT, 1e-3, Zero::Nothing),
    field("quality", &metrics::VIDEO_QUALITY, 1e-2, Zero::Value),
    field("bitrate_bps", &metrics::VIDEO_RECEIVED, 1.0, Zero::Value),
];

/// A summary as far as it could be read: an odd number costs itself and nothing else.
#[derive(Debug, Default)]
struct Read {
    fives: Vec<(&'static str, Five)>,
    /// Where something else stands than a number.
    odd: Vec<String>,
    /// Keys whose numbers hold the zeros of connections without a value.
    placeholders: Vec<&'static str>,
}

impl Read {
    /// Reads every field that is there and adds its rows.
    fn add(&mut self, recorded: &mut Recorded, labels: &Labels, data: &Value, fields: &[Field]) {
        for field in fields {
            let Some(mut five) = self.five(data, field.key).filter(|five| five.known().next().is_some()) else {
                continue;
            };
            self.fives.push((field.key, five));
            match field.zero {
                Zero::Nothing | Zero::Placeholder if five.is_zero() => continue,
                Zero::Placeholder if five.known().any(|value| value == 0.0) => {
                    self.placeholders.push(field.key);
                    five = five.without_zeros();
                }
                _ => {}
            }
            five = five.without_extrapolated();
            for (statistic, value) in five.numbers() {
                if let Some(value) = value {
                    recorded.summary(labels, field.metric, &labels.source, None, statistic, value * field.scale);
                }
            }
        }
    }

    /// Reads one key; `None` where it is absent. The oldest variant has the quartiles alone, under a key of their own.
    fn five(&mut self, data: &Value, key: &str) -> Option<Five> {
        let alone = format!("{key}_percentiles");
        let mut five = Five::default();
        match (data.get(key), data.get(&alone)) {
            (Some(value @ Value::Object(_)), _) => {
                five.min = self.number(value, "min", key);
                five.average = self.number(value, "average", key);
                five.max = self.number(value, "max", key);
                if let Some(quartiles) = value.get("percentiles") {
                    self.quartiles(&mut five, quartiles, &format!("{key}.percentiles"));
                }
            }
            (_, Some(quartiles)) => self.quartiles(&mut five, quartiles, &alone),
            (Some(_), None) => self.odd.push(key.to_owned()),
            (None, None) => return None,
        }
        Some(five)
    }

    fn quartiles(&mut self, five: &mut Five, value: &Value, place: &str) {
        if !value.is_object() {
            self.odd.push(place.to_owned());
            return;
        }
        five.p25 = self.number(value, "p25", place);
        five.p50 = self.number(value, "p50", place);
        five.p75 = self.number(value, "p75", place);
    }

    fn number(&mut self, object: &Value, key: &str, place: &str) -> Option<f64> {
        let value = object.get(key)?;
        let number = value.as_f64().or_else(|| json::lone_number(value.as_str()?.trim()));
        if number.is_none() {
            self.odd.push(format!("{place}.{key}"));
        }
        number
    }

    fn of(&self, key: &str) -> Option<Five> {
        self.fives.iter().find(|(name, _)| *name == key).map(|(_, five)| *five)
    }

    fn nothing_found(&self, what: &str) -> Option<Verdict> {
        self.fives.is_empty().then(|| {
            let odd = if self.odd.is_empty() { String::new() } else { format!(": {}", self.odd_words()) };
            let words = format!("the result holds none of the numbers of {what}{odd}");
            Verdict::not_ok(Outcome::Failed, Reason::NoData, words)
        })
    }

    fn odd_words(&self) -> String {
        let are = if self.odd.len() == 1 { "is no number" } else { "are no numbers" };
        format!("{} {are}", self.odd.join(", "))
    }

    /// Gives the verdict, and says what was left out and why.
    fn finish(&self, recorded: &mut Recorded, verdict: Verdict) {
        recorded.verdict = verdict;
        if self.odd.is_empty() {
            return;
        }
        let noted = [recorded.notes.clone(), Some(NoteCode::NonFinite.as_str().to_owned())];
        recorded.notes = joined(&noted.into_iter().flatten().collect::<Vec<_>>());
        if recorded.verdict.detail.is_none() {
            recorded.verdict.detail = Some(excerpt(&format!("left out: {}", self.odd_words())));
        }
    }
}

/// `ping.json`: three times one hundred packets.
pub fn ping(data: &Value, labels: &Labels) -> Recorded {
    let mut recorded = Recorded::new(Verdict::OK);
    let mut read = Read::default();
    read.add(&mut recorded, labels, data, PING);
    let verdict = read.nothing_found("ping").unwrap_or_else(|| ping_verdict(&read));
    read.finish(&mut recorded, verdict);
    recorded
}

fn ping_verdict(read: &Read) -> Verdict {
    let round_trips = || ["rtt_avg_ms", "rtt_min_ms", "rtt_max_ms"].into_iter().filter_map(|key| read.of(key));
    let loss = read.of("packet_loss_percent");
    let all_lost = loss.is_some_and(|loss| loss.min.or(loss.average).is_some_and(|least| least >= 100.0));
    let one_lost = loss.is_some_and(|loss| loss.max.is_some_and(|max| max >= 100.0));
    if round_trips().any(Five::is_above_zero) {
        // The harness counts a repetition that crashed as one that lost every packet.
        return if one_lost {
            Verdict::not_ok(
                Outcome::Partial,
                Reason::RepetitionLost,
                "at least one repetition has 100 % loss: it crashed, or no packet came back; its loss is inside the reported mean, its round-trip times are not",
            )
        } else {
            Verdict::OK
        };
    }
    let told = round_trips().next().is_some();
    match loss {
        _ if all_lost => Verdict::not_ok(Outcome::Stalled, Reason::NoTraffic, "no packet was answered"),
        // The harness writes zeros where it had no round-trip time.
        Some(_) if told && !one_lost => Verdict::not_ok(
            Outcome::Invalid,
            Reason::ImpossibleValue,
            "round trips of 0 ms beside packets that were answered",
        ),
        Some(_) if !told => {
            Verdict::not_ok(Outcome::Partial, Reason::NoData, "no round-trip time can be read, only the losses can")
        }
        _ => Verdict::not_ok(Outcome::Stalled, Reason::NoTraffic, "no packet was answered"),
    }
}

/// `qperf.json`: a connection a core, summed by the second.
pub fn qperf(data: &Value, labels: &Labels) -> Recorded {
    let mut recorded = Recorded::new(Verdict::OK);
    let mut read = Read::default();
    read.add(&mut recorded, labels, data, QPERF);
    let verdict = if let Some(verdict) = read.nothing_found("qperf") {
        verdict
    } else if let Some(bandwidth) = read.of("total_bandwidth_mbps") {
        if bandwidth.is_below(STALLED_BELOW_BIT_S / 1e6) {
            Verdict::not_ok(Outcome::Stalled, Reason::NoTraffic, "next to nothing arrived in any second")
        } else if !read.placeholders.is_empty() {
            let words = format!(
                "{} of 0 ms: a connection had none, and a zero stands for it in the reported numbers",
                read.placeholders.join(", ")
            );
            Verdict::not_ok(Outcome::Partial, Reason::RepetitionLost, words)
        } else {
            Verdict::OK
        }
    } else {
        Verdict::not_ok(Outcome::Partial, Reason::NoData, "no bandwidth can be read")
    };
    read.finish(&mut recorded, verdict);
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
    let mut read = Read::default();
    let encoding = data.get("encoding").unwrap_or(data);
    read.add(&mut recorded, labels, encoding, ENCODING);
    let network = data.get("network").filter(|network| !network.is_null());
    if let Some(network) = network {
        read.add(&mut recorded, labels, network, NETWORK);
    }
    drop_wrapped(&mut recorded);
    let missing = read.of("dropped_frames").and_then(|five| five.known().reduce(f64::max));
    let silent = read.of("bitrate_bps").is_some_and(|five| five.is_below(STALLED_BELOW_BIT_S));
    let verdict = if let Some(verdict) = read.nothing_found("the stream") {
        verdict
    } else if silent {
        Verdict::not_ok(Outcome::Stalled, Reason::NoTraffic, "the receiver saw next to nothing")
    } else if let Some(missing) = missing.filter(|missing| *missing >= MISSING_SHARE * STREAM_FRAMES) {
        let words = format!("{missing} of {STREAM_FRAMES} frames are missing: the stream ended early or hardly ran");
        Verdict::not_ok(Outcome::Invalid, Reason::WrongDuration, words)
    } else {
        Verdict::OK
    };
    read.finish(&mut recorded, verdict);
    recorded
}

/// Leaves out the numbers of lost and of recovered packets that a wrapped counter is in: the mean, and whatever is too large
/// itself. Everything else about the stream is as good as ever, so the attempt stays what it is.
fn drop_wrapped(recorded: &mut Recorded) {
    for metric in [&metrics::VIDEO_LOST, &metrics::VIDEO_RECOVERED] {
        let counts = |row: &Summary| &*row.metric == metric.id;
        let wrapped = |row: &Summary| counts(row) && row.value.abs() >= WRAPPED_COUNT;
        if recorded.summaries.iter().any(wrapped) {
            let tainted = |row: &Summary| wrapped(row) || counts(row) && &*row.statistic == Statistic::Mean.as_str();
            recorded.summaries.retain(|row| !tainted(row));
            recorded.notes = Some(NoteCode::CounterWrap.as_str().to_owned());
        }
    }
}

#[cfg(test)]
mod tests;
