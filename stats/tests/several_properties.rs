//! What must hold of the methods for more than two groups whatever the data.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

use meshbench_stats::kaplan_meier::Duration;
use meshbench_stats::letters::Letters;
use meshbench_stats::log_rank::{Weights, log_rank};
use meshbench_stats::proportions::{self, Share};
use meshbench_stats::{
    Blocks, Computed, Confidence, Groups, Incomplete, PValue, Resampling, Values, adjust, correlation, dunn, durbin,
    friedman, games_howell, kruskal_wallis, nemenyi, skillings_mack, studentized_range, welch_anova,
};
use proptest::prelude::*;

const DRAWS: Resampling = Resampling { seed: 2, resamples: 300 };

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-6)
}

/// Few distinct values, so that there are ties.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![(0..6i32).prop_map(f64::from), -100.0..100.0f64]
}

fn table() -> impl Strategy<Value = Vec<Vec<f64>>> {
    (1..7usize, 2..6usize).prop_flat_map(|(n, k)| prop::collection::vec(prop::collection::vec(value(), k), n))
}

fn groups() -> impl Strategy<Value = Vec<Vec<f64>>> {
    prop::collection::vec(prop::collection::vec(value(), 1..7), 2..5)
}

/// Rises strictly, and keeps ties.
fn bent(x: f64) -> f64 {
    x * x * x + 2.0 * x + 1.0
}

fn is_p(p: PValue) -> bool {
    (0.0..=1.0).contains(&p.value) && p.smallest.is_none_or(|least| least > 0.0 && least <= p.value * (1.0 + 1e-9))
}

fn reversed<T: Clone>(items: &[T]) -> Vec<T> {
    items.iter().rev().cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn friedman_sees_only_orders_inside_blocks(rows in table()) {
        let other: Vec<Vec<f64>> = reversed(&rows)
            .iter()
            .enumerate()
            .map(|(at, row)| row.iter().rev().map(|&x| bent(x) * (at as f64 + 1.0) - 7.0 * at as f64).collect())
            .collect();
        let (a, b) = (Blocks::new(&rows).unwrap(), Blocks::new(&other).unwrap());
        let (found, same) = (friedman::friedman(&a), friedman::friedman(&b));
        prop_assert_eq!(found, same);
        prop_assert_eq!(friedman::permutation(&a, DRAWS), friedman::permutation(&b, DRAWS));
        if let Some(test) = found {
            prop_assert!(is_p(test.p) && test.f.is_none_or(|f| is_p(f.p)));
            prop_assert!((0.0..=1.0 + 1e-12).contains(&test.concordance));
            prop_assert!(is_p(friedman::permutation(&a, DRAWS).unwrap()));
        }
        prop_assert!(nemenyi::nemenyi(&a).unwrap().iter().all(|pair| is_p(pair.p)));
        // Durbin's test of a complete table is Friedman's.
        let complete = durbin::durbin(&Incomplete::from(&a));
        prop_assert_eq!(complete.map(|test| test.chi_square), found.map(|test| test.chi_square));
    }

    #[test]
    fn skillings_mack_extends_friedman(rows in table(), gaps in prop::collection::vec(0..40usize, 0..5)) {
        let distinct: Vec<Vec<f64>> = rows
            .iter()
            .map(|row| row.iter().enumerate().map(|(at, x)| x + at as f64 * 1e-3).collect())
            .collect();
        let blocks = Blocks::new(&distinct).unwrap();
        let extended = skillings_mack::skillings_mack(&Incomplete::from(&blocks)).unwrap();
        if blocks.ranks().iter().all(|ranks| ranks.tie_sum() == 0.0) {
            prop_assert!(close(extended.chi_square, friedman::friedman(&blocks).unwrap().chi_square));
        }
        let mut cells: Vec<Vec<Option<f64>>> =
            distinct.iter().map(|row| row.iter().copied().map(Some).collect()).collect();
        let width = blocks.columns();
        for gap in gaps {
            let row = (gap / width) % cells.len();
            cells[row][gap % width] = None;
        }
        let turned = Incomplete::new(reversed(&cells).iter().map(|row| reversed(row)).collect()).unwrap();
        let table = Incomplete::new(cells).unwrap();
        let (a, b) = (skillings_mack::skillings_mack(&table), skillings_mack::skillings_mack(&turned));
        prop_assert_eq!(a.is_some(), b.is_some());
        if let (Some(a), Some(b)) = (a, b) {
            prop_assert!(close(a.chi_square, b.chi_square) && is_p(a.p) && a.degrees == width - 1);
            prop_assert!(is_p(skillings_mack::permutation(&table, DRAWS).unwrap()));
        }
    }

    #[test]
    fn rank_tests_of_groups_see_only_ranks(samples in groups()) {
        let other: Vec<Vec<f64>> =
            reversed(&samples).iter().map(|group| group.iter().rev().map(|&x| bent(x)).collect()).collect();
        let (a, b) = (Groups::new(&samples).unwrap(), Groups::new(&other).unwrap());
        let (found, same) = (kruskal_wallis::kruskal_wallis(&a), kruskal_wallis::kruskal_wallis(&b));
        prop_assert_eq!(found.is_some(), same.is_some());
        if let (Some(found), Some(same)) = (found, same) {
            prop_assert!(close(found.chi_square, same.chi_square) && is_p(found.p));
            let p = kruskal_wallis::permutation(&a, DRAWS).unwrap();
            prop_assert!(is_p(p));
            if p.computed == Computed::Exact {
                prop_assert_eq!(p, kruskal_wallis::permutation(&b, DRAWS).unwrap());
            }
            let (z, turned) = (dunn::dunn(&a).unwrap(), dunn::dunn(&b).unwrap());
            let sorted = |mut z: Vec<f64>| {
                z.sort_by(f64::total_cmp);
                z
            };
            let back = sorted(turned.iter().map(|pair| -pair.z).collect());
            prop_assert!(sorted(z.iter().map(|pair| pair.z).collect()).into_iter().zip(back).all(|(a, b)| close(a, b)));
            prop_assert!(z.iter().all(|pair| is_p(pair.p)));
        }
    }

    #[test]
    fn a_single_pair_of_groups_is_welch(samples in prop::collection::vec(prop::collection::vec(value(), 2..7), 2)) {
        let groups = Groups::new(&samples).unwrap();
        if let Some(anova) = welch_anova::welch_anova(&groups) {
            let pair = games_howell::games_howell(&groups, Confidence::P95)[0].unwrap();
            prop_assert!(close(anova.degrees.1, pair.degrees));
            prop_assert!(close(anova.p.value, pair.p.value), "{anova:?} {pair:?}");
            let interval = pair.interval.unwrap();
            let is_outside = interval.low > 0.0 || interval.high < 0.0;
            prop_assert!(is_outside == (pair.p.value < 0.05) || (pair.p.value - 0.05).abs() < 1e-9);
        }
    }

    #[test]
    fn letters_are_shared_exactly_where_nothing_separates(
        (items, bits) in (0..13usize, prop::collection::vec(any::<bool>(), 78)),
        dense in any::<bool>(),
    ) {
        let all: Vec<(usize, usize)> = (0..items).flat_map(|b| (0..b).map(move |a| (a, b))).collect();
        let mut separated: Vec<_> = all
            .iter()
            .zip(bits.iter().zip(bits.iter().rev()))
            .filter(|(_, (one, other))| **one && (dense || **other))
            .map(|(pair, _)| *pair)
            .collect();
        let shown = Letters::new(items, &separated);
        let shares = |a, b| shown.columns().iter().any(|column| column.contains(&a) && column.contains(&b));
        for &(a, b) in &all {
            prop_assert_eq!(shares(a, b), !separated.contains(&(a, b)), "{} {} {:?}", a, b, shown);
        }
        prop_assert!((0..items).all(|item| shares(item, item)));
        for (at, column) in shown.columns().iter().enumerate() {
            let others = shown.columns().iter().enumerate().filter(|(other, _)| *other != at);
            prop_assert!(others.into_iter().all(|(_, other)| !column.iter().all(|item| other.contains(item))));
            // Nothing can be left out.
            for &item in column {
                let needed = |other: usize| {
                    let both = |c: &&Vec<usize>| c.contains(&item) && c.contains(&other);
                    shown.columns().iter().filter(both).count() == 1
                };
                prop_assert!(column.iter().any(|&other| needed(other)), "{} in {:?}", item, shown);
            }
        }
        separated.reverse();
        let turned: Vec<_> = separated.iter().map(|&(a, b)| (b, a)).collect();
        prop_assert_eq!(Letters::new(items, &turned), shown);
    }

    #[test]
    fn adjusted_p_values_keep_their_order(
        family in prop::collection::vec(prop::option::weighted(0.8, prop_oneof![0.0..=1.0f64, Just(0.0), Just(0.01)]), 0..20),
    ) {
        let family: Vec<Option<PValue>> = family.into_iter().map(|p| p.and_then(PValue::of_distribution)).collect();
        let (holm, bh) = (adjust::holm(&family), adjust::benjamini_hochberg(&family));
        for (at, p) in family.iter().enumerate() {
            prop_assert_eq!((holm[at].is_some(), bh[at].is_some()), (p.is_some(), p.is_some()));
            let Some(p) = p else { continue };
            let (h, b) = (holm[at].unwrap(), bh[at].unwrap());
            prop_assert!(p.value <= b && b <= h + 1e-15 && h <= 1.0);
            for (other, q) in family.iter().enumerate() {
                if q.is_some_and(|q| q.value >= p.value) {
                    prop_assert!(holm[other].unwrap() >= h && bh[other].unwrap() >= b);
                }
            }
        }
        let tested: Vec<Option<PValue>> = family.iter().copied().filter(Option::is_some).collect();
        prop_assert_eq!(adjust::holm(&tested), holm.into_iter().filter(Option::is_some).collect::<Vec<_>>());
    }

    #[test]
    fn log_rank_sees_only_the_order_of_times(
        groups in prop::collection::vec(prop::collection::vec((0..12i32, any::<bool>()), 1..9), 2..5),
    ) {
        let make = |bend: &dyn Fn(f64) -> f64| -> Vec<Vec<Duration>> {
            let one = |&(time, ended): &(i32, bool)| Duration { time: bend(f64::from(time)), ended };
            groups.iter().map(|group| group.iter().map(one).collect()).collect()
        };
        let (straight, curved) = (make(&|t| t), reversed(&make(&|t| t * t + t)));
        for weights in [Weights::LogRank, Weights::PetoPeto] {
            let (a, b) = (log_rank(&straight, weights), log_rank(&curved, weights));
            prop_assert_eq!(a.is_some(), b.is_some());
            if let (Some(a), Some(b)) = (a, b) {
                prop_assert!(close(a.chi_square, b.chi_square) && is_p(a.p) && a.degrees == b.degrees);
                prop_assert!(close(a.observed.iter().sum(), a.expected.iter().sum()));
            }
        }
    }

    #[test]
    fn fisher_does_not_care_what_is_called_what(m in 1..40u64, n in 1..40u64, a in 0..40u64, b in 0..40u64) {
        let share = |k: u64, n: u64| Share::new(k.min(n), n).unwrap();
        let fails = |k: u64, n: u64| Share::new(n - k.min(n), n).unwrap();
        let p = proportions::fisher_exact(share(a, m), share(b, n)).unwrap();
        prop_assert!(is_p(p));
        prop_assert!(close(p.value, proportions::fisher_exact(share(b, n), share(a, m)).unwrap().value));
        prop_assert!(close(p.value, proportions::fisher_exact(fails(a, m), fails(b, n)).unwrap().value));
        let d = proportions::difference(share(a, m), share(b, n), Confidence::P95).unwrap();
        let turned = proportions::difference(share(b, n), share(a, m), Confidence::P95).unwrap();
        prop_assert!(close(d.interval.low, -turned.interval.high) && d.interval.low >= -1.0 && d.interval.high <= 1.0);
    }

    #[test]
    fn correlation_turns_with_its_sign(pairs in prop::collection::vec((value(), value()), 1..8)) {
        let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let (bent_x, turned_y): (Vec<f64>, Vec<f64>) = pairs.iter().rev().map(|&(x, y)| (bent(x), -y)).unzip();
        let paired = |x: &[f64], y: &[f64]| correlation::Paired::new(Values::new(x).unwrap(), Values::new(y).unwrap());
        let (Some(a), Some(b)) = (paired(&x, &y), paired(&bent_x, &turned_y)) else { return Ok(()) };
        for (a, b) in [
            (a.spearman(Confidence::P95, DRAWS).unwrap(), b.spearman(Confidence::P95, DRAWS).unwrap()),
            (a.kendall(Confidence::P95, DRAWS).unwrap(), b.kendall(Confidence::P95, DRAWS).unwrap()),
        ] {
            prop_assert_eq!((a.value, a.p), (-b.value, b.p));
            prop_assert!(is_p(a.p) && a.value.abs() <= 1.0);
        }
    }

    #[test]
    fn the_studentized_range_falls(q in 0.0..40.0f64, more in 0.0..5.0f64, groups in 2..30usize, degrees in 1.0..200.0f64) {
        let sf = |q, groups, degrees| studentized_range::sf(q, groups, degrees).unwrap();
        let here = sf(q, groups, degrees);
        prop_assert!(sf(q + more, groups, degrees) <= here * (1.0 + 1e-12));
        prop_assert!(sf(q, groups + 1, degrees) >= here * (1.0 - 1e-12));
        prop_assert!((0.0..=1.0).contains(&here));
    }
}

#[test]
fn draws_do_not_depend_on_the_number_of_threads() {
    let rows: Vec<Vec<f64>> = (0..9).map(|i| (0..8).map(|j| f64::from((i * 7 + j * j * 3) % 11)).collect()).collect();
    let blocks = Blocks::new(&rows).unwrap();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let resampling = Resampling { seed: 9, resamples: 1500 };
            let drawn = friedman::permutation(&blocks, resampling).unwrap();
            assert!(matches!(drawn.computed, Computed::MonteCarlo { .. }));
            (drawn, skillings_mack::permutation(&Incomplete::from(&blocks), resampling))
        })
    };
    assert_eq!(with(1), with(3));
}
