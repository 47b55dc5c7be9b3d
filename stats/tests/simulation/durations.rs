//! Durations with a limit, samples within one run, and composite scores.

use super::chance::{Chance, Population};
use super::intervals::BLOCKS;
use super::tally::{Claim, Experiment, Kind, Outcome, Row, Section};
use meshbench_stats::composite::{Cell, from_blocks};
use meshbench_stats::kaplan_meier::{Curve, Duration, MedianInterval, Scale};
use meshbench_stats::rank::Better;
use meshbench_stats::t_interval::from_standard_error;
use meshbench_stats::{Confidence, Located, Resampling, Values, autocorrelation, summary};
use statrs::distribution::{ContinuousCDF, Normal};

/// Standard deviation of the logarithms of durations, whose median is 1.
const SIGMA: f64 = 0.5;

/// The limit that this share of the durations exceeds.
pub fn limit(beyond: f64) -> f64 {
    (SIGMA * Normal::standard().inverse_cdf(1.0 - beyond)).exp()
}

/// Durations as a harness with a limit sees them.
pub fn durations(chance: &mut Chance, count: usize, limit: f64) -> Vec<Duration> {
    let drawn = Population::Lognormal(SIGMA).sample(chance, count);
    drawn.into_iter().map(|time| Duration { time: time.min(limit), ended: time < limit }).collect()
}

/// Mean of the durations, none counted for more than the limit.
fn restricted_mean(limit: f64) -> f64 {
    let (normal, at) = (Normal::standard(), limit.ln() / SIGMA);
    (SIGMA * SIGMA / 2.0).exp() * normal.cdf(at - SIGMA) + limit * normal.sf(at)
}

fn holds(interval: MedianInterval, truth: f64) -> bool {
    interval.low.is_none_or(|low| low <= truth) && interval.high.is_none_or(|high| truth <= high)
}

/// Kaplan and Meier's median, and the restricted mean.
pub fn censored(rounds: usize) -> Section {
    let mut rows = Vec::new();
    for (at, percent) in [0, 10, 40].into_iter().enumerate() {
        let limit = if percent == 0 { 1e9 } else { limit(f64::from(percent) / 100.0) };
        let until = if percent == 0 { 3.0 } else { limit };
        let experiment = Experiment {
            number: 60 + at as u64,
            data: &format!("lognormal, σ = 0.5, {percent} % cut off"),
            methods: ["median, log-log", "median, plain", "restricted mean"]
                .map(|method| (format!("Kaplan-Meier: {method}"), Claim::Approximate))
                .into(),
        };
        rows.extend(experiment.run(&BLOCKS, rounds, |count, chance| {
            let curve = Curve::new(&durations(chance, count, limit)).expect("durations");
            let median = |scale| Outcome::holds(holds(curve.median_interval(scale, Confidence::P95), 1.0));
            let mean = curve.restricted_mean_interval(until, Confidence::P95);
            vec![median(Scale::LogLog), median(Scale::Plain), Outcome::interval(mean, restricted_mean(until))]
        }));
    }
    Section { title: "Durations with a limit", kind: Kind::Interval, counts: "runs", columns: BLOCKS.to_vec(), rows }
}

/// The mean of a run's samples with t, as `analyze` has it for a single run.
fn effective_t(values: Values<'_>) -> Option<Located> {
    let moments = summary::moments(values);
    let effective = autocorrelation::effective_count(values.count(), autocorrelation::lag1(values)?);
    let error = moments.standard_deviation? / effective.sqrt();
    let interval = from_standard_error(moments.mean, error, effective - 1.0, Confidence::P95);
    Some(Located { value: moments.mean, interval })
}

/// t with effective samples, where a cell has a single run.
pub fn within_run(rounds: usize) -> Section {
    let columns = [10, 20, 30, 60, 120, 300];
    let mut rows = Vec::new();
    for (at, correlation) in [0.0, 0.3, 0.6, 0.75].into_iter().enumerate() {
        let experiment = Experiment {
            number: 70 + at as u64,
            data: &format!("autocorrelated, {correlation}"),
            methods: vec![("`within-run-t`: the mean".to_owned(), Claim::Approximate)],
        };
        rows.extend(experiment.run(&columns, rounds, |count, chance| {
            let sample = Population::Autocorrelated(correlation).sample(chance, count);
            vec![Outcome::interval(effective_t(Values::new(&sample).expect("finite")), 0.0)]
        }));
    }
    Section { title: "Samples of one run", kind: Kind::Interval, counts: "samples", columns: columns.to_vec(), rows }
}

/// The score of each of three systems over two cells.
pub fn scores(rounds: usize) -> Section {
    let cells = [Cell { better: Better::Higher, weight: 1.0 }, Cell { better: Better::Lower, weight: 1.0 }];
    let mut rows: Vec<Row> = Vec::new();
    for (at, factors, name) in [
        (0, [1.0, 1.0, 1.0], "3 equal systems, 10 % noise"),
        (1, [1.0, 0.8, 0.5], "factors 1, 0.8 and 0.5, 10 % noise"),
    ] {
        let experiment = Experiment {
            number: 80 + at,
            data: name,
            methods: (1..=3)
                .map(|system| (format!("composite score of system {system}"), Claim::Approximate))
                .collect(),
        };
        rows.extend(experiment.run(&BLOCKS, rounds, |count, chance| {
            let blocks: Vec<Vec<Vec<Option<f64>>>> = (0..count)
                .map(|_| {
                    let noise = |chance: &mut Chance| (0.1 * chance.normal()).exp();
                    factors.map(|factor| vec![Some(factor * noise(chance)), Some(noise(chance) / factor)]).into()
                })
                .collect();
            let resampling = Resampling { seed: chance.uniform().to_bits(), resamples: 499 };
            let found = from_blocks(&blocks, &cells, Confidence::P95, resampling).expect("scores").expect("blocks");
            let score = |((value, interval), truth): (&(f64, _), f64)| {
                Outcome::interval(Some(Located { value: *value, interval: *interval }), truth)
            };
            found.scores.iter().zip(factors).map(score).collect()
        }));
    }
    Section { title: "Composite scores", kind: Kind::Interval, counts: "blocks", columns: BLOCKS.to_vec(), rows }
}
