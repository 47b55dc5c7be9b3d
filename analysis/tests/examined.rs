//! What an examiner asks for: dependent blocks, intervals of families and of medians, strata, arithmetic means.

#![allow(
    missing_docs,
    dead_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails is to stop"
)]

#[path = "made/campaign.rs"]
mod campaign;

use campaign::{RING, ended, find, run, value};
use meshbench_analysis::campaigns;
use meshbench_analysis::check::blocks_alike;
use meshbench_analysis::comparisons::compare;
use meshbench_analysis::estimates::estimate;
use meshbench_analysis::options::{Adjustment, CellInterval, Options, Replicate};
use meshbench_analysis::stats::dependent::Dependent;
use meshbench_analysis::stats::{Confidence, Values};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::stage::{Contrast, RunValue, Stages};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::{Answer, Contrasted, Direction, IntervalEnd, Workload};
use proptest::prelude::*;

const FORWARD: Option<Direction> = Some(Direction::Forward);

#[derive(Clone, Default)]
struct Made {
    runs: Vec<Run>,
    values: Vec<RunValue>,
}

impl Made {
    fn tcp(&mut self, system: &str, link: (&str, &str), block: u32, throughput: f64) {
        let run = run(system, Workload::Tcp, link, block);
        self.values.push(value(&run, "throughput", FORWARD, throughput));
        self.runs.push(run);
    }

    fn compare(&self, options: &Options) -> Stages {
        let estimates = estimate(&self.runs, &self.values, options);
        compare(&self.runs, &self.values, &[], &estimates, options)
    }
}

/// Two systems in blocks that follow a slow wave, of which the second one has its own.
fn waves(blocks: u32) -> Made {
    let mut made = Made::default();
    for block in 0..blocks {
        let wave =
            |turns: f64, by: f64| by * (std::f64::consts::TAU * turns * f64::from(block) / f64::from(blocks)).sin();
        for link in RING {
            made.tcp("calm", link, block, 5e8 * wave(1.0, 0.2).exp());
            made.tcp("tidal", link, block, 4e8 * (wave(1.0, 0.2) + wave(1.5, 0.1)).exp());
        }
    }
    made
}

fn contrasts(found: &Stages) -> Vec<&Contrast> {
    found.contrasts.iter().filter(|row| row.kind == Contrasted::System && &*row.metric == "throughput").collect()
}

#[test]
fn blocks_that_are_alike_get_the_interval_that_allows_for_it() {
    let made = waves(12);
    assert!(blocks_alike(&made.runs, &made.values));
    let settled = Options::default().settled(true);
    assert_eq!(settled.interval, CellInterval::Dependent);
    let asked = Options { interval: CellInterval::Exact, ..Options::default() };
    assert_eq!(asked.settled(true).interval, CellInterval::Exact, "what was asked for is not overruled");
    let rows = estimate(&made.runs, &made.values, &settled);
    let row = find(&rows, "calm", "throughput");
    assert_eq!(
        (row.method.as_str(), row.covers.as_str(), &*row.warnings.to_string()),
        ("geometric-mean-ar1", "blocks", "normality dependent-blocks")
    );
    // All links are equal, so a block is one value.
    let logs: Vec<f64> = (0..12)
        .map(|block| made.values.iter().find(|v| v.block == block && &*v.system == "calm").unwrap().value.ln())
        .collect();
    let wanted = Dependent::new(Values::new(&logs).unwrap()).unwrap().interval(Confidence::P95).interval.unwrap();
    assert!((row.low.unwrap().ln() - wanted.low).abs() < 1e-9 && (row.high.unwrap().ln() - wanted.high).abs() < 1e-9);
    let exact = estimate(&made.runs, &made.values, &asked);
    let narrow = find(&exact, "calm", "throughput");
    assert_eq!(narrow.method.as_str(), "median-order-statistic");

    let found = made.compare(&settled);
    let row = contrasts(&found)[0];
    assert_eq!((row.method.as_str(), row.test.as_str(), row.covers.as_str()), ("geometric-mean-ar1", "ar1", "blocks"));
    assert!(
        row.warnings.to_string().contains("dependent-blocks")
            && row.smallest_p.is_none()
            && row.superiority_low.is_none()
    );
    let independent = made.compare(&asked);
    let other = contrasts(&independent)[0];
    assert!(row.p.unwrap() > other.p.unwrap(), "{row:?} {other:?}");
    assert!(row.high.unwrap() / row.low.unwrap() > other.high.unwrap() / other.low.unwrap());
    // p and interval are of one distribution.
    assert_eq!(row.p.unwrap() <= 0.05, row.low.unwrap() > 1.0 || row.high.unwrap() < 1.0);
}

#[test]
fn blocks_without_order_keep_their_exact_intervals() {
    let mut made = Made::default();
    for block in 0..12u32 {
        for link in RING {
            made.tcp("calm", link, block, 5e8 * (1.0 + 0.01 * f64::from(block * 7 % 12)));
        }
    }
    assert!(!blocks_alike(&made.runs, &made.values));
    assert_eq!(Options::default().settled(false).interval, CellInterval::Exact);
}

fn downloads(system: &str, link: usize, times: &[Result<f64, f64>]) -> Made {
    let mut made = Made::default();
    for (block, end) in times.iter().enumerate() {
        let run = run(system, Workload::Download, RING[link], block as u32);
        match end {
            Ok(time) => {
                made.values.push(value(&run, "download_time", None, *time));
                made.runs.push(run);
            }
            Err(limit) => {
                made.runs.push(Run { censored_at_s: Some(*limit), ..ended(run, Outcome::Censored, Reason::TimeLimit) })
            }
        }
    }
    made
}

#[test]
fn medians_of_cut_off_durations_have_intervals() {
    // R 4.2.2, survival 3.5.3: survfit(Surv(t, e) ~ 1, conf.type = "log-log").
    let times = [Ok(8.0), Ok(9.0), Ok(11.0), Ok(12.0), Ok(14.0), Ok(15.0), Ok(20.0), Ok(25.0), Err(233.0)];
    let made = downloads("tinc", 0, &times);
    let rows = estimate(&made.runs, &made.values, &Options::default());
    let row = find(&rows, "tinc", "download_time");
    assert_eq!((row.value, row.low, row.high), (Some(14.0), Some(8.0), Some(25.0)), "{row:?}");
    assert_eq!((row.covers.as_str(), &*row.warnings.to_string()), ("runs", "censored pooled-durations"));
    assert_eq!(row.mean, None, "of durations that are not known there is no mean");
    // Too few ended to bound it from above.
    let made = downloads("tinc", 0, &[Ok(8.0), Err(233.0), Ok(9.0)]);
    let rows = estimate(&made.runs, &made.values, &Options::default());
    let row = find(&rows, "tinc", "download_time");
    assert_eq!((row.value, row.low, row.high, row.covers.as_str()), (Some(9.0), Some(8.0), None, "runs"));
}

/// One link is fast and the others slow; on each of them one system takes a little longer.
#[test]
fn cut_off_durations_are_compared_within_links() {
    let mut made = Made::default();
    for (link, scale) in [(0, 1.0), (1, 4.0), (2, 16.0)] {
        for (system, by) in [("a", 1.0), ("b", 1.25)] {
            let times: Vec<Result<f64, f64>> = (0..5)
                .map(|block| scale * by * (10.0 + f64::from(block)))
                .map(|time| if time > 215.0 { Err(215.0) } else { Ok(time) })
                .collect();
            let own = downloads(system, link, &times);
            made.runs.extend(own.runs);
            made.values.extend(own.values);
        }
    }
    let found = made.compare(&Options::default());
    let row = found.contrasts.iter().find(|row| &*row.metric == "download_time").unwrap();
    assert_eq!((row.test.as_str(), row.links, row.answer), ("stratified-log-rank", 3, Answer::Better), "{row:?}");
    // Over all links as if they were alike, links hide it.
    assert!(row.p.unwrap() < 0.01, "{row:?}");
}

/// Systems of which some differ.
fn family(speeds: &[f64], noise: impl Fn(usize, u32) -> f64, blocks: u32) -> Made {
    let mut made = Made::default();
    for (system, speed) in speeds.iter().enumerate() {
        for block in 0..blocks {
            for link in RING {
                made.tcp(&format!("s{system}"), link, block, 1e8 * speed * (0.05 * noise(system, block)).exp());
            }
        }
    }
    made
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn an_interval_of_a_family_leaves_out_no_difference_exactly_where_the_adjusted_test_rejects(
        noise in proptest::collection::vec(-2.0..2.0f64, 4 * 12),
        speeds in proptest::collection::vec(0.9..1.1f64, 4),
        blocks in 6u32..12,
        holm in proptest::bool::ANY,
        interval in prop_oneof![Just(CellInterval::Exact), Just(CellInterval::Dependent)],
    ) {
        let made = family(&speeds, |system, block| noise[system * 12 + block as usize], blocks);
        let adjustment = if holm { Adjustment::Holm } else { Adjustment::BenjaminiHochberg };
        let options = Options { adjustment, interval, ..Options::default() };
        for row in contrasts(&made.compare(&options)) {
            let rejects = row.p_adjusted.unwrap() <= 0.05;
            let (low, high) = (row.simultaneous_low, row.simultaneous_high);
            // An end that was cut does not belong to the interval; every other one does.
            let ends = (row.simultaneous_low_end, row.simultaneous_high_end);
            let below = low.is_some_and(|low| low > 1.0 || (low == 1.0 && ends.0 == Some(IntervalEnd::Cut)));
            let above = high.is_some_and(|high| high < 1.0 || (high == 1.0 && ends.1 == Some(IntervalEnd::Cut)));
            if row.simultaneous.as_str() != "none" {
                prop_assert_eq!(rejects, below || above, "{:?}", row);
            }
            for (at, end) in [(low, ends.0), (high, ends.1)] {
                match end {
                    None => prop_assert!(row.simultaneous.as_str() == "none" && at.is_none(), "{row:?}"),
                    Some(IntervalEnd::Open) => prop_assert!(at.is_none(), "{row:?}"),
                    Some(IntervalEnd::Cut) => prop_assert!(rejects && at == Some(1.0), "{row:?}"),
                    Some(IntervalEnd::Stretched) => prop_assert!(!rejects && at == Some(1.0), "{row:?}"),
                    Some(IntervalEnd::Own) => prop_assert!(at.is_some(), "{row:?}"),
                }
            }
            if row.simultaneous_confidence.is_some() && !rejects {
                let wide = low.is_none_or(|at| at <= row.low.unwrap() || at == 1.0) && high.is_none_or(|at| at >= row.high.unwrap() || at == 1.0);
                prop_assert!(wide, "{row:?}");
            }
        }
    }
}

#[test]
fn an_interval_that_few_blocks_cannot_give_is_cut_where_the_test_rejects() {
    // Three pairs of which all differ: Holm's last step needs 2/64 ≤ 0.05, Bonferroni's interval 2/64 ≤ 0.05/3.
    let made = family(&[1.0, 2.0], |system, block| f64::from(block * 5 % 7) - 3.0 + system as f64, 6);
    let found = made.compare(&Options::default());
    let row = contrasts(&found)[0];
    assert_eq!((row.p_adjusted, row.simultaneous.as_str()), (Some(2.0 / 64.0), "bonferroni-holm"));
    assert_eq!((row.simultaneous_low, row.simultaneous_high), (row.low, row.high), "one test needs no more");
    let made = family(&[1.0, 2.0, 4.0], |system, block| f64::from(block * 5 % 7) - 3.0 + system as f64, 6);
    let found = made.compare(&Options::default());
    for row in contrasts(&found) {
        assert_eq!((row.answer, row.simultaneous_low, row.simultaneous_high), (Answer::CannotTell, None, None));
        assert_eq!(row.simultaneous.as_str(), "none");
        assert_eq!((row.simultaneous_low_end, row.simultaneous_high_end), (None, None));
    }
}

#[test]
fn arithmetic_means_stand_beside_geometric_ones() {
    let mut made = Made::default();
    for (block, rate) in [1e8, 2e8, 6e8].into_iter().enumerate() {
        for link in RING {
            made.tcp("tinc", link, block as u32, rate);
        }
    }
    let rows = estimate(&made.runs, &made.values, &Options::default());
    let row = find(&rows, "tinc", "throughput");
    assert_eq!((row.method.as_str(), row.mean), ("geometric-mean-t", Some(3e8)));
    assert!((row.value.unwrap() - (12.0f64).cbrt() * 1e8).abs() < 1.0);
    // SciPy 1.17.1: t(0.975; 2) · stdev([1, 2, 6]) / √3 = 6.572410606407757.
    assert!(
        (row.mean_high.unwrap() - 3e8 - 6.572410606407757e8).abs() < 1.0
            && (row.mean_low.unwrap() - 3e8 + 6.572410606407757e8).abs() < 1.0
    );
}

#[test]
fn blocks_that_are_campaigns_say_so() {
    let mut made = family(&[1.0, 1.5], |system, block| f64::from((block as usize * 3 + system) as u32 % 5), 2);
    let label = |made: &Made, replicate: Replicate| {
        let mut found = made.compare(&Options { replicate, ..Options::default() });
        campaigns::label(&made.runs, &mut found.contrasts);
        let rows = contrasts(&found);
        (rows[0].covers.to_string(), rows[0].warnings.to_string(), rows[0].pairs, rows[0].p)
    };
    assert_eq!(label(&made, Replicate::Block).0, "blocks");
    for run in &mut made.runs {
        run.campaign = Some(format!("day-{}", run.block).into());
    }
    assert_eq!(label(&made, Replicate::Block).0, "campaigns");
    // Six links of two campaigns: 2 of 64 signs.
    let (covers, warnings, pairs, p) = label(&made, Replicate::LinkInBlock);
    assert_eq!((covers.as_str(), pairs, p), ("campaigns", 6, Some(2.0 / 64.0)));
    assert!(warnings.contains("link-in-block"), "{warnings}");
    // With several blocks each they are no longer one repetition a campaign.
    let mut longer = family(&[1.0, 1.5], |system, block| f64::from((block as usize * 3 + system) as u32 % 5), 6);
    for run in &mut longer.runs {
        run.campaign = Some(format!("day-{}", run.block / 3).into());
    }
    let (covers, warnings, ..) = label(&longer, Replicate::Block);
    assert!(covers == "blocks" && warnings.contains("several-campaigns"), "{covers} {warnings}");
}
