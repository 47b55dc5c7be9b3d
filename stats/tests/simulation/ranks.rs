//! Whether all true ranks are in their intervals at once, and letters agree with the tests.

use super::chance::Population;
use super::error_rates::all_pairs;
use super::tally::{ALPHA, Claim, Experiment, Kind, Outcome, Section, by_method};
use meshbench_stats::letters::Letters;
use meshbench_stats::rank::{Better, Ranks, ranks};
use meshbench_stats::rank_bootstrap::{Centre, RankBootstrap};
use meshbench_stats::rank_intervals::{self, Separation, from_separations};
use meshbench_stats::{Blocks, Confidence, Resampling, Values, adjust, pairs, signed_rank};

/// Ranks of several systems, neighbours a given distance apart, in units of the deviation of one value.
pub fn true_ranks(rounds: usize) -> Section {
    let columns = [6, 8, 12, 20];
    let mut rows = Vec::new();
    for (at, (systems, gap)) in [(4, 0.0), (4, 0.3), (4, 1.0), (8, 0.0), (8, 0.3)].into_iter().enumerate() {
        let truth: Vec<f64> = (0..systems).map(|system| gap * f64::from(system)).collect();
        let wanted = ranks(&truth, Better::Lower);
        let experiment = Experiment {
            number: 180 + at as u64,
            data: &format!("{systems} systems, {gap} apart"),
            methods: vec![
                ("ranks by sign flips with Holm (`rank_low`, `rank_high`)".to_owned(), Claim::Kept),
                ("ranks by paired t".to_owned(), Claim::Kept),
                (
                    "bootstrap of blocks (`bootstrap_low`, `bootstrap_high`)".to_owned(),
                    if gap == 0.0 { Claim::Wrong } else { Claim::Approximate },
                ),
            ],
        };
        rows.extend(experiment.run(&columns, rounds, |count, chance| {
            let values: Vec<Vec<f64>> = truth
                .iter()
                .map(|centre| Population::Normal.sample(chance, count).iter().map(|x| centre + x).collect())
                .collect();
            let table: Vec<Vec<f64>> =
                (0..count).map(|block| values.iter().map(|system| system[block]).collect()).collect();
            let blocks = Blocks::new(&table).expect("a table");
            let resampling = Resampling { seed: chance.uniform().to_bits(), resamples: 199 };
            let bootstrap = RankBootstrap::new(&blocks, Centre::Mean, Better::Lower, resampling).expect("blocks");
            let hold = |found: &[Ranks]| {
                Outcome::holds(found.iter().zip(&wanted).all(|(found, wanted)| found.contain(*wanted)))
            };
            vec![
                hold(&from_separations(values.len(), &separations(&values))),
                hold(&rank_intervals::paired_t(&blocks, Better::Lower, Confidence::P95)),
                hold(&bootstrap.intervals(Confidence::P95)),
            ]
        }));
    }
    let rows = by_method(rows);
    Section { title: "All true ranks at once", kind: Kind::Interval, counts: "blocks", columns: columns.to_vec(), rows }
}

/// What `analyze` separates: pairs whose adjusted p is at most 5 %, in the direction of the estimate.
fn separations(systems: &[Vec<f64>]) -> Vec<Separation> {
    let adjusted = adjust::holm(&all_pairs(systems));
    let found = pairs(systems).zip(adjusted).filter(|(_, p)| p.is_some_and(|p| p <= ALPHA));
    let separations: Vec<Separation> = found
        .filter_map(|((pair, first, second), _)| {
            let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
            let middle = signed_rank::hodges_lehmann(Values::new(&differences).ok()?, Confidence::P95).value;
            let (better, worse) = if middle < 0.0 { (pair.first, pair.second) } else { (pair.second, pair.first) };
            Some(Separation { better, worse })
        })
        .collect();
    agree(systems, &separations);
    separations
}

/// Two systems share a letter exactly when they were not separated.
fn agree(systems: &[Vec<f64>], separations: &[Separation]) {
    let apart: Vec<(usize, usize)> = separations.iter().map(|found| (found.better, found.worse)).collect();
    let letters = Letters::new(systems.len(), &apart);
    for (pair, _, _) in pairs(systems) {
        let share =
            letters.columns().iter().any(|column| column.contains(&pair.first) && column.contains(&pair.second));
        let separated = apart.contains(&(pair.first, pair.second)) || apart.contains(&(pair.second, pair.first));
        assert!(share != separated, "{pair:?}: {letters:?}");
    }
}
