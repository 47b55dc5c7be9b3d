//! One system without a value does not take the test of all systems from the others.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

#[path = "made/campaign.rs"]
mod campaign;
#[path = "made/compared.rs"]
mod compared;

use campaign::{RING, ended, run};
use compared::Made;
use meshbench_analysis::options::Options;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::stage::Omnibus;
use meshbench_schemas::words::Workload;

/// Takes away what a system measured in the blocks for which `gone` holds, on the links before `links`.
fn without(made: &mut Made, system: &str, links: usize, gone: impl Fn(u32) -> bool) {
    let is = |source: &str, block: u32| gone(block) && RING.iter().take(links).any(|link| link.0 == source);
    made.values.retain(|value| !(&*value.system == system && is(&value.source, value.block)));
    made.runs = std::mem::take(&mut made.runs)
        .into_iter()
        .map(|run| match &*run.system == system && is(&run.source, run.block) {
            true => ended(run, Outcome::Failed, Reason::Unreachable),
            false => run,
        })
        .collect();
}

fn four(blocks: u32) -> Made {
    let mut made = Made::default();
    for (system, speed) in [("a", 1.0), ("b", 1.02), ("c", 1.5), ("d", 3.0)] {
        made.system(system, "baseline", blocks, speed, 0.2);
    }
    made
}

fn tests(made: &Made) -> Vec<Omnibus> {
    let found = made.compare(&Options::default()).omnibus;
    found.into_iter().filter(|row| &*row.metric == "throughput").collect()
}

fn names(rows: &[Omnibus]) -> Vec<&str> {
    rows.iter().map(|row| row.test.as_str()).collect()
}

#[test]
fn whole_tables_have_friedmans() {
    let rows = tests(&four(6));
    assert_eq!(names(&rows), ["friedman", "iman-davenport"]);
    for row in &rows {
        assert_eq!((row.systems, row.systems_expected, row.replicates, row.replicates_expected), (4, 4, 6, 6));
        assert!(
            row.left_out.is_none()
                && row.reason.is_none()
                && row.why == "each of the 4 systems has a value in each of the 6 blocks",
            "{row:?}"
        );
    }
}

#[test]
fn a_system_without_any_value_is_left_out_by_name() {
    let complete = tests(&{
        let mut made = four(6);
        made.runs.retain(|run| &*run.system != "d");
        made.values.retain(|value| &*value.system != "d");
        made
    });
    let mut made = four(6);
    without(&mut made, "d", 3, |_| true);
    let rows = tests(&made);
    assert_eq!(names(&rows)[0], "friedman");
    assert_eq!((rows[0].statistic, rows[0].p), (complete[0].statistic, complete[0].p));
    assert!(rows[0].p.is_some());
    assert_eq!((rows[0].systems, rows[0].systems_expected), (3, 4));
    assert_eq!(rows[0].left_out.as_deref(), Some("d (no value)"));
    // One link that never works leaves no block with every link, and is said to be that.
    let mut made = four(6);
    without(&mut made, "d", 1, |_| true);
    let rows = tests(&made);
    assert_eq!(rows[0].left_out.as_deref(), Some("d (no block with a value on every link; 2 of 3 links have one)"));
    assert!(rows[0].p.is_some());
}

#[test]
fn holes_are_taken_by_skillings_and_mack() {
    let mut made = four(6);
    without(&mut made, "b", 3, |block| block < 2);
    let rows = tests(&made);
    assert_eq!(names(&rows), ["skillings-mack"]);
    let row = &rows[0];
    assert_eq!((row.systems, row.replicates, row.replicates_expected), (4, 6, 6));
    assert_eq!(row.why, "4 of 6 blocks have a value of every system");
    assert!(row.p.unwrap() < 0.01 && row.left_out.is_none(), "{row:?}");
    // In one block the links are what was repeated.
    let mut made = four(1);
    without(&mut made, "c", 1, |_| true);
    let rows = tests(&made);
    assert_eq!((names(&rows), rows[0].covers.as_str(), rows[0].replicates), (vec!["skillings-mack"], "links", 3));
    assert_eq!((rows[0].systems, rows[0].p.is_some()), (4, true));
}

#[test]
fn balanced_holes_have_durbins_test_beside_it() {
    // Of four blocks each lacks another system.
    let mut made = four(4);
    for (at, system) in ["a", "b", "c", "d"].into_iter().enumerate() {
        without(&mut made, system, 3, |block| block as usize == at);
    }
    let rows = tests(&made);
    assert_eq!(names(&rows), ["skillings-mack", "durbin"]);
    assert!(rows.iter().all(|row| row.p.is_some() && row.systems == 4 && row.replicates == 4), "{rows:?}");
    assert!(rows[1].why.contains("every pair of systems") && rows[1].df2.is_some());
}

#[test]
fn a_block_that_holds_one_system_says_nothing() {
    let mut made = four(6);
    for system in ["b", "c", "d"] {
        without(&mut made, system, 3, |block| block == 5);
    }
    let rows = tests(&made);
    assert_eq!(names(&rows)[0], "friedman");
    assert_eq!((rows[0].replicates, rows[0].replicates_expected), (5, 6));
}

#[test]
fn systems_that_never_meet_are_not_tested_together() {
    let mut made = four(8);
    made.system("e", "baseline", 8, 2.0, 0.05);
    for system in ["a", "b", "c"] {
        without(&mut made, system, 3, |block| block > 3);
    }
    for system in ["d", "e"] {
        without(&mut made, system, 3, |block| block <= 3);
    }
    let rows = tests(&made);
    assert_eq!((rows[0].systems, rows[0].systems_expected, rows[0].replicates), (3, 5, 4));
    let apart = "d (no block in which it has a value has one of those that entered), e (no block in which it has a value has one \
                 of those that entered)";
    assert_eq!((names(&rows)[0], rows[0].left_out.as_deref()), ("friedman", Some(apart)));
}

#[test]
fn nothing_to_test_is_said() {
    let mut made = four(3);
    for system in ["b", "c", "d"] {
        without(&mut made, system, 3, |_| true);
    }
    let rows = tests(&made);
    assert_eq!((names(&rows), rows[0].p, rows[0].systems), (vec!["none"], None, 0));
    assert!(rows[0].reason.is_some() && rows[0].left_out.as_ref().unwrap().contains("b (no value)"), "{rows:?}");
    // Nothing at all was measured.
    let mut made = Made::default();
    for system in ["a", "b", "c"] {
        made.runs.push(ended(run(system, Workload::Tcp, RING[0], 0), Outcome::Failed, Reason::Unreachable));
    }
    assert!(
        made.compare(&Options::default()).omnibus.iter().all(|row| row.p.is_none() || &*row.metric == "success_rate")
    );
}

#[test]
fn what_entered_is_what_the_test_is_said_to_rest_on() {
    let mut made = four(6);
    without(&mut made, "d", 3, |_| true);
    for system in ["b", "c", "d"] {
        without(&mut made, system, 3, |block| block == 5);
    }
    let rows = tests(&made);
    assert_eq!(rows[0].why, "each of the 3 systems that entered has a value in each of the 5 blocks that entered");
    // On links there is nothing in a link.
    assert_eq!(tests(&four(1))[0].why, "each of the 4 systems has a value on each of the 3 links");
}

#[test]
fn one_replicate_is_no_test() {
    // One block with one link.
    let mut made = Made::default();
    for (system, speed) in [("a", 1e8), ("b", 2e8), ("c", 3e8)] {
        made.tcp(system, "baseline", RING[0], 0, speed);
    }
    let rows = tests(&made);
    assert_eq!((names(&rows), rows[0].p, rows[0].statistic, &*rows[0].why), (vec!["none"], None, None, ""));
    assert_eq!((rows[0].systems, rows[0].replicates, rows[0].covers.as_str()), (3, 1, "links"));
    let reason = rows[0].reason.as_deref().unwrap();
    assert!(reason.starts_with("one link has values of several systems") && reason.ends_with("2 links"), "{reason}");
    // Of six blocks one has more than one system, and one link of it alone.
    let mut made = Made::default();
    for block in 0..6 {
        made.tcp("a", "baseline", RING[0], block, 1e8);
    }
    for (system, speed) in [("b", 2e8), ("c", 3e8)] {
        made.tcp(system, "baseline", RING[0], 3, speed);
    }
    let rows = tests(&made);
    assert_eq!((names(&rows), rows[0].p), (vec!["none"], None), "{rows:?}");
}

#[test]
fn shares_of_attempts_are_not_said_to_have_no_value() {
    let found = four(6).compare(&Options::default()).omnibus;
    let row = found.iter().find(|row| &*row.metric == "success_rate").unwrap();
    assert_eq!(
        (row.test.as_str(), row.p, row.left_out.as_deref(), row.covers.as_str()),
        ("none", None, None, "attempts")
    );
    assert_eq!((row.systems, row.replicates), (4, 72), "attempts of all links and blocks");
    assert!(row.reason.as_ref().unwrap().contains("counted over the attempts"), "{row:?}");
}

#[test]
fn ties_are_said_to_be_within_replicates() {
    // Blocks differ, systems do not.
    let mut made = Made::default();
    for system in ["a", "b", "c"] {
        made.system(system, "baseline", 6, 1.0, 0.0);
    }
    let rows = tests(&made);
    assert_eq!((names(&rows), &*rows[0].why), (vec!["none"], ""));
    assert_eq!(rows[0].reason.as_deref(), Some("in every block the values of all systems are equal"));
    without(&mut made, "c", 3, |block| block == 0);
    assert_eq!(tests(&made)[0].reason.as_deref(), Some("in every block the values of all systems are equal"));
}

#[test]
fn the_only_system_with_a_value_has_nobody_beside_it() {
    let mut made = four(3);
    for system in ["b", "c", "d"] {
        without(&mut made, system, 3, |_| true);
    }
    let row = &tests(&made)[0];
    assert!(row.left_out.as_ref().unwrap().contains("a (no other system has a value)"), "{row:?}");
    let reason = row.reason.as_deref().unwrap();
    assert_eq!(reason, "no two systems have a value in the same block, and a test of all of them takes 3");
}
