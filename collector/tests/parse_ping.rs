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

/// Sent, received and loss in thousandths.
#[expect(clippy::cast_possible_truncation, reason = "test data are small")]
fn counted(report: &Report) -> (u64, u64, i64) {
    let loss = report.loss.map_or(-1, |loss| (loss * 1e3).round() as i64);
    (report.sent.unwrap_or_default(), report.received.unwrap_or_default(), loss)
}

/// Probes by number, and whether they were answered.
fn answered(report: &Report) -> Vec<(u64, bool)> {
    report.outcomes().into_iter().map(|one| (one.seq, one.answered)).collect()
}

#[test]
fn answers_without_a_time_are_answers() {
    let report = report!("small.txt");
    assert_eq!(counted(&report), (3, 3, 0));
    assert_eq!(answered(&report), [(1, true), (2, true), (3, true)]);
    assert_eq!(outcomes(&report), [(1, -1), (2, -1), (3, -1)], "and their time is not known");
    assert_eq!((report.replies.len(), report.untimed.len()), (0, 3));
    assert_eq!(report.notes, [Note::MissingField("time".to_owned())]);
}

#[test]
fn probes_of_macos_count_from_zero() {
    let report = report!("macos.txt");
    assert_eq!(report.notes, []);
    assert_eq!(counted(&report), (6, 2, 667));
    assert_eq!(outcomes(&report), [(0, -1), (1, 32_550), (2, 28_498), (3, -1), (4, -1), (5, -1)]);
    assert_eq!((report.duplicates, &report.unanswered[..]), (1, &[0, 4][..]));
    let errors: Vec<_> = report.errors.iter().map(|one| (one.from.as_deref(), one.kind)).collect();
    assert_eq!(errors, [(Some("gw (10.0.0.1)"), ErrorKind::TimeExceeded), (None, ErrorKind::Send)]);
    // The first probe was lost, and no line says so.
    let report = report!("macos-first-lost.txt");
    assert_eq!(counted(&report), (4, 1, 750));
    assert_eq!(outcomes(&report), [(0, -1), (1, 30_000), (2, -1), (3, -1)]);
    assert_eq!(report.rtt.and_then(|rtt| rtt.mdev_s), Some(0.0));
}

#[test]
fn other_pings_are_read() {
    let report = report!("busybox.txt");
    assert_eq!((counted(&report), report.duplicates), ((3, 2, 333), 1));
    assert_eq!(outcomes(&report), [(0, 204), (1, -1), (2, 1398)]);
    assert_eq!(report.rtt.map(|rtt| (rtt.min_s, rtt.mdev_s)), Some((0.204 / 1e3, None)));
    let report = report!("commas.txt");
    assert_eq!((counted(&report), report.notes.len()), ((3, 2, 333), 0));
    assert_eq!(outcomes(&report), [(0, 45), (1, -1), (2, 65)]);
    let report = report!("toybox.txt");
    assert_eq!((counted(&report), outcomes(&report)), ((3, 2, 333), vec![(1, 5000), (2, -1), (3, -1)]));
    assert_eq!(answered(&report)[1], (2, true), "less than its millisecond is an answer");
    assert_eq!(report.notes, [Note::BelowResolution("icmp_seq=2 time=0 ms".to_owned())]);
    let report = report!("bsd6.txt");
    assert_eq!((counted(&report), outcomes(&report)), ((3, 2, 333), vec![(0, 110), (1, 120), (2, -1)]));
    let report = report!("quiet-bsd.txt");
    assert_eq!((counted(&report), outcomes(&report)), ((5, 4, 200), vec![]));
    assert!(!report.lists_all());
    assert_eq!(report.rtt.map(|rtt| rtt.max_s), Some(0.746 / 1e3));
    let report = report!("flood.txt");
    assert_eq!((counted(&report), outcomes(&report), report.notes), ((1000, 998, 2), vec![], vec![]));
}

#[test]
fn a_clock_that_was_set_gives_no_times() {
    let report = report!("clock-set.txt");
    assert_eq!(outcomes(&report), [(1, 10_000), (2, -1), (3, 10_000), (4, -1), (5, -1)]);
    assert_eq!(report.outcomes().iter().filter(|one| one.answered).count(), 5);
    assert_eq!((counted(&report), report.rtt), ((5, 5, 0), None), "the summary has these times in it");
    assert!(report.notes.iter().all(|note| note.code() == "clock-set"), "{:?}", report.notes);
}

#[test]
fn the_last_of_two_outputs_counts() {
    let report = report!("twice.txt");
    assert_eq!((counted(&report), outcomes(&report)), ((2, 2, 0), vec![(1, 5000), (2, 5000)]));
    assert_eq!(report.notes, [Note::Doubled, Note::OtherAddress]);
}

#[test]
fn contradictions_are_noted() {
    let reply = |seq: u64| format!("64 bytes from 10.0.0.2: icmp_seq={seq} ttl=64 time=5.00 ms\n");
    let replies: String = (1..=3).map(reply).collect();
    for (summary, what) in [
        ("3 packets transmitted, 2 received, 33% packet loss, time 2ms", "2 answers in the summary, 3 in the lines"),
        ("5 packets transmitted, 5 received, 0% packet loss, time 2ms", "5 answers in the summary, 3 in the lines"),
        ("2 packets transmitted, 3 received, -50% packet loss, time 2ms", "3 answers to 2 probes"),
        ("2 packets transmitted, 3 packets received, -- somebody's printing up packets!", "3 answers to 2 probes"),
        (
            "3 packets transmitted, 3 received, 0% packet loss, time 2ms\n\
             rtt min/avg/max/mdev = 6.000/6.500/7.000/0.100 ms",
            "took 5.000 ms",
        ),
        (
            "3 packets transmitted, 3 received, 0% packet loss, time 2ms\n\
             rtt min/avg/max/mdev = 6.000/5.000/4.000/0.100 ms",
            "not in this order",
        ),
    ] {
        let text =
            format!("PING a (10.0.0.2) 56(84) bytes of data.\n{replies}\n--- a ping statistics ---\n{summary}\n");
        let report = parse(text.as_bytes()).expect("readable");
        let noted = report.notes.iter().any(|note| matches!(note, Note::Contradiction(said) if said.contains(what)));
        assert!(noted, "{summary}: {:?}", report.notes);
        assert!(report.loss.is_none_or(|loss| (0.0..=1.0).contains(&loss)), "{summary}");
    }
}

#[test]
fn what_is_not_read_is_refused_by_its_name() {
    for (name, text) in [
        (
            "Windows ping",
            "Pinging 10.0.0.2 with 32 bytes of data:\r\nReply from 10.0.0.2: bytes=32 time<1ms TTL=64\r\n\r\n\
             Ping statistics for 10.0.0.2:\r\n    Packets: Sent = 1, Received = 1, Lost = 0 (0% loss),\r\n",
        ),
        ("Windows ping", "Antwort von 10.0.0.2: Bytes=32 Zeit=1ms TTL=64\n"),
        ("Windows ping", "Request timed out.\n"),
        ("fping", "10.0.0.2 : [0], 64 bytes, 0.123 ms (0.123 avg, 0% loss)\n"),
        ("fping", "10.0.0.2 : xmt/rcv/%loss = 3/3/0%, min/avg/max = 0.10/0.20/0.30\n"),
        ("fping", "10.0.0.2 is alive\n"),
        (
            "hping",
            "HPING 10.0.0.2 (eth0 10.0.0.2): S set, 40 headers + 0 data bytes\n\
             len=46 ip=10.0.0.2 ttl=64 DF id=0 sport=80 flags=SA seq=0 win=29200 rtt=7.9 ms\n\n\
             --- 10.0.0.2 hping statistic ---\n1 packets transmitted, 1 packets received, 0% packet loss\n\
             round-trip min/avg/max = 7.9/7.9/7.9 ms\n",
        ),
        ("nping", "Starting Nping 0.7.80 ( https://nmap.org/nping )\nRaw packets sent: 1 (28B) | Rcvd: 1 (28B)\n"),
        ("arping", "ARPING 10.0.0.2 from 10.0.0.1 eth0\nUnicast reply from 10.0.0.2 [02:00:00:00:00:01]  0.7ms\n"),
        (
            "oping",
            "PING 10.0.0.2 (10.0.0.2) 56 bytes of data.\n56 bytes from 10.0.0.2 (10.0.0.2): icmp_seq=1 ttl=64 time=0.05 ms\n\n\
             --- 10.0.0.2 ping statistics ---\n1 packets transmitted, 1 received, 0.00% packet loss, time 0.2ms\n\
             RTT[ms]: min = 0, median = 0, p(95) = 0, max = 0\n",
        ),
        ("Cisco", "Sending 5, 100-byte ICMP Echos to 10.0.0.2, timeout is 2 seconds:\n!!!!!\n"),
        (
            "another language",
            "PING localhost (127.0.0.1) 56(84) Bytes an Daten.\n64 Bytes von 127.0.0.1: icmp_seq=1 ttl=64 Zeit=0.038 ms\n\n\
             --- localhost Ping-Statistiken ---\n1 Pakete übertragen, 1 empfangen, 0% packet loss, time 0ms\n\
             rtt min/avg/max/mdev = 0.038/0.038/0.038/0.000 ms\n",
        ),
        (
            "another language",
            "PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n64 比特，来自 10.0.0.2: icmp_seq=1 ttl=64 时间=1.07 毫秒\n\n\
             --- 10.0.0.2 ping 统计 ---\n已发送 1 个包， 已接收 1 个包, 0% 包丢失, 耗时 0 毫秒\n\
             rtt min/avg/max/mdev = 1.067/1.067/1.067/0.000 ms\n",
        ),
        (
            "another language",
            "PING a (10.0.0.2) 56(84) bytes of data.\n\n--- a ping statistics ---\n\
             4 paquets transmis, 1 reçus, 75% de perte de paquets, temps 3004 ms\n",
        ),
        (
            "another language",
            "PING a (10.0.0.2) 56(84) bytes of data.\n\n--- 10.0.0.2 ping 统计 ---\n\
             已发送 4 个包， 已接收 3 个包, 25% 包丢失, 耗时 3004 毫秒\n\
             rtt min/avg/max/mdev = 1.067/1.067/1.067/0.000 ms\n",
        ),
    ] {
        let error = parse(text.as_bytes()).expect_err(name);
        assert!(matches!(error, ParseError::Unsupported { .. }), "{name}: {error}");
        assert!(error.to_string().contains(name), "{name}: {error}");
    }
    let other = parse(b"--- document ---\nWarning: nothing here\n");
    assert!(matches!(other, Err(ParseError::NotThis { .. })), "headlines and warnings are not ping's alone");
}

#[test]
fn the_first_line_tells_where_probes_begin() {
    for (first, line) in [
        (1, "PING peer (10.0.0.2) 56(84) bytes of data."),
        (1, "PING peer (10.0.0.2) from 10.0.0.1 wg0: 56(84) bytes of data."),
        (1, "PING peer(peer (fd00::2)) 56 data bytes"),
        (1, "PING fd00::2(fd00::2) from fd00::1 wg0: 56 data bytes"),
        (1, "PING fd00::2 (fd00::2) from fd00::1 wg0: 56 data bytes"),
        (1, "PING fd00::2 (fd00::2) from fd00::1 : 56 data bytes"),
        (1, "Ping peer (10.0.0.2): 56(84) bytes."),
        (0, "PING peer (10.0.0.2): 56 data bytes"),
        (0, "PING peer (10.0.0.2) from 10.0.0.1: 56 data bytes"),
        (0, "PING fd00::2 (fd00::2): 56 data bytes"),
        (0, "PING peer: 56 data bytes"),
        (0, "PING6(56=40+8+8 bytes) fd00::1 --> fd00::2"),
    ] {
        let text =
            format!("{line}\n\n--- peer ping statistics ---\n2 packets transmitted, 0 received, 100% packet loss\n");
        let report = parse(text.as_bytes()).expect(line);
        assert_eq!(report.outcomes().iter().map(|one| one.seq).collect::<Vec<_>>(), [first, first + 1], "{line}");
    }
}
