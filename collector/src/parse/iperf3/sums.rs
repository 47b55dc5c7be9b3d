//! Sums over streams that iperf3 did not print.

use super::Interval;

/// The sum of the streams of one direction in one interval, as iperf3 makes it: counts are added,
/// the jitter is the mean, the times are those of the first stream. None without streams.
pub(super) fn added_up<'a>(streams: impl Iterator<Item = &'a Interval> + Clone) -> Option<Interval> {
    let first = streams.clone().next()?;
    let add = |field: fn(&Interval) -> Option<f64>| streams.clone().map(field).sum::<Option<f64>>();
    Some(Interval {
        stream: None,
        bytes: streams.clone().map(|one| one.bytes).sum(),
        retransmits: add(|one| one.retransmits),
        packets: add(|one| one.packets),
        lost: add(|one| one.lost),
        out_of_order: add(|one| one.out_of_order),
        jitter_s: mean(streams.clone().map(|one| one.jitter_s)),
        cwnd_bytes: None,
        rtt_s: None,
        rttvar_s: None,
        pmtu_bytes: None,
        reorder: None,
        ..first.clone()
    })
}

/// The mean, if every value is there.
pub(super) fn mean(mut values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (sum, n) = values.try_fold((0.0, 0.0), |(sum, n), value| Some((sum + value?, n + 1.0)))?;
    (n > 0.0).then(|| sum / n)
}
