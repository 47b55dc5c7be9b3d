//! One- and two-sample methods against SciPy (`golden/location.py`) and R (`golden/location.R`).

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

use meshbench_stats::brunner_munzel::brunner_munzel;
use meshbench_stats::mann_whitney::{hodges_lehmann_shift, mann_whitney};
use meshbench_stats::permutation::mean_difference;
use meshbench_stats::sign_flip::sign_flip;
use meshbench_stats::signed_rank::{hodges_lehmann, wilcoxon};
use meshbench_stats::welch::{self, Welch};
use meshbench_stats::{Computed, Confidence, Interval, Located, PValue, Resampling, Values};
use meshbench_stats::{equivalence, student, superiority};
use read::{close, golden, list, number, numbers, same_interval, same_option};
use serde_json::Value;

const DRAWN: Resampling = Resampling { seed: 1, resamples: 1000 };

fn confidence(value: &Value) -> Confidence {
    Confidence::new(number(value).unwrap()).unwrap()
}

/// p and the smallest p, where the golden file has them.
fn same_exact(found: PValue, wanted: &Value, what: &str) {
    if let Some(wanted) = wanted.as_array() {
        close(found.value, number(&wanted[0]).unwrap(), 0.0, what);
        same_option(found.smallest, &wanted[1], 0.0, &format!("{what}, smallest"));
    }
}

/// Each confidence with its interval.
fn same_intervals(of: impl Fn(Confidence) -> Option<Interval>, wanted: &Value, scale: f64, what: &str) {
    for pair in list(wanted) {
        same_interval(of(confidence(&pair[0])), &pair[1], scale, &format!("{what} at {}", pair[0]));
    }
}

#[test]
fn paired_as_in_scipy() {
    for case in list(&golden("location_scipy")["paired"]) {
        let name = case["name"].as_str().unwrap();
        let differences = numbers(&case["values"]);
        let values = Values::new(&differences).unwrap();
        let range = values.range();
        let size = range.0.abs().max(range.1.abs());
        same_exact(sign_flip(values, DRAWN), &case["sign_flip"], &format!("{name}, sign flips"));
        // SciPy has no exact p with ties for more than a few.
        if !case["wilcoxon"].is_null() || size == 0.0 {
            same_option(wilcoxon(values).map(|p| p.value), &case["wilcoxon"], 0.0, &format!("{name}, Wilcoxon"));
        }
        let centre = hodges_lehmann(values, Confidence::P95).value;
        close(centre, number(&case["hodges_lehmann"]).unwrap(), size, &format!("{name}, Hodges-Lehmann"));
        let share = superiority::paired(values, Confidence::P95).value;
        close(share, number(&case["superiority"]).unwrap(), 0.0, &format!("{name}, superiority"));
        let wilson = |confidence| superiority::paired(values, confidence).interval;
        same_intervals(wilson, &case["superiority_wilson"], 0.0, &format!("{name}, Wilson"));
        for pair in list(&case["one_sample_t"]) {
            let null = number(&pair[0]).unwrap();
            let found = welch::one_sample_t(values, null).map(|p| p.value);
            same_option(found, &pair[1], 0.0, &format!("{name}, t at {null:e}"));
        }
        for row in list(&case["equivalence_t"]) {
            let [low, high] = [0, 1].map(|at| number(&row[at]).unwrap());
            let found = equivalence::paired_t(values, low, high).map(|p| p.value);
            same_option(found, &row[2], 0.0, &format!("{name}, equivalence"));
        }
        for row in list(&case["equivalence_ranks"]).iter().filter(|row| !row[2].is_null()) {
            let [low, high] = [0, 1].map(|at| number(&row[at]).unwrap());
            let found = equivalence::signed_rank(values, low, high).map(|p| p.value);
            same_option(found, &row[2], 0.0, &format!("{name}, equivalence by ranks"));
        }
    }
}

fn same_welch(found: impl Fn(Confidence) -> Option<Welch>, wanted: &Value, scale: f64, what: &str) {
    let found_estimate = found(Confidence::P95).unwrap();
    close(found_estimate.estimate.value, number(&wanted["estimate"]).unwrap(), scale, what);
    same_intervals(|confidence| found(confidence)?.estimate.interval, &wanted["intervals"], scale, what);
    match (found_estimate.test, wanted["test"].as_array()) {
        (Some(test), Some(wanted)) => {
            close(test.statistic, number(&wanted[0]).unwrap(), 0.0, &format!("{what}, statistic"));
            close(test.degrees, number(&wanted[1]).unwrap(), 0.0, &format!("{what}, degrees"));
            close(test.p.value, number(&wanted[2]).unwrap(), 0.0, &format!("{what}, p"));
        }
        (None, None) => {}
        other => panic!("{what}: {other:?}"),
    }
}

#[test]
fn two_samples_as_in_scipy() {
    for case in list(&golden("location_scipy")["two"]) {
        let name = case["name"].as_str().unwrap();
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let (x, y) = (Values::new(&x).unwrap(), Values::new(&y).unwrap());
        let scale = number(&case["scale"]).unwrap();
        same_exact(mann_whitney(x, y, DRAWN), &case["mann_whitney"], &format!("{name}, Mann-Whitney"));
        same_exact(mean_difference(x, y, DRAWN), &case["mean_difference"], &format!("{name}, means"));
        let shift = hodges_lehmann_shift(x, y, Confidence::P95).unwrap().value;
        close(shift, number(&case["shift"]).unwrap(), scale, &format!("{name}, shift"));
        let share = superiority::unpaired(x, y, Confidence::P95).value;
        close(share, number(&case["superiority"]).unwrap(), 0.0, &format!("{name}, superiority"));
        let newcombe = |confidence| superiority::unpaired(x, y, confidence).interval;
        same_intervals(newcombe, &case["superiority_newcombe"], 0.0, &format!("{name}, Newcombe"));
        match (brunner_munzel(x, y, Confidence::P95), &case["brunner_munzel"]) {
            (None, Value::Null) => {}
            (Some(found), wanted) => {
                same_option(Some(found.statistic), &wanted["statistic"], 1e-3, &format!("{name}, statistic"));
                same_option(Some(found.degrees), &wanted["degrees"], 0.0, &format!("{name}, degrees"));
                same_option(Some(found.p.value), &wanted["p"], 0.0, &format!("{name}, Brunner-Munzel"));
                close(found.superiority.value, share, 0.0, name);
                let interval = |confidence| brunner_munzel(x, y, confidence)?.superiority.interval;
                same_intervals(interval, &wanted["intervals"], 1.0, &format!("{name}, Brunner-Munzel"));
            }
            other => panic!("{name}: {other:?}"),
        }
        let what = format!("{name}, Welch");
        same_welch(|confidence| welch::difference(x, y, confidence), &case["welch"], scale, &what);
        if !case["welch_logs"].is_null() {
            same_welch(|confidence| welch::ratio(x, y, confidence), &case["welch_logs"], 0.0, &what);
        }
        for row in list(&case["equivalence_welch"]) {
            let [low, high] = [0, 1].map(|at| number(&row[at]).unwrap());
            let found = equivalence::welch(x, y, low, high).map(|p| p.value);
            same_option(found, &row[2], 0.0, &format!("{name}, equivalence"));
        }
    }
}

#[test]
fn t_tails() {
    for row in list(&golden("location_scipy")["t_tails"]) {
        let [t, df, wanted] = [0, 1, 2].map(|at| number(&row[at]).unwrap());
        close(student::t_tail(t, df).unwrap(), wanted, 0.0, &format!("P(T > {t}; {df})"));
    }
}

/// Interval and the confidence that it really has, for each confidence asked for.
fn same_reached(of: impl Fn(Confidence) -> Option<Located>, case: &Value, what: &str) {
    for row in list(&case["intervals"]) {
        let found = of(confidence(&row["confidence"])).unwrap();
        let size = found.value.abs();
        same_interval(found.interval, &row["interval"], size, what);
        same_option(found.interval.map(|i| i.confidence), &row["achieved"], 0.0, what);
    }
}

#[test]
fn one_sample_as_in_r() {
    let golden = golden("location_r");
    for case in list(&golden["one_sample"]) {
        let name = case["name"].as_str().unwrap();
        // R writes a vector of one as a scalar.
        let values = case["values"]
            .as_array()
            .map_or_else(|| vec![number(&case["values"]).unwrap()], |v| v.iter().map(|x| number(x).unwrap()).collect());
        let values = Values::new(&values).unwrap();
        same_option(wilcoxon(values).map(|p| p.value), &case["wilcoxon"], 0.0, name);
        let found = hodges_lehmann(values, Confidence::P95).value;
        close(found, number(&case["hodges_lehmann"]).unwrap(), 0.0, name);
        same_reached(|confidence| Some(hodges_lehmann(values, confidence)), case, name);
    }
    for case in list(&golden["one_sample_ties"]) {
        let name = case["name"].as_str().unwrap();
        let values = numbers(&case["values"]);
        let values = Values::new(&values).unwrap();
        same_option(wilcoxon(values).map(|p| p.value), &case["wilcoxon"], 0.0, name);
        // Below a margin that nothing reaches, the test at its lower end is the one-sided one.
        let greater = equivalence::signed_rank(values, 0.0, 1e6).unwrap();
        same_option(Some(greater.value), &case["greater"], 0.0, name);
        if let Some(wanted) = number(&case["sign_flip"]) {
            let found = sign_flip(values, DRAWN);
            if found.computed == Computed::Exact {
                close(found.value, wanted, 0.0, &format!("{name}, sign flips"));
            } else {
                assert!((found.value - wanted).abs() < 5.0 * found.monte_carlo_error().unwrap(), "{name}: {found:?}");
            }
        }
    }
}

#[test]
fn two_samples_as_in_r() {
    let golden = golden("location_r");
    let side = |value: &Value| {
        value
            .as_array()
            .map_or_else(|| vec![number(value).unwrap()], |v| v.iter().map(|x| number(x).unwrap()).collect())
    };
    for case in list(&golden["two_sample"]) {
        let name = case["name"].as_str().unwrap();
        let (x, y) = (side(&case["x"]), side(&case["y"]));
        let (x, y) = (Values::new(&x).unwrap(), Values::new(&y).unwrap());
        same_option(Some(mann_whitney(x, y, DRAWN).value), &case["mann_whitney"], 0.0, name);
        let found = hodges_lehmann_shift(x, y, Confidence::P95).unwrap().value;
        close(found, number(&case["shift"]).unwrap(), 0.0, name);
        same_reached(|confidence| hodges_lehmann_shift(x, y, confidence), case, name);
    }
    for case in list(&golden["two_sample_ties"]) {
        let name = case["name"].as_str().unwrap();
        let (x, y) = (side(&case["x"]), side(&case["y"]));
        let (x, y) = (Values::new(&x).unwrap(), Values::new(&y).unwrap());
        let found = mann_whitney(x, y, DRAWN);
        same_option(Some(found.value), &case["mann_whitney"], 0.0, name);
        let found = mean_difference(x, y, DRAWN);
        assert_eq!(found.computed, Computed::Exact, "{name}");
        same_option(Some(found.value), &case["mean_difference"], 0.0, &format!("{name}, means"));
    }
}
