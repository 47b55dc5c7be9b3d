//! The campaign that comes with the project is what its documents say, and can be analysed.

use meshbench_tests::program::{project, run_in};
use std::collections::BTreeSet;

#[test]
fn the_campaign_that_is_shipped_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = project().join("data/lab-five");
    let verified = run_in(folder.path(), "analyze", &[&"verify", &dataset]);
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    let summary = run_in(folder.path(), "analyze", &[&"summary", &dataset, &"--format", &"json"]);
    assert_eq!(summary.code, 0, "{}", summary.stderr);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&summary.stdout).unwrap();
    let values = |key: &str| rows.iter().filter_map(|row| row[key].as_str()).collect::<BTreeSet<_>>();
    assert_eq!(values("system"), BTreeSet::from(["internal", "nebula", "tinc", "wireguard", "yggdrasil"]));
    assert_eq!(values("profile"), BTreeSet::from(["baseline", "high", "low", "medium"]));
    assert_eq!(values("workload"), BTreeSet::from(["ping", "tcp", "tcp-parallel", "udp"]));
    // Six blocks: medians with exact intervals over blocks.
    let medians = rows.iter().filter(|row| row["method"] == "median-order-statistic" && row["covers"] == "blocks");
    assert!(medians.count() > 100, "{summary:?}", summary = rows.first());
}

/// The calibration on the bare network agrees with netem's own model, profile by profile.
#[test]
fn the_impairment_was_what_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = project().join("data/lab-five");
    let arguments: [&dyn AsRef<std::ffi::OsStr>; 8] =
        [&"summary", &dataset, &"--metric", &"underlay_rtt", &"--system", &"internal", &"--format", &"json"];
    let summary = run_in(folder.path(), "analyze", &arguments);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&summary.stdout).unwrap();
    // Round trips that netem adds by theory, in seconds; the bare path itself takes a little more.
    for (profile, theory) in [("baseline", 0.0), ("low", 0.0040), ("medium", 0.00864), ("high", 0.0147)] {
        let seen: Vec<f64> =
            rows.iter().filter(|row| row["profile"] == profile).filter_map(|row| row["value"].as_f64()).collect();
        assert!(!seen.is_empty(), "{profile}");
        for value in seen {
            assert!((value - theory).abs() < 0.1 * theory + 0.0008, "{profile}: {value} against {theory}");
        }
    }
}
