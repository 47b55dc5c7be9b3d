//! What a score says of places, and what a missing value counts as.

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
use meshbench_analysis::options::{Missing, Options};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::stage::Score;
use meshbench_schemas::words::Workload;

/// One that leads and three that are alike, in one cell.
fn alike(blocks: u32) -> Made {
    let mut made = Made::default();
    for (system, speed) in [("first", 2.0), ("x", 1.0), ("y", 1.0), ("z", 1.0)] {
        made.system(system, "baseline", blocks, speed, 0.01);
    }
    made
}

fn of<'s>(scores: &'s [Score], system: &str) -> &'s Score {
    scores.iter().find(|row| &*row.system == system).unwrap()
}

fn places(made: &Made) -> Vec<(String, u32, u32)> {
    let scores = made.compare(&Options::default()).scores;
    scores.iter().map(|row| (row.system.to_string(), row.rank_low.unwrap(), row.rank_high.unwrap())).collect()
}

#[test]
fn equal_systems_share_their_places() {
    let found = alike(10).compare(&Options::default()).scores;
    assert_eq!((of(&found, "first").rank_low, of(&found, "first").rank_high), (Some(1), Some(1)));
    for system in ["x", "y", "z"] {
        let row = of(&found, system);
        assert_eq!((row.rank_low, row.rank_high, row.blocks), (Some(2), Some(4), 10), "{row:?}");
        // One cell cannot be left out, and any weight of it is as good.
        assert_eq!((row.left_out_low, row.left_out_high, row.first_share), (None, None, None));
    }
}

#[test]
fn what_was_not_repeated_leaves_every_place_open() {
    for blocks in [1, 2, 5] {
        // Five blocks reach 2/32 at best, and no pair is told apart.
        assert!(places(&alike(blocks)).iter().all(|(_, low, high)| (*low, *high) == (1, 4)), "{blocks}");
    }
    // To the last bit the same values: one score and one place, in the middle.
    let mut made = Made::default();
    for system in ["a", "b", "c"] {
        made.system(system, "baseline", 8, 1.0, 0.0);
    }
    let found = made.compare(&Options::default()).scores;
    assert!(
        found.iter().all(|row| (row.rank, row.rank_low, row.rank_high) == (Some(2.0), Some(1), Some(3))),
        "{found:?}"
    );
}

#[test]
fn several_cells_say_how_far_one_of_them_decides() {
    let mut made = alike(8);
    for (system, speed) in [("first", 0.9), ("x", 1.0), ("y", 1.0), ("z", 1.0)] {
        made.system(system, "high", 8, speed, 0.01);
    }
    let found = made.compare(&Options::default()).scores;
    let all: Vec<&Score> = found.iter().filter(|row| row.profile.is_none()).collect();
    let first = all.iter().find(|row| &*row.system == "first").unwrap();
    assert_eq!(
        (first.rank_low, first.rank_high, first.left_out_low, first.left_out_high),
        (Some(1), Some(1), Some(1.0), Some(4.0))
    );
    assert!(first.first_share.is_some_and(|share| share > 0.5 && share < 1.0));
}

/// Systems that download in 10 and 60 s, and one whose runs were all stopped.
fn stopped(limits: [f64; 3]) -> Made {
    let mut made = Made::default();
    for block in 0..3 {
        for (link, limit) in RING.into_iter().zip(limits) {
            for (system, seconds) in [("quick", 10.0), ("slow", 60.0)] {
                let run = run(system, Workload::Download, link, block);
                made.values.push(value(&run, "download_time", None, seconds));
                made.runs.push(run);
            }
            let mut stuck = ended(run("stuck", Workload::Download, link, block), Outcome::Censored, Reason::TimeLimit);
            stuck.censored_at_s = Some(limit);
            made.runs.push(stuck);
        }
    }
    made
}

#[test]
fn the_penalty_is_not_below_what_is_known_of_the_missing_one() {
    let options = Options { missing: Missing::WorstObserved, ..Options::default() };
    for (limits, worst) in [([700.0; 3], 700.0), ([233.0, 700.0, 233.0], 700.0), ([20.0; 3], 60.0)] {
        let found = stopped(limits).compare(&options).scores;
        let score = of(&found, "stuck").value.unwrap();
        assert!((score - 10.0 / worst).abs() < 1e-12, "{limits:?}: {score}");
        assert!(of(&found, "slow").value.unwrap() >= score);
        assert_eq!((of(&found, "stuck").cells_missing, of(&found, "stuck").rank_low), (1, Some(1)));
    }
}

#[test]
fn the_unit_changes_no_place_and_no_p() {
    // Tenths, so that sums over links and blocks are equal in decimals and not as doubles.
    let in_unit = |unit: f64| {
        let mut made = Made::default();
        for block in 0..7 {
            for (at, link) in RING.into_iter().enumerate() {
                for (system, tenths) in [("a", [3, 1, 2]), ("b", [1, 2, 3]), ("c", [2, 2, 2]), ("d", [1, 3, 5])] {
                    let amount = f64::from(tenths[(at + block as usize) % 3] + (block as i32 % 3)) / 10.0;
                    made.tcp(system, "baseline", link, block, amount * unit);
                    let run = run(system, Workload::Ping, link, block);
                    made.values.push(value(&run, "loss", None, amount / 100.0 * unit));
                    made.runs.push(run);
                }
            }
        }
        made.compare(&Options::default())
    };
    let plain = in_unit(1e6);
    for unit in [1e3, 3e5, 8e6, 1e9, 0.7e9] {
        let found = in_unit(unit);
        for (a, b) in plain.contrasts.iter().zip(&found.contrasts) {
            assert_eq!(
                (a.p, a.p_equivalence, a.superiority, a.answer),
                (b.p, b.p_equivalence, b.superiority, b.answer),
                "{unit}: {a:?}\n{b:?}"
            );
        }
        for (a, b) in plain.ranks.iter().zip(&found.ranks) {
            assert_eq!(
                (a.rank, a.rank_low, a.rank_high, a.probability_first),
                (b.rank, b.rank_low, b.rank_high, b.probability_first),
                "{unit}: {a:?}\n{b:?}"
            );
        }
        for (a, b) in plain.omnibus.iter().zip(&found.omnibus) {
            assert_eq!((a.statistic, a.p), (b.statistic, b.p), "{unit}: {a:?}\n{b:?}");
        }
        for (a, b) in plain.scores.iter().zip(&found.scores) {
            assert_eq!((a.rank, a.rank_low, a.rank_high), (b.rank, b.rank_low, b.rank_high), "{unit}: {a:?}\n{b:?}");
            assert!((a.low.unwrap() - b.low.unwrap()).abs() < 1e-9 && (a.high.unwrap() - b.high.unwrap()).abs() < 1e-9);
        }
    }
}

#[test]
fn a_score_without_an_interval_says_why() {
    // A slow one has no value under impairment.
    let mut holes = alike(8);
    for system in ["first", "x", "y"] {
        holes.system(system, "high", 8, 1.0, 0.1);
    }
    let of_policy = |made: &Made, missing: Missing| {
        let found = made.compare(&Options { missing, ..Options::default() }).scores;
        of(&found, "first").clone()
    };
    for (missing, why) in
        [(Missing::WorstObserved, "cannot be resampled"), (Missing::PerSystem, "on cells of their own")]
    {
        let row = of_policy(&holes, missing);
        assert!(row.value.is_some() && row.low.is_none() && row.high.is_none(), "{row:?}");
        assert!(row.reason.as_ref().is_some_and(|reason| reason.contains(why)), "{row:?}");
        assert_eq!(row.blocks, 8, "the blocks in which it was measured");
        // Where nothing is missing every policy is the same one, with the same interval.
        let (whole, common) = (of_policy(&alike(8), missing), of_policy(&alike(8), Missing::CommonCells));
        assert_eq!((whole.value, whole.low, whole.high, whole.blocks), (common.value, common.low, common.high, 8));
        assert!(whole.low.is_some() && whole.reason.is_none(), "{whole:?}");
    }
    let row = of_policy(&holes, Missing::CommonCells);
    assert!(row.low.is_some() && row.reason.is_none(), "{row:?}");
    let row = of_policy(&alike(1), Missing::CommonCells);
    assert!(
        row.low.is_none() && row.reason.as_ref().is_some_and(|why| why.contains("nothing was repeated")),
        "{row:?}"
    );
}
