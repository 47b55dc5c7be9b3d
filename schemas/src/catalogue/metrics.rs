//! The list of all metrics, in the order in which reports show them.

use super::metric::METRIC;
use super::series::*;
use super::{Better, IPERF, Metric, Reducer, STREAMS, Scale, Statistic, TRANSFERS, Unit, listed};
use crate::possible::Range;
use crate::words::Workload;
use crate::workload::{LIVE, having};

const CONNECTS: &[Workload] = having!(Connect);

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

const fn host(id: &'static str, title: &'static str, unit: Unit, better: Better) -> Metric {
    Metric { id, title, unit, better, workloads: LIVE, summary: Some(Statistic::Total), ..METRIC }
}

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

listed! {
    /// Every metric of a run or cell, in the order in which reports show them.
    METRICS: Metric;

    /// Goodput: payload that arrived, over the time it took. The receiver's own total where the tool
    /// reports it, else reduced from the receiver's intervals.
    THROUGHPUT = Metric {
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
    THROUGHPUT_MEAN = Metric {
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
    OFFERED = Metric {
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
    RETRANSMITS = Metric {
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
    RETRANSMIT_SHARE = Metric {
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
    BYTES_RECEIVED = Metric {
        id: "bytes_received",
        title: "payload received",
        unit: Unit::Byte,
        workloads: IPERF,
        summary: Some(Statistic::Total),
        possible: Range::BYTES,
        ..METRIC
    };
    /// Payload that was handed to the sending kernel in the whole run.
    BYTES_SENT = Metric {
        id: "bytes_sent",
        title: "payload sent",
        unit: Unit::Byte,
        workloads: IPERF,
        summary: Some(Statistic::Total),
        possible: Range::BYTES,
        ..METRIC
    };
    /// Largest congestion window at the end of a second of a run.
    CONGESTION_WINDOW_MAX = Metric {
        id: "congestion_window_max",
        title: "congestion window (maximum)",
        unit: Unit::Byte,
        workloads: STREAMS,
        samples: Some((CONGESTION_WINDOW.id, Reducer::Max)),
        possible: Range::WINDOW,
        ..METRIC
    };
    /// Largest send window at the end of a second of a run.
    SEND_WINDOW_MAX = Metric {
        id: "send_window_max",
        title: "send window (maximum)",
        unit: Unit::Byte,
        workloads: STREAMS,
        samples: Some((SEND_WINDOW.id, Reducer::Max)),
        possible: Range::ADVERTISED_WINDOW,
        ..METRIC
    };
    /// Median over the seconds of a run of the sender's smoothed round-trip time under load.
    RTT_LOADED = Metric {
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
    SEGMENT_SIZE = Metric {
        id: "segment_size",
        title: "TCP maximum segment size",
        unit: Unit::Byte,
        workloads: STREAMS,
        summary: Some(Statistic::Total),
        possible: Range::PACKET_SIZE,
        ..METRIC
    };
    /// Payload of one datagram.
    DATAGRAM_SIZE = Metric {
        id: "datagram_size",
        title: "datagram payload",
        unit: Unit::Byte,
        workloads: having!(Datagrams),
        summary: Some(Statistic::Total),
        possible: Range::PACKET_SIZE,
        ..METRIC
    };
    /// Median round-trip time of the answered packets.
    RTT_P50 = rtt("rtt_p50", "round-trip time (median)", Some(Reducer::Quantile(0.5)), None, true);
    /// Mean round-trip time; from a summary, the mean of its repetitions' means.
    RTT_MEAN = rtt("rtt_mean", "round-trip time (mean)", Some(Reducer::Mean), Some(Statistic::Mean), true);
    /// 95th percentile of the round-trip times.
    RTT_P95 = rtt("rtt_p95", "round-trip time (95th percentile)", Some(Reducer::Quantile(0.95)), None, false);
    /// 99th percentile of the round-trip times.
    RTT_P99 = rtt("rtt_p99", "round-trip time (99th percentile)", Some(Reducer::Quantile(0.99)), None, false);
    /// Smallest round-trip time.
    RTT_MIN = rtt("rtt_min", "round-trip time (minimum)", Some(Reducer::Min), Some(Statistic::Min), false);
    /// Largest round-trip time.
    RTT_MAX = rtt("rtt_max", "round-trip time (maximum)", Some(Reducer::Max), Some(Statistic::Max), false);
    /// ping's `mdev`, the standard deviation of the round-trip times, averaged over the repetitions.
    RTT_DEVIATION = Metric {
        possible: Range::TIME,
        ..rtt("rtt_deviation", "round-trip time (standard deviation)", None, Some(Statistic::Mean), false)
    };
    /// Share of packets that did not arrive: lost over sent, in the whole run.
    LOSS = Metric {
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
    LOSS_MEAN = Metric {
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
    REORDERING = Metric {
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
    JITTER = Metric {
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
    CPU_SOURCE = Metric {
        id: "cpu_source",
        title: "CPU of the load tool at the source",
        unit: Unit::Ratio,
        workloads: TRANSFERS,
        summary: Some(Statistic::Total),
        possible: Range::CORES,
        ..METRIC
    };
    /// CPU time of the load tool's server over wall-clock time; 1 is one core. Not the daemon's.
    CPU_TARGET = Metric {
        id: "cpu_target",
        title: "CPU of the load tool at the target",
        unit: Unit::Ratio,
        workloads: IPERF,
        summary: Some(Statistic::Total),
        possible: Range::CORES,
        ..METRIC
    };
    /// The part of [`CPU_SOURCE`] in the tool itself.
    CPU_SOURCE_USER = cpu_part("cpu_source_user", "CPU of the load tool at the source (user)");
    /// The part of [`CPU_SOURCE`] in the kernel.
    CPU_SOURCE_SYSTEM = cpu_part("cpu_source_system", "CPU of the load tool at the source (system)");
    /// The part of [`CPU_TARGET`] in the tool itself.
    CPU_TARGET_USER = cpu_part("cpu_target_user", "CPU of the load tool at the target (user)");
    /// The part of [`CPU_TARGET`] in the kernel.
    CPU_TARGET_SYSTEM = cpu_part("cpu_target_system", "CPU of the load tool at the target (system)");
    /// CPU use of the load tool's client averaged over the seconds and cores of a run, as reported.
    CPU_SOURCE_MEAN = Metric {
        id: "cpu_source_mean",
        title: "CPU of the load tool at the source (mean of seconds)",
        unit: Unit::Ratio,
        workloads: having!(Quic),
        summary: Some(Statistic::Mean),
        possible: Range::ONE_CORE,
        ..METRIC
    };
    /// Highest rate of a ladder at which the loss was at most the target, as it was received.
    CAPACITY = Metric {
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
    /// CPU time of the system's daemons at the source over the run's time, 1 being one core.
    DAEMON_CPU_SOURCE = Metric {
        possible: Range::CORES,
        ..host("daemon_cpu_source", "CPU of the daemons at the source", Unit::Ratio, Better::Lower)
    };
    /// The same at the target.
    DAEMON_CPU_TARGET = Metric {
        possible: Range::CORES,
        ..host("daemon_cpu_target", "CPU of the daemons at the target", Unit::Ratio, Better::Lower)
    };
    /// Largest memory of the system's daemons at the source during the run.
    DAEMON_MEMORY_SOURCE = Metric {
        possible: Range::BYTES,
        ..host("daemon_memory_source", "memory of the daemons at the source", Unit::Byte, Better::Lower)
    };
    /// The same at the target.
    DAEMON_MEMORY_TARGET = Metric {
        possible: Range::BYTES,
        ..host("daemon_memory_target", "memory of the daemons at the target", Unit::Byte, Better::Lower)
    };
    /// CPU time of everything on the source over the run's time, 1 being one core.
    HOST_CPU_SOURCE = Metric {
        possible: Range::CORES,
        ..host("host_cpu_source", "CPU of the whole source host", Unit::Ratio, Better::Neither)
    };
    /// The same at the target.
    HOST_CPU_TARGET = Metric {
        possible: Range::CORES,
        ..host("host_cpu_target", "CPU of the whole target host", Unit::Ratio, Better::Neither)
    };
    /// Mean round-trip time of the calibration packets on the bare data network, right before and after the run.
    UNDERLAY_RTT = Metric {
        possible: Range::WAIT,
        ..host("underlay_rtt", "round-trip time of the bare network (mean)", Unit::Second, Better::Neither)
    };
    /// Share of the calibration packets without an answer.
    UNDERLAY_LOSS = Metric {
        possible: Range::SHARE,
        ..host("underlay_loss", "packet loss of the bare network", Unit::Ratio, Better::Neither)
    };
    /// Share of the answers to calibration packets that came after an answer to a later packet.
    UNDERLAY_REORDERING = Metric {
        possible: Range::SHARE,
        ..host("underlay_reordering", "answers out of order on the bare network", Unit::Ratio, Better::Neither)
    };
    /// Share of the packets in the source's netem that it dropped during the run; one of segmentation offload counts
    /// once, so this is not the loss of packets on the wire.
    NETEM_DROP_SHARE = Metric {
        possible: Range::SHARE,
        ..host("netem_drop_share", "share of packets that the source's netem dropped", Unit::Ratio, Better::Neither)
    };
    /// Bytes that the source's underlay interface sent and received during the run, headers included.
    WIRE_BYTES = Metric {
        id: "wire_bytes",
        title: "bytes on the underlay interface",
        unit: Unit::Byte,
        workloads: having!(Stream, Datagrams, Quic, Echo, Video, Download),
        summary: Some(Statistic::Total),
        possible: Range::BYTES,
        ..METRIC
    };
    /// Time to the first byte of a QUIC connection: median over the connections of a run.
    TIME_TO_FIRST_BYTE = Metric {
        workloads: having!(Quic),
        possible: Range::WAIT,
        ..rtt("time_to_first_byte", "time to first byte (median)", None, Some(Statistic::P50), false)
    };
    /// Duration of a QUIC handshake: median over the connections of a run.
    HANDSHAKE_TIME = Metric {
        workloads: having!(Quic),
        possible: Range::WAIT,
        ..rtt("handshake_time", "handshake time (median)", None, Some(Statistic::P50), false)
    };
    /// Bit rate at the receiver: mean over its reports.
    VIDEO_RECEIVED = Metric {
        possible: Range::RATE,
        ..video("video_received", "received bit rate", Unit::BitPerSecond, Better::Higher, Statistic::Mean, true)
    };
    /// The receiver's quality figure, the share of packets that arrived or were recovered: mean over its reports.
    VIDEO_QUALITY = Metric {
        possible: Range::SHARE,
        ..video("video_quality", "share of packets delivered", Unit::Ratio, Better::Higher, Statistic::Mean, true)
    };
    /// Packets lost for good per reporting interval of the receiver: mean.
    VIDEO_LOST = video("video_lost", "packets lost per receiver report", Unit::Count, Better::Lower, Statistic::Mean, true);
    /// Packets recovered by retransmission per reporting interval: mean.
    VIDEO_RECOVERED = video(
        "video_recovered",
        "packets recovered per receiver report",
        Unit::Count,
        Better::Neither,
        Statistic::Mean,
        false,
    );
    /// Round-trip time that the receiver measured: mean over its reports.
    VIDEO_RTT = Metric {
        possible: Range::TIME,
        ..video("video_rtt", "round-trip time of the stream", Unit::Second, Better::Lower, Statistic::Mean, false)
    };
    /// Bit rate at the encoder: mean over its reports.
    VIDEO_ENCODED = Metric {
        possible: Range::RATE,
        ..video("video_encoded", "encoder bit rate", Unit::BitPerSecond, Better::Neither, Statistic::Mean, false)
    };
    /// Frames per second at the encoder: mean over its reports.
    FRAME_RATE = Metric {
        possible: Range::FREQUENCY,
        ..video("frame_rate", "encoder frame rate", Unit::PerSecond, Better::Higher, Statistic::Mean, false)
    };
    /// Frames of the nominal length of the stream that the encoder had not made at its end.
    FRAMES_MISSING = video("frames_missing", "frames missing at the encoder", Unit::Count, Better::Lower, Statistic::Max, false);
    /// Time of one download: mean over its repetitions.
    DOWNLOAD_TIME = Metric {
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
    DOWNLOAD_CPU_TIME = Metric {
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
    DOWNLOAD_USER_TIME = Metric { id: "download_user_time", title: "CPU time of the download (user)", ..DOWNLOAD_CPU_TIME };
    /// The part of [`DOWNLOAD_CPU_TIME`] in the kernel: mean over its repetitions.
    DOWNLOAD_SYSTEM_TIME = Metric { id: "download_system_time", title: "CPU time of the download (system)", ..DOWNLOAD_CPU_TIME };
    /// Time from the start until the harness's own check through the tunnel passed. It begins with a gate, over the
    /// bare network or in some versions over the tunnel, so it includes [`UNDERLAY_TIME`].
    CONNECT_TIME = Metric {
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
    FIRST_ANSWER_TIME = Metric {
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
    UNDERLAY_TIME = Metric {
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
    CONNECT_POLLS = Metric {
        id: "connect_polls",
        title: "polls until the tunnel worked",
        workloads: CONNECTS,
        summary: Some(Statistic::Total),
        ..METRIC
    };
    /// Share of started attempts that ended as `ok`. Computed from the outcomes, for every workload.
    SUCCESS_RATE = Metric {
        id: "success_rate",
        title: "share of attempts that succeeded",
        unit: Unit::Ratio,
        better: Better::Higher,
        workloads: Workload::ALL,
        headline: true,
        possible: Range::SHARE,
        ..METRIC
    };
}
