//! Estimates of campaigns made by hand: one block, few and many blocks, failures, limits, a single link.

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

use campaign::{RING, again, ended, find, run, value};
use meshbench_analysis::estimates::{Options, Warning, estimate, estimate_with_spreads};
use meshbench_analysis::options::{CellInterval, Incomplete};
use meshbench_analysis::run_values::Spread;
use meshbench_analysis::stats::Confidence;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::stage::{Estimate, RunValue};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::{Basis, Workload};

#[track_caller]
fn close(found: Option<f64>, wanted: f64) {
    let found = found.unwrap();
    assert!((found - wanted).abs() <= 1e-9 * wanted.abs().max(1e-12), "{found}, not {wanted}");
}

#[track_caller]
fn like(row: &Estimate, method: &str, covers: &str, warnings: &str) {
    assert_eq!(
        (row.method.as_str(), row.covers.as_str(), &*row.warnings.to_string()),
        (method, covers, warnings),
        "{row:#?}"
    );
}

fn of(runs: &[Run], values: &[RunValue]) -> Vec<Estimate> {
    estimate(runs, values, &Options::default())
}

/// One system, `blocks` of ring runs; link l in block b has `number(b, l)` of `metric`.
fn ring(
    workload: Workload,
    metric: &str,
    blocks: u32,
    number: impl Fn(u32, usize) -> f64,
) -> (Vec<Run>, Vec<RunValue>) {
    let places = (0..blocks).flat_map(|block| (0..3).map(move |link| (block, link)));
    places
        .map(|(block, link)| {
            let run = run("nebula", workload, RING[link], block);
            let value = value(&run, metric, None, number(block, link));
            (run, value)
        })
        .unzip()
}

#[test]
fn one_block_covers_links() {
    // SciPy: mean 2, t(0.975; 2)·1/√3 = 2.4841377117503303.
    let (runs, values) = ring(Workload::Video, "video_lost", 1, |_, link| 1.0 + link as f64);
    let rows = of(&runs, &values);
    let row = find(&rows, "nebula", "video_lost");
    like(row, "mean-links-t", "links", "links-only beyond-range");
    close(row.value, 2.0);
    close(row.low, 2.0 - 2.4841377117503303);
    close(row.high, 2.0 + 2.4841377117503303);
    assert_eq!(
        (row.links, row.links_expected, row.blocks, row.blocks_expected, row.runs, row.samples),
        (3, 3, 1, 1, 3, Some(90))
    );
    assert_eq!((row.achieved_confidence, row.reason.as_ref()), (None, None));
}

#[test]
fn one_block_on_the_log_scale() {
    let (runs, values) = ring(Workload::Tcp, "throughput", 1, |_, link| [1e8, 2e8, 4e8][link]);
    let rows = of(&runs, &values);
    let row = find(&rows, "nebula", "throughput");
    // The interval is above zero, and that of the arithmetic mean beside it is not: 2.3e8 ± 3.8e8.
    like(row, "geometric-mean-links-t", "links", "links-only beyond-range");
    assert!(row.low.unwrap() > 0.0 && row.mean_low.unwrap() < 0.0);
    close(row.value, 2e8);
    let factor = (2f64.ln() * 2.4841377117503303).exp();
    close(row.low, 2e8 / factor);
    close(row.high, 2e8 * factor);
}

#[test]
fn three_blocks_rest_on_normality() {
    let (runs, values) = ring(Workload::Video, "video_lost", 3, |block, link| f64::from(block) + link as f64);
    let rows = of(&runs, &values);
    let row = find(&rows, "nebula", "video_lost");
    like(row, "mean-t", "blocks", "normality beyond-range");
    close(row.value, 2.0);
    close(row.high, 2.0 + 2.4841377117503303);
    assert_eq!((row.blocks, row.runs, row.samples), (3, 9, Some(270)));
    let (runs, values) = ring(Workload::Tcp, "throughput", 3, |block, _| [1e8, 2e8, 4e8][block as usize]);
    like(find(&of(&runs, &values), "nebula", "throughput"), "geometric-mean-t", "blocks", "normality beyond-range");
}

#[test]
fn eight_blocks_give_a_median_with_what_it_really_covers() {
    let (runs, values) = ring(Workload::Video, "video_lost", 8, |block, link| f64::from(block * block) + link as f64);
    let rows = of(&runs, &values);
    let row = find(&rows, "nebula", "video_lost");
    like(row, "median-order-statistic", "blocks", "");
    // Blocks: 1 2 5 10 17 26 37 50.
    assert_eq!((row.value, row.low, row.high), (Some(13.5), Some(1.0), Some(50.0)));
    close(row.achieved_confidence, 1.0 - 2.0 / 256.0);
    // At 99.9 % no pair of eight is enough.
    let strict = Options { confidence: Confidence::new(0.999).unwrap(), ..Options::default() };
    like(
        find(&estimate(&runs, &values, &strict), "nebula", "video_lost"),
        "mean-t",
        "blocks",
        "normality beyond-range",
    );
}

#[test]
fn a_missing_link_leaves_the_block_out_and_says_so() {
    let (mut runs, mut values) = ring(Workload::Udp, "throughput", 3, |_, _| 5e8);
    runs[4] = ended(runs[4].clone(), Outcome::Failed, Reason::HandshakeLost);
    values.remove(4);
    let rows = of(&runs, &values);
    let row = find(&rows, "nebula", "throughput");
    like(row, "geometric-mean-t", "blocks", "incomplete-blocks normality no-variation");
    assert_eq!((row.value, row.blocks, row.blocks_expected, row.failed, row.runs), (Some(5e8), 2, 3, 1, 6));
    let rate = find(&rows, "nebula", "success_rate");
    like(rate, "wilson", "attempts", "pooled-attempts");
    // SciPy: binomtest(8, 9).proportion_ci(0.95, "wilson").
    close(rate.value, 8.0 / 9.0);
    close(rate.low, 0.5650002944233439);
    close(rate.high, 0.9801091123614551);
}

/// Skewed values of eight blocks.
const SKEWED: [f64; 8] = [1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0];

#[track_caller]
fn resampled(row: &Estimate, value: f64, (low, high): (f64, f64)) {
    close(row.value, value);
    // SciPy: bootstrap(…, method="BCa") with 400,000 resamples; here they are 10,000.
    let error = 0.02 * (high - low);
    let (found_low, found_high) = (row.low.unwrap(), row.high.unwrap());
    assert!((found_low - low).abs() < error && (found_high - high).abs() < error, "{found_low}, {found_high}");
}

#[test]
fn a_bootstrap_is_there_for_those_who_ask() {
    let (runs, values) = ring(Workload::Video, "video_lost", 8, |block, _| SKEWED[block as usize]);
    let options = Options { interval: CellInterval::Bca, ..Options::default() };
    let rows = estimate(&runs, &values, &options);
    let row = find(&rows, "nebula", "video_lost");
    like(row, "mean-bca", "blocks", "few-to-resample");
    resampled(row, 10.875, (5.125, 21.0));

    let (runs, values) =
        ring(Workload::Tcp, "throughput", 30, |block, link| f64::from(1 + block) * [1e8, 2e8, 4e8][link]);
    let rows = estimate(&runs, &values, &options);
    like(find(&rows, "nebula", "throughput"), "geometric-mean-bca", "blocks", "");
    // Without any variation there is nothing to resample.
    let (runs, values) = ring(Workload::Video, "video_lost", 8, |_, _| 2.0);
    let rows = estimate(&runs, &values, &options);
    like(find(&rows, "nebula", "video_lost"), "median-order-statistic", "blocks", "no-variation");
}

#[test]
fn blocks_that_lack_a_link_count_for_those_who_ask() {
    let number = |block: u32, link: usize| SKEWED[block as usize] * [1.0, 1.0, 2.0][link] + [0.0, 1.0, 0.0][link];
    let (mut runs, mut values) = ring(Workload::Video, "video_lost", 8, number);
    for block in [6, 7] {
        let at = runs.iter().position(|run| run.block == block && (&*run.source, &*run.target) == RING[2]).unwrap();
        runs[at] = ended(runs[at].clone(), Outcome::Failed, Reason::ToolError);
        values.retain(|value| value.run_id != runs[at].run_id);
    }
    let options = Options { incomplete: Incomplete::Resample, ..Options::default() };
    let rows = estimate(&runs, &values, &options);
    let row = find(&rows, "nebula", "video_lost");
    like(row, "stratified-mean-bca", "blocks", "link-in-block few-to-resample");
    resampled(row, 401.0 / 36.0, (7.6067, 16.0278));
    assert_eq!((row.blocks, row.blocks_expected, row.runs), (6, 8, 22));
    // Complete blocks have nothing to ask for.
    let (runs, values) = ring(Workload::Video, "video_lost", 8, number);
    assert_eq!(estimate(&runs, &values, &options), of(&runs, &values));
}

#[test]
fn no_complete_block_gives_the_reason_in_words() {
    let (mut runs, mut values) = ring(Workload::Udp, "throughput", 1, |_, _| 5e8);
    runs[2] = ended(runs[2].clone(), Outcome::Failed, Reason::HandshakeLost);
    values.pop();
    let rows = of(&runs, &values);
    let row = find(&rows, "nebula", "throughput");
    like(row, "none", "none", "incomplete-links");
    assert_eq!(row.reason.as_deref(), Some("2 of 3 links measured: 1 failed (handshake-lost)"));
    assert_eq!((row.value, row.low, row.links, row.links_expected, row.runs), (None, None, 2, 3, 0));
}

#[test]
fn links_are_those_of_the_campaign_and_every_cell_has_every_row() {
    let (mut runs, mut values) = ring(Workload::Tcp, "throughput", 1, |_, _| 9e8);
    // Another system with one of three links, and one that cannot do it at all.
    runs.push(run("tinc", Workload::Tcp, RING[0], 0));
    values.push(value(&runs[3], "throughput", None, 1e8));
    values.push(value(&runs[3], "segment_size", None, 1400.0));
    for link in RING {
        runs.push(ended(run("hyprspace", Workload::Tcp, link, 0), Outcome::Unsupported, Reason::NotApplicable));
    }
    // A stray link of one system is not missing from the others.
    let stray = Run { source: "nowhere".into(), ..run("tinc", Workload::Tcp, RING[0], 0) };
    runs.push(ended(Run { run_id: "stray".into(), ..stray }, Outcome::Skipped, Reason::MissingFile));
    let rows = of(&runs, &values);
    assert_eq!(find(&rows, "nebula", "throughput").links_expected, 3);
    assert_eq!(rows.len(), 9, "three metrics of three cells");
    assert_eq!(
        find(&rows, "tinc", "throughput").reason.as_deref(),
        Some("1 of 4 links measured: 1 skipped (missing-file), 2 not in the dataset")
    );
    assert_eq!(
        find(&rows, "nebula", "segment_size").reason.as_deref(),
        Some("0 of 3 links measured: 3 ok without this metric")
    );
    let nothing = find(&rows, "hyprspace", "success_rate");
    assert_eq!(
        (nothing.value, nothing.reason.as_deref()),
        (None, Some("not attempted: 3 unsupported (not-applicable)"))
    );
    assert_eq!((nothing.attempts, nothing.unsupported), (0, 3));
}

#[test]
fn the_last_ok_attempt_counts_and_others_are_counted() {
    let (mut runs, mut values) = ring(Workload::Tcp, "throughput", 1, |_, _| 9e8);
    let second = again(&runs[0], 2);
    values.push(value(&second, "throughput", None, 1e8));
    runs.push(second);
    runs.push(ended(again(&runs[1], 2), Outcome::Stalled, Reason::NoTraffic));
    runs.push(ended(again(&runs[2], 2), Outcome::Failed, Reason::HiddenByRetry));
    let rows = of(&runs, &values);
    let row = find(&rows, "nebula", "throughput");
    like(row, "geometric-mean-links-t", "links", "links-only beyond-range hidden-retries stalled");
    close(row.value, (9e8f64 * 9e8 * 1e8).cbrt());
    assert_eq!((row.attempts, row.ok, row.stalled, row.failed, row.runs), (6, 4, 1, 1, 3));
}

fn downloads(ends: &[Result<f64, f64>; 3]) -> (Vec<Run>, Vec<RunValue>) {
    let mut runs = Vec::new();
    let mut values = Vec::new();
    for (end, link) in ends.iter().zip(RING) {
        let run = run("tinc", Workload::Download, link, 0);
        match end {
            Ok(time) => {
                values.push(value(&run, "download_time", None, *time));
                runs.push(run);
            }
            Err(limit) => {
                runs.push(Run { censored_at_s: Some(*limit), ..ended(run, Outcome::Censored, Reason::TimeLimit) });
            }
        }
    }
    (runs, values)
}

#[test]
fn limits_censor() {
    let (runs, values) = downloads(&[Ok(8.0), Err(233.0), Ok(9.0)]);
    let rows = of(&runs, &values);
    let row = find(&rows, "tinc", "download_time");
    // R 4.2.2, survival 3.5.3, log-log: from 8 on, without an upper end.
    like(row, "kaplan-meier", "runs", "censored pooled-durations");
    assert_eq!((row.value, row.at_least, row.reason.as_ref(), row.runs, row.censored), (Some(9.0), None, None, 3, 1));
    assert_eq!((row.low, row.high), (Some(8.0), None));

    let (runs, values) = downloads(&[Ok(8.0), Err(233.0), Err(100.0)]);
    let rows = of(&runs, &values);
    let row = find(&rows, "tinc", "download_time");
    like(row, "kaplan-meier", "none", "censored");
    assert_eq!((row.value, row.at_least), (None, Some(100.0)));
    assert_eq!(row.reason.as_deref(), Some("2 of 3 runs stopped at their limit"));

    // Also where nobody ever finished, so that no value names the metric.
    let (runs, values) = downloads(&[Err(600.0), Err(233.0), Err(100.0)]);
    assert_eq!(find(&of(&runs, &values), "tinc", "download_time").at_least, Some(233.0));
}

#[test]
fn a_limit_beside_a_failure_gives_no_bound() {
    let (mut runs, values) = downloads(&[Ok(8.0), Err(233.0), Err(100.0)]);
    runs[2] = ended(runs[2].clone(), Outcome::Failed, Reason::Unreachable);
    let rows = of(&runs, &values);
    let row = find(&rows, "tinc", "download_time");
    like(row, "none", "none", "incomplete-links censored");
    assert_eq!((row.value, row.at_least), (None, None));
    assert_eq!(row.reason.as_deref(), Some("1 of 3 links measured: 1 stopped at the limit, 1 failed (unreachable)"));
}

#[test]
fn a_single_link_has_an_interval_only_inside_the_run() {
    let only = run("internal", Workload::Tcp, RING[0], 0);
    let values = [value(&only, "throughput", None, 9e8)];
    let runs = [only];
    like(find(&of(&runs, &values), "internal", "throughput"), "no-interval", "none", "single-link no-interval");
    let spread =
        Spread { run_id: runs[0].run_id.clone(), metric: "throughput", direction: None, standard_deviation: 1e7 };
    let rows = estimate_with_spreads(&runs, &values, &[spread], &Options::default());
    let row = find(&rows, "internal", "throughput");
    like(row, "within-run-t", "within-run", "single-link autocorrelated");
    // SciPy: t.ppf(0.975, 9) = 2.262157162798205.
    close(row.high, 9e8 + 2.262157162798205 * 1e7 / 10f64.sqrt());
    let rate = find(&rows, "internal", "success_rate");
    assert_eq!((rate.value, rate.high, &*rate.warnings.to_string()), (Some(1.0), Some(1.0), ""));
}

#[test]
fn zeros_on_a_log_scale_and_hidden_samples_are_told() {
    let (runs, mut values) = ring(Workload::Tcp, "throughput", 1, |_, link| link as f64 * 1e8);
    for value in &mut values {
        (value.basis, value.samples) = (Basis::Summary, None);
    }
    let rows = of(&runs, &values);
    let row = find(&rows, "nebula", "throughput");
    like(row, "mean-links-t", "links", "links-only not-positive beyond-range summary-only");
    assert_eq!((row.value, row.samples), (Some(1e8), None));
}

#[test]
fn warnings_have_unique_codes_and_explanations() {
    let codes: std::collections::BTreeSet<_> = Warning::ALL.iter().map(|warning| warning.as_str()).collect();
    assert_eq!(codes.len(), Warning::ALL.len());
    assert!(Warning::ALL.iter().all(|warning| warning.explanation().trim().len() > 20));
}
