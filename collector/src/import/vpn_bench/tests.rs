//! Small trees with one odd thing each: every one of them is told, and costs nothing beside it.

use super::*;
use meshbench_schemas::dataset::Dataset;
use meshbench_schemas::outcome::Reason;
use meshbench_schemas::tables::{Run, Summary};
use std::fs;

const RING: [&str; 3] = ["lom", "yuki", "luna"];
const REPORT: &str = include_str!("../../../tests/fixtures/iperf3/tcp-bidir.json");

/// A tree of one system under one profile: the files given, as paths within its folder, and the layout.
fn tree(profile: &str, files: &[(String, String)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let system = folder.path().join("tree/Tinc");
    let hosts: Vec<String> = RING.iter().map(|host| format!(r#"{{"cmachine": {{"name": "{host}"}}}}"#)).collect();
    fs::create_dir_all(system.join(profile)).unwrap();
    fs::write(system.join("layout.json"), format!("[{}]", hosts.join(","))).unwrap();
    for (path, text) in files {
        let path = system.join(profile).join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

struct Seen {
    imported: Imported,
    runs: Vec<Run>,
    summaries: Vec<Summary>,
}

impl Seen {
    fn of(profile: &str, files: &[(String, String)]) -> Self {
        let folder = tree(profile, files);
        let options = Options {
            input: folder.path().join("tree"),
            output: folder.path().join("ds"),
            name: None,
            tuning: Slug::of("default"),
            licence: None,
            max_unpacked: 1 << 20,
        };
        let imported = import(&options).unwrap();
        let dataset = Dataset::open(&options.output).unwrap();
        Self { imported, runs: dataset.runs().unwrap(), summaries: dataset.summaries().unwrap() }
    }

    /// The links of a workload, in order.
    fn links(&self, workload: Workload) -> Vec<String> {
        let runs = self.runs.iter().filter(|run| run.workload == workload);
        let mut links: Vec<String> = runs.map(|run| format!("{} {}", run.source, run.target)).collect();
        links.sort();
        links
    }

    fn run(&self, workload: Workload, source: &str, target: &str) -> &Run {
        let is = |run: &&Run| (run.workload, &*run.source, &*run.target) == (workload, source, target);
        self.runs.iter().find(is).unwrap()
    }

    fn value(&self, run: &Run, metric: &str) -> Option<f64> {
        let of = |row: &&Summary| row.run_id == run.run_id && &*row.metric == metric;
        self.summaries.iter().find(of).map(|row| row.value)
    }
}

fn next(host: &str) -> &'static str {
    RING[(RING.iter().position(|other| *other == host).unwrap() + 1) % 3]
}

fn wrapped(source: &str, target: &str, data: &str) -> String {
    format!(
        r#"{{"status": "success", "data": {data}, "meta": {{"duration_seconds": 70, "source": "{source}", "target": "{target}"}}}}"#
    )
}

const FIVE: &str = r#"{"min": 1.0, "average": 2.0, "max": 3.0, "percentiles": {"p25": 1.5, "p50": 2, "p75": 2.5}}"#;

/// The file of each kind that is of one link, with data that is good.
fn good(name: &str) -> String {
    match name {
        "ping.json" => format!(r#"{{"rtt_avg_ms": {FIVE}, "packet_loss_percent": {{"average": 0.0, "max": 0.0}}}}"#),
        "qperf.json" => format!(r#"{{"total_bandwidth_mbps": {FIVE}}}"#),
        "rist_stream.json" => format!(r#"{{"encoding": {{"fps": {FIVE}, "bitrate_kbps": {FIVE}}}}}"#),
        "nix_cache.json" => r#"{"results": [{"mean": 9.0, "times": [8.0, 10.0], "exit_codes": [0, 0]}]}"#.to_owned(),
        _ => REPORT.to_owned(),
    }
}

/// Files of one name for all links, the first of them with another link in its meta.
fn with_meta(name: &str, source: &str, target: &str) -> Vec<(String, String)> {
    let of = |(number, host): (usize, &&str)| {
        let meta = if number == 0 { (source, target) } else { (*host, next(host)) };
        (format!("{number}_{host}/{name}"), wrapped(meta.0, meta.1, &good(name)))
    };
    RING.iter().enumerate().map(of).collect()
}

const LINKS: [&str; 3] = ["lom yuki", "luna lom", "yuki luna"];

#[test]
fn a_file_of_no_link_is_refused_on_the_link_of_its_folder() {
    for file in facts::LINK_FILES.iter().filter(|file| file.workload != Workload::Udp) {
        for (source, target, words) in [
            ("lom", "lom", "the source itself, which is no link"),
            ("lom", "mars", "no host of the layout"),
            ("luna", "lom", "its folder is of `lom`"),
            ("mars", "yuki", "`meta.source` is `mars`"),
        ] {
            let seen = Seen::of("baseline", &with_meta(file.name, source, target));
            assert_eq!(seen.links(file.workload), LINKS, "{} {source} {target}", file.name);
            let run = seen.run(file.workload, "lom", "yuki");
            assert_eq!((run.outcome, run.reason), (Outcome::Failed, Some(Reason::UnreadableFile)), "{}", file.name);
            assert!(run.detail.as_deref().unwrap().contains(words), "{:?}", run.detail);
            assert!(!seen.summaries.iter().any(|row| row.run_id == run.run_id));
            assert_eq!(seen.run(file.workload, "yuki", "luna").outcome, Outcome::Ok, "{}", file.name);
        }
        let seen = Seen::of("baseline", &with_meta(file.name, "lom", "yuki"));
        assert!(seen.runs.iter().all(|run| run.outcome == Outcome::Ok), "{}", file.name);
    }
    // Another link is one, and the expected one lacks its result.
    let seen = Seen::of("baseline", &with_meta("ping.json", "lom", "luna"));
    assert_eq!(seen.links(Workload::Ping), ["lom luna", "lom yuki", "luna lom", "yuki luna"]);
    let lacking = seen.run(Workload::Ping, "lom", "yuki");
    assert_eq!((lacking.outcome, lacking.reason), (Outcome::Skipped, Some(Reason::NoData)));
}

#[test]
fn folders_and_peers_of_strangers_are_named_and_count_for_nothing() {
    let mut files = with_meta("ping.json", "lom", "yuki");
    files.push(("3_mars/ping.json".to_owned(), wrapped("mars", "lom", &good("ping.json"))));
    let answer = |host: &str| {
        format!(
            r#""vpn.{host}": {{"response": "{host}", "time_took": "0:00:01.5", "attempt": 1, "status": "success"}}"#
        )
    };
    let hosts = ["lom", "yuki", "luna", "mars"].map(answer).join(", ");
    files.push(("0_lom/connection_timings.json".to_owned(), format!(r#"{{"vpn_results": {{{hosts}}}}}"#)));
    let seen = Seen::of("baseline", &files);
    assert_eq!(seen.links(Workload::Ping), LINKS);
    assert!(
        seen.imported.unused.iter().any(|(path, why)| path.contains("mars") && why.contains("no host of the layout"))
    );
    assert!(!seen.links(Workload::Connect).iter().any(|link| link == "lom lom" || link.contains("mars")));
    assert_eq!(seen.run(Workload::Connect, "lom", "luna").outcome, Outcome::Ok);
    for words in ["the peer `lom` is the host itself", "the peer `mars` is no host of the layout"] {
        assert!(seen.imported.notes.iter().any(|note| note.contains(words)), "{words}");
    }
}

#[test]
fn an_entry_of_no_link_makes_no_ring_larger() {
    let entry =
        |source: &str, target: &str| format!(r#"{{"source": "{source}", "target": "{target}", "result": {REPORT}}}"#);
    for (source, target) in [("lom", "lom"), ("lom", "mars"), ("lom", "luna")] {
        let pairs = [entry(source, target), entry("yuki", "luna"), entry("luna", "lom")].join(",");
        let text = format!(r#"{{"status": "success", "data": {{"pairs": [{pairs}]}}, "meta": {{}}}}"#);
        let seen = Seen::of("baseline", &[(facts::PARALLEL_FILE.name.to_owned(), text)]);
        assert_eq!(seen.links(Workload::TcpParallel), LINKS, "{source} {target}");
        let run = seen.run(Workload::TcpParallel, "lom", "yuki");
        assert_eq!((run.outcome, run.reason), (Outcome::Failed, Some(Reason::UnreadableFile)));
        assert!(run.detail.as_deref().unwrap().contains("of no link of the ring"), "{:?}", run.detail);
        let other = seen.run(Workload::TcpParallel, "yuki", "luna");
        assert_eq!(other.outcome, Outcome::Partial);
        assert!(other.detail.as_deref().unwrap().starts_with("2 of 3 links"), "{:?}", other.detail);
        assert!(seen.imported.notes.iter().any(|note| note.contains(&format!("from `{source}` to `{target}`"))));
    }
}

/// Ten times the time is a tenth of the throughput.
#[test]
fn a_total_longer_than_its_run_is_invalid() {
    let mut report: serde_json::Value = serde_json::from_str(REPORT).unwrap();
    report["end"]["sum_received"]["seconds"] = 300.0.into();
    let files = [("0_lom/tcp_iperf3.json".to_owned(), wrapped("lom", "yuki", &report.to_string()))];
    let seen = Seen::of("baseline", &files);
    let run = seen.run(Workload::Tcp, "lom", "yuki");
    assert_eq!((run.outcome, run.reason), (Outcome::Invalid, Some(Reason::ImpossibleValue)));
    assert!(run.detail.as_deref().unwrap().starts_with("transfer_time of 300 s cannot be"), "{:?}", run.detail);
    let forward = |row: &&Summary| row.direction == Some(meshbench_schemas::words::Direction::Forward);
    let left: Vec<&str> = seen.summaries.iter().filter(forward).map(|row| &*row.metric).collect();
    assert!(left.contains(&"offered") && !left.contains(&"throughput"), "{left:?}");
}

#[test]
fn an_impairment_that_nothing_tells_is_unknown() {
    for (profile, unknown) in
        [("medium_impairment", true), ("baseline", false), ("no_impairment", false), ("weird", true)]
    {
        let seen = Seen::of(profile, &with_meta("ping.json", "lom", "yuki"));
        let noted = seen.runs.iter().all(|run| run.notes.as_deref() == Some("impairment-unknown"));
        assert_eq!(noted, unknown, "{profile}");
        assert_eq!(seen.imported.notes.iter().any(|note| note.contains("no `tc_settings.json`")), unknown, "{profile}");
    }
}

#[test]
fn a_bare_network_that_answered_was_there() {
    let answer = r#"{"response": "yuki", "time_took": "0:00:01.5", "attempt": 1, "status": "success"}"#;
    let file = |public: &str| {
        let text = format!(
            r#"{{"public_ips": {{"v4.yuki": 1, "v4.luna": 2}}, "public_results": {{{public}}}, "vpn_ips": {{"vpn.yuki": 1, "vpn.luna": 1}}}}"#
        );
        let seen = Seen::of("baseline", &[("0_lom/connection_timings.json".to_owned(), text)]);
        seen.run(Workload::Connect, "lom", "yuki").detail.clone().unwrap()
    };
    assert_eq!(file(&format!(r#""v4.yuki": {answer}"#)), "no result for this peer");
    assert!(file("").contains("the bare network was not there before"));
    assert!(file(r#""v4.yuki": {"status": "timeout"}"#).contains("the bare network was not there before"));
}

#[test]
fn a_mean_without_its_times_is_no_whole_download() {
    for times in [r#""times": [null, null],"#, r#""times": [],"#, ""] {
        let data = format!(r#"{{"results": [{{"mean": 9.0, {times} "exit_codes": [0, 0]}}]}}"#);
        let seen = Seen::of("baseline", &[("0_lom/nix_cache.json".to_owned(), wrapped("lom", "yuki", &data))]);
        let run = seen.run(Workload::Download, "lom", "yuki");
        assert_eq!((run.outcome, run.reason), (Outcome::Partial, Some(Reason::RepetitionLost)), "{times}");
        assert_eq!(seen.value(run, "download_time"), Some(9.0));
    }
}

/// What was noted about the first link of a file with this text.
fn first(name: &str, text: &str) -> (Run, Vec<Summary>) {
    let seen = Seen::of("baseline", &[(format!("0_lom/{name}"), text.to_owned())]);
    let run = seen.runs.iter().find(|run| (&*run.source, &*run.target) == ("lom", "yuki")).unwrap().clone();
    (run, seen.summaries)
}

fn has_note(run: &Run, code: &str) -> bool {
    run.notes.as_deref().unwrap_or_default().split(' ').any(|note| note == code)
}

#[test]
fn a_key_that_stands_twice_with_different_values_is_noted_everywhere() {
    for (name, key) in [
        ("ping.json", "\"rtt_avg_ms\":"),
        ("ping.json", "\"average\":"),
        ("qperf.json", "\"total_bandwidth_mbps\":"),
        ("rist_stream.json", "\"fps\":"),
        ("rist_stream.json", "\"encoding\":"),
        ("nix_cache.json", "\"times\":"),
    ] {
        let twice = good(name).replacen(key, &format!("{key} [7], {key}"), 1);
        for text in [wrapped("lom", "yuki", &twice), twice] {
            let (run, _) = first(name, &text);
            assert!(has_note(&run, "duplicate-key"), "{name} {key} {:?} {:?}", run.notes, run.detail);
        }
        let (run, _) = first(name, &wrapped("lom", "yuki", &good(name)));
        assert_eq!(run.notes, None, "{name}");
    }
    let answer = r#"{"response": "yuki", "time_took": "0:00:01.5", "attempt": 1, "status": "success"}"#;
    for results in [
        format!(r#""vpn_results": {{}}, "vpn_results": {{"vpn.yuki": {answer}}}"#),
        format!(r#""vpn_results": {{"vpn.yuki": {}, "vpn.yuki": {answer}}}"#, answer.replace("01.5", "09.5")),
    ] {
        let (run, _) = first("connection_timings.json", &format!("{{{results}}}"));
        assert!(run.outcome == Outcome::Ok && has_note(&run, "duplicate-key"), "{results} {:?}", run.notes);
    }
    let meta = wrapped("lom", "yuki", &good("ping.json"));
    let (run, _) =
        first("ping.json", &meta.replace("\"duration_seconds\"", "\"duration_seconds\": 99, \"duration_seconds\""));
    assert!(run.outcome == Outcome::Ok && has_note(&run, "duplicate-key"));
    let (run, _) = first("ping.json", &meta.replace("\"source\"", "\"source\": \"luna\", \"source\""));
    assert_eq!(run.reason, Some(Reason::UnreadableFile));
    assert!(run.detail.unwrap().contains("`source` stands twice"));
}

/// A plus sign is lost, or a line was wrapped before it.
#[test]
fn an_exponent_with_a_blank_is_read_wherever_it_stands() {
    for (name, metric, expected) in [
        ("ping.json", "rtt_mean", 0.052),
        ("qperf.json", "throughput_mean", 52e6),
        ("rist_stream.json", "frame_rate", 52.0),
        ("nix_cache.json", "download_cpu_time", 52.0),
        ("tcp_iperf3.json", "cpu_source", 0.52),
    ] {
        let (number, key) = match name {
            "nix_cache.json" => ("{X}", "\"mean\":"),
            "tcp_iperf3.json" => ("{X}", "\"host_total\":"),
            _ => ("{X}", "\"average\": 2.0"),
        };
        for odd in ["5.2e +01", "5.2e 01", "5.2E+ 1", "5.2e + 1"] {
            let value = number.replace("{X}", odd);
            let data = match name {
                "nix_cache.json" => good(name).replace(key, &format!("\"user\": {value}, \"system\": 0, {key}")),
                "tcp_iperf3.json" => good(name).replacen(key, &format!("{key} {value}, \"was\":"), 1),
                _ => good(name)
                    .replacen(key, &format!("\"average\": {value}"), 1)
                    .replace("\"max\": 3.0", "\"max\": 60.0"),
            };
            for text in [wrapped("lom", "yuki", &data), data.clone()] {
                let (run, summaries) = first(name, &text);
                let of_it = summaries.iter().filter(|row| &*row.metric == metric).map(|row| row.value);
                let found: Vec<f64> = of_it.collect();
                let near = |value: &f64| (value - expected).abs() <= 1e-9 * expected;
                assert!(found.iter().any(near), "{name} {odd}: {found:?} {:?} {:?}", run.outcome, run.detail);
                assert!(has_note(&run, "blank-in-number"), "{name} {odd}: {:?}", run.notes);
            }
        }
    }
    let timings = r#"{"vpn_results": {"vpn.yuki": {"response": "yuki", "time_took": "0:00:01.5", "attempt": 1.0e +00, "status": "success"}}}"#;
    let (run, _) = first("connection_timings.json", timings);
    assert!(run.outcome == Outcome::Ok && has_note(&run, "blank-in-number"), "{:?}", run.detail);
    let phases =
        r#"{"phases": [{"phase": "install", "duration_seconds": 8.1e +01}, {"phase": "run", "duration_seconds": 7}]}"#;
    let files =
        [("timing_breakdown.json".to_owned(), phases.to_owned()), ("0_lom/ping.json".to_owned(), good("ping.json"))];
    assert_eq!(Seen::of("baseline", &files).imported.phases, 3);
    let twice = phases.replace("8.1e +01", "5, \"duration_seconds\": 6");
    let files = [("timing_breakdown.json".to_owned(), twice), ("0_lom/ping.json".to_owned(), good("ping.json"))];
    let seen = Seen::of("baseline", &files);
    assert!(
        seen.imported.unused.iter().any(|(_, why)| why.contains("`duration_seconds` twice")),
        "{:?}",
        seen.imported.unused
    );
}

#[test]
fn what_stands_behind_a_result_is_told() {
    for file in facts::LINK_FILES.iter().filter(|file| file.workload != Workload::Udp) {
        let own = wrapped("lom", "yuki", &good(file.name));
        let (run, _) = first(file.name, &format!("{own}\nTraceback [most recent call last]:\n"));
        assert!(run.outcome == Outcome::Ok && has_note(&run, "text-after"), "{} {:?}", file.name, run.notes);
        let (run, _) = first(file.name, &format!("{own}\n{own}"));
        assert!(run.outcome == Outcome::Ok && has_note(&run, "doubled"), "{} {:?}", file.name, run.notes);
        for error in [r#"{"status": "error", "error": {"msg": "boom"}}"#, r#"{"error": "boom"}"#] {
            let (run, summaries) = first(file.name, &format!("{own}\n{error}"));
            assert_eq!((run.outcome, summaries.len()), (Outcome::Failed, 0), "{} {error}", file.name);
            assert!(run.detail.as_deref().unwrap().contains("boom") && has_note(&run, "doubled"), "{run:?}");
        }
        let (run, _) = first(file.name, &format!("{}\n{own}", r#"{"status": "error", "error": {"msg": "boom"}}"#));
        assert!(run.outcome == Outcome::Ok && has_note(&run, "doubled"), "{} {:?}", file.name, run.detail);
    }
    let (run, _) = first("ping.json", &format!("{}\nTraceback\n", good("ping.json")));
    assert!(run.outcome == Outcome::Ok && has_note(&run, "text-after"), "{:?}", run.notes);
}

#[test]
fn an_error_of_the_tool_itself_counts_in_any_form() {
    for (error, reason) in [
        (r#"{"code": 1, "msg": "unable to connect to server: Connection refused"}"#, Reason::Refused),
        (r#"["the server is busy running a test"]"#, Reason::ServerBusy),
        ("7", Reason::ToolError),
    ] {
        let report = REPORT.replacen('{', &format!("{{\"error\": {error},"), 1);
        for text in [wrapped("lom", "yuki", &report), report] {
            let (run, summaries) = first("tcp_iperf3.json", &text);
            assert_eq!((run.outcome, run.reason), (Outcome::Failed, Some(reason)), "{error}");
            assert!(summaries.iter().all(|row| &*row.metric != "throughput"));
        }
    }
    let report = REPORT.replacen('{', "{\"error\": {},", 1);
    assert_eq!(first("tcp_iperf3.json", &wrapped("lom", "yuki", &report)).0.outcome, Outcome::Ok);
}

#[test]
fn a_time_to_connect_that_cannot_be_is_none() {
    let file = |took: &str, response: &str| {
        format!(
            r#"{{"started": "2025-12-09T21:40:10+00:00", "vpn_ips": {{"vpn.luna": 1}}, "vpn_results": {{"vpn.yuki": {{"response": "{response}", "time_took": "{took}",
                "ended": "2025-12-09T21:40:15.5+00:00", "attempt": 4, "status": "success"}}}}}}"#
        )
    };
    assert_eq!(first("connection_timings.json", &file("0:00:05.500000", "yuki")).0.outcome, Outcome::Ok);
    for (took, response, words) in [
        ("0:00:00", "yuki", "no answer takes no time"),
        ("9:00:00", "yuki", "from `started` to `ended` it is 5.5"),
        ("0:00:05.5", "luna", "`luna` answered in place of `yuki`"),
        ("40000 days, 0:00:00", "yuki", "no run takes so long"),
    ] {
        let (run, summaries) = first("connection_timings.json", &file(took, response));
        assert_eq!((run.outcome, run.reason), (Outcome::Invalid, Some(Reason::ImpossibleValue)), "{took}");
        assert!(run.detail.as_deref().unwrap().contains(words), "{:?}", run.detail);
        assert!(!summaries.iter().any(|row| &*row.metric == "connect_time"), "{took}");
    }
}
