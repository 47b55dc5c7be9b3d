//! Sums over streams: those that two directions share a key for, and those that iperf3 did not print.

use super::build::Setting;
use super::raw::RawStream;
use super::{Direction, Interval, Note};
use crate::parse::Notes;

/// A record of each direction.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pair<'a> {
    pub(super) forward: Option<&'a RawStream>,
    pub(super) reverse: Option<&'a RawStream>,
}

impl<'a> Pair<'a> {
    fn of(direction: Direction, one: Option<&'a RawStream>, other: Option<&'a RawStream>) -> Self {
        match direction {
            Direction::Forward => Self { forward: one, reverse: other },
            Direction::Reverse => Self { forward: other, reverse: one },
        }
    }
}

/// Whose the values of one key are. `sums` are all values under the key, in order, `named` the one under the key that only
/// the reverse direction has (3.11 and newer).
///
/// iperf3 3.7 to 3.10 print the sums of both directions under one key, that of client to server first, and `sender` says
/// which is which. Where a program in between kept one of them, `sender` of it still does; the other one is absent.
pub(super) fn told_apart<'a>(
    sums: &'a [RawStream],
    named: Option<&'a RawStream>,
    setting: &Setting,
    field: &str,
    notes: &mut Notes,
) -> Pair<'a> {
    let last = sums.last();
    if !setting.bidir || named.is_some() {
        if sums.len() > 1 {
            notes.add(Note::DuplicateKey(field.to_owned()));
        }
        return if setting.bidir {
            Pair { forward: last, reverse: named }
        } else {
            Pair::of(setting.main(), last, None)
        };
    }
    match sums {
        [] => Pair::default(),
        [only] => Pair::of(setting.direction(only).unwrap_or(setting.main()), Some(only), None),
        [first, second, more @ ..] => {
            let (one, other) = (setting.direction(first), setting.direction(second));
            let clear = one.is_some() && other.is_some() && one != other;
            let first_is = if clear { one.unwrap_or(Direction::Forward) } else { Direction::Forward };
            let note = if clear && more.is_empty() { Note::BothDirections } else { Note::DuplicateKey };
            notes.add(note(field.to_owned()));
            Pair::of(first_is, Some(first), Some(second))
        }
    }
}

/// The sums of what was sent and of what was received: in some versions `sender` says of both what the client does, in
/// others it says of each whether it was sent, so the sums of what was sent decide for both.
pub(super) fn both_told_apart<'a>(
    [sent, received]: [&'a [RawStream]; 2],
    named: [Option<&'a RawStream>; 2],
    setting: &Setting,
    notes: &mut Notes,
) -> [Pair<'a>; 2] {
    let of_sent = told_apart(sent, named.first().copied().flatten(), setting, "end.sum_sent", notes);
    let [_, named_received] = named;
    let paired = setting.bidir && named_received.is_none() && received.len() == sent.len();
    let first_is_reverse =
        sent.first().is_some_and(|first| of_sent.reverse.is_some_and(|reverse| std::ptr::eq(reverse, first)));
    let of_received = match received {
        [only] if paired && first_is_reverse => Pair { forward: None, reverse: Some(only) },
        [only] if paired => Pair { forward: Some(only), reverse: None },
        [first, second] if paired => {
            let direction = if first_is_reverse { Direction::Reverse } else { Direction::Forward };
            notes.add(Note::BothDirections("end.sum_received".to_owned()));
            Pair::of(direction, Some(first), Some(second))
        }
        _ => told_apart(received, named_received, setting, "end.sum_received", notes),
    };
    [of_sent, of_received]
}

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
        send_window_bytes: None,
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
