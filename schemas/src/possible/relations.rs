//! Everything that must hold between numbers of one run.

use super::{Against, MOST_BIT_S, MOST_CORES, Relation, TRANSFER_TIME};
use crate::catalogue::{
    BYTES_RECEIVED, BYTES_SENT, COMMAND_TIME, CONNECT_TIME, CPU_SOURCE, CPU_SOURCE_SYSTEM, CPU_SOURCE_USER, CPU_TARGET,
    CPU_TARGET_SYSTEM, CPU_TARGET_USER, DAEMON_CPU_SOURCE, DAEMON_CPU_TARGET, DATAGRAMS, DATAGRAMS_LOST,
    DOWNLOAD_CPU_TIME, DOWNLOAD_SYSTEM_TIME, DOWNLOAD_TIME, DOWNLOAD_USER_TIME, ECHO_RTT, FIRST_ANSWER_TIME,
    HANDSHAKE_TIME, HOST_CPU_SOURCE, HOST_CPU_TARGET, INTERARRIVAL_JITTER, JITTER, LOSS, LOSS_MEAN, OFFERED,
    RETRANSMITS, RETRANSMITTED, RTT_DEVIATION, RTT_LOADED, RTT_MAX, RTT_MEAN, RTT_MIN, RTT_P50, RTT_P95, RTT_P99,
    SMOOTHED_RTT, SMOOTHED_RTT_VARIATION, THROUGHPUT, TIME_TO_FIRST_BYTE, UNDERLAY_TIME, VIDEO_RTT, WIRE_BYTES,
};

/// How far one clock may be from another, and a second for what surrounds a run.
const CLOCK: f64 = 1.05;
const AROUND_S: f64 = 1.0;
/// Quantiles are interpolated, and tools round to microseconds.
const INTERPOLATED_S: f64 = 1e-5;
/// How much more may be received than the sender counted: both count until their own end.
const RECEIVED_OVER_SENT: f64 = 1.2;
/// A core runs two threads, and some facts count cores; times of the kernel are of ticks.
const THREADS: f64 = 2.0;
const TICKS: f64 = 0.1;
/// More segments than any host sends in a second.
const SEGMENTS_A_SECOND: f64 = 2e7;

const fn within_run(what: &'static str, because: &'static str) -> Relation {
    Relation { what, at_most: Against::Length, times: CLOCK, plus: AROUND_S, because }
}

const fn a_second(what: &'static str, most: f64, because: &'static str) -> Relation {
    Relation { what, at_most: Against::Length, times: most, plus: most, because }
}

const fn ordered(smaller: &'static str, larger: &'static str) -> Relation {
    let because = "it is the smaller one of the same round trips by definition";
    Relation { what: smaller, at_most: Against::Metric(larger), times: CLOCK, plus: INTERPOLATED_S, because }
}

const fn part(what: &'static str, whole: &'static str, plus: f64) -> Relation {
    Relation { what, at_most: Against::Metric(whole), times: CLOCK, plus, because: "it is a part of it" }
}

const fn within_cores(what: &'static str) -> Relation {
    let because = "nobody uses more cores than there are";
    Relation { what, at_most: Against::Cores, times: THREADS, plus: TICKS, because }
}

/// All packets lost, and something came.
const fn not_all_lost(loss: &'static str, beside: &'static str) -> Relation {
    let because = "something arrived, so not everything was lost";
    Relation { what: loss, at_most: Against::Metric(beside), times: 0.0, plus: 1.0, because }
}

const WAITED: &str = "nobody waits for an answer longer than the run takes";
const TRANSIT: &str = "it is a mean of differences of transit times within the run";
const CARRIED: &str = "no host moves so much in that time";
const RESENT: &str = "no host sends so many segments in that time";
const EXECUTED: &str = "the run as a whole holds all of its downloads";
const COMPUTED: &str = "no host has so many cores";

/// Everything that must hold between numbers of one run.
pub const RELATIONS: &[Relation] = &[
    Relation {
        what: DATAGRAMS_LOST.id,
        at_most: Against::Sample(DATAGRAMS.id),
        times: 1.0,
        plus: 0.0,
        because: "no more datagrams can be lost than there were",
    },
    Relation {
        what: THROUGHPUT.id,
        at_most: Against::Metric(OFFERED.id),
        times: RECEIVED_OVER_SENT,
        plus: 0.0,
        because: "no more can arrive than was sent",
    },
    Relation {
        what: BYTES_RECEIVED.id,
        at_most: Against::Metric(BYTES_SENT.id),
        times: RECEIVED_OVER_SENT,
        plus: 0.0,
        because: "no more can arrive than was sent",
    },
    within_run(TRANSFER_TIME, "no transfer takes longer than the run that holds it"),
    a_second(BYTES_RECEIVED.id, MOST_BIT_S / 8.0, CARRIED),
    a_second(BYTES_SENT.id, MOST_BIT_S / 8.0, CARRIED),
    a_second(WIRE_BYTES.id, MOST_BIT_S / 8.0, CARRIED),
    a_second(RETRANSMITS.id, SEGMENTS_A_SECOND, RESENT),
    a_second(RETRANSMITTED.id, SEGMENTS_A_SECOND, RESENT),
    within_run(ECHO_RTT.id, WAITED),
    within_run(SMOOTHED_RTT.id, "no round trip takes longer than the run"),
    within_run(SMOOTHED_RTT_VARIATION.id, "no round trip takes longer than the run"),
    within_run(RTT_LOADED.id, "no round trip takes longer than the run"),
    within_run(INTERARRIVAL_JITTER.id, TRANSIT),
    within_run(JITTER.id, TRANSIT),
    within_run(RTT_MAX.id, WAITED),
    within_run(RTT_MEAN.id, WAITED),
    within_run(TIME_TO_FIRST_BYTE.id, WAITED),
    within_run(HANDSHAKE_TIME.id, WAITED),
    within_run(VIDEO_RTT.id, WAITED),
    within_run(COMMAND_TIME.id, EXECUTED),
    within_run(DOWNLOAD_TIME.id, EXECUTED),
    a_second(DOWNLOAD_CPU_TIME.id, MOST_CORES, COMPUTED),
    Relation {
        what: DOWNLOAD_CPU_TIME.id,
        at_most: Against::CoreTime,
        times: THREADS,
        plus: AROUND_S,
        because: COMPUTED,
    },
    part(DOWNLOAD_USER_TIME.id, DOWNLOAD_CPU_TIME.id, INTERPOLATED_S),
    part(DOWNLOAD_SYSTEM_TIME.id, DOWNLOAD_CPU_TIME.id, INTERPOLATED_S),
    part(CPU_SOURCE_USER.id, CPU_SOURCE.id, TICKS),
    part(CPU_SOURCE_SYSTEM.id, CPU_SOURCE.id, TICKS),
    part(CPU_TARGET_USER.id, CPU_TARGET.id, TICKS),
    part(CPU_TARGET_SYSTEM.id, CPU_TARGET.id, TICKS),
    within_cores(CPU_SOURCE.id),
    within_cores(CPU_SOURCE_USER.id),
    within_cores(CPU_SOURCE_SYSTEM.id),
    within_cores(CPU_TARGET.id),
    within_cores(CPU_TARGET_USER.id),
    within_cores(CPU_TARGET_SYSTEM.id),
    within_cores(HOST_CPU_SOURCE.id),
    within_cores(HOST_CPU_TARGET.id),
    within_cores(DAEMON_CPU_SOURCE.id),
    within_cores(DAEMON_CPU_TARGET.id),
    not_all_lost(LOSS.id, THROUGHPUT.id),
    not_all_lost(LOSS.id, RTT_MEAN.id),
    not_all_lost(LOSS_MEAN.id, RTT_MEAN.id),
    not_all_lost(LOSS_MEAN.id, RTT_MAX.id),
    part(FIRST_ANSWER_TIME.id, CONNECT_TIME.id, AROUND_S),
    part(UNDERLAY_TIME.id, CONNECT_TIME.id, AROUND_S),
    ordered(RTT_MIN.id, RTT_MEAN.id),
    ordered(RTT_MEAN.id, RTT_MAX.id),
    ordered(RTT_DEVIATION.id, RTT_MAX.id),
    ordered(RTT_MIN.id, RTT_P50.id),
    ordered(RTT_MIN.id, RTT_P95.id),
    ordered(RTT_MIN.id, RTT_P99.id),
    ordered(RTT_MIN.id, RTT_MAX.id),
    ordered(RTT_P50.id, RTT_P95.id),
    ordered(RTT_P50.id, RTT_P99.id),
    ordered(RTT_P50.id, RTT_MAX.id),
    ordered(RTT_P95.id, RTT_P99.id),
    ordered(RTT_P95.id, RTT_MAX.id),
    ordered(RTT_P99.id, RTT_MAX.id),
];
