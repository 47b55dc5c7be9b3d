//! A second opinion on every run value: DuckDB computes them again, from the catalogue and the samples, in SQL that
//! shares nothing with `analyze` but the catalogue.

use meshbench_schemas::catalogue::{METRICS, Metric, Reducer};
use meshbench_tests::campaign;
use meshbench_tests::here;
use meshbench_tests::program::{project, run_in, succeed_in};
use std::path::Path;

/// Words as a list of SQL.
fn words(words: impl Iterator<Item = &'static str>) -> String {
    words.map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ")
}

fn workloads(metric: &Metric) -> String {
    words(metric.workloads.iter().map(|workload| workload.as_str()))
}

/// One metric from its series: run, metric, series, direction, value.
fn from_samples(metric: &Metric) -> Option<String> {
    let (series, reducer) = metric.samples?;
    let (id, workloads) = (metric.id, workloads(metric));
    let value = match reducer {
        // Each stream's own rate, added up: no rate where a stream has no time.
        Reducer::Rate => {
            return Some(format!(
                "SELECT run_id, '{id}', '{series}', direction, CASE WHEN min(time) > 0 THEN fsum(amount / time) END \
                 FROM streams WHERE series = '{series}' AND workload IN ({workloads}) GROUP BY run_id, direction"
            ));
        }
        Reducer::RatioTo(under) => {
            return Some(format!(
                "SELECT run_id, '{id}', '{series}', direction, \
                 fsum(value) FILTER (series = '{series}') / nullif(fsum(value) FILTER (series = '{under}'), 0) \
                 FROM chosen WHERE workload IN ({workloads}) GROUP BY run_id, direction \
                 HAVING count(*) FILTER (series = '{series}') > 0"
            ));
        }
        Reducer::Total => "fsum(value)".to_owned(),
        Reducer::Mean => "favg(value)".to_owned(),
        Reducer::Min => "min(value)".to_owned(),
        Reducer::Max => "max(value)".to_owned(),
        Reducer::Quantile(q) => format!("quantile_cont(value, {q})"),
    };
    Some(format!(
        "SELECT run_id, '{id}', '{series}', direction, {value} FROM chosen \
         WHERE series = '{series}' AND workload IN ({workloads}) GROUP BY run_id, direction"
    ))
}

/// The statistic of a summary that stands for a metric, once for each workload.
fn from_summaries(metric: &Metric) -> Option<String> {
    let statistic = metric.summary?.as_str();
    let rows = metric.workloads.iter().map(|workload| format!("('{}', '{statistic}', '{workload}')", metric.id));
    Some(rows.collect::<Vec<_>>().join(", "))
}

/// Run values from samples and summaries, set against those of `analyze`: counts of what does not agree.
fn comparison() -> String {
    let reduced = METRICS.iter().filter_map(from_samples).collect::<Vec<_>>().join(" UNION ALL ");
    let stand = METRICS.iter().filter_map(from_summaries).collect::<Vec<_>>().join(", ");
    let units = METRICS.iter().map(|metric| format!("('{}', '{}')", metric.id, metric.unit.as_str()));
    format!(
        "WITH chosen AS MATERIALIZED (
            -- Rows without a stream are the run's own; those of single streams beside them say the same again.
            SELECT s.run_id, r.workload, s.metric AS series, coalesce(s.direction, '') AS direction,
                   coalesce(s.stream, -1) AS stream, s.seq, s.value, s.window_s
            FROM samples s JOIN runs r USING (run_id)
            QUALIFY s.stream IS NULL OR NOT bool_or(s.stream IS NULL) OVER (PARTITION BY s.run_id, s.metric, s.direction)
        ), streams AS (
            SELECT run_id, workload, series, direction, stream, fsum(value * window_s) AS amount, fsum(window_s) AS time
            FROM chosen GROUP BY ALL
        ), centred AS (
            SELECT *, value - favg(value) OVER (PARTITION BY run_id, series, direction) AS x FROM chosen
        ), neighbours AS (
            SELECT *, lead(x) OVER (PARTITION BY run_id, series, direction ORDER BY stream, seq) AS next FROM centred
        ), diagnosed AS (
            SELECT run_id, series, direction, count(*) AS samples,
                   CASE WHEN count(*) >= 4 AND min(value) < max(value) AND count(DISTINCT stream) = 1
                        THEN fsum(x * next) / fsum(x * x) END AS lag1
            FROM neighbours GROUP BY ALL
        ), reduced(run_id, metric, series, direction, value) AS (
            {reduced}
        ), reported AS (
            SELECT s.run_id, s.metric, coalesce(s.direction, '') AS direction, s.value
            FROM summaries s JOIN runs r USING (run_id)
            JOIN (VALUES {stand}) stand(metric, statistic, workload)
              ON (stand.metric, stand.statistic, stand.workload) = (s.metric, s.statistic, r.workload)
        ), again AS (
            SELECT run_id, metric, direction, coalesce(p.value, q.value) AS value,
                   CASE WHEN p.value IS NULL THEN 'samples' ELSE 'summary' END AS basis, d.samples, d.lag1,
                   least(greatest(d.samples * (1 - d.lag1) / (1 + d.lag1), 1), d.samples) AS effective
            FROM reduced q FULL JOIN reported p USING (run_id, metric, direction)
            LEFT JOIN diagnosed d USING (run_id, series, direction)
            WHERE coalesce(p.value, q.value) IS NOT NULL
        ), mine AS (SELECT * REPLACE (coalesce(direction, '') AS direction) FROM run_values)
        SELECT count(*) AS rows, count(*) FILTER (a.basis = 'samples') AS from_samples,
               count(*) FILTER (m.value IS NULL) AS missing, count(*) FILTER (a.value IS NULL) AS extra,
               count(*) FILTER (abs(m.value - a.value) > 1e-9 * greatest(abs(m.value), abs(a.value))) AS different,
               count(*) FILTER (m.basis <> a.basis OR m.samples IS DISTINCT FROM a.samples) AS other_samples,
               count(*) FILTER ((m.lag1_autocorrelation IS NULL) <> (a.lag1 IS NULL)
                   OR abs(m.lag1_autocorrelation - a.lag1) > 1e-9
                   OR abs(m.effective_samples - a.effective) > 1e-7 * a.effective) AS other_lag1,
               count(*) FILTER ((m.system, m.tuning, m.profile, m.workload, m.source, m.target, m.block, m.attempt, m.outcome, m.unit)
                   IS DISTINCT FROM
                   (r.system, r.tuning, r.profile, r.workload, r.source, r.target, r.block, r.attempt, r.outcome, u.unit)) AS misnamed
        FROM mine m FULL JOIN again a USING (run_id, metric, direction)
        LEFT JOIN runs r USING (run_id) LEFT JOIN (VALUES {units}) u(metric, unit) USING (metric)",
        units = units.collect::<Vec<_>>().join(", ")
    )
}

fn ask(dataset: &Path, sql: &str) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    // Also on a machine that is busy with other tests.
    let ended = run_in(
        folder.path(),
        "analyze",
        &[&"query", &dataset, &sql, &"--format", &"json", &"--timeout", &"600", &"--memory", &"2GB"],
    );
    assert_eq!(ended.code, 0, "{}\n{sql}", ended.stderr);
    serde_json::from_str::<Vec<serde_json::Value>>(&ended.stdout).unwrap().remove(0)
}

/// Every run value is there on both sides, and the same to nine digits; so are counts and autocorrelations.
fn agrees(dataset: &Path) -> serde_json::Value {
    let found = ask(dataset, &comparison());
    for defect in ["missing", "extra", "different", "other_samples", "other_lag1", "misnamed"] {
        assert_eq!(found[defect], 0, "{defect}: {found}");
    }
    found
}

#[test]
fn duckdb_agrees_on_the_campaign_that_is_shipped() {
    let dataset = project().join("data/lab-five");
    let found = agrees(&dataset);
    assert!(found["rows"].as_u64() > Some(10_000) && found["from_samples"].as_u64() > Some(1_000), "{found}");
    // The comparison can fail: another reducer, another statistic, another choice of streams.
    for (right, wrong, defect) in [
        ("quantile_cont(value, 0.95)", "quantile_disc(value, 0.95)", "different"),
        ("'smoothed_rtt' AND", "'smoothed_rtt_variation' AND", "different"),
        ("('throughput', 'total', 'tcp')", "('throughput', 'mean', 'tcp')", "other_samples"),
    ] {
        let sql = comparison();
        assert!(sql.contains(right), "{right}");
        let found = ask(&dataset, &sql.replace(right, wrong));
        let moved = found[defect].as_u64() > Some(0) || found["extra"].as_u64() > Some(0);
        assert!(moved, "{wrong} was not noticed: {found}");
    }
}

/// Of the format as it is written today.
#[test]
fn duckdb_agrees_on_a_made_campaign() {
    let folder = tempfile::tempdir().unwrap();
    campaign::write(&folder.path().join("campaign"));
    succeed_in(folder.path(), "collect", &[&"import", &"vpn-bench", &"campaign", &"-o", &"ds"]);
    let found = agrees(&folder.path().join("ds"));
    assert!(found["rows"].as_u64() > Some(100) && found["from_samples"].as_u64() > Some(20), "{found}");
}

#[test]
fn duckdb_agrees_on_a_real_campaign() {
    let Some(archive) = here::campaign() else { return };
    let folder = tempfile::tempdir().unwrap();
    succeed_in(folder.path(), "collect", &[&"import", &"vpn-bench", &archive, &"-o", &"ds"]);
    let found = agrees(&folder.path().join("ds"));
    assert!(found["rows"].as_u64() > Some(1_000), "{found}");
}
