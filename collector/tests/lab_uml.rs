//! A whole lab inside User-Mode Linux, through the program itself: two hosts, one run of each workload.
//!
//! Needs a User-Mode Linux kernel: `MESHBENCH_UML=/path/to/linux.uml cargo test`. Without one the tests are left out,
//! or fail where none may be (`meshbench_tests::here`).

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

use meshbench_schemas::dataset::Dataset;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::words::PathTaken;
use meshbench_tests::here;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const MATRIX: &str = r#"
name = "tiny"
seed = 1
blocks = 1
hosts = 2
systems = ["wireguard"]
calibration = { count = 5, interval = "10ms" }

[profiles.impaired]
delay = "5ms"
queue_limit = 10000

[workloads.ping]
count = 10
interval = "20ms"
limit = "10s"

[workloads.tcp]
duration = "1s"
limit = "20s"
"#;

struct Lab {
    folder: tempfile::TempDir,
}

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tiny.toml"), MATRIX).unwrap();
        Self { folder }
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("ds")
    }

    fn command(&self, kernel: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_collect"));
        command.arg("lab").arg(self.folder.path().join("tiny.toml")).arg("-o").arg(self.output());
        command.arg("--uml").arg(kernel).stdin(Stdio::null());
        command
    }
}

/// The events of a journal, one JSON value a line.
fn events(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn a_tiny_matrix_becomes_a_dataset() {
    let Some(kernel) = here::kernel() else { return };
    let lab = Lab::new();
    let output = lab.command(&kernel).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("4/4"), "progress is relayed from the guest: {said}");
    let dataset = lab.output();
    for file in [
        "datapackage.json",
        "runs.parquet",
        "samples/ping/wireguard/impaired.parquet",
        "samples/tcp/wireguard/impaired.parquet",
    ] {
        assert!(dataset.join(file).is_file(), "{file}");
    }
    assert!(!dataset.with_file_name("ds.partial").exists());
    let events = events(&dataset.join("journal.jsonl"));
    let ended: Vec<_> = events.iter().filter(|event| event["event"] == "attempt-ended").collect();
    assert_eq!(ended.len(), 4);
    for attempt in ended {
        assert_eq!(attempt["results"][0]["outcome"], "ok", "{attempt}");
    }
    let runs = Dataset::open(&dataset).unwrap().runs().unwrap();
    assert!(runs.iter().all(|run| run.path == Some(PathTaken::Direct)), "{runs:?}");
    let again = lab.command(&kernel).output().unwrap();
    assert_eq!(again.status.code(), Some(2), "an existing dataset is never overwritten");
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(said.contains("exists already"), "{said}");
}

#[test]
fn a_lab_that_was_stopped_goes_on_to_the_same_end() {
    let Some(kernel) = here::kernel() else { return };
    let lab = Lab::new();
    let mut child = lab.command(&kernel).stderr(Stdio::null()).spawn().unwrap();
    let journal = lab.folder.path().join("ds.partial/journal.jsonl");
    let started = Instant::now();
    while !events(&journal).iter().any(|event| event["event"] == "attempt-started") {
        assert!(started.elapsed() < Duration::from_secs(120), "no attempt was started");
        std::thread::sleep(Duration::from_millis(100));
    }
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert_eq!(events(&journal).last().unwrap()["event"], "stopped");
    assert!(!lab.output().exists());
    let begun = events(&journal).iter().filter(|event| event["event"] == "attempt-ended").count();
    assert!((1..4).contains(&begun), "the run in flight was finished, and no other one: {begun}");
    let mut resume = Command::new(env!("CARGO_BIN_EXE_collect"));
    let output = resume.arg("resume").arg(lab.output()).arg("--uml").arg(&kernel).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let runs = Dataset::open(&lab.output()).unwrap().runs().unwrap();
    assert_eq!(runs.len(), 4);
    assert!(runs.iter().all(|run| run.outcome == Outcome::Ok), "{runs:?}");
}

/// An attempt of which nobody saw the end is a row that says so, and is made again.
#[test]
fn a_killed_lab_loses_the_attempt_in_flight_and_no_other_one() {
    let Some(kernel) = here::kernel() else { return };
    let lab = Lab::new();
    let mut child = lab.command(&kernel).stderr(Stdio::null()).spawn().unwrap();
    let journal = lab.folder.path().join("ds.partial/journal.jsonl");
    let started = Instant::now();
    while events(&journal).iter().filter(|event| event["event"] == "attempt-started").count() < 2 {
        assert!(started.elapsed() < Duration::from_secs(120), "no attempt was started");
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let output = lab.command(&kernel).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let runs = Dataset::open(&lab.output()).unwrap().runs().unwrap();
    assert_eq!(runs.iter().filter(|run| run.outcome == Outcome::Ok).count(), 4);
    let lost: Vec<_> = runs.iter().filter(|run| run.outcome != Outcome::Ok).collect();
    assert!(lost.len() <= 1 && lost.iter().all(|run| run.reason == Some(Reason::Interrupted)), "{lost:?}");
}

/// tinc with a second daemon, which ends by itself in its first life, while something is measured, and stays in its second.
fn dying() -> String {
    let tinc = include_str!("../../data/systems/tinc.toml").replace("name = \"tinc\"", "name = \"dying\"");
    let script = "if [ -e /tmp/died ]; then exec sleep 100000; fi; sleep 6; touch /tmp/died; exit 1";
    format!("{tinc}\n[[start]]\nlaunch = [\"sh\", \"-c\", \"{script}\"]\nname = \"second\"\n")
}

/// One crash costs one attempt: its retry has the system up again and the profile in force, and so have all later runs.
#[test]
fn a_daemon_that_dies_under_impairment_costs_one_attempt() {
    let Some(kernel) = here::kernel() else { return };
    if !here::programs(&["tincd"]) {
        return;
    }
    let lab = Lab::new();
    let matrix = MATRIX.replace("\"wireguard\"", "\"./dying.toml\"").replace("count = 10", "count = 100");
    std::fs::write(lab.folder.path().join("tiny.toml"), matrix).unwrap();
    std::fs::write(lab.folder.path().join("dying.toml"), dying()).unwrap();
    let output = lab.command(&kernel).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let runs = Dataset::open(&lab.output()).unwrap().runs().unwrap();
    let bad: Vec<_> = runs.iter().filter(|run| run.outcome != Outcome::Ok).collect();
    assert!(bad.len() == 1 && bad[0].reason == Some(Reason::DaemonEnded), "{runs:?}");
    assert_eq!(runs.len(), 5, "{runs:?}");
    let (died, rest): (Vec<_>, Vec<_>) = runs.iter().partition(|run| run.outcome != Outcome::Ok);
    assert!(rest.iter().any(|run| run.position == died[0].position && run.attempt == 2), "{runs:?}");
    assert!(rest.iter().any(|run| run.position > died[0].position), "something was measured after it: {runs:?}");
    // netem was there: each echo took twice the delay, and the path was the impaired one.
    let summaries = Dataset::open(&lab.output()).unwrap().summaries().unwrap();
    for run in &rest {
        assert_eq!(run.path, Some(PathTaken::Direct), "{run:?}");
        let underlay = summaries.iter().find(|row| row.run_id == run.run_id && &*row.metric == "underlay_rtt").unwrap();
        assert!(underlay.value > 0.010, "run {}: {}", run.run_id, underlay.value);
    }
}

/// What a lab lacks is told before anything is measured, and passed over by its name only.
#[test]
fn a_system_that_is_not_there_is_refused_unless_it_is_named() {
    let Some(kernel) = here::kernel() else { return };
    let lab = Lab::new();
    let matrix = MATRIX.replace("[\"wireguard\"]", "[\"internal\", \"./absent.toml\"]");
    std::fs::write(lab.folder.path().join("tiny.toml"), matrix).unwrap();
    let absent = include_str!("../../data/systems/tinc.toml").replace("name = \"tinc\"", "name = \"absent\"");
    std::fs::write(lab.folder.path().join("absent.toml"), absent.replace("tincd", "no-such-tincd")).unwrap();
    let output = lab.command(&kernel).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("system-missing") && said.contains("no-such-tincd"), "{said}");
    assert!(!lab.output().exists() && !lab.output().with_file_name("ds.partial").exists());
    let output = lab.command(&kernel).args(["--despite", "system-missing"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let runs = Dataset::open(&lab.output()).unwrap().runs().unwrap();
    assert_eq!(runs.iter().filter(|run| run.outcome == Outcome::Ok).count(), 4, "{runs:?}");
    assert!(runs.iter().filter(|run| &*run.system == "absent").all(|run| run.outcome == Outcome::Unsupported));
}

/// A system file as somebody writes it who has only read the documentation.
#[test]
fn a_system_file_is_tried() {
    let Some(kernel) = here::kernel() else { return };
    let check = |file: &str| {
        let mut check = Command::new(env!("CARGO_BIN_EXE_collect"));
        check.args(["systems", "check", file, "--uml"]).arg(&kernel).output().unwrap()
    };
    let output = check("wireguard");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("h3→h1") && said.contains("nothing was left behind"), "{said}");
    assert!(said.contains("h2→h3: direct, TCP "), "the path is judged under impairment: {said}");
}

/// What is done is shown in one line, which is no longer than the person's terminal.
#[test]
fn a_guest_knows_how_wide_the_terminal_is() {
    const SCRIPT: &str = "stty cols 61 rows 23; exec \"$COLLECT\" lab tiny.toml -o ds --uml \"$KERNEL\"";
    let Some(kernel) = here::kernel() else { return };
    let lab = Lab::new();
    let mut script = Command::new("script");
    script.args(["-qec", SCRIPT, "/dev/null"]).current_dir(lab.folder.path()).stdin(Stdio::null());
    let output = script.env("COLLECT", env!("CARGO_BIN_EXE_collect")).env("KERNEL", kernel).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    let escapes = regex::Regex::new("\u{1b}\\[[0-9;?]*[A-Za-z]").unwrap();
    let lines: Vec<String> = said.split(['\r', '\n']).map(|line| escapes.replace_all(line, "").into_owned()).collect();
    let drawn: Vec<&String> = lines.iter().filter(|line| line.starts_with("tiny ")).collect();
    assert!(drawn.iter().any(|line| line.contains("/4")), "{said}");
    assert!(drawn.iter().all(|line| line.chars().count() <= 61), "{drawn:?}");
}

/// It has an interface for each peer, and tries itself whether hosts reach each other past the data network.
#[test]
fn no_traffic_finds_a_way_around_through_the_management_network() {
    let Some(kernel) = here::kernel() else { return };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/systems/gre.toml");
    let mut check = Command::new(env!("CARGO_BIN_EXE_collect"));
    let output = check.args(["systems", "check"]).arg(file).arg("--uml").arg(&kernel).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("MTU 1476") && said.contains("nothing was left behind"), "{said}");
}

#[test]
fn a_guest_dies_with_the_process_that_started_it() {
    let Some(kernel) = here::kernel() else { return };
    let lab = Lab::new();
    let mut child = lab.command(&kernel).stderr(Stdio::null()).spawn().unwrap();
    let journal = lab.folder.path().join("ds.partial/journal.jsonl");
    let started = Instant::now();
    while events(&journal).is_empty() {
        assert!(started.elapsed() < Duration::from_secs(120), "the campaign was not started");
        std::thread::sleep(Duration::from_millis(100));
    }
    let guests = children(child.id());
    assert_eq!(guests.len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let started = Instant::now();
    while guests.iter().any(|pid| alive(*pid)) {
        assert!(started.elapsed() < Duration::from_secs(10), "the guest outlived its owner");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The processes that `parent` started, from /proc.
fn children(parent: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{parent}/task")).unwrap();
    let lists = tasks.flatten().filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect()
}

/// Whether a process exists and is no zombie.
fn alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}
