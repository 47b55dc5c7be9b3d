//! Resampling, ranks, components, power and diagnoses against SciPy, statsmodels and R: `golden/resampling.py` and
//! `golden/resampling.R` wrote the values.

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

#[path = "golden/read.rs"]
mod read;

use meshbench_stats::bootstrap::Bootstrap;
use meshbench_stats::kaplan_meier::{Curve, Duration, Scale};
use meshbench_stats::variance_components::components;
use meshbench_stats::{Blocks, Confidence, Resampling, Values, dip, drift, noncentral_t, power};
use read::{close, golden, list, number, numbers, same_interval, same_option};
use serde_json::Value;

fn confidence(value: &Value) -> Confidence {
    Confidence::new(number(value).unwrap()).unwrap()
}

fn tables(value: &Value) -> Vec<Vec<f64>> {
    list(value).iter().map(numbers).collect()
}

#[test]
fn what_follows_from_a_given_bootstrap_distribution_is_scipys() {
    for case in list(&golden("resampling_scipy")["bootstrap"]) {
        let name = format!("{} of {}", case["statistic"], case["name"]);
        let value = number(&case["value"]).unwrap();
        let found = Bootstrap::new(value, numbers(&case["replicates"]), &tables(&case["left_out"])).unwrap();
        if case["name"] == "constant" {
            // SciPy's mean of equal values is off by a bit, and its corrections are made of that bit.
            continue;
        }
        for pair in list(&case["few"]) {
            same_interval(found.percentile(confidence(&pair[0])), &pair[1], 0.0, &name);
        }
        same_option(found.bias_correction(), &case["bias_correction"], 1e-3, &name);
        // A symmetric pair has an acceleration of rounding.
        same_option(found.acceleration(), &case["acceleration"], 1e-4, &name);
        // SciPy cubes influence values as they are, so it has no BCa of huge values.
        for pair in list(&case["bca"]).iter().filter(|pair| !pair[1].is_null()) {
            same_interval(found.bca(confidence(&pair[0])), &pair[1], 0.0, &format!("{name}, BCa"));
        }
    }
}

#[test]
fn resamples_of_ones_own_agree_within_their_error() {
    let resampling = Resampling { seed: 5, resamples: 40_000 };
    for case in list(&golden("resampling_scipy")["bootstrap"]) {
        let strata = tables(&case["strata"]);
        let strata: Vec<Values<'_>> = strata.iter().map(|stratum| Values::new(stratum).unwrap()).collect();
        let found = match case["statistic"].as_str().unwrap() {
            "mean" => Bootstrap::of_mean_of_means(&strata, resampling).unwrap(),
            _ => Bootstrap::of_median(strata[0], resampling).unwrap(),
        };
        let name = format!("{} of {}", case["statistic"], case["name"]);
        close(found.value(), number(&case["value"]).unwrap(), 0.0, &name);
        if case["name"] != "constant" {
            same_option(found.acceleration(), &case["acceleration"], 1e-4, &name);
        }
        let mut sorted = found.replicates().to_vec();
        sorted.sort_by(f64::total_cmp);
        for pair in list(&case["percentile"]) {
            // The end has to lie between quantiles of one's own that are five standard errors of a share away:
            // both sides have an error, hence the √2.
            let tail = confidence(&pair[0]).tail();
            let error = 5.0 * (2.0 * tail * (1.0 - tail) / 40_000.0).sqrt();
            let at = |share: f64| sorted[((share.clamp(0.0, 1.0)) * 39_999.0).round() as usize];
            for (end, share) in numbers(&pair[1]).into_iter().zip([tail, 1.0 - tail]) {
                let (low, high) = (at(share - error), at(share + error));
                let rounding = 1e-12 * end.abs();
                assert!(low - rounding <= end && end <= high + rounding, "{name}: {low} {end} {high}");
            }
        }
    }
}

#[test]
fn any_statistic_resamples_as_the_dedicated_kernels_do() {
    let resampling = Resampling { seed: 5, resamples: 20_000 };
    let numbers = [5.2, 4.8, 5.9, 5.1, 4.4, 7.0, 9.0];
    let values = Values::new(&numbers).unwrap();
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let median = |x: &[f64]| meshbench_stats::quantile::quantile(Values::new(x).unwrap(), 0.5).unwrap();
    let pairs = [
        (Bootstrap::of(values, mean, resampling).unwrap(), Bootstrap::of_mean(values, resampling).unwrap()),
        (Bootstrap::of(values, median, resampling).unwrap(), Bootstrap::of_median(values, resampling).unwrap()),
    ];
    for (general, dedicated) in pairs {
        close(general.value(), dedicated.value(), 0.0, "value");
        close(general.acceleration().unwrap(), dedicated.acceleration().unwrap(), 0.0, "acceleration");
        let summary = |found: &Bootstrap| meshbench_stats::summary::moments(Values::new(found.replicates()).unwrap());
        let (a, b) = (summary(&general), summary(&dedicated));
        let spread = b.standard_deviation.unwrap();
        assert!((a.mean - b.mean).abs() < 5.0 * spread * (2.0f64 / 20_000.0).sqrt());
        assert!((a.standard_deviation.unwrap() / spread - 1.0).abs() < 0.05);
    }
}

#[test]
fn what_cannot_be_resampled_has_no_interval() {
    let resampling = Resampling { seed: 0, resamples: 999 };
    let one = Values::new(&[42.5]).unwrap();
    assert_eq!(Bootstrap::of_mean(one, resampling), None);
    assert_eq!(Bootstrap::of_median(one, resampling), None);
    assert_eq!(Bootstrap::of(one, |x| x[0], resampling), None);
    assert_eq!(Bootstrap::of_mean_of_means(&[], resampling), None);
    let two = Values::new(&[1.0, 2.0]).unwrap();
    assert_eq!(Bootstrap::of_mean_of_means(&[two, one], resampling), None);
    assert_eq!(Bootstrap::of_mean(two, Resampling { seed: 0, resamples: 0 }), None);
    assert_eq!(Bootstrap::of(two, |x| if x.first() == x.last() { f64::NAN } else { 1.0 }, resampling), None);
    let found = Bootstrap::of_mean(two, resampling).unwrap();
    assert!(found.percentile(Confidence::P95).is_some());
    assert_eq!(found.percentile(Confidence::new(0.999).unwrap()), None, "fewer than one resample in a tail");
    let equal = [0.1; 9];
    let equal = Bootstrap::of_mean(Values::new(&equal).unwrap(), resampling).unwrap();
    assert_eq!(equal.percentile(Confidence::P95).map(|i| (i.low, i.high)), Some((0.1, 0.1)));
    assert_eq!(equal.bca(Confidence::P95), None);
    let wild = [f64::MAX, -f64::MAX, f64::MAX / 2.0];
    let wild = Bootstrap::of_mean(Values::new(&wild).unwrap(), resampling).unwrap();
    assert!(wild.percentile(Confidence::P95).is_some());
}

#[test]
fn noncentral_t_and_power() {
    let golden = golden("resampling_scipy");
    for row in list(&golden["noncentral_t"]) {
        let [t, degrees, delta, below, above] = [0, 1, 2, 3, 4].map(|at| number(&row[at]).unwrap());
        let what = format!("t = {t}, {degrees} degrees, δ = {delta}");
        close(noncentral_t::below(t, degrees, delta).unwrap(), below, 0.0, &what);
        close(noncentral_t::above(t, degrees, delta).unwrap(), above, 0.0, &what);
    }
    for row in list(&golden["power"]) {
        let n = row[0].as_u64().unwrap();
        let [effect, wanted] = [1, 3].map(|at| number(&row[at]).unwrap());
        // In units that do not change it.
        let found = power::power(n, effect * 1e-7, 1e-7, confidence(&row[2])).unwrap();
        close(found, wanted, 0.0, &format!("power at {row}"));
    }
    for row in list(&golden["needed"]) {
        let [effect, wanted] = [0, 1].map(|at| number(&row[at]).unwrap());
        assert_eq!(power::blocks_for_effect(effect, 1.0, wanted, Confidence::P95), row[2].as_u64(), "{row}");
    }
    for row in list(&golden["detectable"]) {
        let [wanted, effect] = [1, 2].map(|at| number(&row[at]).unwrap());
        let found = power::detectable_effect(row[0].as_u64().unwrap(), 1.0, wanted, Confidence::P95).unwrap();
        close(found, effect, 0.0, &format!("detectable at {row}"));
    }
    for row in list(&golden["half_width"]) {
        let found = power::expected_half_width(row[0].as_u64().unwrap(), 1.0, confidence(&row[1])).unwrap();
        close(found, number(&row[2]).unwrap(), 0.0, &format!("half-width at {row}"));
    }
}

#[test]
fn drifts() {
    for case in list(&golden("resampling_scipy")["drift"]) {
        let name = case["name"].as_str().unwrap();
        let points: Vec<(f64, f64)> = numbers(&case["times"]).into_iter().zip(numbers(&case["values"])).collect();
        for row in list(&case["slope"]) {
            let found = drift::drift(&points, confidence(&row[0])).unwrap();
            assert_eq!(Some(found.s), case["s"].as_i64(), "{name}");
            close(found.p.value, number(&case["p"]).unwrap(), 0.0, name);
            let [slope, low, high] = [1, 2, 3].map(|at| number(&row[at]).unwrap());
            close(found.slope.value, slope, 0.0, name);
            let interval = found.slope.interval.unwrap();
            close(interval.low, low.min(slope), 0.0, name);
            close(interval.high, high.max(slope), 0.0, name);
        }
    }
}

#[test]
fn dips() {
    let golden = golden("resampling_scipy");
    for case in list(&golden["dip"]) {
        let numbers = numbers(&case["values"]);
        let found = dip::dip(Values::new(&numbers).unwrap()).unwrap();
        close(found, number(&case["dip"]).unwrap(), 0.0, &format!("{numbers:?}"));
    }
    for case in list(&golden["dip_p"]) {
        let numbers = numbers(&case["values"]);
        let wanted = number(&case["p"]).unwrap();
        let found = dip::test(Values::new(&numbers).unwrap(), Resampling { seed: 3, resamples: 20_000 }).unwrap();
        let error = 5.0 * (wanted.max(1e-4) / 20_000.0).sqrt();
        assert!((found.value - wanted).abs() < error, "{}, SciPy's null gives {wanted}", found.value);
    }
}

#[test]
fn survival_intervals() {
    for case in list(&golden("resampling_r")["survival"]) {
        let ended = list(&case["ended"]).iter().map(|ended| ended.as_bool().unwrap());
        let durations: Vec<Duration> =
            numbers(&case["times"]).into_iter().zip(ended).map(|(time, ended)| Duration { time, ended }).collect();
        let curve = Curve::new(&durations).unwrap();
        for row in list(&case["median"]) {
            let scale = if row["type"] == "plain" { Scale::Plain } else { Scale::LogLog };
            let found = curve.median_interval(scale, confidence(&row["level"]));
            let what = format!("{durations:?} {row}");
            same_option(found.low, &row["low"], 0.0, &what);
            same_option(found.high, &row["high"], 0.0, &what);
        }
        for row in list(&case["restricted"]) {
            let limit = number(&row["limit"]).unwrap();
            close(curve.restricted_mean(limit).unwrap(), number(&row["mean"]).unwrap(), 0.0, "restricted mean");
            let error = curve.restricted_mean_error(limit).unwrap();
            close(error, number(&row["error"]).unwrap(), 1e-6, "its error");
            let located = curve.restricted_mean_interval(limit, Confidence::P95).unwrap();
            assert_eq!(located.interval.is_some(), error > 0.0);
            assert!(located.interval.is_none_or(|i| i.low >= 0.0 && i.high <= limit && i.low < i.high));
        }
    }
}

#[test]
fn mean_squares() {
    for case in list(&golden("resampling_r")["components"]) {
        let name = case["name"].as_str().unwrap();
        let rows = tables(&case["rows"]);
        let found = components(&Blocks::new(&rows).unwrap(), None).unwrap();
        let size = number(&case["residual"]).unwrap();
        close(found.mean_squares.blocks, number(&case["blocks"]).unwrap(), size, name);
        same_option(found.mean_squares.links, &case["links"], size, name);
        same_option(found.mean_squares.residual, &case["residual"], 0.0, name);
        let between = (found.mean_squares.blocks - size) / found.links as f64;
        assert_eq!(found.between_blocks.clamped, between < 0.0, "{name}");
        close(found.between_blocks.variance, between.max(0.0), size, name);
        // The standard error of the mean over fixed links is what blocks' means give by themselves.
        let means: Vec<f64> = rows.iter().map(|row| row.iter().sum::<f64>() / row.len() as f64).collect();
        let deviation = meshbench_stats::summary::moments(Values::new(&means).unwrap()).standard_deviation.unwrap();
        close((found.mean_squares.blocks / found.links as f64).sqrt(), deviation, 0.0, name);
        if !found.between_blocks.clamped {
            let total: f64 = found.contributions().iter().map(|(_, variance)| variance).sum();
            close(total, deviation * deviation / found.blocks as f64, 0.0, name);
        }
    }
}
