//! Components, plans and diagnoses are right as often as they say: simulation with fixed seeds. Intervals, tests and ranks
//! are in `simulation.rs`.

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

use meshbench_stats::drift::drift;
use meshbench_stats::outliers::{Place, places};
use meshbench_stats::rank::{Better, Ranks};
use meshbench_stats::variance_components::components;
use meshbench_stats::{Blocks, Confidence, Resampling, Values, dip, power, rank_intervals, t_interval};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

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

    fn sample(&mut self, n: usize, draw: impl Fn(&mut Self) -> f64) -> Vec<f64> {
        (0..n).map(|_| draw(self)).collect()
    }
}

/// Share of rounds for which `hit` is true.
fn share(rounds: u64, mut hit: impl FnMut(u64) -> bool) -> f64 {
    (0..rounds).filter(|&round| hit(round)).count() as f64 / rounds as f64
}

#[test]
fn far_systems_are_told_apart() {
    let mut chance = Chance::new();
    let found = share(300, |_| {
        let rows: Vec<Vec<f64>> =
            (0..10).map(|_| (0..4).map(|i| f64::from(i) * 4.0 + chance.normal()).collect()).collect();
        let ranks = rank_intervals::paired_t(&Blocks::new(&rows).unwrap(), Better::Lower, Confidence::P95);
        ranks.iter().enumerate().all(|(i, found)| *found == Ranks { best: i + 1, worst: i + 1 })
    });
    assert!(found > 0.95, "{found}");
}

#[test]
fn components_are_right_on_average() {
    let mut chance = Chance::new();
    let (mut blocks, mut rest, mut links) = (0.0, 0.0, 0.0);
    let rounds = 3000;
    for _ in 0..rounds {
        let rows: Vec<Vec<f64>> = (0..6)
            .map(|_| {
                let shared = 2.0 * chance.normal();
                [0.0, 5.0, 10.0].iter().map(|link| link + shared + chance.normal() + 0.5 * chance.normal()).collect()
            })
            .collect();
        let within = Blocks::new(&[[0.25; 3]; 6]).unwrap();
        let found = components(&Blocks::new(&rows).unwrap(), Some(&within)).unwrap();
        // Unclamped ones, which are unbiased.
        blocks += (found.mean_squares.blocks - found.mean_squares.residual.unwrap()) / 3.0;
        rest += found.link_by_block.unwrap().variance;
        links += found.between_links.unwrap().variance;
    }
    let mean = |total: f64| total / f64::from(rounds);
    assert!((mean(blocks) - 4.0).abs() < 0.2, "{}", mean(blocks));
    assert!((mean(rest) - 1.0).abs() < 0.05, "{}", mean(rest));
    assert!((mean(links) - 25.0).abs() < 0.3, "{}", mean(links));
}

#[test]
fn planned_power_and_width_come_true() {
    let mut chance = Chance::new();
    let n = power::blocks_for_effect(0.8, 1.0, 0.8, Confidence::P95).unwrap();
    let (mut width, rounds) = (0.0, 8000);
    let found = share(rounds, |_| {
        let sample = chance.sample(n as usize, |c| 0.8 + c.normal());
        let interval = t_interval::mean_t(Values::new(&sample).unwrap(), Confidence::P95).interval.unwrap();
        width += (interval.high - interval.low) / 2.0;
        interval.low > 0.0 || interval.high < 0.0
    });
    let promised = power::power(n, 0.8, 1.0, Confidence::P95).unwrap();
    assert!((found - promised).abs() < 0.018, "{found}, promised {promised}");
    let expected = power::expected_half_width(n, 1.0, Confidence::P95).unwrap();
    assert!((width / rounds as f64 / expected - 1.0).abs() < 0.01);
}

#[test]
fn diagnoses_raise_no_more_false_alarms_than_they_say() {
    let mut chance = Chance::new();
    let modes = |sample: &[f64], seed| {
        dip::test(Values::new(sample).unwrap(), Resampling { seed, resamples: 99 }).unwrap().value <= 0.05
    };
    for n in [6, 10, 30] {
        let normal = share(300, |seed| modes(&chance.sample(n, Chance::normal), seed));
        let skewed = share(300, |seed| modes(&chance.sample(n, |c| c.normal().exp()), seed));
        let uniform = share(300, |seed| modes(&chance.sample(n, Chance::uniform), seed));
        println!("dip, n = {n}: normal {normal}, lognormal {skewed}, uniform {uniform}");
        assert!(normal < 0.05 && skewed < 0.05 && uniform < 0.05 + 0.05, "{n}: {normal} {skewed} {uniform}");
        let two = share(100, |seed| {
            let mut side = 0.0;
            let mut sample = chance.sample(n, |c| 0.1 * c.normal());
            sample.iter_mut().for_each(|x| {
                *x += side;
                side = 1.0 - side;
            });
            modes(&sample, seed)
        });
        println!("dip, n = {n}, two modes ten deviations apart: {two}");
        assert!(two > 0.8, "{n}: {two}");
    }
    for n in [8, 20, 70] {
        let trend = share(1000, |_| {
            let points: Vec<(f64, f64)> = (0..n).map(|i| (f64::from(i), chance.normal())).collect();
            drift(&points, Confidence::P95).unwrap().p.value <= 0.05
        });
        println!("trend, n = {n}: {trend}");
        assert!(trend < 0.05 + 0.028 && trend > 0.02, "{n}: {trend}");
    }
    let mut far = 0;
    let outside = share(4000, |_| {
        let places = places(Values::new(&chance.sample(20, Chance::normal)).unwrap()).unwrap();
        far += usize::from(places.contains(&Place::FarOutside));
        places.iter().any(|&place| place != Place::Inside)
    });
    println!("fences, n = 20: {outside} outside, {} far", far as f64 / 4000.0);
    assert!((outside - 0.3).abs() < 0.03 && (far as f64 / 4000.0 - 0.02).abs() < 0.01, "{outside} {far}");
}
