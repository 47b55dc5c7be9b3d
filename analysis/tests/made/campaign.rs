//! Small campaigns made by hand, shared by the tests of run values and estimates.
#![allow(dead_code, reason = "each test file uses a part of it")]

use meshbench_schemas::catalogue;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::stage::{Estimate, RunValue};
use meshbench_schemas::tables::Run;
use meshbench_schemas::words::{Basis, Direction, Workload};

/// The links of a ring of three.
pub const RING: [(&str, &str); 3] = [("lom", "yuki"), ("yuki", "luna"), ("luna", "lom")];

/// An `ok` first attempt under default tuning and no impairment.
pub fn run(system: &str, workload: Workload, link: (&str, &str), block: u32) -> Run {
    Run {
        run_id: format!("{system}-{workload}-{}-{}-{block}-1", link.0, link.1).into(),
        block,
        position: None,
        attempt: 1,
        system: system.into(),
        tuning: "default".into(),
        profile: "baseline".into(),
        workload,
        source: link.0.into(),
        target: link.1.into(),
        ring: None,
        control: None,
        outcome: Outcome::Ok,
        reason: None,
        detail: None,
        started_at: None,
        elapsed_s: None,
        asked_s: None,
        limit_s: None,
        censored_at_s: None,
        harness_attempts: None,
        restart_attempts: None,
        restart_s: None,
        connectivity_wait_s: None,
        tool: None,
        tool_version: None,
        congestion_control: None,
        settings: None,
        send_buffer_byte: None,
        receive_buffer_byte: None,
        both_directions: None,
        notes: None,
        recovered: false,
        netem_delay_s: None,
        netem_jitter_s: None,
        netem_loss: None,
        netem_reorder: None,
        netem_reorder_correlation: None,
        netem_rate_bit_s: None,
        netem: None,
        path: None,
        carrier_changes: None,
        link_state: None,
        foreign_qdisc: None,
        other_cpu: None,
        overhead_s: None,
        artifact: None,
        origin: None,
        campaign: None,
    }
}

/// The same run as a later attempt.
pub fn again(first: &Run, attempt: u32) -> Run {
    Run { run_id: format!("{}-{attempt}", first.run_id).into(), attempt, ..first.clone() }
}

/// The run with another end.
pub fn ended(run: Run, outcome: Outcome, reason: Reason) -> Run {
    Run { outcome, reason: Some(reason), ..run }
}

/// A value reduced from 30 samples.
pub fn value(run: &Run, metric: &str, direction: Option<Direction>, value: f64) -> RunValue {
    RunValue {
        run_id: run.run_id.clone(),
        system: run.system.clone(),
        tuning: run.tuning.clone(),
        profile: run.profile.clone(),
        workload: run.workload,
        metric: metric.into(),
        direction,
        source: run.source.clone(),
        target: run.target.clone(),
        block: run.block,
        attempt: run.attempt,
        outcome: run.outcome,
        value,
        unit: catalogue::metric(metric).map_or("", |metric| metric.unit.as_str()).into(),
        basis: Basis::Samples,
        samples: Some(30),
        lag1_autocorrelation: Some(0.5),
        effective_samples: Some(10.0),
        warmup_s: Some(0.0),
    }
}

/// The row of a system's metric.
pub fn find<'a>(rows: &'a [Estimate], system: &str, metric: &str) -> &'a Estimate {
    rows.iter().find(|row| &*row.system == system && &*row.metric == metric).unwrap()
}
