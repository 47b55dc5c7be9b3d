//! iperf3 3.0 to 3.21: the JSON of `--json` and of `--json-stream`, TCP, UDP and SCTP, one way,
//! `--reverse` and `--bidir`, one stream or several.
//!
//! Source of the field meanings: `iperf_api.c` of esnet/iperf and its manual page.

mod build;
mod counts;
mod raw;
mod read;
mod server_text;
mod sums;
mod totals;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

pub use super::{Note, ParseError};

/// The name used in messages.
const TOOL: &str = "iperf3";

/// Reads a report of iperf3.
///
/// Whole, valid JSON is read straight into types; anything else goes through a tolerant reader that
/// keeps complete records and says in [`Report::notes`] what it met.
///
/// # Errors
/// [`ParseError::Empty`] for no output, [`ParseError::NotThis`] for the output of something else.
/// A report that iperf3 ended with an error is no error here: see [`Report::error`].
pub fn parse(text: &[u8]) -> Result<Report, ParseError> {
    read::report(text)
}

/// One run of iperf3, as one end of it saw it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Version of iperf3 as printed, without the word `iperf`: `3.20`.
    pub version: Option<String>,
    /// Start of the test, seconds since 1970 UTC; to the millisecond where iperf3 prints it (3.17+).
    pub started_unix_s: Option<f64>,
    /// Transport protocol.
    pub protocol: Option<Protocol>,
    /// Both directions at once (`--bidir`). Versions that do not print it are known by their sums.
    pub bidir: bool,
    /// The server sends (`--reverse`).
    pub reverse: bool,
    /// Streams a direction (`--parallel`).
    pub streams: Option<u64>,
    /// Bytes a write, for UDP the payload of a datagram (`--length`).
    pub block_bytes: Option<u64>,
    /// Duration asked for, seconds.
    pub duration_s: Option<f64>,
    /// TCP maximum segment size, bytes.
    pub mss_bytes: Option<f64>,
    /// Bit rate asked for a stream, bit/s; 0 is unlimited.
    pub target_bit_s: Option<f64>,
    /// Size asked for of the sockets' buffers, bytes (`--window`); 0 leaves it to the kernel.
    pub buffer_bytes: Option<f64>,
    /// Send buffer that the client's kernel gave to the first socket, bytes.
    pub send_buffer_bytes: Option<f64>,
    /// Receive buffer of that socket, bytes.
    pub receive_buffer_bytes: Option<f64>,
    /// Seconds at the start that do not count (`--omit`).
    pub omit_s: Option<f64>,
    /// Type of service of the packets (`--tos`).
    pub tos: Option<f64>,
    /// Records of the intervals, in the order printed.
    pub intervals: Vec<Interval>,
    /// Records of the whole test.
    pub totals: Vec<Total>,
    /// CPU time of the two iperf3 processes.
    pub cpu: Option<Cpu>,
    /// Congestion control of the sending end.
    pub sender_congestion: Option<String>,
    /// Congestion control of the receiving end.
    pub receiver_congestion: Option<String>,
    /// Why iperf3 gave up, in its words.
    pub error: Option<String>,
    /// The server's own report (`--get-server-output` with a server that writes JSON).
    pub server: Option<Box<Report>>,
    /// What was odd and tolerated.
    pub notes: Vec<Note>,
}

/// Transport protocol of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// Which way the data goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// Client to server.
    Forward,
    /// Server to client.
    Reverse,
}

/// One reporting interval of one stream, or of all streams of a direction together.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// Which way the data goes.
    pub direction: Direction,
    /// Index of the stream within its direction, from 0; none for the sum over streams.
    pub stream: Option<u64>,
    /// Index of the interval, from 0.
    pub seq: u64,
    /// Whether this was measured at the sending end; iperf3 reports intervals of its own end only.
    pub sender: bool,
    /// Start, seconds since the start of the test.
    pub start_s: f64,
    /// End, seconds since the start of the test.
    pub end_s: f64,
    /// Length, seconds; may be 0.
    pub seconds: f64,
    /// Bytes sent or received.
    pub bytes: f64,
    /// Within `--omit`: not part of the totals.
    pub omitted: bool,
    /// Retransmitted TCP segments; sending end only.
    pub retransmits: Option<f64>,
    /// Congestion window, bytes; sending end only.
    pub cwnd_bytes: Option<f64>,
    /// Send window, which the receiver advertised, bytes (3.17 and newer); sending end only.
    pub send_window_bytes: Option<f64>,
    /// Smoothed round-trip time of TCP, seconds.
    pub rtt_s: Option<f64>,
    /// Its variation, seconds.
    pub rttvar_s: Option<f64>,
    /// Path MTU, bytes.
    pub pmtu_bytes: Option<f64>,
    /// TCP's reordering metric, segments (3.17+).
    pub reorder: Option<f64>,
    /// Datagrams sent, or expected at the receiving end.
    pub packets: Option<f64>,
    /// Datagrams lost; receiving end only. None where it would be below zero, because some that an earlier interval had
    /// counted came later.
    pub lost: Option<f64>,
    /// Datagrams out of order; receiving end only.
    pub out_of_order: Option<f64>,
    /// Jitter after RFC 3550, seconds; receiving end only.
    pub jitter_s: Option<f64>,
}

/// The whole test of one stream, or of all streams of a direction together.
///
/// iperf3 prints one record a UDP stream: it becomes a total of the sending end whose `lost`,
/// `out_of_order` and `jitter_s` are what the receiving end counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Total {
    /// Which way the data goes.
    pub direction: Direction,
    /// Index of the stream within its direction, from 0; none for the sum over streams.
    pub stream: Option<u64>,
    /// Whether the bytes are those sent; otherwise those received.
    pub sender: bool,
    /// Length, seconds; at the receiving end it can exceed the duration asked for.
    pub seconds: f64,
    /// Bytes sent or received.
    pub bytes: f64,
    /// Throughput as printed, bit/s.
    pub bits_per_second: Option<f64>,
    /// Retransmitted TCP segments.
    pub retransmits: Option<f64>,
    /// Datagrams sent, or expected at the receiving end.
    pub packets: Option<f64>,
    /// Datagrams lost. None in sums of the sending end, where iperf3 prints 0 without knowing, and where what is printed
    /// contradicts the bytes that arrived and nothing else tells.
    pub lost: Option<f64>,
    /// Datagrams that came after a later one. None where the end that made the report did not receive them and the
    /// server's own report is not there.
    pub out_of_order: Option<f64>,
    /// Jitter after RFC 3550, seconds. None in sums of the sending end.
    pub jitter_s: Option<f64>,
    /// Largest congestion window, bytes.
    pub max_cwnd_bytes: Option<f64>,
    /// Smallest round-trip time of the intervals, seconds.
    pub min_rtt_s: Option<f64>,
    /// Mean round-trip time of the intervals, seconds.
    pub mean_rtt_s: Option<f64>,
    /// Largest round-trip time of the intervals, seconds.
    pub max_rtt_s: Option<f64>,
}

/// CPU time of the iperf3 processes over the test, as ratios of one core.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cpu {
    /// This end, in total.
    pub host_total: Option<f64>,
    /// This end, in user mode.
    pub host_user: Option<f64>,
    /// This end, in the kernel.
    pub host_system: Option<f64>,
    /// The other end, in total.
    pub remote_total: Option<f64>,
    /// The other end, in user mode.
    pub remote_user: Option<f64>,
    /// The other end, in the kernel.
    pub remote_system: Option<f64>,
}

/// For reports embedded in a larger JSON document; as tolerant of odd values as [`parse`], but the
/// document must be valid JSON.
impl<'de> Deserialize<'de> for Report {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_map(Object)
    }
}

/// Takes objects only: serde would take a list for one, field by field.
struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Report;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an iperf3 report")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Report, A::Error> {
        let raw = raw::RawReport::deserialize(MapAccessDeserializer::new(map))?;
        if raw.is_report() {
            Ok(build::report(raw, super::Notes::default()))
        } else {
            Err(serde::de::Error::custom("no iperf3 report: no `start`, `intervals` or `end`"))
        }
    }
}
