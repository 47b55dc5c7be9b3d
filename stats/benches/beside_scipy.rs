//! Resampling kernels beside SciPy's vectorised ones, on the same data with the same number of resamples:
//! `cargo bench -p meshbench-stats --bench beside_scipy`.
//!
//! The two take turns, so that a machine whose speed drifts is fair to both. MESHBENCH_PYTHON names a Python that has
//! SciPy (`python3` by default); without one the benchmark says so and ends.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark that fails is to stop"
)]

use meshbench_stats::bootstrap::Bootstrap;
use meshbench_stats::permutation::mean_difference;
use meshbench_stats::sign_flip::sign_flip;
use meshbench_stats::{Confidence, Resampling, Values};
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 11;
const WARM_UP: Duration = Duration::from_millis(100);
/// Ours are fast: so many calls make one time.
const CALLS: u32 = 20;
const RESAMPLING: Resampling = Resampling { seed: 1, resamples: 9_999 };

/// Reads lines `kernel data…`, prints the version of SciPy first and then one time in seconds a line.
const PYTHON: &str = "
import json, sys, time
import numpy as np, scipy
from scipy import stats
print(scipy.__version__, flush=True)
mean = lambda x, axis: np.mean(x, axis=axis)
means = lambda *x, axis: sum(np.mean(s, axis=axis) for s in x) / len(x)
apart = lambda x, y, axis: np.mean(x, axis=axis) - np.mean(y, axis=axis)
total = lambda x, axis: np.sum(x, axis=axis)
n = 9999
def boot(data, statistic, method):
    stats.bootstrap(data, statistic, n_resamples=n, method=method, vectorized=True, rng=np.random.default_rng(1))
def permute(data, statistic, kind):
    stats.permutation_test(data, statistic, n_resamples=n, permutation_type=kind, vectorized=True, rng=np.random.default_rng(1))
run = {
    'percentile': lambda data: boot(data[:1], mean, 'percentile'),
    'bca': lambda data: boot(data[:1], mean, 'BCa'),
    'strata': lambda data: boot(data, means, 'percentile'),
    'permutation': lambda data: permute(data[:2], apart, 'independent'),
    'signs': lambda data: permute(data[:1], total, 'samples'),
}
for line in sys.stdin:
    kernel, data = line.split(' ', 1)
    data = [np.array(s) for s in json.loads(data)]
    start = time.perf_counter()
    run[kernel](data)
    print(time.perf_counter() - start, flush=True)
";

/// Some spread-out numbers about `centre`.
fn numbers(count: usize, centre: f64) -> Vec<f64> {
    (0..count).map(|i| centre + (i as f64 * 0.618_034).fract().powi(3) - 0.25).collect()
}

struct Peer {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Peer {
    fn start() -> Option<(Self, String)> {
        let python = std::env::var_os("MESHBENCH_PYTHON").unwrap_or_else(|| "python3".into());
        let mut command = Command::new(python);
        command.args(["-c", PYTHON]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        let answers = BufReader::new(child.stdout.take()?);
        let mut peer = Self { child, answers };
        let version = peer.line()?;
        Some((peer, version))
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).ok()?;
        (!line.is_empty()).then(|| line.trim().to_owned())
    }

    fn seconds(&mut self, kernel: &str, data: &[Vec<f64>]) -> f64 {
        let stdin = self.child.stdin.as_mut().expect("the peer listens");
        writeln!(stdin, "{kernel} {}", serde_json::to_string(data).unwrap()).expect("the peer lives");
        self.line().expect("the peer answers").parse().expect("a time")
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

type Kernel = (&'static str, &'static str, fn(&[Values<'_>]));

const KERNELS: [Kernel; 5] = [
    ("bootstrap of a mean, percentile", "percentile", |data| {
        black_box(Bootstrap::of_mean(data[0], RESAMPLING).unwrap().percentile(Confidence::P95));
    }),
    ("bootstrap of a mean, BCa", "bca", |data| {
        black_box(Bootstrap::of_mean(data[0], RESAMPLING).unwrap().bca(Confidence::P95));
    }),
    ("stratified bootstrap of 3 means, percentile", "strata", |data| {
        black_box(Bootstrap::of_mean_of_means(data, RESAMPLING).unwrap().percentile(Confidence::P95));
    }),
    ("permutation test of two means", "permutation", |data| {
        black_box(mean_difference(data[0], data[1], RESAMPLING));
    }),
    ("sign-flip test", "signs", |data| {
        black_box(sign_flip(data[0], RESAMPLING));
    }),
];

fn main() {
    let Some((mut peer, version)) = Peer::start() else {
        println!("no Python with SciPy (MESHBENCH_PYTHON): nothing to compare with");
        return;
    };
    // `cargo test --benches` asks whether it runs at all, not how fast.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { ROUNDS } else { 1 };
    println!("SciPy {version}, {} resamples, medians of {rounds} rounds, {} cores", RESAMPLING.resamples, cores());
    println!("{:<45} {:>4} {:>12} {:>12} {:>8}", "kernel", "n", "ours", "SciPy", "ratio");
    for (title, name, kernel) in KERNELS {
        for count in [10, 40, 100, 1000] {
            // Fewer are counted exactly by both: no resamples.
            if matches!(name, "permutation" | "signs") && count < 40 {
                continue;
            }
            let data = [numbers(count, 0.1), numbers(count, 0.15), numbers(count, 0.2)];
            let values: Vec<Values<'_>> = data.iter().map(|values| Values::new(values).unwrap()).collect();
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            // Until threads have found their cores.
            let start = Instant::now();
            while start.elapsed() < WARM_UP {
                kernel(black_box(&values));
            }
            for _ in 0..rounds {
                theirs.push(peer.seconds(name, &data));
                let start = Instant::now();
                for _ in 0..CALLS {
                    kernel(black_box(&values));
                }
                ours.push(start.elapsed().as_secs_f64() / f64::from(CALLS));
            }
            let ratio = median(theirs.iter().zip(&ours).map(|(theirs, ours)| theirs / ours).collect());
            let (ours, theirs) = (median(ours) * 1e3, median(theirs) * 1e3);
            println!("{title:<45} {count:>4} {ours:>9.3} ms {theirs:>9.3} ms {ratio:>8.1}");
        }
    }
    drop(peer.child.stdin.take());
    let _ = peer.child.wait();
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
