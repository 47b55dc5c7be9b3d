//! One transfer with iperf3, source to target or both ways, with a server of its own: what several workloads are made of.

use super::verdict::{Judged, unread};
use super::{Execution, Link, Step, Tool};
use crate::agent::protocol::{Role, Transport};
use crate::host::{Command, HostError, Status};
use crate::parse::ParseError;
use crate::parse::iperf3::{Direction, Report, parse};
use crate::record::{self, Labels, Verdict};
use crate::units::Rate;
use meshbench_schemas::words::Workload;
use std::num::NonZeroU16;
use std::sync::OnceLock;
use std::time::Duration;

/// iperf3, at both ends.
pub(super) const TOOL: Tool = Tool { name: "iperf3", version: "--version", debian: "iperf3", nix: "iperf3" };

/// Links that run at the same time have ports of their own from here on.
const FIRST_PORT: u16 = 5201;
/// Time for a server to listen.
const LISTENING_WITHIN: Duration = Duration::from_secs(10);
/// Time on top of the client's limit until the server is ended.
const SERVER_MARGIN: Duration = Duration::from_secs(5);
/// What iperf3 takes at most.
const MOST_STREAMS: u16 = 128;

/// What iperf3 is asked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// How long it sends.
    pub duration: Duration,
    /// When it is stopped.
    pub limit: Duration,
    /// Whether both ends send at the same time.
    pub both_ways: bool,
    /// Connections at the same time.
    pub streams: NonZeroU16,
    /// UDP at this rate, instead of TCP.
    pub udp: Option<Rate>,
    /// Payload of a UDP datagram.
    pub datagram_size: Option<NonZeroU16>,
}

/// The ports of the servers of so many links at once, which take control connections over TCP.
pub(super) fn ports(links: usize) -> Vec<(Transport, u16)> {
    (FIRST_PORT..).take(links).map(|port| (Transport::Tcp, port)).collect()
}

/// The port that the only server takes datagrams on.
pub(super) const DATAGRAMS: (Transport, u16) = (Transport::Udp, FIRST_PORT);

/// Refuses a duration that iperf3 cannot be asked for.
pub(super) fn whole_seconds(workload: Workload, duration: Duration) -> Result<(), String> {
    match duration.subsec_nanos() == 0 && !duration.is_zero() {
        true => Ok(()),
        false => {
            Err(format!("{workload}'s duration has to be whole seconds (iperf3 takes no others), not {duration:?}"))
        }
    }
}

/// Refuses more streams than iperf3 takes.
pub(super) fn few_streams(streams: NonZeroU16) -> Result<(), String> {
    match streams.get() > MOST_STREAMS {
        true => Err(format!("iperf3 takes {MOST_STREAMS} streams at most")),
        false => Ok(()),
    }
}

/// One transfer: what client and server wrote, and the report that it comes to.
#[derive(Debug)]
pub(super) struct Transfer {
    /// What they wrote.
    pub step: Step,
    /// How long it was to be.
    pub asked: Duration,
    report: OnceLock<Result<Report, ParseError>>,
}

impl Transfer {
    /// A transfer of which nothing was read yet.
    pub(super) const fn new(step: Step, asked: Duration) -> Self {
        Self { step, asked, report: OnceLock::new() }
    }

    /// Sends once.
    pub(super) async fn run(asked: &Asked, link: Link<'_>) -> Result<Self, HostError> {
        let port = FIRST_PORT.saturating_add(link.number);
        let name = format!("iperf3-{}", link.number);
        let server = Command::new(TOOL.name)
            .args(["-s", "-1", "-J", "-p"])
            .arg(port)
            .arg("-B")
            .arg(link.address)
            .deadline(asked.limit + SERVER_MARGIN);
        link.target.launch(&name, Role::Tool, &server).await?;
        let client = match link.target.listening(Transport::Tcp, port, LISTENING_WITHIN, Some(&name)).await {
            // A server that does not listen says why itself.
            Ok(_) => link.source.run(&client(asked, link, port)).await,
            Err(error) => Err(error),
        };
        let client = match client {
            Ok(client) => client,
            Err(error) => {
                // The way to one host is gone; the other one's server must not wait for it.
                let _ = link.target.stop(&name).await;
                return Err(error);
            }
        };
        // After a good run the server has ended by itself; after any other one it must not wait for a client.
        let server = if client.status == Status::Exited(0) {
            link.target.finish(&name, asked.limit + SERVER_MARGIN).await?
        } else {
            link.target.stop(&name).await?
        };
        Ok(Self::new(Step { client, server: Some(server) }, asked.duration))
    }

    /// What the client's output comes to. It is read when that is asked for first, and kept.
    pub(super) fn report(&self) -> Result<&Report, &ParseError> {
        self.report.get_or_init(|| parse(&self.step.client.stdout)).as_ref()
    }

    /// The error in the report, or what the tool wrote instead of one; `None` where there is none. iperf3 may end with exit
    /// code 0 although its report holds an error.
    pub(super) fn error(&self) -> Option<String> {
        match self.report() {
            Ok(report) => report.error.clone(),
            Err(_) => Some(self.step.client.excerpt()),
        }
    }
}

impl Execution for Transfer {
    fn steps(&self) -> Vec<&Step> {
        vec![&self.step]
    }

    fn judge(&self, labels: &Labels) -> Judged {
        let report = match self.report() {
            Ok(report) => report,
            Err(error) => return unread(&self.step.client, &error.to_string(), record::iperf3::reason_of),
        };
        let mut recorded = record::iperf3::record(report, labels);
        let asked = self.asked.as_secs_f64();
        recorded.asked_s = Some(asked);
        let sums = || report.totals.iter().filter(|total| total.stream.is_none());
        let sent_for = sums().find(|total| total.sender).map(|total| total.seconds);
        let short = sent_for.and_then(|seconds| record::too_short(seconds, asked));
        if let Some(verdict) = short.filter(|_| recorded.verdict == Verdict::OK) {
            recorded.verdict = verdict;
        }
        let arrived = |direction| sums().find(|t| !t.sender && t.direction == direction).map(|total| total.bytes);
        let (forward, reverse) = (arrived(Direction::Forward), arrived(Direction::Reverse));
        Judged { recorded, forward, reverse }
    }
}

fn client(asked: &Asked, link: Link<'_>, port: u16) -> Command {
    let mut client = Command::new(TOOL.name).arg("-c").arg(link.address).arg("-p").arg(port);
    client = client.arg("-t").arg(asked.duration.as_secs().max(1)).args(["-J", "--get-server-output"]);
    if asked.both_ways {
        client = client.arg("--bidir");
    }
    if asked.streams.get() > 1 {
        client = client.arg("-P").arg(asked.streams);
    }
    if let Some(rate) = asked.udp {
        client = client.args(["-u", "--udp-counters-64bit", "-b"]).arg(rate.bit_s());
    }
    if let Some(size) = asked.datagram_size {
        client = client.arg("-l").arg(size);
    }
    client.deadline(asked.limit)
}

#[cfg(test)]
mod tests {
    use super::super::made::{labels, step};
    use super::super::verdict::judge;
    use super::*;
    use meshbench_schemas::outcome::{Outcome, Reason};

    fn transfer(status: Status, stdout: &str) -> Transfer {
        Transfer::new(step(status, stdout), Duration::from_secs(1))
    }

    fn verdict(status: Status, stdout: &str) -> Verdict {
        judge(&transfer(status, stdout), Duration::from_secs(5), &labels(Workload::Tcp)).recorded.verdict
    }

    #[test]
    fn unreadable_output_is_a_failure_with_the_words_of_the_tool() {
        let verdict = verdict(Status::Exited(1), "no json here");
        assert_eq!(verdict.outcome, Outcome::Failed);
        assert!(verdict.detail.unwrap().contains("no json here"));
    }

    #[test]
    fn a_missing_tool_is_said_to_be_missing() {
        assert_eq!(verdict(Status::Exited(127), "").reason, Some(Reason::MissingProgram));
    }

    #[test]
    fn an_error_is_one_whatever_the_exit_code_says() {
        let said = |stdout: &str| transfer(Status::Exited(0), stdout).error();
        let lost = r#"{"start":{},"intervals":[],"end":{},"error":"unable to read from stream socket: x"}"#;
        assert_eq!(record::iperf3::reason_of(&said(lost).unwrap()), Reason::HandshakeLost);
        assert_eq!(said(r#"{"start":{},"intervals":[],"end":{}}"#), None);
        assert!(said("no json").is_some());
    }

    #[test]
    fn a_report_is_read_once() {
        let transfer = transfer(Status::Exited(0), r#"{"start":{},"intervals":[],"end":{}}"#);
        assert!(std::ptr::eq(transfer.report().unwrap(), transfer.report().unwrap()));
    }
}
