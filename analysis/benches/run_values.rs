//! From samples to run values, beside DuckDB's `GROUP BY` over the same Parquet files:
//! `cargo bench -p meshbench-analysis --bench run_values`.
//!
//! Each side runs in a process of its own, two threads each, and the two take turns. DuckDB computes what run values
//! are made of; it does not look for rows out of order, and gives no standard deviation, autocorrelation or
//! warm-up, which ours do. MESHBENCH_PYTHON names a Python that has DuckDB (`python3` by default); without one the
//! benchmark says so. MESHBENCH_SAMPLES sets the numbers of samples, separated by spaces; the dataset stands in
//! the folder for temporary files meanwhile: 15 bytes a sample.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark that fails is to stop"
)]

mod made;

use meshbench_analysis::error::AnalysisError;
use meshbench_analysis::run_values::reduce_dataset;
use meshbench_schemas::dataset::Dataset;
use meshbench_schemas::words::Workload;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const ROUNDS: usize = 5;
/// Runs of every dataset, so that only the samples grow: 10 systems, 4 profiles, 3 workloads, 3 links.
const BLOCKS: u32 = 12;

/// Prints seconds and the peak of memory in kB.
const PYTHON: &str = "
import sys, time, resource, duckdb
con = duckdb.connect(config={'threads': 2})
con.execute('SET enable_progress_bar = false')
start = time.perf_counter()
con.execute('CREATE TEMP TABLE run_values AS ' + sys.argv[1])
seconds = time.perf_counter() - start
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, duckdb.__version__)
";

fn query(dataset: &Path) -> String {
    format!(
        "SELECT run_id, metric, direction, count(*) AS samples, \
         sum(value * window_s) / sum(window_s) AS rate, sum(value) AS total, avg(value) AS mean, \
         min(value) AS low, max(value) AS high, \
         quantile_cont(value, [0.5, 0.95, 0.99]) FILTER (metric IN ('echo_rtt', 'smoothed_rtt')) AS quantiles \
         FROM read_parquet('{}/samples/*/*/*.parquet') \
         WHERE metric IN ('received', 'sent', 'retransmitted', 'smoothed_rtt', 'echo_lost', 'echo_rtt', 'command_time') \
         GROUP BY run_id, metric, direction",
        dataset.display()
    )
}

/// Seconds and peak of memory in MB, from the first two words that a process prints.
fn measured(command: &mut Command) -> Option<(f64, f64, String)> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut words = text.split_whitespace();
    let (seconds, peak) = (words.next()?.parse().ok()?, words.next()?.parse::<f64>().ok()?);
    Some((seconds, peak / 1024.0, words.next().unwrap_or_default().to_owned()))
}

/// What the child of this benchmark does: reads the dataset, and says how long it took.
fn reduce(dataset: &Path) {
    let start = Instant::now();
    let dataset = Dataset::open(dataset).unwrap();
    let (runs, summaries) = (dataset.runs().unwrap(), dataset.summaries().unwrap());
    let reduction = reduce_dataset::<AnalysisError>(&dataset, &runs, &summaries).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("{seconds} {} {}", peak.trim().trim_end_matches(" kB"), reduction.values.len());
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    if let Some(dataset) = std::env::var_os("MESHBENCH_REDUCE") {
        return reduce(Path::new(&dataset));
    }
    // `cargo test --benches` asks whether it runs at all, not how fast.
    let measuring = std::env::args().any(|argument| argument == "--bench");
    let default = if measuring { "1000000 10000000" } else { "100000" };
    let counts = std::env::var("MESHBENCH_SAMPLES").unwrap_or_else(|_| default.to_owned());
    let python = std::env::var_os("MESHBENCH_PYTHON").unwrap_or_else(|| "python3".into());
    let work = tempfile::tempdir().expect("a folder");
    println!("{:>11} {:>14} {:>14} {:>7} {:>10} {:>10}", "samples", "ours", "DuckDB", "ratio", "ours", "DuckDB");
    for count in counts.split_whitespace().map(|count| count.parse::<usize>().expect("a number of samples")) {
        let workloads = &[Workload::Ping, Workload::Tcp, Workload::Udp];
        let mut shape = made::Shape { systems: 10, workloads, blocks: BLOCKS, samples: 0, summaries: false };
        shape.samples = count.div_ceil(shape.runs());
        let dataset = work.path().join(count.to_string());
        let samples = made::write(&dataset, shape);
        let (mut ours, mut theirs, mut peaks, mut ratios) = (Vec::new(), Vec::new(), (0.0f64, 0.0f64), Vec::new());
        for _ in 0..if measuring { ROUNDS } else { 1 } {
            let mut own = Command::new(std::env::current_exe().unwrap());
            own.env("MESHBENCH_REDUCE", &dataset).env("RAYON_NUM_THREADS", "2");
            let (seconds, peak, _) = measured(&mut own).expect("the child reduces");
            ours.push(seconds);
            peaks.0 = peaks.0.max(peak);
            if let Some((peer, peak, _)) = measured(Command::new(&python).args(["-c", PYTHON, &query(&dataset)])) {
                theirs.push(peer);
                peaks.1 = peaks.1.max(peak);
                ratios.push(seconds / peer);
            }
        }
        let ours = median(ours);
        if theirs.is_empty() {
            println!("{samples:>11} {ours:>12.3} s no Python with DuckDB (MESHBENCH_PYTHON) {:>7.0} MB", peaks.0);
        } else {
            let (theirs, ratio) = (median(theirs), median(ratios));
            println!(
                "{samples:>11} {ours:>12.3} s {theirs:>12.3} s {ratio:>7.2} {:>7.0} MB {:>7.0} MB",
                peaks.0, peaks.1
            );
        }
        std::fs::remove_dir_all(&dataset).expect("the dataset goes");
    }
}
