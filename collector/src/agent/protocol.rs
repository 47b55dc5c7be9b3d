//! What controller and agent say to each other: one JSON object a line, over the agent's standard input
//! and output, which are an SSH channel.
//!
//! Every request has a number, and its reply carries the same one; replies come in any order. Lines without
//! a number are events. The agent gives up its lease when its input ends, or when it hears nothing for
//! [`Hello::deadline_s`] seconds.

use base64::Engine;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// Version of this protocol. Both ends must have the same one: the controller sends its own agent.
pub const VERSION: u32 = 3;
/// The longest line that either end takes, in bytes.
pub const LONGEST_LINE: u64 = 256 * 1024 * 1024;
/// The most that is kept of each output of a program, in bytes.
pub const OUTPUT_LIMIT: usize = 64 * 1024 * 1024;

/// The agent's first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum First {
    /// It has its lease.
    Hello(Hello),
    /// It has none, and ends.
    Refused {
        /// Why.
        refused: Refusal,
    },
}

/// What an agent is, once it has its lease.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`].
    pub protocol: u32,
    /// The lease's private folder on the host, an absolute path.
    pub folder: String,
    /// Whether programs run in cgroups of their own, so that their CPU time and memory are known.
    pub cgroups: bool,
    /// What was restored of leases that nobody held any more, as sentences.
    pub swept: Vec<String>,
    /// Seconds without a request after which the lease is given up.
    pub deadline_s: u64,
    /// Version of the program that the agent is.
    pub version: String,
    /// The SSH connection by which it was reached; `None` where SSH does not come over a network.
    pub ssh: Option<SshWay>,
}

/// The two ends of an SSH connection, as the host sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshWay {
    /// Where it comes from.
    pub controller: std::net::IpAddr,
    /// The host's own address.
    pub host: std::net::IpAddr,
    /// The port that the host's SSH server listens on.
    pub port: u16,
}

/// Bytes, as base64.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        Ok(Self(bytes))
    }
}

/// A numbered request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Its number; the reply has the same.
    pub id: u64,
    /// What is asked.
    pub call: Call,
}

/// What a controller can ask an agent to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// Nothing: the controller is still there. Answered with [`Answer::Done`].
    Renew,
    /// Run a program to its end. Answered with [`Answer::Finished`].
    Run(Task),
    /// Start a program that stays. Answered with [`Answer::Done`] as soon as it runs.
    Launch {
        /// Names it for later calls, and its cgroup.
        name: String,
        /// What it is: only daemons count as the system under test.
        role: Role,
        /// The program; its deadline holds for a tool, a daemon lives as long as the lease.
        task: Task,
    },
    /// Wait until a launched program ends by itself. Answered with [`Answer::Finished`].
    Finish {
        /// Its name.
        name: String,
    },
    /// End a launched program. Answered with [`Answer::Finished`].
    Stop {
        /// Its name.
        name: String,
    },
    /// What launched programs wrote lately, and whether they still run. Answered with [`Answer::Launched`].
    Launched,
    /// Wait until a port is being listened on. Answered with [`Answer::Flag`].
    Listening {
        /// Which kind of port.
        transport: Transport,
        /// Its number.
        port: u16,
        /// How long to wait, in milliseconds.
        within_ms: u64,
        /// A launched program whose end makes waiting pointless.
        unless_ended: Option<String>,
    },
    /// Write a file within the lease's folder. Answered with [`Answer::Done`].
    Write {
        /// Relative path without `..`.
        path: String,
        /// Permission bits.
        mode: u32,
        /// The whole content.
        content: Bytes,
    },
    /// Change the host. Answered with [`Answer::Done`].
    Change {
        /// With what it is undone.
        scope: Scope,
        /// The change.
        change: Change,
    },
    /// Undo every change of a scope, latest first. Answered with [`Answer::Done`].
    Restore {
        /// Which ones.
        scope: Scope,
    },
    /// Read counters and queueing disciplines of interfaces. Answered with [`Answer::Reading`].
    Read {
        /// The interfaces; one that is absent is left out.
        interfaces: Vec<String>,
    },
    /// Start to sample this host each second. Answered with [`Answer::Done`].
    Watch {
        /// The interface of the data network.
        data: String,
        /// The overlay's interfaces, whose counters are added up.
        overlay: Vec<String>,
        /// Whether queueing disciplines are read too.
        qdiscs: bool,
    },
    /// Stop sampling. Answered with [`Answer::Seconds`].
    Unwatch,
    /// Answer UDP datagrams on a port, until the next such call or the end of the lease. Answered with [`Answer::Done`].
    Echo {
        /// The address to listen on.
        address: std::net::SocketAddr,
    },
    /// Send UDP datagrams to an [`Call::Echo`] and count answers. Answered with [`Answer::Echoed`].
    Probe {
        /// The echo's address.
        address: std::net::SocketAddr,
        /// How many datagrams.
        count: u32,
        /// Time between two of them, in milliseconds.
        interval_ms: u64,
    },
    /// State of the host that must be the same after everything is restored. Answered with [`Answer::Facts`].
    Fingerprint,
    /// Look whether this host can do its part whatever is measured. Answered with [`Answer::Unfit`].
    Fitness {
        /// The interface of the data network.
        interface: String,
        /// Whether it is to be impaired at all.
        impairs: bool,
    },
    /// Undo everything and end. Answered with [`Answer::Done`], then the agent ends.
    Release,
}

/// A program, and what it gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Found in the host's `PATH`, or an absolute path.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables on top of the host's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// What it reads.
    #[serde(default)]
    pub stdin: Bytes,
    /// It is ended after this time, in milliseconds.
    pub deadline_ms: u64,
}

/// What a launched program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Part of the system under test.
    Daemon,
    /// Part of the measurement.
    Tool,
}

/// Which kind of port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// Changes are undone together with all others of their scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// As long as the lease.
    Lease,
    /// While a tuning is measured.
    Tuning,
    /// While a system is up.
    System,
    /// While a profile is measured.
    Profile,
}

/// A change of the host, which the agent undoes by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Impair what an interface sends to some addresses, and nothing else.
    Impair {
        /// The interface.
        interface: String,
        /// The words after `netem` on tc's command line.
        netem: Vec<String>,
        /// The addresses.
        towards: Vec<std::net::IpAddr>,
    },
    /// Set a kernel parameter.
    Sysctl {
        /// Its name with dots, such as `net.ipv4.tcp_recovery`.
        key: String,
        /// Its value.
        value: String,
    },
    /// Switch an offload of an interface on or off.
    Offload {
        /// The interface.
        interface: String,
        /// Its name for `ethtool -K`, such as `gso`.
        feature: String,
        /// On or off.
        on: bool,
    },
    /// Let an interface carry SSH, and what keeps a network alive, but nothing else.
    SshOnly {
        /// The interface.
        interface: String,
        /// Ports of SSH servers, of this host and of others.
        ports: Vec<u16>,
    },
    /// An interface with this name may be made from now on; it is deleted in the end. Refused where it is
    /// there already.
    Interface {
        /// Its name.
        name: String,
    },
    /// This program is to be run in the end, whatever happens.
    Undo {
        /// The program with its arguments.
        command: Vec<String>,
    },
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The request's number.
    pub id: u64,
    /// What came of it.
    pub result: Result<Answer, Refusal>,
}

/// Why an agent did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The kind of reason.
    pub kind: RefusalKind,
    /// A sentence without its full stop.
    pub message: String,
}

/// The kinds of reasons that whoever asked can do something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// A program could not be started: there is none of that name.
    NotStarted,
    /// Another lease holds the host.
    HostInUse,
    /// The agent is not root, and has to be.
    NotRoot,
    /// There is no room.
    NoRoom,
    /// The operating system said no, for another reason.
    System,
    /// Anything else.
    Other,
}

/// Anything that an agent writes after its [`Hello`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// To a request.
    Reply(Reply),
    /// A second of a host that is watched, while it happens.
    Live {
        /// Bits that the data interface received in it.
        received_bit_s: f64,
        /// Bits that it sent.
        sent_bit_s: f64,
    },
}

/// What an agent answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It is done.
    Done,
    /// Yes or no.
    Flag(bool),
    /// A program has ended.
    Finished(Finished),
    /// Programs that were launched, by name.
    Launched(BTreeMap<String, Launched>),
    /// Counters now.
    Reading(Reading),
    /// What was sampled.
    Seconds(Vec<Second>),
    /// What a probe saw.
    Echoed {
        /// Datagrams sent.
        sent: u32,
        /// Answers to different ones of them.
        answered: u32,
    },
    /// Names and values.
    Facts(BTreeMap<String, String>),
    /// Why the host cannot do its part; nothing where it can.
    Unfit(Vec<Unfit>),
}

/// Why a host cannot do its part in any measurement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfit {
    /// The kind of reason.
    pub kind: UnfitKind,
    /// What was found, a sentence without its full stop.
    pub what: String,
}

/// What keeps a host from doing its part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnfitKind {
    /// There is no room for a campaign's files.
    NoRoom,
    /// The data interface is not there.
    NoInterface,
    /// `tc` cannot be started.
    NoTc,
    /// The data interface has a queueing discipline of somebody else's.
    ForeignQdisc,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// When it was started, by the host's clock, in microseconds since 1970.
    pub started_us: i64,
    /// How long it ran, by the host's monotonic clock, in seconds.
    pub elapsed_s: f64,
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Whether it was ended because its deadline had passed.
    pub deadline_passed: bool,
    /// What it wrote to standard output.
    pub stdout: Bytes,
    /// What it wrote to standard error.
    pub stderr: Bytes,
    /// Whether more was written than is kept.
    pub truncated: bool,
}

/// A launched program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Launched {
    /// Whether it still runs.
    pub running: bool,
    /// The end of what it wrote.
    pub log: Bytes,
}

/// Counters of interfaces at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// By interface.
    pub interfaces: BTreeMap<String, InterfaceReading>,
}

/// Counters of one interface.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct InterfaceReading {
    /// Bytes sent.
    pub tx_bytes: u64,
    /// Bytes received.
    pub rx_bytes: u64,
    /// Packets sent; a super-packet of segmentation offload is one.
    pub tx_packets: u64,
    /// Packets received.
    pub rx_packets: u64,
    /// How often its carrier has come and gone since it is there; `None` where the kernel does not count it.
    #[serde(default)]
    pub carrier_changes: Option<u64>,
    /// The kernel's word for its state, such as `up` or `lowerlayerdown`.
    #[serde(default)]
    pub operstate: Option<String>,
    /// What `tc -s -j qdisc show dev …` wrote.
    pub qdiscs: String,
    /// Why tc wrote nothing that can be read, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tc_failed: Option<String>,
}

/// One sampled value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Second {
    /// When the window began, by the host's clock, in seconds since 1970.
    pub unix_s: f64,
    /// Length of the window in seconds.
    pub window_s: f64,
    /// Values by the id of their series, with a number where there are several (cores).
    pub values: Vec<(String, Option<u32>, f64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_is_one_or_the_other() {
        let hello = Hello {
            protocol: VERSION,
            folder: "/run/meshbench/a/work".to_owned(),
            cgroups: true,
            swept: Vec::new(),
            deadline_s: 30,
            version: "0.1.0".to_owned(),
            ssh: None,
        };
        let refused = Refusal { kind: RefusalKind::HostInUse, message: "no".to_owned() };
        for line in [First::Hello(hello), First::Refused { refused }] {
            let text = serde_json::to_string(&line).unwrap();
            assert_eq!(serde_json::from_str::<First>(&text).unwrap(), line, "{text}");
        }
        let wire = r#"{"id":7,"result":{"Err":{"kind":"not-started","message":"no such file"}}}"#;
        let reply: Reply = serde_json::from_str(wire).unwrap();
        assert_eq!(reply.result.unwrap_err().kind, RefusalKind::NotStarted);
    }
}
