//! `ping`: ICMP echo requests at a fixed pace, every answer with its time.

use super::verdict::{Judged, unread};
use super::{About, Execution, Headline, HostNeeds, LARGEST_PAYLOAD, Link, Load, Running, Step, Tool, limit};
use crate::host::Command;
use crate::parse;
use crate::record::{self, Labels, Recorded};
use crate::units::Span;
use meshbench_schemas::catalogue::{ECHO_RTT, RTT_P50};
use meshbench_schemas::outcome::Reason;
use meshbench_schemas::words::Workload;
use meshbench_stats::quantile::median_of;
use serde::Deserialize;
use std::num::NonZeroU32;
use std::time::Duration;

/// The ping of iputils.
pub const TOOL: Tool = Tool { name: "ping", version: "-V", debian: "iputils-ping", nix: "iputils" };

/// ping waits no shorter between two requests.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(2);

/// Parameters of the `ping` workload.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PingParameters {
    /// Echo requests sent.
    count: NonZeroU32,
    /// Time between two requests.
    interval: Span,
    /// The run is stopped, and counts as censored, after this time.
    limit: Option<Span>,
    /// Bytes of payload; ping's own default where absent. Below 16 it prints no round-trip time.
    size: Option<u16>,
}

impl PingParameters {
    pub(super) const ABOUT: About = About {
        word: Workload::Ping,
        tool: &TOOL,
        all_links: false,
        control: true,
        template: r#"[workloads.ping]
count = 100
interval = "200ms"
limit = "60s"
size = 56                    # bytes of payload; below 16 ping prints no round-trip time, only whether there was an answer
"#,
    };
}

impl Load for PingParameters {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn asked(&self) -> Duration {
        self.interval.get().saturating_mul(self.count.get())
    }

    fn limit(&self) -> Duration {
        limit(self.limit, self.asked())
    }

    fn check(&self) -> Result<(), String> {
        if self.interval.get() < SHORTEST_INTERVAL {
            return Err("ping's interval has to be 2ms or more: ping waits no shorter".to_owned());
        }
        if self.size.is_some_and(|size| size > LARGEST_PAYLOAD) {
            return Err(format!("ping's size is {LARGEST_PAYLOAD} bytes at most"));
        }
        Ok(())
    }

    fn needs(&self, _: usize) -> HostNeeds {
        HostNeeds::default()
    }

    fn headline(&self) -> Headline {
        Headline { metric: &RTT_P50, direction: None }
    }

    /// The median of the round-trip times, which no summary has.
    fn headline_value(&self, recorded: &Recorded) -> Option<f64> {
        let samples = recorded.samples.iter().filter(|sample| &*sample.metric == ECHO_RTT.id);
        median_of(&samples.map(|sample| sample.value).collect::<Vec<f64>>())
    }

    fn packets(&self) -> Option<u32> {
        Some(self.count.get())
    }

    fn run<'a>(&'a self, link: Link<'a>) -> Running<'a> {
        Box::pin(async move {
            let interval = format!("{:.3}", self.interval.get().as_secs_f64());
            let mut ping = Command::new(TOOL.name).args(["-D", "-n", "-i", &interval]).arg("-c").arg(self.count);
            if let Some(size) = self.size {
                ping = ping.arg("-s").arg(size);
            }
            let client = link.source.run(&ping.arg(link.address).deadline(self.limit())).await?;
            let step = Step { client, server: None };
            Ok(Box::new(Pinged { step, asked: self.asked() }) as Box<dyn Execution>)
        })
    }
}

/// What ping left.
#[derive(Debug)]
struct Pinged {
    step: Step,
    asked: Duration,
}

impl Execution for Pinged {
    fn steps(&self) -> Vec<&Step> {
        vec![&self.step]
    }

    fn judge(&self, labels: &Labels) -> Judged {
        let report = match parse::ping::parse(&self.step.client.stdout) {
            Ok(report) => report,
            Err(error) => return unread(&self.step.client, &error.to_string(), |_| Reason::ToolError),
        };
        let asked_s = self.asked.as_secs_f64();
        let probes = report.sent.unwrap_or(0).max(report.outcomes().len() as u64).max(1);
        let mut recorded = record::ping::record(&report, labels, asked_s / probes as f64);
        recorded.asked_s = Some(asked_s);
        Judged { forward: report.sent.map(|sent| sent as f64), ..Judged::new(recorded) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::made::{labels, step};
    use super::super::verdict::judge;
    use super::*;
    use crate::host::Status;
    use meshbench_schemas::outcome::Outcome;

    const REPLY: &str = "PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n\
        [1700000000.000000] 64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=0.5 ms\n";

    fn judged(status: Status, stdout: &str) -> Judged {
        let pinged = Pinged { step: step(status, stdout), asked: Duration::from_secs(1) };
        judge(&pinged, Duration::from_secs(5), &labels(Workload::Ping))
    }

    #[test]
    fn a_run_stopped_at_its_limit_is_censored_and_keeps_its_samples() {
        let judged = judged(Status::DeadlinePassed, REPLY);
        assert_eq!(judged.recorded.verdict.outcome, Outcome::Censored);
        assert!(!judged.recorded.samples.is_empty());
    }

    #[test]
    fn the_headline_is_the_median_of_what_came_back() {
        let recorded = judged(Status::Exited(0), REPLY).recorded;
        let ping: PingParameters = toml::from_str("count = 1\ninterval = \"1s\"").unwrap();
        assert_eq!(ping.headline_value(&recorded), Some(0.5e-3));
        assert_eq!(ping.headline_value(&Recorded::new(crate::record::Verdict::OK)), None);
    }
}
