//! The end of a report: totals of streams and directions, CPU time, congestion control.

use super::build::{Names, Places, Setting, known};
use super::raw::{RawCpu, RawEnd, RawEndStream, RawStream};
use super::sums::{both_told_apart, mean};
use super::{Cpu, Direction, Note, Protocol, Report, Total};
use crate::parse::Notes;
use crate::parse::scalar::Num;

pub(super) fn put_end(report: &mut Report, end: RawEnd, setting: &Setting, names: &mut Names, notes: &mut Notes) {
    let mut streams = Vec::new();
    let mut places = Places::default();
    for stream in &end.streams {
        put_stream(&mut streams, stream, setting, names, &mut places, notes);
    }
    let [sent, received] = both_told_apart(
        [&end.sum_sent, &end.sum_received],
        [end.sum_sent_bidir_reverse.as_ref(), end.sum_received_bidir_reverse.as_ref()],
        setting,
        notes,
    );
    let sums = [
        (Direction::Forward, true, sent.forward, "end.sum_sent"),
        (Direction::Forward, false, received.forward, "end.sum_received"),
        (Direction::Reverse, true, sent.reverse, "end.sum_sent_bidir_reverse"),
        (Direction::Reverse, false, received.reverse, "end.sum_received_bidir_reverse"),
    ];
    let mut totals = Vec::new();
    for (direction, sender, sum, field) in sums {
        if !setting.bidir && direction != setting.main() {
            continue;
        }
        // The names with `_bidir_reverse` are of both directions at once.
        let field = if setting.bidir { field } else { field.trim_end_matches("_bidir_reverse") };
        let total = match sum {
            Some(sum) => total(sum, direction, None, sender, field, notes).map(blind_sender),
            None if setting.cut => None,
            None => derived(&streams, end.streams.len(), direction, sender, setting).inspect(|_| {
                notes.add(Note::DerivedTotal(field.to_owned()));
            }),
        };
        totals.extend(total);
    }
    for total in totals.iter_mut().filter(|total| !total.sender && total.out_of_order.is_none()) {
        // Sums do not have it, and the streams of an end that receives do.
        let ours = streams.iter().filter(|one| one.direction == total.direction).map(|one| one.out_of_order);
        total.out_of_order = ours.reduce(|sum, one| Some(sum? + one?)).flatten();
    }
    totals.append(&mut streams);
    if setting.server {
        // A server learns what its client counted only after it has written its report.
        let before = totals.len();
        totals.retain(|one| one.sender == setting.sends(one.direction) || one.bytes > 0.0);
        if totals.len() < before {
            notes.add(Note::FarEndUnknown);
        }
    }
    report.totals = totals;
    report.cpu = end.cpu_utilization_percent.map(|raw| cpu(&raw, notes));
    report.sender_congestion = end.sender_tcp_congestion.0;
    report.receiver_congestion = end.receiver_tcp_congestion.0;
}

fn put_stream(
    into: &mut Vec<Total>,
    raw: &RawEndStream,
    setting: &Setting,
    names: &mut Names,
    places: &mut Places,
    notes: &mut Notes,
) {
    let Some(any) = raw.any() else {
        return;
    };
    let Some(direction) = names.direction(any).or_else(|| setting.direction(any)) else {
        notes.add(Note::MissingField("end.streams.sender.sender".to_owned()));
        return;
    };
    let index = names.index(direction, any, places.next(direction));
    let receives = !setting.sends(direction);
    let records = [
        (&raw.sender, true, "end.streams.sender"),
        (&raw.receiver, false, "end.streams.receiver"),
        // A server that receives does not know yet what was sent.
        (&raw.udp, !(setting.server && receives), "end.streams.udp"),
    ];
    for (record, sender, field) in records {
        let Some(record) = record else { continue };
        let Some(mut total) = total(record, direction, Some(index), sender, field, notes) else { continue };
        if raw.udp.is_some() && !receives {
            // An end that sends sees nothing of the order in which it arrives, and prints 0.
            total.out_of_order = known(total.out_of_order);
        }
        into.push(total);
    }
}

/// The sending end of UDP prints 0 for what only the receiving end can know.
fn blind_sender(total: Total) -> Total {
    if total.sender { Total { lost: None, out_of_order: None, jitter_s: None, ..total } } else { total }
}

fn total(
    raw: &RawStream,
    direction: Direction,
    stream: Option<u64>,
    sender: bool,
    field: &str,
    notes: &mut Notes,
) -> Option<Total> {
    let mut get = |num: Num, name: &str| num.noted((field, name), notes);
    let scaled = |value: Option<f64>, unit: f64| value.map(|value| value * unit);
    let (start, end) = (get(raw.start, "start"), get(raw.end, "end"));
    let seconds = get(raw.seconds, "seconds").or_else(|| Some(end? - start?));
    let bytes = get(raw.bytes, "bytes");
    let (Some(seconds), Some(bytes)) = (seconds, bytes) else {
        let name = if bytes.is_none() { "bytes" } else { "seconds" };
        notes.add(Note::MissingField(format!("{field}.{name}")));
        return None;
    };
    Some(Total {
        direction,
        stream,
        sender,
        seconds,
        bytes,
        bits_per_second: get(raw.bits_per_second, "bits_per_second"),
        retransmits: get(raw.retransmits, "retransmits"),
        packets: get(raw.packets, "packets"),
        lost: get(raw.lost_packets, "lost_packets"),
        out_of_order: get(raw.out_of_order, "out_of_order"),
        jitter_s: scaled(get(raw.jitter_ms, "jitter_ms"), 1e-3),
        max_cwnd_bytes: known(get(raw.max_snd_cwnd, "max_snd_cwnd")),
        min_rtt_s: scaled(known(get(raw.min_rtt, "min_rtt")), 1e-6),
        mean_rtt_s: scaled(known(get(raw.mean_rtt, "mean_rtt")), 1e-6),
        max_rtt_s: scaled(known(get(raw.max_rtt, "max_rtt")), 1e-6),
    })
}

/// A sum that was not printed, from the totals of the streams. None where one of the `of` streams of both
/// directions lacks its part, which would make the sum too small.
fn derived(streams: &[Total], of: usize, direction: Direction, sender: bool, setting: &Setting) -> Option<Total> {
    let udp = setting.protocol == Some(Protocol::Udp);
    let known = |one: &&Total| udp || one.sender == sender;
    if streams.iter().filter(known).count() != of {
        return None;
    }
    // A record of the receiving end says nothing of what was sent.
    let ours = streams.iter().filter(known).filter(|one| one.direction == direction && (one.sender || !sender));
    let all: Vec<Total> = match (udp, sender) {
        (false, _) => ours.cloned().collect(),
        (true, true) => ours.cloned().map(blind_sender).collect(),
        (true, false) => ours.map(arrived).collect::<Option<_>>()?,
    };
    let seconds = all.iter().map(|one| one.seconds).reduce(f64::max)?;
    let bytes: f64 = all.iter().map(|one| one.bytes).sum();
    let add = |field: fn(&Total) -> Option<f64>| all.iter().map(field).sum::<Option<f64>>();
    Some(Total {
        direction,
        stream: None,
        sender,
        seconds,
        bytes,
        bits_per_second: (seconds > 0.0).then(|| bytes * 8.0 / seconds),
        retransmits: add(|one| one.retransmits),
        packets: add(|one| one.packets),
        lost: add(|one| one.lost),
        out_of_order: add(|one| one.out_of_order),
        jitter_s: mean(all.iter().map(|one| one.jitter_s)),
        max_cwnd_bytes: None,
        min_rtt_s: None,
        mean_rtt_s: None,
        max_rtt_s: None,
    })
}

/// What arrived of a UDP stream: all its datagrams have one size, and the lost ones are known.
fn arrived(sent: &Total) -> Option<Total> {
    if !sent.sender {
        return Some(sent.clone());
    }
    let (packets, lost) = (sent.packets?, sent.lost?);
    let bytes = if packets > 0.0 { sent.bytes * (packets - lost) / packets } else { 0.0 };
    Some(Total { sender: false, bytes, ..sent.clone() })
}

fn cpu(raw: &RawCpu, notes: &mut Notes) -> Cpu {
    let field = "end.cpu_utilization_percent";
    let mut ratio = |num: Num, name: &str| num.noted((field, name), notes).map(|pc| pc / 100.0);
    let remote = [
        ratio(raw.remote_total, "remote_total"),
        ratio(raw.remote_user, "remote_user"),
        ratio(raw.remote_system, "remote_system"),
    ];
    // A far end that has not told its times, or not yet, has no time at all here.
    let told = remote.iter().flatten().any(|ratio| *ratio != 0.0);
    let [remote_total, remote_user, remote_system] = remote.map(|ratio| ratio.filter(|_| told));
    Cpu {
        host_total: ratio(raw.host_total, "host_total"),
        host_user: ratio(raw.host_user, "host_user"),
        host_system: ratio(raw.host_system, "host_system"),
        remote_total,
        remote_user,
        remote_system,
    }
}
