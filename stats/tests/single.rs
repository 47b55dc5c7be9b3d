//! Every method of `stats` against SciPy, NumPy and exact fractions: `golden/single.py` wrote the values.

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

use meshbench_stats::kaplan_meier::{Curve, Duration};
use meshbench_stats::{
    Confidence, Values, autocorrelation, mser, order_statistic, quantile, student, summary, t_interval, wilson,
};
use read::{close, golden, list, number, numbers, same_interval, same_option};
use serde_json::Value;

#[test]
fn samples() {
    for sample in list(&golden("single")["samples"]) {
        let name = sample["name"].as_str().unwrap();
        let numbers = numbers(&sample["values"]);
        let values = Values::new(&numbers).unwrap();
        let moments = summary::moments(values);
        assert_eq!(
            summary::sum(numbers.iter().copied()),
            number(&sample["sum"]).unwrap(),
            "{name}: sum to the last bit"
        );
        close(moments.mean, number(&sample["mean"]).unwrap(), 0.0, name);
        close(summary::mean(values), number(&sample["mean"]).unwrap(), 0.0, name);
        same_option(moments.standard_deviation, &sample["standard_deviation"], 0.0, name);
        same_option(summary::geometric_mean(values), &sample["geometric_mean"], 0.0, name);
        same_option(autocorrelation::lag1(values), &sample["lag1"], 0.0, name);
        assert_eq!(mser::warm_up(&numbers), sample["mser5"].as_u64().map(|cut| cut as usize), "{name}: MSER-5");
        for pair in list(&sample["quantiles"]) {
            let q = number(&pair[0]).unwrap();
            same_option(quantile::quantile(values, q), &pair[1], 0.0, &format!("{name}, quantile {q}"));
        }
        for pair in list(&sample["mean_t"]) {
            let confidence = Confidence::new(number(&pair[0]).unwrap()).unwrap();
            // An end near zero is a difference of larger numbers.
            let scale = moments.standard_deviation.unwrap_or(0.0);
            same_interval(t_interval::mean_t(values, confidence).interval, &pair[1], scale, &format!("{name}, t"));
        }
        match &sample["geometric_mean_t"] {
            Value::Null => assert!(t_interval::geometric_mean_t(values, Confidence::P95).is_none()),
            pairs => {
                for pair in list(pairs) {
                    let confidence = Confidence::new(number(&pair[0]).unwrap()).unwrap();
                    let found = t_interval::geometric_mean_t(values, confidence).unwrap();
                    same_interval(found.interval, &pair[1], 0.0, &format!("{name}, t on logs"));
                }
            }
        }
        for pair in list(&sample["order_statistic"]) {
            let confidence = Confidence::new(number(&pair[0]).unwrap()).unwrap();
            let found = order_statistic::median_interval(values, confidence);
            same_interval(found.interval, &pair[1]["interval"], 0.0, &format!("{name}, order statistics"));
            same_option(found.interval.map(|i| i.confidence), &pair[1]["coverage"], 0.0, name);
            let rank = order_statistic::ranks(numbers.len(), confidence).map(|(rank, _)| rank as u64);
            assert_eq!(rank, pair[1]["rank"].as_u64(), "{name}, rank at {pair}");
        }
    }
}

#[test]
fn series_in_time() {
    for series in list(&golden("single")["series"]) {
        let name = series["name"].as_str().unwrap();
        let numbers = numbers(&series["values"]);
        same_option(autocorrelation::lag1(Values::new(&numbers).unwrap()), &series["lag1"], 0.0, name);
        assert_eq!(mser::warm_up(&numbers), series["mser5"].as_u64().map(|cut| cut as usize), "{name}");
    }
}

#[test]
fn t_quantiles() {
    for row in list(&golden("single")["t_quantiles"]) {
        let [p, df, wanted] = [0, 1, 2].map(|at| number(&row[at]).unwrap());
        close(student::t_quantile(p, df).unwrap(), wanted, 0.0, &format!("t({p}; {df})"));
    }
}

#[test]
fn survival() {
    for case in list(&golden("single")["survival"]) {
        let times = numbers(&case["times"]);
        let durations: Vec<Duration> = times
            .iter()
            .zip(list(&case["ended"]))
            .map(|(&time, ended)| Duration { time, ended: ended.as_bool().unwrap() })
            .collect();
        let curve = Curve::new(&durations).unwrap();
        let events: Vec<f64> = curve.steps().iter().map(|step| step.time).collect();
        assert_eq!(events, numbers(&case["events"]));
        for (step, wanted) in curve.steps().iter().zip(numbers(&case["survival"])) {
            close(step.survival, wanted, 1.0, "survival");
        }
        same_option(curve.median(), &case["median"], 0.0, "median");
        let [limit, area] = [0, 1].map(|at| number(&case["restricted_mean"][at]).unwrap());
        close(curve.restricted_mean(limit).unwrap(), area, 0.0, "restricted mean");
        let mut sorted = times.clone();
        sorted.sort_by(f64::total_cmp);
        assert_eq!(curve.median_at_least(), sorted[times.len().div_ceil(2) - 1]);
    }
}

#[test]
fn shares() {
    for row in list(&golden("single")["shares"]) {
        let (k, n) = (row["k"].as_u64().unwrap(), row["n"].as_u64().unwrap());
        let confidence = Confidence::new(number(&row["confidence"]).unwrap()).unwrap();
        let what = format!("{k} of {n} at {confidence:?}");
        same_interval(wilson::wilson(k, n, confidence), &row["wilson"], 0.0, &format!("Wilson, {what}"));
        same_interval(
            wilson::clopper_pearson(k, n, confidence),
            &row["exact"],
            0.0,
            &format!("Clopper-Pearson, {what}"),
        );
    }
}
