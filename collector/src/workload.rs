//! The workloads: what is run over links, and what it means.
//!
//! A workload is a file in this folder: its parameters as a matrix gives them, and all that the rest of the program asks
//! about it, as [`Load`] and [`About`]. Beside its file it has its two lines here, and its word in
//! `meshbench_schemas::words`; nothing else names it.

pub mod calibration;
mod iperf3;
mod load;
mod ping;
mod tcp;
mod tcp_parallel;
mod udp;
pub mod verdict;

pub use load::{About, Execution, Headline, HostNeeds, Link, Load, Running, Step, Tool};
use load::{LARGEST_PAYLOAD, limit};
pub use ping::TOOL as PING;
pub use udp::Seen;

use meshbench_schemas::words::Workload;
use serde::Deserialize;

/// Declares the workloads that a matrix can have: each with its key, as an identifier, and the type of its parameters.
macro_rules! workloads {
    ($($key:ident: $Load:ty,)+) => {
        /// The workloads of a matrix with their parameters; one that is absent is not run.
        #[derive(Debug, Clone, Default, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub struct Workloads { $($key: Option<$Load>,)+ }

        /// What is true of each workload, in the order in which people are told of them.
        pub const ALL: &[&About] = &[$(&<$Load>::ABOUT,)+];

        impl Workloads {
            fn of_list(&self) -> impl Iterator<Item = &dyn Load> {
                [$(self.$key.as_ref().map(|load| load as &dyn Load),)+].into_iter().flatten()
            }
        }
    };
}

workloads! {
    ping: ping::PingParameters,
    tcp: tcp::TcpParameters,
    tcp_parallel: tcp_parallel::TcpParallelParameters,
    udp: udp::UdpParameters,
}

/// What is wrong with the workloads of a matrix.
#[derive(Debug)]
pub struct Wrong {
    /// The one; `None` where it is all of them.
    pub workload: Option<Workload>,
    /// What is wrong, a sentence without its full stop.
    pub message: String,
}

impl Workloads {
    /// The workloads that are run, in the order of the vocabulary.
    pub fn present(&self) -> Vec<&dyn Load> {
        let mut present: Vec<&dyn Load> = self.of_list().collect();
        present.sort_by_key(|load| load.about().word);
        present
    }

    /// One of them; `None` where the matrix does not have it.
    pub fn get(&self, workload: Workload) -> Option<&dyn Load> {
        self.of_list().find(|load| load.about().word == workload)
    }

    /// Refuses what the tools would refuse, and a limit below the time that a run takes by itself: it would censor every run.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), Wrong> {
        let present = self.present();
        if present.is_empty() {
            let words: Vec<&str> = ALL.iter().map(|about| about.word.as_str()).collect();
            return Err(Wrong { workload: None, message: format!("name at least one: {}", words.join(", ")) });
        }
        for load in present {
            let workload = load.about().word;
            let wrong = |message| Wrong { workload: Some(workload), message };
            load.check().map_err(wrong)?;
            let (longest, limit) = (load.longest(), load.limit());
            if limit <= longest {
                let message = "takes by itself, so its limit has to be longer than";
                return Err(wrong(format!("{longest:?} is what {workload} {message} {limit:?}")));
            }
        }
        Ok(())
    }
}

/// The programs of all workloads, each once, in their order.
pub fn tools() -> Vec<&'static Tool> {
    let mut tools: Vec<&Tool> = Vec::new();
    for about in ALL {
        if !tools.contains(&about.tool) {
            tools.push(about.tool);
        }
    }
    tools
}

#[cfg(test)]
mod made {
    use super::Step;
    use crate::host::{Output, Status};
    use crate::record::Labels;
    use meshbench_schemas::words::Workload;
    use std::time::Duration;

    /// Labels of a run.
    pub(super) fn labels(workload: Workload) -> Labels {
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

    /// A tool that took a second.
    pub(super) fn step(status: Status, stdout: &str) -> Step {
        let client = Output {
            started: jiff::Timestamp::UNIX_EPOCH,
            elapsed: Duration::from_secs(1),
            status,
            stdout: stdout.into(),
            stderr: Vec::new(),
            truncated: false,
        };
        Step { client, server: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use meshbench_schemas::catalogue::HOST_CPU;

    #[test]
    fn the_key_of_a_workload_is_its_word_and_its_template_is_its_own() {
        for about in ALL {
            let header = format!("[workloads.{}]", about.word);
            let table = about.template.lines().find(|line| !line.starts_with('#'));
            assert_eq!(table, Some(header.as_str()));
            let only: Table = toml::from_str(about.template).unwrap();
            let present: Vec<Workload> = only.workloads.present().iter().map(|load| load.about().word).collect();
            assert_eq!(present, [about.word]);
            assert!(only.workloads.check().is_ok(), "{}", about.word);
            assert_eq!(only.workloads.get(about.word).unwrap().about().word, about.word);
        }
    }

    #[derive(Deserialize)]
    struct Table {
        workloads: Workloads,
    }

    #[test]
    fn hosts_are_watched_while_any_of_them_runs_and_headlines_are_of_the_catalogue() {
        for about in ALL {
            assert!(HOST_CPU.workloads.contains(&about.word), "{} is not LIVE", about.word);
            let only: Table = toml::from_str(about.template).unwrap();
            for load in only.workloads.present() {
                assert!(load.headline().metric.workloads.contains(&about.word), "{}", about.word);
            }
        }
    }
}
