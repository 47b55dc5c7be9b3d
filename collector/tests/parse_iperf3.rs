//! What comes out of each way in which iperf3's output is known to be odd.

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

use meshbench_collector::parse::iperf3::{Direction, Interval, Note, ParseError, Protocol, Report, Total, parse};
use meshbench_collector::record::{self, Labels};
use meshbench_schemas::words::Workload;

macro_rules! fixture {
    ($name:literal) => {
        &include_bytes!(concat!("fixtures/iperf3/", $name))[..]
    };
}

macro_rules! report {
    ($name:literal) => {
        parse(fixture!($name)).expect($name)
    };
}

fn sums(report: &Report, direction: Direction) -> Vec<&Interval> {
    let ours = |one: &&Interval| one.stream.is_none() && one.direction == direction;
    report.intervals.iter().filter(ours).collect()
}

fn total(report: &Report, direction: Direction, sender: bool) -> Option<&Total> {
    let ours = |one: &&Total| one.stream.is_none() && one.direction == direction && one.sender == sender;
    report.totals.iter().find(ours)
}

/// The report without its notes: the same for every harmless oddity.
fn values(report: &Report) -> Report {
    Report { notes: Vec::new(), ..report.clone() }
}

#[test]
fn tcp_both_ways() {
    let report = report!("tcp-bidir.json");
    assert_eq!(report.notes, []);
    assert_eq!(report.version.as_deref(), Some("3.20"));
    assert_eq!(report.started_unix_s, Some(1_767_225_600.25));
    assert_eq!(report.protocol, Some(Protocol::Tcp));
    assert!(report.bidir && !report.reverse);
    assert_eq!((report.streams, report.block_bytes), (Some(1), Some(131_072)));
    assert_eq!((report.duration_s, report.mss_bytes), (Some(2.0), Some(1368.0)));
    assert_eq!(report.target_bit_s, Some(0.0));
    assert_eq!(report.sender_congestion.as_deref(), Some("cubic"));
    assert_eq!(report.receiver_congestion.as_deref(), Some("bbr"));
    let cpu = report.cpu.expect("printed");
    assert_eq!((cpu.host_total, cpu.host_user), (Some(0.5), Some(0.105)));
    assert_eq!(cpu.remote_total, Some(1.25));

    assert_eq!(report.intervals.len(), 8);
    let first = &report.intervals[0];
    assert_eq!((first.direction, first.stream, first.seq), (Direction::Forward, Some(0), 0));
    assert!(first.sender && !first.omitted);
    assert_eq!((first.bytes, first.retransmits), (125_000_000.0, Some(3.0)));
    assert_eq!((first.rtt_s, first.rttvar_s), (Some(1500.0 * 1e-6), Some(250.0 * 1e-6)));
    assert_eq!((first.cwnd_bytes, first.pmtu_bytes), (Some(65_536.0), Some(1420.0)));
    assert_eq!(first.reorder, Some(3.0));
    let back = &report.intervals[1];
    assert_eq!((back.direction, back.stream, back.sender), (Direction::Reverse, Some(0), false));
    let bytes: Vec<f64> = sums(&report, Direction::Reverse).iter().map(|one| one.bytes).collect();
    assert_eq!(bytes, [62_500_000.0, 62_500_001.0]);

    let bytes = |direction, sender| total(&report, direction, sender).expect("printed").bytes;
    assert_eq!(bytes(Direction::Forward, true), 250_000_001.0);
    assert_eq!(bytes(Direction::Forward, false), 249_999_991.0);
    assert_eq!(bytes(Direction::Reverse, true), 125_000_011.0);
    assert_eq!(bytes(Direction::Reverse, false), 125_000_001.0);
    let streams: Vec<&Total> = report.totals.iter().filter(|one| one.stream.is_some()).collect();
    assert_eq!(streams.len(), 4);
    assert_eq!(streams[0].mean_rtt_s, Some(1500.0 * 1e-6));
    assert_eq!(streams[0].max_cwnd_bytes, Some(131_072.0));
}

#[test]
fn tcp_reverse_is_received_here() {
    let report = report!("tcp-reverse.json");
    assert!(report.reverse && !report.bidir);
    assert!(report.intervals.iter().all(|one| one.direction == Direction::Reverse && !one.sender));
    assert!(sums(&report, Direction::Forward).is_empty());
    assert_eq!(total(&report, Direction::Reverse, false).expect("printed").bytes, 125_000_001.0);
    assert!(report.totals.iter().all(|one| one.direction == Direction::Reverse));
}

#[test]
fn udp_in_parallel() {
    let report = report!("udp-parallel.json");
    assert_eq!(report.notes, []);
    assert_eq!(report.started_unix_s, Some(1_767_225_600.0));
    assert_eq!((report.protocol, report.streams), (Some(Protocol::Udp), Some(2)));
    let streams: Vec<Option<u64>> = report.intervals.iter().map(|one| one.stream).collect();
    assert_eq!(streams, [Some(0), Some(1), None, Some(0), Some(1), None]);
    let sent = total(&report, Direction::Forward, true).expect("printed");
    assert_eq!((sent.bytes, sent.packets), (400_000.0, Some(400.0)));
    assert_eq!((sent.lost, sent.jitter_s), (None, None), "the sender cannot know");
    let received = total(&report, Direction::Forward, false).expect("printed");
    assert_eq!((received.bytes, received.seconds), (300_000.0, 2.5));
    assert_eq!((received.lost, received.jitter_s), (Some(100.0), Some(0.5 * 1e-3)));
    let stream = report.totals.iter().find(|one| one.stream == Some(1)).expect("printed");
    assert_eq!((stream.lost, stream.out_of_order), (Some(50.0), Some(4.0)));
}

#[test]
fn settings_are_those_that_the_report_repeats() {
    let labels = |workload| Labels {
        run_id: "r".into(),
        system: "tinc".into(),
        tuning: "stock".into(),
        profile: "baseline".into(),
        workload,
        source: "a".into(),
        target: "b".into(),
    };
    let told = |report: &Report, workload| record::iperf3::record(report, &labels(workload)).settings;
    let reverse = told(&report!("tcp-reverse.json"), Workload::Tcp);
    let expected = "--parallel 1 --omit 0 --length 131072 --window 0 --bitrate 0 --tos 0 --reverse";
    assert_eq!(reverse.as_deref(), Some(expected));
    // The length of a datagram is a metric.
    let udp = told(&report!("udp-parallel.json"), Workload::Udp);
    assert_eq!(udp.as_deref(), Some("--parallel 2 --omit 0 --window 0 --bitrate 0 --tos 0"));
    assert_eq!(told(&Report { streams: None, ..report!("tcp-bidir.json") }, Workload::Tcp), None);
}

#[test]
fn harmless_oddities_change_no_value() {
    let plain = values(&report!("tcp-bidir.json"));
    let check = |report: Report, notes: &[Note]| {
        assert_eq!(report.notes, notes);
        assert_eq!(values(&report), plain);
    };
    check(report!("int-float.json"), &[]);
    check(report!("crlf.json"), &[]);
    check(report!("bidir-unsaid.json"), &[]);
    check(report!("stream.jsonl"), &[]);
    check(report!("bom.json"), &[Note::ByteOrderMark]);
    check(report!("nul.json"), &[Note::NulBytes]);
    check(report!("nul-inside.json"), &[Note::NulBytes]);
    check(report!("commas.json"), &[Note::Commas]);
    check(report!("server-text.json"), &[Note::ServerText]);
    check(report!("stream-full.jsonl"), &[Note::Doubled]);
    check(report!("stream-noise.jsonl"), &[Note::TextBefore]);
    check(report!("doubled.json"), &[Note::Doubled]);
    check(
        report!("duplicate-keys.json"),
        &[Note::DuplicateKey("duration".to_owned()), Note::DuplicateKey("target_bitrate".to_owned())],
    );
}

#[test]
fn non_finite_numbers_are_absent() {
    let report = report!("nan-bare.json");
    let first = &report.intervals[0];
    assert_eq!((first.rttvar_s, first.pmtu_bytes), (None, None));
    assert_eq!(first.rtt_s, Some(1500.0 * 1e-6));
    assert_eq!(report.intervals[4].rttvar_s, Some(250.0 * 1e-6));
    let noted = |field: &str| report.notes.contains(&Note::NonFinite(field.to_owned()));
    assert!(noted("intervals.streams.rttvar") && noted("intervals.streams.pmtu"));

    let report = report!("out-of-range.json");
    assert_eq!(report.intervals[0].rtt_s, None);
}

#[test]
fn null_numbers_are_absent_and_records_without_bytes_too() {
    let plain = report!("tcp-bidir.json");
    let report = report!("numbers-null.json");
    assert_eq!(report.intervals[0].rttvar_s, None);
    assert_eq!(report.intervals.len(), plain.intervals.len() - 1);
    assert!(report.notes.contains(&Note::MissingField("intervals.streams.bytes".to_owned())));
    // The printed sum of that interval stands.
    assert_eq!(sums(&report, Direction::Reverse).len(), 2);
}

#[test]
fn text_around_is_skipped_and_its_error_kept() {
    let report = report!("text-around.json");
    assert_eq!(report.notes, [Note::TextBefore, Note::TextAfter]);
    assert_eq!(report.error.as_deref(), Some("control socket has closed unexpectedly"));
    assert_eq!(report.intervals, report!("tcp-bidir.json").intervals);

    let report = report!("error-text-only.txt");
    assert_eq!(report.error.as_deref(), Some("unable to connect to server: Connection refused"));
    assert!(report.intervals.is_empty() && report.totals.is_empty());
}

#[test]
fn the_last_of_two_whole_reports_is_taken() {
    let report = report!("doubled-both.json");
    assert_eq!(report.version.as_deref(), Some("3.21"));
    assert_eq!(report.notes, [Note::Doubled]);
}

#[test]
fn missing_interval_sums_are_added_up() {
    let report = report!("interval-sums-missing.json");
    assert_eq!(report.notes, [Note::DerivedSum]);
    let bytes: Vec<f64> = sums(&report, Direction::Forward).iter().map(|one| one.bytes).collect();
    assert_eq!(bytes, [125_000_000.0, 125_000_001.0]);
    assert_eq!(sums(&report, Direction::Reverse).len(), 2);
}

#[test]
fn missing_udp_totals_are_derived() {
    let report = report!("udp-end-sums-missing.json");
    let derived = |what: &str| report.notes.contains(&Note::DerivedTotal(what.to_owned()));
    assert!(derived("end.sum_sent") && derived("end.sum_received"));
    let sent = total(&report, Direction::Forward, true).expect("derived");
    assert_eq!((sent.bytes, sent.lost), (400_000.0, None));
    let received = total(&report, Direction::Forward, false).expect("derived");
    assert_eq!((received.bytes, received.lost), (300_000.0, Some(100.0)));
    assert_eq!((received.packets, received.jitter_s), (Some(400.0), Some(0.5 * 1e-3)));
}

#[test]
fn an_end_without_content_keeps_the_intervals() {
    let report = report!("end-empty.json");
    assert_eq!((report.intervals.len(), report.totals.len()), (8, 0));
    assert_eq!((report.cpu, report.error.clone()), (None, None));
    let report = report!("error-and-intervals.json");
    assert_eq!(report.intervals.len(), 8);
    assert_eq!(report.error.as_deref(), Some("unable to send control message: Broken pipe"));
    let report = report!("stream-error.jsonl");
    assert_eq!(report.intervals.len(), 4);
    assert_eq!(report.error.as_deref(), Some("interrupt - the client has terminated"));
}

#[test]
fn invalid_utf8_is_replaced() {
    let report = report!("invalid-utf8.json");
    assert_eq!(report.sender_congestion.as_deref(), Some("cub\u{fffd}ic"));
    assert_eq!(report.notes, [Note::InvalidUtf8]);
    assert_eq!(report.intervals.len(), 8);
}

#[test]
fn a_cut_keeps_what_was_complete() {
    let plain = report!("tcp-bidir.json");
    let report = report!("truncated-interval.json");
    assert_eq!(report.notes, [Note::Truncated]);
    assert_eq!(report.intervals, plain.intervals[..4], "the second interval is not complete");
    let report = report!("truncated-number.json");
    assert_eq!(report.intervals, plain.intervals);
    assert!(report.totals.is_empty(), "250000001 cut to 2500 is no total");
    let report = report!("stream-cut.jsonl");
    assert_eq!(report.intervals, plain.intervals[..4]);
    assert!(report.notes.contains(&Note::Truncated));
}

#[test]
fn a_cut_anywhere_makes_nothing_up() {
    let whole = [
        fixture!("tcp-bidir.json"),
        fixture!("udp-parallel.json"),
        fixture!("server-json.json"),
        fixture!("stream.jsonl"),
    ];
    for text in whole {
        let whole = parse(text).expect("valid");
        let end = text.trim_ascii_end().len();
        for at in 0..end {
            let Ok(report) = parse(&text[..at]) else {
                continue;
            };
            assert!(whole.intervals.starts_with(&report.intervals), "cut at {at}");
            assert!(report.totals.iter().all(|one| whole.totals.contains(one)), "cut at {at}");
            assert!(report.started_unix_s.is_none_or(|at| at.floor() == 1_767_225_600.0));
            assert!(report.version.is_none() || report.version == whole.version, "cut at {at}");
            assert!(report.notes.contains(&Note::Truncated), "cut at {at}");
        }
    }
}

#[test]
fn what_is_no_report_is_an_error() {
    assert!(matches!(parse(fixture!("empty.json")), Err(ParseError::Empty { .. })));
    assert!(matches!(parse(fixture!("blank.json")), Err(ParseError::Empty { .. })));
    assert!(matches!(parse(fixture!("deep-open.json")), Err(ParseError::NotThis { .. })));
    let error = parse(fixture!("not-iperf3.json")).expect_err("hyperfine's");
    assert_eq!(
        error.to_string(),
        "this is not iperf3 output but JSON without `start`, `intervals` or `end`: \
         check which file or command it came from"
    );
    let error = parse(fixture!("not-json.txt")).expect_err("a shell's");
    assert!(error.to_string().contains("`bash: iperf3: command not found`"), "{error}");
    assert!(parse(b"[{\"start\":{}}]").is_ok(), "a list of one report holds one");
}

#[test]
fn deep_nesting_is_passed_over() {
    let report = report!("deep.json");
    assert_eq!(report.intervals, report!("tcp-bidir.json").intervals);
}

#[test]
fn absurd_numbers_are_kept() {
    let report = report!("absurd.json");
    let first = &report.intervals[0];
    assert_eq!((first.bytes, first.retransmits), (-5.0, Some(1e300)));
    assert_eq!(first.rtt_s, Some(-1e-6));
    assert_eq!(report.streams, None);
    assert_eq!(sums(&report, Direction::Forward)[1].seconds, 0.0);
}

#[test]
fn the_servers_report_sees_the_other_end() {
    let report = report!("server-json.json");
    let server = report.server.clone().expect("printed");
    assert!(server.bidir);
    let first = &server.intervals[0];
    assert_eq!((first.direction, first.sender), (Direction::Forward, false));
    assert_eq!(server.intervals[1].direction, Direction::Reverse);
    assert!(total(&server, Direction::Forward, true).is_none(), "a placeholder");
    assert!(total(&server, Direction::Reverse, true).is_some());
    assert!(server.notes.contains(&Note::FarEndUnknown));
}

#[test]
fn a_report_inside_other_json() {
    #[derive(serde::Deserialize)]
    struct Wrapped {
        data: Report,
    }
    let inner = String::from_utf8(fixture!("tcp-bidir.json").to_vec()).expect("text");
    let wrapped = format!("{{\"status\": \"success\", \"data\": {inner}}}");
    let wrapped: Wrapped = serde_json::from_str(&wrapped).expect("valid");
    assert_eq!(wrapped.data, report!("tcp-bidir.json"));
}
