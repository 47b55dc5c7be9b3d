//! What an examiner asks for: blocks that depend on each other, whole families of intervals, rank association, and durations on
//! links that are not alike.

use super::chance::{Chance, Population};
use super::tally::{Claim, Experiment, Kind, Outcome, Row, Section, by_method};
use meshbench_stats::correlation::kendall_interval;
use meshbench_stats::dependent::{Dependent, Difference};
use meshbench_stats::kaplan_meier::Duration;
use meshbench_stats::log_rank::{self, Weights};
use meshbench_stats::sign_flip::sign_flip;
use meshbench_stats::signed_rank::hodges_lehmann;
use meshbench_stats::simultaneous::{End, Ends, agreeing, bonferroni};
use meshbench_stats::stratified_log_rank::{Stratum, chi_square, permuted};
use meshbench_stats::t_interval::mean_t;
use meshbench_stats::{Confidence, Located, PValue, Resampling, Values, adjust};

const P95: Confidence = Confidence::P95;

/// The mean of blocks that may depend on each other.
pub fn dependent(rounds: usize) -> Section {
    let columns = [3, 4, 5, 6, 8, 10, 12, 20, 30, 40];
    let mut rows = Vec::new();
    for (at, correlation) in [0.0, 0.3, 0.5, 0.6, 0.8].into_iter().enumerate() {
        // It is made for what is well below the largest correlation that it thinks possible.
        let claim = if correlation < 0.7 { Claim::Kept } else { Claim::Approximate };
        let experiment = Experiment {
            number: 200 + at as u64,
            data: &format!("autocorrelated, {correlation}"),
            methods: vec![
                ("`mean-ar1`: the mean".to_owned(), claim),
                ("`mean-t` on the same blocks".to_owned(), Claim::Approximate),
            ],
        };
        rows.extend(experiment.run(&columns, rounds, |count, chance| {
            let sample = Population::Autocorrelated(correlation).sample(chance, count);
            let values = Values::new(&sample).expect("finite");
            let allowing = Dependent::new(values).expect("they vary").interval(P95);
            vec![Outcome::interval(Some(allowing), 0.0), Outcome::interval(Some(mean_t(values, P95)), 0.0)]
        }));
    }
    let rows = by_method(rows);
    Section {
        title: "Blocks that depend on each other",
        kind: Kind::Interval,
        counts: "blocks",
        columns: columns.to_vec(),
        rows,
    }
}

/// The difference of the means of two campaigns whose blocks may depend on each other.
pub fn two_dependent(rounds: usize) -> Section {
    let columns = [3, 6, 10, 20];
    let mut rows = Vec::new();
    for (at, correlation) in [0.0, 0.3, 0.5, 0.6].into_iter().enumerate() {
        let experiment = Experiment {
            number: 240 + at as u64,
            data: &format!("autocorrelated, {correlation}"),
            methods: vec![("`mean-ar1`: the difference of means".to_owned(), Claim::Kept)],
        };
        rows.extend(experiment.run(&columns, rounds, |count, chance| {
            let side = |chance: &mut Chance| Population::Autocorrelated(correlation).sample(chance, count);
            let (a, b) = (side(chance), side(chance));
            let of = |values: &[f64]| Dependent::new(Values::new(values).expect("finite")).expect("they vary");
            let (x, y) = (of(&a), of(&b));
            vec![Outcome::interval(Some(Difference { x: &x, y: &y }.interval(P95)), 0.0)]
        }));
    }
    let rows = by_method(rows);
    Section {
        title: "Two campaigns whose blocks depend on each other",
        kind: Kind::Interval,
        counts: "blocks",
        columns: columns.to_vec(),
        rows,
    }
}

/// Whether all intervals of a family hold, of which some effects are none and the others large.
pub fn together(rounds: usize) -> Section {
    let columns = [6, 8, 10, 12, 20];
    let mut rows = Vec::new();
    for (at, (tests, differ)) in [(3, 0), (3, 2), (6, 0), (6, 3), (10, 0), (10, 5)].into_iter().enumerate() {
        let experiment = Experiment {
            number: 210 + at as u64,
            data: &format!("normal, {tests} differences, {differ} of them 2 deviations large"),
            methods: vec![
                ("`bonferroni-holm`: all at once".to_owned(), Claim::Approximate),
                ("one at a time: all at once".to_owned(), Claim::Approximate),
            ],
        };
        rows.extend(experiment.run(&columns, rounds, |count, chance| {
            let (mut family, mut samples) = (Vec::new(), Vec::new());
            for test in 0..tests {
                let truth = if test < differ { 2.0 } else { 0.0 };
                let sample: Vec<f64> = (0..count).map(|_| truth + chance.normal()).collect();
                let values = Values::new(&sample).expect("finite");
                family.push(Some(sign_flip(values, Resampling::default())));
                samples.push((sample, truth));
            }
            let adjusted = adjust::holm(&family);
            let level = bonferroni(P95, tests).expect("a level");
            let mut held = (true, true);
            for ((sample, truth), p) in samples.iter().zip(adjusted) {
                let values = Values::new(sample).expect("finite");
                let Located { value, interval } = hodges_lehmann(values, level);
                let ends = Ends::own(interval.map(|i| i.low), interval.map(|i| i.high));
                let rejects = p.expect("tested") <= 0.05;
                let ends = agreeing(ends, value, 0.0, rejects);
                let within = |end: End, below: bool| match end {
                    End::Open => true,
                    End::Cut(at) => *truth != at && (*truth > at) == below,
                    End::Own(at) | End::Stretched(at) => *truth == at || (*truth > at) == below,
                };
                held.0 &= within(ends.low, true) && within(ends.high, false);
                let alone = hodges_lehmann(values, P95).interval.expect("from 6 blocks on");
                held.1 &= alone.low <= *truth && *truth <= alone.high;
            }
            vec![Outcome::holds(held.0), Outcome::holds(held.1)]
        }));
    }
    let rows = by_method(rows);
    Section { title: "Families of intervals", kind: Kind::Interval, counts: "blocks", columns: columns.to_vec(), rows }
}

/// Kendall's τ of normal pairs.
pub fn association(rounds: usize) -> Section {
    let columns = [5, 6, 8, 10, 12, 20, 30];
    let mut rows: Vec<Row> = Vec::new();
    for (at, tau) in [0.0, 0.3, 0.5, 0.8].into_iter().enumerate() {
        let experiment = Experiment {
            number: 220 + at as u64,
            data: &format!("normal pairs, τ = {tau}"),
            methods: vec![("Kendall's τ".to_owned(), Claim::Approximate)],
        };
        let correlation = libm::sin(std::f64::consts::FRAC_PI_2 * tau);
        rows.extend(experiment.run(&columns, rounds, |count, chance| {
            let x: Vec<f64> = (0..count).map(|_| chance.normal()).collect();
            let rest = (1.0 - correlation * correlation).sqrt();
            let y: Vec<f64> = x.iter().map(|x| correlation * x + rest * chance.normal()).collect();
            // Counted here, as the test that comes with it would go through all orders in each round.
            let pairs = (0..count).flat_map(|i| (0..i).map(move |j| (i, j)));
            let rise = pairs.map(|(i, j)| ((x[i] - x[j]) * (y[i] - y[j])).signum()).sum::<f64>();
            let value = 2.0 * rise / (count * (count - 1)) as f64;
            vec![Outcome::interval(Some(Located { value, interval: kendall_interval(value, count, P95) }), tau)]
        }));
    }
    let rows = by_method(rows);
    Section { title: "Rank association", kind: Kind::Interval, counts: "pairs", columns: columns.to_vec(), rows }
}

/// Durations of two equal systems on three links of which each takes twice as long as the one before.
pub fn strata(rounds: usize) -> Section {
    let columns = [1, 2, 3, 4, 6, 10];
    let mut rows = Vec::new();
    for (at, percent) in [10, 40].into_iter().enumerate() {
        let experiment = Experiment {
            number: 230 + at as u64,
            data: &format!("lognormal, σ = 0.5, {percent} % of the slowest link cut off"),
            methods: vec![
                ("log-rank within links".to_owned(), Claim::Approximate),
                ("log-rank within links, permutation".to_owned(), Claim::Kept),
                ("log-rank over all links, permutation".to_owned(), Claim::Kept),
            ],
        };
        let limit = 4.0 * super::durations::limit(f64::from(percent) / 100.0);
        rows.extend(experiment.run(&columns, rounds, |count, chance| {
            let side = |chance: &mut Chance| -> Vec<Vec<Duration>> {
                let drawn = |chance: &mut Chance, factor: f64| {
                    let times = Population::Lognormal(0.5).sample(chance, count);
                    let cut = |time: f64| Duration { time: (factor * time).min(limit), ended: factor * time < limit };
                    times.into_iter().map(cut).collect()
                };
                [1.0, 2.0, 4.0].map(|factor| drawn(chance, factor)).into()
            };
            let (a, b) = (side(chance), side(chance));
            let of: Vec<Stratum<'_>> = a.iter().zip(&b).map(|(left, right)| Stratum { left, right }).collect();
            let resampling = Resampling { seed: chance.uniform().to_bits(), resamples: 999 };
            let test = |p: Option<PValue>| Outcome::test(p.map(|p| p.value));
            vec![
                test(chi_square(&of, Weights::LogRank).map(|test| test.p)),
                test(permuted(&of, resampling)),
                test(log_rank::permuted(&a.concat(), &b.concat(), resampling)),
            ]
        }));
    }
    let rows = by_method(rows);
    Section {
        title: "Two equal systems on three links that are not alike",
        kind: Kind::Test,
        counts: "runs a link and side",
        columns: columns.to_vec(),
        rows,
    }
}
