//! Rows of the dataset's tables from what a campaign knows.

use super::attempt::LinkAttempt;
use super::journal::Found;
use crate::impairment::Netem;
use crate::plan::PlannedRun;
use crate::record::{At, Labels, possible};
use crate::units::{Ratio, Span};
use crate::workload::Load;
use meshbench_schemas::catalogue::{self as metrics, Metric, Statistic, find_series};
use meshbench_schemas::outcome::Outcome;
use meshbench_schemas::table::{Symbol, Timestamp};
use meshbench_schemas::tables;
use meshbench_stats::summary::Moments;

/// What is known of a row beside its attempt.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The planned run.
    pub run: &'a PlannedRun,
    /// Which try it is.
    pub attempt: u32,
    /// What was asked of the network.
    pub netem: &'a Netem,
    /// Joins the links of a ring.
    pub ring: Option<&'a str>,
    /// Seconds before the attempt that were not measured in.
    pub overhead_s: Option<f64>,
}

/// The row of an attempt on one link; `load` is its workload as the matrix has it.
pub fn run(
    about: About<'_>,
    load: Option<&dyn Load>,
    labels: &Labels,
    link: &LinkAttempt,
    artifact: Option<String>,
) -> tables::Run {
    let About { run, netem, .. } = about;
    let recorded = &link.recorded;
    let verdict = &recorded.verdict;
    let made = link.execution.is_some();
    let span = |span: Option<Span>| Some(span.map_or(0.0, |span| span.get().as_secs_f64()));
    let share = |ratio: Option<Ratio>| Some(ratio.map_or(0.0, Ratio::get));
    tables::Run {
        run_id: labels.run_id.clone(),
        block: run.block,
        position: Some(run.position),
        attempt: about.attempt,
        system: labels.system.clone(),
        tuning: labels.tuning.clone(),
        profile: labels.profile.clone(),
        workload: run.workload,
        source: labels.source.clone(),
        target: labels.target.clone(),
        ring: about.ring.map(Into::into),
        control: run.control,
        outcome: verdict.outcome,
        reason: verdict.reason,
        detail: verdict.detail.clone(),
        started_at: made.then(|| Timestamp(link.started.as_microsecond())),
        elapsed_s: made.then_some(link.elapsed_s),
        asked_s: load.map(|load| load.asked().as_secs_f64()),
        limit_s: load.map(|load| load.limit().as_secs_f64()),
        // A transfer or a series of pings has no duration of its own to bound.
        censored_at_s: None,
        harness_attempts: None,
        restart_attempts: None,
        restart_s: None,
        connectivity_wait_s: None,
        tool: load.map(|load| load.about().tool.name.into()),
        tool_version: recorded.tool_version.as_deref().map(Into::into),
        congestion_control: recorded.congestion_control.as_deref().map(Into::into),
        both_directions: recorded.both_directions,
        settings: recorded.settings.as_deref().map(Into::into),
        send_buffer_byte: recorded.send_buffer_byte,
        receive_buffer_byte: recorded.receive_buffer_byte,
        notes: recorded.notes.clone(),
        recovered: false,
        netem_delay_s: span(netem.delay),
        netem_jitter_s: span(netem.jitter),
        netem_loss: share(netem.loss),
        netem_reorder: share(netem.reorder),
        netem_reorder_correlation: share(netem.reorder_correlation),
        netem_rate_bit_s: netem.rate.map(|rate| rate.bit_s() as f64),
        netem: (!netem.is_none()).then(|| netem.arguments().join(" ")),
        path: link.path,
        carrier_changes: link.carrier_changes,
        link_state: link.link_state.clone(),
        foreign_qdisc: link.foreign_qdisc.clone(),
        other_cpu: link.other_cpu,
        overhead_s: about.overhead_s.filter(|_| verdict.outcome != Outcome::Skipped),
        artifact,
        origin: None,
        campaign: None,
    }
}

/// Adds what was seen on hosts and network during an attempt to its samples and summaries.
pub fn surroundings(link: &mut LinkAttempt, labels: &Labels, hosts: &[Symbol]) {
    calibrations(link, labels);
    let started_s = link.started.as_microsecond() as f64 / 1e6;
    for (host, seconds) in std::mem::take(&mut link.seconds) {
        let Some(host) = hosts.get(host) else { continue };
        for (second, seq) in seconds.iter().zip(0..) {
            // Hosts' clocks may differ by more than a run is long; each run's seconds start where they started.
            let t_s = second.unix_s - seconds.first().map_or(started_s, |first| first.unix_s);
            for (id, number, value) in &second.values {
                let Some(series) = find_series(id) else { continue };
                let at = At { direction: None, stream: *number, seq, t_s: Some(t_s), window_s: Some(second.window_s) };
                link.recorded.sample(labels, series, host, at, *value);
            }
        }
        let ends = [
            (&labels.source, &metrics::DAEMON_CPU_SOURCE, &metrics::DAEMON_MEMORY_SOURCE, &metrics::HOST_CPU_SOURCE),
            (&labels.target, &metrics::DAEMON_CPU_TARGET, &metrics::DAEMON_MEMORY_TARGET, &metrics::HOST_CPU_TARGET),
        ];
        for (_, cpu, memory, all) in ends.into_iter().filter(|(end, ..)| *end == host) {
            let values = |id: &str| -> Vec<(f64, f64)> {
                let of = |second: &crate::agent::protocol::Second| -> Option<(f64, f64)> {
                    let value = second.values.iter().find(|(name, number, _)| name == id && number.is_none())?;
                    Some((value.2, second.window_s))
                };
                seconds.iter().filter_map(of).collect()
            };
            let mean = |values: &[(f64, f64)]| {
                let time: f64 = values.iter().map(|(_, window)| window).sum();
                (time > 0.0).then(|| values.iter().map(|(value, window)| value * window).sum::<f64>() / time)
            };
            link.other_cpu =
                [link.other_cpu, mean(&values(metrics::OTHER_CPU.id))].into_iter().flatten().reduce(f64::max);
            let largest = values(metrics::DAEMON_MEMORY.id).into_iter().map(|(value, _)| value).reduce(f64::max);
            for (metric, value) in [
                (cpu, mean(&values(metrics::DAEMON_CPU.id))),
                (memory, largest),
                (all, mean(&values(metrics::HOST_CPU.id))),
            ] {
                add(link, labels, metric, host, value);
            }
        }
    }
    add(link, labels, &metrics::WIRE_BYTES, &labels.source, link.wire_bytes.map(|bytes| bytes as f64));
    add(link, labels, &metrics::NETEM_DROP_SHARE, &labels.source, link.netem_drop_share);
    possible::refuse(&mut link.recorded, link.execution.is_some().then_some(link.elapsed_s));
}

fn add(link: &mut LinkAttempt, labels: &Labels, metric: &Metric, host: &Symbol, value: Option<f64>) {
    if let Some(value) = value {
        link.recorded.summary(labels, metric, host, None, Statistic::Total, value);
    }
}

/// Calibration packets stand before the run's own time and after it.
fn calibrations(link: &mut LinkAttempt, labels: &Labels) {
    let Some([before, after]) = link.calibrated.take() else { return };
    let mut seq = 0;
    for (calibrated, t_s) in [(&before, -1.0), (&after, link.elapsed_s)] {
        for packet in &calibrated.packets {
            let at = At { seq, t_s: Some(t_s), ..At::default() };
            if let Some(rtt) = packet {
                link.recorded.sample(labels, &metrics::CALIBRATION_RTT, &labels.source, at, *rtt);
            }
            let lost = if packet.is_none() { 1.0 } else { 0.0 };
            link.recorded.sample(labels, &metrics::CALIBRATION_LOST, &labels.source, at, lost);
            seq += 1;
        }
    }
    let both = before.with(&after);
    let rtts = both.rtts();
    let (sent, answered) = (both.packets.len() as f64, rtts.len() as f64);
    if sent > 0.0 {
        add(link, labels, &metrics::UNDERLAY_LOSS, &labels.source, Some(both.lost() as f64 / sent));
    }
    if let Some(found) = Moments::of(&rtts) {
        add(link, labels, &metrics::UNDERLAY_RTT, &labels.source, Some(found.mean));
        add(link, labels, &metrics::UNDERLAY_REORDERING, &labels.source, Some(both.reordered as f64 / answered));
    }
}

/// The value that the stopping rule looks at: the headline of the workload.
pub fn headline(link: &LinkAttempt, load: &dyn Load) -> Option<f64> {
    match link.recorded.verdict.outcome {
        Outcome::Ok => load.headline_value(&link.recorded),
        _ => None,
    }
}

/// The row of a system that was up.
pub fn system(found: &Found) -> tables::System {
    tables::System {
        system: found.name.as_str().into(),
        label: found.label.clone(),
        version: found.version.clone(),
        binary_sha256: found.binary_sha256.clone(),
        mtu_byte: found.mtu,
        address_family: Some(found.family.as_str().into()),
        note: found.note.clone(),
    }
}

/// The row of a system that never came up.
pub fn unseen(name: &str, label: &str) -> tables::System {
    tables::System {
        system: name.into(),
        label: label.to_owned(),
        version: None,
        binary_sha256: None,
        mtu_byte: None,
        address_family: None,
        note: Some("never came up in this campaign".to_owned()),
    }
}
