use super::super::facts::LINK_FILES;
use super::*;

fn labels(workload: Workload) -> Labels {
    let word = |text: &str| text.into();
    Labels {
        run_id: word("r"),
        system: word("internal"),
        tuning: word("default"),
        profile: word("baseline"),
        workload,
        source: word("h1"),
        target: word("h2"),
    }
}

fn read_as(workload: Workload, text: &str) -> Attempt {
    let file = LINK_FILES.iter().find(|file| file.workload == workload).unwrap();
    read(file, text.as_bytes(), |_, _| labels(workload))
}

fn value(attempt: &Attempt, metric: &str) -> Option<f64> {
    attempt.recorded.summaries.iter().find(|row| &*row.metric == metric).map(|row| row.value)
}

/// One report, as it is and with what strict readers refuse, inside a whole wrapper.
#[test]
fn a_wrapped_report_is_read_as_patiently_as_a_bare_one() {
    let report = include_str!("../../../../tests/fixtures/iperf3/tcp-bidir.json");
    let wrapped =
        |report: &str| format!(r#"{{"status": "success", "data": {report}, "meta": {{"test_attempts": 1}}}}"#);
    let plain = read_as(Workload::Tcp, &wrapped(report));
    assert_eq!(plain.recorded.verdict, Verdict::OK);
    let odd = report.replacen("\"version\"", "\"a\": -nan, \"b\": 1.5e 8, \"c\": inf, \"version\"", 1);
    assert_ne!(odd, report);
    let odd = read_as(Workload::Tcp, &wrapped(&odd));
    assert_eq!(odd.recorded.verdict, Verdict::OK);
    assert_eq!(odd.recorded.samples, plain.recorded.samples);
    assert_eq!(value(&odd, "throughput"), value(&plain, "throughput"));
    assert!(value(&odd, "throughput").is_some());
}

#[test]
fn summaries_and_exports_are_read_so_too() {
    let five = |mean: &str| {
        format!(r#"{{"min": 1.0, "average": {mean}, "max": 3.0, "percentiles": {{"p25": -nan, "p50": 2, "p75": 2}}}}"#)
    };
    let ping = format!(
        r#"{{"status": "success", "data": {{"rtt_avg_ms": {}, "packet_loss_percent": {}}}, "meta": {{}}}}"#,
        five("2.5e 0"),
        five("nan")
    );
    let ping = read_as(Workload::Ping, &ping);
    assert_eq!(value(&ping, "rtt_mean"), Some(0.001));
    let export = r#"{"status": "success", "data": {"results": [{"mean": 9.5, "stddev": nan, "user": null, "exit_codes": [0, 0]}]}, "meta": {}}"#;
    let download = read_as(Workload::Download, export);
    assert_eq!(download.recorded.verdict.outcome, Outcome::Partial, "a mean alone is less than its times");
    assert_eq!((value(&download, "download_time"), value(&download, "download_cpu_time")), (Some(9.5), None));
    let failed = read_as(Workload::Download, &export.replace("[0, 0]", "[1, 1]"));
    assert_eq!(failed.recorded.verdict.reason, Some(Reason::ToolError));
}

#[test]
fn a_download_is_whole_or_says_what_it_lacks() {
    let export = |times: &str, codes: &str, more: &str| {
        let text = format!(
            r#"{{"status": "success", "data": {{"results": [{{"mean": 9.0, "user": 1.0, "system": 0.5, "times": {times},
                "exit_codes": {codes}}}{more}]}}, "meta": {{"duration_seconds": 40}}}}"#
        );
        let mut attempt = read_as(Workload::Download, &text);
        let file = LINK_FILES.iter().find(|file| file.workload == Workload::Download).unwrap();
        attempt.refuse_impossible(file, &BTreeMap::from([("h1".to_owned(), 1.0)]));
        attempt.recorded
    };
    let partial = (Outcome::Partial, Some(Reason::RepetitionLost));
    let seen = |recorded: &Recorded| (recorded.verdict.outcome, recorded.verdict.reason);
    let whole = export("[8.0, 10.0]", "[0, 0]", "");
    assert_eq!((seen(&whole), whole.samples.len(), whole.notes), ((Outcome::Ok, None), 2, None));
    for (times, codes, kept) in
        [("[8.0, nan]", "[0, 0]", 1), ("[8.0, null]", "[0, 0]", 1), ("[8.0]", "[0, 0]", 1), ("[8.0, 10.0]", "[0]", 2)]
    {
        let recorded = export(times, codes, "");
        assert_eq!((seen(&recorded), recorded.samples.len()), (partial, kept), "{times} {codes}");
        assert!(recorded.notes.is_some(), "{times} {codes}");
    }
    let second = export("[8.0, 10.0]", "[0, 0]", r#", {"mean": 1.0, "times": [1.0]}"#);
    assert_eq!((seen(&second), second.notes.as_deref()), ((Outcome::Ok, None), Some("other-commands")));
    let other_mean = export("[8.0, 11.0]", "[0, 0]", "");
    assert_eq!((seen(&other_mean), other_mean.notes.as_deref()), ((Outcome::Ok, None), Some("contradiction")));
    // No download takes longer than the run that holds it, nor more CPU than the host has.
    let detail = |recorded: Recorded| recorded.verdict.detail.unwrap_or_default();
    assert!(detail(export("[9.0, 1e5]", "[0, 0]", "")).contains("the run as a whole holds all of its downloads"));
    let text = r#"{"results": [{"mean": 9.0, "user": 500.0, "system": 0.5, "times": [9.0]}]}"#;
    let mut busy = read_as(Workload::Download, text);
    busy.meta.duration_seconds = Some(40.0);
    let file = LINK_FILES.iter().find(|file| file.workload == Workload::Download).unwrap();
    busy.refuse_impossible(file, &BTreeMap::from([("h1".to_owned(), 4.0)]));
    assert!(detail(busy.recorded).starts_with("download_cpu_time of 500.5 s cannot be: beside the time of all cores"));
}

#[test]
fn a_status_that_contradicts_its_file_is_no_success() {
    let report = include_str!("../../../../tests/fixtures/iperf3/tcp-bidir.json");
    let read =
        |head: &str, more: &str| read_as(Workload::Tcp, &format!(r#"{{{head} "data": {report}{more}}}"#)).recorded;
    assert_eq!(read(r#""status": "SUCCESS","#, "").verdict, Verdict::OK);
    assert_eq!(read(r#""status": "success","#, r#", "error": null"#).verdict, Verdict::OK);
    let samples = read(r#""status": "success","#, "").samples.len();
    for (head, more, words) in [
        (r#""status": "success","#, r#", "error": {"stderr": "boom", "returncode": 1}"#, "`success` beside an error"),
        (r#""status": "success","#, r#", "error": "boom""#, "`success` beside an error: boom"),
        (r#""status": "done","#, "", "the status is `done`"),
        (r#""status": "ERROR","#, "", "not a word about why"),
        ("", r#", "error": "boom""#, "a result stands beside an error: boom"),
    ] {
        let recorded = read(head, more);
        assert_eq!(recorded.verdict.outcome, Outcome::Failed, "{head} {more}");
        let detail = recorded.verdict.detail.unwrap();
        assert!(detail.contains(words), "{head} {more}: {detail}");
        assert_eq!((recorded.samples.len(), recorded.summaries.len()), (samples, 0), "{head} {more}");
    }
    let twice = read(r#""status": "success", "data": {"a": 1},"#, "");
    assert_eq!((twice.verdict.reason, twice.samples.len()), (Some(Reason::UnreadableFile), 0));
    assert!(twice.verdict.detail.unwrap().contains("`data` stands twice"));
    for bare in [r#"{"status": "error"}"#, r#"{"status": "Error", "error": {}}"#, r#"{"status": "error", "error": ""}"#]
    {
        let verdict = read_as(Workload::Ping, bare).recorded.verdict;
        assert_eq!((verdict.outcome, verdict.reason), (Outcome::Failed, Some(Reason::HarnessError)), "{bare}");
        assert!(verdict.detail.unwrap().contains("not a word about why"), "{bare}");
    }
}

/// What stands in a file of another kind of transfer, or ended far too early, is not what was asked for.
#[test]
fn another_protocol_and_a_short_run_are_no_results() {
    let tcp = include_str!("../../../../tests/fixtures/iperf3/tcp-bidir.json");
    let udp = include_str!("../../../../tests/fixtures/iperf3/udp-parallel.json");
    for (workload, report, words) in [(Workload::Udp, tcp, "of TCP"), (Workload::Tcp, udp, "of UDP")] {
        let recorded = read_as(workload, &format!(r#"{{"status": "success", "data": {report}}}"#)).recorded;
        assert_eq!(recorded.verdict.reason, Some(Reason::UnreadableFile));
        assert!(recorded.verdict.detail.unwrap().contains(words));
        assert!(recorded.samples.is_empty() && recorded.summaries.is_empty());
    }
    let mut short =
        read_as(Workload::Ping, r#"{"rtt_avg_ms": {"average": 2.0}, "packet_loss_percent": {"average": 0.0}}"#);
    assert_eq!(short.recorded.verdict, Verdict::OK);
    short.meta.duration_seconds = Some(3.0);
    let file = LINK_FILES.iter().find(|file| file.workload == Workload::Ping).unwrap();
    short.refuse_impossible(file, &BTreeMap::new());
    assert_eq!(short.recorded.verdict.reason, Some(Reason::WrongDuration));
}

/// One report after a public bug: numbers that are none, and a jitter that is the difference of two clocks.
#[test]
fn a_difference_of_clocks_is_refused_wrapped_or_not() {
    let line = |seconds: u32, bytes: u32, lost: u32, packets: u32, jitter: &str| {
        format!(
            r#"{{"socket":5,"start":0,"end":{seconds},"seconds":{seconds},"bytes":{bytes},"bits_per_second":33000.0,
                "jitter_ms":{jitter},"lost_packets":{lost},"packets":{packets},"lost_percent":-nan,"sender":false}}"#
        )
    };
    let (sent, received) = (line(2, 16_500, 0, 66, "0"), line(2, 8_250, 33, 66, "6.11273e+08"));
    let report = format!(
        r#"{{"start":{{"version":"iperf 3.12","test_start":{{"protocol":"UDP","num_streams":1,"blksize":250,"duration":2,
            "reverse":1}}}},"intervals":[],"end":{{"streams":[{{"udp":{received}}}],"sum_sent":{sent},"sum_received":{received}}}}}"#
    );
    let bare = read_as(Workload::Udp, &report).recorded;
    assert_eq!((bare.verdict.outcome, bare.verdict.reason), (Outcome::Invalid, Some(Reason::ImpossibleValue)));
    for head in [r#""status":"success","#, r#""status": "SUCCESS", "meta": {"duration_seconds": 2.4},"#, ""] {
        assert_eq!(read_as(Workload::Udp, &format!(r#"{{{head}"data":{report}}}"#)).recorded, bare, "{head}");
    }
    let loss = bare.summaries.iter().find(|row| &*row.metric == "loss").map(|row| row.value);
    assert_eq!(loss, Some(0.5));
    assert!(bare.verdict.detail.unwrap().starts_with("jitter of 611273 s cannot be"));
}

#[test]
fn a_part_of_a_ring_is_read_whatever_its_neighbours_are() {
    let report = include_str!("../../../../tests/fixtures/iperf3/tcp-bidir.json");
    let of = |pairs: &str, head: &str| read_ring(format!(r#"{{{head} "data": {{"pairs": [{pairs}]}}}}"#).as_bytes());
    let good = format!(r#"{{"source": "a", "target": "b", "result": {report}}}"#);
    let success = r#""status": "success","#;
    let ring = of(&format!(r#"{good}, {{"source": 7, "result": 1}}, 12"#), success);
    let labels = labels(Workload::TcpParallel);
    let outcome =
        |ring: &Ring| read_part(&ring.parts.as_ref().unwrap()[0], &ring.meta, &labels).recorded.verdict.outcome;
    assert_eq!((outcome(&ring), ring.odd.len()), (Outcome::Ok, 2));
    let error =
        r#""error": {"stderr": "iperf3: error - the server is busy running a test. try again later", "returncode": 1}"#;
    let both = of(&format!(r#"{{"source": "a", "target": "b", {error}, "result": {report}}}"#), success);
    let both = read_part(&both.parts.unwrap()[0], &Meta::default(), &labels);
    assert_eq!((both.recorded.verdict.reason, both.recovered), (Some(Reason::ServerBusy), true));
    assert!(both.recorded.verdict.detail.unwrap().starts_with("a result stands beside an error"));
    let object = of(&format!(r#"{{"source": "a", "target": "b", {error}}}"#), success);
    let object = read_part(&object.parts.unwrap()[0], &Meta::default(), &labels);
    assert_eq!(object.recorded.verdict.reason, Some(Reason::ServerBusy));
    // The wrapper's own word counts for all.
    for head in [
        r#""status": "error", "error": "boom","#,
        r#""status": "aborted","#,
        r#""status": "success", "error": "boom","#,
    ] {
        assert!(of(&good, head).parts.is_none(), "{head}");
    }
    assert!(of(&good, r#""status": "Success","#).parts.is_some());
}
