//! How long a campaign takes, beside a peer in the same run: `cargo bench -p meshbench-tests`.
//!
//! The peer of `collect import` is Python's `json.load` over the same files and nothing else. The two take
//! turns, so that a machine whose speed drifts is fair to both. Name the campaign's folder or archive with
//! MESHBENCH_CAMPAIGN; without one a made-up campaign serves, which is too small to tell much.

use meshbench_tests::campaign;
use meshbench_tests::program::{programs, project};
use nix::sys::resource::{UsageWho, getrusage};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const ROUNDS: usize = 11;

const PYTHON: &str = "import json, os, sys, time
start = time.perf_counter()
for folder, _, files in os.walk(sys.argv[1]):
    for name in files:
        if name.endswith('.json'):
            with open(os.path.join(folder, name)) as file:
                json.load(file)
print(time.perf_counter() - start)";

fn timed(command: &mut Command) -> f64 {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the program starts");
    assert!(status.success(), "{command:?}");
    start.elapsed().as_secs_f64()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The campaign as a folder: archives are unpacked, since the peer reads files.
fn tree(work: &Path) -> PathBuf {
    let default = project().join("../shared/data/vpn-bench-2025-12-09.tar.xz");
    let named =
        std::env::var_os("MESHBENCH_CAMPAIGN").map(PathBuf::from).or_else(|| default.exists().then_some(default));
    let target = work.join("campaign");
    match named {
        Some(path) if path.is_dir() => path,
        Some(path) => {
            let reader = liblzma::read::XzDecoder::new(std::fs::File::open(path).expect("the archive"));
            tar::Archive::new(reader).unpack(&target).expect("the archive unpacks");
            target
        }
        None => {
            println!("no MESHBENCH_CAMPAIGN: the campaign is a small made-up one");
            campaign::write(&target);
            target
        }
    }
}

fn main() {
    // `cargo test --benches` asks whether it runs at all, not how fast.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { ROUNDS } else { 1 };
    let work = tempfile::tempdir().expect("a folder");
    let tree = tree(work.path());
    let collect = programs().join("collect");
    let analyze = programs().join("analyze");
    let (mut imports, mut loads, mut reports) = (Vec::new(), Vec::new(), Vec::new());
    let mut peak = 0;
    for round in 0..rounds {
        let dataset = work.path().join(format!("ds{round}"));
        imports.push(timed(Command::new(&collect).args(["import", "vpn-bench"]).arg(&tree).arg("-o").arg(&dataset)));
        if round == 0 {
            // The largest child so far is the import: Python has not run yet. Linux counts in kB.
            peak = getrusage(UsageWho::RUSAGE_CHILDREN).map_or(0, |usage| usage.max_rss());
        }
        let output = Command::new("python3").args(["-c", PYTHON]).arg(&tree).output().expect("python3 starts");
        loads.push(String::from_utf8_lossy(&output.stdout).trim().parse().expect("python3 prints a time"));
        reports.push(timed(
            Command::new(&analyze).arg("report").arg(&dataset).arg("-o").arg(work.path().join(format!("out{round}"))),
        ));
    }
    let ratio = median(imports.iter().zip(&loads).map(|(import, load): (&f64, &f64)| import / load).collect());
    println!("rounds                         {rounds}");
    println!("collect import, whole process  {:.3} s (median), {} MB peak", median(imports), peak / 1000);
    println!("python3 json.load alone        {:.3} s (median)", median(loads));
    println!("import / json.load             {ratio:.2} (median of the rounds' ratios)");
    println!("analyze report                 {:.3} s (median)", median(reports));
}
