//! One attempt: counters, the workload, counters again, and the gates that a result has to pass.

use crate::host::HostError;
use crate::impairment::Netem;
use crate::matrix::Workloads;
use crate::plan::PlannedRun;
use crate::record::{Labels, Recorded, Verdict};
use crate::workload::counters::{NAMES, Snapshot};
use crate::workload::verdict::{Judged, judge};
use crate::workload::{self, Execution, Link};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::words::Workload;
use std::collections::BTreeMap;
use std::time::Instant;

/// The payload may exceed what crossed the interface by rounding only; below this share it went elsewhere.
const CROSSED: f64 = 0.9;

/// Everything that an attempt left.
#[derive(Debug)]
pub struct Attempt {
    /// When it started, UTC.
    pub started: jiff::Timestamp,
    /// Seconds from its start to its end, as the controller saw it.
    pub elapsed_s: f64,
    /// Raw output, if the workload was run.
    pub execution: Option<Execution>,
    /// Rows and verdict.
    pub recorded: Recorded,
    /// Counters of the data interface over the run, by host and counter.
    pub counters: BTreeMap<String, u64>,
    /// Bytes that the source's data interface sent and received during the run.
    pub wire_bytes: Option<u64>,
}

/// Makes one attempt at a run.
pub async fn make(run: &PlannedRun, link: Link<'_>, netem: &Netem, parameters: &Workloads, labels: &Labels) -> Attempt {
    let (started, clock) = (jiff::Timestamp::now(), Instant::now());
    let mut attempt = match measure(run, link, netem, parameters, labels).await {
        Ok(attempt) => attempt,
        Err(error) => {
            let verdict = Verdict::not_ok(Outcome::Failed, reason_of(&error), error.to_string());
            empty(verdict)
        }
    };
    if let Some(execution) = &attempt.execution {
        attempt.started = execution.client.started;
        attempt.elapsed_s = execution.client.elapsed.as_secs_f64();
    } else {
        attempt.started = started;
        attempt.elapsed_s = clock.elapsed().as_secs_f64();
    }
    attempt
}

/// An attempt that never came to anything, or was never made.
pub fn empty(verdict: Verdict) -> Attempt {
    Attempt {
        started: jiff::Timestamp::now(),
        elapsed_s: 0.0,
        execution: None,
        recorded: Recorded::new(verdict),
        counters: BTreeMap::new(),
        wire_bytes: None,
    }
}

/// The reason code of an error on a host.
pub fn reason_of(error: &HostError) -> Reason {
    match error {
        HostError::Connect { .. } | HostError::Lost { .. } | HostError::Silent { .. } => Reason::HostUnreachable,
        HostError::Failed { .. } | HostError::Answer { .. } => Reason::ToolError,
    }
}

async fn measure(
    run: &PlannedRun,
    link: Link<'_>,
    netem: &Netem,
    parameters: &Workloads,
    labels: &Labels,
) -> Result<Attempt, HostError> {
    let Some(execution) = workload::run(run.workload, parameters, link).await? else {
        return Ok(empty(Verdict::not_ok(Outcome::Skipped, Reason::NotApplicable, "the matrix has no such workload")));
    };
    let judged = judge(&execution, labels);
    let gate = gate(&execution, netem, &judged);
    let mut recorded = judged.recorded;
    // A failure says more than a gate: what failed has no number to protect.
    if let Some(verdict) = gate.filter(|_| recorded.verdict.outcome != Outcome::Failed) {
        recorded.verdict = verdict;
    }
    let mut counters = BTreeMap::new();
    for (host, snapshots) in [(link.source, &execution.source), (link.target, &execution.target)] {
        for (name, change) in NAMES.iter().zip(snapshots.iter().flat_map(changes)) {
            counters.insert(format!("{}.{name}", host.name), change);
        }
    }
    let wire_bytes = execution.source.as_ref().map(changes).map(|[sent, received, ..]| sent.saturating_add(received));
    Ok(Attempt { execution: Some(execution), counters, wire_bytes, ..empty(Verdict::OK) }.with(recorded))
}

/// What was counted between two readings. Counters of 64 bits do not wrap in a run; those of an interface
/// that was made anew in between start from 0.
fn changes([before, after]: &[Snapshot; 2]) -> [u64; 4] {
    std::array::from_fn(|index| {
        let at = |snapshot: &Snapshot| snapshot.counters.get(index).copied().unwrap_or(0);
        at(after).saturating_sub(at(before))
    })
}

/// Says why a result is not valid: the impairment was not what was asked, or the traffic went elsewhere.
fn gate(execution: &Execution, netem: &Netem, judged: &Judged) -> Option<Verdict> {
    let invalid = |reason, detail: String| Some(Verdict::not_ok(Outcome::Invalid, reason, detail));
    let Some(source) = &execution.source else {
        return invalid(Reason::ImpairmentNotInForce, "the data interface could not be read".to_owned());
    };
    let snapshots = source.iter().chain(execution.target.iter().flatten());
    if let Some(difference) = snapshots.into_iter().find_map(|snapshot| netem.difference(&snapshot.qdiscs)) {
        return invalid(Reason::ImpairmentNotInForce, difference);
    }
    let [sent_bytes, _, sent_packets, _] = changes(source);
    let (carried, seen, unit) = match execution.workload {
        Workload::Ping => (judged.packets_sent?, sent_packets, "packets"),
        _ => (judged.goodput_bytes?, sent_bytes, "bytes"),
    };
    if (seen as f64) < carried * CROSSED {
        let detail = format!("{carried} {unit} were carried, only {seen} left through the data interface");
        return invalid(Reason::WentAround, detail);
    }
    None
}

impl Attempt {
    fn with(self, recorded: Recorded) -> Self {
        Self { recorded, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Output, Status};
    use std::time::Duration;

    const NETEM: &str = r#"[{"kind":"netem","handle":"1:","root":true,"options":{"limit":10000,"delay":{"delay":0.004,"jitter":0,"correlation":0},"ecn":false,"gap":0}}]"#;

    fn reading(counters: [u64; 4], qdiscs: &str) -> Snapshot {
        Snapshot { counters, qdiscs: qdiscs.into() }
    }

    /// A transfer of 1000 bytes during which the interface sent `sent`.
    fn transfer(sent: u64, qdiscs: &str) -> (Execution, Judged) {
        let client = Output {
            started: jiff::Timestamp::UNIX_EPOCH,
            elapsed: Duration::from_secs(1),
            status: Status::Exited(0),
            stdout: Vec::new(),
            stderr: Vec::new(),
        };
        let execution = Execution {
            workload: Workload::Tcp,
            asked: Duration::from_secs(1),
            limit: Duration::from_secs(9),
            client,
            server: None,
            source: Some([reading([5, 0, 0, 0], qdiscs), reading([5 + sent, 0, 0, 0], qdiscs)]),
            target: None,
        };
        let judged = Judged { recorded: Recorded::new(Verdict::OK), goodput_bytes: Some(1000.0), packets_sent: None };
        (execution, judged)
    }

    fn reason(sent: u64, qdiscs: &str, netem: &Netem) -> Option<Reason> {
        let (execution, judged) = transfer(sent, qdiscs);
        gate(&execution, netem, &judged)?.reason
    }

    fn delay() -> Netem {
        Netem { delay: "4ms".parse().ok(), ..Netem::default() }
    }

    #[test]
    fn traffic_that_went_around_is_invalid() {
        assert_eq!(reason(1100, "[]", &Netem::default()), None);
        assert_eq!(reason(200, "[]", &Netem::default()), Some(Reason::WentAround));
    }

    #[test]
    fn an_impairment_has_to_be_in_force_and_no_other_one() {
        assert_eq!(reason(1100, NETEM, &delay()), None);
        assert_eq!(reason(1100, "[]", &delay()), Some(Reason::ImpairmentNotInForce));
        assert_eq!(reason(1100, NETEM, &Netem::default()), Some(Reason::ImpairmentNotInForce));
        let other = Netem { delay: "40ms".parse().ok(), ..Netem::default() };
        assert_eq!(reason(1100, NETEM, &other), Some(Reason::ImpairmentNotInForce));
    }

    #[test]
    fn an_interface_that_could_not_be_read_proves_nothing() {
        let (execution, judged) = transfer(1100, "[]");
        let execution = Execution { source: None, ..execution };
        assert!(gate(&execution, &Netem::default(), &judged).is_some());
    }
}
