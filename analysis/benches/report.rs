//! The full report of a made campaign of 308 cells, 10,000 resamples everywhere:
//! `cargo bench -p meshbench-analysis --bench report`.
//!
//! 11 systems, 4 profiles, 7 workloads, 3 links, 12 blocks; every metric that tools report, and samples. The whole
//! report, and then its parts once more alone.

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
use meshbench_analysis::options::Options;
use meshbench_analysis::run_values::{Reduction, reduce_dataset};
use meshbench_analysis::stages;
use meshbench_analysis::{comparisons, estimates, report};
use meshbench_schemas::dataset::Dataset;
use meshbench_schemas::stage::Stages;
use meshbench_schemas::words::Workload::{Download, Ping, Quic, Tcp, TcpParallel, Udp, Video};
use std::time::Instant;

const ROUNDS: usize = 5;

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    println!("{what:<30} {:>8.3} s", start.elapsed().as_secs_f64());
    done
}

fn main() {
    // `cargo test --benches` asks whether it runs at all, not how fast.
    let measuring = std::env::args().any(|argument| argument == "--bench");
    let (systems, blocks) = if measuring { (11, 12) } else { (2, 2) };
    let work = tempfile::tempdir().expect("a folder");
    let workloads = &[Ping, Tcp, Udp, TcpParallel, Quic, Video, Download];
    let shape = made::Shape { systems, workloads, blocks, samples: 500, summaries: true };
    let (folder, options) = (work.path().join("dataset"), Options::default());
    let samples = made::write(&folder, shape);
    let dataset = Dataset::open(&folder).unwrap();
    println!("{} cells, {} runs, {samples} samples", shape.cells(), shape.runs());
    for round in 0..if measuring { ROUNDS } else { 1 } {
        let out = work.path().join(format!("report{round}"));
        timed("whole report", || report::write(&dataset, &out, &options, false)).unwrap();
    }
    let (runs, summaries) = timed("runs and summaries", || (dataset.runs().unwrap(), dataset.summaries().unwrap()));
    let reduction = timed("run values", || reduce_dataset::<AnalysisError>(&dataset, &runs, &summaries)).unwrap();
    let Reduction { values, spreads, .. } = reduction;
    let estimates = timed("estimates", || estimates::estimate_with_spreads(&runs, &values, &spreads, &options));
    let comparisons = timed("comparisons", || comparisons::compare(&runs, &values, &spreads, &estimates, &options));
    let stages = Stages { run_values: values, estimates, ..comparisons };
    timed("stages as CSV and Parquet", || stages::write(&stages, &work.path().join("stages"))).unwrap();
    println!("the rest of a report is tables, figures, numbers and the page");
}
