//! Log-rank tests within strata against R's.

#![allow(missing_docs, clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that fails is to stop")]

#[path = "golden/read.rs"]
mod read;

use meshbench_stats::Resampling;
use meshbench_stats::kaplan_meier::Duration;
use meshbench_stats::log_rank::Weights;
use meshbench_stats::stratified_log_rank::{Stratum, chi_square, permuted};
use proptest::prelude::*;
use read::{close, golden, list, number, numbers};
use serde_json::Value;
use std::collections::BTreeMap;

type Sides = BTreeMap<u64, [Vec<Duration>; 2]>;

fn sides(rows: &[Value]) -> Sides {
    let mut of = Sides::new();
    for row in rows {
        let side = row["side"].as_u64().unwrap() as usize - 1;
        let duration = Duration { time: number(&row["time"]).unwrap(), ended: row["ended"].as_bool().unwrap() };
        of.entry(row["stratum"].as_u64().unwrap()).or_default()[side].push(duration);
    }
    of
}

fn strata(sides: &Sides) -> Vec<Stratum<'_>> {
    sides.values().map(|[left, right]| Stratum { left, right }).collect()
}

#[test]
fn tests_within_strata() {
    for case in list(&golden("strata_r")["cases"]) {
        let name = case["name"].as_str().unwrap();
        let sides = sides(list(&case["rows"]));
        for wanted in list(&case["tests"]) {
            let weights = if wanted["weights"] == "log-rank" { Weights::LogRank } else { Weights::PetoPeto };
            let found = chi_square(&strata(&sides), weights).unwrap();
            close(found.chi_square, number(&wanted["chi_square"]).unwrap(), 0.0, name);
            close(found.p.value, number(&wanted["p"]).unwrap(), 0.0, name);
            for (found, wanted) in found.observed.iter().zip(numbers(&wanted["observed"])) {
                close(*found, wanted, 0.0, name);
            }
            for (found, wanted) in found.expected.iter().zip(numbers(&wanted["expected"])) {
                close(*found, wanted, 0.0, name);
            }
        }
    }
}

fn runs() -> impl Strategy<Value = Vec<Vec<(f64, bool)>>> {
    let run = ((1u8..20).prop_map(f64::from), proptest::bool::weighted(0.8));
    proptest::collection::vec(proptest::collection::vec(run, 1..4), 4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Against every way to deal each stratum out, by the statistic itself.
    #[test]
    fn permuted_is_the_share_of_deals(runs in runs()) {
        let of: Vec<Vec<Duration>> =
            runs.iter().map(|side| side.iter().map(|&(time, ended)| Duration { time, ended }).collect()).collect();
        let strata: Vec<Stratum<'_>> = of.chunks(2).map(|two| Stratum { left: &two[0], right: &two[1] }).collect();
        let Some(found) = permuted(&strata, Resampling::default()) else { return Ok(()) };
        let distance = |strata: &[Stratum<'_>]| {
            chi_square(strata, Weights::LogRank).map_or(0.0, |test| (test.observed[0] - test.expected[0]).abs())
        };
        let observed = distance(&strata);
        let deals = |stratum: &Stratum<'_>| -> Vec<(Vec<Duration>, Vec<Duration>)> {
            let all = [stratum.left, stratum.right].concat();
            (0..1u32 << all.len())
                .filter(|dealt| dealt.count_ones() as usize == stratum.left.len())
                .map(|dealt| {
                    let (left, right): (Vec<_>, Vec<_>) =
                        all.iter().enumerate().partition(|(at, _)| dealt >> at & 1 == 1);
                    let only = |group: Vec<(usize, &Duration)>| group.into_iter().map(|(_, d)| *d).collect();
                    (only(left), only(right))
                })
                .collect()
        };
        let (first, second) = (deals(&strata[0]), deals(&strata[1]));
        let mut extreme = 0;
        for a in &first {
            for b in &second {
                let dealt = [Stratum { left: &a.0, right: &a.1 }, Stratum { left: &b.0, right: &b.1 }];
                extreme += usize::from(distance(&dealt) >= observed - 1e-9);
            }
        }
        let wanted = extreme as f64 / (first.len() * second.len()) as f64;
        prop_assert!((found.value - wanted).abs() < 1e-12, "{found:?}, not {wanted}");
        prop_assert!(found.smallest.is_some_and(|smallest| smallest <= found.value + 1e-12));
    }
}
