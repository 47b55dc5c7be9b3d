//! The metric catalogue: every number that a dataset or an analysis may hold, as data.
//!
//! A [`Series`] is what samples are made of. A [`Metric`] is a number for a whole run: it says from
//! which series and how it is reduced, or which statistic of a reported summary stands for it. To add
//! one, add its constant and name it in [`SERIES`] or [`METRICS`]; everything else reads these lists.

use crate::possible::Range;
use crate::words::Workload;
use crate::workload::{LIVE, having};
use schemars::JsonSchema;
use serde::Serialize;

/// A base unit. Scaling to Mbit/s or ms is for reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum Unit {
    /// Seconds.
    #[serde(rename = "s")]
    Second,
    /// Bits per second.
    #[serde(rename = "bit/s")]
    BitPerSecond,
    /// Bytes.
    #[serde(rename = "byte")]
    Byte,
    /// A share, 1 being all.
    #[serde(rename = "ratio")]
    Ratio,
    /// A number of things.
    #[serde(rename = "count")]
    Count,
    /// Things per second.
    #[serde(rename = "1/s")]
    PerSecond,
}

impl Unit {
    /// The name in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::BitPerSecond => "bit/s",
            Self::Byte => "byte",
            Self::Ratio => "ratio",
            Self::Count => "count",
            Self::PerSecond => "1/s",
        }
    }
}

/// Which end of the scale is the good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Says something about the run, and nothing about its quality.
    Neither,
}

/// The scale on which means and intervals over repetitions are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// As it is.
    Linear,
    /// On logarithms: effects multiply, values are positive.
    Log,
}

/// How the samples of one run become one number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reducer {
    /// Total amount over total time: Σ value·window / Σ window.
    Rate,
    /// Sum over the run.
    Total,
    /// Arithmetic mean.
    Mean,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// A quantile of the samples, by linear interpolation between order statistics (Hyndman and Fan's type 7).
    Quantile(f64),
    /// Sum of this series over the sum of another one: never a mean of ratios.
    RatioTo(&'static str),
}

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

/// A number for a whole run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Metric {
    /// Stable id, the `metric` column of `summaries` and of every stage table.
    pub id: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// Base unit.
    pub unit: Unit,
    /// Which end is good.
    pub better: Better,
    /// Scale for means and intervals.
    pub scale: Scale,
    /// Workloads that have it.
    pub workloads: &'static [Workload],
    /// Series and reducer that give it from raw samples.
    pub samples: Option<(&'static str, Reducer)>,
    /// Statistic of a reported summary that stands for the run.
    pub summary: Option<Statistic>,
    /// Whether reports show it first: tables and figures are made of these.
    pub headline: bool,
    /// Whether it is the duration of a task that a time limit may cut off.
    pub duration: bool,
    /// Values that it can have.
    pub possible: Range,
}

/// What of the hidden values a reported number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Statistic {
    /// Over the whole run at once.
    Total,
    /// Arithmetic mean of the hidden values.
    Mean,
    /// Smallest.
    Min,
    /// Lower quartile.
    P25,
    /// Median.
    P50,
    /// Upper quartile.
    P75,
    /// Largest.
    Max,
}

impl Statistic {
    /// The name in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Mean => "mean",
            Self::Min => "min",
            Self::P25 => "p25",
            Self::P50 => "p50",
            Self::P75 => "p75",
            Self::Max => "max",
        }
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

const STREAMS: &[Workload] = having!(Stream);
const TRANSFERS: &[Workload] = having!(Stream, Datagrams, Quic);
const IPERF: &[Workload] = having!(Stream, Datagrams);

/// Payload that the receiving end counted in a window.
pub const RECEIVED: Series = series("received", "payload received", Unit::BitPerSecond, TRANSFERS);
/// Payload that the sending end handed to its kernel in a window.
pub const SENT: Series = series("sent", "payload sent", Unit::BitPerSecond, IPERF);
/// TCP segments sent again in a window.
pub const RETRANSMITTED: Series =
    series("retransmitted", "segments retransmitted", Unit::Count, STREAMS).within(Range::COUNT_32);
/// TCP congestion window at the end of a window.
pub const CONGESTION_WINDOW: Series =
    series("congestion_window", "congestion window", Unit::Byte, STREAMS).within(Range::WINDOW);
/// TCP send window at the end of a window of time: what the receiver advertised last.
pub const SEND_WINDOW: Series =
    series("send_window", "send window", Unit::Byte, STREAMS).within(Range::ADVERTISED_WINDOW);
/// Smoothed round-trip time of the sender's TCP at the end of a window.
pub const SMOOTHED_RTT: Series =
    series("smoothed_rtt", "smoothed round-trip time of the loaded connection", Unit::Second, STREAMS)
        .within(Range::WAIT);
/// Variation of that estimate.
pub const SMOOTHED_RTT_VARIATION: Series =
    series("smoothed_rtt_variation", "variation of the smoothed round-trip time", Unit::Second, STREAMS);
/// Path MTU of the connection.
pub const PATH_MTU: Series = series("path_mtu", "path MTU", Unit::Byte, STREAMS).within(Range::PACKET_SIZE);
/// Reordering degree that the sender's TCP has learnt.
pub const REORDERING_DEGREE: Series =
    series("reordering_degree", "reordering seen by the sender's TCP", Unit::Count, STREAMS);
/// Datagrams in a window, at the end that reports it.
pub const DATAGRAMS: Series = series("datagrams", "datagrams", Unit::Count, having!(Datagrams)).within(Range::COUNT);
/// Datagrams that the receiving end missed in a window.
pub const DATAGRAMS_LOST: Series =
    series("datagrams_lost", "datagrams lost", Unit::Count, having!(Datagrams)).within(Range::COUNT);
/// Datagrams that arrived out of order in a window.
pub const DATAGRAMS_REORDERED: Series =
    series("datagrams_reordered", "datagrams out of order", Unit::Count, having!(Datagrams)).within(Range::COUNT);
/// Interarrival jitter (RFC 3550) at the end of a window.
pub const INTERARRIVAL_JITTER: Series =
    series("interarrival_jitter", "interarrival jitter", Unit::Second, having!(Datagrams));
/// Round-trip time of one echo packet.
pub const ECHO_RTT: Series =
    series("echo_rtt", "round-trip time of a packet", Unit::Second, having!(Echo)).within(Range::WAIT);
/// 1 for an echo packet without an answer, 0 for an answered one.
pub const ECHO_LOST: Series =
    series("echo_lost", "packet without an answer", Unit::Ratio, having!(Echo)).within(Range::SHARE);
/// Wall-clock time of one execution of the command.
pub const COMMAND_TIME: Series =
    series("command_time", "time of one execution", Unit::Second, having!(Download)).within(Range::WAIT);

/// Busy share of a host's CPU, 1 being one core.
pub const HOST_CPU: Series =
    series("host_cpu", "CPU time of the host per second", Unit::Ratio, LIVE).within(Range::CORES);
/// Busy share of one core; the number of the core is in `stream`.
pub const CORE_CPU: Series =
    series("core_cpu", "CPU time of one core per second", Unit::Ratio, LIVE).within(Range::ONE_CORE);
/// CPU time of the system's daemons over time, 1 being one core; work that the kernel does for them in its own
/// threads is not in it.
pub const DAEMON_CPU: Series =
    series("daemon_cpu", "CPU time of the system's daemons per second", Unit::Ratio, LIVE).within(Range::CORES);
/// CPU time over time, 1 being one core, that programs spent in user mode which belong neither to the system under test
/// nor to the measurement. Kernel threads are not in it, since some of them do the system's work.
pub const OTHER_CPU: Series =
    series("other_cpu", "CPU time of other programs per second", Unit::Ratio, LIVE).within(Range::CORES);
/// Memory of the system's daemons.
pub const DAEMON_MEMORY: Series = series("daemon_memory", "memory of the system's daemons", Unit::Byte, LIVE);
/// What a host sent on the data network, headers included.
pub const UNDERLAY_SENT: Series = series("underlay_sent", "sent on the data network", Unit::BitPerSecond, LIVE);
/// What a host received on the data network, headers included.
pub const UNDERLAY_RECEIVED: Series =
    series("underlay_received", "received on the data network", Unit::BitPerSecond, LIVE);
/// Packets of both directions on the data network; one of segmentation offload counts once.
pub const UNDERLAY_PACKETS: Series =
    series("underlay_packets", "packets on the data network", Unit::Count, LIVE).within(Range::COUNT);
/// What a host sent into the overlay's interface.
pub const OVERLAY_SENT: Series = series("overlay_sent", "sent into the overlay", Unit::BitPerSecond, LIVE);
/// What a host received from the overlay's interface.
pub const OVERLAY_RECEIVED: Series = series("overlay_received", "received from the overlay", Unit::BitPerSecond, LIVE);
/// Packets of both directions on the overlay's interface.
pub const OVERLAY_PACKETS: Series =
    series("overlay_packets", "packets in the overlay", Unit::Count, LIVE).within(Range::COUNT);
/// TCP segments that a host sent again, of all its connections.
pub const TCP_RETRANSMITTED: Series =
    series("tcp_retransmitted", "TCP segments that the host sent again", Unit::Count, LIVE).within(Range::COUNT);
/// Packets that left a host's netem; one of segmentation offload counts once.
pub const NETEM_PACKETS: Series =
    series("netem_packets", "packets that netem let through", Unit::Count, LIVE).within(Range::COUNT);
/// Packets that a host's netem dropped, by its loss or its limit.
pub const NETEM_DROPPED: Series =
    series("netem_dropped", "packets that netem dropped", Unit::Count, LIVE).within(Range::COUNT);
/// Packets that wait in a host's netem.
pub const NETEM_QUEUED: Series =
    series("netem_queued", "packets waiting in netem", Unit::Count, LIVE).within(Range::COUNT);
/// Round-trip time of one calibration packet on the bare data network, before (`t_s` below zero) or after a run.
pub const CALIBRATION_RTT: Series =
    series("calibration_rtt", "round-trip time on the bare data network", Unit::Second, LIVE).within(Range::WAIT);
/// 1 for a calibration packet without an answer, 0 for an answered one.
pub const CALIBRATION_LOST: Series =
    series("calibration_lost", "calibration packet without an answer", Unit::Ratio, LIVE).within(Range::SHARE);

/// Every series a dataset of this format may hold.
pub const SERIES: &[Series] = &[
    RECEIVED,
    SENT,
    RETRANSMITTED,
    CONGESTION_WINDOW,
    SEND_WINDOW,
    SMOOTHED_RTT,
    SMOOTHED_RTT_VARIATION,
    PATH_MTU,
    REORDERING_DEGREE,
    DATAGRAMS,
    DATAGRAMS_LOST,
    DATAGRAMS_REORDERED,
    INTERARRIVAL_JITTER,
    ECHO_RTT,
    ECHO_LOST,
    COMMAND_TIME,
    HOST_CPU,
    CORE_CPU,
    DAEMON_CPU,
    OTHER_CPU,
    DAEMON_MEMORY,
    UNDERLAY_SENT,
    UNDERLAY_RECEIVED,
    UNDERLAY_PACKETS,
    OVERLAY_SENT,
    OVERLAY_RECEIVED,
    OVERLAY_PACKETS,
    TCP_RETRANSMITTED,
    NETEM_PACKETS,
    NETEM_DROPPED,
    NETEM_QUEUED,
    CALIBRATION_RTT,
    CALIBRATION_LOST,
];

const METRIC: Metric = Metric {
    id: "",
    title: "",
    unit: Unit::Count,
    better: Better::Neither,
    scale: Scale::Linear,
    workloads: &[],
    samples: None,
    summary: None,
    headline: false,
    duration: false,
    possible: Range::COUNT,
};

/// Goodput: payload that arrived, over the time it took. The receiver's own total where the tool
/// reports it, else reduced from the receiver's intervals.
pub const THROUGHPUT: Metric = Metric {
    id: "throughput",
    title: "throughput",
    unit: Unit::BitPerSecond,
    better: Better::Higher,
    scale: Scale::Log,
    workloads: TRANSFERS,
    samples: Some((RECEIVED.id, Reducer::Rate)),
    summary: Some(Statistic::Total),
    headline: true,
    possible: Range::RATE,
    ..METRIC
};
/// Mean over the seconds of a run of the throughput of all its connections, as reported.
pub const THROUGHPUT_MEAN: Metric = Metric {
    id: "throughput_mean",
    title: "throughput (mean of seconds)",
    unit: Unit::BitPerSecond,
    better: Better::Higher,
    scale: Scale::Log,
    workloads: having!(Quic),
    summary: Some(Statistic::Mean),
    headline: true,
    possible: Range::RATE,
    ..METRIC
};
/// Payload handed to the sending kernel, over time; with UDP at an unlimited rate far above the line.
pub const OFFERED: Metric = Metric {
    id: "offered",
    title: "offered load",
    unit: Unit::BitPerSecond,
    scale: Scale::Log,
    workloads: IPERF,
    samples: Some((SENT.id, Reducer::Rate)),
    summary: Some(Statistic::Total),
    possible: Range::RATE,
    ..METRIC
};
/// TCP segments sent again in the whole run.
pub const RETRANSMITS: Metric = Metric {
    id: "retransmits",
    title: "retransmitted segments",
    better: Better::Lower,
    workloads: STREAMS,
    samples: Some((RETRANSMITTED.id, Reducer::Total)),
    summary: Some(Statistic::Total),
    possible: Range::COUNT_32,
    ..METRIC
};
/// Share of the segments sent in a run that were sent again: those over themselves and all others. The others are counted
/// as payload sent over the maximum segment size that TCP starts with, because no tool reports their number.
pub const RETRANSMIT_SHARE: Metric = Metric {
    id: "retransmit_share",
    title: "share of segments retransmitted",
    unit: Unit::Ratio,
    better: Better::Lower,
    workloads: STREAMS,
    summary: Some(Statistic::Total),
    possible: Range::SHARE,
    ..METRIC
};
/// Payload that arrived in the whole run, as the receiver counted it.
pub const BYTES_RECEIVED: Metric = Metric {
    id: "bytes_received",
    title: "payload received",
    unit: Unit::Byte,
    workloads: IPERF,
    summary: Some(Statistic::Total),
    possible: Range::BYTES,
    ..METRIC
};
/// Payload that was handed to the sending kernel in the whole run.
pub const BYTES_SENT: Metric = Metric {
    id: "bytes_sent",
    title: "payload sent",
    unit: Unit::Byte,
    workloads: IPERF,
    summary: Some(Statistic::Total),
    possible: Range::BYTES,
    ..METRIC
};
/// Largest congestion window at the end of a second of a run.
pub const CONGESTION_WINDOW_MAX: Metric = Metric {
    id: "congestion_window_max",
    title: "congestion window (maximum)",
    unit: Unit::Byte,
    workloads: STREAMS,
    samples: Some((CONGESTION_WINDOW.id, Reducer::Max)),
    possible: Range::WINDOW,
    ..METRIC
};
/// Largest send window at the end of a second of a run.
pub const SEND_WINDOW_MAX: Metric = Metric {
    id: "send_window_max",
    title: "send window (maximum)",
    unit: Unit::Byte,
    workloads: STREAMS,
    samples: Some((SEND_WINDOW.id, Reducer::Max)),
    possible: Range::ADVERTISED_WINDOW,
    ..METRIC
};
/// Median over the seconds of a run of the sender's smoothed round-trip time under load.
pub const RTT_LOADED: Metric = Metric {
    id: "rtt_loaded",
    title: "round-trip time under load (median)",
    unit: Unit::Second,
    better: Better::Lower,
    scale: Scale::Log,
    workloads: STREAMS,
    samples: Some((SMOOTHED_RTT.id, Reducer::Quantile(0.5))),
    possible: Range::WAIT,
    ..METRIC
};
/// Maximum segment size that TCP starts with.
pub const SEGMENT_SIZE: Metric = Metric {
    id: "segment_size",
    title: "TCP maximum segment size",
    unit: Unit::Byte,
    workloads: STREAMS,
    summary: Some(Statistic::Total),
    possible: Range::PACKET_SIZE,
    ..METRIC
};
/// Payload of one datagram.
pub const DATAGRAM_SIZE: Metric = Metric {
    id: "datagram_size",
    title: "datagram payload",
    unit: Unit::Byte,
    workloads: having!(Datagrams),
    summary: Some(Statistic::Total),
    possible: Range::PACKET_SIZE,
    ..METRIC
};
/// Share of packets that did not arrive: lost over sent, in the whole run.
pub const LOSS: Metric = Metric {
    id: "loss",
    title: "packet loss",
    unit: Unit::Ratio,
    better: Better::Lower,
    workloads: having!(Datagrams, Echo),
    samples: Some((ECHO_LOST.id, Reducer::Mean)),
    summary: Some(Statistic::Total),
    headline: true,
    possible: Range::SHARE,
    ..METRIC
};
/// Share of echo packets without an answer, averaged over the repetitions inside a run.
pub const LOSS_MEAN: Metric = Metric {
    id: "loss_mean",
    title: "packet loss (mean of repetitions)",
    unit: Unit::Ratio,
    better: Better::Lower,
    workloads: having!(Echo),
    summary: Some(Statistic::Mean),
    headline: true,
    possible: Range::SHARE,
    ..METRIC
};
/// Share of the received datagrams that came after a later one (RFC 4737's reordered ratio): what was lost is in neither
/// part of it.
pub const REORDERING: Metric = Metric {
    id: "reordering",
    title: "share of received datagrams out of order",
    unit: Unit::Ratio,
    better: Better::Lower,
    workloads: having!(Datagrams),
    summary: Some(Statistic::Total),
    possible: Range::SHARE,
    ..METRIC
};
/// Interarrival jitter (RFC 3550) at the end of the run.
pub const JITTER: Metric = Metric {
    id: "jitter",
    title: "interarrival jitter",
    unit: Unit::Second,
    better: Better::Lower,
    scale: Scale::Log,
    workloads: having!(Datagrams),
    summary: Some(Statistic::Total),
    possible: Range::TIME,
    ..METRIC
};
/// CPU time of the load tool's client over wall-clock time; 1 is one core. Not the daemon's.
pub const CPU_SOURCE: Metric = Metric {
    id: "cpu_source",
    title: "CPU of the load tool at the source",
    unit: Unit::Ratio,
    workloads: TRANSFERS,
    summary: Some(Statistic::Total),
    possible: Range::CORES,
    ..METRIC
};
/// CPU time of the load tool's server over wall-clock time; 1 is one core. Not the daemon's.
pub const CPU_TARGET: Metric = Metric {
    id: "cpu_target",
    title: "CPU of the load tool at the target",
    unit: Unit::Ratio,
    workloads: IPERF,
    summary: Some(Statistic::Total),
    possible: Range::CORES,
    ..METRIC
};
const fn cpu_part(id: &'static str, title: &'static str) -> Metric {
    Metric {
        id,
        title,
        unit: Unit::Ratio,
        workloads: IPERF,
        summary: Some(Statistic::Total),
        possible: Range::CORES,
        ..METRIC
    }
}

/// The part of [`CPU_SOURCE`] in the tool itself.
pub const CPU_SOURCE_USER: Metric = cpu_part("cpu_source_user", "CPU of the load tool at the source (user)");
/// The part of [`CPU_SOURCE`] in the kernel.
pub const CPU_SOURCE_SYSTEM: Metric = cpu_part("cpu_source_system", "CPU of the load tool at the source (system)");
/// The part of [`CPU_TARGET`] in the tool itself.
pub const CPU_TARGET_USER: Metric = cpu_part("cpu_target_user", "CPU of the load tool at the target (user)");
/// The part of [`CPU_TARGET`] in the kernel.
pub const CPU_TARGET_SYSTEM: Metric = cpu_part("cpu_target_system", "CPU of the load tool at the target (system)");
/// CPU use of the load tool's client averaged over the seconds and cores of a run, as reported.
pub const CPU_SOURCE_MEAN: Metric = Metric {
    id: "cpu_source_mean",
    title: "CPU of the load tool at the source (mean of seconds)",
    unit: Unit::Ratio,
    workloads: having!(Quic),
    summary: Some(Statistic::Mean),
    possible: Range::ONE_CORE,
    ..METRIC
};
/// Bytes that the source's underlay interface sent and received during the run, headers included.
pub const WIRE_BYTES: Metric = Metric {
    id: "wire_bytes",
    title: "bytes on the underlay interface",
    unit: Unit::Byte,
    workloads: having!(Stream, Datagrams, Quic, Echo, Video, Download),
    summary: Some(Statistic::Total),
    possible: Range::BYTES,
    ..METRIC
};

const fn host(id: &'static str, title: &'static str, unit: Unit, better: Better) -> Metric {
    Metric { id, title, unit, better, workloads: LIVE, summary: Some(Statistic::Total), ..METRIC }
}

/// CPU time of the system's daemons at the source over the run's time, 1 being one core.
pub const DAEMON_CPU_SOURCE: Metric = Metric {
    possible: Range::CORES,
    ..host("daemon_cpu_source", "CPU of the daemons at the source", Unit::Ratio, Better::Lower)
};
/// The same at the target.
pub const DAEMON_CPU_TARGET: Metric = Metric {
    possible: Range::CORES,
    ..host("daemon_cpu_target", "CPU of the daemons at the target", Unit::Ratio, Better::Lower)
};
/// Largest memory of the system's daemons at the source during the run.
pub const DAEMON_MEMORY_SOURCE: Metric = Metric {
    possible: Range::BYTES,
    ..host("daemon_memory_source", "memory of the daemons at the source", Unit::Byte, Better::Lower)
};
/// The same at the target.
pub const DAEMON_MEMORY_TARGET: Metric = Metric {
    possible: Range::BYTES,
    ..host("daemon_memory_target", "memory of the daemons at the target", Unit::Byte, Better::Lower)
};
/// CPU time of everything on the source over the run's time, 1 being one core.
pub const HOST_CPU_SOURCE: Metric = Metric {
    possible: Range::CORES,
    ..host("host_cpu_source", "CPU of the whole source host", Unit::Ratio, Better::Neither)
};
/// The same at the target.
pub const HOST_CPU_TARGET: Metric = Metric {
    possible: Range::CORES,
    ..host("host_cpu_target", "CPU of the whole target host", Unit::Ratio, Better::Neither)
};
/// Mean round-trip time of the calibration packets on the bare data network, right before and after the run.
pub const UNDERLAY_RTT: Metric = Metric {
    possible: Range::WAIT,
    ..host("underlay_rtt", "round-trip time of the bare network (mean)", Unit::Second, Better::Neither)
};
/// Share of the calibration packets without an answer.
pub const UNDERLAY_LOSS: Metric = Metric {
    possible: Range::SHARE,
    ..host("underlay_loss", "packet loss of the bare network", Unit::Ratio, Better::Neither)
};
/// Share of the answers to calibration packets that came after an answer to a later packet.
pub const UNDERLAY_REORDERING: Metric = Metric {
    possible: Range::SHARE,
    ..host("underlay_reordering", "answers out of order on the bare network", Unit::Ratio, Better::Neither)
};
/// Share of the packets in the source's netem that it dropped during the run; one of segmentation offload counts
/// once, so this is not the loss of packets on the wire.
pub const NETEM_DROP_SHARE: Metric = Metric {
    possible: Range::SHARE,
    ..host("netem_drop_share", "share of packets that the source's netem dropped", Unit::Ratio, Better::Neither)
};
/// Highest rate of a ladder at which the loss was at most the target, as it was received.
pub const CAPACITY: Metric = Metric {
    id: "capacity",
    title: "UDP rate within the loss target",
    unit: Unit::BitPerSecond,
    better: Better::Higher,
    scale: Scale::Log,
    workloads: having!(Datagrams),
    summary: Some(Statistic::Max),
    headline: true,
    possible: Range::RATE,
    ..METRIC
};

const fn rtt(
    id: &'static str,
    title: &'static str,
    samples: Option<Reducer>,
    summary: Option<Statistic>,
    headline: bool,
) -> Metric {
    Metric {
        id,
        title,
        unit: Unit::Second,
        better: Better::Lower,
        scale: Scale::Log,
        workloads: having!(Echo),
        samples: match samples {
            Some(reducer) => Some((ECHO_RTT.id, reducer)),
            None => None,
        },
        summary,
        headline,
        possible: Range::WAIT,
        ..METRIC
    }
}

/// Median round-trip time of the answered packets.
pub const RTT_P50: Metric = rtt("rtt_p50", "round-trip time (median)", Some(Reducer::Quantile(0.5)), None, true);
/// 95th percentile of the round-trip times.
pub const RTT_P95: Metric =
    rtt("rtt_p95", "round-trip time (95th percentile)", Some(Reducer::Quantile(0.95)), None, false);
/// 99th percentile of the round-trip times.
pub const RTT_P99: Metric =
    rtt("rtt_p99", "round-trip time (99th percentile)", Some(Reducer::Quantile(0.99)), None, false);
/// Mean round-trip time; from a summary, the mean of its repetitions' means.
pub const RTT_MEAN: Metric =
    rtt("rtt_mean", "round-trip time (mean)", Some(Reducer::Mean), Some(Statistic::Mean), true);
/// Smallest round-trip time.
pub const RTT_MIN: Metric =
    rtt("rtt_min", "round-trip time (minimum)", Some(Reducer::Min), Some(Statistic::Min), false);
/// Largest round-trip time.
pub const RTT_MAX: Metric =
    rtt("rtt_max", "round-trip time (maximum)", Some(Reducer::Max), Some(Statistic::Max), false);
/// ping's `mdev`, the standard deviation of the round-trip times, averaged over the repetitions.
pub const RTT_DEVIATION: Metric = Metric {
    possible: Range::TIME,
    ..rtt("rtt_deviation", "round-trip time (standard deviation)", None, Some(Statistic::Mean), false)
};

/// Time to the first byte of a QUIC connection: median over the connections of a run.
pub const TIME_TO_FIRST_BYTE: Metric = Metric {
    workloads: having!(Quic),
    possible: Range::WAIT,
    ..rtt("time_to_first_byte", "time to first byte (median)", None, Some(Statistic::P50), false)
};
/// Duration of a QUIC handshake: median over the connections of a run.
pub const HANDSHAKE_TIME: Metric = Metric {
    workloads: having!(Quic),
    possible: Range::WAIT,
    ..rtt("handshake_time", "handshake time (median)", None, Some(Statistic::P50), false)
};

const fn video(
    id: &'static str,
    title: &'static str,
    unit: Unit,
    better: Better,
    statistic: Statistic,
    headline: bool,
) -> Metric {
    Metric { id, title, unit, better, workloads: having!(Video), summary: Some(statistic), headline, ..METRIC }
}

/// Bit rate at the encoder: mean over its reports.
pub const VIDEO_ENCODED: Metric = Metric {
    possible: Range::RATE,
    ..video("video_encoded", "encoder bit rate", Unit::BitPerSecond, Better::Neither, Statistic::Mean, false)
};
/// Frames per second at the encoder: mean over its reports.
pub const FRAME_RATE: Metric = Metric {
    possible: Range::FREQUENCY,
    ..video("frame_rate", "encoder frame rate", Unit::PerSecond, Better::Higher, Statistic::Mean, false)
};
/// Frames of the nominal length of the stream that the encoder had not made at its end.
pub const FRAMES_MISSING: Metric =
    video("frames_missing", "frames missing at the encoder", Unit::Count, Better::Lower, Statistic::Max, false);
/// Packets lost for good per reporting interval of the receiver: mean.
pub const VIDEO_LOST: Metric =
    video("video_lost", "packets lost per receiver report", Unit::Count, Better::Lower, Statistic::Mean, true);
/// Packets recovered by retransmission per reporting interval: mean.
pub const VIDEO_RECOVERED: Metric = video(
    "video_recovered",
    "packets recovered per receiver report",
    Unit::Count,
    Better::Neither,
    Statistic::Mean,
    false,
);
/// Round-trip time that the receiver measured: mean over its reports.
pub const VIDEO_RTT: Metric = Metric {
    possible: Range::TIME,
    ..video("video_rtt", "round-trip time of the stream", Unit::Second, Better::Lower, Statistic::Mean, false)
};
/// The receiver's quality figure, the share of packets that arrived or were recovered: mean over its reports.
pub const VIDEO_QUALITY: Metric = Metric {
    possible: Range::SHARE,
    ..video("video_quality", "share of packets delivered", Unit::Ratio, Better::Higher, Statistic::Mean, true)
};
/// Bit rate at the receiver: mean over its reports.
pub const VIDEO_RECEIVED: Metric = Metric {
    possible: Range::RATE,
    ..video("video_received", "received bit rate", Unit::BitPerSecond, Better::Higher, Statistic::Mean, true)
};

/// Time of one download: mean over its repetitions.
pub const DOWNLOAD_TIME: Metric = Metric {
    id: "download_time",
    title: "download time",
    unit: Unit::Second,
    better: Better::Lower,
    scale: Scale::Log,
    workloads: having!(Download),
    samples: Some((COMMAND_TIME.id, Reducer::Mean)),
    summary: Some(Statistic::Mean),
    headline: true,
    duration: true,
    possible: Range::WAIT,
};
/// User and system CPU time of the downloading command: mean over its repetitions.
pub const DOWNLOAD_CPU_TIME: Metric = Metric {
    id: "download_cpu_time",
    title: "CPU time of the download",
    unit: Unit::Second,
    better: Better::Lower,
    scale: Scale::Log,
    workloads: having!(Download),
    summary: Some(Statistic::Mean),
    possible: Range::CPU_TIME,
    ..METRIC
};

/// The part of [`DOWNLOAD_CPU_TIME`] in the command itself: mean over its repetitions.
pub const DOWNLOAD_USER_TIME: Metric =
    Metric { id: "download_user_time", title: "CPU time of the download (user)", ..DOWNLOAD_CPU_TIME };
/// The part of [`DOWNLOAD_CPU_TIME`] in the kernel: mean over its repetitions.
pub const DOWNLOAD_SYSTEM_TIME: Metric =
    Metric { id: "download_system_time", title: "CPU time of the download (system)", ..DOWNLOAD_CPU_TIME };

const CONNECTS: &[Workload] = having!(Connect);
/// Time from the start until the harness's own check through the tunnel passed. It begins with a gate, over the
/// bare network or in some versions over the tunnel, so it includes [`UNDERLAY_TIME`].
pub const CONNECT_TIME: Metric = Metric {
    id: "connect_time",
    title: "time to a working tunnel",
    unit: Unit::Second,
    better: Better::Lower,
    scale: Scale::Log,
    workloads: CONNECTS,
    summary: Some(Statistic::Total),
    headline: true,
    duration: true,
    possible: Range::TIME,
    ..METRIC
};
/// Time from the same start until the peer first answered through the tunnel, in the harness's gate or after it.
pub const FIRST_ANSWER_TIME: Metric = Metric {
    id: "first_answer_time",
    title: "time to the first answer through the tunnel",
    unit: Unit::Second,
    better: Better::Lower,
    scale: Scale::Log,
    workloads: CONNECTS,
    summary: Some(Statistic::Total),
    headline: true,
    possible: Range::TIME,
    ..METRIC
};
/// Time from the same start until the peer answered over the bare network.
pub const UNDERLAY_TIME: Metric = Metric {
    id: "underlay_time",
    title: "time to a working bare network",
    unit: Unit::Second,
    scale: Scale::Log,
    workloads: CONNECTS,
    summary: Some(Statistic::Total),
    possible: Range::TIME,
    ..METRIC
};
/// How often the peer was polled through the tunnel until it answered.
pub const CONNECT_POLLS: Metric = Metric {
    id: "connect_polls",
    title: "polls until the tunnel worked",
    workloads: CONNECTS,
    summary: Some(Statistic::Total),
    ..METRIC
};

/// Share of started attempts that ended as `ok`. Computed from the outcomes, for every workload.
pub const SUCCESS_RATE: Metric = Metric {
    id: "success_rate",
    title: "share of attempts that succeeded",
    unit: Unit::Ratio,
    better: Better::Higher,
    workloads: Workload::ALL,
    headline: true,
    possible: Range::SHARE,
    ..METRIC
};

/// Every metric of a run or cell, in the order in which reports show them.
pub const METRICS: &[Metric] = &[
    THROUGHPUT,
    THROUGHPUT_MEAN,
    OFFERED,
    RETRANSMITS,
    RETRANSMIT_SHARE,
    BYTES_RECEIVED,
    BYTES_SENT,
    CONGESTION_WINDOW_MAX,
    SEND_WINDOW_MAX,
    RTT_LOADED,
    SEGMENT_SIZE,
    DATAGRAM_SIZE,
    RTT_P50,
    RTT_MEAN,
    RTT_P95,
    RTT_P99,
    RTT_MIN,
    RTT_MAX,
    RTT_DEVIATION,
    LOSS,
    LOSS_MEAN,
    REORDERING,
    JITTER,
    CPU_SOURCE,
    CPU_TARGET,
    CPU_SOURCE_USER,
    CPU_SOURCE_SYSTEM,
    CPU_TARGET_USER,
    CPU_TARGET_SYSTEM,
    CPU_SOURCE_MEAN,
    CAPACITY,
    DAEMON_CPU_SOURCE,
    DAEMON_CPU_TARGET,
    DAEMON_MEMORY_SOURCE,
    DAEMON_MEMORY_TARGET,
    HOST_CPU_SOURCE,
    HOST_CPU_TARGET,
    UNDERLAY_RTT,
    UNDERLAY_LOSS,
    UNDERLAY_REORDERING,
    NETEM_DROP_SHARE,
    WIRE_BYTES,
    TIME_TO_FIRST_BYTE,
    HANDSHAKE_TIME,
    VIDEO_RECEIVED,
    VIDEO_QUALITY,
    VIDEO_LOST,
    VIDEO_RECOVERED,
    VIDEO_RTT,
    VIDEO_ENCODED,
    FRAME_RATE,
    FRAMES_MISSING,
    DOWNLOAD_TIME,
    DOWNLOAD_CPU_TIME,
    DOWNLOAD_USER_TIME,
    DOWNLOAD_SYSTEM_TIME,
    CONNECT_TIME,
    FIRST_ANSWER_TIME,
    UNDERLAY_TIME,
    CONNECT_POLLS,
    SUCCESS_RATE,
];

/// The metric with this id.
pub fn metric(id: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.id == id)
}

/// The series with this id.
pub fn find_series(id: &str) -> Option<&'static Series> {
    SERIES.iter().find(|series| series.id == id)
}

/// The duration metric of a workload, where it has one: what a time limit censors.
pub fn duration_of(workload: Workload) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.duration && metric.workloads.contains(&workload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_and_sources_exist() {
        let ids: BTreeSet<_> = METRICS.iter().map(|metric| metric.id).collect();
        assert_eq!(ids.len(), METRICS.len());
        for metric in METRICS {
            assert!(!metric.workloads.is_empty() && !metric.title.is_empty(), "{}", metric.id);
            if let Some((series, reducer)) = metric.samples {
                assert!(find_series(series).is_some(), "{} reduces unknown series {series}", metric.id);
                if let Reducer::RatioTo(other) = reducer {
                    assert!(find_series(other).is_some(), "{} divides by unknown series {other}", metric.id);
                }
            }
            assert!(
                metric.samples.is_some() || metric.summary.is_some() || metric.id == SUCCESS_RATE.id,
                "{} has no source",
                metric.id
            );
        }
    }

    #[test]
    fn no_id_is_both_series_and_metric() {
        for series in SERIES {
            assert!(metric(series.id).is_none(), "{}", series.id);
        }
    }
}
