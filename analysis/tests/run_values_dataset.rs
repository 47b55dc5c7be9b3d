//! Run values of a dataset on disk: the same as of its batches one after another, whatever the number of threads.

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

#[path = "../benches/made.rs"]
mod made;

use meshbench_analysis::error::AnalysisError;
use meshbench_analysis::run_values::{Reduction, reduce_dataset, reduce_with_spreads};
use meshbench_schemas::dataset::Dataset;
use meshbench_schemas::words::Workload::{Ping, Tcp, Udp};
use std::path::Path;

fn made(folder: &Path) -> Dataset {
    let shape = made::Shape { systems: 2, workloads: &[Ping, Tcp, Udp], blocks: 2, samples: 900, summaries: true };
    made::write(folder, shape);
    Dataset::open(folder).unwrap()
}

fn reduced(dataset: &Dataset) -> Result<Reduction, AnalysisError> {
    reduce_dataset(dataset, &dataset.runs()?, &dataset.summaries()?)
}

#[test]
fn files_on_several_threads_give_what_batches_in_order_give() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = made(&folder.path().join("dataset"));
    let (runs, summaries) = (dataset.runs().unwrap(), dataset.summaries().unwrap());
    let batches = dataset.sample_batches().map(|batch| batch.map_err(AnalysisError::from));
    let expected = reduce_with_spreads(&runs, batches, &summaries).unwrap();
    assert!(expected.values.iter().any(|value| value.samples.is_some_and(|count| count > 200)));
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(|| reduced(&dataset)).unwrap() == expected, "{threads} threads");
    }
}

#[test]
fn a_series_in_two_files_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = made(&folder.path().join("dataset"));
    let files = dataset.sample_files();
    std::fs::copy(&files[0], &files[1]).unwrap();
    let message = reduced(&dataset).unwrap_err().to_string();
    assert!(message.contains("not in one piece"), "{message}");
}
