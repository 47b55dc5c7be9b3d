//! What became of an attempt, and why.

use crate::named::named;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

named! {
    /// What became of one attempt. Only `ok` attempts enter an average.
    pub enum Outcome {
        /// Ran to its end and measured what it was asked to.
        Ok = "ok",
        /// Ran to its end, and moved next to nothing: below 1 kbit/s over the whole run.
        Stalled = "stalled",
        /// Only a part of what belongs together ran: some links of a ring, some repetitions of one run.
        Partial = "partial",
        /// Stopped at its limit before it was done; the true duration is at least the limit.
        Censored = "censored",
        /// Ended with an error.
        Failed = "failed",
        /// Ran, but a validity gate said no.
        Invalid = "invalid",
        /// The system cannot do this at all.
        Unsupported = "unsupported",
        /// Belongs to the matrix, and was never run or left no result.
        Skipped = "skipped",
    }
}

/// A transfer slower than this, over a whole run, counts as stalled: one kilobit a second.
pub const STALLED_BELOW_BIT_S: f64 = 1_000.0;

impl Outcome {
    /// Whether this attempt was started at all, so that it counts in a success rate.
    pub const fn attempted(self) -> bool {
        !matches!(self, Self::Unsupported | Self::Skipped)
    }
}

named! {
    /// Why an attempt did not end as `ok`: a stable code beside the free text of the `detail` column.
    pub enum Reason {
        /// A tool's result file is absent although the same workload was run elsewhere in the campaign.
        MissingFile = "missing-file",
        /// The result file is there, and cannot be read as what its name says.
        UnreadableFile = "unreadable-file",
        /// The result file was read, and holds no measurement.
        NoData = "no-data",
        /// An earlier attempt that the harness retried and whose output it overwrote.
        HiddenByRetry = "hidden-by-retry",
        /// The harness stopped the tool at the time limit.
        TimeLimit = "time-limit",
        /// The tool could not reach its server.
        Unreachable = "unreachable",
        /// The server refused the connection.
        Refused = "refused",
        /// The server was busy with another test.
        ServerBusy = "server-busy",
        /// The tool's own handshake was lost or arrived out of order; with iperf3 over UDP a defect of
        /// the tool under reordering, not of the system measured.
        HandshakeLost = "handshake-lost",
        /// The control connection broke during the test or while results were exchanged.
        ControlLost = "control-lost",
        /// The way to the host that ran the tool broke (SSH).
        HostUnreachable = "host-unreachable",
        /// The tool exited with an error that has no code of its own; `detail` has its words.
        ToolError = "tool-error",
        /// The harness itself failed while it read the tool's output.
        HarnessError = "harness-error",
        /// The run moved (almost) no data.
        NoTraffic = "no-traffic",
        /// Another link of the same ring failed, so this link ran under a lighter load than asked.
        RingIncomplete = "ring-incomplete",
        /// A repetition inside the run failed, and its placeholder is inside the reported summary.
        RepetitionLost = "repetition-lost",
        /// A counter of the tool wrapped, so values derived from it are wrong.
        CounterWrap = "counter-wrap",
        /// A value that cannot be: negative, above what the clock allows, or not finite.
        ImpossibleValue = "impossible-value",
        /// The run took clearly less or more time than asked.
        WrongDuration = "wrong-duration",
        /// The impairment that was asked for was not in force.
        ImpairmentNotInForce = "impairment-not-in-force",
        /// The traffic did not cross the impaired interface.
        WentAround = "went-around",
        /// The traffic took a relay, which the campaign does not allow.
        Relayed = "relayed",
        /// The system did not come up in time.
        SystemNotReady = "system-not-ready",
        /// Nothing to measure here, for example the time to a tunnel without a VPN.
        NotApplicable = "not-applicable",
        /// The run was interrupted: by the person who started it, or because the collector or its machine ended.
        Interrupted = "interrupted",
        /// A daemon of the system ended while it was measured.
        DaemonEnded = "daemon-ended",
        /// A program or a feature of the kernel that this needs is not on the hosts.
        MissingProgram = "missing-program",
        /// A setting that the tuning asks for could not be made.
        TuningNotInForce = "tuning-not-in-force",
        /// Even at the lowest rate of the ladder more was lost than its target allows.
        LossAboveTarget = "loss-above-target",
        /// Not started again: the collector did not survive three earlier starts of this run.
        GaveUp = "gave-up",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for outcome in Outcome::ALL {
            assert_eq!(outcome.as_str().parse::<Outcome>().unwrap(), *outcome);
        }
        for reason in Reason::ALL {
            assert_eq!(reason.as_str().parse::<Reason>().unwrap(), *reason);
        }
    }

    #[test]
    fn an_unknown_name_says_what_is_known() {
        let message = "meh".parse::<Outcome>().unwrap_err().to_string();
        assert!(message.contains("meh") && message.contains("censored"), "{message}");
    }
}
