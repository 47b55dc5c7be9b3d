//! `analyze explain`, `compare`, `check`, `claims` and `plan` on the shipped campaign, as a person would ask.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

use meshbench_tests::program::{Ended, project, run_in, succeed_in};
use std::ffi::OsStr;

const DATASET: &str = "data/lab-five";

fn analyze(arguments: &[&dyn AsRef<OsStr>]) -> Ended {
    run_in(&project(), "analyze", arguments)
}

fn said(arguments: &[&dyn AsRef<OsStr>]) -> String {
    succeed_in(&project(), "analyze", arguments).stdout
}

#[test]
fn a_cell_and_a_contrast_say_where_they_come_from() {
    let cell = said(&[&"explain", &DATASET, &"tinc", &"medium", &"tcp"]);
    for part in ["h1→h2", "Conover", "96.875 %", "18 started; 18 ok", "finding offload-under-netem"] {
        assert!(cell.contains(part), "{part}: {cell}");
    }
    let contrast = said(&[&"explain", &DATASET, &"wireguard", &"tinc", &"medium", &"tcp", &"throughput"]);
    for part in ["Hodges and Lehmann", "p = 0.094", "10 tests", "9 blocks are the least", "cannot show a difference"] {
        assert!(contrast.contains(part), "{part}: {contrast}");
    }
    let kept = said(&[&"explain", &DATASET, &"internal", &"tinc", &"medium", &"baseline", &"tcp"]);
    assert!(kept.contains("keeps the larger share of its baseline in a share of"), "{kept}");
    let response = said(&[&"explain", &DATASET, &"tinc", &"medium", &"baseline", &"tcp"]);
    assert!(response.contains("tinc at medium against its own baseline"), "{response}");
    let interaction = said(&[&"explain", &DATASET, &"wireguard", &"tinc", &"medium", &"baseline", &"tcp"]);
    assert!(interaction.contains("(tinc at medium / tinc at baseline) / (wireguard at medium"), "{interaction}");
    let code = said(&[&"explain", &"offload-under-netem"]);
    assert!(code.contains("What") && code.contains("Why") && code.contains("Do"), "{code}");
}

#[test]
fn words_that_name_nothing_or_too_much_are_refused_with_what_there_is() {
    for (words, part) in [
        (vec!["explain", DATASET, "tinc"], "say which workload: ping, tcp"),
        (vec!["explain", DATASET, "tink", "tcp"], "is called `tink` (did you mean tinc"),
        (vec!["explain", DATASET, "tinc", "tcp", "rtt_p50"], "no such cell"),
        (vec!["explain", "ofload-under-netem"], "did you mean offload-under-netem?"),
        (vec!["compare", DATASET], "nothing to compare"),
        (vec!["compare", DATASET, "--old-system", "a", "--new-system", "b"], "no system is called `a`"),
        (vec!["compare", DATASET, DATASET, "--margin", "0"], "no margin"),
        (vec!["compare", DATASET, "--old-system", "tinc", "--new-system", "Tinc"], "both sides are the same"),
        (vec!["compare", DATASET, "--system", "tinc", "--new-system", "tinc"], "both sides are the same"),
        (
            vec!["compare", DATASET, "--old-system", "tinc", "--new-system", "internal", "--system", "nebula"],
            "--system nebula contradicts --old-system tinc",
        ),
        (vec!["explain", DATASET, "tinc", "Tinc", "medium", "tcp"], "tinc is named twice"),
        (vec!["summary", DATASET, "--margin", "-1"], "-1 is no margin"),
        (vec!["plan", DATASET, "--target", "0"], "0 is no half width to reach"),
        (vec!["query", DATASET, "FROM runs", "--memory", "1"], "1 is no size of memory"),
        (vec!["query", DATASET, "FROM runs", "--limit", "0"], "0 is no number of rows"),
        (vec!["compare", DATASET, "--old-tuning", "default", "--new-tuning", "default"], "both sides are the same"),
        (vec!["merge", DATASET, DATASET, "-o", "no-such-folder", "--allow", "versoin"], "did you mean version?"),
        (vec!["check", DATASET, "--severity", "eror"], "did you mean error?"),
        (vec!["claims", DATASET, "no-such-file.toml"], "no-such-file.toml"),
    ] {
        let arguments: Vec<&dyn AsRef<OsStr>> = words.iter().map(|word| word as &dyn AsRef<OsStr>).collect();
        let ended = analyze(&arguments);
        assert_eq!(ended.code, 2, "{words:?}: {}{}", ended.stdout, ended.stderr);
        assert!(ended.stderr.contains(part), "{words:?}: {}", ended.stderr);
    }
}

#[test]
fn a_comparison_has_a_table_data_and_an_exit_code() {
    let sides: &[&dyn AsRef<OsStr>] =
        &[&"compare", &DATASET, &"--old-system", &"tinc", &"--new-system", &"wireguard", &"--workload", &"tcp"];
    let with = |more: &[&'static str]| {
        let mut all = sides.to_vec();
        all.extend(more.iter().map(|word| word as &dyn AsRef<OsStr>));
        analyze(&all)
    };
    let table = with(&[]);
    assert_eq!(table.code, 0);
    let finding = "inner-mtu-differs: Systems have different inner MTUs; see `analyze explain inner-mtu-differs`";
    assert!(table.stdout.contains(finding), "{}", table.stdout);
    assert!(table.stdout.contains("tinc → wireguard") && table.stdout.contains("? (n ≥ 9)"), "{}", table.stdout);
    assert_eq!(with(&["--fail-on", "worse"]).code, 0, "six blocks show nothing, worse neither");
    assert_eq!(with(&["--fail-on", "not-shown"]).code, 1);
    // Each link in each block is enough to show it.
    let more = with(&["--replicate", "link-in-block", "--fail-on", "change"]);
    assert!(more.code == 1 && more.stdout.contains("better"), "{}", more.stdout);
    let json: serde_json::Value = serde_json::from_str(&with(&["--format", "json"]).stdout).unwrap();
    assert_eq!(json["changes"][0]["system"], "tinc → wireguard");
    // Against one system, all others: it is not compared with itself.
    let against = said(&[&"compare", &DATASET, &"--new-system", &"tinc", &"--workload", &"tcp", &"--format", &"json"]);
    let against: serde_json::Value = serde_json::from_str(&against).unwrap();
    let pairs: Vec<&str> =
        against["changes"].as_array().unwrap().iter().filter_map(|row| row["system"].as_str()).collect();
    assert!(pairs.contains(&"nebula → tinc") && !pairs.contains(&"tinc"), "{pairs:?}");
    // A campaign is as good as itself, and differs from itself in nothing.
    let same = analyze(&[&"compare", &DATASET, &DATASET, &"--format", &"json", &"--fail-on", &"change"]);
    let same_json: serde_json::Value = serde_json::from_str(&same.stdout).unwrap();
    assert_eq!((same.code, same_json["factors"].as_array().map(Vec::len)), (0, Some(0)));
}

#[test]
fn findings_claims_and_a_plan_are_answers_too() {
    let check = analyze(&[&"check", &DATASET]);
    assert_eq!(check.code, 0, "nothing is wrong with the numbers of the shipped campaign: {}", check.stdout);
    assert_eq!(analyze(&[&"check", &DATASET, &"--fail-on", &"warning"]).code, 1);
    // What is found below the severity that is asked for is not told as nothing.
    let none = analyze(&[&"check", &DATASET, &"--code", &"inner-mtu-differs", &"--severity", &"error"]);
    assert!(none.stderr.contains("below --severity error"), "{}{}", none.stdout, none.stderr);
    let sure = said(&[&"summary", &DATASET, &"--confidence", &"0.9999", &"--workload", &"ping"]);
    assert!(sure.contains("99.99 %") && !sure.contains("100.0 %"), "{sure}");
    let claims = said(&[&"claims", &DATASET, &"published", &"--resamples", &"1000"]);
    assert!(claims.contains("not testable"), "{claims}");
    let plan = said(&[&"plan", &DATASET, &"--workload", &"tcp", &"--metric", &"throughput"]);
    assert!(plan.contains("The pilot has 6 blocks"), "{plan}");
}
