//! Properties of all parsers: nothing makes them panic, what was rendered comes back, and a cut
//! takes values away but makes none up.

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

use std::fmt::Write as _;

use meshbench_collector::parse::{ffmpeg, hyperfine, iperf3, ping, qperf, rist, tc};
use proptest::prelude::*;

/// Pieces that make random text look like some tool's output.
const PIECES: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\n",
    "\r",
    "\0",
    "-nan",
    "1e999",
    "null",
    "true",
    "\"start\":{",
    "\"intervals\":[",
    "\"end\":{",
    "\"streams\":[",
    "\"sum\":{",
    "\"bytes\":1",
    "\"seconds\":1",
    "\"event\":\"interval\",\"data\":",
    "64 bytes from a: ",
    "icmp_seq=65535",
    " ttl=64 time=0.5 ms",
    " packets transmitted, ",
    "9 received",
    "From a icmp_seq=1 x",
    "second 0: 1 gbit/s",
    "connection establishment time: 1ms",
    "frame=1",
    "time=00:00:01",
    "progress=end",
    "size=1kB",
    "\"results\":[{\"times\":[1",
    "{\"receiver-stats\":",
    "{\"flowinstant\":{\"stats\":{\"lost\":1",
    "{\"kind\":\"netem\",\"options\":{",
    "\u{fffd}é",
];

fn all(bytes: &[u8]) {
    let _ = iperf3::parse(bytes);
    let _ = ping::parse(bytes).map(|report| report.outcomes());
    let _ = hyperfine::parse(bytes);
    let _ = qperf::parse(bytes);
    let _ = ffmpeg::parse(bytes);
    let _ = rist::parse(bytes);
    let _ = tc::parse(bytes);
}

/// Bytes and retransmits of the streams of each interval.
type Samples = Vec<Vec<(u32, u16)>>;

fn samples() -> impl Strategy<Value = Samples> {
    (1..4_usize, 0..6_usize).prop_flat_map(|(streams, intervals)| {
        prop::collection::vec(prop::collection::vec((any::<u32>(), any::<u16>()), streams), intervals)
    })
}

fn rendered(samples: &Samples) -> String {
    let mut text = String::from(
        "{\n\t\"start\":\t{\"version\":\"iperf 3.20\",\"test_start\":{\"protocol\":\"TCP\",\
         \"num_streams\":12,\"reverse\":0,\"bidir\":0}},\n\t\"intervals\":\t[",
    );
    let record = |start: usize, bytes: u64, retransmits: u64, extra: &str| {
        format!(
            "{{{extra}\"start\":{start},\"end\":{},\"seconds\":1.0,\"bytes\":{bytes},\
             \"retransmits\":{retransmits},\"omitted\":false,\"sender\":true}}",
            start + 1
        )
    };
    for (at, streams) in samples.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let each: Vec<String> = streams
            .iter()
            .enumerate()
            .map(|(socket, (bytes, retransmits))| {
                let socket = format!("\"socket\":{socket},");
                record(at, u64::from(*bytes), u64::from(*retransmits), &socket)
            })
            .collect();
        let bytes = streams.iter().map(|one| u64::from(one.0)).sum();
        let retransmits = streams.iter().map(|one| u64::from(one.1)).sum();
        let sum = record(at, bytes, retransmits, "");
        let _ = write!(text, "{comma}{{\"streams\":[{}],\"sum\":{sum}}}", each.join(","));
    }
    text.push_str("],\n\t\"end\":\t{");
    let bytes = samples.iter().flatten().map(|one| u64::from(one.0)).sum();
    let sum = record(0, bytes, 0, "");
    let _ = write!(text, "\"streams\":[],\"sum_sent\":{sum},\"sum_received\":{sum}}}\n}}\n");
    text
}

fn pings() -> impl Strategy<Value = Vec<Option<u32>>> {
    prop::collection::vec(prop::option::of(1..9_999_999_u32), 1..30)
}

fn rendered_pings(probes: &[Option<u32>]) -> String {
    let mut text = String::from("PING a (192.0.2.1) 56(84) bytes of data.\n");
    for (probe, seq) in probes.iter().zip(1..) {
        let _ = match probe {
            Some(micro) => writeln!(
                text,
                "[1767225600.{seq:06}] 64 bytes from 192.0.2.1: icmp_seq={seq} ttl=64 time={}.{:03} ms",
                micro / 1000,
                micro % 1000
            ),
            None => writeln!(text, "[1767225600.{seq:06}] no answer yet for icmp_seq={seq}"),
        };
    }
    let received = probes.iter().flatten().count();
    let _ = write!(
        text,
        "\n--- a ping statistics ---\n{} packets transmitted, {received} received, \
         7% packet loss, time 1ms\n",
        probes.len()
    );
    text
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        all(&bytes);
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60)) {
        all(pieces.concat().as_bytes());
    }

    #[test]
    fn iperf3_gives_back_what_was_rendered(samples in samples(), around in any::<bool>()) {
        let text = rendered(&samples);
        // Text behind it sends the same report down the tolerant path.
        let text = if around { text + "a warning\n" } else { text };
        let report = iperf3::parse(text.as_bytes()).expect("valid");
        prop_assert_eq!(report.notes.len(), usize::from(around));
        for (seq, streams) in samples.iter().enumerate() {
            let records: Vec<_> =
                report.intervals.iter().filter(|one| one.seq == seq as u64).collect();
            prop_assert_eq!(records.len(), streams.len() + 1);
            for (record, (bytes, retransmits)) in records.iter().zip(streams) {
                prop_assert_eq!(record.bytes, f64::from(*bytes));
                prop_assert_eq!(record.retransmits, Some(f64::from(*retransmits)));
            }
            let sum: f64 = streams.iter().map(|one| f64::from(one.0)).sum();
            prop_assert_eq!(records.last().map(|one| one.bytes), Some(sum));
        }
        prop_assert_eq!(report.totals.len(), 2);
    }

    #[test]
    fn a_cut_iperf3_report_makes_nothing_up(samples in samples(), at in any::<prop::sample::Index>()) {
        let text = rendered(&samples);
        let whole = iperf3::parse(text.as_bytes()).expect("valid");
        let cut = &text.as_bytes()[..at.index(text.len())];
        if let Ok(report) = iperf3::parse(cut) {
            prop_assert!(whole.intervals.starts_with(&report.intervals));
            prop_assert!(whole.totals.starts_with(&report.totals));
            prop_assert!(report.streams.is_none_or(|streams| Some(streams) == whole.streams));
            prop_assert!(report.version.is_none_or(|version| Some(version) == whole.version));
        }
    }

    #[test]
    fn ping_gives_back_what_was_rendered(probes in pings(), at in any::<prop::sample::Index>()) {
        let text = rendered_pings(&probes);
        let whole = ping::parse(text.as_bytes()).expect("valid");
        prop_assert_eq!(&whole.notes, &[]);
        let back: Vec<Option<f64>> = whole.outcomes().iter().map(|one| one.rtt_s).collect();
        prop_assert_eq!(back.len(), probes.len());
        for (back, probe) in back.iter().zip(&probes) {
            let there = probe.map(|micro| f64::from(micro) / 1e6);
            prop_assert_eq!(back.is_some(), there.is_some());
            prop_assert!((back.unwrap_or(0.0) - there.unwrap_or(0.0)).abs() < 1e-12);
        }
        if let Ok(report) = ping::parse(&text.as_bytes()[..at.index(text.len())]) {
            prop_assert!(whole.replies.starts_with(&report.replies));
            prop_assert!(report.sent.is_none_or(|sent| Some(sent) == whole.sent));
            prop_assert!(report.received.is_none_or(|count| Some(count) == whole.received));
            prop_assert!(report.outcomes().len() <= probes.len());
        }
    }

    #[test]
    fn qperf_gives_back_what_was_rendered(
        bytes in prop::collection::vec(any::<u32>(), 1..9),
        at in any::<prop::sample::Index>(),
    ) {
        let mut text = String::from("connection establishment time: 21ms\ntime to first byte: 23ms\n");
        for (second, bytes) in bytes.iter().enumerate() {
            let _ = writeln!(text, "second {second}: 1.234 mbit/s ({bytes} bytes received)");
        }
        let whole = qperf::parse(text.as_bytes()).expect("valid");
        let rates: Vec<f64> = whole.seconds.iter().map(|one| one.bit_s).collect();
        let there: Vec<f64> = bytes.iter().map(|bytes| f64::from(*bytes) * 8.0).collect();
        prop_assert_eq!(rates, there);
        if let Ok(report) = qperf::parse(&text.as_bytes()[..at.index(text.len())]) {
            // A rate that ends its line is whole in the other version of the tool.
            let full = report.seconds.iter().filter(|one| one.bytes.is_some()).count();
            prop_assert_eq!(&whole.seconds[..full], &report.seconds[..full]);
            prop_assert!(report.seconds.len() <= full + 1);
        }
    }

    #[test]
    fn a_cut_export_makes_nothing_up(
        times in prop::collection::vec(1..1000_u32, 1..9),
        at in any::<prop::sample::Index>(),
    ) {
        let list = times.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let text = format!("{{\"results\":[{{\"times\":[{list}],\"mean\":1}},{{\"times\":[{list}]}}]}}");
        let whole = hyperfine::parse(text.as_bytes()).expect("valid");
        let there: Vec<f64> = times.iter().map(|time| f64::from(*time)).collect();
        prop_assert_eq!(&whole.results[0].times_s, &there);
        if let Ok(report) = hyperfine::parse(&text.as_bytes()[..at.index(text.len())]) {
            prop_assert!(whole.results.starts_with(&report.results));
        }
    }
}

/// Every fixture, cut at every byte.
#[test]
fn fixtures_cut_anywhere() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut folders = vec![root];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).expect("a file");
            let step = (bytes.len() / 150).max(1);
            for at in (0..bytes.len()).step_by(step) {
                all(&bytes[..at]);
                all(&bytes[at..]);
            }
        }
    }
    assert!(files > 30, "the fixtures are there");
}
