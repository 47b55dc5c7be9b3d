//! Datasets are written whole or not at all, read back as they were, and verified for what can be wrong.

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

use meshbench_schemas::dataset::verify::verify;
use meshbench_schemas::dataset::{Dataset, DatasetError, DatasetWriter, Description};
use meshbench_schemas::manifest::{FORMAT, Origin, Producer};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::table::{Table, Timestamp};
use meshbench_schemas::tables::{Run, Sample, Summary, System};
use meshbench_schemas::words::{Direction, Slug, Workload};
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

fn run(id: &str, outcome: Outcome, reason: Option<Reason>, artifact: Option<String>) -> Run {
    Run {
        run_id: id.into(),
        block: 0,
        position: Some(3),
        attempt: 1,
        system: "tinc".into(),
        tuning: "default".into(),
        profile: "low".into(),
        workload: Workload::Tcp,
        source: "a\"; rm -rf ~ #\\write18{x}<script>".into(),
        target: "b".into(),
        ring: None,
        control: None,
        outcome,
        reason,
        detail: None,
        started_at: Some(Timestamp(1_765_296_436_270_000)),
        elapsed_s: Some(32.5),
        asked_s: Some(30.0),
        limit_s: None,
        censored_at_s: None,
        harness_attempts: Some(1),
        restart_attempts: None,
        restart_s: None,
        connectivity_wait_s: None,
        tool: Some("iperf3".into()),
        tool_version: None,
        congestion_control: None,
        settings: None,
        send_buffer_byte: None,
        receive_buffer_byte: None,
        both_directions: Some(true),
        notes: None,
        recovered: false,
        netem_delay_s: Some(0.002),
        netem_jitter_s: None,
        netem_loss: None,
        netem_reorder: None,
        netem_reorder_correlation: None,
        netem_rate_bit_s: None,
        netem: None,
        path: None,
        carrier_changes: None,
        link_state: None,
        foreign_qdisc: None,
        other_cpu: None,
        overhead_s: None,
        artifact,
        origin: None,
        campaign: None,
    }
}

fn sample(id: &str, seq: u32, value: f64) -> Sample {
    Sample {
        run_id: id.into(),
        system: "tinc".into(),
        tuning: "default".into(),
        profile: "low".into(),
        workload: Workload::Tcp,
        host: "b".into(),
        metric: "received".into(),
        direction: Some(Direction::Forward),
        stream: None,
        seq,
        t_s: Some(f64::from(seq)),
        window_s: Some(1.0),
        value,
    }
}

fn write(target: &Path, samples: Vec<Sample>) -> PathBuf {
    write_with(target, samples, None)
}

/// With a journal, and a matrix that it may tell of.
fn write_with(target: &Path, samples: Vec<Sample>, journal: Option<&str>) -> PathBuf {
    let writer = DatasetWriter::create(target).unwrap();
    if let Some(journal) = journal {
        writer.text_file("matrix.toml", "toml", "application/toml", MATRIX.as_bytes()).unwrap();
        writer.text_file("journal.jsonl", "jsonl", "application/jsonl", journal.as_bytes()).unwrap();
    }
    let artifact = writer.artifact(b"raw output").unwrap();
    writer.samples(samples).unwrap();
    let description = Description {
        name: Slug::of("Test"),
        title: None,
        licence: None,
        producer: Producer { name: "test".to_owned(), version: "0".to_owned() },
        origin: Origin::Hosts,
        seed: Some(7),
        notes: Vec::new(),
    };
    let system = System {
        system: "tinc".into(),
        label: "Tinc".to_owned(),
        version: None,
        binary_sha256: None,
        mtu_byte: Some(1400),
        address_family: None,
        note: None,
    };
    let runs =
        vec![run("r2", Outcome::Failed, Some(Reason::Refused), None), run("r1", Outcome::Ok, None, Some(artifact))];
    let summary = Summary {
        run_id: "r1".into(),
        system: "tinc".into(),
        tuning: "default".into(),
        profile: "low".into(),
        workload: Workload::Tcp,
        host: "b".into(),
        metric: "throughput".into(),
        direction: Some(Direction::Forward),
        statistic: "total".into(),
        value: 1e8,
    };
    writer.finish(description, runs, vec![summary], Vec::new(), vec![system]).unwrap()
}

fn bytes_of(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files.into_iter().map(|path| (path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap())).collect()
}

#[test]
fn what_was_written_is_read_back_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder.path().join("ds"), vec![sample("r1", 1, 2e8), sample("r1", 0, 1e8)]);
    let dataset = Dataset::open(&path).unwrap();
    let runs = dataset.runs().unwrap();
    assert_eq!(runs[0].run_id.as_ref(), "r1");
    assert_eq!(runs[1], run("r2", Outcome::Failed, Some(Reason::Refused), None));
    let rows: Vec<Sample> = dataset.sample_batches().flat_map(|batch| Sample::rows(&batch.unwrap()).unwrap()).collect();
    assert_eq!(rows, vec![sample("r1", 0, 1e8), sample("r1", 1, 2e8)]);
    let verified = verify(&path).unwrap();
    assert_eq!(verified.defects, Vec::new());
    assert_eq!((verified.runs, verified.samples, verified.summaries, verified.artifacts), (2, 2, 1, 1));
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let one = write(&folder.path().join("one"), vec![sample("r1", 0, 1.0), sample("r1", 1, 2.0)]);
    let two = write(&folder.path().join("two"), vec![sample("r1", 1, 2.0), sample("r1", 0, 1.0)]);
    assert_eq!(bytes_of(&one), bytes_of(&two));
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("ds");
    let writer = DatasetWriter::create(&target).unwrap();
    writer.artifact(b"x").unwrap();
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    write(&target, Vec::new());
    assert!(matches!(DatasetWriter::create(&target), Err(DatasetError::Exists(_))));
}

type Damage = (&'static str, fn(&Path), &'static str);

#[test]
fn every_damage_is_found() {
    let damages: &[Damage] = &[
        (
            "a changed byte",
            |ds| {
                let path = ds.join("samples/tcp/tinc/low.parquet");
                let mut bytes = fs::read(&path).unwrap();
                bytes[100] ^= 1;
                fs::write(path, bytes).unwrap();
            },
            "the manifest says",
        ),
        ("an empty Parquet file", |ds| fs::write(ds.join("runs.parquet"), b"").unwrap(), "has 0 bytes"),
        ("a missing file", |ds| fs::remove_file(ds.join("summaries.parquet")).unwrap(), "cannot be read"),
        (
            "a damaged artifact",
            |ds| {
                let (path, _) = bytes_of(&ds.join("artifacts")).remove(0);
                fs::write(ds.join("artifacts").join(path), zstd::bulk::compress(b"other", 3).unwrap()).unwrap();
            },
            "other bytes than its name",
        ),
        (
            "a wrong hash",
            |ds| {
                let path = ds.join("datapackage.json");
                let text = fs::read_to_string(&path).unwrap();
                let at = text.find("sha256:").unwrap() + 7;
                let mut bytes = text.into_bytes();
                bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
                fs::write(path, bytes).unwrap();
            },
            "the manifest says",
        ),
    ];
    for (what, damage, expected) in damages {
        let folder = tempfile::tempdir().unwrap();
        let path = write(&folder.path().join("ds"), vec![sample("r1", 0, 1.0)]);
        damage(&path);
        let defects = verify(&path).unwrap().defects;
        assert!(defects.iter().any(|(_, text)| text.contains(expected)), "{what}: {defects:?}");
    }
}

#[test]
fn rows_that_contradict_each_other_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut stray = sample("r9", 0, 1.0);
    stray.metric = "no-such-series".into();
    let path = write(&folder.path().join("ds"), vec![stray, sample("r1", 0, f64::NAN)]);
    let defects = verify(&path).unwrap().defects;
    for expected in ["run r9 is not in runs.parquet", "no series of workload tcp", "is not finite"] {
        assert!(defects.iter().any(|(_, text)| text.contains(expected)), "{expected}: {defects:?}");
    }
}

fn edit_manifest(path: &Path, from: &str, to: &str) {
    let file = path.join("datapackage.json");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_newer_format_and_a_path_outside_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder.path().join("ds"), Vec::new());
    edit_manifest(&path, "\"major\": 1", "\"major\": 99");
    let error = Dataset::open(&path).unwrap_err();
    assert!(
        matches!(error, DatasetError::NewerFormat { .. })
            && error.to_string().contains(&format!("99.{}", FORMAT.minor)),
        "{error}"
    );
    edit_manifest(&path, "\"major\": 99", "\"major\": 1");
    edit_manifest(&path, "\"path\": \"hosts.parquet\"", "\"path\": \"../hosts.parquet\"");
    assert!(matches!(Dataset::open(&path).unwrap_err(), DatasetError::PathEscapes { .. }));
    fs::write(path.join("datapackage.json"), "{\"meshbench\": 3").unwrap();
    let error = Dataset::open(&path).unwrap_err().to_string();
    assert!(error.contains("datapackage.json") && error.contains("line 1"), "{error}");
    assert!(matches!(Dataset::open(folder.path()), Err(DatasetError::NotADataset { .. })));
}

proptest! {
    #[test]
    fn any_sample_survives_a_file(values in prop::collection::vec((any::<u32>(), prop::num::f64::ANY, prop::option::of(any::<u32>()), ".*"), 0..40)) {
        let rows: Vec<Sample> = values
            .into_iter()
            .map(|(seq, value, stream, host)| Sample { stream, host: host.into(), ..sample("r1", seq, if value.is_nan() { 0.0 } else { value }) })
            .collect();
        let batch = Sample::batch(&rows).unwrap();
        prop_assert_eq!(Sample::rows(&batch).unwrap(), rows);
    }
}

const MATRIX: &str = "name = \"test\"\n";

/// A journal of the two runs that [`write`] makes.
fn journal() -> String {
    let hash = meshbench_schemas::dataset::hash::sha256_hex(MATRIX.as_bytes());
    format!(
        r#"{{"time":"2026-01-01T00:00:00Z","event":"campaign-started","campaign":"c","seed":7,"place":"hosts","version":"0","files":{{"matrix.toml":"{hash}"}}}}
{{"time":"2026-01-01T00:00:01Z","event":"attempt-started","attempt_id":"r1","position":0}}
{{"time":"2026-01-01T00:00:02Z","event":"attempt-ended","attempt_id":"r1","position":0,"results":[{{"run_id":"r1","outcome":"ok","value":1e8}}]}}
{{"time":"2026-01-01T00:00:03Z","event":"something-newer","with":[1]}}
{{"time":"2026-01-01T00:00:03Z","event":"attempt-started","attempt_id":"r2","position":1}}
{{"time":"2026-01-01T00:00:04Z","event":"attempt-ended","attempt_id":"r2","position":1,"results":[{{"run_id":"r2","outcome":"failed","reason":"refused"}}]}}
"#
    )
}

fn defects_with(journal: &str) -> (Vec<String>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = write_with(&folder.path().join("ds"), vec![sample("r1", 0, 1.0)], Some(journal));
    let verified = verify(&path).unwrap();
    (verified.defects.into_iter().map(|(file, what)| format!("{file}: {what}")).collect(), verified.notes)
}

#[test]
fn a_journal_that_tells_of_the_same_attempts_is_fine() {
    let (defects, notes) = defects_with(&journal());
    assert_eq!((defects, notes), (Vec::new(), Vec::new()));
}

#[test]
fn a_journal_that_tells_of_other_attempts_than_the_rows_is_not() {
    let ended = |id: &str, outcome: &str| {
        format!(
            r#"{{"time":"2026-01-01T00:00:09Z","event":"attempt-ended","attempt_id":"{id}","position":9,"results":[{{"run_id":"{id}","outcome":"{outcome}"}}]}}"#
        ) + "\n"
    };
    let without = |words: &str| {
        journal().lines().filter(|line| !line.contains(words)).map(|line| format!("{line}\n")).collect::<String>()
    };
    let changes = [
        ("an attempt without a row", journal() + &ended("r3", "ok"), "run r3 ended ok in the journal and has no row"),
        (
            "another outcome",
            journal().replace(r#""outcome":"ok""#, r#""outcome":"invalid","reason":"relayed""#),
            "run r1 is ok, and ended invalid (relayed)",
        ),
        (
            "another reason",
            journal().replace("refused", "unreachable"),
            "run r2 is failed (refused), and ended failed (unreachable)",
        ),
        ("a row of no attempt", without(r#""r2""#), "run r2 (failed) belongs to no attempt"),
        (
            "a result of an attempt without an end",
            without(r#"ended","attempt_id":"r1""#),
            "run r1 (ok) belongs to no attempt",
        ),
        ("an end twice", journal() + &ended("r1", "ok"), "line 7: attempt r1 ends a second time"),
        (
            "a matrix that was edited",
            journal().replace(r#""matrix.toml":""#, r#""matrix.toml":"0"#),
            "when the campaign began",
        ),
        (
            "a system file that is gone",
            journal().replace(r#""files":{"#, r#""files":{"systems/x.toml":"00","#),
            "systems/x.toml: cannot be read",
        ),
        ("a line that is none", journal() + "nonsense\n", "line 7 is no event"),
        (
            "rows that were lost after all",
            journal() + r#"{"event":"retry-asked","positions":[1],"lost":["r2"]}"# + "\n",
            "run r2 (failed) belongs to no attempt",
        ),
    ];
    for (what, journal, expected) in changes {
        let (defects, _) = defects_with(&journal);
        assert!(defects.iter().any(|defect| defect.contains(expected)), "{what}: {defects:?}");
    }
}

#[test]
fn an_older_journal_is_compared_as_far_as_it_goes_and_the_rest_is_said() {
    let older =
        journal().replace(&journal()[journal().find(r#","files""#).unwrap()..journal().find('\n').unwrap()], "}");
    let (defects, notes) = defects_with(&older);
    assert_eq!(defects, Vec::<String>::new());
    assert!(notes.len() == 1 && notes[0].contains("no hashes"), "{notes:?}");
    let folder = tempfile::tempdir().unwrap();
    let without = write(&folder.path().join("ds"), vec![sample("r1", 0, 1.0)]);
    assert!(verify(&without).unwrap().notes[0].contains("no journal"));
}

/// A campaign that was measured by an older version, with 1283 attempts, a stop and a resumption.
#[test]
fn the_journal_of_a_real_campaign_tells_of_its_rows() {
    let lab_five = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/lab-five");
    let verified = verify(&lab_five).unwrap();
    assert_eq!(verified.defects, Vec::new());
    assert_eq!(verified.attempts, 1283);
    assert!(verified.notes.len() == 1 && verified.notes[0].contains("no hashes"), "{:?}", verified.notes);
}
