//! What became of the datagrams that were offered.

use super::super::iperf3::Transfer;
use super::super::verdict::Judged;
use super::super::{Execution, Step};
use super::ladder::Seen;
use crate::record::{self, Labels, Recorded, Verdict};
use crate::units::Rate;
use meshbench_schemas::catalogue::{CAPACITY, Statistic};
use meshbench_schemas::note::NoteCode;
use meshbench_schemas::outcome::{Outcome, Reason};
use meshbench_schemas::words::Direction;
use std::time::Duration;

/// Datagrams beside the load tool, after its own handshake had failed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Probe {
    /// How many were sent over the system.
    pub sent: u32,
    /// How many were answered.
    pub answered: u32,
}

/// All transfers of one run, at one rate or at several.
#[derive(Debug)]
pub(super) struct Offered {
    /// Each with its rate, in order; those of which the tool's handshake was lost among them.
    sent: Vec<(Rate, Transfer)>,
    /// How long each was to be.
    asked: Duration,
    /// The ladder's target, where it was one.
    target: Option<f64>,
    /// Whether a ladder came to its end before the limit.
    pub complete: bool,
    /// The latest probe.
    pub probe: Option<Probe>,
}

impl Offered {
    /// Nothing was sent yet.
    pub(super) const fn new(asked: Duration, target: Option<f64>) -> Self {
        Self { sent: Vec::new(), asked, target, complete: true, probe: None }
    }

    /// Takes a transfer in.
    pub(super) fn keep(&mut self, rate: Rate, transfer: Transfer) -> &Transfer {
        &self.sent.push_mut((rate, transfer)).1
    }

    /// Samples of every step one after the other, and of the best step what it comes to.
    fn climbed(&self, target: f64, labels: &Labels) -> Judged {
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
        for (rate, transfer) in &self.sent {
            let judged = transfer.judge(labels);
            let mut recorded = judged.recorded.clone();
            let steps = recorded.samples.iter().map(|sample| sample.seq + 1).max().unwrap_or(0);
            for sample in &mut recorded.samples {
                sample.seq += seq;
                sample.t_s = sample.t_s.map(|t_s| t_s + offset_s);
            }
            seq += steps;
            offset_s += transfer.step.client.elapsed.as_secs_f64();
            carried += judged.forward.unwrap_or(0.0);
            whole.samples.append(&mut recorded.samples);
            whole.tool_version = whole.tool_version.or(recorded.tool_version);
            whole.started_unix_s = whole.started_unix_s.or(recorded.started_unix_s);
            whole.both_directions = recorded.both_directions;
            notes.extend(recorded.notes.iter().flat_map(|notes| notes.split_whitespace()).map(str::to_owned));
            if recorded.verdict.reason == Some(Reason::ImpossibleValue) {
                impossible.get_or_insert_with(|| recorded.verdict.clone());
            }
            let seen = transfer.report().ok().and_then(Seen::of);
            unseen = (recorded.verdict == Verdict::OK && seen.is_none()).then_some(*rate);
            if let Some(seen) = seen {
                lowest = lowest.or(Some((*rate, seen.loss)));
                let rate_bit_s = rate.bit_s() as f64;
                let good = seen.is_good(rate_bit_s, target);
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
        whole.asked_s = Some(self.asked.as_secs_f64());
        let unknown = unseen.map(|rate| {
            let detail = format!(
                "at {rate} the numbers of lost datagrams contradict each other, so it is unknown how much was lost"
            );
            Verdict::not_ok(Outcome::Invalid, Reason::ImpossibleValue, detail)
        });
        if let Some(verdict) = impossible.or(unknown) {
            whole.verdict = verdict;
            return Judged { forward: Some(carried), ..Judged::new(whole) };
        }
        match (best, last) {
            // The last step decides the search; without a result the ladder has none either.
            (_, Some(verdict)) if verdict.outcome == Outcome::Failed => whole.verdict = verdict,
            (Some((capacity, judged)), _) => {
                whole.summaries = judged.recorded.summaries;
                let (host, way) = (&labels.target, Some(Direction::Forward));
                whole.summary(labels, &CAPACITY, host, way, Statistic::Max, capacity);
            }
            (None, _) => {
                let seen = lowest.map_or_else(String::new, |(rate, loss)| format!(": {:.2} % at {rate}", loss * 100.0));
                let detail = format!("no rate lost at most {:.2} %{seen}", target * 100.0);
                whole.verdict = Verdict::not_ok(Outcome::Failed, Reason::LossAboveTarget, detail);
            }
        }
        Judged { forward: Some(carried), ..Judged::new(whole) }
    }
}

impl Execution for Offered {
    fn steps(&self) -> Vec<&Step> {
        self.sent.iter().map(|(_, transfer)| &transfer.step).collect()
    }

    fn complete(&self) -> bool {
        self.complete
    }

    fn judge(&self, labels: &Labels) -> Judged {
        let mut judged = match (self.target, self.sent.last()) {
            (Some(target), _) => self.climbed(target, labels),
            (None, Some((_, last))) => last.judge(labels),
            (None, None) => Judged::default(),
        };
        let verdict = &mut judged.recorded.verdict;
        if let Some(Probe { sent, answered }) = self.probe.filter(|_| verdict.outcome == Outcome::Failed) {
            let own = verdict.detail.clone().unwrap_or_default();
            let (reason, whose) = match answered {
                0 => (Reason::Unreachable, "so the system does not carry UDP"),
                _ => (verdict.reason.unwrap_or(Reason::ToolError), "so the load tool's own handshake failed"),
            };
            let detail = format!("{own}; of {sent} datagrams sent beside it {answered} were answered, {whose}");
            *verdict = Verdict::not_ok(Outcome::Failed, reason, detail);
        }
        judged
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::made::{labels, step};
    use super::super::super::verdict::judge;
    use super::*;
    use crate::host::Status;
    use meshbench_schemas::words::Workload;

    const SECOND: Duration = Duration::from_secs(1);

    fn recorded(offered: &Offered) -> Recorded {
        judge(offered, SECOND * 5, &labels(Workload::Udp)).recorded
    }

    #[test]
    fn a_lost_handshake_is_told_from_a_system_that_does_not_carry_udp() {
        let said = r#"{"start":{},"intervals":[],"end":{},"error":"unable to read from stream socket: Resource temporarily unavailable"}"#;
        let mut offered = Offered::new(SECOND, None);
        offered.keep(Rate::new(1000).unwrap(), Transfer::new(step(Status::Exited(1), said), SECOND));
        offered.probe = Some(Probe { sent: 20, answered: 18 });
        assert_eq!(recorded(&offered).verdict.reason, Some(Reason::HandshakeLost));
        offered.probe = Some(Probe { sent: 20, answered: 0 });
        assert_eq!(recorded(&offered).verdict.reason, Some(Reason::Unreachable));
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
        let mut offered = Offered::new(SECOND, Some(0.01));
        for (sent, came) in steps {
            let transfer = Transfer::new(step(Status::Exited(0), &udp(*sent, *came)), SECOND);
            offered.keep(Rate::new(u64::from(*sent) * 8000).unwrap(), transfer);
        }
        recorded(&offered)
    }

    #[test]
    fn overload_of_which_nothing_is_said_to_be_lost_is_no_capacity() {
        let recorded = ladder_of(&[(1000, 1000), (2000, 1500)]);
        assert_eq!(recorded.verdict, Verdict::OK);
        let capacity = recorded.summaries.iter().find(|row| &*row.metric == CAPACITY.id).unwrap();
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
        assert!(recorded.summaries.iter().all(|row| &*row.metric != CAPACITY.id));
    }

    #[test]
    fn a_ladder_that_its_limit_ended_is_censored() {
        let mut offered = Offered::new(SECOND, Some(0.01));
        let transfer = Transfer::new(step(Status::Exited(0), &udp(1000, 1000)), SECOND);
        offered.keep(Rate::new(8_000_000).unwrap(), transfer);
        offered.complete = false;
        assert_eq!(recorded(&offered).verdict.outcome, Outcome::Censored);
    }

    #[test]
    fn what_was_never_sent_has_no_data() {
        assert_eq!(recorded(&Offered::new(SECOND, None)).verdict.reason, Some(Reason::NoData));
    }
}
