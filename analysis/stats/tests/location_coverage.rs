//! Tests reject a true hypothesis no more often than they say, and intervals cover: simulation with a fixed seed.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

use meshbench_stats::brunner_munzel::brunner_munzel;
use meshbench_stats::mann_whitney::{hodges_lehmann_shift, mann_whitney};
use meshbench_stats::permutation::mean_difference;
use meshbench_stats::sign_flip::sign_flip;
use meshbench_stats::signed_rank::{hodges_lehmann, wilcoxon};
use meshbench_stats::{Confidence, Interval, Resampling, Values, equivalence, superiority, welch};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

const ROUNDS: u64 = 4000;

/// Four standard errors of a simulated share near 5 %.
const TOLERANCE: f64 = 0.0138;

fn normal(chance: &mut ChaCha8Rng) -> f64 {
    let mut uniform = || ((chance.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
}

/// Share of the rounds in which something holds of n values around `centre` and m around 0.
fn share(
    (n, m): (usize, usize),
    (centre, spread): (f64, f64),
    holds: impl Fn(Values<'_>, Values<'_>) -> bool + Sync,
) -> f64 {
    let round = |seed: u64| {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let x: Vec<f64> = (0..n).map(|_| centre + spread * normal(&mut chance)).collect();
        let y: Vec<f64> = (0..m).map(|_| normal(&mut chance)).collect();
        holds(Values::new(&x).unwrap(), Values::new(&y).unwrap())
    };
    (0..ROUNDS).into_par_iter().filter(|&seed| round(seed)).count() as f64 / ROUNDS as f64
}

fn holds(interval: Option<Interval>, truth: f64) -> bool {
    interval.is_some_and(|i| i.low <= truth && truth <= i.high)
}

#[test]
fn tests_of_a_true_hypothesis_reject_at_their_level() {
    let drawn = Resampling::default();
    // The most that the counted distributions allow of 5 %, multiples of 2/2⁸ and 2/C(11, 5):
    // P(V ≤ 3) = 5/2⁸, P(U ≤ 3) = 7/462.
    let paired = share((8, 1), (0.0, 1.0), |x, _| sign_flip(x, drawn).value <= 0.05);
    assert!((paired - 12.0 / 256.0).abs() < TOLERANCE, "sign flips: {paired}");
    let ranks = share((8, 1), (0.0, 1.0), |x, _| wilcoxon(x).unwrap().value <= 0.05);
    assert!((ranks - 10.0 / 256.0).abs() < TOLERANCE, "signed ranks: {ranks}");
    let means = share((5, 6), (0.0, 1.0), |x, y| mean_difference(x, y, drawn).value <= 0.05);
    assert!((means - 0.05).abs() < TOLERANCE, "means: {means}");
    let ranks = share((5, 6), (0.0, 1.0), |x, y| mann_whitney(x, y, drawn).value <= 0.05);
    assert!((ranks - 14.0 / 462.0).abs() < TOLERANCE, "Mann-Whitney: {ranks}");
    let t = share((5, 9), (0.0, 3.0), |x, y| {
        welch::difference(x, y, Confidence::P95).unwrap().test.unwrap().p.value <= 0.05
    });
    assert!((t - 0.05).abs() < TOLERANCE, "Welch: {t}");
    let bm = share((12, 12), (0.0, 3.0), |x, y| {
        brunner_munzel(x, y, Confidence::P95).is_none_or(|found| found.p.value <= 0.05)
    });
    assert!((0.03..0.08).contains(&bm), "Brunner-Munzel: {bm}");
}

#[test]
fn equivalence_on_the_edge_of_the_margin_is_claimed_at_most_at_its_level() {
    let t = share((8, 8), (2.0, 1.0), |x, y| equivalence::welch(x, y, -2.0, 2.0).unwrap().value <= 0.05);
    assert!((t - 0.05).abs() < TOLERANCE, "Welch: {t}");
    let ranks = share((10, 1), (2.0, 1.0), |x, _| equivalence::signed_rank(x, -2.0, 2.0).unwrap().value <= 0.05);
    assert!(ranks > 0.02 && ranks < 0.05 + TOLERANCE, "signed ranks: {ranks}");
}

#[test]
fn hodges_lehmann_intervals_cover_exactly_what_they_claim() {
    for n in [6, 11] {
        let one: Vec<f64> = (0..n).map(f64::from).collect();
        let claimed = hodges_lehmann(Values::new(&one).unwrap(), Confidence::P95).interval.unwrap().confidence;
        let of = |x: Values<'_>| hodges_lehmann(x, Confidence::P95).interval;
        let covered = share((one.len(), 1), (3.0, 1.0), |x, _| holds(of(x), 3.0));
        assert!(claimed >= 0.95 && (covered - claimed).abs() < TOLERANCE, "n = {n}: {covered}, claims {claimed}");
    }
    for (n, m) in [(4, 4), (5, 9)] {
        let of = |x: Values<'_>, y: Values<'_>| hodges_lehmann_shift(x, y, Confidence::P95).unwrap().interval;
        let (a, b): (Vec<f64>, Vec<f64>) = ((0..n).map(f64::from).collect(), (0..m).map(f64::from).collect());
        let claimed = of(Values::new(&a).unwrap(), Values::new(&b).unwrap()).unwrap().confidence;
        let covered = share((a.len(), b.len()), (3.0, 1.0), |x, y| holds(of(x, y), 3.0));
        assert!(claimed >= 0.95 && (covered - claimed).abs() < TOLERANCE, "{n}, {m}: {covered}, claims {claimed}");
    }
}

#[test]
fn the_interval_of_superiority_covers_as_documented() {
    let interval = |x: Values<'_>, y: Values<'_>| superiority::unpaired(x, y, Confidence::P95).interval;
    for (n, m) in [(5, 5), (5, 10), (10, 10), (30, 30)] {
        for shift in [0.0, 1.0, 2.0, 3.0] {
            let truth = Normal::standard().cdf(shift / 2f64.sqrt());
            let covered = share((n, m), (shift, 1.0), |x, y| holds(interval(x, y), truth));
            assert!((0.95 - TOLERANCE..0.985).contains(&covered), "{n}, {m}, {shift}: {covered}");
            let truth = Normal::standard().cdf(shift * 5f64.sqrt() / 10f64.sqrt());
            let covered = share((n, m), (shift * 5f64.sqrt(), 3.0), |x, y| holds(interval(x, y), truth));
            assert!(covered > 0.89 - TOLERANCE, "{n}, {m}, {shift}, unequal spreads: {covered}");
        }
    }
}
