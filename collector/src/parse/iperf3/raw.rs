//! The report as iperf3 lays it out, reduced to the keys that are read.

use serde::Deserialize;

use crate::parse::scalar::{Flag, Num, Word};

/// A whole report.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawReport {
    pub(super) start: Option<RawStart>,
    pub(super) intervals: Option<Vec<RawInterval>>,
    pub(super) end: Option<RawEnd>,
    pub(super) error: Word,
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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawInterval {
    pub(super) streams: Vec<RawStream>,
    pub(super) sum: Option<RawStream>,
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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawEnd {
    pub(super) streams: Vec<RawEndStream>,
    pub(super) sum_sent: Option<RawStream>,
    pub(super) sum_received: Option<RawStream>,
    pub(super) sum_sent_bidir_reverse: Option<RawStream>,
    pub(super) sum_received_bidir_reverse: Option<RawStream>,
    pub(super) cpu_utilization_percent: Option<RawCpu>,
    pub(super) sender_tcp_congestion: Word,
    pub(super) receiver_tcp_congestion: Word,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawEndStream {
    pub(super) sender: Option<RawStream>,
    pub(super) receiver: Option<RawStream>,
    pub(super) udp: Option<RawStream>,
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
