//! Time of the resampling kernels: `cargo bench -p meshbench-stats`.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark that fails is to stop")]

use criterion::{Criterion, criterion_group, criterion_main};
use meshbench_stats::bootstrap::Bootstrap;
use meshbench_stats::rank_bootstrap::{Centre, RankBootstrap};
use meshbench_stats::{Better, Blocks, Confidence, Resampling, Values};
use std::hint::black_box;

const RESAMPLING: Resampling = Resampling { seed: 1, resamples: 9_999 };

/// Some spread-out positive numbers.
fn numbers(count: usize, start: f64) -> Vec<f64> {
    (0..count).map(|i| start + (i as f64 * 0.618_034).fract().powi(3)).collect()
}

fn bootstrap(criterion: &mut Criterion) {
    let data = [numbers(30, 1.0), numbers(30, 2.0), numbers(30, 3.0)];
    let strata: Vec<Values<'_>> = data.iter().map(|values| Values::new(values).unwrap()).collect();
    let one = strata.first().copied().unwrap();
    let mut group = criterion.benchmark_group("bootstrap, 9999 resamples");
    group.bench_function("mean of 30, percentile", |bench| {
        bench.iter(|| Bootstrap::of_mean(black_box(one), RESAMPLING).unwrap().percentile(Confidence::P95))
    });
    group.bench_function("mean of 30, BCa", |bench| {
        bench.iter(|| Bootstrap::of_mean(black_box(one), RESAMPLING).unwrap().bca(Confidence::P95))
    });
    group.bench_function("mean of means of 3 × 30, percentile", |bench| {
        bench.iter(|| Bootstrap::of_mean_of_means(black_box(&strata), RESAMPLING).unwrap().percentile(Confidence::P95))
    });
    group.bench_function("mean of means of 3 × 30, BCa", |bench| {
        bench.iter(|| Bootstrap::of_mean_of_means(black_box(&strata), RESAMPLING).unwrap().bca(Confidence::P95))
    });
    group.bench_function("median of 30, percentile", |bench| {
        bench.iter(|| Bootstrap::of_median(black_box(one), RESAMPLING).unwrap().percentile(Confidence::P95))
    });
    group.finish();
}

fn ranks(criterion: &mut Criterion) {
    let rows: Vec<Vec<f64>> = (0..10).map(|block| numbers(11, block as f64)).collect();
    let blocks = Blocks::new(&rows).unwrap();
    criterion.bench_function("ranks of 11 systems in 10 blocks, 9999 resamples", |bench| {
        bench.iter(|| RankBootstrap::new(black_box(&blocks), Centre::Mean, Better::Higher, RESAMPLING).unwrap().first())
    });
}

criterion_group!(benches, bootstrap, ranks);
criterion_main!(benches);
