//! Intervals of one sample and of two: values of blocks, differences within blocks, and campaigns side by side.

use super::chance::{LINKS, Population};
use super::tally::{Claim, Experiment, Kind, Outcome, Row, Section, by_method};
use meshbench_stats::bootstrap::Bootstrap;
use meshbench_stats::brunner_munzel::brunner_munzel;
use meshbench_stats::mann_whitney::hodges_lehmann_shift;
use meshbench_stats::order_statistic::median_interval;
use meshbench_stats::signed_rank::hodges_lehmann;
use meshbench_stats::t_interval::{geometric_mean_t, mean_t};
use meshbench_stats::{Confidence, Interval, Located, Resampling, Values, summary, superiority, welch};
use statrs::distribution::{ContinuousCDF, Normal};

/// Numbers of blocks.
pub const BLOCKS: [usize; 9] = [3, 4, 5, 6, 8, 10, 12, 20, 30];
const P95: Confidence = Confidence::P95;

/// The median with its interval where there is one, else the mean with t: as `analyze` has it for a cell.
fn of_cell(values: Values<'_>, log: bool) -> Option<Located> {
    let median = median_interval(values, P95);
    match median.interval {
        Some(_) => Some(median),
        None if log => geometric_mean_t(values, P95),
        None => Some(mean_t(values, P95)),
    }
}

/// Hodges and Lehmann's estimate where it has an interval, else the mean with t: as `analyze` has it for differences.
fn of_differences(values: Values<'_>) -> Located {
    let robust = hodges_lehmann(values, P95);
    if robust.interval.is_some() { robust } else { mean_t(values, P95) }
}

/// An interval of a positive quantity on the logarithmic scale, so that widths can be averaged.
fn logarithmic(located: Located) -> Option<Located> {
    let interval = located.interval?;
    let interval = Interval { low: interval.low.ln(), high: interval.high.ln(), ..interval };
    Some(Located { value: located.value.ln(), interval: Some(interval) })
}

/// Of the mean, from 499 resamples: the percentile interval and BCa.
fn resampled(values: Values<'_>, seed: u64) -> Option<(Located, Located)> {
    let found = Bootstrap::of_mean(values, Resampling { seed, resamples: 499 })?;
    let located = |interval| Located { value: found.value(), interval };
    Some((located(found.percentile(P95)), located(found.bca(P95))))
}

/// Intervals over the values of blocks.
pub fn one_sample(rounds: usize) -> Section {
    let mut rows = Vec::new();
    for (at, population) in Population::ALL.into_iter().enumerate() {
        let normal = matches!(population, Population::Normal | Population::Links);
        let skewed = matches!(population, Population::Lognormal(_));
        let claim = |holds: bool, claim| if holds { claim } else { Claim::Approximate };
        let any = population.independent();
        let mut methods = vec![
            ("`mean-t`: the mean", claim(normal, Claim::Exact)),
            ("`median-order-statistic`: the median", claim(any, Claim::Exact)),
            ("cell, linear scale: the median", claim(normal, Claim::Exact)),
            ("`hodges-lehmann`: the pseudo-median", claim(any && population.symmetric(), Claim::Exact)),
            ("differences: the pseudo-median", claim(normal, Claim::Exact)),
        ];
        if skewed {
            methods.push(("`geometric-mean-t`: the geometric mean", Claim::Exact));
            methods.push(("cell, logarithmic scale: the median", Claim::Exact));
        }
        let (mean, median, pseudo) = (population.mean(), population.median(), population.pseudo_median());
        let experiment = Experiment {
            number: 1 + at as u64,
            data: &population.name(),
            methods: methods.into_iter().map(|(method, claim)| (method.to_owned(), claim)).collect(),
        };
        rows.extend(experiment.run(&BLOCKS, rounds, |count, chance| {
            let sample = population.sample(chance, count);
            let values = Values::new(&sample).expect("drawn values are finite");
            let mut outcomes = vec![
                Outcome::interval(Some(mean_t(values, P95)), mean),
                Outcome::interval(Some(median_interval(values, P95)), median),
                Outcome::interval(of_cell(values, false), median),
                Outcome::interval(Some(hodges_lehmann(values, P95)), pseudo),
                Outcome::interval(Some(of_differences(values)), pseudo),
            ];
            if skewed {
                outcomes.push(Outcome::interval(geometric_mean_t(values, P95).and_then(logarithmic), 0.0));
                outcomes.push(Outcome::interval(of_cell(values, true).and_then(logarithmic), 0.0));
            }
            outcomes
        }));
    }
    let mut rows = by_method(rows);
    rows.extend(by_link(rounds));
    rows.extend(by_resampling(rounds));
    Section {
        title: "Values of blocks, and differences within blocks",
        kind: Kind::Interval,
        counts: "blocks",
        columns: BLOCKS.to_vec(),
        rows,
    }
}

/// Intervals of the mean from resamples, for fewer populations, as they cost most.
fn by_resampling(rounds: usize) -> Vec<Row> {
    let populations =
        [Population::Normal, Population::Lognormal(0.3), Population::Lognormal(1.0), Population::HeavyTails];
    let mut rows = Vec::new();
    for (at, population) in populations.into_iter().enumerate() {
        let methods = ["bootstrap, percentile: the mean", "bootstrap, BCa: the mean"];
        let experiment = Experiment {
            number: 10 + at as u64,
            data: &population.name(),
            methods: methods.map(|method| (method.to_owned(), Claim::Approximate)).into(),
        };
        rows.extend(experiment.run(&BLOCKS, rounds, |count, chance| {
            let sample = population.sample(chance, count);
            let found = resampled(Values::new(&sample).expect("finite"), chance.uniform().to_bits());
            let (percentile, bca) = found.unzip();
            [percentile, bca].map(|located| Outcome::interval(located, population.mean())).into()
        }));
    }
    by_method(rows)
}

/// Differences of three links in every block, each taken as a replicate (`--replicate link-in-block`).
fn by_link(rounds: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for (at, shared, claim) in [(0, 0.0f64, Claim::Exact), (1, 0.25, Claim::Approximate), (2, 0.5, Claim::Wrong)] {
        let experiment = Experiment {
            number: 20 + at,
            data: &format!("normal, intraclass correlation {shared}"),
            methods: vec![("differences by `link-in-block`: the pseudo-median".to_owned(), claim)],
        };
        rows.extend(experiment.run(&BLOCKS, rounds, |blocks, chance| {
            let differences: Vec<f64> = (0..blocks)
                .flat_map(|_| {
                    let block = shared.sqrt() * chance.normal();
                    [0; 3].map(|_| block + (1.0 - shared).sqrt() * chance.normal())
                })
                .collect();
            vec![Outcome::interval(Some(of_differences(Values::new(&differences).expect("finite"))), 0.0)]
        }));
    }
    rows
}

/// What two samples are drawn from: a population, by how much the first is moved, and by what the second is
/// multiplied.
struct Two {
    population: Population,
    shift: f64,
    spread: f64,
    name: &'static str,
}

/// Intervals over the values of two campaigns with equally many blocks.
pub fn two_samples(rounds: usize) -> Section {
    let plain = |population, name| Two { population, shift: 0.0, spread: 1.0, name };
    let cases = [
        plain(Population::Normal, "normal"),
        plain(Population::Lognormal(0.3), "lognormal, σ = 0.3"),
        plain(Population::Lognormal(1.0), "lognormal, σ = 1"),
        plain(Population::HeavyTails, "t, 3 degrees"),
        plain(Population::Contaminated, "normal, 10 % outliers"),
        plain(Population::Autocorrelated(0.3), "autocorrelated, 0.3"),
        plain(Population::Autocorrelated(0.6), "autocorrelated, 0.6"),
        plain(Population::Links, "3 unlike links"),
        Two { population: Population::Normal, shift: 2.0, spread: 1.0, name: "normal, 2 deviations apart" },
        Two { population: Population::Normal, shift: 0.0, spread: 3.0, name: "normal, spreads 1 to 3" },
        Two { population: Population::Normal, shift: 6.0, spread: 3.0, name: "normal, spreads 1 to 3, 6 apart" },
    ];
    let mut rows = Vec::new();
    for (at, Two { population, shift, spread, name }) in cases.into_iter().enumerate() {
        let alike = population.independent() && spread == 1.0;
        let methods = [
            ("`hodges-lehmann-shift`: the shift", if alike { Claim::Exact } else { Claim::Approximate }),
            ("`welch`: the difference of means", Claim::Approximate),
            ("campaigns: the shift", if alike && population.symmetric() { Claim::Kept } else { Claim::Approximate }),
            ("superiority (Newcombe)", Claim::Approximate),
            ("superiority (Brunner-Munzel)", Claim::Approximate),
        ];
        let unit = (1.0 + spread * spread).sqrt();
        // The share of pairs in which the first is larger; ½ where nothing is shifted, as all differences are symmetric.
        let superior = Normal::standard().cdf(shift / unit);
        let experiment = Experiment {
            number: 30 + at as u64,
            data: name,
            methods: methods.map(|(method, claim)| (method.to_owned(), claim)).into(),
        };
        rows.extend(experiment.run(&BLOCKS, rounds, |count, chance| {
            let mut first = population.sample(chance, count);
            let mut second = population.sample(chance, count);
            first.iter_mut().for_each(|x| *x += shift);
            second.iter_mut().for_each(|x| *x *= spread);
            let (x, y) = (Values::new(&first).expect("finite"), Values::new(&second).expect("finite"));
            let moved = hodges_lehmann_shift(x, y, P95);
            let means = welch::difference(x, y, P95).map(|found| found.estimate);
            vec![
                Outcome::interval(moved, shift),
                Outcome::interval(means, shift),
                Outcome::interval(moved.filter(|found| found.interval.is_some()).or(means), shift),
                Outcome::interval(Some(superiority::unpaired(x, y, P95)), superior),
                Outcome::interval(brunner_munzel(x, y, P95).map(|found| found.superiority), superior),
            ]
        }));
    }
    let rows = by_method(rows);
    Section {
        title: "Two campaigns with so many blocks each",
        kind: Kind::Interval,
        counts: "blocks",
        columns: BLOCKS.to_vec(),
        rows,
    }
}

/// Intervals that are wrong on purpose: the simulation would be worth nothing if it did not notice.
pub fn controls(rounds: usize) -> Section {
    let z = |values: Values<'_>, degrees: f64| {
        let moments = summary::moments(values);
        let half = 1.959_963_984_540_054 * moments.standard_deviation? / degrees.sqrt();
        Some(Located {
            value: moments.mean,
            interval: Interval::around(moments.mean, moments.mean - half, moments.mean + half, P95.share()),
        })
    };
    let columns = [3, 5, 10, 15];
    let experiment = Experiment {
        number: 50,
        data: "normal",
        methods: vec![
            ("z in place of t".to_owned(), Claim::Wrong),
            ("the range of all values but the lowest".to_owned(), Claim::Wrong),
        ],
    };
    let mut rows = experiment.run(&columns, rounds, |count, chance| {
        let sample = Population::Normal.sample(chance, count);
        let values = Values::new(&sample).expect("finite");
        let sorted = values.sorted();
        let range = Interval { low: sorted[1], high: sorted[count - 1], confidence: P95.share() };
        vec![
            Outcome::interval(z(values, count as f64), 0.0),
            Outcome::interval(Some(Located { value: summary::mean(values), interval: Some(range) }), 0.0),
        ]
    });
    let experiment = Experiment {
        number: 51,
        data: "seconds correlated by 0.6, 30 a run and block",
        methods: vec![("all seconds pooled, z".to_owned(), Claim::Wrong)],
    };
    rows.extend(experiment.run(&columns, rounds, |blocks, chance| {
        let all: Vec<f64> = (0..blocks).flat_map(|_| Population::Autocorrelated(0.6).sample(chance, 30)).collect();
        vec![Outcome::interval(z(Values::new(&all).expect("finite"), all.len() as f64), 0.0)]
    }));
    let experiment = Experiment {
        number: 52,
        data: "3 unlike links in each of n blocks; the mean over these links",
        methods: vec![("links drawn at random: t over links".to_owned(), Claim::Approximate)],
    };
    rows.extend(experiment.run(&columns, rounds, |blocks, chance| {
        let means: Vec<f64> =
            LINKS.iter().map(|(mean, sd)| mean + sd / (blocks as f64).sqrt() * chance.normal()).collect();
        let truth = Population::Links.mean();
        vec![Outcome::interval(Some(mean_t(Values::new(&means).expect("finite"), P95)), truth)]
    }));
    Section { title: "Wrong on purpose", kind: Kind::Interval, counts: "blocks", columns: columns.to_vec(), rows }
}
