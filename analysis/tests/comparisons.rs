//! What contrasts, ranks and scores say about campaigns whose truth is known.

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

use campaign::{RING, ended, run, value};
use compared::Made;
use meshbench_analysis::options::{Adjustment, Missing, Options, Replicate};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::stage::{Contrast, Stages};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::{Answer, Contrasted, Workload};
use proptest::prelude::*;

fn contrast<'c>(found: &'c Stages, left: &str, right: &str) -> &'c Contrast {
    let same = |row: &&Contrast| {
        row.kind == Contrasted::System
            && (&*row.left_side, &*row.right_side, &*row.metric) == (left, right, "throughput")
            && row.profile.as_deref() == Some("baseline")
    };
    found.contrasts.iter().find(same).unwrap()
}

fn three(blocks: u32) -> Made {
    let mut made = Made::default();
    made.system("fast", "baseline", blocks, 2.0, 0.01);
    made.system("slow", "baseline", blocks, 1.0, 0.01);
    made.system("twin", "baseline", blocks, 1.0, 0.01);
    made
}

#[test]
fn a_difference_is_found_with_the_blocks_that_holm_needs_and_not_before() {
    let found = three(12).compare(&Options::default());
    let row = contrast(&found, "fast", "slow");
    assert!((row.value.unwrap() - 2.0).abs() < 0.02 && row.low.unwrap() < 2.0 && row.high.unwrap() > 2.0, "{row:?}");
    assert_eq!(row.p, Some(2.0 / 4096.0), "all of 2^12 sign changes but these two are less extreme");
    assert_eq!(row.p_adjusted, Some(3.0 * 2.0 / 4096.0));
    assert_eq!((row.answer, row.family_size, row.pairs, row.blocks), (Answer::Better, 3, 12, 12));
    assert_eq!(contrast(&found, "slow", "twin").answer, Answer::Equivalent);
    // 2/2^n · 3 ≤ 0.05 needs n = 7.
    let six = three(6).compare(&Options::default());
    let row = contrast(&six, "fast", "slow");
    assert_eq!((row.answer, row.blocks_needed), (Answer::CannotTell, Some(7)));
    assert_eq!(row.smallest_p, Some(2.0 / 64.0));
    assert_eq!(contrast(&three(7).compare(&Options::default()), "fast", "slow").answer, Answer::Better);
}

#[test]
fn an_interval_that_says_more_than_the_adjusted_test_is_marked() {
    let says = |found: &Stages, code: &str| {
        contrast(found, "fast", "slow").warnings.to_string().split(' ').any(|word| word == code)
    };
    // Six blocks: p = 2/64, which three tests make 6/64, and an interval that is far from 1.
    let six = three(6).compare(&Options::default());
    assert!(says(&six, "not-adjusted") && !says(&six, "interval-and-test"));
    // Three blocks: t rules out 1, and no sign flips could.
    let few = three(3).compare(&Options::default());
    assert!(says(&few, "not-adjusted") && says(&few, "interval-and-test"));
    let many = three(12).compare(&Options::default());
    assert!(!says(&many, "not-adjusted") && !says(&many, "interval-and-test"));
}

#[test]
fn ranks_are_what_the_tests_leave_open() {
    let found = three(12).compare(&Options::default());
    let of = |system: &str| {
        let same = |row: &&meshbench_schemas::stage::Rank| &*row.system == system && &*row.metric == "throughput";
        found.ranks.iter().find(same).unwrap()
    };
    let (fast, slow, twin) = (of("fast"), of("slow"), of("twin"));
    assert_eq!((fast.rank_low, fast.rank_high, &*fast.letters), (Some(1), Some(1), "a"));
    assert_eq!(fast.probability_first, Some(1.0));
    for row in [slow, twin] {
        assert!(row.rank_low.unwrap() >= 2 && row.rank_high == Some(3), "{row:?}");
        assert!(!row.letters.contains('a'));
    }
    let separated = contrast(&found, "slow", "twin").p_adjusted.unwrap() <= 0.05;
    assert_eq!(slow.letters == twin.letters, !separated);
    // With six blocks nothing can be told, and every place is open to everybody.
    let six = three(6).compare(&Options::default());
    for row in six.ranks.iter().filter(|row| &*row.metric == "throughput") {
        assert_eq!((row.rank_low, row.rank_high, &*row.letters), (Some(1), Some(3), "a"));
    }
}

#[test]
fn the_bare_network_is_contrasted_and_not_ranked() {
    let mut made = three(8);
    made.system("internal", "baseline", 8, 3.0, 0.01);
    let found = made.compare(&Options::default());
    assert!(found.ranks.iter().all(|row| &*row.system != "internal"));
    assert_eq!(contrast(&found, "fast", "internal").answer, Answer::Worse);
    assert!(found.scores.iter().all(|row| &*row.system != "internal"));
}

#[test]
fn one_block_is_compared_over_links_and_cannot_tell() {
    let found = three(1).compare(&Options::default());
    let row = contrast(&found, "fast", "slow");
    assert_eq!((row.covers.as_str(), row.pairs, row.answer), ("links", 3, Answer::CannotTell));
    assert!(row.warnings.to_string().contains("links-only"), "{}", row.warnings);
    assert_eq!(row.smallest_p, Some(0.25));
}

#[test]
fn links_that_one_side_lacks_are_left_out_and_said_so() {
    let mut made = three(8);
    let gone = |run: &Run| &*run.system == "slow" && &*run.source == RING[2].0;
    let lost: Vec<_> = made.runs.iter().filter(|run| gone(run)).map(|run| run.run_id.clone()).collect();
    made.values.retain(|value| !lost.contains(&value.run_id));
    made.runs = made
        .runs
        .into_iter()
        .map(|run| if gone(&run) { ended(run, Outcome::Failed, Reason::Unreachable) } else { run })
        .collect();
    let found = made.compare(&Options::default());
    let row = contrast(&found, "fast", "slow");
    assert_eq!((row.links, row.links_expected, row.pairs), (2, 3, 8));
    assert!(row.warnings.to_string().contains("fewer-links"));
    assert!((row.value.unwrap() - 2.0).abs() < 0.02);
    assert_eq!(contrast(&found, "fast", "twin").links, 3);
    // Without a cell value there is no place, and the reason stands there.
    let rank = found.ranks.iter().find(|row| &*row.system == "slow" && &*row.metric == "throughput").unwrap();
    assert!(rank.rank.is_none() && rank.reason.is_some() && rank.unranked == 1);
}

#[test]
fn what_is_kept_of_the_own_baseline_and_how_systems_differ_in_it() {
    let mut made = three(12);
    made.system("fast", "high", 12, 0.5, 0.01);
    made.system("slow", "high", 12, 0.75, 0.01);
    let found = made.compare(&Options::default());
    let of = |kind: Contrasted, left: &str| {
        let same = |row: &&Contrast| row.kind == kind && &*row.left_side == left && &*row.metric == "throughput";
        found.contrasts.iter().filter(same).collect::<Vec<_>>()
    };
    let kept = of(Contrasted::Response, "high");
    let fast = kept.iter().find(|row| row.system.as_deref() == Some("fast")).unwrap();
    assert!((fast.value.unwrap() - 0.25).abs() < 0.005 && fast.answer == Answer::Worse);
    let slow = kept.iter().find(|row| row.system.as_deref() == Some("slow")).unwrap();
    assert!((slow.value.unwrap() - 0.75).abs() < 0.01);
    let interaction = of(Contrasted::Interaction, "fast");
    assert_eq!(interaction.len(), 1);
    assert!((interaction[0].value.unwrap() - 1.0 / 3.0).abs() < 0.01, "{:?}", interaction[0]);
    assert_eq!(interaction[0].reference.as_deref(), Some("baseline"));
}

#[test]
fn durations_that_a_limit_ended_are_compared_by_what_still_runs() {
    let mut made = Made::default();
    for block in 0..6 {
        for link in RING {
            let quick = run("quick", Workload::Download, link, block);
            made.values.push(value(&quick, "download_time", None, 10.0 + f64::from(block)));
            made.runs.push(quick);
            let mut stuck = ended(run("stuck", Workload::Download, link, block), Outcome::Censored, Reason::TimeLimit);
            stuck.censored_at_s = Some(233.0);
            made.runs.push(stuck);
        }
    }
    let found = made.compare(&Options::default());
    let row = found.contrasts.iter().find(|row| &*row.metric == "download_time").unwrap();
    assert_eq!((row.test.as_str(), row.value, row.answer), ("stratified-log-rank", None, Answer::Better));
    assert!(row.p.unwrap() < 1e-3 && row.warnings.to_string().contains("censored"));
    assert!(row.reason.is_some());
}

#[test]
fn success_is_compared_by_attempts() {
    let mut made = Made::default();
    for block in 0..8 {
        for link in RING {
            made.runs.push(run("works", Workload::Tcp, link, block));
            made.runs.push(ended(run("breaks", Workload::Tcp, link, block), Outcome::Failed, Reason::Unreachable));
        }
    }
    let found = made.compare(&Options::default());
    let row = found.contrasts.iter().find(|row| &*row.metric == "success_rate").unwrap();
    assert_eq!((&*row.left_side, &*row.right_side, row.value), ("breaks", "works", Some(-1.0)));
    assert_eq!((row.test.as_str(), row.answer), ("fisher", Answer::Worse));
}

#[test]
fn links_in_blocks_are_units_only_on_request() {
    let options = Options { replicate: Replicate::LinkInBlock, ..Options::default() };
    let found = three(4).compare(&options);
    let row = contrast(&found, "fast", "slow");
    assert_eq!((row.pairs, row.blocks, row.answer), (12, 4, Answer::Better));
    assert!(row.warnings.to_string().contains("link-in-block"));
    // 2/2^n · 3 ≤ 0.05 needs 7 differences, of which a block gives 3.
    assert_eq!(row.blocks_needed, Some(3));
    assert_eq!(contrast(&three(4).compare(&Options::default()), "fast", "slow").pairs, 4);
}

#[test]
fn what_cannot_be_told_depends_on_the_adjustment() {
    // Six blocks reach 2/64 at best. That is too much for Holm, and enough where all tests of a family may come out.
    let options = Options { adjustment: Adjustment::BenjaminiHochberg, ..Options::default() };
    let mut made = three(6);
    made.system("slower", "baseline", 6, 0.5, 0.01);
    let found = made.compare(&options);
    for row in found.contrasts.iter().filter(|row| row.kind == Contrasted::System && &*row.metric == "throughput") {
        assert_eq!(
            (row.smallest_p, row.smallest_p_adjusted, row.blocks_needed),
            (Some(1.0 / 32.0), Some(1.0 / 32.0), Some(6))
        );
        assert!(row.answer != Answer::CannotTell && row.p_adjusted >= row.smallest_p_adjusted, "{row:?}");
    }
    assert_eq!(contrast(&found, "fast", "slow").answer, Answer::Better);
}

#[test]
fn ties_stay_ties_whatever_rounding_does() {
    // Losses whose differences over links cancel, but not in doubles.
    let mut made = Made::default();
    for block in 0..8 {
        for (at, link) in RING.into_iter().enumerate() {
            for (system, losses) in [("a", [0.04, 0.02, 0.03]), ("b", [0.03, 0.03, 0.03])] {
                let run = run(system, Workload::Ping, link, block);
                made.values.push(value(
                    &run,
                    "loss",
                    None,
                    losses[at] + if block == 0 && system == "a" { 0.1 } else { 0.0 },
                ));
                made.runs.push(run);
            }
        }
    }
    let found = made.compare(&Options::default());
    let row = found.contrasts.iter().find(|row| &*row.metric == "loss").unwrap();
    assert_eq!((row.superiority, row.p), (Some(4.5 / 8.0), Some(1.0)));
}

#[test]
fn a_policy_for_what_is_missing_changes_nothing_where_nothing_is() {
    let mut made = Made::default();
    for (system, speed) in [("a", 1.0), ("b", 0.9), ("c", 0.5)] {
        made.system(system, "baseline", 7, speed, 0.3);
        made.system(system, "high", 7, speed / 3.0, 0.3);
    }
    let scores = |missing| {
        let found = made.compare(&Options { missing, ..Options::default() });
        found.scores.iter().map(|row| (row.system.clone(), row.profile.clone(), row.value.unwrap())).collect::<Vec<_>>()
    };
    let common = scores(Missing::CommonCells);
    for other in [scores(Missing::PerSystem), scores(Missing::WorstObserved)] {
        for (a, b) in common.iter().zip(&other) {
            assert!((&a.0, &a.1) == (&b.0, &b.1) && (a.2 - b.2).abs() < 1e-12, "{a:?}, {b:?}");
        }
    }
}

#[test]
fn scores_take_common_cells_and_nothing_missing_counts_as_best() {
    let mut made = three(6);
    made.system("fast", "high", 6, 1.0, 0.0);
    made.system("slow", "high", 6, 2.0, 0.0);
    let found = made.compare(&Options::default());
    let all: Vec<_> = found.scores.iter().filter(|row| row.profile.is_none()).collect();
    assert_eq!(all.len(), 3);
    for row in &all {
        assert_eq!((row.cells, row.cells_all), (1, 2), "high lacks twin: {row:?}");
    }
    assert_eq!(all.iter().find(|row| &*row.system == "twin").unwrap().cells_missing, 1);
    let of_high = found.scores.iter().filter(|row| row.profile.as_deref() == Some("high"));
    assert!(
        of_high.clone().all(|row| row.value.is_none() && row.reason.is_some()),
        "{:?}",
        of_high.collect::<Vec<_>>()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_and_names_do_not_matter(
        blocks in 1..9_u32,
        speeds in prop::collection::vec(0.5..2.0_f64, 3),
        seed in any::<u64>(),
    ) {
        let names = ["a", "b", "c"];
        let mut made = Made::default();
        for (name, speed) in names.iter().zip(&speeds) {
            made.system(name, "baseline", blocks, *speed, 0.2);
        }
        let found = made.compare(&Options::default());
        // The same campaign with its rows in another order.
        let mut shuffled = made.clone();
        let key = |id: &str| id.bytes().fold(seed, |sum, byte| sum.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(u64::from(byte)));
        shuffled.runs.sort_by_key(|run| key(&run.run_id));
        shuffled.values.sort_by_key(|value| key(&value.run_id));
        prop_assert_eq!(&shuffled.compare(&Options::default()), &found);
        // The same with two systems' names exchanged.
        let mut swapped = made.clone();
        let swap = |name: &str| match name { "a" => "b", "b" => "a", other => other }.to_owned();
        for run in &mut swapped.runs { run.system = swap(&run.system).into(); }
        for value in &mut swapped.values { value.system = swap(&value.system).into(); }
        let other = swapped.compare(&Options::default());
        let (one, two) = (contrast(&found, "a", "b"), contrast(&other, "a", "b"));
        prop_assert!((one.value.unwrap() * two.value.unwrap() - 1.0).abs() < 1e-9);
        prop_assert_eq!(one.p, two.p);
        let opposite = match one.answer { Answer::Better => Answer::Worse, Answer::Worse => Answer::Better, other => other };
        prop_assert_eq!(two.answer, opposite);
    }

    #[test]
    fn rows_hold_what_their_columns_promise(blocks in 1..10_u32, spread in 0.0..1.0_f64) {
        let mut made = Made::default();
        for (name, speed) in ["a", "b", "c", "internal"].iter().zip([1.0, 1.1, 3.0, 3.2]) {
            made.system(name, "baseline", blocks, speed, spread);
            made.system(name, "high", blocks, speed / 2.0, spread);
        }
        let found = made.compare(&Options::default());
        for row in &found.contrasts {
            if let (Some(value), Some(low), Some(high)) = (row.value, row.low, row.high) {
                prop_assert!(low <= value && value <= high, "{:?}", row);
            }
            for p in [row.p, row.p_adjusted, row.p_equivalence, row.smallest_p].into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&p));
            }
            if let (Some(p), Some(smallest)) = (row.p, row.smallest_p) {
                prop_assert!(p >= smallest * (1.0 - 1e-12), "{:?}", row);
            }
            if let (Some(p), Some(adjusted)) = (row.p, row.p_adjusted) {
                prop_assert!(adjusted >= p);
            }
            if let (Some(low), Some(high), Some(p)) = (row.low, row.high, row.p) {
                let nothing = if row.effect.as_str() == "ratio" { 1.0 } else { 0.0 };
                let excluded = nothing < low || high < nothing;
                let says = |code: &str| row.warnings.to_string().split(' ').any(|word| word == code);
                prop_assert_eq!(says("interval-and-test"), excluded != (p <= 0.05), "{:?}", row);
                prop_assert_eq!(says("not-adjusted"), excluded && row.p_adjusted.unwrap() > 0.05, "{:?}", row);
            }
            let separated = row.p_adjusted.is_some_and(|p| p <= 0.05);
            match row.answer {
                Answer::Better | Answer::Worse | Answer::Different => prop_assert!(separated),
                Answer::CannotTell => prop_assert!(row.smallest_p_adjusted.unwrap() > 0.05),
                Answer::NotResolved => prop_assert!(!separated),
                Answer::Equivalent => prop_assert!(row.p_equivalence.unwrap() <= 0.05),
                Answer::NoData => prop_assert!(row.reason.is_some()),
            }
        }
        for row in &found.ranks {
            let (low, high) = (row.rank_low.unwrap(), row.rank_high.unwrap());
            prop_assert!(1 <= low && low <= high && high <= row.ranked);
            let rank = row.rank.unwrap();
            prop_assert!(f64::from(low) <= rank && rank <= f64::from(high), "{:?}", row);
        }
        let first: f64 = found.ranks.iter().filter(|row| &*row.metric == "throughput" && &*row.profile == "baseline").filter_map(|row| row.probability_first).sum();
        prop_assert!(blocks < 2 || (first - 1.0).abs() < 1e-9);
    }
}

/// Losses of two systems in blocks, on one link.
fn losses(a: &[f64], b: &[f64]) -> Made {
    let mut made = Made::default();
    for (system, losses) in [("a", a), ("b", b)] {
        for (block, loss) in losses.iter().enumerate() {
            let run = run(system, Workload::Ping, RING[0], block as u32);
            made.values.push(value(&run, "loss", None, *loss));
            made.runs.push(run);
        }
    }
    made
}

#[test]
fn an_interval_beyond_what_can_be_is_marked() {
    let row = |made: &Made| {
        let found = made.compare(&Options::default()).contrasts;
        found.into_iter().find(|row| &*row.metric == "loss").unwrap()
    };
    let marked = |row: &Contrast| row.warnings.to_string().split(' ').any(|word| word == "beyond-range");
    // SciPy 1.17.1: t.interval(0.95, 1, -0.45, sem([-0.9, 0])) = (-6.168, 5.268); no difference of shares is beyond 1.
    let far = row(&losses(&[0.0, 0.1], &[0.9, 0.1]));
    assert!((far.low.unwrap() + 6.167_792_131_278_61).abs() < 1e-9 && marked(&far), "{far:?}");
    let near = row(&losses(&[0.01, 0.02, 0.03, 0.02, 0.01, 0.02, 0.01], &[0.02, 0.04, 0.03, 0.02, 0.05, 0.02, 0.03]));
    assert!(near.low.is_some() && !marked(&near), "{near:?}");
    // A ratio has no bound above, and is never below nothing.
    let made = three(2);
    let found = made.compare(&Options::default());
    assert!(found.contrasts.iter().filter(|row| row.effect.as_str() == "ratio").all(|row| !marked(row)));
}
