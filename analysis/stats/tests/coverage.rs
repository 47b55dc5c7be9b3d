//! Intervals cover what they say: simulation with a fixed seed, and exact sums where they are possible.

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

use meshbench_stats::order_statistic::median_interval;
use meshbench_stats::t_interval::{geometric_mean_t, mean_t};
use meshbench_stats::wilson::{clopper_pearson, wilson};
use meshbench_stats::{Confidence, Interval, Values, autocorrelation};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const ROUNDS: usize = 20_000;

struct Chance(ChaCha8Rng);

impl Chance {
    fn new() -> Self {
        Self(ChaCha8Rng::seed_from_u64(20_251_209))
    }

    /// In (0, 1).
    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Share of `ROUNDS` samples of `n` whose interval holds the truth.
    fn coverage(
        &mut self,
        n: usize,
        truth: f64,
        draw: impl Fn(&mut Self) -> f64,
        of: impl Fn(Values<'_>) -> Option<Interval>,
    ) -> f64 {
        let mut hits = 0;
        for _ in 0..ROUNDS {
            let sample: Vec<f64> = (0..n).map(|_| draw(self)).collect();
            let interval = of(Values::new(&sample).unwrap()).unwrap();
            hits += usize::from(interval.low <= truth && truth <= interval.high);
        }
        hits as f64 / ROUNDS as f64
    }
}

/// Four standard errors of a simulated share near 95 %.
const TOLERANCE: f64 = 0.0062;

#[test]
fn t_covers_for_normal_values_at_every_n() {
    let mut chance = Chance::new();
    for n in [2, 3, 5, 15] {
        let covered = chance.coverage(n, 7.0, |c| 7.0 + 2.0 * c.normal(), |v| mean_t(v, Confidence::P95).interval);
        assert!((covered - 0.95).abs() < TOLERANCE, "n = {n}: {covered}");
    }
}

#[test]
fn t_on_logs_covers_the_geometric_mean_and_plain_t_under_covers_the_mean_of_skewed_values() {
    let mut chance = Chance::new();
    let logs = chance.coverage(5, 1.0, |c| c.normal().exp(), |v| geometric_mean_t(v, Confidence::P95)?.interval);
    assert!((logs - 0.95).abs() < TOLERANCE, "{logs}");
    let plain = chance.coverage(5, 0.5f64.exp(), |c| c.normal().exp(), |v| mean_t(v, Confidence::P95).interval);
    assert!(plain < 0.90, "the documented weakness of t: {plain}");
}

#[test]
fn order_statistics_cover_exactly_what_they_claim_whatever_the_shape() {
    let mut chance = Chance::new();
    for n in [6, 9, 20] {
        let claimed =
            median_interval(Values::new(&vec![1.0; n]).unwrap(), Confidence::P95).interval.unwrap().confidence;
        let median = std::f64::consts::LN_2;
        let covered =
            chance.coverage(n, median, |c| -c.uniform().ln(), |v| median_interval(v, Confidence::P95).interval);
        assert!(claimed >= 0.95 && (covered - claimed).abs() < TOLERANCE, "n = {n}: {covered}, claims {claimed}");
    }
}

/// Exact coverage of a share's interval at one p: the binomial probability of all counts whose interval holds it.
fn share_coverage(n: u64, p: f64, of: impl Fn(u64, u64) -> Interval) -> f64 {
    let mut probability = (1.0 - p).powi(n as i32);
    let mut covered = 0.0;
    for k in 0..=n {
        let interval = of(k, n);
        if interval.low <= p && p <= interval.high {
            covered += probability;
        }
        probability *= (n - k) as f64 / (k + 1) as f64 * p / (1.0 - p);
    }
    covered
}

#[test]
fn wilson_covers_on_average_and_clopper_pearson_always() {
    for n in [3, 10, 27, 90] {
        let grid: Vec<f64> = (1..400).map(|i| f64::from(i) / 400.0).collect();
        let mean =
            grid.iter().map(|&p| share_coverage(n, p, |k, n| wilson(k, n, Confidence::P95).unwrap())).sum::<f64>()
                / 399.0;
        assert!((0.945..0.965).contains(&mean), "Wilson, n = {n}: {mean}");
        let worst = grid.iter().map(|&p| share_coverage(n, p, |k, n| clopper_pearson(k, n, Confidence::P95).unwrap()));
        let worst = worst.fold(1.0, f64::min);
        assert!(worst >= 0.95, "Clopper-Pearson, n = {n}: {worst}");
    }
}

#[test]
fn wilson_covers_in_a_simulation_too() {
    let mut chance = Chance::new();
    let mut hits = 0;
    for _ in 0..ROUNDS {
        let p = chance.uniform();
        let k = (0..27).filter(|_| chance.uniform() < p).count() as u64;
        let interval = wilson(k, 27, Confidence::P95).unwrap();
        hits += usize::from(interval.low <= p && p <= interval.high);
    }
    let covered = hits as f64 / ROUNDS as f64;
    assert!((0.945..0.965).contains(&covered), "{covered}");
}

#[test]
fn effective_samples_repair_the_interval_of_a_correlated_mean() {
    let mut chance = Chance::new();
    let (mut naive, mut repaired) = (0, 0);
    let rounds = 4000;
    for _ in 0..rounds {
        let mut x = chance.normal() / (1.0f64 - 0.25).sqrt();
        let sample: Vec<f64> = (0..200)
            .map(|_| {
                x = 0.5 * x + chance.normal();
                x
            })
            .collect();
        let values = Values::new(&sample).unwrap();
        let moments = meshbench_stats::summary::moments(values);
        let effective = autocorrelation::effective_count(200, autocorrelation::lag1(values).unwrap());
        let half = |n: f64| 1.96 * moments.standard_deviation.unwrap() / n.sqrt();
        naive += usize::from(moments.mean.abs() <= half(200.0));
        repaired += usize::from(moments.mean.abs() <= half(effective));
    }
    let share = |hits: usize| hits as f64 / f64::from(rounds);
    assert!(share(naive) < 0.80 && share(repaired) > 0.925, "{} {}", share(naive), share(repaired));
}
