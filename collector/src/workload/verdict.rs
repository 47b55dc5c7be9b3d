//! From what an execution left to rows of the dataset and a verdict.

use super::Execution;
use crate::host::{Output, Status};
use crate::record::{self, Labels, Recorded, Verdict};
use meshbench_schemas::outcome::{Outcome, Reason};
use std::time::Duration;

/// What an execution says, with the payload that it moved.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Rows and verdict.
    pub recorded: Recorded,
    /// Payload, source to target, where the tool counts it: bytes that arrived, or packets that were sent.
    pub forward: Option<f64>,
    /// The same, target to source.
    pub reverse: Option<f64>,
}

impl Default for Judged {
    fn default() -> Self {
        Self::new(Recorded::new(Verdict::OK))
    }
}

impl Judged {
    /// Rows and verdict, and no payload.
    pub(super) const fn new(recorded: Recorded) -> Self {
        Self { recorded, forward: None, reverse: None }
    }
}

/// Reads what the tools wrote. A run that was stopped at its limit is censored whatever it wrote.
pub fn judge(execution: &dyn Execution, limit: Duration, labels: &Labels) -> Judged {
    let steps = execution.steps();
    let Some(last) = steps.last() else {
        let verdict = Verdict::not_ok(Outcome::Failed, Reason::NoData, "the workload was not run");
        return Judged::new(Recorded::new(verdict));
    };
    let mut judged = execution.judge(labels);
    let took: Duration = steps.iter().map(|step| step.client.elapsed).sum();
    record::possible::refuse(&mut judged.recorded, Some(took.as_secs_f64()));
    if last.client.status == Status::DeadlinePassed || !execution.complete() {
        let limit = limit.as_secs_f64();
        judged.recorded.verdict =
            Verdict::not_ok(Outcome::Censored, Reason::TimeLimit, format!("stopped at its limit of {limit} s"));
    }
    judged
}

/// The verdict on a tool that left nothing readable; `reason` is what its words come to.
pub(super) fn unread(client: &Output, why: &str, reason: impl FnOnce(&str) -> Reason) -> Judged {
    let said = client.excerpt();
    let reason = match client.status {
        // As a shell says it: there is no such program.
        Status::Exited(127) => Reason::MissingProgram,
        _ => reason(&said),
    };
    let detail = format!("{said} ({}): {why}", client.status);
    Judged::new(Recorded::new(Verdict::not_ok(Outcome::Failed, reason, detail)))
}
