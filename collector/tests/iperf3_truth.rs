//! What iperf3 is known to get wrong never becomes a value: doubled keys, losses that contradict the bytes, counters below
//! zero, zeros that stand for "unknown". The reports are made after what public bug reports show.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

use meshbench_collector::parse::iperf3::{Direction, Note, Report, Total, parse};
use meshbench_collector::record::iperf3::record;
use meshbench_collector::record::{Labels, Recorded, Verdict};
use meshbench_collector::workload::Seen;
use meshbench_schemas::note::NoteCode;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::possible;
use meshbench_schemas::words::{Direction as Way, Workload};
use proptest::prelude::*;
use serde_json::{Value, json};

fn labels(workload: Workload) -> Labels {
    Labels {
        run_id: "r".into(),
        system: "tinc".into(),
        tuning: "default".into(),
        profile: "baseline".into(),
        workload,
        source: "a".into(),
        target: "b".into(),
    }
}

fn recorded(text: &str, workload: Workload) -> Recorded {
    record(&parse(text.as_bytes()).unwrap(), &labels(workload))
}

/// What a step of a ladder makes of a report.
fn seen(text: &str) -> Option<Seen> {
    Seen::of(&parse(text.as_bytes()).ok()?)
}

fn summary(recorded: &Recorded, metric: &str, way: Way) -> Option<f64> {
    let found = recorded.summaries.iter().find(|row| &*row.metric == metric && row.direction == Some(way));
    found.map(|row| row.value)
}

fn samples(recorded: &Recorded, metric: &str, way: Way) -> Vec<f64> {
    let ours = recorded.samples.iter().filter(|row| &*row.metric == metric && row.direction == Some(way));
    ours.map(|row| row.value).collect()
}

fn notes(recorded: &Recorded) -> Vec<NoteCode> {
    recorded.notes.as_deref().unwrap_or_default().split_whitespace().map(|code| code.parse().unwrap()).collect()
}

fn impossible(recorded: &Recorded) -> &str {
    assert_eq!(recorded.verdict.outcome, Outcome::Invalid, "{:?}", recorded.verdict);
    assert_eq!(recorded.verdict.reason, Some(Reason::ImpossibleValue));
    recorded.verdict.detail.as_deref().unwrap()
}

/// The text of a report in which the keys `sum…_again` are the same keys without that ending, a second time.
fn doubled(report: &Value) -> String {
    report.to_string().replace("_again\"", "\"")
}

// TCP both ways, forward at 500 Mbit/s and reverse at 100 Mbit/s, as 3.7 to 3.10 print it.

fn tcp_record(socket: u64, rate: u64, seconds: u64, sender: bool) -> Value {
    json!({"socket": socket, "start": 0, "end": seconds, "seconds": seconds, "bytes": rate / 8 * seconds,
           "bits_per_second": rate, "sender": sender, "omitted": false})
}

fn tcp_both_ways(streams: u64) -> Value {
    let [forward, reverse] = [500_000_000, 100_000_000];
    let lines = |seconds| -> Vec<Value> {
        (0..2 * streams)
            .map(|at| {
                let sender = at < streams;
                tcp_record(5 + at, if sender { forward } else { reverse } / streams, seconds, sender)
            })
            .collect()
    };
    let ends: Vec<Value> = lines(3).iter().map(|line| json!({"sender": line, "receiver": line})).collect();
    let interval = json!({
        "streams": lines(1),
        "sum": tcp_record(0, forward, 1, true), "sum_again": tcp_record(0, reverse, 1, false),
    });
    json!({
        "start": {"version": "iperf 3.9", "test_start": {"protocol": "TCP", "num_streams": streams, "duration": 3, "reverse": 0}},
        "intervals": [interval.clone(), interval.clone(), interval],
        "end": {"streams": ends,
            "sum_sent": tcp_record(0, forward, 3, true), "sum_received": tcp_record(0, forward, 3, true),
            "sum_sent_again": tcp_record(0, reverse, 3, false), "sum_received_again": tcp_record(0, reverse, 3, false)},
    })
}

fn has_both_ways(recorded: &Recorded) {
    assert_eq!(recorded.verdict, Verdict::OK);
    assert_eq!(recorded.both_directions, Some(true));
    for (way, rate) in [(Way::Forward, 5e8), (Way::Reverse, 1e8)] {
        assert_eq!(summary(recorded, "throughput", way), Some(rate), "{way}");
        assert_eq!(summary(recorded, "offered", way), Some(rate), "{way}");
    }
    // One interval sum a second at the end that sees it, none of the other direction's.
    let sums = |series, way| -> Vec<f64> {
        let ours = |row: &&meshbench_schemas::tables::Sample| {
            &*row.metric == series && row.direction == Some(way) && row.stream.is_none()
        };
        recorded.samples.iter().filter(ours).map(|row| row.value).collect()
    };
    assert_eq!(sums("sent", Way::Forward), [5e8; 3]);
    assert_eq!(sums("received", Way::Reverse), [1e8; 3]);
    assert!(sums("received", Way::Forward).is_empty() && sums("sent", Way::Reverse).is_empty());
}

#[test]
fn doubled_sums_of_both_directions_are_told_apart_by_sender() {
    for streams in [1, 4] {
        let text = doubled(&tcp_both_ways(streams));
        let report = parse(text.as_bytes()).unwrap();
        let both = |key: &str| report.notes.contains(&Note::BothDirections(key.to_owned()));
        assert!(both("intervals.sum") && both("end.sum_sent") && both("end.sum_received"), "{:?}", report.notes);
        let recorded = recorded(&text, Workload::Tcp);
        has_both_ways(&recorded);
        assert_eq!(notes(&recorded), [NoteCode::BothDirections]);
        // The same in a text that only the patient reader takes.
        has_both_ways(&self::recorded(&format!("a warning\n{text}"), Workload::Tcp));
    }
}

#[test]
fn doubled_sums_in_the_other_order_are_told_apart_as_well() {
    let mut report = tcp_both_ways(1);
    for place in ["/end/sum_sent", "/end/sum_received", "/intervals/0/sum", "/intervals/1/sum", "/intervals/2/sum"] {
        let again = format!("{place}_again");
        let first = report.pointer(place).unwrap().clone();
        let second = report.pointer(&again).unwrap().clone();
        (*report.pointer_mut(place).unwrap(), *report.pointer_mut(&again).unwrap()) = (second, first);
    }
    has_both_ways(&recorded(&doubled(&report), Workload::Tcp));
}

#[test]
fn doubled_sums_without_a_direction_are_taken_in_order_and_said() {
    let mut report = tcp_both_ways(1);
    for place in ["sum_sent", "sum_received", "sum_sent_again", "sum_received_again"] {
        report["end"][place].as_object_mut().unwrap().remove("sender");
    }
    let recorded = recorded(&doubled(&report), Workload::Tcp);
    has_both_ways(&recorded);
    assert!(notes(&recorded).contains(&NoteCode::DuplicateKey), "{:?}", recorded.notes);
}

#[test]
fn what_a_program_in_between_kept_of_doubled_keys_is_the_right_direction() {
    // Most JSON libraries keep the last value of a key, some the first.
    for kept_last in [true, false] {
        let mut report = tcp_both_ways(1);
        let mut keep = |object: &str, keys: &[&str]| {
            for key in keys {
                let object = report.pointer_mut(object).unwrap().as_object_mut().unwrap();
                let again = object.remove(&format!("{key}_again")).unwrap();
                if kept_last {
                    object.insert((*key).to_owned(), again);
                }
            }
        };
        keep("/end", &["sum_sent", "sum_received"]);
        for interval in ["/intervals/0", "/intervals/1", "/intervals/2"] {
            keep(interval, &["sum"]);
        }
        let recorded = recorded(&report.to_string(), Workload::Tcp);
        has_both_ways(&recorded);
        let notes = notes(&recorded);
        assert!(notes.contains(&NoteCode::DerivedTotal) && notes.contains(&NoteCode::DerivedSum), "{notes:?}");
        assert!(notes.iter().any(|note| note.may_change_a_value()));
    }
}

#[test]
fn a_key_that_is_doubled_one_way_is_said() {
    let mut report = tcp_both_ways(1);
    for interval in report["intervals"].as_array_mut().unwrap() {
        interval.as_object_mut().unwrap().remove("sum_again");
        interval["streams"].as_array_mut().unwrap().truncate(1);
    }
    let end = report["end"].as_object_mut().unwrap();
    end.remove("sum_received_again");
    let first = end["sum_sent"].clone();
    end.insert("sum_sent_again".to_owned(), first);
    end["streams"].as_array_mut().unwrap().truncate(1);
    let recorded = recorded(&doubled(&report), Workload::Tcp);
    assert_eq!(recorded.both_directions, Some(false));
    assert_eq!(summary(&recorded, "throughput", Way::Forward), Some(5e8));
    assert_eq!(notes(&recorded), [NoteCode::DuplicateKey]);
}

#[test]
fn udp_both_ways_before_there_were_sums_of_what_was_received() {
    let stream = |socket, packets: u64, lost: u64, seconds: u64, sender: bool| {
        json!({"socket": socket, "start": 0, "end": seconds, "seconds": seconds, "bytes": packets * 1000,
               "packets": packets, "lost_packets": lost, "jitter_ms": 0.1, "out_of_order": 0, "sender": sender})
    };
    let interval = json!({
        "streams": [stream(5, 1000, 0, 1, true), stream(7, 200, 2, 1, false)],
        "sum": stream(0, 1000, 0, 1, true), "sum_again": stream(0, 200, 2, 1, false),
    });
    let report = json!({
        "start": {"version": "iperf 3.9", "test_start": {"protocol": "UDP", "num_streams": 1, "blksize": 1000, "duration": 2}},
        "intervals": [interval.clone(), interval],
        "end": {"streams": [{"udp": stream(5, 2000, 20, 2, true)}, {"udp": stream(7, 400, 4, 2, false)}],
                "sum": stream(0, 2000, 20, 2, true), "sum_again": stream(0, 400, 4, 2, false)},
    });
    let recorded = recorded(&doubled(&report), Workload::Udp);
    assert_eq!(recorded.verdict, Verdict::OK);
    assert_eq!(summary(&recorded, "throughput", Way::Forward), Some(1980.0 * 8000.0 / 2.0));
    assert_eq!(summary(&recorded, "throughput", Way::Reverse), Some(396.0 * 8000.0 / 2.0));
    assert_eq!(summary(&recorded, "loss", Way::Forward), Some(0.01));
    assert_eq!(summary(&recorded, "loss", Way::Reverse), Some(0.01));
    // The client sees the order of what it received only.
    assert_eq!(summary(&recorded, "reordering", Way::Forward), None);
    assert_eq!(summary(&recorded, "reordering", Way::Reverse), Some(0.0));
}

// UDP: 1,200 bytes a datagram, 417,713 sent.

/// What the receiving end is said to have counted.
#[derive(Debug, Clone, Copy)]
struct Udp {
    reverse: bool,
    packets: f64,
    lost: f64,
    received_bytes: f64,
    out_of_order: f64,
    jitter_ms: f64,
}

const OLD_SERVER: Udp = Udp {
    reverse: false,
    packets: 417_713.0,
    lost: 0.0,
    received_bytes: 480_000_000.0,
    out_of_order: 0.0,
    jitter_ms: 0.02,
};

fn udp(it: Udp) -> Value {
    let Udp { reverse, packets, lost, received_bytes, out_of_order, jitter_ms } = it;
    let sent = 417_713.0 * 1200.0;
    let total = |bytes: f64, sender: bool| {
        let known = |value: f64| if sender { 0.0 } else { value };
        json!({"start": 0, "end": 2, "seconds": 2, "bytes": bytes, "bits_per_second": bytes * 4.0,
               "packets": if sender { 417_713.0 } else { packets }, "lost_packets": known(lost),
               "lost_percent": known(lost) / packets * 100.0, "jitter_ms": known(jitter_ms), "sender": sender})
    };
    let stream = json!({"socket": 5, "start": 0, "end": 2, "seconds": 2, "bytes": sent, "bits_per_second": sent * 4.0,
        "packets": packets, "lost_packets": lost, "jitter_ms": jitter_ms, "out_of_order": out_of_order, "sender": !reverse});
    json!({
        "start": {"version": "iperf 3.21", "test_start":
            {"protocol": "UDP", "num_streams": 1, "blksize": 1200, "duration": 2, "reverse": u8::from(reverse), "bidir": 0}},
        "intervals": [],
        "end": {"streams": [{"udp": stream}], "sum": total(sent, !reverse), "sum_sent": total(sent, true),
            "sum_received": total(received_bytes, false)},
    })
}

/// The server's own report on the same test, as 3.12 writes it: of what was sent it knows nothing yet.
fn with_server(mut client: Value, packets: u64, lost: u64, out_of_order: u64) -> Value {
    let total = |bytes: u64| {
        json!({"start": 0, "end": 2, "seconds": 2, "bytes": bytes, "packets": packets, "lost_packets": lost,
               "jitter_ms": 0.03, "sender": false})
    };
    let mut stream = total(0);
    (stream["socket"], stream["out_of_order"]) = (json!(5), json!(out_of_order));
    let blind = json!({"start": 0, "end": 2, "seconds": 2, "bytes": 0, "packets": 0, "lost_packets": 0, "jitter_ms": 0, "sender": true});
    client["server_output_json"] = json!({
        "start": {"version": "iperf 3.12", "accepted_connection": {"host": "a", "port": 1}, "test_start":
            {"protocol": "UDP", "num_streams": 1, "blksize": 1200, "duration": 2, "reverse": 0}},
        "intervals": [],
        "end": {"streams": [{"udp": stream}], "sum": total(0), "sum_sent": blind, "sum_received": total((packets - lost) * 1200)},
    });
    client
}

fn received(report: &Report) -> &Total {
    report.totals.iter().find(|total| total.stream.is_none() && !total.sender).unwrap()
}

const TRUE_LOSS: f64 = 17_713.0 / 417_713.0;

#[test]
fn losses_that_contradict_the_bytes_are_those_of_the_bytes() {
    let recorded = recorded(&udp(OLD_SERVER).to_string(), Workload::Udp);
    let loss = summary(&recorded, "loss", Way::Forward).unwrap();
    assert!((loss - TRUE_LOSS).abs() < 1e-12 && (loss - 0.042_405).abs() < 1e-6, "{loss}");
    assert_eq!(summary(&recorded, "throughput", Way::Forward), Some(480_000_000.0 * 4.0));
    assert_eq!(notes(&recorded), [NoteCode::Contradiction, NoteCode::DerivedTotal]);
    // What agrees is taken as it is.
    let honest = self::recorded(&udp(Udp { lost: 17_713.0, ..OLD_SERVER }).to_string(), Workload::Udp);
    assert_eq!((summary(&honest, "loss", Way::Forward), honest.notes), (Some(TRUE_LOSS), None));
    // The same the other way round, and where too much is said to be lost, as with `--omit`.
    for lost in [0.0, 60_000.0] {
        let recorded = self::recorded(&udp(Udp { reverse: true, lost, ..OLD_SERVER }).to_string(), Workload::Udp);
        assert_eq!(summary(&recorded, "loss", Way::Reverse), Some(TRUE_LOSS));
    }
}

#[test]
fn a_loss_that_nobody_knows_is_absent() {
    // More bytes than datagrams: neither count can be right.
    let many = Udp { received_bytes: 600_000_000.0, ..OLD_SERVER };
    let report = parse(udp(many).to_string().as_bytes()).unwrap();
    assert_eq!(received(&report).lost, None);
    assert_eq!(seen(&udp(many).to_string()), None);
    // Bytes and no datagram.
    let none = udp(Udp { packets: 0.0, ..OLD_SERVER });
    let recorded = recorded(&none.to_string(), Workload::Udp);
    assert_eq!(summary(&recorded, "loss", Way::Forward), None);
    assert!(notes(&recorded).contains(&NoteCode::Contradiction));
    // Two sizes of a datagram, of which neither fits.
    let mut sizes = udp(OLD_SERVER);
    sizes["start"]["test_start"]["blksize"] = json!(1448);
    let recorded = self::recorded(&sizes.to_string(), Workload::Udp);
    assert_eq!(summary(&recorded, "loss", Way::Forward), None);
}

/// The receiving end expects no datagram after the last one that came, so it misses none of a lost end.
#[test]
fn datagrams_lost_at_the_end_are_lost() {
    // 300,000 of 417,713 came, all of them the first ones.
    let tail = Udp { packets: 300_000.0, received_bytes: 300_000.0 * 1200.0, ..OLD_SERVER };
    for reverse in [false, true] {
        let way = if reverse { Way::Reverse } else { Way::Forward };
        let recorded = recorded(&udp(Udp { reverse, ..tail }).to_string(), Workload::Udp);
        assert_eq!(summary(&recorded, "loss", way), Some(117_713.0 / 417_713.0));
        assert_eq!(notes(&recorded), [NoteCode::Contradiction, NoteCode::DerivedTotal]);
        assert_eq!(summary(&recorded, "throughput", way), Some(300_000.0 * 4800.0));
    }
    assert!(!seen(&udp(tail).to_string()).unwrap().is_good(2e9, 0.01));
    // The server's report knows no more of them.
    let told = with_server(udp(tail), 300_000, 0, 0);
    let recorded = recorded(&told.to_string(), Workload::Udp);
    assert_eq!(summary(&recorded, "loss", Way::Forward), Some(117_713.0 / 417_713.0));
    // Of a short test of ten datagrams one came.
    let mut ten = udp(Udp { packets: 1.0, received_bytes: 1200.0, ..OLD_SERVER });
    for total in ["sum", "sum_sent", "sum_received"] {
        ten["end"][total]["seconds"] = json!(0.1);
    }
    (ten["end"]["sum_sent"]["bytes"], ten["end"]["sum_sent"]["packets"]) = (json!(12_000), json!(10));
    ten["start"]["test_start"]["duration"] = json!(0);
    assert_eq!(summary(&self::recorded(&ten.to_string(), Workload::Udp), "loss", Way::Forward), Some(0.9));
    // What was under way when the receiving end stopped to count is no loss.
    let under_way = Udp { packets: 415_000.0, received_bytes: 415_000.0 * 1200.0, ..OLD_SERVER };
    let recorded = self::recorded(&udp(under_way).to_string(), Workload::Udp);
    assert_eq!((summary(&recorded, "loss", Way::Forward), recorded.notes), (Some(0.0), None));
    // An end that sent on after the other one had stopped to count: its own losses stand, and none are not known to be none.
    for (lost, expected) in [(30_000.0, Some(0.1)), (0.0, None)] {
        let received_bytes = (300_000.0 - lost) * 1200.0;
        let mut longer = udp(Udp { lost, received_bytes, ..tail });
        longer["end"]["sum_sent"]["seconds"] = json!(4);
        let recorded = self::recorded(&longer.to_string(), Workload::Udp);
        assert_eq!(summary(&recorded, "loss", Way::Forward), expected, "{lost}");
    }
    // More were expected than were sent, and more came.
    let more = Udp { packets: 900_000.0, received_bytes: 900_000.0 * 1200.0, ..OLD_SERVER };
    let recorded = self::recorded(&udp(more).to_string(), Workload::Udp);
    assert_eq!(summary(&recorded, "loss", Way::Forward), None);
    assert!(notes(&recorded).contains(&NoteCode::Contradiction));
}

/// Some servers print 0 bytes of what they received.
#[test]
fn datagrams_that_came_without_bytes_are_a_contradiction() {
    for lost in [0.0, 17_713.0] {
        let blank = udp(Udp { lost, received_bytes: 0.0, ..OLD_SERVER });
        let recorded = recorded(&blank.to_string(), Workload::Udp);
        assert!(impossible(&recorded).starts_with("forward: 0 bytes received of 417713 datagrams"), "{lost}");
        for metric in ["loss", "throughput", "bytes_received", "jitter"] {
            assert_eq!(summary(&recorded, metric, Way::Forward), None, "{metric}");
        }
        assert!(notes(&recorded).contains(&NoteCode::Contradiction));
        assert_eq!(seen(&blank.to_string()), None);
    }
    // The server says how many came.
    let told = with_server(udp(Udp { received_bytes: 0.0, ..OLD_SERVER }), 417_713, 17_713, 0);
    let recorded = recorded(&told.to_string(), Workload::Udp);
    assert_eq!(recorded.verdict, Verdict::OK);
    assert_eq!(summary(&recorded, "loss", Way::Forward), Some(TRUE_LOSS));
    assert_eq!(summary(&recorded, "throughput", Way::Forward), Some(480_000_000.0 * 4.0));
    // Nothing came, and all is said to be lost: that can be.
    let lost =
        self::recorded(&udp(Udp { lost: 417_713.0, received_bytes: 0.0, ..OLD_SERVER }).to_string(), Workload::Udp);
    assert_eq!((lost.verdict.outcome, summary(&lost, "loss", Way::Forward)), (Outcome::Stalled, Some(1.0)));
}

#[test]
fn a_test_of_another_protocol_or_length_is_not_the_one_that_was_asked_for() {
    let udp = udp(OLD_SERVER);
    let other = recorded(&udp.to_string(), Workload::Tcp);
    assert_eq!((other.verdict.outcome, other.verdict.reason), (Outcome::Failed, Some(Reason::UnreadableFile)));
    assert_eq!(other.verdict.detail.as_deref(), Some("a report of UDP stands where one of TCP belongs"));
    assert!(other.samples.is_empty() && other.summaries.is_empty());
    // Datagrams say it where the report does not.
    let mut unsaid = udp.clone();
    unsaid["start"]["test_start"]["protocol"].take();
    assert_eq!(recorded(&unsaid.to_string(), Workload::Tcp).verdict.reason, Some(Reason::UnreadableFile));
    assert_eq!(recorded(&unsaid.to_string(), Workload::Udp).verdict, Verdict::OK);
    let mut long = udp;
    long["start"]["test_start"]["duration"] = json!(30);
    let short = recorded(&long.to_string(), Workload::Udp);
    assert_eq!((short.verdict.outcome, short.verdict.reason), (Outcome::Invalid, Some(Reason::WrongDuration)));
    assert_eq!(short.verdict.detail.as_deref(), Some("it took 2.00 s, asked were 30 s"));
}

/// A counter of 32 bits that went below zero, and a share that is made of it.
#[test]
fn retransmissions_beyond_what_a_host_can_send_are_refused() {
    let line = |retransmits: u64| {
        json!({"socket": 5, "start": 0, "end": 1, "seconds": 1, "bytes": 125_000_000, "bits_per_second": 1e9,
            "retransmits": retransmits, "sender": true})
    };
    for wrapped in [4_294_967_294, 18_446_744_073_709_551_615, 1_000_000_000] {
        let line = line(wrapped);
        let report = json!({
            "start": {"tcp_mss_default": 1448, "test_start": {"protocol": "TCP", "num_streams": 1, "duration": 1}},
            "intervals": [{"streams": [line], "sum": line}],
            "end": {"streams": [{"sender": line, "receiver": line}], "sum_sent": line, "sum_received": line},
        });
        let recorded = recorded(&report.to_string(), Workload::Tcp);
        assert!(impossible(&recorded).starts_with("retransmits of "), "{:?}", recorded.verdict);
        assert_eq!(summary(&recorded, "retransmits", Way::Forward), None);
        assert_eq!(summary(&recorded, "throughput", Way::Forward), Some(1e9), "what is right stays");
        assert!(samples(&recorded, "retransmitted", Way::Forward).is_empty());
        let share = summary(&recorded, "retransmit_share", Way::Forward);
        assert!(share.is_none_or(|share| share < 1.0), "{share:?}");
    }
}

#[test]
fn the_servers_own_report_is_better_than_the_clients() {
    let told = with_server(udp(OLD_SERVER), 417_713, 17_713, 59);
    let recorded = recorded(&told.to_string(), Workload::Udp);
    assert_eq!(summary(&recorded, "loss", Way::Forward), Some(TRUE_LOSS));
    assert_eq!(summary(&recorded, "jitter", Way::Forward), Some(0.03 * 1e-3));
    assert_eq!(summary(&recorded, "reordering", Way::Forward), Some(59.0 / 400_000.0));
    assert_eq!(notes(&recorded), [NoteCode::ServerReport]);
    // One of another test, or that contradicts the bytes itself, is not.
    let other = with_server(udp(OLD_SERVER), 417_713, 3, 0);
    let recorded = self::recorded(&other.to_string(), Workload::Udp);
    assert_eq!(notes(&recorded), [NoteCode::Contradiction, NoteCode::DerivedTotal]);
    // A server that writes text says it, too.
    let mut text = udp(OLD_SERVER);
    text["server_output_text"] = json!(
        "Server listening on 5201\n- - - - - - - - -\n\
         [ ID] Interval           Transfer     Bitrate         Jitter    Lost/Total Datagrams\n\
         [  5]   0.00-2.01   sec   458 MBytes  1.91 Gbits/sec  0.030 ms  17713/417713 (4.2%)  receiver\n"
    );
    let recorded = self::recorded(&text.to_string(), Workload::Udp);
    assert_eq!(summary(&recorded, "loss", Way::Forward), Some(TRUE_LOSS));
    assert_eq!(notes(&recorded), [NoteCode::ServerText, NoteCode::ServerReport]);
}

#[test]
fn a_ladder_sees_what_was_lost_or_nothing() {
    let seen = |it: Udp| seen(&udp(it).to_string());
    let overload = seen(OLD_SERVER).unwrap();
    assert!((overload.loss - TRUE_LOSS).abs() < 1e-12 && !overload.is_good(2e9, 0.01));
    assert_eq!(seen(Udp { lost: 700_000.0, ..OLD_SERVER }), None);
    assert_eq!(seen(Udp { lost: -3.0, ..OLD_SERVER }), None);
}

#[test]
fn losses_that_cannot_be_make_the_run_invalid() {
    // As many as were sent and more (`--omit`), below zero, and below zero without a sign in 32 and 64 bits.
    for lost in [750_000.0, -3.0, 4_294_967_293.0, 18_446_744_073_709_551_613.0] {
        for reverse in [false, true] {
            let recorded = recorded(&udp(Udp { reverse, lost, ..OLD_SERVER }).to_string(), Workload::Udp);
            assert!(impossible(&recorded).starts_with("loss of "), "{:?}", recorded.verdict);
            let way = if reverse { Way::Reverse } else { Way::Forward };
            assert_eq!(summary(&recorded, "loss", way), None);
            assert!(summary(&recorded, "throughput", way).is_some(), "what is right stays");
        }
    }
    let wrapped = Udp { packets: -2_147_483_000.0, ..OLD_SERVER };
    assert_eq!(summary(&recorded(&udp(wrapped).to_string(), Workload::Udp), "loss", Way::Forward), None);
}

#[test]
fn a_jitter_longer_than_the_run_cannot_be() {
    let recorded =
        recorded(&udp(Udp { jitter_ms: 6.11273e8, lost: 17_713.0, ..OLD_SERVER }).to_string(), Workload::Udp);
    assert!(impossible(&recorded).starts_with("jitter of 611273 s cannot be"), "{:?}", recorded.verdict);
    assert_eq!(summary(&recorded, "jitter", Way::Forward), None);
    assert_eq!(summary(&recorded, "loss", Way::Forward), Some(TRUE_LOSS));
}

#[test]
fn reordering_is_a_share_of_what_was_received() {
    // Nine of ten datagrams are lost and most of the rest is out of order: 93 %, and not 9.3 % of all.
    let it =
        Udp { reverse: true, lost: 375_942.0, received_bytes: 41_771.0 * 1200.0, out_of_order: 38_847.0, ..OLD_SERVER };
    let recorded = recorded(&udp(it).to_string(), Workload::Udp);
    assert_eq!(recorded.verdict, Verdict::OK);
    assert_eq!(summary(&recorded, "reordering", Way::Reverse), Some(38_847.0 / 41_771.0));
}

#[test]
fn a_sender_knows_nothing_of_order_loss_and_jitter() {
    let report = parse(udp(OLD_SERVER).to_string().as_bytes()).unwrap();
    let stream = report.totals.iter().find(|total| total.stream.is_some()).unwrap();
    assert_eq!(stream.out_of_order, None);
    let sent = report.totals.iter().find(|total| total.stream.is_none() && total.sender).unwrap();
    assert_eq!((sent.lost, sent.jitter_s, sent.out_of_order), (None, None, None));
    assert_eq!(summary(&recorded(&udp(OLD_SERVER).to_string(), Workload::Udp), "reordering", Way::Forward), None);
}

/// With counts of single intervals: packets, lost.
fn with_intervals(mut report: Value, counts: &[(f64, f64)]) -> Value {
    let reverse = report["start"]["test_start"]["reverse"] == 1;
    let interval = |(at, (packets, lost)): (usize, &(f64, f64))| {
        let line = json!({"socket": 5, "start": at, "end": at + 1, "seconds": 1, "bytes": 240_000_000, "packets": packets,
            "lost_packets": lost, "jitter_ms": 0.02, "out_of_order": 0, "omitted": false, "sender": !reverse});
        json!({"streams": [line.clone()], "sum": line})
    };
    report["intervals"] = counts.iter().enumerate().map(interval).collect();
    report
}

#[test]
fn datagrams_that_come_in_a_later_interval_are_no_losses_below_zero() {
    let base = udp(Udp { reverse: true, lost: 17_713.0, ..OLD_SERVER });
    // 3.12 prints −1 as 2⁶⁴ − 1.
    for late in [-5.0, 18_446_744_073_709_551_615.0, 4_294_967_291.0] {
        let recorded = recorded(
            &with_intervals(base.clone(), &[(208_856.0, 17_718.0), (208_857.0, late)]).to_string(),
            Workload::Udp,
        );
        assert_eq!(recorded.verdict, Verdict::OK);
        assert_eq!(samples(&recorded, "datagrams_lost", Way::Reverse), [17_718.0]);
        assert_eq!(notes(&recorded), [NoteCode::LateDatagrams]);
        assert_eq!(summary(&recorded, "loss", Way::Reverse), Some(TRUE_LOSS));
    }
    // More than there were is another matter.
    let recorded =
        recorded(&with_intervals(base, &[(208_856.0, 17_713.0), (208_857.0, 300_000.0)]).to_string(), Workload::Udp);
    assert!(
        impossible(&recorded).starts_with("datagrams_lost of 300000 cannot be: beside datagrams"),
        "{:?}",
        recorded.verdict
    );
}

#[test]
fn zeros_and_minus_ones_of_tcp_are_unknown() {
    let line = |rtt: f64, bytes: u64| {
        json!({"socket": 5, "start": 0, "end": 1, "seconds": 1, "bytes": bytes, "retransmits": -1, "snd_cwnd": 0, "rtt": rtt,
            "rttvar": rtt, "pmtu": 0, "reorder": -1, "max_snd_cwnd": 0, "max_rtt": 0, "min_rtt": 0, "mean_rtt": 0, "sender": true})
    };
    for rtt in [0.0, -1.0] {
        let line = line(rtt, 125_000_000);
        let report = json!({
            "start": {"test_start": {"protocol": "TCP", "num_streams": 1, "duration": 1}},
            "intervals": [{"streams": [line], "sum": line}],
            "end": {"streams": [{"sender": line, "receiver": line}], "sum_sent": line, "sum_received": line,
                "cpu_utilization_percent": {"host_total": 3.5, "host_user": 1, "host_system": 2.5,
                    "remote_total": 0, "remote_user": 0, "remote_system": 0}},
        });
        let recorded = recorded(&report.to_string(), Workload::Tcp);
        assert_eq!(recorded.verdict, Verdict::OK);
        let kept: Vec<&str> = recorded.samples.iter().map(|row| &*row.metric).collect();
        assert_eq!(kept, ["sent"]);
        let kept: Vec<&str> = recorded.summaries.iter().map(|row| &*row.metric).collect();
        let known = ["offered", "throughput", "bytes_sent", "bytes_received"];
        assert_eq!(kept, [&known[..], &["cpu_source", "cpu_source_user", "cpu_source_system"]].concat());
    }
}

#[test]
fn totals_that_contradict_themselves_or_their_intervals_are_said() {
    let line = |bytes: u64, seconds: f64, rate: f64, omitted: bool| {
        json!({"socket": 5, "start": 0, "end": seconds, "seconds": seconds, "bytes": bytes, "bits_per_second": rate,
            "omitted": omitted, "sender": true})
    };
    let report = |total: Value, intervals: Vec<Value>| {
        let intervals: Vec<Value> = intervals.iter().map(|line| json!({"streams": [line], "sum": line})).collect();
        json!({"start": {"test_start": {"protocol": "TCP", "num_streams": 1, "duration": 2, "omit": 1}}, "intervals": intervals,
            "end": {"streams": [{"sender": total, "receiver": total}], "sum_sent": total, "sum_received": total}})
    };
    let seconds =
        || vec![line(1_000_000, 1.0, 8e6, true), line(1_000_000, 1.0, 8e6, false), line(1_000_000, 1.0, 8e6, false)];
    let noted = |report: &Value| notes(&recorded(&report.to_string(), Workload::Tcp));
    assert_eq!(noted(&report(line(2_000_000, 2.0, 8e6, false), seconds())), []);
    // What was to be left out is in the total; the printed rate is twice that of the bytes; time runs backwards.
    assert_eq!(noted(&report(line(3_000_000, 2.0, 12e6, false), seconds())), [NoteCode::Contradiction]);
    assert_eq!(noted(&report(line(2_000_000, 2.0, 16e6, false), seconds())), [NoteCode::Contradiction]);
    let mut backwards = seconds();
    backwards.push(line(5, -1.0, 8e6, false));
    assert_eq!(noted(&report(line(2_000_000, 2.0, 8e6, false), backwards)), [NoteCode::Contradiction]);
    // An interval that is left out counts nowhere, also where its sum does not say so.
    let mut report = report(line(2_000_000, 2.0, 8e6, false), seconds());
    report["intervals"][0]["sum"].as_object_mut().unwrap().remove("omitted");
    assert_eq!(samples(&recorded(&report.to_string(), Workload::Tcp), "sent", Way::Forward), [8e6, 8e6]);
}

#[test]
fn an_end_that_never_heard_of_the_other_is_no_result() {
    let mut dead = udp(OLD_SERVER);
    dead["end"].as_object_mut().unwrap().remove("sum_received");
    dead["end"]["streams"] = json!([]);
    let recorded = recorded(&dead.to_string(), Workload::Udp);
    assert_eq!((recorded.verdict.outcome, recorded.verdict.reason), (Outcome::Failed, Some(Reason::NoData)));
}

proptest! {
    /// Whatever a report says, no sample and no summary is what it cannot be, and a run with such a value is not ok.
    #[test]
    fn nothing_impossible_is_ever_recorded(
        reverse: bool,
        lost in prop_oneof![Just(0.0), -10.0..10.0, 0.0..1e6, 1e9..1e20],
        packets in prop_oneof![Just(0.0), Just(417_713.0), -1e6..1e6],
        received_bytes in prop_oneof![Just(0.0), Just(480_000_000.0), -1e9..1e12],
        out_of_order in prop_oneof![Just(0.0), -5.0..5e5],
        jitter_ms in prop_oneof![Just(0.0), -1.0..1e10],
        interval in (prop_oneof![Just(0.0), -10.0..3e5], prop_oneof![-10.0..3e5, 1e9..1e20]),
        server in proptest::option::of((0_u64..500_000, 0_u64..500_000, 0_u64..500_000)),
    ) {
        let it = Udp { reverse, packets, lost, received_bytes, out_of_order, jitter_ms };
        let mut report = with_intervals(udp(it), &[interval, interval]);
        if let Some((packets, lost, out_of_order)) = server {
            report = with_server(report, packets.max(lost), lost, out_of_order);
        }
        let recorded = recorded(&report.to_string(), Workload::Udp);
        for row in &recorded.summaries {
            prop_assert!(possible::range(&row.metric).unwrap().contains(row.value), "{row:?}");
        }
        for row in &recorded.samples {
            prop_assert!(possible::range(&row.metric).unwrap().contains(row.value), "{row:?}");
        }
        let loss = if packets > 0.0 { lost / packets } else { 0.0 };
        let way = if reverse { Way::Reverse } else { Way::Forward };
        if recorded.verdict == Verdict::OK && !(0.0..=1.0).contains(&loss) {
            prop_assert!(notes(&recorded).contains(&NoteCode::ServerReport), "{:?}", recorded.notes);
        }
        prop_assert!(summary(&recorded, "loss", way).is_none_or(|loss| (0.0..=1.0).contains(&loss)));
    }
}

#[test]
fn a_direction_never_has_the_other_ones_value() {
    for streams in [1, 2, 4] {
        let report = parse(doubled(&tcp_both_ways(streams)).as_bytes()).unwrap();
        for total in report.totals.iter().filter(|total| total.stream.is_none()) {
            let of: f64 = report
                .totals
                .iter()
                .filter(|one| one.stream.is_some() && one.direction == total.direction && one.sender == total.sender)
                .map(|one| one.bytes)
                .sum();
            assert_eq!(total.bytes, of);
            assert_eq!(total.direction == Direction::Forward, total.bytes > 100_000_000.0);
        }
    }
}
