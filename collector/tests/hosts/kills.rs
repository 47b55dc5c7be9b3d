//! A campaign on hosts while things are killed at random: nothing is lost but the attempt in flight, nothing is counted
//! twice, and the hosts are as before.
//!
//! `MESHBENCH_KILLS` says how many kills (6 by default), `MESHBENCH_KILL_SEED` at which moments.

use super::made::{Hosts, block_on, collect, eventually, kill, netem, possible};
use meshbench_collector::agent::differences;
use meshbench_collector::campaign::State;
use meshbench_collector::campaign::journal::{self, Event};
use meshbench_collector::host::on_all;
use meshbench_collector::matrix::Matrix;
use meshbench_collector::plan::plan_block;
use meshbench_schemas::dataset::Dataset;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_tests::here;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A small matrix with everything that changes a host: a VPN, a tuning, impairment where the kernel has it.
fn matrix(hosts: &Hosts, blocks: u32) -> String {
    let impaired = if netem(hosts) { "medium = \"medium\"\n" } else { "" };
    format!(
        "name = \"kills\"\nseed = 7\nblocks = {blocks}\nsystems = [\"internal\", \"tinc\"]\ncontrols = false\nattempts = 10\n\
         {}\n[tunings.default]\n[tunings.reordering]\nsysctls = {{ \"net.ipv4.tcp_max_reordering\" = \"77\" }}\n\
         [profiles]\nbaseline = {{}}\n{impaired}\n[workloads.ping]\ncount = 20\ninterval = \"10ms\"\n\
         [workloads.tcp]\nduration = \"1s\"\n",
        hosts.matrix()
    )
}

fn start(hosts: &Hosts) -> Child {
    let log = File::options().append(true).create(true).open(hosts.path("log")).unwrap();
    Command::new(collect())
        .args(["run", "kills.toml", "-o", "ds", "--ssh-config", "ssh_config", "--known-hosts", "known_hosts"])
        .current_dir(hosts.folder.path())
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn fingerprints(hosts: &Hosts) -> Vec<BTreeMap<String, String>> {
    let mut roads = hosts.roads.clone();
    roads.access.program = Some(collect());
    block_on(async {
        let connected = roads.connect().await.unwrap();
        let facts = on_all(&connected, |_, host| host.fingerprint()).await.unwrap();
        for host in connected {
            host.release().await.unwrap();
        }
        facts
    })
}

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn nothing_is_lost_or_counted_twice_whatever_is_killed() {
    if !possible() || !here::programs(&["tincd"]) {
        return;
    }
    let kills = variable("MESHBENCH_KILLS", 6);
    let mut random = ChaCha8Rng::seed_from_u64(variable("MESHBENCH_KILL_SEED", 1));
    let hosts = Hosts::make(3);
    // Enough work that the kills meet something.
    let blocks = u32::try_from(kills / 25 + 1).unwrap();
    let text = matrix(&hosts, blocks);
    std::fs::write(hosts.path("kills.toml"), &text).unwrap();
    let before = fingerprints(&hosts);
    let journal = hosts.path("ds.partial");
    let mut controller = start(&hosts);
    let mut done = 0;
    let mut killed: BTreeMap<&str, u32> = BTreeMap::new();
    let limit = Instant::now() + Duration::from_secs(120 + 20 * kills);
    while done < kills && Instant::now() < limit {
        std::thread::sleep(Duration::from_millis(random.random_range(50..6000)));
        if let Some(status) = controller.try_wait().unwrap() {
            if hosts.path("ds").exists() {
                break;
            }
            // What is killed while it connects for the first time looks like a mistake to it, not like an accident.
            eprintln!("the controller ended with {status}: {}", tail(&hosts.path("log")));
            controller = start(&hosts);
        }
        let host = random.random_range(0..3_usize);
        let (what, victims) = match random.random_range(0..5_u32) {
            0 | 1 => ("controller", vec![controller.id()]),
            2 => ("agent", hosts.processes(host, "agent --lease")),
            3 => ("guardian", hosts.processes(host, "meshbench-guardian")),
            _ => ("sshd", hosts.processes(host, "sshd")),
        };
        for victim in &victims {
            kill(*victim);
        }
        if victims.is_empty() {
            continue;
        }
        *killed.entry(what).or_default() += 1;
        done += 1;
        if what == "controller" {
            controller.wait().unwrap();
            controller = start(&hosts);
        }
    }
    eventually("the campaign ends", Duration::from_secs(300 + 10 * kills), || {
        // It gives up where hosts do not come back in time, and is started again, as by a person.
        if let Some(status) = controller.try_wait().unwrap() {
            if hosts.path("ds").exists() {
                return true;
            }
            eprintln!("the controller ended with {status}: {}", tail(&hosts.path("log")));
            controller = start(&hosts);
        }
        false
    });
    eprintln!("killed {killed:?}");
    assert!(done >= kills.min(6), "the campaign was over before anything was killed: {killed:?}");
    assert!(!journal.exists());
    whole(&hosts.path("ds"), &text);
    let after = fingerprints(&hosts);
    for ((index, before), after) in before.iter().enumerate().zip(&after) {
        assert_eq!(differences(before, after), Vec::<String>::new(), "h{}", index + 1);
        assert!(hosts.processes(index, "tincd").is_empty());
    }
}

fn tail(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().rev().take(5).collect::<Vec<_>>().join(" | ")
}

/// Every planned run has its result, every attempt its row and its end, and nothing is there twice.
fn whole(dataset: &Path, matrix: &str) {
    let dataset_read = Dataset::open(dataset).unwrap();
    let runs = dataset_read.runs().unwrap();
    let ids: BTreeSet<&str> = runs.iter().map(|run| &*run.run_id).collect();
    assert_eq!(ids.len(), runs.len(), "an attempt is there twice");
    let lines = journal::read(dataset).unwrap();
    let (mut started, mut ended) = (Vec::new(), Vec::new());
    for line in &lines {
        match &line.event {
            Event::AttemptStarted { attempt_id, .. } => started.push(attempt_id.clone()),
            Event::AttemptEnded { attempt_id, .. } => ended.push(attempt_id.clone()),
            _ => {}
        }
    }
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    let (started, ended) = (sorted(started), sorted(ended));
    assert_eq!(started, ended, "every attempt that was started has exactly one end");
    assert_eq!(started.iter().map(String::as_str).collect::<BTreeSet<_>>(), ids, "every attempt has its row");
    let state = State::of(&lines);
    let find = |reference: &str| meshbench_collector::system::SystemFile::load(reference, None);
    let matrix = Matrix::parse("kills.toml", matrix, &find).unwrap();
    for run in (0..matrix.blocks.minimum).flat_map(|block| plan_block(&matrix, matrix.seed, block)) {
        let rows: Vec<_> = runs.iter().filter(|row| row.position == Some(run.position)).collect();
        let good = rows.iter().filter(|row| row.outcome == Outcome::Ok).count();
        let known = state.runs[&run.position].is_done(matrix.attempts.get());
        let told: Vec<_> = rows.iter().map(|row| (row.outcome, row.reason, row.detail.clone())).collect();
        let gave_up = rows.iter().any(|row| row.reason == Some(Reason::GaveUp));
        assert!(known && (good == 1 || gave_up), "run {}: {told:?}", run.position);
    }
}
