//! Outputs after public bug reports of the tools, none of which may become a value that is wrong. Each is made by hand from
//! the numbers that a report shows.

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

use meshbench_collector::parse;
use meshbench_collector::record::{self, Labels, Recorded};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::words::Workload;
use serde_json::{Value, json};

fn labels(workload: Workload) -> Labels {
    let word = |text: &str| text.into();
    Labels {
        run_id: word("r"),
        system: word("tinc"),
        tuning: word("default"),
        profile: word("baseline"),
        workload,
        source: word("a"),
        target: word("b"),
    }
}

fn iperf3(text: &str, workload: Workload) -> Recorded {
    record::iperf3::record(&parse::iperf3::parse(text.as_bytes()).unwrap(), &labels(workload))
}

fn ping(text: &str) -> Recorded {
    record::ping::record(&parse::ping::parse(text.as_bytes()).unwrap(), &labels(Workload::Ping), 1.0)
}

fn value(recorded: &Recorded, metric: &str) -> Option<f64> {
    recorded.summaries.iter().find(|row| &*row.metric == metric).map(|row| row.value)
}

fn samples(recorded: &Recorded, series: &str) -> Vec<f64> {
    recorded.samples.iter().filter(|row| &*row.metric == series).map(|row| row.value).collect()
}

fn has(recorded: &Recorded, code: &str) -> bool {
    recorded.notes.as_deref().unwrap_or_default().split_whitespace().any(|note| note == code)
}

fn line(seconds: f64, bytes: f64) -> Value {
    json!({"socket": 5, "start": 0, "end": seconds, "seconds": seconds, "bytes": bytes, "bits_per_second": bytes * 8.0 / seconds,
           "sender": true})
}

/// A TCP test of ten seconds at 1 Gbit/s, with what a report shows put into its end.
fn tcp(change: impl Fn(&mut Value)) -> String {
    let total = line(10.0, 1.25e9);
    let mut report = json!({
        "start": {"version": "iperf 3.6", "test_start": {"protocol": "TCP", "num_streams": 1, "duration": 10}},
        "intervals": [{"streams": [total], "sum": total}],
        "end": {"streams": [{"sender": total, "receiver": total}], "sum_sent": total, "sum_received": total},
    });
    change(&mut report);
    report.to_string()
}

/// A UDP test: datagrams and bytes sent, those expected, lost and received.
fn udp(seconds: f64, size: f64, [sent, expected, lost]: [f64; 3], received_bytes: f64) -> Value {
    let with = |bytes: f64, packets: f64, lost: f64| {
        let mut total = line(seconds, bytes);
        (total["packets"], total["lost_packets"], total["jitter_ms"]) = (json!(packets), json!(lost), json!(0.01));
        total
    };
    json!({
        "start": {"version": "iperf 3.12", "test_start":
            {"protocol": "UDP", "num_streams": 1, "blksize": size, "duration": seconds}},
        "intervals": [],
        "end": {"streams": [], "sum_sent": with(sent * size, sent, 0.0), "sum_received": with(received_bytes, expected, lost)},
    })
}

/// esnet/iperf #822: CPU time over seconds that were taken for microseconds.
#[test]
fn cpu_of_seven_hundred_thousand_cores() {
    let recorded = iperf3(
        &tcp(|report| {
            report["end"]["cpu_utilization_percent"] = json!({"host_total": 70_907_445.68, "remote_total": 30.0})
        }),
        Workload::Tcp,
    );
    assert_eq!((recorded.verdict.outcome, recorded.verdict.reason), (Outcome::Invalid, Some(Reason::ImpossibleValue)));
    assert!(recorded.verdict.detail.as_deref().unwrap().starts_with("cpu_source of 709074.4568 cannot be"));
    assert_eq!((value(&recorded, "cpu_source"), value(&recorded, "cpu_target")), (None, Some(0.3)));
}

/// esnet/iperf #1534: a day of UDP, of which a counter of 31 bits holds the first third.
#[test]
fn a_day_of_datagrams_beyond_the_counter() {
    let (size, came) = (1460.0, 7.26e9);
    let report = udp(86_400.0, size, [came, 2_147_483_647.0, 0.0], came * size);
    let recorded = iperf3(&report.to_string(), Workload::Udp);
    assert_eq!(value(&recorded, "loss"), None);
    assert!(has(&recorded, "contradiction"));
    assert_eq!(value(&recorded, "throughput"), Some(came * size * 8.0 / 86_400.0));
}

/// esnet/iperf #698: ten datagrams were sent, one was expected, none is said to be lost, with the jitter of two clocks.
#[test]
fn nine_of_ten_datagrams_that_nobody_missed() {
    let mut report = udp(0.1, 1446.0, [10.0, 1.0, 0.0], 1446.0);
    report["end"]["sum_received"]["jitter_ms"] = json!(28_487.952);
    let recorded = iperf3(&report.to_string(), Workload::Udp);
    assert_eq!(value(&recorded, "loss"), Some(0.9));
    assert_eq!(recorded.verdict.reason, Some(Reason::ImpossibleValue));
    assert!(recorded.verdict.detail.unwrap().starts_with("jitter of 28.487952 s cannot be"));
}

/// esnet/iperf #560 and #754: 0 bytes and 0 bit/s received, beside datagrams that arrived.
#[test]
fn nothing_received_of_what_arrived() {
    let recorded = iperf3(&udp(10.0, 1448.0, [900.0, 900.0, 0.0], 0.0).to_string(), Workload::Udp);
    assert_eq!((recorded.verdict.outcome, recorded.verdict.reason), (Outcome::Invalid, Some(Reason::ImpossibleValue)));
    assert_eq!((value(&recorded, "loss"), value(&recorded, "throughput")), (None, None));
}

/// esnet/iperf #802: the receiving client of 3.1 does not say what was lost.
#[test]
fn losses_that_are_not_said_are_unknown() {
    let mut report = udp(20.0, 1448.0, [1727.0, 1727.0, 0.0], 1727.0 * 1448.0);
    report["end"]["sum_received"].as_object_mut().unwrap().remove("lost_packets");
    report["end"]["sum_received"]["bytes"] = json!(1700.0 * 1448.0);
    let recorded = iperf3(&report.to_string(), Workload::Udp);
    assert_eq!(value(&recorded, "loss"), Some(27.0 / 1727.0));
    assert!(has(&recorded, "derived-total"));
}

/// esnet/iperf #1892: after 2³² datagrams the losses of an interval go below zero.
#[test]
fn losses_of_an_interval_below_zero() {
    let mut report = udp(2.0, 16.0, [1_700_000.0, 1_700_000.0, 67_000.0], 1_633_000.0 * 16.0);
    report["start"]["test_start"]["reverse"] = json!(1);
    let interval = |packets: f64, lost: f64| {
        let mut one = line(1.0, 13_000_000.0);
        (one["packets"], one["lost_packets"], one["sender"]) = (json!(packets), json!(lost), json!(false));
        json!({"streams": [one], "sum": one})
    };
    report["intervals"] = json!([interval(853_309.0, 31_600.0), interval(24_122.0, -792_929.0)]);
    let recorded = iperf3(&report.to_string(), Workload::Udp);
    assert_eq!(samples(&recorded, "datagrams_lost"), [31_600.0]);
    assert!(has(&recorded, "late-datagrams"));
}

/// esnet/iperf #1143 and #751: an error behind a whole report, and one in it, from the last seconds.
#[test]
fn a_whole_report_with_an_error_behind_it() {
    let behind = tcp(|_| ()) + "\niperf3: error - unable to send control message: Broken pipe\n";
    let inside = tcp(|report| report["error"] = json!("error - control socket has closed unexpectedly"));
    for text in [behind, inside] {
        let recorded = iperf3(&text, Workload::Tcp);
        assert_eq!((recorded.verdict.outcome, recorded.verdict.reason), (Outcome::Failed, Some(Reason::ControlLost)));
        assert_eq!((samples(&recorded, "sent"), value(&recorded, "throughput")), (vec![1e9], None));
    }
}

/// iputils #480: a host that writes another time into its answers.
#[test]
fn a_round_trip_of_fifty_years() {
    let recorded = ping(
        "PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.\n\
         64 bytes from 192.0.2.1: icmp_seq=1 ttl=46 time=1677721600235 ms\n\
         64 bytes from 192.0.2.1: icmp_seq=2 ttl=46 time=21.4 ms\n\n\
         --- 192.0.2.1 ping statistics ---\n2 packets transmitted, 2 received, 0% packet loss, time 1001ms\n",
    );
    assert!(recorded.verdict.outcome == Outcome::Ok && has(&recorded, "clock-set"), "{:?}", recorded.notes);
    assert_eq!((samples(&recorded, "echo_rtt"), samples(&recorded, "echo_lost")), (vec![0.0214], vec![0.0; 2]));
}

/// thombashi/pingparsing #27: the quiet ping of busybox.
#[test]
fn a_quiet_ping_of_busybox() {
    let recorded = ping(
        "PING heise.de (193.99.144.80): 56 data bytes\n\n--- heise.de ping statistics ---\n\
         5 packets transmitted, 5 packets received, 0% packet loss\nround-trip min/avg/max = 0.638/0.683/0.746 ms\n",
    );
    assert_eq!((recorded.verdict.outcome, value(&recorded, "loss")), (Outcome::Ok, Some(0.0)));
    assert_eq!(value(&recorded, "rtt_mean"), Some(0.683 / 1e3));
}

/// A packet that came twice is one answer: the summary says `+1 duplicates` between its numbers.
#[test]
fn duplicates_in_the_summary_line() {
    let recorded = ping(
        "PING a (192.0.2.1) 56(84) bytes of data.\n\n--- a ping statistics ---\n\
         10 packets transmitted, 10 received, +1 duplicates, 0% packet loss, time 9005ms\n\
         rtt min/avg/max/mdev = 0.197/0.207/0.217/0.010 ms\n",
    );
    assert_eq!((recorded.verdict.outcome, value(&recorded, "loss")), (Outcome::Ok, Some(0.0)));
}

/// A summary that contradicts itself: everything was lost, and there are round trips; the mean is above the largest.
#[test]
fn a_summary_that_contradicts_itself() {
    let with = |loss: &str, times: &str| {
        ping(&format!(
            "PING a (192.0.2.1) 56(84) bytes of data.\n\n--- a ping statistics ---\n\
             10 packets transmitted, {loss} packet loss, time 9005ms\nrtt min/avg/max/mdev = {times} ms\n"
        ))
    };
    let mean = with("10 received, 0%", "0.2/9.0/0.3/0.01");
    assert!(has(&mean, "contradiction") && value(&mean, "rtt_mean").is_none(), "{:?}", mean.summaries);
    let lost = with("0 received, 100%", "0.2/0.25/0.3/0.01");
    assert!(has(&lost, "contradiction") && value(&lost, "rtt_mean").is_none(), "{:?}", lost.notes);
    assert_eq!((lost.verdict.outcome, samples(&lost, "echo_lost")), (Outcome::Stalled, vec![1.0; 10]));
    let deviation = with("10 received, 0%", "0.2/0.25/0.3/5.0");
    assert_eq!(deviation.verdict.reason, Some(Reason::ImpossibleValue), "{:?}", deviation.verdict);
    assert_eq!(with("10 received, 0%", "0.2/0.25/0.3/0.01").verdict.outcome, Outcome::Ok);
}
