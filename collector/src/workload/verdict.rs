//! From a raw execution to rows of the dataset and a verdict.

use super::{Execution, Step, ladder};
use crate::host::Status;
use crate::parse;
use crate::record::{self, Labels, Recorded, Verdict};
use meshbench_schemas::catalogue::{self as metrics, Statistic};
use meshbench_schemas::note::NoteCode;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::words::{Direction, Workload};

/// What an execution says, with the payload that it moved.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Rows and verdict.
    pub recorded: Recorded,
    /// Payload that arrived, source to target, where the tool counts it: bytes of a transfer.
    pub forward_bytes: Option<f64>,
    /// The same, target to source.
    pub reverse_bytes: Option<f64>,
    /// Packets that the tool sent, where it counts them.
    pub packets_sent: Option<f64>,
}

impl Default for Judged {
    fn default() -> Self {
        Self::new(Recorded::new(Verdict::OK))
    }
}

impl Judged {
    fn new(recorded: Recorded) -> Self {
        Self { recorded, forward_bytes: None, reverse_bytes: None, packets_sent: None }
    }
}

/// Reads what the tools wrote. A run that was stopped at its limit is censored whatever it wrote.
pub fn judge(execution: &Execution, labels: &Labels) -> Judged {
    let Some(last) = execution.steps.last() else {
        let verdict = Verdict::not_ok(Outcome::Failed, Reason::NoData, "the workload was not run");
        return Judged::new(Recorded::new(verdict));
    };
    let mut judged = match (execution.workload, execution.loss_target) {
        (Workload::Ping, _) => ping(execution, last, labels),
        (_, Some(target)) => climbed(execution, target, labels),
        (_, None) => iperf3(execution, last, labels),
    };
    let took = execution.steps.iter().map(|step| step.client.elapsed).sum::<std::time::Duration>();
    record::possible::refuse(&mut judged.recorded, Some(took.as_secs_f64()));
    if last.client.status == Status::DeadlinePassed || !execution.complete {
        let limit = execution.limit.as_secs_f64();
        judged.recorded.verdict =
            Verdict::not_ok(Outcome::Censored, Reason::TimeLimit, format!("stopped at its limit of {limit} s"));
    }
    if let Some((sent, answered)) = execution.probe.filter(|_| judged.recorded.verdict.outcome == Outcome::Failed) {
        let own = judged.recorded.verdict.detail.clone().unwrap_or_default();
        let (reason, whose) = match answered {
            0 => (Reason::Unreachable, "so the system does not carry UDP"),
            _ => {
                (judged.recorded.verdict.reason.unwrap_or(Reason::ToolError), "so the load tool's own handshake failed")
            }
        };
        let detail = format!("{own}; of {sent} datagrams sent beside it {answered} were answered, {whose}");
        judged.recorded.verdict = Verdict::not_ok(Outcome::Failed, reason, detail);
    }
    judged
}

fn ping(execution: &Execution, step: &Step, labels: &Labels) -> Judged {
    match parse::ping::parse(&step.client.stdout) {
        Ok(report) => {
            let probes = report.sent.unwrap_or(0).max(report.outcomes().len() as u64).max(1);
            let interval_s = execution.asked.as_secs_f64() / probes as f64;
            let mut recorded = record::ping::record(&report, labels, interval_s);
            recorded.asked_s = Some(execution.asked.as_secs_f64());
            Judged { packets_sent: report.sent.map(|sent| sent as f64), ..Judged::new(recorded) }
        }
        Err(error) => unread(execution, step, &error.to_string()),
    }
}

fn iperf3(execution: &Execution, step: &Step, labels: &Labels) -> Judged {
    let report = match parse::iperf3::parse(&step.client.stdout) {
        Ok(report) => report,
        Err(error) => return unread(execution, step, &error.to_string()),
    };
    let mut recorded = record::iperf3::record(&report, labels);
    let asked = execution.asked.as_secs_f64();
    recorded.asked_s = Some(asked);
    let sums = || report.totals.iter().filter(|total| total.stream.is_none());
    let sent_for = sums().find(|total| total.sender).map(|total| total.seconds);
    if let Some(seconds) = sent_for.filter(|seconds| recorded.verdict == Verdict::OK && *seconds < asked * 0.9) {
        let detail = format!("sent for {seconds:.2} s, asked were {asked} s");
        recorded.verdict = Verdict::not_ok(Outcome::Invalid, Reason::WrongDuration, detail);
    }
    let arrived = |direction| sums().find(|t| !t.sender && t.direction == direction).map(|total| total.bytes);
    let (forward_bytes, reverse_bytes) =
        (arrived(parse::iperf3::Direction::Forward), arrived(parse::iperf3::Direction::Reverse));
    Judged { recorded, forward_bytes, reverse_bytes, packets_sent: None }
}

/// A ladder: samples of every step one after the other, and of the best step what it comes to.
fn climbed(execution: &Execution, target: f64, labels: &Labels) -> Judged {
    let mut whole = Recorded::new(Verdict::OK);
    let mut best: Option<(f64, Judged)> = None;
    let mut last = None;
    let (mut offset_s, mut seq) = (0.0, 0);
    let (mut carried, mut lowest) = (0.0, None);
    // The lowest rate that was too high, and whether the path lost no more there than it may.
    let mut too_high: Option<(f64, bool)> = None;
    let mut notes = Vec::new();
    // The first step with a value that cannot be, and the rate of one that ended well and does not say what was lost.
    let (mut impossible, mut unseen) = (None, None);
    for step in &execution.steps {
        let judged = iperf3(execution, step, labels);
        let mut recorded = judged.recorded.clone();
        let steps = recorded.samples.iter().map(|sample| sample.seq + 1).max().unwrap_or(0);
        for sample in &mut recorded.samples {
            sample.seq += seq;
            sample.t_s = sample.t_s.map(|t_s| t_s + offset_s);
        }
        seq += steps;
        offset_s += step.client.elapsed.as_secs_f64();
        carried += judged.forward_bytes.unwrap_or(0.0);
        whole.samples.append(&mut recorded.samples);
        whole.tool_version = whole.tool_version.or(recorded.tool_version);
        whole.started_unix_s = whole.started_unix_s.or(recorded.started_unix_s);
        whole.both_directions = recorded.both_directions;
        notes.extend(recorded.notes.iter().flat_map(|notes| notes.split_whitespace()).map(str::to_owned));
        if recorded.verdict.reason == Some(Reason::ImpossibleValue) {
            impossible.get_or_insert_with(|| recorded.verdict.clone());
        }
        unseen = step.rate.filter(|_| recorded.verdict == Verdict::OK && ladder::seen(&step.client.stdout).is_none());
        if let (Some(seen), Some(rate)) = (ladder::seen(&step.client.stdout), step.rate) {
            lowest = lowest.or(Some((rate, seen.loss)));
            let good = seen.is_good(rate.bit_s() as f64, target);
            let rate_bit_s = rate.bit_s() as f64;
            if !good && too_high.is_none_or(|(bad, _)| rate_bit_s < bad) {
                too_high = Some((rate_bit_s, seen.loss <= target));
            }
            let better = best.as_ref().is_none_or(|(capacity, _)| seen.received_bit_s > *capacity);
            if good && better {
                best = Some((seen.received_bit_s, judged.clone()));
            }
        }
        last = Some(judged.recorded.verdict);
    }
    if too_high.is_some_and(|(_, sender)| sender) && best.is_some() {
        // Then the capacity is a lower bound: nothing is known about the path above it.
        notes.push(NoteCode::SenderLimited.as_str().to_owned());
    }
    whole.notes = record::joined(&notes);
    whole.asked_s = Some(execution.asked.as_secs_f64());
    let unknown = unseen.map(|rate| {
        let detail = format!(
            "at {rate} the numbers of lost datagrams contradict each other, so it is unknown how much was lost"
        );
        Verdict::not_ok(Outcome::Invalid, Reason::ImpossibleValue, detail)
    });
    if let Some(verdict) = impossible.or(unknown) {
        whole.verdict = verdict;
        return Judged { forward_bytes: Some(carried), ..Judged::new(whole) };
    }
    match (best, last) {
        // The last step decides the search; without a result the ladder has none either.
        (_, Some(verdict)) if verdict.outcome == Outcome::Failed => whole.verdict = verdict,
        (Some((capacity, judged)), _) => {
            whole.summaries = judged.recorded.summaries;
            let (host, way) = (&labels.target, Some(Direction::Forward));
            whole.summary(labels, &metrics::CAPACITY, host, way, Statistic::Max, capacity);
        }
        (None, _) => {
            let seen = lowest.map_or_else(String::new, |(rate, loss)| format!(": {:.2} % at {rate}", loss * 100.0));
            let detail = format!("no rate lost at most {:.2} %{seen}", target * 100.0);
            whole.verdict = Verdict::not_ok(Outcome::Failed, Reason::LossAboveTarget, detail);
        }
    }
    Judged { forward_bytes: Some(carried), ..Judged::new(whole) }
}

/// The verdict on a tool that left nothing readable.
fn unread(execution: &Execution, step: &Step, why: &str) -> Judged {
    let client = &step.client;
    let detail = format!("{} ({}): {why}", client.excerpt(), client.status);
    let reason = match client.status {
        // As a shell says it: there is no such program.
        Status::Exited(127) => Reason::MissingProgram,
        _ if execution.workload == Workload::Ping => Reason::ToolError,
        _ => record::iperf3::reason_of(&client.excerpt()),
    };
    Judged::new(Recorded::new(Verdict::not_ok(Outcome::Failed, reason, detail)))
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
            truncated: false,
        };
        Execution {
            workload,
            asked: Duration::from_secs(1),
            limit: Duration::from_secs(5),
            steps: vec![Step { rate: None, client, server: None }],
            loss_target: None,
            complete: true,
            probe: None,
        }
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

    #[test]
    fn a_missing_tool_is_said_to_be_missing() {
        let judged = judge(&execution(Workload::Tcp, Status::Exited(127), ""), &labels(Workload::Tcp));
        assert_eq!(judged.recorded.verdict.reason, Some(Reason::MissingProgram));
    }

    #[test]
    fn a_lost_handshake_is_told_from_a_system_that_does_not_carry_udp() {
        let said = r#"{"start":{},"intervals":[],"end":{},"error":"unable to read from stream socket: Resource temporarily unavailable"}"#;
        let mut failed = execution(Workload::Udp, Status::Exited(1), said);
        failed.probe = Some((20, 18));
        let judged = judge(&failed, &labels(Workload::Udp));
        assert_eq!(judged.recorded.verdict.reason, Some(Reason::HandshakeLost));
        failed.probe = Some((20, 0));
        let judged = judge(&failed, &labels(Workload::Udp));
        assert_eq!(judged.recorded.verdict.reason, Some(Reason::Unreachable));
    }

    /// A second of UDP in datagrams of 1,000 bytes: so many were sent, so many came, and none is said to be lost.
    fn udp(sent: u32, came: u32) -> String {
        let total = |packets: u32| {
            let bytes = packets * 1000;
            format!(
                r#"{{"start":0,"end":1,"seconds":1,"bytes":{bytes},"packets":{sent},"lost_packets":0,"jitter_ms":0.1}}"#
            )
        };
        let (sent_total, received_total) = (total(sent), total(came));
        format!(
            r#"{{"start":{{"test_start":{{"protocol":"UDP","num_streams":1,"blksize":1000,"duration":1}}}},"intervals":[],
                "end":{{"streams":[],"sum_sent":{sent_total},"sum_received":{received_total}}}}}"#
        )
    }

    fn ladder_of(steps: &[(u32, u32)]) -> Recorded {
        let mut ladder = execution(Workload::Udp, Status::Exited(0), "");
        ladder.loss_target = Some(0.01);
        ladder.steps = steps
            .iter()
            .map(|(sent, came)| {
                let made = execution(Workload::Udp, Status::Exited(0), &udp(*sent, *came)).steps.remove(0);
                Step { rate: crate::matrix::Rate::new(u64::from(*sent) * 8000), ..made }
            })
            .collect();
        judge(&ladder, &labels(Workload::Udp)).recorded
    }

    #[test]
    fn overload_of_which_nothing_is_said_to_be_lost_is_no_capacity() {
        let recorded = ladder_of(&[(1000, 1000), (2000, 1500)]);
        assert_eq!(recorded.verdict, Verdict::OK);
        let capacity = recorded.summaries.iter().find(|row| &*row.metric == metrics::CAPACITY.id).unwrap();
        assert_eq!(capacity.value, 8e6);
        assert_eq!(recorded.notes.as_deref(), Some("contradiction derived-total"));
    }

    #[test]
    fn a_ladder_with_a_step_of_which_nobody_knows_the_loss_has_no_capacity() {
        // More came than is said to have been there.
        let recorded = ladder_of(&[(1000, 1000), (2000, 2100)]);
        assert_eq!(
            (recorded.verdict.outcome, recorded.verdict.reason),
            (Outcome::Invalid, Some(Reason::ImpossibleValue))
        );
        assert!(recorded.verdict.detail.unwrap().contains("unknown how much was lost"));
        assert!(recorded.summaries.iter().all(|row| &*row.metric != metrics::CAPACITY.id));
    }
}
