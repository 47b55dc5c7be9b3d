//! Run values of small datasets made by hand, through Arrow batches as a reader gives them.

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

use arrow::array::RecordBatch;
use campaign::{RING, run};
use meshbench_analysis::run_values::{RunValuesError, Spread, reduce, reduce_with_spreads};
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::stage::RunValue;
use meshbench_schemas::table::Table;
use meshbench_schemas::tables::{Run, Sample, Summary};
use meshbench_schemas::words::{Basis, Direction, Workload};

type Row = (&'static str, Option<Direction>, Option<u32>, f64, Option<f64>);

/// Samples of a run, one second each unless said otherwise; `seq` counts within metric, direction and stream.
fn samples(run: &Run, rows: &[Row]) -> Vec<Sample> {
    let mut out: Vec<Sample> = Vec::new();
    for &(metric, direction, stream, value, window_s) in rows {
        let same = |s: &&Sample| (&*s.metric, s.direction, s.stream) == (metric, direction, stream);
        let seq = out.iter().filter(same).count() as u32;
        out.push(Sample {
            run_id: run.run_id.clone(),
            system: run.system.clone(),
            tuning: run.tuning.clone(),
            profile: run.profile.clone(),
            workload: run.workload,
            host: run.target.clone(),
            metric: metric.into(),
            direction,
            stream,
            seq,
            t_s: Some(f64::from(seq)),
            window_s,
            value,
        });
    }
    out
}

fn summary(run: &Run, metric: &str, statistic: &str, value: f64) -> Summary {
    Summary {
        run_id: run.run_id.clone(),
        system: run.system.clone(),
        tuning: run.tuning.clone(),
        profile: run.profile.clone(),
        workload: run.workload,
        host: run.target.clone(),
        metric: metric.into(),
        direction: None,
        statistic: statistic.into(),
        value,
    }
}

/// In batches of `size` rows, so that series run over their ends.
fn batches(rows: &[Sample], size: usize) -> Vec<Result<RecordBatch, RunValuesError>> {
    rows.chunks(size).map(|chunk| Ok(Sample::batch(chunk).unwrap())).collect()
}

fn reduced(runs: &[Run], rows: &[Sample], summaries: &[Summary]) -> Result<Vec<RunValue>, RunValuesError> {
    reduce(runs, batches(rows, 3).into_iter(), summaries)
}

fn one<'a>(values: &'a [RunValue], metric: &str) -> &'a RunValue {
    let mut found = values.iter().filter(|value| &*value.metric == metric);
    let first = found.next().unwrap();
    assert!(found.next().is_none(), "{metric} twice");
    first
}

fn tcp() -> Run {
    run("internal", Workload::Tcp, RING[0], 0)
}

#[test]
fn a_rate_weighs_by_time_and_batches_do_not_matter() {
    let run = tcp();
    let rows: Vec<Row> = vec![
        ("received", None, None, 10.0, Some(1.0)),
        ("received", None, None, 20.0, Some(1.0)),
        ("received", None, None, 90.0, Some(0.5)),
        ("received", None, None, 10.0, Some(1.0)),
        ("retransmitted", None, Some(0), 3.0, Some(1.0)),
        ("retransmitted", None, Some(1), 4.0, Some(1.0)),
    ];
    let rows = samples(&run, &rows);
    let runs = [run];
    let values = reduced(&runs, &rows, &[]).unwrap();
    let rate = one(&values, "throughput");
    assert!((rate.value - 85.0 / 3.5).abs() < 1e-12);
    assert_eq!((rate.basis, rate.samples, rate.warmup_s, &*rate.unit), (Basis::Samples, Some(4), None, "bit/s"));
    assert_eq!(one(&values, "retransmits").value, 7.0);
    for size in 1..8 {
        assert_eq!(reduce(&runs, batches(&rows, size).into_iter(), &[]).unwrap(), values, "batches of {size}");
    }
}

#[test]
fn rows_without_a_stream_are_the_runs_own() {
    let run = tcp();
    let mut rows: Vec<Row> = vec![("received", None, None, 30.0, Some(1.0)), ("received", None, None, 34.0, Some(1.0))];
    rows.extend([("received", None, Some(0), 1.0, Some(1.0)), ("received", None, Some(1), 2.0, Some(1.0))]);
    let whole = samples(&run, &rows);
    let runs = [run];
    assert_eq!(one(&reduced(&runs, &whole, &[]).unwrap(), "throughput").value, 32.0);
    // Whichever comes first.
    let mut turned = whole.clone();
    turned.rotate_left(2);
    assert_eq!(one(&reduced(&runs, &turned, &[]).unwrap(), "throughput").value, 32.0);
    // Streams alone are added up.
    let streams = reduced(&runs, &whole[2..], &[]).unwrap();
    assert_eq!((one(&streams, "throughput").value, one(&streams, "throughput").samples), (3.0, Some(2)));
}

#[test]
fn a_summary_stands_first_and_samples_diagnose_it() {
    let run = tcp();
    let received: Vec<Row> =
        (0..40).map(|i| ("received", None, None, if i < 10 { 1.0 } else { 9.0 }, Some(1.0))).collect();
    let rows = samples(&run, &received);
    let summaries = [
        summary(&run, "throughput", "total", 7.5),
        summary(&run, "throughput", "p25", 1.0),
        summary(&run, "segment_size", "total", 1448.0),
    ];
    let failed = Run { outcome: Outcome::Partial, ..run.clone() };
    let reduction = reduce_with_spreads(&[failed], batches(&rows, 7).into_iter(), &summaries).unwrap();
    let rate = one(&reduction.values, "throughput");
    assert_eq!((rate.value, rate.basis, rate.samples, rate.warmup_s), (7.5, Basis::Summary, Some(40), Some(10.0)));
    assert_eq!(rate.outcome, Outcome::Partial);
    assert!(rate.lag1_autocorrelation.is_some_and(|r| r > 0.8) && rate.effective_samples.is_some_and(|n| n < 5.0));
    let size = one(&reduction.values, "segment_size");
    assert_eq!((size.basis, size.samples, size.lag1_autocorrelation), (Basis::Summary, None, None));
    assert_eq!(reduction.spreads, Vec::<Spread>::new(), "a summary has no spread of its own");
}

#[test]
fn ping_has_quantiles_of_packets() {
    let run = run("internal", Workload::Ping, RING[0], 0);
    let mut rows: Vec<Row> = (0..5).map(|i| ("echo_lost", None, None, f64::from(i / 4), None)).collect();
    rows.extend((1..=4).map(|i| ("echo_rtt", None, None, f64::from(i), None)));
    let rows = samples(&run, &rows);
    let reduction = reduce_with_spreads::<RunValuesError>(&[run], batches(&rows, 2).into_iter(), &[]).unwrap();
    let values = &reduction.values;
    let of = |metric| one(values, metric).value;
    assert_eq!((of("rtt_p50"), of("rtt_mean"), of("rtt_min"), of("rtt_max"), of("loss")), (2.5, 2.5, 1.0, 4.0, 0.2));
    assert!((of("rtt_p95") - 3.85).abs() < 1e-12);
    let order: Vec<&str> = values.iter().map(|value| &*value.metric).collect();
    assert_eq!(order, ["rtt_p50", "rtt_mean", "rtt_p95", "rtt_p99", "rtt_min", "rtt_max", "loss"]);
    assert!(
        reduction.spreads.iter().any(
            |spread| spread.metric == "rtt_mean" && (spread.standard_deviation - (5f64 / 3.0).sqrt()).abs() < 1e-12
        )
    );
}

#[test]
fn what_contradicts_the_format_is_named() {
    let run = tcp();
    let runs = [run.clone()];
    let rows = samples(
        &run,
        &[
            ("received", None, None, 1.0, Some(1.0)),
            ("sent", None, None, 1.0, Some(1.0)),
            ("received", None, None, 2.0, Some(1.0)),
        ],
    );
    let message = |rows: &[Sample], summaries: &[Summary]| reduced(&runs, rows, summaries).unwrap_err().to_string();
    assert!(message(&rows, &[]).contains("not in one piece"));
    let mut twice = rows[..1].to_vec();
    twice.extend_from_slice(&rows[..1]);
    assert!(message(&twice, &[]).contains("seq 0 follows seq 0"));
    let mut bad = rows[..1].to_vec();
    bad[0].value = f64::NAN;
    let text = message(&bad, &[]);
    assert!(text.contains("received") && text.contains(&*run.run_id), "{text}");
    bad[0].value = 1.0;
    bad[0].window_s = None;
    assert!(message(&bad, &[]).contains("no window"));
    bad[0].run_id = "other".into();
    assert!(message(&bad, &[]).contains("`other`"));
    assert!(message(&[], &[summary(&run, "throughput", "total", f64::INFINITY)]).contains("throughput"));
    let same = summary(&run, "throughput", "total", 1.0);
    assert!(message(&[], &[same.clone(), same]).contains("twice"));
    assert!(reduced(&[run.clone(), run], &[], &[]).is_err());
}

#[test]
fn other_writers_types_and_unknown_series_are_read() {
    use arrow::datatypes::DataType;
    let run = tcp();
    let rows = samples(
        &run,
        &[("future", None, None, 5.0, None), ("received", Some(Direction::Reverse), None, 8.0, Some(1.0))],
    );
    let batch = Sample::batch(&rows).unwrap();
    let plain = batch.columns().iter().map(|column| match column.data_type() {
        DataType::Dictionary(..) => arrow::compute::cast(column, &DataType::LargeUtf8).unwrap(),
        DataType::UInt32 => arrow::compute::cast(column, &DataType::Int64).unwrap(),
        _ => column.clone(),
    });
    let names = batch.schema();
    let plain = RecordBatch::try_from_iter(names.fields().iter().map(|field| field.name().clone()).zip(plain)).unwrap();
    let values = reduce::<RunValuesError>(&[run], [Ok(plain)].into_iter(), &[]).unwrap();
    assert_eq!((values.len(), values[0].value, values[0].direction), (1, 8.0, Some(Direction::Reverse)));
}
