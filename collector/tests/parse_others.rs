//! What comes out of the outputs of hyperfine, qperf, ffmpeg, ristreceiver and tc.

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

use meshbench_collector::parse::{Note, ParseError, ffmpeg, hyperfine, qperf, rist, tc};

macro_rules! fixture {
    ($name:literal) => {
        &include_bytes!(concat!("fixtures/", $name))[..]
    };
}

#[test]
fn hyperfine_runs() {
    let report = hyperfine::parse(fixture!("hyperfine/two.json")).expect("valid");
    assert_eq!(report.notes, []);
    let [first, second] = &report.results[..] else { panic!("two results") };
    assert_eq!((&first.times_s[..], first.stddev_s), (&[1.0, 2.0][..], Some(0.5)));
    assert_eq!(first.exit_codes, [Some(0), Some(0)]);
    assert_eq!(first.memory_bytes, [Some(1_048_576.0), Some(2_097_152.0)]);
    assert_eq!((second.exit_codes.clone(), second.stddev_s), (vec![None], None));
    assert_eq!(second.parameters, [("size".to_owned(), "10".to_owned())]);
}

#[test]
fn hyperfine_oddities() {
    let report = hyperfine::parse(fixture!("hyperfine/nan.json")).expect("readable");
    assert_eq!(report.results[0].times_s, [1.0, 3.0]);
    assert_eq!(report.results[0].exit_codes, [Some(0), Some(-2)]);
    let report = hyperfine::parse(fixture!("hyperfine/cut.json")).expect("readable");
    assert_eq!((report.results.len(), report.notes), (1, vec![Note::Truncated]));
    let none = hyperfine::parse(fixture!("hyperfine/none.json"));
    assert!(matches!(none, Err(ParseError::NoData { .. })));
    assert!(matches!(hyperfine::parse(b"{}"), Err(ParseError::NotThis { .. })));
}

#[test]
fn qperf_seconds() {
    let report = qperf::parse(fixture!("qperf/bytes.txt")).expect("valid");
    assert_eq!((report.connect_s, report.first_byte_s), (Some(0.021), Some(0.023)));
    let rates: Vec<f64> = report.seconds.iter().map(|one| one.bit_s).collect();
    assert_eq!(rates, [422_030_372.0 * 8.0, 0.0]);

    let report = qperf::parse(fixture!("qperf/cpu.txt")).expect("valid");
    assert_eq!(report.notes, [Note::Truncated]);
    assert_eq!(report.seconds.len(), 2);
    assert_eq!(report.seconds[0].bit_s, 536_870_912.0, "its units are binary");
    assert_eq!(report.seconds[0].core, Some(3));
    assert_eq!(report.seconds[1].bit_s, 1536.0);

    let failed = qperf::parse(fixture!("qperf/failed.txt")).expect_err("no connection");
    assert!(failed.to_string().contains("unexpected close:code=-1"), "{failed}");
    assert!(matches!(qperf::parse(b"hello\n"), Err(ParseError::NotThis { .. })));
}

#[test]
fn ffmpeg_status_lines() {
    let report = ffmpeg::parse(fixture!("ffmpeg/status.txt")).expect("valid");
    let [start, middle, last] = &report.progress[..] else { panic!("three lines") };
    assert_eq!((start.frame, start.time_s, start.speed), (Some(0), None, None));
    assert_eq!((middle.frame, middle.size_bytes), (Some(90), Some(524_288.0)));
    assert_eq!((middle.time_s, middle.bit_s), (Some(3.0), Some(1_396_800.0)));
    assert_eq!((middle.duplicated, middle.dropped), (Some(0), Some(3)));
    assert_eq!((last.time_s, last.speed, last.dropped), (Some(64.5), Some(1.0), Some(4)));
    assert!(report.finished);
}

#[test]
fn ffmpeg_progress_blocks() {
    let report = ffmpeg::parse(fixture!("ffmpeg/progress.txt")).expect("valid");
    let [first, last] = &report.progress[..] else { panic!("two blocks") };
    assert_eq!((first.time_s, first.size_bytes), (Some(1.0), Some(4096.0)));
    assert_eq!((first.quantiser, first.bit_s, first.dropped), (Some(28.0), None, Some(2)));
    assert_eq!((last.time_s, last.bit_s, last.speed), (None, Some(812_400.0), Some(1.0)));
    assert!(report.finished);

    let report = ffmpeg::parse(fixture!("ffmpeg/cut.txt")).expect("one block");
    assert_eq!((report.progress.len(), report.finished), (1, false));
    assert_eq!(report.notes, [Note::Truncated]);
    assert!(matches!(ffmpeg::parse(b"Conversion failed!\n"), Err(ParseError::NotThis { .. })));
}

#[test]
fn rist_intervals() {
    let report = rist::parse(fixture!("rist/log.txt")).expect("valid");
    let seqs: Vec<u64> = report.intervals.iter().map(|one| one.seq).collect();
    assert_eq!(seqs, [0, 2, 3, 4], "nobody sent in the second, the last is cut");
    let first = &report.intervals[0];
    assert_eq!((first.unix_s, first.flow_id), (Some(1_767_225_601.25), Some(77)));
    assert_eq!((first.quality, first.received, first.lost), (Some(0.995), Some(300.0), Some(1.0)));
    assert_eq!((first.recovered, first.recovered_one_retry), (Some(4.0), Some(3.0)));
    assert_eq!((first.buffer_s, first.max_spacing_s), (Some(0.25), Some(0.09)));
    assert_eq!((first.peers[0].rtt_s, first.peers[0].bit_s), (Some(0.0055), Some(3_100_000.0)));
    let wrapped: Vec<bool> = report.intervals.iter().map(|one| one.lost_wrapped).collect();
    assert_eq!(wrapped, [false, true, false, true]);
    assert_eq!(report.intervals[1].unix_s, Some(1_767_225_603.25));
    assert_eq!(report.intervals[2].lost, None, "it was NaN");
    assert!(matches!(rist::parse(b"[INFO] hi\n"), Err(ParseError::NotThis { .. })));
}

#[test]
fn tc_qdiscs() {
    let report = tc::parse(fixture!("tc/qdiscs.json")).expect("valid");
    assert_eq!(report.notes, []);
    let [idle, netem] = &report.qdiscs[..] else { panic!("two qdiscs") };
    assert_eq!((idle.kind.as_str(), idle.root, idle.netem.is_some()), ("noqueue", true, false));
    assert_eq!((netem.parent.as_deref(), netem.drops), (Some("2:1"), Some(2)));
    assert_eq!((netem.backlog_bytes, netem.queued_packets), (Some(66), Some(1)));
    let netem = netem.netem.clone().expect("its options");
    let delay = netem.delay.expect("printed");
    assert_eq!((delay.delay_s, delay.jitter_s), (0.04, Some(0.005)));
    assert_eq!(delay.correlation, Some(0.25));
    let loss = netem.loss.expect("printed");
    assert_eq!((loss.probability, loss.correlation), (0.01, None));
    assert_eq!(netem.reorder.expect("printed").correlation, Some(0.5));
    assert_eq!(netem.duplicate.expect("printed").probability, 0.02);
    assert_eq!((netem.gap, netem.limit, netem.seed), (Some(3), Some(1000), Some(42)));
    assert_eq!(netem.rate_bit_s, Some(10_000_000.0), "printed in bytes");
}

#[test]
fn tc_slots_with_a_distribution() {
    let report = tc::parse(fixture!("tc/slot-distribution.json")).expect("valid");
    let netem = report.qdiscs[0].netem.clone().expect("its options");
    let slot = netem.slot.expect("printed");
    let spread = slot.distribution.expect("printed");
    assert_eq!((spread.delay_s, spread.jitter_s), (0.0008, 0.0001));
    assert!(slot.min_delay_s > 0.0 && slot.max_delay_s > slot.min_delay_s, "no slot of no time");
    assert_eq!(netem.seed, Some(11_956_670_605_951_122_000), "exact");
    assert!(netem.ecn);
    assert_eq!(netem.unknown, Vec::<String>::new());
}

#[test]
fn tc_seeds_are_exact_however_they_are_read() {
    let listing = r#"[{"kind":"netem","options":{"limit":1000,"seed":18446744073709551615,"delay":{"delay":nan}}}]"#;
    let report = tc::parse(listing.as_bytes()).expect("readable");
    let netem = report.qdiscs[0].netem.clone().expect("its options");
    assert_eq!((netem.seed, netem.delay), (Some(u64::MAX), None));
    assert_eq!(netem.unknown, ["delay.delay"], "a delay that is not known is not none");
}

#[test]
fn tc_names_what_it_does_not_know() {
    let listing = r#"[{"kind":"netem","options":{"limit":1000,"delay":{"delay":0.004,"jitter":0,"correlation":0,"skew":1},
        "loss-markov":{"p":1},"delay":{"delay":0.1}}}]"#;
    let netem = tc::parse(listing.as_bytes()).expect("readable").qdiscs.remove(0).netem.expect("its options");
    let mut unknown = netem.unknown;
    unknown.sort_unstable();
    assert_eq!(unknown, ["delay", "delay.skew", "loss-markov"]);
}

#[test]
fn tc_text_is_refused_by_its_name() {
    let error = tc::parse(b"qdisc netem 8001: root refcnt 2 limit 1000 delay 100.0ms\n").expect_err("text");
    assert!(error.to_string().contains("tc's text") && error.to_string().contains("-j"), "{error}");
    // Before netem's options were JSON, and of kinds whose options still are not.
    let mixed = b"[{\"kind\":\"prio\",\"handle\":\"1:\",\"root\":true,\"options\":{bands 3 priomap 1 2 2}},\
        {\"kind\":\"netem\",\"handle\":\"2:\",\"parent\":\"1:3\",\"options\":{\"limit\":1000,\"gap\":0}}]";
    let report = tc::parse(mixed).expect("readable");
    assert!(report.qdiscs.iter().any(|qdisc| qdisc.netem.as_ref().is_some_and(|netem| netem.limit == Some(1000))));
}

#[test]
fn tc_oddities() {
    let report = tc::parse(fixture!("tc/noqueue-broken.json")).expect("readable");
    let kinds: Vec<_> = report.qdiscs.iter().map(|one| (one.kind.as_str(), one.dev.as_deref())).collect();
    assert!(kinds.contains(&("netem", Some("eth0"))), "{kinds:?}");
    assert!(kinds.contains(&("noqueue", Some("wg0"))), "{kinds:?}");
    assert!(report.notes.contains(&Note::Commas), "{:?}", report.notes);

    let report = tc::parse(fixture!("tc/cut.json")).expect("readable");
    assert_eq!(report.qdiscs.len(), 1, "a netem without its options is none");
    assert!(report.notes.contains(&Note::Truncated));
    let report = tc::parse(fixture!("tc/without-statistics.json")).expect("valid");
    assert_eq!((report.qdiscs[0].bytes, report.qdiscs[0].netem.clone()), (None, None));
    assert!(tc::parse(fixture!("tc/empty.json")).expect("valid").qdiscs.is_empty());
    assert!(matches!(tc::parse(fixture!("tc/error.txt")), Err(ParseError::NotThis { .. })));
}

#[test]
fn hyperfine_without_its_single_times() {
    let export = br#"{"results": [{"command": "c", "mean": 2.5, "stddev": null, "user": null, "system": nan, "exit_codes": [0, 3]}]}"#;
    let report = hyperfine::parse(export).expect("readable");
    let result = &report.results[0];
    assert_eq!((&result.times_s[..], result.mean_s, result.user_s), (&[][..], Some(2.5), None));
    assert_eq!(result.exit_codes, [Some(0), Some(3)]);
    assert!(report.notes.contains(&Note::MissingField("results.times".to_owned())), "{:?}", report.notes);
}

#[test]
fn qperf_of_several_clients() {
    let text = std::str::from_utf8(fixture!("qperf/bytes.txt")).expect("text");
    // The last one failed: the one before it measured.
    let both = format!(
        "{text}starting client with host peer, port 18081, runtime 2s, cc reno, iw 10\nfailed to resolve address:peer:18081\n"
    );
    let report = qperf::parse(both.as_bytes()).expect("one of them measured");
    assert_eq!((report.seconds.len(), report.error), (2, None));
    assert_eq!(report.notes, [Note::Doubled]);
    let mixed = format!("{text}second 0: 1 gbit/s (5 bytes received)\n");
    let report = qperf::parse(mixed.as_bytes()).expect("readable");
    assert!(report.notes.iter().any(|note| note.code() == "contradiction"), "{:?}", report.notes);
    for words in
        ["failed to resolve address:peer:18080:Name or service not known", "recvmsg failed: Connection refused"]
    {
        let error = qperf::parse(words.as_bytes()).expect_err("no measurement");
        assert_eq!(error.to_string(), format!("qperf reported no measurement: {words}"));
    }
}

#[test]
fn ffmpeg_before_the_first_packet() {
    let lines = "frame=    0 fps=0.0 q=0.0 q=31.0 size=       0KiB time=-577014:32:22.77 bitrate=  -0.0kbits/s speed=N/A    \r\
                 frame=   12 fps= 11 q=22.0 q=31.0 size=     256KiB time=00:00:00.40 bitrate=5242.9kbits/s speed=0.4x elapsed=0:00:01.00";
    let report = ffmpeg::parse(lines.as_bytes()).expect("valid");
    assert_eq!((report.progress.len(), report.notes.len()), (2, 0), "{:?}", report.notes);
    let first = &report.progress[0];
    assert_eq!((first.time_s, first.bit_s, first.speed, first.quantiser), (None, None, None, Some(0.0)));
    let last = &report.progress[1];
    assert_eq!((last.time_s, last.speed, last.quantiser), (Some(0.4), Some(0.4), Some(22.0)));
    let cut = ffmpeg::parse(&lines.as_bytes()[..lines.len() - 1]).expect("the first line is whole");
    assert_eq!((cut.progress.len(), cut.notes), (1, vec![Note::Truncated]));

    let block = "frame=0\nout_time_us=-9223372036854775808\nout_time=-2562047788:00:54.775808\nbitrate=-0.0kbits/s\nspeed=N/A\nprogress=continue\n";
    let report = ffmpeg::parse(block.as_bytes()).expect("valid");
    assert_eq!((report.progress[0].time_s, report.progress[0].bit_s), (None, None));
}

#[test]
fn ffmpeg_of_several_outputs_and_its_complaints() {
    let one = "ffmpeg version 7.1\nframe=   90 fps= 30 q=28.0 Lsize=     512KiB time=00:00:03.00 bitrate=1396.8kbits/s speed=1.01x\n";
    let two = "ffmpeg version 7.1\nframe=   30 fps= 30 q=28.0 Lsize=     100KiB time=00:00:01.00 bitrate=800.0kbits/s speed=1x\n";
    let report = ffmpeg::parse(format!("{one}{two}").as_bytes()).expect("valid");
    assert_eq!((report.progress.len(), report.progress[0].frame), (1, Some(30)));
    assert_eq!(report.notes, [Note::Doubled]);
    let failed = "ffmpeg version 7.1\n[rist @ 0x5581] Could not open peer\nError opening output file rist://h:1.\n";
    let report = ffmpeg::parse(format!("{one}{failed}").as_bytes()).expect("the first one ran");
    assert_eq!((report.progress[0].frame, report.error.is_none()), (Some(90), true));
    let error = ffmpeg::parse(failed.as_bytes()).expect_err("no progress");
    assert!(matches!(error, ParseError::NoData { .. }), "{error}");
    assert!(error.to_string().contains("Error opening output file rist://h:1."), "{error}");
    let broken = format!("{}av_interleaved_write_frame(): Broken pipe\n", one.replace("Lsize", "size"));
    let report = ffmpeg::parse(broken.as_bytes()).expect("valid");
    assert_eq!((report.finished, report.error.as_deref()), (false, Some("av_interleaved_write_frame(): Broken pipe")));
}

#[test]
fn rist_that_received_nothing_has_no_quality() {
    let log = std::str::from_utf8(fixture!("rist/log.txt")).expect("text");
    let idle =
        log.replacen("\"received\":300", "\"received\":0", 1).replacen("\"quality\":99.5", "\"quality\":100.0", 1);
    let report = rist::parse(idle.as_bytes()).expect("valid");
    assert_eq!((report.intervals[0].idle, report.intervals[0].quality), (true, None));
    assert_eq!((report.intervals[1].idle, report.intervals[1].quality), (false, Some(0.995)));
}
