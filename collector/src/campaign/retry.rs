//! Which failures are worth another attempt.

use super::standing::Layer;
use meshbench_schemas::outcome::{Outcome, Reason};

/// Starts of a run that the collector does not survive until the run is given up.
pub const MOST_LOST_STARTS: u32 = 3;

/// Whether an attempt may end otherwise when it is made again. A result, however bad, is none of these.
pub const fn is_transient(outcome: Outcome, reason: Option<Reason>) -> bool {
    match (outcome, reason) {
        (Outcome::Failed | Outcome::Invalid | Outcome::Partial, Some(reason)) => match reason {
            Reason::HandshakeLost
            | Reason::ControlLost
            | Reason::HostUnreachable
            | Reason::Unreachable
            | Reason::Refused
            | Reason::ServerBusy
            | Reason::ToolError
            | Reason::NoData
            | Reason::WrongDuration
            | Reason::RingIncomplete
            | Reason::DaemonEnded
            | Reason::Interrupted
            | Reason::WentAround
            | Reason::Relayed
            | Reason::ImpairmentNotInForce => true,
            Reason::MissingFile
            | Reason::UnreadableFile
            | Reason::HiddenByRetry
            | Reason::TimeLimit
            | Reason::HarnessError
            | Reason::NoTraffic
            | Reason::RepetitionLost
            | Reason::CounterWrap
            | Reason::ImpossibleValue
            | Reason::SystemNotReady
            | Reason::NotApplicable
            | Reason::MissingProgram
            | Reason::TuningNotInForce
            | Reason::LossAboveTarget
            | Reason::GaveUp => false,
        },
        _ => false,
    }
}

/// What is gone or in doubt after an attempt that ended for this reason, and is made again before the next one.
pub const fn shakes(reason: Option<Reason>) -> Option<Layer> {
    let Some(reason) = reason else { return None };
    match reason {
        // Nothing is known of hosts that were away.
        Reason::TuningNotInForce | Reason::HostUnreachable | Reason::Interrupted => Some(Layer::Tuning),
        // The tunnel itself is in doubt.
        Reason::DaemonEnded | Reason::Unreachable | Reason::WentAround | Reason::Relayed | Reason::SystemNotReady => {
            Some(Layer::System)
        }
        Reason::ImpairmentNotInForce => Some(Layer::Profile),
        // The load tool's own trouble, or no trouble of the hosts at all.
        Reason::HandshakeLost
        | Reason::ControlLost
        | Reason::Refused
        | Reason::ServerBusy
        | Reason::ToolError
        | Reason::NoData
        | Reason::WrongDuration
        | Reason::RingIncomplete
        | Reason::MissingFile
        | Reason::UnreadableFile
        | Reason::HiddenByRetry
        | Reason::TimeLimit
        | Reason::HarnessError
        | Reason::NoTraffic
        | Reason::RepetitionLost
        | Reason::CounterWrap
        | Reason::ImpossibleValue
        | Reason::NotApplicable
        | Reason::MissingProgram
        | Reason::LossAboveTarget
        | Reason::GaveUp => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_never_repeated() {
        assert!(!is_transient(Outcome::Ok, None));
        assert!(!is_transient(Outcome::Stalled, Some(Reason::NoTraffic)));
        assert!(!is_transient(Outcome::Censored, Some(Reason::TimeLimit)));
        assert!(!is_transient(Outcome::Failed, Some(Reason::MissingProgram)));
        assert!(is_transient(Outcome::Failed, Some(Reason::ControlLost)));
        assert!(is_transient(Outcome::Invalid, Some(Reason::ImpairmentNotInForce)));
    }
}
