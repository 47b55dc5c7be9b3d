//! What comes out of each form of ping's output.

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

use meshbench_collector::parse::ping::{ErrorKind, Note, ParseError, Report, parse};

macro_rules! report {
    ($name:literal) => {
        parse(&include_bytes!(concat!("fixtures/ping/", $name))[..]).expect($name)
    };
}

/// Round-trip times in microseconds by probe, -1 for lost ones.
#[expect(clippy::cast_possible_truncation, reason = "test data are small")]
fn outcomes(report: &Report) -> Vec<(u64, i64)> {
    let micro = |rtt: Option<f64>| rtt.map_or(-1, |rtt| (rtt * 1e6).round() as i64);
    report.outcomes().into_iter().map(|one| (one.seq, micro(one.rtt_s))).collect()
}

#[test]
fn gaps_are_lost_probes() {
    let report = report!("stamped-gaps.txt");
    assert_eq!(report.notes, []);
    assert_eq!(outcomes(&report), [(1, 225), (2, -1), (3, 1_234_000), (4, -1), (5, -1)]);
    assert_eq!(report.replies[0].unix_s, Some(1_767_225_600.731_645));
    assert_eq!(report.outcomes()[2].unix_s, Some(1_767_225_602.931_645));
    assert_eq!((report.sent, report.received, report.loss), (Some(5), Some(2), Some(0.6)));
    assert_eq!(report.duration_s, Some(4.012));
    let rtt = report.rtt.expect("printed");
    assert_eq!((rtt.min_s, rtt.max_s, rtt.mdev_s), (0.225 / 1e3, 1.234, Some(616.887 / 1e3)));
}

#[test]
fn duplicates_do_not_count_twice() {
    let report = report!("duplicates.txt");
    assert_eq!((report.duplicates, report.replies.len()), (3, 5));
    assert_eq!(report.replies.iter().filter(|one| one.duplicate).count(), 3);
    assert_eq!(outcomes(&report), [(1, 50), (2, 60)]);
}

#[test]
fn errors_have_a_kind_and_a_sender() {
    let report = report!("unreachable.txt");
    let errors: Vec<_> = report.errors.iter().map(|one| (one.seq, one.from.as_deref(), one.kind)).collect();
    let from = Some("192.0.2.1");
    assert_eq!(
        errors,
        [
            (Some(1), from, ErrorKind::Unreachable),
            (Some(2), from, ErrorKind::TimeExceeded),
            (None, None, ErrorKind::Send),
            (Some(4), Some("gw"), ErrorKind::TooBig),
        ]
    );
    assert_eq!(report.errors[0].text, "Destination Host Unreachable");
    assert_eq!(report.errors[2].text, "sendmsg: Network is unreachable");
    assert_eq!((report.loss, report.rtt), (Some(1.0), None));
    assert_eq!(outcomes(&report), [(1, -1), (2, -1), (3, -1), (4, -1)]);
}

#[test]
fn corrupted_replies_are_errors_too() {
    let report = report!("corrupted.txt");
    let seqs: Vec<_> = report.errors.iter().map(|one| (one.seq, one.kind)).collect();
    let kind = ErrorKind::Corrupted;
    assert_eq!(seqs, [(Some(1), kind), (Some(2), kind), (Some(3), kind)]);
    assert_eq!(report.notes, [Note::MissingField("time".to_owned())]);
}

#[test]
fn ipv6() {
    let report = report!("ipv6.txt");
    assert_eq!(report.notes, []);
    assert_eq!(outcomes(&report), [(1, 120), (2, 1000), (3, -1)]);
    assert_eq!(report.loss, Some(1.0 / 3.0), "exact, not as printed");
    assert_eq!(report.errors[0].from.as_deref(), Some("2001:db8::1%eth0"));
}

#[test]
fn quiet_output_has_no_probes() {
    let report = report!("quiet.txt");
    assert_eq!((report.sent, report.received, report.loss), (Some(200), Some(199), Some(0.005)));
    assert_eq!(outcomes(&report), []);
    assert_eq!(outcomes(&report!("all-lost.txt")), [(1, -1), (2, -1), (3, -1)]);
}

#[test]
fn sequence_numbers_are_counted_on() {
    let report = report!("wrap.txt");
    let seqs: Vec<u64> = report.replies.iter().map(|one| one.seq).collect();
    assert_eq!(seqs, [65_534, 65_535, 65_537, 65_536, 65_538]);
    assert_eq!(report.outcomes().len(), 65_538);
}

#[test]
fn a_cut_line_gives_no_value() {
    let report = report!("truncated.txt");
    assert_eq!(report.notes, [Note::Truncated]);
    assert_eq!(outcomes(&report), [(1, 500), (2, 600)]);
    assert_eq!((report.sent, report.loss), (None, None));
}

#[test]
fn odd_but_whole() {
    assert_eq!(outcomes(&report!("crlf.txt")), [(1, 500)]);
    assert_eq!(report!("crlf.txt").notes, []);
    let report = report!("noise.txt");
    assert_eq!(report.notes, [Note::UnknownLine(4)]);
    assert_eq!(outcomes(&report), [(1, 500), (2, 500)]);
    assert!(report.rtt.is_some(), "a missing last line feed is no cut");
}

#[test]
fn a_huge_count_makes_no_huge_list() {
    let text = b"PING a\n18446744073709551615 packets transmitted, 0 received, 100% packet loss\n";
    assert!(parse(text).expect("a summary").outcomes().is_empty());
    let text = b"64 bytes from a: icmp_seq=18446744073709551615 ttl=1 time=1 ms\n\
        64 bytes from a: icmp_seq=7 ttl=1 time=1 ms\n";
    assert_eq!(parse(text).expect("replies").outcomes().len(), 7, "the first line is no reply");
}

#[test]
fn what_is_no_output_of_ping_is_an_error() {
    assert!(matches!(parse(b" \n"), Err(ParseError::Empty { .. })));
    assert!(matches!(parse(b"{\"start\": {}}"), Err(ParseError::NotThis { .. })));
    let error = parse(include_bytes!("fixtures/ping/not-started.txt")).expect_err("no host");
    assert_eq!(error.to_string(), "ping reported no measurement: no-such-host: Name or service not known");
}
