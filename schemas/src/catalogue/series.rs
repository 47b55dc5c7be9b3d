//! What samples are made of: the list of all series.

use super::{IPERF, STREAMS, TRANSFERS, Unit, listed};
use crate::possible::Range;
use crate::words::Workload;
use crate::workload::{LIVE, having};
use schemars::JsonSchema;
use serde::Serialize;

/// What samples are made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Series {
    /// Stable id, the `metric` column of `samples`.
    pub id: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// Base unit.
    pub unit: Unit,
    /// Workloads that have it.
    pub workloads: &'static [Workload],
    /// Values that it can have.
    pub possible: Range,
}

impl Series {
    /// The same series with another range of values.
    const fn within(self, possible: Range) -> Self {
        Self { possible, ..self }
    }
}

const fn series(id: &'static str, title: &'static str, unit: Unit, workloads: &'static [Workload]) -> Series {
    let possible = match unit {
        Unit::BitPerSecond => Range::RATE,
        Unit::Second => Range::TIME,
        Unit::Byte => Range::BYTES,
        Unit::Ratio => Range::SHARE,
        Unit::Count => Range::COUNT,
        Unit::PerSecond => Range::FREQUENCY,
    };
    Series { id, title, unit, workloads, possible }
}

listed! {
    /// Every series a dataset of this format may hold.
    SERIES: Series;

    /// Payload that the receiving end counted in a window.
    RECEIVED = series("received", "payload received", Unit::BitPerSecond, TRANSFERS);
    /// Payload that the sending end handed to its kernel in a window.
    SENT = series("sent", "payload sent", Unit::BitPerSecond, IPERF);
    /// TCP segments sent again in a window.
    RETRANSMITTED = series("retransmitted", "segments retransmitted", Unit::Count, STREAMS).within(Range::COUNT_32);
    /// TCP congestion window at the end of a window.
    CONGESTION_WINDOW = series("congestion_window", "congestion window", Unit::Byte, STREAMS).within(Range::WINDOW);
    /// TCP send window at the end of a window of time: what the receiver advertised last.
    SEND_WINDOW = series("send_window", "send window", Unit::Byte, STREAMS).within(Range::ADVERTISED_WINDOW);
    /// Smoothed round-trip time of the sender's TCP at the end of a window.
    SMOOTHED_RTT = series("smoothed_rtt", "smoothed round-trip time of the loaded connection", Unit::Second, STREAMS)
            .within(Range::WAIT);
    /// Variation of that estimate.
    SMOOTHED_RTT_VARIATION = series("smoothed_rtt_variation", "variation of the smoothed round-trip time", Unit::Second, STREAMS);
    /// Path MTU of the connection.
    PATH_MTU = series("path_mtu", "path MTU", Unit::Byte, STREAMS).within(Range::PACKET_SIZE);
    /// Reordering degree that the sender's TCP has learnt.
    REORDERING_DEGREE = series("reordering_degree", "reordering seen by the sender's TCP", Unit::Count, STREAMS);
    /// Datagrams in a window, at the end that reports it.
    DATAGRAMS = series("datagrams", "datagrams", Unit::Count, having!(Datagrams)).within(Range::COUNT);
    /// Datagrams that the receiving end missed in a window.
    DATAGRAMS_LOST = series("datagrams_lost", "datagrams lost", Unit::Count, having!(Datagrams)).within(Range::COUNT);
    /// Datagrams that arrived out of order in a window.
    DATAGRAMS_REORDERED = series("datagrams_reordered", "datagrams out of order", Unit::Count, having!(Datagrams)).within(Range::COUNT);
    /// Interarrival jitter (RFC 3550) at the end of a window.
    INTERARRIVAL_JITTER = series("interarrival_jitter", "interarrival jitter", Unit::Second, having!(Datagrams));
    /// Round-trip time of one echo packet.
    ECHO_RTT = series("echo_rtt", "round-trip time of a packet", Unit::Second, having!(Echo)).within(Range::WAIT);
    /// 1 for an echo packet without an answer, 0 for an answered one.
    ECHO_LOST = series("echo_lost", "packet without an answer", Unit::Ratio, having!(Echo)).within(Range::SHARE);
    /// Wall-clock time of one execution of the command.
    COMMAND_TIME = series("command_time", "time of one execution", Unit::Second, having!(Download)).within(Range::WAIT);
    /// Busy share of a host's CPU, 1 being one core.
    HOST_CPU = series("host_cpu", "CPU time of the host per second", Unit::Ratio, LIVE).within(Range::CORES);
    /// Busy share of one core; the number of the core is in `stream`.
    CORE_CPU = series("core_cpu", "CPU time of one core per second", Unit::Ratio, LIVE).within(Range::ONE_CORE);
    /// CPU time of the system's daemons over time, 1 being one core; work that the kernel does for them in its own
    /// threads is not in it.
    DAEMON_CPU = series("daemon_cpu", "CPU time of the system's daemons per second", Unit::Ratio, LIVE).within(Range::CORES);
    /// CPU time over time, 1 being one core, that programs spent in user mode which belong neither to the system under test
    /// nor to the measurement. Kernel threads are not in it, since some of them do the system's work.
    OTHER_CPU = series("other_cpu", "CPU time of other programs per second", Unit::Ratio, LIVE).within(Range::CORES);
    /// Memory of the system's daemons.
    DAEMON_MEMORY = series("daemon_memory", "memory of the system's daemons", Unit::Byte, LIVE);
    /// What a host sent on the data network, headers included.
    UNDERLAY_SENT = series("underlay_sent", "sent on the data network", Unit::BitPerSecond, LIVE);
    /// What a host received on the data network, headers included.
    UNDERLAY_RECEIVED = series("underlay_received", "received on the data network", Unit::BitPerSecond, LIVE);
    /// Packets of both directions on the data network; one of segmentation offload counts once.
    UNDERLAY_PACKETS = series("underlay_packets", "packets on the data network", Unit::Count, LIVE).within(Range::COUNT);
    /// What a host sent into the overlay's interface.
    OVERLAY_SENT = series("overlay_sent", "sent into the overlay", Unit::BitPerSecond, LIVE);
    /// What a host received from the overlay's interface.
    OVERLAY_RECEIVED = series("overlay_received", "received from the overlay", Unit::BitPerSecond, LIVE);
    /// Packets of both directions on the overlay's interface.
    OVERLAY_PACKETS = series("overlay_packets", "packets in the overlay", Unit::Count, LIVE).within(Range::COUNT);
    /// TCP segments that a host sent again, of all its connections.
    TCP_RETRANSMITTED = series("tcp_retransmitted", "TCP segments that the host sent again", Unit::Count, LIVE).within(Range::COUNT);
    /// Packets that left a host's netem; one of segmentation offload counts once.
    NETEM_PACKETS = series("netem_packets", "packets that netem let through", Unit::Count, LIVE).within(Range::COUNT);
    /// Packets that a host's netem dropped, by its loss or its limit.
    NETEM_DROPPED = series("netem_dropped", "packets that netem dropped", Unit::Count, LIVE).within(Range::COUNT);
    /// Packets that wait in a host's netem.
    NETEM_QUEUED = series("netem_queued", "packets waiting in netem", Unit::Count, LIVE).within(Range::COUNT);
    /// Round-trip time of one calibration packet on the bare data network, before (`t_s` below zero) or after a run.
    CALIBRATION_RTT = series("calibration_rtt", "round-trip time on the bare data network", Unit::Second, LIVE).within(Range::WAIT);
    /// 1 for a calibration packet without an answer, 0 for an answered one.
    CALIBRATION_LOST = series("calibration_lost", "calibration packet without an answer", Unit::Ratio, LIVE).within(Range::SHARE);
}
