//! The end of a report: totals of streams and directions, CPU time, congestion control.

use super::build::{Names, Places, Setting};
use super::raw::{RawCpu, RawEnd, RawEndStream, RawStream};
use super::sums::mean;
use super::{Cpu, Direction, Note, Protocol, Report, Total};
use crate::parse::Notes;
use crate::parse::scalar::Num;

pub(super) fn put_end(report: &mut Report, end: RawEnd, setting: &Setting, names: &mut Names, notes: &mut Notes) {
    let mut streams = Vec::new();
    let mut places = Places::default();
    for stream in &end.streams {
        put_stream(&mut streams, stream, setting, names, &mut places, notes);
    }
    // A stream that could not be read would make a sum too small.
    let complete = !setting.cut && streams.iter().filter(|one| one.sender).count() == end.streams.len();

    let reverse = setting.bidir.then_some(Direction::Reverse);
    let sums = [
        (Some(setting.main()), true, &end.sum_sent, "end.sum_sent"),
        (Some(setting.main()), false, &end.sum_received, "end.sum_received"),
        (reverse, true, &end.sum_sent_bidir_reverse, "end.sum_sent_bidir_reverse"),
        (reverse, false, &end.sum_received_bidir_reverse, "end.sum_received_bidir_reverse"),
    ];
    let mut totals = Vec::new();
    for (direction, sender, sum, field) in sums {
        let Some(direction) = direction else { continue };
        let total = match sum {
            Some(sum) => total(sum, direction, None, sender, field, notes).map(blind_sender),
            None if complete => derived(&streams, direction, sender, setting).inspect(|_| {
                notes.add(Note::DerivedTotal(field.to_owned()));
            }),
            None => None,
        };
        totals.extend(total);
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
    let records = [
        (&raw.sender, true, "end.streams.sender"),
        (&raw.receiver, false, "end.streams.receiver"),
        (&raw.udp, true, "end.streams.udp"),
    ];
    let Some(any) = records.iter().find_map(|(record, ..)| record.as_ref()) else {
        return;
    };
    let Some(direction) = names.direction(any).or_else(|| setting.direction(any)) else {
        notes.add(Note::MissingField("end.streams.sender.sender".to_owned()));
        return;
    };
    let index = names.index(direction, any, places.next(direction));
    for (record, sender, field) in records {
        if let Some(record) = record {
            into.extend(total(record, direction, Some(index), sender, field, notes));
        }
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
        max_cwnd_bytes: get(raw.max_snd_cwnd, "max_snd_cwnd"),
        min_rtt_s: scaled(get(raw.min_rtt, "min_rtt"), 1e-6),
        mean_rtt_s: scaled(get(raw.mean_rtt, "mean_rtt"), 1e-6),
        max_rtt_s: scaled(get(raw.max_rtt, "max_rtt"), 1e-6),
    })
}

/// A sum that was not printed, from the totals of the streams.
fn derived(streams: &[Total], direction: Direction, sender: bool, setting: &Setting) -> Option<Total> {
    let all: Vec<Total> = if sender || setting.protocol != Some(Protocol::Udp) {
        let ours = |one: &&Total| one.direction == direction && one.sender == sender;
        streams.iter().filter(ours).cloned().map(blind_udp(setting)).collect()
    } else {
        let ours = |one: &&Total| one.direction == direction && one.sender;
        streams.iter().filter(ours).map(arrived).collect::<Option<_>>()?
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

/// Leaves to the sending end only what it counted itself.
fn blind_udp(setting: &Setting) -> impl Fn(Total) -> Total {
    let udp = setting.protocol == Some(Protocol::Udp);
    move |total| if udp { blind_sender(total) } else { total }
}

/// What arrived of a UDP stream: all its datagrams have one size, and the lost ones are known.
fn arrived(sent: &Total) -> Option<Total> {
    let (packets, lost) = (sent.packets?, sent.lost?);
    let bytes = if packets > 0.0 { sent.bytes * (packets - lost) / packets } else { 0.0 };
    Some(Total { sender: false, bytes, ..sent.clone() })
}

fn cpu(raw: &RawCpu, notes: &mut Notes) -> Cpu {
    let field = "end.cpu_utilization_percent";
    let mut ratio = |num: Num, name: &str| num.noted((field, name), notes).map(|pc| pc / 100.0);
    Cpu {
        host_total: ratio(raw.host_total, "host_total"),
        host_user: ratio(raw.host_user, "host_user"),
        host_system: ratio(raw.host_system, "host_system"),
        remote_total: ratio(raw.remote_total, "remote_total"),
        remote_user: ratio(raw.remote_user, "remote_user"),
        remote_system: ratio(raw.remote_system, "remote_system"),
    }
}
