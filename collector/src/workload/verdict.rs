//! From a raw execution to rows of the dataset and a verdict.

use super::Execution;
use crate::host::Status;
use crate::parse;
use crate::record::{self, Labels, Recorded, Verdict};
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::words::Workload;

/// What an execution says, with the payload that it moved.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Rows and verdict.
    pub recorded: Recorded,
    /// Payload that arrived, where the tool counts it: bytes of a transfer.
    pub goodput_bytes: Option<f64>,
    /// Packets that the tool sent, where it counts them.
    pub packets_sent: Option<f64>,
}

/// Reads what the tools wrote. A run that was stopped at its limit is censored whatever it wrote.
pub fn judge(execution: &Execution, labels: &Labels) -> Judged {
    let mut judged = match execution.workload {
        Workload::Ping => ping(execution, labels),
        _ => iperf3(execution, labels),
    };
    if execution.client.status == Status::DeadlinePassed {
        let limit = execution.limit.as_secs_f64();
        judged.recorded.verdict =
            Verdict::not_ok(Outcome::Censored, Reason::TimeLimit, format!("stopped at its limit of {limit} s"));
    }
    judged
}

fn ping(execution: &Execution, labels: &Labels) -> Judged {
    match parse::ping::parse(&execution.client.stdout) {
        Ok(report) => {
            let probes = report.outcomes().len().max(1);
            let interval_s = execution.asked.as_secs_f64() / probes as f64;
            let mut recorded = record::ping::record(&report, labels, interval_s);
            recorded.asked_s = Some(execution.asked.as_secs_f64());
            Judged { recorded, goodput_bytes: None, packets_sent: report.sent.map(|sent| sent as f64) }
        }
        Err(error) => unread(execution, &error.to_string()),
    }
}

fn iperf3(execution: &Execution, labels: &Labels) -> Judged {
    match parse::iperf3::parse(&execution.client.stdout) {
        Ok(report) => {
            let mut recorded = record::iperf3::record(&report, labels);
            let asked = execution.asked.as_secs_f64();
            recorded.asked_s = Some(asked);
            let sums = || report.totals.iter().filter(|total| total.stream.is_none());
            let sent_for = sums().find(|total| total.sender).map(|total| total.seconds);
            if let Some(seconds) = sent_for.filter(|seconds| recorded.verdict == Verdict::OK && *seconds < asked * 0.9)
            {
                let detail = format!("sent for {seconds:.2} s, asked were {asked} s");
                recorded.verdict = Verdict::not_ok(Outcome::Invalid, Reason::WrongDuration, detail);
            }
            let goodput_bytes = sums().find(|total| !total.sender).map(|total| total.bytes);
            Judged { recorded, goodput_bytes, packets_sent: None }
        }
        Err(error) => unread(execution, &error.to_string()),
    }
}

/// The verdict on a tool that left nothing readable.
fn unread(execution: &Execution, why: &str) -> Judged {
    let detail = format!("{} ({}): {why}", execution.client.excerpt(), execution.client.status);
    let reason = match execution.client.status {
        Status::Killed => Reason::HostUnreachable,
        _ if execution.workload == Workload::Ping => Reason::ToolError,
        _ => record::iperf3::reason_of(&execution.client.excerpt()),
    };
    let recorded = Recorded::new(Verdict::not_ok(Outcome::Failed, reason, detail));
    Judged { recorded, goodput_bytes: None, packets_sent: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Output;
    use std::time::Duration;

    fn labels(workload: Workload) -> Labels {
        let word = |text: &str| text.into();
        Labels {
            run_id: word("r"),
            system: word("internal"),
            tuning: word("default"),
            profile: word("baseline"),
            workload,
            source: word("h1"),
            target: word("h2"),
        }
    }

    fn execution(workload: Workload, status: Status, stdout: &str) -> Execution {
        let client = Output {
            started: jiff::Timestamp::UNIX_EPOCH,
            elapsed: Duration::from_secs(1),
            status,
            stdout: stdout.into(),
            stderr: Vec::new(),
        };
        let (asked, limit) = (Duration::from_secs(1), Duration::from_secs(5));
        Execution { workload, asked, limit, client, server: None, source: None, target: None }
    }

    const REPLY: &str = "PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n\
        [1700000000.000000] 64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.5 ms\n";

    #[test]
    fn a_run_stopped_at_its_limit_is_censored_and_keeps_its_samples() {
        let judged = judge(&execution(Workload::Ping, Status::DeadlinePassed, REPLY), &labels(Workload::Ping));
        assert_eq!(judged.recorded.verdict.outcome, Outcome::Censored);
        assert!(!judged.recorded.samples.is_empty());
    }

    #[test]
    fn unreadable_output_is_a_failure_with_the_words_of_the_tool() {
        let judged = judge(&execution(Workload::Tcp, Status::Exited(1), "no json here"), &labels(Workload::Tcp));
        assert_eq!(judged.recorded.verdict.outcome, Outcome::Failed);
        assert!(judged.recorded.verdict.detail.unwrap().contains("no json here"));
    }
}
