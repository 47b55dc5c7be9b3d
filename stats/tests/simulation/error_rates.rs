//! How often tests reject a true hypothesis: A/A comparisons.

use super::chance::{Chance, Population};
use super::durations::{durations, limit};
use super::intervals::BLOCKS;
use super::tally::{ALPHA, Claim, Experiment, Kind, Outcome, Section, by_method};
use meshbench_stats::brunner_munzel::brunner_munzel;
use meshbench_stats::log_rank::{self, Weights, log_rank};
use meshbench_stats::mann_whitney::mann_whitney;
use meshbench_stats::permutation::mean_difference;
use meshbench_stats::proportions::{Share, fisher_exact};
use meshbench_stats::sign_flip::sign_flip;
use meshbench_stats::signed_rank::wilcoxon;
use meshbench_stats::{
    Blocks, Confidence, Groups, Incomplete, PValue, Resampling, Values, adjust, dunn, equivalence, friedman,
    games_howell, kruskal_wallis, nemenyi, pairs, skillings_mack, studentized_range, welch, welch_anova,
};
use std::collections::HashMap;
use std::f64::consts::SQRT_2;

/// Numbers of blocks that all signs of can be tried in no time.
const UP_TO_20: &[usize] = BLOCKS.split_at(8).0;

/// Systems of a comparison of several.
const SYSTEMS: usize = 4;

/// The largest probability up to 5 % that sign flips of n differences can have: a multiple of 2/2ⁿ.
fn attainable(blocks: usize) -> f64 {
    let halves = 2f64.powi(blocks as i32 - 1);
    (ALPHA * halves).floor() / halves
}

fn values(sample: &[f64]) -> Values<'_> {
    Values::new(sample).expect("drawn values are finite")
}

fn of(p: Option<PValue>) -> Option<Outcome> {
    Outcome::test(p.map(|p| p.value))
}

fn drawn(chance: &mut Chance) -> Resampling {
    Resampling { seed: chance.uniform().to_bits(), resamples: 499 }
}

fn named<const N: usize>(methods: [(&str, Claim); N]) -> Vec<(String, Claim)> {
    methods.map(|(method, claim)| (method.to_owned(), claim)).into()
}

/// Two equal systems in the same blocks, and one system against itself.
pub fn paired(rounds: usize) -> Section {
    let mut rows = Vec::new();
    for (at, population) in Population::ALL.into_iter().enumerate() {
        let independent = population.independent();
        let claim = |claim| if independent { claim } else { Claim::Approximate };
        let experiment = Experiment {
            number: 100 + at as u64,
            data: &population.name(),
            methods: named([
                ("sign flips", claim(Claim::Exact)),
                ("signed ranks", claim(Claim::Kept)),
                ("t over differences", Claim::Approximate),
            ]),
        };
        rows.extend(experiment.run(UP_TO_20, rounds, |count, chance| {
            let (a, b) = (population.sample(chance, count), population.sample(chance, count));
            let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
            let differences = values(&differences);
            vec![
                Outcome::test_of(sign_flip(differences, Resampling::default()).value, attainable(count)),
                of(wilcoxon(differences)),
                of(welch::one_sample_t(differences, 0.0)),
            ]
        }));
    }
    let mut rows = by_method(rows);
    for (at, correlation) in [0.0, 0.3, 0.6].into_iter().enumerate() {
        let independent = correlation == 0.0;
        let claim = if independent { Claim::Kept } else { Claim::Approximate };
        let experiment = Experiment {
            number: 110 + at as u64,
            data: &format!("one system in 2n blocks, autocorrelated, {correlation}"),
            methods: named([
                ("sign flips, neighbouring blocks", claim),
                ("Mann-Whitney, first half against second", claim),
            ]),
        };
        rows.extend(experiment.run(UP_TO_20, rounds, |count, chance| {
            let all = Population::Autocorrelated(correlation).sample(chance, 2 * count);
            let neighbours: Vec<f64> = all.chunks(2).map(|pair| pair[0] - pair[1]).collect();
            let (first, second) = all.split_at(count);
            vec![
                of(Some(sign_flip(values(&neighbours), Resampling::default()))),
                of(Some(mann_whitney(values(first), values(second), Resampling::default()))),
            ]
        }));
    }
    Section {
        title: "Two equal systems in the same blocks",
        kind: Kind::Test,
        counts: "blocks",
        columns: UP_TO_20.to_vec(),
        rows,
    }
}

/// Two equal campaigns with so many blocks each.
pub fn unpaired(rounds: usize) -> Section {
    let mut cases: Vec<(String, Population, f64)> =
        Population::ALL.into_iter().map(|population| (population.name(), population, 1.0)).collect();
    cases.push(("normal, spreads 1 to 3".to_owned(), Population::Normal, 3.0));
    let mut rows = Vec::new();
    for (at, (name, population, spread)) in cases.into_iter().enumerate() {
        let claim = if population.independent() && spread == 1.0 { Claim::Kept } else { Claim::Approximate };
        let experiment = Experiment {
            number: 120 + at as u64,
            data: &name,
            methods: named([
                ("Mann-Whitney", claim),
                ("permuted means", claim),
                ("Welch", Claim::Approximate),
                ("Brunner-Munzel", Claim::Approximate),
            ]),
        };
        rows.extend(experiment.run(&BLOCKS, rounds, |count, chance| {
            let first = population.sample(chance, count);
            let second: Vec<f64> = population.sample(chance, count).iter().map(|x| spread * x).collect();
            let (x, y) = (values(&first), values(&second));
            let resampling = drawn(chance);
            vec![
                of(Some(mann_whitney(x, y, resampling))),
                of(Some(mean_difference(x, y, resampling))),
                of(welch::difference(x, y, Confidence::P95).and_then(|found| found.test).map(|test| test.p)),
                of(brunner_munzel(x, y, Confidence::P95).map(|found| found.p)),
            ]
        }));
    }
    let mut rows = by_method(rows);
    for (at, percent) in [50, 90].into_iter().enumerate() {
        let probability = f64::from(percent) / 100.0;
        let experiment = Experiment {
            number: 130 + at as u64,
            data: &format!("{percent} % succeed"),
            methods: named([("Fisher's exact test", Claim::Kept)]),
        };
        rows.extend(experiment.run(&BLOCKS, rounds, |count, chance| {
            let mut share = || Share::new(chance.successes(count, probability), count as u64).expect("a share");
            vec![of(fisher_exact(share(), share()))]
        }));
    }
    for (at, percent) in [10, 40].into_iter().enumerate() {
        let limit = limit(f64::from(percent) / 100.0);
        let experiment = Experiment {
            number: 132 + at as u64,
            data: &format!("lognormal, σ = 0.5, {percent} % cut off"),
            methods: named([
                ("log-rank", Claim::Approximate),
                ("Peto-Peto", Claim::Approximate),
                ("log-rank, permutation", Claim::Kept),
            ]),
        };
        rows.extend(experiment.run(&BLOCKS, rounds, |count, chance| {
            let sides = [durations(chance, count, limit), durations(chance, count, limit)];
            let [left, right] = &sides;
            let by_chi_square = |weights| of(log_rank(&sides, weights).map(|found| found.p));
            vec![
                by_chi_square(Weights::LogRank),
                by_chi_square(Weights::PetoPeto),
                of(log_rank::permuted(left, right, drawn(chance))),
            ]
        }));
    }
    Section {
        title: "Two equal campaigns",
        kind: Kind::Test,
        counts: "blocks (trials, runs) a side",
        columns: BLOCKS.to_vec(),
        rows,
    }
}

/// Whether any pair of a family is rejected.
fn any(family: impl IntoIterator<Item = Option<f64>>) -> Option<Outcome> {
    Outcome::test(family.into_iter().flatten().reduce(f64::min))
}

/// Nemenyi's critical difference of four average ranks.
fn critical_difference(blocks: usize) -> f64 {
    let table = Blocks::new(&vec![[1.0, 2.0, 3.0, 4.0]; blocks]).expect("a table");
    nemenyi::critical_difference(&table, Confidence::P95).expect("few systems")
}

/// Permutation tests of three systems, with numbers of blocks for which going through all orders takes little.
pub fn permuted(rounds: usize) -> Section {
    let columns = [3, 4, 6, 8, 10];
    let mut rows = Vec::new();
    for (at, population) in [Population::Normal, Population::Lognormal(1.0)].into_iter().enumerate() {
        let experiment = Experiment {
            number: 155 + at as u64,
            data: &population.name(),
            methods: named([("Friedman, permutation", Claim::Kept), ("Kruskal-Wallis, permutation", Claim::Kept)]),
        };
        rows.extend(experiment.run(&columns, rounds, |count, chance| {
            let table: Vec<Vec<f64>> = (0..count).map(|_| population.sample(chance, 3)).collect();
            let samples: Vec<Vec<f64>> = (0..3).map(|_| population.sample(chance, count)).collect();
            let groups = Groups::new(&samples).expect("groups");
            let resampling = drawn(chance);
            vec![
                of(friedman::permutation(&Blocks::new(&table).expect("a table"), resampling)),
                of(kruskal_wallis::permutation(&groups, resampling)),
            ]
        }));
    }
    let rows = by_method(rows);
    Section { title: "Three equal systems", kind: Kind::Test, counts: "blocks", columns: columns.to_vec(), rows }
}

/// Largest less smallest.
fn range(of: &[f64]) -> f64 {
    let (low, high) = values(of).range();
    high - low
}

/// Several equal systems: omnibus tests, and the chance of any false pair.
pub fn several(rounds: usize) -> Section {
    let mut rows = Vec::new();
    // The critical difference of average ranks depends on the numbers of blocks and systems alone.
    let critical: HashMap<usize, f64> = BLOCKS.map(|count| (count, critical_difference(count))).into();
    for (at, population) in
        [Population::Normal, Population::Lognormal(1.0), Population::HeavyTails].into_iter().enumerate()
    {
        let name = population.name();
        let number = 140 + at as u64;
        let table = |count, chance: &mut Chance| -> Vec<Vec<f64>> {
            (0..count).map(|_| population.sample(chance, SYSTEMS)).collect()
        };
        let experiment = Experiment {
            number,
            data: &name,
            methods: named([
                ("Friedman, χ²", Claim::Approximate),
                ("Friedman, Iman and Davenport's F", Claim::Approximate),
                ("Skillings-Mack, χ²; every third block has a hole", Claim::Approximate),
                ("Skillings-Mack, permutation", Claim::Kept),
                ("Nemenyi, any pair", Claim::Approximate),
            ]),
        };
        rows.extend(experiment.run(&BLOCKS, rounds, |count, chance| {
            let rows = table(count, chance);
            let blocks = Blocks::new(&rows).expect("a table");
            let holes = rows.iter().enumerate().map(|(block, row)| {
                let hole = (block % 3 == 0).then_some(block / 3 % SYSTEMS);
                row.iter().enumerate().map(|(system, x)| (Some(system) != hole).then_some(*x)).collect()
            });
            let incomplete = Incomplete::new(holes.collect()).expect("a table");
            let resampling = drawn(chance);
            let found = friedman::friedman(&blocks).expect("no ties");
            vec![
                of(Some(found.p)),
                // Without an F all blocks rank alike, and it would be infinite.
                Outcome::test(Some(found.f.map_or(0.0, |f| f.p.value))),
                of(skillings_mack::skillings_mack(&incomplete).map(|found| found.p)),
                of(skillings_mack::permutation(&incomplete, resampling)),
                Outcome::rejection(range(&friedman::average_ranks(&blocks)) >= critical[&count]),
            ]
        }));
        let experiment = Experiment {
            number: number + 10,
            data: &name,
            methods: named([
                ("Kruskal-Wallis, χ²", Claim::Approximate),
                ("Dunn with Holm, any pair", Claim::Approximate),
                ("Welch's ANOVA", Claim::Approximate),
            ]),
        };
        rows.extend(experiment.run(&BLOCKS, rounds, |count, chance| {
            let samples: Vec<Vec<f64>> = (0..SYSTEMS).map(|_| population.sample(chance, count)).collect();
            let groups = Groups::new(&samples).expect("groups");
            let pairs: Vec<Option<PValue>> =
                dunn::dunn(&groups).expect("pairs").into_iter().map(|pair| Some(pair.p)).collect();
            vec![
                of(kruskal_wallis::kruskal_wallis(&groups).map(|found| found.p)),
                any(adjust::holm(&pairs)),
                of(welch_anova::welch_anova(&groups).map(|found| found.p)),
            ]
        }));
    }
    let rows = by_method(rows);
    Section { title: "Four equal systems", kind: Kind::Test, counts: "blocks", columns: BLOCKS.to_vec(), rows }
}

/// What costs more, with fewer numbers of blocks: families of sign flips, and Games and Howell's intervals.
pub fn families(rounds: usize) -> Section {
    let columns = [5, 8, 10, 12, 20];
    let mut rows = Vec::new();
    for (at, systems) in [4, 8].into_iter().enumerate() {
        let experiment = Experiment {
            number: 160 + at as u64,
            data: &format!("{systems} systems, normal"),
            methods: named([("sign flips with Holm, any pair", Claim::Kept)]),
        };
        rows.extend(experiment.run(&columns, rounds, |count, chance| {
            let systems: Vec<Vec<f64>> = (0..systems).map(|_| Population::Normal.sample(chance, count)).collect();
            vec![any(adjust::holm(&all_pairs(&systems)))]
        }));
    }
    let quantiles = Quantiles::new();
    for (at, (population, name)) in
        [(Population::Normal, "4 systems, normal"), (Population::Lognormal(1.0), "4 systems, lognormal, σ = 1")]
            .into_iter()
            .enumerate()
    {
        let experiment = Experiment {
            number: 165 + at as u64,
            data: name,
            methods: named([("Games-Howell, any pair", Claim::Approximate)]),
        };
        rows.extend(experiment.run(&columns, rounds, |count, chance| {
            let samples: Vec<Vec<f64>> = (0..SYSTEMS).map(|_| population.sample(chance, count)).collect();
            let tests =
                pairs(&samples).filter_map(|(_, a, b)| welch::difference(values(a), values(b), Confidence::P95)?.test);
            let mut beyond = tests.map(|test| SQRT_2 * test.statistic.abs() > quantiles.at(test.degrees));
            vec![Outcome::rejection(beyond.any(|beyond| beyond))]
        }));
    }
    Section { title: "Any false pair", kind: Kind::Test, counts: "blocks", columns: columns.to_vec(), rows }
}

/// Quantiles of the studentized range of four, which take too long to compute for every pair: between those at some
/// reciprocal degrees of freedom they are nearly straight.
struct Quantiles(Vec<f64>);

impl Quantiles {
    const STEPS: usize = 25;
    /// The least degrees of freedom of a pair, five against five.
    const LEAST: f64 = 4.0;

    fn new() -> Self {
        let at = |step: usize| {
            let degrees = Self::LEAST * Self::STEPS as f64 / step as f64;
            studentized_range::quantile(Confidence::P95, SYSTEMS, degrees).expect("few systems")
        };
        Self((1..=Self::STEPS + 1).map(at).collect())
    }

    fn at(&self, degrees: f64) -> f64 {
        let place = (Self::LEAST * Self::STEPS as f64 / degrees).clamp(1.0, Self::STEPS as f64);
        let (below, share) = (self.0[place as usize - 1], place.fract());
        below + share * (self.0[place as usize] - below)
    }
}

/// That is what Games and Howell's test comes to.
#[test]
fn pairs_beyond_the_quantile_are_those_of_games_and_howell() {
    let mut chance = Chance::new(167, 0);
    let quantiles = Quantiles::new();
    let samples: Vec<Vec<f64>> = (0..SYSTEMS)
        .map(|system| Population::Normal.sample(&mut chance, 6).iter().map(|x| x + system as f64).collect())
        .collect();
    let found = games_howell::games_howell(&Groups::new(&samples).expect("groups"), Confidence::P95);
    for ((_, a, b), pair) in pairs(&samples).zip(found) {
        let (pair, test) =
            (pair.expect("a pair"), welch::difference(values(a), values(b), Confidence::P95).expect("finite"));
        let test = test.test.expect("spread");
        let interval = pair.interval.expect("finite");
        let half = SQRT_2 * (interval.high - interval.low) / 2.0 * (test.statistic / pair.difference).abs();
        assert!((half / quantiles.at(test.degrees) - 1.0).abs() < 1e-3, "{half} {}", quantiles.at(test.degrees));
    }
}

/// Sign flips of every pair of systems, whose values come by block.
pub fn all_pairs(systems: &[Vec<f64>]) -> Vec<Option<PValue>> {
    let mut pairs = Vec::new();
    for (at, first) in systems.iter().enumerate() {
        for second in &systems[at + 1..] {
            let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
            pairs.push(Some(sign_flip(values(&differences), Resampling::default())));
        }
    }
    pairs
}

/// Differences and equivalences are adjusted each by themselves: how often one kind or the other is false, in a family of
/// two pairs of equal systems that are a margin apart.
pub fn either(rounds: usize) -> Section {
    let columns = [5, 8, 10, 12, 20];
    let mut rows = Vec::new();
    for (at, margin) in [1.0, 2.0, 4.0].into_iter().enumerate() {
        let experiment = Experiment {
            number: 250 + at as u64,
            data: &format!("4 systems, margin {margin} deviations"),
            methods: named([
                ("a false difference", Claim::Kept),
                ("a false equivalence", Claim::Kept),
                ("either", Claim::Approximate),
            ]),
        };
        rows.extend(experiment.run(&columns, rounds, |count, chance| {
            let truth = [0.0, 0.0, margin, margin];
            let systems = truth.map(|centre| -> Vec<f64> {
                Population::Normal.sample(chance, count).iter().map(|x| centre + x).collect()
            });
            let apart: Vec<bool> = pairs(&truth).map(|(_, a, b)| a != b).collect();
            let equivalent: Vec<Option<PValue>> = pairs(&systems)
                .map(|(_, a, b)| {
                    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
                    equivalence::signed_rank(values(&differences), -margin, margin)
                })
                .collect();
            let is_false = |family: &[Option<PValue>], of: bool| {
                let adjusted = adjust::holm(family);
                adjusted.iter().zip(&apart).any(|(p, apart)| *apart == of && p.is_some_and(|p| p <= ALPHA))
            };
            let (difference, same) = (is_false(&all_pairs(&systems), false), is_false(&equivalent, true));
            [difference, same, difference || same].map(Outcome::rejection).to_vec()
        }));
    }
    let rows = by_method(rows);
    Section {
        title: "A false answer of one kind or the other",
        kind: Kind::Test,
        counts: "blocks",
        columns: columns.to_vec(),
        rows,
    }
}

/// Equivalence claimed of a difference that is just as large as the margin.
pub fn equivalent(rounds: usize) -> Section {
    let mut rows = Vec::new();
    for (at, population) in
        [Population::Normal, Population::HeavyTails, Population::Lognormal(1.0)].into_iter().enumerate()
    {
        let symmetric = if population.symmetric() { Claim::Kept } else { Claim::Approximate };
        let experiment = Experiment {
            number: 170 + at as u64,
            data: &population.name(),
            methods: named([
                ("within blocks, signed ranks", symmetric),
                ("within blocks, t", Claim::Approximate),
                ("two campaigns, Welch", Claim::Approximate),
            ]),
        };
        let (pseudo, mean) = (population.pseudo_median(), population.mean());
        rows.extend(experiment.run(&BLOCKS, rounds, |count, chance| {
            // A margin of three units: wide enough that the far side plays no part.
            let (low, high) = (-3.0, 3.0);
            let sample = population.sample(chance, count);
            let other = population.sample(chance, count);
            let moved = |to: f64| -> Vec<f64> { sample.iter().map(|x| x + to).collect() };
            let (by_ranks, by_means, apart) = (moved(high - pseudo), moved(high - mean), moved(high));
            vec![
                of(equivalence::signed_rank(values(&by_ranks), low, high)),
                of(equivalence::paired_t(values(&by_means), low, high)),
                of(equivalence::welch(values(&apart), values(&other), low, high)),
            ]
        }));
    }
    let rows = by_method(rows);
    Section {
        title: "Equivalence claimed on the edge of the margin",
        kind: Kind::Test,
        counts: "blocks",
        columns: BLOCKS.to_vec(),
        rows,
    }
}
