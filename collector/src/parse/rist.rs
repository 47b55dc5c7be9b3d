//! The statistics of `ristreceiver` (libRIST 0.2.7 and later): one JSON object an interval, on a log
//! line with a prefix such as `1765316624.25|0.0|[INFO] `.
//!
//! Source: `src/stats.c` of libRIST. Rates are bit/s, spacings µs, round-trip times ms, quality per
//! cent; all are converted.

use serde::Deserialize;

pub use super::{Note, ParseError};
use crate::parse::Notes;
use crate::parse::json::{self, Search, Tree};
use crate::parse::scalar::{Flag, Num};
use crate::parse::text;

/// The name used in messages.
const TOOL: &str = "ristreceiver";

/// Largest value of the 16-bit counters behind some of the fields.
const WRAP: f64 = 65_536.0;

/// Reads the log of ristreceiver. Lines without statistics are skipped.
///
/// # Errors
/// [`ParseError::Empty`] for no output, [`ParseError::NotThis`] when there are no statistics in it.
pub fn parse(text: &[u8]) -> Result<Report, ParseError> {
    let mut notes = Notes::default();
    let body = text::body(text, TOOL, &mut notes)?;
    let accept = |tree: &Tree| tree.key("receiver-stats").is_some();
    let search = Search { roots: b"{", carriers: &[], repeated: &[], accept: &accept };
    let found = json::find(body, &search, &mut notes);
    if found.is_empty() {
        return Err(ParseError::NotThis { tool: TOOL, found: text::excerpt(body) });
    }
    let mut report = Report::default();
    for (seq, one) in (0_u64..).zip(found) {
        let stamp = stamp(body, one.from);
        // `null` stands there while nobody sends.
        let flow = Line::deserialize(one.tree).unwrap_or_default().stats.and_then(|one| one.flow);
        if let Some(flow) = flow {
            report.intervals.push(interval(seq, stamp, flow, &mut notes));
        }
    }
    report.notes = notes.into_vec();
    Ok(report)
}

/// One log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// One entry an interval of a flow, in order. Empty where nobody sent.
    pub intervals: Vec<Interval>,
    /// What was odd and tolerated.
    pub notes: Vec<Note>,
}

/// One interval of one flow. Counters are of this interval alone, as printed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interval {
    /// Index of the statistics in the log, from 0, gaps where nobody sent.
    pub seq: u64,
    /// Time of the log line, seconds since 1970 UTC, where it has one.
    pub unix_s: Option<f64>,
    /// The flow.
    pub flow_id: Option<u64>,
    /// Whether the flow had ended.
    pub dead: bool,
    /// Nothing was received.
    pub idle: bool,
    /// Packets that arrived or were recovered, as a ratio of those due; none where nothing was due.
    pub quality: Option<f64>,
    /// Packets received.
    pub received: Option<f64>,
    /// Packets dropped because they came too late.
    pub dropped_late: Option<f64>,
    /// Packets dropped because the buffer was full.
    pub dropped_full: Option<f64>,
    /// Packets missed at first.
    pub missing: Option<f64>,
    /// Packets out of order.
    pub reordered: Option<f64>,
    /// Packets received twice.
    pub duplicates: Option<f64>,
    /// Packets recovered by retransmission.
    pub recovered: Option<f64>,
    /// Packets recovered by the first retry.
    pub recovered_one_retry: Option<f64>,
    /// Retransmissions asked for.
    pub retries: Option<f64>,
    /// Packets lost for good. Not to be used where `lost_wrapped`.
    pub lost: Option<f64>,
    /// `lost` is negative, or at least 32768 and more than was received: a counter of 16 bits that
    /// passed zero.
    pub lost_wrapped: bool,
    /// Rate of received data, bit/s.
    pub bit_s: Option<f64>,
    /// Mean time in the buffer, seconds.
    pub buffer_s: Option<f64>,
    /// Smallest spacing of packets, seconds.
    pub min_spacing_s: Option<f64>,
    /// Current spacing of packets, seconds.
    pub current_spacing_s: Option<f64>,
    /// Largest spacing of packets, seconds.
    pub max_spacing_s: Option<f64>,
    /// The senders of the flow.
    pub peers: Vec<Peer>,
}

/// One sender of a flow.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Peer {
    /// The peer.
    pub id: Option<u64>,
    /// Whether the peer had gone.
    pub dead: bool,
    /// Round-trip time, seconds.
    pub rtt_s: Option<f64>,
    /// Smoothed round-trip time, seconds.
    pub avg_rtt_s: Option<f64>,
    /// Rate, bit/s.
    pub bit_s: Option<f64>,
    /// Smoothed rate, bit/s.
    pub avg_bit_s: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    #[serde(rename = "receiver-stats")]
    stats: Option<Stats>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Stats {
    #[serde(rename = "flowinstant")]
    flow: Option<Flow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Flow {
    flow_id: Num,
    dead: Flag,
    stats: FlowStats,
    peers: Vec<RawPeer>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FlowStats {
    quality: Num,
    received: Num,
    dropped_late: Num,
    dropped_full: Num,
    missing: Num,
    reordered: Num,
    duplicates: Num,
    recovered: Num,
    recovered_total: Num,
    recovered_one_retry: Num,
    recovered_one_nack: Num,
    retries: Num,
    lost: Num,
    bitrate: Num,
    avg_buffer_time: Num,
    min_inter_packet_spacing: Num,
    cur_inter_packet_spacing: Num,
    max_inter_packet_spacing: Num,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawPeer {
    id: Num,
    dead: Flag,
    stats: PeerStats,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PeerStats {
    rtt: Num,
    avg_rtt: Num,
    bitrate: Num,
    avg_bitrate: Num,
}

/// The time at the beginning of the line that holds the byte at `at`.
fn stamp(text: &[u8], at: usize) -> Option<f64> {
    let before = text.get(..at)?;
    let line = before.rsplit(|byte| *byte == b'\n').next()?;
    let stamp = line.split(|byte| *byte == b'|').next()?;
    (stamp.len() < line.len()).then_some(())?;
    // journald and syslog put their own prefix in front; the last word is libRIST's.
    text::number(std::str::from_utf8(stamp).ok()?.split_ascii_whitespace().next_back()?)
}

fn interval(seq: u64, unix_s: Option<f64>, flow: Flow, notes: &mut Notes) -> Interval {
    let Flow { flow_id, dead, stats, peers } = flow;
    let mut get = |num: Num, name: &str| num.noted(("stats", name), notes);
    let received = get(stats.received, "received");
    let missing = get(stats.missing, "missing");
    let lost = get(stats.lost, "lost");
    let idle = received == Some(0.0);
    let scaled = |value: Option<f64>, unit: f64| value.map(|value| value / unit);
    let interval = Interval {
        seq,
        unix_s,
        flow_id: flow_id.count(),
        dead: dead.0.unwrap_or(false),
        // Of nothing everything arrived, which says nothing.
        quality: scaled(get(stats.quality, "quality"), 100.0).filter(|share| !idle && (0.0..=1.0).contains(share)),
        idle,
        received,
        dropped_late: get(stats.dropped_late, "dropped_late"),
        dropped_full: get(stats.dropped_full, "dropped_full"),
        missing,
        reordered: get(stats.reordered, "reordered"),
        duplicates: get(stats.duplicates, "duplicates"),
        // Later versions print both; the total is the one with all ways of recovery.
        recovered: get(stats.recovered_total, "recovered_total").or(get(stats.recovered, "recovered")),
        recovered_one_retry: get(stats.recovered_one_retry, "recovered_one_retry")
            .or(get(stats.recovered_one_nack, "recovered_one_nack")),
        retries: get(stats.retries, "retries"),
        lost,
        lost_wrapped: lost.is_some_and(|lost| wrapped(lost, received)),
        bit_s: get(stats.bitrate, "bitrate"),
        buffer_s: scaled(get(stats.avg_buffer_time, "avg_buffer_time"), 1e3),
        min_spacing_s: scaled(get(stats.min_inter_packet_spacing, "min_inter_packet_spacing"), 1e6),
        current_spacing_s: scaled(get(stats.cur_inter_packet_spacing, "cur_inter_packet_spacing"), 1e6),
        max_spacing_s: scaled(get(stats.max_inter_packet_spacing, "max_inter_packet_spacing"), 1e6),
        peers: Vec::new(),
    };
    Interval { peers: peers.into_iter().map(|raw| peer(&raw, notes)).collect(), ..interval }
}

/// Whether a loss cannot be one: a wrapped counter is negative, or just below a power of 65536.
fn wrapped(lost: f64, received: Option<f64>) -> bool {
    if lost < 0.0 {
        return true;
    }
    // Half the counter's range lost in one interval beside fewer packets received is no loss.
    lost >= WRAP / 2.0 && received.is_none_or(|received| lost > received)
}

fn peer(raw: &RawPeer, notes: &mut Notes) -> Peer {
    let mut get = |num: Num, name: &str| num.noted(("peers.stats", name), notes);
    Peer {
        id: raw.id.count(),
        dead: raw.dead.0.unwrap_or(false),
        rtt_s: get(raw.stats.rtt, "rtt").map(|ms| ms / 1e3),
        avg_rtt_s: get(raw.stats.avg_rtt, "avg_rtt").map(|ms| ms / 1e3),
        bit_s: get(raw.stats.bitrate, "bitrate"),
        avg_bit_s: get(raw.stats.avg_bitrate, "avg_bitrate"),
    }
}
