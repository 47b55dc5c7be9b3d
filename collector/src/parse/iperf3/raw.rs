//! The report as iperf3 lays it out, reduced to the keys that are read.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;

use crate::parse::scalar::{Complaint, Flag, Num, Word};

/// A whole report.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawReport {
    pub(super) start: Option<RawStart>,
    pub(super) intervals: Option<Vec<RawInterval>>,
    pub(super) end: Option<RawEnd>,
    pub(super) error: Complaint,
    pub(super) server_output_json: Option<Box<RawReport>>,
    pub(super) server_output_text: Word,
    /// Only in an event of `--json-stream`: then this is no report.
    pub(super) event: Word,
}

impl RawReport {
    /// Whether this has the outline of a report.
    pub(super) const fn is_report(&self) -> bool {
        self.event.0.is_none() && (self.start.is_some() || self.intervals.is_some() || self.end.is_some())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawStart {
    pub(super) version: Word,
    pub(super) timestamp: RawTimestamp,
    pub(super) test_start: RawTestStart,
    pub(super) target_bitrate: Num,
    pub(super) sock_bufsize: Num,
    pub(super) sndbuf_actual: Num,
    pub(super) rcvbuf_actual: Num,
    pub(super) tcp_mss: Num,
    pub(super) tcp_mss_default: Num,
    /// Only a server prints it.
    pub(super) accepted_connection: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawTimestamp {
    pub(super) timesecs: Num,
    pub(super) timemillisecs: Num,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawTestStart {
    pub(super) protocol: Word,
    pub(super) num_streams: Num,
    pub(super) blksize: Num,
    pub(super) duration: Num,
    pub(super) reverse: Flag,
    pub(super) bidir: Flag,
    pub(super) target_bitrate: Num,
    pub(super) omit: Num,
    pub(super) tos: Num,
}

/// Keys of sums. iperf3 3.7 to 3.10 write each of them twice into one object with `--bidir`.
pub(super) const SUMS: &[&str] = &["sum", "sum_sent", "sum_received"];

/// One reporting interval.
#[derive(Debug, Default)]
pub(super) struct RawInterval {
    pub(super) streams: Vec<RawStream>,
    /// Every value of the key, in order.
    pub(super) sum: Vec<RawStream>,
    pub(super) sum_bidir_reverse: Option<RawStream>,
}

/// One record of a stream or of a sum, in an interval or at the end.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct RawStream {
    pub(super) socket: Num,
    pub(super) start: Num,
    pub(super) end: Num,
    pub(super) seconds: Num,
    pub(super) bytes: Num,
    pub(super) bits_per_second: Num,
    pub(super) retransmits: Num,
    pub(super) snd_cwnd: Num,
    pub(super) snd_wnd: Num,
    pub(super) rtt: Num,
    pub(super) rttvar: Num,
    pub(super) pmtu: Num,
    pub(super) reorder: Num,
    pub(super) packets: Num,
    pub(super) lost_packets: Num,
    pub(super) out_of_order: Num,
    pub(super) jitter_ms: Num,
    pub(super) omitted: Flag,
    pub(super) sender: Flag,
    pub(super) max_snd_cwnd: Num,
    pub(super) min_rtt: Num,
    pub(super) mean_rtt: Num,
    pub(super) max_rtt: Num,
}

/// The end of a report.
#[derive(Debug, Default)]
pub(super) struct RawEnd {
    pub(super) streams: Vec<RawEndStream>,
    /// Every value of the key, in order.
    pub(super) sum_sent: Vec<RawStream>,
    /// The same.
    pub(super) sum_received: Vec<RawStream>,
    pub(super) sum_sent_bidir_reverse: Option<RawStream>,
    pub(super) sum_received_bidir_reverse: Option<RawStream>,
    pub(super) cpu_utilization_percent: Option<RawCpu>,
    pub(super) sender_tcp_congestion: Word,
    pub(super) receiver_tcp_congestion: Word,
}

/// Keys of an interval and of an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Streams,
    Sum,
    SumSent,
    SumReceived,
    SumBidirReverse,
    SumSentBidirReverse,
    SumReceivedBidirReverse,
    CpuUtilizationPercent,
    SenderTcpCongestion,
    ReceiverTcpCongestion,
    #[serde(other)]
    Other,
}

/// Takes an object key by key, because serde's own refuses a key that comes twice.
struct ByKey<T>(T, fn(&mut T, Key) -> Slot<'_>);

/// Where the value of a key goes.
enum Slot<'a> {
    Streams(&'a mut Vec<RawStream>),
    EndStreams(&'a mut Vec<RawEndStream>),
    Sums(&'a mut Vec<RawStream>),
    Sum(&'a mut Option<RawStream>),
    Cpu(&'a mut Option<RawCpu>),
    Word(&'a mut Word),
    Nowhere,
}

impl<'de, T> Visitor<'de> for ByKey<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an interval or the end of an iperf3 report")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let Self(mut made, slot) = self;
        let mut seen = Vec::new();
        while let Some(key) = map.next_key::<Key>()? {
            let slot = slot(&mut made, key);
            if !matches!(slot, Slot::Sums(_) | Slot::Nowhere) {
                if seen.contains(&key) {
                    // The patient reader says which one it took.
                    return Err(serde::de::Error::custom("a key occurs twice"));
                }
                seen.push(key);
            }
            match slot {
                Slot::Streams(streams) => *streams = map.next_value()?,
                Slot::EndStreams(streams) => *streams = map.next_value()?,
                Slot::Sums(sums) => sums.extend(map.next_value::<Option<RawStream>>()?),
                Slot::Sum(sum) => *sum = map.next_value()?,
                Slot::Cpu(cpu) => *cpu = map.next_value()?,
                Slot::Word(word) => *word = map.next_value()?,
                Slot::Nowhere => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(made)
    }
}

impl<'de> Deserialize<'de> for RawInterval {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_map(ByKey(Self::default(), |interval, key| match key {
            Key::Streams => Slot::Streams(&mut interval.streams),
            Key::Sum => Slot::Sums(&mut interval.sum),
            Key::SumBidirReverse => Slot::Sum(&mut interval.sum_bidir_reverse),
            _ => Slot::Nowhere,
        }))
    }
}

impl<'de> Deserialize<'de> for RawEnd {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_map(ByKey(Self::default(), |end, key| match key {
            Key::Streams => Slot::EndStreams(&mut end.streams),
            Key::SumSent => Slot::Sums(&mut end.sum_sent),
            Key::SumReceived => Slot::Sums(&mut end.sum_received),
            Key::SumSentBidirReverse => Slot::Sum(&mut end.sum_sent_bidir_reverse),
            Key::SumReceivedBidirReverse => Slot::Sum(&mut end.sum_received_bidir_reverse),
            Key::CpuUtilizationPercent => Slot::Cpu(&mut end.cpu_utilization_percent),
            Key::SenderTcpCongestion => Slot::Word(&mut end.sender_tcp_congestion),
            Key::ReceiverTcpCongestion => Slot::Word(&mut end.receiver_tcp_congestion),
            _ => Slot::Nowhere,
        }))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawEndStream {
    pub(super) sender: Option<RawStream>,
    pub(super) receiver: Option<RawStream>,
    pub(super) udp: Option<RawStream>,
}

impl RawEndStream {
    /// The first record that is there.
    pub(super) fn any(&self) -> Option<&RawStream> {
        [&self.sender, &self.receiver, &self.udp].into_iter().find_map(Option::as_ref)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawCpu {
    pub(super) host_total: Num,
    pub(super) host_user: Num,
    pub(super) host_system: Num,
    pub(super) remote_total: Num,
    pub(super) remote_user: Num,
    pub(super) remote_system: Num,
}
