//! `collect import vpn-bench` on a made-up campaign with one of everything, and on a real one.

use meshbench_schemas::dataset::Dataset;
use meshbench_schemas::dataset::verify::verify;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::{Direction, Workload};
use meshbench_tests::campaign::{self, HOSTILE, HOSTS};
use meshbench_tests::here;
use meshbench_tests::program::{run_in, succeed_in};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn import(folder: &Path) -> Dataset {
    campaign::write(&folder.join("campaign"));
    let ended = succeed_in(folder, "collect", &[&"import", &"vpn-bench", &"campaign", &"-o", &"ds"]);
    assert!(
        ended.stdout.contains("not used") && ended.stdout.contains("aggregate computed from the results"),
        "{}",
        ended.stdout
    );
    Dataset::open(&folder.join("ds")).unwrap()
}

fn find<'a>(runs: &'a [Run], system: &str, profile: &str, workload: Workload) -> Vec<&'a Run> {
    let mut found: Vec<&Run> =
        runs.iter().filter(|run| (&*run.system, &*run.profile, run.workload) == (system, profile, workload)).collect();
    found.sort_by_key(|run| (HOSTS.iter().position(|host| *host == &*run.source), run.attempt));
    found
}

#[test]
fn every_file_becomes_rows_or_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = import(folder.path());
    assert_eq!(verify(dataset.path()).unwrap().defects, Vec::new());
    let runs = dataset.runs().unwrap();

    let tcp = find(&runs, "tinc", "medium", Workload::Tcp);
    let seen: Vec<_> = tcp.iter().map(|run| (run.outcome, run.reason, run.attempt)).collect();
    assert_eq!(
        seen,
        [
            (Outcome::Stalled, Some(Reason::NoTraffic), 1),
            (Outcome::Failed, Some(Reason::HiddenByRetry), 1),
            (Outcome::Failed, Some(Reason::HiddenByRetry), 2),
            (Outcome::Ok, None, 3),
            (Outcome::Failed, Some(Reason::ToolError), 1),
        ]
    );
    assert_eq!(&*tcp[0].source, "ada");
    assert_eq!(&*tcp[4].source, HOSTILE);
    assert!(tcp[4].recovered, "the truncated report in the error's text still holds intervals");
    assert_eq!(tcp[0].netem_delay_s, Some(0.004));
    assert_eq!(tcp[0].netem_loss, Some(0.01));
    assert_eq!(tcp[0].netem_reorder_correlation, Some(0.5));
    assert_eq!(find(&runs, "tinc", "baseline", Workload::Tcp)[0].netem_delay_s, Some(0.0));

    let outcomes = |system, profile, workload| {
        find(&runs, system, profile, workload).iter().map(|run| (run.outcome, run.reason)).collect::<Vec<_>>()
    };
    assert_eq!(outcomes("tinc", "medium", Workload::Udp)[0], (Outcome::Censored, Some(Reason::TimeLimit)));
    assert_eq!(outcomes("tinc", "medium", Workload::Udp)[1], (Outcome::Failed, Some(Reason::HandshakeLost)));
    assert_eq!(outcomes("tinc", "medium", Workload::Ping)[0], (Outcome::Partial, Some(Reason::RepetitionLost)));
    assert_eq!(outcomes("tinc", "medium", Workload::Ping)[2], (Outcome::Skipped, Some(Reason::MissingFile)));
    assert_eq!(
        outcomes("tinc", "medium", Workload::Quic)[0],
        (Outcome::Ok, None),
        "a NaN in a file is a missing number, not a missing file"
    );
    assert_eq!(outcomes("tinc", "medium", Workload::Quic)[1], (Outcome::Failed, Some(Reason::HarnessError)));
    let video = find(&runs, "tinc", "medium", Workload::Video)[0];
    assert_eq!((video.outcome, video.notes.as_deref()), (Outcome::Ok, Some("counter-wrap")));
    assert_eq!(outcomes("tinc", "baseline", Workload::Video)[0], (Outcome::Ok, None));
    assert_eq!(
        outcomes("tinc", "medium", Workload::TcpParallel),
        [
            (Outcome::Censored, Some(Reason::TimeLimit)),
            (Outcome::Partial, Some(Reason::RingIncomplete)),
            (Outcome::Partial, Some(Reason::RingIncomplete))
        ]
    );
    assert_eq!(
        outcomes("internal", "baseline", Workload::Connect)[0],
        (Outcome::Unsupported, Some(Reason::NotApplicable))
    );
    assert_eq!(find(&runs, "tinc", "baseline", Workload::Connect).len(), 6, "every host polls every other");
    let gave_up = find(&runs, "tinc", "medium", Workload::Connect)[0];
    assert_eq!((gave_up.outcome, gave_up.censored_at_s), (Outcome::Censored, Some(300.0)));
    let download = find(&runs, "tinc", "medium", Workload::Download)[0];
    assert_eq!((download.outcome, download.limit_s), (Outcome::Censored, Some(700.0)));
    assert!((download.censored_at_s.unwrap() - 700.0 / 3.0).abs() < 1e-9, "the limit covers a warm-up and two runs");

    let summaries = dataset.summaries().unwrap();
    let first = find(&runs, "internal", "baseline", Workload::Tcp)[0];
    let value = |direction| {
        summaries
            .iter()
            .find(|row| row.run_id == first.run_id && &*row.metric == "throughput" && row.direction == Some(direction))
            .unwrap()
            .value
    };
    assert!(
        (value(Direction::Forward) / 900e6 - 1.0).abs() < 1e-9
            && (value(Direction::Reverse) / 450e6 - 1.0).abs() < 1e-9
    );
    assert!(summaries.iter().all(|row| &*row.metric != "time_to_first_byte" || row.value.is_finite()));
    let of = |run: &Run, metric: &str| {
        summaries.iter().filter(|row| row.run_id == run.run_id && &*row.metric == metric).count()
    };
    assert_eq!(of(video, "video_lost"), 1, "only the one number that the counter can hold stays");
    assert_eq!(of(video, "video_quality"), 6, "and nothing else is touched by it");
    let connected = find(&runs, "tinc", "baseline", Workload::Connect)[0];
    assert_eq!((of(connected, "underlay_time"), of(connected, "first_answer_time")), (1, 1));
    assert_eq!(dataset.hosts().unwrap().iter().filter(|host| host.fact == "cpu.cores").count(), 1);
    assert_eq!(dataset.systems().unwrap()[1].address_family.as_deref(), Some("ipv6"));
}

#[test]
fn no_credential_stays() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = import(folder.path());
    let mut open = vec![dataset.path().to_owned()];
    let mut artifacts = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let clear = if path.extension().is_some_and(|ending| ending == "zst") {
            artifacts += 1;
            zstd_decode(&bytes)
        } else {
            bytes
        };
        assert!(!clear.windows(8).any(|window| window == b"hunter22"), "{}", path.display());
    }
    assert!(artifacts > 10);
}

fn zstd_decode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    std::io::Read::read_to_end(&mut zstd::Decoder::new(bytes).unwrap(), &mut out).unwrap();
    out
}

#[test]
fn folders_that_differ_in_case_stay_apart() {
    let folder = tempfile::tempdir().unwrap();
    campaign::write(&folder.path().join("campaign"));
    campaign::write(&folder.path().join("more"));
    fs::rename(folder.path().join("more/Tinc"), folder.path().join("campaign/TINC")).unwrap();
    fs::rename(folder.path().join("campaign/TINC/medium_impairment"), folder.path().join("campaign/TINC/medium"))
        .unwrap();
    succeed_in(folder.path(), "collect", &[&"import", &"vpn-bench", &"campaign", &"-o", &"ds"]);
    let dataset = Dataset::open(&folder.path().join("ds")).unwrap();
    assert_eq!(verify(dataset.path()).unwrap().defects, Vec::new());
    assert_eq!(dataset.systems().unwrap().len(), 3);
    let profiles: std::collections::BTreeSet<String> =
        dataset.runs().unwrap().iter().map(|run| run.profile.to_string()).collect();
    assert_eq!(profiles.len(), 3, "{profiles:?}");
}

#[test]
fn what_the_harness_did_and_how_the_sockets_were_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = import(folder.path());
    let phases = dataset.phases().unwrap();
    assert_eq!(phases.len(), 4 * 6, "all of it, two phases and three operations, of two systems under two profiles");
    let deploy = phases.iter().find(|row| {
        (&*row.system, row.profile.as_deref(), row.operation.as_deref())
            == ("tinc", Some("medium"), Some("deploy_vpn_machines"))
    });
    let deploy = deploy.unwrap();
    assert_eq!(
        (deploy.elapsed_s, deploy.succeeded, deploy.phase.as_deref()),
        (Some(49.9), Some(true), Some("vpn_installation"))
    );
    let runs = dataset.runs().unwrap();
    let tcp = find(&runs, "internal", "baseline", Workload::Tcp)[0];
    assert_eq!((tcp.send_buffer_byte, tcp.receive_buffer_byte), (Some(16_384), Some(131_072)));
    let summaries = dataset.summaries().unwrap();
    let value = |metric: &str, direction| {
        let row =
            summaries.iter().find(|row| (&row.run_id, &*row.metric, row.direction) == (&tcp.run_id, metric, direction));
        row.map(|row| row.value)
    };
    let sent = 900e6 / 8.0 * 10.5;
    let forward = Some(Direction::Forward);
    assert_eq!(value("bytes_sent", forward), Some(sent));
    assert_eq!(value("bytes_received", Some(Direction::Reverse)), Some(sent / 2.0));
    assert_eq!(value("retransmit_share", forward), Some(3.0 / (sent / 1348.0 + 3.0)));
    assert_eq!((value("cpu_source_user", None), value("cpu_target_system", None)), (Some(0.025), Some(0.08)));
    let download = find(&runs, "internal", "baseline", Workload::Download)[0];
    let user = summaries.iter().find(|row| row.run_id == download.run_id && &*row.metric == "download_user_time");
    assert_eq!(user.map(|row| row.value), Some(1.0));
    let facts = dataset.hosts().unwrap();
    let of = |host: &str, fact: &str| {
        facts.iter().find(|row| (&*row.host, row.fact.as_str()) == (host, fact)).map(|row| row.value.as_str())
    };
    assert_eq!((of("ada", "cpu.governor"), of("bob", "cpu.governor")), (None, Some("performance")));
    assert_eq!(of("ada", "network_interfaces.eth0.kind"), of("bob", "network_interfaces.eth0.kind"));
    assert!(dataset.manifest().meshbench.notes.iter().any(|note| note.contains("ada cpu.governor")));
    let checked = run_in(folder.path(), "analyze", &[&"check", &"ds", &"--fail-on", &"never"]);
    assert!(!checked.stdout.contains("network_interfaces"), "{}", checked.stdout);
    let asked = succeed_in(
        folder.path(),
        "analyze",
        &[
            &"query",
            &"ds",
            &"SELECT sum(elapsed_s) AS s FROM phases WHERE operation = 'run_tests'",
            &"--format",
            &"csv",
        ],
    );
    assert_eq!(asked.stdout.lines().nth(1), Some("9271.2"));
}

/// The same campaign with other socket buffers: whatever changed may be due to them.
#[test]
fn tuned_sockets_are_another_factor() {
    let folder = tempfile::tempdir().unwrap();
    import(folder.path());
    let tuned = folder.path().join("tuned");
    campaign::write(&tuned);
    for path in tree_bytes(&tuned).keys().filter(|path| path.ends_with("_iperf3.json")) {
        let path = tuned.join(path);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(
            &path,
            text.replace("16384", "4194304").replace("\"rcvbuf_actual\": 131072", "\"rcvbuf_actual\": 8388608"),
        )
        .unwrap();
    }
    succeed_in(
        folder.path(),
        "collect",
        &[&"import", &"vpn-bench", &"tuned", &"-o", &"ds-tuned", &"--tuning", &"tuned"],
    );
    let compared = run_in(
        folder.path(),
        "analyze",
        &[&"compare", &"ds", &"ds-tuned", &"--old-tuning", &"default", &"--new-tuning", &"tuned"],
    );
    for words in
        ["send buffer of the socket", "16384 byte", "4194304 byte", "receive buffer of the socket", "8388608 byte"]
    {
        assert!(compared.stdout.contains(words), "{words}: {}{}", compared.stdout, compared.stderr);
    }
    let same = run_in(folder.path(), "analyze", &[&"compare", &"ds", &"ds"]);
    // It is among what was compared, and not among what differs.
    assert!(!same.stdout.contains("16384 byte"), "{}", same.stdout);
}

fn tree_bytes(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            files.insert(path.strip_prefix(root).unwrap().display().to_string(), fs::read(&path).unwrap());
        }
    }
    files
}

#[test]
fn folder_and_archives_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = import(folder.path());
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_dir_all("campaign", folder.path().join("campaign")).unwrap();
    let tar = builder.into_inner().unwrap();
    fs::write(folder.path().join("campaign.tar"), &tar).unwrap();
    let mut packed = liblzma::write::XzEncoder::new(Vec::new(), 1);
    std::io::Write::write_all(&mut packed, &tar).unwrap();
    fs::write(folder.path().join("campaign.tar.xz"), packed.finish().unwrap()).unwrap();
    let expected = tree_bytes(dataset.path());
    for (archive, out) in [("campaign.tar", "ds-tar"), ("campaign.tar.xz", "ds-xz")] {
        succeed_in(folder.path(), "collect", &[&"import", &"vpn-bench", &archive, &"-o", &out]);
        assert_eq!(tree_bytes(&folder.path().join(out)), expected, "{archive}");
    }
    let again = run_in(folder.path(), "collect", &[&"import", &"vpn-bench", &"campaign", &"-o", &"ds"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("already exists"), "{}", again.stderr);
}

/// Every number of the receiver's totals of a real campaign, read a second time by other code.
#[test]
fn a_real_campaign_agrees_with_a_second_reading() {
    let Some(archive) = here::campaign() else { return };
    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "collect", &[&"import", &"vpn-bench", &archive, &"-o", &"ds"]);
    let dataset = Dataset::open(&folder.path().join("ds")).unwrap();
    assert_eq!(verify(dataset.path()).unwrap().defects, Vec::new());
    let runs = dataset.runs().unwrap();
    let by_origin: BTreeMap<&str, &Run> = runs.iter().filter_map(|run| Some((run.origin.as_deref()?, run))).collect();
    let summaries: BTreeMap<(&str, &str, Option<Direction>), f64> = BTreeMap::new();
    let all = dataset.summaries().unwrap();
    let summaries = all.iter().filter(|row| &*row.statistic == "total" || &*row.statistic == "mean").fold(
        summaries,
        |mut map, row| {
            map.insert((&row.run_id, &row.metric, row.direction), row.value);
            map
        },
    );
    let reader = liblzma::read::XzDecoder::new(fs::File::open(&archive).unwrap());
    let mut compared = 0;
    for entry in tar::Archive::new(reader).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        let path = path.trim_start_matches("./").to_owned();
        let Some(run) = by_origin.get(path.as_str()) else { continue };
        let Ok(value) = serde_json::from_reader::<_, Value>(&mut entry) else { continue };
        for (key, metric, direction) in [
            ("/data/end/sum_received/bits_per_second", "throughput", Some(Direction::Forward)),
            ("/data/end/sum_received_bidir_reverse/bits_per_second", "throughput", Some(Direction::Reverse)),
            ("/data/end/sum_sent/bits_per_second", "offered", Some(Direction::Forward)),
            ("/data/rtt_avg_ms/average", "rtt_mean", None),
            ("/data/total_bandwidth_mbps/average", "throughput_mean", None),
        ] {
            let Some(expected) = value.pointer(key).and_then(Value::as_f64) else { continue };
            let scale = match metric {
                "rtt_mean" => 1e-3,
                "throughput_mean" => 1e6,
                _ => 1.0,
            };
            let found = summaries[&(&*run.run_id, metric, direction)];
            assert!(
                (found - expected * scale).abs() <= 1e-9 * (expected * scale).abs(),
                "{path} {metric}: {found} is not {expected}"
            );
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared} numbers were compared");
}
