//! What holds for every campaign, however odd.

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

use campaign::{RING, again, run, value};
use meshbench_analysis::estimates::{Options, estimate_with_spreads};
use meshbench_analysis::run_values::Spread;
use meshbench_analysis::stats::Confidence;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::stage::{Estimate, RunValue};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::{Basis, Direction, Workload};
use proptest::prelude::*;
use std::collections::BTreeSet;

const SYSTEMS: [&str; 3] = ["internal", "nebula", "tinc"];
const KINDS: [(Workload, &str, Option<Direction>); 5] = [
    (Workload::Tcp, "throughput", Some(Direction::Forward)),
    (Workload::Tcp, "retransmits", Some(Direction::Reverse)),
    (Workload::Download, "download_time", None),
    (Workload::Ping, "rtt_p50", None),
    (Workload::Ping, "loss", None),
];

/// Numbers of every size and sign, many ties.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 1e-3..1e9f64,
        2 => prop::sample::select(vec![0.0, 1.0, 1e8, 9e8]),
        1 => prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
        1 => prop::sample::select(vec![f64::MAX, f64::MIN, f64::MIN_POSITIVE, f64::NAN, f64::INFINITY]),
    ]
}

#[derive(Debug, Clone)]
struct Made {
    system: usize,
    kind: usize,
    link: usize,
    block: u32,
    outcome: Outcome,
    number: f64,
    spread: Option<f64>,
}

fn made(links: usize, blocks: u32) -> impl Strategy<Value = Made> {
    let outcome = prop_oneof![6 => Just(Outcome::Ok), 2 => prop::sample::select(Outcome::ALL.to_vec())];
    let spread = prop::option::of(0.0..1e8f64);
    (0..SYSTEMS.len(), 0..KINDS.len(), 0..links, 0..blocks, outcome, number(), spread).prop_map(
        |(system, kind, link, block, outcome, number, spread)| Made {
            system,
            kind,
            link,
            block,
            outcome,
            number,
            spread,
        },
    )
}

type Campaign = (Vec<Run>, Vec<RunValue>, Vec<Spread>);

fn build(all: &[Made]) -> Campaign {
    let (mut runs, mut values, mut spreads) = (Vec::new(), Vec::new(), Vec::new());
    for (at, made) in all.iter().enumerate() {
        let (workload, metric, direction) = KINDS[made.kind];
        let base = run(SYSTEMS[made.system], workload, RING[made.link], made.block);
        let mut run = again(&base, at as u32 + 1);
        run.outcome = made.outcome;
        run.reason = (made.outcome != Outcome::Ok).then_some(Reason::ToolError);
        run.censored_at_s = (made.outcome == Outcome::Censored).then_some(made.number);
        let mut value = value(&run, metric, direction, made.number);
        if at % 3 == 0 {
            (value.basis, value.samples) = (Basis::Summary, None);
        }
        values.push(value);
        if let (Some(spread), Some(known)) = (made.spread, meshbench_schemas::catalogue::metric(metric)) {
            spreads.push(Spread {
                run_id: run.run_id.clone(),
                metric: known.id,
                direction,
                standard_deviation: spread,
            });
        }
        runs.push(run);
    }
    (runs, values, spreads)
}

fn campaigns() -> impl Strategy<Value = Vec<Made>> {
    (1..=3usize, 1..=9u32).prop_flat_map(|(links, blocks)| prop::collection::vec(made(links, blocks), 1..120))
}

fn bytes(rows: &[Estimate]) -> String {
    serde_json::to_string(rows).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_are_complete_finite_and_in_order(all in campaigns(), confidence in prop::sample::select(vec![0.5, 0.9, 0.95, 0.999])) {
        let (runs, values, spreads) = build(&all);
        let options = Options { confidence: Confidence::new(confidence).unwrap(), ..Options::default() };
        let rows = estimate_with_spreads(&runs, &values, &spreads, &options);
        for row in &rows {
            for number in [row.value, row.low, row.high, row.at_least, row.achieved_confidence].into_iter().flatten() {
                prop_assert!(number.is_finite(), "{row:#?}");
            }
            prop_assert_eq!(row.value.is_none(), row.reason.is_some());
            // Of a median of which too few runs ended the upper end is open, and no other.
            let open = row.method.as_str() == "kaplan-meier" && row.low.is_some() && row.high.is_none();
            prop_assert!(row.low.is_some() == row.high.is_some() || open, "{row:#?}");
            if let (Some(mean), Some(low), Some(high)) = (row.mean, row.mean_low, row.mean_high) {
                prop_assert!(low <= mean && mean <= high && [low, mean, high].iter().all(|x| x.is_finite()), "{row:#?}");
            }
            prop_assert!(row.mean.is_none() || row.value.is_some(), "{row:#?}");
            prop_assert_eq!(row.covers.as_str() == "none", row.low.is_none(), "{:#?}", row);
            if let (Some(low), Some(high)) = (row.low, row.high) {
                let value = row.value.unwrap();
                prop_assert!(low <= value && value <= high, "{row:#?}");
            } else if open {
                prop_assert!(row.low <= row.value && row.warnings.to_string().contains("pooled-durations"), "{row:#?}");
            } else if row.value.is_some() {
                prop_assert!(row.warnings.to_string().contains("no-interval"));
            }
            prop_assert!(row.blocks <= row.blocks_expected && row.links <= row.links_expected);
        }
        // Each cell has the same metrics and directions as every other cell of its workload.
        let cells: BTreeSet<_> = runs.iter().map(|run| (run.workload, run.system.clone())).collect();
        for (workload, system) in &cells {
            let of = |system: &str| -> Vec<_> {
                let mine = rows.iter().filter(|row| row.workload == *workload && &*row.system == system);
                mine.map(|row| (row.metric.clone(), row.direction)).collect()
            };
            let mine = of(system);
            prop_assert!(mine.iter().any(|(metric, _)| &**metric == "success_rate"));
            for (_, other) in cells.iter().filter(|(other, _)| other == workload) {
                prop_assert_eq!(&mine, &of(other));
            }
        }
    }

    #[test]
    fn the_order_of_the_input_does_not_matter(all in campaigns(), seed in any::<u64>()) {
        let (mut runs, mut values, mut spreads) = build(&all);
        let before = bytes(&estimate_with_spreads(&runs, &values, &spreads, &Options::default()));
        shuffle(&mut runs, seed);
        shuffle(&mut values, seed.rotate_left(21));
        shuffle(&mut spreads, seed.rotate_left(42));
        let after = bytes(&estimate_with_spreads(&runs, &values, &spreads, &Options::default()));
        prop_assert_eq!(before, after);
    }
}

/// Fisher and Yates with a generator good enough for a test.
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed | 1;
    for at in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(at, (state >> 33) as usize % (at + 1));
    }
}
