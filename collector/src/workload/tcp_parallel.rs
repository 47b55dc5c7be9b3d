//! `tcp-parallel`: the transfer of `tcp`, on all links at once.

use super::iperf3::TOOL;
use super::tcp::TcpParameters;
use super::{About, Headline, HostNeeds, Link, Load, Running};
use meshbench_schemas::words::Workload;
use serde::Deserialize;
use std::time::Duration;

/// Parameters of the transfer on each link.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct TcpParallelParameters(TcpParameters);

impl TcpParallelParameters {
    pub(super) const ABOUT: About = About {
        word: Workload::TcpParallel,
        tool: &TOOL,
        all_links: true,
        control: false,
        template: r#"# On all links at once.
[workloads.tcp-parallel]
duration = "60s"
limit = "250s"
both_ways = false
streams = 1
"#,
    };
}

impl Load for TcpParallelParameters {
    fn about(&self) -> &'static About {
        &Self::ABOUT
    }

    fn asked(&self) -> Duration {
        self.0.asked()
    }

    fn limit(&self) -> Duration {
        self.0.limit()
    }

    fn check(&self) -> Result<(), String> {
        self.0.check_as(Self::ABOUT.word)
    }

    fn needs(&self, links: usize) -> HostNeeds {
        self.0.needs(links)
    }

    fn headline(&self) -> Headline {
        self.0.headline()
    }

    fn run<'a>(&'a self, link: Link<'a>) -> Running<'a> {
        self.0.run(link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_link_has_the_transfer_that_is_asked_for() {
        let text = "duration = \"5s\"\nboth_ways = true\nstreams = 4";
        let load: TcpParallelParameters = toml::from_str(text).unwrap();
        let asked = load.0.transfer(load.limit());
        assert_eq!((asked.duration, asked.limit), (Duration::from_secs(5), Duration::from_secs(40)));
        assert!(asked.both_ways && asked.streams.get() == 4);
        assert_eq!(load.needs(3).ports.len(), 3, "a port a link");
    }
}
