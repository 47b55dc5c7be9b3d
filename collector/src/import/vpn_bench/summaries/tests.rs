use super::*;
use meshbench_schemas::words::Workload;
use serde_json::json;

fn labels(workload: Workload) -> Labels {
    let word = |text: &str| text.into();
    Labels {
        run_id: word("r"),
        system: word("tinc"),
        tuning: word("default"),
        profile: word("baseline"),
        workload,
        source: word("a"),
        target: word("b"),
    }
}

fn five(mean: f64) -> Value {
    json!({"min": mean / 2.0, "average": mean, "max": mean * 2.0, "percentiles": {"p25": mean, "p50": mean, "p75": mean}})
}

fn pinged(change: impl Fn(&mut Value)) -> Recorded {
    let mut data = json!({"rtt_min_ms": five(1.0), "rtt_avg_ms": five(2.0), "rtt_max_ms": five(4.0), "rtt_mdev_ms": five(0.1),
        "packet_loss_percent": five(0.0)});
    change(&mut data);
    let mut recorded = ping(&data, &labels(Workload::Ping));
    crate::record::possible::refuse(&mut recorded, Some(60.0));
    recorded
}

fn quic(change: impl Fn(&mut Value)) -> Recorded {
    let mut data = json!({"total_bandwidth_mbps": five(20.0), "cpu_usage_percent": five(20.0), "ttfb_ms": five(20.0),
        "conn_time_ms": five(10.0)});
    change(&mut data);
    let mut recorded = qperf(&data, &labels(Workload::Quic));
    crate::record::possible::refuse(&mut recorded, Some(31.0));
    recorded
}

fn value(recorded: &Recorded, metric: &str, statistic: &str) -> Option<f64> {
    let mut rows = recorded.summaries.iter();
    rows.find(|row| (&*row.metric, &*row.statistic) == (metric, statistic)).map(|row| row.value)
}

#[test]
fn one_odd_number_costs_itself_and_is_named() {
    for odd in [json!("fast"), json!(null), json!(true), json!([2.0]), json!({"ms": 2})] {
        let recorded = pinged(|data| data["rtt_avg_ms"]["average"] = odd.clone());
        assert_eq!((recorded.verdict.outcome, recorded.verdict.reason), (Outcome::Ok, None));
        assert_eq!(recorded.verdict.detail.as_deref(), Some("left out: rtt_avg_ms.average is no number"));
        assert_eq!(recorded.notes.as_deref(), Some("non-finite"));
        assert_eq!((value(&recorded, "rtt_mean", "mean"), value(&recorded, "rtt_mean", "p50")), (None, Some(0.002)));
        assert_eq!(recorded.summaries.len(), 29);
    }
    assert_eq!(pinged(|data| data["rtt_avg_ms"]["average"] = json!("2.0")).summaries.len(), 30);
    let whole = pinged(|data| data["rtt_avg_ms"] = json!(2.0));
    assert_eq!((whole.verdict.outcome, whole.summaries.len()), (Outcome::Ok, 24));
    assert_eq!(whole.verdict.detail.as_deref(), Some("left out: rtt_avg_ms is no number"));
    let quartiles = pinged(|data| data["rtt_avg_ms"]["percentiles"] = json!([1, 2, 3]));
    assert_eq!((quartiles.verdict.outcome, quartiles.summaries.len()), (Outcome::Ok, 27));
    assert_eq!(pinged(|_| ()).verdict, Verdict::OK);
}

#[test]
fn what_cannot_be_read_is_no_silence() {
    let without = pinged(|data| {
        for key in ["rtt_min_ms", "rtt_avg_ms", "rtt_max_ms"] {
            data[key] = json!("?");
        }
    });
    assert_eq!((without.verdict.outcome, without.verdict.reason), (Outcome::Partial, Some(Reason::NoData)));
    assert_eq!(value(&without, "loss_mean", "mean"), Some(0.0));
    let bandwidth = quic(|data| data["total_bandwidth_mbps"] = json!("20"));
    assert_eq!((bandwidth.verdict.outcome, bandwidth.verdict.reason), (Outcome::Partial, Some(Reason::NoData)));
    // The smallest second alone says nothing of the others.
    let least = quic(|data| {
        data["total_bandwidth_mbps"] = json!({"min": 0.0, "average": "x", "max": "y"});
    });
    assert_eq!(least.verdict.outcome, Outcome::Ok);
    let silent = quic(|data| data["total_bandwidth_mbps"] = five(0.0));
    assert_eq!((silent.verdict.outcome, silent.verdict.reason), (Outcome::Stalled, Some(Reason::NoTraffic)));
    let nothing = qperf(&json!({"ttfb_ms": "soon"}), &labels(Workload::Quic));
    assert_eq!(nothing.verdict.reason, Some(Reason::NoData));
    assert!(nothing.verdict.detail.unwrap().ends_with("of qperf: ttfb_ms is no number"));
}

/// Python makes quartiles of two values that lie beyond both.
#[test]
fn quartiles_of_two_values_are_no_contradiction() {
    let two = |low: f64, high: f64| {
        let apart = high - low;
        json!({"min": low, "average": (low + high) / 2.0, "max": high,
            "percentiles": {"p25": low - apart / 4.0, "p50": (low + high) / 2.0, "p75": high + apart / 4.0}})
    };
    let near = pinged(|data| data["rtt_avg_ms"] = two(2.0, 2.4));
    assert_eq!((near.verdict, near.summaries.len()), (Verdict::OK, 30));
    let far = pinged(|data| data["rtt_mdev_ms"] = two(0.1, 1.0));
    assert_eq!((far.verdict, far.summaries.len()), (Verdict::OK, 29));
}

#[test]
fn zeros_that_stand_for_no_value_are_none() {
    let quiet = |data: &mut Value, loss: f64| {
        for key in ["rtt_min_ms", "rtt_avg_ms", "rtt_max_ms", "rtt_mdev_ms"] {
            data[key] = five(0.0);
        }
        data["packet_loss_percent"] = json!({"min": loss, "average": loss, "max": loss});
    };
    let lost = pinged(|data| quiet(data, 100.0));
    assert_eq!((lost.verdict.outcome, lost.verdict.reason), (Outcome::Stalled, Some(Reason::NoTraffic)));
    let answered = pinged(|data| quiet(data, 0.0));
    assert_eq!((answered.verdict.outcome, answered.verdict.reason), (Outcome::Invalid, Some(Reason::ImpossibleValue)));
    // One of several connections has no time to its first byte.
    let one = quic(|data| data["ttfb_ms"]["min"] = json!(0));
    assert_eq!((one.verdict.outcome, one.verdict.reason), (Outcome::Partial, Some(Reason::RepetitionLost)));
    let name = "time_to_first_byte";
    assert_eq!(
        (value(&one, name, "min"), value(&one, name, "mean"), value(&one, name, "p50")),
        (None, None, Some(0.02))
    );
    let none = quic(|data| data["ttfb_ms"] = five(0.0));
    assert_eq!((none.verdict.outcome, value(&none, name, "p50")), (Outcome::Ok, None));
}

#[test]
fn what_contradicts_itself_is_invalid() {
    let detail = |recorded: Recorded| {
        assert_eq!(
            (recorded.verdict.outcome, recorded.verdict.reason),
            (Outcome::Invalid, Some(Reason::ImpossibleValue))
        );
        recorded.verdict.detail.unwrap()
    };
    let order = detail(pinged(|data| data["rtt_avg_ms"]["min"] = json!(50.0)));
    assert!(order.starts_with("rtt_mean of 0.05 s cannot be: it is the min of values whose p25"), "{order}");
    let apart = detail(pinged(|data| data["rtt_min_ms"] = five(20.0)));
    assert!(apart.starts_with("rtt_min of ") && apart.contains("beside rtt_mean"), "{apart}");
    let lost = detail(pinged(|data| data["packet_loss_percent"] = json!({"min": 100, "average": 100, "max": 100})));
    assert!(lost.contains("something arrived"), "{lost}");
    let long = detail(quic(|data| data["ttfb_ms"] = five(90_000.0)));
    assert!(long.contains("the length of the run"), "{long}");
    let cpu = detail(quic(|data| data["cpu_usage_percent"] = five(6400.0)));
    assert!(cpu.contains("cpu_source_mean") && cpu.contains("possible is 0 to 2"), "{cpu}");
}

#[test]
fn counters_that_wrapped_leave_what_they_can_hold() {
    let wrapped = json!({"min": 0, "average": 900.5, "max": 65_530, "percentiles": {"p25": 0, "p50": 1, "p75": 2}});
    for (key, metric) in [("packets_dropped", "video_lost"), ("packets_recovered", "video_recovered")] {
        let mut network = json!({"rtt_ms": five(10.0), "quality": five(50.0), "bitrate_bps": five(3e6),
            "packets_dropped": five(0.0), "packets_recovered": five(0.0)});
        network[key] = wrapped.clone();
        let data = json!({"encoding": {"bitrate_kbps": five(3350.0)}, "network": network});
        let recorded = rist(&data, &labels(Workload::Video));
        assert_eq!((recorded.verdict.outcome, recorded.notes.as_deref()), (Outcome::Ok, Some("counter-wrap")));
        assert_eq!((value(&recorded, metric, "mean"), value(&recorded, metric, "max")), (None, None), "{key}");
        assert_eq!(value(&recorded, metric, "p75"), Some(2.0));
    }
}
