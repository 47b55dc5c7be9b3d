//! Rows of the dataset's tables from what a campaign knows.

use crate::impairment::Netem;
use crate::lab::attempt::Attempt;
use crate::plan::PlannedRun;
use crate::record::Labels;
use crate::system::{SystemFacts, SystemKind};
use crate::workload;
use meshbench_schemas::catalogue::{Statistic, WIRE_BYTES};
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::table::Timestamp;
use meshbench_schemas::tables;
use std::net::IpAddr;
use std::time::Duration;

/// The row of an attempt. `times` are how long the run takes by itself, and its limit.
pub fn run(
    run: &PlannedRun,
    labels: &Labels,
    netem: &Netem,
    attempt: &Attempt,
    times: Option<(Duration, Duration)>,
    artifact: Option<String>,
) -> tables::Run {
    let recorded = &attempt.recorded;
    let verdict = &recorded.verdict;
    let made = verdict.outcome != Outcome::Skipped;
    let span = |span: Option<crate::matrix::Span>| Some(span.map_or(0.0, |span| span.get().as_secs_f64()));
    let share = |ratio: Option<crate::matrix::Ratio>| Some(ratio.map_or(0.0, crate::matrix::Ratio::get));
    tables::Run {
        run_id: labels.run_id.clone(),
        block: run.block,
        position: Some(run.position),
        attempt: 1,
        system: labels.system.clone(),
        tuning: labels.tuning.clone(),
        profile: labels.profile.clone(),
        workload: run.workload,
        source: labels.source.clone(),
        target: labels.target.clone(),
        ring: None,
        outcome: verdict.outcome,
        reason: verdict.reason,
        detail: verdict.detail.clone(),
        started_at: made.then(|| Timestamp(attempt.started.as_microsecond())),
        elapsed_s: made.then_some(attempt.elapsed_s),
        asked_s: times.map(|(asked, _)| asked.as_secs_f64()),
        limit_s: times.map(|(_, limit)| limit.as_secs_f64()),
        // A transfer or a series of pings has no duration of its own to bound.
        censored_at_s: None,
        harness_attempts: None,
        restart_attempts: None,
        restart_s: None,
        connectivity_wait_s: None,
        tool: Some(workload::tool(run.workload).into()),
        tool_version: recorded.tool_version.as_deref().map(Into::into),
        congestion_control: recorded.congestion_control.as_deref().map(Into::into),
        both_directions: recorded.both_directions,
        notes: recorded.notes.clone(),
        recovered: false,
        netem_delay_s: span(netem.delay),
        netem_jitter_s: span(netem.jitter),
        netem_loss: share(netem.loss),
        netem_reorder: share(netem.reorder),
        netem_reorder_correlation: share(netem.reorder_correlation),
        netem_rate_bit_s: None,
        artifact,
        origin: None,
    }
}

/// What crossed the source's data interface during the run, both ways.
pub fn wire_bytes(labels: &Labels, attempt: &Attempt) -> Option<tables::Summary> {
    Some(tables::Summary {
        run_id: labels.run_id.clone(),
        system: labels.system.clone(),
        tuning: labels.tuning.clone(),
        profile: labels.profile.clone(),
        workload: labels.workload,
        host: labels.source.clone(),
        metric: WIRE_BYTES.id.into(),
        direction: None,
        statistic: Statistic::Total.as_str().into(),
        value: attempt.wire_bytes? as f64,
    })
}

/// The row of a system that was up.
pub fn system(kind: SystemKind, facts: SystemFacts, address: IpAddr) -> tables::System {
    tables::System {
        system: kind.as_str().into(),
        label: kind.label().to_owned(),
        version: facts.version,
        binary_sha256: facts.binary_sha256,
        mtu_byte: facts.mtu,
        address_family: Some(if address.is_ipv4() { "ipv4" } else { "ipv6" }.into()),
        note: facts.note,
    }
}

/// The row of a system that never came up.
pub fn unseen(run: &tables::Run) -> tables::System {
    tables::System {
        system: run.system.clone(),
        label: kind_of(run).label().to_owned(),
        version: None,
        binary_sha256: None,
        mtu_byte: None,
        address_family: None,
        note: Some("never came up in this campaign".to_owned()),
    }
}

/// The system of a run.
pub fn kind_of(run: &tables::Run) -> SystemKind {
    run.system.parse().unwrap_or(SystemKind::Internal)
}
