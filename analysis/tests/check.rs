//! Each kind of finding is found where it was planted, and nothing else is.

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

#[path = "made/campaign.rs"]
mod campaign;
#[path = "made/defects.rs"]
mod defects;
#[path = "made/grammar.rs"]
mod grammar;
#[path = "made/check.rs"]
mod made;

use defects::{DEFECTS, VARIANTS};
use made::Made;
use meshbench_analysis::check::{Facts, findings};
use meshbench_schemas::finding::Code;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::words::{PathTaken, Workload};
use std::collections::{BTreeMap, BTreeSet};

const NOISE: f64 = 0.03;

#[test]
fn a_clean_campaign_has_no_finding() {
    for seed in 0..5 {
        let found = Made::clean(seed, NOISE).check();
        assert!(found.is_empty(), "seed {seed}: {found:#?}");
    }
}

#[test]
fn every_code_has_a_planted_defect() {
    let planted: BTreeSet<Code> = DEFECTS.iter().map(|defect| defect.code).collect();
    let all: BTreeSet<Code> = Code::ALL.iter().copied().collect();
    assert_eq!(all.difference(&planted).collect::<Vec<_>>(), Vec::<&Code>::new());
}

#[test]
fn a_planted_defect_gives_its_code_and_no_other() {
    let clean = Made::clean(1, NOISE);
    let mut wrong = Vec::new();
    for defect in DEFECTS.iter().chain(VARIANTS) {
        let mut made = clean.clone();
        (defect.plant)(&mut made, 1.0);
        let found = made.check();
        let codes: BTreeSet<Code> = found.iter().map(|finding| finding.code).collect();
        let wanted: BTreeSet<Code> = defect.with.iter().copied().chain([defect.code]).collect();
        if codes != wanted {
            wrong.push(format!("{}: {codes:?}, not {wanted:?}: {found:#?}", defect.code));
        }
        for finding in found {
            assert!(finding.count <= finding.of, "{finding:?}");
            assert!(finding.evidence.len() > 10, "{finding:?}");
            assert_eq!(grammar::wrong(&finding.evidence), None, "{finding:?}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn links_of_a_ring_fail_together() {
    let survivors = |blocks: u32| {
        let mut made = Made::clean(1, NOISE);
        for run in made.runs.iter_mut().filter(|run| run.ring.is_some() && &*run.system == "tinc" && run.block < blocks)
        {
            (run.outcome, run.reason) = (Outcome::Failed, Some(Reason::DaemonEnded));
        }
        made.check().iter().any(|finding| finding.code == Code::SurvivorsOnly)
    };
    // Two of 8 rings against none of 24 may be chance (p = 0.056), which 6 of 24 links against none of 72 would not be.
    assert!(!survivors(2));
    assert!(survivors(4));
}

/// A system that is slow by itself is like the others where the network is slower, and honest.
#[test]
fn a_bottleneck_explains_what_is_slow() {
    let far = |change: fn(&mut Made)| {
        let mut made = Made::clean(1, NOISE);
        change(&mut made);
        made.codes().contains(&Code::FarOffEverywhere)
    };
    // 30 Mbit/s is a twentieth of what the others carry without impairment, and twice what they carry with it.
    // And 2 Mbit/s is a seventh of what they carry with it: the system has no more under either.
    for most in [3e7, 2e6] {
        let mut made = Made::clean(1, NOISE);
        for metric in ["throughput", "offered"] {
            made.values(
                metric,
                |v| &*v.system == "tinc" && v.workload == Workload::Tcp,
                |v| v.value = v.value.min(most * (1.0 + f64::from(v.block) / 100.0)),
            );
        }
        assert!(!made.codes().contains(&Code::FarOffEverywhere), "{most}");
    }
    // A daemon takes a millisecond for a round trip, which is several times the network's 0.2 ms.
    assert!(!far(|made| made.values("rtt_mean", |v| &*v.system == "tinc", |v| v.value += 1e-3)));
    assert!(far(|made| made.values("rtt_mean", |v| &*v.system == "tinc", |v| v.value += 30e-3)));
    // What took another path is told so, and needs no second word.
    assert!(!far(|made| {
        made.values("rtt_mean", |v| &*v.system == "tinc", |v| v.value += 30e-3);
        made.each(
            |run| &*run.system == "tinc" && run.workload == Workload::Ping,
            |run| run.path = Some(PathTaken::Relayed),
        );
    }));
}

/// Times to connect come in steps of the polls; links that differ by more than that are links that differ.
#[test]
fn links_of_times_to_connect_are_compared() {
    let found = |apart: [f64; 3]| {
        let mut made = Made::clean(1, NOISE);
        let (mut runs, mut values) = (Vec::new(), Vec::new());
        for system in made::SYSTEMS {
            for block in 0..made::BLOCKS {
                for (link, own) in campaign::RING.into_iter().zip(apart) {
                    let seconds = 10.0 + f64::from(block % 3) + if system == "tinc" { own } else { 0.0 };
                    let run = campaign::run(system, Workload::ConnectReboot, link, block);
                    values.push(campaign::value(&run, "connect_time", None, seconds));
                    runs.push(run);
                }
            }
        }
        made.runs.extend(runs);
        made.values.extend(values);
        let of = |code: Code| made.check().into_iter().filter(move |row| row.code == code).collect::<Vec<_>>();
        of(Code::LinksDisagree)
    };
    assert_eq!(found([0.0, 1.0, 12.0]), []);
    let rows = found([0.0, 1.0, 90.0]);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].system.as_deref(), rows[0].workload), (Some("tinc"), Some(Workload::ConnectReboot)));
}

#[test]
fn the_order_of_the_facts_does_not_matter() {
    let mut made = Made::clean(2, NOISE);
    let planted = [
        Code::StalledCounted,
        Code::UnequalTool,
        Code::Relayed,
        Code::DuplicatedResult,
        Code::HostsDiffer,
        Code::OverlappingRuns,
        Code::ReceiverOverrun,
    ];
    for defect in DEFECTS.iter().filter(|defect| planted.contains(&defect.code)) {
        (defect.plant)(&mut made, 1.0);
    }
    let before = made.check();
    made.runs.reverse();
    made.values.reverse();
    made.hosts.reverse();
    made.systems.reverse();
    made.summaries.reverse();
    assert_eq!(before, made.check());
    assert!(before.len() >= planted.len());
}

#[test]
fn nothing_and_little_are_no_reason_to_fail() {
    let none = BTreeMap::new();
    let facts = Facts {
        runs: &[],
        values: &[],
        estimates: &[],
        summaries: &[],
        hosts: &[],
        systems: &[],
        calibration: &none,
        outside: &[],
    };
    assert_eq!(findings(&facts), []);
    let clean = Made::clean(3, NOISE);
    let one = Facts { runs: &clean.runs[..1], ..facts };
    assert!(findings(&one).iter().all(|finding| finding.observed.is_none_or(f64::is_finite)));
    // Numbers at the edge of what a double can hold.
    let mut wild = clean;
    for (at, value) in wild.values.iter_mut().enumerate() {
        value.value = [0.0, -1.0, 1e308, 1e-308, f64::NAN, f64::INFINITY][at % 6];
    }
    for (at, run) in wild.runs.iter_mut().enumerate() {
        let number = Some([0.0, -1.0, 1e308, f64::NAN][at % 4]);
        (run.asked_s, run.elapsed_s, run.limit_s) = (number, number, number);
        (run.netem_delay_s, run.netem_loss, run.netem_reorder) = (number, number, number);
        run.harness_attempts = Some(u32::MAX);
    }
    for finding in wild.check() {
        assert!(finding.observed.is_none_or(f64::is_finite) && finding.expected.is_none_or(f64::is_finite));
    }
}

/// How often each kind is found where it was planted (recall), and how much else is (the wrong findings), by size
/// of the defect and noise. The table in docs/findings.md is printed by
/// `cargo test -p meshbench-analysis --test check -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement, of some minutes"]
fn precision_and_recall() {
    const ROUNDS: u64 = 10;
    let campaigns: Vec<Made> = (0..ROUNDS).map(|seed| Made::clean(1_000 + seed, 0.1)).collect();
    let sizes = [0.25, 0.5, 1.0];
    println!("| code | size ¼ | size ½ | size 1 | other kinds |\n|---|---|---|---|---|");
    let (mut right, mut wrong) = (0, 0);
    for defect in DEFECTS {
        let mut hits = [0; 3];
        let mut others: BTreeMap<Code, usize> = BTreeMap::new();
        for clean in &campaigns {
            for (hit, size) in hits.iter_mut().zip(sizes).skip(if defect.sized { 0 } else { 2 }) {
                let mut made = clean.clone();
                (defect.plant)(&mut made, size);
                for code in made.codes() {
                    if code == defect.code {
                        *hit += 1;
                        right += 1;
                    } else if defect.with.contains(&code) {
                        right += 1;
                    } else {
                        *others.entry(code).or_default() += 1;
                        wrong += 1;
                    }
                }
            }
        }
        let words: Vec<String> = others.iter().map(|(code, n)| format!("{n} × `{code}`")).collect();
        let cell = |hit: usize| if defect.sized { format!("{hit}/{ROUNDS}") } else { "".to_owned() };
        println!(
            "| `{}` | {} | {} | {}/{ROUNDS} | {} |",
            defect.code,
            cell(hits[0]),
            cell(hits[1]),
            hits[2],
            words.join(", ")
        );
    }
    let mut clean: BTreeMap<Code, usize> = BTreeMap::new();
    for seed in 0..50 {
        Made::clean(5_000 + seed, 0.1).codes().into_iter().for_each(|code| *clean.entry(code).or_default() += 1);
    }
    println!("right kinds {right}, wrong kinds {wrong}; in 50 clean campaigns: {clean:?}");
}

/// Where systems are unlike each other, deviations from their median say nothing of what is far.
#[test]
fn a_system_that_is_far_off_is_found_among_unlike_ones() {
    let unlike = |planted: f64, of: &'static str| {
        let mut made = Made::clean(1, NOISE);
        for (system, speed) in [("nebula", 0.1), ("wireguard", 0.35), (of, planted)] {
            for metric in ["throughput", "offered"] {
                made.values(metric, |v| &*v.system == system && v.workload == Workload::Tcp, |v| v.value *= speed);
            }
        }
        let found = made.check().into_iter().filter(|row| row.code == Code::FarOffEverywhere);
        found.map(|row| row.system.unwrap().to_string()).collect::<Vec<_>>()
    };
    // From 0.051 to 1 times the bare network: the median deviation is a factor of 3, five of which nothing ever is.
    assert_eq!(unlike(1.0, "tinc"), [""; 0]);
    assert_eq!(unlike(1.0 / 30.0, "tinc"), ["tinc"]);
    // At a third of the next one it is one of them.
    assert_eq!(unlike(1.0 / 4.0, "tinc"), [""; 0]);
    assert_eq!(unlike(1.0 / 30.0, "wireguard"), ["wireguard"]);
}

/// Round trips of unlike daemons: 20 ms of work is forty times what others take on a fast network, and no far host.
#[test]
fn a_slow_daemon_among_unlike_ones_is_not_far_off() {
    let mut made = Made::clean(1, NOISE);
    for (system, work) in [("wireguard", 3e-4), ("nebula", 4e-3), ("tinc", 20e-3)] {
        made.values("rtt_mean", |v| &*v.system == system, |v| v.value += work);
    }
    assert!(!made.codes().contains(&Code::FarOffEverywhere));
}

/// A factor and the means beside it are of the same values, so that one follows from the other.
#[test]
fn a_factor_is_that_of_the_means_beside_it() {
    let mut made = Made::clean(1, NOISE);
    // Blocks that differ: the ratio of arithmetic means is 2.7, that of geometric ones 2.5.
    let better = |v: &meshbench_schemas::stage::RunValue| made::value_of("tinc", "medium", Workload::Tcp)(v);
    for metric in ["throughput", "offered"] {
        made.values(metric, better, |v| v.value *= [2.5, 6.0][v.block as usize % 2]);
    }
    let rows = made.check();
    let row = rows.iter().find(|row| row.code == Code::BetterThanBareNetwork).unwrap();
    let factor: f64 = row.evidence.split("a factor of ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let ratio = row.observed.unwrap() / row.expected.unwrap();
    assert!((factor / ratio - 1.0).abs() < 0.005, "{factor} beside {ratio}: {}", row.evidence);
    let number = |text: &str| -> f64 { text.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap() };
    let shown = row.evidence.split("means of these ").nth(1).unwrap();
    let means: Vec<f64> = shown.split(" and ").map(|text| number(text.split(' ').next().unwrap())).collect();
    assert!((means[0] / means[1] / factor - 1.0).abs() < 0.02, "{}", row.evidence);
}

/// Times to connect that are now one thing and now another, by more than the polls make of them.
#[test]
fn two_groups_of_times_to_connect_are_told() {
    let found = |longer: f64| {
        let mut made = Made::clean(1, NOISE);
        for system in made::SYSTEMS {
            for block in 0..made::BLOCKS {
                for link in campaign::RING {
                    let stuck = system == "tinc" && block % 4 == 0;
                    let seconds = 10.0 + f64::from(block % 3) / 4.0 + if stuck { longer } else { 0.0 };
                    let run = campaign::run(system, Workload::ConnectReboot, link, block);
                    made.values.push(campaign::value(&run, "connect_time", None, seconds));
                    made.runs.push(run);
                }
            }
        }
        let rows = made.check().into_iter().filter(|row| row.code == Code::Bimodal);
        rows.map(|row| (row.system.unwrap().to_string(), row.workload)).collect::<Vec<_>>()
    };
    assert_eq!(found(14.0), []);
    assert_eq!(found(60.0), [("tinc".to_owned(), Some(Workload::ConnectReboot))]);
}

/// What the order did stands beside every comparison.
#[test]
fn order_and_carry_over_stand_beside_contrasts() {
    for code in [Code::PositionMatters, Code::CarryOver, Code::NeighbouringBlocksAlike] {
        let mut made = Made::clean(1, NOISE);
        let defect = DEFECTS.iter().find(|defect| defect.code == code).unwrap();
        (defect.plant)(&mut made, 1.0);
        let options = meshbench_analysis::options::Options::default();
        let estimates = meshbench_analysis::estimates::estimate(&made.runs, &made.values, &options);
        let mut found = meshbench_analysis::comparisons::compare(&made.runs, &made.values, &[], &estimates, &options);
        meshbench_analysis::check::attach::comparisons(&made.check(), &mut found);
        assert!(!found.contrasts.is_empty() && found.contrasts.iter().all(|row| row.findings.contains(code)), "{code}");
        assert!(found.ranks.iter().all(|row| row.findings.contains(code)), "{code}");
    }
}
