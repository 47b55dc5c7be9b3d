//! The unit in which something was measured changes nothing but the unit of the answer.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

use meshbench_stats::bootstrap::Bootstrap;
use meshbench_stats::composite::{Cell, from_blocks};
use meshbench_stats::correlation::Paired;
use meshbench_stats::rank::{Better, ranks};
use meshbench_stats::rank_bootstrap::{Centre, RankBootstrap};
use meshbench_stats::{
    Blocks, Confidence, Groups, Interval, PValue, Resampling, Values, equivalence, friedman, kruskal_wallis,
    mann_whitney, permutation, sign_flip, signed_rank, superiority,
};
use proptest::prelude::*;

const FEW: Resampling = Resampling { seed: 3, resamples: 2000 };

/// Seconds as nanoseconds and the like, and factors that are no power of two or ten.
const UNITS: [f64; 9] = [1e-9, 1e-6, 1e-3, 0.3, 7.0, 8.0, 1e3, 1e6, 1e9];

fn scaled(values: &[f64], unit: f64) -> Vec<f64> {
    values.iter().map(|x| x * unit).collect()
}

/// The same interval in another unit, but for rounding relative to the largest value.
fn same(a: Option<Interval>, b: Option<Interval>, unit: f64, size: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.is_some(), b.is_some(), "{:?}, {:?}, {}", a, b, unit);
    for (a, b) in a.into_iter().zip(b) {
        for (a, b) in [(a.low, b.low), (a.high, b.high)] {
            prop_assert!((a * unit - b).abs() <= 1e-9 * size * unit, "{}: {} is not {}", unit, b, a * unit);
        }
    }
    Ok(())
}

/// Tenths, of which many sums are equal in decimals and not as doubles.
fn sums(most: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((1i32..20, 0i32..9).prop_map(|(a, b)| f64::from(a) / 10.0 + f64::from(b) / 10.0), 3..most)
}

/// Tenths, of which equal ones are the same double.
fn tenths(most: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((1i32..20).prop_map(|tenth| f64::from(tenth) / 10.0), 3..most)
}

#[test]
fn the_mean_of_a_symmetric_sample_has_no_bias_in_any_unit() {
    // Of 27 resamples 7 have the mean 0.2: 0.1 + 0.2 + 0.3 in six orders, and 0.2 three times.
    for unit in UNITS {
        let values = scaled(&[0.1, 0.2, 0.3], unit);
        let found =
            Bootstrap::of_mean(Values::new(&values).unwrap(), Resampling { seed: 1, resamples: 100_000 }).unwrap();
        let bias = found.bias_correction().unwrap();
        assert!(bias.abs() < 0.01, "{unit}: {bias}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bootstrap_intervals_scale(values in sums(9), geometric in any::<bool>()) {
        let of = |unit: f64| {
            let values: Vec<f64> = scaled(&values, unit).into_iter().map(|x| if geometric { x.ln() } else { x }).collect();
            let values = Values::new(&values).unwrap();
            let mean = Bootstrap::of_mean(values, FEW).unwrap();
            let means = Bootstrap::of_mean_of_means(&[values, values], FEW).unwrap();
            let median = Bootstrap::of_median(values, FEW).unwrap();
            let intervals = [mean, means, median].map(|found| [found.bca(Confidence::P95), found.percentile(Confidence::P95)]);
            let back = |i: Interval| if geometric {
                Interval { low: i.low.exp(), high: i.high.exp(), ..i }
            } else {
                i
            };
            intervals.as_flattened().iter().map(|interval| interval.map(back)).collect::<Vec<_>>()
        };
        let size = values.iter().fold(0.0f64, |size, x| size.max(*x));
        let plain = of(1.0);
        for unit in UNITS {
            for (a, b) in plain.iter().zip(of(unit)) {
                same(*a, b, unit, 10.0 * size)?;
            }
        }
    }

    #[test]
    fn tests_of_one_sample_see_no_unit(values in tenths(8), others in tenths(8)) {
        let of = |unit: f64| -> Vec<Option<PValue>> {
            let (a, b) = (scaled(&values, unit), scaled(&others, unit));
            let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
            let paired = Values::new(&differences).unwrap();
            let (x, y) = (Values::new(&a).unwrap(), Values::new(&b).unwrap());
            vec![
                Some(sign_flip::sign_flip(paired, FEW)),
                Some(mann_whitney::mann_whitney(x, y, FEW)),
                Some(permutation::mean_difference(x, y, FEW)),
                kruskal_wallis::permutation(&Groups::new(&[a.clone(), b.clone()]).unwrap(), FEW),
                Paired::new(x, Values::new(&a.iter().rev().copied().collect::<Vec<_>>()).unwrap())
                    .and_then(|paired| paired.kendall(Confidence::P95, FEW))
                    .map(|found| found.p),
            ]
        };
        let plain = of(1.0);
        for unit in UNITS {
            prop_assert_eq!(&of(unit), &plain, "{}", unit);
        }
    }

    #[test]
    fn rank_tests_see_no_unit(values in tenths(12)) {
        // Not differences: of these the caller knows how large their terms were, and makes ties of what is rounding.
        let of = |unit: f64| {
            let values = scaled(&values, unit);
            let values = Values::new(&values).unwrap();
            (signed_rank::wilcoxon(values), equivalence::signed_rank(values, -1.05 * unit, 1.05 * unit))
        };
        for unit in UNITS {
            prop_assert_eq!(of(unit), of(1.0), "{}", unit);
        }
    }

    #[test]
    fn places_see_no_unit(rows in (3usize..7).prop_flat_map(|systems| {
        prop::collection::vec(prop::collection::vec((1i32..5, 0i32..4), systems), 2..8)
    }), log in any::<bool>()) {
        let of = |unit: f64| {
            let value = |(a, b): &(i32, i32)| f64::from(a + b) / 10.0 * unit;
            let rows: Vec<Vec<f64>> = rows
                .iter()
                .map(|row| row.iter().map(value).map(|x| if log { x.ln() } else { x }).collect())
                .collect();
            let blocks = Blocks::new(&rows).unwrap();
            let places = |centre| RankBootstrap::new(&blocks, centre, Better::Higher, FEW).unwrap();
            let totals: Vec<f64> = (0..blocks.columns()).map(|system| blocks.column(system).iter().sum()).collect();
            (
                friedman::permutation(&blocks, FEW),
                [Centre::Mean, Centre::Median].map(places),
                ranks(&totals, Better::Lower),
                superiority::unpaired(
                    Values::new(&blocks.column(0)).unwrap(),
                    Values::new(&blocks.column(1)).unwrap(),
                    Confidence::P95,
                ),
            )
        };
        let plain = of(1.0);
        // On logarithms another unit adds a constant, which rounds differently near 0.
        for unit in UNITS.into_iter().filter(|unit| !log || !(0.01..100.0).contains(unit)) {
            let found = of(unit);
            if log {
                prop_assert_eq!(&found.1[0], &of(1e5).1[0], "{}", unit);
            } else {
                prop_assert_eq!(&found, &plain, "{}", unit);
            }
        }
    }

    #[test]
    fn scores_see_no_unit(values in prop::collection::vec((1i32..9, 1i32..9, 1i32..9), 2..6)) {
        let of = |unit: f64| {
            let tenth = |x: i32| Some(f64::from(x) / 10.0 * unit);
            let blocks: Vec<Vec<Vec<Option<f64>>>> =
                values.iter().map(|(a, b, c)| vec![vec![tenth(*a)], vec![tenth(*b)], vec![tenth(*c)]]).collect();
            from_blocks(&blocks, &[Cell { better: Better::Higher, weight: 1.0 }], Confidence::P95, FEW).unwrap().unwrap()
        };
        let plain = of(1.0);
        for unit in UNITS {
            for ((a, x), (b, y)) in plain.scores.iter().zip(of(unit).scores) {
                prop_assert!((a - b).abs() < 1e-9);
                same(*x, y, 1.0, 1.0)?;
            }
        }
    }
}
