//! What one- and two-sample methods keep to, whatever the values are.

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
use meshbench_stats::{
    Computed, Confidence, Located, PValue, Resampling, Values, equivalence, superiority, t_interval, welch,
};
use proptest::prelude::*;

const DRAWN: Resampling = Resampling { seed: 7, resamples: 600 };

fn values(numbers: &[f64]) -> Values<'_> {
    Values::new(numbers).unwrap()
}

/// Values with ties and zeros, and values without.
fn sample(longest: usize) -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        prop::collection::vec((-6i32..=6).prop_map(|k| f64::from(k) / 4.0), 1..longest),
        prop::collection::vec(-10.0..10.0f64, 1..longest),
    ]
}

/// Every finite double.
fn any_sample(longest: usize) -> impl Strategy<Value = Vec<f64>> {
    let finite = any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |x| x.is_finite());
    prop::collection::vec(finite, 1..longest)
}

fn sound(p: PValue) -> PValue {
    assert!(p.value > 0.0 || p.computed == Computed::Distribution, "{p:?}");
    assert!(p.value >= p.smallest.unwrap_or(0.0) * (1.0 - 1e-12) && p.value <= 1.0, "{p:?}");
    p
}

fn encloses(located: Located) {
    assert!(located.value.is_finite());
    if let Some(interval) = located.interval {
        assert!(interval.low <= located.value && located.value <= interval.high, "{located:?}");
        assert!(interval.confidence > 0.0 && interval.confidence <= 1.0, "{located:?}");
    }
}

fn same(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-3), "{a} {b}");
}

/// Share of all sign choices with |Σ±d| of at least the observed one, in quarters.
fn brute_signs(quarters: &[i32]) -> f64 {
    let observed = quarters.iter().sum::<i32>().abs();
    let all = 1u32 << quarters.len();
    let extreme = (0..all)
        .filter(|signs| {
            let sum: i32 = quarters.iter().enumerate().map(|(i, d)| if signs >> i & 1 == 1 { -d } else { *d }).sum();
            sum.abs() >= observed
        })
        .count();
    extreme as f64 / f64::from(all)
}

/// Share of all ways to deal with as large a distance between the means, and of the largest distance of all.
fn brute_deals(x: &[i64], y: &[i64]) -> (f64, f64) {
    let pooled = [x, y].concat();
    let total: i64 = pooled.iter().sum();
    let (n, all) = (x.len() as i64, pooled.len() as i64);
    let distance = |sum: i64| (all * sum - n * total).abs();
    let dealt = (0u32..1 << pooled.len()).filter(|chosen| chosen.count_ones() as usize == x.len());
    let sums: Vec<i64> = dealt
        .map(|chosen| pooled.iter().enumerate().map(|(i, v)| if chosen >> i & 1 == 1 { *v } else { 0 }).sum())
        .collect();
    let share = |least: i64| sums.iter().filter(|s| distance(**s) >= least).count() as f64 / sums.len() as f64;
    (share(distance(x.iter().sum())), share(sums.iter().map(|s| distance(*s)).max().unwrap()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn sign_flips_are_those_gone_through_one_by_one(quarters in prop::collection::vec(-9i32..=9, 1..11)) {
        let d: Vec<f64> = quarters.iter().map(|&k| f64::from(k) * 0.1).collect();
        let p = sound(sign_flip(values(&d), DRAWN));
        same(p.value, brute_signs(&quarters));
        prop_assert_eq!(p.computed, Computed::Exact);
    }

    #[test]
    fn deals_are_those_gone_through_one_by_one(
        x in prop::collection::vec(0i64..12, 1..6),
        y in prop::collection::vec(0i64..12, 1..7),
    ) {
        let scaled = |v: &[i64]| v.iter().map(|&k| k as f64 * 0.1 + 50.0).collect::<Vec<_>>();
        let p = sound(mean_difference(values(&scaled(&x)), values(&scaled(&y)), DRAWN));
        let (value, smallest) = brute_deals(&x, &y);
        same(p.value, value);
        same(p.smallest.unwrap(), smallest);
        // The rank sum is the sum of ranks: the same test on doubled midranks.
        let pooled = [x.clone(), y.clone()].concat();
        let rank = |v: &i64| pooled.iter().map(|u| i64::from(u < v) + i64::from(u <= v)).sum::<i64>();
        let (x_ranks, y_ranks): (Vec<i64>, Vec<i64>) = (x.iter().map(rank).collect(), y.iter().map(rank).collect());
        let p = sound(mann_whitney(values(&scaled(&x)), values(&scaled(&y)), DRAWN));
        let (value, smallest) = brute_deals(&x_ranks, &y_ranks);
        same(p.value, value);
        same(p.smallest.unwrap(), smallest);
    }

    #[test]
    fn paired_methods_keep_to_symmetries(d in sample(30), scale in 0.01..100.0f64) {
        let negative: Vec<f64> = d.iter().map(|v| -v).collect();
        let reversed: Vec<f64> = d.iter().rev().copied().collect();
        let scaled: Vec<f64> = d.iter().map(|v| v * scale).collect();
        let shifted: Vec<f64> = d.iter().map(|v| v + 3.0).collect();
        let p = sound(sign_flip(values(&d), DRAWN));
        for other in [&negative, &reversed] {
            prop_assert_eq!(sign_flip(values(other), DRAWN), p);
        }
        prop_assert_eq!(wilcoxon(values(&negative)), wilcoxon(values(&d)));
        prop_assert_eq!(wilcoxon(values(&reversed)), wilcoxon(values(&d)));
        wilcoxon(values(&d)).map(sound);
        let centre = hodges_lehmann(values(&d), Confidence::P95);
        encloses(centre);
        encloses(superiority::paired(values(&d), Confidence::P95));
        prop_assert_eq!(hodges_lehmann(values(&reversed), Confidence::P95), centre);
        same(hodges_lehmann(values(&negative), Confidence::P95).value, -centre.value);
        same(hodges_lehmann(values(&scaled), Confidence::P95).value, centre.value * scale);
        same(hodges_lehmann(values(&shifted), Confidence::P95).value, centre.value + 3.0);
    }

    #[test]
    fn unpaired_methods_keep_to_symmetries(x in sample(24), y in sample(24)) {
        let (a, b) = (values(&x), values(&y));
        let backwards: Vec<f64> = x.iter().rev().copied().collect();
        let shifted = |v: &[f64]| v.iter().map(|v| v + 5.0).collect::<Vec<f64>>();
        for test in [mean_difference, mann_whitney] {
            let p = sound(test(a, b, DRAWN));
            prop_assert_eq!(test(b, a, DRAWN), p);
            prop_assert_eq!(test(values(&backwards), b, DRAWN), p);
        }
        let moved = (shifted(&x), shifted(&y));
        let p = mean_difference(a, b, DRAWN);
        same(mean_difference(values(&moved.0), values(&moved.1), DRAWN).value, p.value);
        let shift = hodges_lehmann_shift(a, b, Confidence::P95).unwrap();
        encloses(shift);
        same(hodges_lehmann_shift(b, a, Confidence::P95).unwrap().value, -shift.value);
        same(hodges_lehmann_shift(values(&moved.0), b, Confidence::P95).unwrap().value, shift.value + 5.0);
        let share = superiority::unpaired(a, b, Confidence::P95);
        encloses(share);
        same(superiority::unpaired(b, a, Confidence::P95).value, 1.0 - share.value);
        let delta = superiority::cliffs_delta(share);
        encloses(delta);
        same(delta.value, 2.0 * share.value - 1.0);
        if let Some(found) = brunner_munzel(a, b, Confidence::P95) {
            encloses(found.superiority);
            sound(found.p);
            same(found.superiority.value, share.value);
            same(brunner_munzel(b, a, Confidence::P95).unwrap().statistic, -found.statistic);
        }
        let found = welch::difference(a, b, Confidence::P95).unwrap();
        encloses(found.estimate);
        if let (Some(interval), Some(test)) = (found.estimate.interval, found.test) {
            // The interval leaves 0 out exactly where the test rejects.
            prop_assert_eq!(interval.low > 0.0 || interval.high < 0.0, test.p.value < 0.05);
        }
    }

    #[test]
    fn equivalence_is_the_interval_of_90_percent_within_the_margin(
        d in prop::collection::vec(-10.0..10.0f64, 2..20), low in -9.0..0.0f64, high in 0.0..9.0f64,
    ) {
        let within = |located: Located| located.interval.is_some_and(|i| low < i.low && i.high < high);
        let confidence = Confidence::new(0.9).unwrap();
        let p = equivalence::paired_t(values(&d), low, high).unwrap();
        prop_assert_eq!(p.value < 0.05, within(t_interval::mean_t(values(&d), confidence)));
        let (x, y) = d.split_at(d.len() / 2);
        if let Some(p) = (!x.is_empty()).then(|| equivalence::welch(values(x), values(y), low, high)).flatten() {
            let difference = welch::difference(values(x), values(y), confidence).unwrap();
            prop_assert_eq!(p.value < 0.05, within(difference.estimate));
        }
        let p = sound(equivalence::signed_rank(values(&d), low, high).unwrap());
        let centre = hodges_lehmann(values(&d), confidence);
        if p.value <= 0.05 {
            prop_assert!(within(centre), "{:?} {:?}", p, centre);
        }
        prop_assert_eq!(equivalence::paired_t(values(&d), high, low), None);
    }

    #[test]
    fn no_magnitude_breaks_anything(x in any_sample(12), y in any_sample(12)) {
        let (a, b) = (values(&x), values(&y));
        sound(sign_flip(a, DRAWN));
        wilcoxon(a).map(sound);
        encloses(hodges_lehmann(a, Confidence::P95));
        sound(mean_difference(a, b, DRAWN));
        sound(mann_whitney(a, b, DRAWN));
        encloses(superiority::unpaired(a, b, Confidence::P95));
        brunner_munzel(a, b, Confidence::P95).map(|found| sound(found.p));
        let difference = welch::difference(a, b, Confidence::P95).map(|found| found.estimate);
        let ratio = welch::ratio(a, b, Confidence::P95).map(|found| found.estimate);
        [hodges_lehmann_shift(a, b, Confidence::P95), difference, ratio].into_iter().flatten().for_each(encloses);
        welch::one_sample_t(a, y[0]).map(sound);
        equivalence::paired_t(a, -1.0, f64::MAX).map(sound);
        equivalence::welch(a, b, f64::MIN, f64::MAX).map(sound);
        equivalence::signed_rank(a, -1.0, 1.0).map(sound);
    }
}

#[test]
fn drawn_p_values_are_near_the_exact_ones_and_the_same_on_any_number_of_threads() {
    let wave = |n: usize, by: f64| -> Vec<f64> { (0..n).map(|i| (i as f64 * by).sin() + 0.18).collect() };
    let resampling = Resampling { seed: 3, resamples: 40_000 };
    let with = |threads: usize, test: &(dyn Fn() -> PValue + Sync)| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(test)
    };
    // 30 differences are counted; 4 more, next to nothing each, are not.
    let (d, x, y) = (wave(30, 1.7), wave(15, 1.3), wave(15, 2.1).iter().map(|v| v - 0.4).collect::<Vec<_>>());
    let more = [d.clone(), vec![1e-7, -1e-7, 1e-7, -1e-7]].concat();
    let (x_more, y_more) = ([x.clone(), vec![0.1]].concat(), [y.clone(), vec![0.1]].concat());
    let exact = [sign_flip(values(&d), resampling), mean_difference(values(&x), values(&y), resampling)];
    let tests: [&(dyn Fn() -> PValue + Sync); 2] =
        [&|| sign_flip(values(&more), resampling), &|| mean_difference(values(&x_more), values(&y_more), resampling)];
    for ((exact, test), slack) in exact.into_iter().zip(tests).zip([0.0, 0.02]) {
        let one = with(1, test);
        assert_eq!(exact.computed, Computed::Exact);
        assert_eq!(one.computed, Computed::MonteCarlo { resamples: 40_000 });
        assert!((one.value - exact.value).abs() < 5.0 * one.monte_carlo_error().unwrap() + slack, "{one:?} {exact:?}");
        assert!(one.value > 0.01 && one.value < 0.9, "{one:?}");
        for threads in [2, 5] {
            assert_eq!(with(threads, test), one);
        }
    }
    // Too lopsided for the normal distribution, too large to count.
    let many = wave(4000, 0.7);
    let few: Vec<f64> = wave(8, 1.1).iter().map(|v| v + 0.3).collect();
    let drawn = mann_whitney(values(&few), values(&many), resampling);
    assert_eq!(drawn.computed, Computed::MonteCarlo { resamples: 40_000 });
    let counted = mann_whitney(values(&few), values(&many[..400]), resampling);
    assert_eq!(counted.computed, Computed::Exact);
    assert!((drawn.value - counted.value).abs() < 0.03, "{drawn:?} {counted:?}");
}

#[test]
fn sizes_too_large_to_count_agree_with_those_just_below() {
    let d: Vec<f64> = (0..500).map(|i| (f64::from(i) * 1.9).sin() + 0.05).collect();
    let more = [d.clone(), vec![0.05, -0.049]].concat();
    let (exact, normal) = (wilcoxon(values(&d)).unwrap(), wilcoxon(values(&more)).unwrap());
    assert_eq!((exact.computed, normal.computed), (Computed::Exact, Computed::Distribution));
    assert!((exact.value - normal.value).abs() < 0.002, "{exact:?} {normal:?}");
    let [exact, normal] = [&d, &more].map(|d| hodges_lehmann(values(d), Confidence::P95).interval.unwrap());
    assert!((exact.low - normal.low).abs() < 0.002 && (exact.high - normal.high).abs() < 0.002);
    assert!(exact.confidence >= 0.95 && (0.95..0.951).contains(&normal.confidence));
}

#[test]
fn large_samples_take_no_longer_than_their_resamples() {
    let few = Resampling { seed: 0, resamples: 3 };
    let (equal, rising) = (vec![0.1; 100_000], (0..100_000).map(f64::from).collect::<Vec<_>>());
    assert_eq!(mann_whitney(values(&equal), values(&equal), few).value, 1.0);
    assert_eq!(mann_whitney(values(&rising), values(&rising), few).value, 1.0);
    sound(mean_difference(values(&rising), values(&equal), few));
    sound(sign_flip(values(&rising), few));
    encloses(hodges_lehmann(values(&rising), Confidence::P95));
}

#[test]
fn what_has_no_answer() {
    let one = values(&[3.0]);
    assert_eq!(wilcoxon(values(&[0.0, 0.0])), None);
    assert_eq!(sign_flip(one, DRAWN).value, 1.0);
    assert_eq!(hodges_lehmann(values(&[1.0, 2.0, 3.0, 4.0, 5.0]), Confidence::P95).interval, None);
    assert!(hodges_lehmann(values(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), Confidence::P95).interval.is_some());
    assert_eq!(welch::difference(one, one, Confidence::P95).map(|w| (w.test, w.estimate.interval)), Some((None, None)));
    assert_eq!(welch::one_sample_t(values(&[2.0, 2.0]), 0.0), None);
    assert_eq!(brunner_munzel(values(&[1.0, 2.0]), values(&[3.0, 4.0]), Confidence::P95), None);
    assert_eq!(hodges_lehmann_shift(values(&[f64::MAX]), values(&[f64::MIN]), Confidence::P95), None);
    let apart = superiority::unpaired(values(&[3.0, 4.0]), values(&[1.0, 2.0]), Confidence::P95);
    assert!(apart.value == 1.0 && apart.interval.is_some_and(|i| i.low < 0.9 && i.high == 1.0));
}
