//! What holds for resampling and ranks whatever the data.

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

use meshbench_stats::bootstrap::Bootstrap;
use meshbench_stats::composite::{Cell, Factors, MissingPolicy, from_blocks, leave_one_out, random_weights};
use meshbench_stats::drift::drift;
use meshbench_stats::rank::{Better, Ranks};
use meshbench_stats::rank_bootstrap::{Centre, RankBootstrap};
use meshbench_stats::{
    Blocks, Confidence, Interval, Resampling, Values, dip, outliers, power, rank_intervals, variance_components,
};
use proptest::prelude::*;

const FEW: Resampling = Resampling { seed: 11, resamples: 700 };

fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

fn sample() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec((-1000i32..1000).prop_map(|i| f64::from(i) / 8.0), 2..40)
}

fn table() -> impl Strategy<Value = Blocks> {
    (2usize..12, 1usize..7).prop_flat_map(|(blocks, systems)| {
        let row = prop::collection::vec((0i32..12).prop_map(f64::from), systems);
        prop::collection::vec(row, blocks).prop_map(|rows| Blocks::new(&rows).unwrap())
    })
}

/// Systems in cells, of which some are missing.
fn cells() -> impl Strategy<Value = Vec<Vec<Option<f64>>>> {
    (1usize..5, 1usize..5).prop_flat_map(|(systems, cells)| {
        let value = prop::option::weighted(0.8, (1i32..50).prop_map(f64::from));
        prop::collection::vec(prop::collection::vec(value, cells), systems)
    })
}

fn mapped(blocks: &Blocks, f: impl Fn(f64) -> f64) -> Blocks {
    Blocks::new(&blocks.rows().map(|row| row.iter().map(|&x| f(x)).collect::<Vec<_>>()).collect::<Vec<_>>()).unwrap()
}

fn near(a: Option<Interval>, b: Option<Interval>, f: impl Fn(f64) -> f64) -> bool {
    let close = |a: f64, b: f64| (f(a) - b).abs() <= 1e-9 * (1.0 + b.abs());
    match (a, b) {
        (Some(a), Some(b)) => close(a.low, b.low) && close(a.high, b.high),
        (a, b) => a == b,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_number_of_threads_changes_no_bit(values in sample(), table in table(), systems in cells()) {
        let all = || {
            let values = Values::new(&values).unwrap();
            let mean = |x: &[f64]| x.iter().sum::<f64>();
            let flat = vec![Cell { better: Better::Higher, weight: 1.0 }; systems[0].len()];
            (
                Bootstrap::of_mean(values, FEW),
                Bootstrap::of_median(values, FEW),
                Bootstrap::of(values, mean, FEW),
                Bootstrap::of_mean_of_means(&[values, values], FEW),
                [Centre::Mean, Centre::Median].map(|centre| RankBootstrap::new(&table, centre, Better::Higher, FEW)),
                dip::test(values, FEW),
                random_weights(&Factors::new(&systems, &flat).unwrap(), MissingPolicy::WorstObserved, FEW),
                from_blocks(&[systems.clone(), systems.clone()], &flat, Confidence::P95, FEW),
            )
        };
        prop_assert_eq!(with_threads(1, all), with_threads(3, all));
    }

    #[test]
    fn intervals_move_and_stretch_with_the_values(values in sample(), shift in -50i32..50, exponent in -3i32..4) {
        let (shift, scale) = (f64::from(shift), 2f64.powi(exponent));
        let moved: Vec<f64> = values.iter().map(|x| x * scale + shift).collect();
        for of in [Bootstrap::of_mean as fn(Values<'_>, Resampling) -> Option<Bootstrap>, Bootstrap::of_median] {
            let (a, b) = (of(Values::new(&values).unwrap(), FEW).unwrap(), of(Values::new(&moved).unwrap(), FEW).unwrap());
            prop_assert!(near(a.percentile(Confidence::P95), b.percentile(Confidence::P95), |x| x * scale + shift));
        }
    }

    #[test]
    fn intervals_hold_their_value_and_stay_within_the_data(values in sample()) {
        let values = Values::new(&values).unwrap();
        let (low, high) = values.range();
        let found = Bootstrap::of_mean(values, FEW).unwrap();
        for interval in [found.percentile(Confidence::P95), found.bca(Confidence::P95)].into_iter().flatten() {
            prop_assert!(low <= interval.low && interval.low <= found.value());
            prop_assert!(found.value() <= interval.high && interval.high <= high);
        }
    }

    #[test]
    fn rank_intervals_hold_the_rank_and_shares_add_up(table in table(), higher in any::<bool>(), median in any::<bool>()) {
        let centre = if median { Centre::Median } else { Centre::Mean };
        let better = if higher { Better::Higher } else { Better::Lower };
        let found = RankBootstrap::new(&table, centre, better, FEW).unwrap();
        prop_assert!((found.first().iter().sum::<f64>() - 1.0).abs() < 1e-9);
        for row in found.shares() {
            prop_assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
        for column in 0..table.columns() {
            prop_assert!((found.shares().iter().map(|row| row[column]).sum::<f64>() - 1.0).abs() < 1e-9);
        }
        let confidence = Confidence::P95;
        let paired = rank_intervals::paired_t(&table, better, confidence);
        let means = RankBootstrap::new(&table, Centre::Mean, better, FEW).unwrap();
        for (intervals, point) in [(found.intervals(confidence), found.point()), (paired, means.point())] {
            for (interval, point) in intervals.iter().zip(point) {
                prop_assert!(interval.contain(*point), "{:?} {:?}", interval, point);
                prop_assert!(1 <= interval.best && interval.worst <= table.columns());
            }
        }
        // The other way round, ranks are counted from the other end.
        let other = if higher { Better::Lower } else { Better::Higher };
        let turned = |r: &Ranks| Ranks { best: 1 + table.columns() - r.worst, worst: 1 + table.columns() - r.best };
        let reversed = RankBootstrap::new(&table, centre, other, FEW).unwrap().intervals(confidence);
        prop_assert_eq!(found.intervals(confidence), reversed.iter().map(turned).collect::<Vec<_>>());
        let pairs = |better| rank_intervals::paired_t(&table, better, confidence);
        prop_assert_eq!(pairs(better), pairs(other).iter().map(turned).collect::<Vec<_>>());
    }

    #[test]
    fn components_move_with_the_square_of_the_scale(table in table(), exponent in -20i32..20) {
        let scale = 2f64.powi(exponent);
        let found = variance_components::components(&table, None).unwrap();
        let moved = variance_components::components(&mapped(&table, |x| x * scale), None).unwrap();
        prop_assert_eq!(moved.mean_squares.blocks, found.mean_squares.blocks * scale * scale);
        prop_assert_eq!(moved.between_blocks.clamped, found.between_blocks.clamped);
        prop_assert_eq!(moved.intraclass_correlation, found.intraclass_correlation);
        if let Some(shared) = found.intraclass_correlation {
            prop_assert!((0.0..=1.0).contains(&shared));
        }
    }

    #[test]
    fn missing_is_never_best(systems in cells(), better in prop::sample::select(vec![Better::Higher, Better::Lower])) {
        let cells = vec![Cell { better, weight: 1.0 }; systems[0].len()];
        let factors = Factors::new(&systems, &cells).unwrap();
        for policy in [MissingPolicy::CommonCells, MissingPolicy::PerSystem, MissingPolicy::WorstObserved] {
            for score in factors.scores(policy).scores {
                prop_assert!(score.value.is_none_or(|value| value > 0.0 && value <= 1.0));
                prop_assert_eq!(score.value.is_some(), score.cells > 0);
            }
        }
        // A system that has nothing is no better than any other, in no policy.
        let mut nothing = systems.clone();
        nothing[0].fill(None);
        let nothing = Factors::new(&nothing, &cells).unwrap();
        prop_assert_eq!(nothing.scores(MissingPolicy::CommonCells).scores[0].value, None);
        prop_assert_eq!(nothing.scores(MissingPolicy::PerSystem).scores[0].value, None);
        let worst = nothing.scores(MissingPolicy::WorstObserved).scores;
        if let Some(value) = worst[0].value {
            prop_assert!(worst.iter().all(|score| score.value.unwrap() >= value - 1e-12));
        }
        if let Some(left) = leave_one_out(&factors, MissingPolicy::WorstObserved, &(0..cells.len()).collect::<Vec<_>>()) {
            prop_assert_eq!(left.without.len(), cells.len());
        }
    }

    #[test]
    fn drift_turns_with_the_values(values in sample()) {
        let points = |sign: f64| values.iter().enumerate().map(|(i, x)| (i as f64, sign * x)).collect::<Vec<_>>();
        let (up, down) = (drift(&points(1.0), Confidence::P95).unwrap(), drift(&points(-1.0), Confidence::P95).unwrap());
        prop_assert_eq!((up.s, up.p.value), (-down.s, down.p.value));
        prop_assert!((up.slope.value + down.slope.value).abs() <= 1e-12 * up.slope.value.abs());
    }

    #[test]
    fn a_dip_knows_neither_place_nor_direction_nor_scale(values in sample()) {
        let of = |f: &dyn Fn(f64) -> f64| dip::dip(Values::new(&values.iter().map(|&x| f(x)).collect::<Vec<_>>()).unwrap()).unwrap();
        let found = of(&|x| x);
        prop_assert!(found >= 0.5 / values.len() as f64 - 1e-12 && found <= 0.25 + 1e-12);
        for other in [of(&|x| -x), of(&|x| x * 1e200), of(&|x| x + 512.0)] {
            prop_assert!((other - found).abs() < 1e-9, "{} {}", other, found);
        }
    }

    #[test]
    fn whatever_is_finite_has_a_finite_answer_or_none(
        values in prop::collection::vec(prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO, 1..9),
        (effect, deviation, wanted) in (any::<f64>(), any::<f64>(), any::<f64>()),
        blocks in 0u64..400,
    ) {
        let all = Values::new(&values).unwrap();
        let finite = |interval: Option<Interval>| interval.is_none_or(|i| i.low.is_finite() && i.high.is_finite() && i.low <= i.high);
        let few = Resampling { seed: 1, resamples: 60 };
        for found in [Bootstrap::of_mean(all, few), Bootstrap::of_median(all, few), Bootstrap::of_mean_of_means(&[all, all], few)] {
            let Some(found) = found else { continue };
            prop_assert!(finite(found.percentile(Confidence::P95)) && finite(found.bca(Confidence::P95)));
            prop_assert!(found.acceleration().is_none_or(f64::is_finite));
        }
        let points: Vec<(f64, f64)> = values.iter().enumerate().map(|(i, x)| (i as f64, *x)).collect();
        if let Some(found) = drift(&points, Confidence::P95) {
            prop_assert!(found.slope.value.is_finite() && finite(found.slope.interval));
            prop_assert!((0.0..=1.0).contains(&found.p.value));
        }
        prop_assert!(dip::dip(all).is_none_or(|dip| dip > 0.0 && dip <= 0.25 + 1e-12));
        prop_assert!(outliers::places(all).is_none_or(|places| places.len() == values.len()));
        let column = Blocks::new(&values.iter().map(|x| [*x, -x / 2.0]).collect::<Vec<_>>()).unwrap();
        if let Some(found) = variance_components::components(&column, None) {
            prop_assert!(found.mean_squares.blocks.is_finite() && found.between_blocks.variance.is_finite());
            prop_assert!(found.between_links.is_none_or(|links| links.variance.is_finite()));
        }
        prop_assert_eq!(rank_intervals::paired_t(&column, Better::Lower, Confidence::P95).len(), 2);
        let confidence = Confidence::P95;
        prop_assert!(power::power(blocks, effect, deviation, confidence).is_none_or(|p| (0.0..=1.0).contains(&p)));
        prop_assert!(power::expected_half_width(blocks, deviation, confidence).is_none_or(f64::is_finite));
        prop_assert!(power::detectable_effect(blocks, deviation, wanted, confidence).is_none_or(f64::is_finite));
        prop_assert!(power::blocks_for_effect(effect, deviation, wanted, confidence).is_none_or(|n| n >= 2));
        prop_assert!(power::blocks_for_half_width(deviation, effect, confidence).is_none_or(|n| n >= 2));
    }
}
